-- One row is the score of one EDS 2022 outcome, and for domain 1 of one service.
{% set columns = [
    'outcome',
    'service',
    'score',
    'evidence'
] %}
with

source as (

    select * from {{ source('eds', 'eds_scores') }}

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
        {{ trimmed('outcome') }} as outcome,
        {{ trimmed('service') }} as service,
        score,
        {{ trimmed('evidence') }} as evidence
    from distinct_rows

)

select * from final
