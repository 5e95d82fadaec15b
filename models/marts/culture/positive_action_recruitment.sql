-- One row is one group of applicants for one of the posts that the plans name, or for all posts, in one recruitment file: how
-- many applied, were shortlisted, interviewed and appointed, what share of each step they are, and how likely each step is for
-- them. An appointment without shortlisting counts in no likelihood, as in WRES 2 (readings: ratios).
with

applications as (

    select * from {{ ref('int_named_post_applications') }}

),

named_posts as (

    select distinct
        named_post,
        named_post_label
    from {{ ref('named_posts') }}
    union all
    select
        'all' as named_post,
        'All posts' as named_post_label

),

targets as (

    select * from {{ ref('culture_targets') }}
    where indicator_id like 'positive_action_recruitment_%'

),

groups as (

    select
        indicator_id,
        replace(indicator_id, 'positive_action_recruitment_', '') as characteristic,
        group_key,
        group_label
    from {{ ref('indicator_groups') }}
    where indicator_id like 'positive_action_recruitment_%' and measure = 'applicant_share'

),

applications_by_characteristic as (

    {% for characteristic, column in {
        'ethnicity': 'ethnicity_group',
        'disability': 'disability_group',
        'gender': 'gender'
    }.items() %}
        select
            *,
            '{{ characteristic }}' as characteristic,
            {{ column }} as group_key
        from applications
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

counts as (

    select
        organisation_code,
        as_at_date,
        named_post,
        directorate,
        characteristic,
        group_key,
        count(*) as applied_count,
        sum(case when is_shortlisted then 1 else 0 end) as shortlisted_count,
        sum(case when is_shortlisted and is_interviewed then 1 else 0 end) as interviewed_count,
        sum(case when is_shortlisted and is_appointed then 1 else 0 end) as appointed_count,
        sum(case when is_shortlisted and is_interviewed and is_appointed then 1 else 0 end)
            as appointed_at_interview_count,
        sum(case when is_appointed and not is_shortlisted then 1 else 0 end) as appointed_unshortlisted_count
    from applications_by_characteristic
    group by {{ grouped_by_each(
        ['organisation_code', 'as_at_date', 'named_post', 'characteristic', 'group_key'], [[], ['directorate']]
    ) }}

),

files as (

    select distinct
        organisation_code,
        as_at_date
    from applications

),

applied_for as (

    select distinct
        organisation_code,
        as_at_date,
        named_post
    from applications

),

characteristics as (

    select distinct characteristic from groups

),

cells as (

    select
        organisation_code,
        as_at_date,
        named_post,
        directorate,
        characteristic,
        sum(applied_count) as all_applied_count,
        sum(shortlisted_count) as all_shortlisted_count,
        sum(appointed_count) as all_appointed_count
    from counts
    group by organisation_code, as_at_date, named_post, directorate, characteristic
    union all
    -- A post that nobody applied for in the year is a row of zeros.
    select
        files.organisation_code,
        files.as_at_date,
        named_posts.named_post,
        null as directorate,
        characteristics.characteristic,
        0 as all_applied_count,
        0 as all_shortlisted_count,
        0 as all_appointed_count
    from files
    cross join named_posts
    cross join characteristics
    left join applied_for
        on
            files.organisation_code = applied_for.organisation_code
            and files.as_at_date = applied_for.as_at_date
            and named_posts.named_post = applied_for.named_post
    where applied_for.named_post is null

),

figures as (

    select
        cells.*,
        groups.indicator_id,
        groups.group_key,
        groups.group_label,
        coalesce(counts.applied_count, 0) as applied_count,
        coalesce(counts.shortlisted_count, 0) as shortlisted_count,
        coalesce(counts.interviewed_count, 0) as interviewed_count,
        coalesce(counts.appointed_count, 0) as appointed_count,
        coalesce(counts.appointed_at_interview_count, 0) as appointed_at_interview_count,
        coalesce(counts.appointed_unshortlisted_count, 0) as appointed_unshortlisted_count,
        {{ share('coalesce(counts.applied_count, 0)', 'cells.all_applied_count') }} as applicant_share
    from cells
    inner join groups on cells.characteristic = groups.characteristic
    left join counts
        on
            cells.organisation_code = counts.organisation_code
            and cells.as_at_date = counts.as_at_date
            and cells.named_post = counts.named_post
            and coalesce(cells.directorate, '') = coalesce(counts.directorate, '')
            and cells.characteristic = counts.characteristic
            and groups.group_key = counts.group_key

),

printed as (

    select
        printed_scale,
        printed_step
    from {{ ref('direction_rules') }}
    where unit = 'fraction'

),

final as (

    select
        figures.organisation_code,
        figures.as_at_date,
        {{ reporting_year('figures.as_at_date') }} as reporting_year,
        case when figures.directorate is null then 'trust' else 'directorate' end as organisation_unit_level,
        coalesce(figures.directorate, 'trust') as organisation_unit,
        case when figures.directorate is not null then 'trust' end as organisation_unit_parent,
        figures.named_post,
        named_posts.named_post_label,
        figures.indicator_id,
        figures.characteristic,
        figures.group_key as "group",
        figures.group_label,
        cast(figures.applied_count as bigint) as applied_count,
        cast(figures.shortlisted_count as bigint) as shortlisted_count,
        cast(figures.interviewed_count as bigint) as interviewed_count,
        cast(figures.appointed_count as bigint) as appointed_count,
        cast(figures.appointed_at_interview_count as bigint) as appointed_at_interview_count,
        cast(figures.appointed_unshortlisted_count as bigint) as appointed_unshortlisted_count,
        cast(figures.all_applied_count as bigint) as all_applied_count,
        cast(figures.all_shortlisted_count as bigint) as all_shortlisted_count,
        cast(figures.all_appointed_count as bigint) as all_appointed_count,
        figures.applicant_share,
        {{ wilson_low('figures.applied_count', 'figures.all_applied_count') }} as applicant_share_ci_low,
        {{ wilson_high('figures.applied_count', 'figures.all_applied_count') }} as applicant_share_ci_high,
        {{ share('figures.shortlisted_count', 'figures.all_shortlisted_count') }} as shortlisted_share,
        {{ wilson_low('figures.shortlisted_count', 'figures.all_shortlisted_count') }} as shortlisted_share_ci_low,
        {{ wilson_high('figures.shortlisted_count', 'figures.all_shortlisted_count') }} as shortlisted_share_ci_high,
        {{ share('figures.appointed_count', 'figures.all_appointed_count') }} as appointed_share,
        {{ wilson_low('figures.appointed_count', 'figures.all_appointed_count') }} as appointed_share_ci_low,
        {{ wilson_high('figures.appointed_count', 'figures.all_appointed_count') }} as appointed_share_ci_high,
        {{ share('figures.shortlisted_count', 'figures.applied_count') }} as shortlisting_likelihood,
        {{ wilson_low('figures.shortlisted_count', 'figures.applied_count') }} as shortlisting_likelihood_ci_low,
        {{ wilson_high('figures.shortlisted_count', 'figures.applied_count') }} as shortlisting_likelihood_ci_high,
        {{ share('figures.interviewed_count', 'figures.shortlisted_count') }} as interview_likelihood,
        {{ wilson_low('figures.interviewed_count', 'figures.shortlisted_count') }} as interview_likelihood_ci_low,
        {{ wilson_high('figures.interviewed_count', 'figures.shortlisted_count') }} as interview_likelihood_ci_high,
        {{ share('figures.appointed_count', 'figures.shortlisted_count') }} as appointment_likelihood,
        {{ wilson_low('figures.appointed_count', 'figures.shortlisted_count') }} as appointment_likelihood_ci_low,
        {{ wilson_high('figures.appointed_count', 'figures.shortlisted_count') }} as appointment_likelihood_ci_high,
        {{ share('figures.appointed_at_interview_count', 'figures.interviewed_count') }}
            as success_at_interview_likelihood,
        {{ wilson_low('figures.appointed_at_interview_count', 'figures.interviewed_count') }}
            as success_at_interview_likelihood_ci_low,
        {{ wilson_high('figures.appointed_at_interview_count', 'figures.interviewed_count') }}
            as success_at_interview_likelihood_ci_high,
        previous.as_at_date as previous_as_at_date,
        previous.applicant_share as previous_applicant_share,
        figures.applicant_share / nullif(previous.applicant_share, 0) - 1 as applicant_share_growth,
        targets.target_form,
        cast(targets.target_value as double) as target_value,
        -- Compared as printed, to one decimal of a percentage: whole applicants cannot hit a growth of 10 % exactly.
        case targets.target_form
            when 'level'
                then
                    {{ printed_steps('figures.applicant_share', 'printed.printed_scale', 'printed.printed_step') }}
                    >= {{ printed_steps('targets.target_value', 'printed.printed_scale', 'printed.printed_step') }}
            when 'increase_on_year_before'
                then
                    {{ printed_steps('figures.applicant_share', 'printed.printed_scale', 'printed.printed_step') }}
                    >= {{ printed_steps(
                        'previous.applicant_share * (1 + targets.target_value)',
                        'printed.printed_scale',
                        'printed.printed_step'
                    ) }}
        end as is_target_reached,
        case
            when figures.all_applied_count = 0 then 'Nobody applied for the post in the year.'
        end as not_computed_because
    from figures
    inner join named_posts on figures.named_post = named_posts.named_post
    cross join printed
    left join figures as previous
        on
            figures.organisation_code = previous.organisation_code
            and figures.named_post = previous.named_post
            and coalesce(figures.directorate, '') = coalesce(previous.directorate, '')
            and figures.characteristic = previous.characteristic
            and figures.group_key = previous.group_key
            and previous.as_at_date = {{ one_year_earlier('figures.as_at_date') }}
    left join targets
        on
            figures.directorate is null
            and figures.indicator_id = targets.indicator_id
            and figures.named_post = targets.stratum
            and figures.group_key = targets.group_key
            and targets.reporting_year = {{ reporting_year('figures.as_at_date') }}

)

select * from final
