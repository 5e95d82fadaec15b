{#-
    Whether two computations gave one figure. Two builds from the same files may add up fractions in another order, which moves
    the sixteenth digit; a billionth is far below anything that is printed.
-#}
{% macro same_figure(one, other) -%}
    coalesce(
        abs(cast({{ one }} as double) - cast({{ other }} as double)) <= 0.000000001, {{ one }} is null and {{ other }} is null
    )
{%- endmacro %}

{#- Whether two counts are one: as they are stored, to the fourth place (a mean of years may be a third). -#}
{% macro same_count(one, other) -%}
    {{ same_figure('cast(' ~ one ~ ' as decimal(18, 4))', other) }}
{%- endmacro %}

{#-
    Whether a signature is of a figure: all that makes a figure one, whichever definition made it. What is signed off is by the
    current definition, so the figures of other versions have none. Only equalities of two columns: anything else takes the hash
    from the join, which then lasts half a minute once a trust has signed everything.
-#}
{% macro is_signature_of(signed, figure, group_key='"group"', reference_group=none) -%}
    {{ figure }}.organisation_code = {{ signed }}.organisation_code
    and {{ figure }}.indicator_id = {{ signed }}.indicator_id
    and {{ figure }}.is_current_definition = {{ signed }}.is_current_definition
    and {{ figure }}.as_at_date = {{ signed }}.as_at_date
    and {{ figure }}.organisation_unit_level = {{ signed }}.organisation_unit_level
    and {{ figure }}.organisation_unit = {{ signed }}.organisation_unit
    and {{ figure }}.stratum = {{ signed }}.stratum
    and {{ figure }}.measure = {{ signed }}.measure
    and {{ figure }}.{{ group_key }} = {{ signed }}."group"
    {%- if reference_group %}
    and {{ figure }}.{{ reference_group }} = {{ signed }}.reference_group
    {%- endif %}
{%- endmacro %}

{#-
    What a figure is, beside its newest signature: draft without one, approved where definition, value and counts are as signed,
    else changed since. The only place that says so; what a conformed table does not have is left out.
-#}
{% macro status_of_figure(
    signed, figure, numerator, denominator, value_text='null', reference_numerator='null', reference_denominator='null'
) -%}
    case
        when {{ signed }}.approval_number is null then 'draft'
        when
            {{ figure }}.definition_version = {{ signed }}.definition_version
            and {{ same_figure(figure ~ '.value', signed ~ '.value') }}
            and coalesce({{ value_text }}, '') = coalesce({{ signed }}.value_text, '')
            and {{ same_count(numerator, signed ~ '.numerator') }}
            and {{ same_count(denominator, signed ~ '.denominator') }}
            and {{ same_count(reference_numerator, signed ~ '.reference_numerator') }}
            and {{ same_count(reference_denominator, signed ~ '.reference_denominator') }}
            then 'approved'
        else 'changed_since_approval'
    end
{%- endmacro %}

{#- A framework's name as it is typed: 'Pay gap' is pay_gap. -#}
{% macro framework_key(framework) -%}
    lower(replace({{ framework }}, ' ', '_'))
{%- endmacro %}

{#- What makes a figure one figure, whichever definition and release it came from. -#}
{% macro figure_key() -%}
    organisation_code, conformed_table, indicator_id, as_at_date, organisation_unit_level, organisation_unit, stratum, measure,
    group_key, reference_group
{%- endmacro %}
