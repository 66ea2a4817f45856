"""Secrets: generated here, written into the vault through Azure Resource Manager, and never shown.

The runner that deploys cannot reach a private vault; the control plane can, so secrets are ARM resources. ARM has no
delete for them (the SDK's delete calls the vault itself and would fail), hence ``retain_on_delete``: a secret that the
program no longer needs stays in the vault, readable by administrators only, because its grants are gone.

Sources: Microsoft Learn, "Microsoft.KeyVault vaults/secrets"; docs/reference/product.md, "Secrets".
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import pulumi
import pulumi_random as random
from pulumi_azure_native import keyvault

from components.base import FabrixComponent
from components.context import Context
from components.shared import keyvault_api
from components.shared.ids import arm_id
from components.shared.order import Writers
from components.shared.roles import Grant
from settings.applications import AppSecret, PlatformSecret

URL_SAFE_SIGNS = "-_.~"
"""The signs that RFC 3986 leaves unreserved: a password made of them needs no escaping in a connection string."""

SUPPLIED = "supplied"
"""Generator of a secret that an operator puts into the vault."""

Maker = Callable[[str, int, pulumi.ResourceOptions], pulumi.Output[str]]
"""Makes a random value from a name, the number of the rotation that asked for it, and options."""


@dataclass(frozen=True, kw_only=True)
class Composed:
    """A value made of text and other secrets, such as a connection string."""

    template: str
    """Text with ``{placeholders}``."""
    parts: Mapping[str, str]
    """Placeholder → name of the secret that replaces it."""


@dataclass(frozen=True, kw_only=True)
class Generator:
    """How a random value is generated."""

    content_type: str
    make: Maker


class SecretsError(ValueError):
    """Secrets that cannot be created; the message names all of them."""


def database_url(*, host: str, port: int, database: str, role: str, password_secret: str) -> Composed:
    """Describe the connection string of one database; TLS is required."""
    return Composed(
        template=f"postgresql://{role}:{{password}}@{host}:{port}/{database}?sslmode=require",
        parts={"password": password_secret},
    )


def _password(length: int, signs: str = "") -> Maker:
    def make(name: str, rotation: int, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
        return random.RandomPassword(
            name,
            keepers=_keepers(rotation),
            length=length,
            special=bool(signs),
            override_special=signs or None,
            # One of each kind, which services that check for complexity require.
            min_lower=1,
            min_upper=1,
            min_numeric=1,
            min_special=1 if signs else 0,
            opts=opts,
        ).result

    return make


def _uuid(name: str, rotation: int, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    # Not RandomUuid: the value would also be the resource's id, which Pulumi's state keeps in the clear.
    return random.RandomBytes(name, length=16, keepers=_keepers(rotation), opts=opts).hex.apply(as_uuid4)


def _bytes32(name: str, rotation: int, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    return random.RandomBytes(name, length=32, keepers=_keepers(rotation), opts=opts).base64


def _keepers(rotation: int) -> dict[str, pulumi.Input[str]] | None:
    """Return what a new value is made for; nothing for the first value, so that it stays what it is."""
    return {"rotation": str(rotation)} if rotation else None


GENERATORS: Mapping[str, Generator] = MappingProxyType(
    {
        "password16": Generator(content_type="password", make=_password(16, URL_SAFE_SIGNS)),
        "random32": Generator(content_type="key", make=_password(32)),
        "jwt64": Generator(content_type="signing-key", make=_password(64)),
        "uuid4": Generator(content_type="token", make=_uuid),
        "key32": Generator(content_type="encryption-key; base64", make=_bytes32),
    }
)
"""Generators of random values."""

CONTENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "databaseUrl": "connection-string",
        "redisUrl": "connection-string",
        "redisKey": "account-key",
        "insights": "connection-string",
        "storageKey": "account-key",
    }
)
"""Generators whose value is taken from a service or other secrets → content type."""


@dataclass(frozen=True, kw_only=True)
class VaultSecretsArgs:
    """Inputs of :class:`VaultSecrets`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    vault_name: pulumi.Input[str]
    writers: Writers
    """Writers to the vault, among which the secrets take their turns."""
    secrets: Sequence[AppSecret]
    """Every secret once."""
    values: Mapping[str, pulumi.Input[str] | Composed] = field(default_factory=dict)
    """Name → value, for secrets that are not random: connection strings and keys of services."""
    expires: int | None = None
    """Seconds since 1970 at which the secrets expire. Components have no clock, so the day is a setting, and moving it
    is part of a rotation. The vault reports it and policies act on it; the value is served all the same."""


