"""AKS clusters: who can reach the API server, the nodes and the pods, and who can sign in."""

from __future__ import annotations

from collections.abc import Callable

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.shared import WIDE_RANGE, addresses, expect
from resources.model import Resource
from resources.values import Trilean, Value, all_of, any_of, equals, every, find, get, matches, present

CLUSTER = ("containerservice:ManagedCluster",)
POOLS = ("containerservice:ManagedCluster", "containerservice:AgentPool")


def each_pool(resource: Resource, test: Callable[[Value], Trilean]) -> list[tuple[str, Trilean]]:
    """Apply ``test`` to every node pool: the inline ones of a cluster, or the one that is a resource of its own.

    Each answer comes with the path of the pool, to which the name of a property is appended.
    """
    if resource.type == "containerservice:AgentPool":
        return [("", test(resource.props))]
    return [(f"{path}.", test(pool)) for path, pool in find(resource, "agentPoolProfiles[]")]


def private_api_server(resource: Resource, context: Context) -> Outcome:
    """AK-01: the API server is private, or in dev open to few addresses."""
    path, ranges = "apiServerAccessProfile.enablePrivateCluster", "apiServerAccessProfile.authorizedIPRanges"
    if context.profile != "dev":
        return expect(resource, path, "the API server has a public address", to_be=True)
    private = equals(get(resource, path), expected=True)
    listed = get(resource, ranges)
    narrow = every(listed, lambda one: matches(one, lambda text: (addresses(text) or WIDE_RANGE + 1) <= WIDE_RANGE))
    reason = "the API server has a public address without a narrow list of authorised ranges"
    return ok(any_of(private, all_of(present(listed), narrow)), reason, ranges)


