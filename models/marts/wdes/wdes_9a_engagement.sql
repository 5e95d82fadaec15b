-- One row is one survey year of WDES metric 9a: the staff engagement score from 0 to 10 (NHS WDES technical guidance).
{{ survey_indicator('wdes_9a', 'disabled', 'not_disabled', 'score') }}
