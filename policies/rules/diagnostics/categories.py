"""Which resources can log, which categories they have to log, and which setting belongs to which resource.

Source: Microsoft Learn, "Supported logs / supported metrics" of Azure Monitor, one page a resource type.
"""

from __future__ import annotations

from collections.abc import Mapping

from policies.model import Context
from policies.rules.shared import any_id_unknown
from resources import arm
from resources.model import Resource
from resources.values import UNKNOWN, Trilean, Value, any_of, get, known

SETTING = "monitor:DiagnosticSetting"
WORKSPACE = "operationalinsights:Workspace"

LOGGING: Mapping[str, str] = {
    "keyvault:Vault": "microsoft.keyvault/vaults",
    "dbforpostgresql:Server": "microsoft.dbforpostgresql/flexibleservers",
    "redis:Redis": "microsoft.cache/redis",
    "redisenterprise:RedisEnterprise": "microsoft.cache/redisenterprise",
    "redisenterprise:Database": "microsoft.cache/redisenterprise/databases",
    "storage:StorageAccount": "microsoft.storage/storageaccounts",
    "storage:BlobServiceProperties": "microsoft.storage/storageaccounts/blobservices",
    "storage:FileServiceProperties": "microsoft.storage/storageaccounts/fileservices",
    "storage:QueueServiceProperties": "microsoft.storage/storageaccounts/queueservices",
    "storage:TableServiceProperties": "microsoft.storage/storageaccounts/tableservices",
    "containerregistry:Registry": "microsoft.containerregistry/registries",
    "containerservice:ManagedCluster": "microsoft.containerservice/managedclusters",
    "cdn:Profile": "microsoft.cdn/profiles",
    "cognitiveservices:Account": "microsoft.cognitiveservices/accounts",
    "search:Service": "microsoft.search/searchservices",
    "network:VirtualNetwork": "microsoft.network/virtualnetworks",
    "network:NetworkSecurityGroup": "microsoft.network/networksecuritygroups",
    "network:PublicIPAddress": "microsoft.network/publicipaddresses",
    "network:AzureFirewall": "microsoft.network/azurefirewalls",
    "network:BastionHost": "microsoft.network/bastionhosts",
    "network:ApplicationGateway": "microsoft.network/applicationgateways",
    "web:AppServicePlan": "microsoft.web/serverfarms",
    "web:WebApp": "microsoft.web/sites",
    "web:WebAppSlot": "microsoft.web/sites/slots",
    "monitor:AutoscaleSetting": "microsoft.insights/autoscalesettings",
    "operationalinsights:Workspace": "microsoft.operationalinsights/workspaces",
    "servicebus:Namespace": "microsoft.servicebus/namespaces",
    "eventhub:Namespace": "microsoft.eventhub/namespaces",
    "app:ManagedEnvironment": "microsoft.app/managedenvironments",
}
"""Type -> ARM type in lower case of every resource that must have a diagnostic setting.

Not listed: NAT gateways, private endpoints and identities (they export nothing), Application Insights (its telemetry is
in the workspace already)."""

NAMES: Mapping[str, str] = {
    "monitor:AutoscaleSetting": "autoscaleSettingName",
    "network:BastionHost": "bastionHostName",
    "network:ApplicationGateway": "applicationGatewayName",
    "servicebus:Namespace": "namespaceName",
    "eventhub:Namespace": "namespaceName",
    "app:ManagedEnvironment": "environmentName",
}
"""Type whose id only diagnostic settings use -> the input with its name."""

METRICS_ONLY = frozenset({
    "microsoft.cache/redisenterprise", "microsoft.storage/storageaccounts", "microsoft.web/serverfarms",
})  # fmt: skip
"""ARM types without logs of their own; the services and databases below them have some."""

