"""The six claims: all hold in a sound network, and each break breaks exactly the claim that is about it."""

import dataclasses
from collections.abc import Callable

import pytest

from resources.model import Verdict
from resources.values import UNKNOWN
from tests.topology.small import (
    ADMINISTER_VAULT,
    CONTRIBUTOR,
    GROUP,
    NETWORK,
    OTHER_SUBSCRIPTION,
    READ_SECRETS,
    VAULT_ID,
    Small,
    prove,
    worst,
)  # fmt: skip
from topology import build
from topology.claims import CLAIMS, Expectations

PEOPLE = "azuread:index/group:Group"
Change = Callable[[Small], object]


NOBODY = Expectations(ingress=())


def verdicts(small: Small, expected: Expectations | None = None) -> dict[str, Verdict]:
    """Verdicts where nobody from other networks is expected, unless the test says otherwise."""
    expected = expected or NOBODY
    return {claim.key: claim.verdict for claim in prove(small.build(), expected)}


def not_passed(small: Small, expected: Expectations | None = None) -> dict[str, Verdict]:
    return {key: verdict for key, verdict in verdicts(small, expected).items() if verdict is not Verdict.PASS}


def test_a_sound_network_proves_all_six(small) -> None:
    assert list(verdicts(small)) == ["internet", "private", "egress", "secrets", "environments", "ingress"]
    assert not_passed(small) == {}, [claim.broken for claim in prove(small.build())]


def test_every_claim_shows_what_it_looked_at(small) -> None:
    for claim in prove(small.build()):
        assert claim.evidence, f"{claim.key} passes for want of evidence"


def people(small: Small, role: str, scope: str, kind: str = "Group") -> None:
    small.add("people", PEOPLE, displayName="People")
    small.grant("people-right", "people", role, scope, kind)


def two_environments(small: Small) -> None:
    small.set("app-one", "siteConfig.connection", "https://kv-of-test.vault.azure.net/")


def another_holder(small: Small) -> None:
    small.add("ip2", "network:PublicIPAddress", publicIpAddressName="ip2")
    small.add(
        "lb",
        "network:LoadBalancer",
        frontendIPConfigurations=[{"publicIPAddress": {"id": f"{NETWORK}/publicIPAddresses/ip2"}}],
    )


HUB = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/hub"


def peered(small: Small) -> None:
    """Peer the network with one of the same subscription that is not part of the deployment."""
    small.add(
        "peering", "network:VirtualNetworkPeering", virtualNetworkName="vnet", virtualNetworkPeeringName="to-hub",
        remoteVirtualNetwork={"id": HUB},
    )  # fmt: skip


def lets_in(small: Small, source: str, port: str = "443") -> None:
    small.allow("endpoints", "people", 200, "Inbound", "10.0.0.0/24", port, sourceAddressPrefix=source)


def without_denial(small: Small) -> None:
    """Peered, and the last word is Azure's own rule, which lets the whole network and its peers in."""
    peered(small)
    rules = small.props("nsg-apps")["securityRules"]
    rules.remove(next(one for one in rules if one["name"] == "deny-inbound"))


def ungoverned(small: Small) -> None:
    peered(small)
    small.set("endpoints", "privateEndpointNetworkPolicies", "Disabled")


