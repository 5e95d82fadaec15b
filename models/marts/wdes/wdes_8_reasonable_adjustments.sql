-- One row is one survey year of WDES metric 8: for whom reasonable adjustments were made, of the people with a long-term
-- condition who need any; no adjustment required leaves the base (NHS WDES technical guidance).
{{ survey_indicator('wdes_8', 'disabled', none) }}
