-- One row is one number of an open row and whom it counts: row × part. The cell is the name of those people; two parts with one
-- cell must hold one number; a row without one (its group is too small to divide, say) names its people all the same. A mean's
-- number is the sum of pay behind it, the mean times its people; a median goes with the
-- mean. Where the marts tell no number, as of a pay gap's group of a few people, it is null.
with

open_rows as (

    select * from {{ ref('open_rows') }}
    where treatment in ('year_end', 'year_end_and_month')

),

counted_people as (

    select * from {{ ref('counted_people') }}

),

stratum_meanings as (

    select * from {{ ref('stratum_meanings') }}

),

parts as (

    select
        open_rows.row_id,
        counted_people.part,
        open_rows.organisation_code,
        counted_people.people,
        case counted_people.date_rule
            when 'year_before' then cast(open_rows.as_at_date - interval 1 year as date)
            else open_rows.as_at_date
        end as as_at_date,
        open_rows.organisation_unit_level,
        open_rows.organisation_unit,
        case counted_people.stratum_rule
            when 'all' then 'all'
            else coalesce(stratum_meanings.cell_stratum, open_rows.stratum)
        end as stratum,
        counted_people.characteristic,
        case counted_people.group_key when '*' then open_rows."group" else counted_people.group_key end as group_key,
        open_rows.rounded_to,
        case counted_people.part
            when 'numerator' then cast(open_rows.numerator as double)
            when 'denominator' then cast(open_rows.denominator as double)
            when 'mean' then open_rows.value * open_rows.denominator
        end as number
    from open_rows
    inner join counted_people
        on
            open_rows.indicator_id = counted_people.indicator_id
            and open_rows.measure = counted_people.measure
    left join stratum_meanings
        on
            open_rows.indicator_id = stratum_meanings.indicator_id
            and open_rows.stratum = stratum_meanings.stratum
            and stratum_meanings.part in ('*', counted_people.part)

),

final as (

    select
        parts.*,
        case when parts.part in ('mean', 'median') then 'pay' else 'people' end as kind,
        {{ cell_id('parts') }} as cell_id
    from parts

)

select * from final
