"""A read-only client of container registries: manifests, blobs and referrers by the OCI distribution API.

Written on ``urllib``: five GET requests are all that is needed. The libraries that speak to registries are made for
moving images, and bring a second HTTP stack with them. Sources: OCI Distribution Specification 1.1 ("Pulling
manifests", "Pulling blobs", "Listing Referrers"); "Token Authentication Specification" of the CNCF Distribution
project.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

from promotion.release.login import Login, authorization_header, docker_login

TIMEOUT = 10
"""Seconds for a connection and for each read."""
MANIFEST_LIMIT = 4 * 1024 * 1024
"""Bytes; registries have to accept no more (OCI Distribution Specification, "Pushing Manifests")."""
BLOB_LIMIT = 16 * 1024 * 1024
"""Bytes of a signature's payload or bundle; real ones have some thousand."""
MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_LOCAL = re.compile(r"(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?")
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404


class RegistryError(Exception):
    """A registry did not return what was requested. The text says why, and repeats nothing that was sent to it."""


class Unreachable(RegistryError):  # noqa: N818 - a fact, as the caller reads it
    """The registry could not be read: no connection, no permission, a malformed answer."""


class Missing(RegistryError):  # noqa: N818
    """The registry answers that it has no such content."""


class Forged(RegistryError):  # noqa: N818
    """The registry sent content that does not match its digest."""


