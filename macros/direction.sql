{#-
    A value as a count of printed steps: 0.2385 in steps of 0.1 of a percentage point is 239 (23.9 %; half a step goes up).
    The cast to a decimal comes before the rounding, so that 23.95 is 23.95 and not 23.949999.
-#}
{% macro printed_steps(value, printed_scale, printed_step) -%}
    round(cast({{ value }} * cast({{ printed_scale }} as double) / cast({{ printed_step }} as double) as decimal(28, 8)), 0)
{%- endmacro %}

{#-
    The trust's own rule of direction (readings, ratios): both values as printed, moved by at least the threshold.
    better_when: higher, lower, parity (closer to the parity given: 1 for a ratio, 0 for a difference), or none.
    All arguments are columns of printed steps but parity_steps.
-#}
{% macro direction_by_threshold(steps, previous_steps, threshold_steps, better_when, parity_steps) -%}
    case
        when {{ better_when }} = 'none' or {{ steps }} is null or {{ previous_steps }} is null then 'not_comparable'
        when abs({{ steps }} - {{ previous_steps }}) < {{ threshold_steps }} then 'no_clear_change'
        else {{ direction_of_move(steps, previous_steps, better_when, parity_steps) }}
    end
{%- endmacro %}

{#- Which way a move goes that is large enough, or sure enough, to be one. -#}
{% macro direction_of_move(this_value, previous_value, better_when, parity) -%}
    case
        when {{ better_when }} = 'higher' and {{ this_value }} > {{ previous_value }} then 'improved'
        when {{ better_when }} = 'higher' and {{ this_value }} < {{ previous_value }} then 'worsened'
        when {{ better_when }} = 'lower' and {{ this_value }} < {{ previous_value }} then 'improved'
        when {{ better_when }} = 'lower' and {{ this_value }} > {{ previous_value }} then 'worsened'
        when {{ better_when }} = 'parity' and abs({{ this_value }} - {{ parity }}) < abs({{ previous_value }} - {{ parity }})
            then 'improved'
        when {{ better_when }} = 'parity' and abs({{ this_value }} - {{ parity }}) > abs({{ previous_value }} - {{ parity }})
            then 'worsened'
        else 'no_clear_change'
    end
{%- endmacro %}
