"""From an exported state to a throwaway local Azure that holds the same objects, and a state that continues from there.

Secrets do not come along. A state that was read in clear gets placeholders of the same form
(:mod:`rehearsal.state_placeholders`); of one whose secrets are encrypted with a key that is elsewhere, only their
positions are known, so what depends on their values cannot be compared.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rehearsal.state_placeholders import StatePlaceholders, encrypted_paths, for_emulator
from support.errors import Exit, OperationError

if TYPE_CHECKING:
    from emulator.seed import Existing
    from emulator.store import Store
    from settings import PlatformSettings
    from settings.groups import Group
    from stacks.pulumi_cli import PulumiCli

PROJECT = "aifabrix"
_NOT_KEPT = ("secrets_providers", "pending_operations")
"""Parts of a deployment that a throwaway stack has of its own, or must not have."""
MANUAL = "`pulumi stack export --stack {stack} --file FILE` writes one; `./fabrix shell` opens a shell where it works."


@dataclass(frozen=True)
class Seed:
    """What a rehearsal starts from; its secrets are placeholders."""

    deployment: dict[str, Any] = field(repr=False)
    """As ``pulumi stack import`` takes it."""
    hidden: Mapping[str, frozenset[str]]
    """URN → paths of inputs that are secrets whose values the state does not tell, and that cannot be compared."""
    secrets_in_clear: bool
    """Whether the state had a secret in clear text."""
    count: int
    """Resources that exist in a cloud."""
    objects: tuple[Existing, ...] = field(repr=False)
    """What the local Azure is to hold."""
    tenants: Mapping[str, str]
    """Subscription → tenant, as the state's providers say."""


def read_exported_state(path: Path) -> dict[str, Any]:
    """Read an exported state from a file.

    Raises:
        OperationError: exit code 2, it cannot be read or is no JSON.

    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else f"it is no JSON ({error})"
        raise OperationError(f"{path}: cannot be read as an exported state: {said}.", Exit.BAD_INPUT) from None
    if not isinstance(document, dict):
        raise OperationError(f"{path}: is no exported state, but a JSON {type(document).__name__}.", Exit.BAD_INPUT)
    return document


def export_state(cli: PulumiCli) -> dict[str, Any]:
    """Return a stack's state with its secrets in clear; they come through a pipe and stay in this process's memory."""
    return json.loads(cli.query("stack", "export", "--show-secrets").stdout)


def make_seed(state: Mapping[str, Any], stack: str, where: str = "the state") -> Seed:
    """Judge an exported state and make it ready to be imported; ``where`` names it in messages.

    Raises:
        OperationError: exit code 2, the first thing that makes it unfit.

    """
    deployment = _checked(state, stack, where)
    resources, moment = deployment["resources"], time.time_ns()
    try:
        veil = StatePlaceholders.of(resources, moment)
        made = [veil.entry(entry) for entry in resources]
        objects = tuple(_objects(made, moment))
    except ValueError:  # its own text may quote what it could not read
        raise OperationError(
            f"{where}: a secret or special value in it cannot be read: it was changed after it was exported, or by a "
            "newer engine. Export it again.",
            Exit.BAD_INPUT,
        ) from None
    kept = {name: value for name, value in deployment.items() if name not in _NOT_KEPT}
    return Seed(
        deployment={**kept, "resources": made},
        hidden={urn: paths for urn, paths in _hidden(resources) if paths},
        secrets_in_clear=veil.clear,
        count=len([entry for entry in made if _real(entry)]),
        objects=objects,
        tenants=_tenants(resources),
    )


def fill_store(store: Store, seed: Seed, settings: PlatformSettings) -> None:
    """Put the objects of ``seed`` into an empty local Azure, and the customer's groups under the ids that it uses."""
    from emulator import seed as emulated
    from settings.security import ExistingGroups

    own = {settings.installation.subscription_id: settings.installation.tenant_id}
    groups = customers_groups(seed, settings.groups) if isinstance(settings.security.groups, ExistingGroups) else ()
    emulated.fill(store, (*groups, *seed.objects), {**own, **seed.tenants})


def customers_groups(seed: Seed, groups: Sequence[Group]) -> Iterator[Existing]:
    """Yield groups that the program only looks up, and that no state holds: rights were given to their ids.

    A right's logical name says which group it is for. Made anew, a group would have another id, and all its rights
    would seem to change.
    """
    from emulator.facts.identity import GROUP
    from emulator.seed import Existing

    rights = {
        entry["urn"].rsplit("::", 1)[-1]: entry["inputs"]["principalId"]
        for entry in seed.deployment["resources"]
        if entry["type"] == "azure-native:authorization:RoleAssignment"
        and (entry.get("inputs") or {}).get("principalType") == "Group"
    }
    for group in groups:
        for identity in {held for name, held in rights.items() if f"-{group.role}-" in name and isinstance(held, str)}:
            inputs = {"displayName": group.display_name, "description": group.purpose, "securityEnabled": True}
            outputs = {**inputs, "objectId": identity}
            yield Existing(id=f"/groups/{identity}", token=GROUP, inputs=inputs, outputs=outputs)


