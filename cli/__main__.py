"""Entry of the launcher: ``python cli …``. Kept apart from the CLI so that its imports stay measurable."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from cli.app import main  # noqa: E402 - the path above makes the packages importable from any working directory

if __name__ == "__main__":
    main()
