"""Who may do what: principals, the roles they hold, the scopes of these, and the groups that give them.

Rights are inherited downwards: a role on a resource group holds for every resource in it. The services' own lists
count as well as role assignments: access policies of a vault, access policy assignments of a cache, Entra
administrators of a database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from resources import arm
from resources.model import Graph, Resource
from resources.values import ABSENT, entries, get, known, text
from topology.builtin_roles import Role, role_of

READ_SECRET = "Microsoft.KeyVault/vaults/secrets/getSecret/action"  # noqa: S105 - an operation
IDENTITY, GROUP, USER, UNKNOWN_KIND = "identity", "group", "user", "principal"
SITES = ("web:WebApp", "web:WebAppSlot")


@dataclass(frozen=True)
class Principal:
    """Anyone who may hold rights."""

    key: str
    """URN of an identity or group of the deployment, else the object id."""
    name: str
    kind: str
    """``identity``, ``group``, ``user``, or ``principal`` if the type is not known."""
    runs: tuple[str, ...] = ()
    """Apps and slots that run as this identity."""


@dataclass(frozen=True)
class Grant:
    """One right, as it was granted."""

    principal: Principal
    role_name: str
    role: Role | None
    """None for a role that is not among the known built-in ones; what it allows is not known."""
    scope: str
    reason: str
    resource: Resource
    """What grants it: the role assignment, the access policy."""
    conditional: bool = False
    """A condition restricts it, which is not evaluated here: it may allow less."""
    members: tuple[str, ...] = ()
    """Keys of the known members if the principal is a group."""

    def allows(self, operation: str, resource_id: str, *, data: bool) -> bool | None:
        """Return whether it allows ``operation`` on ``resource_id``; None if the role is not known."""
        if not arm.within(resource_id, self.scope):
            return False
        return None if self.role is None else self.role.allows(operation, data=data)


@dataclass(frozen=True)
class Access:
    """All rights in a deployment."""

    principals: tuple[Principal, ...]
    grants: tuple[Grant, ...]

    def allowing(self, operation: str, resource_id: str, *, data: bool) -> list[Grant]:
        """Return every grant that allows ``operation`` on a resource, or may allow it."""
        return [grant for grant in self.grants if grant.allows(operation, resource_id, data=data) is not False]

    def readers(self, secret_id: str) -> list[Grant]:
        """Return every grant that allows to read the value of a secret, or may allow it."""
        return self.allowing(READ_SECRET, secret_id, data=True)

    def of(self, principal: Principal) -> list[Grant]:
        """Return the rights of ``principal``, including those of its groups."""
        return [grant for grant in self.grants if principal.key in (grant.principal.key, *grant.members)]

    def acting_as(self, principal: Principal, sites: Mapping[str, str]) -> list[Grant]:
        """Return the grants that allow others to act as an identity, by changing an app that runs as it.

        ``sites``: name of each app or slot -> its ARM id.
        """
        grants = [
            grant
            for name in principal.runs
            for grant in self.allowing("Microsoft.Web/sites/config/write", sites[name], data=False)
            if grant.role is not None and grant.principal != principal
        ]
        return list({(grant.principal.key, grant.scope): grant for grant in grants}.values())


def access_of(graph: Graph) -> Access:
    """Collect the principals and grants of a deployment."""
    principals = {one.key: one for one in _principals(graph)}
    grants = [*_assignments(graph, principals), *_service_lists(graph, principals)]
    every = {**principals, **{grant.principal.key: grant.principal for grant in grants}}
    return Access(principals=tuple(every.values()), grants=tuple(grants))


def sites_of(graph: Graph) -> dict[str, str]:
    """Return the ARM ids of apps and slots by name, as in :attr:`Principal.runs`."""
    return {_site_name(graph, site): graph.id_of(site) for site in graph.of(*SITES)}


def _site_name(graph: Graph, site: Resource) -> str:
    """Return the name in Azure; a slot's is ``site/slot``."""
    slot = text(site, "slot")
    name = text(site, "name") or arm.name(graph.id_of(site))
    return f"{name}/{slot}" if slot else name


def identities_of(graph: Graph, site: Resource) -> list[Resource]:
    """Return the identities that an app runs as; while their ids are unknown, those that the property is made from."""
    assigned = get(site, "identity.userAssignedIdentities")
    ids = list(assigned) if isinstance(assigned, (list, tuple, Mapping)) else []
    identities = [one for value in ids if isinstance(value, str) and (one := graph.by_id(value)) is not None]
    if identities or (known(assigned) and all(isinstance(value, str) for value in ids)):
        return identities
    return [one for one in graph.made_from(site, "identity") if one.type == "managedidentity:UserAssignedIdentity"]


def _principals(graph: Graph) -> Iterator[Principal]:
    runs: dict[str, list[str]] = {}
    for site in graph.of(*SITES):
        for identity in identities_of(graph, site):
            runs.setdefault(identity.urn, []).append(_site_name(graph, site))
    for identity in graph.of("managedidentity:UserAssignedIdentity"):
        name = text(identity, "resourceName") or identity.name
        yield Principal(identity.urn, name, IDENTITY, tuple(runs.get(identity.urn, ())))
    for group in graph.of("azuread:index/group:Group"):
        yield Principal(group.urn, text(group, "displayName") or group.name, GROUP)


