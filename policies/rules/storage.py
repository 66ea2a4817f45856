"""Storage accounts: how they are entered. Transport, anonymous access, and the order of all storage rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from policies.rules import storage_access, storage_data, storage_graph
from resources.model import Resource
from resources.values import equals, get, one_of

ACCOUNT = ("storage:StorageAccount",)


def https_only(resource: Resource, _context: Context) -> Outcome:
    """ST-01."""
    secure = equals(get(resource, "enableHttpsTrafficOnly"), expected=True)
    return ok(secure, "HTTPS is not required explicitly", "enableHttpsTrafficOnly")


def fix_https_only(_resource: Resource, _context: Context) -> Mapping[str, Any]:
    """ST-01."""
    return {"enableHttpsTrafficOnly": True}


def tls_floor(resource: Resource, _context: Context) -> Outcome:
    """ST-02."""
    floor = one_of(get(resource, "minimumTlsVersion"), ("TLS1_2", "TLS1_3"))
    return ok(floor, "TLS older than 1.2 is not refused", "minimumTlsVersion")


def fix_tls_floor(_resource: Resource, _context: Context) -> Mapping[str, Any]:
    """ST-02."""
    return {"minimumTlsVersion": "TLS1_2"}


def no_anonymous_blobs(resource: Resource, _context: Context) -> Outcome:
    """ST-03."""
    closed = equals(get(resource, "allowBlobPublicAccess"), expected=False)
    return ok(closed, "anonymous access to blobs is not ruled out explicitly", "allowBlobPublicAccess")


def fix_anonymous_blobs(_resource: Resource, _context: Context) -> Mapping[str, Any]:
    """ST-03."""
    return {"allowBlobPublicAccess": False}


def private_container(resource: Resource, _context: Context) -> Outcome:
    """ST-04."""
    private = equals(get(resource, "publicAccess", "None"), "None")
    return ok(private, "anybody may read from the container", "publicAccess")


ENTRANCE: tuple[Rule, ...] = (
    Rule(
        id="ST-01",
        title="HTTPS only, set explicitly",
        types=ACCOUNT,
        property="enableHttpsTrafficOnly",
        severity="C",
        scope="R",
        profile="P1",
        iso=(
            direct("A.5.14", "Data handed to and from the account crosses the network encrypted only."),
            supporting("A.8.24", "Requires encryption in transit; which protocol version is another rule's matter."),
        ),
        hipaa=(direct("164.312(e)(1)", "Nobody on the way can read or change health data in transmission."),),
        gdpr=(direct("Art. 32(1)(a)", "Personal data is encrypted on its way to and from the store."),),
        what="The account refuses requests over plain HTTP, and the program says so instead of relying on a default.",
        why="A request over HTTP shows its content, and a shared access signature in its address, to everybody on the "
        "way. The default has changed between API versions, so only a value that is written down stays true.",
        remediation="Set `enable_https_traffic_only=True`.",
        azure_default="On since API version 2019-04-01, off before.",
        bad='storage.StorageAccount("data", kind="StorageV2", enable_https_traffic_only=False)',
        good='storage.StorageAccount("data", kind="StorageV2", enable_https_traffic_only=True)',
        check=https_only,
        remediate=fix_https_only,
    ),
    Rule(
        id="ST-02",
        title="TLS 1.2 or newer",
        types=ACCOUNT,
        property="minimumTlsVersion",
        severity="H",
        scope="R",
        profile="P1",
        iso=(
            supporting("A.5.14", "Transfers use a protocol version that is not broken."),
            direct("A.8.24", "Sets the floor for the cryptographic protocol."),
        ),
        hipaa=(
            direct("164.312(e)(2)(ii)", "Encryption in transmission is only as good as the weakest version allowed."),
        ),
        gdpr=(direct("Art. 32(1)(a)", "State-of-the-art encryption excludes TLS 1.0 and 1.1."),),
        what="Clients must speak TLS 1.2 or newer.",
        why="TLS 1.0 and 1.1 have known weaknesses and are deprecated (RFC 8996); an attacker on the way can force a "
        "client down to them as long as the account accepts them.",
        remediation='Set `minimum_tls_version="TLS1_2"`.',
        azure_default="TLS 1.0 where the property is not set.",
        bad='storage.StorageAccount("data", kind="StorageV2", minimum_tls_version="TLS1_0")',
        good='storage.StorageAccount("data", kind="StorageV2", minimum_tls_version="TLS1_2")',
        check=tls_floor,
        remediate=fix_tls_floor,
    ),
    Rule(
        id="ST-03",
        title="No anonymous blob access",
        types=ACCOUNT,
        property="allowBlobPublicAccess",
        severity="C",
        scope="R",
        profile="P1",
        iso=(
            direct("A.8.3", "Access to information is given to identities only, never to everybody."),
            supporting("A.8.12", "Closes the most frequent way in which stored data leaks."),
        ),
        hipaa=(direct("164.312(a)(1)", "Only persons and programs that were granted access can reach the data."),),
        gdpr=(
            direct("Art. 25(2)", "Data is by default not accessible to an indefinite number of persons."),
            supporting("Art. 32(1)(b)", "Part of keeping the store confidential."),
        ),
        what="No container of the account can be opened to anonymous readers.",
        why="With the switch on, one wrong setting of one container publishes its content. An account made before "
        "Azure changed the default keeps the switch on until it is turned off explicitly.",
        remediation="Set `allow_blob_public_access=False`; hand out data through an application or with Entra tokens.",
        azure_default="Off for accounts made since August 2023, on for older ones.",
        bad='storage.StorageAccount("data", kind="StorageV2", allow_blob_public_access=True)',
        good='storage.StorageAccount("data", kind="StorageV2", allow_blob_public_access=False)',
        check=no_anonymous_blobs,
        remediate=fix_anonymous_blobs,
    ),
    Rule(
        id="ST-04",
        title="Containers private",
        types=("storage:BlobContainer",),
        property="publicAccess",
        severity="C",
        scope="R",
        profile="P1",
        iso=(direct("A.8.3", "The container itself grants nothing to anonymous readers."),),
        hipaa=(direct("164.312(a)(1)", "Reading needs an identity that was granted access."),),
        gdpr=(direct("Art. 25(2)", "The container is closed by default, whatever the account allows."),),
        what="The container gives anonymous readers neither its blobs nor the list of them.",
        why="A public container can be read by everybody who knows or guesses its name; such names are searched for "
        "continuously.",
        remediation="Set `public_access=storage.PublicAccess.NONE` or leave it out.",
        azure_default="None: private.",
        bad='storage.BlobContainer("uploads", public_access=storage.PublicAccess.BLOB)',
        good='storage.BlobContainer("uploads", public_access=storage.PublicAccess.NONE)',
        check=private_container,
    ),
)
"""Rules about who can talk to an account at all."""

RULES: tuple[Rule, ...] = tuple(
    sorted((*ENTRANCE, *storage_access.RULES, *storage_data.RULES, *storage_graph.RULES), key=lambda rule: rule.id)
)
