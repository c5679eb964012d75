"""Athena: SQL over the objects of Glue tables, run by DuckDB."""
