-- One row is one concern in one year of the guardian's register: a concern that was raised in the twelve months that end on the
-- date of a file. Of a concern that stands in several files the newest file's row counts (landing contract), so an earlier
-- year can change; the row of the year's own file is kept beside it, to tell what changed.
{{ config(materialized='table') }}
with

concerns as (

    select * from {{ ref('stg_freedom_to_speak_up__concerns') }}

),

directorates as (

    select * from {{ ref('int_directorates') }}

),

directorate_map as (

    select * from {{ ref('directorate_map') }}

),

ethnicity_map as (

    select * from {{ ref('ethnicity_map') }}

),

ethnicity_spelling_map as (

    select * from {{ ref('ethnicity_spelling_map') }}

),

gender_map as (

    select * from {{ ref('gender_map') }}

),

ftsu_theme_map as (

    select * from {{ ref('ftsu_theme_map') }}

),

years as (

    select distinct
        organisation_code,
        as_at_date
    from concerns

),

concerns_in_order as (

    select
        *,
        row_number() over (
            partition by organisation_code, concern_reference
            order by as_at_date desc, file_line desc
        ) as newest_order,
        row_number() over (
            partition by organisation_code, concern_reference, as_at_date
            order by file_line desc
        ) as file_order
    from concerns

),

concerns_of_years as (

    select
        years.organisation_code,
        years.as_at_date,
        concerns_in_order.as_at_date as file_as_at_date,
        concerns_in_order.concern_reference,
        concerns_in_order.raised_date,
        concerns_in_order.theme,
        concerns_in_order.directorate,
        concerns_in_order.gender,
        concerns_in_order.ethnic_origin,
        concerns_in_order.newest_order = 1 as is_newest_row,
        years.as_at_date = concerns_in_order.as_at_date as is_row_of_own_file
    from years
    inner join concerns_in_order
        on
            years.organisation_code = concerns_in_order.organisation_code
            and {{ one_year_earlier('years.as_at_date') }} < concerns_in_order.raised_date
            and years.as_at_date >= concerns_in_order.raised_date
    where
        concerns_in_order.newest_order = 1
        or (concerns_in_order.file_order = 1 and years.as_at_date = concerns_in_order.as_at_date)

),

themes as (

    {{ values_in_map('concerns_of_years', 'theme', 'ftsu_theme_map', 'theme_text') }}

),

genders as (

    {{ values_in_map('concerns_of_years', 'gender', 'gender_map', 'gender_text') }}

),

{{ ethnicities_in('concerns_of_years') }},

{{ names_of_directorates('concerns_of_years') }},

final as (

    select
        concerns_of_years.organisation_code,
        concerns_of_years.as_at_date,
        concerns_of_years.concern_reference,
        concerns_of_years.file_as_at_date,
        concerns_of_years.raised_date,
        concerns_of_years.is_newest_row,
        concerns_of_years.is_row_of_own_file,
        coalesce(themes.theme, 'unmapped') as theme,
        coalesce(themes.theme_group, 'unknown') as theme_group,
        coalesce(genders.gender, 'unknown') as gender,
        coalesce(ethnicities.ethnicity_group, 'unknown') as ethnicity_group,
        directorate_names.directorate
    from concerns_of_years
    left join themes
        on coalesce(concerns_of_years.theme, '(blank)') = themes.written
    left join genders
        on coalesce(concerns_of_years.gender, '(blank)') = genders.written
    left join ethnicities
        on coalesce(concerns_of_years.ethnic_origin, '(blank)') = ethnicities.written
    left join directorate_names
        on
            concerns_of_years.organisation_code = directorate_names.organisation_code
            and concerns_of_years.as_at_date = directorate_names.as_at_date
            and coalesce(concerns_of_years.directorate, 'Unknown') = directorate_names.printed

)

select * from final
