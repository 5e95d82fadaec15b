-- One row is what one figure leaves out for one reason, in the form of indicator_exclusions.
-- What WRES 2 to 4, WDES 2 and 3 leave out, and why.
select
    {{ exclusion_columns(
        indicator_id='indicator_id',
        definition_version='definition_version',
        as_at_date='as_at_date',
        organisation_unit_level="'trust'",
        organisation_unit="'trust'",
        reason='reason',
        counted='counted',
        excluded_count='excluded_count'
    ) }}
from {{ ref('int_event_exclusions') }}
