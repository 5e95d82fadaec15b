-- One row is one survey year of WDES metric 6: who felt pressed by their manager to come to work, of those who came
-- although not well enough (NHS WDES technical guidance).
{{ survey_indicator('wdes_6', 'disabled', 'not_disabled') }}
