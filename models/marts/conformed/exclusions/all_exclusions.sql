-- One row is what one figure leaves out for one reason, in the form of indicator_exclusions.
-- What every family of indicators leaves out, one under the other.
{{ rows_of_each([
    'exclusions_of_people',
    'exclusions_of_events',
    'exclusions_of_board',
    'exclusions_of_pay_gap',
    'exclusions_of_staff_survey',
    'exclusions_of_culture'
], columns_of_exclusions()) }}
