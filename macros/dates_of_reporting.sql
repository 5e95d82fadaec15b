{#- The year to 31 March that holds a date, as '2024/25' (readings: periods and dates). -#}
{% macro reporting_year(date_column) -%}
    case
        when extract(month from {{ date_column }}) >= 4
            then {{ year_and_next('extract(year from ' ~ date_column ~ ')') }}
        else {{ year_and_next('(extract(year from ' ~ date_column ~ ') - 1)') }}
    end
{%- endmacro %}

{% macro year_and_next(year) -%}
    cast({{ year }} as varchar) || '/' || right(cast({{ year }} + 1 as varchar), 2)
{%- endmacro %}

{#- The same day one year earlier; the last day of a month stays the last day (28 February 2025 follows 29 February 2024). -#}
{% macro one_year_earlier(date_column) -%}
    {{ years_earlier(date_column, 1) }}
{%- endmacro %}

{#- The same day some years earlier; the number of years may be a column. -#}
{% macro years_earlier(date_column, years) -%}
    {%- set years_before = dbt.dateadd('year', '-(' ~ years ~ ')', date_column) -%}
    cast(
        case
            when {{ date_column }} = {{ dbt.last_day(date_column, 'month') }}
                then {{ dbt.last_day(years_before, 'month') }}
            else {{ years_before }}
        end
        as date
    )
{%- endmacro %}
