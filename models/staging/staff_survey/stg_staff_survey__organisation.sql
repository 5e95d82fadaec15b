-- One row is one answer to one question by one organisation in the official workbook of the NHS Staff Survey.
{% set columns = [
    'sheet',
    'surveyed_organisation_code',
    'surveyed_organisation_name',
    'benchmarking_group',
    'weighting',
    'question',
    'answer',
    'value',
    'base'
] %}
with

distinct_rows as (

    {{ distinct_rows_of_current_loads(source('staff_survey', 'staff_survey_organisation'), columns) }}

),

final as (

    select
        organisation_code,
        as_at_date,
        load_id,
        file_line,
        {{ trimmed('sheet') }} as sheet,
        {{ trimmed('surveyed_organisation_code') }} as surveyed_organisation_code,
        {{ trimmed('surveyed_organisation_name') }} as surveyed_organisation_name,
        {{ trimmed('benchmarking_group') }} as benchmarking_group,
        {{ trimmed('weighting') }} as weighting,
        {{ trimmed('question') }} as question,
        {{ trimmed('answer') }} as answer,
        value,
        base as base_count
    from distinct_rows

)

select * from final
