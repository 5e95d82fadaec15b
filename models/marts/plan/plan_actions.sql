-- One row is one action of a plan and one indicator that it names, judged at the date of a plan file: the target, the baseline and
-- the latest figure of the indicator at that date, and whether the action is on track by the rules of on_track_rules. An action
-- that names no indicator has one row. An action whose due date lies in the twelve months before the date is judged even where
-- the file of the date no longer has it, so that a plan that ends is judged at its end.
with

actions as (

    select
        *,
        {{ lookup_key('plan') }} as plan_key,
        {{ lookup_key('reference') }} as reference_key
    from {{ ref('stg_plan__actions') }}

),

plan_list as (

    select
        *,
        {{ lookup_key('plan_text') }} as plan_key
    from {{ ref('plan_list') }}

),

plan_status_map as (

    select * from {{ ref('plan_status_map') }}

),

target_patterns as (

    select * from {{ ref('target_patterns') }}

),

on_track_rules as (

    select * from {{ ref('on_track_rules') }}

),

tolerances as (

    select tolerance_share from on_track_rules
    where verdict = 'on_track'

),

indicator_figures as (

    select * from {{ ref('plan_indicator_figures') }}

),

universal_targets as (

    select * from {{ ref('universal_targets') }}

),

definitions as (

    select * from {{ ref('indicator_definitions') }}
    where is_current_definition

),

direction_rules as (

    select * from {{ ref('direction_rules') }}

),

figures as (

    select * from {{ ref('trust_figures') }}

),

dates as (

    select distinct
        organisation_code,
        as_at_date
    from actions

),

starts as (

    select
        organisation_code,
        plan_key,
        reference_key,
        min(as_at_date) as start_date
    from actions
    group by organisation_code, plan_key, reference_key

),

-- At each date the newest row of an action that a file of that date or before has.
actions_of_dates as (

    select
        dates.as_at_date as judged_date,
        actions.*,
        starts.start_date,
        row_number() over (
            partition by actions.organisation_code, dates.as_at_date, actions.plan_key, actions.reference_key
            order by actions.as_at_date desc, actions.file_line desc
        ) as newest_order
    from dates
    inner join actions
        on
            dates.organisation_code = actions.organisation_code
            and dates.as_at_date >= actions.as_at_date
    inner join starts
        on
            actions.organisation_code = starts.organisation_code
            and actions.plan_key = starts.plan_key
            and actions.reference_key = starts.reference_key

),

actions_to_judge as (

    select * from actions_of_dates
    where
        newest_order = 1
        and (as_at_date = judged_date or due_date > {{ one_year_earlier('judged_date') }})

),

split_indicators as (

    select
        *,
        {{ each_text_of('indicator_ids') }} as indicator_text
    from actions_to_judge

),

named_indicators as (

    select distinct
        *,
        lower(trim(indicator_text)) as indicator_name
    from split_indicators

),

-- Of the empty texts between two `;` none is an indicator, unless the action names none at all.
actions_by_indicator as (

    select
        *,
        coalesce(nullif(indicator_name, ''), 'none') as indicator_id
    from (
        select
            *,
            max(indicator_name) over (
                partition by organisation_code, judged_date, plan_key, reference_key
            ) as any_name,
            row_number() over (
                partition by organisation_code, judged_date, plan_key, reference_key, indicator_name
                order by indicator_text asc
            ) as name_order
        from named_indicators
    ) as numbered
    where name_order = 1 and (indicator_name <> '' or any_name = '')

),

texts as (

    select distinct lower(trim(target)) as written
    from actions
    where target is not null
    union
    select distinct lower(trim(baseline)) as written
    from actions
    where baseline is not null

),

-- A text as a whole must have the form of a pattern: "50 panel members" is words, not 50.
read_texts as (

    select
        texts.written,
        target_patterns.target_form,
        case
            when target_patterns.target_form = 'number' then {{ first_number('texts.written') }}
            else {{ first_number('texts.written') }} / 100
        end as read_value,
        row_number() over (
            partition by texts.written
            order by target_patterns.pattern_order asc
        ) as pattern_order
    from texts
    inner join target_patterns
        on {{ matches_whole('texts.written', 'target_patterns.pattern') }}

),