BREAKS: list[tuple[str, str, Change]] = [
    ("internet", "a vault is opened", lambda s: s.set("vault", "properties.publicNetworkAccess", "Enabled")),
    ("internet", "an app is opened", lambda s: s.set("app-two", "publicNetworkAccess", "Enabled")),
    ("internet", "a switch is missing", lambda s: s.props("app-two").pop("publicNetworkAccess")),
    ("internet", "a public address is held by something else", another_holder),
    ("internet", "an open workspace", lambda s: s.add("logs", "operationalinsights:Workspace", workspaceName="logs")),
    ("private", "a zone loses its link", lambda s: s.drop("link")),
    ("private", "an endpoint is gone", lambda s: s.drop("endpoint", "zone-group")),
    ("private", "a rule denies the endpoints", lambda s: s.deny("apps", "no", 90, "Outbound", "10.0.0.0/24")),
    (
        "private",
        "a database without an endpoint",
        lambda s: s.add("db", "dbforpostgresql:Server", serverName="db", network={"publicNetworkAccess": "Disabled"}),
    ),
    ("egress", "a rule opens the Internet", lambda s: s.allow("apps", "all", 200, "Outbound", "Internet")),
    ("egress", "a rule opens everything", lambda s: s.allow("apps", "all", 200, "Outbound", "*", "8443")),
    ("egress", "only one port", lambda s: s.allow("apps", "dns", 200, "Outbound", "Internet", "53", protocol="Udp")),
    (
        "egress",
        "all of Azure in a region",
        lambda s: s.allow("apps", "az", 200, "Outbound", "AzureCloud.swedencentral"),
    ),
    ("egress", "half of the Internet", lambda s: s.allow("apps", "half", 200, "Outbound", "128.0.0.0/1")),
    (
        "egress",
        "an app sends past the network",
        lambda s: s.set("app-one", "outboundVnetRouting", {"allTraffic": False}),
    ),
    (
        "secrets",
        "an app reads another's secret",
        lambda s: s.grant("x", "id-two", READ_SECRETS, f"{VAULT_ID}/secrets/secret-one"),
    ),
    ("secrets", "an app reads the vault", lambda s: s.grant("x", "id-two", READ_SECRETS, VAULT_ID)),
    ("secrets", "an app reads the resource group", lambda s: s.grant("x", "id-two", READ_SECRETS, GROUP)),
    ("secrets", "an app administers the vault", lambda s: s.grant("x", "id-two", ADMINISTER_VAULT, VAULT_ID)),
    ("secrets", "people read secrets without administering them", lambda s: people(s, READ_SECRETS, VAULT_ID)),
    ("ingress", "a block of another network is let in", lambda s: lets_in(s, "10.9.0.0/24")),
    ("ingress", "peers are let in by Azure's own rule", without_denial),
    ("ingress", "peers reach endpoints past every rule", ungoverned),
    ("ingress", "peers are let in by the tag of the network", lambda s: (peered(s), lets_in(s, "VirtualNetwork"))),
    (
        "egress",
        "peers are reached by the tag of the network",
        lambda s: (peered(s), s.allow("apps", "all", 200, "Outbound", "VirtualNetwork", "443")),
    ),
    (
        "environments",
        "another subscription is named",
        lambda s: s.set("app-one", "tags", {"peer": f"/subscriptions/{OTHER_SUBSCRIPTION}/resourceGroups/rg"}),
    ),
    (
        "environments",
        "another resource group is named",
        lambda s: s.set("app-one", "tags", {"peer": GROUP + "-test/providers/X/y/z"}),
    ),
    ("environments", "another environment's vault is named", two_environments),
]


@pytest.mark.parametrize(
    ("key", "change"), [(key, change) for key, _, change in BREAKS], ids=[name for _, name, _ in BREAKS]
)
def test_one_break_breaks_exactly_one_claim(small, key, change) -> None:
    change(small)
    assert not_passed(small) == {key: Verdict.FAIL}, [claim.broken for claim in prove(small.build())]


@pytest.mark.parametrize(
    ("key", "change"),
    [(key, change) for key, _, change in BREAKS if key != "environments"],
    ids=[name for key, name, _ in BREAKS if key != "environments"],
)
def test_hiding_any_property_of_a_broken_network_never_makes_the_claim_pass(small, key, change) -> None:
    """A preview does not know every value. What it does not know may leave a claim open, and never proves it."""
    change(small)
    resources = list(small.resources.values())
    for index, resource in enumerate(resources):
        for name in resource.props:
            hidden = dataclasses.replace(resource, props={**resource.props, name: UNKNOWN})
            topology = build([*resources[:index], hidden, *resources[index + 1 :]])
            found = {piece.verdict for piece in CLAIMS[key].evidence(topology, NOBODY)}
            assert worst(found) is not Verdict.PASS, f"passes without {name} of {resource.name}"


UNDECIDED: list[tuple[str, str, Change]] = [
    ("internet", "an unknown switch", lambda s: s.set("vault", "properties.publicNetworkAccess", UNKNOWN)),
    (
        "internet",
        "a firewall with exceptions",
        lambda s: s.add(
            "f", "storage:StorageAccount", accountName="f", networkRuleSet={"defaultAction": "Deny", "ipRules": [{}]}
        ),
    ),
    ("private", "zones of the customer's", lambda s: s.drop("zone", "link")),
    ("egress", "an unknown destination", lambda s: s.allow("apps", "u", 300, "Outbound", UNKNOWN, "443")),
    ("secrets", "an unknown role", lambda s: s.grant("x", "id-two", "99999999-0000-0000-0000-000000000000", VAULT_ID)),
]


