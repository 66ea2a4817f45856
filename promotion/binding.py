"""What a reviewed plan is about: release, configuration, state, program, rules. Change one, and its effect may change.

The engine's own plan binds operations and inputs, and nothing of this (docs of ``pulumi preview --save-plan``). Here it
is all bound by hashes of its parts: a plan that is refused says what changed, and holds no value.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from judging.scope import PROGRAM
from rehearsal.state_placeholders import replace_secrets
from settings.release_line import told
from support.checkout import ROOT
from support.digest import canonical_json, sha256
from support.text import some

if TYPE_CHECKING:
    from promotion.candidate import Candidate

PASSING = frozenset({"created", "modified", "sourcePosition", "stackTrace"})
"""Fields of a resource in the state that say when and from which line it was written, not what it is."""

_UNORDERED = frozenset({"dependencies", "propertyDependencies"})

PENDING, SECRETS = "pending", "secrets"
"""Keys beside the URNs: unfinished operations, all secrets together."""

Hashes = dict[str, str]


@dataclass(frozen=True)
class Binding:
    """Everything that must be as it was when the plan was made."""

    stack: str
    target: str
    """``local`` or ``azure``."""
    place: str
    """Digest of where the state lies, so that a plan of one machine's local Azure is none of another's."""
    source: str | None
    release: str
    release_hash: str
    line: Any
    """Release line that the engine deploys."""
    config: Hashes
    """Path in the stack's configuration → hash of its value, the release line included."""
    state: Hashes
    """URN → hash of the resource as the state has it; :data:`PENDING` and :data:`SECRETS` besides."""
    program: Hashes
    """File → hash of its content."""
    waivers: tuple[str, ...]
    """Waivers that are in force on the day."""
    tools: dict[str, str]
    """Engine and packages → version."""
    state_time: str = ""
    """When the state was last written; for people."""
    commit: str = ""
    """Of the checkout; for people, the files decide."""
    modified: bool = False
    """Whether the checkout differed from it."""

    def document(self) -> dict[str, Any]:
        """JSON form, with one hash over each group."""
        groups = {f"{name}Hash": canonical_hash(getattr(self, name)) for name in ("config", "state", "program")}
        return {**asdict(self), "waivers": list(self.waivers), **groups}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Binding:
        """Read what :meth:`document` wrote.

        Raises:
            KeyError, TypeError: it is none.

        """
        fields: dict[str, Any] = {name: document[name] for name in cls.__dataclass_fields__}
        fields["waivers"] = tuple(fields["waivers"])
        return cls(**fields)


def canonical_hash(value: Any) -> str:  # noqa: ANN401 - plain JSON
    """Return the hash of a plain value: SHA-256 over its canonical JSON."""
    return f"sha256:{sha256(canonical_json(value, default=str))}"


def bind(candidate: Candidate) -> Binding:
    """Look at everything as it is now.

    Raises:
        OperationError: something cannot be read: the state, a file, the waivers.

    """
    from judging.judgement import PolicyFiles
    from judging.reports import provenance

    session = candidate.target
    deployment = candidate.clear["deployment"]
    commit, modified = provenance.commit_and_modified()
    waivers = PolicyFiles.read().waivers.in_force
    return Binding(
        stack=session.stack,
        target=session.target.name.value,
        place=canonical_hash(session.target.backend_url()),
        source=candidate.source.stack if candidate.source else None,
        release=candidate.release.id,
        release_hash=candidate.release.hash,
        line=candidate.staged,
        config=_config(candidate),
        state=resources(deployment),
        program=files(f"releases/{name}.yaml" for name in _releases(candidate)),
        waivers=tuple(sorted(f"{one.rule} for {one.urn} until {one.expires}" for one in waivers)),
        tools=_tools(session.engine.version),
        state_time=str((deployment.get("manifest") or {}).get("time") or ""),
        commit=commit,
        modified=modified,
    )


def changes(before: Binding, now: Binding) -> list[str]:
    """Say what changed, a line for each kind of thing; empty if the plan is still about what is there."""
    said = [f"it is a plan for {had}, not for {has}" for had, has in _places(before, now) if had != has]
    if (before.release, before.release_hash) != (now.release, now.release_hash):
        said.append(
            f"it is about release {before.release} ({before.release_hash}), not {now.release} ({now.release_hash})"
        )
    if before.line != now.line:
        said.append(f"the release line to deploy was {told(before.line)}, now it would be {told(now.line)}")
    said += _differing("configuration", before.config, now.config, str)
    said += _differing("state", before.state, now.state, _resource)
    said += _differing("program", before.program, now.program, str)
    said += [f"a waiver no longer holds: {one}" for one in sorted({*before.waivers} - {*now.waivers})]
    said += [f"a waiver was added: {one}" for one in sorted({*now.waivers} - {*before.waivers})]
    for name in sorted({*before.tools} | {*now.tools}):
        had, has = before.tools.get(name, "none"), now.tools.get(name, "none")
        if had != has:
            said.append(f"{name} was {had}, now it is {has}")
    return said


