"""Azure Managed Redis behind a private endpoint: one cluster, its only database, and who may use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_azure_native import redisenterprise

from components.base import FabrixComponent
from components.context import Context
from components.shared.diagnostics import Sink, diagnostics
from components.shared.endpoints import PrivateAccess, private_endpoint
from components.shared.ids import after, arm_id
from components.shared.locks import lock

PORT = 10000
"""TLS port of every Azure Managed Redis database (Azure Cache for Redis used 6380)."""

DATABASE = "default"
"""The only name that Azure accepts for the database."""

EVICTION = "VolatileLRU"
"""Full memory drops keys that carry a time to live, the least used first: cached values are evicted, queued work (which
has none) stays."""


@dataclass(frozen=True, kw_only=True)
class RedisArgs:
    """Inputs of :class:`Redis`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    sku: str
    """Managed Redis SKU, e.g. ``Balanced_B1`` (1 GB). Azure never scales it down in place."""
    high_availability: bool
    """A replica, in another zone where the region has zones. Without it a maintenance event loses the cache."""
    clustering: Literal["NoCluster", "EnterpriseCluster", "OSSCluster"] = "NoCluster"
    """``NoCluster`` serves every client and command and ends at 25 GB; above that ``EnterpriseCluster``, which
    refuses commands over keys of several slots (queues of Celery and BullMQ use such); ``OSSCluster`` needs
    cluster-aware clients besides. Azure never changes one of the two again."""
    users: Mapping[str, pulumi.Input[str]]
    """Application key → object id (not client id) of the identity that may connect."""
    access_keys: bool = False
    """Whether clients may sign in with an access key, too; an update in place."""
    access: PrivateAccess
    sink: Sink


class Redis(FabrixComponent[RedisArgs]):
    """A cache with Entra tokens, access keys where a client needs them, TLS only, no public address.

    A token's audience is ``https://redis.azure.com``, the user name is the object id; a client authenticates again
    before the token ends.
    """

    cluster_id: pulumi.Output[str]
    """ARM id of the cluster; target of the private endpoint (group id ``redisEnterprise``)."""
    database_id: pulumi.Output[str]
    host_name: pulumi.Output[str]
    """Known in a preview. Resolves to the private address through the zone ``privatelink.redis.azure.net``."""
    access_key: pulumi.Output[str] | None
    """The primary access key, a secret; unknown until the database accepts keys. None where it accepts none."""

    def build(self, name: str, args: RedisArgs) -> None:
        """Create cluster, database and grants; then endpoint, diagnostics, lock."""
        self._args = args
        context = args.context
        physical = context.names.of("redis")
        path = f"Microsoft.Cache/redisEnterprise/{physical}"
        cluster = self._create_cluster(name, physical)
        self._cluster_name = after(physical, cluster)
        database = self._create_database(name)
        last_grant = self._grant(name, database)
        self.access_key = self._access_key(database) if args.access_keys else None
        self.cluster_id = arm_id(context, args.resource_group_name, path, cluster)
        self.database_id = arm_id(context, args.resource_group_name, f"{path}/databases/{DATABASE}", database)
        private_endpoint(
            self,
            name,
            service="redis",
            # After the grants: each of them is a write to the cluster, as is the connection of an endpoint.
            target_id=after(self.cluster_id, last_grant),
            context=context,
            resource_group_name=args.resource_group_name,
            access=args.access,
        )
        logs = [
            diagnostics(self, part, kind=kind, resource_id=resource_id, sink=args.sink)
            for part, kind, resource_id in (
                (name, "redisenterprise:RedisEnterprise", self.cluster_id),
                (f"{name}-database", "redisenterprise:Database", self.database_id),
            )
        ]
        if context.protection.lock:
            # After everything below the cluster, so that a destroy lifts the lock before it touches any of it.
            scope = after(self.cluster_id, last_grant, *logs)
            lock(
                self,
                name,
                target=cluster,
                scope=scope,
                reason="Holds queued work of the applications.",
                context=context,
            )
        self.host_name = pulumi.Output.from_input(f"{physical}.{context.location}.redis.azure.net")

    def _create_cluster(self, name: str, physical: str) -> redisenterprise.RedisEnterprise:
        args, context = self._args, self._args.context
        return redisenterprise.RedisEnterprise(
            name,
            cluster_name=physical,
            resource_group_name=args.resource_group_name,
            location=context.location,
            sku=redisenterprise.SkuArgs(name=args.sku),
            high_availability="Enabled" if args.high_availability else "Disabled",
            minimum_tls_version="1.2",
            public_network_access="Disabled",  # required by API 2025-07-01, even where it is the default
            tags=dict(context.tags),
            opts=self.child(protect=context.protection.protect),
        )

    def _create_database(self, name: str) -> redisenterprise.Database:
        return redisenterprise.Database(
            name,
            cluster_name=self._cluster_name,
            resource_group_name=self._args.resource_group_name,
            database_name=DATABASE,
            access_keys_authentication="Enabled" if self._args.access_keys else "Disabled",
            client_protocol="Encrypted",
            clustering_policy=self._args.clustering,
            eviction_policy=EVICTION,
            port=PORT,
            opts=self.child(protect=self._args.context.protection.protect),
        )

    def _access_key(self, database: redisenterprise.Database) -> pulumi.Output[str]:
        """Ask Azure for the key, once the database accepts keys.

        Its state is unknown in a preview that creates or changes the database, and then no key is asked for.
        """
        ready = pulumi.Output.all(self._cluster_name, database.id, database.provisioning_state)
        keys = redisenterprise.list_database_keys_output(
            cluster_name=ready.apply(lambda values: str(values[0])),
            database_name=DATABASE,
            resource_group_name=self._args.resource_group_name,
            # The parent brings the explicit provider along; without it the call would reach another subscription.
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        return pulumi.Output.secret(keys.apply(lambda listed: listed.primary_key))

    def _grant(self, name: str, database: redisenterprise.Database) -> pulumi.Resource:
        """Grant one application after the other and return the last grant.

        The cluster refuses a second change while one is under way.
        """
        last: pulumi.Resource = database
        for app, assignment in assignment_names(self._args.users).items():
            last = redisenterprise.AccessPolicyAssignment(
                f"{name}-{app}",
                access_policy_assignment_name=assignment,
                cluster_name=self._cluster_name,
                resource_group_name=self._args.resource_group_name,
                database_name=DATABASE,
                access_policy_name="default",  # the only built-in policy
                user=redisenterprise.AccessPolicyAssignmentPropertiesUserArgs(object_id=self._args.users[app]),
                opts=self.child(depends_on=[last]),
            )
        return last


def assignment_names(users: Mapping[str, object]) -> dict[str, str]:
    """Application key → name of its grant, letters and digits only, because Azure refuses hyphens there.

    Raises ``ValueError`` when two keys differ in hyphens alone and would get one name.
    """
    names = {app: "".join(filter(str.isalnum, app)) for app in users}
    if len(set(names.values())) < len(names):
        raise ValueError(
            f"application keys that differ in hyphens alone cannot share a cache: {', '.join(sorted(names))}"
        )
    return names
