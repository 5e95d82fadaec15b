-- One row is one file that was taken in hand, and what came of it: the load record for analysts. It tells of files, not people.
with

loads as (

    select * from {{ ref('stg_loads') }}

),

final as (

    select
        organisation_code,
        load_id,
        dataset,
        file_name,
        file_path,
        sha256,
        bytes,
        as_at_date,
        cast(version as integer) as version,
        rows_read,
        rows_loaded,
        rows_rejected,
        rows_duplicate,
        {{ joined_list('columns_ignored') }} as columns_ignored,
        outcome,
        reason,
        supersedes_load_id,
        is_current,
        purged_on
    from loads

)

select * from final
