"""AKS clusters: upgrades, threat detection, secrets, encryption, resilience."""

from __future__ import annotations

from collections.abc import Mapping

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from policies.rules.aks.access import CLUSTER, POOLS, each_pool
from policies.rules.shared import expect, expect_set
from resources.model import Resource
from resources.values import ABSENT, UNKNOWN, Trilean, Value, all_of, any_of, at_least, equals, get, items, known

OLDEST: Mapping[str, tuple[int, int]] = {"KubernetesOfficial": (1, 34), "AKSLongTermSupport": (1, 32)}
"""Support plan -> oldest minor version that Azure still patches (Microsoft Learn, "Supported Kubernetes versions
in AKS": the latest three, long-term support adds a year), for November 2026. Review every quarter."""
ZONES = 2
"""Fewest zones of a pool: one of them may fail."""


def addon(resource: Resource, name: str) -> Value:
    """Read the profile of an add-on; Azure ignores the case of its key."""
    profiles = get(resource, "addonProfiles")
    if isinstance(profiles, dict):
        key = next((key for key in profiles if key.casefold() == name.casefold()), name)
        return get(profiles, key)
    return profiles


def upgrade_channels(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-05: Azure upgrades Kubernetes and the nodes' operating system."""
    cluster, channels = "autoUpgradeProfile.upgradeChannel", ("patch", "stable", "rapid", "node-image")
    nodes, images = "autoUpgradeProfile.nodeOSUpgradeChannel", ("NodeImage", "SecurityPatch")
    no_node_patches = "the nodes' operating system is not patched automatically"
    return [
        expect(resource, cluster, "Kubernetes is not patched automatically", to_be=channels),
        expect(resource, nodes, no_node_patches, to_be=images, default="NodeImage"),
    ]


def watched(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-07: Defender watches the cluster, and Azure Policy checks what enters it."""
    policy = equals(get(addon(resource, "azurepolicy"), "enabled"), expected=True)
    defender = "securityProfile.defender.securityMonitoring.enabled"
    return [
        expect(resource, defender, "Defender does not watch the cluster", to_be=True),
        ok(policy, "Azure Policy does not control admission", "addonProfiles.azurepolicy.enabled"),
    ]


def secrets_store(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-10: pods mount secrets from Key Vault, and see new versions."""
    store = addon(resource, "azureKeyvaultSecretsProvider")
    path = "addonProfiles.azureKeyvaultSecretsProvider"
    rotation = equals(get(store, "config.enableSecretRotation"), "true")
    return [
        ok(equals(get(store, "enabled"), expected=True), "pods cannot mount secrets from Key Vault", f"{path}.enabled"),
        ok(rotation, "a new version of a secret does not reach the pods", f"{path}.config"),
    ]


def supported_version(resource: Resource, _context: Context) -> Outcome:
    """AK-14: the Kubernetes version is supported; without one Azure chooses a version that is."""
    path = "kubernetesVersion"
    version = get(resource, path)
    plan = get(resource, "supportPlan", "KubernetesOfficial")
    if not known(version) or version is ABSENT:
        return ok(None if version is not ABSENT else True, "the version is not known yet", path)
    number = _minor(version)
    regular = number >= OLDEST["KubernetesOfficial"]
    extended = all_of(equals(plan, "AKSLongTermSupport"), number >= OLDEST["AKSLongTermSupport"])
    return ok(any_of(regular, extended), "the version is out of support", path)


def _minor(version: Value) -> tuple[int, ...]:
    parts = str(version).removeprefix("v").split(".")[:2]
    return tuple(int(part) if part.isdigit() else 0 for part in parts)


def encrypted_etcd(resource: Resource, _context: Context) -> Outcome:
    """AK-08: secrets are encrypted with a key of the vault before they reach etcd."""
    reason = "secrets in etcd are not encrypted with a key of the vault"
    return expect(resource, "securityProfile.azureKeyVaultKms.enabled", reason, to_be=True)


def encrypted_disks(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-09: nodes encrypt at the host, and disks have a key of ours."""
    pools = each_pool(resource, lambda pool: equals(get(pool, "enableEncryptionAtHost"), expected=True))
    reason = "caches and temporary disks of the nodes are not encrypted at the host"
    outcomes = [ok(answer, reason, f"{path}enableEncryptionAtHost") for path, answer in pools]
    if resource.type in CLUSTER:
        unkeyed = "without a disk encryption set the disks have no key of ours"
        outcomes.append(expect_set(resource, "diskEncryptionSetID", unkeyed))
    return outcomes


def resilient(resource: Resource, context: Context) -> list[Outcome]:
    """AK-12: control plane and pools survive the loss of a zone."""
    nodes = context.parameters.minimum_instances
    spread = each_pool(resource, _spread)
    kept = each_pool(resource, lambda pool: at_least(_fewest(pool), nodes))
    outcomes = [
        *(ok(answer, "the pool is not in two zones", f"{path}availabilityZones") for path, answer in spread),
        *(ok(answer, "the pool may shrink to too few nodes", f"{path}minCount") for path, answer in kept),
    ]
    if resource.type in CLUSTER:
        free = "the tier of the control plane has no service level"
        outcomes.append(expect(resource, "sku.tier", free, to_be=("Standard", "Premium")))
    return outcomes


def _spread(pool: Value) -> Trilean:
    zones = items(pool, "availabilityZones")
    return None if zones is UNKNOWN else len(zones) >= ZONES


def _fewest(pool: Value) -> Value:
    """Return the smallest number of nodes that a pool scales to."""
    scaled = equals(get(pool, "enableAutoScaling", default=False), expected=True)
    return UNKNOWN if scaled is None else get(pool, "minCount" if scaled else "count", 1)


RULES: tuple[Rule, ...] = (
    Rule(
        id="AK-05",
        title="Upgrade channels for cluster and node OS",
        types=CLUSTER,
        property="autoUpgradeProfile.{upgradeChannel,nodeOSUpgradeChannel}",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.8.8", "Known vulnerabilities are fixed without anyone having to remember."),),
        hipaa=(
            supporting("164.308(a)(5)(ii)(B)", "Malicious software finds no vulnerability for which there is a patch."),
        ),
        gdpr=(supporting("Art. 32(1)(d)", "A process, not chance, keeps the nodes up to date."),),
        what="Azure upgrades Kubernetes and the nodes' operating system by itself, in the maintenance window.",
        why="Kubernetes publishes fixes about monthly, the node images weekly. Clusters without a channel are months "
        "behind within a year, and the next upgrade then skips versions.",
        remediation="Set `auto_upgrade_profile.upgrade_channel` to `patch` or `stable` and `node_os_upgrade_channel` "
        "to `NodeImage` or `SecurityPatch`.",
        azure_default="No channel for Kubernetes; `NodeImage` for the nodes of new clusters.",
        bad='containerservice.ManagedCluster("aks", auto_upgrade_profile={"upgrade_channel": "none"})',
        good='containerservice.ManagedCluster("aks", auto_upgrade_profile={"upgrade_channel": "patch",\n'
        '    "node_os_upgrade_channel": "NodeImage"})',
        check=upgrade_channels,
    ),
    Rule(
        id="AK-07",
        title="Defender and policy add-on",
        types=CLUSTER,
        property="securityProfile.defender, addonProfiles.azurepolicy",
        severity="M",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.16", "Suspicious behaviour of workloads and of the API raises an alert."),
            supporting("A.8.7", "Images and processes known to be malicious are found at run time."),
        ),
        hipaa=(direct("164.308(a)(5)(ii)(B)", "Detects malicious software in running workloads."),),
        gdpr=(
            supporting("Art. 32(1)(d)", "Azure Policy evaluates what runs in the cluster all the time."),
            supporting("Art. 33", "A breach that nobody notices cannot be notified in 72 hours."),
        ),
        what="Defender for Containers watches the cluster, and Azure Policy checks what enters it.",
        why="Rules about the cluster say nothing about what runs inside. Admission control keeps privileged containers "
        "and foreign registries out; the sensor notices the rest.",
        remediation="Set `security_profile.defender` with the workspace and `security_monitoring.enabled=True`, and "
        "the add-on `azurepolicy`.",
        azure_default="Both off.",
        bad='containerservice.ManagedCluster("aks", addon_profiles={"azurepolicy": {"enabled": False}})',
        good='containerservice.ManagedCluster("aks", addon_profiles={"azurepolicy": {"enabled": True}},\n'
        '    security_profile={"defender": {"log_analytics_workspace_resource_id": workspace.id,\n'
        '        "security_monitoring": {"enabled": True}}})',
        check=watched,
    ),
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
        gdpr=(supporting("Art. 32(1)(a)", "A copy of etcd reveals no credentials to personal data."),),
        what="Kubernetes secrets are encrypted with a key from Key Vault before they reach etcd.",
        why="etcd holds every secret of every namespace. The platform's own encryption protects the disk, but not the "
        "content from those who can read the database; the key in the vault can be withdrawn, and its use is logged.",
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
        "Both are fixed when the pool or the cluster is created.",
        azure_default="Off; disks have a platform key.",
        bad='containerservice.AgentPool("user", enable_encryption_at_host=False)',
        good='containerservice.AgentPool("user", enable_encryption_at_host=True)',
        check=encrypted_disks,
    ),
    Rule(
        id="AK-10",
        title="Secrets store with rotation",
        types=CLUSTER,
        property="addonProfiles.azureKeyvaultSecretsProvider",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.5.17", "Secrets stay in the vault; pods see the version that is valid now."),),
        hipaa=(supporting("164.312(a)(2)(iv)", "Secrets are encrypted at rest in the vault, not kept in manifests."),),
        gdpr=(supporting("Art. 32(1)(a)", "Credentials for personal data are not copied into the cluster's store."),),
        what="The Key Vault provider of the secrets store driver is on and rotates what it mounts.",
        why="A Kubernetes secret is a copy: readable by everyone who may list secrets in the namespace, and stale "
        "after a rotation. A mounted secret is the vault's own, and the vault logs who read it.",
        remediation='Set the add-on `azureKeyvaultSecretsProvider` with `config={"enableSecretRotation": "true"}`.',
        azure_default="The add-on is off; rotation is off when it is on.",
        bad='containerservice.ManagedCluster("aks",\n'
        '    addon_profiles={"azureKeyvaultSecretsProvider": {"enabled": True}})  # without rotation',
        good='containerservice.ManagedCluster("aks", addon_profiles={"azureKeyvaultSecretsProvider": {\n'
        '    "enabled": True, "config": {"enableSecretRotation": "true"}}})',
        check=secrets_store,
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
            direct("A.8.14", "Control plane and nodes survive the loss of a zone."),
            supporting("A.8.6", "A pool never shrinks below what its workloads need."),
        ),
        hipaa=(supporting("164.308(a)(7)(ii)(C)", "Workloads continue while one data centre is lost."),),
        gdpr=(supporting("Art. 32(1)(b)", "Keeps the processing available and resilient."),),
        what="The control plane has a service level, and each pool has enough nodes in two zones or more.",
        why="The free tier promises nothing and has few replicas. A pool in one zone, or of one node, is lost with it.",
        remediation='Set `sku={"name": "Base", "tier": "Standard"}`, `availability_zones=["1", "2", "3"]` and '
        "`min_count` (or `count`) of two or more. The zones of a pool are fixed when it is created.",
        azure_default="Free tier, no zones, one node.",
        bad='containerservice.ManagedCluster("aks", sku={"name": "Base", "tier": "Free"})',
        good='containerservice.AgentPool("user", availability_zones=["1", "2", "3"], enable_auto_scaling=True,\n'
        "    min_count=3, max_count=6)",
        check=resilient,
    ),
    Rule(
        id="AK-14",
        title="Version within support",
        types=CLUSTER,
        property="kubernetesVersion",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.8.8", "Versions without security fixes are not run."),),
        hipaa=(
            supporting("164.308(a)(5)(ii)(B)", "Malicious software finds no vulnerability that will never be fixed."),
        ),
        gdpr=(supporting("Art. 32(1)(d)", "The version is compared with the support policy on each deployment."),),
        what="The version of Kubernetes is one that Azure still patches: 1.34 and later, with long-term support 1.32.",
        why="Azure supports three minor versions. An older cluster gets no fixes, and may be upgraded by force.",
        remediation="Set `kubernetes_version` to a supported minor version and leave the patch version to the upgrade "
        "channel.",
        azure_default="Azure's default version on the day the cluster is created, which is supported.",
        bad='containerservice.ManagedCluster("aks", kubernetes_version="1.29")',
        good='containerservice.ManagedCluster("aks", kubernetes_version="1.35")',
        check=supported_version,
    ),
)
