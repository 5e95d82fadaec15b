-- A list that says which figure is meant would otherwise find nothing for a word that is spelt wrong, and nobody would see why.
with

meant as (

    {% for list in ['plan_indicator_figures', 'high_impact_measures', 'eds_evidence_map'] %}
        select
            '{{ list }}' as list,
            conformed_table,
            indicator_id,
            measure,
            stratum,
            group_key,
            coalesce(reference_group, '') as reference_group
        from {{ ref(list) }}
        where indicator_id is not null
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select meant.*
from meant
left join {{ ref('indicator_vocabulary') }} as vocabulary
    on
        meant.conformed_table = vocabulary.conformed_table
        and meant.indicator_id = vocabulary.indicator_id
        and meant.measure = vocabulary.measure
        and meant.stratum = vocabulary.stratum
        and meant.group_key = vocabulary."group"
        and meant.reference_group = vocabulary.reference_group
        and vocabulary.organisation_unit_level = 'trust'
where vocabulary.indicator_id is null
