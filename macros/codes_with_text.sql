{#-
    The values of a column that are a known code with its text. A letter before any text is no code: the text must be
    the code's own, in whatever punctuation. The one may go on where the other ends, because exports cut texts off and add
    to them; then `fewest_letters` of both, code included, must agree.
-#}
{% macro codes_with_text(relation, column, map, map_column) %}
    select distinct
        occurring.{{ column }},
        {{ map }}.ethnicity_key
    from (
        select distinct
            {{ column }},
            {{ coded_text_key(column) }} as text_key
        from {{ relation }}
    ) as occurring
    inner join {{ map }}
        on
            {{ map }}.fewest_letters is not null
            and {{ dbt.split_part('occurring.text_key', "'|'", 1) }}
            = {{ dbt.split_part(coded_text_key(map ~ '.' ~ map_column), "'|'", 1) }}
            and {{ texts_agree('occurring.text_key', coded_text_key(map ~ '.' ~ map_column), map ~ '.fewest_letters') }}
{% endmacro %}

{#-
    A code and the text after it as one key: `a|whitebritish`. Neither case, punctuation, dashes, spaces, "and" nor "or"
    matters.
-#}
{% macro coded_text_key(column) -%}
    {{ adapter.dispatch('coded_text_key', 'parity')(column) }}
{%- endmacro %}

{% macro duckdb__coded_text_key(column) -%}
    replace(
        regexp_replace(
            replace(
                replace(trim(regexp_replace(lower({{ column }}), '[^\p{L}\p{N}]+', ' ', 'g')), ' and ', ' '), ' or ', ' '
            ),
            ' ',
            '|'
        ),
        ' ',
        ''
    )
{%- endmacro %}

{#- The bar between code and text is no letter: so more than, not at least. -#}
{% macro texts_agree(one, other, fewest_letters) -%}
    {{ adapter.dispatch('texts_agree', 'parity')(one, other, fewest_letters) }}
{%- endmacro %}

{% macro duckdb__texts_agree(one, other, fewest_letters) -%}
    (
        {{ one }} = {{ other }}
        or (
            least(length({{ one }}), length({{ other }})) > {{ fewest_letters }}
            and (starts_with({{ one }}, {{ other }}) or starts_with({{ other }}, {{ one }}))
        )
    )
{%- endmacro %}
