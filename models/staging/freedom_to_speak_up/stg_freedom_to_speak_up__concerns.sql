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

distinct_rows as (

    {{ distinct_rows_of_current_loads(source('freedom_to_speak_up', 'freedom_to_speak_up_concerns'), columns) }}

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
