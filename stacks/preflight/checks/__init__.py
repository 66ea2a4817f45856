"""The table of checks, in the order in which they are shown."""

from __future__ import annotations

from stacks.preflight.checks import access, images, names, network, people, quotas, region
from stacks.preflight.model import Check

CHECKS: tuple[Check, ...] = (
    Check(
        "subscription",
        "subscription",
        "whether the login sees it, in the tenant of the stack file, and whether it is enabled",
        "Sign in (`az login --tenant TENANT`), or correct installation.tenantId and installation.subscriptionId.",
        access.subscription,
    ),
    Check(
        "rights",
        "rights on the subscription",
        "Microsoft.Authorization/permissions of the subscription, against the operations of the planned types",
        "Give the roles of docs/azure.md, or the one that `--role FILE` writes.",
        access.rights,
    ),
    Check(
        "foreign-rights",
        "rights on the customer's network and zones",
        "Microsoft.Authorization/permissions of the subnets and zones that the stack file names",
        "Ask their owner for these operations.",
        access.foreign_rights,
    ),
    Check(
        "providers",
        "resource providers",
        "which are registered in the subscription, and whether the region has their types",
        "Register them: `az provider register --namespace NAME --wait`.",
        access.providers,
    ),
    Check(
        "postgres",
        "PostgreSQL in the region",
        "Microsoft.DBforPostgreSQL capabilities: the SKU, a standby in another zone, backups in the pair",
        "Choose another size (data.postgres), or another region.",
        region.postgres,
    ),
    Check(
        "plans",
        "App Service plans in the region",
        "Microsoft.Web geoRegions of the tier, for Linux",
        "Set compute.plan.sku, or choose another region.",
        region.plans,
    ),
    Check(
        "storage",
        "redundancy of storage in the region",
        "Microsoft.Storage skus",
        "Set data.storage.sku, or choose another region.",
        region.storage,
    ),
    Check(
        "quotas",
        "quotas",
        "usages of PostgreSQL vCores, plans, addresses, networks, accounts and environments in the region",
        "Ask for more in the portal (Quotas), or choose a smaller size; some answers take days.",
        quotas.quotas,
    ),
    Check(
        "names",
        "names",
        "checkNameAvailability of vault, registry, server, accounts and sites",
        "Change installation.serviceName or installation.instance.",
        names.free_names,
    ),
    Check(
        "deleted-vault",
        "deleted vaults",
        "Microsoft.KeyVault deletedVaults of the region",
        "Raise security.vaultGeneration by one, or set security.recoverDeletedVault.",
        names.deleted_vault,
    ),
    Check(
        "addresses",
        "addresses",
        "the networks of the subscription, and those that the hub's zones are linked to",
        "Change network.addressSpace before the first deployment.",
        network.overlaps,
    ),
    Check(
        "existing-network",
        "the customer's network",
        "whether the network and its subnets are there, in the region, and delegated as they must be",
        "Create it, or correct network.id and network.subnets; the local Azure has what `azure declare` names.",
        network.existing_network,
    ),
    Check(
        "zones",
        "private DNS zones",
        "the zones that the stack file names, or zones of the same names that others own",
        "Use the zones of the hub: dns: {mode: existing} or {mode: policy}.",
        network.zones,
    ),
    Check(
        "groups",
        "Entra groups",
        "Microsoft Graph: the groups, or a directory role that creates them",
        "Have a Groups Administrator create them, and list them: security.groups: {mode: ids}.",
        people.groups,
    ),
    Check(
        "licences",
        "Entra licences",
        "Microsoft Graph: subscribedSkus",
        "Conditional access and access reviews need Entra ID P1 or P2; the platform itself needs neither.",
        people.licences,
    ),
    Check(
        "images",
        "images",
        "the registry that the release's images are imported from",
        "Set data.registry.source, or put the images in yourself: docs/azure.md, Images.",
        images.images,
    ),
)
