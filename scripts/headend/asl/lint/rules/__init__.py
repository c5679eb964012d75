"""One module for each family of rules, each with `check(definition) -> Iterator[Finding]`, which the linter calls."""
