-- One row is one measure of one metric (1a to 6c) of the six NHS high impact actions, at the date of a plan or statement file: the
-- latest figure at that date, the trust's statement where no data can tell, or why there is neither (high_impact_measures).
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
        end as not_measured_because
    from dates
    cross join measures
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
