"""The flat program: registers each resource of ``resources.json`` with the plain SDK class, nothing else."""

import importlib
import json
from pathlib import Path
from typing import Any

import pulumi
from pulumi import _types

PACKAGES = {"azure-native": "pulumi_azure_native", "azuread": "pulumi_azuread", "random": "pulumi_random"}


def resource_class(token: str) -> tuple[type, dict[str, str]]:
    """SDK class of a type token, and its argument names by wire name."""
    package, module, name = token.split(":")
    module = module.split("/")[0]
    library = importlib.import_module(".".join((PACKAGES[package], *(() if module == "index" else (module.lower(),)))))
    if package != "azure-native":
        library = importlib.import_module(PACKAGES[package])
    arguments = getattr(library, f"{name}Args", None) or getattr(
        importlib.import_module(getattr(library, name).__module__), f"{name}Args"
    )
    wire = {pulumi_name: python for python, pulumi_name in _types.input_type_py_to_pulumi_names(arguments).items()}
    return getattr(library, name), wire


for entry in json.loads(Path(__file__).with_name("resources.json").read_text(encoding="utf-8")):
    kind, names = resource_class(entry["type"])
    values: dict[str, Any] = {names[key]: value for key, value in entry["inputs"].items() if key in names}
    kind(entry["name"], **values)

pulumi.export("resources", "flat")
