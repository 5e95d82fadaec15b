-- One row is the pay gap of one cell, people from ethnic minorities beside white people: organisation × date × unit × stratum × minority group
-- (domain reference 3; readings: pay). The unknown are left out of the gap and counted.
{{ pay_gap_mart('pay_gap_ethnicity') }}
