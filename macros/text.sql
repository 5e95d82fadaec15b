{#- A text without spaces at its ends, whatever kind of space; a text of spaces only is no text. -#}
{% macro trimmed(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}

{#- Every kind of space: Excel writes no-break spaces, which \s alone does not know. -#}
{% macro any_spaces() -%}
    '[\s\v\x1c-\x1f\x{85}\p{Z}]+'
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
                replace(replace(lower({{ column }}), '&', ' and '), chr(8211), '-'), {{ any_spaces() }}, ' ', 'g'
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
    regexp_replace(lower({{ column }}), {{ any_spaces() }}, '', 'g')
{%- endmacro %}

{#-
    Whether two rows of one level are of one unit, as two snapshots may spell it (readings: units of organisation). Within a
    snapshot no two directorates differ only in case or spaces; a team's name is taken as it stands.
-#}
{% macro same_unit(these_rows, other_rows) -%}
    case when {{ these_rows }}.organisation_unit_level = 'directorate'
        then {{ spelling_key(these_rows ~ '.organisation_unit') }}
        else {{ these_rows }}.organisation_unit
    end
    = case when {{ other_rows }}.organisation_unit_level = 'directorate'
        then {{ spelling_key(other_rows ~ '.organisation_unit') }}
        else {{ other_rows }}.organisation_unit
    end
{%- endmacro %}

{#- A whole number, or null where the text is none. -#}
{% macro whole_number(column) -%}
    {{ adapter.dispatch('whole_number', 'parity')(column) }}
{%- endmacro %}

{% macro duckdb__whole_number(column) -%}
    try_cast({{ column }} as integer)
{%- endmacro %}
