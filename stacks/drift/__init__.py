"""Drift: what Azure has now, against what the last deployment left, and who may have changed it."""

from stacks.drift.look import Difference, Drift, find

__all__ = ["Difference", "Drift", "find"]
