-- One row is one figure of one group: organisation × indicator × version × as-at date × unit × stratum × measure × group.
-- The site, the returns, the alerts and outside programs read this table. Shares are fractions between 0 and 1; the interval of a
-- figure of several rolling years is that of their sum over as many times the base.
with

figures as (

    select
        *,
        numerator > denominator as is_more_than_the_base
    from {{ ref('all_figures') }}

),

definitions as (

    select * from {{ ref('indicator_definitions') }}
    where is_computed

),

measures as (

    select * from {{ ref('measures') }}

),

figure_methods as (

    select * from {{ ref('figure_methods') }}

),

signed as (

    select
        *,
        true as is_current_definition
    from {{ ref('approved_figures') }}
    where is_latest and conformed_table = 'indicator_values'

),

defined_figures as (

    select
        figures.*,
        definitions.definition_version as version,
        definitions.is_current_definition,
        measures.unit,
        measures.interval_rule,
        figure_methods.method,
        case
            when measures.interval_rule = 'wilson' and figures.is_more_than_the_base then null
            else coalesce(figures.value, {{ share('figures.numerator', 'figures.denominator') }})
        end as figure_value,
        coalesce(cast(figures.numerator as double), figures.value * figures.denominator)
        * coalesce(definitions.rolling_years, 1) as counted,
        cast(figures.denominator as double) * coalesce(definitions.rolling_years, 1) as base
    from figures
    inner join definitions
        on
            figures.indicator_id = definitions.indicator_id
            and (
                figures.definition_version = definitions.definition_version
                or (figures.definition_version is null and definitions.is_current_definition)
            )
    inner join measures on figures.measure = measures.measure
    inner join figure_methods on coalesce(figures.method_key, measures.method_key) = figure_methods.method_key

),

computed_figures as (

    select
        organisation_code,
        indicator_id,
        version as definition_version,
        is_current_definition,
        {{ reporting_year('as_at_date') }} as reporting_year,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        stratum,
        measure,
        group_key as "group",
        numerator,
        denominator,
        figure_value as value,
        value_text,
        unit,
        case
            when figure_value is null then null
            when interval_rule = 'wilson' then coalesce(ci_low, {{ wilson_low('counted', 'base') }})
            else ci_low
        end as ci_low,
        case
            when figure_value is null then null
            when interval_rule = 'wilson' then coalesce(ci_high, {{ wilson_high('counted', 'base') }})
            else ci_high
        end as ci_high,
        method,
        case
            when figure_value is null and value_text is null
                then coalesce(
                    not_computed_because,
                    case when is_more_than_the_base and denominator > 0 then {{ more_than_the_base() }} end,
                    'Nobody is in the base.'
                )
        end as not_computed_because
    from defined_figures

),

final as (

    select
        computed_figures.*,
        {{ status_of_figure(
            'signed', 'computed_figures',
            numerator='computed_figures.numerator',
            denominator='computed_figures.denominator',
            value_text='computed_figures.value_text'
        ) }} as status
    from computed_figures
    left join signed
        on {{ is_signature_of('signed', 'computed_figures') }}

)

select * from final
