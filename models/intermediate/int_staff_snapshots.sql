-- One row is one person in one snapshot, in employed scope or not, placed by one assignment (readings: people).
-- Scope is that of the WRES and the WDES; everyone else is here with the reason. Codes and rules are seeds/maps.
-- depends_on: {{ ref('stg_loads') }}
{{ config(pre_hook="{{ delete_superseded_loads() }}") }}
with

assignments as (

    select * from {{ ref('stg_esr__staff_list') }}
    {{ only_loads_to_build(['esr_staff_list']) }}

),

directorates as (

    select * from {{ ref('int_directorates') }}

),

assignment_category_map as (

    select * from {{ ref('assignment_category_map') }}

),

assignment_status_map as (

    select * from {{ ref('assignment_status_map') }}

),

scope_reason_list as (

    select * from {{ ref('scope_reason_list') }}

),

ethnicity_map as (

    select * from {{ ref('ethnicity_map') }}

),

ethnicity_spelling_map as (

    select * from {{ ref('ethnicity_spelling_map') }}

),

disability_map as (

    select * from {{ ref('disability_map') }}

),

religion_map as (

    select * from {{ ref('religion_map') }}

),

sexual_orientation_map as (

    select * from {{ ref('sexual_orientation_map') }}

),

marital_status_map as (

    select * from {{ ref('marital_status_map') }}

),

gender_map as (

    select * from {{ ref('gender_map') }}

),

age_band_map as (

    select * from {{ ref('age_band_map') }}

),

working_time_map as (

    select * from {{ ref('working_time_map') }}

),

pay_scale_map as (

    select * from {{ ref('pay_scale_map') }}

),

band_list as (

    select * from {{ ref('band_list') }}

),

band_salary_ranges as (

    select * from {{ ref('band_salary_ranges') }}

),

occupation_map as (

    select * from {{ ref('occupation_map') }}

),

staff_group_map as (

    select * from {{ ref('staff_group_map') }}

),

categories as (

    {{ values_in_map('assignments', 'assignment_category', 'assignment_category_map', 'assignment_category') }}

),

statuses as (

    {{ values_in_map('assignments', 'assignment_status', 'assignment_status_map', 'assignment_status') }}

),

assignments_with_reason as (

    select
        assignments.*,
        case
            when categories.scope_reason is null then 'unknown_category'
            when categories.scope_reason <> 'in_scope' then categories.scope_reason
            else coalesce(statuses.scope_reason, 'unknown_status')
        end as scope_reason,
        categories.scope_reason is null or statuses.scope_reason is null as has_unlisted_scope_value
    from assignments
    left join categories
        on coalesce(assignments.assignment_category, '(blank)') = categories.written
    left join statuses
        on coalesce(assignments.assignment_status, '(blank)') = statuses.written

),

assignments_in_order as (

    select
        assignments_with_reason.*,
        row_number() over (
            partition by
                assignments_with_reason.organisation_code,
                assignments_with_reason.snapshot_date,
                assignments_with_reason.person_key
            order by
                scope_reason_list.reason_rank asc,
                case when assignments_with_reason.is_primary_assignment then 0 else 1 end asc,
                assignments_with_reason.fte desc nulls last,
                assignments_with_reason.latest_start_date asc nulls last,
                assignments_with_reason.assignment_sequence asc nulls last,
                assignments_with_reason.file_line asc
        ) as placing_order,
        count(*) over (
            partition by
                assignments_with_reason.organisation_code,
                assignments_with_reason.snapshot_date,
                assignments_with_reason.person_key
        ) as person_row_count,
        sum(case when assignments_with_reason.has_unlisted_scope_value then 1 else 0 end) over (
            partition by
                assignments_with_reason.organisation_code,
                assignments_with_reason.snapshot_date,
                assignments_with_reason.person_key
        ) as unlisted_assignment_count
    from assignments_with_reason
    left join scope_reason_list
        on assignments_with_reason.scope_reason = scope_reason_list.scope_reason

),

placing_assignments as (

    select * from assignments_in_order
    where placing_order = 1

),

people_with_several as (

    select
        organisation_code,
        snapshot_date,
        person_key,
        sum(case when scope_reason = 'in_scope' then 1 else 0 end) as in_scope_count,
        sum(case when scope_reason = 'in_scope' then fte end) as in_scope_fte,
        count(*) as any_count,
        sum(fte) as any_fte,
        (
            count(distinct {{ lookup_key('gender') }}) > 1
            or count(distinct {{ lookup_key('ethnic_origin') }}) > 1
            or count(distinct {{ lookup_key('disability') }}) > 1
            or count(distinct {{ lookup_key('religious_belief') }}) > 1
            or count(distinct {{ lookup_key('sexual_orientation') }}) > 1
            or count(distinct {{ lookup_key('marital_status') }}) > 1
            or count(distinct coalesce(age_years, -1)) > 1
        ) as has_conflicting_characteristics
    from assignments_in_order
    where person_row_count > 1
    group by organisation_code, snapshot_date, person_key

),

