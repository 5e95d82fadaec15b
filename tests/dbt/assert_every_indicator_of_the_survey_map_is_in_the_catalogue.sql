-- A question of the survey for an indicator that the catalogue does not have would make a figure that nobody can read.
select question_map.indicator_id
from {{ ref('staff_survey_question_map') }} as question_map
left join {{ ref('indicator_definitions') }} as definitions on question_map.indicator_id = definitions.indicator_id
where definitions.indicator_id is null
