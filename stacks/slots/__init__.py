"""The staging slots of a stack: which there are, and what a swap makes of a state."""

from stacks.slots.apps import SlotApp, apps, holds, reference_in, release_of
from stacks.slots.exchange import exchange

__all__ = ["SlotApp", "apps", "exchange", "holds", "reference_in", "release_of"]
