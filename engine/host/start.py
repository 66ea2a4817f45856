"""Started by the launcher: ``start.py <engine's pid> <Pulumi's script> <version> [argument of the engine...]``.

It is beside the package ``host`` with the rest, and reports in one sentence if the interpreter lacks the SDK.
"""

import sys


def main() -> None:
    """Import the host and serve."""
    try:
        from host import server  # ty: ignore[import-not-found] - beside this file where installed; needs the SDK
    except ModuleNotFoundError as error:
        print(
            f"the Python language host runs on {sys.executable}, which has no {error.name}: "
            "install the project's requirements.txt there, or set FABRIX_PYTHON to an interpreter that has them",
            file=sys.stderr,
        )
        sys.exit(1)
    server.main(parent=int(sys.argv[1]), helper=sys.argv[2], version=sys.argv[3], arguments=sys.argv[4:])


if __name__ == "__main__":
    main()
