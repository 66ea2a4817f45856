"""Decodes what Pulumi's analyzer passes to a policy into plain data; only this module knows the SDK's internals.

The SDK wraps properties in proxies that raise on every access to an unknown value, ``in`` and ``get`` included, and
then abandons the whole policy for that resource. So the containers behind the proxies are read (their internal key
``__target``), where unknown values are fixed texts. Tests pin the SDK's version and both of these facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi
from pulumi_policy import PolicyResource, ResourceValidationArgs, Secret
from pulumi_policy import proxy as sdk
from pulumi_policy.secret import _DictSecretsProxy, _ListSecretsProxy

from resources.model import Options, Provider, Resource
from resources.tokens import normalise
from resources.values import SECRET, UNKNOWN, Value, steps

SDK_VERSION = "1.21.0"
"""The version of ``pulumi_policy`` that this module was written for."""
SENTINELS = frozenset(
    {
        sdk.UNKNOWN_BOOLEAN_VALUE, sdk.UNKNOWN_NUMBER_VALUE, sdk.UNKNOWN_STRING_VALUE, sdk.UNKNOWN_ARRAY_VALUE,
        sdk.UNKNOWN_ASSET_VALUE, sdk.UNKNOWN_ARCHIVE_VALUE, sdk.UNKNOWN_OBJECT_VALUE,
    }
)  # fmt: skip
"""The texts that represent unknown values."""
_PROXIES = (sdk._DictProxy, sdk._ListProxy, _DictSecretsProxy, _ListSecretsProxy)  # noqa: SLF001


def _raw(value: Value) -> Value:
    while isinstance(value, _PROXIES):
        value = value["__target"]
    return value


def plain(value: Value) -> Value:
    """Turn a proxy, or a value of a state file, into plain data with markers; whole floats become integers.

    The value of a secret is dropped. Files and archives become ``{"asset": <class>}``.
    """
    value = _raw(value)
    if isinstance(value, str):
        return UNKNOWN if value in SENTINELS else value
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return _special(value)


def _special(value: Value) -> Value:
    if isinstance(value, Secret):
        return SECRET
    return {"asset": type(value).__name__} if isinstance(value, (pulumi.Asset, pulumi.Archive)) else value


def _options(opts: Any, provider: Any) -> Options:  # noqa: ANN401 - two classes of the SDK with the same fields
    return Options(
        protect=bool(opts.protect),
        ignore_changes=tuple(opts.ignore_changes or ()),
        parent=opts.parent or None,
        provider=Provider(provider.resource_type, provider.name, plain(provider.props)) if provider else None,
        aliases=tuple(opts.aliases or ()),
        retain_on_delete=bool(getattr(opts, "retain_on_delete", False)),
    )


def from_inputs(args: ResourceValidationArgs) -> Resource:
    """Decode a resource as the program registers it: inputs, no dependencies."""
    return Resource(
        urn=args.urn,
        type=normalise(args.resource_type),
        name=args.name,
        props=plain(args.props),
        options=_options(args.opts, args.provider),
        token=args.resource_type,
    )


def from_stack(registered: PolicyResource, seen: Resource | None) -> Resource:
    """Decode a resource of a whole stack.

    The SDK passes outputs to policies of a stack, which lack inputs that Azure does not return: the resource group,
    names of parents. So the inputs are those of the resource that the analyzer saw before, if it did.
    """
    outputs = plain(registered.props)
    identifier = outputs.get("id")
    return Resource(
        urn=registered.urn,
        type=normalise(registered.resource_type),
        name=registered.name,
        props=seen.props if seen else outputs,
        outputs=outputs,
        id=identifier if isinstance(identifier, str) else None,
        options=_options(registered.opts, registered.provider),
        dependencies=_urns(registered.dependencies),
        property_dependencies={name: _urns(sources) for name, sources in registered.property_dependencies.items()},
        token=registered.resource_type,
    )


def _urns(resources: Iterable[PolicyResource]) -> frozenset[str]:
    return frozenset(resource.urn for resource in resources)


def with_changes(props: Value, changes: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the properties with these paths set, for a remediation; None where there was nothing to set.

    Unknown values and secrets are passed on as they are. A path through an unknown value, a list or a secret is left
    alone, since its other content is not known.
    """
    result = dict(_raw(props))
    done = [_set(result, steps(path), value) for path, value in changes.items()]
    return result if any(done) else None


def _set(target: dict[str, Any], path: tuple[str, ...], value: Value) -> bool:
    step, rest = path[0], path[1:]
    if not rest:
        target[step] = value
        return True
    child = _raw(target.get(step))
    if child is None:
        child = {}
    if not isinstance(child, Mapping):
        return False
    copy = dict(child)
    changed = _set(copy, rest, value)
    if changed:
        target[step] = copy
    return changed
