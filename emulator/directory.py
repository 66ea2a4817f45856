"""The tenant's directory: what Microsoft Entra does with a request, on the store, without any protocol around it."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from emulator.diff import changes
from emulator.facts.identity import DIRECTORY, FUNCTIONS, Entry
from emulator.facts.row import Fact, Place
from emulator.record import Record
from emulator.refusal import Refusal
from emulator.shape import shape
from emulator.store import Store
from emulator.values import UNKNOWN, Secret, Unknown, Value, plain

_HIDDEN = "password"  # the one input or output that Graph never shows


@dataclass
class Directory:
    """One tenant of the local Entra."""

    store: Store
    tenant_id: str

    def entry(self, token: str) -> Entry:
        """Return the row of a type, made up where the table has none."""
        kind = token.rsplit(":", 1)[-1]
        plural = kind[0].lower() + kind[1:] + "s"
        made = Entry(arm_type=f"Microsoft.Graph/{plural}", path=f"/{plural}/{{guid}}", guids=("objectId",), named=False)
        return DIRECTORY.get(token, made)

    def fact(self, token: str) -> Fact:
        """Return what decides about replacement."""
        entry = self.entry(token)
        return Fact(token=token, arm_type=entry.arm_type, path="/", immutable=entry.immutable)

    def forecast(self, token: str, inputs: dict[str, Value]) -> dict[str, Value]:
        """Return the outputs that a preview knows: all but the GUIDs that Entra makes up."""
        entry = self.entry(token)
        guids = dict.fromkeys(entry.guids, UNKNOWN)
        return self._outputs(token, entry, inputs, guids)

    def create(self, token: str, inputs: dict[str, Value], *, who: str = "pulumi") -> Record:
        """Make an object.

        Raises:
            Refusal: the name must be unique and is not, the id exists, or what it belongs to does not.
        """
        entry = self.entry(token)
        with self.store.change():
            self._refuse_duplicate(entry, plain(inputs))
            self._refuse_orphan(entry, plain(inputs))
            identity, guids = self._identity(entry, plain(inputs))
            if self.store.get(identity) is not None:
                text = f"'{identity}' already exists; to manage it with Pulumi import it"
                raise Refusal("Request_BadRequest", text, status="ALREADY_EXISTS")
            return self.store.put(self._record(token, identity, inputs, guids), who=who)

    def update(self, token: str, identity: str, inputs: dict[str, Value], *, who: str = "pulumi") -> Record:
        """Change an object to ``inputs``.

        Raises:
            Refusal: there is no such object.
        """
        entry = self.entry(token)
        with self.store.change():
            before = self.store.record(identity)
            if before is None:
                text = f"Resource '{identity}' does not exist: somebody deleted it; run refresh, then up makes it again"
                raise Refusal("Request_ResourceNotFound", text, status="NOT_FOUND")
            guids = {name: before.outputs.get(name) for name in entry.guids}
            record = self._record(token, before.id, inputs, guids)
            paths = [change.path for change in changes(self.fact(token), before.inputs, inputs)]
            return self.store.put(record, who=who, what="update", paths=paths)

    def delete(self, identity: str, *, who: str = "pulumi") -> list[Record]:
        """Delete an object and what belongs to it; return what went, or [] if there was nothing."""
        with self.store.change():
            record = self.store.record(identity)
            if record is None:
                return []
            gone = [record, *self._belongings(record)]
            for one in gone:
                self.store.remove(one, keep_name=False, who=who)
            return gone

    def call(self, function: str, args: dict[str, Value]) -> dict[str, Value]:
        """Answer a look-up (``getGroup``).

        Raises:
            Refusal: nothing or more than one object matches, or there is no such function.
        """
        if function not in FUNCTIONS:
            text = f"the local directory has no function {function}; it has getClientConfig, {', '.join(FUNCTIONS)}"
            raise Refusal("NotImplemented", text, status="UNIMPLEMENTED")
        token, keys = FUNCTIONS[function]
        asked = {key: args[key] for key in keys if isinstance(args.get(key), str)}
        said = " and ".join(f"{key} {value!r}" for key, value in asked.items())
        kind = token.rsplit(":", 1)[-1]
        if not asked:
            raise Refusal("Request_BadRequest", f"{function} needs one of {', '.join(keys)}", status="INVALID_ARGUMENT")
        found = [one for one in self.store.records(self.entry(token).arm_type) if _matches(one, asked)]
        if not found:
            text = f"no {kind} found with {said}; the local directory holds only what programs made in it"
            raise Refusal("Request_ResourceNotFound", text, status="NOT_FOUND")
        if len(found) > 1:
            text = f"{len(found)} objects found with {said}; ask by objectId"
            raise Refusal("Request_BadRequest", text)
        return {**found[0].outputs, "id": found[0].id}

    # Parts

    def _guid(self, *parts: str) -> str:
        place = Place(id=f"/tenants/{self.tenant_id}", name="", subscription_id="", tenant_id=self.tenant_id)
        return place.guid(*parts)

    def _identity(self, entry: Entry, inputs: dict[str, Value]) -> tuple[str, dict[str, str]]:
        """Return an id that nothing ever had, and the GUIDs that go with it; they repeat in the same history only."""
        label = str(inputs.get("displayName") or inputs.get("clientId") or inputs.get("userPrincipalName"))
        for attempt in itertools.count():
            guids = {name: self._guid(entry.arm_type, label, name, str(attempt)) for name in entry.guids}
            names = {**inputs, "guid": next(iter(guids.values()), "")}
            identity = re.sub(r"\{(\w+)\}", lambda found, names=names: str(names[found.group(1)]), entry.path)
            identity = identity.removeprefix("/applications/") if "{applicationId}" in entry.path else identity
            if not guids or (self.store.get(identity) is None and not self.store.lives(identity)):
                return identity, guids
        raise AssertionError

    def _refuse_duplicate(self, entry: Entry, inputs: dict[str, Value]) -> None:
        """Keep display names unique where the program asks for it."""
        name = inputs.get("displayName")
        if not entry.named or inputs.get("preventDuplicateNames") is not True:
            return
        for other in self.store.records(entry.arm_type):
            if str(plain(other.inputs.get("displayName"))).lower() == str(name).lower():
                text = (
                    f"an object named '{name}' exists ({other.id}) and preventDuplicateNames is set; "
                    "import it, look it up instead of creating it, or choose another name"
                )
                raise Refusal("Request_BadRequest", text, status="ALREADY_EXISTS")

    def _refuse_orphan(self, entry: Entry, inputs: dict[str, Value]) -> None:
        """Refuse an object that belongs to one that does not exist; Microsoft's own applications always do."""
        if entry.within is None or inputs.get("useExisting") is True:
            return
        name, token, key = entry.within
        if not any(_key(one, key) == inputs[name] for one in self.store.records(self.entry(token).arm_type)):
            kind = token.rsplit(":", 1)[-1]
            text = f"no {kind} has {key} '{inputs[name]}'; create it first, or check {name}"
            raise Refusal("Request_ResourceNotFound", text, status="NOT_FOUND")

    def _belongings(self, record: Record) -> list[Record]:
        """Return what Entra deletes together with ``record``, at any depth."""
        found: list[Record] = []
        for entry in DIRECTORY.values():
            if entry.within is not None and entry.within[1] == record.token:
                name, _, key = entry.within
                wanted = _key(record, key)
                mine = [one for one in self.store.records(entry.arm_type) if plain(one.inputs.get(name)) == wanted]
                found += [deeper for one in mine for deeper in (one, *self._belongings(one))]
        return found

    def _record(self, token: str, identity: str, inputs: dict[str, Value], guids: dict[str, Value]) -> Record:
        entry = self.entry(token)
        outputs = self._outputs(token, entry, inputs, guids)
        known = token in DIRECTORY
        return Record(
            id=identity, token=token, arm_type=entry.arm_type, inputs=inputs, outputs=outputs, shape_only=not known
        )

    def _outputs(self, token: str, entry: Entry, inputs: dict[str, Value], guids: dict[str, Value]) -> dict[str, Value]:
        """Return the outputs: defaults, inputs, GUIDs, and what a service principal takes from its application."""
        names = shape(token).outputs
        found = {name: value for name, value in entry.defaults if name in names}
        found.update({name: value for name, value in inputs.items() if name in names})
        if "applicationTenantId" in names:
            found.update(applicationTenantId=self.tenant_id, displayName=self._application_name(inputs.get("clientId")))
        if found.get(_HIDDEN) is not None and not isinstance(found[_HIDDEN], Secret):
            found[_HIDDEN] = Secret(found[_HIDDEN])
        return {**found, **{name: value for name, value in guids.items() if name in names}}

    def _application_name(self, client_id: Value) -> Value:
        """Return the display name of the application with this client id."""
        if isinstance(client_id, Unknown):
            return UNKNOWN
        for one in self.store.records("Microsoft.Graph/applications"):
            if one.outputs.get("clientId") == client_id:
                return one.outputs.get("displayName")
        return None


def _key(record: Record, key: str) -> Value:
    """Return an output of a record, or its id."""
    return record.id if key == "id" else plain(record.outputs.get(key))


def _matches(record: Record, asked: dict[str, str]) -> bool:
    """Whether all that was asked for is so, without regard to case."""
    return all(str(plain(record.outputs.get(key))).lower() == value.lower() for key, value in asked.items())