latest_figures as (

    select
        actions_by_indicator.organisation_code,
        actions_by_indicator.judged_date,
        actions_by_indicator.plan_key,
        actions_by_indicator.reference_key,
        actions_by_indicator.indicator_id,
        indicator_figures.figure_label,
        indicator_figures.conformed_table,
        indicator_figures.reference_group,
        figures.measure,
        figures.stratum,
        figures.group_key,
        figures.unit,
        figures.as_at_date,
        figures.value,
        figures.value_text,
        figures.direction_by_threshold,
        figures.direction_tested,
        figures.not_computed_because,
        row_number() over (
            partition by
                actions_by_indicator.organisation_code,
                actions_by_indicator.judged_date,
                actions_by_indicator.plan_key,
                actions_by_indicator.reference_key,
                actions_by_indicator.indicator_id
            order by figures.as_at_date desc
        ) as latest_order,
        row_number() over (
            partition by
                actions_by_indicator.organisation_code,
                actions_by_indicator.judged_date,
                actions_by_indicator.plan_key,
                actions_by_indicator.reference_key,
                actions_by_indicator.indicator_id
            order by
                case when figures.as_at_date <= actions_by_indicator.start_date then 0 else 1 end asc,
                figures.as_at_date desc
        ) as start_order,
        figures.as_at_date <= actions_by_indicator.start_date as is_at_start
    from actions_by_indicator
    inner join indicator_figures on actions_by_indicator.indicator_id = indicator_figures.indicator_id
    inner join figures
        on
            actions_by_indicator.organisation_code = figures.organisation_code
            and indicator_figures.conformed_table = figures.conformed_table
            and indicator_figures.indicator_id = figures.indicator_id
            and indicator_figures.measure = figures.measure
            and indicator_figures.stratum = figures.stratum
            and indicator_figures.group_key = figures.group_key
            and coalesce(indicator_figures.reference_group, '') = figures.reference_group
            and actions_by_indicator.judged_date >= figures.as_at_date

),

actions_with_figures as (

    select
        actions_by_indicator.*,
        definitions.title as indicator_title,
        definitions.better_when,
        definitions.indicator_id is not null as is_known_indicator,
        indicator_figures.figure_label,
        indicator_figures.conformed_table,
        latest.measure,
        latest.stratum,
        latest.group_key,
        nullif(latest.reference_group, '') as reference_group,
        latest.unit,
        latest.as_at_date as latest_as_at_date,
        latest.value as latest_value,
        latest.value_text as latest_value_text,
        latest.direction_by_threshold,
        latest.direction_tested,
        latest.not_computed_because as figure_not_computed_because,
        at_start.value as start_value,
        targets.target_form,
        targets.read_value as target_read,
        baselines.target_form as baseline_form,
        baselines.read_value as baseline_read,
        direction_rules.printed_scale,
        direction_rules.printed_step
    from actions_by_indicator
    left join definitions on actions_by_indicator.indicator_id = definitions.indicator_id
    left join indicator_figures on actions_by_indicator.indicator_id = indicator_figures.indicator_id
    left join latest_figures as latest
        on
            actions_by_indicator.organisation_code = latest.organisation_code
            and actions_by_indicator.judged_date = latest.judged_date
            and actions_by_indicator.plan_key = latest.plan_key
            and actions_by_indicator.reference_key = latest.reference_key
            and actions_by_indicator.indicator_id = latest.indicator_id
            and latest.latest_order = 1
    left join latest_figures as at_start
        on
            actions_by_indicator.organisation_code = at_start.organisation_code
            and actions_by_indicator.judged_date = at_start.judged_date
            and actions_by_indicator.plan_key = at_start.plan_key
            and actions_by_indicator.reference_key = at_start.reference_key
            and actions_by_indicator.indicator_id = at_start.indicator_id
            and at_start.start_order = 1
            and at_start.is_at_start
    left join read_texts as targets
        on lower(trim(actions_by_indicator.target)) = targets.written and targets.pattern_order = 1
    left join read_texts as baselines
        on lower(trim(actions_by_indicator.baseline)) = baselines.written and baselines.pattern_order = 1
    left join direction_rules on latest.unit = direction_rules.unit

),

-- A percentage is in the unit of the figure where the figure is a fraction, a number where it is anything else. How complete
-- a record is can be a target of a figure of completeness only.
with_forms as (

    select
        *,
        case when unit = 'fraction' then 'share' else 'number' end as form_of_figure,
        target_form = 'completeness' and measure = 'complete_share' as is_target_of_completeness,
        unit is null as is_unit_unknown,
        latest_value is null and latest_value_text is not null as is_text
    from actions_with_figures

),

with_fitting_baselines as (

    select
        *,
        count(case when baseline_form = form_of_figure then 1 end) over (
            partition by organisation_code, judged_date, plan_key, reference_key
        ) as fitting_figure_count,
        baseline_form = form_of_figure
        and abs(start_value - baseline_read) * coalesce(printed_scale, 1) <= coalesce(printed_step, 0) / 2
            as is_printed_as_at_start,
        -- A figure that is not there yet may be the one that the target is of.
        coalesce(
            not is_text
            and target_form is not null
            and (
                is_unit_unknown
                or is_target_of_completeness
                or target_form in (form_of_figure, 'increase', 'decrease')
            ),
            false
        ) as may_be_of_target
    from with_forms

),

