-- One row is how many concerns of one file of the guardian's register count in no year, or not by this file, for one reason. With
-- the rows that count they are all rows of the file.
{{ config(materialized='table') }}
with

concerns as (

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
    from {{ ref('stg_freedom_to_speak_up__concerns') }}

),

counted_concerns as (

    select distinct
        organisation_code,
        concern_reference
    from {{ ref('int_concerns') }}
    where is_newest_row

),

reasons as (

    select
        concerns.organisation_code,
        concerns.as_at_date,
        case
            when concerns.file_order > 1 then 'repeated_in_file'
            when concerns.newest_order > 1 then 'in_a_newer_file'
            when counted_concerns.concern_reference is null then 'raised_outside_the_year'
        end as reason
    from concerns
    left join counted_concerns
        on
            concerns.organisation_code = counted_concerns.organisation_code
            and concerns.concern_reference = counted_concerns.concern_reference

),

final as (

    select
        organisation_code,
        as_at_date,
        reason,
        count(*) as excluded_count
    from reasons
    where reason is not null
    group by organisation_code, as_at_date, reason

)

select * from final
