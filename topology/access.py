"""Who may do what: principals, the roles they hold, the scopes these reach, and the groups they come through.

Rights are inherited downwards: a role on a resource group holds for every resource in it. Beside role assignments
count the services' own lists: access policies of a vault, access policy assignments of a cache, Entra administrators
of a database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from topology import arm
from topology.builtin_roles import Role, role_of
from topology.model import UNKNOWN, Resource, entries, get, outputs, text

if TYPE_CHECKING:
    from topology.network import Topology

READ_SECRET = "Microsoft.KeyVault/vaults/secrets/getSecret/action"  # noqa: S105 - an operation
IDENTITY, GROUP, USER, UNKNOWN_KIND = "identity", "group", "user", "principal"


@dataclass(frozen=True)
class Principal:
    """Somebody who may hold rights."""

    key: str
    """URN of the identity or group here, or the object id of somebody else."""
    name: str
    kind: str
    """``identity``, ``group``, ``user``, or ``principal`` for one whose nature is not told."""
    runs: tuple[str, ...] = ()
    """Apps and slots that run as this identity."""


@dataclass(frozen=True)
class Grant:
    """One right, as it was given."""

    principal: Principal
    role_name: str
    role: Role | None
    """None: neither built in nor known here; what it allows is not known."""
    scope: str
    reason: str
    resource: Resource
    """What gives it: the role assignment, the access policy."""
    conditional: bool = False
    """A condition narrows it, which is not evaluated here: it may allow less."""
    members: tuple[str, ...] = ()
    """Keys of known members, where the principal is a group."""

    def allows(self, operation: str, resource_id: str, *, data: bool) -> bool | None:
        """Whether it allows ``operation`` on ``resource_id``; None where the role is not known."""
        if not arm.within(resource_id, self.scope):
            return False
        return None if self.role is None else self.role.allows(operation, data=data)


@dataclass(frozen=True)
class Access:
    """Every right of a deployment."""

    principals: tuple[Principal, ...]
    grants: tuple[Grant, ...]

    def who(self, operation: str, resource_id: str, *, data: bool) -> list[Grant]:
        """Return every grant that allows ``operation`` on a resource, or may allow it."""
        return [grant for grant in self.grants if grant.allows(operation, resource_id, data=data) is not False]

    def readers(self, secret_id: str) -> list[Grant]:
        """Return who may read the value of a secret."""
        return self.who(READ_SECRET, secret_id, data=True)

    def of(self, principal: Principal) -> list[Grant]:
        """Return every right of ``principal``, those of its groups included."""
        return [grant for grant in self.grants if principal.key in (grant.principal.key, *grant.members)]

    def indirectly(self, principal: Principal, sites: Mapping[str, str]) -> list[Grant]:
        """Return who may act as an identity: by changing an app that runs as it, or by taking it for an app of theirs.

        ``sites``: name of each app or slot → its ARM id.
        """
        found = [
            grant
            for name in principal.runs
            for grant in self.who("Microsoft.Web/sites/config/write", sites[name], data=False)
            if grant.role is not None and grant.principal != principal
        ]
        return list({(grant.principal.key, grant.scope): grant for grant in found}.values())


def read(topology: Topology) -> Access:
    """Collect principals and grants of a deployment."""
    principals = {one.key: one for one in _principals(topology)}
    found = [*_assignments(topology, principals), *_own_lists(topology, principals)]
    every = {**principals, **{grant.principal.key: grant.principal for grant in found}}
    return Access(principals=tuple(every.values()), grants=tuple(found))


def sites_of(topology: Topology) -> dict[str, str]:
    """Name of each app and slot → its ARM id; the names that :attr:`Principal.runs` uses."""
    return {site_name(topology, site): topology.id_of(site) for site in topology.of("web:WebApp", "web:WebAppSlot")}


def site_name(topology: Topology, site: Resource) -> str:
    """Name in Azure; a slot's is ``site/slot``."""
    slot = text(site.props, "slot")
    name = text(site.props, "name") or arm.name(topology.id_of(site))
    return f"{name}/{slot}" if slot else name


def identities_of(topology: Topology, site: Resource) -> list[Resource]:
    """Identities that an app runs as; where their ids are unknown, what the property was made from."""
    given = get(site.props, "identity.userAssignedIdentities")
    ids = list(given) if isinstance(given, (list, tuple, Mapping)) else []
    known = [one for value in ids if isinstance(value, str) and (one := topology.by_id(value)) is not None]
    if known or (given is not UNKNOWN and all(isinstance(value, str) for value in ids)):
        return known
    made_from = [topology.urns[urn] for urn in site.property_dependencies.get("identity", ()) if urn in topology.urns]
    return [one for one in made_from if one.type == "managedidentity:UserAssignedIdentity"]


def _principals(topology: Topology) -> Iterator[Principal]:
    runs: dict[str, list[str]] = {}
    for site in topology.of("web:WebApp", "web:WebAppSlot"):
        for identity in identities_of(topology, site):
            runs.setdefault(identity.urn, []).append(site_name(topology, site))
    for identity in topology.of("managedidentity:UserAssignedIdentity"):
        name = text(identity.props, "resourceName") or identity.name
        yield Principal(identity.urn, name, IDENTITY, tuple(runs.get(identity.urn, ())))
    for group in topology.of("azuread:index/group:Group"):
        yield Principal(group.urn, text(group.props, "displayName") or group.name, GROUP)


