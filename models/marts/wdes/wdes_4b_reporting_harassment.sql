-- One row is one survey year of WDES metric 4b: who says that they or a colleague reported the last incident; do not
-- know and not applicable leave the base (NHS WDES technical guidance).
{{ survey_indicator('wdes_4b', 'disabled', 'not_disabled') }}