class VaultSecrets(FabrixComponent[VaultSecretsArgs]):
    """All secrets of one vault. A generated value changes only when its random resource is replaced.

    Values are outputs marked secret, whatever they were made of, and are not among the component's own outputs.
    """

    secret_ids: dict[str, pulumi.Output[str]]
    """Name → ARM id, known in a preview; the scope of a grant. Supplied secrets included."""
    resources: list[keyvault.Secret]
    """What must exist before an application starts."""
    supplied: tuple[str, ...]
    """Names that an operator has to put into the vault."""
    references: dict[str, pulumi.Output[str]]
    """Name → app setting that refers to the present version, for secrets whose rotations are counted. An application
    gets the new value with the setting, and with the user name that it belongs to: never one without the other."""

    def build(self, name: str, args: VaultSecretsArgs) -> None:
        """Create random values and secrets. Raises :class:`SecretsError` before anything is created."""
        _refuse_impossible(args)
        self._values: dict[str, pulumi.Output[str]] = {}
        self._logins: dict[str, tuple[pulumi.Output[str], ...]] = {}
        self._created: dict[str, keyvault.Secret] = {}
        self.secret_ids, self.resources = {}, []
        self.supplied = tuple(secret.name for secret in args.secrets if secret.generator == SUPPLIED)
        for secret in args.secrets:
            if secret.generator in GENERATORS and secret.name not in args.values:
                self._values[secret.name] = self._random(f"{name}-{secret.name}", secret)
        # What waits for another service comes last, so that no other secret waits behind it.
        for secret in sorted(args.secrets, key=lambda secret: _awaited(args.values.get(secret.name))):
            if secret.name in args.values:
                self._values[secret.name] = pulumi.Output.secret(self._composed(args.values[secret.name]))
            created = [] if secret.generator == SUPPLIED else [self._secret(f"{name}-{secret.name}", args, secret)]
            self.resources += created
            path = pulumi.Output.concat("Microsoft.KeyVault/vaults/", args.vault_name, f"/secrets/{secret.name}")
            self.secret_ids[secret.name] = arm_id(args.context, args.resource_group_name, path, *created)
        self.references = {
            secret.name: _reference(self.version(secret.name))
            for secret in args.secrets
            if secret.rotations is not None
        }

    def value(self, name: str) -> pulumi.Output[str]:
        """Return the value of a secret, marked secret; ``KeyError`` for a supplied or unknown one."""
        return self._values[name]

    def logins(self, name: str) -> tuple[pulumi.Output[str], ...]:
        """Return the passwords of a database's owner and, once it was rotated, of its second login, marked secret."""
        return self._logins.get(name) or (self._values[name],)

    def version(self, name: str) -> pulumi.Output[str]:
        """Return the address of a secret's present version, which changes with its value."""
        return self._created[name].properties.apply(lambda properties: properties.secret_uri_with_version)

    def _random(self, logical: str, secret: AppSecret) -> pulumi.Output[str]:
        """Make the random value of a secret; of a database's password one for each login, and return the active one."""
        make, count = GENERATORS[secret.generator].make, secret.rotations or 0
        if not secret.opens_database or not count:
            return pulumi.Output.secret(make(logical, count, self.child()))
        # The owner's after every even rotation, the second login's after every odd one: the other password stays.
        numbers = ((logical, count - count % 2), (f"{logical}-second", count - 1 + count % 2))
        values = tuple(pulumi.Output.secret(make(name, number, self.child())) for name, number in numbers)
        self._logins[secret.name] = values
        return values[count % 2]

    def _secret(self, logical: str, args: VaultSecretsArgs, secret: AppSecret) -> keyvault.Secret:
        generator = GENERATORS.get(secret.generator)
        content_type = generator.content_type if generator else CONTENT_TYPES[secret.generator]
        created = keyvault_api.Secret(
            logical,
            secret_name=args.context.names.of("secret", secret.name),
            vault_name=args.vault_name,
            resource_group_name=args.resource_group_name,
            properties=keyvault.SecretPropertiesArgs(
                value=self._values[secret.name],
                content_type=content_type,
                attributes=keyvault.SecretAttributesArgs(enabled=True, expires=args.expires),
            ),
            tags=dict(args.context.tags),
            opts=self.child(depends_on=args.writers.next("keyvault:Secret"), retain_on_delete=True),
        )
        self._created[secret.name] = created
        return args.writers.add(created)

    def _composed(self, value: pulumi.Input[str] | Composed) -> pulumi.Output[str]:
        if not isinstance(value, Composed):
            return pulumi.Output.from_input(value)
        parts = {placeholder: self._values[name] for placeholder, name in value.parts.items()}
        return pulumi.Output.all(**parts).apply(value.template.format_map)


