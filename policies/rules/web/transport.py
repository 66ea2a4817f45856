"""Web apps: how clients and deployment tools connect."""

from __future__ import annotations

from policies.model import Context, Outcome
from policies.rule import Rule, direct, supporting
from policies.rules.shared import WEB_APPS, expect, set_inputs
from resources.model import Resource


def https_only(resource: Resource, _context: Context) -> Outcome:
    """WB-01: plain HTTP is redirected."""
    return expect(resource, "httpsOnly", "plain HTTP is answered", to_be=True)


def tls_floor(resource: Resource, _context: Context) -> list[Outcome]:
    """WB-02: app and deployment site require TLS 1.2."""
    app, scm, modern = "siteConfig.minTlsVersion", "siteConfig.scmMinTlsVersion", ("1.2", "1.3")
    return [
        expect(resource, app, "the app does not require TLS 1.2", to_be=modern),
        expect(resource, scm, "the deployment site does not require TLS 1.2", to_be=modern),
    ]


def no_plain_ftp(resource: Resource, _context: Context) -> Outcome:
    """WB-03: FTP is off, or needs TLS."""
    reason = "FTP without encryption is accepted"
    return expect(resource, "siteConfig.ftpsState", reason, to_be=("Disabled", "FtpsOnly"))


def no_debugging(resource: Resource, _context: Context) -> list[Outcome]:
    """WB-05: neither a debugger nor a shell can be attached."""
    debug, ssh = "siteConfig.remoteDebuggingEnabled", "sshEnabled"
    return [
        expect(resource, debug, "a remote debugger can be attached", to_be=False, default=False),
        expect(resource, ssh, "a shell can be opened in the container", to_be=False),
    ]


def http2(resource: Resource, _context: Context) -> Outcome:
    """WB-12: HTTP/2 is on."""
    return expect(resource, "siteConfig.http20Enabled", "HTTP/2 is off", to_be=True)


def encrypted_inside(resource: Resource, _context: Context) -> Outcome:
    """WB-15: encryption reaches to the instances."""
    reason = "traffic behind Azure's front ends is not encrypted"
    return expect(resource, "endToEndEncryptionEnabled", reason, to_be=True)


