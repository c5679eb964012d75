"""The `headend` command: commands only; what they do is elsewhere."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer
from typer.exceptions import TyperException

from headend import (
    asl_commands,
    console,
    drill_commands,
    fault_commands,
    feed_commands,
    host_commands,
    live_commands,
    live_cost_commands,
    verify_commands,
)
from headend.environments import find, repository_root
from headend.errors import HeadendError, UsageError

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__, rich_markup_mode=None)
local = typer.Typer(no_args_is_help=True, help="The local cloud: AWS's APIs on this machine.")
app.add_typer(local, name="local")
local.add_typer(fault_commands.app, name="fault")
local.add_typer(host_commands.app, name="host")
local.command()(feed_commands.feed)
app.add_typer(asl_commands.app, name="asl")
app.add_typer(verify_commands.app, name="verify")
app.add_typer(live_commands.app, name="live")
app.command()(live_commands.feeds)
app.command()(drill_commands.drill)
app.command()(live_cost_commands.cost)

Env = Annotated[str, typer.Option("--env", "-e", help="A folder under envs/, or a path to a root module.")]
AsJson = Annotated[bool, typer.Option("--json", help="For another program to read.")]
Check = Annotated[bool, typer.Option("--check", help="Write nothing; fail where something is stale.")]


def main() -> NoReturn:
    """Run one command; 0 done, 1 the check or the run failed, 2 wrong use."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = typer.main.get_command(app).main(prog_name="headend", standalone_mode=False)
    except TyperException as error:
        describe = getattr(error, "format_message", error.__str__)
        console.fail(f"{' '.join(describe().split())} (see headend --help)")
        code = getattr(error, "exit_code", 2)
    except HeadendError as error:
        console.fail(str(error))
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        console.fail("stopped")
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


def _open(env: str) -> Any:
    from headend.session import session_of

    return session_of(env, console.tell)


def _print(text: str) -> None:
    console.out.print(text, markup=False)


# Configuration


@app.command()
def check(
    env: Annotated[str | None, typer.Option("--env", "-e", help="A folder under envs/.")] = None,
    encoder_settings: Annotated[
        Path | None,
        typer.Option(help="Encoder settings of a live channel of yours (JSON), in place of an environment."),
    ] = None,
    kind: Annotated[
        Literal["cmaf", "hls"], typer.Option(help="What they are for: MediaPackage (cmaf) or S3 (hls).")
    ] = "cmaf",
) -> None:
    """Check an environment's config.yaml and live channel, or encoder settings of your own."""
    from headend.check.live import check_environment, check_settings

    if (env is None) == (encoder_settings is None):
        raise UsageError("check: say --env or --encoder-settings, one of them")
    for line in check_settings(encoder_settings, kind) if encoder_settings else check_environment(find(env or "")):
        _print(line)


@app.command()
def schema(check: Check = False) -> None:
    """Write envs/config.schema.json from the model."""
    from headend.schema import check_schema, write_schema

    root = repository_root()
    if check:
        check_schema(root)
    elif write_schema(root):
        _print("written: envs/config.schema.json")


# Terraform


@app.command()
def plan(
    env: Env,
    json_: AsJson = False,
    allow_replace: Annotated[
        list[str] | None,
        typer.Option(metavar="FLOW", help="A flow, by its name, that may be replaced or destroyed. Repeatable."),
    ] = None,
) -> None:
    """Plan to a file, and say what changes and why. A plan that takes a flow away is refused."""
    from headend.apply import plan as make_plan
    from headend.packages import refresh
    from headend.plan_report import show
    from headend.replacement_guard import ReplacementRefusedError
    from headend.secrets import require_secrets

    session = _open(env)
    require_secrets(session)
    refresh(session.environment.root, console.tell)
    refused = None
    try:
        found = make_plan(session, allow_replace=allow_replace or ())
    except ReplacementRefusedError as error:
        found, refused = error.report, error
    if json_:
        _print(found.as_json())
    else:
        show(found, console.out)
    if refused:
        raise refused
    if found.changes and not json_:
        console.tell(f"saved; `headend apply --env {env}` applies exactly this")


