"""The flat program: registers each resource of ``resources.json`` with the plain SDK class, nothing else."""

import importlib
import json
from pathlib import Path
from typing import Any

import pulumi
from pulumi import _types

PACKAGES = {"azure-native": "pulumi_azure_native", "azuread": "pulumi_azuread", "random": "pulumi_random"}


def resource_class(token: str) -> tuple[type, dict[str, str]]:
    """Return the SDK class of a type token, and its argument names by wire name."""
    package, module, name = token.split(":")
    module = module.split("/")[0]
    library = importlib.import_module(".".join((PACKAGES[package], *(() if module == "index" else (module.lower(),)))))
    if package != "azure-native":
        library = importlib.import_module(PACKAGES[package])
    # From the resource's own file: the package has input types of the same name, which describe nested values.
    own = importlib.import_module(getattr(library, name).__module__)
    arguments = next(getattr(own, each) for each in (f"{name}InitArgs", f"{name}Args") if hasattr(own, each))
    wire = {pulumi_name: python for python, pulumi_name in _types.input_type_py_to_pulumi_names(arguments).items()}
    # The constructor's first argument has this name, so the SDK renames the input.
    wire = {key: "resource_name_" if python == "resource_name" else python for key, python in wire.items()}
    return getattr(library, name), wire


SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Key that marks values for which JSON has no type; in an event log these are secrets, without their value."""


def with_secrets(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return ``value`` with a made-up secret for each secret, so that both programs register equally many."""
    if isinstance(value, dict):
        return (
            pulumi.Output.secret("Aa1-" * 4)
            if SIGNATURE in value
            else {key: with_secrets(inner) for key, inner in value.items()}
        )
    return [with_secrets(inner) for inner in value] if isinstance(value, list) else value


for entry in json.loads(Path(__file__).with_name("resources.json").read_text(encoding="utf-8")):
    kind, names = resource_class(entry["type"])
    values: dict[str, Any] = {names[key]: with_secrets(value) for key, value in entry["inputs"].items() if key in names}
    kind(entry["name"], **values)

pulumi.export("resources", "flat")
