-- One row is how many distinct people of one group entered a formal process in one unit, year by year and then summed over the
-- years that the definition's version takes together (readings: ratios, WRES 3 and WDES 3).
-- A person with several cases in a year is one: in the group and the directorate of the first case at which they were employed.
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

{{ names_of_directorates('people_entering') }},

final as (

    select
        people_entering.organisation_code,
        people_entering.indicator_id,
        people_entering.definition_version,
        people_entering.as_at_date,
        case when directorate_names.directorate is null then 'trust' else 'directorate' end as organisation_unit_level,
        coalesce(directorate_names.directorate, 'trust') as organisation_unit,
        case when directorate_names.directorate is not null then 'trust' end as organisation_unit_parent,
        people_entering.group_key,
        sum(case when people_entering.knowledge = 'now' then 1 else 0 end) as event_count,
        sum(case when people_entering.knowledge = 'at_first' then 1 else 0 end) as event_count_as_first_filed
    from people_entering
    left join directorate_names
        on
            people_entering.organisation_code = directorate_names.organisation_code
            and people_entering.as_at_date = directorate_names.as_at_date
            and people_entering.directorate = directorate_names.printed
    group by {{ grouped_by_each([
        'people_entering.organisation_code',
        'people_entering.indicator_id',
        'people_entering.definition_version',
        'people_entering.as_at_date',
        'people_entering.group_key'
    ], [[], ['directorate_names.directorate']]) }}

)

select * from final
