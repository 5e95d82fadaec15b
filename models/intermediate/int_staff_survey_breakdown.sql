-- One row is one row of the contractor's breakdown for each indicator that it is, or could be, for: with the group that it means,
-- and the reason why the indicator leaves it out, where it does. `indicator_id` is empty where no indicator has the question.
{{ config(materialized='table') }}
with

breakdown as (

    select * from {{ ref('stg_staff_survey__breakdown') }}

),

question_map as (

    select * from {{ ref('staff_survey_question_map') }}

),

group_map as (

    select * from {{ ref('staff_survey_group_map') }}

),

matched as (

    select
        breakdown.organisation_code,
        breakdown.as_at_date,
        breakdown.load_id,
        breakdown.file_line,
        breakdown.question,
        breakdown.characteristic,
        breakdown.respondent_group,
        question_map.indicator_id,
        question_map.measure,
        question_map.characteristic_key as indicator_characteristic_key,
        group_map.characteristic_key,
        group_map.group_key,
        breakdown.value,
        breakdown.base_count,
        breakdown.survey_year <> extract(year from breakdown.as_at_date) as is_of_another_year
    from breakdown
    left join question_map
        on
            {{ lookup_key('breakdown.question') }} = {{ lookup_key('question_map.question') }}
            and breakdown.survey_year >= question_map.year_from
            and (breakdown.survey_year <= question_map.year_to or question_map.year_to is null)
    left join group_map
        on
            {{ lookup_key('breakdown.characteristic') }} = {{ lookup_key('group_map.characteristic') }}
            and {{ lookup_key('breakdown.respondent_group') }} = {{ lookup_key('group_map.respondent_group') }}

),

numbered as (

    select
        *,
        row_number() over (
            partition by organisation_code, as_at_date, indicator_id, group_key
            order by case when is_of_another_year then 1 else 0 end, load_id, file_line
        ) as place_in_cell
    from matched

),

final as (

    select
        organisation_code,
        as_at_date,
        load_id,
        file_line,
        indicator_id,
        measure,
        question,
        characteristic,
        respondent_group,
        group_key,
        value,
        base_count,
        case
            when indicator_id is null then 'question_not_in_map'
            when group_key is null then 'group_not_in_map'
            when is_of_another_year then 'other_survey_year'
            when characteristic_key not in ('all', indicator_characteristic_key) then 'other_characteristic'
            when place_in_cell > 1 then 'figure_printed_twice'
            when value is null or base_count is null then 'fewer_than_ten_answers'
        end as exclusion_reason
    from numbered

)

select * from final
