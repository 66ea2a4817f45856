"""A state is judged before anything is built from it, and no secret of it comes along."""

from __future__ import annotations

import base64
import copy
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from emulator.seed import access_keys
from emulator.values import Secret
from rehearsal import seeding
from rehearsal.rehearsal import RehearsedDeployment
from rehearsal.release_rehearsal import _by_urn, _protected, _uncomparable, running_line
from settings import load
from settings.groups import GROUPS
from settings.model import names_of
from settings.release_line import describe
from stacks.events import ResourceStep, Run
from stacks.state import SECRET_MARK, SIGNATURE
from support.errors import Exit, OperationError
from tests.conftest import ROOT

STACK = "urn:pulumi:dev::aifabrix::pulumi:pulumi:Stack::aifabrix-dev"
VAULT, ACCOUNT = "azure-native:keyvault:Secret", "azure-native:storage:StorageAccount"
PASSWORD, BYTES = "random:index/randomPassword:RandomPassword", "random:index/randomBytes:RandomBytes"
SUBSCRIPTION = "/subscriptions/1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b/resourceGroups/rg"
HIDDEN = "Canary-Passw0rd-1234"
RAW = bytes(range(16))
KEY = base64.b64encode(bytes(64)).decode()


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE: SECRET_MARK, "plaintext": json.dumps(value)}


def encrypted(text: str) -> dict[str, Any]:
    return {SIGNATURE: SECRET_MARK, "ciphertext": text}


