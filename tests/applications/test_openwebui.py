"""Open WebUI itself boots on what the program renders for it."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.applications import packages
from tests.applications.choice import needs
from tests.applications.outage import require_health_as_documented
from tests.applications.place import Image, Place, Running
from tests.applications.rendered import Deployment, Site
from tests.certificates import Authority
from tests.postgresql import PostgreSql

pytestmark = needs("openwebui")

PUBLISHED = "2025-10-20"
"""Day by which version 0.6.34 had been published."""
BACKEND = "/app/backend"
IMAGE = {"ENV": "prod", "DOCKER": "true", "HF_HOME": f"{BACKEND}/data/cache/embedding/models"}
"""Variables of the image (its Dockerfile) that decide about more than telemetry. Its models are not in the package."""
CONTENT = b"kept over a restart"


def start(place: Place, site: Site, authority: Authority) -> AbstractContextManager[Running]:
    """Start it as ``start.sh`` of the image does."""
    packaged = packages.openwebui(site.version, PUBLISHED)
    images = [
        Image(packaged / "open_webui", f"{BACKEND}/open_webui"),
        Image(packaged / "open_webui" / "frontend", "/app/build"),
    ]
    server = ["-m", "uvicorn", "open_webui.main:app", "--host", "0.0.0.0", "--forwarded-allow-ips", "*"]  # noqa: S104
    command = ["env", f"--chdir={BACKEND}", packages.PYTHON, *server, "--port", site.environment["PORT"]]
    trusted = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(authority.root))
    return place.started(site, images, command, {**IMAGE, **trusted, "PYTHONPATH": str(packaged)})


def test_it_boots_works_and_keeps_what_it_stored(
    place: Place, deployment: Deployment, authority: Authority, database_server: PostgreSql
) -> None:
    site = deployment.site("openwebui")
    assert site.unresolved == ()
    (database,) = deployment.app("openwebui").databases
    who = {"email": "admin@example.com", "password": site.environment["DEFAULT_PASSWORD"]}
    with start(place, site, authority) as webui:
        first = webui.ask("/api/v1/auths/signup", body={"name": site.environment["DEFAULT_USER"], **who})
        assert first.status == 200, webui.last_words()
        assert first.document["role"] == "admin"
        assert first.cookies["token"]["secure"], "a browser sends it over TLS alone"
        second = {"name": "Second", "email": "second@example.com", "password": "Second-User-1"}
        assert webui.ask("/api/v1/auths/signup", body=second).status == 403, "nobody else signs up"
        headers = {"Authorization": f"Bearer {first.document['token']}"}
        chat = webui.ask("/api/v1/chats/new", body={"chat": {"title": "kept"}}, headers=headers)
        assert chat.status == 200, webui.last_words()
        upload = webui.ask("/api/v1/files/?process=false", file=("kept.txt", CONTENT), headers=headers)
        assert upload.status == 200, webui.last_words()
        kept = upload.document["id"]
        require_health_as_documented(webui, database.name, database_server)
        assert "NOT RECOMMENDED" not in webui.log.read_text(errors="replace"), webui.last_words()
    (mount,) = site.mounts
    assert [file.read_bytes() for file in place.share(site, mount).iterdir()] == [CONTENT]
    with start(place, site, authority) as webui:
        signed_in = webui.ask("/api/v1/auths/signin", body=who)
        assert signed_in.status == 200, webui.last_words()
        headers = {"Authorization": f"Bearer {signed_in.document['token']}"}
        assert [one["title"] for one in webui.ask("/api/v1/chats/", headers=headers).document] == ["kept"]
        assert webui.ask(f"/api/v1/files/{kept}/content", headers=headers).body == CONTENT
    with database_server.superuser(database.name) as connection:
        row = connection.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'document_chunk'").fetchone()
    assert row == (database.role,), "vectors are in the database, in a table of the application's own"
