"""Redis: transport, network and authentication."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.model import Context, Outcome
from policies.rule import Rule, direct, supporting
from policies.rules.shared import expect, set_inputs
from resources.model import Resource
from resources.values import ABSENT

REDIS, CLUSTER, DATABASE = "redis:Redis", "redisenterprise:RedisEnterprise", "redisenterprise:Database"


def tls_only(resource: Resource, _context: Context) -> Outcome:
    """RD-01: clients cannot connect without TLS."""
    if resource.type == DATABASE:
        reason = "clients may connect without TLS"
        return expect(resource, "clientProtocol", reason, to_be="Encrypted", default="Encrypted")
    return expect(resource, "enableNonSslPort", "the port without TLS is open", to_be=False, default=False)


def require_tls(resource: Resource, _context: Context) -> Mapping[str, Any]:
    """Fix RD-01."""
    return {"clientProtocol": "Encrypted"} if resource.type == DATABASE else {"enableNonSslPort": False}


def tls_floor(resource: Resource, _context: Context) -> Outcome:
    """RD-02: TLS older than 1.2 is refused. A cluster cannot go below 1.2; a cache can."""
    default = "1.2" if resource.type == CLUSTER else ABSENT
    reason = "TLS older than 1.2 is not refused"
    return expect(resource, "minimumTlsVersion", reason, to_be=("1.2", "1.3"), default=default)


def no_public_network(resource: Resource, _context: Context) -> Outcome:
    """RD-03: the cache has no public endpoint."""
    return expect(resource, "publicNetworkAccess", "public network access is not disabled", to_be="Disabled")


def no_access_keys(resource: Resource, _context: Context) -> Outcome:
    """RD-04: access keys are refused."""
    reason = "access keys are not disabled"
    if resource.type == DATABASE:
        return expect(resource, "accessKeysAuthentication", reason, to_be="Disabled")
    return expect(resource, "disableAccessKeyAuthentication", reason, to_be=True)


def entra_on(resource: Resource, _context: Context) -> Outcome:
    """RD-05: Entra tokens are accepted."""
    return expect(resource, "redisConfiguration.aadEnabled", "Entra tokens are not accepted", to_be=("true", True))


RULES: tuple[Rule, ...] = (
    Rule(
        id="RD-01",
        title="TLS port only",
        types=(REDIS, DATABASE),
        property="enableNonSslPort, clientProtocol",
        severity="C",
        scope="R",
        profile="P1",
        iso=(
            direct("A.5.14", "Cached data crosses the network only encrypted."),
            direct("A.8.24", "Requires encryption in transit."),
        ),
        hipaa=(direct("164.312(e)(1)", "Nobody in between can read what is cached."),),
        gdpr=(direct("Art. 32(1)(a)", "Sessions and other personal data are encrypted in transit."),),
        what="The cache accepts TLS connections only.",
        why="Redis has no protection of its own on the wire: tokens and data would be readable in the network.",
        remediation='Set `enable_non_ssl_port=False` or `client_protocol="Encrypted"`, or leave them out.',
        azure_default="TLS only.",
        bad='redisenterprise.Database("cache", client_protocol="Plaintext")',
        good='redisenterprise.Database("cache", client_protocol="Encrypted")',
        check=tls_only,
        remediate=require_tls,
    ),
    Rule(
        id="RD-02",
        title="TLS 1.2 or newer",
        types=(REDIS, CLUSTER),
        property="minimumTlsVersion",
        severity="H",
        scope="R",
        profile="P1",
        iso=(direct("A.8.24", "Sets the minimum version of the cryptographic protocol."),),
        hipaa=(direct("164.312(e)(2)(ii)", "Encryption is only as good as the weakest version allowed."),),
        gdpr=(direct("Art. 32(1)(a)", "State-of-the-art encryption excludes TLS 1.0 and 1.1."),),
        what="Clients must speak TLS 1.2 or newer.",
        why="TLS 1.0 and 1.1 are broken and deprecated (RFC 8996).",
        remediation='Set `minimum_tls_version="1.2"`.',
        azure_default="Azure Managed Redis: 1.2. Azure Cache for Redis: 1.0 where it was created with older versions.",
        bad='redis.Redis("cache", minimum_tls_version="1.0")',
        good='redis.Redis("cache", minimum_tls_version="1.2")',
        check=tls_floor,
        remediate=set_inputs({"minimumTlsVersion": "1.2"}),
    ),
    Rule(
        id="RD-03",
        title="Public network access off",
        types=(REDIS, CLUSTER),
        property="publicNetworkAccess",
        severity="H",
        scope="R",
        profile="P2",
        iso=(direct("A.8.20", "The cache has no address on the public network."),),
        hipaa=(direct("164.312(a)(1)", "What is cached cannot be reached from the Internet."),),
        gdpr=(supporting("Art. 32(1)(b)", "A leaked token is useless outside the network."),),
        what="The cache can be reached only through private endpoints.",
        why="A cache holds sessions and tokens: anyone who reads them can act as someone else.",
        remediation='Set `public_network_access="Disabled"` and give its clients a private endpoint.',
        azure_default="Enabled.",
        bad='redisenterprise.RedisEnterprise("cache", public_network_access="Enabled")',
        good='redisenterprise.RedisEnterprise("cache", public_network_access="Disabled")',
        check=no_public_network,
    ),
    Rule(
        id="RD-04",
        title="Access keys off",
        types=(REDIS, DATABASE),
        property="disableAccessKeyAuthentication, accessKeysAuthentication",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.5.17", "There is no key that could be shared, leaked or forgotten."),
            direct("A.8.5", "Entra tokens are the only way to authenticate."),
        ),
        hipaa=(direct("164.312(d)", "A shared key proves nothing about its user."),),
        gdpr=(supporting("Art. 32(1)(b)", "Access can be revoked for one application alone."),),
        what="The cache refuses access keys.",
        why="An access key opens everything in the cache, for anyone who finds it.",
        remediation='Set `access_keys_authentication="Disabled"` (`disable_access_key_authentication=True`) and grant '
        "identities an access policy.",
        azure_default="Keys accepted.",
        bad='redisenterprise.Database("cache", access_keys_authentication="Enabled")',
        good='redisenterprise.Database("cache", access_keys_authentication="Disabled")',
        check=no_access_keys,
    ),
    Rule(
        id="RD-05",
        title="Entra auth on",
        types=(REDIS,),
        property="redisConfiguration.aadEnabled",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.5.16", "Clients connect with an identity of the directory."),),
        hipaa=(direct("164.312(a)(2)(i)", "Every connection carries a unique identity."),),
        gdpr=(supporting("Art. 32(1)(b)", "Access depends on the directory, not on a key."),),
        what="The cache accepts Entra tokens. (Azure Managed Redis always does.)",
        why="Without tokens, keys are the only way to connect.",
        remediation='Set `redis_configuration.aad_enabled="true"`.',
        azure_default="Off.",
        bad='redis.RedisCommonPropertiesRedisConfigurationArgs(aad_enabled="false")',
        good='redis.RedisCommonPropertiesRedisConfigurationArgs(aad_enabled="true")',
        check=entra_on,
    ),
)
