"""A secret that was rotated: which value and which user name an application gets, from whom, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.platform import Platform
from settings import load
from settings.model import PlatformSettings
from settings.rotation_line import rewrite
from tests.settings.conftest import Project, copied

ROOT = Path(__file__).parents[3]
PASSWORD, URL = "keycloak-databases-0-passwordKeyVault", "miso-controller-databases-1-urlKeyVault"
LOGS, JWT = "miso-controller-databases-1-passwordKeyVault", "miso-controller-secrets-jwtKeyVault"
RANDOM, VALUE = "random:index/randomPassword:RandomPassword", "secret-sdc-"
OWNER, SECOND = f"{VALUE}{PASSWORD}", f"{VALUE}{PASSWORD}-second"

KEYS = {
    "azure-native:redisenterprise:listDatabaseKeys": {"primaryKey": "key", "secondaryKey": "key"},
    "azure-native:storage:listStorageAccountKeys": {"keys": [{"keyName": "key1", "value": "key"}]},
}


def version(_name: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Outputs of a secret: its version follows from its value, and is secret in its state as the value is."""
    marked = inputs["properties"]
    address = f"https://kv.vault.azure.net/secrets/{inputs['secretName']}/of-{marked['value']['value']}"
    return {"properties": {**marked, "value": {**marked["value"], "secretUriWithVersion": address}}}


def settings_with(project: Project, **counts: int) -> PlatformSettings:
    file = project.file("dev")
    text = file.read_text()
    for secret, count in counts.items():
        text = rewrite(text, secret, count)
    file.write_text(text)
    project.edit("dev", "applications", {"catalogue": ["miso-controller", "keycloak"]})
    return load.stack(project.root, "dev")


