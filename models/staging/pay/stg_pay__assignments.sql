-- One row is the pay of one assignment in the pay period that holds 31 March (ESR payroll extract).
{% set columns = [
    'employee_number',
    'assignment_number',
    'pay_period_start',
    'pay_period_end',
    'basic_pay_gbp',
    'allowances_gbp',
    'shift_premium_gbp',
    'leave_pay_gbp',
    'overtime_gbp',
    'bonus_in_period_gbp',
    'bonus_period_days',
    'bonus_in_year_gbp',
    'weekly_hours',
    'reduced_pay_for_leave'
] %}
with

distinct_rows as (

    {{ distinct_rows_of_current_loads(source('pay', 'pay_assignments'), columns) }}

),

final as (

    select
        organisation_code,
        as_at_date,
        load_id,
        file_line,
        {{ pseudonym('employee_number') }} as person_key,
        {{ assignment_sequence('assignment_number') }} as assignment_sequence,
        pay_period_start,
        pay_period_end,
        basic_pay_gbp,
        allowances_gbp,
        shift_premium_gbp,
        leave_pay_gbp,
        overtime_gbp,
        bonus_in_period_gbp,
        bonus_period_days,
        bonus_in_year_gbp,
        weekly_hours,
        reduced_pay_for_leave as is_reduced_pay_for_leave
    from distinct_rows

)

select * from final
