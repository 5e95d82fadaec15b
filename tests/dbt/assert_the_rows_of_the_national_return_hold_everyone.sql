-- The rows of the national return, with those below its items, are everyone in employed scope: nobody is dropped or twice in it.
select
    national_return.organisation_code,
    national_return.snapshot_date,
    sum(national_return.all_count) as people_in_rows,
    max(workforce.all_count) as everyone
from {{ ref('wres_1_national_return') }} as national_return
inner join {{ ref('wres_1_representation') }} as workforce
    on
        national_return.organisation_code = workforce.organisation_code
        and national_return.snapshot_date = workforce.snapshot_date
        and workforce.organisation_unit_level = 'trust'
        and workforce.stratum = 'all'
where not national_return.is_part_of_other_row
group by national_return.organisation_code, national_return.snapshot_date
having sum(national_return.all_count) <> max(workforce.all_count)
