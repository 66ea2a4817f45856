"""What a server should hold, read from the settings: each database with its owner, its logins and its extensions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from settings.applications import App, AppDatabase

IMPLIED = {"vector": "vector"}
"""End of a database's name → extension that it always gets."""


@dataclass(frozen=True, kw_only=True)
class Database:
    """One database and who owns it."""

    name: str
    """May hold hyphens, so SQL quotes it."""
    owner: str
    """Role that owns the database and everything in it; it may log in."""
    second: str
    """Role that may log in too and acts as the owner, so that one of the two always keeps its password."""
    extensions: tuple[str, ...]
    """Sorted."""
    rotations: int = 0
    """How often the password was rotated: after an even number applications log in as the owner."""

    @property
    def logins(self) -> tuple[str, str]:
        """Roles that applications may log in with."""
        return self.owner, self.second

    @property
    def active(self) -> str:
        """Login that applications use; the other one rests."""
        return self.logins[self.rotations % 2]

    def generation(self, login: str) -> int:
        """Return the number of the rotation that gave ``login`` its password; 0 for the owner's first one."""
        return self.rotations - (login != self.active) if self.rotations else 0


def wanted(apps: Iterable[App]) -> tuple[Database, ...]:
    """Return the databases of all applications, sorted by name."""
    return tuple(sorted((_wanted(database) for app in apps for database in app.databases), key=lambda d: d.name))


def _wanted(database: AppDatabase) -> Database:
    return Database(
        name=database.name,
        owner=database.role,
        second=database.second,
        extensions=extensions_of(database.name, database.extensions),
        rotations=database.rotations or 0,
    )


def extensions_of(name: str, declared: Iterable[str]) -> tuple[str, ...]:
    """Return the extensions that a database needs, sorted: those declared and those that its name implies."""
    implied = {extension for end, extension in IMPLIED.items() if name.endswith(end)}
    return tuple(sorted(implied | set(declared)))
