{#-
    A value as it is printed with so many decimals: half goes up, away from zero (2.5 is 3, -2.5 is -3). The cast to a decimal
    comes before the rounding, so that 23.85 is 23.9 although a computer holds 23.849999. Null beyond four decimals.
-#}
{% macro printed(value, decimals) -%}
    {%- set exact = 'cast(' ~ value ~ ' as decimal(28, 10))' -%}
    cast(
        case {{ decimals }}
            {%- for count in range(5) %}
            when {{ count }} then cast(round({{ exact }}, {{ count }}) as decimal(18, 4))
            {%- endfor %}
        end
        as decimal(18, 4)
    )
{%- endmacro %}

{#- Half a step of the last printed decimal: 0.5 of a whole number, 0.05 with one decimal. What is printed may be so far off. -#}
{% macro half_a_printed_step(decimals) -%}
    cast(
        case {{ decimals }}
            {%- for count in range(5) %}
            when {{ count }} then 0.{{ '0' * count }}5
            {%- endfor %}
        end
        as decimal(18, 5)
    )
{%- endmacro %}

{#-
    The smallest and the largest base of which a count is a printed percentage, half going up: 4,837 people are 59 % of 8,130 to
    8,198. In whole numbers: 100 c / N < p + h and 100 c / N >= p - h. No largest one where 0 % is printed.
-#}
{% macro smallest_base(count, percentage, decimals) -%}
    cast(floor(100 * cast({{ count }} as double) / ({{ percentage }} + {{ half_a_printed_step(decimals) }})) + 1 as bigint)
{%- endmacro %}

{% macro largest_base(count, percentage, decimals) -%}
    cast(
        floor(
            100 * cast({{ count }} as double)
            / case
                when {{ percentage }} > {{ half_a_printed_step(decimals) }}
                    then {{ percentage }} - {{ half_a_printed_step(decimals) }}
            end
        )
        as bigint
    )
{%- endmacro %}

{#-
    Whether a figure agrees with what was printed, by the unit's rule: equal when rounded to the printed decimals, more or less than
    the printed bound, or the same word. Null where there is nothing to compare.
-#}
{% macro agrees_with_printed(computed_value, computed_text) -%}
    case agreement
        when 'equal_as_printed' then {{ printed(computed_value, 'decimals') }} = printed_number
        when 'more_than' then {{ computed_value }} > printed_number
        when 'less_than' then {{ computed_value }} < printed_number
        when 'same_word' then lower({{ computed_text }}) = lower(published_value)
    end
{%- endmacro %}

{#- The same as a text with all its decimals, as a document has it: 31.0. -#}
{% macro printed_text(value, decimals) -%}
    case {{ decimals }}
        {%- for count in range(5) %}
        when {{ count }} then cast(cast({{ printed(value, decimals) }} as decimal(18, {{ count }})) as varchar)
        {%- endfor %}
    end
{%- endmacro %}
