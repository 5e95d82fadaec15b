{#-
    The last CTEs of a mart of relative likelihoods: one row for each unit and date, with the counts and the likelihood of every
    group, the ratio of the two groups that are compared, and its interval. The model has CTEs counts (of one indicator, from
    int_likelihood_counts) and comparison_groups (its row of indicator_comparison_groups, which says what is divided by what).
    `base` and `event` name the columns: shortlisted and appointed, staff and entered, staff and trained.
    Where several years are taken together, a likelihood is the mean of the years' counts over the base; for the ratio's
    interval the counts of all years stand over as many times the base (readings: ratios, WRES 3). In a small unit it may have
    happened to more people, since then gone, than there are now: that is no likelihood, and there is no ratio of it.
-#}
{% macro relative_likelihoods(groups, base, event) -%}
cells as (

    select
        organisation_code,
        definition_version,
        rolling_years,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        not_computed_because,
        {%- for group in groups %}
        sum(case when group_key = '{{ group }}' then base_count end) as {{ group }}_{{ base }}_count,
        sum(case when group_key = '{{ group }}' then event_count end) as {{ group }}_{{ event }}_count,
        {%- endfor %}
        sum(event_count) as {{ event }}_count,
        sum(event_count_as_first_filed) as {{ event }}_count_as_first_filed,
        max(case when event_count <> event_count_as_first_filed or base_count <> base_count_as_first_filed then 1 else 0 end)
        = 1 as is_restated
    from counts
    group by
        organisation_code,
        definition_version,
        rolling_years,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        not_computed_because

),

compared_counts as (

    select
        counts.organisation_code,
        counts.definition_version,
        counts.as_at_date,
        counts.organisation_unit_level,
        counts.organisation_unit,
        counts.organisation_unit_parent,
        {%- for side, form in [('upper', 'minority_over_reference'), ('lower', 'reference_over_minority')] %}
        {%- for count, value in [('event', 'counts.event_count'), ('base', 'counts.base_count * counts.rolling_years')] %}
        sum(
            case
                when
                    counts.group_key = case
                        when comparison_groups.comparison_form = '{{ form }}' then comparison_groups.minority_group
                        else comparison_groups.reference_group
                    end
                    then {{ value }}
            end
        ) as {{ side }}_{{ count }}_count,
        {%- endfor %}
        {%- endfor %}
        max(comparison_groups.minority_group) as minority_group,
        max(comparison_groups.reference_group) as reference_group,
        max(comparison_groups.comparison_form) as comparison_form
    from counts
    cross join comparison_groups
    group by
        counts.organisation_code,
        counts.definition_version,
        counts.as_at_date,
        counts.organisation_unit_level,
        counts.organisation_unit,
        counts.organisation_unit_parent

),

compared as (

    select
        *,
        comparison_form = 'reference_over_minority' and upper_event_count = 0 as is_reference_zero,
        case
            when comparison_form = 'reference_over_minority'
                then nullif({{ share_within('upper_event_count', 'upper_base_count') }}, 0)
            else {{ share_within('upper_event_count', 'upper_base_count') }}
        end / nullif({{ share_within('lower_event_count', 'lower_base_count') }}, 0) as relative_likelihood_ratio,
        {{ has_zero_cell('upper_event_count', 'upper_base_count', 'lower_event_count', 'lower_base_count') }}
            as has_zero_cell
    from compared_counts

),

with_interval as (

    select
        *,
        {{ log_of_relative_likelihood(
            'upper_event_count', 'upper_base_count', 'lower_event_count', 'lower_base_count', added_to_cells()
        ) }} as log_ratio,
        {{ z_of_95_percent() }} * {{ standard_error_of_relative_likelihood(
            'upper_event_count', 'upper_base_count', 'lower_event_count', 'lower_base_count', added_to_cells()
        ) }} as log_margin
    from compared

),

final as (

    select
        cells.organisation_code,
        cells.definition_version,
        {{ reporting_year('cells.as_at_date') }} as reporting_year,
        cells.as_at_date,
        cells.organisation_unit_level,
        cells.organisation_unit,
        cells.organisation_unit_parent,
        cells.rolling_years,
        {%- for group in groups %}
        cast(cells.{{ group }}_{{ base }}_count as bigint) as {{ group }}_{{ base }}_count,
        cast(cells.{{ group }}_{{ event }}_count as bigint) as {{ group }}_{{ event }}_count,
        {{ share_within(
            'cells.' ~ group ~ '_' ~ event ~ '_count', 'cells.' ~ group ~ '_' ~ base ~ '_count * cells.rolling_years'
        ) }}
            as {{ group }}_likelihood,
        {%- for bound in ['low', 'high'] %}
        {{ wilson_within(
            'cells.' ~ group ~ '_' ~ event ~ '_count', 'cells.' ~ group ~ '_' ~ base ~ '_count * cells.rolling_years', bound
        ) }}
            as {{ group }}_likelihood_ci_{{ bound }},
        {%- endfor %}
        {%- endfor %}
        with_interval.relative_likelihood_ratio,
        case when with_interval.relative_likelihood_ratio is not null then exp(with_interval.log_ratio - with_interval.log_margin) end
            as relative_likelihood_ratio_ci_low,
        case when with_interval.relative_likelihood_ratio is not null then exp(with_interval.log_ratio + with_interval.log_margin) end
            as relative_likelihood_ratio_ci_high,
        case when with_interval.relative_likelihood_ratio is not null then with_interval.has_zero_cell end as zero_cell_adjusted,
        cast(cells.{{ event }}_count as bigint) as {{ event }}_count,
        cast(cells.{{ event }}_count_as_first_filed as bigint) as {{ event }}_count_as_first_filed,
        cells.is_restated,
        case
            when cells.not_computed_because is not null then cells.not_computed_because
            when with_interval.relative_likelihood_ratio is not null then null
            when with_interval.upper_base_count = 0 or with_interval.lower_base_count = 0
                then 'Nobody is in the base.'
            when
                with_interval.upper_event_count > with_interval.upper_base_count
                or with_interval.lower_event_count > with_interval.lower_base_count
                then {{ more_than_the_base() }}
            when with_interval.is_reference_zero
                then 'The figure of the reference group is zero: there is nothing to hold the other against.'
            else 'The figure that it would be divided by is zero.'
        end as not_computed_because
    from cells
    inner join with_interval
        on
            cells.organisation_code = with_interval.organisation_code
            and cells.definition_version = with_interval.definition_version
            and cells.as_at_date = with_interval.as_at_date
            and cells.organisation_unit_level = with_interval.organisation_unit_level
            and cells.organisation_unit = with_interval.organisation_unit
            and coalesce(cells.organisation_unit_parent, '') = coalesce(with_interval.organisation_unit_parent, '')

)
{%- endmacro %}

{#- What is put to each cell of two shares for the interval of their ratio: a half where one of the cells is empty. -#}
{% macro added_to_cells() -%}
    case when has_zero_cell then 0.5e0 else 0e0 end
{%- endmacro %}
