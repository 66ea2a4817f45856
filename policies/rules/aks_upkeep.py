"""AKS clusters: upgrades, protection at run time, secrets and the ways into a node."""

from __future__ import annotations

from collections.abc import Mapping

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from policies.rules.aks_entrance import CLUSTER, POOLS, addon, each_pool
from resources.model import Resource
from resources.values import ABSENT, Value, all_of, any_of, equals, get, known, one_of

OLDEST: Mapping[str, tuple[int, int]] = {"KubernetesOfficial": (1, 34), "AKSLongTermSupport": (1, 32)}
"""Support plan -> oldest minor version that Azure still mends. Source: Microsoft Learn, "Supported Kubernetes versions
in AKS" (the latest three minor versions; long-term support adds a year), for November 2026. Review every quarter."""


def upgrade_channels(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-05."""
    cluster = one_of(get(resource, "autoUpgradeProfile.upgradeChannel"), ("patch", "stable", "rapid", "node-image"))
    nodes = one_of(
        get(resource, "autoUpgradeProfile.nodeOSUpgradeChannel", "NodeImage"), ("NodeImage", "SecurityPatch")
    )
    return [
        ok(cluster, "nothing brings patches of Kubernetes", "autoUpgradeProfile.upgradeChannel"),
        ok(nodes, "nothing brings patches of the nodes' system", "autoUpgradeProfile.nodeOSUpgradeChannel"),
    ]


def watched(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-07."""
    path = "securityProfile.defender.securityMonitoring.enabled"
    defender = equals(get(resource, path), expected=True)
    policy = equals(get(addon(resource, "azurepolicy"), "enabled"), expected=True)
    return [
        ok(defender, "Defender does not watch the cluster", path),
        ok(policy, "no admission control by Azure Policy", "addonProfiles.azurepolicy.enabled"),
    ]


def secrets_store(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-10."""
    store = addon(resource, "azureKeyvaultSecretsProvider")
    path = "addonProfiles.azureKeyvaultSecretsProvider"
    rotation = get(store, "config.enableSecretRotation")
    return [
        ok(equals(get(store, "enabled"), expected=True), "pods cannot mount secrets from Key Vault", f"{path}.enabled"),
        ok(equals(rotation, "true"), "a new version of a secret does not reach the pods", f"{path}.config"),
    ]


def no_side_entrance(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-11."""
    pools = each_pool(resource, lambda pool: equals(get(pool, "securityProfile.sshAccess"), "Disabled"))
    found = [ok(answer, "nodes accept SSH with a key", f"{path}securityProfile.sshAccess") for path, answer in pools]
    if resource.type in CLUSTER:
        path = "apiServerAccessProfile.disableRunCommand"
        found.append(
            ok(equals(get(resource, path), expected=True), "commands can be run past the private network", path)
        )
    return found


def supported_version(resource: Resource, _context: Context) -> Outcome:
    """AK-14."""
    version = get(resource, "kubernetesVersion")
    plan = get(resource, "supportPlan", "KubernetesOfficial")
    if not known(version) or version is ABSENT:
        return ok(None if version is not ABSENT else True, "the version is not known yet", "kubernetesVersion")
    number = _minor(version)
    regular = number >= OLDEST["KubernetesOfficial"]
    extended = all_of(equals(plan, "AKSLongTermSupport"), number >= OLDEST["AKSLongTermSupport"])
    return ok(any_of(regular, extended), "the version is out of support", "kubernetesVersion")


def _minor(version: Value) -> tuple[int, ...]:
    parts = str(version).removeprefix("v").split(".")[:2]
    return tuple(int(part) if part.isdigit() else 0 for part in parts)


RULES: tuple[Rule, ...] = (
    Rule(
        id="AK-05",
        title="Upgrade channels for cluster and node OS",
        types=CLUSTER,
        property="autoUpgradeProfile.{upgradeChannel,nodeOSUpgradeChannel}",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.8.8", "Known flaws are closed without anybody having to remember."),),
        hipaa=(supporting("164.308(a)(5)(ii)(B)", "Malicious software finds no flaw that a patch exists for."),),
        gdpr=(supporting("Art. 32(1)(d)", "The state of the nodes is kept up by a process, not by chance."),),
        what="Azure upgrades Kubernetes and the nodes' system by itself, in the maintenance window.",
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
            supporting("A.8.7", "Images and processes known as malicious are found at run time."),
        ),
        hipaa=(direct("164.308(a)(5)(ii)(B)", "Detects malicious software in running workloads."),),
        gdpr=(
            supporting("Art. 32(1)(d)", "Azure Policy evaluates what runs in the cluster all the time."),
            supporting("Art. 33", "A breach that nobody notices cannot be notified in 72 hours."),
        ),
        what="Defender for Containers watches the cluster, and Azure Policy checks what enters it.",
        why="Rules about the cluster say nothing of what runs inside. Admission control keeps privileged containers "
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
        id="AK-10",
        title="Secrets store with rotation",
        types=CLUSTER,
        property="addonProfiles.azureKeyvaultSecretsProvider",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.5.17", "Secrets stay in the vault; pods see the version that is valid now."),),
        hipaa=(supporting("164.312(a)(2)(iv)", "Secrets rest encrypted in the vault rather than in manifests."),),
        gdpr=(supporting("Art. 32(1)(a)", "Credentials for personal data are not copied into the cluster's store."),),
        what="The Key Vault provider of the secrets store driver is on and rotates what it mounts.",
        why="A Kubernetes secret is a copy: readable by everybody who may list secrets in the namespace, and stale "
        "after a rotation. A mounted secret is the vault's own, with the vault's log of who read it.",
        remediation='Set the add-on `azureKeyvaultSecretsProvider` with `config={"enableSecretRotation": "true"}`.',
        azure_default="The add-on is off; rotation is off when it is on.",
        bad='containerservice.ManagedCluster("aks",\n'
        '    addon_profiles={"azureKeyvaultSecretsProvider": {"enabled": True}})  # without rotation',
        good='containerservice.ManagedCluster("aks", addon_profiles={"azureKeyvaultSecretsProvider": {\n'
        '    "enabled": True, "config": {"enableSecretRotation": "true"}}})',
        check=secrets_store,
    ),
    Rule(
        id="AK-11",
        title="Run-command and node SSH off",
        types=POOLS,
        property="apiServerAccessProfile.disableRunCommand, securityProfile.sshAccess",
        severity="M",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.9", "Ways in that operations do not need are configured away."),
            direct("A.8.18", "Tools that override the controls of the cluster are out of reach."),
        ),
        hipaa=(supporting("164.312(a)(1)", "No way into a node goes past the sign-in of the cluster."),),
        gdpr=(supporting("Art. 32(1)(b)", "Two ways to the data of every workload are closed."),),
        what="Nobody runs commands through the Azure API, and nodes accept no SSH.",
        why="Run-command executes with cluster-admin rights from anywhere the Azure API answers, so it makes a private "
        "cluster public again. A node's SSH key opens every pod on it and is logged by nobody.",
        remediation="Set `api_server_access_profile.disable_run_command=True` and "
        '`security_profile={"ssh_access": "Disabled"}` on each pool; use `kubectl debug` instead.',
        azure_default="Both are open.",
        bad='containerservice.AgentPool("user", security_profile={"ssh_access": "LocalUser"})',
        good='containerservice.AgentPool("user", security_profile={"ssh_access": "Disabled"})',
        check=no_side_entrance,
    ),
    Rule(
        id="AK-14",
        title="Version within support",
        types=CLUSTER,
        property="kubernetesVersion",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.8.8", "Versions without fixes are not run."),),
        hipaa=(supporting("164.308(a)(5)(ii)(B)", "Malicious software finds no flaw that will never be mended."),),
        gdpr=(supporting("Art. 32(1)(d)", "The version is compared with the support policy on each deployment."),),
        what="The version of Kubernetes is one that Azure still mends: 1.34 and later, with long-term support 1.32.",
        why="Azure supports three minor versions. An older cluster gets no fixes, and may be upgraded by force.",
        remediation="Set `kubernetes_version` to a supported minor version and leave the patch to the upgrade channel.",
        azure_default="The default version of the day on which the cluster is made, which is supported.",
        bad='containerservice.ManagedCluster("aks", kubernetes_version="1.29")',
        good='containerservice.ManagedCluster("aks", kubernetes_version="1.35")',
        check=supported_version,
    ),
)
