-- One row per field, unit (the trust and each directorate) and snapshot that this run judges. Filled in is everyone whose
-- field is not blank: a value that no map knows was given all the same, and has a check of its own. Teams are told, not judged:
-- they are too small for a share of them to withhold a trust, and the people in them are judged with their directorate.
select
    rates.organisation_code,
    rates.snapshot_date,
    rates.field,
    rates.organisation_unit_level,
    case
        when rates.organisation_unit_level = 'trust' then 'the whole trust'
        when greatest(rates.headcount, coalesce(before.headcount, 0)) >= getvariable('named_from_headcount')
            then rates.organisation_unit
        else 'a small directorate'
    end as organisation_unit,
    rates.headcount,
    rates.blank_count,
    rates.unmapped_count,
    1 - rates.blank_count / nullif(rates.headcount, 0)::double as filled_share,
    rates.unmapped_count / nullif(rates.headcount, 0)::double as unmapped_share,
    rates.previous_snapshot_date,
    1 - before.blank_count / nullif(before.headcount, 0)::double as previous_filled_share,
    filled_share - previous_filled_share as filled_share_change,
    rates.blank_count - before.blank_count as more_blank_count,
    rates.headcount - rates.declared_count - rates.declined_count - rates.blank_count - rates.unmapped_count
        as unaccounted_count
from marts.declaration_rates as rates
inner join judged_snapshots using (organisation_code, snapshot_date)
left join marts.declaration_rates as before
    on
        rates.organisation_code = before.organisation_code
        and rates.previous_snapshot_date = before.snapshot_date
        and rates.organisation_unit_level = before.organisation_unit_level
        and rates.organisation_unit = before.organisation_unit
        and rates.field = before.field
where rates.organisation_unit_level in ('trust', 'directorate') and rates.headcount > 0
order by
    rates.organisation_code, rates.snapshot_date, rates.field, rates.organisation_unit_level desc, rates.organisation_unit