def resources(clear: Mapping[str, Any]) -> Hashes:
    """Hash each resource of a deployment whose secrets are in clear; say nothing about a single secret.

    The engine encrypts a secret anew whenever it writes it, so its text says nothing. All secrets together take part in
    one hash, slow to compute: among passwords made of 32 random characters no weak one can be guessed by trying.
    """
    secrets: list[tuple[str, str]] = []

    def veiled(value: Any, owner: str) -> Any:  # noqa: ANN401 - whatever the state holds
        def hide(secret: Mapping[str, Any], _: str) -> str:
            secrets.append((owner, str(secret.get("plaintext"))))
            return SECRETS

        return replace_secrets(value, hide)

    found: dict[str, list[Any]] = {}
    for entry in clear.get("resources") or ():
        kept = {key: _sorted(value) if key in _UNORDERED else value for key, value in entry.items()}
        content = veiled({key: value for key, value in kept.items() if key not in PASSING}, entry["urn"])
        found.setdefault(entry["urn"], []).append(content)
    hashes = {urn: canonical_hash(entries) for urn, entries in found.items()}
    if pending := clear.get("pending_operations"):
        hashes[PENDING] = canonical_hash(veiled(pending, PENDING))
    if secrets:  # the engine lists resources in any order that suits their dependencies
        together = json.dumps(sorted(secrets, key=lambda each: each[0]), separators=(",", ":")).encode()
        hashes[SECRETS] = hashlib.scrypt(together, salt=SECRETS.encode(), n=2**14, r=8, p=1).hex()
    return hashes


def _sorted(value: Any) -> Any:  # noqa: ANN401
    """Put what depends on what into one order: the engine writes it in any."""
    if isinstance(value, dict):
        return {key: _sorted(inner) for key, inner in value.items()}
    return sorted(value) if isinstance(value, list) else value


def files(more: Iterable[str] = (), root: Path = ROOT) -> Hashes:
    """Hash every file that decides what the program makes or how it is judged, and ``more`` of them."""
    names = {*more}
    for part in PROGRAM:
        path = root / part
        below = path.rglob("*") if part.endswith("/") else [path]
        names |= {
            file.relative_to(root).as_posix()
            for file in below
            if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc"
        }
    return {name: _file(root / name) for name in sorted(names) if (root / name).is_file()}


def _file(path: Path) -> str:
    return f"sha256:{sha256(path.read_bytes())}"


def _config(candidate: Candidate) -> Hashes:
    """Hash the configuration that the engine gets, value by value."""
    from support.checkout import read_yaml

    session = candidate.target
    _ = session.pulumi  # the target's copy of the stack file exists once it is prepared
    arguments = session.target.config_arguments(session.stack, candidate.staged)
    return dict(_leaves("", read_yaml(Path(arguments[-1])).get("config") or {}))


def _leaves(path: str, value: Any) -> Iterable[tuple[str, str]]:  # noqa: ANN401 - plain data
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves(f"{path}[{index}]", inner)
    else:
        yield path, canonical_hash(value)


def _tools(engine: str) -> dict[str, str]:
    """Versions of what plans and deploys; two runners of a pipeline may differ in their Python by a patch."""
    from judging.reports import provenance

    return {name: version for name, version in provenance.tool_versions(engine).items() if name != "python"}


def _releases(candidate: Candidate) -> set[str]:
    """Ids of the releases whose manifests the program reads."""
    names = {candidate.running.id, candidate.release.id, candidate.settings.standby.id}
    return {str(name) for name in names}


def _places(before: Binding, now: Binding) -> list[tuple[str, str]]:
    """Name, for each, what the plan is for and what it is looked at for now."""
    places = [
        (f"the {before.target} target", f"the {now.target} target"),
        (f"stack {before.stack}", f"stack {now.stack}"),
        (f"a release from {before.source or 'no stack'}", f"a release from {now.source or 'no stack'}"),
    ]
    if (before.target, before.stack) == (now.target, now.stack) and before.place != now.place:
        places.append((f"a state of {now.stack} that lies elsewhere", "the one that is used now"))
    return places


def _differing(kind: str, before: Hashes, now: Hashes, name: Callable[[str], str]) -> list[str]:
    said = []
    for verb, keys in (
        ("changed", [key for key in before if key in now and before[key] != now[key]]),
        ("gone", [key for key in before if key not in now]),
        ("new", [key for key in now if key not in before]),
    ):
        if keys:
            names = [name(key) for key in sorted(keys)]
            said.append(f"{kind}: {verb} since then: {some(names, 8)}")
    return said


def _resource(urn: str) -> str:
    """Name a resource for people."""
    if urn in (PENDING, SECRETS):
        return {PENDING: "unfinished operations", SECRETS: "a secret"}[urn]
    *_, kind, name = urn.split("::")
    return f"{name} ({kind.rsplit('$', 1)[-1].removeprefix('azure-native:')})"
