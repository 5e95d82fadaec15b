-- The figures of the workforce profile in the form of indicator_values.
select
    {{ figure_columns(
        indicator_id='indicator_id',
        as_at_date='snapshot_date',
        measure="'share'",
        group_key='"group"',
        numerator='person_count',
        denominator='all_count'
    ) }}
from {{ ref('workforce_profile') }}
