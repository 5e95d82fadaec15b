-- Whom the indicators of this family leave out, and why, in the form of indicator_exclusions.
{{ no_rows(columns_of_exclusions()) }}
