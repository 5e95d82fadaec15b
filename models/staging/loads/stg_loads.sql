-- One row is one file that was taken in hand, with what came of it: the load record (landing contract: what every load records).
with

source as (

    select * from {{ source('loads', 'loads') }}

),

-- A date whose newest load was purged has no current one: the load that it corrected must not come back.
newest_of_each_date as (

    select
        organisation_code,
        dataset,
        as_at_date,
        max(load_id) as load_id
    from source
    where outcome in ('loaded', 'correction')
    group by organisation_code, dataset, as_at_date

),

final as (

    select
        source.load_id,
        source.organisation_code,
        source.dataset,
        source.file_name,
        source.file_path,
        source.sha256,
        source.bytes,
        source.as_at_date,
        source.version,
        source.rows_read,
        source.rows_loaded,
        source.rows_rejected,
        source.rows_duplicate,
        source.columns_ignored,
        source.started_at,
        source.finished_at,
        source.outcome,
        source.reason,
        source.supersedes_load_id,
        source.purged_on,
        newest_of_each_date.load_id is not null and source.purged_on is null as is_current
    from source
    left join newest_of_each_date
        on source.load_id = newest_of_each_date.load_id

)

select * from final