REQUIRED: Mapping[str, frozenset[str]] = {
    "microsoft.keyvault/vaults": frozenset({"auditevent"}),
    "microsoft.dbforpostgresql/flexibleservers": frozenset({"postgresqllogs"}),
    "microsoft.cache/redisenterprise/databases": frozenset({"connectionevents"}),
    "microsoft.cache/redis": frozenset({"connectedclientlist"}),
    **dict.fromkeys(
        (f"microsoft.storage/storageaccounts/{kind}services" for kind in ("blob", "file", "queue", "table")),
        frozenset({"storageread", "storagewrite", "storagedelete"}),
    ),
    "microsoft.containerregistry/registries": frozenset(
        {"containerregistryloginevents", "containerregistryrepositoryevents"}
    ),
    "microsoft.containerservice/managedclusters": frozenset({"kube-audit-admin", "guard"}),
    **dict.fromkeys(
        ("microsoft.web/sites", "microsoft.web/sites/slots"),
        frozenset({"appservicehttplogs", "appserviceauditlogs", "appserviceipsecauditlogs"}),
    ),
    "microsoft.cdn/profiles": frozenset({"frontdooraccesslog", "frontdoorwebapplicationfirewalllog"}),
    "microsoft.cognitiveservices/accounts": frozenset({"audit", "requestresponse"}),
    "microsoft.search/searchservices": frozenset({"operationlogs"}),
    "microsoft.operationalinsights/workspaces": frozenset({"audit"}),
}
"""ARM type -> categories that together are as good as the audit group."""


def settings_of(target: Resource, context: Context) -> tuple[list[Resource], bool]:
    """Return the diagnostic settings of ``target``, and whether these are all."""
    graph = context.graph
    settings = list(graph.referring(target, SETTING, "resourceUri"))
    own = _address(target, context)
    urns = {each.urn for each in settings}
    complete = True
    for setting in graph.of(SETTING):
        value = get(setting, "resourceUri")
        if setting.urn in urns:
            continue
        if value is UNKNOWN:
            complete = complete and not _may_refer_to(setting, target)
        elif own and isinstance(value, str) and arm.local(value) == arm.local(own):
            settings.append(setting)
        elif own is None and graph.by_id(str(value)) is None:
            complete = False
    return settings, complete


def _may_refer_to(setting: Resource, target: Resource) -> bool:
    """Return whether an unknown id may be that of ``target``: both come from the same resource, or it from none."""
    made_from = setting.property_dependencies.get("resourceUri", frozenset())
    shared = {urn for urn in made_from & target.dependencies if not urn.rsplit("::", 1)[0].endswith(":ResourceGroup")}
    return not made_from or bool(shared)


def _address(target: Resource, context: Context) -> str | None:
    """Return the ARM id; for types that nothing else points at it is composed here."""
    if identifier := context.graph.ids.get(target.urn):
        return identifier
    kind = LOGGING.get(target.type, "")
    if kind.startswith("microsoft.storage/"):
        account = arm.compose("storage:StorageAccount", target.props)
        return f"{account}/{kind.rpartition('/')[2]}/default" if account else None
    group, name = get(target, "resourceGroupName"), get(target, NAMES.get(target.type, "name"))
    if isinstance(group, str) and isinstance(name, str):
        return f"/subscriptions/{arm.NO_SUBSCRIPTION}/resourceGroups/{group}/providers/{kind}/{name}"
    return None


def arm_types(setting: Resource, context: Context) -> list[str]:
    """Return the ARM types that a setting may be about: one where its id is known, else those of its dependencies."""
    value = get(setting, "resourceUri")
    if known(value):
        pieces = str(value or "").lower().rpartition("/providers/")[2].split("/")
        return ["/".join([*pieces[:1], *pieces[1::2]])]
    targets = context.graph.refers(setting, "resourceUri")
    return sorted({LOGGING[each.type] for each in targets if each.type in LOGGING})


def into_workspace(setting: Resource, context: Context) -> Trilean:
    """Return whether a setting sends to a workspace of this program, or to any where the program has none."""
    value: Value = get(setting, "workspaceId")
    workspaces = context.graph.of(WORKSPACE)
    linked = any(target.type == WORKSPACE for target in context.graph.refers(setting, "workspaceId"))
    unclear = value is UNKNOWN or (bool(value) and any_id_unknown(context, *workspaces))
    return any_of(linked, None if unclear else bool(value) and not workspaces)
