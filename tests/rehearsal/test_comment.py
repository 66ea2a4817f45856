"""The comment says what matters first, fits, and nothing that somebody named does anything in it."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from judging.reports.findings import FindingOutcome
from judging.transition import Gap, Loss
from rehearsal import comment
from rehearsal.check import CheckedStack
from tests.judging.sample import FINDINGS, JUDGEMENT, UNJUDGED, WAIVER, urn

HOSTILE = (
    "x` </details> <script>alert(1)</script> [a](https://evil.example) @everyone #1 ![i](http://e.example/i) | \n# h"
)
LOSS = Loss(
    urn("keyvault:Vault", "vault-sdc"), "azure-native:keyvault:Vault", "vault-sdc", "replace", ("location",), True
)


def checked(**changes: object) -> CheckedStack:
    made = CheckedStack(
        stack="prod",
        judgement=JUDGEMENT,
        compared=True,
        changes={LOSS.urn: "replace", urn("web:WebApp", "app-sdc-flowise"): "update"},
        losses=(LOSS,),
        gaps=(Gap("app-sdc-flowise", "vault-sdc", "keyvault:Vault", "until the new one exists"),),
    )
    return dataclasses.replace(made, **changes)


def rendered(text: str) -> str:
    """As GitHub renders it before it makes the result safe: tables, strikethrough, HTML."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)


class TestWords:
    """What a reviewer looks for is there."""

    def test_the_first_line_is_how_pipelines_find_it(self) -> None:
        assert comment.pull_request_comment([], "HEAD^1").splitlines()[0] == comment.MARKER
        assert comment.refusal_comment("wrong").splitlines()[0] == comment.MARKER

    def test_the_heading_says_the_worst(self) -> None:
        heading = comment.pull_request_comment([checked()], "main").splitlines()[1]
        assert "2 mandatory violations" in heading and "1 resource with data replaced or deleted" in heading
        quiet = dataclasses.replace(JUDGEMENT, findings=(UNJUDGED,))
        assert "nothing refused" in comment.pull_request_comment(
            [checked(judgement=quiet, losses=(), changes={})], "main"
        )
        assert "1 of 1 stacks do not deploy" in comment.pull_request_comment(
            [checked(judgement=None, errors=["no"])], "main"
        )

    def test_the_plan_is_said_in_words(self) -> None:
        text = comment.pull_request_comment([checked()], "main")
        assert "**Compared with `main`:** 1 updated, 1 replaced." in text
        assert "- `vault-sdc` (`keyvault:Vault`) is replaced because of `location`. **It holds data**" in text
        assert "- `app-sdc-flowise` is without `vault-sdc` until the new one exists" in text
        assert "- `app-sdc-flowise` (`web:WebApp`) is updated" in text

    def test_a_violation_has_its_line_and_its_remedy(self) -> None:
        (line,) = [
            each
            for each in comment.pull_request_comment([checked()], "main").splitlines()
            if each.startswith("- **ST-01**")
        ]
        assert "`Pulumi.prod.yaml:7`" in line and "Fix: " in line
        assert "`storage-sdc-data`, `storage-sdc-files`" in line, "resources with the same fault are one entry"

    def test_waivers_are_named_with_who_answers_for_them(self) -> None:
        text = comment.pull_request_comment([checked()], "main")
        assert "until 2027-02-15, accepted by `security-officer@contoso.example` (`PLAT-1`)" in text

    @pytest.mark.parametrize(
        ("back", "said"),
        [
            ([], "was rehearsed: every object is as it was"),
            (["vault-sdc is gone"], "does not end where it began:**\n\n- `vault-sdc is gone`"),
            (None, "was not rehearsed"),
        ],
    )
    def test_it_says_whether_the_way_back_works(self, back: list[str] | None, said: str) -> None:
        assert said in comment.pull_request_comment([checked(way_back=back)], "main")

    def test_a_change_that_concerns_no_stack_is_said(self) -> None:
        assert "No stack is affected by what changed since `abc`." in comment.pull_request_comment([], "abc", "abc")

    def test_every_wrong_file_is_an_entry(self) -> None:
        assert "- `Pulumi.dev.yaml: a`\n- `Pulumi.test.yaml: b`" in comment.refusal_comment(
            "Pulumi.dev.yaml: a\n\nPulumi.test.yaml: b"
        )


class TestHarmless:
    """Names and reasons come from files that anybody may propose."""

    @given(
        st.text(max_size=60).map(lambda text: text + HOSTILE)
        | st.just(HOSTILE)
        | st.text(alphabet="`~<>@#|\\\n ", max_size=40)
    )
    def test_nothing_that_somebody_named_does_anything(self, words: str) -> None:
        waiver = dataclasses.replace(WAIVER, approver=words, ticket=words)
        lines = [
            dataclasses.replace(line, name=words, reason=words, waiver=waiver if line.waiver else None)
            for line in FINDINGS
        ]
        stack = checked(
            stack=words,
            judgement=dataclasses.replace(JUDGEMENT, findings=tuple(lines), profile=words),
            notes=[words],
            errors=[words],
            losses=(dataclasses.replace(LOSS, name=words, type=words, properties=(words,)),),
            gaps=(Gap(words, words, words, "from then on"),),
            way_back=[words],
        )
        for text in (comment.pull_request_comment([stack], words, words), comment.refusal_comment(words)):
            outside = re.sub(r"<code>.*?</code>", "", rendered(text), flags=re.DOTALL)
            tags = set(re.findall(r"<\s*/?\s*(\w+)", outside))
            assert tags <= {"h2", "h3", "ul", "li", "p", "strong", "em", "details", "summary", "sub"}, tags
            assert outside.count("<details") == outside.count("</details"), "nobody closes what we opened"
            assert not re.search(r"@\w|https?:|#\d", outside), "mentions and links work outside of code only"
            assert text.count(comment.MARKER) >= 1 and text.startswith(comment.MARKER)

    def test_what_steers_a_reader_is_left_out(self) -> None:
        text = comment.pull_request_comment([checked(notes=["a\u202eb\x1b[2Jc\u200bd"])], "main")
        assert "`a b [2Jc d`" in text, "no direction marks, no escapes, nothing invisible"


class TestSize:
    """GitHub refuses a comment of more than 65,536 characters."""

    def test_long_lists_are_cut_evenly_before_anything_is_lost(self) -> None:
        many = tuple(
            dataclasses.replace(LOSS, urn=f"{LOSS.urn}-{n}", name=f"vault-{n}-{'x' * 300}") for n in range(500)
        )
        judged = [
            dataclasses.replace(FINDINGS[0], outcome=FindingOutcome.FAIL, reason=f"{n} {'y' * 390}", name=f"n{n}")
            for n in range(500)
        ]
        stacks = [
            checked(stack=f"s{n}", losses=many, judgement=dataclasses.replace(JUDGEMENT, findings=tuple(judged)))
            for n in range(5)
        ]
        text = comment.pull_request_comment(stacks, "main")
        assert 10_000 < len(text) <= comment.LIMIT
        for n in range(5):
            assert f"### `s{n}`" in text, "every stack is there"
        assert "more: the log of the check has all of them" in text

    def test_even_a_thousand_stacks_fit(self) -> None:
        text = comment.pull_request_comment([checked(stack=f"s{n}", notes=["z" * 400]) for n in range(1000)], "main")
        assert len(text) <= comment.LIMIT and "The rest does not fit" in text
        assert len(comment.refusal_comment("\n\n".join(["w" * 400] * 1000))) <= comment.LIMIT
