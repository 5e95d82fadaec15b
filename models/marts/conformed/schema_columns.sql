-- One row is one column that analysts can rely on, or could: what goes was announced one version before.
with

pledge as (

    select * from {{ ref('schema_pledge') }}

),

final as (

    select
        table_name,
        column_name,
        data_type,
        since_version,
        announced_in_version,
        gone_in_version
    from pledge

)

select * from final
