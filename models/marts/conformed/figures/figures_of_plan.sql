-- The figures of this family in the form of indicator_values.
{{ no_rows(columns_of_figures()) }}
