-- A theme, network, course, post, plan, status or outcome that a trust adds to its seed must have its row in seeds/catalogue, or
-- the figures that have it would reach readers unannounced.
with

words as (

    select
        'ftsu_theme' as place,
        theme as word
    from {{ ref('ftsu_theme_map') }}
    union
    select
        'ftsu_theme_group' as place,
        theme_group as word
    from {{ ref('ftsu_theme_map') }}
    union
    select
        'plan_actions_completed' as place,
        status_key as word
    from {{ ref('plan_status_map') }}
    union
    select
        'staff_network' as place,
        staff_network as word
    from {{ ref('staff_network_map') }}
    union
    select
        'training_course' as place,
        training_course as word
    from {{ ref('training_courses') }}
    union
    select
        'named_post' as place,
        named_post as word
    from {{ ref('named_posts') }}
    union
    select
        'plan' as place,
        plan as word
    from {{ ref('plan_list') }}
    union
    select
        'eds_outcome' as place,
        outcome as word
    from {{ ref('eds_outcome_list') }}

),

words_of_the_catalogue as (

    select
        indicator_id as place,
        group_key as word
    from {{ ref('indicator_groups') }}
    union
    select
        stratum_dimension as place,
        stratum_key as word
    from {{ ref('strata') }}

)

select words.*
from words
left join words_of_the_catalogue
    on
        words.place = words_of_the_catalogue.place
        and words.word = words_of_the_catalogue.word
where words_of_the_catalogue.word is null
