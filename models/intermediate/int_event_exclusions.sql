-- One row is how many applications, cases, completions or people one figure of events leaves out for one reason, in the whole trust.
{{ config(materialized='table') }}
with

applications as (

    select
        *,
        as_at_date as known_from_date,
        {{ known_before('application_id') }} as known_before_date
    from {{ ref('int_applications') }}
    where is_last_in_file

),

cases as (

    select
        *,
        as_at_date as known_from_date,
        {{ known_before('case_reference') }} as known_before_date
    from {{ ref('int_cases') }}
    where is_last_in_file

),

formal_cases as (

    select * from {{ ref('int_formal_cases') }}
    where known_before_date is null

),

completions as (

    select * from {{ ref('int_completions') }}

),

learners as (

    select * from {{ ref('int_learners') }}
    where is_known_now

),

likelihood_counts as (

    select * from {{ ref('int_likelihood_counts') }}
    where organisation_unit_level = 'trust' and group_key = 'unknown'

),

periods as (

    select * from {{ ref('int_event_periods') }}
    where not_computed_because is null

),

counted_events as (

    select * from {{ ref('counted_events') }}

),

figures as (

    select
        organisation_code,
        dataset,
        indicator_id,
        definition_version,
        characteristic,
        as_at_date,
        min(period_start_date) as first_date,
        max(period_end_date) as last_date
    from periods
    group by organisation_code, dataset, indicator_id, definition_version, characteristic, as_at_date

),

-- Of an application only its own file's year is asked, whichever way the year is taken
reasons_of_applications as (

    select
        figures.organisation_code,
        figures.indicator_id,
        figures.definition_version,
        figures.as_at_date,
        case
            when applications.known_before_date is not null then 'in_a_newer_file'
            when not applications.is_shortlisted and applications.is_appointed then 'appointed_without_shortlisting'
            when not applications.is_shortlisted then 'not_shortlisted'
        end as reason
    from figures
    inner join applications
        on
            figures.organisation_code = applications.organisation_code
            and figures.as_at_date = applications.as_at_date
    where figures.dataset = 'recruitment_applications'

),

relevant_cases as (

    select
        figures.organisation_code,
        figures.indicator_id,
        figures.definition_version,
        figures.as_at_date,
        cases.stage,
        cases.formal_date
    from figures
    inner join cases
        on
            figures.organisation_code = cases.organisation_code
            and figures.as_at_date = cases.as_at_date
    left join counted_events
        on
            figures.indicator_id = counted_events.indicator_id
            and cases.case_type = counted_events.event_type
    where
        figures.dataset = 'employee_relations_cases'
        and cases.known_before_date is null
        and (counted_events.event_type is not null or cases.case_type = 'unmapped')

),

-- What has no formal date belongs to no period, so it is told for the date of its file
reasons_of_undated_cases as (

    select
        organisation_code,
        indicator_id,
        definition_version,
        as_at_date,
        case
            when stage = 'informal' then 'informal'
            when stage = 'unmapped' then 'unknown_stage'
            when formal_date is null then 'formal_without_date'
            when formal_date > as_at_date then 'formal_after_file'
        end as reason
    from relevant_cases

),

cases_of_periods as (

    select
        periods.organisation_code,
        periods.indicator_id,
        periods.definition_version,
        periods.as_at_date,
        formal_cases.case_type,
        formal_cases.is_in_scope,
        formal_cases.scope_reason,
        counted_events.event_type,
        row_number() over (
            partition by
                periods.organisation_code,
                periods.indicator_id,
                periods.definition_version,
                periods.as_at_date,
                periods.years_before,
                formal_cases.person_key,
                formal_cases.is_in_scope,
                counted_events.event_type is not null
            order by formal_cases.formal_date asc, formal_cases.case_reference asc
        ) as case_order
    from periods
    inner join formal_cases
        on
            periods.organisation_code = formal_cases.organisation_code
            and periods.period_start_date <= formal_cases.formal_date
            and periods.period_end_date >= formal_cases.formal_date
    left join counted_events
        on
            periods.indicator_id = counted_events.indicator_id
            and formal_cases.case_type = counted_events.event_type
    where periods.dataset = 'employee_relations_cases'

),

