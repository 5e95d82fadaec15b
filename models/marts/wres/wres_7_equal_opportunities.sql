-- One row is one survey year of WRES indicator 7: who believes that the trust acts fairly in career progression and
-- promotion; do not know stays in the base (NHS WRES technical guidance).
{{ survey_indicator('wres_7', 'ethnic_minority', 'white') }}
