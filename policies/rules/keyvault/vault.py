"""Key Vault: recovery, access and network of the vault itself."""

from __future__ import annotations

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from policies.rules.shared import expect, set_inputs
from resources.model import Resource
from resources.values import at_least, get, negate, present

VAULT, POLICY = ("keyvault:Vault",), "keyvault:AccessPolicy"

AZURE_DAYS = 90
"""Retention of what is soft-deleted, where it is not set."""

ENABLED_FOR = ("enabledForDeployment", "enabledForDiskEncryption", "enabledForTemplateDeployment")


def purge_protection(resource: Resource, _context: Context) -> Outcome:
    """KV-01: what is deleted cannot be purged."""
    path = "properties.enablePurgeProtection"
    return expect(resource, path, "a deleted vault or secret can be purged for good", to_be=True)


def soft_delete(resource: Resource, context: Context) -> list[Outcome]:
    """KV-02: what is deleted can be recovered for long enough."""
    enabled, path = "properties.enableSoftDelete", "properties.softDeleteRetentionInDays"
    days = context.parameters.vault_retention_days
    kept = at_least(get(resource, path, AZURE_DAYS), days)
    return [
        expect(resource, enabled, "what is deleted is lost at once", to_be=True, default=True),
        ok(kept, f"what is deleted can be recovered for fewer than {days} days", path),
    ]


def roles_only(resource: Resource, _context: Context) -> list[Outcome] | Outcome:
    """KV-03: roles authorise access, and access policies do not."""
    if resource.type == POLICY:
        return ok(False, "an access policy grants rights that bypass the roles", "policy")  # noqa: FBT003
    roles, policies = "properties.enableRbacAuthorization", "properties.accessPolicies"
    return [
        expect(resource, roles, "the vault does not authorise by roles explicitly", to_be=True),
        ok(negate(present(get(resource, policies))), "access policies are listed besides the roles", policies),
    ]


def no_public_network(resource: Resource, _context: Context) -> Outcome:
    """KV-04: the vault has no public endpoint."""
    path = "properties.publicNetworkAccess"
    return expect(resource, path, "public network access is not disabled", to_be="Disabled")


def firewall_denies(resource: Resource, _context: Context) -> Outcome:
    """KV-05: the firewall denies by default."""
    path = "properties.networkAcls.defaultAction"
    return expect(resource, path, "requests that no rule allows are not denied", to_be="Deny")


def no_unlocking(resource: Resource, _context: Context) -> list[Outcome]:
    """KV-10: no Azure service gets secrets without a role."""
    reason = "an Azure service may read secrets without a role"
    return [expect(resource, f"properties.{flag}", reason, to_be=False, default=False) for flag in ENABLED_FOR]


RULES: tuple[Rule, ...] = (
    Rule(
        id="KV-01",
        title="Purge protection",
        types=VAULT,
        property="properties.enablePurgeProtection",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.13", "What is deleted stays recoverable, whoever deleted it."),
            supporting("A.5.33", "Keys that decrypt records cannot be destroyed before their time."),
        ),
        hipaa=(direct("164.308(a)(7)(ii)(A)", "Keys and secrets needed to restore data cannot be lost for good."),),
        gdpr=(direct("Art. 32(1)(c)", "Data encrypted with a key of the vault stays readable after an incident."),),
        what="Deleted vaults, keys and secrets cannot be purged before their retention ends.",
        why="Anyone who may purge can destroy the keys, and with them all the data that they encrypt, in seconds.",
        remediation="Set `enable_purge_protection=True`. Azure never turns it off again: the name of a deleted vault "
        "stays reserved until the retention ends.",
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
        iso=(direct("A.8.13", "Deleted secrets and keys can be restored for a period that was decided."),),
        hipaa=(direct("164.308(a)(7)(ii)(A)", "Keys and secrets needed to restore data can be recovered."),),
        gdpr=(direct("Art. 32(1)(c)", "Access to data is restored after a mistaken deletion."),),
        what="What is deleted can be recovered: for 7 days in dev, 30 in test, 90 in prod.",
        why="A mistake on the eve of a holiday is noticed weeks later.",
        remediation="Set `soft_delete_retention_in_days=90` when the vault is created; it cannot be changed later.",
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
            direct("A.8.2", "Administering the vault does not include reading its secrets."),
        ),
        hipaa=(direct("164.308(a)(4)(ii)(B)", "Access is authorised for each secret, by role."),),
        gdpr=(supporting("Art. 32(1)(b)", "People cannot grant themselves access by editing the vault."),),
        what="Roles decide who reads secrets; the vault has no access policies.",
        why="An access policy opens the whole vault, and contributors of the vault can write one for themselves.",
        remediation="Set `enable_rbac_authorization=True`, remove `access_policies`, and grant roles on single "
        "secrets.",
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
        what="The vault can be reached only through private endpoints.",
        why="All other secrets of the platform are here: a leaked token must not be enough.",
        remediation='Set `public_network_access="Disabled"` and give its clients a private endpoint.',
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
            direct("A.8.20", "The firewall denies everything that is not listed."),
            supporting("A.8.22", "Other networks stay separate from the vault."),
        ),
        hipaa=(direct("164.312(a)(1)", "Restricts the sources from which the secrets can be reached."),),
        gdpr=(supporting("Art. 32(1)(b)", "A second barrier behind the disabled public endpoint."),),
        what="The vault's firewall denies what no rule allows.",
        why="It is what still protects the vault when someone enables the public endpoint for an afternoon.",
        remediation='Set `network_acls` with `default_action="Deny"`.',
        azure_default="Allow.",
        bad='keyvault.NetworkRuleSetArgs(default_action="Allow", bypass="AzureServices")',
        good='keyvault.NetworkRuleSetArgs(default_action="Deny", bypass="AzureServices")',
        check=firewall_denies,
    ),
    Rule(
        id="KV-10",
        title="VM/template/disk unlock flags off",
        types=VAULT,
        property="properties.enabledFor*",
        severity="L",
        scope="R",
        profile="P2",
        iso=(direct("A.8.9", "Unused functions of the vault are off."),),
        hipaa=(supporting("164.312(a)(1)", "Closes ways to secrets that no role assignment shows."),),
        gdpr=(supporting("Art. 25(2)", "The least access is the default."),),
        what="Virtual machines, disk encryption and template deployments cannot get secrets from the vault by "
        "themselves.",
        why="Anyone who may deploy a template or a machine could read secrets without a role on the vault.",
        remediation="Set the three `enabled_for_…` flags to False. Where templates read secrets on purpose, waive the "
        "rule.",
        azure_default="Off.",
        bad="keyvault.VaultPropertiesArgs(tenant_id=tenant, sku=sku, enabled_for_template_deployment=True)",
        good="keyvault.VaultPropertiesArgs(tenant_id=tenant, sku=sku, enabled_for_template_deployment=False)",
        check=no_unlocking,
        remediate=set_inputs({f"properties.{flag}": False for flag in ENABLED_FOR}),
    ),
)
