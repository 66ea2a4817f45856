"""What a stack left in Azure when it gave something up, taken back into the state when it wants it again.

Secrets stay in the vault when an application is taken out (``retain_on_delete``: Azure Resource Manager deletes none).
When the application comes back, azure-native would refuse to create what exists. So before a deployment each secret
that the stack file asks for and the state does not have is looked up, and adopted: as the recovery after an
interrupted run does it. The deployment then writes a new value into it, as a new version.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any

from resources.tokens import normalise
from stacks.cloud.model import CreatedObject
from stacks.cloud.open import open_cloud
from stacks.session import Session
from stacks.state import deployed_state
from support.errors import OperationError

SECRET = "keyvault:Secret"  # noqa: S105 - a type
"""The one type that components keep on delete; of whatever API version its token is."""

_OF_THE_OTHER = ("dependencies", "propertyDependencies", "created", "modified", "initErrors")
"""What an entry of a state says about its own resource alone."""

Entry = dict[str, Any]


def adopt_retained(session: Session) -> list[str]:
    """Take retained secrets that the stack wants again into its state; return what was done, one sentence each.

    Where no secret is missing from the state, that costs one export and no request.

    Raises:
        OperationError: Azure cannot be reached, or refuses; or reading the adopted secrets failed.

    """
    state = deployed_state(session)
    wanted = [secret.name for secret in session.settings.secrets if secret.generator != "supplied"]
    missing = entries_of_missing(state["deployment"]["resources"], wanted) if state else []
    if state is None or not missing:
        return []
    cloud, installation = open_cloud(session.target, session.settings), session.settings.installation

    def look_up(token: str, inputs: Mapping[str, Any]) -> CreatedObject | None:
        return cloud.find_created(token, inputs, installation.subscription_id, installation.tenant_id)

    adopted = existing(missing, look_up)
    if not adopted:
        return []
    state["deployment"]["resources"] += adopted
    session.pulumi.query("stack", "import", stdin=json.dumps(state))
    targets = [argument for entry in adopted for argument in ("--target", entry["urn"])]
    run, code = session.pulumi.run("refresh", "--yes", "--skip-preview", *targets, log=session.log("refresh"))
    if code != 0:
        raise OperationError(f"reading secrets that were in the vault already failed: {run.errors}")
    names = ", ".join(entry["inputs"]["secretName"] for entry in adopted)
    done = (
        f"taken back into the state, since the vault still has them: {names}. Each gets a new value; the former "
        "one stays in the vault as its former version"
    )
    session.console.info(done, style="yellow")
    return [done]


def entries_of_missing(resources: Iterable[Entry], wanted: Iterable[str]) -> list[Entry]:
    """Return entries for the wanted secrets that a state does not have, modelled on one that it has.

    Without one there is no vault in the state either, and nothing was kept in it.
    """
    secrets = [entry for entry in resources if normalise(entry["type"]) == SECRET and not entry.get("delete")]
    names = {str(entry["inputs"]["secretName"]).lower() for entry in secrets}
    model = next((e for e in secrets if e["urn"].endswith(f"-{e['inputs']['secretName']}")), None)
    if model is None:
        return []
    return [_like(model, name) for name in wanted if name.lower() not in names]


def existing(
    entries: Iterable[Entry], look_up: Callable[[str, Mapping[str, Any]], CreatedObject | None]
) -> list[Entry]:
    """Return those of ``entries`` that Azure has, with their ids."""
    found = ((entry, look_up(entry["type"], entry["inputs"])) for entry in entries)
    return [{**entry, "id": created.id} for entry, created in found if created is not None]


def _like(model: Entry, name: str) -> Entry:
    entry = {key: deepcopy(value) for key, value in model.items() if key not in _OF_THE_OTHER}
    entry["urn"] = model["urn"].removesuffix(model["inputs"]["secretName"]) + name
    entry["inputs"]["secretName"] = name
    # The value of the model stands in until the deployment writes the secret's own: Azure never shows one.
    return {**entry, "outputs": deepcopy(entry["inputs"])}