-- One typed baseline is the baseline of one figure. Where it would fit several figures of an action, it is of the one that it prints
-- at the start; the others start from their own figures, for 4.53 % of one pay gap says nothing of another.
with_baseline_forms as (

    select
        *,
        case
            when baseline is null then 'figure_at_start'
            when baseline_form <> form_of_figure or baseline_form is null then null
            when fitting_figure_count = 1 or is_printed_as_at_start then 'typed'
            else 'figure_at_start'
        end as baseline_taken_from
    from with_fitting_baselines

),

with_baselines as (

    select
        *,
        case
            when baseline_taken_from = 'typed' then baseline_read
            when baseline_taken_from = 'figure_at_start' then start_value
        end as baseline_value,
        case
            when baseline_taken_from = 'typed' or start_value is not null then baseline_taken_from
        end as baseline_source
    from with_baseline_forms

),

with_meant_figures as (

    select
        *,
        count(case when may_be_of_target then 1 end) over (
            partition by organisation_code, judged_date, plan_key, reference_key
        ) as possible_figure_count,
        may_be_of_target
        and baseline_taken_from = 'typed'
        and (
            is_printed_as_at_start
            or not max(case when may_be_of_target and is_unit_unknown then 1 else 0 end) over (
                partition by organisation_code, judged_date, plan_key, reference_key
            ) = 1
        ) as is_meant_by_baseline
    from with_baselines

),

with_meant_counts as (

    select
        with_meant_figures.*,
        count(case when with_meant_figures.is_meant_by_baseline then 1 end) over (
            partition by
                with_meant_figures.organisation_code,
                with_meant_figures.judged_date,
                with_meant_figures.plan_key,
                with_meant_figures.reference_key
        ) as meant_figure_count,
        exists(
            select 1 from universal_targets
            where
                with_meant_figures.target_form = universal_targets.target_form
                and with_meant_figures.unit = universal_targets.unit
                and with_meant_figures.conformed_table = universal_targets.conformed_table
                and with_meant_figures.better_when = universal_targets.better_when
                and (
                    universal_targets.target_read is null
                    or with_meant_figures.target_read = universal_targets.target_read
                )
        ) as is_universal
    from with_meant_figures

),

-- One typed target is the target of one figure too: of the only one that it fits, or of the one that the typed baseline means. Only
-- what universal_targets lists (parity, nobody, so complete a record) is the target of each figure that it fits.
with_bases as (

    select
        *,
        case
            when not may_be_of_target then null
            when possible_figure_count = 1 then 'only_figure'
            when is_universal then 'universal'
            when is_meant_by_baseline and meant_figure_count = 1 then 'baseline'
        end as target_basis
    from with_meant_counts

),

with_targets as (

    select
        *,
        -- Through a decimal, so that 10 % more than 0.34 is 0.374 and not 0.37400000000000005.
        cast(cast(case
            when target_basis is null then null
            when target_form = form_of_figure or is_target_of_completeness then target_read
            when target_form = 'increase' then baseline_value * (1 + target_read)
            when target_form = 'decrease' then baseline_value * (1 - target_read)
        end as decimal(28, 8)) as double) as target_value
    from with_bases

),

-- A typed baseline tells which side of the target is better. Where the figure at the start stands in for it, the indicator tells,
-- if a higher or a lower figure is better: a figure that was beyond its target at the start has reached it.
with_sides as (

    select
        *,
        case
            when baseline_source = 'figure_at_start' and better_when = 'higher' then 'at_least'
            when baseline_source = 'figure_at_start' and better_when = 'lower' then 'at_most'
            when target_value > baseline_value then 'at_least'
            when target_value < baseline_value then 'at_most'
        end as target_side
    from with_targets

),

