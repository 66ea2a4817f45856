"""A state moves to a blob container: complete, encrypted, whatever interrupts it, and never over another."""

import json
import os
import socket
from typing import Any, cast

import pytest

from stacks.bootstrap.move_state import move_to_backend
from support.errors import Exit, OperationError
from targets import backend
from tests.stacks.bootstrap.tiny import SECRET, Tiny

pytestmark = pytest.mark.engine


@pytest.fixture
def container(azurite, monkeypatch):
    for name, value in azurite.environment().items():
        monkeypatch.setenv(name, value)
    return azurite.container()


@pytest.fixture
def tiny(tmp_path, engine):
    target = Tiny(tmp_path / "home")
    target.up(engine)
    return target


def blobs(azurite, container: str) -> dict[str, bytes]:
    client = azurite.service().get_container_client(container)
    return {name: client.download_blob(name).readall() for name in client.list_blob_names()}


def test_a_state_arrives_whole_and_the_old_one_says_where_it_went(azurite, container, tiny, engine) -> None:
    url, said = f"azblob://{container}", []
    before = (tiny.state_file("one")).read_bytes()
    moved = move_to_backend(tiny.side(engine), tiny.side(engine, url), report=said.append)

    assert moved.resources == 2 and not moved.already
    there = tiny.side(engine, url)
    assert json.loads(there.pulumi("stack", "output", "--json", "--show-secrets", "--stack", "one")) == {
        "secret": SECRET
    }, "the secret can be opened where it has come to"
    assert not any(SECRET.encode() in content for content in blobs(azurite, container).values()), (
        "no blob ever held the secret in clear"
    )
    assert SECRET not in " ".join(said)
    assert tiny.state_file("one").read_bytes() == before, "the old state is left as it was"

    with pytest.raises(OperationError, match=f"has moved from .* to azblob://{container}") as refused:
        tiny.prepare(engine, "one")
    assert refused.value.code is Exit.REFUSED, "nobody goes on with the old state by mistake"

    assert move_to_backend(tiny.side(engine), tiny.side(engine, url)).already, "the same command again does nothing"

    back = move_to_backend(there, tiny.side(engine))
    assert back.resources == 2
    tiny.prepare(engine, "one")  # what came back may be used again


def test_a_move_leaves_the_stack_file_alone_and_needs_no_passphrase_of_the_user(
    container, tiny, engine, monkeypatch
) -> None:
    """The file of a stack whose secrets a vault's key closes names that key; another provider there loses it."""
    file = tiny.project() / "Pulumi.one.yaml"
    text = "secretsprovider: azurekeyvault://nowhere.invalid/keys/state/1\nencryptedkey: AAAA\nconfig: {}\n"
    file.write_text(text)
    new = tiny.side(engine, f"azblob://{container}")
    whole = tiny.environment

    def without(engine):
        return {name: value for name, value in whole(engine).items() if "PASSPHRASE" not in name}

    with monkeypatch.context() as nobody:
        nobody.setattr(tiny, "environment", without)
        new.init()
    assert file.read_text() == text
    assert not move_to_backend(tiny.side(engine), new).already
    assert file.read_text() == text, "the committed file says what it said"


def test_the_records_are_moved_before_the_old_state_is_given_up(container, tiny, engine) -> None:
    old, new = tiny.side(engine), tiny.side(engine, f"azblob://{container}")
    told: list[str] = []

    class Records:
        def check(self) -> None:
            told.append(f"check: {new.backend.has_stack('one')}")

        def move(self) -> None:
            told.append(f"move: {new.backend.has_stack('one')}, noted: {old.backend.moved_to('one')}")
            # somebody in `./fabrix shell`, who asks for none of our locks
            state = json.loads(old.export())
            state["deployment"]["resources"][0]["outputs"]["more"] = "than before"
            old.pulumi("stack", "import", "--stack", "one", stdin=json.dumps(state))

    with pytest.raises(OperationError, match="somebody changed the state in"):
        move_to_backend(old, new, records=cast("Any", Records()))
    assert told == ["check: False", "move: True, noted: None"]
    assert old.backend.moved_to("one") is None, "a change that was not copied keeps the old state in use"


