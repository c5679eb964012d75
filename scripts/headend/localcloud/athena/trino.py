"""What of Trino's SQL is there: the functions by name, and those that DuckDB calls otherwise, as macros.

A function that is not listed is refused as Athena refuses an unknown one, though DuckDB may have it.

Source: https://docs.aws.amazon.com/athena/latest/ug/functions-env3.html
"""

from __future__ import annotations

from datetime import datetime

# fmt: off
SAME = frozenset({
    "abs", "arbitrary", "array_agg", "array_distinct", "array_extract", "array_join", "array_sort", "avg", "bool_and",
    "bool_or", "cardinality", "ceil", "ceiling", "chr", "coalesce", "concat", "contains", "corr", "cos", "count",
    "count_if", "count_star", "covar_pop", "covar_samp", "cume_dist", "current_date", "current_timestamp", "date",
    "date_diff", "date_part", "date_trunc", "day", "degrees", "dense_rank", "e", "exp", "first_value", "floor",
    "geometric_mean", "greatest", "hour", "if", "lag", "last_value", "lead", "least", "length", "like_escape",
    "list_value", "ln", "localtimestamp", "log10", "log2", "lower", "lpad", "ltrim", "map", "max", "max_by", "md5",
    "min", "min_by", "minute", "mod", "month", "nth_value", "ntile", "nullif", "percent_rank", "pi", "pow", "power",
    "quarter", "radians", "rank", "regexp_replace", "regr_intercept", "regr_slope", "replace", "reverse", "round",
    "row", "row_number", "rpad", "rtrim", "second", "sign", "sin", "split", "split_part", "sqrt", "starts_with",
    "stddev", "stddev_pop", "stddev_samp", "strpos", "struct_extract", "substr", "substring", "sum", "tan", "timezone",
    "to_days", "to_hours", "to_minutes", "to_months", "to_seconds", "to_weeks", "to_years", "trim", "trunc",
    "try_cast", "unnest", "upper", "var_pop", "var_samp", "variance", "week", "year",
})
# fmt: on
"""Functions that do the same in both, and the names that DuckDB's parser gives to syntax."""

MYSQL = "replace(replace(replace(replace(f, '%M', '%B'), '%i', '%M'), '%s', '%S'), '%T', '%H:%M:%S')"
MACROS = {
    "approx_distinct": "approx_distinct(x) AS approx_count_distinct(x)",
    "approx_percentile": "approx_percentile(x, p) AS quantile_cont(x, p)",
    "date_add": "date_add(u, n, t) AS t + n * CAST('1 ' || u AS INTERVAL)",
    "date_format": f"date_format(t, f) AS strftime(t, {MYSQL})",
    "element_at": "element_at(a, i) AS a[i]",
    "from_iso8601_date": "from_iso8601_date(s) AS CAST(s AS DATE)",
    "from_iso8601_timestamp": "from_iso8601_timestamp(s) AS CAST(s AS TIMESTAMPTZ)",
    "from_unixtime": "from_unixtime(s) AS to_timestamp(s)",
    "json_extract_scalar": "json_extract_scalar(j, p) AS json_extract_string(j, p)",
    "regexp_like": "regexp_like(s, p) AS regexp_matches(s, p)",
    "to_unixtime": "to_unixtime(t) AS epoch(t)",
}
NOW = ("now", "get_current_timestamp", "transaction_timestamp")
TODAY = ("current_date", "today")
KNOWN = SAME | frozenset(MACROS) | {"now"}


def macros(now: datetime) -> list[str]:
    """The statements that make the functions, for a query that runs at `now` (UTC)."""
    moment = f"TIMESTAMPTZ '{now:%Y-%m-%d %H:%M:%S.%f}+00'"
    texts = list(MACROS.values())
    texts += [f"{name}() AS {moment}" for name in NOW]
    texts += [f"{name}() AS DATE '{now:%Y-%m-%d}'" for name in TODAY]
    return [f"CREATE MACRO {text}" for text in texts]
