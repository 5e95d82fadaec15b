-- One row is one version of the schema that analysts query.
with

history as (

    select * from {{ ref('schema_history') }}

),

final as (

    select
        schema_version,
        position,
        is_current,
        summary
    from history

)

select * from final
