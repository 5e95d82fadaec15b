-- One row is one printed answer, or one printed score, of one organisation in the official workbook of a survey year. The number
-- of the question stands before its words (`Q14a - In the last …`); a percentage begins with %, a score ends with that word.
{{ config(materialized='table') }}
with

organisation_answers as (

    select * from {{ ref('stg_staff_survey__organisation') }}

),

final as (

    select
        organisation_code,
        as_at_date,
        cast(extract(year from as_at_date) as integer) as survey_year,
        load_id,
        file_line,
        sheet,
        surveyed_organisation_code,
        surveyed_organisation_name,
        benchmarking_group,
        weighting,
        trim({{ dbt.split_part('question', "' - '", 1) }}) as question,
        case
            when position(' - ' in question) > 0
                then trim(substring(question from position(' - ' in question) + 3))
            else question
        end as question_text,
        case when answer like '%score' then 'score' else 'share' end as measure,
        case
            when answer like '%score' then 'score'
            when left(answer, 1) = '%' then trim(substring(answer from 2))
            else answer
        end as answer,
        value,
        base_count
    from organisation_answers

)

select * from final
