-- One row is what one figure leaves out for one reason, in the form of indicator_exclusions.
-- Which printed figures the indicators of the staff survey leave out, and why. A figure of a
-- question that no indicator has is left out of each of them.
with

breakdown as (

    select
        *,
        max(case when exclusion_reason is null or exclusion_reason = 'fewer_than_ten_answers' then 1 else 0 end)
            over (partition by organisation_code, load_id, file_line)
            as is_used
    from {{ ref('int_staff_survey_breakdown') }}

),

-- A figure that another indicator takes is not left out of this one.
left_out as (

    select * from breakdown
    where exclusion_reason is not null and (exclusion_reason <> 'other_characteristic' or is_used = 0)

),

question_map as (

    select distinct indicator_id from {{ ref('staff_survey_question_map') }}

),

counted as (

    select
        left_out.organisation_code,
        question_map.indicator_id,
        left_out.as_at_date,
        left_out.exclusion_reason,
        count(*) as excluded_count
    from left_out
    inner join question_map
        on left_out.indicator_id = question_map.indicator_id or left_out.indicator_id is null
    group by left_out.organisation_code, question_map.indicator_id, left_out.as_at_date, left_out.exclusion_reason

)

select
    {{ exclusion_columns(
        indicator_id='indicator_id',
        as_at_date='as_at_date',
        organisation_unit_level="'trust'",
        organisation_unit="'trust'",
        reason='exclusion_reason',
        counted="'figures'",
        excluded_count='excluded_count'
    ) }}
from counted
