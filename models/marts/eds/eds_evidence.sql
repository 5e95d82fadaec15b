-- One row is one piece of evidence for one outcome of EDS 2022 in domain 2 or 3, at one scoring: the latest figure of another
-- indicator at that date beside the outcome's score (eds_evidence_map). It reads the conformed tables, so the scores themselves
-- stand in eds_outcomes, which these are made from.
with

scorings as (

    select distinct
        organisation_code,
        as_at_date
    from {{ ref('eds_outcomes') }}

),

outcomes as (

    select * from {{ ref('eds_outcomes') }}

),

evidence as (

    select * from {{ ref('eds_evidence_map') }}

),

figures as (

    select * from {{ ref('trust_figures') }}

),

latest_figures as (

    {{ latest_figures_of('evidence', 'scorings', 'figures', ['outcome', 'evidence_number']) }}

),

final as (

    select
        outcomes.organisation_code,
        outcomes.as_at_date,
        outcomes.reporting_year,
        outcomes.outcome,
        outcomes.outcome_title,
        outcomes.score,
        outcomes.evidence as stated_evidence,
        evidence.evidence_number,
        evidence.figure_label,
        evidence.conformed_table,
        evidence.indicator_id,
        evidence.measure,
        evidence.stratum,
        evidence.group_key as "group",
        evidence.reference_group,
        latest_figures.as_at_date as figure_as_at_date,
        latest_figures.value,
        latest_figures.value_text,
        latest_figures.unit,
        latest_figures.previous_as_at_date,
        latest_figures.previous_value,
        latest_figures.value - latest_figures.previous_value as change,
        latest_figures.direction_by_threshold,
        latest_figures.direction_tested,
        case
            when evidence.not_measured_because is not null then evidence.not_measured_because
            when latest_figures.as_at_date is null then 'The indicator has no figure at this date or before.'
            when latest_figures.value is null and latest_figures.value_text is null
                then latest_figures.not_computed_because
        end as not_measured_because
    from outcomes
    inner join evidence on outcomes.outcome = evidence.outcome
    left join latest_figures
        on
            outcomes.organisation_code = latest_figures.organisation_code
            and outcomes.as_at_date = latest_figures.judged_date
            and evidence.outcome = latest_figures.outcome
            and evidence.evidence_number = latest_figures.evidence_number

)

select * from final
