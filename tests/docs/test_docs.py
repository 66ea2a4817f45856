"""The documents tell the truth: every command in them is run, every link leads somewhere."""

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import pytest

from tests import warm
from tests.conftest import ONE_CHECKPOINT, TODAY, shrink

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "emulator" / "README.md",
        ROOT / "tests" / "upgrades" / "README.md",
        *list((ROOT / "docs").rglob("*.md")),
    ]
)

RUN = (
    "./fabrix --help",
    "./fabrix doctor",
    "./fabrix preview prod",
    "./fabrix preview prod --arm plan.json",
    "./fabrix preflight dev",
    "./fabrix preflight dev --role role.json",
    "./fabrix azure quota dev cores 8",
    "./fabrix up dev",
    "./fabrix drift dev",
    "./fabrix ledger show dev",
    "./fabrix status",
    "./fabrix images list dev",
    "./fabrix images import dev",
    "./fabrix images verify dev",
    "./fabrix outputs dev",
    "./fabrix azure list",
    "./fabrix azure show NAME",
    "./fabrix azure set NAME PATH VALUE",
    "./fabrix up dev --refresh",
    "pulumi preview --stack dev",
    "./fabrix azure export dev -o deployed.json",
    "./fabrix evidence dev -o evidence",
    "./fabrix data sql dev -o data.sql",
    "./fabrix data status dev",
    "./fabrix reach flowise postgres",
    "./fabrix reach internet vault 443",
    "./fabrix reach internet vault 443 --expect blocked",
    "./fabrix access SECRET",
    "./fabrix rotate dev",
    "./fabrix check",
    "./fabrix check prod",
    "pulumi preview --stack dev --policy-pack policies",
    "./fabrix up dev --policy-pack DIR",
    "./fabrix schema -o settings/stack.schema.json",
    "./fabrix destroy dev",
    "./fabrix azure reset",
)
"""Commands of the documents in an order in which they work, run as a person at a terminal would."""

CI, PATH = "tests/pipelines/test_as_ci.py", "tests/promotion/test_path.py"
DRILLS = "tests/promotion/test_interrupted.py, with other stacks"
RELEASE = "tests/promotion/release"
AZURE = "needs a subscription; tests/stacks/test_azure_target.py has a passphrase and the emulated provider"
BLOBS = "needs a subscription; tests/stacks/bootstrap/test_state_in_blobs.py moves to Azurite"

ELSEWHERE = {
    "./fabrix check dev --from HEAD": "tests/rehearsal/test_check.py, in a repository of its own",
    "./fabrix azure declare dev FILE": "tests/stacks/test_declared.py",
    "./fabrix data verify dev": "needs a server; tests/database/test_verify.py has a real one",
    "./fabrix azure delete CONTAINER": "tests/emulator/core/test_records.py",
    "./fabrix rotate dev SECRET": "tests/database/test_job_in_a_deployment.py",
    "./fabrix evidence": "named without its arguments",
    "./fabrix reach": "named without its arguments",
    "./fabrix reach 10.100.4.0/24 flowise --expect reachable": "needs a peering; tests/topology/test_people.py",
    "./fabrix access": "named without its arguments",
    "./fabrix test": "runs this test",
    "./fabrix test --fast": "part of the suite",
    "./fabrix test tests/architecture/test_azure_types.py": "part of the suite",
    "./fabrix test tests/stacks": "part of the suite",
    "./fabrix test tests/upgrades": "part of the suite",
    "./fabrix release new": "named without its arguments",
    "./fabrix test tests/promotion/test_path.py": "part of the suite",
    "./fabrix shell": "the pulumi commands above are run in it",
    "./fabrix up test": "tests/cli/test_up.py",
    "./fabrix up prod --refresh": "as for dev, above",
    "./fabrix up prod": "tests/cli/test_up.py",
    "./fabrix bench preview": "measured by hand; tests/docs/test_bench.py runs it once",
    "./fabrix bench policies": "measured by hand; tests/docs/test_bench.py runs it once",
    "./fabrix bench up": "measured by hand; tests/docs/test_bench.py runs it once",
    "./fabrix bench up --stack prod": "the same as for dev",
    "./fabrix up dev --yes": "tests/cli/test_up.py",
    "./fabrix preflight dev --target azure": "needs a subscription; tests/stacks/preflight/test_azure.py has a server",
    "./fabrix up dev --target azure": AZURE,
    "./fabrix up dev --target azure --secrets-provider azurekeyvault://VAULT.vault.azure.net/keys/KEY/VERSION": AZURE,
    "./fabrix check --changed-since REV --from REV --sarif FILE --junit FILE --comment FILE": CI,
    "./fabrix promote dev test --plan-only -o promotion.plan": CI,
    "./fabrix promote dev test --plan promotion.plan --ci-approval approvals.json --yes": CI,
    "./fabrix rollback test --yes": CI,
    "./fabrix preview test --refresh": CI,
    "./fabrix up test --refresh --yes": CI,
    "./fabrix drift test": CI,
    "./fabrix ledger verify test": CI,
    "./fabrix rollback test --to RELEASE": PATH,
    "./fabrix up dev --yes --target azure": "needs a subscription",
    "./fabrix release new 2026.12.0 --from 2026.11.0 --image aifabrix/dataplane=1.9.6@sha256:…": RELEASE,
    "./fabrix release verify 2026.12.0": RELEASE,
    "./fabrix release diff 2026.11.0 2026.12.0": RELEASE,
    "./fabrix promote dev test": PATH,
    "./fabrix rollback test": PATH,
    "./fabrix rollback dev": PATH,
    "./fabrix promote dev test --plan promotion.plan": DRILLS,
    "./fabrix promote test prod": PATH,
    "./fabrix rollback prod": PATH,
    "./fabrix approve prod 2026.12.0": PATH,
    "./fabrix drift prod": PATH,
    "./fabrix ledger show prod": PATH,
    "./fabrix ledger verify prod": PATH,
    "./fabrix rollback prod --to 2026.11.0": PATH,
    "./fabrix approve STACK RELEASE --allow-loss NAME": PATH,
    "./fabrix approve prod 2026.12.0 --plan promotion.plan": PATH,
    "./fabrix promote test prod --plan-only -o promotion.plan": DRILLS,
    "./fabrix promote test prod --plan promotion.plan": DRILLS,
    "./fabrix rehearse prod --release 2026.12.0": "tests/rehearsal/test_rehearse.py, for dev",
    "./fabrix rehearse dev": "tests/rehearsal",
    "./fabrix bootstrap": "tests/stacks/bootstrap",
    "./fabrix resume STACK": DRILLS,
    "./fabrix resume STACK --abandon REASON": DRILLS,
    "./fabrix rollback prod --restore-data 2026-11-24T08:00:00Z": "tests/promotion/restore/test_restore.py",
    "./fabrix bootstrap --target azure --yes": "needs a subscription",
    "./fabrix bootstrap --move dev --to azblob://state-dev?storage_account=NAME --target azure": BLOBS,
    "./fabrix fleet status FILE": "tests/fleet",
    "./fabrix fleet check FILE": "tests/fleet",
    "pulumi stack change-secrets-provider": "named without its arguments; needs a vault",
    "pulumi up --stack dev": "needs a subscription",
    "pulumi login azblob://…": "needs a subscription",
}
"""Commands that are run by another test, or cannot be run without Azure; the reason."""

