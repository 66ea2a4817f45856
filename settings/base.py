"""What every settings model shares: frozen, strict, no unknown keys, camelCase in files, docstrings as descriptions."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError


class Model(BaseModel):
    """Base of everything a stack file can hold. Values are exact: ``"3"`` is no number and ``1`` is no boolean."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=False,
        serialize_by_alias=True,
        use_attribute_docstrings=True,
    )


def refused(message: str, allowed: str, example: str) -> PydanticCustomError:
    """Error of a validator: what is wrong, what is allowed, a valid value. Never put a secret into any of them."""
    context = {"reason": message, "allowed": allowed, "example": example}
    return PydanticCustomError("refused", "{reason}", context)


Guid = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        examples=["11111111-2222-3333-4444-555555555555"],
        json_schema_extra={"allowed": "a GUID in lower case"},
    ),
]
"""Tenant, subscription or object id, lower-case."""

Key = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$",
        min_length=3,
        max_length=40,
        examples=["claims-portal"],
        json_schema_extra={"allowed": "3-40 lower-case letters, digits and single hyphens, no hyphen at the ends"},
    ),
]
"""Key of an application or service name; it becomes part of resource names and cannot change later."""

Text = Annotated[str, Field(min_length=1, max_length=256, examples=["Platform team"])]
"""One line for people."""

ENVIRONMENTS = ("dev", "tst", "pro")
"""Environment codes, in the order of promotion."""

Environment = Annotated[str, Field(pattern=f"^({'|'.join(ENVIRONMENTS)})$")]


def _iso_date(value: str) -> str:
    try:
        if date.fromisoformat(value).isoformat() != value:
            raise ValueError(value)
    except ValueError:
        raise refused("not a date", "a day as YYYY-MM-DD", "2027-06-30") from None
    return value


IsoDate = Annotated[str, AfterValidator(_iso_date)]
"""A day as YYYY-MM-DD."""


def epoch_of(day: str) -> int:
    """Return the start of an ISO day as Azure takes it: seconds since 1970, UTC."""
    return int(datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).timestamp())


def arm_id_of(arm_type: str) -> Callable[[str], str]:
    """Build the validator of ARM ids of one type, for what the customer already owns."""
    form = f"/subscriptions/<id>/resourceGroups/<name>/providers/{arm_type}/<name>"
    kind = re.escape(arm_type)
    form_pattern = re.compile(rf"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/{kind}/[^/]+", re.IGNORECASE)

    def check(value: str) -> str:
        if not form_pattern.fullmatch(value):
            raise refused(f"not the ARM id of a {arm_type}", form, example_id(arm_type))
        return value

    return check


def example_id(arm_type: str) -> str:
    """Return an ARM id of that type for documentation."""
    return f"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/hub/providers/{arm_type}/ours"
