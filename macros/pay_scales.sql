{#-
    The band of each pay scale that occurs (seeds/maps/pay_scale_map.csv): by the whole scale where the map has it, else by its
    first two letters; unmapped scales have no band. A query over the CTEs named, to stand in a CTE of its own.
-#}
{% macro bands_of_pay_scales(relation, pay_scale_map='pay_scale_map') %}
    select
        occurring.pay_scale,
        coalesce(whole.band, leading_letters.band) as band
    from (select distinct pay_scale from {{ relation }}) as occurring
    left join {{ pay_scale_map }} as whole
        on
            whole.match = 'whole'
            and {{ spelling_key('occurring.pay_scale') }} = {{ spelling_key('whole.pay_scale') }}
    left join {{ pay_scale_map }} as leading_letters
        on
            leading_letters.match = 'first_two_letters'
            and upper(substring(occurring.pay_scale, 1, 2)) = leading_letters.pay_scale
{% endmacro %}
