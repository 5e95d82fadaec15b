-- One row is what the trust states for WDES metric 9b in one year: whether it has taken action so that the voices of disabled
-- staff are heard, and in which words. No data can tell it; the newest statement of the date counts.
with

statements as (

    select
        *,
        row_number() over (partition by organisation_code, as_at_date order by load_id desc, file_line desc) as place
    from {{ ref('stg_plan__statements') }}
    where {{ lookup_key('item') }} = 'wdes_9b'

),

final as (

    select
        organisation_code,
        as_at_date,
        {{ reporting_year('as_at_date') }} as reporting_year,
        cast('trust' as varchar) as organisation_unit_level,
        cast('trust' as varchar) as organisation_unit,
        cast(null as varchar) as organisation_unit_parent,
        cast('all' as varchar) as stratum,
        answer,
        statement_text,
        case when answer is null then 'The statement has no answer.' end as not_computed_because
    from statements
    where place = 1

)

select * from final
