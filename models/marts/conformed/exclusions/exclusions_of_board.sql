-- One row is what one figure leaves out for one reason, in the form of indicator_exclusions.
-- Which members WRES 9 and WDES 10 leave out at the date of a register, and why.
with

left_out as (

    select
        organisation_code,
        as_at_date,
        membership,
        count(*) as member_count
    from {{ ref('int_board_members') }}
    where is_known_now and membership <> 'on_board'
    group by organisation_code, as_at_date, membership

)

{% for indicator_id in ['wres_9', 'wdes_10'] %}
    select
        {{ exclusion_columns(
            indicator_id="'" ~ indicator_id ~ "'",
            as_at_date='as_at_date',
            organisation_unit_level="'trust'",
            organisation_unit="'trust'",
            reason='membership',
            counted="'members'",
            excluded_count='member_count'
        ) }}
    from left_out
    {{ 'union all' if not loop.last }}
{% endfor %}
