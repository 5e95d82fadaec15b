-- One row is one case in a current load of the case tracker; a case that stands in several files has a row in each.
{% set columns = [
    'case_reference',
    'employee_number',
    'case_type',
    'stage',
    'formal_date',
    'closed_date',
    'outcome',
    'directorate'
] %}
with

distinct_rows as (

    {{ distinct_rows_of_current_loads(source('employee_relations', 'employee_relations_cases'), columns) }}

),

final as (

    select
        organisation_code,
        as_at_date,
        load_id,
        file_line,
        {{ trimmed('case_reference') }} as case_reference,
        {{ pseudonym('employee_number') }} as person_key,
        {{ trimmed('case_type') }} as case_type,
        {{ trimmed('stage') }} as stage,
        formal_date,
        closed_date,
        {{ trimmed('outcome') }} as outcome,
        {{ trimmed('directorate') }} as directorate
    from distinct_rows

)

select * from final
