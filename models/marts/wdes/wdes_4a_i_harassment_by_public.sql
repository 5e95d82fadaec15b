-- One row is one survey year of WDES metric 4a i: who met harassment, bullying or abuse from patients, relatives or the
-- public at least once in twelve months (NHS WDES technical guidance).
{{ survey_indicator('wdes_4a_i', 'disabled', 'not_disabled') }}
