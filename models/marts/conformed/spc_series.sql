-- One row is one month of one series: organisation × indicator × version × unit × stratum × measure × group × as-at date, as an XmR
-- chart (NHS England, Making Data Count). Limits are those of the whole series: nothing is rebased by itself.
with

indicator_values as (

    select * from {{ ref('indicator_values') }}

),

series_rules as (

    select * from {{ ref('spc_series_rules') }}
    where is_monthly

),

declaration_targets as (

    select * from {{ ref('declaration_targets') }}

),

spc_rules as (

    select
        max(case when parameter = 'minimum_points' then setting end) as minimum_points,
        max(case when parameter = 'limit_factor' then setting end) as limit_factor,
        max(case when parameter = 'screening_factor' then setting end) as screening_factor,
        max(case when parameter = 'trend_points' then setting end) as trend_points,
        max(case when parameter = 'near_limit_part' then setting end) as near_limit_part,
        max(case when parameter = 'near_limit_points' then setting end) as near_limit_points,
        max(case when parameter = 'near_limit_window' then setting end) as near_limit_window,
        max(case when parameter = 'one_side_points' then setting end) as one_side_points
    from {{ ref('spc_rules') }}

),

-- A month has one point: its last snapshot.
followed as (

    select
        indicator_values.*,
        series_rules.better_when,
        declaration_targets.target_share,
        row_number() over (
            partition by
                indicator_values.organisation_code,
                indicator_values.indicator_id,
                indicator_values.organisation_unit_level,
                {{ spelling_key('indicator_values.organisation_unit') }},
                indicator_values.stratum,
                indicator_values.measure,
                indicator_values."group",
                {{ dbt.date_trunc('month', 'indicator_values.as_at_date') }}
            order by indicator_values.as_at_date desc
        ) as place_in_month
    from indicator_values
    inner join series_rules
        on
            indicator_values.indicator_id = series_rules.indicator_id
            and indicator_values.measure = series_rules.measure
            and indicator_values."group" = series_rules.group_key
            and indicator_values.organisation_unit_level = series_rules.organisation_unit_level
            and indicator_values.stratum = series_rules.stratum
    left join declaration_targets on series_rules.target_field = declaration_targets.field
    where indicator_values.is_current_definition and indicator_values.value is not null

),

numbered as (

    select
        *,
        dense_rank() over (
            order by
                organisation_code,
                indicator_id,
                organisation_unit_level,
                {{ spelling_key('organisation_unit') }},
                stratum,
                measure,
                "group"
        ) as series_number
    from followed
    where place_in_month = 1

),

points as (

    select
        *,
        row_number() over (partition by series_number order by as_at_date) as point_number,
        count(*) over (partition by series_number) as point_count,
        avg(value) over (partition by series_number) as series_mean,
        value - lag(value) over (partition by series_number order by as_at_date) as step
    from numbered

),

ranges as (

    select
        *,
        abs(step) as moving_range,
        avg(abs(step)) over (partition by series_number) as mean_of_all_ranges
    from points

),

-- A range that is too large for the others is left out once, so that one jump does not widen the limits that should show it.
screened as (

    select
        ranges.*,
        spc_rules.minimum_points,
        spc_rules.limit_factor,
        spc_rules.trend_points,
        spc_rules.near_limit_part,
        spc_rules.near_limit_points,
        spc_rules.near_limit_window,
        spc_rules.one_side_points,
        ranges.point_count >= spc_rules.minimum_points as has_limits,
        avg(
            case
                when
                    ranges.mean_of_all_ranges = 0
                    or ranges.moving_range < spc_rules.screening_factor * ranges.mean_of_all_ranges
                    then ranges.moving_range
            end
        ) over (partition by ranges.series_number) as mean_moving_range
    from ranges
    cross join spc_rules

),

signed as (

    select
        *,
        series_mean - limit_factor * mean_moving_range as lower_limit,
        series_mean + limit_factor * mean_moving_range as upper_limit,
        sign(step) as step_sign,
        sign(value - series_mean) as side,
        case
            when value > series_mean + limit_factor * mean_moving_range then 1
            when value < series_mean - limit_factor * mean_moving_range then -1
            else 0
        end as outside,
        case
            when value > series_mean + near_limit_part * limit_factor * mean_moving_range then 1
            when value < series_mean - near_limit_part * limit_factor * mean_moving_range then -1
            else 0
        end as near_limit
    from screened

),

