"""The way that data takes: ingest, build, check, publish, alert. One module a verb, one Prefect flow over them."""
