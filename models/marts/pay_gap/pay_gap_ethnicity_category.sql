-- One row is the pay gap of one cell, each ethnic group of the census that is large enough beside White British people: organisation × date × unit × stratum × minority group
-- (domain reference 3; readings: pay). The unknown are left out of the gap and counted.
{{ pay_gap_mart('pay_gap_ethnicity_category') }}
