-- One row is one group of one characteristic in one unit, between a snapshot and the snapshot of the same day one year earlier:
-- who was there, who left, who came, who moved up (readings: movement between snapshots). A pair is built once, from its two
-- snapshots; it is built anew when either of them is corrected.
{{ config(pre_hook="{{ delete_superseded_year_pairs() }}") }}
{% set characteristics = {
    'age': 'age_band',
    'disability': 'disability_group',
    'ethnicity': 'ethnicity_group',
    'gender': 'gender'
} %}
{% set units = [[], ['directorate'], ['directorate', 'team']] %}
with

year_pairs as (

    {{ snapshot_year_pairs() }}

),

pairs as (

    select * from year_pairs
    {% if is_incremental() %}
        where load_id not in (select built.load_id from {{ this }} as built)
    {% endif %}

),

people_now as (

    select
        pairs.load_id,
        staff.person_key,
        staff.directorate,
        staff.team,
        {% for column in characteristics.values() %}
            staff.{{ column }},
        {% endfor %}
        staff.band_rank
    from {{ ref('int_staff_snapshots') }} as staff
    inner join pairs on staff.load_id = pairs.load_id
    where staff.is_in_scope

),

-- The directorates by their names of now: one that was spelt otherwise a year ago is the same one.
directorates_now as (

    select distinct
        load_id,
        directorate,
        {{ spelling_key('directorate') }} as directorate_key
    from people_now

),

people_before as (

    select
        pairs.load_id,
        staff.person_key,
        coalesce(directorates_now.directorate, staff.directorate) as directorate,
        staff.team,
        {% for column in characteristics.values() %}
            staff.{{ column }},
        {% endfor %}
        staff.band_rank
    from {{ ref('int_staff_snapshots') }} as staff
    inner join pairs on staff.load_id = pairs.previous_load_id
    left join directorates_now
        on
            pairs.load_id = directorates_now.load_id
            and {{ spelling_key('staff.directorate') }} = directorates_now.directorate_key
    where staff.is_in_scope

),

-- Leavers and promotions stand where, and as what, the person was one year earlier.
moves_of_people_before as (

    select
        people_before.*,
        case when people_now.person_key is null then 1 else 0 end as left_count,
        case
            when people_now.band_rank is not null and people_before.band_rank is not null then 1
            else 0
        end as ranked_count,
        case when people_now.band_rank > people_before.band_rank then 1 else 0 end as promoted_count
    from people_before
    left join people_now
        on
            people_before.load_id = people_now.load_id
            and people_before.person_key = people_now.person_key

),

-- Starters stand where, and as what, the person is now.
moves_of_people_now as (

    select
        people_now.*,
        case when people_before.person_key is null then 1 else 0 end as started_count
    from people_now
    left join people_before
        on
            people_now.load_id = people_before.load_id
            and people_now.person_key = people_before.person_key

),

counts as (

    {% for characteristic, column in characteristics.items() %}
        select
            load_id,
            directorate,
            team,
            '{{ characteristic }}' as characteristic,
            {{ column }} as group_key,
            count(*) as headcount_before,
            sum(left_count) as leaver_count,
            sum(ranked_count) as ranked_stayer_count,
            sum(promoted_count) as promoted_count,
            0 as headcount_now,
            0 as starter_count
        from moves_of_people_before
        group by {{ grouped_by_each(['load_id', column], units) }}
        union all
        select
            load_id,
            directorate,
            team,
            '{{ characteristic }}' as characteristic,
            {{ column }} as group_key,
            0 as headcount_before,
            0 as leaver_count,
            0 as ranked_stayer_count,
            0 as promoted_count,
            count(*) as headcount_now,
            sum(started_count) as starter_count
        from moves_of_people_now
        group by {{ grouped_by_each(['load_id', column], units) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- A team's name that stands under several directorates at the two dates, or is unknown, is told apart by its directorate: so
-- does a team that went from one directorate to another, which is two units of the pair.
directorates_of_teams as (

    select
        load_id,
        team,
        count(distinct directorate) as directorate_count
    from counts
    where team is not null
    group by load_id, team

),

final as (

    select
        pairs.organisation_code,
        pairs.snapshot_date,
        pairs.load_id,
        pairs.previous_snapshot_date,
        pairs.previous_load_id,
        case
            when counts.team is not null then 'team'
            when counts.directorate is not null then 'directorate'
            else 'trust'
        end as organisation_unit_level,
        case
            when directorates_of_teams.directorate_count > 1 or counts.team = 'Unknown'
                then counts.team || ' (' || counts.directorate || ')'
            when counts.team is not null then counts.team
            else coalesce(counts.directorate, 'trust')
        end as organisation_unit,
        case
            when counts.team is not null then counts.directorate
            when counts.directorate is not null then 'trust'
        end as organisation_unit_parent,
        counts.characteristic,
        counts.group_key,
        sum(counts.headcount_before) as headcount_before,
        sum(counts.leaver_count) as leaver_count,
        sum(counts.ranked_stayer_count) as ranked_stayer_count,
        sum(counts.promoted_count) as promoted_count,
        sum(counts.headcount_now) as headcount_now,
        sum(counts.starter_count) as starter_count
    from counts
    inner join pairs on counts.load_id = pairs.load_id
    left join directorates_of_teams
        on
            counts.load_id = directorates_of_teams.load_id
            and counts.team = directorates_of_teams.team
    group by
        pairs.organisation_code,
        pairs.snapshot_date,
        pairs.load_id,
        pairs.previous_snapshot_date,
        pairs.previous_load_id,
        counts.directorate,
        counts.team,
        directorates_of_teams.directorate_count,
        counts.characteristic,
        counts.group_key

)

select * from final
