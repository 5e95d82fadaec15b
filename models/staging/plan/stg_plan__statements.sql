-- One row is one statement on an item that no data can tell (Yes or No, and the words).
{% set columns = [
    'item',
    'answer',
    'statement_text'
] %}
with

source as (

    select * from {{ source('plan', 'plan_statements') }}

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
        {{ trimmed('item') }} as item,
        {{ trimmed('answer') }} as answer,
        {{ trimmed('statement_text') }} as statement_text
    from distinct_rows

)

select * from final
