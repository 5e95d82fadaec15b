-- One row is how many of one group of staff have completed one named course: everyone, or by ethnicity, disability or gender,
-- for the trust, each directorate and each team. The base is everyone in employed scope at the date of the learning file; who completed
-- it and is not employed at that date (bank, left since) is counted beside it.
with

trained_people as (

    select * from {{ ref('int_trained_people') }}

),

dates as (

    select distinct
        organisation_code,
        as_at_date
    from {{ ref('stg_learning__completions') }}

),

training_courses as (

    select * from {{ ref('training_courses') }}

),

targets as (

    select * from {{ ref('culture_targets') }}
    where indicator_id = 'training_coverage'

),

people as (

    select
        organisation_code,
        snapshot_date,
        person_key,
        directorate,
        team,
        ethnicity_group,
        disability_group,
        gender
    from {{ ref('int_staff_snapshots') }}
    where is_in_scope

),

-- A team's name that stands under several directorates, or is unknown, is told apart by its directorate.
directorates_of_teams as (

    select
        organisation_code,
        snapshot_date,
        team,
        count(distinct directorate) as directorate_count
    from people
    group by organisation_code, snapshot_date, team

),

groups as (

    select
        indicator_id,
        case
            when indicator_id = 'training_coverage' then 'all'
            else replace(indicator_id, 'training_coverage_', '')
        end as characteristic,
        group_key,
        group_label
    from {{ ref('indicator_groups') }}
    where indicator_id like 'training_coverage%' and measure = 'coverage'

),

staff as (

    select
        dates.organisation_code,
        dates.as_at_date,
        training_courses.training_course,
        people.directorate,
        case
            when directorates_of_teams.directorate_count > 1 or people.team = 'Unknown'
                then people.team || ' (' || people.directorate || ')'
            else people.team
        end as team,
        people.ethnicity_group,
        people.disability_group,
        people.gender,
        trained_people.person_key is not null as is_trained
    from dates
    cross join training_courses
    inner join people
        on
            dates.organisation_code = people.organisation_code
            and dates.as_at_date = people.snapshot_date
    inner join directorates_of_teams
        on
            people.organisation_code = directorates_of_teams.organisation_code
            and people.snapshot_date = directorates_of_teams.snapshot_date
            and people.team = directorates_of_teams.team
    left join trained_people
        on
            people.organisation_code = trained_people.organisation_code
            and people.snapshot_date = trained_people.as_at_date
            and people.person_key = trained_people.person_key
            and training_courses.training_course = trained_people.training_course

),

counts as (

    {% for characteristic, column in {
        'all': "'all'",
        'ethnicity': 'ethnicity_group',
        'disability': 'disability_group',
        'gender': 'gender'
    }.items() %}
        select
            organisation_code,
            as_at_date,
            training_course,
            directorate,
            team,
            '{{ characteristic }}' as characteristic,
            group_key,
            sum(case when is_trained then 1 else 0 end) as completed_count,
            count(*) as staff_count
        from (select *, {{ column }} as group_key from staff) as grouped_staff
        group by {{ grouped_by_each(
            ['organisation_code', 'as_at_date', 'training_course', 'group_key'],
            [[], ['directorate'], ['directorate', 'team']]
        ) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

units as (

    select distinct
        organisation_code,
        as_at_date,
        training_course,
        directorate,
        team
    from counts
    union
    -- Without a snapshot of the day there is nobody to count, and the trust's row says so.
    select
        dates.organisation_code,
        dates.as_at_date,
        training_courses.training_course,
        null as directorate,
        null as team
    from dates
    cross join training_courses

),

anyone as (

    select
        organisation_code,
        as_at_date,
        training_course,
        count(*) as anyone_completed_count
    from trained_people
    group by organisation_code, as_at_date, training_course

),

final as (

    select
        units.organisation_code,
        units.as_at_date,
        {{ reporting_year('units.as_at_date') }} as reporting_year,
        case
            when units.team is not null then 'team'
            when units.directorate is not null then 'directorate'
            else 'trust'
        end as organisation_unit_level,
        coalesce(units.team, units.directorate, 'trust') as organisation_unit,
        case
            when units.team is not null then units.directorate
            when units.directorate is not null then 'trust'
        end as organisation_unit_parent,
        units.training_course,
        training_courses.training_course_label,
        groups.indicator_id,
        groups.characteristic,
        groups.group_key as "group",
        groups.group_label,
        cast(coalesce(counts.completed_count, 0) as bigint) as completed_count,
        cast(coalesce(counts.staff_count, 0) as bigint) as staff_count,
        {{ share('counts.completed_count', 'counts.staff_count') }} as coverage_share,
        {{ wilson_low('counts.completed_count', 'counts.staff_count') }} as coverage_ci_low,
        {{ wilson_high('counts.completed_count', 'counts.staff_count') }} as coverage_ci_high,
        case
            when units.directorate is null and groups.characteristic = 'all'
                then cast(coalesce(anyone.anyone_completed_count, 0) as bigint)
        end as anyone_completed_count,
        cast(targets.target_value as double) as published_share,
        targets.source as published_source,
        case
            when counts.staff_count is null
                then
                    case
                        when units.directorate is null and not exists (
                            select 1 from people
                            where
                                people.organisation_code = units.organisation_code
                                and people.snapshot_date = units.as_at_date
                        ) then 'There is no snapshot of the day.'
                        else 'Nobody of the group is in the unit.'
                    end
        end as not_computed_because
    from units
    cross join groups
    inner join training_courses on units.training_course = training_courses.training_course
    left join counts
        on
            units.organisation_code = counts.organisation_code
            and units.as_at_date = counts.as_at_date
            and units.training_course = counts.training_course
            and coalesce(units.directorate, '') = coalesce(counts.directorate, '')
            and coalesce(units.team, '') = coalesce(counts.team, '')
            and groups.characteristic = counts.characteristic
            and groups.group_key = counts.group_key
    left join anyone
        on
            units.organisation_code = anyone.organisation_code
            and units.as_at_date = anyone.as_at_date
            and units.training_course = anyone.training_course
    left join targets
        on
            units.directorate is null
            and units.training_course = targets.stratum
            and groups.indicator_id = targets.indicator_id
            and groups.group_key = targets.group_key
            and targets.reporting_year = {{ reporting_year('units.as_at_date') }}

)

select * from final
