"""``fabrix up``: preview, confirm, deploy, report."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import (
    AnswerFor,
    Json,
    Packs,
    Refresh,
    ReplaceInstallation,
    Stack,
    TargetOption,
    Yes,
    confirm,
    new_app,
    refuse_answers_on_local,
    require_yes_or_terminal,
)
from emulator import inspect
from judging.packs import pack_arguments
from promotion.direct_run import DirectRun, direct_run
from stacks import report
from stacks.bootstrap import new_stack
from stacks.cloud.arm import UnreachableError
from stacks.cloud.open import open_cloud
from stacks.events import Run
from stacks.existing import create_existing_objects
from stacks.forbidden_steps import refuse_forbidden_steps
from stacks.images import ImageStock
from stacks.installation_identity import refuse_replacement
from stacks.preflight.model import Level
from stacks.preflight.run import preflight, refuse_failed, show
from stacks.progress import Progress
from stacks.references import References, changed_secrets
from stacks.retained import adopt_retained
from stacks.session import Session
from stacks.slots import deployed_apps
from targets.local import LocalTarget
from targets.name import TargetName

app = new_app()


@app.command()
def up(
    stack: Stack,
    target: TargetOption = TargetName.LOCAL,
    yes: Yes = False,
    as_json: Json = False,
    policy_pack: Packs = None,
    refresh: Refresh = False,
    replace_installation: ReplaceInstallation = "",
    answer_for: AnswerFor = None,
    without_promotion: Annotated[
        str,
        typer.Option(
            "--without-promotion",
            metavar="REASON",
            help="In an emergency: deploy another release, bypassing the gates; recorded.",
        ),
    ] = "",
    secrets_provider: Annotated[
        str,
        typer.Option(
            "--secrets-provider", metavar="URL", help="On Azure, for a new stack: the key that encrypts its secrets."
        ),
    ] = "",
) -> None:
    """Make the platform of STACK what its stack file says."""
    require_yes_or_terminal("up", yes=yes)
    refuse_answers_on_local(target, answer_for)
    session = Session.open(stack, target, as_json=as_json)
    document = run_up(
        session,
        yes=yes,
        packs=policy_pack or [],
        refresh=refresh,
        replace_installation=replace_installation,
        answer_for=answer_for or (),
        without_promotion=without_promotion,
        secrets_provider=secrets_provider,
    )
    session.console.emit(document)


def run_up(
    session: Session,
    *,
    yes: bool,
    packs: Sequence[Path] = (),
    refresh: bool = False,
    replace_installation: str = "",
    answer_for: Sequence[str] = (),
    without_promotion: str = "",
    secrets_provider: str = "",
    rotated: str = "",
    started: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Bring a stack to its stack file and return the document for ``--json``.

    Args:
        session: the stack.
        yes: do not ask.
        packs, refresh, replace_installation, answer_for, without_promotion, secrets_provider: options of `up`.
        rotated: name of the secret that gets a new value; recorded.
        started: called when the engine is about to change something.

    """
    session.require_settings()
    arguments = pack_arguments(packs, session) + ["--refresh"] * refresh
    answered_for: list[str] = []
    if session.target.name is TargetName.AZURE:
        verdicts = preflight(session.stack, session.target, session.settings, answer_for)
        show(verdicts, session.console, Level.WARN)
        refuse_failed(session.stack, session.target, verdicts)
        answered_for = [verdict.check.id for verdict in verdicts if verdict.answered_for]
    replaced = refuse_replacement(session, replace_installation)
    refuse_forbidden_steps(session)
    set_aside = {"answeredFor": answered_for, "replacedInstallation": replaced, "rotated": rotated}
    exceptions = {key: value for key, value in set_aside.items() if value}
    if secrets_provider:
        new_stack.check_secrets_provider(session, secrets_provider)
    with direct_run(session, without_promotion, exceptions) as run:
        if secrets_provider:
            new_stack.create_stack(session, secrets_provider)
        return _deploy(session, run, arguments, yes=yes, judged=bool(packs), started=started)


