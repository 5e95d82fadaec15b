-- A comparison names two figures of indicator_values: a word that is misspelt would compare with nothing, or not at all. Where
-- closer to equal is better, the form must know what equal is; where the value is a group's own, the unit is that of its measure.
with

groups as (

    select
        indicator_id,
        measure,
        group_key
    from {{ ref('indicator_groups') }}

),

comparisons as (

    select
        comparison_groups.*,
        forms.parity,
        forms.value_rule,
        forms.unit as form_unit,
        measures.unit as measure_unit
    from {{ ref('indicator_comparison_groups') }} as comparison_groups
    left join {{ ref('comparison_forms') }} as forms
        on comparison_groups.comparison_form = forms.comparison_form
    left join {{ ref('measures') }} as measures on comparison_groups.value_measure = measures.measure

)

select
    comparisons.indicator_id,
    comparisons.measure,
    comparisons.minority_group,
    comparisons.reference_group
from comparisons
left join groups as minorities
    on
        comparisons.indicator_id = minorities.indicator_id
        and comparisons.value_measure = minorities.measure
        and comparisons.minority_group = minorities.group_key
left join groups as reference
    on
        comparisons.reference_indicator_id = reference.indicator_id
        and comparisons.reference_measure = reference.measure
        and comparisons.reference_group_key = reference.group_key
where
    minorities.indicator_id is null
    or reference.indicator_id is null
    or (comparisons.better_when = 'parity' and comparisons.parity is null)
    or (comparisons.value_rule = 'minority' and comparisons.form_unit <> comparisons.measure_unit)
