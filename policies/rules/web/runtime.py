"""Web apps: images, runtimes, health, and the plan that they run on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.shared import WEB_APPS, expect, expect_set
from resources.model import Resource
from resources.values import ABSENT, Trilean, Value, any_of, at_least, equals, get, known, matches, negate, one_of

PLANS = re.compile(r"(?:S\d|P\d|I\d|EP\d|WS\d).*", re.IGNORECASE)
"""Names of plan sizes from the Standard tier up; Free, Shared, Basic and consumption sizes have others."""
DIGEST = re.compile(r"\S+@sha256:[0-9a-f]{64}", re.IGNORECASE)
REGISTRY = re.compile(r"[a-z0-9-]+\.azurecr\.(?:io|us|cn)/", re.IGNORECASE)
"""An image in Azure Container Registry, which can be pulled with an identity."""
CONTAINERS = ("web:WebAppSiteContainer", "web:WebAppSiteContainerSlot")
SUPPORTED: Mapping[str, tuple[str, ...]] = {
    "python": ("3.11", "3.12", "3.13", "3.14"),
    "node": ("22", "24"),
    "dotnetcore": ("10.0",),
    "java": ("8", "11", "17", "21", "25"),
    "tomcat": ("9.0", "10.1", "11.0"),
    "jbosseap": ("8", "8.1"),
    "php": ("8.2", "8.3", "8.4", "8.5"),
}
"""Stack -> versions that get security fixes in late 2026. Source: the end-of-life pages of each language's project and
Microsoft Learn, "Language runtime support policy" of App Service."""


def health_check(resource: Resource, _context: Context) -> list[Outcome]:
    """WB-11: Azure checks the app's health, and keeps it loaded."""
    health = "no health check: a broken instance keeps getting requests"
    return [
        expect_set(resource, "siteConfig.healthCheckPath", health),
        expect(resource, "siteConfig.alwaysOn", "the app is unloaded when it is idle", to_be=True),
    ]


def production_plan(resource: Resource, context: Context) -> Iterator[Outcome]:
    """WB-14: the plan is of a production tier, with enough instances, in several zones."""
    size, count = "sku.name", "sku.capacity"
    standard = matches(get(resource, size), lambda name: bool(PLANS.fullmatch(str(name))))
    yield ok(standard, "the plan is of a tier without an availability guarantee", size)
    enough = at_least(get(resource, count, 1), context.parameters.minimum_instances)
    yield ok(enough, "there are too few instances for one to fail", count)
    if context.profile == "prod":
        yield expect(resource, "zoneRedundant", "all instances are in one availability zone", to_be=True)


def pinned_image(resource: Resource, _context: Context) -> Outcome | list[Outcome]:
    """WB-16: images are pinned by digest and pulled with an identity."""
    if resource.type in CONTAINERS:
        identity = one_of(get(resource, "authType"), ("UserAssigned", "SystemIdentity"))
        return _image(get(resource, "image"), "image", identity, "authType")
    path, creds = "siteConfig.linuxFxVersion", "siteConfig.acrUseManagedIdentityCreds"
    stack = get(resource, path)
    if known(stack) and not str(stack or "").upper().startswith(("DOCKER|", "COMPOSE|")):
        return skip("not a container, or its containers are resources of their own")
    image = stack.partition("|")[2] if isinstance(stack, str) else stack
    return _image(image, path, equals(get(resource, creds), expected=True), creds)


def _image(image: Value, path: str, identity: Trilean, creds: str) -> list[Outcome]:
    pinned = matches(image, lambda text: bool(DIGEST.fullmatch(str(text))))
    private = matches(image, lambda text: bool(REGISTRY.match(str(text))))
    return [
        ok(pinned, "the image is not pinned by digest", path),
        ok(any_of(negate(private), identity), "the image is not pulled with a managed identity", creds),
    ]


def supported_runtime(resource: Resource, _context: Context) -> Outcome:
    """WB-17: a runtime provided by App Service still gets security fixes."""
    path = "siteConfig.linuxFxVersion"
    stack = get(resource, path)
    if not known(stack):
        return ok(None, "the runtime is not known yet", path)
    name, _, version = str("" if stack is ABSENT else stack).lower().partition("|")
    if name in {"", "docker", "compose", "sitecontainers"}:
        return skip("App Service provides no runtime here")
    main = version.partition("-")[0]
    return ok(main in SUPPORTED.get(name, ()), "the runtime gets no security fixes", path)


