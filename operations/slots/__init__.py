"""The staging slots of a stack: which there are, and what a swap makes of a state."""

from operations.slots.apps import SlotApp, apps, holds, reference_in, release_of
from operations.slots.exchange import exchange

__all__ = ["SlotApp", "apps", "exchange", "holds", "reference_in", "release_of"]
