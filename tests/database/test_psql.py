"""What psql said is shown; what could hold a password is not."""

from __future__ import annotations

import pytest

from database.psql import error_lines

REFUSED = """\
psql:<stdin>:12: NOTICE:  extension "pgcrypto" already exists, skipping
psql:<stdin>:57: ERROR:  nothing was changed:
database keycloak belongs to stranger, which has to hand it over: ALTER DATABASE keycloak OWNER TO fabrixadmin
role keycloak_user has more rights on the server than an application may have
CONTEXT:  PL/pgSQL function inline_code_block line 71 at RAISE
"""


def test_the_words_of_a_refusal_are_kept_whole_without_notices_and_context() -> None:
    said = error_lines(REFUSED)
    assert said[0] == "psql:<stdin>:57: ERROR:  nothing was changed:"
    assert len(said) == 3 and "more rights on the server" in said[2]


def test_a_statement_with_a_password_is_left_out() -> None:
    said = error_lines(
        'psql:<stdin>:80: ERROR:  syntax error at or near "hunter2"\n'
        "LINE 1: ALTER ROLE \"a\" LOGIN PASSWORD 'it''s hunter2-secret' oops;\n"
        "                                                              ^\n"
        "psql:<stdin>:81: ERROR:  cannot do it: ALTER ROLE \"a\" PASSWORD 'hunter2-secret'\n"
        "HINT:  Try again.\n"
    )
    assert "hunter2-secret" not in "\n".join(said)
    assert said[-1] == "HINT:  Try again." and said[-2].endswith("PASSWORD '…'")


@pytest.mark.parametrize(
    "line",
    [
        "ALTER ROLE x LOGIN PASSWORD 'hunter2-is-cut-o",
        "ALTER ROLE x PASSWORD  E'hunter2\\'-secret'",
        'missing "=" after "postgresql://u:hunter2-secret@h/db"',
        "invalid option: password=hunter2-secret",
    ],
)
def test_a_password_is_hidden_in_whatever_form_it_comes(line: str) -> None:
    assert "hunter2" not in "\n".join(error_lines(f"psql:<stdin>:1: ERROR:  {line}\n"))


def test_a_server_that_lets_nobody_in_is_told() -> None:
    text = 'psql: error: connection to server at "10.0.0.4", port 5432 failed: FATAL:  password authentication failed'
    assert error_lines(text + "\n") == [text]


def test_words_in_another_form_are_not_lost() -> None:
    assert error_lines("sh: psql: not found\n\n") == ["sh: psql: not found"]
