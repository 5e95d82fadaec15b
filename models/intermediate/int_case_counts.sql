-- One row is how many distinct people of one group entered a formal process in one unit, year by year and then summed over the
-- years that the definition's version takes together (readings: ratios, WRES 3 and WDES 3).
-- A person with several cases in a year is one: in the group and the unit of the first case at which they were employed.
-- The team is the person's own, so it is known only where the case stands in the person's directorate; else it is Unknown there,
-- and teams sum to their directorate.
{{ config(materialized='table') }}
with

formal_cases as (

    select * from {{ ref('int_formal_cases') }}
    where is_in_scope

),

periods as (

    select * from {{ ref('int_event_periods') }}
    where dataset = 'employee_relations_cases' and not_computed_because is null

),

counted_events as (

    select * from {{ ref('counted_events') }}

),

directorates as (

    select * from {{ ref('int_directorates') }}

),

directorate_map as (

    select * from {{ ref('directorate_map') }}

),

staff_counts as (

    select * from {{ ref('int_staff_counts') }}
    where organisation_unit_level = 'team' and stratum_dimension = 'all'

),

cases_of_periods as (

    select
        periods.organisation_code,
        periods.indicator_id,
        periods.definition_version,
        periods.as_at_date,
        periods.years_before,
        formal_cases.person_key,
        formal_cases.formal_date,
        formal_cases.case_reference,
        formal_cases.directorate,
        formal_cases.person_directorate,
        formal_cases.person_team,
        case periods.characteristic
            when 'disability_group' then formal_cases.disability_group
            when 'ethnicity' then formal_cases.ethnicity_group
        end as group_key,
        formal_cases.known_before_date is null as is_known_now,
        {{ was_known_at('periods.as_at_date') }} as was_known_at_first
    from formal_cases
    inner join counted_events on formal_cases.case_type = counted_events.event_type
    inner join periods
        on
            formal_cases.organisation_code = periods.organisation_code
            and counted_events.indicator_id = periods.indicator_id
            and formal_cases.formal_date >= periods.period_start_date
            and formal_cases.formal_date <= periods.period_end_date

),

cases_by_knowledge as (

    select
        *,
        'now' as knowledge
    from cases_of_periods
    where is_known_now
    union all
    select
        *,
        'at_first' as knowledge
    from cases_of_periods
    where was_known_at_first

),

cases_in_order as (

    select
        *,
        row_number() over (
            partition by
                organisation_code, indicator_id, definition_version, as_at_date, years_before, knowledge, person_key
            order by formal_date asc, case_reference asc
        ) as case_order
    from cases_by_knowledge

),

people_entering as (

    select * from cases_in_order
    where case_order = 1

),

-- Both directorates, so that they are compared as the snapshot of the figure's date names them.
directorates_of_people as (

    select
        organisation_code,
        as_at_date,
        directorate
    from people_entering
    union
    select
        organisation_code,
        as_at_date,
        person_directorate as directorate
    from people_entering

),

{{ names_of_directorates('directorates_of_people') }},

people_in_directorates as (

    select
        people_entering.*,
        names_of_cases.directorate as directorate_name,
        case when names_of_people.directorate = names_of_cases.directorate then people_entering.person_team end as team
    from people_entering
    inner join directorate_names as names_of_cases
        on
            people_entering.organisation_code = names_of_cases.organisation_code
            and people_entering.as_at_date = names_of_cases.as_at_date
            and people_entering.directorate = names_of_cases.printed
    left join directorate_names as names_of_people
        on
            people_entering.organisation_code = names_of_people.organisation_code
            and people_entering.as_at_date = names_of_people.as_at_date
            and people_entering.person_directorate = names_of_people.printed

),

-- Teams have the names of the counts of staff: a team that stands under several directorates has its directorate in brackets.
teams as (

    select distinct
        organisation_code,
        snapshot_date as as_at_date,
        organisation_unit_parent as directorate_name,
        organisation_unit as team_name
    from staff_counts

),

people_in_units as (

    select
        people_in_directorates.*,
        coalesce(
            whole.team_name,
            in_brackets.team_name,
            'Unknown (' || people_in_directorates.directorate_name || ')'
        ) as team_name
    from people_in_directorates
    left join teams as whole
        on
            people_in_directorates.organisation_code = whole.organisation_code
            and people_in_directorates.as_at_date = whole.as_at_date
            and people_in_directorates.directorate_name = whole.directorate_name
            and people_in_directorates.team = whole.team_name
    left join teams as in_brackets
        on
            people_in_directorates.organisation_code = in_brackets.organisation_code
            and people_in_directorates.as_at_date = in_brackets.as_at_date
            and people_in_directorates.directorate_name = in_brackets.directorate_name
            and people_in_directorates.team || ' (' || in_brackets.directorate_name || ')' = in_brackets.team_name

),

final as (

    select
        organisation_code,
        indicator_id,
        definition_version,
        as_at_date,
        case
            when team_name is not null then 'team'
            when directorate_name is not null then 'directorate'
            else 'trust'
        end as organisation_unit_level,
        coalesce(team_name, directorate_name, 'trust') as organisation_unit,
        case
            when team_name is not null then directorate_name
            when directorate_name is not null then 'trust'
        end as organisation_unit_parent,
        group_key,
        sum(case when knowledge = 'now' then 1 else 0 end) as event_count,
        sum(case when knowledge = 'at_first' then 1 else 0 end) as event_count_as_first_filed
    from people_in_units
    group by {{ grouped_by_each(
        ['organisation_code', 'indicator_id', 'definition_version', 'as_at_date', 'group_key'],
        [[], ['directorate_name'], ['directorate_name', 'team_name']]
    ) }}

)

select * from final
