-- One row is whom the pay gaps of one unit are about: organisation × date × unit. Relevant employees are those with full pay and
-- those left out for each reason; people who were paid but are no relevant employees stand beside them, for the whole trust.
{% set reasons = ['no_pay_row', 'no_hours', 'reduced_pay', 'pay_below_zero', 'unclear_pay_period', 'several_rates'] %}
with

people as (

    select * from {{ ref('int_pay_gap_people') }}

),

counts as (

    select
        organisation_code,
        as_at_date,
        hourly_pay_source,
        is_bonus_known,
        directorate,
        grouping(directorate) as is_trust,
        sum(case when is_relevant then 1 else 0 end) as relevant_count,
        sum(case when pay_status = 'full_pay' then 1 else 0 end) as full_pay_count,
        {% for reason in reasons %}
            sum(case when is_relevant and pay_status = '{{ reason }}' then 1 else 0 end) as {{ reason }}_count,
        {% endfor %}
        {% for field, column in [
            ('gender', 'gender'), ('ethnicity', 'ethnicity_group'), ('disability', 'disability_group')
        ] %}
            sum(case when pay_status = 'full_pay' and {{ column }} = 'unknown' then 1 else 0 end)
                as full_pay_{{ field }}_unknown_count,
        {% endfor %}
        sum(case when is_relevant and bonus_in_year_gbp > 0 then 1 else 0 end) as bonus_count,
        sum(case when is_paid and pay_status = 'not_in_the_snapshot' then 1 else 0 end) as paid_not_in_snapshot_count,
        sum(case when is_paid and not is_relevant and pay_status <> 'not_in_the_snapshot' then 1 else 0 end)
            as paid_not_relevant_count,
        sum(case when is_paid then 1 else 0 end) as paid_count
    from people
    group by
        {{ grouped_by_each(
            ['organisation_code', 'as_at_date', 'hourly_pay_source', 'is_bonus_known'], [[], ['directorate']]
        ) }}

),

final as (

    select
        organisation_code,
        as_at_date,
        {{ reporting_year('as_at_date') }} as reporting_year,
        case when is_trust = 1 then 'trust' else 'directorate' end as organisation_unit_level,
        case when is_trust = 1 then 'trust' else directorate end as organisation_unit,
        case when is_trust = 0 then 'trust' end as organisation_unit_parent,
        hourly_pay_source,
        cast(relevant_count as bigint) as relevant_count,
        cast(full_pay_count as bigint) as full_pay_count,
        {% for reason in reasons %}
            cast({{ reason }}_count as bigint) as {{ reason }}_count,
        {% endfor %}
        cast(full_pay_gender_unknown_count as bigint) as full_pay_gender_unknown_count,
        cast(full_pay_ethnicity_unknown_count as bigint) as full_pay_ethnicity_unknown_count,
        cast(full_pay_disability_unknown_count as bigint) as full_pay_disability_unknown_count,
        case when is_bonus_known then cast(bonus_count as bigint) end as bonus_count,
        cast(paid_count as bigint) as paid_count,
        case when is_trust = 1 then cast(paid_not_in_snapshot_count as bigint) end as paid_not_in_snapshot_count,
        case when is_trust = 1 then cast(paid_not_relevant_count as bigint) end as paid_not_relevant_count
    from counts
    where is_trust = 1 or directorate is not null

)

select * from final
