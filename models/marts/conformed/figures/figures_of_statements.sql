-- One row is one figure in the form of indicator_values.
-- What the trust states and no data can tell: the answer; the words stay in the mart.
select
    {{ figure_columns(
        indicator_id="'wdes_9b'",
        as_at_date='as_at_date',
        measure="'answer'",
        group_key="'all'",
        value_text='answer',
        not_computed_because='not_computed_because'
    ) }}
from {{ ref('wdes_9b_voices') }}
