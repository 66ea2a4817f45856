"""Markdown for a pull request: what a change does to each stack, and what has to be fixed first.

Names come from files of the pull request, so every text from outside is quoted as code, where Markdown, HTML, links and
mentions have no effect. Values of properties are never shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from judging import transition
from judging.reports.findings import FindingOutcome, Judgement, ReportedFinding, group_alike
from rehearsal.check import CheckedStack
from resources.tokens import normalise, split_urn
from support.console import shortened

MARKER = "<!-- fabrix check -->"
"""First line of every comment, invisible: pipelines use it to find and replace the comment of an earlier push."""

FOOTER = (
    "<sub>Rehearsed in an emulated, throwaway Azure; nothing was changed in a subscription. "
    "`./fabrix check` shows the same on your machine.</sub>"
)

LIMIT = 60_000
"""Characters; GitHub refuses a comment of more than 65,536."""
_LENGTHS = (40, 15, 5, 1)
"""Entries of a list, tried in this order until the comment fits the limit."""
_LONGEST = 400
"""Characters of a quoted text."""
_NAMED = 6
"""Resources that are named in one entry; the rest is counted."""
_VERBS: Mapping[str, str] = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "import": "imported",
    "read": "read",
}


Entry = TypeVar("Entry")


def pull_request_comment(
    checked: Sequence[CheckedStack], revision: str | None, changed_since: str | None = None
) -> str:
    """Return the comment about the stacks that were checked; ``revision`` is what they were compared with."""
    for limit in _LENGTHS:
        comment = _page(checked, revision, changed_since, limit)
        if len(comment) <= LIMIT:
            return comment
    return _cut(comment)


def refusal_comment(reason: str) -> str:
    """Return the comment for a check that could not begin, because the files themselves are wrong."""
    reasons = [f"- {_code(part)}" for part in reason.split("\n\n") if part.strip()]
    return _cut("\n".join((MARKER, "## Rehearsal: not possible", "", *reasons, "")))


def _page(checked: Sequence[CheckedStack], revision: str | None, changed_since: str | None, limit: int) -> str:
    lines = [MARKER, f"## Rehearsal: {_summary(checked)}", ""]
    if not checked:
        lines += [f"No stack is affected by what changed since {_code(changed_since or 'the base')}.", ""]
    for stack in checked:
        lines += _stack(stack, revision, limit)
    return "\n".join([*lines, FOOTER, ""])


def _summary(checked: Sequence[CheckedStack]) -> str:
    if not checked:
        return "no stack is affected"
    broken = [each.stack for each in checked if each.errors]
    refusals = sum(len(each.judgement.refusals) for each in checked if each.judgement)
    data = sum(loss.stateful for each in checked for loss in each.losses)
    parts = [
        f"{len(broken)} of {len(checked)} stacks do not deploy" if broken else "",
        _count(refusals, "mandatory violation") if refusals else "",
        f"{_count(data, 'resource')} with data replaced or deleted" if data else "",
        "the way back does not end where it began" if any(each.way_back for each in checked) else "",
    ]
    return "; ".join(filter(None, parts)) or f"{_count(len(checked), 'stack')}, nothing refused"


def _stack(stack: CheckedStack, revision: str | None, limit: int) -> list[str]:
    lines = [f"### {_code(stack.stack)}", ""]
    if stack.notes:
        lines += [*_list(stack.notes, limit, _code), ""]
    if stack.errors:
        lines += ["**Does not deploy:**", "", *_list(stack.errors, limit, _code), ""]
    lines += _change(stack, revision, limit)
    if stack.judgement:
        lines += _rules(stack.judgement, limit)
    if stack.way_back is not None:
        if stack.way_back:
            lines += ["**The way back does not end where it began:**", "", *_list(stack.way_back, limit, _code), ""]
        else:
            lines += ["**The way back** was rehearsed: every object is as it was.", ""]
    elif stack.compared:
        lines += ["The way back was not rehearsed (`--and-back` does).", ""]
    return lines


def _change(stack: CheckedStack, revision: str | None, limit: int) -> list[str]:
    if not stack.compared:
        return []
    counts = Counter(_VERBS.get(operation, operation) for operation in stack.changes.values())
    counted = ", ".join(f"{counts[verb]} {verb}" for verb in dict.fromkeys(_VERBS.values()) if counts[verb])
    before = revision or "before"
    short = before[:12] if re.fullmatch(r"[0-9a-f]{40}", before) else before
    lines = [f"**Compared with {_code(short)}:** {counted or 'nothing changes in Azure'}.", ""]
    if stack.losses:
        lines += [*_list(stack.losses, limit, _loss), ""]
    if stack.gaps:
        lines += [
            "**Apps without what they need, for a while:**",
            "",
            *_list(transition.grouped_gaps(stack.gaps), limit, _gap),
            "",
        ]
    lost = {loss.urn for loss in stack.losses}
    rest = [(urn, operation) for urn, operation in sorted(stack.changes.items()) if urn not in lost]
    if rest:
        lines += [
            "<details><summary>Created and updated</summary>",
            "",
            *_list(rest, limit, _changed),
            "",
            "</details>",
            "",
        ]
    return lines


def _rules(judgement: Judgement, limit: int) -> list[str]:
    counts = ", ".join(f"{number} {name}" for name, number in judgement.counts().items() if number)
    lines = [f"**Rules** (profile {_code(judgement.profile)}): {counts or 'nothing to judge'}.", ""]
    refused = group_alike(judgement.refusals)
    others = [each for each in judgement.of(FindingOutcome.FAIL, FindingOutcome.UNDETERMINED) if not each.refuses]
    if refused:
        lines += ["**Refused until fixed:**", "", *_list(refused, limit, _finding), ""]
    if others:
        lines += [
            "<details><summary>Advisory or undetermined</summary>",
            "",
            *_list(group_alike(others), limit, _finding),
            "",
            "</details>",
            "",
        ]
    if waived := group_alike(judgement.of(FindingOutcome.WAIVED)):
        lines += ["<details><summary>Waivers used</summary>", "", *_list(waived, limit, _waived), "", "</details>", ""]
    return lines


def _list(entries: Sequence[Entry], limit: int, text: Callable[[Entry], str]) -> list[str]:
    lines = [f"- {text(entry)}" for entry in entries[:limit]]
    if len(entries) > limit:
        lines.append(f"- and {len(entries) - limit} more: the log of the check has all of them")
    return lines


def _loss(loss: transition.Loss) -> str:
    verb = _VERBS.get(loss.operation, loss.operation)
    cause = f" because of {', '.join(map(_code, loss.properties[:_NAMED]))}" if loss.properties else ""
    data = ". **It holds data**, which is not carried over" if loss.stateful else ""
    return f"{_code(loss.name)} ({_code(normalise(loss.type))}) is {verb}{cause}{data}"


def _changed(change: tuple[str, str]) -> str:
    urn, operation = change
    token, name = split_urn(urn)
    return f"{_code(name)} ({_code(normalise(token))}) is {_VERBS.get(operation, operation)}"


def _gap(gap: tuple[str, str, list[str]]) -> str:
    app, until, names = gap
    return f"{_code(app)} is without {_names(names)} {until}"


def _finding(findings: list[ReportedFinding]) -> str:
    first = findings[0]
    level = "" if first.refuses else f" ({first.outcome.value}, {first.level})"
    return (
        f"**{first.rule.id}** {_plain(first.rule.title)}{level} at {_code(str(first.origins[0]))}: "
        f"{_names(finding.name for finding in findings)}: {_code(first.reason)}. Fix: {_plain(first.rule.remediation)}"
    )


def _waived(findings: list[ReportedFinding]) -> str:
    first, waiver = findings[0], findings[0].waiver
    until = f", until {waiver.expires}, accepted by {_code(waiver.approver)} ({_code(waiver.ticket)})" if waiver else ""
    return f"**{first.rule.id}** {_plain(first.rule.title)}: {_names(finding.name for finding in findings)}{until}"


def _names(names: Iterable[str]) -> str:
    return shortened([_code(name) for name in dict.fromkeys(names)], _NAMED)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _code(text: str) -> str:
    """Quote as code: one line, without control characters that affect a terminal or the visible order of letters."""
    clean = _visible(text)
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", clean)), default=0))
    pad = " " if clean.startswith("`") or clean.endswith("`") else ""
    return f"{fence}{pad}{clean}{pad}{fence}" if clean else "`-`"


def _plain(text: str) -> str:
    """Escape the text of our own rules for Markdown; what it quotes as code stays code."""
    parts = re.split(r"`([^`]+)`", _visible(text))
    return "".join(_code(part) if number % 2 else _escaped(part) for number, part in enumerate(parts))


def _escaped(text: str) -> str:
    escaped = re.sub(r"([\\`*_{}\[\]()<>#|~&!:@])", r"\\\1", text)
    return escaped.replace("@", "@\u200b")  # GitHub looks for mentions after it has rendered Markdown


def _visible(text: str) -> str:
    joined = " ".join("".join(" " if unicodedata.category(char)[0] == "C" else char for char in text).split())
    return joined if len(joined) <= _LONGEST else joined[: _LONGEST - 1] + "…"


def _cut(comment: str) -> str:
    """Keep as many whole lines as the limit allows."""
    kept, size = [], 0
    for line in comment.splitlines():
        size += len(line) + 1
        if size > LIMIT - 100:
            return "\n".join([*kept, "", "The rest does not fit: the log of the check has all of it.", ""])
        kept.append(line)
    return "\n".join([*kept, ""])