def vault_generation(seed: Seed, settings: PlatformSettings) -> int:
    """Return the number of the vault that the state has, or the stack file's if that is later.

    The local Azure counts by itself after a destroy, which leaves the stack file behind the state.
    """
    from settings.model import names_of

    names = {
        entry["id"].rsplit("/", 1)[-1].lower()
        for entry in seed.deployment["resources"]
        if entry["type"] == "azure-native:keyvault:Vault" and entry.get("id")
    }
    number = settings.security.vault_generation
    later = range(number + 1, number + 100)
    return next((n for n in later if names_of(settings.installation, n).of("key_vault").lower() in names), number)


def _checked(state: Mapping[str, Any], stack: str, where: str) -> dict[str, Any]:
    """Return the deployment, if it is one of this stack's that a rehearsal can start from."""
    manual = MANUAL.format(stack=stack)
    if "checkpoint" in state:
        raise OperationError(f"{where}: is a backend's own file, no exported state. {manual}", Exit.BAD_INPUT)
    deployment = state.get("deployment")
    if not isinstance(deployment, dict):
        raise OperationError(f"{where}: is no exported state: it has no `deployment`. {manual}", Exit.BAD_INPUT)
    resources = deployment.get("resources") or []
    if not isinstance(resources, list) or not all(isinstance(one, dict) and _named(one) for one in resources):
        raise OperationError(f"{where}: its resources have not the form of an exported state. {manual}", Exit.BAD_INPUT)
    if not any(map(_real, resources)):
        raise OperationError(
            f"{where}: is empty: nothing is deployed, so there is nothing that a release could change. "
            f"`./fabrix check {stack}` rehearses a new installation.",
            Exit.BAD_INPUT,
        )
    owners = sorted({tuple(entry["urn"].split("::")[:2]) for entry in resources} - {(f"urn:pulumi:{stack}", PROJECT)})
    if owners:
        found = ", ".join(f"stack {name.removeprefix('urn:pulumi:')} of project {project}" for name, project in owners)
        raise OperationError(
            f"{where}: is the state of {found}; expected stack {stack} of project {PROJECT}.", Exit.BAD_INPUT
        )
    if pending := deployment.get("pending_operations"):
        listed = ", ".join(sorted({one["resource"]["urn"].rsplit("::", 1)[-1] for one in pending}))
        raise OperationError(
            f"{where}: an interrupted run left {len(pending)} operations whose end nobody recorded: {listed}. "
            f"`./fabrix up {stack}` settles them; then export again.",
            Exit.BAD_INPUT,
        )
    from emulator.seed import unknown

    if foreign := unknown(entry["type"] for entry in resources if entry.get("custom")):
        raise OperationError(
            f"{where}: holds types that the installed packages do not have: {', '.join(foreign)}. It was made with "
            "newer packages; install those of its program.",
            Exit.BAD_INPUT,
        )
    return deployment


def _named(entry: Mapping[str, Any]) -> bool:
    urn, kind = entry.get("urn"), entry.get("type")
    return isinstance(urn, str) and len(urn.split("::")) >= 4 and isinstance(kind, str)  # noqa: PLR2004 - a URN


def _real(entry: Mapping[str, Any]) -> bool:
    """Whether something exists because of it."""
    return bool(entry.get("custom")) and not entry["type"].startswith("pulumi:")


def _objects(resources: list[dict[str, Any]], moment: int) -> Iterator[Existing]:
    """Yield the objects in Azure; what only waits to be deleted comes first, so that what replaced it counts."""
    from emulator.seed import PACKAGES, Existing
    from emulator.wire import load

    for entry in sorted(resources, key=lambda one: not one.get("delete")):
        if entry.get("custom") and entry.get("id") and entry["type"].split(":", 1)[0] in PACKAGES:
            inputs, outputs = (load(for_emulator(entry.get(part) or {})) for part in ("inputs", "outputs"))
            yield Existing(id=entry["id"], token=entry["type"], inputs=inputs, outputs=outputs, created=moment)


def _hidden(resources: list[dict[str, Any]]) -> Iterator[tuple[str, frozenset[str]]]:
    for entry in resources:
        yield entry["urn"], frozenset(encrypted_paths(entry.get("inputs") or {}))


def _tenants(resources: list[dict[str, Any]]) -> dict[str, str]:
    """Return subscription → tenant as the providers are configured."""
    found = (entry.get("inputs") or {} for entry in resources if entry["type"] == "pulumi:providers:azure-native")
    pairs = ((inputs.get("subscriptionId"), inputs.get("tenantId")) for inputs in found)
    return {str(subscription): str(tenant) for subscription, tenant in pairs if subscription and tenant}
