-- One row is one figure in the form of indicator_values.
-- The figures of every family of indicators, one under the other.
{{ rows_of_each([
    'figures_of_representation',
    'figures_of_events',
    'figures_of_board',
    'figures_of_staff_survey',
    'figures_of_statements',
    'figures_of_pay_gap',
    'figures_of_workforce',
    'figures_of_declaration',
    'figures_of_eds',
    'figures_of_plan',
    'figures_of_culture'
], columns_of_figures()) }}
