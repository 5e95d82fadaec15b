-- One row is one measure of one metric (1a to 6c) of the six NHS high impact actions, at the date of a plan or statement file: the
-- latest figure at that date, the trust's statement where no data can tell, or why there is neither (high_impact_measures); and
-- the target, the baseline and the verdict of the plan's own row of the action, as plan_actions judges them.
with

measures as (

    select * from {{ ref('high_impact_measures') }}

),

figures as (

    select * from {{ ref('trust_figures') }}

),

statements as (

    select * from {{ ref('plan_statements') }}

),

plan_actions as (

    select * from {{ ref('plan_actions') }}

),

high_impact_references as (

    select * from {{ ref('high_impact_references') }}

),

plan_indicator_figures as (

    select * from {{ ref('plan_indicator_figures') }}

),

without_verdict as (

    select
        verdict,
        verdict_label,
        rule
    from {{ ref('on_track_rules') }}
    where verdict = 'cannot_be_judged'

),

dates as (

    select
        organisation_code,
        as_at_date
    from {{ ref('stg_plan__actions') }}
    union
    select
        organisation_code,
        as_at_date
    from {{ ref('stg_plan__statements') }}

),

latest_figures as (

    {{ latest_figures_of('measures', 'dates', 'figures', ['metric', 'measure_number']) }}

),

latest_statements as (

    select
        dates.organisation_code,
        dates.as_at_date as judged_date,
        statements.item,
        statements.as_at_date,
        statements.answer,
        statements.statement_text,
        row_number() over (
            partition by dates.organisation_code, dates.as_at_date, statements.item
            order by statements.as_at_date desc
        ) as latest_order
    from dates
    inner join statements
        on
            dates.organisation_code = statements.organisation_code
            and dates.as_at_date >= statements.as_at_date

),

plan_dates as (

    select
        dates.organisation_code,
        dates.as_at_date,
        max(plan_actions.as_at_date) as plan_as_at_date
    from dates
    inner join plan_actions
        on
            dates.organisation_code = plan_actions.organisation_code
            and dates.as_at_date >= plan_actions.as_at_date
    group by dates.organisation_code, dates.as_at_date

),

numbered_actions as (

    select
        plan_dates.as_at_date as date_of_row,
        high_impact_references.action_number,
        plan_actions.*
    from plan_dates
    inner join plan_actions
        on
            plan_dates.organisation_code = plan_actions.organisation_code
            and plan_dates.plan_as_at_date = plan_actions.as_at_date
    inner join high_impact_references
        on
            plan_actions.plan = high_impact_references.plan
            and {{ matches_whole(lookup_key('plan_actions.reference'), 'high_impact_references.reference_pattern') }}

),

numbers_in_plan as (

    select distinct
        organisation_code,
        date_of_row,
        action_number
    from numbered_actions

),

-- Of the rows of an action that name an indicator the one with a target counts; which of two targets, nobody can tell.
actions_of_indicators as (

    select
        *,
        count(target_text) over (
            partition by organisation_code, date_of_row, action_number, indicator_id
        ) as target_count,
        row_number() over (
            partition by organisation_code, date_of_row, action_number, indicator_id
            order by case when target_text is null then 1 else 0 end asc, reference asc, plan_name asc
        ) as row_order
    from numbered_actions

),

-- A plan that names an indicator means one figure of it; a measure of another figure has no target in a plan.
measures_of_plans as (

    select
        measures.metric,
        measures.measure_number,
        plan_indicator_figures.figure_label as figure_of_plan,
        coalesce(
            plan_indicator_figures.conformed_table = measures.conformed_table
            and plan_indicator_figures.measure = measures.measure
            and plan_indicator_figures.stratum = measures.stratum
            and plan_indicator_figures.group_key = measures.group_key
            and coalesce(plan_indicator_figures.reference_group, '') = coalesce(measures.reference_group, ''),
            false
        ) as is_figure_of_plan
    from measures
    left join plan_indicator_figures on measures.indicator_id = plan_indicator_figures.indicator_id

),

