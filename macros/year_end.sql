{#- Whether a date is the last day of a year to 31 March: the date of the statutory figures (readings: periods and dates). -#}
{% macro is_year_end(date_column) -%}
    (extract(month from {{ date_column }}) = 3 and extract(day from {{ date_column }}) = 31)
{%- endmacro %}
