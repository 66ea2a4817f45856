"""Counts of rotations: which secrets may have one, what it means for a database's login, and the line that holds it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from database.wanted import wanted
from settings import PlatformSettings, load
from settings.rotation import effect, obstacle
from settings.rotation_line import rewrite

if TYPE_CHECKING:
    from tests.settings.conftest import Project

ROOT = Path(__file__).parents[2]
PASSWORD, URL = "keycloak-databases-0-passwordKeyVault", "keycloak-databases-0-urlKeyVault"
ADMINISTRATOR = "aifabrix-postgres-admin-password"


def rotated(project: Project, secret: str, count: int | None) -> PlatformSettings:
    return project.load() if count is None else project.edit("dev", "security.rotations", {secret: count}).load()


@pytest.mark.parametrize(("count", "login"), [(None, "_user"), (0, "_user"), (1, "_user_b"), (2, "_user")])
def test_an_application_logs_in_with_one_of_two_logins_in_turn(project: Project, count: int | None, login: str) -> None:
    settings = rotated(project, PASSWORD, count)
    keycloak = {one.name: one.value for one in settings.app("keycloak").settings}
    assert keycloak["KC_DB_USERNAME"] == f"keycloak{login}"
    assert keycloak["KC_DB_PASSWORD"] == PASSWORD
    assert settings.app("keycloak").databases[0].login == f"keycloak{login}"
    assert settings.app("keycloak").databases[0].role == "keycloak_user", "the owner stays the owner"
    others = {d.login for app in settings.apps if app.key != "keycloak" for d in app.databases}
    assert not any(name.endswith("_b") for name in others)


@pytest.mark.parametrize("count", [None, 0, 3])
def test_a_connection_string_has_the_count_of_its_password(project: Project, count: int | None) -> None:
    settings = rotated(project, "dataplane-databases-2-passwordKeyVault", count)
    counts = {one.name: one.rotations for one in settings.secrets if one.rotations is not None}
    names = {f"dataplane-databases-2-{part}KeyVault" for part in ("password", "url")}
    assert counts == ({} if count is None else dict.fromkeys(names, count))


@given(count=st.integers(0, 40))
def test_a_rotation_gives_one_login_a_new_password_and_leaves_the_other_its_own(count: int) -> None:
    (database, *_) = wanted(load.stack(ROOT, "dev").apps)
    now, then = replace(database, rotations=count), replace(database, rotations=count + 1)
    assert then.active != now.active
    assert then.generation(then.active) == count + 1
    assert then.generation(now.active) == now.generation(now.active) == count, "who has not moved over works on"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("keycloak-databases-0-passwordKeyVaul", "no secret of that name"),
        ("openwebui-databases-0-urlKeyVault", "rotate that"),
        ("miso-controller-admin-emailKeyVault", "you supply it"),
        ("flowise-secrets-encryptionKeyVault", "makes them unreadable"),
        ("miso-controller-secrets-encryptionKeyVault", "could not read"),
        ("aifabrix-keycloak-admin-password", "change it in Keycloak"),
        ("redis-passwordKeyVault", "renew it there"),
    ],
)
def test_what_cannot_be_rotated_is_refused_with_the_reason_and_what_can(
    project: Project, name: str, words: str
) -> None:
    problem = project.edit("dev", "security.rotations", {name: 1}).problem()
    assert problem.path == f"config.aifabrix:platform.security.rotations.{name}"
    assert words in problem.message
    assert PASSWORD in problem.allowed
    assert name not in problem.allowed.split(", ")


@pytest.mark.parametrize("count", [-1, 1.5, "1", True, 10_000])
def test_a_count_is_a_whole_number(project: Project, count: object) -> None:
    assert project.edit("dev", "security.rotations", {PASSWORD: count}).problem().path.endswith(PASSWORD)


def test_a_password_of_a_database_needs_the_job_that_sets_it(project: Project) -> None:
    subnets = {"endpoints": "snet-endpoints", "apps": "snet-apps"}
    vnet = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Network"
    network = {"mode": "existing", "id": f"{vnet}/virtualNetworks/vnet", "subnets": subnets}
    project.edit("dev", "network", network).edit("dev", "security.rotations", {PASSWORD: 0})
    assert "no subnet for jobs" in project.problem().message
    project.edit("dev", "network.subnets.jobs", "snet-jobs").load()


def test_every_generated_secret_can_be_rotated_or_says_why_not(shipped: dict[str, PlatformSettings]) -> None:
    for settings in shipped.values():
        for secret in settings.secrets:
            assert obstacle(secret, settings.network) or effect(secret)
            if secret.generator == "key32":
                assert obstacle(secret, settings.network), "a key of stored data"
    assert not obstacle(next(s for s in shipped["dev"].secrets if s.name == ADMINISTRATOR), shipped["dev"].network)


SECURITY = (
    "    security:\n      protect: true # for ever\n      locks: false\n",
    "    security: {protect: true, locks: false} # short\n",
    "    security:\n      protect: true\n      groups:\n        mode: create\n        # about the next one\n\n",
    "    security:\n      groups:\n        mode: create\n",
    "    security:\n      rotations: {}\n      protect: true\n",
    "    security:\n      rotations: { one-secret: 3 } # counted\n      locks: true\n",
    "    security:\n      rotations:\n        one-secret: 3 # of them\n        two: 1\n      locks: true\n",
    "    security:\n      locks: true\n      rotations:\n        two: 1",
)
MORE = ("", "    size: m\n", "# the end\n", "    # security: {}\n    text: |\n      security: x\n")


@given(
    security=st.sampled_from(SECURITY),
    before=st.sampled_from(MORE[:2]),
    after=st.sampled_from(MORE),
    secret=st.sampled_from(["one-secret", "two", "a-third"]),
    count=st.integers(0, 9999),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from(["", "\ufeff"]),
)
def test_one_line_of_the_stack_file_changes_and_no_other(
    security: str, before: str, after: str, secret: str, count: int, end: str, mark: str
) -> None:
    if not security.endswith("\n") and after:
        security += "\n"
    top = f"config:\n  aifabrix:platform:\n{before}{security}{after if after != before else ''}"
    text = mark + top.replace("\n", end)
    changed = rewrite(text, secret, count)
    data = YAML(typ="safe", pure=True).load(changed.removeprefix("\ufeff"))
    assert data["config"]["aifabrix:platform"]["security"]["rotations"][secret] == count
    old, new = text.splitlines(keepends=True), changed.splitlines(keepends=True)
    if old and not old[-1].endswith(end):
        old[-1] += end
    same = [line for line in new if line in old]
    assert len(new) - len(same) <= 1, "one line is new or changed"
    assert len(new) - len(old) in {0, 1}
    assert [line for line in old if line not in new] == [] or len(new) == len(old)
    assert changed.count("#") == text.count("#"), "comments stay"
    assert rewrite(changed, secret, count) == changed


@pytest.mark.parametrize(
    "security",
    [
        "    security: &shared {protect: true}\n    other: *shared\n",
        "    security: none\n",
        "",
        "    security:\n      rotations: 3\n",
        "    security:\n      rotations:\n      locks: true\n",
    ],
)
def test_what_cannot_be_changed_alone_is_refused_with_what_to_write(security: str) -> None:
    text = f"config:\n  aifabrix:platform:\n    size: m\n{security}"
    with pytest.raises(ValueError, match=r"rotations: \{one: 1\}"):
        rewrite(text, "one", 1)


@pytest.mark.parametrize("stack", ["dev", "test", "prod"])
def test_the_shipped_files_take_a_rotation(project: Project, stack: str) -> None:
    text = project.file(stack).read_text()
    project.file(stack).write_text(rewrite(rewrite(text, PASSWORD, 0), PASSWORD, 1))
    assert project.load(stack).app("keycloak").databases[0].rotations == 1
    assert len(project.file(stack).read_text().splitlines()) == len(text.splitlines()) + 1