typed_rows as (

    select
        dates.organisation_code,
        dates.as_at_date as date_of_row,
        measures.metric,
        measures.measure_number,
        plan_dates.plan_as_at_date,
        {% for column in [
            'reference', 'owner', 'due_date', 'target_text', 'target_value', 'target_side', 'baseline_text',
            'baseline_value', 'baseline_source', 'progress_share', 'expected_share', 'verdict', 'verdict_label', 'rule'
        ] %}
            case when actions_of_indicators.target_count <= 1 then actions_of_indicators.{{ column }} end
                as {{ column }},
        {% endfor %}
        case
            when measures.not_measured_because is not null then 'Nothing measures it.'
            when measures.indicator_id is null then 'A statement is words: there is no number to judge by.'
            when plan_dates.plan_as_at_date is null then 'There is no plan file at this date or before.'
            when numbers_in_plan.action_number is null
                then 'The plan has no row of this action: type its number in Reference, as HIA-1.'
            when measures_of_plans.figure_of_plan is null
                then 'plan_indicator_figures does not say which figure of the indicator a plan means.'
            when not measures_of_plans.is_figure_of_plan
                then
                    'A plan that names this indicator means another figure of it: '
                    || measures_of_plans.figure_of_plan
                    || '.'
            when actions_of_indicators.indicator_id is null
                then 'The action does not name this indicator: type it in Indicator ids of a row with a target.'
            when actions_of_indicators.target_count > 1
                then 'Several rows of the action have a target for this figure: type one.'
            when actions_of_indicators.target_text is null
                then 'No target is typed: type one in the row of the action that names this indicator.'
            when plan_dates.plan_as_at_date < dates.as_at_date
                then 'The verdict is made at the date of a plan file, and none has this date.'
            else actions_of_indicators.cannot_be_judged_because
        end as cannot_be_judged_because
    from dates
    cross join measures
    inner join measures_of_plans
        on
            measures.metric = measures_of_plans.metric
            and measures.measure_number = measures_of_plans.measure_number
    left join plan_dates
        on
            dates.organisation_code = plan_dates.organisation_code
            and dates.as_at_date = plan_dates.as_at_date
    left join numbers_in_plan
        on
            dates.organisation_code = numbers_in_plan.organisation_code
            and dates.as_at_date = numbers_in_plan.date_of_row
            and measures.action_number = numbers_in_plan.action_number
    left join actions_of_indicators
        on
            dates.organisation_code = actions_of_indicators.organisation_code
            and dates.as_at_date = actions_of_indicators.date_of_row
            and measures.action_number = actions_of_indicators.action_number
            and measures.indicator_id = actions_of_indicators.indicator_id
            and measures_of_plans.is_figure_of_plan
            and actions_of_indicators.row_order = 1

),

final as (

    select
        dates.organisation_code,
        dates.as_at_date,
        {{ reporting_year('dates.as_at_date') }} as reporting_year,
        measures.action_number,
        measures.action_title,
        measures.metric,
        measures.metric_title,
        measures.measure_number,
        case
            when measures.indicator_id is not null then 'indicator'
            when measures.statement_item is not null then 'statement'
            else 'not_measured'
        end as measured_by,
        measures.figure_label,
        measures.conformed_table,
        measures.indicator_id,
        measures.measure,
        measures.stratum,
        measures.group_key as "group",
        measures.reference_group,
        measures.statement_item,
        coalesce(latest_figures.as_at_date, latest_statements.as_at_date) as latest_as_at_date,
        latest_figures.value as latest_value,
        coalesce(latest_figures.value_text, latest_statements.answer) as latest_value_text,
        latest_figures.unit,
        latest_statements.statement_text,
        latest_figures.previous_as_at_date,
        latest_figures.previous_value,
        latest_figures.value - latest_figures.previous_value as change,
        latest_figures.direction_by_threshold,
        latest_figures.direction_tested,
        case
            when measures.not_measured_because is not null then measures.not_measured_because
            when measures.indicator_id is not null and latest_figures.as_at_date is null
                then 'The indicator has no figure at this date or before.'
            when
                measures.indicator_id is not null
                and latest_figures.value is null
                and latest_figures.value_text is null
                then latest_figures.not_computed_because
            when measures.statement_item is not null and latest_statements.answer is null
                then 'The trust has made no statement on it at this date or before.'
        end as not_measured_because,
        typed_rows.plan_as_at_date,
        typed_rows.reference as plan_reference,
        typed_rows.owner,
        typed_rows.due_date,
        typed_rows.target_text,
        typed_rows.target_value,
        typed_rows.target_side,
        typed_rows.baseline_text,
        typed_rows.baseline_value,
        typed_rows.baseline_source,
        case when typed_rows.cannot_be_judged_because is null then typed_rows.progress_share end as progress_share,
        case when typed_rows.cannot_be_judged_because is null then typed_rows.expected_share end as expected_share,
        case
            when typed_rows.cannot_be_judged_because is null then typed_rows.verdict else without_verdict.verdict
        end as verdict,
        case
            when typed_rows.cannot_be_judged_because is null
                then typed_rows.verdict_label
            else without_verdict.verdict_label
        end as verdict_label,
        case
            when typed_rows.cannot_be_judged_because is null then typed_rows.rule else without_verdict.rule
        end as rule,
        typed_rows.cannot_be_judged_because
    from dates
    cross join measures
    cross join without_verdict
    inner join typed_rows
        on
            dates.organisation_code = typed_rows.organisation_code
            and dates.as_at_date = typed_rows.date_of_row
            and measures.metric = typed_rows.metric
            and measures.measure_number = typed_rows.measure_number
    left join latest_figures
        on
            dates.organisation_code = latest_figures.organisation_code
            and dates.as_at_date = latest_figures.judged_date
            and measures.metric = latest_figures.metric
            and measures.measure_number = latest_figures.measure_number
    left join latest_statements
        on
            dates.organisation_code = latest_statements.organisation_code
            and dates.as_at_date = latest_statements.judged_date
            and measures.statement_item = latest_statements.item
            and latest_statements.latest_order = 1

)

select * from final
