-- One row is one action of one of the trust's plans.
{% set columns = [
    'plan',
    'reference',
    'action',
    'indicator_ids',
    'target',
    'baseline',
    'due_date',
    'status',
    'owner'
] %}
with

distinct_rows as (

    {{ distinct_rows_of_current_loads(source('plan', 'plan_actions'), columns) }}

),

final as (

    select
        organisation_code,
        as_at_date,
        load_id,
        file_line,
        {{ trimmed('plan') }} as plan,
        {{ trimmed('reference') }} as reference,
        {{ trimmed('action') }} as action,
        {{ trimmed('indicator_ids') }} as indicator_ids,
        {{ trimmed('target') }} as target,
        {{ trimmed('baseline') }} as baseline,
        due_date,
        {{ trimmed('status') }} as status,
        {{ trimmed('owner') }} as owner
    from distinct_rows

)

select * from final
