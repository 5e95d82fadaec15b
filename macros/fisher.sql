{#-
    Fisher's exact test (domain reference 7.2) sums how likely each table with the same margins is that is no more likely than the
    observed one. A table is told by its upper left cell; the others follow from its margins.
-#}

{#- The cells that a table with these margins can have, a row for each. The arguments are whole numbers. -#}
{% macro each_possible_cell(count_1, base_1, count_2, base_2) -%}
    {{ adapter.dispatch('each_whole_number', 'parity')(
        'greatest(0, ' ~ count_1 ~ ' + ' ~ count_2 ~ ' - ' ~ base_2 ~ ')',
        'least(' ~ base_1 ~ ', ' ~ count_1 ~ ' + ' ~ count_2 ~ ')'
    ) }}
{%- endmacro %}

{% macro default__each_whole_number(lowest, highest) -%}
    unnest(range({{ lowest }}, {{ highest }} + 1))
{%- endmacro %}

{#- The likeliest of these cells: nothing is weighed against a smaller one, so that no power runs over. -#}
{% macro likeliest_cell(count_1, base_1, count_2, base_2) -%}
    floor(({{ base_1 }} + 1) * ({{ count_1 }} + {{ count_2 }} + 1) / ({{ base_1 }} + {{ base_2 }} + 2e0))
{%- endmacro %}

{#- Logarithm of how likely the table with this cell is, but for what all tables with its margins share: 1 / (a! b! c! d!). -#}
{% macro log_weight_of_table(cell, count_1, base_1, count_2, base_2) -%}
    - {{ log_of_factorial(cell) }}
    - {{ log_of_factorial(base_1 ~ ' - ' ~ cell) }}
    - {{ log_of_factorial(count_1 ~ ' + ' ~ count_2 ~ ' - ' ~ cell) }}
    - {{ log_of_factorial(base_2 ~ ' - ' ~ count_1 ~ ' - ' ~ count_2 ~ ' + ' ~ cell) }}
{%- endmacro %}

{% macro log_of_factorial(number) -%}
    {{ adapter.dispatch('log_of_factorial', 'parity')(number) }}
{%- endmacro %}

{% macro default__log_of_factorial(number) -%}
    lgamma({{ number }} + 1e0)
{%- endmacro %}

{#-
    The two-sided p value of a table: its weights are the rows of a group. As likely within a ten-millionth is as likely, because
    the weights are rounded numbers. 3 of 4 against 1 of 4 gives 0.4857.
-#}
{% macro exact_p_value(log_weight, observed_log_weight, highest_log_weight) -%}
    least(1e0,
        sum(case
            when {{ log_weight }} <= {{ observed_log_weight }} + 1e-7 then exp({{ log_weight }} - {{ highest_log_weight }})
            else 0e0
        end)
        / sum(exp({{ log_weight }} - {{ highest_log_weight }}))
    )
{%- endmacro %}
