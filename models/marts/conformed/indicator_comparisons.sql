-- One row is one comparison: organisation × indicator × version × as-at date × unit × stratum × measure × minority group ×
-- reference group, beside the same comparison one year earlier. Which groups are compared, and in which form, is data
-- (indicator_comparison_groups, comparison_forms). A row exists where the minority group's figure does.
with

indicator_values as (

    select * from {{ ref('indicator_values') }}

),

comparison_groups as (

    select * from {{ ref('indicator_comparison_groups') }}

),

comparison_forms as (

    select * from {{ ref('comparison_forms') }}

),

definitions as (

    select * from {{ ref('indicator_definitions') }}

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

four_fifths as (

    select * from {{ ref('ratio_rules') }}
    where rule = 'four_fifths'

),

comparison_tests as (

    select * from {{ ref('comparison_tests') }}

),

signed as (

    select
        *,
        true as is_current_definition
    from {{ ref('approved_figures') }}
    where is_latest and conformed_table = 'indicator_comparisons'

),

-- The reference is of the same version, or of the current one where it is another indicator's.
compared_groups as (

    select
        comparison_groups.*,
        definitions.definition_version,
        reference_definitions.definition_version as reference_version,
        coalesce(definitions.rolling_years, 1) as rolling_years,
        coalesce(reference_definitions.rolling_years, 1) as reference_rolling_years,
        comparison_forms.unit as comparison_unit,
        comparison_forms.parity,
        comparison_forms.value_rule,
        comparison_forms.interval_rule,
        comparison_forms.has_counts,
        comparison_forms.is_stock,
        comparison_forms.is_held_against_four_fifths,
        comparison_forms.method as form_method,
        case
            when
                comparison_forms.test_rule = 'cell_against_others'
                and not (
                    comparison_groups.reference_indicator_id = comparison_groups.indicator_id
                    and comparison_groups.reference_measure = comparison_groups.value_measure
                    and comparison_groups.reference_group_key = comparison_groups.minority_group
                )
                then 'two_shares'
            else comparison_forms.test_rule
        end as test_rule,
        case
            when comparison_forms.year_rule <> 'none' and definitions.rolling_years > 1 then 'overlap'
            else comparison_forms.year_rule
        end as year_rule
    from comparison_groups
    inner join comparison_forms on comparison_groups.comparison_form = comparison_forms.comparison_form
    inner join definitions on comparison_groups.indicator_id = definitions.indicator_id
    left join definitions as reference_definitions
        on
            comparison_groups.reference_indicator_id = reference_definitions.indicator_id
            and (
                (
                    comparison_groups.reference_indicator_id = comparison_groups.indicator_id
                    and definitions.definition_version = reference_definitions.definition_version
                )
                or (
                    comparison_groups.reference_indicator_id <> comparison_groups.indicator_id
                    and reference_definitions.is_current_definition
                )
            )

),

minorities as (

    select
        indicator_values.*,
        case
            when not compared_groups.has_counts then null
            -- More than the base is no share: nothing can be tested. A ratio of two counts may be any number.
            when
                compared_groups.interval_rule <> 'counts' and indicator_values.numerator > indicator_values.denominator
                then null
            else coalesce(
                cast(indicator_values.numerator as double), indicator_values.value * indicator_values.denominator
            ) * compared_groups.rolling_years
        end as counted,
        case when compared_groups.has_counts then cast(indicator_values.denominator as double) end
        * compared_groups.rolling_years as base,
        compared_groups.has_counts and indicator_values.numerator is null as is_rounded,
        {{ standard_error_of_interval('indicator_values.ci_low', 'indicator_values.ci_high') }} as error,
        compared_groups.measure as comparison_measure,
        compared_groups.reference_group,
        compared_groups.reference_indicator_id,
        compared_groups.reference_version,
        compared_groups.reference_measure,
        compared_groups.reference_group_key,
        compared_groups.reference_rolling_years,
        case
            when compared_groups.reference_place = 'trust' then 'trust' else indicator_values.organisation_unit_level
        end as reference_unit_level,
        case when compared_groups.reference_place = 'trust' then 'trust' else indicator_values.organisation_unit end
            as reference_unit,
        case when compared_groups.reference_place = 'trust' then 'all' else indicator_values.stratum end
            as reference_stratum,
        compared_groups.comparison_unit,
        compared_groups.parity,
        compared_groups.value_rule,
        compared_groups.interval_rule,
        compared_groups.has_counts,
        compared_groups.test_rule,
        compared_groups.year_rule,
        compared_groups.is_stock,
        compared_groups.is_held_against_four_fifths,
        compared_groups.form_method,
        compared_groups.better_when,
        cuts.stratum_dimension,
        {{ one_year_earlier('indicator_values.as_at_date') }} as date_one_year_earlier
    from indicator_values
    inner join strata on indicator_values.stratum = strata.stratum
    inner join compared_groups
        on
            indicator_values.indicator_id = compared_groups.indicator_id
            and indicator_values.definition_version = compared_groups.definition_version
            and indicator_values.measure = compared_groups.value_measure
            and indicator_values."group" = compared_groups.minority_group
    inner join cuts
        on
            indicator_values.indicator_id = cuts.indicator_id
            and compared_groups.measure = cuts.measure
            and indicator_values.organisation_unit_level = cuts.organisation_unit_level
            and strata.stratum_dimension = cuts.stratum_dimension

),

beside_the_reference as (

    select
        minorities.*,
        reference.organisation_code is not null as has_reference,
        reference.numerator as reference_numerator,
        reference.denominator as reference_denominator,
        reference.value as reference_value,
        reference.ci_low as reference_ci_low,
        reference.ci_high as reference_ci_high,
        reference.not_computed_because as reference_not_computed_because,
        case
            when not minorities.has_counts then null
            when minorities.interval_rule <> 'counts' and reference.numerator > reference.denominator then null
            else
                coalesce(cast(reference.numerator as double), reference.value * reference.denominator)
                * minorities.reference_rolling_years
        end as reference_count,
        case when minorities.has_counts then cast(reference.denominator as double) end
        * minorities.reference_rolling_years as reference_base,
        {{ standard_error_of_interval('reference.ci_low', 'reference.ci_high') }} as reference_error
    from minorities
    left join indicator_values as reference
        on
            minorities.organisation_code = reference.organisation_code
            and minorities.reference_indicator_id = reference.indicator_id
            and minorities.reference_version = reference.definition_version
            and minorities.as_at_date = reference.as_at_date
            and minorities.reference_unit_level = reference.organisation_unit_level
            and minorities.reference_unit = reference.organisation_unit
            and minorities.reference_stratum = reference.stratum
            and minorities.reference_measure = reference.measure
            and minorities.reference_group_key = reference."group"

),

compared_values as (

    select
        *,
        case value_rule
            when 'minority' then value
            when 'difference' then value - reference_value
            when 'minority_over_reference' then value / nullif(reference_value, 0)
            -- A likelihood of nought is no reference, whichever way the ratio is turned (readings: ratios).
            when 'reference_over_minority'
                then
                    case when interval_rule = 'katz' then nullif(reference_value, 0) else reference_value end
                    / nullif(value, 0)
            when 'gap' then {{ gap('reference_value', 'value') }}
        end as compared_value,
        value_rule = 'reference_over_minority' as is_turned,
        case
            when interval_rule = 'katz'
                then {{ has_zero_cell('counted', 'base', 'reference_count', 'reference_base') }}
            when interval_rule = 'counts'
                then counted = 0 or base = 0 or reference_count = 0 or reference_base = 0
        end as has_zero_cell
    from beside_the_reference

),

with_cells as (

    select
        *,
        case when has_zero_cell then 0.5e0 else 0e0 end as added,
        case when is_turned then reference_count else counted end as upper_count,
        case when is_turned then reference_base else base end as upper_base,
        case when is_turned then counted else reference_count end as lower_count,
        case when is_turned then base else reference_base end as lower_base
    from compared_values

),

with_errors as (

    select
        *,
        case interval_rule
            when 'katz'
                then {{ log_of_relative_likelihood(
                    'upper_count', 'upper_base', 'lower_count', 'lower_base', 'added'
                ) }}
            when 'counts'
                then {{ log_of_ratio_of_ratios('upper_count', 'upper_base', 'lower_count', 'lower_base', 'added') }}
        end as log_ratio,
        case interval_rule
            when 'katz'
                then {{ standard_error_of_relative_likelihood(
                    'upper_count', 'upper_base', 'lower_count', 'lower_base', 'added'
                ) }}
            when 'counts'
                then {{ standard_error_of_ratio_of_ratios(
                    'upper_count', 'upper_base', 'lower_count', 'lower_base', 'added'
                ) }}
            when 'gap' then {{ standard_error_of_gap('reference_value', 'reference_error', 'value', 'error') }}
            when 'errors' then sqrt(error * error + reference_error * reference_error)
            when 'newcombe'
                then sqrt(value * (1 - value) / base + reference_value * (1 - reference_value) / reference_base)
            when 'shifted' then sqrt(value * (1 - value) / base)
        end as compared_error,
        case test_rule
            when 'odds' then round(upper_count)
            else round(counted)
        end as count_1,
        case test_rule
            when 'odds' then round(upper_count) + round(upper_base)
            else round(base)
        end as base_1,
        case test_rule
            when 'odds' then round(lower_count)
            when 'cell_against_others' then round(reference_count) - round(counted)
            when 'two_shares' then round(reference_count)
        end as count_2,
        case test_rule
            when 'odds' then round(lower_count) + round(lower_base)
            when 'cell_against_others' then round(reference_base) - round(base)
            when 'two_shares' then round(reference_base)
        end as base_2
    from with_cells

),

comparisons as (

    select
        *,
        case
            when compared_value is null then null
            when interval_rule = 'own' then ci_low
            when interval_rule = 'newcombe'
                then {{ newcombe_low('value', 'ci_low', 'reference_value', 'reference_ci_high') }}
            when interval_rule = 'shifted' then ci_low - reference_value
            when interval_rule in ('katz', 'counts') then exp(log_ratio - {{ z_of_95_percent() }} * compared_error)
            when interval_rule in ('gap', 'errors') then compared_value - {{ z_of_95_percent() }} * compared_error
        end as compared_ci_low,
        case
            when compared_value is null then null
            when interval_rule = 'own' then ci_high
            when interval_rule = 'newcombe'
                then {{ newcombe_high('value', 'ci_high', 'reference_value', 'reference_ci_low') }}
            when interval_rule = 'shifted' then ci_high - reference_value
            when interval_rule in ('katz', 'counts') then exp(log_ratio + {{ z_of_95_percent() }} * compared_error)
            when interval_rule in ('gap', 'errors') then compared_value + {{ z_of_95_percent() }} * compared_error
        end as compared_ci_high,
        case
            when compared_value is not null then null
            when value is null then coalesce(not_computed_because, 'There is no figure of the minority group.')
            when not has_reference then 'There is no figure of the reference group.'
            when reference_value is null
                then coalesce(reference_not_computed_because, 'There is no figure of the reference group.')
            when is_turned and reference_value = 0
                then 'The figure of the reference group is zero: there is nothing to hold the other against.'
            else 'The figure that it would be divided by is zero.'
        end as no_value_because
    from with_errors

),

beside_one_year_earlier as (

    select
        comparisons.*,
        direction_rules.threshold_steps,
        direction_rules.significance_level,
        direction_rules.smallest_expected_count,
        previous.as_at_date as previous_as_at_date,
        previous.compared_value as previous_value,
        previous.compared_error as previous_error,
        previous.log_ratio as previous_log_ratio,
        previous.is_rounded as previous_is_rounded,
        {{ printed_steps(
            'comparisons.compared_value', 'direction_rules.printed_scale', 'direction_rules.printed_step'
        ) }} as steps,
        {{ printed_steps(
            'previous.compared_value', 'direction_rules.printed_scale', 'direction_rules.printed_step'
        ) }} as previous_steps,
        {{ printed_steps(
            'comparisons.parity', 'direction_rules.printed_scale', 'direction_rules.printed_step'
        ) }} as parity_steps,
        round(previous.counted) as count_earlier,
        round(previous.base) as base_earlier,
        {{ smallest_expected_count(
            'comparisons.count_1', 'comparisons.base_1', 'comparisons.count_2', 'comparisons.base_2'
        ) }} as expected_by_group,
        {{ smallest_expected_count(
            'comparisons.count_1', 'comparisons.base_1', 'round(previous.counted)', 'round(previous.base)'
        ) }} as expected_by_year,
        {{ smallest_expected_count(
            'comparisons.reference_count',
            'comparisons.reference_base',
            'previous.reference_count',
            'previous.reference_base'
        ) }} as reference_expected_by_year,
        comparisons.base * least(comparisons.reference_value, 1 - comparisons.reference_value) as expected_of_one_share
    from comparisons
    inner join direction_rules on comparisons.comparison_unit = direction_rules.unit
    left join comparisons as previous
        on
            comparisons.organisation_code = previous.organisation_code
            and comparisons.indicator_id = previous.indicator_id
            and comparisons.definition_version = previous.definition_version
            and comparisons.date_one_year_earlier = previous.as_at_date
            and comparisons.organisation_unit_level = previous.organisation_unit_level
            and {{ same_unit('comparisons', 'previous') }}
            and comparisons.stratum = previous.stratum
            and comparisons.comparison_measure = previous.comparison_measure
            and comparisons."group" = previous."group"
            and comparisons.reference_group = previous.reference_group

),

-- What each row's two tests compare: counts where shares are told apart, else a standard score.
with_tests as (

    select
        *,
        coalesce(
            test_rule in ('two_shares', 'cell_against_others', 'odds')
            and base_1 > 0 and base_2 > 0 and expected_by_group < smallest_expected_count, false
        ) as is_exact_by_group,
        coalesce(
            year_rule = 'two_shares'
            and base_1 > 0 and base_earlier > 0 and expected_by_year < smallest_expected_count, false
        ) as is_exact_by_year,
        case
            when test_rule in ('two_shares', 'cell_against_others', 'odds')
                then {{ two_proportion_z('count_1', 'base_1', 'count_2', 'base_2') }}
            when test_rule = 'errors'
                then (value - reference_value) / nullif(sqrt(error * error + reference_error * reference_error), 0)
            when test_rule = 'one_share' and expected_of_one_share >= smallest_expected_count
                then (value - reference_value) / nullif(sqrt(reference_value * (1 - reference_value) / base), 0)
        end as z_by_group,
        case
            when compared_value is null or previous_value is null then null
            when year_rule = 'two_shares'
                then {{ two_proportion_z('count_1', 'base_1', 'count_earlier', 'base_earlier') }}
            when year_rule = 'logarithms'
                then
                    (log_ratio - previous_log_ratio)
                    / nullif(sqrt(compared_error * compared_error + previous_error * previous_error), 0)
            when
                year_rule = 'variances'
                and coalesce(least(expected_by_year, reference_expected_by_year) >= smallest_expected_count, true)
                then
                    (compared_value - previous_value)
                    / nullif(sqrt(compared_error * compared_error + previous_error * previous_error), 0)
        end as z_by_year
    from beside_one_year_earlier

),

small_tables as (

    select
        cast(count_1 as bigint) as count_1,
        cast(base_1 as bigint) as base_1,
        cast(count_2 as bigint) as count_2,
        cast(base_2 as bigint) as base_2
    from with_tests
    where is_exact_by_group
    union
    select
        cast(count_1 as bigint) as count_1,
        cast(base_1 as bigint) as base_1,
        cast(count_earlier as bigint) as count_2,
        cast(base_earlier as bigint) as base_2
    from with_tests
    where is_exact_by_year

),

possible_tables as (

    select
        *,
        {{ log_weight_of_table('count_1', 'count_1', 'base_1', 'count_2', 'base_2') }} as observed_log_weight,
        {{ likeliest_cell('count_1', 'base_1', 'count_2', 'base_2') }} as likeliest_cell,
        {{ each_possible_cell('count_1', 'base_1', 'count_2', 'base_2') }} as cell
    from small_tables

),

weighed_tables as (

    select
        *,
        {{ log_weight_of_table('cell', 'count_1', 'base_1', 'count_2', 'base_2') }} as log_weight,
        {{ log_weight_of_table('likeliest_cell', 'count_1', 'base_1', 'count_2', 'base_2') }} as highest_log_weight
    from possible_tables

),

exact_p_values as (

    select
        count_1,
        base_1,
        count_2,
        base_2,
        {{ exact_p_value('log_weight', 'observed_log_weight', 'highest_log_weight') }} as p_value
    from weighed_tables
    group by count_1, base_1, count_2, base_2

),

with_p_values as (

    select
        with_tests.*,
        case
            when with_tests.is_exact_by_group then by_group.p_value
            else {{ p_value_of_z('with_tests.z_by_group') }}
        end as p_value_by_group,
        case
            when with_tests.is_exact_by_year then by_year.p_value
            else {{ p_value_of_z('with_tests.z_by_year') }}
        end as p_value_by_year
    from with_tests
    left join exact_p_values as by_group
        on
            with_tests.count_1 = by_group.count_1
            and with_tests.base_1 = by_group.base_1
            and with_tests.count_2 = by_group.count_2
            and with_tests.base_2 = by_group.base_2
    left join exact_p_values as by_year
        on
            with_tests.count_1 = by_year.count_1
            and with_tests.base_1 = by_year.base_1
            and with_tests.count_earlier = by_year.count_2
            and with_tests.base_earlier = by_year.base_2

),

tested as (

    select
        *,
        case when test_rule = 'year' then p_value_by_year else p_value_by_group end as p_value
    from with_p_values

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
        least(1, min(p_value * (cast(tested_count as double) / nullif(p_value_rank, 0))) over (
            partition by {{ family_of_comparisons() }}
            order by p_value desc nulls first
            range between unbounded preceding and current row
        )) as smallest_corrected
    from ranked

),

directed as (

    select
        *,
        {{ direction_by_threshold('steps', 'previous_steps', 'threshold_steps', 'better_when', 'parity_steps') }}
            as direction_by_threshold,
        case
            when better_when = 'none' or p_value_by_year is null then 'not_comparable'
            when p_value_by_year >= significance_level then 'no_clear_change'
            else {{ direction_of_move('compared_value', 'previous_value', 'better_when', 'parity') }}
        end as direction_tested
    from corrected

),

computed_comparisons as (

    select
        directed.organisation_code,
        directed.indicator_id,
        directed.definition_version,
        directed.is_current_definition,
        directed.reporting_year,
        directed.as_at_date,
        directed.organisation_unit_level,
        directed.organisation_unit,
        directed.organisation_unit_parent,
        directed.stratum,
        directed.comparison_measure as measure,
        directed."group" as minority_group,
        directed.reference_group,
        directed.numerator as minority_numerator,
        directed.denominator as minority_denominator,
        directed.reference_numerator,
        directed.reference_denominator,
        directed.compared_value as value,
        directed.comparison_unit as unit,
        directed.compared_ci_low as ci_low,
        directed.compared_ci_high as ci_high,
        directed.p_value,
        case when directed.p_value is not null then directed.smallest_corrected end as p_value_adjusted,
        case
            when directed.interval_rule in ('katz', 'counts')
                then coalesce(directed.compared_ci_low is not null and directed.has_zero_cell, false)
        end as zero_cell_adjusted,
        directed.form_method
        || coalesce('; ' || zero_cell.method, '')
        || coalesce('; ' || test.method, '')
        || coalesce('; ' || test_of_years.method, '')
        || coalesce(', ' || guide.method, '')
        || coalesce('; ' || rounded.method, '') as method,
        directed.previous_as_at_date,
        directed.previous_value,
        directed.compared_value - directed.previous_value as change,
        directed.direction_by_threshold,
        directed.direction_tested,
        case
            when directed.is_held_against_four_fifths
                -- Rounded, because four fifths of two likelihoods may come out as 0.7999999999999999.
                then round(directed.compared_value, 9) between four_fifths.lowest_ratio and four_fifths.highest_ratio
        end as within_four_fifths,
        directed.no_value_because as not_computed_because,
        case
            when 'not_comparable' not in (directed.direction_by_threshold, directed.direction_tested)
                then directed.direction_by_threshold <> directed.direction_tested
        end as directions_disagree
    from directed
    cross join four_fifths
    left join comparison_tests as zero_cell
        on
            zero_cell.test_rule = 'zero_cell'
            and directed.has_zero_cell
            and directed.compared_ci_low is not null
    left join comparison_tests as test
        on
            directed.test_rule = test.test_rule
            and test.test_kind = case
                when directed.p_value is null then 'none'
                when directed.test_rule = 'year' and directed.is_exact_by_year then 'fisher'
                when directed.is_exact_by_group then 'fisher'
                else 'z'
            end
    left join comparison_tests as test_of_years
        on
            'years_' || directed.year_rule = test_of_years.test_rule
            and test_of_years.test_kind = case
                when directed.year_rule in ('none', 'overlap') then 'none'
                when directed.p_value_by_year is not null then 'z'
                when
                    least(directed.expected_by_year, directed.reference_expected_by_year)
                    < directed.smallest_expected_count
                    then 'too_few'
            end
    left join comparison_tests as guide
        on
            guide.test_rule = 'guide'
            and directed.is_stock
            and directed.p_value_by_year is not null
    left join comparison_tests as rounded
        on
            rounded.test_rule = 'rounded'
            and directed.is_rounded
            and (directed.p_value is not null or directed.p_value_by_year is not null)

),

final as (

    select
        computed_comparisons.*,
        {{ status_of_figure(
            'signed', 'computed_comparisons',
            numerator='computed_comparisons.minority_numerator',
            denominator='computed_comparisons.minority_denominator',
            reference_numerator='computed_comparisons.reference_numerator',
            reference_denominator='computed_comparisons.reference_denominator'
        ) }} as status
    from computed_comparisons
    left join signed
        on {{ is_signature_of(
            'signed', 'computed_comparisons', 'minority_group', 'reference_group'
        ) }}

)

select * from final
