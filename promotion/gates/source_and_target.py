"""Gates about the source and target stacks: their order and ledgers, what runs there, and whether Azure is ready."""

from __future__ import annotations

from dataclasses import asdict

from promotion.approval import PREFLIGHT, TARGET_HEALTH
from promotion.candidate import Candidate
from promotion.model import GateVerdict
from promotion.order import NO_SOURCE, order_verdict
from stacks.drift.detect import Drift
from stacks.preflight.model import Level
from support.console import shortened
from targets.name import TargetName


def order(candidate: Candidate) -> GateVerdict:
    """Report the verdict that was reached before the stack was locked, or reach it here."""
    return candidate.order or order_verdict(candidate.source, candidate.target)


def ledger(candidate: Candidate) -> GateVerdict:
    """Verify the chain and every signature of both ledgers, so that the other gates can trust what they read there."""
    ledgers = {candidate.target.stack: candidate.ledger}
    if candidate.source and candidate.source_ledger:
        ledgers[candidate.source.stack] = candidate.source_ledger
    faults = {stack: [str(fault) for fault in ledger.verify()] for stack, ledger in ledgers.items()}
    faulty = [stack for stack in faults if faults[stack]]
    if faulty:
        return GateVerdict.failed(
            "; ".join(f"ledger of {stack}: {'; '.join(faults[stack])}" for stack in faulty),
            f"`./fabrix ledger verify {faulty[0]}` names each entry. Find out who changed it and restore the documents "
            "from their versions; until then nothing in it counts.",
            faults=faults,
        )
    heads = {stack: ledger.head() for stack, ledger in ledgers.items()}
    return GateVerdict.passed(
        f"the ledger of {' and that of '.join(sorted(ledgers))} verify{'s' if len(ledgers) == 1 else ''}", heads=heads
    )


def same_release(candidate: Candidate) -> GateVerdict:
    """Compare what is promoted with what was proven on the source, to the digest."""
    source, release = candidate.source, candidate.release
    if source is None:
        return GateVerdict.not_applicable(NO_SOURCE)
    running = candidate.source_running
    facts = {"stack": source.stack, "id": running.id, "runningHash": running.hash, "wanted": release.hash}
    if running.id != release.id:
        return GateVerdict.failed(
            f"{source.stack} runs {running.id or 'no release'}, not {release.id}",
            f"Deploy {release.id} to {source.stack} first.",
            **facts,
        )
    if running.hash != release.hash:
        return GateVerdict.failed(
            f"{source.stack} runs {running.id} with the hash {running.hash}, and releases/{release.id}.yaml has "
            f"{release.hash}: the manifest was changed after it was deployed",
            "A release never changes: restore the manifest, or make a new release (`./fabrix release new`).",
            **facts,
        )
    if running.problems:
        return GateVerdict.failed(
            f"{source.stack} does not really run {release.id}: {'; '.join(running.problems)}",
            f"`./fabrix up {source.stack} --refresh` deploys what its stack file says.",
            **facts,
        )
    return GateVerdict.passed(f"{source.stack} runs exactly {release.id} ({release.hash})", **facts)


def source_health(candidate: Candidate) -> GateVerdict:
    """Require that every application of the source is healthy."""
    if candidate.source is None:
        return GateVerdict.not_applicable(NO_SOURCE)
    stack, health = candidate.source.stack, candidate.source_health
    unhealthy = [one for one in health if not one.ok]
    facts = {"stack": stack, "apps": {one.app: one.ok for one in health}}
    if not health:
        return GateVerdict.failed(
            f"{stack} has no application that could be asked", f"`./fabrix up {stack}` deploys it.", **facts
        )
    if unhealthy:
        return GateVerdict.failed(
            f"{stack} is unhealthy: {'; '.join(f'{one.app}: {one.detail}' for one in unhealthy)}",
            f"Fix it on {stack}; what is unhealthy there will be no better on {candidate.target.stack}.",
            **facts,
        )
    return GateVerdict.passed(f"all {len(health)} applications of {stack} are healthy", **facts)


def target_health(candidate: Candidate) -> GateVerdict:
    """Require that the target is healthy, so that what is unhealthy afterwards comes from the release.

    Where there is no application to ask, nothing is proven. A rollback is asked nothing: an unhealthy stack is what it
    is for.
    """
    if candidate.source is None:
        return GateVerdict.not_applicable(NO_SOURCE)
    stack, release = candidate.target.stack, candidate.release.id
    health = candidate.target_health
    unhealthy = [f"{one.app}: {one.detail}" for one in health if not one.ok]
    facts = {"stack": stack, "apps": {one.app: one.ok for one in health}}
    if health and not unhealthy:
        return GateVerdict.passed(f"all {len(health)} applications of {stack} are healthy", **facts)
    reason = f"{stack} is unhealthy before anything is changed there: {'; '.join(unhealthy)}"
    if not health:
        reason = f"{stack} has no application that could be asked"
    if TARGET_HEALTH in candidate.accepted_losses:
        return GateVerdict.passed(f"{reason}, which was accepted by name", **facts)
    return GateVerdict.failed(
        reason,
        f"Fix it first: `./fabrix up {stack} --refresh` deploys what its stack file says, `./fabrix rollback {stack}` "
        f"goes back. If {release} is the fix, have somebody accept it: `./fabrix approve {stack} {release} "
        f"--allow-loss {TARGET_HEALTH}`.",
        **facts,
    )


