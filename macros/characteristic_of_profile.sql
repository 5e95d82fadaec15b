{#- workforce_profile_age is the profile by age. -#}
{% macro characteristic_of_profile(indicator_id) -%}
    replace({{ indicator_id }}, 'workforce_profile_', '')
{%- endmacro %}
