-- One row is one survey year of WRES indicator 5: who met harassment, bullying or abuse from patients, relatives or the
-- public at least once in twelve months (NHS WRES technical guidance).
{{ survey_indicator('wres_5', 'ethnic_minority', 'white') }}
