"""Azure's naming rules, one for each kind of name.

Sources: Microsoft Learn, "Naming rules and restrictions for Azure resources"; where the API publishes a pattern (Bicep
types, azure-mgmt packages) that pattern, made stricter where the service is (an end anchor, no double hyphen).
"""

from __future__ import annotations

from emulator.facts.model import NameRule


def _rule(pattern: str, low: int, high: int, description: str) -> NameRule:
    """Return a rule; keeps the table below readable."""
    return NameRule(pattern=pattern, min=low, max=high, description=description)


_SINGLE_HYPHENS = r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9]))*"
_LOWER_HYPHENS = r"[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9]))*"
_NETWORK = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"
_NETWORK_WORDS = "letters, digits, . _ -, a letter or digit first, a letter, digit or _ last"
_WORDS = r"[A-Za-z0-9_.\-]+"
_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

ANY = _rule(r"[^<>*%&:\\?+/#]+", 1, 260, "any character except < > * % & : \\ ? + / #")
ACTION_GROUP = _rule(
    r"[^<>*%&:\\?+/#|]*[^<>*%&:\\?+/#|. ]", 1, 260, "no < > * % & : \\ ? + / # |, no blank or dot last"
)
ALERT = _rule(r"[^<>*%&:\\?+/#{}]+", 1, 260, "any character except < > * % & : \\ ? + / # { }")
APP = _rule(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", 2, 60, "letters, digits and hyphens, no hyphen at the ends")
BACKUP_VAULT = _rule(r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]", 2, 50, "letters, digits and hyphens, a letter first")
BUDGET = _rule(r"[A-Za-z0-9_-]+", 1, 63, "letters, digits, - and _")
CONTAINER = _rule(
    rf"\$root|\$web|\$logs|{_LOWER_HYPHENS}",
    3,
    63,
    "lower-case letters, digits and single hyphens, no hyphen at the ends",
)
CONTAINER_GROUP = _rule(_LOWER_HYPHENS, 1, 63, "lower-case letters, digits and single hyphens, no hyphen at the ends")
DATA_EXPORT = _rule(r"[A-Za-z][\w-]+", 4, 63, "letters, digits, - and _, a letter first")
DIAGNOSTIC_SETTING = _rule(r"[^<>*%&:\\?+/]+", 1, 260, "any character except < > * % & : \\ ? + /")
EVENT_HUB_NAMESPACE = _rule(
    r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]", 6, 50, "letters, digits and hyphens, a letter first, no hyphen last"
)
FEDERATED_CREDENTIAL = _rule(r"[A-Za-z0-9][A-Za-z0-9_-]*", 3, 120, "letters, digits, - and _, a letter or digit first")
FIREWALL_RULE = _rule(r"[A-Za-z0-9_-]+", 1, 128, "letters, digits, - and _")
GUID = _rule(_GUID, 36, 36, "a GUID")
IDENTITY = _rule(r"[A-Za-z0-9][A-Za-z0-9_-]*", 3, 128, "letters, digits, - and _, a letter or digit first")
INSIGHTS = _rule(r"[^%&\\?/]*[^%&\\?/. ]", 1, 260, "any character except % & \\ ? /, no blank or dot last")
JOB = _rule(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9]))*", 2, 32, "lower-case letters, digits and single hyphens, a letter first")
LOCK = _rule(r"[^<>%&?/\\]+", 1, 260, "any character except < > % & ? / \\")
MANAGED_ENVIRONMENT = _rule(_SINGLE_HYPHENS, 1, 60, "letters, digits and single hyphens, no hyphen at the ends")
NETWORK = _rule(_NETWORK, 1, 80, _NETWORK_WORDS)
PLAN = _rule(r"[A-Za-z0-9-]+", 1, 40, "letters, digits and hyphens")
POLICY_ASSIGNMENT = _rule(r"[^#<>%&:\\?/]*[^#<>%&:\\?/. ]", 1, 128, "any character except # < > % & : \\ ? /")
POSTGRES = _rule(_LOWER_HYPHENS, 3, 63, "lower-case letters, digits and single hyphens, no hyphen at the ends")
POSTGRES_CONFIGURATION = _rule(r"[-\w.]+", 1, 256, "letters, digits, . _ and -")
POSTGRES_DATABASE = _rule(
    r"[A-Za-z_][A-Za-z0-9_-]*", 1, 63, "letters, digits, hyphens and underscores, a letter or underscore first"
)
PRIVATE_ZONE = _rule(
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]",
    1,
    253,
    "a domain of 2 to 34 labels of letters, digits, - and _",
)
RECORD_SET = _rule(r"@|\*|[A-Za-z0-9_*](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?", 1, 63, "@, or DNS labels")
REDIS = _rule(_SINGLE_HYPHENS, 1, 60, "letters, digits and single hyphens, no hyphen at the ends")
REDIS_DATABASE = _rule("default", 7, 7, "only `default`")
REDIS_POLICY_ASSIGNMENT = _rule(r"[A-Za-z0-9]+", 1, 60, "letters and digits only (no hyphen)")
REGISTRY = _rule(r"[A-Za-z0-9]+", 5, 50, "letters and digits only")
RESOURCE_GROUP = _rule(r"[-\w._()]*[-\w_()]", 1, 90, "letters, digits, . _ - ( ), no dot last")
SECRET = _rule(r"[A-Za-z0-9-]+", 1, 127, "letters, digits and hyphens (no underscore)")
SHARE = _rule(_LOWER_HYPHENS, 3, 63, "lower-case letters, digits and single hyphens, no hyphen at the ends")
SLOT = _rule(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", 1, 59, "letters, digits and hyphens, no hyphen at the ends")
STORAGE = _rule(r"[a-z0-9]+", 3, 24, "lower-case letters and digits only")
STORAGE_TABLE = _rule(r"[A-Za-z][A-Za-z0-9]*", 3, 63, "letters and digits, a letter first")
VAULT = _rule(
    r"[A-Za-z](?:[A-Za-z0-9]|-(?=[A-Za-z0-9]))*",
    3,
    24,
    "letters, digits and single hyphens, a letter first, no hyphen last",
)
VIRTUAL_NETWORK = _rule(_NETWORK, 2, 64, _NETWORK_WORDS)
WATCHER = _rule(_NETWORK, 1, 80, _NETWORK_WORDS)
WAF_POLICY = _rule(r"[A-Za-z][A-Za-z0-9]*", 1, 128, "letters and digits only, a letter first")
WEB_TEST = _rule(r"[^<>*%&:\\?/'\"]+", 1, 260, "any character except < > * % & : \\ ? / ' \"")
WORDS = _rule(_WORDS, 1, 80, "letters, digits, . _ and -")
WORKSPACE = _rule(
    r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])", 4, 63, "letters, digits and hyphens, no hyphen at the ends"
)
WORKSPACE_TABLE = _rule(r"[A-Za-z0-9_-]+", 4, 63, "letters, digits, - and _")
