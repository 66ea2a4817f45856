"""One control of a framework, and who is responsible for what rules do not show of it."""

from __future__ import annotations

from typing import NamedTuple

SECURITY = "customer: information security"
PLATFORM = "customer: platform team"
PEOPLE = "customer: people and training"
LEGAL = "customer: legal and privacy"
PROCUREMENT = "customer: procurement"
WORKPLACE = "customer: workplace and devices"
BUSINESS = "customer: owner of the data"
AUDIT = "customer: internal audit"
CLOUD = "Microsoft, as operator of Azure's data centres; its reports are in the Service Trust Portal"
PRODUCT = "the maker of the applications"


class Requirement(NamedTuple):
    """A control, article or implementation specification."""

    id: str
    """``A.8.24``, ``164.312(e)(1)``, ``Art. 32(1)(a)``."""
    title: str
    owner: str
    """Who is responsible for what remains."""
    remains: str
    """What has to be shown by other means, with or without rules."""
