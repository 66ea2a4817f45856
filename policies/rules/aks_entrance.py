"""AKS clusters: how the API server is entered and what the nodes show."""

from __future__ import annotations

from collections.abc import Callable

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.data_shared import WIDE_RANGE, addresses
from resources.model import Resource
from resources.values import Trilean, Value, all_of, any_of, equals, every, find, get, matches, one_of, present

CLUSTER = ("containerservice:ManagedCluster",)
POOLS = ("containerservice:ManagedCluster", "containerservice:AgentPool")


def each_pool(resource: Resource, test: Callable[[Value], Trilean]) -> list[tuple[str, Trilean]]:
    """Ask ``test`` of every node pool: the inline ones of a cluster, or the one that is a resource of its own.

    Each answer comes with the path of the pool, to which the name of a property is added.
    """
    if resource.type == "containerservice:AgentPool":
        return [("", test(resource.props))]
    return [(f"{path}.", test(pool)) for path, pool in find(resource, "agentPoolProfiles[]")]


def addon(resource: Resource, name: str) -> Value:
    """Read the profile of an add-on; Azure takes its key in any case."""
    profiles = get(resource, "addonProfiles")
    if isinstance(profiles, dict):
        key = next((key for key in profiles if key.casefold() == name.casefold()), name)
        return get(profiles, key)
    return profiles


def private_api_server(resource: Resource, context: Context) -> Outcome:
    """AK-01."""
    private = equals(get(resource, "apiServerAccessProfile.enablePrivateCluster"), expected=True)
    ranges = get(resource, "apiServerAccessProfile.authorizedIPRanges")
    if context.profile != "dev":
        reason = "the API server has a public address"
        return ok(private, reason, "apiServerAccessProfile.enablePrivateCluster")
    narrow = every(ranges, lambda one: matches(one, lambda text: (addresses(text) or WIDE_RANGE + 1) <= WIDE_RANGE))
    reason = "the API server has a public address that no narrow list of authorised ranges guards"
    return ok(any_of(private, all_of(present(ranges), narrow)), reason, "apiServerAccessProfile.authorizedIPRanges")