people as (

    select
        placing_assignments.*,
        placing_assignments.scope_reason = 'in_scope' as is_in_scope,
        case
            when people_with_several.person_key is null then placing_assignments.fte
            when placing_assignments.scope_reason = 'in_scope' then people_with_several.in_scope_fte
            else people_with_several.any_fte
        end as person_fte,
        case
            when people_with_several.person_key is null then 1
            when placing_assignments.scope_reason = 'in_scope' then people_with_several.in_scope_count
            else people_with_several.any_count
        end as assignment_count,
        coalesce(people_with_several.has_conflicting_characteristics, false) as has_conflicting_characteristics
    from placing_assignments
    left join people_with_several
        on
            placing_assignments.organisation_code = people_with_several.organisation_code
            and placing_assignments.snapshot_date = people_with_several.snapshot_date
            and placing_assignments.person_key = people_with_several.person_key

),

full_time as (

    select min(fte_from) as fte_from
    from working_time_map
    where is_full_time

),

genders as (

    {{ values_in_map('people', 'gender', 'gender_map', 'gender_text') }}

),

disabilities as (

    {{ values_in_map('people', 'disability', 'disability_map', 'disability') }}

),

religions as (

    {{ values_in_map('people', 'religious_belief', 'religion_map', 'religious_belief') }}

),

sexual_orientations as (

    {{ values_in_map('people', 'sexual_orientation', 'sexual_orientation_map', 'sexual_orientation_text') }}

),

marital_statuses as (

    {{ values_in_map('people', 'marital_status', 'marital_status_map', 'marital_status_text') }}

),

staff_groups as (

    {{ values_in_map('people', 'staff_group', 'staff_group_map', 'staff_group_text') }}

),

{{ ethnicities_in('people') }},

pay_scales as (

    {{ bands_of_pay_scales('people') }}

),

-- Each salary on a local scale beside every band of its pay year: no distance within the band's range, else to its nearer end.
salaries_beside_bands as (

    select
        occurring.snapshot_date,
        occurring.annual_salary_gbp,
        band_salary_ranges.band,
        row_number() over (
            partition by occurring.snapshot_date, occurring.annual_salary_gbp
            order by
                greatest(
                    band_salary_ranges.lowest_annual_gbp - occurring.annual_salary_gbp,
                    occurring.annual_salary_gbp - band_salary_ranges.highest_annual_gbp,
                    0
                ) asc,
                band_salary_ranges.lowest_annual_gbp asc
        ) as nearness
    from (
        select distinct
            people.snapshot_date,
            people.annual_salary_gbp
        from people
        inner join pay_scales on people.pay_scale = pay_scales.pay_scale
        inner join band_list on pay_scales.band = band_list.band
        where band_list.pay_group = 'local' and people.annual_salary_gbp > 0
    ) as occurring
    inner join band_salary_ranges
        on
            occurring.snapshot_date >= band_salary_ranges.valid_from_date
            and occurring.snapshot_date <= band_salary_ranges.valid_to_date

),

nearest_bands as (

    select * from salaries_beside_bands
    where nearness = 1

),

age_bands as (

    select
        occurring.age_years,
        age_band_map.age_band,
        age_band_map.declaration
    from (select distinct age_years from people) as occurring
    left join age_band_map
        on
            occurring.age_years >= age_band_map.age_from_years
            and occurring.age_years <= age_band_map.age_to_years

),

