-- One row is one cell of WDES metric 1: a unit of the organisation at one snapshot, whole or cut by cluster of bands, by
-- clinical or not, by both, or by band (NHS WDES technical guidance, metric 1). The unknown stay in the base of every share.
{{ representation(
    indicator_id='wdes_1',
    characteristic='disability_group',
    minority='disabled',
    groups=['disabled', 'not_disabled', 'unknown'],
    with_clusters=true
) }}
