"""The control plane: what Azure Resource Manager does with a request, on the store, without any protocol around it."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from emulator import arm_checks, ids, members, peerings, records, results
from emulator.diff import changes
from emulator.errors import Refusal, UnknownTypeError
from emulator.facts.build import fact_from_shape
from emulator.facts.model import Fact, Placement
from emulator.shape import Problem, Shape, check, shape
from emulator.store import Store
from emulator.stored_object import StoredObject
from emulator.values import Value, plain
from emulator.world import ANY_TYPE, Law, NoWorld, Operation, Request, violations


@dataclass
class ControlPlane:
    """One subscription of the local Azure."""

    store: Store
    subscription_id: str
    tenant_id: str
    facts: Mapping[str, Fact] = field(repr=False)
    """By type token; a type without facts is accepted on its shape alone."""
    laws: Mapping[str, Sequence[Law]] = field(repr=False)
    """By type token; those under :data:`~emulator.world.ANY_TYPE` hold for all types."""
    api_versions: Mapping[str, str] = field(default_factory=dict, repr=False)
    """ARM namespace → API version that the client sends; without one, the client sends that of the facts."""

    def fact(self, token: str) -> Fact:
        """Return what is known of a type, derived from its shape where the table has nothing.

        Raises:
            UnknownTypeError: the SDK has no such type.
        """
        return self.facts.get(token) or fact_from_shape(token)

    # Before anything changes

    def check(
        self, token: str, news: dict[str, Value], olds: dict[str, Value] | None, *, logical: str, seed: bytes = b""
    ) -> tuple[dict[str, Value], list[Problem]]:
        """Complete the inputs (with a name where the program gave none) and return everything that is wrong with them.

        Args:
            token: the type.
            news: the program's inputs.
            olds: the inputs at the last deployment; None or empty for a new object.
            logical: name of the resource in the program.
            seed: the engine's, for generated names.
        """
        try:
            type_shape, fact = shape(token), self.fact(token)
        except UnknownTypeError as error:
            return news, [Problem("", str(error))]
        inputs = _with_name(fact, type_shape, news, olds or {}, arm_checks.autoname(logical, fact.name, seed))
        problems = check(token, inputs) + arm_checks.name_problems(fact, inputs)
        if not olds and fact.retired:
            problems.append(Problem("", fact.retired))
        if not problems:
            request = self._request(fact, inputs, olds or None, "update" if olds else "create")
            problems += [Problem("", text) for text in violations(self._laws(token), request, NoWorld())]
        return inputs, problems

    def forecast_create(self, token: str, inputs: dict[str, Value]) -> tuple[str | None, dict[str, Value]]:
        """Return id (None if unknown) and outputs that a preview knows of a new object."""
        fact = self.fact(token)
        arm_id = self._id(fact, inputs)
        placement = self._placement(fact, arm_id, inputs) if arm_id else None
        return arm_id, results.forecast(fact, shape(token), inputs, placement)

    def forecast_update(self, token: str, arm_id: str, inputs: dict[str, Value]) -> dict[str, Value]:
        """Return outputs that a preview knows of a changed object; what Azure generated for it stays as it is."""
        fact = self.fact(token)
        stored = self.store.object(arm_id)
        before = stored.outputs if stored else {}
        return results.forecast(fact, shape(token), inputs, self._placement(fact, arm_id, inputs), before)

    # Changes

    def create(self, token: str, inputs: dict[str, Value], *, who: str = "pulumi") -> StoredObject:
        """Create an object.

        Raises:
            Refusal: the id or name is taken, a container is missing, or laws are broken; it holds every reason.
        """
        fact = self.fact(token)
        arm_id = self._id(fact, inputs)
        if arm_id is None:
            raise Refusal("InvalidRequest", f"a part of {fact.path} is missing", status="INVALID_ARGUMENT")
        with self.store.change():
            if self.store.get(arm_id) is not None:
                raise Refusal("Conflict", arm_checks.already_exists(arm_id), status="ALREADY_EXISTS")
            recover = arm_checks.is_recovery(inputs)
            reasons = arm_checks.parent_problems(self.store, token, arm_id)
            reasons += arm_checks.reserved_name_problems(self.store, fact, arm_id, recover=recover)
            request = self._request(fact, inputs, None, "create", arm_id)
            reasons += violations(self._laws(token), request, self.store)
            if reasons:
                raise Refusal.of(reasons)
            deleted = self.store.tombstone(fact.arm_type, ids.arm_name(arm_id)) if recover else None
            if deleted is not None:
                self.store.recover(deleted, who=who)
            stored = self.store.put(
                self._stored_object(fact, arm_id, inputs), who=who, what=None if deleted is not None else "create"
            )
            self._sync_members(stored, who)
            self._sync_parent(stored, who)
            self._send_logs(stored)
            return self._sync_sides(stored)

    def update(self, token: str, arm_id: str, inputs: dict[str, Value], *, who: str = "pulumi") -> StoredObject:
        """Change an object to ``inputs``.

        Raises:
            Refusal: there is no such object, or a law is broken.
        """
        fact = self.fact(token)
        with self.store.change():
            before = self.store.object(arm_id)
            if before is None:
                raise Refusal("ResourceNotFound", arm_checks.not_found(arm_id), status="NOT_FOUND")
            self._obey_laws(self._request(fact, inputs, before.inputs, "update", arm_id))
            paths = [change.path for change in changes(fact, before.inputs, inputs)]
            stored = self.store.put(self._stored_object(fact, before.id, inputs), who=who, what="update", paths=paths)
            self._sync_members(stored, who)
            self._sync_parent(stored, who)
            self._send_logs(stored)
            return self._sync_sides(stored)

    def delete(self, arm_id: str, *, who: str = "pulumi") -> list[StoredObject]:
        """Delete an object and everything below it; return what was deleted, or [] if there was nothing.

        Raises:
            Refusal: a law is broken, such as that of a lock.
        """
        with self.store.change():
            stored = self.store.object(arm_id)
            if stored is None:
                return []
            fact = self.fact(stored.token)
            self._obey_laws(self._request(fact, stored.inputs, stored.inputs, "delete", stored.id))
            gone = [stored, *self.store.below(arm_id)]
            soft = {one.id for one in gone if one.token in self.facts and self.facts[one.token].soft_delete}
            for one in gone:
                kept = one.id in soft or any(arm_checks.is_part_of(one.id, holder) for holder in soft)
                self.store.remove(one, keep_name=kept, who=who)
                self._sync_sides(one, deleted=True)
            self._sync_parent(stored, who, deleted=True)
            return gone

    def _sync_sides(self, stored: StoredObject, *, deleted: bool = False) -> StoredObject:
        """Show at both sides of a peering what became of one; return ``stored`` as it is then."""
        sides = [
            self.store.put(side, what=None) for side in peerings.changed_sides(self.store, stored, deleted=deleted)
        ]
        return next((side for side in sides if side.id == stored.id), stored)

    def _send_logs(self, sender: StoredObject) -> None:
        """Make the containers that Azure makes for the logs of ``sender``, where their account is known."""
        account_id, names = records.containers(sender.token, plain(sender.inputs))
        account = self.store.object(account_id) if names else None
        if account is None:
            return
        fact = self.fact("azure-native:storage:BlobContainer")
        for name in names:
            arm_id = f"{account.id}/blobServices/default/containers/{name}"
            if self.store.get(arm_id) is None:
                inputs: dict[str, Value] = {
                    "accountName": ids.arm_name(account.id),
                    "resourceGroupName": ids.resource_group(account.id),
                    "containerName": name,
                }
                self.store.put(self._stored_object(fact, arm_id, inputs), who="azure")

    # Members: objects that their parent may list

    def _sync_members(self, parent: StoredObject, who: str) -> None:
        """Create, change and delete members until they are those that ``parent`` lists.

        Raises:
            Refusal: a law of a member is broken.
        """
        fact = self.fact(parent.token)
        for kind in fact.members:
            if not isinstance(parent.inputs.get(kind.listed), list):
                continue
            existing = [one for one in self.store.below(parent.id) if one.token == kind.token]
            for change in members.member_changes(fact, parent, kind, self.fact(kind.token), existing):
                if change.inputs is None:
                    self.delete(change.id, who=who)
                elif change.id:
                    self.update(kind.token, change.id, change.inputs, who=who)
                else:
                    self.create(kind.token, change.inputs, who=who)

    def _sync_parent(self, member: StoredObject, who: str, *, deleted: bool = False) -> None:
        """Show what became of a member in its parent's list, if it has one.

        No law is asked: those of the member have been.
        """
        if member.token not in self._member_types:
            return
        parent = self.store.object(ids.parent_id(member.id))
        if parent is None:
            return
        fact = self.fact(parent.token)
        kind = next((one for one in fact.members if one.token == member.token), None)
        if kind is None or not isinstance(parent.inputs.get(kind.listed), list):
            return
        listed = members.updated_list(parent.inputs[kind.listed], self.fact(member.token), member, deleted=deleted)
        inputs = {**parent.inputs, kind.listed: listed}
        paths = [change.path for change in changes(fact, parent.inputs, inputs)]
        if paths:
            self.store.put(self._stored_object(fact, parent.id, inputs), who=who, what="update", paths=paths)

    @functools.cached_property
    def _member_types(self) -> frozenset[str]:
        """Tokens of types that a parent may list."""
        return frozenset(kind.token for fact in self.facts.values() for kind in fact.members)

    # Parts

    def _laws(self, token: str) -> tuple[Law, ...]:
        """Return all laws for a type."""
        return (*self.laws.get(ANY_TYPE, ()), *self.laws.get(token, ()))

    def _obey_laws(self, request: Request) -> None:
        """Raise a refusal with everything that the laws have against a request."""
        reasons = violations(self._laws(request.token), request, self.store)
        if reasons:
            raise Refusal.of(reasons)

    def _id(self, fact: Fact, inputs: dict[str, Value]) -> str | None:
        return ids.arm_id(fact, inputs, self.subscription_id, self.tenant_id)

    def _request(
        self,
        fact: Fact,
        inputs: dict[str, Value],
        olds: dict[str, Value] | None,
        operation: Operation,
        arm_id: str | None = None,
    ) -> Request:
        """Put a request together for the laws."""
        return Request(
            token=fact.token,
            fact=fact,
            id=arm_id or self._id(fact, inputs) or "",
            inputs=plain(inputs),
            olds=plain(olds),
            operation=operation,
            subscription_id=self.subscription_id,
            tenant_id=self.tenant_id,
            api_version=self.api_versions.get(fact.arm_type.split("/", 1)[0]) or fact.api_version or "",
        )

    def _placement(self, fact: Fact, arm_id: str, inputs: dict[str, Value]) -> Placement:
        """Return where an object is; its location is its own, else its parent's, else its resource group's."""
        own_name = plain(inputs.get(fact.name_input)) if fact.name_input else None
        location = plain(inputs.get("location"))
        for above in (ids.parent_id(arm_id), ids.group_id(arm_id)):
            if location is None and (container := self.store.get(above)) is not None:
                location = container.value("location")
        return Placement(
            id=arm_id,
            name=own_name if isinstance(own_name, str) else ids.arm_name(arm_id),
            subscription_id=self.subscription_id,
            tenant_id=self.tenant_id,
            resource_group=ids.resource_group(arm_id),
            location=location if isinstance(location, str) else None,
            parent_id=ids.parent_id(arm_id) or None,
            lives=self.store.lives,
        )

    def _stored_object(self, fact: Fact, arm_id: str, inputs: dict[str, Value]) -> StoredObject:
        """Put an object together, with the outputs that Azure computes."""
        return StoredObject(
            id=arm_id,
            token=fact.token,
            arm_type=fact.arm_type,
            inputs=inputs,
            outputs=results.outputs(fact, shape(fact.token), inputs, self._placement(fact, arm_id, inputs)),
            shape_only=fact.token not in self.facts,
        )


def _with_name(
    fact: Fact, type_shape: Shape, news: dict[str, Value], olds: dict[str, Value], generated: str
) -> dict[str, Value]:
    """Return ``news`` with the object's name: the program's, else the previous one, else the generated one."""
    own = fact.name_input
    if own is None or news.get(own) is not None or own not in type_shape.inputs or type_shape.inputs[own][0]:
        return news
    previous = plain(olds.get(own))
    return {**news, own: previous if isinstance(previous, str) else generated}
