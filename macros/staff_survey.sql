{#-
    The mart of one WRES or WDES indicator of the staff survey: one row a survey year, each group's printed figure with its base
    beside the others. `reference` none: the question is put to the minority group alone. `measure` is share or score.
-#}
{% macro survey_indicator(indicator_id, minority, reference, measure='share') -%}
{%- set groups = [reference, minority, 'all'] if reference else [minority, 'all'] %}
with

figures as (

    select * from {{ ref('int_staff_survey_figures') }}
    where indicator_id = '{{ indicator_id }}'

),

years as (

    select
        organisation_code,
        as_at_date,
        coalesce(
            max(case when figure_source = 'contractor_breakdown' then question end), max(question)
        ) as question,
        {%- for group in groups %}
        {{ survey_cell(group, 'contractor_breakdown', 'value') }} as {{ group }}_{{ measure }},
        {{ survey_cell(group, 'contractor_breakdown', 'base_count') }} as {{ group }}_base_count,
        count(case when group_key = '{{ group }}' and figure_source = 'contractor_breakdown' then 1 end) as {{ group }}_row_count,
        {%- endfor %}
        {{ survey_cell('all', 'official_workbook', 'value') }} as official_{{ measure }},
        {{ survey_cell('all', 'official_workbook', 'base_count') }} as official_base_count
    from figures
    group by organisation_code, as_at_date

),

years_with_all as (

    select
        *,
        case when all_row_count > 0 then all_{{ measure }} else official_{{ measure }} end as everyone_{{ measure }},
        case when all_row_count > 0 then all_base_count else official_base_count end as everyone_base_count,
        case
            when all_row_count > 0 then 'contractor_breakdown'
            when official_base_count is not null then 'official_workbook'
        end as all_source
    from years

),

intervals as (

    select
        *
        {%- if measure == 'share' %}
        {%- for group in groups %}
        {%- set column = 'everyone' if group == 'all' else group %}
        ,
        {{ wilson_low(column ~ '_share * ' ~ column ~ '_base_count', column ~ '_base_count') }} as {{ group }}_share_ci_low,
        {{ wilson_high(column ~ '_share * ' ~ column ~ '_base_count', column ~ '_base_count') }} as {{ group }}_share_ci_high
        {%- endfor %}
        {%- endif %}
    from years_with_all

),

final as (

    select
        organisation_code,
        as_at_date,
        {{ reporting_year('as_at_date') }} as reporting_year,
        cast(extract(year from as_at_date) as integer) as survey_year,
        cast('trust' as varchar) as organisation_unit_level,
        cast('trust' as varchar) as organisation_unit,
        cast(null as varchar) as organisation_unit_parent,
        cast('all' as varchar) as stratum,
        question,
        {%- for group in groups %}
        {%- set column = 'everyone' if group == 'all' else group %}
        {{ column }}_{{ measure }} as {{ group }}_{{ measure }},
        {{ column }}_base_count as {{ group }}_base_count,
        {%- if measure == 'share' %}
        {{ group }}_share_ci_low,
        {{ group }}_share_ci_high,
        {%- endif %}
        {{ survey_reason(column ~ '_' ~ measure, column ~ '_base_count', group ~ '_row_count') }} as {{ group }}_not_computed_because,
        {%- endfor %}
        all_source,
        official_{{ measure }},
        official_base_count
        {%- if reference %},
        {{ minority }}_{{ measure }} - {{ reference }}_{{ measure }} as {{ minority }}_{{ measure }}_difference,
        {%- if measure == 'share' %}
        {{ newcombe_low(
            minority ~ '_share', minority ~ '_share_ci_low', reference ~ '_share', reference ~ '_share_ci_high'
        ) }} as {{ minority }}_share_difference_ci_low,
        {{ newcombe_high(
            minority ~ '_share', minority ~ '_share_ci_high', reference ~ '_share', reference ~ '_share_ci_low'
        ) }} as {{ minority }}_share_difference_ci_high,
        {%- endif %}
        case
            when {{ minority }}_{{ measure }} is null or {{ reference }}_{{ measure }} is null
                then 'There is no figure of both groups.'
        end as not_computed_because
        {%- endif %}
    from intervals

)

select * from final
{%- endmacro %}

{#- A group's figure from one of the two sources. -#}
{% macro survey_cell(group, figure_source, column) -%}
    max(case when group_key = '{{ group }}' and figure_source = '{{ figure_source }}' then {{ column }} end)
{%- endmacro %}

{#- Why a group has no figure. -#}
{% macro survey_reason(value, base_count, row_count) -%}
    case
        when {{ value }} is not null and {{ base_count }} is not null then null
        when {{ row_count }} > 0 then 'Fewer than ten people answered: the survey prints no figure.'
        else 'The breakdown of this survey year has no row for the group.'
    end
{%- endmacro %}

{#- The figures of one such mart in the form of indicator_values. -#}
{% macro figures_of_survey_indicator(model, indicator_id, groups, measure='share') -%}
    {%- for group in groups %}
    select
        {{ figure_columns(
            indicator_id="'" ~ indicator_id ~ "'",
            as_at_date='as_at_date',
            measure="'" ~ measure ~ "'",
            group_key="'" ~ group ~ "'",
            denominator=group ~ '_base_count',
            value=group ~ '_' ~ measure,
            method_key=survey_method(group, measure),
            not_computed_because=group ~ '_not_computed_because'
        ) }}
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro survey_method(group, measure) -%}
    {%- set printed = 'printed_' ~ measure %}
    {%- set official = 'official_' ~ measure %}
    {%- if group == 'all' -%}
        case when all_source = 'official_workbook' then '{{ official }}' else '{{ printed }}' end
    {%- else -%}
        '{{ printed }}'
    {%- endif -%}
{%- endmacro %}

{#-
    What an organisation is held against: every organisation of its benchmarking group that has a figure, itself included. The
    weighted mean takes each organisation's base as its weight; the median is what the survey's own reports call the average.
-#}
{% macro benchmark_columns(value, suffix) -%}
    count({{ value }}) as benchmark_organisation_count,
    sum(case when {{ value }} is not null then base_count end) as benchmark_base_count,
    {{ exact_mean(value) }} as benchmark_mean_{{ suffix }},
    cast(sum(cast({{ value }} as decimal(18, 12)) * base_count) as double)
    / nullif(cast(sum(case when {{ value }} is not null then base_count end) as double), 0)
        as benchmark_weighted_mean_{{ suffix }},
    percentile_cont(0.5) within group (order by {{ value }}) as benchmark_median_{{ suffix }},
    min({{ value }}) as benchmark_lowest_{{ suffix }},
    max({{ value }}) as benchmark_highest_{{ suffix }}
{%- endmacro %}

{#- A mean whose last digit does not hang on the order of the rows: the same data must make the same release. -#}
{% macro exact_mean(value) -%}
    cast(sum(cast({{ value }} as decimal(18, 12))) as double) / nullif(count({{ value }}), 0)
{%- endmacro %}

{#- 1 for the best of the group; equal figures share a place. Null where no direction is better, or there is no figure. -#}
{% macro place_in_group(value, better_when, partition) -%}
    case
        when {{ value }} is null then null
        when {{ better_when }} = 'higher'
            then rank() over (partition by {{ partition }} order by {{ value }} desc nulls last)
        when {{ better_when }} = 'lower'
            then rank() over (partition by {{ partition }} order by {{ value }} asc nulls last)
    end
{%- endmacro %}
