"""What can reach what: network paths, name resolution and effective permissions, computed from resources.

Input are plain resources (see :class:`topology.model.Resource`) of a plan or of a state; nothing here talks to Azure,
the engine, or a clock. :func:`build` makes a :class:`Topology`, which answers.
"""

from topology.model import Blocked, Hop, Path, Reason, Undetermined, Verdict
from topology.network import Topology, build

__all__ = ["Blocked", "Hop", "Path", "Reason", "Topology", "Undetermined", "Verdict", "build"]