reasons_of_formal_cases as (

    select
        organisation_code,
        indicator_id,
        definition_version,
        as_at_date,
        case
            when case_type = 'unmapped' then 'unknown_case_type'
            when event_type is null then 'other_case_type'
            when not is_in_scope then scope_reason
            when case_order > 1 then 'counted_once_already'
        end as reason
    from cases_of_periods

),

reasons_of_completions as (

    select
        figures.organisation_code,
        figures.indicator_id,
        figures.definition_version,
        figures.as_at_date,
        case
            when completions.course_type = 'unmapped' then 'unknown_course_type'
            when counted_events.event_type is null then 'other_course_type'
            when
                completions.completed_date < figures.first_date or completions.completed_date > figures.last_date
                then 'outside_the_period'
        end as reason
    from figures
    inner join completions
        on
            figures.organisation_code = completions.organisation_code
            and figures.as_at_date = completions.as_at_date
    left join counted_events
        on
            figures.indicator_id = counted_events.indicator_id
            and completions.course_type = counted_events.event_type
    where figures.dataset = 'learning_completions'

),

reasons_of_learners as (

    select distinct
        organisation_code,
        indicator_id,
        definition_version,
        as_at_date,
        person_key,
        scope_reason as reason
    from learners
    where not is_in_scope

),

repeated_rows as (

    {% for dataset, model in [
        ('recruitment_applications', 'int_applications'), ('employee_relations_cases', 'int_cases')
    ] -%}
        select
            '{{ dataset }}' as dataset,
            organisation_code,
            as_at_date
        from {{ ref(model) }}
        where not is_last_in_file
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

reasons as (

    {% for counted, relation in [
        ('applications', 'reasons_of_applications'),
        ('cases', 'reasons_of_undated_cases'),
        ('cases', 'reasons_of_formal_cases'),
        ('completions', 'reasons_of_completions'),
        ('people', 'reasons_of_learners')
    ] -%}
        select
            organisation_code,
            indicator_id,
            definition_version,
            as_at_date,
            reason,
            '{{ counted }}' as counted,
            1 as row_count
        from {{ relation }}
        where reason is not null
        union all
    {% endfor -%}
    select
        figures.organisation_code,
        figures.indicator_id,
        figures.definition_version,
        figures.as_at_date,
        'repeated_in_file' as reason,
        case when figures.dataset = 'recruitment_applications' then 'applications' else 'cases' end as counted,
        1 as row_count
    from figures
    inner join repeated_rows
        on
            figures.organisation_code = repeated_rows.organisation_code
            and figures.dataset = repeated_rows.dataset
            and figures.as_at_date = repeated_rows.as_at_date
    union all
    select
        figures.organisation_code,
        figures.indicator_id,
        figures.definition_version,
        figures.as_at_date,
        case
            when figures.characteristic = 'ethnicity' then 'unknown_ethnicity' else 'unknown_disability'
        end as reason,
        case when figures.dataset = 'recruitment_applications' then 'applications' else 'people' end as counted,
        likelihood_counts.base_count as row_count
    from figures
    inner join likelihood_counts
        on
            figures.organisation_code = likelihood_counts.organisation_code
            and figures.indicator_id = likelihood_counts.indicator_id
            and figures.definition_version = likelihood_counts.definition_version
            and figures.as_at_date = likelihood_counts.as_at_date
    where likelihood_counts.base_count > 0

),

final as (

    select
        organisation_code,
        indicator_id,
        definition_version,
        as_at_date,
        reason,
        counted,
        cast(sum(row_count) as bigint) as excluded_count
    from reasons
    group by organisation_code, indicator_id, definition_version, as_at_date, reason, counted

)

select * from final
