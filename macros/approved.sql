{#-
    Whether two computations gave one figure. Two builds from the same files may add up fractions in another order, which moves
    the sixteenth digit; a billionth is far below anything that is printed.
-#}
{% macro same_figure(one, other) -%}
    coalesce(
        abs(cast({{ one }} as double) - cast({{ other }} as double)) <= 0.000000001, {{ one }} is null and {{ other }} is null
    )
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