def no_local_accounts(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-02: users sign in with Entra only, and Azure role assignments decide what they may do."""
    local = "local accounts, whose certificate bypasses Entra, are on"
    roles = "Azure role assignments do not decide what a user may do"
    return [
        expect(resource, "disableLocalAccounts", local, to_be=True),
        expect(resource, "aadProfile.managed", "users do not sign in to the cluster with Entra", to_be=True),
        expect(resource, "aadProfile.enableAzureRBAC", roles, to_be=True),
    ]


def network_policy(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-03: network policies between pods are enforced."""
    policy, engines = "networkProfile.networkPolicy", ("azure", "calico", "cilium")
    return [
        expect(resource, policy, "nothing enforces network policies between pods", to_be=engines),
        expect(resource, "networkProfile.networkPlugin", "the network plug-in is not Azure CNI", to_be="azure"),
    ]


def no_node_address(resource: Resource, _context: Context) -> list[Outcome] | Outcome:
    """AK-04: nodes have no public addresses."""
    pools = each_pool(resource, lambda pool: equals(get(pool, "enableNodePublicIP", default=False), expected=False))
    outcomes = [ok(answer, "each node gets a public address", f"{path}enableNodePublicIP") for path, answer in pools]
    return outcomes or skip("the node pools are resources of their own")


def workload_identity(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-06: pods can have Entra identities of their own."""
    identity = "securityProfile.workloadIdentity.enabled"
    return [
        expect(resource, "oidcIssuerProfile.enabled", "the cluster issues no tokens that Entra can trust", to_be=True),
        expect(resource, identity, "pods cannot use Entra workload identity", to_be=True),
    ]


def no_side_entrance(resource: Resource, _context: Context) -> list[Outcome]:
    """AK-11: neither run-command nor SSH leads into the cluster."""
    pools = each_pool(resource, lambda pool: equals(get(pool, "securityProfile.sshAccess"), "Disabled"))
    outcomes = [ok(answer, "nodes accept SSH with a key", f"{path}securityProfile.sshAccess") for path, answer in pools]
    if resource.type in CLUSTER:
        path = "apiServerAccessProfile.disableRunCommand"
        outcomes.append(expect(resource, path, "run-command bypasses the private network", to_be=True))
    return outcomes


def controlled_egress(resource: Resource, _context: Context) -> Outcome:
    """AK-13: outgoing traffic takes a controlled route."""
    reason = "the cluster reaches the Internet through a load balancer that nothing filters"
    controlled = ("userDefinedRouting", "userAssignedNATGateway", "none")
    return expect(resource, "networkProfile.outboundType", reason, to_be=controlled)


RULES: tuple[Rule, ...] = (
    Rule(
        id="AK-01",
        title="Private API server (or authorised ranges in dev)",
        types=CLUSTER,
        property="apiServerAccessProfile.{enablePrivateCluster,authorizedIPRanges}",
        severity="C",
        scope="R",
        profile="P2",
        iso=(direct("A.8.20", "The control plane of the cluster is reachable only from the private network."),),
        hipaa=(supporting("164.312(a)(1)", "Those outside the network cannot even try to sign in to the cluster."),),
        gdpr=(supporting("Art. 32(1)(b)", "Closes the way to every workload that handles personal data."),),
        what="The API server has a private address only. In dev, a short list of authorised ranges will do.",
        why="Anyone who reaches the API server with a stolen token controls every workload and reads every secret of "
        "the cluster. A public address lets the whole Internet try, and makes each flaw of the API server urgent.",
        remediation="Set `api_server_access_profile.enable_private_cluster=True`; it cannot be changed later without a "
        "new cluster, except with VNet integration. Operators connect through a jump host or a runner in the VNet.",
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
            direct("A.5.15", "Azure role assignments are the only place where access to the cluster is granted."),
            direct("A.8.5", "Users authenticate with Entra, so its conditions and second factors apply."),
        ),
        hipaa=(
            direct("164.312(a)(2)(i)", "Each action in the cluster carries a person's own identity."),
            direct("164.312(d)", "Entra verifies the caller before the cluster answers."),
        ),
        gdpr=(supporting("Art. 32(1)(b)", "A credential that is shared and never expires cannot open the cluster."),),
        what="Local accounts are off, Entra signs users in, and Azure role assignments decide what they may do.",
        why="The local administrator is one certificate that everyone with the right to list credentials can fetch. It "
        "names no person, expires after years, and keeps working when a user is removed from all groups.",
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
            direct("A.8.22", "Workloads of one cluster can be separated."),
        ),
        hipaa=(supporting("164.312(a)(1)", "A pod reaches only the services that it was allowed to."),),
        gdpr=(supporting("Art. 32(1)(b)", "An intruder in one pod cannot move on."),),
        what="The cluster uses Azure CNI and has an engine that enforces network policies.",
        why="Without an engine Kubernetes accepts network policies and ignores them: every pod reaches every other. "
        "With kubenet, pods hide behind their node's address and network security groups cannot tell them apart.",
        remediation='Set `network_profile` to `{"network_plugin": "azure", "network_policy": "cilium"}` (or `azure`, '
        "`calico`). The engine is chosen when the cluster is created.",
        azure_default="No engine; the plug-in depends on how the cluster was created.",
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
        hipaa=(supporting("164.312(a)(1)", "Closes a way to health data that bypasses every access control."),),
        gdpr=(supporting("Art. 32(1)(b)", "Closes a way to personal data that bypasses the edge."),),
        what="No node pool, inline or separate, gives its nodes public addresses.",
        why="A node with a public address answers on every port that anything on it opens, bypassing the edge and its "
        "firewall. One wrong rule in a network security group is then enough.",
        remediation="Leave `enable_node_public_ip` out or set it to `False`; publish workloads through the edge.",
        azure_default="Off.",
        bad='containerservice.AgentPool("user", enable_node_public_ip=True)',
        good='containerservice.AgentPool("user", enable_node_public_ip=False)',
        check=no_node_address,
    ),
    Rule(
        id="AK-06",
        title="OIDC issuer and workload identity",
        types=CLUSTER,
        property="oidcIssuerProfile.enabled, securityProfile.workloadIdentity",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.5.16", "Each workload has an identity of its own in Entra."),),
        hipaa=(
            direct("164.312(d)", "A workload proves its identity with a short-lived token instead of a stored secret."),
        ),
        gdpr=(supporting("Art. 32(1)(b)", "No shared secret in a pod opens a store with personal data."),),
        what="The cluster issues OIDC tokens, and pods exchange them for Entra tokens of their own identity.",
        why="Without it pods hold client secrets, or use the identity of the node, which all pods on it share: one "
        "compromised pod can then read what every other may read.",
        remediation="Set `oidc_issuer_profile.enabled=True` and `security_profile.workload_identity.enabled=True`; "
        "give each service account a federated credential.",
        azure_default="Both off.",
        bad='containerservice.ManagedCluster("aks", pod_identity_profile={"enabled": True})',
        good='containerservice.ManagedCluster("aks", oidc_issuer_profile={"enabled": True},\n'
        '    security_profile={"workload_identity": {"enabled": True}})',
        check=workload_identity,
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
            direct("A.8.9", "Entrances that operations do not need are disabled."),
            direct("A.8.18", "Tools that override the controls of the cluster are out of reach."),
        ),
        hipaa=(supporting("164.312(a)(1)", "No entrance to a node bypasses the sign-in of the cluster."),),
        gdpr=(supporting("Art. 32(1)(b)", "Two ways to the data of every workload are closed."),),
        what="Nobody runs commands through the Azure API, and nodes accept no SSH.",
        why="Run-command executes with cluster-admin rights from anywhere the Azure API answers, so it makes a private "
        "cluster public again. A node's SSH key opens every pod on it, and its use is not logged.",
        remediation='Set `api_server_access_profile.disable_run_command=True` and `security_profile={"ssh_access": '
        '"Disabled"}` on each pool; use `kubectl debug` instead.',
        azure_default="Both are possible.",
        bad='containerservice.AgentPool("user", security_profile={"ssh_access": "LocalUser"})',
        good='containerservice.AgentPool("user", security_profile={"ssh_access": "Disabled"})',
        check=no_side_entrance,
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
        hipaa=(supporting("164.312(e)(1)", "Health data cannot leave over a path that nobody monitors."),),
        gdpr=(supporting("Art. 32(2)", "Answers the risk of unauthorised disclosure by a workload."),),
        what="Traffic leaves by the routes of the subnet, by our NAT gateway, or not at all.",
        why="The default load balancer gives each node free access to the Internet: a compromised workload fetches its "
        "tools and sends data away without passing a filter.",
        remediation="Set `network_profile.outbound_type` to `userDefinedRouting` with a route to the firewall, or to "
        "`userAssignedNATGateway` with outbound rules in the subnet's network security group.",
        azure_default="`loadBalancer`, unfiltered.",
        bad='containerservice.ManagedCluster("aks", network_profile={"outbound_type": "loadBalancer"})',
        good='containerservice.ManagedCluster("aks", network_profile={"outbound_type": "userDefinedRouting"})',
        check=controlled_egress,
    ),
)
