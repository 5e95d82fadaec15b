-- Limits need at least the seed's number of months, and contain the mean; an annual series is never judged by them.
select
    series.organisation_code,
    series.indicator_id,
    series.organisation_unit,
    series.as_at_date
from {{ ref('spc_series') }} as series
left join {{ ref('spc_series_rules') }} as rules
    on
        series.indicator_id = rules.indicator_id
        and series.measure = rules.measure
        and series."group" = rules.group_key
        and series.organisation_unit_level = rules.organisation_unit_level
        and series.stratum = rules.stratum
        and rules.is_monthly
where
    rules.indicator_id is null
    or (series.special_cause is null) <> (series.no_limits_because is not null)
    or series.lower_limit > series.mean_value
    or series.upper_limit < series.mean_value
