-- One row is one group of one characteristic of the concerns raised with the Freedom to Speak Up guardian in a year: by theme,
-- gender or ethnicity, for the trust and each directorate that concerns name. Every group is a row, with zero where no concern
-- has it; unknown is a group.
with

concerns as (

    select * from {{ ref('int_concerns') }}

),

files as (

    select distinct
        organisation_code,
        as_at_date
    from {{ ref('stg_freedom_to_speak_up__concerns') }}

),

groups as (

    select
        indicator_id,
        replace(indicator_id, 'ftsu_', '') as characteristic,
        group_key,
        group_label
    from {{ ref('indicator_groups') }}
    where indicator_id like 'ftsu_%' and measure = 'share'

),

concerns_by_characteristic as (

    {% for characteristic, column in {
        'theme': 'theme',
        'theme_group': 'theme_group',
        'gender': 'gender',
        'ethnicity': 'ethnicity_group'
    }.items() %}
        select
            organisation_code,
            as_at_date,
            directorate,
            '{{ characteristic }}' as characteristic,
            {{ column }} as group_key,
            is_newest_row,
            is_row_of_own_file
        from concerns
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

counts as (

    select
        organisation_code,
        as_at_date,
        case when directorate is null then 'trust' else 'directorate' end as organisation_unit_level,
        coalesce(directorate, 'trust') as organisation_unit,
        case when directorate is not null then 'trust' end as organisation_unit_parent,
        characteristic,
        group_key,
        sum(case when is_newest_row then 1 else 0 end) as concern_count,
        sum(case when is_row_of_own_file then 1 else 0 end) as own_file_count
    from concerns_by_characteristic
    group by {{ grouped_by_each(
        ['organisation_code', 'as_at_date', 'characteristic', 'group_key'], [[], ['directorate']]
    ) }}

),

characteristics as (

    select distinct characteristic from groups

),

-- A year in which nobody raised a concern is a row of zeros.
cells as (

    select
        files.organisation_code,
        files.as_at_date,
        'trust' as organisation_unit_level,
        'trust' as organisation_unit,
        cast(null as varchar) as organisation_unit_parent,
        characteristics.characteristic,
        coalesce(sum(counts.concern_count), 0) as all_count
    from files
    cross join characteristics
    left join counts
        on
            files.organisation_code = counts.organisation_code
            and files.as_at_date = counts.as_at_date
            and characteristics.characteristic = counts.characteristic
            and counts.organisation_unit_level = 'trust'
    group by files.organisation_code, files.as_at_date, characteristics.characteristic
    union all
    select
        organisation_code,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        characteristic,
        sum(concern_count) as all_count
    from counts
    where organisation_unit_level <> 'trust'
    group by
        organisation_code,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        characteristic

),

final as (

    select
        cells.organisation_code,
        cells.as_at_date,
        {{ reporting_year('cells.as_at_date') }} as reporting_year,
        cells.organisation_unit_level,
        cells.organisation_unit,
        cells.organisation_unit_parent,
        groups.indicator_id,
        cells.characteristic,
        groups.group_key as "group",
        groups.group_label,
        cast(coalesce(counts.concern_count, 0) as bigint) as concern_count,
        cast(cells.all_count as bigint) as all_count,
        {{ share('coalesce(counts.concern_count, 0)', 'cells.all_count') }} as share,
        {{ wilson_low('coalesce(counts.concern_count, 0)', 'cells.all_count') }} as share_ci_low,
        {{ wilson_high('coalesce(counts.concern_count, 0)', 'cells.all_count') }} as share_ci_high,
        cast(coalesce(counts.own_file_count, 0) as bigint) as own_file_count,
        coalesce(counts.own_file_count, 0) <> coalesce(counts.concern_count, 0) as is_restated,
        case
            when cells.all_count = 0 then 'Nobody of the unit raised a concern in the year.'
        end as not_computed_because
    from cells
    inner join groups on cells.characteristic = groups.characteristic
    left join counts
        on
            cells.organisation_code = counts.organisation_code
            and cells.as_at_date = counts.as_at_date
            and cells.organisation_unit_level = counts.organisation_unit_level
            and cells.organisation_unit = counts.organisation_unit
            and cells.characteristic = counts.characteristic
            and groups.group_key = counts.group_key

)

select * from final
