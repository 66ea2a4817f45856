"""A command on the bootstrap stack: its session and its settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from settings import bootstrap
from settings.bootstrap import STACK, BootstrapFile
from settings.network import ExistingNetwork
from stacks.bootstrap.targets import bootstrap_target
from stacks.existing import CustomerObjects
from stacks.session import Session, print_headline
from stacks.settings_files import settings_problems
from support.checkout import ROOT
from support.console import Console
from support.errors import Exit, OperationError
from targets.local import LocalTarget
from targets.name import TargetName


@dataclass
class BootstrapSession(Session):
    """A session whose settings are the bootstrap's."""

    file: Path = Path()

    @classmethod
    def of(cls, file: Path, target: TargetName, *, as_json: bool) -> BootstrapSession:
        """Open a session; the first line of output names the target.

        Raises:
            OperationError: exit code 2, the file does not have the stack's name, or does not exist.

        """
        if file.name != f"Pulumi.{STACK}.yaml" or not file.is_file():
            raise OperationError(
                f"{file}: the bootstrap's settings are in a file called Pulumi.{STACK}.yaml; bootstrap/ has an "
                "example to copy.",
                Exit.BAD_INPUT,
            )
        session = cls(STACK, bootstrap_target(target, file.resolve()), Console(as_json=as_json), file)
        print_headline(session.console, session.target)
        return session

    @cached_property
    def settings(self) -> Any:  # noqa: ANN401 - another model than the platform's; it has an installation too
        """The bootstrap's settings.

        Raises:
            OperationError: exit code 2, with every problem of the file in one report.

        """
        return read_bootstrap_settings(self.file)


def read_bootstrap_settings(file: Path) -> BootstrapFile:
    """Load the bootstrap's settings.

    Raises:
        OperationError: exit code 2, with every problem of the file in one report.

    """
    path = file.resolve()
    root = ROOT if path.is_relative_to(ROOT) else path.parent
    with settings_problems():
        return bootstrap.load(root, str(path.relative_to(root)))


def create_existing_network(session: BootstrapSession) -> list[str]:
    """Create the network and zones that the file names in the local Azure; return descriptions, none for real Azure.

    Raises:
        OperationError: it cannot exist as the file says.

    """
    if not isinstance(session.target, LocalTarget):
        return []
    settings: BootstrapFile = session.settings
    network = ExistingNetwork.model_construct(
        mode="existing", id=settings.network.id, subnets={"endpoints": settings.network.subnet}
    )
    home = settings.installation
    with session.target.store() as store:
        assumed = CustomerObjects(store, home.tenant_id, home.region).create(network, settings.dns)
    session.console.info(f"assumed to exist, as the file says: {'; '.join(assumed)}")
    return assumed