VALUES = {
    "SECRET": "keycloak-databases-0-passwordKeyVault",
    "NAME": "vnet-aifabrix-dev-sdc-001",
    "PATH": "tags.owner",
    "VALUE": "nobody",
}
FOLDER_OF_A_PACK = "PACK"


def commands(page: Path) -> set[str]:
    """Every ``./fabrix …`` and ``pulumi …`` in backticks or in a shell block, without comments."""
    text = page.read_text(encoding="utf-8")
    found = set(re.findall(r"`((?:\./fabrix|pulumi) [^`\n]+)`", text))
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        found |= {line.split("#")[0].strip() for line in block.splitlines()}
    return {command for command in found if command.startswith(("./fabrix", "pulumi "))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_a_page_is_run_somewhere(page: Path) -> None:
    unknown = commands(page) - set(RUN) - set(ELSEWHERE)
    assert not unknown, f"add these to RUN (or to ELSEWHERE with the reason): {sorted(unknown)}"


def test_no_command_is_listed_that_no_page_names() -> None:
    named = set().union(*(commands(page) for page in PAGES))
    assert set(RUN) | set(ELSEWHERE) == named, f"not in any page: {sorted((set(RUN) | set(ELSEWHERE)) - named)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text(encoding="utf-8"))
    broken = [target for target in targets if not (page.parent / target).exists()]
    assert not broken, f"broken links: {broken}"


def at_a_terminal(command: list[str], folder: Path, *, seconds: float = 180) -> tuple[int, str]:
    """Run ``command`` with a terminal and answer every question with yes."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        command,
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, **warm.environment(), **ONE_CHECKPOINT, "TERM": "xterm", "FABRIX_TODAY": TODAY},
    )
    os.close(theirs)
    said, answered, deadline = "", 0, time.monotonic() + seconds
    while time.monotonic() < deadline:
        ready, _, _ = select.select([ours], [], [], 0.2)
        if ready:
            try:
                said += os.read(ours, 65536).decode(errors="replace")
            except OSError:  # the terminal is gone: the command has ended
                break
        if said.count("[y/N]") > answered:
            answered += 1
            os.write(ours, b"y\n")
        if not ready and child.poll() is not None:
            break
    os.close(ours)
    return child.wait(timeout=10), said


@pytest.mark.engine
def test_the_commands_of_the_documents_work_at_a_terminal(checkout, tmp_path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.0.1\ndescription: allows everything\n")
    (pack / "__main__.py").write_text(
        "from pulumi_policy import PolicyPack, ResourceValidationPolicy\n"
        "PolicyPack('house', policies=[ResourceValidationPolicy('fine', 'Fine', lambda args, report: None)])\n"
    )
    shrink(checkout, "flowise", stacks=("dev", "test", "prod"))
    for command in RUN:
        words = [VALUES.get(word, word) for word in command.replace("DIR", str(pack)).split()]
        if words[0] == "pulumi":
            words = ["./fabrix", "shell", "-c", " ".join(words)]
        code, said = at_a_terminal(words, checkout.root)
        assert code == 0, f"{command} ended with {code}:\n{said[-3000:]}"
    assert (checkout.root / "plan.json").stat().st_size > 100_000
    assert (checkout.root / "deployed.json").stat().st_size > 100_000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`(tests/[\w/]+(?:\.\w+)?)[`: ]", page.read_text(encoding="utf-8"))
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing, f"a claim rests on tests that are not there: {missing}"
