-- One row is one value of one looked-up field in one load that no map knows, with how many rows have it and where they are.
-- A field whose values are all known has one row with no value and a count of zero: so one sees that it was looked at.
{{ config(pre_hook="{{ delete_superseded_loads() }}") }}
{% set fields = {
    'esr_staff_list': ['stg_esr__staff_list', [
        'assignment_category',
        'assignment_status',
        'staff_group',
        'occupation_code',
        'pay_scale',
        'gender',
        'ethnic_origin',
        'disability',
        'religious_belief',
        'sexual_orientation',
        'marital_status'
    ]],
    'recruitment_applications': ['stg_recruitment__applications', ['gender', 'ethnic_origin', 'disability']],
    'board_members': ['stg_board__members', ['gender', 'ethnic_origin', 'disability']],
    'freedom_to_speak_up_concerns': ['stg_freedom_to_speak_up__concerns', ['theme', 'gender', 'ethnic_origin']],
    'staff_survey_breakdown': ['stg_staff_survey__breakdown', ['question', 'respondent_group']],
    'employee_relations_cases': ['stg_employee_relations__cases', ['case_type', 'stage']],
    'learning_completions': ['stg_learning__completions', ['course_type']],
    'plan_actions': ['stg_plan__actions', ['plan', 'status']]
} %}
with

looked_up_fields as (

    select * from {{ ref('looked_up_fields') }}

),

ethnicity_spelling_map as (

    select * from {{ ref('ethnicity_spelling_map') }}

),

current_loads as (

    select * from {{ ref('stg_loads') }}
    where is_current and dataset in (select looked_up_fields.dataset from looked_up_fields)

),

loads_looked_at as (

    select
        organisation_code,
        dataset,
        as_at_date,
        load_id
    from current_loads
    {{ only_loads_to_build(fields.keys() | list) }}

),

{% for dataset, (model, columns) in fields.items() %}
    {{ dataset }} as (

        select
            load_id,
            file_line,
            {{ columns | join(',\n        ') }}
        from {{ ref(model) }}
        {{ only_loads_to_build([dataset]) }}

    ),

{% endfor %}
field_values as (

    {% for dataset, (model, columns) in fields.items() %}
        select
            looked_up_fields.dataset,
            looked_up_fields.field,
            looked_up_fields.map_name,
            {{ dataset }}.load_id,
            {{ dataset }}.file_line,
            case looked_up_fields.field
                {%- for column in columns %}
                    when '{{ column }}' then {{ dataset }}.{{ column }}
                {%- endfor %}
            end as field_value
        from {{ dataset }}
        inner join looked_up_fields on looked_up_fields.dataset = '{{ dataset }}'
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- What the maps know, and which part of a value each of them looks at
known_values as (

    {% for map_name, column in [
            ('assignment_category_map', 'assignment_category'),
            ('assignment_status_map', 'assignment_status'),
            ('staff_group_map', 'staff_group_text'),
            ('gender_map', 'gender_text'),
            ('disability_map', 'disability'),
            ('religion_map', 'religious_belief'),
            ('sexual_orientation_map', 'sexual_orientation_text'),
            ('marital_status_map', 'marital_status_text'),
            ('staff_survey_question_map', 'question'),
            ('staff_survey_group_map', 'respondent_group'),
            ('case_type_map', 'case_type_text'),
            ('case_stage_map', 'stage_text'),
            ('course_type_map', 'course_type_text'),
            ('ftsu_theme_map', 'theme_text'),
            ('plan_list', 'plan_text'),
            ('plan_status_map', 'status_text')
        ] %}
        select
            '{{ map_name }}' as map_name,
            'whole' as matched_part,
            {{ lookup_key(column) }} as known_key
        from {{ ref(map_name) }}
        union all
    {% endfor %}
    select
        'ethnicity_map' as map_name,
        'whole' as matched_part,
        {{ lookup_key('ethnic_origin') }} as known_key
    from ethnicity_spelling_map
    union all
    select
        'ethnicity_map' as map_name,
        'whole' as matched_part,
        {{ lookup_key('ethnicity_key') }} as known_key
    from {{ ref('ethnicity_map') }}
    union all
    select
        'pay_scale_map' as map_name,
        case when match = 'whole' then 'no_spaces' else match end as matched_part,
        case when match = 'whole' then {{ spelling_key('pay_scale') }} else pay_scale end as known_key
    from {{ ref('pay_scale_map') }}
    union all
    select
        'occupation_map' as map_name,
        'first_character' as matched_part,
        first_character as known_key
    from {{ ref('occupation_map') }}

),

values_with_counts as (

    select
        dataset,
        field,
        map_name,
        load_id,
        field_value,
        count(*) as row_count,
        {{ smallest_few('file_line', 5) }} as first_lines
    from field_values
    group by dataset, field, map_name, load_id, field_value

),

values_with_code as (

    {{ codes_with_text('values_with_counts', 'field_value', 'ethnicity_spelling_map', 'ethnic_origin') }}

),

value_parts as (

    {% for part, expression in [
            ('whole', lookup_key('field_value')),
            ('no_spaces', spelling_key('field_value')),
            ('first_two_letters', 'upper(substring(field_value, 1, 2))'),
            ('first_character', 'upper(substring(field_value, 1, 1))')
        ] %}
        select
            values_with_counts.*,
            '{{ part }}' as matched_part,
            {{ expression }} as part_key
        from values_with_counts
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

unknown_values as (

    select
        value_parts.dataset,
        value_parts.field,
        value_parts.load_id,
        value_parts.field_value,
        value_parts.row_count,
        value_parts.first_lines
    from value_parts
    left join known_values
        on
            value_parts.map_name = known_values.map_name
            and value_parts.matched_part = known_values.matched_part
            and value_parts.part_key = known_values.known_key
    left join values_with_code
        on
            value_parts.map_name = 'ethnicity_map'
            and value_parts.field_value = values_with_code.field_value
    group by
        value_parts.dataset,
        value_parts.field,
        value_parts.load_id,
        value_parts.field_value,
        value_parts.row_count,
        value_parts.first_lines
    having count(known_values.known_key) = 0 and count(values_with_code.field_value) = 0

),

final as (

    select
        loads_looked_at.organisation_code,
        loads_looked_at.dataset,
        looked_up_fields.field,
        loads_looked_at.as_at_date,
        loads_looked_at.load_id,
        unknown_values.field_value,
        coalesce(unknown_values.row_count, 0) as row_count,
        unknown_values.first_lines
    from loads_looked_at
    inner join looked_up_fields on loads_looked_at.dataset = looked_up_fields.dataset
    left join unknown_values
        on
            loads_looked_at.load_id = unknown_values.load_id
            and looked_up_fields.dataset = unknown_values.dataset
            and looked_up_fields.field = unknown_values.field

)

select * from final
