"""The beginning of a stack on Azure: its place in the backend, and the key that closes its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.bootstrap.stack_in_backend import StackInBackend
from support.checkout import ROOT, dump_yaml
from support.errors import Exit, OperationError
from support.files import write_if_changed
from targets import backend
from targets.azure import AzureTarget

if TYPE_CHECKING:
    from stacks.session import Session

CLOSED = ("secretsprovider", "encryptedkey", "encryptionsalt")
"""What the engine writes into the stack file of a stack that it makes (Pulumi documentation, "Secrets handling")."""


def check_secrets_provider(session: Session, secrets_provider: str) -> None:
    """Refuse a key where none is asked for.

    Raises:
        OperationError: exit code 2.

    """
    stack, target = session.stack, session.target
    if not isinstance(target, AzureTarget):
        said = "--secrets-provider goes with --target azure; the local Azure has a passphrase of its own."
    elif secrets_provider != "passphrase" and "://" not in secrets_provider:
        said = (
            f"--secrets-provider {secrets_provider}: a key that the engine reaches by an address, such as "
            "azurekeyvault://VAULT.vault.azure.net/keys/KEY/VERSION, or passphrase."
        )
    elif backend.open_backend(target.backend_url(), target.project_name) is None:
        said = (
            f"state in {target.backend_url() or 'no place'} is not looked into here: `pulumi stack init {stack} "
            f"--secrets-provider {secrets_provider}` begins the stack, then leave the option out."
        )
    elif target.has_stack(stack):
        said = (
            f"--secrets-provider is for a stack that begins, and {stack} has a state in {target.backend_url()}; "
            "`pulumi stack change-secrets-provider` gives it another key."
        )
    else:
        return
    raise OperationError(said, Exit.BAD_INPUT)


def create_stack(session: Session, secrets_provider: str) -> None:
    """Make the stack, and write into its stack file what closes its secrets; nothing else in the file changes.

    Raises:
        OperationError: the engine could not make it, or not reach the key; its words are in the message.

    """
    stack, target = session.stack, session.target
    made = StackInBackend(session.engine, target, stack, target.backend_url()).make(secrets_provider)
    path = ROOT / f"Pulumi.{stack}.yaml"
    old = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in old if not line.startswith(CLOSED))
    written = {key: made[key] for key in CLOSED if key in made}
    write_if_changed(path, f"{kept.rstrip()}\n{dump_yaml(written) if written else ''}")
    session.console.info(
        f"{stack} begins in {target.backend_url()}. {path.name} says now what closes its secrets: commit it."
    )
