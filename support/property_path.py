r"""Property paths as the engine writes them in its detailed differences: ``siteConfig.appSettings[3].value``.

Source: the engine's ``resource.PropertyPath``: a name after a dot, or ``["quoted"]`` with ``\"`` for a quote in it,
or an index in brackets.
"""

from __future__ import annotations

import re

_STEP = re.compile(r'\["((?:\\"|[^"])*)"\]|\[(\d+)\]|([^.\[\]]+)')


def steps(path: str) -> tuple[str | int, ...]:
    """Return the steps of a path: names of properties and indices of lists."""
    return tuple(
        int(index) if index else quoted.replace('\\"', '"') or word for quoted, index, word in _STEP.findall(path)
    )