def _who(
    topology: Topology, principals: Mapping[str, Principal], resource: Resource, path: str, kind: str | None
) -> Principal:
    """Resolve the principal whose object id stands at ``path``; what it is there for unknown ids by what made them."""
    value = get(resource.props, path)
    if isinstance(value, str) and (key := _known(topology, principals, value)) in principals:
        return principals[key]
    urns = resource.property_dependencies.get(path.split(".", maxsplit=1)[0], ())
    made_from = [principals[urn] for urn in urns if urn in principals]
    # A known id that is none of ours is somebody else's, whatever the property was once made from.
    deployed = any(outputs(topology.urns[one.key]) for one in made_from)
    if len(made_from) == 1 and not (isinstance(value, str) and deployed):
        return made_from[0]
    word = {"group": GROUP, "user": USER, "serviceprincipal": IDENTITY}.get((kind or "").lower(), UNKNOWN_KIND)
    shown = value if isinstance(value, str) else f"(unknown, of {resource.name})"
    return Principal(shown, shown, word)


def _assignments(topology: Topology, principals: Mapping[str, Principal]) -> Iterator[Grant]:
    members = _members(topology, principals)
    for assignment in topology.of("authorization:RoleAssignment"):
        props = assignment.props
        definition = text(props, "roleDefinitionId") or ""
        role = role_of(definition)
        principal = _who(topology, principals, assignment, "principalId", text(props, "principalType"))
        scope = topology.refers(assignment, "scope")
        yield Grant(
            principal=principal,
            role_name=role.name if role else f"role {arm.name(definition) or '(unknown)'}",
            role=role,
            # An unknown scope may be everything.
            scope=scope if scope is not None else "/",
            reason=text(props, "description") or "",
            resource=assignment,
            conditional=get(props, "condition") is not None,
            members=tuple(members.get(principal.key, ())),
        )


def _members(topology: Topology, principals: Mapping[str, Principal]) -> dict[str, list[str]]:
    """Map a group's key to the keys of members that are known; most groups get theirs outside of any deployment."""
    found: dict[str, list[str]] = {}
    for group in topology.of("azuread:index/group:Group"):
        listed = [one for one in entries(group.props, "members") if isinstance(one, str)]
        made_from = [urn for urn in group.property_dependencies.get("members", ()) if urn in principals]
        found[group.urn] = list(dict.fromkeys([*(_known(topology, principals, one) for one in listed), *made_from]))
    for row in topology.of("azuread:index/groupMember:GroupMember"):
        group = _who(topology, principals, row, "groupObjectId", "Group")
        found.setdefault(group.key, []).append(_who(topology, principals, row, "memberObjectId", None).key)
    return found


def _known(topology: Topology, principals: Mapping[str, Principal], object_id: str) -> str:
    """Key of the principal with that object id; the id itself where it is nobody's of ours."""
    for principal in principals.values():
        made = topology.urns[principal.key]
        ids = (text(outputs(made), "principalId"), text(outputs(made), "objectId"), arm.name(made.id or ""))
        if object_id.lower() in {one.lower() for one in ids if one}:
            return principal.key
    return object_id


_CACHE_DATA = Role("data access of the cache", data_actions=("Microsoft.Cache/redisEnterprise/databases/*",))
_DATABASE_ADMIN = Role(
    "Entra administrator of the server", data_actions=("Microsoft.DBforPostgreSQL/flexibleServers/*",)
)
_POLICY_READ = Role("access policy (secrets: get)", data_actions=("Microsoft.KeyVault/vaults/secrets/*",))


def _own_lists(topology: Topology, principals: Mapping[str, Principal]) -> Iterator[Grant]:
    """Rights that services keep themselves."""
    for row in topology.of("redisenterprise:AccessPolicyAssignment"):
        who = _who(topology, principals, row, "user.objectId", None)
        yield Grant(
            who,
            _CACHE_DATA.name,
            _CACHE_DATA,
            _owner(topology, row, "redisenterprise:RedisEnterprise", "clusterName"),
            "",
            row,
        )
    for row in topology.of("dbforpostgresql:AdministratorsMicrosoftEntra"):
        who = _who(topology, principals, row, "objectId", text(row.props, "principalType"))
        yield Grant(
            who,
            _DATABASE_ADMIN.name,
            _DATABASE_ADMIN,
            _owner(topology, row, "dbforpostgresql:Server", "serverName"),
            "",
            row,
        )
    for vault in topology.of("keyvault:Vault"):
        if get(vault.props, "properties.enableRbacAuthorization") is True:
            continue
        for policy in entries(vault.props, "properties.accessPolicies"):
            secrets = {str(one).lower() for one in entries(policy, "permissions.secrets")}
            if secrets & {"get", "all"}:
                object_id = text(policy, "objectId") or f"(unknown, of {vault.name})"
                who = Principal(object_id, object_id, UNKNOWN_KIND)
                yield Grant(who, _POLICY_READ.name, _POLICY_READ, topology.id_of(vault), "", vault)


def _owner(topology: Topology, row: Resource, kind: str, name: str) -> str:
    """Id of the service that a row belongs to."""
    wanted = (text(row.props, name) or "").lower()
    owners = [one for one in topology.of(kind) if (text(one.props, name) or "").lower() == wanted]
    return topology.id_of(owners[0]) if owners else arm.parent(topology.id_of(row))
