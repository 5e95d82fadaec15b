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

dates as (

    select distinct
        organisation_code,
        as_at_date
    from statements

),

-- An item whose answer is a figure has a row at every date, also where the file does not have it.
items_of_dates as (

    select
        dates.organisation_code,
        dates.as_at_date,
        {{ lookup_key('statement_items.item') }} as item_key
    from dates
    cross join statement_items
    where statement_items.indicator_id is not null
    union
    select
        organisation_code,
        as_at_date,
        {{ lookup_key('item') }} as item_key
    from statements

),

final as (

    select
        items_of_dates.organisation_code,
        items_of_dates.as_at_date,
        {{ reporting_year('items_of_dates.as_at_date') }} as reporting_year,
        coalesce(statement_items.item, statements.item) as item,
        statement_items.item_label,
        statements.answer,
        {{ whole_number('statements.answer') }} as answer_count,
        statements.statement_text,
        statement_items.indicator_id,
        statement_items.measure,
        case
            when statement_items.indicator_id is null then null
            when statements.item is null then 'The file has no statement on it.'
            when {{ whole_number('statements.answer') }} is null then 'The answer is no whole number.'
        end as not_computed_because
    from items_of_dates
    left join statements
        on
            items_of_dates.organisation_code = statements.organisation_code
            and items_of_dates.as_at_date = statements.as_at_date
            and items_of_dates.item_key = {{ lookup_key('statements.item') }}
            and statements.item_order = 1
    left join statement_items
        on items_of_dates.item_key = {{ lookup_key('statement_items.item') }}

)

select * from final
