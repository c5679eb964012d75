"""`headend asl …`: what is known about a state machine's definition before it runs."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Know a state machine before it runs: lint, iam, diagram, cost.")
