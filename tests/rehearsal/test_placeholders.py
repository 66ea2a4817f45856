"""A placeholder has the form of its secret, tells nothing of it, and stands wherever the secret stood."""

from __future__ import annotations

import string
import urllib.parse
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.text_placeholders import SHORTEST_PART, TextPlaceholders

LETTERS = string.ascii_letters + string.digits
SECRETS = st.text(LETTERS + "-_.~!$*", min_size=SHORTEST_PART, max_size=64).filter(
    lambda t: any(c.isalnum() for c in t)
)
LONG = st.text(LETTERS, min_size=16, max_size=64)
ANY = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=80)


def learned(*texts: str, clear: tuple[str, ...] = (), key: bytes = b"a test's own key") -> TextPlaceholders:
    made = TextPlaceholders(key)
    made.learn(texts, clear, {})
    return made


def kind(sign: str) -> str:
    if sign in string.digits:
        return "digit"
    if sign in string.ascii_letters:
        return "small" if sign.islower() else "capital"
    return sign


class TestForm:
    """What services and the program check of a value still holds."""

    @given(SECRETS)
    def test_length_and_kinds_of_characters_stay(self, secret: str) -> None:
        found = learned(secret).placeholder(secret)
        assert len(found) == len(secret)
        used = set(secret) - {"-"}
        if not used <= set("0123456789abcdef") and not used <= set("0123456789ABCDEF"):
            assert list(map(kind, found)) == list(map(kind, secret))

    @given(st.binary(min_size=16, max_size=16))
    def test_hexadecimal_and_uuids_stay_such(self, made: bytes) -> None:
        for secret in (made.hex(), str(uuid.UUID(bytes=made))):
            if not secret.replace("-", "").isdigit():
                assert uuid.UUID(hex=learned(secret).placeholder(secret).replace("-", ""))

    @given(ANY)
    def test_any_text_has_one_of_the_same_length_unless_it_is_escaped_in_a_url(self, secret: str) -> None:
        found = learned(secret).placeholder(secret)
        assert "%" in secret or len(found) == len(secret)

    @given(st.integers(0, 10**12))
    def test_a_number_stays_a_number(self, number: int) -> None:
        assert learned(str(number)).placeholder(str(number)).isdigit()


class TestSecrecy:
    """Nothing of the secret is left."""

    @given(SECRETS)
    def test_it_is_another_text(self, secret: str) -> None:
        assert learned(secret).placeholder(secret) != secret

    @given(
        LONG,
        LONG,
        st.sampled_from(["{a} and {b}", '{{"one":"{a}","two":"{b}"}}', "postgresql://u:{a}@h:5432/x?key={b}"]),
    )
    def test_no_secret_is_left_inside_another(self, one: str, two: str, template: str) -> None:
        whole = template.format(a=one, b=two)
        found = learned(one, two, whole).placeholder(whole)
        assert one not in found and two not in found

    @given(LONG)
    def test_what_stands_only_inside_a_text_is_found_by_its_place(self, password: str) -> None:
        for text in (
            f"rediss://:{password}@cache.example.net:10000",
            f"DefaultEndpointsProtocol=https;AccountName=data;AccountKey={password};EndpointSuffix=core.example.net",
            f"https://data.blob.example.net/c?sv=2024&sig={password}",
            f"https://hooks.example.net/services/{password}",
        ):
            assert password not in learned(text).placeholder(text)

    @given(LONG)
    def test_another_rehearsal_has_other_placeholders(self, secret: str) -> None:
        assert learned(secret, key=b"one").placeholder(secret) != learned(secret, key=b"another").placeholder(secret)

    def test_a_key_is_made_where_none_is_given(self) -> None:
        first, second = TextPlaceholders(), TextPlaceholders()
        assert first.pseudorandom_bytes("x", 32) != second.pseudorandom_bytes("x", 32)


class TestSameEverywhere:
    """What the program derives from placeholders is what became of what it derived from secrets."""

    @given(SECRETS, st.sampled_from(["keycloak", "miso_user"]))
    def test_a_connection_string(self, password: str, role: str) -> None:
        def url(value: str) -> str:
            return f"postgresql://{role}:{urllib.parse.quote(value, safe='')}@pg.example.net:5432/miso?sslmode=require"

        placeholders = learned(password, url(password), clear=("pg.example.net", role))
        assert placeholders.placeholder(url(password)) == url(placeholders.placeholder(password))

    @given(LONG, LONG)
    def test_pairs(self, one: str, two: str) -> None:
        def text(first: str, second: str) -> str:
            return f"InstrumentationKey={first};IngestionEndpoint=https://sdc.example.net/;ApplicationId={second}"

        placeholders = learned(one, text(one, two), clear=("sdc.example.net", two))
        assert placeholders.placeholder(text(one, two)) == text(placeholders.placeholder(one), two)

    @given(LONG)
    def test_the_same_text_twice(self, secret: str) -> None:
        placeholders = learned(secret)
        assert placeholders.placeholder(secret) == placeholders.placeholder(secret)

    @pytest.mark.parametrize(
        "text",
        [
            "rediss://cache.example.net:10000?ssl_cert_reqs=required",
            "postgresql://cache.example.net?sslmode=verify-full",
            "production",
        ],
    )
    def test_what_is_said_in_clear_elsewhere_is_no_secret(self, text: str) -> None:
        assert learned(text, clear=("cache.example.net", "production")).placeholder(text) == text
