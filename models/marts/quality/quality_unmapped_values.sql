-- One row is one value that no map knows, in one field of one current load: counted, never guessed, never dropped.
-- The value itself is shown only where it looks like a code and enough rows have it; a shifted column must not tell names.
with

unmapped_values as (

    select * from {{ ref('int_unmapped_values') }}
    where row_count > 0

),

loads as (

    select * from {{ ref('stg_loads') }}

),

rules as (

    select
        max(case when shown_part = 'whole_value' then code_pattern end) as whole_pattern,
        max(case when shown_part = 'first_word' then code_pattern end) as word_pattern,
        max(smallest_row_count) as smallest_row_count
    from {{ ref('unmapped_value_rules') }}

),

headings as (

    select
        dataset,
        column_name,
        heading
    from {{ ref('landing_columns') }}

),

numbered as (

    select
        unmapped_values.*,
        {{ dbt.split_part('unmapped_values.field_value', "' '", 1) }} as first_word,
        row_number() over (
            partition by unmapped_values.load_id, unmapped_values.field
            order by unmapped_values.row_count desc, unmapped_values.field_value asc nulls last
        ) as value_number
    from unmapped_values

),

final as (

    select
        numbered.organisation_code,
        numbered.dataset,
        numbered.field,
        coalesce(headings.heading, numbered.field) as heading,
        numbered.as_at_date,
        cast(numbered.value_number as integer) as value_number,
        case
            when numbered.row_count < rules.smallest_row_count then null
            when {{ matches_whole('numbered.field_value', 'rules.whole_pattern') }} then numbered.field_value
            when
                numbered.first_word <> numbered.field_value
                and {{ matches_whole('numbered.first_word', 'rules.word_pattern') }}
                then numbered.first_word
        end as value_shown,
        numbered.field_value is null as is_blank,
        cast(numbered.row_count as bigint) as row_count,
        loads.file_name,
        numbered.first_lines,
        numbered.load_id,
        loads.is_current as is_current_load
    from numbered
    cross join rules
    inner join loads on numbered.load_id = loads.load_id
    left join headings
        on
            numbered.dataset = headings.dataset
            and numbered.field = headings.column_name
    where loads.is_current

)

select * from final
