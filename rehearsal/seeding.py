"""Turns an exported state into a throwaway local Azure with the same objects, and a state that continues from there.

Secrets are left behind. Those in clear are replaced by placeholders of the same form
(:mod:`rehearsal.state_placeholders`). Of those encrypted with a key that is elsewhere only the positions are known, so
what depends on their values cannot be compared.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.facts.identity import GROUP
from emulator.seed import PACKAGES, Existing, fill, unsupported_types
from emulator.store import Store
from emulator.tokens import sdk_token
from emulator.wire import load
from rehearsal.state_placeholders import StatePlaceholders, encrypted_paths, for_emulator
from resources.tokens import split_urn
from settings import PlatformSettings
from settings.groups import Group
from settings.model import names_of
from settings.security import NewGroups
from stacks.pulumi_cli import PulumiCli
from support.errors import Exit, OperationError
from targets.target import PROJECT

_NOT_KEPT = ("secrets_providers", "pending_operations")
"""Parts of a deployment that a throwaway stack has its own of, or must not have."""
HOW_TO_EXPORT = (
    "`pulumi stack export --stack {stack} --file FILE` writes one; `./fabrix shell` opens a shell in which it works."
)


@dataclass(frozen=True)
class Seed:
    """What a rehearsal starts from; its secrets are placeholders."""

    deployment: dict[str, Any] = field(repr=False)
    """In the form that ``pulumi stack import`` reads."""
    unknown_secrets: Mapping[str, frozenset[str]]
    """URN → paths of inputs that are secrets whose values the state does not reveal; they cannot be compared."""
    secrets_in_clear: bool
    """Whether the state had a secret in clear text."""
    objects: tuple[Existing, ...] = field(repr=False)
    """Objects for the local Azure."""
    tenants: Mapping[str, str]
    """Subscription → tenant, according to the state's providers."""


def read_exported_state(path: Path) -> dict[str, Any]:
    """Read an exported state from a file.

    Raises:
        OperationError: exit code 2, it cannot be read or is not JSON.

    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"it is not JSON ({error})"
        raise OperationError(f"{path}: cannot be read as an exported state: {reason}.", Exit.BAD_INPUT) from None
    if not isinstance(document, dict):
        raise OperationError(f"{path}: is not an exported state but a JSON {type(document).__name__}.", Exit.BAD_INPUT)
    return document


def export_state(cli: PulumiCli) -> dict[str, Any]:
    """Return a stack's state with its secrets in clear, read from a pipe into memory and never written."""
    return json.loads(cli.query("stack", "export", "--show-secrets").stdout)


def make_seed(state: Mapping[str, Any], stack: str, where: str = "the state") -> Seed:
    """Validate an exported state and prepare it for import; ``where`` names it in messages.

    Raises:
        OperationError: exit code 2, with the first reason why it cannot be used.

    """
    if problem := next(_problems(state, stack), None):
        raise OperationError(f"{where}: {problem}", Exit.BAD_INPUT)
    deployment = state["deployment"]
    resources, moment = deployment["resources"], time.time_ns()
    try:
        placeholders = StatePlaceholders.of(resources, moment)
        entries = [placeholders.entry(entry) for entry in resources]
        objects = tuple(_objects(entries, moment))
    except ValueError:  # whose message may quote the secret
        raise OperationError(
            f"{where}: a secret or special value in it cannot be read: it was changed after it was exported, or by a "
            "newer engine. Export it again.",
            Exit.BAD_INPUT,
        ) from None
    kept = {name: value for name, value in deployment.items() if name not in _NOT_KEPT}
    return Seed(
        deployment={**kept, "resources": entries},
        unknown_secrets={urn: paths for urn, paths in _unknown_secrets(resources) if paths},
        secrets_in_clear=placeholders.in_clear,
        objects=objects,
        tenants=_tenants(resources),
    )


def fill_store(store: Store, seed: Seed, settings: PlatformSettings) -> None:
    """Put the objects of ``seed`` into an empty local Azure, and the customer's groups under the ids that it uses."""
    own = {settings.installation.subscription_id: settings.installation.tenant_id}
    groups = () if isinstance(settings.security.groups, NewGroups) else customers_groups(seed, settings.groups)
    fill(store, (*groups, *seed.objects), {**own, **seed.tenants})


