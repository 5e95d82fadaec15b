-- An indicator whose files nobody knows could stay without figures unseen.
select distinct definitions.indicator_id
from {{ ref('indicator_definitions') }} as definitions
left join {{ ref('indicator_sources') }} as sources on definitions.indicator_id = sources.indicator_id
where definitions.is_computed and sources.indicator_id is null
