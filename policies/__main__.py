"""The policy pack as Pulumi runs it: ``pulumi preview --policy-pack policies``.

The engine reads the pack's port from standard output, so nothing else may be written there before it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:] = [str(ROOT), *(folder for folder in sys.path if Path(folder or ".").resolve() != ROOT / "policies")]


def main() -> None:
    """Serve the pack until the engine stops it; exit with 2 at once if a file of the policies is broken."""
    gc.set_threshold(100_000, 50, 50)  # the pack lives for seconds, and its resources as long
    with contextlib.redirect_stdout(sys.stderr):  # covers imports as well
        import pulumi
        from pulumi_policy import EnforcementLevel, PolicyPack

        from policies import pack, start
        from policies.files import PolicyFileError

        try:
            setup = start.setup(os.environ, pulumi.Config("aifabrix").get_object("platform"))
        except (PolicyFileError, ValueError) as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(2)
        made = pack.policies(setup, remediate=os.environ.get(start.REMEDIATE) == "1")
    PolicyPack(
        pack.NAME, made, EnforcementLevel.MANDATORY, description=pack.DESCRIPTION, provider="azure-native",
        display_name="AI Fabrix compliance",
    )  # fmt: skip


if __name__ == "__main__":
    main()