with_reasons as (

    select
        *,
        case
            when indicator_id = 'none' then 'The action names no indicator.'
            when not is_known_indicator then 'The catalogue has no indicator of this name.'
            when conformed_table is null
                then 'plan_indicator_figures does not say which figure of the indicator is meant.'
            when latest_as_at_date is null then 'The indicator has no figure at this date or before.'
            when latest_value is null
                then coalesce(figure_not_computed_because, 'The figure is a text, not a number.')
            when target is null then 'The action has no target.'
            when target_form is null then 'The target is words, not a number.'
            when target_form = 'completeness' and not is_target_of_completeness
                then 'The target is how complete a record is, and the figure is something else.'
            when target_form = 'number' and form_of_figure = 'share'
                then 'The target is a number and the figure is a percentage.'
            when target_form = 'share' and form_of_figure = 'number'
                then 'The target is a percentage and the figure is none.'
            when target_basis is null and meant_figure_count = 1
                then
                    'The target is of the figure that the baseline means: type this figure as an action with a '
                    || 'Reference and a target of its own.'
            when target_basis is null
                then
                    'The target fits several figures of the action: type each as an action with a Reference and a '
                    || 'target of its own, or as Baseline what the one that is meant was at the start.'
            when baseline is not null and baseline_form is null then 'The baseline is words, not a number.'
            when baseline is not null and baseline_taken_from = 'figure_at_start' and baseline_value is null
                then 'The baseline is of another figure of the action, and this one has none at the start.'
            when baseline is not null and baseline_value is null and form_of_figure = 'share'
                then 'The baseline is no percentage and the figure is one.'
            when baseline is not null and baseline_value is null
                then 'The baseline is a percentage and the figure is none.'
            when target_form in ('increase', 'decrease') and baseline_value is null
                then 'The target is a change, and there is no baseline to change.'
            when baseline_value is null then 'There is no baseline, neither typed nor a figure at the start.'
            when target_side is null then 'The target is the baseline: no side of it is better.'
        end as no_judgement_because
    from with_sides

),

measured as (

    select
        *,
        {{ has_reached('latest_value', 'target_value', 'target_side', 'printed_scale', 'printed_step') }}
            as is_target_reached,
        case
            when
                no_judgement_because is null
                and (
                    (target_side = 'at_least' and target_value > baseline_value)
                    or (target_side = 'at_most' and target_value < baseline_value)
                )
                then (latest_value - baseline_value) / (target_value - baseline_value)
        end as progress_share,
        case
            when no_judgement_because is not null or due_date is null then null
            when due_date <= start_date then 1e0
            else greatest(0e0, least(
                1e0,
                cast({{ dbt.datediff('start_date', 'latest_as_at_date', 'day') }} as double)
                / cast({{ dbt.datediff('start_date', 'due_date', 'day') }} as double)
            ))
        end as expected_share
    from with_reasons

),

judged as (

    select
        measured.*,
        case
            when measured.no_judgement_because is not null then 'cannot_be_judged'
            when measured.is_target_reached then 'achieved'
            when measured.due_date is null then 'cannot_be_judged'
            when measured.judged_date >= measured.due_date then 'missed'
            when measured.latest_as_at_date <= measured.start_date then 'too_early'
            when measured.progress_share >= measured.expected_share - tolerances.tolerance_share then 'on_track'
            else 'behind'
        end as verdict
    from measured
    cross join tolerances

),

final as (

    select
        judged.organisation_code,
        judged.judged_date as as_at_date,
        {{ reporting_year('judged.judged_date') }} as reporting_year,
        coalesce(plan_list.plan, 'unmapped') as plan,
        judged.plan as plan_name,
        judged.reference,
        judged.action,
        judged.owner,
        judged.status as status_text,
        coalesce(plan_status_map.status_key, 'unknown') as status,
        judged.as_at_date as file_as_at_date,
        judged.as_at_date = judged.judged_date as is_in_file_of_date,
        judged.start_date,
        judged.due_date,
        judged.indicator_id,
        judged.indicator_title,
        judged.figure_label,
        judged.conformed_table,
        judged.measure,
        judged.stratum,
        judged.group_key as "group",
        judged.reference_group,
        judged.unit,
        judged.target as target_text,
        judged.target_form,
        judged.target_basis,
        judged.target_value,
        judged.target_side,
        judged.baseline as baseline_text,
        judged.baseline_value,
        judged.baseline_source,
        judged.latest_as_at_date,
        judged.latest_value,
        judged.latest_value_text,
        judged.direction_by_threshold,
        judged.direction_tested,
        judged.progress_share,
        judged.expected_share,
        judged.verdict,
        on_track_rules.verdict_label,
        on_track_rules.rule,
        case
            when judged.verdict = 'cannot_be_judged'
                then coalesce(judged.no_judgement_because, 'The target is not reached, and there is no due date.')
        end as cannot_be_judged_because
    from judged
    inner join on_track_rules on judged.verdict = on_track_rules.verdict
    left join plan_list on judged.plan_key = plan_list.plan_key
    left join plan_status_map
        on {{ lookup_key('judged.status') }} = {{ lookup_key('plan_status_map.status_text') }}

)

select * from final
