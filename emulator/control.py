"""The control plane: what Azure Resource Manager does with a request, on the store, without any protocol around it."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from emulator import basics, members, places, results
from emulator.diff import changes
from emulator.facts.row import Fact, Place
from emulator.naming import autoname
from emulator.record import Record
from emulator.reflection import UnknownTypeError
from emulator.refusal import Refusal
from emulator.shape import Problem, Shape, check, shape
from emulator.store import Store
from emulator.values import Value, plain
from emulator.world import Law, NoWorld, Operation, Request, arm_name, violations

EVERY = "*"
"""Key of the laws that hold for every type."""


@dataclass
class ControlPlane:
    """One subscription of the local Azure."""

    store: Store
    subscription_id: str
    tenant_id: str
    facts: Mapping[str, Fact] = field(repr=False)
    """Rows by type token; a type without one is accepted on its shape alone."""
    laws: Mapping[str, Sequence[Law]] = field(repr=False)
    """Laws by type token; those under :data:`EVERY` hold for all types."""

    def fact(self, token: str) -> Fact:
        """Return the row of a type, made up from its shape where the table has none."""
        return self.facts.get(token) or _shape_only(token)

    # Before anything changes

    def check(
        self, token: str, news: dict[str, Value], olds: dict[str, Value] | None, *, logical: str, seed: bytes = b""
    ) -> tuple[dict[str, Value], list[Problem]]:
        """Complete inputs (a name where none was given) and say everything that is wrong with them."""
        try:
            found, fact = shape(token), self.fact(token)
        except UnknownTypeError as error:
            return news, [Problem("", str(error))]
        inputs = self._named(fact, found, news, olds or {}, autoname(logical, fact.name, seed))
        problems = check(token, inputs) + basics.name_problems(fact, inputs)
        if not olds and fact.retired:
            problems.append(Problem("", fact.retired))
        if not problems:
            request = self._request(fact, token, inputs, olds or None, "update" if olds else "create")
            problems += [Problem("", text) for text in violations(self._laws(token), request, NoWorld())]
        return inputs, problems

    def _named(
        self, fact: Fact, found: Shape, news: dict[str, Value], olds: dict[str, Value], made: str
    ) -> dict[str, Value]:
        """``news`` with the object's name: as given, as before, or made up."""
        own = fact.name_input
        if own is None or news.get(own) is not None or own not in found.inputs or found.inputs[own][0]:
            return news
        before = plain(olds.get(own))
        return {**news, own: before if isinstance(before, str) else made}

    def forecast(self, token: str, inputs: dict[str, Value]) -> tuple[str | None, dict[str, Value]]:
        """Return id (None if unknown) and outputs that a preview knows of a new object."""
        fact = self.fact(token)
        arm = places.arm_id(fact, inputs, self.subscription_id, self.tenant_id)
        return arm, results.forecast(fact, shape(token), inputs, self._place(fact, arm, inputs) if arm else None)

    def foresee(self, token: str, arm: str, inputs: dict[str, Value]) -> dict[str, Value]:
        """Return outputs that a preview knows of a changed object; what Azure made up for it stays as it is."""
        fact = self.fact(token)
        record = self.store.record(arm)
        before = record.outputs if record else {}
        return results.forecast(fact, shape(token), inputs, self._place(fact, arm, inputs), before)

    # Changes

    def create(self, token: str, inputs: dict[str, Value], *, who: str = "pulumi") -> Record:
        """Make an object.

        Raises:
            Refusal: the id or name is taken, a container is missing, or a law is broken; all of it is said at once.
        """
        fact = self.fact(token)
        arm = places.arm_id(fact, inputs, self.subscription_id, self.tenant_id)
        if arm is None:
            raise Refusal("InvalidRequest", f"a part of {fact.path} is missing", status="INVALID_ARGUMENT")
        with self.store.change():
            if self.store.get(arm) is not None:
                raise Refusal("Conflict", basics.exists(arm), status="ALREADY_EXISTS")
            recovered = basics.recovers(inputs)
            wrong = basics.missing_container(self.store, token, arm)
            wrong += basics.held_name(self.store, fact, arm, recovered=recovered)
            request = self._request(fact, token, inputs, None, "create", arm)
            wrong += violations(self._laws(token), request, self.store)
            if wrong:
                raise Refusal.of(wrong)
            held = self.store.tombstone(fact.arm_type, arm_name(arm)) if recovered else None
            if held is not None:
                self.store.recover(held, who=who)
            made = self.store.put(
                self._record(fact, token, arm, inputs), who=who, what=None if held is not None else "create"
            )
            members.follow(self, made, who=who)
            members.note(self, made, who=who)
            return made

    def update(self, token: str, arm: str, inputs: dict[str, Value], *, who: str = "pulumi") -> Record:
        """Change an object to ``inputs``.

        Raises:
            Refusal: there is no such object, or a law is broken.
        """
        fact = self.fact(token)
        with self.store.change():
            before = self.store.record(arm)
            if before is None:
                raise Refusal("ResourceNotFound", basics.vanished(arm), status="NOT_FOUND")
            request = self._request(fact, token, inputs, before.inputs, "update", arm)
            wrong = violations(self._laws(token), request, self.store)
            if wrong:
                raise Refusal.of(wrong)
            paths = [change.path for change in changes(fact, before.inputs, inputs)]
            record = self._record(fact, token, before.id, inputs)
            made = self.store.put(record, who=who, what="update", paths=paths)
            members.follow(self, made, who=who)
            members.note(self, made, who=who)
            return made

    def delete(self, arm: str, *, who: str = "pulumi") -> list[Record]:
        """Delete an object and everything below it; return what went, or [] if there was nothing.

        Raises:
            Refusal: a law is broken, such as that of a lock.
        """
        with self.store.change():
            record = self.store.record(arm)
            if record is None:
                return []
            fact = self.fact(record.token)
            request = self._request(fact, record.token, record.inputs, record.inputs, "delete", record.id)
            wrong = violations(self._laws(record.token), request, self.store)
            if wrong:
                raise Refusal.of(wrong)
            gone = [record, *self.store.below(arm)]
            held = {one.id for one in gone if one.token in self.facts and self.facts[one.token].soft_delete}
            for one in gone:
                kept = one.id in held or any(basics.part_of(one.id, holder) for holder in held)
                self.store.remove(one, keep_name=kept, who=who)
            members.forget(self, record, who=who)
            return gone

    # Parts

    def _laws(self, token: str) -> tuple[Law, ...]:
        """All laws for a type."""
        return (*self.laws.get(EVERY, ()), *self.laws.get(token, ()))

    def _request(
        self,
        fact: Fact,
        token: str,
        inputs: dict[str, Value],
        olds: dict[str, Value] | None,
        operation: Operation,
        arm: str | None = None,
    ) -> Request:
        """Put a request together for the laws."""
        return Request(
            token=token,
            fact=fact,
            id=arm or places.arm_id(fact, inputs, self.subscription_id, self.tenant_id) or "",
            inputs=plain(inputs),
            olds=plain(olds),
            operation=operation,
            subscription_id=self.subscription_id,
            tenant_id=self.tenant_id,
        )

    def _place(self, fact: Fact, arm: str, inputs: dict[str, Value]) -> Place:
        return places.place(self.store, fact, arm, plain(inputs), self.subscription_id, self.tenant_id)

    def amend(self, record: Record, inputs: dict[str, Value], *, who: str) -> None:
        """Let an object show what became of its members, without asking laws: the members' own have been kept."""
        fact = self.fact(record.token)
        paths = [change.path for change in changes(fact, record.inputs, inputs)]
        if paths:
            self.store.put(self._record(fact, record.token, record.id, inputs), who=who, what="update", paths=paths)

    def _record(self, fact: Fact, token: str, arm: str, inputs: dict[str, Value]) -> Record:
        """Put an object together."""
        outputs = results.outputs(fact, shape(token), inputs, self._place(fact, arm, inputs))
        return Record(
            id=arm,
            token=token,
            arm_type=fact.arm_type,
            inputs=inputs,
            outputs=outputs,
            shape_only=token not in self.facts,
        )


@functools.cache
def _shape_only(token: str) -> Fact:
    """Made-up rows, kept: reading a shape is quick, putting the row together is not needed twice."""
    return places.shape_only(token)