def _principal_at(
    graph: Graph, principals: Mapping[str, Principal], resource: Resource, path: str, principal_type: str | None
) -> Principal:
    """Return the principal whose object id is at ``path``; while that is unknown, the one that it is made from."""
    value = get(resource, path)
    if isinstance(value, str) and (key := _key_of(graph, principals, value)) in principals:
        return principals[key]
    made_from = [one for one in graph.made_from(resource, path) if one.urn in principals]
    # A known id that is none of ours is somebody else's, whatever the property was once made from.
    deployed = any(one.outputs for one in made_from)
    if len(made_from) == 1 and not (isinstance(value, str) and deployed):
        return principals[made_from[0].urn]
    kind = {"group": GROUP, "user": USER, "serviceprincipal": IDENTITY}.get(
        (principal_type or "").lower(), UNKNOWN_KIND
    )
    name = value if isinstance(value, str) else f"(unknown, of {resource.name})"
    return Principal(name, name, kind)


def _assignments(graph: Graph, principals: Mapping[str, Principal]) -> Iterator[Grant]:
    members = _members(graph, principals)
    for assignment in graph.of("authorization:RoleAssignment"):
        definition = text(assignment, "roleDefinitionId") or ""
        role = role_of(definition)
        principal = _principal_at(graph, principals, assignment, "principalId", text(assignment, "principalType"))
        yield Grant(
            principal=principal,
            role_name=role.name if role else f"role {arm.name(definition) or '(unknown)'}",
            role=role,
            # An unknown scope may be everything.
            scope=graph.reference(assignment, "scope") or "/",
            reason=text(assignment, "description") or "",
            resource=assignment,
            conditional=get(assignment, "condition") is not ABSENT,
            members=tuple(members.get(principal.key, ())),
        )


def _members(graph: Graph, principals: Mapping[str, Principal]) -> dict[str, list[str]]:
    """Map the key of each group to those of its known members; most groups get theirs outside of any deployment."""
    members: dict[str, list[str]] = {}
    for group in graph.of("azuread:index/group:Group"):
        listed = [_key_of(graph, principals, one) for one in entries(group, "members") if isinstance(one, str)]
        made_from = [one.urn for one in graph.made_from(group, "members") if one.urn in principals]
        members[group.urn] = list(dict.fromkeys([*listed, *made_from]))
    for row in graph.of("azuread:index/groupMember:GroupMember"):
        group = _principal_at(graph, principals, row, "groupObjectId", "Group")
        members.setdefault(group.key, []).append(_principal_at(graph, principals, row, "memberObjectId", None).key)
    return members


def _key_of(graph: Graph, principals: Mapping[str, Principal], object_id: str) -> str:
    """Return the key of the principal with that object id; the id itself for one outside the deployment."""
    for key in principals:
        if (made := graph.by_urn(key)) is not None:
            ids = (text(made.outputs, "principalId"), text(made.outputs, "objectId"), arm.name(made.id or ""))
            if object_id.lower() in {one.lower() for one in ids if one}:
                return key
    return object_id


_CACHE_DATA = Role("data access of the cache", data_actions=("Microsoft.Cache/redisEnterprise/databases/*",))
_DATABASE_ADMIN = Role(
    "Entra administrator of the server", data_actions=("Microsoft.DBforPostgreSQL/flexibleServers/*",)
)
_POLICY_READ = Role("access policy (secrets: get)", data_actions=("Microsoft.KeyVault/vaults/secrets/*",))


def _service_lists(graph: Graph, principals: Mapping[str, Principal]) -> Iterator[Grant]:
    """Yield the rights that services keep in lists of their own."""
    for row in graph.of("redisenterprise:AccessPolicyAssignment"):
        principal = _principal_at(graph, principals, row, "user.objectId", None)
        cache = _owner_id(graph, row, "redisenterprise:RedisEnterprise", "clusterName")
        yield Grant(principal, _CACHE_DATA.name, _CACHE_DATA, cache, "", row)
    for row in graph.of("dbforpostgresql:AdministratorsMicrosoftEntra"):
        principal = _principal_at(graph, principals, row, "objectId", text(row, "principalType"))
        server = _owner_id(graph, row, "dbforpostgresql:Server", "serverName")
        yield Grant(principal, _DATABASE_ADMIN.name, _DATABASE_ADMIN, server, "", row)
    for vault in graph.of("keyvault:Vault"):
        if get(vault, "properties.enableRbacAuthorization") is True:
            continue
        for policy in entries(vault, "properties.accessPolicies"):
            secrets = {str(one).lower() for one in entries(policy, "permissions.secrets")}
            if secrets & {"get", "all"}:
                object_id = text(policy, "objectId") or f"(unknown, of {vault.name})"
                principal = Principal(object_id, object_id, UNKNOWN_KIND)
                yield Grant(principal, _POLICY_READ.name, _POLICY_READ, graph.id_of(vault), "", vault)


def _owner_id(graph: Graph, row: Resource, kind: str, path: str) -> str:
    """Return the id of the service that a row belongs to."""
    name = (text(row, path) or "").lower()
    owners = (one for one in graph.of(kind) if (text(one, path) or "").lower() == name)
    return next((graph.id_of(one) for one in owners), arm.parent(graph.id_of(row)))
