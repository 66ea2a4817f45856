"""Every secret that a deployment makes lies in the local Azure and in encrypted state, and is repeated nowhere else."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from emulator import inspect
from emulator.functions import KEYS
from emulator.store import Store
from emulator.values import Secret, secret_texts
from emulator.wire import SENTINELS, SIGNATURE
from tests.conftest import FIRST_UP

pytestmark = pytest.mark.engine

SHORTEST = 12
"""Characters; a shorter text may stand in an output by chance."""

ENOUGH = 30
"""Secrets of the development stack, at least; fewer mean that the test lost sight of them."""


def spellings(secret: str) -> set[bytes]:
    """How a text may look in a file: as it is, inside JSON (Python's and Go's manner), inside a URL, in base64."""
    inside = json.dumps(secret)[1:-1]
    go = inside
    for sign in "<>&":
        go = go.replace(sign, f"\\u{ord(sign):04x}")
    encoded = base64.b64encode(secret.encode()).decode()
    forms = (secret, inside, go, urllib.parse.quote(secret, safe=""), encoded)
    return {form.encode() for form in forms}


def secrets_of(store: Store) -> set[str]:
    """Every secret text that is long enough, and the password inside each that is a URL."""
    found = {
        text
        for record in (*store.objects(), *store.tombstones())
        for part in (record.inputs, record.outputs)
        for text in secret_texts(part)
    }
    for text in list(found):
        if "://" in text and (password := urllib.parse.urlsplit(text).password):
            found |= {password, urllib.parse.unquote(password)}
    return {text for text in found if len(text) >= SHORTEST}


def keys_of(store: Store) -> set[str]:
    """Every key that a program can ask a service for; the store does not hold them."""
    tables = [make(one) for token, make in KEYS.values() for one in store.objects() if one.token == token]
    return {text for table in tables for text in secret_texts(table)}


def leaks(content: bytes, secrets: set[str]) -> list[str]:
    """Beginnings of the secrets that ``content`` repeats; never whole ones, since they end up in test reports."""
    return sorted(
        f"{secret[:3]}… ({len(secret)} characters)"
        for secret in secrets
        if any(s in content for s in spellings(secret))
    )


@pytest.fixture(scope="module")
def deployed(module_checkout: Any, dev_deployed: Any) -> tuple[Any, str, set[str]]:
    """The checkout, what its ``up`` printed, and every secret that exists afterwards."""
    dev_deployed(module_checkout)
    printed = (module_checkout.root / FIRST_UP).read_text(encoding="utf-8")
    with closing(Store(module_checkout.local / "azure.db")) as store:
        return module_checkout, printed, secrets_of(store) | keys_of(store)


def test_the_secrets_are_known_and_would_be_found(deployed: Any) -> None:
    checkout, _, everything = deployed
    with closing(Store(checkout.local / "azure.db")) as store:
        secrets = secrets_of(store)
        assert secrets | keys_of(store) == everything and len(keys_of(store)) >= 6, "a second up makes no new ones"
    assert len(secrets) >= ENOUGH, f"only {len(secrets)} secrets: this file would prove nothing"
    database = b"".join(path.read_bytes() for path in checkout.local.glob("azure.db*"))
    whole = {text for text in secrets if any(form in database for form in spellings(text))}
    assert whole == secrets, "each is found in the one place where it lies in clear"


def test_up_repeats_none(deployed: Any) -> None:
    _, printed, secrets = deployed
    assert '"resources":' in printed
    assert not leaks(printed.encode(), secrets)


@pytest.mark.parametrize(
    "command",
    [
        "preview dev --json", "preview dev", "outputs dev --json", "outputs dev", "status dev --json",
        "azure list --json", "up dev --yes --json", "azure export dev",
    ],
)  # fmt: skip
def test_no_command_repeats_one(deployed: Any, command: str) -> None:
    checkout, _, secrets = deployed
    done = checkout.fabrix(*command.split()).must()
    assert done.stdout, "the command answered"
    assert not leaks((done.stdout + done.stderr).encode(), secrets)


def test_looking_at_any_object_shows_none(deployed: Any) -> None:
    """Through the function under ``azure show`` for every object; through the command itself for those most at risk."""
    checkout, _, secrets = deployed
    with closing(Store(checkout.local / "azure.db")) as store:
        ids = [row["id"] for row in inspect.listing(store)]
        for arm_id in ids:
            assert not leaks(json.dumps(inspect.show(store, arm_id)).encode(), secrets), f"azure show {arm_id}"
    risky = [one for one in ids if one.lower().endswith("/secrets/" + one.lower().rsplit("/", 1)[-1])][:3]
    servers = [one for one in ids if "/flexibleservers/" in one.lower() and one.count("/") == 8]
    assert len(risky) == 3 and len(servers) == 1
    for arm_id in (*risky, *servers):
        done = checkout.fabrix("azure", "show", arm_id, "--json").must()
        assert not leaks((done.stdout + done.stderr).encode(), secrets)


@pytest.mark.parametrize("command", ["preview dev --arm", "azure export dev --output"])
def test_no_template_holds_one(deployed: Any, tmp_path: Path, command: str) -> None:
    checkout, _, secrets = deployed
    file = tmp_path / "template.json"
    checkout.fabrix(*command.split(), str(file)).must()
    written = file.read_text(encoding="utf-8")
    assert len(json.loads(written)["resources"]) > 100
    assert not leaks(file.read_bytes(), secrets)
    secure = [each for each in json.loads(written)["parameters"].values() if each["type"].startswith("secure")]
    assert secure and SIGNATURE not in written, "a secret is a parameter, not what the engine encrypted"
    assert SENTINELS["string"] not in written, "nor is what a preview does not know a placeholder"


def test_a_failed_up_repeats_none(deployed: Any) -> None:
    """Errors quote what was refused: here the database server, whose inputs hold the administrator's password."""
    checkout, _, secrets = deployed
    with closing(Store(checkout.local / "azure.db")) as store:
        (server,) = store.objects("Microsoft.DBforPostgreSQL/flexibleServers")
    assert isinstance(server.inputs["administratorLoginPassword"], Secret)
    checkout.edit("Pulumi.dev.yaml", ("storageGib: 256", "storageGib: 128"))
    try:
        done = checkout.fabrix("up", "dev", "--yes", "--json").must(1)
    finally:
        checkout.edit("Pulumi.dev.yaml", ("storageGib: 128", "storageGib: 256"))
    assert "storage" in done.stderr.lower(), "a disk cannot shrink, and the refusal says so"
    assert not leaks((done.stdout + done.stderr).encode(), secrets)


def files_of(checkout: Any) -> Iterator[Path]:
    """Everything that runs left behind, save the local Azure's own database."""
    database = checkout.local / "azure.db"
    for path in sorted((checkout.root / ".fabrix").rglob("*")):
        if path.is_file() and not path.name.startswith(database.name):
            yield path


def test_no_file_beside_the_local_azure_holds_one(deployed: Any) -> None:
    checkout, _, secrets = deployed
    files = list(files_of(checkout))
    names = {path.name for path in files}
    assert {"dev-up.jsonl", "dev-preview.jsonl", "dev.json", "Pulumi.dev.yaml"} <= names, f"not looked at: {names}"
    found = {
        str(path.relative_to(checkout.root)): held for path in files if (held := leaks(path.read_bytes(), secrets))
    }
    assert not found, f"secrets in clear, and how they begin: {found}"
