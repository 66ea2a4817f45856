"""Key Vault: recovery, access and network of the vault itself, and the order of all vault rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from policies.rules import keyvault_objects
from resources.model import Resource
from resources.values import at_least, equals, get, negate, present

VAULT, POLICY = ("keyvault:Vault",), "keyvault:AccessPolicy"

AZURE_DAYS = 90
"""Soft delete where nothing is said."""

ENABLED_FOR = ("enabledForDeployment", "enabledForDiskEncryption", "enabledForTemplateDeployment")


def purge_protection(resource: Resource, _context: Context) -> Outcome:
    """KV-01."""
    path = "properties.enablePurgeProtection"
    return ok(equals(get(resource, path), expected=True), "a deleted vault or secret can be purged for good", path)


def soft_delete(resource: Resource, context: Context) -> list[Outcome]:
    """KV-02."""
    days = context.parameters.vault_retention_days
    kept = get(resource, "properties.softDeleteRetentionInDays", AZURE_DAYS)
    return [
        ok(
            equals(get(resource, "properties.enableSoftDelete", default=True), expected=True),
            "what is deleted is gone at once",
            "properties.enableSoftDelete",
        ),
        ok(
            at_least(kept, days),
            f"what is deleted can be recovered for fewer than {days} days",
            "properties.softDeleteRetentionInDays",
        ),
    ]


def roles_only(resource: Resource, _context: Context) -> list[Outcome] | Outcome:
    """KV-03."""
    if resource.type == POLICY:
        return ok(False, "an access policy grants rights past the roles", "policy")  # noqa: FBT003
    path = "properties.enableRbacAuthorization"
    return [
        ok(equals(get(resource, path), expected=True), "the vault does not authorise by roles explicitly", path),
        ok(
            negate(present(get(resource, "properties.accessPolicies"))),
            "access policies are listed beside the roles",
            "properties.accessPolicies",
        ),
    ]


def no_public_network(resource: Resource, _context: Context) -> Outcome:
    """KV-04."""
    path = "properties.publicNetworkAccess"
    return ok(equals(get(resource, path), "Disabled"), "the public address is not switched off", path)


def firewall(resource: Resource, _context: Context) -> Outcome:
    """KV-05."""
    path = "properties.networkAcls.defaultAction"
    return ok(equals(get(resource, path), "Deny"), "requests that no rule allows are not denied", path)


def no_unlocking(resource: Resource, _context: Context) -> list[Outcome]:
    """KV-10."""
    return [
        ok(
            equals(get(resource, f"properties.{flag}", default=False), expected=False),
            "an Azure service may take secrets out past the roles",
            f"properties.{flag}",
        )
        for flag in ENABLED_FOR
    ]


def fix_unlocking(_resource: Resource, _context: Context) -> Mapping[str, Any]:
    """KV-10."""
    return {f"properties.{flag}": False for flag in ENABLED_FOR}


VAULT_RULES: tuple[Rule, ...] = (
    Rule(
        id="KV-01",
        title="Purge protection",
        types=VAULT,
        property="properties.enablePurgeProtection",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.13", "What is deleted stays recoverable whoever deleted it."),
            supporting("A.5.33", "Keys that open records cannot be destroyed before their time."),
        ),
        hipaa=(direct("164.308(a)(7)(ii)(A)", "Keys and secrets that restore data cannot be lost for good."),),
        gdpr=(direct("Art. 32(1)(c)", "Data encrypted with a key of the vault stays readable after an incident."),),
        what="Deleted vaults, keys and secrets cannot be purged before their retention ends.",
        why="Whoever may purge can destroy the keys, and with them all data that they encrypt, in seconds.",
        remediation="Set `enable_purge_protection=True`. Azure never switches it off again: the name of a deleted "
        "vault stays taken until the retention ends.",
        azure_default="Off.",
        bad="keyvault.VaultPropertiesArgs(tenant_id=tenant, sku=sku)",
        good="keyvault.VaultPropertiesArgs(tenant_id=tenant, sku=sku, enable_purge_protection=True)",
        check=purge_protection,
    ),
    Rule(
        id="KV-02",
        title="Soft delete, 90 days in prod",
        types=VAULT,
        property="properties.softDeleteRetentionInDays, enableSoftDelete",
        severity="H",
        scope="R",
        profile="P2",
        iso=(direct("A.8.13", "Deleted secrets and keys can be restored for a time that was decided."),),
        hipaa=(direct("164.308(a)(7)(ii)(A)", "Keys and secrets that restore data can be had back."),),
        gdpr=(direct("Art. 32(1)(c)", "Access to data is restored after a mistaken deletion."),),
        what="What is deleted can be recovered: for 7 days in dev, 30 in test, 90 in prod.",
        why="A mistake on the eve of a holiday is found weeks later.",
        remediation="Set `soft_delete_retention_in_days=90` when the vault is made; it cannot be changed later.",
        azure_default="On, 90 days.",
        bad="keyvault.VaultPropertiesArgs(tenant_id=tenant, sku=sku, soft_delete_retention_in_days=7)",
        good="keyvault.VaultPropertiesArgs(tenant_id=tenant, sku=sku, soft_delete_retention_in_days=90)",
        check=soft_delete,
    ),
    Rule(
        id="KV-03",
        title="RBAC model, no access policies",
        types=(*VAULT, POLICY),
        property="properties.enableRbacAuthorization, accessPolicies",
        severity="H",
        scope="R",
        profile="P1",
        iso=(
            direct("A.5.15", "One model of access control for the whole platform."),
            direct("A.8.2", "Who may administer the vault does not thereby read its secrets."),
        ),
        hipaa=(direct("164.308(a)(4)(ii)(B)", "Access is authorised for each secret, by role."),),
        gdpr=(supporting("Art. 32(1)(b)", "Nobody can grant himself access by editing the vault."),),
        what="Roles decide who reads secrets; the vault has no access policies.",
        why="An access policy opens the whole vault, and a contributor of the vault can write one for himself.",
        remediation="Set `enable_rbac_authorization=True`, remove `access_policies`, grant roles at the single secret.",
        azure_default="Access policies with older API versions, roles with newer ones.",
        bad="keyvault.VaultPropertiesArgs(tenant_id=tenant, sku=sku, enable_rbac_authorization=False)",
        good="keyvault.VaultPropertiesArgs(tenant_id=tenant, sku=sku, enable_rbac_authorization=True)",
        check=roles_only,
    ),
    Rule(
        id="KV-04",
        title="Public network access off",
        types=VAULT,
        property="properties.publicNetworkAccess",
        severity="H",
        scope="R",
        profile="P2",
        iso=(direct("A.8.20", "The vault has no address on the public network."),),
        hipaa=(direct("164.312(a)(1)", "The secrets that guard health data cannot be reached from the Internet."),),
        gdpr=(supporting("Art. 32(1)(b)", "A stolen token alone does not open the vault."),),
        what="The vault answers on private endpoints only.",
        why="All other secrets of the platform are here: a token that leaks must not be enough.",
        remediation='Set `public_network_access="Disabled"` and give its users a private endpoint.',
        azure_default="Enabled.",
        bad='keyvault.VaultPropertiesArgs(tenant_id=tenant, sku=sku, public_network_access="Enabled")',
        good='keyvault.VaultPropertiesArgs(tenant_id=tenant, sku=sku, public_network_access="Disabled")',
        check=no_public_network,
    ),
    Rule(
        id="KV-05",
        title="Firewall default deny",
        types=VAULT,
        property="properties.networkAcls.defaultAction",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.20", "The firewall denies what is not named."),
            supporting("A.8.22", "Foreign networks stay separate from the vault."),
        ),
        hipaa=(direct("164.312(a)(1)", "Restricts from where the secrets can be reached."),),
        gdpr=(supporting("Art. 32(1)(b)", "A second barrier behind the switched-off public address."),),
        what="The firewall of the vault denies what no rule allows.",
        why="It is what remains when somebody switches the public address on for an afternoon.",
        remediation='Set `network_acls` with `default_action="Deny"`.',
        azure_default="Allow.",
        bad='keyvault.NetworkRuleSetArgs(default_action="Allow", bypass="AzureServices")',
        good='keyvault.NetworkRuleSetArgs(default_action="Deny", bypass="AzureServices")',
        check=firewall,
    ),
    Rule(
        id="KV-10",
        title="VM/template/disk unlock flags off",
        types=VAULT,
        property="properties.enabledFor*",
        severity="L",
        scope="R",
        profile="P2",
        iso=(direct("A.8.9", "Functions of the vault that nobody uses are off."),),
        hipaa=(supporting("164.312(a)(1)", "Closes ways to secrets that no role assignment shows."),),
        gdpr=(supporting("Art. 25(2)", "The least access is the default."),),
        what="Virtual machines, disk encryption and template deployments get no secrets from the vault by themselves.",
        why="Whoever may deploy a template or a machine could read secrets without a role at the vault.",
        remediation="Set the three `enabled_for_…` flags to False. Where templates read secrets on purpose, waive it.",
        azure_default="Off.",
        bad="keyvault.VaultPropertiesArgs(tenant_id=tenant, sku=sku, enabled_for_template_deployment=True)",
        good="keyvault.VaultPropertiesArgs(tenant_id=tenant, sku=sku, enabled_for_template_deployment=False)",
        check=no_unlocking,
        remediate=fix_unlocking,
    ),
)
"""Rules about a vault by itself."""

RULES: tuple[Rule, ...] = tuple(sorted((*VAULT_RULES, *keyvault_objects.RULES), key=lambda rule: rule.id))