@pytest.fixture(scope="module")
def planned(plan: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Callable[[int | None], Any]:
    """Count → the small dev stack whose secrets were rotated that often; None: they are not mentioned."""
    made: dict[int | None, Any] = {}

    def build(count: int | None) -> Any:
        if count not in made:
            project = copied(tmp_path_factory.mktemp("stack"))
            counts = {} if count is None else dict.fromkeys((PASSWORD, LOGS, JWT), count)
            settings = settings_with(project, **counts)

            def deploy() -> Any:
                platform = Platform.of(settings)
                return {"rotations": platform.region.rotations}

            made[count] = plan(deploy, outputs={"keyvault:Secret": version}, calls=KEYS)
        return made[count]

    return build


def app(planned: Any, key: str, kind: str = "web:WebApp") -> dict[str, str]:
    prefix = "app" if kind == "web:WebApp" else "slot"
    pairs = planned.one(kind, f"{prefix}-sdc-{key}").inputs["siteConfig"]["appSettings"]
    return {pair["name"]: pair["value"] for pair in pairs}


def passwords(planned: Any) -> dict[str, Any]:
    return {one.name: one.inputs.get("keepers") for one in planned.of(RANDOM) if one.name in (OWNER, SECOND)}


def value(planned: Any, secret: str) -> str:
    return planned.one("keyvault:Secret", f"{VALUE}{secret}").inputs["properties"]["value"]


def result_of(name: str) -> str:
    """The password that the stand-in of the provider makes: longer than names here differ, so their ends count."""
    return (name + "x" * 99)[:16]


def everything(planned: Any) -> dict[str, Any]:
    return {f"{one.type} {one.name}": one.inputs for one in planned.resources}


def test_counting_from_zero_pins_versions_and_changes_nothing_else(planned: Any) -> None:
    """So an existing deployment is prepared without a new password, and a stack without counts is left alone."""
    before, after = everything(planned(None)), everything(planned(0))
    assert before.keys() == after.keys()
    different = {label for label in before if before[label] != after[label]}
    assert different == {
        f"{kind}-sdc-{key}"
        for kind in ("web:WebApp app", "web:WebAppSlot slot")
        for key in ("keycloak", "miso-controller")
    }
    assert planned(None).result["rotations"] is None


@pytest.mark.parametrize(
    ("count", "keepers"),
    [
        (None, {OWNER: None}),
        (0, {OWNER: None}),
        (1, {OWNER: None, SECOND: {"rotation": "1"}}),
        (2, {OWNER: {"rotation": "2"}, SECOND: {"rotation": "1"}}),
    ],
)
def test_a_rotation_makes_one_new_password_and_keeps_the_other(planned: Any, count: int | None, keepers: Any) -> None:
    assert passwords(planned(count)) == keepers


@pytest.mark.parametrize(("count", "login"), [(0, "keycloak_user"), (1, "keycloak_user_b"), (2, "keycloak_user")])
@pytest.mark.parametrize("kind", ["web:WebApp", "web:WebAppSlot"])
def test_user_name_and_version_of_the_password_move_in_one_write(
    planned: Any, count: int, login: str, kind: str
) -> None:
    found = app(planned(count), "keycloak", kind)
    assert found["KC_DB_USERNAME"] == login
    address = f"https://kv.vault.azure.net/secrets/{PASSWORD}/of-{value(planned(count), PASSWORD)}"
    assert found["KC_DB_PASSWORD"] == f"@Microsoft.KeyVault(SecretUri={address})"


@pytest.mark.parametrize(("count", "login"), [(0, "miso_logs_user"), (1, "miso_logs_user_b"), (2, "miso_logs_user")])
def test_a_connection_string_has_the_login_and_is_pinned_too(planned: Any, count: int, login: str) -> None:
    url = value(planned(count), URL)
    assert url.startswith(f"postgresql://{login}:{value(planned(count), LOGS)}@")
    assert app(planned(count), "miso-controller")["DATABASELOG_URL"].endswith(f"/{URL}/of-{url})")


def test_slots_still_swap_what_is_equal(planned: Any) -> None:
    sticky = {one.name: one.inputs for one in planned(None).of("web:WebAppSlotConfigurationNames")}
    assert {one.name: one.inputs for one in planned(1).of("web:WebAppSlotConfigurationNames")} == sticky


def test_another_secret_gets_a_new_value_by_its_count(planned: Any) -> None:
    found = {count: planned(count).one(RANDOM, f"{VALUE}{JWT}").inputs.get("keepers") for count in (None, 0, 1, 2)}
    assert found == {None: None, 0: None, 1: {"rotation": "1"}, 2: {"rotation": "2"}}
    assert f"/{JWT}/of-" in app(planned(1), "miso-controller")["JWT_SECRET"]
    assert not [one for one in planned(1).of(RANDOM) if one.name == f"{VALUE}{JWT}-second"]


def test_the_database_server_knows_a_password_before_any_application_does(planned: Any) -> None:
    job = planned(1).one("app:Job")
    secrets = {one["name"]: one["value"] for one in job.inputs["configuration"]["secrets"]}
    assert secrets["keycloak-user"] == result_of(OWNER)
    assert secrets["keycloak-user-b"] == result_of(SECOND) == value(planned(1), PASSWORD)
    mark = planned(1).one("random:index/randomId:RandomId", "sql-sdc")
    assert "app:Job sql-sdc" in mark.depends_on
    assert mark.inputs["keepers"] != planned(0).one("random:index/randomId:RandomId", "sql-sdc").inputs["keepers"]
    for site in (*planned(1).of("web:WebApp"), *planned(1).of("web:WebAppSlot")):
        assert "random:index/randomId:RandomId sql-sdc" in site.depends_on, site.name


def test_the_state_says_how_often_once_every_site_has_its_settings(planned: Any) -> None:
    assert planned(2).result["rotations"] == dict.fromkeys((PASSWORD, LOGS, JWT), 2)


def test_no_site_has_a_secret_among_its_settings(planned: Any) -> None:
    """A version's address opens nothing; marked secret it would hide from the rules which secret a site reads."""
    for site in (*planned(1).of("web:WebApp"), *planned(1).of("web:WebAppSlot")):
        assert not site.secrets, site.name
