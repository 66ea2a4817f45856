"""Containers that Azure makes in a storage account as soon as logs are sent there, with blobs from then on.

Sources: Microsoft Learn, "Diagnostic settings in Azure Monitor", "Log Analytics data export rules",
"Virtual network flow logs".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

PREFIXES = ("insights-", "am-")
"""How the names of all of them begin."""

ACCOUNTS = "/providers/microsoft.storage/storageaccounts/"


def _categories(inputs: Mapping[str, Any]) -> list[str]:
    chosen = [entry.get("category") or entry.get("categoryGroup") for entry in inputs.get("logs") or ()]
    return [f"insights-logs-{str(name).lower()}" for name in chosen]


_SENDERS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], list[str]]]] = MappingProxyType(
    {
        "azure-native:monitor:DiagnosticSetting": ("storageAccountId", _categories),
        "azure-native:monitor:SubscriptionDiagnosticSetting": (
            "storageAccountId",
            lambda _: ["insights-activity-logs"],
        ),
        "azure-native:operationalinsights:DataExport": (
            "resourceId",
            lambda inputs: [f"am-{str(table).lower()}" for table in inputs.get("tableNames") or ()],
        ),
        "azure-native:network:FlowLog": ("storageId", lambda _: ["insights-logs-flowlogflowevent"]),
    }
)
"""Type → the input that names the account, and the names of the containers there."""


def containers(token: str, inputs: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the account that an object sends logs to and the containers that Azure makes there; empty if none."""
    path, names = _SENDERS.get(token, ("", lambda _: []))
    account = inputs.get(path)
    if not isinstance(account, str) or ACCOUNTS not in account.lower():
        return "", []
    return account, names(inputs)
