-- One row is how many people of one group in employed scope took part in counted training, in one unit and year.
{{ config(materialized='table') }}
with

learners as (

    select * from {{ ref('int_learners') }}
    where is_in_scope

),

staff_counts as (

    select * from {{ ref('int_staff_counts') }}
    where organisation_unit_level = 'team' and stratum_dimension = 'all'

),

-- Teams have the names of the counts of staff: a team that stands under several directorates has its directorate in brackets.
teams as (

    select distinct
        organisation_code,
        snapshot_date,
        organisation_unit_parent as directorate,
        organisation_unit as team_name
    from staff_counts

),

named_learners as (

    select
        learners.*,
        coalesce(whole.team_name, in_brackets.team_name) as team_name
    from learners
    left join teams as whole
        on
            learners.organisation_code = whole.organisation_code
            and learners.as_at_date = whole.snapshot_date
            and learners.directorate = whole.directorate
            and learners.team = whole.team_name
    left join teams as in_brackets
        on
            learners.organisation_code = in_brackets.organisation_code
            and learners.as_at_date = in_brackets.snapshot_date
            and learners.directorate = in_brackets.directorate
            and learners.team || ' (' || learners.directorate || ')' = in_brackets.team_name

),

final as (

    select
        organisation_code,
        indicator_id,
        definition_version,
        as_at_date,
        case
            when team_name is not null then 'team'
            when directorate is not null then 'directorate'
            else 'trust'
        end as organisation_unit_level,
        coalesce(team_name, directorate, 'trust') as organisation_unit,
        case
            when team_name is not null then directorate
            when directorate is not null then 'trust'
        end as organisation_unit_parent,
        group_key,
        sum(case when is_known_now then 1 else 0 end) as event_count,
        sum(case when was_known_at_first then 1 else 0 end) as event_count_as_first_filed
    from named_learners
    group by {{ grouped_by_each(
        ['organisation_code', 'indicator_id', 'definition_version', 'as_at_date', 'group_key'],
        [[], ['directorate'], ['directorate', 'team_name']]
    ) }}

)

select * from final
