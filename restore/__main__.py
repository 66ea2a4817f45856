"""One database server of a stack, restored to a moment, beside the stack: a stack of its own, to use or to destroy.

Its configuration is written by ``./fabrix rollback STACK --restore-data TIME`` from the state of the stack.
"""

import sys
from pathlib import Path

import pulumi

# The engine runs this folder; the components are beside it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from components.data.restore import Restoration

Restoration.of(pulumi.Config().require_object("plan")).export()