def secret_grants(secrets: Sequence[PlatformSecret], scopes: Mapping[str, pulumi.Input[str]]) -> list[Grant]:
    """Allow each application to read exactly its own secrets: one grant for each reader and secret, on the secret.

    A grant at the vault would let every application read every other one's database password. ``scopes`` maps names to
    ARM ids. With 4,000 assignments in a subscription there is room for about 50 environments of five applications.
    """
    return [
        Grant(
            holder=reader,
            role="key-vault-secrets-user",
            on=secret.name,
            scope=scopes[secret.name],
            reason=f"{reader} reads its secret {secret.name}",
        )
        for secret in secrets
        for reader in secret.readers
    ]


def _reference(version: pulumi.Output[str]) -> pulumi.Output[str]:
    """Refer to one version of a secret by its address (Microsoft Learn: "Use Key Vault references").

    The address opens nothing; as a secret it would hide from rules and proofs which secret a site reads.
    """
    return pulumi.Output.unsecret(version).apply(lambda address: f"@Microsoft.KeyVault(SecretUri={address})")


def as_uuid4(hexadecimal: str) -> str:
    """Make 16 random bytes a version 4 UUID (RFC 9562: four bits say the version, two the variant)."""
    return str(uuid.UUID(hex=hexadecimal, version=4))


def _awaited(value: pulumi.Input[str] | Composed | None) -> bool:
    """Whether ``value`` is known only when another service exists."""
    return value is not None and not isinstance(value, Composed)


def _refuse_impossible(args: VaultSecretsArgs) -> None:
    names = [secret.name for secret in args.secrets]
    folded = [name.lower() for name in names]  # the vault does not tell capitals apart
    random_names = {s.name for s in args.secrets if s.generator in GENERATORS and s.name not in args.values}
    problems = [f"{name} is listed twice" for name in sorted({n for n in folded if folded.count(n) > 1})]
    for secret in args.secrets:
        value = args.values.get(secret.name)
        if secret.generator not in GENERATORS and secret.generator != SUPPLIED and value is None:
            problems.append(f"{secret.name} ({secret.generator}) has no value")
        if secret.generator == SUPPLIED and value is not None:
            problems.append(f"{secret.name} is supplied by people, but a value is given for it")
        if isinstance(value, Composed):
            problems += [
                f"{secret.name} is made of {part}, which is not random"
                for part in value.parts.values()
                if part not in random_names
            ]
    problems += [f"there is a value for {name}, but no such secret" for name in args.values if name not in names]
    if problems:
        raise SecretsError("; ".join(problems))
