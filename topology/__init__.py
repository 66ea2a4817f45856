"""What can reach what: network paths, name resolution and effective permissions, computed from resources.

Input is the resources of a plan or of a state; nothing here talks to Azure, the engine, or a clock. :func:`build` makes
a :class:`Topology` of them, and the functions of the other modules answer questions about it.
"""

from topology.model import Blocked, Hop, Path, Reason, Undetermined
from topology.network import Topology, build

__all__ = ["Blocked", "Hop", "Path", "Reason", "Topology", "Undetermined", "build"]
