-- One row is one statement of the trust on an item that no data can tell, and the number in its answer where it is one.
with

statements as (

    select
        *,
        row_number() over (
            partition by organisation_code, as_at_date, {{ lookup_key('item') }}
            order by file_line desc
        ) as item_order
    from {{ ref('stg_plan__statements') }}

),

statement_items as (

    select * from {{ ref('statement_items') }}

),

final as (

    select
        statements.organisation_code,
        statements.as_at_date,
        {{ reporting_year('statements.as_at_date') }} as reporting_year,
        coalesce(statement_items.item, statements.item) as item,
        statement_items.item_label,
        statements.answer,
        {{ whole_number('statements.answer') }} as answer_count,
        statements.statement_text,
        statement_items.indicator_id,
        statement_items.measure,
        case
            when statement_items.indicator_id is not null and {{ whole_number('statements.answer') }} is null
                then 'The answer is no whole number.'
        end as not_computed_because
    from statements
    left join statement_items
        on {{ lookup_key('statements.item') }} = {{ lookup_key('statement_items.item') }}
    where statements.item_order = 1

)

select * from final