class _SameSecurity(urllib.request.HTTPRedirectHandler):
    """Follows redirects, which registries use for blobs, but never from HTTPS to an unencrypted address."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:  # noqa: ANN401
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise Unreachable(f"it redirects to an unencrypted address ({urllib.parse.urlsplit(newurl).netloc})")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Registry:
    """One registry, e.g. ``craifabrixdev.azurecr.io``.

    Plain HTTP is used for this machine only, and where the name begins with ``http://``.
    """

    def __init__(self, host: str, login: Callable[[str], Login | None] = docker_login) -> None:
        scheme, separator, rest = host.partition("://")
        self.host = (rest if separator else host).rstrip("/")
        self._scheme = scheme if separator else "http" if _LOCAL.fullmatch(self.host) else "https"
        self._login = login
        self._headers: dict[str, str] = {}
        """Repository → the Authorization that was accepted for it."""
        self._dead: Unreachable | None = None
        """The failure after which no further request is made."""
        if self._scheme not in {"http", "https"}:
            self._dead = Unreachable(f"{host} is no registry: a host name, https:// or http:// is expected")
        self._open = urllib.request.build_opener(_SameSecurity()).open

    def manifest(self, repository: str, reference: str) -> dict[str, Any]:
        """Return the manifest of a digest or a tag.

        Raises:
            RegistryError: :class:`Missing`, :class:`Forged` or :class:`Unreachable`.

        """
        body = self._get(repository, f"manifests/{reference}", ", ".join(MANIFESTS), MANIFEST_LIMIT)
        _require_digest(body, reference)
        return _mapping(body)

    def digest_of(self, repository: str, tag: str) -> str:
        """Return the digest of what a tag names.

        Raises:
            RegistryError: :class:`Missing` or :class:`Unreachable`.

        """
        body = self._get(repository, f"manifests/{tag}", ", ".join(MANIFESTS), MANIFEST_LIMIT)
        return f"sha256:{hashlib.sha256(body).hexdigest()}"

    def blob(self, repository: str, digest: str) -> bytes:
        """Return the content of a digest.

        Raises:
            RegistryError: :class:`Missing`, :class:`Forged` or :class:`Unreachable`.

        """
        body = self._get(repository, f"blobs/{digest}", "*/*", BLOB_LIMIT)
        _require_digest(body, digest)
        return body

    def referrers(self, repository: str, digest: str) -> list[Mapping[str, Any]]:
        """Return the descriptors of everything that refers to ``digest``, with or without the referrers API.

        Raises:
            RegistryError: :class:`Unreachable`.

        """
        try:
            body = self._get(repository, f"referrers/{digest}", MANIFESTS[0], MANIFEST_LIMIT)
        except Missing:
            try:
                body = self._get(repository, f"manifests/{digest.replace(':', '-')}", MANIFESTS[0], MANIFEST_LIMIT)
            except Missing:
                return []
        listed = _mapping(body).get("manifests")
        return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []

    def _get(self, repository: str, path: str, accept: str, limit: int) -> bytes:
        if self._dead is not None:
            raise self._dead
        url = f"{self._scheme}://{self.host}/v2/{repository}/{path}"
        try:
            return self._read(url, {"Accept": accept}, self._headers.get(repository), limit)
        except urllib.error.HTTPError as error:
            if error.code != _UNAUTHORIZED:
                raise _refusal(error) from None
            challenge = error.headers.get("WWW-Authenticate", "")
        self._headers[repository] = self._authorization(challenge, repository)
        try:
            return self._read(url, {"Accept": accept}, self._headers[repository], limit)
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None

    def _authorization(self, challenge: str, repository: str) -> str:
        """Answer the registry's challenge with a login of this machine, or without one for public repositories."""
        kind, _, rest = challenge.partition(" ")
        parameters, login = dict(_PARAMETER.findall(rest)), self._login(self.host)
        if kind.lower() == "basic" and login is not None and login.password:
            return authorization_header(login)
        if kind.lower() != "bearer" or "realm" not in parameters:
            raise Unreachable("it asks for a login, and this machine has none for it (docker login, az acr login)")
        realm = parameters["realm"]
        if self._scheme == "https" and not realm.startswith("https://"):
            raise Unreachable("it asks for the login over an unencrypted address")
        form = {
            "service": parameters.get("service", self.host),
            "scope": parameters.get("scope", f"repository:{repository}:pull"),
        }
        try:
            body = self._token(realm, form, login)
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None
        answer = _mapping(body)
        token = answer.get("token") or answer.get("access_token")
        if not isinstance(token, str):
            raise Unreachable("its answer holds no token")
        return f"Bearer {token}"

    def _token(self, realm: str, form: Mapping[str, str], login: Login | None) -> bytes:
        if login is not None and login.refresh_token:
            exchange = {"grant_type": "refresh_token", "refresh_token": login.refresh_token, "client_id": "fabrix"}
            return self._read(realm, {}, None, MANIFEST_LIMIT, urllib.parse.urlencode({**form, **exchange}).encode())
        separator = "&" if "?" in realm else "?"
        authorization = authorization_header(login) if login is not None else None
        return self._read(f"{realm}{separator}{urllib.parse.urlencode(form)}", {}, authorization, MANIFEST_LIMIT)

    def _read(
        self, url: str, headers: Mapping[str, str], authorization: str | None, limit: int, data: bytes | None = None
    ) -> bytes:
        """Send a request and read at most ``limit`` bytes. A failure before any answer ends all further requests."""
        try:
            request = urllib.request.Request(url, data=data, headers=dict(headers))  # noqa: S310 - http(s), see above
            if authorization:
                request.add_unredirected_header("Authorization", authorization)  # not to where blobs redirect
            with self._open(request, timeout=TIMEOUT) as answer:
                body = answer.read(limit + 1)
        except urllib.error.HTTPError:
            raise
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            text = "it does not answer in time" if isinstance(reason, TimeoutError) else str(reason)
            self._dead = Unreachable(f"no connection: {text or type(reason).__name__}")
            raise self._dead from None
        if len(body) > limit:
            raise Unreachable(f"the answer is larger than {limit} bytes")
        return body


def _refusal(error: urllib.error.HTTPError) -> RegistryError:
    if error.code == _NOT_FOUND:
        return Missing("there is none")
    if error.code in {_UNAUTHORIZED, _FORBIDDEN}:
        return Unreachable(f"this machine's login may not read it (HTTP {error.code})")
    return Unreachable(f"it answers HTTP {error.code}")


def _require_digest(body: bytes, reference: str) -> None:
    """Refuse content that does not match the digest it was requested by."""
    if reference.startswith("sha256:") and f"sha256:{hashlib.sha256(body).hexdigest()}" != reference:
        raise Forged("the content has another digest than the one requested")


def _mapping(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise Unreachable("the answer is not what a registry sends")
    return content
