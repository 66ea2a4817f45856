"""Binds a plan to all that decides its effect: release, configuration, state, program, rules, tools.

The engine's own plan binds operations and inputs, and nothing of this (docs of ``pulumi preview --save-plan``). A
binding holds hashes of the parts: a plan that is refused says what changed, and holds no value.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from emulator.tokens import sdk_token
from judging.judgement import PolicyFiles
from judging.reports import provenance
from promotion.candidate import Candidate
from promotion.model import Binding, Hashes, canonical_hash
from rehearsal import seeding
from rehearsal.check import PROGRAM_FILES
from rehearsal.state_placeholders import replace_secrets
from settings.release_line import describe
from stacks.session import Session
from support.checkout import ROOT, read_yaml
from support.console import shortened
from support.digest import sha256

VOLATILE = frozenset({"created", "modified", "sourcePosition", "stackTrace"})
"""Fields of a resource in the state that say when and from which line it was written, not what it is."""

_UNORDERED = frozenset({"dependencies", "propertyDependencies"})

PENDING, SECRETS = "pending", "secrets"
"""Keys beside the URNs: unfinished operations, all secrets together."""


def bind(candidate: Candidate) -> Binding:
    """Return the binding to everything as it is now.

    Raises:
        OperationError: something cannot be read: the state, a file, the waivers.

    """
    session = candidate.target
    deployment = candidate.clear_state["deployment"]
    commit, modified = provenance.commit_and_modified()
    waivers = PolicyFiles.read(session.target.name).waivers.in_force
    releases = {candidate.running.id, candidate.release.id, candidate.settings.standby.id}
    # Two runners of a pipeline may differ in their Python by a patch.
    tools = {name: v for name, v in provenance.tool_versions(session.engine.version).items() if name != "python"}
    return Binding(
        stack=session.stack,
        target=session.target.name.value,
        place=canonical_hash(session.target.backend_url()),
        source=candidate.source.stack if candidate.source else None,
        release=candidate.release.id,
        release_hash=candidate.release.hash,
        line=candidate.staged,
        config=_config_hashes(candidate),
        state=state_hashes(deployment),
        program=program_hashes(f"releases/{release}.yaml" for release in releases),
        waivers=tuple(sorted(f"{one.rule} for {one.urn} until {one.expires}" for one in waivers)),
        tools=tools,
        state_time=str((deployment.get("manifest") or {}).get("time") or ""),
        commit=commit,
        modified=modified,
    )


# Hashes


def current_state_hashes(session: Session) -> Hashes:
    """Return the hashes of the stack's state as it is now."""
    return state_hashes(seeding.export_state(session.pulumi)["deployment"])


def state_hashes(deployment: Mapping[str, Any]) -> Hashes:
    """Hash each resource of a deployment whose secrets are in clear text, without saying anything about one secret.

    The engine encrypts a secret anew whenever it writes it, so its ciphertext says nothing. All secrets together make
    one hash, slow to compute: among passwords of 32 random characters no weak one can be guessed by trying.
    """
    secrets: list[tuple[str, str]] = []

    def without_secrets(value: Any, owner: str) -> Any:  # noqa: ANN401 - whatever the state holds
        def hide(secret: Mapping[str, Any], _: str) -> str:
            secrets.append((owner, str(secret.get("plaintext"))))
            return SECRETS

        return replace_secrets(value, hide)

    by_urn: dict[str, list[Any]] = {}
    for entry in deployment.get("resources") or ():
        kept = {key: _sorted(value) if key in _UNORDERED else value for key, value in entry.items()}
        content = without_secrets({key: value for key, value in kept.items() if key not in VOLATILE}, entry["urn"])
        by_urn.setdefault(entry["urn"], []).append(content)
    hashes = {urn: canonical_hash(entries) for urn, entries in by_urn.items()}
    if pending := deployment.get("pending_operations"):
        hashes[PENDING] = canonical_hash(without_secrets(pending, PENDING))
    if secrets:  # the engine lists resources in any order that suits their dependencies
        together = json.dumps(sorted(secrets, key=lambda each: each[0]), separators=(",", ":")).encode()
        hashes[SECRETS] = hashlib.scrypt(together, salt=SECRETS.encode(), n=2**14, r=8, p=1).hex()
    return hashes


