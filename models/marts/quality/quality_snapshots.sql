-- One row is one snapshot of an organisation's staff: how it compares with the one before, and what was odd in it.
with

snapshots as (

    select * from {{ ref('int_snapshot_counts') }}

),

snapshot_pairs as (

    select * from {{ ref('int_snapshot_overlaps') }}

),

loads as (

    select * from {{ ref('stg_loads') }}

),

series as (

    select
        snapshot_pairs.organisation_code,
        snapshot_pairs.snapshot_date,
        snapshot_pairs.load_id,
        snapshot_pairs.previous_snapshot_date,
        {{ dbt.datediff('snapshot_pairs.previous_snapshot_date', 'snapshot_pairs.snapshot_date', 'month') }}
            as months_since_previous,
        snapshot_pairs.person_count,
        snapshot_pairs.previous_person_count,
        snapshot_pairs.shared_person_count,
        coalesce(snapshots.headcount, 0) as headcount,
        coalesce(snapshots.duplicate_person_count, 0) as duplicate_person_count,
        coalesce(snapshots.conflicting_characteristics_count, 0) as conflicting_characteristics_count,
        coalesce(snapshots.unknown_scope_value_count, 0) as unknown_scope_value_count,
        coalesce(snapshots.unranked_band_count, 0) as unranked_band_count,
        lag(coalesce(snapshots.headcount, 0)) over (
            partition by snapshot_pairs.organisation_code order by snapshot_pairs.snapshot_date
        ) as previous_headcount,
        max(snapshot_pairs.snapshot_date) over (partition by snapshot_pairs.organisation_code) as latest_snapshot_date
    from snapshot_pairs
    left join snapshots on snapshot_pairs.load_id = snapshots.load_id

),

final as (

    select
        series.organisation_code,
        series.snapshot_date,
        series.snapshot_date = series.latest_snapshot_date as is_latest,
        series.load_id,
        cast(series.headcount as bigint) as headcount,
        series.previous_snapshot_date,
        cast(series.previous_headcount as bigint) as previous_headcount,
        {{ share('series.headcount - series.previous_headcount', 'series.previous_headcount') }}
            as headcount_change_share,
        cast(series.months_since_previous as integer) as months_since_previous,
        cast(
            case
                when series.previous_snapshot_date is not null
                    then greatest(0, series.months_since_previous - 1)
            end as integer
        ) as missing_snapshot_count,
        {{ share('series.shared_person_count', 'least(series.person_count, series.previous_person_count)') }}
            as shared_with_previous_share,
        cast(coalesce(loads.rows_duplicate, 0) as bigint) as duplicate_row_count,
        cast(series.duplicate_person_count as bigint) as duplicate_person_count,
        cast(series.conflicting_characteristics_count as bigint) as conflicting_characteristics_count,
        cast(series.unknown_scope_value_count as bigint) as unknown_scope_value_count,
        cast(series.unranked_band_count as bigint) as unranked_band_count
    from series
    left join loads on series.load_id = loads.load_id

)

select * from final
