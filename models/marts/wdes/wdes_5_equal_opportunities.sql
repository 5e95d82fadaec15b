-- One row is one survey year of WDES metric 5: who believes that the trust acts fairly in career progression and
-- promotion; do not know stays in the base (NHS WDES technical guidance).
{{ survey_indicator('wdes_5', 'disabled', 'not_disabled') }}
