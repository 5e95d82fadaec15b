-- One row is one survey year of WDES metric 4a ii: who met harassment, bullying or abuse from managers at least once in
-- twelve months (NHS WDES technical guidance).
{{ survey_indicator('wdes_4a_ii', 'disabled', 'not_disabled') }}
