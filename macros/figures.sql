{#-
    The form in which every family of indicators hands its figures to indicator_values. `definition_version` null is the
    current one; `value` null is numerator / denominator; `ci_low`, `ci_high` and `method_key` null follow the measure's rule in
    seeds/catalogue/measures.csv.
-#}
{% macro columns_of_figures() -%}
    {{ return({
        'organisation_code': 'varchar',
        'indicator_id': 'varchar',
        'definition_version': 'varchar',
        'as_at_date': 'date',
        'organisation_unit_level': 'varchar',
        'organisation_unit': 'varchar',
        'organisation_unit_parent': 'varchar',
        'stratum': 'varchar',
        'measure': 'varchar',
        'group_key': 'varchar',
        'numerator': 'decimal(18, 4)',
        'denominator': 'decimal(18, 4)',
        'value': 'double',
        'value_text': 'varchar',
        'ci_low': 'double',
        'ci_high': 'double',
        'method_key': 'varchar',
        'not_computed_because': 'varchar'
    }) }}
{%- endmacro %}

{#- The form in which every family tells whom, or what, an indicator leaves out, and why. -#}
{% macro columns_of_exclusions() -%}
    {{ return({
        'organisation_code': 'varchar',
        'indicator_id': 'varchar',
        'definition_version': 'varchar',
        'as_at_date': 'date',
        'organisation_unit_level': 'varchar',
        'organisation_unit': 'varchar',
        'reason': 'varchar',
        'counted': 'varchar',
        'excluded_count': 'bigint'
    }) }}
{%- endmacro %}

{#- A select of these columns without a row. -#}
{% macro no_rows(columns) -%}
    select
        {%- for name, data_type in columns.items() %}
        cast(null as {{ data_type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
{%- endmacro %}

{#- Rows of several models one under the other, in the columns of one form. -#}
{% macro rows_of_each(models, columns) -%}
    {%- for model in models %}
    select
        {%- for name, data_type in columns.items() %}
        cast({{ name }} as {{ data_type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#-
    The columns of one figure: what is given, the unit's own columns where they are not, null for the rest. For example
    figure_columns(indicator_id="'wres_1'", as_at_date='snapshot_date', measure="'share'", group_key="'white'",
    numerator='white_count', denominator='all_count').
-#}
{% macro figure_columns() -%}
    {{ columns_or_null(columns_of_figures(), kwargs) }}
{%- endmacro %}

{% macro exclusion_columns() -%}
    {{ columns_or_null(columns_of_exclusions(), kwargs) }}
{%- endmacro %}

{% macro columns_or_null(columns, given) -%}
    {%- set of_the_unit = [
        'organisation_code', 'organisation_unit_level', 'organisation_unit', 'organisation_unit_parent', 'stratum'
    ] -%}
    {%- for name, data_type in columns.items() -%}
        {%- set otherwise = name if name in of_the_unit else 'null' -%}
        cast({{ given.get(name, otherwise) }} as {{ data_type }}) as {{ name }}{{ ',\n    ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
