{#-
    z of two shares with their common share as the variance (the two-proportion z-test; domain reference 7.2).
    Null where the two shares are both 0 or both 1: nothing varies, nothing can be tested.
-#}
{% macro two_proportion_z(numerator_1, denominator_1, numerator_2, denominator_2) -%}
    ({{ share(numerator_1, denominator_1) }} - {{ share(numerator_2, denominator_2) }})
    / nullif(sqrt(
        {{ share(numerator_1 ~ ' + ' ~ numerator_2, denominator_1 ~ ' + ' ~ denominator_2) }}
        * (1 - {{ share(numerator_1 ~ ' + ' ~ numerator_2, denominator_1 ~ ' + ' ~ denominator_2) }})
        * (1 / nullif(cast({{ denominator_1 }} as double), 0) + 1 / nullif(cast({{ denominator_2 }} as double), 0))
    ), 0)
{%- endmacro %}

{#- The smallest of the four counts that one would expect if both groups had the same share: the z-test wants 5 or more. -#}
{% macro smallest_expected_count(numerator_1, denominator_1, numerator_2, denominator_2) -%}
    least({{ denominator_1 }}, {{ denominator_2 }}) * least(
        {{ share(numerator_1 ~ ' + ' ~ numerator_2, denominator_1 ~ ' + ' ~ denominator_2) }},
        1 - {{ share(numerator_1 ~ ' + ' ~ numerator_2, denominator_1 ~ ' + ' ~ denominator_2) }}
    )
{%- endmacro %}

{#-
    Two-sided p value of z under the normal distribution: erfc(|z| / √2), by the rational Chebyshev approximation of
    Numerical Recipes (section 6.2), whose relative error is under 1.2e-7 everywhere. Engines do not agree on having erfc.
    The argument is a column. z = 1.959964 gives 0.05.
-#}
{% macro p_value_of_z(z) -%}
    {%- set x = '(abs(' ~ z ~ ') / sqrt(2e0))' -%}
    {%- set t = '(1e0 / (1e0 + 0.5e0 * ' ~ x ~ '))' -%}
    {%- set coefficients = [
        '0.17087277e0', '-0.82215223e0', '1.48851587e0', '-1.13520398e0', '0.27886807e0',
        '-0.18628806e0', '0.09678418e0', '0.37409196e0', '1.00002368e0', '-1.26551223e0'
    ] -%}
    {%- set ns = namespace(polynomial=coefficients[0]) -%}
    {%- for coefficient in coefficients[1:] -%}
        {%- set ns.polynomial = '(' ~ coefficient ~ ' + ' ~ t ~ ' * ' ~ ns.polynomial ~ ')' -%}
    {%- endfor -%}
    case when {{ z }} is not null then least(1e0, {{ t }} * exp(-{{ x }} * {{ x }} + {{ ns.polynomial }})) end
{%- endmacro %}
