"""Rules about what happens to the images in a container registry."""

from __future__ import annotations

from collections.abc import Iterable

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.data_shared import classified
from policies.rules.registry_access import REGISTRY
from resources.model import Resource
from resources.values import all_of, any_of, at_least, equals, get, negate, one_of, present

RECOVERY_DAYS = 7
"""A deletion is noticed within a week."""


def lifecycle(resource: Resource, _context: Context) -> Iterable[Outcome]:
    """Check CR-06."""
    recovery = all_of(
        equals(get(resource, "policies.softDeletePolicy.status"), "enabled"),
        at_least(get(resource, "policies.softDeletePolicy.retentionDays", RECOVERY_DAYS), RECOVERY_DAYS),
    )
    tidy = all_of(
        equals(get(resource, "policies.retentionPolicy.status"), "enabled"),
        at_least(get(resource, "policies.retentionPolicy.days", RECOVERY_DAYS), 1),
    )
    return [
        ok(any_of(recovery, tidy), "neither soft delete nor removal of untagged images is on", "policies"),
        *(
            ok(negate(equals(get(resource, path), "disabled")), "a gate for images is written down and open", path)
            for path in ("policies.quarantinePolicy.status", "policies.trustPolicy.status")
        ),
    ]


def resilient(resource: Resource, context: Context) -> Iterable[Outcome]:
    """Check CR-07."""
    zones = "zoneRedundancy"
    yield ok(equals(get(resource, zones), "Enabled"), "all copies are in one availability zone", zones)
    if resource.type == "containerregistry:Replication":
        regions = context.parameters.allowed_regions
        yield ok(one_of(get(resource, "location"), regions), "images are copied to a region not allowed", "location")


def own_key(resource: Resource, context: Context) -> Outcome:
    """Check CR-08."""
    restricted = classified(resource, context.parameters.restricted_classifications)
    if restricted is False:
        return skip("the classification does not ask for a key of one's own")
    keyed = all_of(
        equals(get(resource, "encryption.status"), "enabled"),
        present(get(resource, "encryption.keyVaultProperties.keyIdentifier")),
    )
    return ok(any_of(negate(restricted), keyed), "encrypted with Microsoft's key only", "encryption")


RULES: tuple[Rule, ...] = (
    Rule(
        id="CR-06", title="Quarantine/trust, untagged retention, soft delete", types=REGISTRY, property="policies.*",
        severity="M", scope="R", profile="P3",
        iso=(supporting("A.8.8", "Old images with known holes do not stay for ever"),
             direct("A.8.19", "Where a gate for new images is configured, it is shut"),
             direct("A.8.10", "Deletion is a decision: it can be undone, or follows a rule")),
        hipaa=(supporting("164.308(a)(5)(ii)(B)", "Where a gate against malicious images is configured, it is shut"),),
        gdpr=(supporting("Art. 32(1)(d)", "What is kept of software is decided and reviewed"),),
        what="Deleted images can be restored for a week (soft delete), or untagged ones are removed by a rule; Azure "
             "refuses both together. A quarantine or trust policy that is written down is on.",
        why="Whoever deletes an image takes away the way back of a release. Quarantine and trust are not demanded: the "
            "one needs a scanner that releases each image, the other has been retired; digests (WB-16) pin what runs.",
        remediation='Set `policies.soft_delete_policy.status="enabled"`; prefer it where images are pulled by digest.',
        azure_default="All off: deletion is final, nothing is removed.",
        bad="containerregistry.Registry('registry')",
        good="containerregistry.PoliciesArgs(soft_delete_policy=\n"
             "    containerregistry.SoftDeletePolicyArgs(status='enabled', retention_days=30))",
        check=lifecycle,
    ),
    Rule(
        id="CR-07", title="Zone redundancy; replicas only in allowed regions",
        types=(*REGISTRY, "containerregistry:Replication"), property="zoneRedundancy, location",
        severity="M", scope="R", profile="P3",
        iso=(direct("A.8.14", "Images outlive the loss of a zone"),),
        hipaa=(supporting("164.308(a)(7)(ii)(C)", "Apps can be started elsewhere while a zone is lost"),),
        gdpr=(direct("Art. 32(1)(b)", "Availability of the systems that process data"),
              direct("Art. 44", "Copies do not leave the regions that were agreed")),
        what="Registry and replicas are spread over zones; replicas are in allowed regions only.",
        why="An app that restarts pulls its image first: without the registry nothing starts, in no zone.",
        remediation='Set `zone_redundancy="Enabled"` (fixed at creation) and the replica\'s `location`.',
        azure_default="Disabled.",
        bad="containerregistry.Replication('copy', location='eastus')",
        good="containerregistry.Replication('copy', location='northeurope', zone_redundancy='Enabled')",
        check=resilient,
    ),
    Rule(
        id="CR-08", title="CMK", types=REGISTRY, property="encryption",
        severity="M", scope="R", profile="P3",
        iso=(direct("A.8.24", "The key that images are encrypted with is managed by the customer"),),
        hipaa=(supporting("164.312(a)(2)(iv)", "Encryption at rest is under the customer's own control"),),
        gdpr=(supporting("Art. 32(1)(a)", "Encryption at rest with a key that can be withdrawn"),),
        what="A registry tagged as restricted or phi is encrypted with a key of the customer's.",
        why="Whoever holds the key can withdraw it. For other classifications Microsoft's key is enough.",
        remediation="Set `encryption` with a key of Key Vault and an identity that may use it; fixed at creation.",
        azure_default="Encrypted with Microsoft's key.",
        bad="containerregistry.Registry('registry', tags={'data-classification': 'restricted'})",
        good="containerregistry.Registry('registry', encryption=containerregistry.EncryptionPropertyArgs(\n"
             "    status='enabled', key_vault_properties=…), tags={'data-classification': 'restricted'})",
        check=own_key,
    ),
)  # fmt: skip
