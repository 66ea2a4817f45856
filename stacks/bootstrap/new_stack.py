"""Creates a stack on Azure: in its backend, with the key that encrypts its secrets."""

from __future__ import annotations

from stacks.bootstrap.stack_in_backend import StackInBackend
from stacks.session import Session
from support.checkout import ROOT, dump_yaml
from support.errors import Exit, OperationError
from support.files import write_if_changed
from targets.azure import AzureTarget

ENCRYPTION_KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt")
"""Keys that the engine writes into the stack file of a new stack (Pulumi documentation, "Secrets handling")."""


def check_secrets_provider(session: Session, secrets_provider: str) -> None:
    """Refuse ``--secrets-provider`` where it cannot apply.

    Raises:
        OperationError: exit code 2.

    """
    stack, target = session.stack, session.target
    if not isinstance(target, AzureTarget):
        problem = "--secrets-provider needs --target azure; the local Azure has a passphrase of its own."
    elif secrets_provider != "passphrase" and "://" not in secrets_provider:
        problem = (
            f"--secrets-provider {secrets_provider}: a key given by its URL, such as "
            "azurekeyvault://VAULT.vault.azure.net/keys/KEY/VERSION, or passphrase."
        )
    elif target.backend(stack) is None:
        problem = (
            f"state in {target.backend_url() or '(nothing named)'} cannot be read here: `pulumi stack init {stack} "
            f"--secrets-provider {secrets_provider}` creates the stack, then leave the option out."
        )
    elif target.has_stack(stack):
        problem = (
            f"--secrets-provider is for a new stack, and {stack} has a state in {target.backend_url()}; "
            "`pulumi stack change-secrets-provider` gives it another key."
        )
    else:
        return
    raise OperationError(problem, Exit.BAD_INPUT)


def create_stack(session: Session, secrets_provider: str) -> None:
    """Create the stack and write its encryption keys into its stack file; nothing else in the file changes.

    Raises:
        OperationError: the engine could not create it or reach the key; the message quotes it.

    """
    stack, target = session.stack, session.target
    config = StackInBackend(session.engine, target, stack, target.backend_url()).init(secrets_provider)
    path = ROOT / f"Pulumi.{stack}.yaml"
    old = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in old if not line.startswith(ENCRYPTION_KEYS))
    written = {key: config[key] for key in ENCRYPTION_KEYS if key in config}
    write_if_changed(path, f"{kept.rstrip()}\n{dump_yaml(written) if written else ''}")
    session.console.info(
        f"created {stack} in {target.backend_url()}. {path.name} has the key that encrypts its secrets now: commit it."
    )
