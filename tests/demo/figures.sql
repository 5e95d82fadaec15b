-- The published figures from the demonstration's files alone, in plain SQL after the readings: it shares nothing with the
-- generator or with the models. `landing` is replaced by the folder.

create or replace table assignment as
select
    cast(regexp_extract(filename, '(\d{4}-\d{2}-\d{2})\.csv$', 1) as date) as snapshot_date,
    "Employee Number" as employee,
    "Assignment Number" as assignment,
    "Primary Assignment" = 'Y' as is_primary,
    "Assignment Category" as category,
    "Assignment Status" as status,
    "Org L3" as directorate,
    "Staff Group" as staff_group,
    "Pay Scale" as pay_scale,
    cast("FTE" as double) as fte,
    strptime("Latest Start Date", '%d-%b-%Y')::date as started,
    strptime("Date Of Birth", '%d-%b-%Y')::date as born,
    "Gender" as gender,
    coalesce("Ethnic Origin", '') as ethnic_origin,
    coalesce("Disability", '') as disability,
    coalesce("Religious Belief", '') as religion,
    coalesce("Sexual Orientation", '') as orientation,
    coalesce("Marital Status", '') as marital
from read_csv('landing/esr_staff_list/*.csv', all_varchar = true, filename = true, nullstr = '');

create or replace macro ethnic_group(origin) as case
    when origin is null or origin = '' then 'unknown'
    when origin like 'I do not wish%' then 'unknown'
    when upper(origin) like 'WHITE -%' then 'white'
    when regexp_matches(upper(origin), '^(MIXED|ASIAN or |ASIAN OR|BLACK OR|OTHER ETHNIC|CHINESE OR)') then 'ethnic_minority'
    when origin[1] in ('A', 'B', 'C') and length(split_part(origin, ' ', 1)) <= 2 then 'white'
    when origin[1] = 'Z' or origin like '99%' then 'unknown'
    else 'ethnic_minority' end;

create or replace table person as
with employed as (
    select distinct * from assignment
    where category in ('Permanent', 'Fixed Term Temp', 'Locum')
    and status in ('Active Assignment', 'Acting Up', 'Internal Secondment', 'Maternity & Adoption', 'Career Break',
        'Out on External Secondment - Paid', 'Out on External Secondment - Unpaid', 'Suspend With Pay', 'Suspend No Pay')
)
select
    *,
    ethnic_group(ethnic_origin) as ethnicity,
    case disability when 'Yes' then 'disabled' when 'No' then 'not_disabled' else 'unknown' end as disabled,
    date_diff('year', born, snapshot_date)
        - (strftime(born, '%m%d') > strftime(snapshot_date, '%m%d'))::integer as age
from employed
qualify row_number() over (
    partition by snapshot_date, employee order by is_primary desc, fte desc, started, length(assignment), assignment
) = 1;

create or replace table application as
select
    cast(regexp_extract(filename, '_(\d{4})-', 1) as integer) as year_end,
    *, ethnic_group("Ethnic Origin") as ethnicity,
    case "Disability" when 'Yes' then 'disabled' when 'No' then 'not_disabled' else 'unknown' end as disabled
from read_csv('landing/recruitment/*.csv', all_varchar = true, filename = true, nullstr = '');

create or replace table formal_case as
select
    cast(regexp_extract(filename, '_(\d{4})-03-31', 1) as integer) as file_year,
    "Case Reference" as reference, "Employee Number" as employee, "Case Type" as case_type,
    strptime("Formal Date", '%d/%m/%Y')::date as formal_date
from read_csv('landing/employee_relations/*.csv', all_varchar = true, filename = true, nullstr = '')
where "Stage" = 'Formal'
qualify row_number() over (partition by reference order by file_year desc) = 1;

-- each case with its person as they stood: the last snapshot on or before the day, else the first one after it
create or replace table placed_case as
with seen as (
    select c.*, a.snapshot_date, a.snapshot_date <= c.formal_date as is_before
    from formal_case c join (select distinct employee, snapshot_date from assignment) a using (employee)
    qualify row_number() over (
        partition by c.reference
        order by is_before desc, case when is_before then -epoch(a.snapshot_date) else epoch(a.snapshot_date) end
    ) = 1
)
select seen.*, person.ethnicity, person.disabled,
    year(formal_date) + (month(formal_date) > 3)::integer as year_end
from seen join person using (employee, snapshot_date);

create or replace table completion as
select cast(regexp_extract(filename, '_(\d{4})-03-31', 1) as integer) as year_end,
    "Employee Number" as employee, "Course" as course, "Course Type" as course_type
from read_csv('landing/learning/*.csv', all_varchar = true, filename = true, nullstr = '');

create or replace table survey as
select cast("Survey Year" as integer) as survey_year, "Question" as question, "Group" as respondents,
    try_cast("Value" as decimal(8, 3)) as value, "Base" as base
from read_csv('landing/staff_survey/staff_survey_breakdown_*.csv', all_varchar = true);

create or replace table paid as
with pay as (
    select "Employee Number" as employee,
        sum(cast("Basic Pay" as decimal(18, 4)) + cast("Allowances" as decimal(18, 4)) + cast("Shift Premium" as decimal(18, 4))
            + cast("Leave Pay" as decimal(18, 4))) as ordinary,
        sum(cast("Weekly Hours" as decimal(18, 4))) as hours,
        bool_or("Weekly Hours" is null) as lacks_hours,
        bool_or("Reduced Pay For Leave" = 'Y') as is_reduced
    from read_csv('landing/pay/pay_2024-03-31.csv', all_varchar = true, nullstr = '') group by all
), relevant as (
    select * from assignment where snapshot_date = date '2024-03-31'
    and category in ('Permanent', 'Fixed Term Temp', 'Locum', 'Bank') and status != 'Inactive Not Worked'
    qualify row_number() over (
        partition by employee order by (category = 'Bank'), is_primary desc, fte desc, started, length(assignment)
    ) = 1
)
select relevant.employee, gender, ethnic_group(ethnic_origin) as ethnicity,
    case disability when 'Yes' then 'disabled' when 'No' then 'not_disabled' else 'unknown' end as disabled,
    cast(ordinary as double) * 7 / 30.44 / cast(hours as double) as rate
from relevant join pay using (employee)
where not lacks_hours and not is_reduced and hours > 0;

create or replace table board as
select cast(regexp_extract(filename, '_(\d{4}-03-31)', 1) as date) as snapshot_date, "Voting" = 'Y' as is_voting,
    coalesce(person.ethnicity, ethnic_group(b."Ethnic Origin")) as ethnicity,
    coalesce(person.disabled, case b."Disability" when 'Yes' then 'disabled' else 'not_disabled' end) as disabled
from read_csv('landing/board/*.csv', all_varchar = true, filename = true, nullstr = '') b
left join person on person.employee = b."Employee Number"
    and person.snapshot_date = cast(regexp_extract(filename, '_(\d{4}-03-31)', 1) as date)
where strptime(b."From Date", '%d/%m/%Y') <= cast(regexp_extract(filename, '_(\d{4}-03-31)', 1) as date)
and coalesce(strptime(b."To Date", '%d/%m/%Y') >= cast(regexp_extract(filename, '_(\d{4}-03-31)', 1) as date), true);