people_with_values as (

    select
        people.*,
        directorates.directorate as directorate_name,
        ethnicities.ethnicity_code,
        coalesce(ethnicities.ethnicity_category, 'unmapped') as ethnicity_category,
        coalesce(ethnicities.ethnicity_broad, 'unknown') as ethnicity_broad,
        coalesce(ethnicities.ethnicity_group, 'unknown') as ethnicity_group,
        coalesce(ethnicities.is_white_british, false) as is_white_british,
        coalesce(ethnicities.declaration, 'unmapped') as ethnicity_declaration,
        coalesce(disabilities.disability_status, 'unmapped') as disability_status,
        coalesce(disabilities.disability_group, 'unknown') as disability_group,
        coalesce(disabilities.declaration, 'unmapped') as disability_declaration,
        coalesce(religions.religion, 'unmapped') as religion,
        coalesce(religions.religion_group, 'unknown') as religion_group,
        coalesce(religions.declaration, 'unmapped') as religion_declaration,
        coalesce(sexual_orientations.sexual_orientation, 'unmapped') as sexual_orientation_key,
        coalesce(sexual_orientations.sexual_orientation_group, 'unknown') as sexual_orientation_group,
        coalesce(sexual_orientations.declaration, 'unmapped') as sexual_orientation_declaration,
        coalesce(marital_statuses.marital_status, 'unmapped') as marital_status_key,
        coalesce(marital_statuses.declaration, 'unmapped') as marital_status_declaration,
        coalesce(genders.gender, 'unknown') as gender_key,
        coalesce(genders.declaration, 'unmapped') as gender_declaration,
        coalesce(age_bands.age_band, 'unknown') as age_band,
        case
            when people.age_years is null then 'blank'
            else coalesce(age_bands.declaration, 'unmapped')
        end as age_declaration,
        people.person_fte >= full_time.fte_from as is_full_time,
        coalesce(pay_scales.band, 'unmapped') as band,
        occupation_map.clinical_split as occupation_split,
        coalesce(staff_groups.staff_group, 'unmapped') as staff_group_key,
        staff_groups.clinical_split as staff_group_split
    from people
    cross join full_time
    left join directorates
        on
            people.organisation_code = directorates.organisation_code
            and people.snapshot_date = directorates.snapshot_date
            and coalesce(people.directorate, 'Unknown') = directorates.spelling
    left join ethnicities
        on coalesce(people.ethnic_origin, '(blank)') = ethnicities.written
    left join disabilities
        on coalesce(people.disability, '(blank)') = disabilities.written
    left join religions
        on coalesce(people.religious_belief, '(blank)') = religions.written
    left join sexual_orientations
        on coalesce(people.sexual_orientation, '(blank)') = sexual_orientations.written
    left join marital_statuses
        on coalesce(people.marital_status, '(blank)') = marital_statuses.written
    left join genders
        on coalesce(people.gender, '(blank)') = genders.written
    left join staff_groups
        on coalesce(people.staff_group, '(blank)') = staff_groups.written
    left join age_bands
        on people.age_years = age_bands.age_years
    left join pay_scales
        on people.pay_scale = pay_scales.pay_scale
    left join occupation_map
        on upper(substring(people.occupation_code, 1, 1)) = occupation_map.first_character

),

final as (

    select
        people_with_values.organisation_code,
        people_with_values.snapshot_date,
        people_with_values.person_key,
        people_with_values.load_id,
        people_with_values.is_in_scope,
        people_with_values.scope_reason,
        people_with_values.assignment_sequence,
        cast(people_with_values.assignment_count as integer) as assignment_count,
        cast(people_with_values.unlisted_assignment_count as integer) as unlisted_assignment_count,
        cast(people_with_values.person_fte as decimal(18, 4)) as fte,
        people_with_values.is_full_time,
        people_with_values.age_years,
        people_with_values.age_band,
        people_with_values.gender_key as gender,
        people_with_values.ethnicity_code,
        people_with_values.ethnicity_category,
        people_with_values.ethnicity_broad,
        people_with_values.ethnicity_group,
        people_with_values.is_white_british,
        people_with_values.disability_status,
        people_with_values.disability_group,
        people_with_values.religion,
        people_with_values.religion_group,
        people_with_values.sexual_orientation_key as sexual_orientation,
        people_with_values.sexual_orientation_group,
        people_with_values.marital_status_key as marital_status,
        people_with_values.ethnicity_declaration,
        people_with_values.disability_declaration,
        people_with_values.religion_declaration,
        people_with_values.sexual_orientation_declaration,
        people_with_values.marital_status_declaration,
        people_with_values.gender_declaration,
        people_with_values.age_declaration,
        people_with_values.pay_scale,
        people_with_values.band,
        band_list.band_rank,
        band_list.wdes_cluster,
        case
            when band_list.pay_group = 'local' then coalesce(nearest_bands.band, 'not_mapped')
            else people_with_values.band
        end as national_return_band,
        case
            when band_list.pay_group = 'medical_and_dental' then 'medical_and_dental'
            else coalesce(people_with_values.occupation_split, people_with_values.staff_group_split, 'unknown')
        end as clinical_split,
        people_with_values.staff_group_key as staff_group,
        coalesce(people_with_values.directorate_name, people_with_values.directorate, 'Unknown') as directorate,
        coalesce(people_with_values.team, 'Unknown') as team,
        people_with_values.latest_start_date,
        people_with_values.has_conflicting_characteristics
    from people_with_values
    left join band_list
        on people_with_values.band = band_list.band
    left join nearest_bands
        on
            people_with_values.snapshot_date = nearest_bands.snapshot_date
            and people_with_values.annual_salary_gbp = nearest_bands.annual_salary_gbp

)

select * from final
