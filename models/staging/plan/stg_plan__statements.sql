-- One row is one statement on an item that no data can tell (Yes or No, and the words).
{% set columns = [
    'item',
    'answer',
    'statement_text'
] %}
with

distinct_rows as (

    {{ distinct_rows_of_current_loads(source('plan', 'plan_statements'), columns) }}

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
