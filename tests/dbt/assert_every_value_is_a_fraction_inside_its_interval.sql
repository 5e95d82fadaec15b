-- A share is between 0 and 1, a count or a ratio of counts is not negative, every value is inside its interval, and a value that
-- is missing says why. A part of a pay gap may be negative.
with

measures as (

    select
        measure,
        unit = 'fraction' and (interval_rule = 'wilson' or measure like '%share') as is_share
    from {{ ref('measures') }}

)

select
    figures.organisation_code,
    figures.indicator_id,
    figures.as_at_date,
    figures.organisation_unit_level,
    figures.organisation_unit,
    figures.stratum,
    figures.measure,
    figures."group"
from {{ ref('indicator_values') }} as figures
inner join measures on figures.measure = measures.measure
where
    (figures.value is null and figures.value_text is null and figures.not_computed_because is null)
    or (figures.value is not null and figures.not_computed_because is not null)
    or (figures.unit <> 'fraction' and figures.value < 0)
    or (measures.is_share and (figures.value < 0 or figures.value > 1 or figures.ci_low < 0 or figures.ci_high > 1))
    or figures.ci_low > figures.value + 1e-12
    or figures.ci_high < figures.value - 1e-12
    or (figures.value is null and (figures.ci_low is not null or figures.ci_high is not null))
