{#- One rule of the disclosure policy for what everyone may read (seeds/disclosure/disclosure_policy), as its text. -#}
{% macro open_rule(rule) -%}
    (select max(value) from {{ ref('disclosure_policy') }} where output = 'open' and rule = '{{ rule }}')
{%- endmacro %}

{#-
    The name of a cell: whom a number counts. The same name in two rows means the same people (seeds/disclosure/counted_people).
    `source` is the relation that has the eight columns; `stratum`, `characteristic` and `group_key` may be other expressions.
-#}
{% macro cell_id(source, unit_level='organisation_unit_level', unit='organisation_unit', stratum='stratum', characteristic='characteristic', group_key='group_key') -%}
    {%- set parts = [
        source ~ '.organisation_code', source ~ '.people', source ~ '.as_at_date',
        unit_level if unit_level.startswith("'") else source ~ '.' ~ unit_level,
        unit if unit.startswith("'") else source ~ '.' ~ unit,
        stratum if '.' in stratum else source ~ '.' ~ stratum,
        characteristic if '.' in characteristic or characteristic.startswith("'") else source ~ '.' ~ characteristic,
        group_key if '.' in group_key or group_key.startswith("'") else source ~ '.' ~ group_key,
    ] -%}
    md5(concat_ws(chr(31), {{ parts | join(', ') }}))
{%- endmacro %}
