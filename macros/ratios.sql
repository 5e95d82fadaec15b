{#-
    Whether one of the four cells of two shares is empty: nobody, or everybody, in a group. Then 0.5 is added to each cell for the
    interval of their ratio (Haldane-Anscombe; domain reference 7.2). Counts and bases of two groups.
-#}
{% macro has_zero_cell(count_1, base_1, count_2, base_2) -%}
    (
        {{ count_1 }} = 0 or {{ count_2 }} = 0
        or {{ count_1 }} = {{ base_1 }} or {{ count_2 }} = {{ base_2 }}
    )
{%- endmacro %}

{#-
    Natural logarithm of the relative likelihood (count_1 / base_1) / (count_2 / base_2), `added` put to each of its four cells.
    Null where a cell that divides is still empty.
-#}
{% macro log_of_relative_likelihood(count_1, base_1, count_2, base_2, added) -%}
    ln(nullif({{ count_1 }} + {{ added }}, 0)) - ln(nullif({{ base_1 }} + 2 * {{ added }}, 0))
    - ln(nullif({{ count_2 }} + {{ added }}, 0)) + ln(nullif({{ base_2 }} + 2 * {{ added }}, 0))
{%- endmacro %}

{#-
    Standard error of that logarithm (Katz and others 1978; domain reference 7.2): √(1/a − 1/n1 + 1/b − 1/n2).
    With 30 of 1,928 and 47 of 5,761 the ratio is 1.91 and its interval at 95 % 1.21 to 3.01.
-#}
{% macro standard_error_of_relative_likelihood(count_1, base_1, count_2, base_2, added) -%}
    sqrt(greatest(0e0,
        1e0 / nullif({{ count_1 }} + {{ added }}, 0) - 1e0 / nullif({{ base_1 }} + 2 * {{ added }}, 0)
        + 1e0 / nullif({{ count_2 }} + {{ added }}, 0) - 1e0 / nullif({{ base_2 }} + 2 * {{ added }}, 0)
    ))
{%- endmacro %}

{#-
    Natural logarithm of a ratio of two ratios of counts (a / b) / (c / d), and its standard error √(1/a + 1/b + 1/c + 1/d): the four
    counts stand for themselves, as in the race disparity ratio (domain reference 1.9). `added` is put to each count.
-#}
{% macro log_of_ratio_of_ratios(a, b, c, d, added) -%}
    ln(nullif({{ a }} + {{ added }}, 0)) - ln(nullif({{ b }} + {{ added }}, 0))
    - ln(nullif({{ c }} + {{ added }}, 0)) + ln(nullif({{ d }} + {{ added }}, 0))
{%- endmacro %}

{% macro standard_error_of_ratio_of_ratios(a, b, c, d, added) -%}
    sqrt(
        1e0 / nullif({{ a }} + {{ added }}, 0) + 1e0 / nullif({{ b }} + {{ added }}, 0)
        + 1e0 / nullif({{ c }} + {{ added }}, 0) + 1e0 / nullif({{ d }} + {{ added }}, 0)
    )
{%- endmacro %}
