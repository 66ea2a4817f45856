"""Keycloak itself boots on what the program renders for it."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.applications import packages
from tests.applications.choice import needs
from tests.applications.outage import require_health_as_documented
from tests.applications.place import Image, Place, Running
from tests.applications.rendered import Deployment, Site
from tests.postgresql import PostgreSql

pytestmark = needs("keycloak")

CHALLENGE = f"code_challenge={'a' * 43}&code_challenge_method=S256"
HOME = "/opt/keycloak"
"""Where the image has it, and its entry point, ``bin/kc.sh`` (Keycloak, "Running Keycloak in a container")."""


def start(place: Place, site: Site) -> AbstractContextManager[Running]:
    image = Image(packages.keycloak(site.version), HOME)
    return place.started(site, [image], [f"{HOME}/bin/kc.sh", *site.command], {})


def signed_in(running: Running) -> dict[str, str]:
    """Sign in as the first administrator, as the controller does; return the headers of further requests."""
    settings = running.site.environment
    answer = running.ask(
        "/realms/master/protocol/openid-connect/token",
        form={
            "grant_type": "password",
            "client_id": "admin-cli",
            "username": settings["KC_BOOTSTRAP_ADMIN_USERNAME"],
            "password": settings["KC_BOOTSTRAP_ADMIN_PASSWORD"],
        },
    )
    assert answer.status == 200, running.last_words()
    return {"Authorization": f"Bearer {answer.document['access_token']}"}


def test_it_boots_works_and_keeps_what_it_stored(
    place: Place, deployment: Deployment, database_server: PostgreSql
) -> None:
    site, controller = deployment.site("keycloak"), deployment.site("miso-controller").environment
    realm, address = controller["KEYCLOAK_REALM"], controller["KEYCLOAK_SERVER_URL"]
    assert site.unresolved == ()
    with start(place, site) as keycloak:
        headers = signed_in(keycloak)
        made = keycloak.ask("/admin/realms", body={"realm": realm, "enabled": True}, headers=headers)
        assert made.status == 201, keycloak.last_words()
        user = {"username": "somebody", "enabled": True}
        assert keycloak.ask(f"/admin/realms/{realm}/users", body=user, headers=headers).status == 201
        (database,) = deployment.app("keycloak").databases
        require_health_as_documented(keycloak, database.name, database_server)
    with start(place, site) as keycloak:
        found = keycloak.ask(f"/realms/{realm}/.well-known/openid-configuration").document
        assert found["issuer"] == f"{address}/realms/{realm}", "tokens name the address that the controller has"
        headers = signed_in(keycloak)
        users = keycloak.ask(f"/admin/realms/{realm}/users?username=somebody", headers=headers).document
        assert [one["username"] for one in users] == ["somebody"]
        entry = (
            f"/realms/{realm}/protocol/openid-connect/auth?client_id=account-console&response_type=code&scope=openid"
        )
        page = keycloak.ask(f"{entry}&redirect_uri={address}/realms/{realm}/account&{CHALLENGE}")
        assert page.status == 200 and "AUTH_SESSION_ID" in page.cookies, keycloak.last_words()
        assert all(cookie["secure"] for cookie in page.cookies.values()), "a browser sends these over TLS alone"
