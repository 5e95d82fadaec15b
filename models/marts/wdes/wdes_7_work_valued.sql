-- One row is one survey year of WDES metric 7: who is satisfied or very satisfied with how far the trust values their
-- work (NHS WDES technical guidance).
{{ survey_indicator('wdes_7', 'disabled', 'not_disabled') }}
