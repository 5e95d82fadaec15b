-- A figure of indicator_values is the figure of its mart, and none is lost on the way.
with

figures_of_marts as (

    select
        organisation_code,
        'eds' as indicator_id,
        as_at_date,
        'trust' as organisation_unit_level,
        'trust' as organisation_unit,
        outcome as stratum,
        'score' as measure,
        'all' as group_key,
        cast(score as double) as mart_value
    from {{ ref('eds_outcomes') }}
    union all
    select
        organisation_code,
        'eds' as indicator_id,
        as_at_date,
        'trust' as organisation_unit_level,
        'trust' as organisation_unit,
        'all' as stratum,
        'total_score' as measure,
        'all' as group_key,
        cast(total_score as double) as mart_value
    from {{ ref('eds_rating') }}
    union all
    select
        organisation_code,
        'plan_actions_completed' as indicator_id,
        as_at_date,
        'trust' as organisation_unit_level,
        'trust' as organisation_unit,
        case when plan = 'all' then 'all' else 'plan_' || plan end as stratum,
        'share' as measure,
        status as group_key,
        share as mart_value
    from {{ ref('plan_statuses') }}
    union all
    select
        organisation_code,
        indicator_id,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        'all' as stratum,
        'share' as measure,
        "group" as group_key,
        share as mart_value
    from {{ ref('ftsu_concerns') }}
    union all
    select
        organisation_code,
        'staff_network_members' as indicator_id,
        as_at_date,
        'trust' as organisation_unit_level,
        'trust' as organisation_unit,
        staff_network as stratum,
        'headcount' as measure,
        'all' as group_key,
        cast(members_count as double) as mart_value
    from {{ ref('staff_networks') }}
    where staff_network <> 'unlisted'
    union all
    select
        organisation_code,
        indicator_id,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        training_course as stratum,
        'coverage' as measure,
        "group" as group_key,
        coverage_share as mart_value
    from {{ ref('training_coverage') }}
    {% for measure in [
        'applicant_share', 'shortlisted_share', 'appointed_share', 'shortlisting_likelihood', 'interview_likelihood',
        'success_at_interview_likelihood', 'appointment_likelihood'
    ] %}
        union all
        select
            organisation_code,
            indicator_id,
            as_at_date,
            organisation_unit_level,
            organisation_unit,
            named_post as stratum,
            '{{ measure }}' as measure,
            "group" as group_key,
            {{ measure }} as mart_value
        from {{ ref('positive_action_recruitment') }}
    {% endfor %}
)

select figures_of_marts.*
from figures_of_marts
left join {{ ref('indicator_values') }} as conformed
    on
        figures_of_marts.organisation_code = conformed.organisation_code
        and figures_of_marts.indicator_id = conformed.indicator_id
        and figures_of_marts.as_at_date = conformed.as_at_date
        and figures_of_marts.organisation_unit_level = conformed.organisation_unit_level
        and figures_of_marts.organisation_unit = conformed.organisation_unit
        and figures_of_marts.stratum = conformed.stratum
        and figures_of_marts.measure = conformed.measure
        and figures_of_marts.group_key = conformed."group"
where
    conformed.indicator_id is null
    or coalesce(conformed.value, -1) <> coalesce(figures_of_marts.mart_value, -1)
