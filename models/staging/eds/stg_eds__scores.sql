-- One row is the score of one EDS 2022 outcome, and for domain 1 of one service.
{% set columns = [
    'outcome',
    'service',
    'score',
    'evidence'
] %}
with

distinct_rows as (

    {{ distinct_rows_of_current_loads(source('eds', 'eds_scores'), columns) }}

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
