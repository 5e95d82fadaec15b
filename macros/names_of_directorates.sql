{#-
    The name that the figures of a date use for a directorate that another system prints, as a CTE `directorate_names` with the
    columns organisation_code, as_at_date, printed, directorate: the name in the snapshot of that date, else of the last one
    before it, else of the first one after it; a name that no snapshot spells so may be in the dated mapping; else it is
    `Unknown`. `printed` is a relation with organisation_code, as_at_date and directorate. The model has CTEs directorates
    (int_directorates) and directorate_map.
-#}
{% macro names_of_directorates(printed) -%}
printed_directorates as (

    select distinct
        organisation_code,
        as_at_date,
        coalesce(directorate, 'Unknown') as printed
    from {{ printed }}

),

snapshots_of_directorates as (

    select
        dates.organisation_code,
        dates.as_at_date,
        coalesce(
            max(case when snapshots.snapshot_date <= dates.as_at_date then snapshots.snapshot_date end),
            min(snapshots.snapshot_date)
        ) as snapshot_date
    from (select distinct organisation_code, as_at_date from printed_directorates) as dates
    inner join (select distinct organisation_code, snapshot_date from directorates) as snapshots
        on dates.organisation_code = snapshots.organisation_code
    group by dates.organisation_code, dates.as_at_date

),

directorates_of_snapshots as (

    select
        snapshots_of_directorates.organisation_code,
        snapshots_of_directorates.as_at_date,
        directorates.spelling,
        directorates.directorate
    from snapshots_of_directorates
    inner join directorates
        on
            snapshots_of_directorates.organisation_code = directorates.organisation_code
            and snapshots_of_directorates.snapshot_date = directorates.snapshot_date

),

spellings_of_snapshots as (

    select distinct
        organisation_code,
        as_at_date,
        {{ spelling_key('spelling') }} as name_key,
        directorate
    from directorates_of_snapshots

),

-- A name that only the dated mapping gives is in no file.
names_of_snapshots as (

    select
        organisation_code,
        as_at_date,
        {{ spelling_key('directorate') }} as name_key,
        min(directorate) as directorate
    from directorates_of_snapshots
    group by organisation_code, as_at_date, {{ spelling_key('directorate') }}

),

directorate_names as (

    select
        printed_directorates.organisation_code,
        printed_directorates.as_at_date,
        printed_directorates.printed,
        coalesce(
            spellings_of_snapshots.directorate,
            names_of_snapshots.directorate,
            directorate_map.directorate_to,
            'Unknown'
        ) as directorate
    from printed_directorates
    left join spellings_of_snapshots
        on
            printed_directorates.organisation_code = spellings_of_snapshots.organisation_code
            and printed_directorates.as_at_date = spellings_of_snapshots.as_at_date
            and {{ spelling_key('printed_directorates.printed') }} = spellings_of_snapshots.name_key
    left join names_of_snapshots
        on
            printed_directorates.organisation_code = names_of_snapshots.organisation_code
            and printed_directorates.as_at_date = names_of_snapshots.as_at_date
            and {{ spelling_key('printed_directorates.printed') }} = names_of_snapshots.name_key
    left join directorate_map
        on
            printed_directorates.organisation_code = directorate_map.organisation_code
            and {{ spelling_key('printed_directorates.printed') }} = {{ spelling_key('directorate_map.directorate_from') }}
            and printed_directorates.as_at_date >= coalesce(directorate_map.valid_from, printed_directorates.as_at_date)
            and printed_directorates.as_at_date <= coalesce(directorate_map.valid_to, printed_directorates.as_at_date)

)
{%- endmacro %}