RULES: tuple[Rule, ...] = (
    Rule(
        id="WB-11",
        title="Health check path and always-on",
        types=WEB_APPS,
        property="siteConfig.{healthCheckPath,alwaysOn}",
        severity="L",
        scope="R",
        profile="P3",
        iso=(direct("A.8.14", "A failed instance is removed and replaced."),),
        gdpr=(direct("Art. 32(1)(b)", "The app stays available while an instance fails."),),
        what="Azure checks the app's health, and does not unload it when it is idle.",
        why="Without a health check a hung instance gets its share of requests until someone notices.",
        remediation="Set `health_check_path` to a path that answers 200 without login, and `always_on=True`.",
        azure_default="No path; always-on is off.",
        bad='web.WebApp("app", site_config=web.SiteConfigArgs(always_on=False))',
        good='web.WebApp("app", site_config=web.SiteConfigArgs(always_on=True, health_check_path="/health"))',
        check=health_check,
    ),
    Rule(
        id="WB-14",
        title="Plan: production SKU, zones, minimum instances",
        types=("web:AppServicePlan",),
        property="sku, zoneRedundant",
        severity="M",
        scope="R",
        profile="P3",
        iso=(
            direct("A.8.14", "One machine or one zone may fail."),
            supporting("A.8.6", "The tier can grow with the load."),
        ),
        hipaa=(supporting("164.308(a)(7)(ii)(C)", "Operation continues while a zone is lost."),),
        gdpr=(direct("Art. 32(1)(b)", "Availability and resilience of the systems that process data."),),
        what="The plan is Standard or higher and has enough instances; in production they are in several zones.",
        why="Free, Shared and Basic plans have no slots and no autoscale; one zone is one building.",
        remediation="Choose a Premium v3 size, `capacity=2` or more, `zone_redundant=True`.",
        azure_default="One instance, one zone.",
        bad='web.AppServicePlan("plan", sku=web.SkuDescriptionArgs(name="B1", capacity=1))',
        good='web.AppServicePlan("plan", zone_redundant=True, sku=web.SkuDescriptionArgs(name="P1v3", capacity=3))',
        check=production_plan,
    ),
    Rule(
        id="WB-16",
        title="Image pinned by digest, pulled by identity",
        types=(*WEB_APPS, *CONTAINERS),
        property="siteConfig.{linuxFxVersion,acrUseManagedIdentityCreds}",
        severity="M",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.9", "What runs is exactly what was configured."),
            direct("A.8.19", "Software comes into operation by a release only."),
            direct("A.8.32", "Moving a tag changes nothing that runs."),
        ),
        hipaa=(supporting("164.308(a)(1)(ii)(B)", "The risk of tampered images is reduced."),),
        gdpr=(supporting("Art. 32(1)(d)", "What was tested is what runs."),),
        what="The image has `@sha256:`; one in Azure Container Registry is pulled with the app's managed identity.",
        why="A tag can be moved to other code between test and production. A pull password is a secret that many know.",
        remediation="Set the digest of the release, and `acr_use_managed_identity_creds=True` with the role AcrPull.",
        azure_default="Whatever the tag names at the time; the registry's admin password.",
        bad='web.SiteConfigArgs(linux_fx_version="DOCKER|registry.azurecr.io/app:latest")',
        good='web.SiteConfigArgs(linux_fx_version="DOCKER|registry.azurecr.io/app@sha256:…",\n'
        "    acr_use_managed_identity_creds=True)",
        check=pinned_image,
    ),
    Rule(
        id="WB-17",
        title="Runtime still supported",
        types=WEB_APPS,
        property="siteConfig.linuxFxVersion",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.8.8", "Vulnerabilities of the runtime are fixed by its maintainers."),),
        hipaa=(supporting("164.308(a)(5)(ii)(B)", "Known vulnerabilities that malicious software uses are fixed."),),
        gdpr=(supporting("Art. 32(1)(d)", "Security is maintained over time."),),
        what="A runtime that App Service provides is a version that still gets security fixes. Containers bring their "
        "own.",
        why="A runtime past its end of life collects published vulnerabilities that nobody fixes.",
        remediation="Move to a supported version of the language.",
        azure_default="The version stays what it was set to, even past its end of life.",
        bad='web.SiteConfigArgs(linux_fx_version="PYTHON|3.8")',
        good='web.SiteConfigArgs(linux_fx_version="PYTHON|3.13")',
        check=supported_runtime,
    ),
)
