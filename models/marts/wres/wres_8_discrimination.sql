-- One row is one survey year of WRES indicator 8: who met discrimination from a manager, team leader or colleague in
-- twelve months (NHS WRES technical guidance).
{{ survey_indicator('wres_8', 'ethnic_minority', 'white') }}
