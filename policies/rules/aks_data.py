"""AKS clusters: encryption, resilience and the way out."""

from __future__ import annotations

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from policies.rules.aks_entrance import CLUSTER, POOLS, each_pool
from resources.model import Resource
from resources.values import UNKNOWN, Trilean, Value, at_least, equals, get, items, one_of, present

ZONES = 2
"""Zones that a pool spreads over at least: one of them may fail."""


def encrypted_etcd(resource: Resource, _context: Context) -> Outcome:
    """AK-08."""
    path = "securityProfile.azureKeyVaultKms.enabled"
    return ok(
        equals(get(resource, path), expected=True), "secrets in etcd are not encrypted with a key of the vault", path
    )


def encrypted_disks(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-09."""
    pools = each_pool(resource, lambda pool: equals(get(pool, "enableEncryptionAtHost"), expected=True))
    reason = "caches and temporary disks of the nodes are not encrypted at the host"
    found = [ok(answer, reason, f"{path}enableEncryptionAtHost") for path, answer in pools]
    if resource.type in CLUSTER:
        keyed = present(get(resource, "diskEncryptionSetID"))
        found.append(ok(keyed, "no disk encryption set: the disks have no key of ours", "diskEncryptionSetID"))
    return found


def resilient(resource: Resource, context: Context) -> list[Outcome]:
    """AK-12."""
    nodes = context.parameters.minimum_instances
    spread = each_pool(resource, _spread)
    kept = each_pool(resource, lambda pool: at_least(_fewest(pool), nodes))
    found = [
        *(ok(answer, "it does not spread over two zones", f"{path}availabilityZones") for path, answer in spread),
        *(ok(answer, "it may shrink to too few nodes", f"{path}minCount") for path, answer in kept),
    ]
    if resource.type in CLUSTER:
        paid = one_of(get(resource, "sku.tier"), ("Standard", "Premium"))
        found.append(ok(paid, "the tier of the control plane has no service level", "sku.tier"))
    return found


def _spread(pool: Value) -> Trilean:
    zones = items(pool, "availabilityZones")
    return None if zones is UNKNOWN else len(zones) >= ZONES


def _fewest(pool: Value) -> Value:
    """Read how many nodes a pool keeps in any case."""
    scaled = equals(get(pool, "enableAutoScaling", default=False), expected=True)
    return UNKNOWN if scaled is None else get(pool, "minCount" if scaled else "count", 1)


def controlled_egress(resource: Resource, _context: Context) -> Outcome:
    """AK-13."""
    path = "networkProfile.outboundType"
    controlled = one_of(get(resource, path), ("userDefinedRouting", "userAssignedNATGateway", "none"))
    return ok(controlled, "the cluster reaches the Internet through a load balancer that nothing filters", path)


RULES: tuple[Rule, ...] = (
    Rule(
        id="AK-08",
        title="etcd encryption by KMS",
        types=CLUSTER,
        property="securityProfile.azureKeyVaultKms",
        severity="M",
        scope="R",
        profile="P3",
        iso=(direct("A.8.24", "Secrets in etcd are encrypted with a key that the customer controls."),),
        hipaa=(direct("164.312(a)(2)(iv)", "Encrypts credentials to health data where the cluster keeps them."),),
        gdpr=(supporting("Art. 32(1)(a)", "A copy of etcd shows no credentials to personal data."),),
        what="Kubernetes secrets are encrypted with a key from Key Vault before they reach etcd.",
        why="etcd holds every secret of every namespace. The platform's own encryption protects the disk, not the "
        "content from those who read the database; the key in the vault can be withdrawn, and its use is logged.",
        remediation="Set `security_profile.azure_key_vault_kms` with `enabled=True` and the key's id; the cluster's "
        "identity needs the role Key Vault Crypto User on it.",
        azure_default="Off; etcd is encrypted with a key of the platform.",
        bad='containerservice.ManagedCluster("aks", security_profile={})',
        good='containerservice.ManagedCluster("aks", security_profile={"azure_key_vault_kms": {\n'
        '    "enabled": True, "key_id": key.key_uri_with_version, "key_vault_network_access": "Private"}})',
        check=encrypted_etcd,
    ),
    Rule(
        id="AK-09",
        title="Host encryption and disk encryption set",
        types=POOLS,
        property="enableEncryptionAtHost, diskEncryptionSetID",
        severity="M",
        scope="R",
        profile="P3",
        iso=(direct("A.8.24", "Disks, caches and temporary disks are encrypted, with a key of the customer."),),
        hipaa=(direct("164.312(a)(2)(iv)", "Encrypts what workloads write to the nodes."),),
        gdpr=(direct("Art. 32(1)(a)", "Personal data in volumes and caches is encrypted."),),
        what="Each pool encrypts at the host, and the cluster's disks use a disk encryption set.",
        why="Without encryption at the host the temporary disk and the caches hold container layers, logs and "
        "`emptyDir` volumes in plain text. The encryption set puts volumes under a key that can be withdrawn.",
        remediation="Set `enable_encryption_at_host=True` on each pool and `disk_encryption_set_id` on the cluster. "
        "Both are fixed when the pool or the cluster is made.",
        azure_default="Off; disks have a platform key.",
        bad='containerservice.AgentPool("user", enable_encryption_at_host=False)',
        good='containerservice.AgentPool("user", enable_encryption_at_host=True)',
        check=encrypted_disks,
    ),
    Rule(
        id="AK-12",
        title="Paid tier, zones, minimum nodes",
        types=POOLS,
        property="sku.tier, availabilityZones, minCount",
        severity="M",
        scope="R",
        profile="P3",
        iso=(
            direct("A.8.14", "Control plane and nodes outlive the loss of a zone."),
            supporting("A.8.6", "A pool never shrinks below what its workloads need."),
        ),
        hipaa=(supporting("164.308(a)(7)(ii)(C)", "Workloads go on in an emergency of one data centre."),),
        gdpr=(supporting("Art. 32(1)(b)", "Keeps the processing available and resilient."),),
        what="The control plane has a service level, and each pool has enough nodes in two zones or more.",
        why="The free tier promises nothing and has few replicas. A pool in one zone, or of one node, ends with it.",
        remediation='Set `sku={"name": "Base", "tier": "Standard"}`, `availability_zones=["1", "2", "3"]` and '
        "`min_count` (or `count`) of two or more. The zones of a pool are fixed when it is made.",
        azure_default="Free tier, no zones, one node.",
        bad='containerservice.ManagedCluster("aks", sku={"name": "Base", "tier": "Free"})',
        good='containerservice.AgentPool("user", availability_zones=["1", "2", "3"], enable_auto_scaling=True,\n'
        "    min_count=3, max_count=6)",
        check=resilient,
    ),
    Rule(
        id="AK-13",
        title="Controlled egress",
        types=CLUSTER,
        property="networkProfile.outboundType",
        severity="M",
        scope="R",
        profile="P3",
        iso=(
            direct("A.8.20", "Traffic out of the cluster takes a route that the network decides."),
            supporting("A.8.23", "The firewall on that route filters destinations."),
        ),
        hipaa=(supporting("164.312(e)(1)", "Health data cannot leave on a way that nobody watches."),),
        gdpr=(supporting("Art. 32(2)", "Answers the risk of unauthorised disclosure by a workload."),),
        what="Traffic leaves by the routes of the subnet, by our NAT gateway, or not at all.",
        why="The default load balancer gives each node free access to the Internet: a workload that was taken over "
        "fetches its tools and sends data away without passing a filter.",
        remediation="Set `network_profile.outbound_type` to `userDefinedRouting` with a route to the firewall, or to "
        "`userAssignedNATGateway` with outbound rules in the subnet's network security group.",
        azure_default="`loadBalancer`, unfiltered.",
        bad='containerservice.ManagedCluster("aks", network_profile={"outbound_type": "loadBalancer"})',
        good='containerservice.ManagedCluster("aks", network_profile={"outbound_type": "userDefinedRouting"})',
        check=controlled_egress,
    ),
)
