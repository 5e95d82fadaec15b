-- One row is one survey year of WRES indicator 6: who met harassment, bullying or abuse from managers or colleagues at
-- least once in twelve months. The printed question Q14b_c, and no sum of two questions: who met both would count twice
-- (NHS WRES technical guidance).
{{ survey_indicator('wres_6', 'ethnic_minority', 'white') }}
