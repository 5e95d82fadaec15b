{#- Each of the texts of a list as a row of its own; `;` stands between them. An empty list is one empty text. -#}
{% macro each_text_of(list) -%}
    {{ adapter.dispatch('each_text_of', 'parity')(list) }}
{%- endmacro %}

{% macro duckdb__each_text_of(list) -%}
    unnest(string_split(coalesce({{ list }}, ''), ';'))
{%- endmacro %}

{#- The first number in a text, without the commas between thousands: 10 of "10% increase"; null where there is none. -#}
{% macro first_number(text) -%}
    {{ adapter.dispatch('first_number', 'parity')(text) }}
{%- endmacro %}

{% macro duckdb__first_number(text) -%}
    try_cast(regexp_extract(replace({{ text }}, ',', ''), '[0-9]+([.][0-9]+)?') as double)
{%- endmacro %}

{#-
    Whether a figure has reached its target, compared in printed steps so that 1.3 printed is 1.3 reached. A unit without a rule of
    printing is compared as it is. `side` is at_least or at_most. All arguments are columns.
-#}
{% macro has_reached(value, target, side, printed_scale, printed_step) -%}
    case
        when {{ printed_scale }} is null and {{ side }} = 'at_least' then {{ value }} >= {{ target }}
        when {{ printed_scale }} is null then {{ value }} <= {{ target }}
        when {{ side }} = 'at_least'
            then
                {{ printed_steps(value, printed_scale, printed_step) }}
                >= {{ printed_steps(target, printed_scale, printed_step) }}
        else
            {{ printed_steps(value, printed_scale, printed_step) }}
            <= {{ printed_steps(target, printed_scale, printed_step) }}
    end
{%- endmacro %}
