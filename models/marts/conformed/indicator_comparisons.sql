-- One row is one comparison: organisation × indicator × version × as-at date × unit × stratum × measure × minority group ×
-- reference group, beside the same comparison one year earlier. The workforce is everyone in employed scope in the whole trust.
with

indicator_values as (

    select * from {{ ref('indicator_values') }}

),

comparison_groups as (

    select * from {{ ref('indicator_comparison_groups') }}

),

cuts as (

    select * from {{ ref('indicator_cuts') }}
    where conformed_table = 'indicator_comparisons'

),

strata as (

    select * from {{ ref('strata') }}

),

direction_rules as (

    select
        unit,
        printed_scale,
        printed_step,
        round(threshold / printed_step, 0) as threshold_steps,
        significance_level,
        smallest_expected_count
    from {{ ref('direction_rules') }}

),

figure_methods as (

    select * from {{ ref('figure_methods') }}

),

too_few as (

    select method from figure_methods
    where method_key = 'too_few_to_test'

),

minorities as (

    select
        indicator_values.*,
        comparison_groups.measure as comparison_measure,
        comparison_groups.comparison_form,
        comparison_groups.reference_group,
        comparison_groups.better_when,
        cuts.stratum_dimension
    from indicator_values
    inner join strata on indicator_values.stratum = strata.stratum
    inner join comparison_groups
        on
            indicator_values.indicator_id = comparison_groups.indicator_id
            and indicator_values.measure = comparison_groups.value_measure
            and indicator_values."group" = comparison_groups.minority_group
    inner join cuts
        on
            indicator_values.indicator_id = cuts.indicator_id
            and comparison_groups.measure = cuts.measure
            and indicator_values.organisation_unit_level = cuts.organisation_unit_level
            and strata.stratum_dimension = cuts.stratum_dimension

),

workforces as (

    select * from indicator_values
    where organisation_unit_level = 'trust' and stratum = 'all'

),

comparisons as (

    select
        minorities.*,
        workforces.numerator as workforce_numerator,
        workforces.denominator as workforce_denominator,
        workforces.numerator - minorities.numerator as others_numerator,
        workforces.denominator - minorities.denominator as others_denominator,
        case
            when minorities.comparison_form = 'difference_from_workforce' then minorities.value - workforces.value
            else minorities.value
        end as compared_value,
        case
            when minorities.comparison_form = 'difference_from_workforce'
                then {{ newcombe_low(
                    'minorities.value', 'minorities.ci_low', 'workforces.value', 'workforces.ci_high'
                ) }}
            else minorities.ci_low
        end as compared_ci_low,
        case
            when minorities.comparison_form = 'difference_from_workforce'
                then {{ newcombe_high(
                    'minorities.value', 'minorities.ci_high', 'workforces.value', 'workforces.ci_low'
                ) }}
            else minorities.ci_high
        end as compared_ci_high,
        {{ one_year_earlier('minorities.as_at_date') }} as date_one_year_earlier,
        minorities.value * (1 - minorities.value) / minorities.denominator
        + case
            when minorities.comparison_form = 'difference_from_workforce'
                then workforces.value * (1 - workforces.value) / workforces.denominator
            else 0
        end as variance
    from minorities
    inner join workforces
        on
            minorities.organisation_code = workforces.organisation_code
            and minorities.indicator_id = workforces.indicator_id
            and minorities.definition_version = workforces.definition_version
            and minorities.as_at_date = workforces.as_at_date
            and minorities.measure = workforces.measure
            and minorities."group" = workforces."group"

),

beside_one_year_earlier as (

    select
        comparisons.*,
        previous.as_at_date as previous_as_at_date,
        previous.numerator as previous_numerator,
        previous.denominator as previous_denominator,
        previous.compared_value as previous_value,
        previous.variance as previous_variance,
        {{ printed_steps(
            'comparisons.compared_value', 'direction_rules.printed_scale', 'direction_rules.printed_step'
        ) }} as steps,
        {{ printed_steps(
            'previous.compared_value', 'direction_rules.printed_scale', 'direction_rules.printed_step'
        ) }} as previous_steps,
        direction_rules.threshold_steps,
        direction_rules.significance_level,
        direction_rules.smallest_expected_count,
        {{ smallest_expected_count(
            'comparisons.numerator', 'comparisons.denominator', 'previous.numerator', 'previous.denominator'
        ) }} as smallest_count_by_year,
        {{ smallest_expected_count(
            'comparisons.numerator',
            'comparisons.denominator',
            'comparisons.others_numerator',
            'comparisons.others_denominator'
        ) }} as smallest_count_by_cell
    from comparisons
    inner join direction_rules on comparisons.unit = direction_rules.unit
    left join comparisons as previous
        on
            comparisons.organisation_code = previous.organisation_code
            and comparisons.indicator_id = previous.indicator_id
            and comparisons.definition_version = previous.definition_version
            and comparisons.date_one_year_earlier = previous.as_at_date
            and comparisons.organisation_unit_level = previous.organisation_unit_level
            and comparisons.organisation_unit = previous.organisation_unit
            and comparisons.stratum = previous.stratum
            and comparisons.comparison_measure = previous.comparison_measure
            and comparisons."group" = previous."group"
            and comparisons.reference_group = previous.reference_group

),