def _sorted(value: Any) -> Any:  # noqa: ANN401
    """Sort dependencies, which the engine writes in any order."""
    if isinstance(value, dict):
        return {key: _sorted(inner) for key, inner in value.items()}
    return sorted(value) if isinstance(value, list) else value


def program_hashes(more: Iterable[str] = (), root: Path = ROOT) -> Hashes:
    """Hash every file that decides what the program makes or how it is judged, and the files ``more``."""
    names = {*more}
    for part in PROGRAM_FILES:
        path = root / part
        below = path.rglob("*") if part.endswith("/") else [path]
        names |= {
            file.relative_to(root).as_posix()
            for file in below
            if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc"
        }
    return {name: f"sha256:{sha256((root / name).read_bytes())}" for name in sorted(names) if (root / name).is_file()}


def _config_hashes(candidate: Candidate) -> Hashes:
    """Hash the configuration that the engine gets, value by value; the target must have been prepared."""
    session = candidate.target
    arguments = session.target.config_arguments(session.stack, candidate.staged)
    return dict(leaf_hashes("", read_yaml(Path(arguments[-1])).get("config") or {}))


def leaf_hashes(path: str, value: Any) -> Iterable[tuple[str, str]]:  # noqa: ANN401 - plain data
    """Yield the dotted path and hash of every value that holds no others."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaf_hashes(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaf_hashes(f"{path}[{index}]", inner)
    else:
        yield path, canonical_hash(value)


# Differences


def differences(before: Binding, now: Binding) -> list[str]:
    """Return a line for each kind of thing that changed; empty if the plan still holds."""
    lines = [f"it is a plan for {had}, not for {has}" for had, has in _subjects(before, now) if had != has]
    if (before.release, before.release_hash) != (now.release, now.release_hash):
        lines.append(
            f"it is about release {before.release} ({before.release_hash}), not {now.release} ({now.release_hash})"
        )
    if before.line != now.line:
        lines.append(f"the release line to deploy was {describe(before.line)}, now it would be {describe(now.line)}")
    lines += _changed_hashes("configuration", before.config, now.config, str)
    lines += _changed_hashes("state", before.state, now.state, _resource_name)
    lines += _changed_hashes("program", before.program, now.program, str)
    lines += [f"a waiver no longer holds: {one}" for one in sorted({*before.waivers} - {*now.waivers})]
    lines += [f"a waiver was added: {one}" for one in sorted({*now.waivers} - {*before.waivers})]
    for name in sorted({*before.tools} | {*now.tools}):
        had, has = before.tools.get(name, "none"), now.tools.get(name, "none")
        if had != has:
            lines.append(f"{name} was {had}, now it is {has}")
    return lines


def _subjects(before: Binding, now: Binding) -> list[tuple[str, str]]:
    """Return pairs of what the plan is for and what it would be carried out on."""
    subjects = [
        (f"the {before.target} target", f"the {now.target} target"),
        (f"stack {before.stack}", f"stack {now.stack}"),
        (f"a release from {before.source or 'no stack'}", f"a release from {now.source or 'no stack'}"),
    ]
    if (before.target, before.stack) == (now.target, now.stack) and before.place != now.place:
        subjects.append((f"a state of {now.stack} in another backend", "the one that is used now"))
    return subjects


def _changed_hashes(kind: str, before: Hashes, now: Hashes, name: Callable[[str], str]) -> list[str]:
    lines = []
    for verb, keys in (
        ("changed", [key for key in before if key in now and before[key] != now[key]]),
        ("gone", [key for key in before if key not in now]),
        ("new", [key for key in now if key not in before]),
    ):
        if keys:
            lines.append(f"{kind}: {verb} since then: {shortened([name(key) for key in sorted(keys)], 8)}")
    return lines


def _resource_name(urn: str) -> str:
    """Return name and type of a resource, for people."""
    if urn in (PENDING, SECRETS):
        return {PENDING: "unfinished operations", SECRETS: "a secret"}[urn]
    *_, kind, name = urn.split("::")
    return f"{name} ({sdk_token(kind.rsplit('$', 1)[-1]).removeprefix('azure-native:')})"
