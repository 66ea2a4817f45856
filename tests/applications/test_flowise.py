"""Flowise itself boots on what the program renders for it."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.applications import packages
from tests.applications.choice import needs
from tests.applications.outage import require_health_as_documented
from tests.applications.place import Image, Place, Running
from tests.applications.rendered import Deployment, Site
from tests.certificates import Authority
from tests.postgresql import PostgreSql

pytestmark = needs("flowise")

HOME = "/opt/flowise"
WHO = {"email": "owner@example.com", "password": "First-Owner-1"}
INSIDE = {"x-request-from": "internal"}
"""What the browser's side of Flowise sends; without it a request needs an API key."""


def start(place: Place, site: Site, authority: Authority) -> AbstractContextManager[Running]:
    image = Image(packages.flowise(site.version), HOME)
    command = [packages.node(), f"{HOME}/node_modules/flowise/bin/run", *(site.command or ("start",))]
    return place.started(site, [image], command, {"NODE_EXTRA_CA_CERTS": str(authority.root)})


def signed_in(flowise: Running) -> dict[str, str]:
    """Sign in as the owner; return the headers of further requests."""
    answer = flowise.ask("/api/v1/auth/login", body=WHO)
    assert answer.status == 200, flowise.last_words()
    cookies = answer.cookies
    assert {"token", "refreshToken"} <= cookies.keys()
    assert all(cookie["secure"] for cookie in cookies.values()), "a browser sends these over TLS alone"
    return {**INSIDE, "Cookie": "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())}


def test_it_boots_works_and_keeps_what_it_stored(
    place: Place, deployment: Deployment, authority: Authority, database_server: PostgreSql
) -> None:
    site = deployment.site("flowise")
    assert site.mounts == ("/mnt/data",)
    with start(place, site, authority) as flowise:
        owner = {"name": "Owner", "email": WHO["email"], "credential": WHO["password"]}
        assert flowise.ask("/api/v1/account/register", body={"user": owner}).status == 201, flowise.last_words()
        second = {"user": {**owner, "email": "second@example.com"}}
        assert flowise.ask("/api/v1/account/register", body=second).status == 400, "nobody else becomes an owner"
        headers = signed_in(flowise)
        variable = {"name": "kept", "value": "over a restart", "type": "static"}
        assert flowise.ask("/api/v1/variables", body=variable, headers=headers).status == 200, flowise.last_words()
        key = {"name": "kept", "credentialName": "openAIApi", "plainDataObj": {"openAIApiKey": "of nobody"}}
        assert flowise.ask("/api/v1/credentials", body=key, headers=headers).status == 200, flowise.last_words()
        (database,) = deployment.app("flowise").databases
        require_health_as_documented(flowise, database.name, database_server)
        flow = {"name": "kept", "type": "CHATFLOW", "flowData": '{"nodes": [], "edges": []}'}
        assert flowise.ask("/api/v1/chatflows", body=flow, headers=headers).status == 200, flowise.last_words()
    with start(place, site, authority) as flowise:
        headers = signed_in(flowise)
        for kind in ("variables", "credentials", "chatflows"):
            found = flowise.ask(f"/api/v1/{kind}", headers=headers)
            assert [one["name"] for one in found.document] == ["kept"], kind
        (stored,) = flowise.ask("/api/v1/credentials", headers=headers).document
        read = flowise.ask(f"/api/v1/credentials/{stored['id']}", headers=headers).document
        assert read["plainDataObj"], "the key of the vault decrypts what was stored before"
    assert list((place.share(site, "/mnt/data") / "logs").glob("server*.log*")), "logs are in the mounted share"
