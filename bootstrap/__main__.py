"""Where the platform's stacks keep state, keys and ledgers: settings → bootstrap → exports."""

import sys
from pathlib import Path

import pulumi

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the engine starts this program in its own folder, and its rooms are one above

from components.bootstrap.bootstrap import Bootstrap  # noqa: E402
from settings import SettingsError, bootstrap  # noqa: E402

try:
    settings = bootstrap.config(pulumi.Config(bootstrap.PROJECT).require_object("bootstrap"))
except SettingsError as error:
    raise pulumi.RunError(str(error)) from None

Bootstrap.of(settings).export()
