"""Recognising literal secrets, by the name of a setting and by the look of a value.

Settings never carry secrets, only references to the vault. The patterns prefer a false alarm, which a setting can
answer with ``notSecret`` and a reason, to a password in a repository. A value that looks like a credential cannot be
excused.
"""

from __future__ import annotations

import math
import re
from collections import Counter

_NAME = re.compile(
    r"(?:PASSWORD|PASSWD|PWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|CONNECTION_?STRING|PRIVATE_KEY|API_?KEY|ACCESS_KEY|_KEY|_PAT|_SAS|_JWT)$",
    re.IGNORECASE,
)
"""Names whose last word says that the value gives access. ``KEYCLOAK_TOKEN_TIMEOUT`` does not end like that."""

_HARMLESS = re.compile(r"true|false|yes|no|on|off|none|\d{1,6}", re.IGNORECASE)

_VALUES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a JSON Web Token", re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    (
        "an Azure connection string",
        re.compile(
            r"(?:AccountKey|SharedAccessKey|SharedAccessSignature|InstrumentationKey)=[^;\s]{8,}", re.IGNORECASE
        ),
    ),
    ("a connection string with a password", re.compile(r"(?:^|[;\s])(?:password|pwd)\s*=\s*[^;\s]+", re.IGNORECASE)),
    ("a URL with a password", re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@", re.IGNORECASE)),
    ("a shared access signature", re.compile(r"[?&]sig=[\w%+/-]{20,}")),
    (
        "an access token",
        re.compile(
            r"\b(?:sk-[\w-]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_\w{30,}|xox[abprs]-[\w-]{10,}|AKIA[A-Z0-9]{16}|[\w~.-]{3}\dQ~[\w~.-]{31,34})"
        ),
    ),
)

_BLOB = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{32,}={0,2}(?![\w+/=-])")
_MIX = 0.15
"""Least share of upper case, and of lower case, in a random run."""
_RANDOM_BITS = 4.2
"""Bits of entropy a character above which a long run of letters and digits is taken for a key; words stay below 4."""


def secret_name(name: str) -> bool:
    """Whether a setting of that name usually holds a secret."""
    return bool(_NAME.search(name)) and not name.upper().endswith("PUBLIC_KEY")


def looks_secret(value: str) -> str | None:
    """Return the kind of credential that ``value`` looks like; None when it looks harmless."""
    for kind, pattern in _VALUES:
        if pattern.search(value):
            return kind
    for run in _BLOB.findall(value):
        if _mixed(run) and _entropy(run) > _RANDOM_BITS:
            return "a random key"
    return None


def literal_secret(name: str, value: str) -> str | None:
    """Return why ``value`` may not be plain text under ``name``; None when it may."""
    if kind := looks_secret(value):
        return f"the value looks like {kind}"
    if secret_name(name) and value and not _HARMLESS.fullmatch(value):
        return "settings of this name hold secrets"
    return None


def _mixed(text: str) -> bool:
    """Whether upper case, lower case and digits are mixed as in random text; paths in camelCase are not."""
    upper, lower = sum(map(str.isupper, text)), sum(map(str.islower, text))
    return min(upper, lower) >= _MIX * len(text) and any(map(str.isdigit, text))


def _entropy(text: str) -> float:
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
