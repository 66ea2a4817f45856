"""The tenant's directory: what Microsoft Entra does with a request, on the store, without any protocol around it."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from emulator.diff import changes
from emulator.errors import Refusal
from emulator.facts.identity import DIRECTORY, FUNCTIONS, Entry
from emulator.facts.model import Fact, Placement
from emulator.shape import shape
from emulator.store import Store
from emulator.stored_object import StoredObject
from emulator.values import UNKNOWN, Secret, Unknown, Value, plain

_SECRET = "password"  # noqa: S105 - the name of the one input or output that Graph never shows


@dataclass
class Directory:
    """One tenant of the local Entra."""

    store: Store
    tenant_id: str

    def entry(self, token: str) -> Entry:
        """Return the facts of a type, made up where the table has none."""
        kind = token.rsplit(":", 1)[-1]
        plural = kind[0].lower() + kind[1:] + "s"
        default = Entry(
            arm_type=f"Microsoft.Graph/{plural}", path=f"/{plural}/{{guid}}", guids=("objectId",), named=False
        )
        return DIRECTORY.get(token, default)

    def fact(self, token: str) -> Fact:
        """Return what decides whether a change replaces the object."""
        entry = self.entry(token)
        return Fact(token=token, arm_type=entry.arm_type, path="/", immutable=entry.immutable)

    def forecast(self, token: str, inputs: dict[str, Value]) -> dict[str, Value]:
        """Return the outputs that a preview knows: all but the GUIDs that Entra generates."""
        entry = self.entry(token)
        guids = dict.fromkeys(entry.guids, UNKNOWN)
        return self._outputs(token, entry, inputs, guids)

    def create(self, token: str, inputs: dict[str, Value], *, who: str = "pulumi", object_id: str = "") -> StoredObject:
        """Create an object, with an ``object_id`` of its own or the given one.

        Raises:
            Refusal: the name must be unique and is not, the id exists, or the object that it belongs to does not.
        """
        entry = self.entry(token)
        with self.store.change():
            self._refuse_duplicate(entry, plain(inputs))
            self._refuse_orphan(entry, plain(inputs))
            identity, guids = self._identity(entry, plain(inputs), object_id)
            if self.store.get(identity) is not None:
                text = f"'{identity}' already exists; to manage it with Pulumi import it"
                raise Refusal("Request_BadRequest", text, status="ALREADY_EXISTS")
            return self.store.put(self._stored_object(token, identity, inputs, guids), who=who)

    def update(self, token: str, identity: str, inputs: dict[str, Value], *, who: str = "pulumi") -> StoredObject:
        """Change an object to ``inputs``.

        Raises:
            Refusal: there is no such object.
        """
        entry = self.entry(token)
        with self.store.change():
            before = self.store.object(identity)
            if before is None:
                text = f"Resource '{identity}' does not exist (somebody deleted it); run refresh, then up creates it"
                raise Refusal("Request_ResourceNotFound", text, status="NOT_FOUND")
            guids = {name: before.outputs.get(name) for name in entry.guids}
            stored = self._stored_object(token, before.id, inputs, guids)
            paths = [change.path for change in changes(self.fact(token), before.inputs, inputs)]
            return self.store.put(stored, who=who, what="update", paths=paths)

    def delete(self, identity: str, *, who: str = "pulumi") -> list[StoredObject]:
        """Delete an object and what belongs to it; return what was deleted, or [] if there was nothing."""
        with self.store.change():
            stored = self.store.object(identity)
            if stored is None:
                return []
            gone = [stored, *self._belongings(stored)]
            for one in gone:
                self.store.remove(one, keep_name=False, who=who)
            return gone

    def call(self, function: str, args: dict[str, Value]) -> dict[str, Value]:
        """Answer a look-up (``getGroup``).

        Raises:
            Refusal: not exactly one object matches, or there is no such function.
        """
        if function not in FUNCTIONS:
            text = f"the local directory has no function {function}; it has getClientConfig, {', '.join(FUNCTIONS)}"
            raise Refusal("NotImplemented", text, status="UNIMPLEMENTED")
        token, keys = FUNCTIONS[function]
        criteria = {key: args[key] for key in keys if isinstance(args.get(key), str)}
        description = " and ".join(f"{key} {value!r}" for key, value in criteria.items())
        kind = token.rsplit(":", 1)[-1]
        if not criteria:
            raise Refusal("Request_BadRequest", f"{function} needs one of {', '.join(keys)}", status="INVALID_ARGUMENT")
        matches = [one for one in self.store.objects(self.entry(token).arm_type) if _matches(one, criteria)]
        if not matches:
            text = f"no {kind} found with {description}; the local directory has only what programs created in it"
            raise Refusal("Request_ResourceNotFound", text, status="NOT_FOUND")
        if len(matches) > 1:
            text = f"{len(matches)} objects found with {description}; ask by objectId"
            raise Refusal("Request_BadRequest", text)
        return {**matches[0].outputs, "id": matches[0].id}

    # Parts

    def _guid(self, *parts: str) -> str:
        tenant = Placement(id=f"/tenants/{self.tenant_id}", name="", subscription_id="", tenant_id=self.tenant_id)
        return tenant.guid(*parts)

    def _identity(self, entry: Entry, inputs: dict[str, Value], given: str = "") -> tuple[str, dict[str, str]]:
        """Return an id that no object ever had, and its GUIDs; only the same history of objects repeats them.

        A given GUID is taken as it is.
        """
        label = str(inputs.get("displayName") or inputs.get("clientId") or inputs.get("userPrincipalName"))
        for attempt in itertools.count():
            guids = {name: given or self._guid(entry.arm_type, label, name, str(attempt)) for name in entry.guids}
            names = {**inputs, "guid": next(iter(guids.values()), "")}
            identity = re.sub(r"\{(\w+)\}", lambda match, names=names: str(names[match.group(1)]), entry.path)
            identity = identity.removeprefix("/applications/") if "{applicationId}" in entry.path else identity
            if given or not guids or (self.store.get(identity) is None and not self.store.lives(identity)):
                return identity, guids
        raise AssertionError("the loop ends by returning")

    def _refuse_duplicate(self, entry: Entry, inputs: dict[str, Value]) -> None:
        """Refuse a display name that is taken, where the program wants unique names."""
        name = inputs.get("displayName")
        if not entry.named or inputs.get("preventDuplicateNames") is not True:
            return
        for other in self.store.objects(entry.arm_type):
            if str(plain(other.inputs.get("displayName"))).lower() == str(name).lower():
                text = (
                    f"an object named '{name}' exists ({other.id}) and preventDuplicateNames is set; "
                    "import it, look it up instead of creating it, or choose another name"
                )
                raise Refusal("Request_BadRequest", text, status="ALREADY_EXISTS")

    def _refuse_orphan(self, entry: Entry, inputs: dict[str, Value]) -> None:
        """Refuse an object whose owner does not exist; Microsoft's own applications always exist."""
        if entry.within is None or inputs.get("useExisting") is True:
            return
        name, token, key = entry.within
        if not any(_output_or_id(one, key) == inputs[name] for one in self.store.objects(self.entry(token).arm_type)):
            kind = token.rsplit(":", 1)[-1]
            text = f"no {kind} has {key} '{inputs[name]}'; create it first, or check {name}"
            raise Refusal("Request_ResourceNotFound", text, status="NOT_FOUND")

    def _belongings(self, owner: StoredObject) -> list[StoredObject]:
        """Return what Entra deletes together with ``owner``, at any depth."""
        belongings: list[StoredObject] = []
        for entry in DIRECTORY.values():
            if entry.within is not None and entry.within[1] == owner.token:
                name, _, key = entry.within
                owner_key = _output_or_id(owner, key)
                own = [one for one in self.store.objects(entry.arm_type) if plain(one.inputs.get(name)) == owner_key]
                belongings += [deeper for one in own for deeper in (one, *self._belongings(one))]
        return belongings

    def _stored_object(
        self, token: str, identity: str, inputs: dict[str, Value], guids: dict[str, Value]
    ) -> StoredObject:
        entry = self.entry(token)
        return StoredObject(
            id=identity,
            token=token,
            arm_type=entry.arm_type,
            inputs=inputs,
            outputs=self._outputs(token, entry, inputs, guids),
            shape_only=token not in DIRECTORY,
        )

    def _outputs(self, token: str, entry: Entry, inputs: dict[str, Value], guids: dict[str, Value]) -> dict[str, Value]:
        """Return the outputs: defaults, inputs, GUIDs, and what a service principal has from its application."""
        names = shape(token).outputs
        outputs = {name: value for name, value in entry.defaults if name in names}
        outputs.update({name: value for name, value in inputs.items() if name in names})
        if "applicationTenantId" in names:
            outputs.update(
                applicationTenantId=self.tenant_id, displayName=self._application_name(inputs.get("clientId"))
            )
        if outputs.get(_SECRET) is not None and not isinstance(outputs[_SECRET], Secret):
            outputs[_SECRET] = Secret(outputs[_SECRET])
        return {**outputs, **{name: value for name, value in guids.items() if name in names}}

    def _application_name(self, client_id: Value) -> Value:
        """Return the display name of the application with this client id."""
        if isinstance(client_id, Unknown):
            return UNKNOWN
        for one in self.store.objects("Microsoft.Graph/applications"):
            if one.outputs.get("clientId") == client_id:
                return one.outputs.get("displayName")
        return None


def _output_or_id(stored: StoredObject, key: str) -> Value:
    """Return an output of an object, or its id."""
    return stored.id if key == "id" else plain(stored.outputs.get(key))


def _matches(stored: StoredObject, criteria: dict[str, str]) -> bool:
    """Return whether an object has all these outputs, ignoring case."""
    return all(str(plain(stored.outputs.get(key))).lower() == value.lower() for key, value in criteria.items())
