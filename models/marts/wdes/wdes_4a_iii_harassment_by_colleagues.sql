-- One row is one survey year of WDES metric 4a iii: who met harassment, bullying or abuse from other colleagues at least
-- once in twelve months (NHS WDES technical guidance).
{{ survey_indicator('wdes_4a_iii', 'disabled', 'not_disabled') }}
