"""HTML pages that headend writes: one file each, from a template that lies beside the code."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape


def template(package: str, name: str) -> Template:
    """A package's template: values are escaped, a name that is not given is an error."""
    environment = Environment(
        loader=PackageLoader(package, "."),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)