def entry(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::aifabrix::{kind}::{name}", "type": kind, "custom": True, **more}


def value_of(name: str, value: Any, *depends: str) -> dict[str, Any]:
    inputs = {"secretName": name, "properties": {"value": value, "contentType": "text"}}
    return entry(VAULT, name, id=f"{SUBSCRIPTION}/vaults/v/secrets/{name}", inputs=inputs, dependencies=list(depends))


def state(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    stack = {"urn": STACK, "type": "pulumi:pulumi:Stack", "outputs": {}}
    return {"version": 3, "deployment": {"manifest": {}, "resources": [stack, *entries], **more}}


STORAGE = entry(ACCOUNT, "data", id=f"{SUBSCRIPTION}/providers/Microsoft.Storage/storageAccounts/data", inputs={})
FULL = state(
    STORAGE,
    entry(PASSWORD, "p", id="none", inputs={"length": 20}, outputs={"result": secret(HIDDEN)}),
    entry(BYTES, "b", id="none", inputs={"length": 16}, outputs={
        "hex": secret(RAW.hex()), "base64": secret(base64.b64encode(RAW).decode())}),
    value_of("password", secret(HIDDEN)),
    value_of("url", secret(f"postgresql://user:{HIDDEN}@host:5432/db")),
    value_of("token", secret(str(uuid.UUID(hex=RAW.hex(), version=4)))),
    value_of("key", secret(KEY), STORAGE["urn"]),
)  # fmt: skip


def values(seed: seeding.Seed) -> dict[str, Any]:
    found = {}
    for one in seed.deployment["resources"]:
        place = {**(one.get("inputs") or {}).get("properties", {}), **(one.get("outputs") or {})}
        for name, value in place.items():
            if isinstance(value, dict) and SIGNATURE in value:
                found[f"{one['urn'].rsplit('::', 1)[-1]}.{name}"] = json.loads(value["plaintext"])
    return found


class TestSecrets:
    """They are replaced, and what was derived from them fits."""

    def test_nothing_of_them_is_left(self) -> None:
        seed = seeding.make_seed(FULL, "dev")
        text = json.dumps(seed.deployment)
        for hidden in (HIDDEN, RAW.hex(), base64.b64encode(RAW).decode(), KEY):
            assert hidden not in text
        assert HIDDEN not in repr(seed)
        assert seed.secrets_in_clear and not seed.unknown_secrets

    def test_the_given_state_is_left_as_it_is(self) -> None:
        before = copy.deepcopy(FULL)
        seeding.make_seed(FULL, "dev")
        assert before == FULL

    def test_what_the_program_derives_fits(self) -> None:
        found = values(seeding.make_seed(FULL, "dev"))
        assert found["password.value"] == found["p.result"]
        assert found["url.value"] == f"postgresql://user:{found['p.result']}@host:5432/db"
        assert base64.b64decode(found["b.base64"]).hex() == found["b.hex"]
        assert found["token.value"] == str(uuid.UUID(hex=found["b.hex"], version=4))

    def test_the_key_of_an_account_is_the_one_that_the_local_azure_will_hand_out(self) -> None:
        seed = seeding.make_seed(FULL, "dev")
        (account,) = (one for one in seed.objects if one.token == ACCOUNT)
        assert values(seed)["key.value"] == access_keys(account)[0]

    def test_objects_carry_placeholders_marked_as_secrets(self) -> None:
        seed = seeding.make_seed(FULL, "dev")
        (one,) = (each for each in seed.objects if each.id.endswith("/password"))
        assert one.inputs["properties"]["value"] == Secret(values(seed)["p.result"])
        assert "contentType" in one.inputs["properties"]

    def test_numbers_and_structures_inside_a_secret_keep_their_form(self) -> None:
        found = values(
            seeding.make_seed(state(value_of("x", secret({"pin": 123456, "on": True, "names": [HIDDEN]}))), "dev")
        )
        inside = found["x.value"]
        assert inside["on"] is True and isinstance(inside["pin"], int) and inside["pin"] != 123456
        assert HIDDEN not in json.dumps(inside)

    def test_of_encrypted_ones_only_the_place_is_known(self) -> None:
        spellings = {"hex": encrypted("v1:a"), "base64": encrypted("v1:b")}
        made = entry(BYTES, "b", id="none", inputs={"length": 16}, outputs=spellings)
        given = state(made, value_of("token", encrypted("v1:c")))
        seed = seeding.make_seed(given, "dev")
        found = values(seed)
        assert bytes.fromhex(found["b.hex"]) == base64.b64decode(found["b.base64"]), "both spellings agree, 16 bytes"
        assert not seed.secrets_in_clear
        assert [*seed.unknown_secrets.values()] == [frozenset({"properties.value"})]
        assert "ciphertext" not in json.dumps(seed.deployment), "nobody here could decrypt it"


class TestTheCustomersGroups:
    """Groups that are looked up, and that no state holds, keep the ids that rights were given to."""

    def test_they_are_known_by_the_rights_they_have(self) -> None:
        right = "azure-native:authorization:RoleAssignment"
        held = {"principalType": "Group", "principalId": "5f0c0a4e-0000-4000-8000-000000000001"}
        other = {"principalType": "ServicePrincipal", "principalId": "5f0c0a4e-0000-4000-8000-000000000002"}
        seed = seeding.make_seed(
            state(
                entry(right, "group-access-sdc-aifabrix-developer-vault-reader", id="/a", inputs=held),
                entry(right, "group-access-sdc-aifabrix-developer-data-reader", id="/b", inputs=held),
                entry(right, "access-sdc-aifabrix-observer-vault-reader", id="/c", inputs=other),
            ),
            "dev",
        )
        (found,) = seeding.customers_groups(seed, GROUPS)
        assert found.outputs["objectId"] == held["principalId"] and found.id == f"/groups/{held['principalId']}"
        assert found.outputs["displayName"] == next(g.display_name for g in GROUPS if g.role == "aifabrix-developer")


class TestBadStates:
    """Each is refused with what is wrong, before an engine is started."""

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"version": 3}, "has no `deployment`"),
            ({"version": 3, "checkpoint": {}}, "a backend's own file"),
            (state(), "is empty"),
            ({"deployment": {"resources": [{"urn": "x"}]}}, "do not have the form"),
            ({"deployment": {"resources": ["x"]}}, "do not have the form"),
            ({"deployment": {"resources": {}}}, "is empty"),
            (state(value_of("x", 1), pending_operations=[{"resource": value_of("y", 1)}]), "`./fabrix up dev`"),
            (state(value_of("x", {SIGNATURE: SECRET_MARK, "plaintext": "{"})), "cannot be read"),
            (state(value_of("x", {SIGNATURE: "0000"})), "cannot be read"),
            (state(entry("azure-native:novelty:Thing", "x", id="/x")), "azure-native:novelty:Thing"),
        ],
    )  # fmt: skip
    def test_it_says_what_is_wrong(self, given: dict[str, Any], said: str) -> None:
        with pytest.raises(OperationError) as caught:
            seeding.make_seed(given, "dev", "b.json")
        assert said in str(caught.value) and str(caught.value).startswith("b.json: ")
        assert caught.value.code is Exit.BAD_INPUT

    def test_another_stack_or_project_is_named(self) -> None:
        with pytest.raises(OperationError, match="stack dev of project aifabrix; expected stack prod"):
            seeding.make_seed(FULL, "prod")
        foreign = json.loads(json.dumps(FULL).replace("::aifabrix::", "::shop::"))
        with pytest.raises(OperationError, match="stack dev of project shop; expected stack dev of project aifabrix"):
            seeding.make_seed(foreign, "dev")

    def test_an_error_tells_no_secret(self) -> None:
        given = state(value_of("x", secret(HIDDEN)), pending_operations=[{"resource": value_of("y", secret(HIDDEN))}])
        with pytest.raises(OperationError) as caught:
            seeding.make_seed(given, "dev")
        assert HIDDEN not in f"{caught.value}{caught.value.details}"

    @pytest.mark.parametrize(("content", "said"), [("{", "not JSON"), ("[]", "a JSON list"), ("\udcff", "not JSON")])
    def test_a_file_that_is_none(self, tmp_path: Path, content: str, said: str) -> None:
        file = tmp_path / "state.json"
        file.write_bytes(content.encode(errors="surrogateescape"))
        with pytest.raises(OperationError, match=said) as caught:
            seeding.read_exported_state(file)
        assert str(file) in str(caught.value) and caught.value.code is Exit.BAD_INPUT