standard_scores as (

    select
        *,
        case
            when smallest_count_by_year < smallest_expected_count then null
            when comparison_form = 'difference_from_workforce'
                then (compared_value - previous_value) / nullif(sqrt(variance + previous_variance), 0)
            else {{ two_proportion_z('numerator', 'denominator', 'previous_numerator', 'previous_denominator') }}
        end as z_by_year,
        case
            when smallest_count_by_cell < smallest_expected_count then null
            else {{ two_proportion_z('numerator', 'denominator', 'others_numerator', 'others_denominator') }}
        end as z_by_cell
    from beside_one_year_earlier

),

tested as (

    select
        *,
        {{ p_value_of_z('z_by_year') }} as p_value_by_year,
        case
            when comparison_form = 'difference_from_workforce' then {{ p_value_of_z('z_by_cell') }}
            else {{ p_value_of_z('z_by_year') }}
        end as p_value,
        case
            when comparison_form = 'difference_from_workforce' then smallest_count_by_cell < smallest_expected_count
            else coalesce(smallest_count_by_year < smallest_expected_count, false)
        end as is_too_few_to_test
    from standard_scores

),

ranked as (

    select
        *,
        count(p_value) over (
            partition by {{ family_of_comparisons() }}
        ) as tested_count,
        count(p_value) over (
            partition by {{ family_of_comparisons() }}
            order by p_value nulls last
            range between unbounded preceding and current row
        ) as p_value_rank
    from tested

),

corrected as (

    select
        *,
        least(1, min(p_value * tested_count / nullif(p_value_rank, 0)) over (
            partition by {{ family_of_comparisons() }}
            order by p_value desc nulls first
            range between unbounded preceding and current row
        )) as smallest_corrected
    from ranked

),

final as (

    select
        corrected.organisation_code,
        corrected.indicator_id,
        corrected.definition_version,
        corrected.is_current_definition,
        corrected.reporting_year,
        corrected.as_at_date,
        corrected.organisation_unit_level,
        corrected.organisation_unit,
        corrected.organisation_unit_parent,
        corrected.stratum,
        corrected.comparison_measure as measure,
        corrected."group" as minority_group,
        corrected.reference_group,
        corrected.numerator as minority_numerator,
        corrected.denominator as minority_denominator,
        corrected.workforce_numerator as reference_numerator,
        corrected.workforce_denominator as reference_denominator,
        corrected.compared_value as value,
        corrected.unit,
        corrected.compared_ci_low as ci_low,
        corrected.compared_ci_high as ci_high,
        corrected.p_value,
        case when corrected.p_value is not null then corrected.smallest_corrected end as p_value_adjusted,
        cast(null as boolean) as zero_cell_adjusted,
        figure_methods.method
        || case when corrected.is_too_few_to_test then '. ' || too_few.method else '' end as method,
        corrected.previous_as_at_date,
        corrected.previous_value,
        corrected.compared_value - corrected.previous_value as change,
        {{ direction_by_threshold(
            'corrected.steps', 'corrected.previous_steps', 'corrected.threshold_steps', 'corrected.better_when', '0'
        ) }} as direction_by_threshold,
        case
            when corrected.better_when = 'none' or corrected.p_value_by_year is null then 'not_comparable'
            when corrected.p_value_by_year >= corrected.significance_level then 'no_clear_change'
            else {{ direction_of_move(
                'corrected.compared_value', 'corrected.previous_value', 'corrected.better_when', '0'
            ) }}
        end as direction_tested,
        cast(null as boolean) as within_four_fifths,
        corrected.not_computed_because
    from corrected
    inner join figure_methods on corrected.comparison_form = figure_methods.method_key
    cross join too_few

)

select * from final
