"""Hashes are part of ledgers, approvals and plans of existing installations: none may ever change."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from promotion.binding import canonical_hash
from support.digest import canonical_json, sha256

DOCUMENT: dict[str, Any] = {"b": [1, 2.5, None, True], "a": {"ö": "Zürich", "empty": {}}}


def test_canonical_json_has_one_spelling() -> None:
    assert canonical_json(DOCUMENT).decode() == '{"a":{"empty":{},"ö":"Zürich"},"b":[1,2.5,null,true]}'
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json(float("nan"))


def test_hashes_stay_what_they_are() -> None:
    ledger = "0f62041195108baed57759720b695b66a4bd29692d8cf13c2ada0d8325026384"
    plan = "81ae4c090c49015b8fea753af509296d119857db2f9a5a017a63a2d701552562"
    restore = "31d069e7a11562de8906023e106af9737cf64e591a234012f111ae09c269e067"
    assert sha256(canonical_json(DOCUMENT)) == ledger
    assert canonical_hash({**DOCUMENT, "day": dt.date(2026, 11, 24)}) == f"sha256:{plan}"
    assert sha256(canonical_json(DOCUMENT, ensure_ascii=True)) == restore
