{#- A share between 0 and 1; null where nobody is in the base. Both counts are cast first: integer division differs by engine. -#}
{% macro share(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}

{#- The same, null too where more are counted than are in the base: that is a share of something else. -#}
{% macro share_within(numerator, denominator) -%}
    case when {{ numerator }} <= {{ denominator }} then {{ share(numerator, denominator) }} end
{%- endmacro %}

{% macro more_than_the_base() -%}
    'It happened to more people than are in the base.'
{%- endmacro %}

{#- How many standard deviations hold 95 % of a normal distribution (two-sided); domain reference 7.2 prints it as 1.96. -#}
{% macro z_of_95_percent() -%}
    1.959964
{%- endmacro %}

{#-
    Wilson score interval of a share at 95 % (Wilson 1927; domain reference 7.2):
    (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n). Of 2 in 10 it is 0.0567 to 0.5098.
-#}
{% macro wilson_low(numerator, denominator) -%}
    {{ wilson_bound(numerator, denominator, '-') }}
{%- endmacro %}

{% macro wilson_high(numerator, denominator) -%}
    {{ wilson_bound(numerator, denominator, '+') }}
{%- endmacro %}

{% macro wilson_bound(numerator, denominator, sign) -%}
    {%- set z = z_of_95_percent() -%}
    {%- set n = 'nullif(cast(' ~ denominator ~ ' as double), 0)' -%}
    {%- set p = '(cast(' ~ numerator ~ ' as double) / ' ~ n ~ ')' -%}
    case
        when {{ denominator }} > 0
            then least(1e0, greatest(
                0e0,
                (
                    {{ p }} + {{ z }} * {{ z }} / (2 * {{ n }})
                    {{ sign }} {{ z }} * sqrt({{ p }} * (1 - {{ p }}) / {{ n }} + {{ z }} * {{ z }} / (4 * {{ n }} * {{ n }}))
                ) / (1 + {{ z }} * {{ z }} / {{ n }})
            ))
    end
{%- endmacro %}

{#- The same, null too where more are counted than are in the base. -#}
{% macro wilson_within(numerator, denominator, bound) -%}
    case
        when {{ numerator }} <= {{ denominator }}
            then {{ wilson_low(numerator, denominator) if bound == 'low' else wilson_high(numerator, denominator) }}
    end
{%- endmacro %}

{#-
    Newcombe's interval of the difference of two shares p - q at 95 % from the Wilson intervals of both
    (Newcombe 1998, method 10; domain reference 7.2). Each argument is a column.
-#}
{% macro newcombe_low(p, p_low, q, q_high) -%}
    {{ p }} - {{ q }}
    - sqrt(({{ p }} - {{ p_low }}) * ({{ p }} - {{ p_low }}) + ({{ q_high }} - {{ q }}) * ({{ q_high }} - {{ q }}))
{%- endmacro %}

{% macro newcombe_high(p, p_high, q, q_low) -%}
    {{ p }} - {{ q }}
    + sqrt(({{ p_high }} - {{ p }}) * ({{ p_high }} - {{ p }}) + ({{ q }} - {{ q_low }}) * ({{ q }} - {{ q_low }}))
{%- endmacro %}
