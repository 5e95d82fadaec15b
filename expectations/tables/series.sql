-- One row per month without a snapshot, between an organisation's first snapshot and its latest; every row has the sum. It
-- looks at all snapshots and not only at those that this run judges: a hole stays until it is filled.
with gaps as (
    select
        organisation_code,
        previous_snapshot_date,
        snapshot_date as next_snapshot_date,
        range(1, missing_snapshot_count + 1) as months_after_previous,
        sum(missing_snapshot_count) over (partition by organisation_code)::bigint as missing_snapshot_count
    from marts.quality_snapshots
    where missing_snapshot_count > 0
),

months as (
    select
        * exclude (months_after_previous),
        last_day(date_trunc('month', previous_snapshot_date) + to_months(unnest(months_after_previous)::integer))::date
            as snapshot_date
    from gaps
)

select
    *,
    strftime(snapshot_date, '%B %Y') as missing_month
from months
order by organisation_code, snapshot_date