RULES: tuple[Rule, ...] = (
    Rule(
        id="WB-01",
        title="HTTPS only",
        types=WEB_APPS,
        property="httpsOnly",
        severity="C",
        scope="R",
        profile="P1",
        iso=(
            direct("A.5.14", "Information in transit to the app is always encrypted."),
            direct("A.8.24", "Clients cannot leave out encryption in transit."),
        ),
        hipaa=(direct("164.312(e)(1)", "Health information cannot cross a network in plain text."),),
        gdpr=(direct("Art. 32(1)(a)", "Personal data is encrypted in transit."),),
        what="The app answers plain HTTP with a redirect to HTTPS and nothing else.",
        why="A session cookie or token sent once in plain text can be read and used by anyone in between.",
        remediation="Set `https_only=True` on the site and on every slot.",
        azure_default="Off: plain HTTP is answered.",
        bad='web.WebApp("app", https_only=False)',
        good='web.WebApp("app", https_only=True)',
        check=https_only,
        remediate=set_inputs({"httpsOnly": True}),
    ),
    Rule(
        id="WB-02",
        title="TLS 1.2 for app and SCM",
        types=WEB_APPS,
        property="siteConfig.{minTlsVersion,scmMinTlsVersion}",
        severity="H",
        scope="R",
        profile="P1",
        iso=(direct("A.8.24", "Broken versions of the protocol are refused."),),
        hipaa=(direct("164.312(e)(2)(ii)", "The encryption mechanism has no known breaks."),),
        gdpr=(direct("Art. 32(1)(a)", "Encryption in transit is state of the art."),),
        what="App and deployment site (SCM) accept TLS 1.2 or 1.3 only, and set this explicitly.",
        why="TLS 1.0 and 1.1 can be downgraded and decrypted; the deployment site accepts code and deserves no less.",
        remediation='Set `min_tls_version="1.2"` and `scm_min_tls_version="1.2"` in `site_config`.',
        azure_default="1.2 for new apps; an app that was created earlier keeps what it had, so it must be set "
        "explicitly.",
        bad='web.WebApp("app", site_config=web.SiteConfigArgs(min_tls_version="1.0"))',
        good='web.WebApp("app", site_config=web.SiteConfigArgs(min_tls_version="1.2", scm_min_tls_version="1.2"))',
        check=tls_floor,
        remediate=set_inputs({"siteConfig.minTlsVersion": "1.2", "siteConfig.scmMinTlsVersion": "1.2"}),
    ),
    Rule(
        id="WB-03",
        title="FTP off or FTPS only",
        types=WEB_APPS,
        property="siteConfig.ftpsState",
        severity="H",
        scope="R",
        profile="P1",
        iso=(
            direct("A.5.14", "Files are never transferred in plain text."),
            supporting("A.8.9", "An unused service is off."),
        ),
        hipaa=(direct("164.312(e)(1)", "Files with health information cannot be sent in plain text."),),
        gdpr=(direct("Art. 32(1)(a)", "File transfer is encrypted or impossible."),),
        what="Plain FTP is off; FTPS at most.",
        why="FTP sends user name, password and files in plain text, and what it writes is executed as code.",
        remediation='Set `ftps_state="Disabled"`; containers are deployed by image and need no FTP at all.',
        azure_default="AllAllowed where the template does not say otherwise.",
        bad='web.WebApp("app", site_config=web.SiteConfigArgs(ftps_state="AllAllowed"))',
        good='web.WebApp("app", site_config=web.SiteConfigArgs(ftps_state="Disabled"))',
        check=no_plain_ftp,
        remediate=set_inputs({"siteConfig.ftpsState": "Disabled"}),
    ),
    Rule(
        id="WB-05",
        title="Remote debugging and SSH off",
        types=WEB_APPS,
        property="siteConfig.remoteDebuggingEnabled, sshEnabled",
        severity="H",
        scope="R",
        profile="P2",
        iso=(direct("A.8.9", "Development tools are not part of the configuration of a running system."),),
        hipaa=(direct("164.312(a)(1)", "Nobody can read an app's memory or files around its access control."),),
        gdpr=(direct("Art. 32(1)(b)", "Data in memory is confidential even from operators."),),
        what="No debugger can be attached to the app and no shell opened in its container.",
        why="Both read every secret and every record that the app holds, and leave no trace in the app's own log.",
        remediation="Set `remote_debugging_enabled=False` in `site_config` and `ssh_enabled=False` on the site.",
        azure_default="Remote debugging is off, SSH is on.",
        bad='web.WebApp("app", ssh_enabled=True)',
        good='web.WebApp("app", ssh_enabled=False, site_config=web.SiteConfigArgs(remote_debugging_enabled=False))',
        check=no_debugging,
        remediate=set_inputs({"siteConfig.remoteDebuggingEnabled": False, "sshEnabled": False}),
    ),
    Rule(
        id="WB-12",
        title="HTTP/2",
        types=WEB_APPS,
        property="siteConfig.http20Enabled",
        severity="L",
        scope="R",
        profile="P4",
        iso=(supporting("A.8.9", "The configuration keeps up with the current version of the protocol."),),
        what="The app speaks HTTP/2 with clients that do.",
        why="One connection instead of many: less to attack and less to keep open. HTTP/1.1 stays available.",
        remediation="Set `http20_enabled=True` in `site_config`.",
        azure_default="Off.",
        bad='web.WebApp("app", site_config=web.SiteConfigArgs(http20_enabled=False))',
        good='web.WebApp("app", site_config=web.SiteConfigArgs(http20_enabled=True))',
        check=http2,
        remediate=set_inputs({"siteConfig.http20Enabled": True}),
    ),
    Rule(
        id="WB-15",
        title="End-to-end encryption",
        types=WEB_APPS,
        property="endToEndEncryptionEnabled",
        severity="M",
        scope="R",
        profile="P3",
        iso=(direct("A.8.24", "Encryption reaches the instance instead of ending at the front end."),),
        hipaa=(direct("164.312(e)(2)(ii)", "Health information is encrypted inside Azure's network too."),),
        gdpr=(direct("Art. 32(1)(a)", "No part of the path is unencrypted."),),
        what="Traffic between Azure's front ends and the instances of the app is encrypted.",
        why="The front end terminates TLS; without this setting the last stretch, in a shared network, is plain HTTP.",
        remediation="Set `end_to_end_encryption_enabled=True`; the plan must be Standard or higher.",
        azure_default="Off.",
        bad='web.WebApp("app", end_to_end_encryption_enabled=False)',
        good='web.WebApp("app", end_to_end_encryption_enabled=True)',
        check=encrypted_inside,
    ),
)
