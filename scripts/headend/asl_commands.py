"""`headend asl …`: what is known about a state machine's definition before it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from headend import console
from headend.errors import HeadendError, UsageError

app = typer.Typer(no_args_is_help=True, help="Know a state machine before it runs: lint, iam, diagram, cost.")

DefinitionFiles = Annotated[list[Path], typer.Argument(help="Definitions: JSON, or YAML (.yaml, .yml).")]
ExecutionType = Annotated[
    str | None, typer.Option("--type", help="STANDARD or EXPRESS, where you know: the definition does not say.")
]


@app.command()
def lint(
    files: DefinitionFiles,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
    style: Annotated[str, typer.Option("--format", help="text, json, sarif or github.")] = "text",
    execution_type: ExecutionType = None,
) -> None:
    """Find what AWS will refuse, and what will fail when it runs. docs/lint.md explains every code."""
    from headend.asl.lint import formats
    from headend.asl.lint.linter import lint_file

    if style not in formats.FORMATS:
        raise UsageError(f"--format {style}: use one of {', '.join(formats.FORMATS)}")
    known = _execution_type(execution_type)
    findings = [finding for file in files for finding in lint_file(file, known)]
    if text := formats.written(findings, len(files), style):
        console.out.print(text, markup=False)
    failed = [finding for finding in findings if strict or finding.severity == "error"]
    summary = formats.summary(findings, len(files))
    if failed:
        raise HeadendError(f"{summary}: {formats.REFERENCE} explains each code")
    console.tell(summary)


@app.command()
def cost(
    file: Annotated[Path, typer.Argument(help="A definition: JSON, or YAML (.yaml, .yml).")],
    rate: Annotated[str | None, typer.Option(help="Executions: 240/month, 10/hour, 1/second.")] = None,
    schedule: Annotated[str | None, typer.Option(help='What starts it: "rate(3 hours)" or "cron(…)".')] = None,
    rounds: Annotated[
        list[str] | None, typer.Option(help="STATE=N: how often its loop goes round; N: all others.")
    ] = None,
    items: Annotated[list[str] | None, typer.Option(help="STATE=N: items of a Map state; N: all others.")] = None,
    take: Annotated[list[str] | None, typer.Option(help="CHOICE=STATE: where the usual path goes.")] = None,
    function: Annotated[
        list[str] | None, typer.Option(help="NAME=ms,MB[,arm64]: a function, by its name or a state's.")
    ] = None,
    duration: Annotated[
        list[str] | None, typer.Option(help="Milliseconds of an execution; STATE=ms: of a child of that Map state.")
    ] = None,
    memory: Annotated[int | None, typer.Option(help="MB of an execution as EXPRESS.")] = None,
    start_end: Annotated[int, typer.Option(help="Transitions that start and end of an execution count as.")] = 0,
    paths: Annotated[int, typer.Option(help="How many paths to list.", min=0)] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="For another program to read.")] = False,
) -> None:
    """Count state transitions and what an execution and a month of them cost. docs/how-to/asl-cost.md explains it."""
    from headend import prices
    from headend.asl import model
    from headend.asl.cost import question, report, sums

    known = prices.load()
    asked = question.asked(
        known.hours_in_a_month,
        question.Options(
            rate,
            schedule,
            rounds or (),
            items or (),
            take or (),
            function or (),
            duration or (),
            memory,
            start_end,
            paths,
        ),
    )
    answer = sums.cost(model.load(file), asked, known)
    console.out.print(json.dumps(report.data(answer)) if as_json else report.text(answer), markup=False)


def _execution_type(given: str | None) -> str | None:
    if given is None or given.upper() in ("STANDARD", "EXPRESS"):
        return given and given.upper()
    raise UsageError(f"--type {given}: use STANDARD or EXPRESS")


@app.command()
def iam(
    file: Annotated[Path, typer.Argument(help="A definition: JSON, or YAML (.yaml, .yml).")],
    as_json: Annotated[bool, typer.Option("--json", help="The policy with its reasons, for a program.")] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Which state needs what, and why a wildcard.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for <name>.policy.json and <name>.policy.md.")] = None,
    partition: Annotated[str, typer.Option()] = "${partition}",
    region: Annotated[str, typer.Option()] = "${region}",
    account: Annotated[str, typer.Option()] = "${account_id}",
    name: Annotated[str, typer.Option(help="Name of the state machine.")] = "${state_machine_name}",
    arn: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT=ARN", help="ARN of a placeholder, an expression ($.flow_arn) or an action's resource."
        ),
    ] = None,
    key: Annotated[list[str] | None, typer.Option(metavar="RESOURCE=KEY", help="KMS key of a resource.")] = None,
    logging: Annotated[bool, typer.Option("--logging", help="Step Functions delivers logs.")] = False,
    tracing: Annotated[bool, typer.Option("--tracing", help="Step Functions sends traces to X-Ray.")] = False,
    machine_key: Annotated[str | None, typer.Option("--machine-key", help="KMS key of the state machine.")] = None,
    redrive: Annotated[bool, typer.Option("--redrive", help="Somebody redrives executions.")] = False,
) -> None:
    """The least IAM policy that the definition's role needs."""
    from headend.asl.iam import command
    from headend.asl.iam.settings import Settings

    told, keys = command.pairs("--arn", arn or []), command.pairs("--key", key or [])
    settings = Settings(partition, region, account, name, told, keys, logging, tracing, machine_key, redrive)
    result = command.run(file, settings)
    if out is not None:
        for path in result.write(out):
            console.tell(f"written: {path}")
    elif as_json:
        console.out.print(result.as_json(), markup=False, highlight=False, soft_wrap=True)
    else:
        text = result.markdown() if as_markdown else result.policy.text().rstrip()
        console.out.print(text, markup=False, highlight=False, soft_wrap=True)
    if problem := result.problem():
        raise HeadendError(problem)


@app.command()
def diagram(
    file: Annotated[Path, typer.Argument(help="A definition: JSON, or YAML (.yaml, .yml).")],
    style: Annotated[
        str, typer.Option("--format", help="svg or mermaid. Default: by --out's name, else mermaid.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="File to write: .svg, or .mmd. Default: print it.")] = None,
    execution: Annotated[
        str | None,
        typer.Option(help="Draw the path of one: its ARN, or a file that get-execution-history was written to."),
    ] = None,
    env: Annotated[
        str | None,
        typer.Option("--env", "-e", help="Environment the execution's ARN is from: local asks the local cloud."),
    ] = None,
) -> None:
    """Draw the states, the ways between them and, with --execution, the path taken. docs/how-to/asl-diagram.md."""
    from headend.asl.diagram import command

    if env is not None:
        from headend.environments import find
        from headend.local_access import point_at_local_cloud

        point_at_local_cloud(find(env))
    text = command.drawing(file, command.style(style, out), execution)
    if out is None:
        console.out.print(text.rstrip("\n"), markup=False, highlight=False, soft_wrap=True)
    else:
        console.tell(f"written: {command.write(text, out)}")