def customers_groups(seed: Seed, groups: Sequence[Group]) -> Iterator[Existing]:
    """Yield the groups that the program only looks up, so that no state holds them; role assignments name their ids.

    The logical name of an assignment tells which group it is for. A new group would have another id, and all its
    assignments would seem to change.
    """
    assignments = {
        split_urn(entry["urn"])[1]: entry["inputs"]["principalId"]
        for entry in seed.deployment["resources"]
        if entry["type"] == "azure-native:authorization:RoleAssignment"
        and (entry.get("inputs") or {}).get("principalType") == "Group"
    }
    for group in groups:
        for identity in {
            held for name, held in assignments.items() if f"-{group.role}-" in name and isinstance(held, str)
        }:
            inputs = {"displayName": group.display_name, "description": group.purpose, "securityEnabled": True}
            outputs = {**inputs, "objectId": identity}
            yield Existing(id=f"/groups/{identity}", token=GROUP, inputs=inputs, outputs=outputs)


def vault_generation(seed: Seed, settings: PlatformSettings) -> int:
    """Return the number of the vault in the state, or the stack file's if that is later.

    After a destroy the local Azure counts up by itself, and the stack file falls behind the state.
    """
    names = {
        entry["id"].rsplit("/", 1)[-1].lower()
        for entry in seed.deployment["resources"]
        if sdk_token(entry["type"]) == "azure-native:keyvault:Vault" and entry.get("id")
    }
    number = settings.security.vault_generation
    later = range(number + 1, number + 100)
    return next((n for n in later if names_of(settings.installation, n).of("key_vault").lower() in names), number)


def _problems(state: Mapping[str, Any], stack: str) -> Iterator[str]:
    """Yield why a rehearsal of ``stack`` cannot start from ``state``; each check holds only if the earlier ones do."""
    how_to = HOW_TO_EXPORT.format(stack=stack)
    if "checkpoint" in state:
        yield f"is a backend's own file, not an exported state. {how_to}"
    deployment = state.get("deployment")
    if not isinstance(deployment, dict):
        yield f"is not an exported state: it has no `deployment`. {how_to}"
        return
    resources = deployment.get("resources") or []
    if not isinstance(resources, list) or not all(isinstance(one, dict) and _named(one) for one in resources):
        yield f"its resources do not have the form of an exported state. {how_to}"
    if not any(map(_real, resources)):
        yield (
            "is empty: nothing is deployed, so there is nothing that a release could change. "
            f"`./fabrix check {stack}` rehearses a new installation."
        )
    owners = sorted({tuple(entry["urn"].split("::")[:2]) for entry in resources} - {(f"urn:pulumi:{stack}", PROJECT)})
    if owners:
        listed = ", ".join(f"stack {name.removeprefix('urn:pulumi:')} of project {project}" for name, project in owners)
        yield f"is the state of {listed}; expected stack {stack} of project {PROJECT}."
    if pending := deployment.get("pending_operations"):
        listed = ", ".join(sorted({split_urn(one["resource"]["urn"])[1] for one in pending}))
        yield (
            f"an interrupted run left {len(pending)} operations whose outcome was not recorded: {listed}. "
            f"`./fabrix up {stack}` settles them; then export again."
        )
    if foreign := unsupported_types(sdk_token(entry["type"]) for entry in resources if entry.get("custom")):
        yield (
            f"contains types that the installed packages do not have: {', '.join(foreign)}. It was made with newer "
            "packages; install the packages of its program."
        )


def _named(entry: Mapping[str, Any]) -> bool:
    urn, kind = entry.get("urn"), entry.get("type")
    return isinstance(urn, str) and len(urn.split("::")) >= 4 and isinstance(kind, str)  # noqa: PLR2004 - a URN


def _real(entry: Mapping[str, Any]) -> bool:
    """Whether the resource exists outside the state."""
    return bool(entry.get("custom")) and not entry["type"].startswith("pulumi:")


def _objects(resources: list[dict[str, Any]], moment: int) -> Iterator[Existing]:
    """Yield the objects in Azure; those that wait for deletion first, so that their replacements win."""
    for entry in sorted(resources, key=lambda one: not one.get("delete")):
        if entry.get("custom") and entry.get("id") and (token := sdk_token(entry["type"])).split(":", 1)[0] in PACKAGES:
            inputs, outputs = (load(for_emulator(entry.get(part) or {})) for part in ("inputs", "outputs"))
            yield Existing(id=entry["id"], token=token, inputs=inputs, outputs=outputs, created=moment)


def _unknown_secrets(resources: list[dict[str, Any]]) -> Iterator[tuple[str, frozenset[str]]]:
    for entry in resources:
        yield entry["urn"], frozenset(encrypted_paths(entry.get("inputs") or {}))


def _tenants(resources: list[dict[str, Any]]) -> dict[str, str]:
    """Return subscription → tenant as the providers are configured."""
    configured = (entry.get("inputs") or {} for entry in resources if entry["type"] == "pulumi:providers:azure-native")
    pairs = ((inputs.get("subscriptionId"), inputs.get("tenantId")) for inputs in configured)
    return {str(subscription): str(tenant) for subscription, tenant in pairs if subscription and tenant}