def _deploy(
    session: Session, run: DirectRun, arguments: list[str], *, yes: bool, judged: bool, started: Callable[[], None]
) -> dict[str, Any]:
    stack, settings, console, pulumi = session.stack, session.settings, session.console, session.pulumi
    console.info(
        f"{stack}: {settings.edition} {settings.size}, {len(settings.apps)} apps, release {settings.release.id}"
    )
    assumed = create_existing_objects(session)
    before = {"recovered": [*run.recovered, *adopt_retained(session)], "assumed": assumed}

    expected = None
    if judged or not yes:
        # Policies judge the plan: during `up` the engine would stop at the first refusal, with half the work done.
        with Progress(console, "planning") as progress:
            plan, code = pulumi.run("preview", *arguments, log=session.log("preview"), on_event=progress.update)
        details = {**report.to_json("up", stack, session.target.name.value, plan, code), **before}
        report.raise_if_failed("planning", plan, code, console, details)
        expected = len(plan.steps)
        if not yes:
            report.print_changes(plan, console, planned=True)
            if not plan.counts():
                console.result(f"{stack}: no changes")
                return details
            confirm(f"{report.summary(plan, planned=True)}. Do it?", yes=yes)

    started()
    ImageStock.of(stack, session.target, settings).import_before(console.info)
    with Progress(console, "deploying", expected) as progress:
        done, code = pulumi.run(
            "up", "--yes", "--skip-preview", *arguments, log=session.log("up"), on_event=progress.update
        )
    details = {**report.to_json("up", stack, session.target.name.value, done, code), **before}
    report.raise_if_failed("up", done, code, console, details)
    if any(step.operation not in ("create", "same") for step in done.finished):
        report.print_changes(done, console, planned=False)
    console.result(
        f"{stack}: {report.summary(done, planned=False)}; {done.resources()} resources in {done.seconds:.0f} s",
        style="green",
    )
    run.record(done)
    _settle_references(session, done)
    return details | _afterwards(session)


def _settle_references(session: Session, done: Run) -> None:
    """See that every application has its secrets, and print how many references are resolved.

    Where Azure cannot be asked the deployment has ended well all the same: that is a warning.

    Raises:
        OperationError: an application cannot read a secret that it needs, or Azure refuses.

    """
    references = References(
        cloud=open_cloud(session.target, session.settings),
        supplied=[one.name for one in session.settings.secrets if one.generator == "supplied"],
    )
    apps = deployed_apps(session.pulumi.export()["deployment"], session.settings)
    try:
        settled = references.settle(apps, changed_secrets(done))
    except UnreachableError as error:
        session.console.info(
            f"{session.stack} is deployed, but nobody could ask whether its applications have their secrets: {error}. "
            "The next `up` asks again.",
            style="yellow",
        )
    else:
        session.console.info(str(settled))


def _afterwards(session: Session) -> dict[str, Any]:
    """Print and return what the operator has to know once the stack is deployed."""
    document: dict[str, Any] = {}
    console = session.console
    outputs = json.loads(session.pulumi.query("stack", "output", "--json").stdout or "{}")
    if supply := outputs.get("secretsToSupply"):
        console.result(f"secrets for you to put into the vault (nobody can generate them): {', '.join(supply)}")
        document["secretsToSupply"] = supply
    if isinstance(session.target, LocalTarget):
        with session.target.store() as store:
            shapes = document["shapeOnly"] = inspect.shape_only(store)
        if shapes:
            console.result(f"checked against the SDK only; the local Azure has no laws for them: {', '.join(shapes)}")
    if urls := outputs.get("urls"):
        for name, url in sorted(urls.items()):
            console.result(f"  {name:<18} {url}")
        document["urls"] = urls
    return document
