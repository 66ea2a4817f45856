"""The SQL of the shipped stacks, and how names and texts are quoted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from database.sql import VERSION, checksum, identifier, install_sql, literal, mark, password_variable
from database.wanted import Database, wanted
from settings import load
from settings.application import MAX_IDENTIFIER, role_of, second_login

ROOT = Path(__file__).parents[2]
STACKS = ("dev", "test", "prod")
DATABASE_NAMES = st.from_regex(r"[a-z_][a-z0-9_-]{0,57}", fullmatch=True)


@pytest.mark.parametrize("stack", STACKS)
def test_every_database_of_the_stack_is_in_the_sql(stack: str) -> None:
    apps = load.stack(ROOT, stack).apps
    sql = install_sql(wanted(apps))
    names = [database.name for app in apps for database in app.databases]
    assert names
    for name in names:
        assert f'\\connect "{name}"' in sql
        assert f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC' in sql


@pytest.mark.parametrize("stack", STACKS)
def test_the_sql_holds_no_password(stack: str) -> None:
    sql = install_sql(wanted(load.stack(ROOT, stack).apps))
    for value in re.findall(r"PASSWORD (\S+);", sql):
        assert re.fullmatch(r":'(password|second)_\d+'", value)


def test_the_checksum_is_of_what_is_wanted() -> None:
    one = Database(name="claims", owner="claims_user", second="claims_user_b", extensions=())
    more = Database(name="claims", owner="claims_user", second="claims_user_b", extensions=("vector",))
    assert checksum([one]) == checksum([one])
    assert checksum([one]) != checksum([more])
    assert mark([one]) == f"aifabrix {VERSION} {checksum([one])}"
    assert mark([one]) in install_sql([one])


def test_a_stack_without_databases_has_nothing_to_run() -> None:
    assert install_sql([]) == "\\echo no databases are wanted\n"


@given(DATABASE_NAMES)
def test_both_logins_have_names_that_postgresql_keeps(name: str) -> None:
    owner = role_of(name)
    assert second_login(owner) != owner
    assert len(second_login(owner)) <= MAX_IDENTIFIER


@given(DATABASE_NAMES, DATABASE_NAMES)
def test_no_two_logins_share_a_name_or_a_variable(one: str, other: str) -> None:
    if role_of(one) == role_of(other):  # the settings refuse such a pair
        return
    logins = [login for name in (one, other) for login in (role_of(name), second_login(role_of(name)))]
    assert len(set(logins)) == 4
    assert len({password_variable(login) for login in logins}) == 4


@given(st.text())
def test_a_quoted_text_ends_where_it_should(text: str) -> None:
    assert identifier(text)[1:-1].replace('""', "").count('"') == 0
    assert literal(text)[1:-1].replace("''", "").count("'") == 0
