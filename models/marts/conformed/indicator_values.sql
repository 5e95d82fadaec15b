-- One row is one figure of one group: organisation × indicator × version × as-at date × unit × stratum × measure × group.
-- The site, the returns, the alerts and outside programs read this table. Every value is a fraction between 0 and 1.
with

representation as (

    {% for group in ['white', 'ethnic_minority', 'unknown'] %}
        select
            organisation_code,
            'wres_1' as indicator_id,
            snapshot_date as as_at_date,
            organisation_unit_level,
            organisation_unit,
            organisation_unit_parent,
            stratum,
            'share' as measure,
            '{{ group }}' as group_key,
            {{ group }}_count as numerator,
            all_count as denominator
        from {{ ref('wres_1_representation') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

profile as (

    select
        organisation_code,
        indicator_id,
        snapshot_date as as_at_date,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        stratum,
        'share' as measure,
        "group" as group_key,
        person_count as numerator,
        all_count as denominator
    from {{ ref('workforce_profile') }}

),

declaration as (

    {% for measure, group, numerator in [
            ('share', 'declared', 'declared_count'),
            ('share', 'declined', 'declined_count'),
            ('share', 'blank', 'blank_count'),
            ('share', 'unmapped', 'unmapped_count'),
            ('complete_share', 'all', 'complete_count'),
            ('usable_share', 'all', 'usable_count')
        ] %}
        select
            organisation_code,
            'declaration_' || field as indicator_id,
            snapshot_date as as_at_date,
            organisation_unit_level,
            organisation_unit,
            case when organisation_unit_level = 'directorate' then 'trust' end as organisation_unit_parent,
            'all' as stratum,
            '{{ measure }}' as measure,
            '{{ group }}' as group_key,
            {{ numerator }} as numerator,
            headcount as denominator
        from {{ ref('declaration_rates') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

figures as (

    select * from representation
    union all
    select * from profile
    union all
    select * from declaration

),

current_definitions as (

    select * from {{ ref('indicator_definitions') }}
    where is_computed and is_current_definition

),

share_method as (

    select method from {{ ref('figure_methods') }}
    where method_key = 'share'

),

final as (

    select
        figures.organisation_code,
        figures.indicator_id,
        current_definitions.definition_version,
        current_definitions.is_current_definition,
        {{ reporting_year('figures.as_at_date') }} as reporting_year,
        figures.as_at_date,
        figures.organisation_unit_level,
        figures.organisation_unit,
        figures.organisation_unit_parent,
        figures.stratum,
        figures.measure,
        figures.group_key as "group",
        cast(figures.numerator as decimal(18, 4)) as numerator,
        cast(figures.denominator as decimal(18, 4)) as denominator,
        {{ share('figures.numerator', 'figures.denominator') }} as value,
        cast(null as varchar) as value_text,
        'fraction' as unit,
        {{ wilson_low('figures.numerator', 'figures.denominator') }} as ci_low,
        {{ wilson_high('figures.numerator', 'figures.denominator') }} as ci_high,
        share_method.method,
        case when figures.denominator = 0 then 'Nobody is in the base.' end as not_computed_because
    from figures
    inner join current_definitions on figures.indicator_id = current_definitions.indicator_id
    cross join share_method

)

select * from final