def source_drift(candidate: Candidate) -> GateVerdict:
    """Require that what was tried on the source is what the program describes."""
    if candidate.source is None:
        return GateVerdict.not_applicable(NO_SOURCE)
    return _drift_verdict(candidate.source.stack, candidate.source_drift)


def target_drift(candidate: Candidate) -> GateVerdict:
    """Require that no change by hand would be overwritten unseen."""
    return _drift_verdict(candidate.target.stack, candidate.target_drift)


def steps(candidate: Candidate) -> GateVerdict:
    """Require that Azure makes the changes of the stack file in one run, and that no rotation is skipped.

    `up` refuses the same. A stack file that was changed and not deployed yet comes along with the release.
    """
    stack, problems = candidate.target.stack, candidate.refused_steps
    if not problems:
        return GateVerdict.passed(f"nothing in Pulumi.{stack}.yaml takes a run of its own")
    listed = [f"{problem.file}:{problem.line} {problem.path}: {problem.message}" for problem in problems]
    return GateVerdict.failed(
        "; ".join(listed),
        f"Change Pulumi.{stack}.yaml to the step that is named above and run `./fabrix up {stack}`, or take the change "
        "back; then promote, and make it afterwards. A value that Azure has enlarged by itself goes into the file.",
        stack=stack,
        steps=[asdict(problem) for problem in problems],
    )


def preflight(candidate: Candidate) -> GateVerdict:
    """Require that the checks of the preflight do not fail, as `up` on Azure does; failures are accepted by name."""
    stack, target, release = candidate.target.stack, candidate.target.target, candidate.release.id
    if target.name is not TargetName.AZURE:
        return GateVerdict.not_applicable("the local Azure refuses while it deploys")
    if candidate.source is None:
        return GateVerdict.not_applicable(f"{NO_SOURCE}, and no quota may hold up the way back")
    verdicts = candidate.preflight
    failed = [verdict for verdict in verdicts if verdict.level is Level.FAIL]
    accepted = [verdict.check.id for verdict in verdicts if verdict.answered_for]
    warned = sum(verdict.level is Level.WARN for verdict in verdicts)
    facts = {"stack": stack, "checks": {verdict.check.id: verdict.level.name for verdict in verdicts}}
    if not failed:
        named = f"; accepted by name: {', '.join(accepted)}" if accepted else ""
        return GateVerdict.passed(f"{len(verdicts)} checks, none fails, {warned} warn{named}", **facts)
    found = [
        f"{verdict.check.id}: {finding.found}. {finding.fix or verdict.check.fix}"
        for verdict in failed
        for finding in verdict.findings
        if finding.level is Level.FAIL
    ]
    names = " ".join(f"--allow-loss {PREFLIGHT}{verdict.check.id}" for verdict in failed)
    return GateVerdict.failed(
        f"{len(failed)} of {len(verdicts)} checks fail: {' '.join(found)}",
        f"`./fabrix preflight {stack} --target azure` shows them all. If a check is wrong about your tenant, have "
        f"somebody accept it: `./fabrix approve {stack} {release} {names} --target azure`.",
        **facts,
    )


def _drift_verdict(stack: str, drift: Drift) -> GateVerdict:
    """Fail for any difference between the stack's state and Azure."""
    # Names and paths only: the values are for `drift`, which knows which of them are secrets.
    listed = [
        {"resource": one.name, "type": one.type, "path": one.path, "who": one.who, "at": one.at}
        for one in drift.differences
    ]
    if not listed:
        moved = shortened([f"{one.name}.{one.path}" for one in drift.moved], 4)
        by_itself = f", but for what Azure moves by itself: {moved}" if moved else ""
        return GateVerdict.passed(f"{stack} is as Pulumi deployed it{by_itself}", stack=stack)
    named = shortened([f"{each['resource']}{'.' if each['path'] else ''}{each['path']}" for each in listed], 4)
    return GateVerdict.failed(
        f"{stack} was changed outside Pulumi: {named}",
        f"`./fabrix drift {stack}` shows what was changed and by whom; `./fabrix up {stack} --refresh` reverts it.",
        stack=stack,
        differences=listed,
    )
