{#- A gap is how much less the minority has, as a part of what the reference has: of £20 and £18 it is 0.1 (domain reference 3.1). -#}
{% macro gap(reference_value, minority_value) -%}
    ({{ reference_value }} - {{ minority_value }}) / nullif(cast({{ reference_value }} as double), 0)
{%- endmacro %}

{#- Standard error of a mean, or of a score, from its symmetric interval at 95 %. -#}
{% macro standard_error_of_interval(ci_low, ci_high) -%}
    (({{ ci_high }} - {{ ci_low }}) / (2 * {{ z_of_95_percent() }}))
{%- endmacro %}

{#-
    Standard error of a gap 1 − m / r by the delta method (readings: pay), from both means and their standard errors:
    (m / r) √((se_m / m)² + (se_r / r)²), written so that a mean of nought does not divide.
-#}
{% macro standard_error_of_gap(reference_value, reference_error, minority_value, minority_error) -%}
    sqrt(
        {{ minority_error }} * {{ minority_error }}
        + {{ minority_value }} * {{ minority_value }} * {{ reference_error }} * {{ reference_error }}
        / nullif(cast({{ reference_value }} as double) * {{ reference_value }}, 0)
    ) / nullif(abs(cast({{ reference_value }} as double)), 0)
{%- endmacro %}
