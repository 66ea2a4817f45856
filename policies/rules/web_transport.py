"""Rules about how clients and deployment tools connect to a web app."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from policies.rules.platform_shared import WEB_APPS
from resources.model import Resource
from resources.values import equals, get, negate, one_of

TLS = ("1.2", "1.3")


def https_only(resource: Resource, _context: Context) -> Outcome:
    """Check WB-01."""
    return ok(equals(get(resource, "httpsOnly"), expected=True), "plain HTTP is answered", "httpsOnly")


def redirect_to_https(_resource: Resource, _context: Context) -> Mapping[str, Any]:
    """Fix WB-01."""
    return {"httpsOnly": True}


def tls(resource: Resource, _context: Context) -> Iterable[Outcome]:
    """Check WB-02."""
    app, scm = "siteConfig.minTlsVersion", "siteConfig.scmMinTlsVersion"
    return [
        ok(one_of(get(resource, app), TLS), "the app does not insist on TLS 1.2", app),
        ok(one_of(get(resource, scm), TLS), "the deployment site does not insist on TLS 1.2", scm),
    ]


def raise_tls(_resource: Resource, _context: Context) -> Mapping[str, Any]:
    """Fix WB-02."""
    return {"siteConfig.minTlsVersion": "1.2", "siteConfig.scmMinTlsVersion": "1.2"}


def ftp(resource: Resource, _context: Context) -> Outcome:
    """Check WB-03."""
    path = "siteConfig.ftpsState"
    return ok(one_of(get(resource, path), ("Disabled", "FtpsOnly")), "FTP without encryption is answered", path)


def close_ftp(_resource: Resource, _context: Context) -> Mapping[str, Any]:
    """Fix WB-03."""
    return {"siteConfig.ftpsState": "Disabled"}


def debugging(resource: Resource, _context: Context) -> Iterable[Outcome]:
    """Check WB-05."""
    debug, ssh = "siteConfig.remoteDebuggingEnabled", "sshEnabled"
    return [
        ok(negate(equals(get(resource, debug), expected=True)), "a remote debugger can be attached", debug),
        ok(equals(get(resource, ssh), expected=False), "a shell can be opened in the container", ssh),
    ]


def stop_debugging(_resource: Resource, _context: Context) -> Mapping[str, Any]:
    """Fix WB-05."""
    return {"siteConfig.remoteDebuggingEnabled": False, "sshEnabled": False}


def http2(resource: Resource, _context: Context) -> Outcome:
    """Check WB-12."""
    path = "siteConfig.http20Enabled"
    return ok(equals(get(resource, path), expected=True), "HTTP/2 is off", path)


def switch_http2_on(_resource: Resource, _context: Context) -> Mapping[str, Any]:
    """Fix WB-12."""
    return {"siteConfig.http20Enabled": True}


def encrypted_inside(resource: Resource, _context: Context) -> Outcome:
    """Check WB-15."""
    path = "endToEndEncryptionEnabled"
    return ok(equals(get(resource, path), expected=True), "traffic behind Azure's front ends is not encrypted", path)


RULES: tuple[Rule, ...] = (
    Rule(
        id="WB-01", title="HTTPS only", types=WEB_APPS, property="httpsOnly",
        severity="C", scope="R", profile="P1",
        iso=(direct("A.5.14", "Information in transfer to the app is always encrypted"),
             direct("A.8.24", "Cryptography in transit cannot be left out by a client")),
        hipaa=(direct("164.312(e)(1)", "Health information cannot cross a network in plain text"),),
        gdpr=(direct("Art. 32(1)(a)", "Personal data is encrypted on its way"),),
        what="The app answers plain HTTP with a redirect to HTTPS and with nothing else.",
        why="A session cookie or a token that is sent once in plain text can be read and used by anyone on the way.",
        remediation="Set `https_only=True` on the site and on every slot.",
        azure_default="Off: plain HTTP is answered.",
        bad="web.WebApp('app', https_only=False)",
        good="web.WebApp('app', https_only=True)",
        check=https_only, remediate=redirect_to_https,
    ),
    Rule(
        id="WB-02", title="TLS 1.2 for app and SCM", types=WEB_APPS,
        property="siteConfig.{minTlsVersion,scmMinTlsVersion}",
        severity="H", scope="R", profile="P1",
        iso=(direct("A.8.24", "Broken versions of the protocol are refused"),),
        hipaa=(direct("164.312(e)(2)(ii)", "The mechanism that encrypts is one without known breaks"),),
        gdpr=(direct("Art. 32(1)(a)", "Encryption in transit is state of the art"),),
        what="App and deployment site (SCM) accept TLS 1.2 or 1.3 only, and say so themselves.",
        why="TLS 1.0 and 1.1 can be downgraded and decrypted; the deployment site takes code and deserves no less.",
        remediation='Set `min_tls_version="1.2"` and `scm_min_tls_version="1.2"` in `site_config`.',
        azure_default="1.2 for new apps; an app that was made earlier keeps what it had, so it must be written down.",
        bad="web.WebApp('app', site_config=web.SiteConfigArgs(min_tls_version='1.0'))",
        good="web.WebApp('app', site_config=web.SiteConfigArgs(min_tls_version='1.2', scm_min_tls_version='1.2'))",
        check=tls, remediate=raise_tls,
    ),
    Rule(
        id="WB-03", title="FTP off or FTPS only", types=WEB_APPS, property="siteConfig.ftpsState",
        severity="H", scope="R", profile="P1",
        iso=(direct("A.5.14", "Files are never transferred in plain text"),
             supporting("A.8.9", "A service that nobody uses is off")),
        hipaa=(direct("164.312(e)(1)", "Files with health information cannot be sent in plain text"),),
        gdpr=(direct("Art. 32(1)(a)", "File transfer is encrypted or impossible"),),
        what="Plain FTP is off; FTPS at most.",
        why="FTP sends user name, password and files in plain text, and what it writes is run as code.",
        remediation='Set `ftps_state="Disabled"`; containers are deployed by image and need no FTP at all.',
        azure_default="AllAllowed where the template does not say otherwise.",
        bad="web.WebApp('app', site_config=web.SiteConfigArgs(ftps_state='AllAllowed'))",
        good="web.WebApp('app', site_config=web.SiteConfigArgs(ftps_state='Disabled'))",
        check=ftp, remediate=close_ftp,
    ),
    Rule(
        id="WB-05", title="Remote debugging and SSH off", types=WEB_APPS,
        property="siteConfig.remoteDebuggingEnabled, sshEnabled",
        severity="H", scope="R", profile="P2",
        iso=(direct("A.8.9", "Tools of development are not part of the configuration of a running system"),),
        hipaa=(direct("164.312(a)(1)", "Nobody reads memory or files of an app past its own access control"),),
        gdpr=(direct("Art. 32(1)(b)", "Confidentiality of data in memory holds against operators too"),),
        what="No debugger can be attached to the app and no shell opened in its container.",
        why="Both read every secret and every record that the app holds, and leave no trace in the app's own log.",
        remediation="Set `remote_debugging_enabled=False` in `site_config` and `ssh_enabled=False` on the site.",
        azure_default="Remote debugging is off, SSH is on.",
        bad="web.WebApp('app', ssh_enabled=True)",
        good="web.WebApp('app', ssh_enabled=False, site_config=web.SiteConfigArgs(remote_debugging_enabled=False))",
        check=debugging, remediate=stop_debugging,
    ),
    Rule(
        id="WB-12", title="HTTP/2", types=WEB_APPS, property="siteConfig.http20Enabled",
        severity="L", scope="R", profile="P4",
        iso=(supporting("A.8.9", "The configuration keeps up with the current version of the protocol"),),
        what="The app speaks HTTP/2 with clients that do.",
        why="One connection instead of many: less to attack, less to keep open; HTTP/1.1 stays available.",
        remediation="Set `http20_enabled=True` in `site_config`.",
        azure_default="Off.",
        bad="web.WebApp('app', site_config=web.SiteConfigArgs(http20_enabled=False))",
        good="web.WebApp('app', site_config=web.SiteConfigArgs(http20_enabled=True))",
        check=http2, remediate=switch_http2_on,
    ),
    Rule(
        id="WB-15", title="End-to-end encryption", types=WEB_APPS, property="endToEndEncryptionEnabled",
        severity="M", scope="R", profile="P3",
        iso=(direct("A.8.24", "Encryption reaches to the instance and does not end at the front end"),),
        hipaa=(direct("164.312(e)(2)(ii)", "Health information is encrypted inside Azure's network too"),),
        gdpr=(direct("Art. 32(1)(a)", "No part of the way is left unencrypted"),),
        what="Traffic between Azure's front ends and the instances of the app is encrypted.",
        why="The front end ends TLS; without this the last part of the way, in a shared network, is plain HTTP.",
        remediation="Set `end_to_end_encryption_enabled=True`; the plan must be Standard or higher.",
        azure_default="Off.",
        bad="web.WebApp('app', end_to_end_encryption_enabled=False)",
        good="web.WebApp('app', end_to_end_encryption_enabled=True)",
        check=encrypted_inside,
    ),
)  # fmt: skip
