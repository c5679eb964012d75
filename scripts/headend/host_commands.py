"""`headend local host …`: the EC2 instances that run in the local cloud, and what happens to them."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from headend import console
from headend.environments import repository_root
from headend.errors import UsageError
from headend.local_access import running_cloud
from headend.localcloud.hosts.host_metrics import SCENARIOS

app = typer.Typer(no_args_is_help=True, help="The hosts around a stream: see docs/how-to/watch-the-hosts.md.")


@app.command("list")
def list_(json_: Annotated[bool, typer.Option("--json", help="For another program to read.")] = False) -> None:
    """Show the running EC2 instances: id, Name tag, Region and scenario."""
    found = running_cloud(repository_root()).hosts()
    if json_:
        console.out.print(json.dumps(found, indent=2), markup=False)
        return
    for identifier, host in sorted(found.items()):
        name = f" {host['name']}" if host["name"] else ""
        console.out.print(f"{identifier}{name}, {host['region']}: {host['scenario']}", markup=False)
    if not found:
        console.tell("no EC2 instance runs; `aws ec2 run-instances` starts one: see docs/how-to/local-cloud.md")


@app.command(help=f"Play a scenario on a host; without a name, say what there is: {', '.join(sorted(SCENARIOS))}.")
def scenario(
    name: Annotated[str | None, typer.Argument(help="One of these.")] = None,
    host: Annotated[str, typer.Option(help="An instance's id or Name tag.")] = "*",
) -> None:
    """Play a scenario, or list them."""
    if name is None:
        for known, text in sorted(SCENARIOS.items()):
            console.out.print(f"{known:<{max(map(len, SCENARIOS))}}  {text}", markup=False)
        return
    if name not in SCENARIOS:
        raise UsageError(f"no host scenario {name!r}; there are: {', '.join(sorted(SCENARIOS))}")
    for identifier in running_cloud(repository_root()).set_host_scenario(host, name):
        console.out.print(f"{identifier}: {name}", markup=False)
