"""Credentials of workloads: tokens of trusted issuers, and no long-lived passwords."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from resources.model import Resource
from resources.values import ABSENT, Value, all_of, equals, every, get, items, known, matches

FEDERATED = (
    "managedidentity:FederatedIdentityCredential",
    "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential",
)
PASSWORDS = (
    "azuread:index/applicationPassword:ApplicationPassword",
    "azuread:index/servicePrincipalPassword:ServicePrincipalPassword",
)
AUDIENCE = "api://AzureADTokenExchange"
ISSUERS = (
    re.compile(r"https://token\.actions\.githubusercontent\.com"),
    re.compile(r"https://vstoken\.dev\.azure\.com/[0-9a-f-]{36}", re.IGNORECASE),
    re.compile(r"https://[a-z0-9]+\.oic\.prod-aks\.azure\.com/[0-9a-f-]{36}/[0-9a-f-]{36}/?", re.IGNORECASE),
    re.compile(r"https://login\.microsoftonline\.com/[0-9a-f-]{36}/v2\.0", re.IGNORECASE),
)
"""GitHub Actions, Azure DevOps, AKS clusters, Entra. Source: Microsoft Learn, "Workload identity federation"."""
_VAGUE = ("*", ":pull_request")
"""Parts of a subject that match more than one workload."""


def trusted_token(resource: Resource, _context: Context) -> list[Outcome]:
    """ID-05: the credential trusts a listed issuer, one subject, and the audience for token exchange."""
    issuer = matches(get(resource, "issuer"), lambda text: any(one.fullmatch(str(text)) for one in ISSUERS))
    subject = matches(get(resource, "subject"), _exact)
    audiences = items(resource, "audiences")
    alone = matches(audiences, lambda listed: len(listed) == 1)
    intended = all_of(alone, every(audiences, lambda audience: equals(audience, AUDIENCE)))
    return [
        ok(issuer, "the issuer is not on the list", "issuer"),
        ok(subject, "the subject matches more than one workload", "subject"),
        ok(intended, "the audience is not the one for token exchange", "audiences"),
    ]


def _exact(subject: Value) -> bool:
    text = str(subject)
    return bool(text.strip()) and not any(vague in text for vague in _VAGUE)


def short_password(resource: Resource, context: Context) -> Outcome:
    """ID-06: passwords of applications expire soon enough."""
    end, start = get(resource, "endDate"), get(resource, "startDate")
    longest = context.parameters.secret_validity_days
    reason = f"the password never expires, or is valid for more than {longest} days"
    if end is ABSENT:
        return ok(False, reason, "endDate")  # noqa: FBT003
    if not known(end) or not known(start):
        return ok(None, reason, "endDate")
    begin, finish = datetime.now(UTC) if start is ABSENT else _time(start), _time(end)
    short = begin is not None and finish is not None and (finish - begin).days <= longest
    return ok(short, reason, "endDate")


def _time(text: Value) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


RULES: tuple[Rule, ...] = (
    Rule(
        id="ID-05",
        title="Federated credential: allowed issuer, exact subject",
        types=FEDERATED,
        property="issuer, subject, audiences",
        severity="C",
        scope="R",
        profile="P1",
        iso=(
            direct("A.8.5", "Only tokens of known issuers, for one workload, are exchanged."),
            direct("A.5.17", "No stored secret is needed, and none can be guessed or copied."),
        ),
        hipaa=(direct("164.312(d)", "The workload that asks is the intended one."),),
        gdpr=(supporting("Art. 32(1)(b)", "Nobody outside obtains an identity with access to personal data."),),
        what="The credential trusts an issuer of the list, one exact subject, and the audience for token exchange.",
        why="The issuer decides who may become this identity. A subject with a wildcard, or one for pull requests, "
        "lets every branch and every contributor deploy; a wrong audience accepts tokens issued for others.",
        remediation="Name a subject such as `repo:owner/name:environment:prod` or a Kubernetes service account.",
        azure_default="None; all three are required.",
        bad='managedidentity.FederatedIdentityCredential("ci", issuer="https://token.actions.githubusercontent.com",\n'
        '    subject="repo:contoso/fabrix:pull_request", audiences=["api://AzureADTokenExchange"])',
        good='managedidentity.FederatedIdentityCredential("ci", '
        'issuer="https://token.actions.githubusercontent.com",\n'
        '    subject="repo:contoso/fabrix:environment:prod", audiences=["api://AzureADTokenExchange"])',
        check=trusted_token,
    ),
    Rule(
        id="ID-06",
        title="No long-lived app passwords",
        types=PASSWORDS,
        property="endDate",
        severity="H",
        scope="R",
        profile="P2",
        iso=(direct("A.5.17", "Authentication information expires within a known period."),),
        hipaa=(supporting("164.312(d)", "A copied password soon stops proving an identity."),),
        gdpr=(supporting("Art. 32(1)(b)", "A leaked password does not open anything for years."),),
        what="A password of an application or service principal expires within a year.",
        why="Client secrets are copied into pipelines and notebooks, and nobody knows where they are. The expiry date "
        "is the only limit to what a forgotten copy can do. A federated credential needs no secret at all.",
        remediation="Use a federated credential; otherwise set `end_date` and rotate with `rotate_when_changed`.",
        azure_default="Two years.",
        bad='azuread.ApplicationPassword("ci", application_id=app.id, end_date="2299-12-31T00:00:00Z")',
        good='azuread.ApplicationPassword("ci", application_id=app.id, start_date="2026-11-01T00:00:00Z",\n'
        '    end_date="2027-02-01T00:00:00Z")',
        check=short_password,
    ),
)
