"""One row a resource kind: abbreviation, length, characters and the scope in which Azure wants the name unique.

Sources: Microsoft Learn, "Naming rules and restrictions for Azure resources" (lengths, characters, scope) and
"Abbreviation recommendations for Azure resources" (where that list has none, the row's is ours). Bounds may be tighter
than Azure's: a web app's leaves room for ``-staging`` in its slot's host name, a DNS label of at most 63.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

SUFFIX_LENGTH = 6
"""Characters of the suffix: 36^6, about 2 billion values."""


class NameRule(NamedTuple):
    """How names of one kind are built and what Azure accepts."""

    abbreviation: str
    min_length: int
    max_length: int
    pattern: str
    """Whole-name regular expression."""
    description: str
    """The pattern in plain language."""
    scope: str
    """Where the name must be unique: the whole cloud, a region, a subscription, a resource group, or the parent."""
    suffix: bool = False
    """Whether the name ends with the installation's suffix instead of its instance number."""
    style: Literal["hyphens", "letters", "verbatim", "guid"] = "hyphens"
    """``letters``: no hyphens allowed; ``verbatim``: the part is the whole name; ``guid``: the name is a GUID."""


_HYPHENS = r"[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9]))*"
_HYPHENS_TEXT = "lower-case letters, digits and single hyphens, a letter or digit at both ends"
_LETTER_FIRST = r"[a-z](?:[a-z0-9]|-(?=[a-z0-9]))*"
_LETTER_FIRST_TEXT = "lower-case letters, digits and single hyphens, a letter first, a letter or digit last"
_LETTERS = r"[a-z0-9]+"
_LETTERS_TEXT = "lower-case letters and digits only"

_CLOUD, _REGION, _SUBSCRIPTION, _GROUP, _PARENT = (
    "the cloud",
    "the region",
    "the subscription",
    "the resource group",
    "its parent",
)


def _plain(abbreviation: str, low: int, high: int, scope: str = _GROUP, *, suffix: bool = False) -> NameRule:
    return NameRule(abbreviation, low, high, _HYPHENS, _HYPHENS_TEXT, scope, suffix)


def _letters(abbreviation: str, low: int, high: int) -> NameRule:
    return NameRule(abbreviation, low, high, _LETTERS, _LETTERS_TEXT, _CLOUD, suffix=True, style="letters")


def _verbatim(low: int, high: int, pattern: str, description: str, scope: str = _PARENT) -> NameRule:
    return NameRule("", low, high, pattern, description, scope, style="verbatim")


RULES: dict[str, NameRule] = {
    "resource_group": _plain("rg", 1, 90, _SUBSCRIPTION),
    "virtual_network": _plain("vnet", 2, 64),
    "subnet": _plain("snet", 1, 80, _PARENT),
    "network_security_group": _plain("nsg", 1, 80),
    "route_table": _plain("rt", 1, 80),
    "nat_gateway": _plain("ng", 1, 80),
    "public_ip": _plain("pip", 1, 80),
    "public_ip_prefix": _plain("ippre", 1, 80),
    "private_endpoint": _plain("pep", 1, 80),
    "network_interface": _plain("nic", 1, 80),
    "virtual_network_link": _plain("link", 1, 80, _PARENT),
    "virtual_network_peering": _plain("peer", 1, 80, _PARENT),
    "flow_log": _plain("fl", 1, 80, _PARENT),
    "key_vault": NameRule("kv", 3, 24, _LETTER_FIRST, _LETTER_FIRST_TEXT, _CLOUD, suffix=True),
    "postgres": _plain("psql", 3, 63, _CLOUD, suffix=True),
    "job_environment": _plain("cae", 2, 60),
    "job": NameRule("caj", 2, 32, _LETTER_FIRST, _LETTER_FIRST_TEXT, _GROUP),
    "redis": _plain("amr", 1, 44, _REGION, suffix=True),
    "storage": _letters("st", 3, 24),
    "registry": _letters("cr", 5, 50),
    "identity": _plain("id", 3, 128),
    "workspace": _plain("log", 4, 63),
    "app_insights": _plain("appi", 1, 255),
    "private_link_scope": _plain("ampls", 1, 255),
    "action_group": _plain("ag", 1, 60),
    "alert": _plain("alert", 1, 128),
    "budget": _plain("budget", 1, 63),
    "plan": _plain("asp", 1, 40),
    # Azure takes 60; a slot's address cuts a longer name than 40 and adds characters of its own.
    "web_app": _plain("app", 2, 40, _CLOUD, suffix=True),
    "autoscale": _plain("autoscale", 1, 128),
    "diagnostic_setting": _plain("diag", 1, 128, _PARENT),
    "lock": _plain("lock", 1, 90, _PARENT),
    "maintenance": _plain("mc", 1, 128),
    "role_assignment": NameRule("", 36, 36, r"[0-9a-f-]{36}", "a GUID", "the tenant", style="guid"),
    "group": _verbatim(
        1, 120, r"[A-Za-z0-9][A-Za-z0-9 ._-]*", "letters, digits, blanks, dots, hyphens, underscores", "the tenant"
    ),
    "secret": _verbatim(1, 127, r"[A-Za-z0-9-]+", "letters, digits and hyphens (no underscore, no slash)", "its vault"),
    "container": _verbatim(3, 63, _HYPHENS, _HYPHENS_TEXT, "its account"),
    "share": _verbatim(3, 63, _HYPHENS, _HYPHENS_TEXT, "its account"),
    "database": _verbatim(
        1,
        63,
        r"[A-Za-z_][A-Za-z0-9_-]*",
        "letters, digits, hyphens and underscores, a letter or underscore first",
        "its server",
    ),
    "database_role": _verbatim(
        1,
        63,
        r"[a-z_][a-z0-9_]*",
        "lower-case letters, digits and underscores, a letter or underscore first",
        "its server",
    ),
}
"""Kind, as :meth:`settings.names.Names.of` takes it → rule."""
