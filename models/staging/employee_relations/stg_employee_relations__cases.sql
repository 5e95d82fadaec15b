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

source as (

    select * from {{ source('employee_relations', 'employee_relations_cases') }}

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
