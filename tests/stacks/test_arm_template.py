"""Templates of planned and of deployed resources: no engine's envelope in them, no placeholder of an unknown."""

from __future__ import annotations

import json
from typing import Any

from emulator.arm_template import template
from emulator.wire import SECRET, SENTINELS, SIGNATURE
from stacks.arm_template import deployed_resources, planned_resources
from stacks.events import ResourceStep, Run

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
SEALED = {SIGNATURE: SECRET, "ciphertext": "v1:c2VhbGVk:c2VhbGVk"}
SERVER: dict[str, Any] = {
    "resourceGroupName": "rg",
    "serverName": "psql",
    "location": "swedencentral",
    "administratorLogin": "aifabrix",
    "administratorLoginPassword": SEALED,
}
SITE: dict[str, Any] = {
    "resourceGroupName": "rg",
    "name": "app",
    "siteConfig": {"appSettings": SEALED, "connectionStrings": [{"name": "DB", "connectionString": SEALED}]},
    "tags": SEALED,
}
ADMINISTRATOR: dict[str, Any] = {
    "resourceGroupName": "rg",
    "serverName": "psql",
    "objectId": SENTINELS["string"],
    "principalName": "admins",
    "principalType": "Group",
}


def deployed(kind: str, where: str, inputs: dict[str, Any]) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::aifabrix::azure-native:{kind}::it"
    entry = {"urn": urn, "type": f"azure-native:{kind}", "custom": True, "id": f"{GROUP}/providers/{where}"}
    (found,) = template(deployed_resources({"resources": [{**entry, "inputs": inputs}]}))["resources"]
    return found | {
        "parameters": template(deployed_resources({"resources": [{**entry, "inputs": inputs}]}))["parameters"]
    }


def test_an_encrypted_secret_is_a_secure_string() -> None:
    found = deployed("dbforpostgresql:Server", "Microsoft.DBforPostgreSQL/flexibleServers/psql", SERVER)
    assert found["properties"]["administratorLoginPassword"] == "[parameters('it_administratorLoginPassword')]"
    assert found["parameters"]["it_administratorLoginPassword"]["type"] == "secureString"
    assert found["properties"]["administratorLogin"] == "aifabrix"
    assert SIGNATURE not in json.dumps(found) and "ciphertext" not in json.dumps(found)


def test_an_encrypted_list_or_object_is_a_secure_object() -> None:
    found = deployed("web:WebApp", "Microsoft.Web/sites/app", SITE)
    types = {name: each["type"] for name, each in found["parameters"].items()}
    assert types == {
        "it_siteConfig_appSettings": "secureObject",
        "it_siteConfig_connectionStrings_0_connectionString": "secureString",
        "it_tags": "secureObject",
    }
    assert found["properties"]["siteConfig"]["appSettings"] == "[parameters('it_siteConfig_appSettings').value]"
    assert found["tags"] == "[parameters('it_tags')]"


def test_what_a_preview_cannot_know_is_a_parameter_and_no_placeholder() -> None:
    token = "azure-native:dbforpostgresql:AdministratorsMicrosoftEntra"
    state = {"custom": True, "inputs": ADMINISTRATOR}
    step = ResourceStep("create", f"urn:pulumi:dev::aifabrix::{token}::admins", token, None, state, (), {})
    found = template(planned_resources(Run(steps=[step]), SUBSCRIPTION))
    assert SENTINELS["string"] not in json.dumps(found)
    assert found["parameters"] == {
        "admins_objectId": {"type": "string", "metadata": {"description": "Known only after the deployment"}}
    }
    (resource,) = found["resources"]
    assert resource["name"] == "[format('{0}/{1}', 'psql', parameters('admins_objectId'))]"
