-- Every indicator has one definition to publish now; the older ones only explain older figures.
select
    indicator_id,
    sum(case when is_current_definition then 1 else 0 end) as current_count
from {{ ref('indicator_definitions') }}
group by indicator_id
having sum(case when is_current_definition then 1 else 0 end) <> 1
