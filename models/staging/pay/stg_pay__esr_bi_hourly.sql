-- One row is the hourly rate of one person in ESR BI's gender pay gap report.
{% set columns = [
    'employee_number',
    'gender',
    'hourly_rate_gbp',
    'quartile'
] %}
with

source as (

    select * from {{ source('pay', 'pay_esr_bi_hourly') }}

),

current_loads as (

    select load_id from {{ ref('stg_loads') }}
    where is_current

),

current_rows as (

    select * from source
    where load_id in (select current_loads.load_id from current_loads)

),

distinct_rows as (

    {{ identical_rows_made_one('current_rows', columns) }}

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
