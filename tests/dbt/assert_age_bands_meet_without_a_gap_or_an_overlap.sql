-- Readings, people: every age from the youngest to the oldest stands in one band.
with

bands as (

    select
        age_band,
        age_from_years,
        lag(age_to_years) over (order by age_from_years) as previous_age_to_years
    from {{ ref('age_band_map') }}
    where age_from_years is not null

)

select * from bands
where age_from_years <> previous_age_to_years + 1
