"""Container registries: what happens to the images in them."""

from __future__ import annotations

from collections.abc import Iterator

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.registry.access import REGISTRY
from policies.rules.shared import expect, implies, restricted
from resources.model import Resource
from resources.values import all_of, any_of, at_least, equals, get, negate, one_of, present

RECOVERY_DAYS = 7
"""A deletion is noticed within a week."""


def lifecycle(resource: Resource, _context: Context) -> list[Outcome]:
    """CR-06: deleted images can be restored, or untagged ones are removed; gates for images are not left open."""
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
            ok(negate(equals(get(resource, path), "disabled")), "a gate for images is configured but off", path)
            for path in ("policies.quarantinePolicy.status", "policies.trustPolicy.status")
        ),
    ]


def resilient(resource: Resource, context: Context) -> Iterator[Outcome]:
    """CR-07: images are in several zones, and only in allowed regions."""
    yield expect(resource, "zoneRedundancy", "all copies are in one availability zone", to_be="Enabled")
    if resource.type == "containerregistry:Replication":
        allowed = one_of(get(resource, "location"), context.parameters.allowed_regions)
        yield ok(allowed, "images are copied to a region that is not allowed", "location")


def customer_key(resource: Resource, context: Context) -> Outcome:
    """CR-08: images of restricted data are encrypted with a key of the customer."""
    sensitive = restricted(resource, context)
    if sensitive is False:
        return skip("not classified as restricted or health data")
    keyed = all_of(
        equals(get(resource, "encryption.status"), "enabled"),
        present(get(resource, "encryption.keyVaultProperties.keyIdentifier")),
    )
    return ok(implies(sensitive, keyed), "encrypted with Microsoft's key only", "encryption")


RULES: tuple[Rule, ...] = (
    Rule(
        id="CR-06",
        title="Quarantine/trust, untagged retention, soft delete",
        types=REGISTRY,
        property="policies.*",
        severity="M",
        scope="R",
        profile="P3",
        iso=(
            supporting("A.8.8", "Old images with known vulnerabilities do not stay forever."),
            direct("A.8.19", "Where a gate for new images is configured, it is on."),
            direct("A.8.10", "Deletion is a decision: it can be undone, or follows a rule."),
        ),
        hipaa=(supporting("164.308(a)(5)(ii)(B)", "Where a gate against malicious images is configured, it is on."),),
        gdpr=(supporting("Art. 32(1)(d)", "Which software is kept is decided and reviewed."),),
        what="Deleted images can be restored for a week (soft delete), or untagged ones are removed by a rule; Azure "
        "refuses both together. A quarantine or trust policy that is configured is on.",
        why="Deleting an image takes away the rollback of a release. Quarantine and trust are not required: the one "
        "needs a scanner that releases each image, the other has been retired; digests (WB-16) pin what runs.",
        remediation='Set `policies.soft_delete_policy.status="enabled"`; prefer it where images are pulled by digest.',
        azure_default="All off: deletion is final, nothing is removed.",
        bad='containerregistry.Registry("registry")',
        good="containerregistry.PoliciesArgs(soft_delete_policy=\n"
        '    containerregistry.SoftDeletePolicyArgs(status="enabled", retention_days=30))',
        check=lifecycle,
    ),
    Rule(
        id="CR-07",
        title="Zone redundancy; replicas only in allowed regions",
        types=(*REGISTRY, "containerregistry:Replication"),
        property="zoneRedundancy, location",
        severity="M",
        scope="R",
        profile="P3",
        iso=(direct("A.8.14", "Images survive the loss of a zone."),),
        hipaa=(supporting("164.308(a)(7)(ii)(C)", "Apps can be started elsewhere while a zone is lost."),),
        gdpr=(
            direct("Art. 32(1)(b)", "Availability of the systems that process data."),
            direct("Art. 44", "Copies do not leave the agreed regions."),
        ),
        what="Registry and replicas are spread over zones; replicas are in allowed regions only.",
        why="An app that restarts pulls its image first: without the registry nothing starts, in any zone.",
        remediation='Set `zone_redundancy="Enabled"` (fixed at creation) and the replica\'s `location`.',
        azure_default="Disabled.",
        bad='containerregistry.Replication("copy", location="eastus")',
        good='containerregistry.Replication("copy", location="northeurope", zone_redundancy="Enabled")',
        check=resilient,
    ),
    Rule(
        id="CR-08",
        title="CMK",
        types=REGISTRY,
        property="encryption",
        severity="M",
        scope="R",
        profile="P3",
        iso=(direct("A.8.24", "The customer manages the key that encrypts images."),),
        hipaa=(supporting("164.312(a)(2)(iv)", "Encryption at rest is under the customer's own control."),),
        gdpr=(supporting("Art. 32(1)(a)", "Encryption at rest with a key that can be withdrawn."),),
        what="A registry tagged as restricted or phi is encrypted with a key of the customer.",
        why="Whoever holds the key can withdraw it. For other classifications Microsoft's key is enough.",
        remediation="Set `encryption` with a key in Key Vault and an identity that may use it; fixed at creation.",
        azure_default="Encrypted with Microsoft's key.",
        bad='containerregistry.Registry("registry", tags={"data-classification": "restricted"})',
        good='containerregistry.Registry("registry", encryption=containerregistry.EncryptionPropertyArgs(\n'
        '    status="enabled", key_vault_properties=…), tags={"data-classification": "restricted"})',
        check=customer_key,
    ),
)
