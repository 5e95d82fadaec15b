-- One row is what one figure leaves out for one reason, in the form of indicator_exclusions.
-- What the figures of culture leave out, and why. An application that a file has twice, and an
-- appointment without shortlisting, are told of all posts.
{% for indicator in ['ftsu_theme', 'ftsu_theme_group', 'ftsu_gender', 'ftsu_ethnicity'] %}
    select
        {{ exclusion_columns(
            indicator_id="'" ~ indicator ~ "'",
            as_at_date='as_at_date',
            organisation_unit_level="'trust'",
            organisation_unit="'trust'",
            reason='reason',
            counted="'concerns'",
            excluded_count='excluded_count'
        ) }}
    from {{ ref('int_concern_exclusions') }}
    union all
{% endfor %}
select
    {{ exclusion_columns(
        indicator_id='indicator_id',
        as_at_date='as_at_date',
        reason="'not_employed'",
        counted="'people'",
        excluded_count='anyone_completed_count - completed_count'
    ) }}
from {{ ref('training_coverage') }}
where anyone_completed_count > completed_count
union all
select
    {{ exclusion_columns(
        indicator_id='indicator_id',
        as_at_date='as_at_date',
        reason="'appointed_without_shortlisting'",
        counted="'applications'",
        excluded_count='sum(appointed_unshortlisted_count)'
    ) }}
from {{ ref('positive_action_recruitment') }}
where named_post = 'all' and organisation_unit_level = 'trust' and appointed_unshortlisted_count > 0
group by organisation_code, indicator_id, as_at_date, organisation_unit_level, organisation_unit
{% for characteristic in ['ethnicity', 'disability', 'gender'] %}
    union all
    select
        {{ exclusion_columns(
            indicator_id="'positive_action_recruitment_" ~ characteristic ~ "'",
            as_at_date='as_at_date',
            organisation_unit_level="'trust'",
            organisation_unit="'trust'",
            reason="'repeated_in_file'",
            counted="'applications'",
            excluded_count='count(*)'
        ) }}
    from {{ ref('int_applications') }}
    where not is_last_in_file
    group by organisation_code, as_at_date
{% endfor %}
