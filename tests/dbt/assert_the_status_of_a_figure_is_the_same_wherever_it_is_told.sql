-- What a reader of a conformed table is told of a figure is what figure_status tells: each figure of the ledger that is computed is
-- there with its status, and no figure is marked that nobody signed.
with

told as (

    select
        organisation_code,
        'indicator_values' as conformed_table,
        indicator_id,
        definition_version,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum,
        measure,
        "group" as group_key,
        '' as reference_group,
        status
    from {{ ref('indicator_values') }}
    union all
    select
        organisation_code,
        'indicator_comparisons' as conformed_table,
        indicator_id,
        definition_version,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum,
        measure,
        minority_group as group_key,
        reference_group,
        status
    from {{ ref('indicator_comparisons') }}

),

figure_status as (

    select * from {{ ref('figure_status') }}
    where definition_version is not null

)

select
    figure_status.conformed_table,
    figure_status.indicator_id,
    figure_status.as_at_date,
    told.indicator_id as told_indicator_id,
    told.as_at_date as told_date,
    figure_status.status,
    told.status as told_status
from figure_status
full outer join told
    on
        figure_status.organisation_code = told.organisation_code
        and figure_status.conformed_table = told.conformed_table
        and figure_status.indicator_id = told.indicator_id
        and figure_status.definition_version = told.definition_version
        and figure_status.as_at_date = told.as_at_date
        and figure_status.organisation_unit_level = told.organisation_unit_level
        and figure_status.organisation_unit = told.organisation_unit
        and figure_status.stratum = told.stratum
        and figure_status.measure = told.measure
        and figure_status."group" = told.group_key
        and figure_status.reference_group = told.reference_group
where
    (figure_status.status is null and told.status <> 'draft')
    or (figure_status.status is not null and told.status is null)
    or figure_status.status <> told.status
    or (told.status = 'draft' and figure_status.approval_number is not null)
