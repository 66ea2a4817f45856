"""The one base class of all components, and the transforms of every program: fast previews, attempts while busy."""

from __future__ import annotations

import re
import typing
from typing import Any, ClassVar, Generic, TypeVar

import pulumi

from components.shared.busy import retry_while_busy

ArgsT = TypeVar("ArgsT")

_VERSIONED = re.compile(r"azure-native:\w+/v\d{8}")


class FabrixComponent(pulumi.ComponentResource, Generic[ArgsT]):
    """A component with type token ``aifabrix:<module>:<Class>`` that always registers its outputs.

    A subclass implements :meth:`build`, creates its resources with ``opts=self.child()`` and assigns every attribute
    that it annotates at class level; these attributes are its outputs. Registration happens here, so that no subclass
    can forget it.
    """

    module: ClassVar[str]
    """Middle part of the type token: the folder of the component, e.g. ``data``."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        package, _, rest = cls.__module__.partition(".")
        cls.module = rest.split(".")[0] if package == "components" and "." in rest else "platform"

    def __init__(self, name: str, args: ArgsT, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"aifabrix:{self.module}:{type(self).__name__}", name, None, opts)
        self.build(name, args)
        self.register_outputs({field: getattr(self, field) for field in self._output_fields()})

    def build(self, name: str, args: ArgsT) -> None:
        """Create the component's resources; called once, from the constructor."""
        raise NotImplementedError

    def child(self, **options: Any) -> pulumi.ResourceOptions:  # noqa: ANN401 - passed through to ResourceOptions
        """Options of a child resource: this component as parent, plus ``options``."""
        return pulumi.ResourceOptions(parent=self, **options)

    @classmethod
    def _output_fields(cls) -> list[str]:
        """Names annotated as outputs by the class itself, in order of definition."""
        return [name for name, hint in cls.__annotations__.items() if "Output[" in str(hint)]


def drop_sdk_aliases(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """Stack transformation: removes the API-version aliases that the azure-native SDK puts on every resource.

    The SDK adds about 43 aliases a resource, each with nothing but a type, so that stacks made with older API-version
    types keep their resources; computing their URNs takes two thirds of a preview (measured: 300 resources, 26.5 s
    against 9.6 s). No stack of this program ever held a type that names an API version. Aliases to types without one
    stay: by them a resource moves to another module, or from a versioned package, of a later SDK.
    """
    aliases = args.opts.aliases
    if not aliases:
        return None
    kept = [alias for alias in typing.cast("list[Any]", aliases) if not _is_sdk_alias(alias)]
    if len(kept) == len(typing.cast("list[Any]", aliases)):
        return None
    # In place: merging options would append to the old list instead of replacing it.
    args.opts.aliases = kept
    return pulumi.ResourceTransformationResult(args.props, args.opts)


def _is_sdk_alias(alias: object) -> bool:
    """Whether ``alias`` is one of the SDK's: only ``type_`` is set, an azure-native type with an API version."""
    if not isinstance(alias, pulumi.Alias):
        return False
    others = (alias.name, alias.parent, alias.stack, alias.project)
    unset = all(value is ... for value in others)
    return unset and isinstance(alias.type_, str) and _VERSIONED.match(alias.type_) is not None


def install_transforms() -> None:
    """Register the transforms of the base layer; called once, before the first resource."""
    pulumi.runtime.register_stack_transformation(drop_sdk_aliases)
    if not pulumi.runtime.is_dry_run():  # a preview changes nothing that could be busy
        pulumi.runtime.register_stack_transformation(retry_while_busy())
