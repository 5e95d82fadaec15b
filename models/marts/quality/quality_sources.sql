-- One row is one kind of landing file of an organisation: whether any came, the newest, and which indicators need it.
with

landing_files as (

    select * from {{ ref('landing_files') }}

),

loads as (

    select * from {{ ref('stg_loads') }}

),

organisations as (

    select distinct organisation_code from loads

),

current_loads as (

    select
        organisation_code,
        dataset,
        max(as_at_date) as latest_as_at_date,
        count(*) as file_count,
        sum(rows_loaded) as row_count
    from loads
    where is_current
    group by organisation_code, dataset

),

needs as (

    select
        indicator_sources.dataset,
        {{ joined_texts('definitions.indicator_id', 'definitions.position') }} as needed_by
    from {{ ref('indicator_sources') }} as indicator_sources
    inner join {{ ref('indicator_definitions') }} as definitions
        on indicator_sources.indicator_id = definitions.indicator_id
    where definitions.is_computed and definitions.is_current_definition
    group by indicator_sources.dataset

),

final as (

    select
        organisations.organisation_code,
        landing_files.dataset,
        landing_files.title,
        current_loads.latest_as_at_date,
        cast(coalesce(current_loads.file_count, 0) as bigint) as file_count,
        cast(coalesce(current_loads.row_count, 0) as bigint) as row_count,
        coalesce(current_loads.file_count, 0) > 0 as is_present,
        needs.needed_by is not null as is_needed,
        needs.needed_by
    from organisations
    cross join landing_files
    left join current_loads
        on
            organisations.organisation_code = current_loads.organisation_code
            and landing_files.dataset = current_loads.dataset
    left join needs on landing_files.dataset = needs.dataset

)

select * from final
