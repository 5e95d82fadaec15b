{#-
    Which row of a thing was known when. A case, an application or a completion may stand in several files; the newest file's row
    wins (landing contract). A row is known from its own file's date until the next file that has the same thing: `known_from_date`
    (the file's) and `known_before_date` (the next one's, empty for the newest).
-#}
{% macro known_before(thing) -%}
    lead(as_at_date) over (partition by organisation_code, {{ thing }} order by as_at_date)
{%- endmacro %}

{#- The row that held by the files dated up to a date: what was filed first for the year that ends on it. -#}
{% macro was_known_at(date_column) -%}
    (known_from_date <= {{ date_column }} and coalesce(known_before_date > {{ date_column }}, true))
{%- endmacro %}