def test_an_interrupted_move_is_finished_by_the_same_command(container, tiny, engine) -> None:
    url = f"azblob://{container}"
    old, new = tiny.side(engine), tiny.side(engine, url)
    new.init()  # killed after the stack was made
    assert not move_to_backend(old, new).already

    old.backend.record_move("one", None)  # killed after the import, before the note
    said: list[str] = []
    move_to_backend(old, new, report=said.append)
    assert any("from an earlier move" in line for line in said)
    assert old.backend.moved_to("one") == url


def test_other_content_is_never_overwritten(azurite, container, tiny, engine, tmp_path) -> None:
    url = f"azblob://{container}"
    other = Tiny(tmp_path / "other", state_url=url)
    other.base.mkdir()
    # One passphrase for both, so that each state can be opened here and only what they say differs.
    (other.base / "passphrase").write_text((tiny.base / "passphrase").read_text())
    other.up(engine)
    # The same program, but another stack of another home: its secret output differs in its closed form alone, so it
    # takes a change to make the content differ.
    state = json.loads(other.side(engine).export())
    state["deployment"]["resources"][0]["outputs"]["more"] = "than the other has"
    other.side(engine).pulumi("stack", "import", "--stack", "one", stdin=json.dumps(state))
    there, here = blobs(azurite, container), tiny.state_file("one").read_bytes()
    assert tiny.side(engine).fingerprint() != tiny.side(engine, url).fingerprint(), "both can be read"

    with pytest.raises(OperationError, match="with other content") as refused:
        move_to_backend(tiny.side(engine), tiny.side(engine, url))
    assert refused.value.code is Exit.REFUSED
    assert tiny.side(engine).backend.moved_to("one") is None, "a refused move leaves no note"
    assert blobs(azurite, container) == there, "the other side is as it was"
    assert tiny.state_file("one").read_bytes() == here, "and so is this one"


def test_a_locked_or_unfinished_stack_stays_where_it_is(container, tiny, engine) -> None:
    url = f"azblob://{container}"
    place = tiny.side(engine).backend
    lock = {
        "pid": os.getpid(),
        "username": "ann",
        "hostname": socket.gethostname(),
        "timestamp": "2999-01-01T00:00:00Z",
    }
    name = ".pulumi/locks/organization/tiny/one/held.json"
    place.storage.write(name, json.dumps(lock).encode())
    with pytest.raises(OperationError, match=r"is locked by process .* of ann@") as refused:
        move_to_backend(tiny.side(engine), tiny.side(engine, url))
    assert refused.value.code is Exit.REFUSED
    place.storage.delete(name)

    file = tiny.state_file("one")
    state = json.loads(file.read_text())
    resource = state["checkpoint"]["latest"]["resources"][1]
    state["checkpoint"]["latest"]["pending_operations"] = [{"resource": resource, "type": "creating"}]
    file.write_text(json.dumps(state))
    with pytest.raises(OperationError, match="unfinished operations \\(thing\\)") as refused:
        move_to_backend(tiny.side(engine), tiny.side(engine, url))
    assert refused.value.code is Exit.REFUSED
    assert not backend.require_backend(url, "tiny").has_stack("one"), "nothing was made at the other end"


def test_a_key_that_cannot_be_reached_loses_nothing(container, tiny, engine) -> None:
    old, new = tiny.side(engine), tiny.side(engine, f"azblob://{container}")
    with pytest.raises(OperationError, match="change-secrets-provider"):
        move_to_backend(old, new, provider="azurekeyvault://nowhere.invalid/keys/state/1")
    assert old.backend.moved_to("one") is None, "the old state is still the one that counts"
    assert not move_to_backend(old, new).already and old.fingerprint() == new.fingerprint()
    with pytest.raises(OperationError, match="A passphrase is moved with the state"):
        move_to_backend(old, new, provider="passphrase")  # the engine would ask for a new one


def test_nothing_and_nowhere_are_told_apart(container, tiny, engine) -> None:
    url = f"azblob://{container}"
    with pytest.raises(OperationError, match="there is no stack two"):
        move_to_backend(tiny.side(engine, stack="two"), tiny.side(engine, url, stack="two"))
    with pytest.raises(OperationError, match="already"):
        move_to_backend(tiny.side(engine), tiny.side(engine))
    with pytest.raises(OperationError, match="the container nowhere does not exist"):
        move_to_backend(tiny.side(engine), tiny.side(engine, "azblob://nowhere"))
    with pytest.raises(OperationError, match="a state is in file://FOLDER or azblob://CONTAINER"):
        move_to_backend(tiny.side(engine), tiny.side(engine, "s3://bucket"))
