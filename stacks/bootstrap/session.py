"""One command on the bootstrap stack."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from settings.bootstrap import STACK, BootstrapFile
from stacks import existing
from stacks.bootstrap.targets import bootstrap_target
from stacks.session import Session
from stacks.settings_files import settings_problems
from support.checkout import ROOT
from support.console import Console
from support.errors import Exit, OperationError
from targets.local import LocalTarget
from targets.name import TargetName

if TYPE_CHECKING:
    from settings import PlatformSettings


@dataclass
class BootstrapSession(Session):
    """A session whose settings are the bootstrap's."""

    file: Path = Path()

    @classmethod
    def of(cls, file: Path, target: TargetName, *, as_json: bool) -> BootstrapSession:
        """Start: the first line of output says where the command acts.

        Raises:
            OperationError: exit code 2, the file is not called as the stack is, or does not exist.

        """
        if file.name != f"Pulumi.{STACK}.yaml" or not file.is_file():
            raise OperationError(
                f"{file}: the bootstrap's settings are a file called Pulumi.{STACK}.yaml; the one in bootstrap/ is an "
                "example to copy.",
                Exit.BAD_INPUT,
            )
        session = cls(STACK, bootstrap_target(target, file.resolve()), Console(as_json=as_json), file)
        session.console.info(
            session.target.headline, style="bold cyan" if target is TargetName.LOCAL else "bold yellow"
        )
        return session

    @cached_property
    def settings(self) -> Any:  # noqa: ANN401 - another model than the platform's, with an installation as it has
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
    from settings import bootstrap

    path = file.resolve()
    root = ROOT if path.is_relative_to(ROOT) else path.parent
    with settings_problems():
        return bootstrap.load(root, str(path.relative_to(root)))


def create_existing_network(session: BootstrapSession) -> list[str]:
    """Put the network that the file names into the local Azure, where nobody else would have made it.

    Raises:
        OperationError: it cannot exist as the file says.

    """
    if not isinstance(session.target, LocalTarget):
        return []
    with session.target.store() as store:
        assumed = existing.create_existing(store, seen(session.settings))
    session.console.info(f"assumed to exist, as the file says: {'; '.join(assumed)}")
    return assumed


def seen(settings: BootstrapFile) -> PlatformSettings:
    """Return the bootstrap's network and zones in the form in which the platform's settings have them."""
    from settings.network import ExistingNetwork

    network = ExistingNetwork.model_construct(
        mode="existing", id=settings.network.id, subnets={"endpoints": settings.network.subnet}
    )
    groups = SimpleNamespace(groups=SimpleNamespace(mode="create"))
    found = SimpleNamespace(
        installation=settings.installation, network=network, dns=settings.dns, security=groups, groups=()
    )
    return cast("PlatformSettings", found)
