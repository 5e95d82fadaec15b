-- One row is one plan at one date, or all plans together: how many actions it has and how many of them are completed by their own
-- word, and how the figures that they name stand by the rules of on_track_rules. An action that names three indicators has three.
with

actions as (

    select * from {{ ref('plan_actions') }}

),

actions_once as (

    select
        organisation_code,
        as_at_date,
        plan,
        count(*) as action_count,
        sum(case when status = 'completed' then 1 else 0 end) as completed_action_count
    from (
        select distinct
            organisation_code,
            as_at_date,
            plan,
            plan_name,
            reference,
            status
        from actions
    ) as distinct_actions
    group by organisation_code, as_at_date, plan

),

verdicts as (

    select
        organisation_code,
        as_at_date,
        plan,
        count(*) as figure_count,
        sum(case when verdict = 'achieved' then 1 else 0 end) as achieved_count,
        sum(case when verdict = 'on_track' then 1 else 0 end) as on_track_count,
        sum(case when verdict = 'behind' then 1 else 0 end) as behind_count,
        sum(case when verdict = 'missed' then 1 else 0 end) as missed_count,
        sum(case when verdict = 'too_early' then 1 else 0 end) as too_early_count,
        sum(case when verdict = 'cannot_be_judged' then 1 else 0 end) as cannot_be_judged_count
    from actions
    group by organisation_code, as_at_date, plan

),

sums as (

    select
        verdicts.organisation_code,
        verdicts.as_at_date,
        coalesce(verdicts.plan, 'all') as plan,
        sum(actions_once.action_count) as action_count,
        sum(actions_once.completed_action_count) as completed_action_count,
        sum(verdicts.figure_count) as figure_count,
        sum(verdicts.achieved_count) as achieved_count,
        sum(verdicts.on_track_count) as on_track_count,
        sum(verdicts.behind_count) as behind_count,
        sum(verdicts.missed_count) as missed_count,
        sum(verdicts.too_early_count) as too_early_count,
        sum(verdicts.cannot_be_judged_count) as cannot_be_judged_count
    from verdicts
    inner join actions_once
        on
            verdicts.organisation_code = actions_once.organisation_code
            and verdicts.as_at_date = actions_once.as_at_date
            and verdicts.plan = actions_once.plan
    group by {{ grouped_by_each(
        ['verdicts.organisation_code', 'verdicts.as_at_date'], [[], ['verdicts.plan']]
    ) }}

),

final as (

    select
        organisation_code,
        as_at_date,
        {{ reporting_year('as_at_date') }} as reporting_year,
        plan,
        {% for column in [
            'action_count', 'completed_action_count', 'figure_count', 'achieved_count', 'on_track_count', 'behind_count',
            'missed_count', 'too_early_count', 'cannot_be_judged_count'
        ] %}
            cast({{ column }} as bigint) as {{ column }},
        {% endfor %}
        {{ share('completed_action_count', 'action_count') }} as completed_action_share,
        {{ share('achieved_count + on_track_count', 'figure_count - cannot_be_judged_count - too_early_count') }}
            as on_track_share
    from sums

)

select * from final
