-- One row is one application under one post that the plans name (seeds/culture/named_posts.csv), and one under `all` posts: an
-- application may stand under several. Of an application that a file has twice its last row counts.
{{ config(materialized='table') }}
with

applications as (

    select * from {{ ref('int_applications') }}
    where is_last_in_file

),

directorates as (

    select * from {{ ref('int_directorates') }}

),

directorate_map as (

    select * from {{ ref('directorate_map') }}

),

named_posts as (

    select
        *,
        {{ lookup_key('match_text') }} as match_key
    from {{ ref('named_posts') }}

),

{{ names_of_directorates('applications') }},

printed as (

    select distinct
        'post_title' as match_column,
        coalesce(post_title, '(blank)') as printed
    from applications
    union all
    select distinct
        'directorate' as match_column,
        coalesce(directorate, '(blank)') as printed
    from applications

),

matches as (

    select distinct
        printed.match_column,
        printed.printed,
        named_posts.named_post
    from printed
    inner join named_posts
        on
            printed.match_column = named_posts.match_column
            and (
                {{ lookup_key('printed.printed') }} = named_posts.match_key
                or (
                    named_posts.match_form = 'contains'
                    and {{ dbt.position('named_posts.match_key', lookup_key('printed.printed')) }} > 0
                )
            )

),

posts_of_applications as (

    select
        load_id,
        file_line,
        'all' as named_post
    from applications
    {% for column in ['post_title', 'directorate'] %}
        union
        select
            applications.load_id,
            applications.file_line,
            matches.named_post
        from applications
        inner join matches
            on
                matches.match_column = '{{ column }}'
                and coalesce(applications.{{ column }}, '(blank)') = matches.printed
    {% endfor %}
),

final as (

    select
        applications.organisation_code,
        applications.as_at_date,
        applications.load_id,
        applications.file_line,
        posts_of_applications.named_post,
        directorate_names.directorate,
        applications.is_shortlisted,
        applications.is_interviewed,
        applications.is_appointed,
        applications.gender,
        applications.ethnicity_group,
        applications.disability_group
    from applications
    inner join posts_of_applications
        on
            applications.load_id = posts_of_applications.load_id
            and applications.file_line = posts_of_applications.file_line
    left join directorate_names
        on
            applications.organisation_code = directorate_names.organisation_code
            and applications.as_at_date = directorate_names.as_at_date
            and coalesce(applications.directorate, 'Unknown') = directorate_names.printed

)

select * from final
