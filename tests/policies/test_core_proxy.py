"""What the SDK hands over is decoded without its proxies: these tests pin the facts that the decoder rests on."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pulumi
import pulumi_policy.proxy as sdk
import pytest
from pulumi_policy import Secret
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import unknown_checking_proxy

from policies import proxy
from resources.values import SECRET, UNKNOWN

SENTINELS = {
    name: value for name, value in vars(sdk).items() if name.startswith("UNKNOWN_") and name.endswith("_VALUE")
}
SECRET_ON_THE_WIRE = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "canary-5d1f"}
ASSET_ON_THE_WIRE = {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "text": "hello"}


def _proxied(props: dict[str, Any], *, secrets: bool = False) -> Any:
    return unknown_checking_proxy(deserialize_properties(props, secrets))


def test_the_sdk_is_the_one_that_the_decoder_was_written_against() -> None:
    assert version("pulumi_policy") == proxy.SDK_VERSION, (
        "read the SDK's proxy.py and secret.py again, then change the pin"
    )


def test_the_sdk_has_seven_texts_for_unknown_values_and_the_decoder_knows_all() -> None:
    assert len(SENTINELS) == 7
    assert set(SENTINELS.values()) == proxy.SENTINELS


@pytest.mark.parametrize("name", SENTINELS)
def test_each_unknown_becomes_the_one_marker_where_the_sdk_would_raise(name: str) -> None:
    proxied = _proxied({"known": "x", "deep": {"list": [SENTINELS[name], {"a": 1.0}]}})
    with pytest.raises(sdk.UnknownValueError):
        _ = proxied["deep"]["list"][0]
    assert proxy.plain(proxied) == {"known": "x", "deep": {"list": [UNKNOWN, {"a": 1}]}}


def test_the_decoded_data_holds_no_proxy() -> None:
    decoded = proxy.plain(_proxied({"a": {"b": [{"c": True}]}}))
    assert (type(decoded), type(decoded["a"]), type(decoded["a"]["b"])) == (dict, dict, list)
    assert decoded["a"]["b"][0]["c"] is True


def test_numbers_that_are_whole_are_integers_again() -> None:
    assert repr(proxy.plain(_proxied({"days": 35.0, "part": 0.5}))) == "{'days': 35, 'part': 0.5}"


def test_the_value_of_a_secret_is_not_kept() -> None:
    decoded = proxy.plain(_proxied({"a": {"password": SECRET_ON_THE_WIRE}}, secrets=True))
    assert decoded["a"]["password"] is SECRET
    assert proxy.plain(Secret({"x": 1})) is SECRET


def test_files_are_named_by_their_kind() -> None:
    assert proxy.plain(_proxied({"f": ASSET_ON_THE_WIRE})) == {"f": {"asset": "StringAsset"}}
    assert proxy.plain(pulumi.FileArchive("x")) == {"asset": "FileArchive"}


def test_a_remediation_changes_only_what_it_names() -> None:
    unknown = sdk.UNKNOWN_STRING_VALUE
    proxied = _proxied({"name": unknown, "site": {"tls": "1.0", "key": SECRET_ON_THE_WIRE}}, secrets=True)
    changed = proxy.with_changes(proxied, {"site.tls": "1.2", "cors.deep.on": True})
    assert changed is not None
    assert changed["name"] == unknown
    assert changed["site"]["tls"] == "1.2"
    assert isinstance(changed["site"]["key"], Secret)
    assert changed["cors"] == {"deep": {"on": True}}
    assert proxy.plain(proxied)["site"]["tls"] == "1.0", "what the SDK handed over stays as it was"


def test_a_remediation_leaves_alone_what_is_not_known() -> None:
    proxied = _proxied({"site": sdk.UNKNOWN_OBJECT_VALUE, "list": [1]}, secrets=True)
    assert proxy.with_changes(proxied, {"site.tls": "1.2", "list.x": 1}) is None
