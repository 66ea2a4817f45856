"""A promotion changes one line of a stack file and nothing else, whatever else stands there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from settings import load
from settings.release_line import rewrite

ROOT = Path(__file__).parents[2]
STACKS = ("dev", "test", "prod")

TOP = "config:\n  aifabrix:platform:\n"

ids = st.builds(lambda y, m, n: f"{y}.{m}.{n}", st.integers(2020, 2099), st.integers(1, 12), st.integers(0, 99))
lines = st.one_of(ids, st.tuples(ids, ids))
words = st.text(st.characters(max_codepoint=0x2FF, exclude_categories=["Cc"]), max_size=30)
blanks = st.text(" ", max_size=3)
comments = st.builds(lambda text: f"# {text}", words)
PAIR = "{running: 2026.11.0, standby: 2026.9.0}"
SPACED = "{ standby: 2026.9.0,  running: '2026.11.0' }"
values = st.sampled_from(["2026.11.0", '"2026.11.0"', "'2026.11.0'", PAIR, SPACED])
others = st.sampled_from(
    ["    size: m", "    data: {postgres: {backupDays: 7}}", "", "    # release: 2020.1.0", "      # deeper",
     "    note: 'release: 2020.1.0'", "    tags: [release, 2026.11.0]", "    applications:\n      release: 2020.1.0",
     "    text: |\n      release: 2020.1.0\n      more"]
)  # fmt: skip


@st.composite
def stack_files(draw: st.DrawFn) -> str:
    before = draw(st.lists(others, max_size=4, unique_by=lambda line: line.strip().split(":")[0]))
    after = draw(st.lists(others, max_size=4, unique_by=lambda line: line.strip().split(":")[0]))
    written = [line.strip() for line in [*before, *after] if line.strip() and not line.strip().startswith("#")]
    keys = [line.split(":")[0] for line in written]
    assume(len(keys) == len(set(keys)))
    tail = draw(st.sampled_from(["", " ", "  "])) + draw(st.one_of(st.just(""), comments.map(lambda c: f" {c}")))
    release = f"    release:{draw(blanks)} {draw(values)}{tail}"
    top = draw(st.lists(st.one_of(comments, st.just("")), max_size=2))
    text = "\n".join([*top, "config:", "  aifabrix:platform:", *before, release, *after])
    text += draw(st.sampled_from(["", "\n", "\n\n", "\nencryptionsalt: v1:abc\n"]))
    return draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(text=stack_files(), release=lines)
def test_every_other_line_keeps_every_byte(text: str, release: str | tuple[str, str]) -> None:
    changed = rewrite(text, release)
    old, new = text.split("\n"), changed.split("\n")
    assert len(old) == len(new), "no line comes or goes"
    different = [index for index, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    assert len(different) <= 1, "one line changes and no other"
    if different:
        assert old[different[0]].startswith("    release:")
        assert ("#" in old[different[0]]) == ("#" in new[different[0]]), "a comment behind it stays"
        _, _, comment = old[different[0]].partition("#")
        assert new[different[0]].endswith(comment)
    said = YAML(typ="safe").load(changed.removeprefix("\ufeff"))["config"]["aifabrix:platform"]["release"]
    pair = (release, release) if isinstance(release, str) else release
    expected = pair[0] if pair[0] == pair[1] else {"running": pair[0], "standby": pair[1]}
    assert said == expected


@given(text=stack_files(), release=lines, between=lines)
def test_going_there_and_back_gives_the_same_text(text: str, release: str | tuple[str, str], between: str) -> None:
    once = rewrite(text, release)
    assert rewrite(rewrite(once, between), release) == once


@pytest.mark.parametrize("stack", STACKS)
def test_the_shipped_files_can_be_rewritten(stack: str) -> None:
    text = (ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    changed = rewrite(text, ("2026.12.0", "2026.11.0"))
    assert changed.replace("{running: 2026.12.0, standby: 2026.11.0}", "2026.11.0") == text
    assert rewrite(changed, "2026.11.0") == text
    assert load.stack(ROOT, stack).release_id == "2026.11.0", "the file itself is not touched"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no aifabrix:platform"),
        ("config: {}\n", "no aifabrix:platform"),
        ("config:\n  aifabrix:platform:\n    size: m\n", "no aifabrix:platform:release"),
        ("config:\n  aifabrix:platform:\n    release: 1\n    release: 2\n", "several"),
        (f"{TOP}    release:\n      running: 2026.1.0\n      standby: 2026.2.0\n", "several lines"),
        ("config:\n  aifabrix:platform:\n    release: &r 2026.1.0\n    other: *r\n", "cannot be changed alone"),
        (f"{TOP}    other: &r 2026.1.0\n    release: *r\n", "several lines"),
        ("config:\n  - [", "not YAML"),
    ],
)
def test_a_file_whose_line_cannot_be_changed_alone_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rewrite(text, "2026.12.0")


@pytest.mark.parametrize("release", ["latest", "2026.11", "2026.11.0 # x", "2026.11.0\nsize: xl", ("2026.11.0", "")])
def test_what_is_no_release_id_never_gets_into_a_stack_file(release: str | tuple[str, str]) -> None:
    text = (ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="no release id"):
        rewrite(text, release)
