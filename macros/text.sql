{#- A text without spaces at its ends; a text of spaces only is no text. -#}
{% macro trimmed(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}

{#-
    The form in which two spellings of one value are equal: case, runs of spaces, "&" for "and" and long dashes do not
    matter. No value becomes `(blank)`, so that a map can say what a blank means.
-#}
{% macro lookup_key(column) -%}
    {{ adapter.dispatch('lookup_key', 'parity')(column) }}
{%- endmacro %}

{% macro duckdb__lookup_key(column) -%}
    coalesce(
        nullif(
            trim(regexp_replace(
                replace(replace(lower({{ column }}), '&', ' and '), chr(8211), '-'), '\s+', ' ', 'g'
            )),
            ''
        ),
        '(blank)'
    )
{%- endmacro %}

{#- The form in which two spellings of a unit's name are equal: neither case nor any space matters. -#}
{% macro spelling_key(column) -%}
    {{ adapter.dispatch('spelling_key', 'parity')(column) }}
{%- endmacro %}

{% macro duckdb__spelling_key(column) -%}
    regexp_replace(lower({{ column }}), '\s+', '', 'g')
{%- endmacro %}

{#- A whole number, or null where the text is none. -#}
{% macro whole_number(column) -%}
    {{ adapter.dispatch('whole_number', 'parity')(column) }}
{%- endmacro %}

{% macro duckdb__whole_number(column) -%}
    try_cast({{ column }} as integer)
{%- endmacro %}