@pytest.mark.parametrize(
    ("key", "change"), [(key, change) for key, _, change in UNDECIDED], ids=[name for _, name, _ in UNDECIDED]
)
def test_what_cannot_be_known_is_undetermined_and_not_passed(small, key, change) -> None:
    change(small)
    assert verdicts(small)[key] is Verdict.UNDETERMINED, [claim.broken for claim in prove(small.build())]


def test_a_public_way_to_the_vault_is_no_private_one(small) -> None:
    small.drop("link")
    small.set("vault", "properties.publicNetworkAccess", "Enabled")
    small.allow("apps", "anywhere", 200, "Outbound", "Internet", "443")
    assert verdicts(small)["private"] is Verdict.FAIL, "it reaches, and not by private address"


def test_a_mounted_share_is_a_need(small) -> None:
    small.add("files", "storage:StorageAccount", accountName="files", publicNetworkAccess="Disabled")
    assert not_passed(small) == {}, "nobody uses it"
    small.set("app-one", "siteConfig.azureStorageAccounts", {"share": {"accountName": "files", "shareName": "s"}})
    assert not_passed(small) == {"private": Verdict.FAIL}


@pytest.mark.parametrize(
    ("ports", "expected"), [(["445"], Verdict.FAIL), (["80"], Verdict.FAIL), (["80", "445"], Verdict.PASS)]
)
def test_a_share_is_mounted_with_two_ports(small, ports: list[str], expected: Verdict) -> None:
    small.add("files", "storage:StorageAccount", accountName="files", publicNetworkAccess="Disabled")
    small.set("app-one", "siteConfig.azureStorageAccounts", {"share": {"accountName": "files", "shareName": "s"}})
    small.endpoint("files", "file", "privatelink.file.core.windows.net", "Microsoft.Storage/storageAccounts/files")
    for priority, port in enumerate(ports, 200):
        small.allow("apps", f"mount-{port}", priority, "Outbound", "10.0.0.0/24", port)
        small.allow(
            "endpoints", f"mount-{port}", priority, "Inbound", "10.0.0.0/24", port, sourceAddressPrefix="10.0.1.0/24"
        )
    assert verdicts(small)["private"] is expected


def test_a_denial_of_one_protocol_leaves_the_others(small) -> None:
    small.props("nsg-apps")["securityRules"][-1]["protocol"] = "Tcp"
    assert not_passed(small) == {"egress": Verdict.FAIL}, "the default rule lets everything else out"


