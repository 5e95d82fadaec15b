-- One row is one concern in a current load of the guardian's register; one that stands in several files has a row in each.
{% set columns = [
    'concern_reference',
    'raised_date',
    'theme',
    'directorate',
    'gender',
    'ethnic_origin'
] %}
with

source as (

    select * from {{ source('freedom_to_speak_up', 'freedom_to_speak_up_concerns') }}

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
        {{ trimmed('concern_reference') }} as concern_reference,
        raised_date,
        {{ trimmed('theme') }} as theme,
        {{ trimmed('directorate') }} as directorate,
        {{ trimmed('gender') }} as gender,
        {{ trimmed('ethnic_origin') }} as ethnic_origin
    from distinct_rows

)

select * from final