@app.command()
def drift(
    env: Env,
    json_: AsJson = False,
    fix: Annotated[bool, typer.Option("--fix", help="Put back what can be put back in place.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before --fix.")] = False,
) -> None:
    """Name each change made by hand to what Cloud Control manages: Terraform does not see them."""
    from headend.drift import examine
    from headend.drift import fix as put_back

    if yes and not fix:
        raise UsageError("--yes: only goes with --fix")
    session = _open(env)
    found = examine(session)
    if fix and found.repairs:
        if not yes:
            for item in found.findings:
                console.tell(str(item))
            _confirm_fix(found.repairs)
        put_back(session, found.repairs)
        console.tell(f"put back: {len(found.repairs)} resources; looking again")
        found = examine(session)
    if json_:
        _print(found.as_json())
    else:
        for item in found.findings:
            _print(str(item))
    if found.findings:
        count = len(found.findings)
        raise HeadendError(f"drift: {count} difference{'s' * (count > 1)} in {env}; each says what to do")
    if not json_:
        _print(f"no drift: {found.asked} resources are as configured")


def _confirm_fix(repairs: Any) -> None:
    on_air = sorted(repair.resource.address for repair in repairs if repair.on_air)
    if not sys.stdin.isatty():
        raise UsageError(f"drift --fix: changes {len(repairs)} resources, and there is nobody to ask; say --yes")
    if on_air:
        console.tell(f"on air, a change of source or output can interrupt it: {', '.join(on_air)}")
    if not typer.confirm(f"Put back {len(repairs)} resources in place?", err=True):
        raise UsageError("nothing was changed")


@app.command()
def apply(env: Env) -> None:
    """Apply the plan file, start the flows that should be on air, and wait until they are."""
    from headend.apply import apply as apply_plan
    from headend.packages import require_fresh

    session = _open(env)
    require_fresh(session.environment.root)
    outputs = apply_plan(session)
    _print(f"applied: {session.config.name}, {len(outputs)} outputs (headend output --env {env})")