-- Points that go the same way, or stand on the same side, one after the other have the same run.
runs as (

    select
        *,
        point_number - row_number() over (partition by series_number, step_sign order by as_at_date) as step_run,
        point_number - row_number() over (partition by series_number, side order by as_at_date) as side_run
    from signed

),

run_lengths as (

    select
        *,
        count(*) over (partition by series_number, step_sign, step_run) as step_run_length,
        count(*) over (partition by series_number, side, side_run) as side_run_length
    from runs

),

-- The point from which a trend sets out is one of its points.
trends as (

    select
        *,
        case
            when step_sign <> 0 and step_run_length >= trend_points - 1 then step_sign
            when
                lead(step_sign) over (partition by series_number order by as_at_date) <> 0
                and lead(step_run_length) over (partition by series_number order by as_at_date) >= trend_points - 1
                then lead(step_sign) over (partition by series_number order by as_at_date)
            else 0
        end as trend,
        case when side_run_length >= one_side_points then side else 0 end as one_side
    from run_lengths

),

-- How many of the points from one on, as many as the window holds, are near the limit on its side.
windows as (

    select
        trends.series_number,
        trends.point_number as first_point_number,
        other.near_limit,
        count(*) as near_limit_count
    from trends
    inner join trends as other
        on
            trends.series_number = other.series_number
            and trends.point_number <= other.point_number
            and trends.point_number + trends.near_limit_window > other.point_number
    where other.near_limit <> 0
    group by trends.series_number, trends.point_number, other.near_limit

),

near_points as (

    select
        trends.series_number,
        trends.point_number,
        max(windows.near_limit_count) as near_limit_count
    from trends
    inner join windows
        on
            trends.series_number = windows.series_number
            and trends.near_limit = windows.near_limit
            and trends.point_number >= windows.first_point_number
            and trends.point_number < windows.first_point_number + trends.near_limit_window
    group by trends.series_number, trends.point_number

),

-- The first rule that a point meets is its special cause.
judged as (

    select
        trends.*,
        case
            when not trends.has_limits then null
            when trends.outside <> 0 then 'outside_limits'
            when trends.trend <> 0 then 'trend'
            when near_points.near_limit_count >= trends.near_limit_points then 'two_of_three'
            when trends.one_side <> 0 then 'one_side'
            else 'none'
        end as special_cause,
        case
            when trends.outside <> 0 then trends.outside
            when trends.trend <> 0 then trends.trend
            when near_points.near_limit_count >= trends.near_limit_points then trends.near_limit
            else trends.one_side
        end as way
    from trends
    left join near_points
        on
            trends.series_number = near_points.series_number
            and trends.point_number = near_points.point_number

),

final as (

    select
        organisation_code,
        indicator_id,
        definition_version,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        stratum,
        measure,
        "group",
        value,
        unit,
        point_number,
        point_count,
        moving_range,
        case when has_limits then series_mean end as mean_value,
        case when has_limits then mean_moving_range end as mean_moving_range,
        case when has_limits then lower_limit end as lower_limit,
        case when has_limits then upper_limit end as upper_limit,
        special_cause,
        case
            when special_cause is null then null
            when special_cause = 'none' then 'common_cause'
            when (better_when = 'higher' and way > 0) or (better_when = 'lower' and way < 0) then 'improvement'
            when better_when in ('higher', 'lower') then 'concern'
            when way > 0 then 'high'
            else 'low'
        end as variation,
        cast(target_share as double) as target_value,
        case
            when not has_limits or target_share is null then null
            when better_when = 'higher' and target_share < lower_limit then 'consistently_passing'
            when better_when = 'higher' and target_share > upper_limit then 'consistently_failing'
            when better_when = 'lower' and target_share > upper_limit then 'consistently_passing'
            when better_when = 'lower' and target_share < lower_limit then 'consistently_failing'
            else 'inconsistent'
        end as assurance,
        case
            when not has_limits
                then
                    'There are ' || cast(point_count as varchar) || ' monthly points; limits need at least '
                    || cast(cast(minimum_points as integer) as varchar) || '.'
        end as no_limits_because
    from judged

)

select * from final
