-- One row is the hourly rate of one person in ESR BI's gender pay gap report.
{% set columns = [
    'employee_number',
    'gender',
    'hourly_rate_gbp',
    'quartile'
] %}
with

distinct_rows as (

    {{ distinct_rows_of_current_loads(source('pay', 'pay_esr_bi_hourly'), columns) }}

),

final as (

    select
        organisation_code,
        as_at_date,
        load_id,
        file_line,
        {{ pseudonym('employee_number') }} as person_key,
        {{ trimmed('gender') }} as gender,
        hourly_rate_gbp,
        {{ trimmed('quartile') }} as quartile
    from distinct_rows

)

select * from final
