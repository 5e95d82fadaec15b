-- Readings, movement: a promotion is a higher rank of the band list, so every ranked band has a rank of its own.
select
    band_rank,
    count(*) as band_count
from {{ ref('band_list') }}
where band_rank is not null
group by band_rank
having count(*) > 1