class TestWhatIsAllowed:
    def test_administrators_of_the_vault_read_every_secret(self, small) -> None:
        people(small, ADMINISTER_VAULT, VAULT_ID)
        assert not_passed(small) == {}

    def test_but_no_software_among_them(self, small) -> None:
        people(small, ADMINISTER_VAULT, VAULT_ID)
        small.props("people")["members"] = [UNKNOWN]
        small.add("people", PEOPLE, {"members": ["id-two"]}, **small.props("people"))
        assert not_passed(small) == {"secrets": Verdict.FAIL}

    def test_running_the_platform_reads_no_secret(self, small) -> None:
        people(small, CONTRIBUTOR, GROUP)
        assert not_passed(small) == {}, "who may change an app is another question, and `access` answers it"

    def test_two_apps_may_share_a_secret_that_both_use(self, small) -> None:
        reference = "@Microsoft.KeyVault(VaultName=kv;SecretName=secret-one)"
        small.props("app-two")["siteConfig"]["appSettings"].append({"name": "SHARED", "value": reference})
        small.grant("shared", "id-two", READ_SECRETS, f"{VAULT_ID}/secrets/secret-one")
        assert not_passed(small) == {}

    def test_a_destination_of_the_allow_list(self, small) -> None:
        small.allow("apps", "partner", 200, "Outbound", "203.0.113.0/24", "443")
        assert not_passed(small, Expectations(egress=("203.0.113.0/24",))) == {}
        assert not_passed(small, Expectations(egress=("203.0.0.0/16",))) == {}, "a part of what is allowed"
        assert not_passed(small, Expectations(egress=())) == {"egress": Verdict.FAIL}
        assert not_passed(small) == {}, "nobody told the list: only what names everybody fails"

    def test_only_on_the_ports_of_the_allow_list(self, small) -> None:
        small.allow("apps", "partner", 200, "Outbound", "203.0.113.0/24", "443")
        assert not_passed(small, Expectations(egress=(("203.0.113.0/24", ("25", "400-500")),))) == {}
        assert not_passed(small, Expectations(egress=(("203.0.113.0/24", ("587",)),))) == {"egress": Verdict.FAIL}

    def test_people_of_the_list_and_through_peerings(self, small) -> None:
        peered(small)
        lets_in(small, "10.9.0.0/24")
        rows = (("10.9.0.0/16", ("443",), ("endpoints",)),)
        assert not_passed(small, Expectations(ingress=rows)) == {}
        assert not_passed(small, Expectations(ingress=())) == {"ingress": Verdict.FAIL}
        assert not_passed(small, Expectations()) == {}, "nobody told the list: only what names everybody fails"

    @pytest.mark.parametrize(
        "row",
        [("10.8.0.0/16", ("443",), ()), ("10.9.0.0/16", ("5432",), ()), ("10.9.0.0/16", ("443",), ("apps",))],
        ids=["another block", "another port", "another subnet"],
    )
    def test_no_people_of_another_row(self, small, row) -> None:
        peered(small)
        lets_in(small, "10.9.0.0/24")
        assert not_passed(small, Expectations(ingress=(row,))) == {"ingress": Verdict.FAIL}

    def test_a_row_for_one_subnet_is_for_no_other(self, small) -> None:
        small.allow("apps", "ci", 200, "Outbound", "203.0.113.0/24", "443")
        rows = [("203.0.113.0/24", ("443",), (name,)) for name in ("apps", "runner")]
        assert not_passed(small, Expectations(egress=rows[:1])) == {}
        assert not_passed(small, Expectations(egress=rows[1:])) == {"egress": Verdict.FAIL}

    def test_a_peering_opens_nothing_to_the_internet(self, small) -> None:
        peered(small)
        lets_in(small, "10.9.0.0/24")
        assert verdicts(small)["internet"] is Verdict.PASS

    def test_a_rule_that_a_denial_shadows_opens_nothing(self, small) -> None:
        small.deny("apps", "no-internet", 150, "Outbound", "Internet")
        small.allow("apps", "partner", 200, "Outbound", "203.0.113.0/24", "443")
        assert not_passed(small, Expectations(egress=())) == {}

    def test_services_of_microsoft_that_the_platform_needs(self, small) -> None:
        small.allow("apps", "entra", 200, "Outbound", "AzureActiveDirectory", "443")
        assert not_passed(small, Expectations(egress=())) == {}

    def test_what_the_stack_file_shares_on_purpose(self, small) -> None:
        hub = f"/subscriptions/{OTHER_SUBSCRIPTION}/resourceGroups/hub"
        small.set("vnet", "ddosProtectionPlan", {"id": f"{hub}/providers/Microsoft.Network/ddosProtectionPlans/one"})
        assert not_passed(small) == {"environments": Verdict.FAIL}
        assert not_passed(small, Expectations(shared=(hub,))) == {}

    def test_a_host_that_the_stack_file_shares(self, small) -> None:
        two_environments(small)
        assert not_passed(small, Expectations(shared=("kv-of-test.vault.azure.net",))) == {}

    def test_an_app_behind_the_edge(self, small) -> None:
        small.add("door", "cdn:AFDEndpoint", profileName="fd", endpointName="door")
        small.add(
            "origin", "cdn:AFDOrigin", profileName="fd", originName="origin", hostName="app-one.azurewebsites.net",
            sharedPrivateLinkResource={"status": "Approved"},
        )  # fmt: skip
        assert not_passed(small) == {}
        assert any("the edge" in piece.text for piece in prove(small.build())[0].evidence)


def test_no_evidence_repeats_a_secret(small) -> None:
    small.set(
        "app-one", "siteConfig.connection", "https://user:canary-7f3a@kv-of-test.vault.azure.net/?sig=canary-7f3a"
    )
    assert "canary" not in repr(prove(small.build()))
