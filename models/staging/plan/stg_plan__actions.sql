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

source as (

    select * from {{ source('plan', 'plan_actions') }}

),

current_loads as (

    select load_id from {{ ref('stg_loads') }}
    where is_current

),

current_rows as (

    select * from source
    where load_id in (select current_loads.load_id from current_loads)

),

distinct_rows as (

    {{ identical_rows_made_one('current_rows', columns) }}

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
