"""`headend local fault …`: faults on purpose in the running local cloud."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from headend import console
from headend.environments import repository_root
from headend.errors import HeadendError, UsageError
from headend.local_access import running_cloud

app = typer.Typer(no_args_is_help=True, help="Faults on purpose: see docs/how-to/break-things.md.")


@app.command()
def add(
    kind: Annotated[
        str,
        typer.Argument(
            help="throttle, latency, error, function-crash, function-timeout, function-out-of-memory, topic-publish, "
            "topic-delivery or region-gone."
        ),
    ],
    service: Annotated[str | None, typer.Option(help="As in the AWS CLI: sqs, stepfunctions, …")] = None,
    operation: Annotated[str | None, typer.Option(help="One operation of the service, such as SendMessage.")] = None,
    region: Annotated[str | None, typer.Option(help="Only there. Default: all.")] = None,
    rate: Annotated[float | None, typer.Option(help="Share of requests that are hit, 0 to 1. Default: 1.")] = None,
    function: Annotated[str | None, typer.Option(help="A function's name or ARN. Default: all.")] = None,
    topic: Annotated[str | None, typer.Option(help="A topic's name or ARN. Default: all.")] = None,
    latency: Annotated[str | None, typer.Option(help="How long requests wait: 0.5, 30s, 2m.")] = None,
    status: Annotated[int | None, typer.Option(help="Of error (503), or of a topic's refusal (403).")] = None,
    for_: Annotated[str | None, typer.Option("--for", help="Ends after this time: 30s, 5m, 2h.")] = None,
    count: Annotated[int | None, typer.Option(help="Ends after so many hits.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed draws other hits.")] = None,
) -> None:
    """Begin a fault, and print its id."""
    given = {
        "service": service,
        "operation": operation,
        "region": region,
        "rate": rate,
        "function": function,
        "topic": topic,
        "latency": latency,
        "status": status,
        "for": for_,
        "count": count,
        "seed": seed,
    }
    cloud = running_cloud(repository_root())
    try:
        made = cloud.add_fault(kind, **{name: value for name, value in given.items() if value is not None})
    except HeadendError as error:
        raise UsageError(str(error)) from error
    console.out.print(made["id"], markup=False)


@app.command("list")
def list_(json_: Annotated[bool, typer.Option("--json", help="For another program to read.")] = False) -> None:
    """Show the faults that there are, and how often each has hit."""
    found = running_cloud(repository_root()).faults()
    if json_:
        console.out.print(json.dumps(found, indent=2), markup=False)
    for one in [] if json_ else found:
        console.out.print(f"{one['id']}: {one['text']}, {one['hits']} hits", markup=False)


@app.command()
def clear(identifier: Annotated[str | None, typer.Argument(metavar="ID", help="Default: all.")] = None) -> None:
    """End one fault, or all."""
    for ended in running_cloud(repository_root()).clear_faults(identifier):
        console.out.print(f"ended: {ended}", markup=False)