@app.command()
def destroy(
    env: Env,
    stop_flows: Annotated[bool, typer.Option("--stop-flows", help="Take flows off air first.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop flows, destroy everything, and prove that nothing is left."""
    from headend.destroy import destroy as destroy_all

    session = _open(env)
    if not (yes or session.aws.is_local):
        _confirm(session.config.name)
    done = destroy_all(session, stop_flows=stop_flows)
    if done.left:
        raise HeadendError("\n".join(f"left behind: {item}; delete it by hand" for item in done.left))
    _print(f"destroyed: {done.count} resources, nothing left of {session.config.name}")


def _confirm(name: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError(f"destroy {name}: nobody to ask; say --yes")
    if typer.prompt(f"Destroys {name} on AWS. Type its name to go on", err=True) != name:
        raise UsageError("that is not its name; nothing was changed")


@app.command()
def output(env: Env, name: Annotated[str | None, typer.Argument(help="One output only.")] = None) -> None:
    """Print the outputs as JSON."""
    session = _open(env)
    session.init()
    values = session.terraform.output()
    if name and name not in values:
        raise UsageError(f"{name}: no such output; there are {', '.join(sorted(values)) or 'none: apply first'}")
    _print(json.dumps(values[name] if name else values, indent=2))


@app.command()
def prefer(
    env: Env,
    region: Annotated[
        str | None, typer.Option(help="A Region that viewers are served from, or auto. Default: say what is preferred.")
    ] = None,
) -> None:
    """Serve all viewers from one Region first, or, with auto, each from the nearer one."""
    from headend.prefer import AUTO
    from headend.prefer import preference as of_env

    session = _open(env)
    session.init()
    preference = of_env(session.aws, session.terraform.output(), env)
    before = preference.write(region) if region else preference.read()
    if not region:
        _print(before or f"{AUTO} (nobody has said anything)")
    elif before == region:
        _print(f"{region} is preferred already")
    else:
        _print(f"preferred: {region}, until now {before or AUTO}; edges follow within seconds")


@app.command()
def unlock(env: Env, lock_id: str) -> None:
    """Release a state lock that a dead run has left."""
    session = _open(env)
    session.init()
    session.terraform.unlock(lock_id)
    _print(f"released: {lock_id}")


@app.command()
def adopt(env: Env) -> None:
    """Take over what a dead run has made: the next plan and apply import it."""
    from headend.adopt import adopt as write

    found = write(_open(env))
    for address in found:
        _print(f"to be imported: {address}")
    _print(f"{len(found)} to import: `headend plan --env {env}`, then apply" if found else "nothing to adopt")


@app.command()
def bootstrap(env: Env) -> None:
    """Make what must be there before the first plan: the state bucket, and the budget that outlives all."""
    from headend.bootstrap import bootstrap as make

    done = make(_open(env))
    for line in done or ["nothing to do: all is there"]:
        _print(line)


@app.command()
def smoke(env: Env, json_: AsJson = False) -> None:
    """Check a running deployment, from flow to alert."""
    from headend.smoke import Smoke, as_json

    session = _open(env)
    session.init()
    checks = []
    for found in Smoke(session.config, session.aws, session.terraform.output(), console.tell).run():
        checks.append(found)
        if not json_:
            _print(f"{'ok    ' if found.ok else 'FAILED'} {found.name}: {found.detail} ({found.seconds} s)")
    if json_:
        _print(as_json(checks))
    failed = [found.name for found in checks if not found.ok]
    if failed:
        raise HeadendError(f"smoke: {len(failed)} of {len(checks)} checks failed: {'; '.join(failed)}")


@app.command()
def doctor(json_: AsJson = False) -> None:
    """Look at this machine: Python, Terraform, provider, disk, ports, credentials."""
    from headend.doctor import as_json, examine

    findings = list(examine(repository_root()))
    if json_:
        _print(as_json(findings))
    else:
        for found in findings:
            _print(f"{'ok    ' if found.ok else 'FAILED' if found.needed else 'none  '} {found.name}: {found.text}")
    failed = [found.name for found in findings if found.needed and not found.ok]
    if failed:
        raise HeadendError(f"doctor: {', '.join(failed)}: see above")


# Checks of the repository


@app.command()
def validate() -> None:
    """Check that all HCL is formatted and valid."""
    from headend.validate import check_format, check_valid

    root = repository_root()
    faults = [*check_format(root), *check_valid(root, console.tell)]
    if faults:
        raise HeadendError("\n".join(faults))
    _print("all HCL is formatted and valid")


@app.command()
def scan() -> None:
    """Run checkov over the HCL and over every environment's plan."""
    from headend.scan import scan as run

    failed = run(repository_root(), console.tell)
    if failed:
        raise HeadendError("\n".join([*failed, f"checkov: {len(failed)} failed"]))
    _print("checkov: 0 failed")


# Generated files


@app.command()
def package(check: Check = False) -> None:
    """Build the functions' zips that are missing or older than their source."""
    from headend.package import build, stale

    root = repository_root()
    if check:
        if names := stale(root):
            raise HeadendError(f"stale: {', '.join(names)}: run `headend package`")
        return
    for path in build(root):
        _print(f"built: {path.relative_to(root)}")


@app.command()
def release(
    version: Annotated[str | None, typer.Argument(help="Default: the package's version.")] = None,
    source: Annotated[str | None, typer.Option(help="Address that importers clone. Default: origin's.")] = None,
) -> None:
    """Write zips, hashes and a usage snippet for a tag."""
    from headend import __version__
    from headend.release import release as make

    root = repository_root()
    _print(f"released: {make(root, version or __version__, source).relative_to(root)}")


@app.command()
def docs(check: Check = False) -> None:
    """Write docs/fidelity.md, docs/lint.md and the generated parts of the modules' READMEs and of docs/cost.md."""
    from headend import cost_table, fidelity, module_docs
    from headend.asl.lint import reference

    root = repository_root()
    if check:
        if stale := module_docs.check(root) + cost_table.check(root) + fidelity.check(root) + reference.check(root):
            raise HeadendError(f"stale: {', '.join(map(str, stale))}: run `headend docs` and commit the result")
        return
    for path in module_docs.write(root) + cost_table.write(root) + fidelity.write(root) + reference.write(root):
        _print(f"written: {path.relative_to(root)}")


@app.command()
def render(env: Annotated[str | None, typer.Option("--env", "-e")] = None, check: Check = False) -> None:
    """Render templates into the modules, or an environment's own variants."""
    from headend.config_live_ladder import ladder_of
    from headend.render import check as stale_files
    from headend.render import stale_message, write, write_environment

    root = repository_root()
    if check:
        if stale := stale_files(root):
            raise HeadendError(stale_message(stale))
        return
    environment = find(env) if env else None
    if environment:
        config = environment.config()
        written = write_environment(root, environment.name, config.template_values(), ladder_of(config))
    else:
        written = write(root)
    for path in written:
        _print(f"written: {path.relative_to(root)}")


# Show and measure


@app.command()
def demo(
    scenario: Annotated[str, typer.Option(help="What happens to the stream.")] = "loss-burst",
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="No colours, no moving lines.")] = False,
) -> None:
    """Play one fault from the stream to the recovery notice on the local cloud."""
    from headend.demo import run

    raise typer.Exit(run(scenario, keep=keep, plain=plain))


@app.command()
def bench(
    only: Annotated[list[str] | None, typer.Argument(help="Names of benchmarks. Default: all.")] = None,
    runs: Annotated[int, typer.Option(help="How often an alert is timed.")] = 50,
    seconds: Annotated[float, typer.Option(help="How long the stress lasts.")] = 300.0,
) -> None:
    """Measure what costs time."""
    from headend.bench import run

    raise typer.Exit(run(only, runs, seconds))


# The local cloud


def _cloud_state() -> Path:
    from headend.local_access import state_file

    return state_file(repository_root())


@local.command()
def up(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay, and stop it with Ctrl-C.")] = False,
    speed: Annotated[float, typer.Option(help="Seconds of its clock in one real second.")] = 1.0,
) -> None:
    """Start it, and say how to point other tools at it."""
    from headend.localcloud.clock import checked_speed
    from headend.localcloud.launcher import LocalCloud

    checked_speed(speed)
    cloud = LocalCloud(_cloud_state().parent, port, detached=not foreground, speed=speed).start()
    for key, value in cloud.environment().items():
        _print(f"export {key}={value}")
    if foreground:
        try:
            signal.pause()
        finally:
            cloud.stop()


@local.command()
def down() -> None:
    """Stop it; all that it holds is gone."""
    from headend.localcloud.launcher import LocalCloud

    LocalCloud.attach(_cloud_state()).stop()


@local.command()
def status(json_: AsJson = False) -> None:
    """Say whether it runs, where, and what it holds."""
    from headend.localcloud.launcher import LocalCloud

    cloud = LocalCloud.attach(_cloud_state())
    held = cloud.inventory()
    if json_:
        _print(json.dumps({**cloud.state, "resources": held}, indent=2))
    else:
        _print(f"running at {cloud.endpoint} (process {cloud.pid}), {len(held)} resources")


SCENARIOS = sorted(path.stem for path in (Path(__file__).parent / "localcloud/mediaconnect/scenarios").glob("*.yaml"))


@local.command(help=f"Play a scenario on a flow; without a name, say what there is: {', '.join(SCENARIOS)}.")
def scenario(
    name: Annotated[str | None, typer.Argument(help="One of these.")] = None,
    flow: Annotated[str, typer.Option(help="A flow's name or ARN.")] = "*",
) -> None:
    """Play a scenario, or list them."""
    from headend.localcloud.launcher import LocalCloud
    from headend.localcloud.mediaconnect.scenario_model import load_all

    if name is None:
        for known, course in load_all().items():
            _print(f"{known:<{max(map(len, SCENARIOS))}}  {course.description}")
        return
    LocalCloud.attach(_cloud_state()).set_scenario(flow, name)


@local.command()
def rehearse(
    names: Annotated[list[str] | None, typer.Argument(help="Which scenarios. Default: all.")] = None,
    module: Annotated[
        Path, typer.Option(help="What is deployed: a folder in the repository; its first flow has two sources.")
    ] = Path("modules/stream_monitor/examples/response"),
    speed: Annotated[
        float | None,
        typer.Option(help="Seconds of the clock in a real one. Default: it is stepped, as fast as it can."),
    ] = None,
    json_: AsJson = False,
) -> None:
    """Play what can happen to a flow's sources, end to end, on a deployment and a local cloud of its own.

    Exit 1 where something else happened than is expected.
    """
    from headend.localcloud.clock import checked_speed
    from headend.rehearse import run

    raise typer.Exit(run(names, module, None if speed is None else checked_speed(speed), as_json=json_))


@local.command()
def clock(
    speed: Annotated[float | None, typer.Option(help="Seconds of its time in one real second.")] = None,
    pause: Annotated[bool, typer.Option("--pause", help="Let it stand still.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Let it run on.")] = False,
    step: Annotated[str | None, typer.Option(help="Let so much pass at once: 90s, 5m, 3h, 1d.")] = None,
    json_: AsJson = False,
) -> None:
    """Show its clock, or control it: see docs/how-to/control-time.md."""
    from headend.localcloud.clock import checked_speed
    from headend.localcloud.clock_control import seconds_of
    from headend.localcloud.launcher import LocalCloud

    if pause and resume:
        raise UsageError("--pause and --resume exclude each other")
    seconds = None if step is None else seconds_of(step)
    cloud = LocalCloud.attach(_cloud_state())
    if speed is not None:
        cloud.set_speed(checked_speed(speed))
    if pause:
        cloud.pause()
    if resume:
        cloud.resume()
    if seconds is not None:
        cloud.step(seconds)
    shown = cloud.clock()
    if json_:
        _print(json.dumps(shown, indent=2))
    else:
        _print(f"{shown['iso']}, {'paused' if shown['paused'] else 'running'}, speed {shown['speed']:g}")


if __name__ == "__main__":
    main()