def no_local_accounts(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-02."""
    local = equals(get(resource, "disableLocalAccounts"), expected=True)
    managed = equals(get(resource, "aadProfile.managed"), expected=True)
    roles = equals(get(resource, "aadProfile.enableAzureRBAC"), expected=True)
    return [
        ok(local, "local accounts with a certificate that never asks Entra are on", "disableLocalAccounts"),
        ok(managed, "Entra does not sign users in to the cluster", "aadProfile.managed"),
        ok(roles, "Azure role assignments do not decide what a user may do", "aadProfile.enableAzureRBAC"),
    ]


def network_policy(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-03."""
    policy = one_of(get(resource, "networkProfile.networkPolicy"), ("azure", "calico", "cilium"))
    plugin = equals(get(resource, "networkProfile.networkPlugin"), "azure")
    return [
        ok(policy, "nothing enforces network policies between pods", "networkProfile.networkPolicy"),
        ok(plugin, "the network plug-in is not Azure CNI", "networkProfile.networkPlugin"),
    ]


def no_node_address(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-04."""
    pools = each_pool(resource, lambda pool: equals(get(pool, "enableNodePublicIP", default=False), expected=False))
    found = [ok(answer, "each node gets a public address", f"{path}enableNodePublicIP") for path, answer in pools]
    return found or [skip("the node pools are resources of their own")]


def workload_identity(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-06."""
    issuer = equals(get(resource, "oidcIssuerProfile.enabled"), expected=True)
    identity = equals(get(resource, "securityProfile.workloadIdentity.enabled"), expected=True)
    return [
        ok(issuer, "the cluster issues no tokens that Entra could trust", "oidcIssuerProfile.enabled"),
        ok(identity, "pods cannot use Entra workload identity", "securityProfile.workloadIdentity.enabled"),
    ]


ENTRANCE: tuple[Rule, ...] = (
    Rule(
        id="AK-01",
        title="Private API server (or authorised ranges in dev)",
        types=CLUSTER,
        property="apiServerAccessProfile.{enablePrivateCluster,authorizedIPRanges}",
        severity="C",
        scope="R",
        profile="P2",
        iso=(direct("A.8.20", "The control plane of the cluster answers on the private network only."),),
        hipaa=(supporting("164.312(a)(1)", "Who is not on the network cannot even try to sign in to the cluster."),),
        gdpr=(supporting("Art. 32(1)(b)", "Closes the way to every workload that handles personal data."),),
        what="The API server has a private address only. In dev, a short list of authorised ranges will do.",
        why="Whoever reaches the API server with a stolen token commands every workload and reads every secret of the "
        "cluster. A public address lets the whole Internet try, and makes each flaw of the API server urgent.",
        remediation="Set `api_server_access_profile.enable_private_cluster=True`; it cannot be changed later without a "
        "new cluster, except with VNet integration. Operators come in through a jump host or a runner in the VNet.",
        azure_default="The API server has a public address without any restriction.",
        bad='containerservice.ManagedCluster("aks", dns_prefix="fabrix")',
        good='containerservice.ManagedCluster("aks", api_server_access_profile={"enable_private_cluster": True})',
        check=private_api_server,
    ),
    Rule(
        id="AK-02",
        title="No local accounts; Entra + Azure RBAC",
        types=CLUSTER,
        property="disableLocalAccounts, aadProfile.{managed,enableAzureRBAC}",
        severity="H",
        scope="R",
        profile="P1",
        iso=(
            direct("A.5.15", "Azure role assignments are the one place where access to the cluster is granted."),
            direct("A.8.5", "Users authenticate with Entra, so that its conditions and second factors apply."),
        ),
        hipaa=(
            direct("164.312(a)(2)(i)", "Each action in the cluster carries a person's own identity."),
            direct("164.312(d)", "Entra verifies who asks before the cluster answers."),
        ),
        gdpr=(supporting("Art. 32(1)(b)", "A credential that is shared and never expires cannot open the cluster."),),
        what="Local accounts are off, Entra signs users in, and Azure role assignments decide what they may do.",
        why="The local administrator is one certificate that everybody with the right to list credentials can fetch. "
        "It names no person, expires after years, and survives the removal of a user from all groups.",
        remediation="Set `disable_local_accounts=True` and an `aad_profile` with `managed=True` and "
        "`enable_azure_rbac=True`.",
        azure_default="Local accounts are on, Entra is off.",
        bad='containerservice.ManagedCluster("aks", enable_rbac=True)',
        good='containerservice.ManagedCluster("aks", disable_local_accounts=True,\n'
        '    aad_profile={"managed": True, "enable_azure_rbac": True})',
        check=no_local_accounts,
    ),
    Rule(
        id="AK-03",
        title="Network policy on Azure CNI",
        types=CLUSTER,
        property="networkProfile.{networkPolicy,networkPlugin}",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.20", "Traffic between pods is filtered by rules."),
            direct("A.8.22", "Workloads of one cluster can be kept apart."),
        ),
        hipaa=(supporting("164.312(a)(1)", "A pod reaches only the services that it was given."),),
        gdpr=(supporting("Art. 32(1)(b)", "An intruder in one pod stays there."),),
        what="The cluster uses Azure CNI and has an engine that enforces network policies.",
        why="Without an engine Kubernetes accepts network policies and ignores them: every pod reaches every other. "
        "With kubenet, pods hide behind their node's address and network security groups cannot tell them apart.",
        remediation='Set `network_profile` to `{"network_plugin": "azure", "network_policy": "cilium"}` (or `azure`, '
        "`calico`). The engine is chosen when the cluster is made.",
        azure_default="No engine; the plug-in depends on how the cluster was made.",
        bad='containerservice.ManagedCluster("aks", network_profile={"network_plugin": "kubenet"})',
        good='containerservice.ManagedCluster("aks", network_profile={"network_plugin": "azure",\n'
        '    "network_plugin_mode": "overlay", "network_policy": "cilium"})',
        check=network_policy,
    ),
    Rule(
        id="AK-04",
        title="No public IP on nodes",
        types=POOLS,
        property="enableNodePublicIP",
        severity="H",
        scope="R",
        profile="P1",
        iso=(direct("A.8.20", "Nodes have no address that the Internet could reach."),),
        hipaa=(supporting("164.312(a)(1)", "Closes a way to health data that bypasses every entry control."),),
        gdpr=(supporting("Art. 32(1)(b)", "Closes a way to personal data that bypasses the edge."),),
        what="No node pool, inline or separate, gives its nodes public addresses.",
        why="A node with a public address answers for every port that anything on it opens, past the edge and its "
        "firewall. One wrong rule in a network security group is then a way in.",
        remediation="Leave `enable_node_public_ip` out or set it to `False`; publish workloads through the edge.",
        azure_default="Off.",
        bad='containerservice.AgentPool("user", enable_node_public_ip=True)',
        good='containerservice.AgentPool("user", enable_node_public_ip=False)',
        check=no_node_address,
    ),
)

IDENTITY = Rule(
    id="AK-06",
    title="OIDC issuer and workload identity",
    types=CLUSTER,
    property="oidcIssuerProfile.enabled, securityProfile.workloadIdentity",
    severity="M",
    scope="R",
    profile="P2",
    iso=(direct("A.5.16", "Each workload has an identity of its own in Entra."),),
    hipaa=(direct("164.312(d)", "A workload proves who it is with a token of minutes instead of a stored secret."),),
    gdpr=(supporting("Art. 32(1)(b)", "No shared secret in a pod opens a store with personal data."),),
    what="The cluster issues OIDC tokens, and pods exchange them for Entra tokens of their own identity.",
    why="Without it pods hold client secrets, or use the identity of the node, which all pods on it share: one "
    "compromised pod then reads what every other may read.",
    remediation="Set `oidc_issuer_profile.enabled=True` and `security_profile.workload_identity.enabled=True`; give "
    "each service account a federated credential.",
    azure_default="Both off.",
    bad='containerservice.ManagedCluster("aks", pod_identity_profile={"enabled": True})',
    good='containerservice.ManagedCluster("aks", oidc_issuer_profile={"enabled": True},\n'
    '    security_profile={"workload_identity": {"enabled": True}})',
    check=workload_identity,
)

RULES: tuple[Rule, ...] = (*ENTRANCE, IDENTITY)
