"""The lock of a stack: one holder at a time, none robbed while it lives, none missed once it is dead."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from records.documents import Documents
from records.file_documents import FileDocuments
from records.identity import Identity
from records.lock import RENEW_SECONDS, TTL, StackLock
from records.process import Owner
from support.errors import Exit, OperationError

ROOT = Path(__file__).resolve().parents[2]
ANNA = Identity("anna@example.invalid", "git")
BEN = Identity("ben@example.invalid", "git")


def contend(place: str, log: Path, seconds: float = 60) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("contender.py")), place, "prod", str(seconds), str(log)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def from_elsewhere(documents: Documents, **changes: Any) -> None:
    """Make the lock look as if a process of another machine had written it."""
    read = documents.read("locks/prod.json")
    assert read is not None
    lock = json.loads(read.content)
    lock["owner"] |= {"host": "elsewhere", "machine": "another boot", "pid": 1}
    documents.replace("locks/prod.json", json.dumps(lock | changes).encode(), read.etag)


def test_the_lock_is_free_before_and_after(documents: Documents) -> None:
    lock = StackLock(documents, "prod")
    assert lock.lease() is None
    with lock.hold("promote test prod", ANNA) as held:
        held.check()
        assert held.taken_over == ""
        found = lock.lease()
        assert found is not None and found.who == ANNA and found.purpose == "promote test prod"
        assert found.stale == "", "a living owner's lock is never stale"
    assert lock.lease() is None


def test_the_lock_is_freed_when_the_command_fails(documents: Documents) -> None:
    lock = StackLock(documents, "prod")
    with pytest.raises(KeyboardInterrupt), lock.hold("promote test prod", ANNA):
        raise KeyboardInterrupt
    assert lock.lease() is None


def test_the_second_is_told_who_holds_it_what_for_where_and_since_when(documents: Documents) -> None:
    with StackLock(documents, "prod").hold("promote test prod", ANNA):
        with pytest.raises(OperationError) as refused, StackLock(documents, "prod").hold("rollback prod", BEN):
            pytest.fail("two held the lock at once")
        error = refused.value
        assert error.code is Exit.REFUSED
        owner = Owner.current()
        for part in ("anna@example.invalid", "`promote test prod`", f"process {owner.pid} on {owner.host}", "since 2"):
            assert part in str(error), f"the refusal does not say {part}: {error}"
        told = error.details["lock"]
        assert told["who"]["name"] == ANNA.name and told["since"] < told["expires"], "scripts are told too"


def test_each_stack_has_a_lock_of_its_own(documents: Documents) -> None:
    with StackLock(documents, "prod").hold("a", ANNA), StackLock(documents, "test").hold("b", BEN):
        pass


@pytest.mark.slow
def test_of_contending_processes_one_holds_it_at_a_time_even_while_some_are_killed(tmp_path: Path) -> None:
    stress(str(tmp_path / "records"), tmp_path / "log", kills=10, each=0.25)


@pytest.mark.slow
def test_the_same_on_a_blob_service(azurite: Any, blob_documents: Documents, tmp_path: Path) -> None:
    stress(azurite.connection_string, tmp_path / "log", kills=5, each=0.5)


def work_on(log: Path, seconds: float) -> None:
    """Let them work for so long, and until the lock was held five times more, however slow this machine is."""

    def held() -> int:
        return log.read_text().count("in ") if log.exists() else 0

    wanted, end = held() + 5, time.monotonic() + 60
    time.sleep(seconds)
    while held() < wanted and time.monotonic() < end:
        time.sleep(0.05)
    assert held() >= wanted, "nobody gets the lock any more"


def stress(place: str, log: Path, *, kills: int, each: float) -> None:
    """Let four processes contend, kill one after another, and look whether two ever were inside."""
    dice = random.Random(5)  # noqa: S311 - any order will do
    running = [contend(place, log) for _ in range(4)]
    dead: set[int] = set()
    for _ in range(kills):
        work_on(log, each)
        # Mostly the one that holds it just now, as far as that can be told from here.
        last = int(log.read_text().split()[-1]) if log.exists() else 0
        held = [number for number, process in enumerate(running) if process.pid == last]
        victim = running.pop(held[0] if held else dice.randrange(len(running)))
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        dead.add(victim.pid)
        running.append(contend(place, log))
    work_on(log, each)
    for process in running:
        process.kill()
        process.wait()
        dead.add(process.pid)
    inside: int | None = None
    entered = killed_inside = 0
    for line in log.read_text().splitlines():
        word, pid = line.split()[0], int(line.split()[1])
        if word == "in":
            assert inside is None or inside in dead, f"{pid} came in while {inside} held the lock and lived"
            killed_inside += inside is not None
            inside, entered = pid, entered + 1
        else:
            assert inside == pid, f"{pid} went out while {inside} held the lock"
            inside = None
    assert entered >= 5 * kills
    print(f"held {entered} times, {kills} killed, {killed_inside} of them while holding and taken over")


def test_the_lock_of_a_killed_process_is_taken_over_at_once(
    documents: Documents, request: pytest.FixtureRequest
) -> None:
    folder = isinstance(documents, FileDocuments)
    place = str(documents.folder) if folder else request.getfixturevalue("azurite").connection_string
    script = (
        "import sys, time; sys.path.insert(0, sys.argv[2]); from contender import documents\n"
        "from records.lock import StackLock; from records.identity import Identity\n"
        "with StackLock(documents(sys.argv[1]), 'prod').hold('promote test prod', Identity('anna', 'git')):\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, place, str(Path(__file__).parent)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stdout.readline() == b"held\n"
    with pytest.raises(OperationError), StackLock(documents, "prod").hold("rollback prod", BEN):
        pytest.fail("a living process was robbed")
    process.kill()
    process.wait()
    began = time.monotonic()
    with StackLock(documents, "prod").hold("rollback prod", BEN) as held:
        assert time.monotonic() - began < TTL / 10, "nobody waits for a process that is certainly gone"
        assert f"process {process.pid}" in held.taken_over and "gone" in held.taken_over, "what was done is said"


def test_a_number_that_another_process_got_is_not_the_owner(folder_documents: FileDocuments) -> None:
    with StackLock(folder_documents, "prod").hold("promote test prod", ANNA):
        read = folder_documents.read("locks/prod.json")
        assert read is not None
        lock = json.loads(read.content)
        lock["owner"]["started"] -= 1
        folder_documents.replace("locks/prod.json", json.dumps(lock).encode(), read.etag)
        with StackLock(folder_documents, "prod").hold("rollback prod", BEN) as held:
            assert "gone" in held.taken_over, "same number, other start: another process"


def test_from_another_machine_only_time_tells(folder_documents: FileDocuments) -> None:
    lock = StackLock(folder_documents, "prod")
    with lock.hold("promote test prod", ANNA):
        from_elsewhere(folder_documents)
        path = folder_documents.folder / "locks" / "prod.json"
        for seconds, taken in ((TTL - 5, False), (TTL + 5, True)):
            moment = time.time() - seconds
            os.utime(path, (moment, moment))
            try:
                with lock.hold("rollback prod", BEN) as held:
                    assert taken, f"taken after {seconds} s: whoever may be alive elsewhere is not robbed"
                    assert "not renewed" in held.taken_over
            except OperationError:
                assert not taken, f"not taken after {seconds} s: a dead machine would block the stack for ever"


def test_an_owner_elsewhere_that_renews_is_never_robbed(documents: Documents) -> None:
    """The lease is two seconds here; the owner lives for three of them."""
    owner = StackLock(documents, "prod", ttl=2, beat=0.2)
    other = StackLock(documents, "prod")
    with owner.hold("promote test prod", ANNA) as held:
        end = time.monotonic() + 6
        while time.monotonic() < end:
            found = other.lease()
            assert found is not None and not found.age > found.ttl, "renewed in time, so not stale"
            held.check()
            time.sleep(0.1)


def test_who_was_robbed_after_a_long_sleep_changes_nothing_further(folder_documents: FileDocuments) -> None:
    owner = StackLock(folder_documents, "prod", ttl=TTL, beat=0.1)
    with owner.hold("promote test prod", ANNA) as held:
        read = folder_documents.read("locks/prod.json")
        while read is not None:  # until we are faster than the renewal
            try:
                folder_documents.replace("locks/prod.json", b"another's", read.etag)
                break
            except Exception:  # noqa: BLE001
                read = folder_documents.read("locks/prod.json")
        end = time.monotonic() + 10
        while not held.lost and time.monotonic() < end:
            time.sleep(0.05)
        with pytest.raises(OperationError, match="was lost: another took it over") as refused:
            held.check()
        assert refused.value.code is Exit.REFUSED
    read = folder_documents.read("locks/prod.json")
    assert read is not None and read.content == b"another's", "the lock of another is not freed"


def test_who_cannot_renew_stops_before_another_may_begin(folder_documents: FileDocuments) -> None:
    class Broken(FileDocuments):
        def replace(self, name: str, content: bytes, etag: str) -> str:  # noqa: ARG002 - the protocol's signature
            raise OperationError("the service does not answer")

    with StackLock(Broken(folder_documents.folder), "prod", ttl=1, beat=0.1).hold("promote test prod", ANNA) as held:
        held.check()
        time.sleep(0.9)
        found = StackLock(folder_documents, "prod").lease()
        assert found is not None and held.lost, "the owner stops at eight tenths of the lease"
        with pytest.raises(OperationError, match="could not be renewed"):
            held.check()


def test_a_renewal_whose_answer_was_lost_was_a_renewal(folder_documents: FileDocuments) -> None:
    class Lossy(FileDocuments):
        lost = 0

        def replace(self, name: str, content: bytes, etag: str) -> str:
            written = super().replace(name, content, etag)
            if self.lost == 0:
                Lossy.lost += 1
                raise OperationError("the service does not answer")
            return written

    with StackLock(Lossy(folder_documents.folder), "prod", ttl=TTL, beat=0.1).hold("promote test prod", ANNA) as held:
        end = time.monotonic() + 10
        while time.monotonic() < end and not held.lost:
            seen = folder_documents.read("locks/prod.json")
            time.sleep(0.25)
            again = folder_documents.read("locks/prod.json")
            if Lossy.lost and seen and again and seen.content != again.content:
                break
        assert Lossy.lost and not held.lost, f"what it wrote itself is not another's: {held.lost}"
        held.check()
    assert folder_documents.read("locks/prod.json") is None, "and it is freed at the end"


def test_a_renewal_whose_answer_was_lost_at_the_very_end_is_freed_too(folder_documents: FileDocuments) -> None:
    class Lossy(FileDocuments):
        lost = threading.Event()

        def replace(self, name: str, content: bytes, etag: str) -> str:
            super().replace(name, content, etag)
            self.lost.set()
            raise OperationError("the service does not answer")

    documents = Lossy(folder_documents.folder)
    with StackLock(documents, "prod", ttl=TTL, beat=0.1).hold("promote test prod", ANNA):
        assert documents.lost.wait(10)
    assert folder_documents.read("locks/prod.json") is None


@pytest.mark.parametrize("failure", [OperationError("the service does not answer"), OSError("no disk")])
def test_what_is_done_does_not_fail_because_the_lock_could_not_be_freed(
    folder_documents: FileDocuments, failure: Exception
) -> None:
    class Broken(FileDocuments):
        def delete(self, name: str, etag: str | None = None) -> None:  # noqa: ARG002 - the protocol's signature
            raise failure

    done = []
    with StackLock(Broken(folder_documents.folder), "prod").hold("promote test prod", ANNA):
        done.append("the promotion")
    assert done


def test_renewals_come_often_enough_that_some_may_fail() -> None:
    assert RENEW_SECONDS * 4 < TTL * 0.8, "the network may be gone for a while"
    assert RENEW_SECONDS <= 300


def test_what_is_no_lock_is_not_guessed_at(folder_documents: FileDocuments) -> None:
    folder_documents.create("locks/prod.json", b"{}")
    with pytest.raises(OperationError, match="is no lock of this program") as refused:
        StackLock(folder_documents, "prod").lease()
    assert refused.value.code is Exit.REFUSED


def test_threads_of_one_process_exclude_each_other_too(folder_documents: FileDocuments) -> None:
    inside = most = 0
    guard = threading.Lock()

    def work() -> None:
        nonlocal inside, most
        for _ in range(40):
            try:
                with StackLock(folder_documents, "prod").hold("work", ANNA):
                    with guard:
                        inside += 1
                        most = max(most, inside)
                    time.sleep(0.001)
                    with guard:
                        inside -= 1
            except OperationError:
                time.sleep(0.001)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1, f"{most} threads held the lock at once"
