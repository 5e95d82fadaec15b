{#-
    The last CTEs of a mart of the board: one row for each date of a register and each part of the board, with its members of every
    group beside the workforce of the whole trust, the unknown in the base on both sides (readings: ratios, WRES 9). The model has
    CTEs members (int_board_members) and staff_counts (the whole trust's counts of the characteristic). `column` has the members'
    group.
-#}
{% macro board_representation(groups, minority, column) -%}
parts_of_the_board as (

    {%- for stratum, condition in [
            ('all', none),
            ('voting', 'is_voting'),
            ('non_voting', 'not is_voting'),
            ('executive', 'is_executive'),
            ('non_executive', 'not is_executive')
        ] %}
    select
        *,
        '{{ stratum }}' as stratum,
        {{ condition or 'true' }} as is_in_part
    from members
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

board_counts as (

    select
        organisation_code,
        as_at_date,
        stratum,
        has_snapshot,
        {%- for group in groups %}
        sum(case when is_in_part and is_known_now and membership = 'on_board' and {{ column }} = '{{ group }}' then 1 else 0 end)
            as {{ group }}_count,
        {%- endfor %}
        sum(case when is_in_part and is_known_now and membership = 'on_board' then 1 else 0 end) as member_count,
        sum(case when is_in_part and is_known_now and membership = 'on_board' and is_from_snapshot then 1 else 0 end)
            as from_snapshot_count,
        {%- for group in groups %}
        sum(case when is_in_part and was_known_at_first and membership = 'on_board' and {{ column }} = '{{ group }}' then 1 else 0 end)
            as {{ group }}_count_as_first_filed,
        {%- endfor %}
        sum(case when is_in_part and was_known_at_first and membership = 'on_board' then 1 else 0 end)
            as member_count_as_first_filed
    from parts_of_the_board
    group by organisation_code, as_at_date, stratum, has_snapshot

),

workforces as (

    select
        organisation_code,
        snapshot_date,
        {%- for group in groups %}
        sum(case when group_key = '{{ group }}' then person_count else 0 end) as {{ group }}_workforce_count,
        {%- endfor %}
        sum(person_count) as workforce_count
    from staff_counts
    group by organisation_code, snapshot_date

),

final as (

    select
        board_counts.organisation_code,
        {{ reporting_year('board_counts.as_at_date') }} as reporting_year,
        board_counts.as_at_date,
        'trust' as organisation_unit_level,
        'trust' as organisation_unit,
        cast(null as varchar) as organisation_unit_parent,
        board_counts.stratum,
        {%- for group in groups %}
        case when board_counts.has_snapshot then cast(board_counts.{{ group }}_count as bigint) end as {{ group }}_count,
        {%- endfor %}
        case when board_counts.has_snapshot then cast(board_counts.member_count as bigint) end as member_count,
        case when board_counts.has_snapshot then cast(board_counts.from_snapshot_count as bigint) end as from_snapshot_count,
        {%- for group in groups %}
        case when board_counts.has_snapshot then {{ share('board_counts.' ~ group ~ '_count', 'board_counts.member_count') }} end
            as {{ group }}_share,
        {%- endfor %}
        {%- for group in groups %}
        case
            when board_counts.has_snapshot
                then {{ wilson_low('board_counts.' ~ group ~ '_count', 'board_counts.member_count') }}
        end as {{ group }}_share_ci_low,
        case
            when board_counts.has_snapshot
                then {{ wilson_high('board_counts.' ~ group ~ '_count', 'board_counts.member_count') }}
        end as {{ group }}_share_ci_high,
        {%- endfor %}
        {%- for group in groups %}
        cast(workforces.{{ group }}_workforce_count as bigint) as {{ group }}_workforce_count,
        {%- endfor %}
        cast(workforces.workforce_count as bigint) as workforce_count,
        {%- for group in groups %}
        {{ share('workforces.' ~ group ~ '_workforce_count', 'workforces.workforce_count') }} as {{ group }}_workforce_share,
        {%- endfor %}
        {%- for group in groups %}
        {{ share('board_counts.' ~ group ~ '_count', 'board_counts.member_count') }}
        - {{ share('workforces.' ~ group ~ '_workforce_count', 'workforces.workforce_count') }} as {{ group }}_share_difference,
        {%- endfor %}
        case when board_counts.has_snapshot then cast(board_counts.member_count_as_first_filed as bigint) end
            as member_count_as_first_filed,
        case when board_counts.has_snapshot then cast(board_counts.{{ minority }}_count_as_first_filed as bigint) end
            as {{ minority }}_count_as_first_filed,
        board_counts.has_snapshot
        and (
            {%- for group in groups %}
            {{ 'or ' if not loop.first }}board_counts.{{ group }}_count <> board_counts.{{ group }}_count_as_first_filed
            {%- endfor %}
        ) as is_restated,
        case
            when not board_counts.has_snapshot then 'There is no snapshot of staff at this date.'
            when board_counts.member_count = 0 then 'Nobody is in the base.'
        end as not_computed_because
    from board_counts
    left join workforces
        on
            board_counts.organisation_code = workforces.organisation_code
            and board_counts.as_at_date = workforces.snapshot_date

)
{%- endmacro %}
