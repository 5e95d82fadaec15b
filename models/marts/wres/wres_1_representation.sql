-- One row is one cell of WRES indicator 1: a unit of the organisation at one snapshot, whole or cut by band, by clinical or
-- not, or by both (NHS WRES technical guidance, indicator 1). The unknown stay in the base of every share.
{{ representation(
    indicator_id='wres_1',
    characteristic='ethnicity',
    minority='ethnic_minority',
    groups=['white', 'ethnic_minority', 'unknown']
) }}
