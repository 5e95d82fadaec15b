{#-
    HMAC-SHA-256 of a text under the trust's secret, in hexadecimal: equal to Python's
    hmac.new(secret, text, "sha256").hexdigest(). The padded keys are variables of the session that flows/pseudonymise.py
    sets; a session without them gets an error, never a key that anyone could compute.
-#}
{% macro pseudonym(column) -%}
    {{ adapter.dispatch('pseudonym', 'parity')(column) }}
{%- endmacro %}

{% macro duckdb__pseudonym(column) -%}
    sha256(
        {{ parity_session_key('parity_outer_pad') }}
        || unhex(sha256({{ parity_session_key('parity_inner_pad') }} || encode({{ column }})))
    )
{%- endmacro %}

{% macro parity_session_key(variable) -%}
    coalesce(
        cast(getvariable('{{ variable }}') as blob),
        error('This session has no key for pseudonyms: run it through parity or dbt.')
    )
{%- endmacro %}
