-- Outside programs rely on the words of the conformed tables: an indicator, measure, group or stratum that no seed lists
-- would reach them unannounced.
{{ config(meta={
    'owner': "Parity's analysts",
    'next_step': 'Add the word to seeds/catalogue, or mend the map that made it.'
}) }}
with

words as (

    select distinct
        'indicator_values' as conformed_table,
        indicator_id,
        measure,
        organisation_unit_level,
        stratum,
        "group" as group_key,
        '' as reference_group
    from {{ ref('indicator_values') }}
    union all
    select distinct
        'indicator_comparisons' as conformed_table,
        indicator_id,
        measure,
        organisation_unit_level,
        stratum,
        minority_group as group_key,
        reference_group
    from {{ ref('indicator_comparisons') }}

)

select words.*
from words
left join {{ ref('indicator_vocabulary') }} as vocabulary
    on
        words.conformed_table = vocabulary.conformed_table
        and words.indicator_id = vocabulary.indicator_id
        and words.measure = vocabulary.measure
        and words.organisation_unit_level = vocabulary.organisation_unit_level
        and words.stratum = vocabulary.stratum
        and words.group_key = vocabulary."group"
        and words.reference_group = vocabulary.reference_group
where vocabulary.indicator_id is null
