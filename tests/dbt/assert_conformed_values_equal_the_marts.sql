-- A figure of indicator_values is the figure of its mart, and none is lost on the way.
with

figures_of_marts as (

    select
        organisation_code,
        'wres_1' as indicator_id,
        snapshot_date as as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum,
        'share' as measure,
        'ethnic_minority' as group_key,
        ethnic_minority_share as mart_value
    from {{ ref('wres_1_representation') }}
    union all
    select
        organisation_code,
        indicator_id,
        snapshot_date as as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum,
        'share' as measure,
        "group" as group_key,
        share as mart_value
    from {{ ref('workforce_profile') }}
    union all
    select
        organisation_code,
        'declaration_' || field as indicator_id,
        snapshot_date as as_at_date,
        organisation_unit_level,
        organisation_unit,
        'all' as stratum,
        'complete_share' as measure,
        'all' as group_key,
        complete_share as mart_value
    from {{ ref('declaration_rates') }}

)

select figures_of_marts.*
from figures_of_marts
left join {{ ref('indicator_values') }} as conformed
    on
        figures_of_marts.organisation_code = conformed.organisation_code
        and figures_of_marts.indicator_id = conformed.indicator_id
        and figures_of_marts.as_at_date = conformed.as_at_date
        and figures_of_marts.organisation_unit_level = conformed.organisation_unit_level
        and figures_of_marts.organisation_unit = conformed.organisation_unit
        and figures_of_marts.stratum = conformed.stratum
        and figures_of_marts.measure = conformed.measure
        and figures_of_marts.group_key = conformed."group"
where conformed.value is null or conformed.value <> figures_of_marts.mart_value
