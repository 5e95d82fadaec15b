-- One row is how many actions of one plan have one status in the plan file of a date, in the plan's own words (plan_status_map),
-- and one for all plans together. Every status is a row, with zero where no action has it.
with

actions as (

    select * from {{ ref('stg_plan__actions') }}

),

plan_list as (

    select * from {{ ref('plan_list') }}

),

plan_status_map as (

    select * from {{ ref('plan_status_map') }}

),

statuses as (

    select distinct
        status_key,
        status_label
    from plan_status_map

),

actions_with_words as (

    select
        actions.organisation_code,
        actions.as_at_date,
        coalesce(plan_list.plan, 'unmapped') as plan,
        coalesce(plan_status_map.status_key, 'unknown') as status_key
    from actions
    left join plan_list
        on {{ lookup_key('actions.plan') }} = {{ lookup_key('plan_list.plan_text') }}
    left join plan_status_map
        on {{ lookup_key('actions.status') }} = {{ lookup_key('plan_status_map.status_text') }}

),

counts as (

    select
        organisation_code,
        as_at_date,
        coalesce(plan, 'all') as plan,
        status_key,
        count(*) as action_count
    from actions_with_words
    group by {{ grouped_by_each(['organisation_code', 'as_at_date', 'status_key'], [[], ['plan']]) }}

),

plans as (

    select
        organisation_code,
        as_at_date,
        plan,
        sum(action_count) as all_count
    from counts
    group by organisation_code, as_at_date, plan

),

final as (

    select
        plans.organisation_code,
        plans.as_at_date,
        {{ reporting_year('plans.as_at_date') }} as reporting_year,
        plans.plan,
        statuses.status_key as status,
        statuses.status_label,
        cast(coalesce(counts.action_count, 0) as bigint) as action_count,
        cast(plans.all_count as bigint) as all_count,
        {{ share('coalesce(counts.action_count, 0)', 'plans.all_count') }} as share,
        {{ wilson_low('coalesce(counts.action_count, 0)', 'plans.all_count') }} as share_ci_low,
        {{ wilson_high('coalesce(counts.action_count, 0)', 'plans.all_count') }} as share_ci_high
    from plans
    cross join statuses
    left join counts
        on
            plans.organisation_code = counts.organisation_code
            and plans.as_at_date = counts.as_at_date
            and plans.plan = counts.plan
            and statuses.status_key = counts.status_key

)

select * from final
