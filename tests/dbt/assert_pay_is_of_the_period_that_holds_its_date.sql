-- Domain reference 3.1: the pay of a pay gap is that of the period which holds the snapshot date. Pay of another month would make a
-- gap that looks like any other.
{{ config(severity='warn', meta={
    'owner': 'EDI team',
    'next_step': 'Ask payroll for the pay of the period that holds the date in the name of the file, and drop it in.'
}) }}
select
    organisation_code,
    as_at_date,
    load_id,
    pay_period_start,
    pay_period_end,
    count(*) as row_count
from {{ ref('stg_pay__assignments') }}
where as_at_date < pay_period_start or as_at_date > pay_period_end
group by organisation_code, as_at_date, load_id, pay_period_start, pay_period_end
