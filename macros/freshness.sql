{#-
    Lateness is about the date that the data stand for, not about the hour of their load, and it is measured against the
    as-of date (PARITY_AS_OF, set by the run), so that the same inputs give the same verdict on any day.
-#}
{% macro newest_as_at_date(relation) -%}
    select cast(max(as_at_date) as timestamp) as as_at_date from {{ relation }}
{%- endmacro %}

{% macro default__collect_freshness_custom_sql(source, loaded_at_query) %}
    {% call statement('collect_freshness_custom_sql', fetch_result=True, auto_begin=False) -%}
        with newest as (
            {{ loaded_at_query }}
        )

        select
            (select as_at_date from newest) as max_loaded_at,
            {{ as_of_timestamp() }} as snapshotted_at
    {%- endcall %}
    {{ return(load_result('collect_freshness_custom_sql')) }}
{% endmacro %}

{% macro as_of_timestamp() -%}
    {%- if env_var('PARITY_AS_OF', '') -%}
        cast('{{ env_var("PARITY_AS_OF", "") }}' as timestamp)
    {%- else -%}
        {{ current_timestamp() }}
    {%- endif -%}
{%- endmacro %}