class TestReading:
    """What is read from a state, and from the steps of a run."""

    def test_the_release_that_runs(self) -> None:
        given = state()
        assert running_line(given) is None, "an older deployment does not say"
        outputs = given["deployment"]["resources"][0]["outputs"]
        outputs["release"] = {"running": {"id": "2026.11.0"}, "standby": {"id": "2026.11.0"}}
        assert running_line(given) == "2026.11.0"
        outputs["release"]["standby"]["id"] = "2026.10.0"
        assert running_line(given) == ("2026.11.0", "2026.10.0")
        assert describe(("2026.11.0", "2026.10.0")) == "2026.11.0, slots 2026.10.0"

    def test_the_vault_keeps_the_number_that_it_has(self) -> None:
        """The local Azure counts by itself after a destroy; the stack file says nothing of it."""
        settings = load.stack(ROOT, "dev")
        for number in (1, 2, 7):
            name = names_of(settings.installation, number).of("key_vault")
            vault = entry("azure-native:keyvault:Vault", "v", id=f"{SUBSCRIPTION}/vaults/{name.upper()}", inputs={})
            assert seeding.vault_generation(seeding.make_seed(state(vault), "dev"), settings) == number

    def test_a_replacement_is_one_step_that_says_why(self) -> None:
        def step(operation: str, **why: str) -> ResourceStep:
            return ResourceStep(operation, "urn:pulumi:dev::a::x:y:Z::n", "x:y:Z", None, None, (), why)

        made = _by_urn(
            [step("create-replacement"), step("replace", location="update-replace"), step("delete-replaced")]
        )
        assert [(one.operation, one.detailed) for one in made.values()] == [("replace", {"location": "update-replace"})]

    def test_a_loss_that_protection_forbids_is_a_loss_all_the_same(self) -> None:
        """In the words in which the engine refused it (version 3.259.0)."""
        urn = "urn:pulumi:prod::aifabrix::aifabrix:data:Postgres$azure-native:dbforpostgresql:Server::postgres-sdc"
        said = f'error: unable to replace resource "{urn}"\nas it is currently marked for protection. To unprotect …'
        (lost,) = _protected(RehearsedDeployment(Run(errors=[(urn, said), ("", "update failed")]), {}, {}))
        assert (lost.name, lost.operation, lost.stateful) == ("postgres-sdc", "replace", True)

    @pytest.mark.parametrize(
        ("paths", "told"),
        [({"properties.value"}, False), ({"properties.value.inner"}, False),
         ({"properties.value", "tags"}, True), ({"properties.valueOther"}, True), (set(), True)],
    )  # fmt: skip
    def test_only_a_change_of_nothing_but_untold_secrets_is_not_comparable(self, paths: set[str], told: bool) -> None:
        step = ResourceStep("update", "u::n", VAULT, None, None, (), dict.fromkeys(paths, "update"))
        assert _uncomparable(step, {"u::n": frozenset({"properties.value"})}) is not told
