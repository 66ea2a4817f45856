"""Azure Resource Manager over REST, for the few requests that the engine has no resource for.

Never run against real Azure: in tests a local server plays ARM, after the REST reference. ``azure.*`` is imported
inside functions: only the Azure target needs these packages (``requirements-azure.txt``).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from stacks.cloud.model import OutcomeUnknownError
from support.errors import Exit, OperationError

if TYPE_CHECKING:
    from azure.core import PipelineClient
    from azure.core.credentials import AccessToken, TokenCredential
    from azure.core.exceptions import AzureError
    from azure.core.rest import HttpRequest, HttpResponse

ENDPOINT = "https://management.azure.com"
TIMEOUT = 900.0
"""Seconds for a long-running operation: a swap waits for every instance of the slot to restart, twice."""
EVERY_SECONDS = 5.0
"""Between two polls of an operation, where Azure names no time itself (``Retry-After``)."""
LONGEST_WAIT = 60.0
RETRIES = 5
"""Of a GET that fails; an action is never sent twice."""

_UNKNOWN = (
    "so its outcome is unknown: Azure may still be working on it. The next command on the stack checks what Azure has "
    "by then."
)
_REPORTED_FAILED = frozenset(
    (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED, HTTPStatus.UNPROCESSABLE_ENTITY)
)
"""Status of a poll where the operation failed. Any other error means that the poll failed."""


class UnreachableError(OperationError):
    """Nobody is signed in, or there is no connection: no other request will fare better."""


@dataclass(frozen=True)
class _InTenant:
    """A credential that asks for tokens of one tenant, whatever the home tenant of its owner."""

    credential: TokenCredential = field(repr=False)
    tenant: str | None

    def get_token(self, *scopes: str, **more: Any) -> AccessToken:  # noqa: ANN401 - the protocol's signature
        """Return a token of that tenant."""
        return self.credential.get_token(*scopes, **more, **({"tenant_id": self.tenant} if self.tenant else {}))


@dataclass(frozen=True)
class Arm:
    """One signed-in client."""

    client: PipelineClient[HttpRequest, HttpResponse] = field(repr=False)
    endpoint: str = ENDPOINT
    timeout: float = TIMEOUT
    every: float = EVERY_SECONDS

    @classmethod
    def signed_in(
        cls,
        tenant: str | None = None,
        *,
        credential: TokenCredential | None = None,
        endpoint: str = ENDPOINT,
        audience: str = ENDPOINT,
        timeout: float = TIMEOUT,
        every: float = EVERY_SECONDS,
    ) -> Arm:
        """Return a client that signs in by ``DefaultAzureCredential``: workload identity, CLI and so on.

        Args:
            tenant: id of the tenant that issues the tokens; the credential's own if left out.
            credential: another credential.
            endpoint: another address of ARM.
            audience: whom the token is for; Microsoft Graph has another one than ARM.
            timeout: seconds for a long-running operation.
            every: seconds between two polls of it, where Azure names none.

        Raises:
            OperationError: exit code 4, the packages are missing.
        """
        try:
            from azure.core import PipelineClient
            from azure.core.pipeline.policies import BearerTokenCredentialPolicy, RetryPolicy, UserAgentPolicy

            if credential is None:
                from azure.identity import DefaultAzureCredential

                credential = DefaultAzureCredential(additionally_allowed_tenants=[tenant] if tenant else [])
        except ImportError as error:
            raise OperationError(
                f"{error.name} is not installed, and requests to Azure need it: "
                "`.venv/bin/python -m pip install -r requirements-azure.txt`",
                Exit.ENGINE_MISSING,
            ) from None
        policies = [
            UserAgentPolicy("fabrix"),
            RetryPolicy(retry_total=RETRIES, retry_backoff_max=LONGEST_WAIT),
            BearerTokenCredentialPolicy(_InTenant(credential, tenant), f"{audience}/.default"),
        ]
        return cls(PipelineClient(endpoint, policies=policies), endpoint, timeout, every)

    def get(self, path: str, version: str, **query: str) -> dict[str, Any] | None:
        """Return the object at an ARM path; None if there is none. Without a ``version`` none is sent.

        Raises:
            OperationError: Azure refuses, or does not answer.
        """
        response = self._send("GET", path, {**_dated(version), **query})
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        return self._accepted(response, path).json()

    def pages(self, path: str, version: str, **query: str) -> Iterator[dict[str, Any]]:
        """Yield the entries of a list, page by page.

        Raises:
            OperationError: Azure refuses, or does not answer.
        """
        response = self._send("GET", path, {**_dated(version), **query})
        while True:
            document = self._accepted(response, path).json()
            yield from document.get("value") or ()
            following = document.get("nextLink")
            if not following:
                return
            response = self._send("GET", following, {})

    def ask(self, path: str, version: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post a question that changes nothing, such as whether a name is free, and return the answer.

        Raises:
            OperationError: Azure refuses, or does not answer.
        """
        return self._accepted(self._send("POST", path, {"api-version": version}, body), path).json()

    def act(self, path: str, version: str, body: Mapping[str, Any] | None, method: str = "POST") -> None:
        """Post an action, or patch an object, and wait until it is done.

        It is posted once, since a second swap would undo the first. Only what Azure turned away because of too many
        requests (429) is posted again, since that was not started.

        Raises:
            OutcomeUnknownError: the connection broke after the post, Azure answered with a server error, the action
                cannot be polled, or it took longer than the timeout.
            OperationError: Azure refuses, cannot be reached at all, or reports that the action failed.
        """
        deadline = time.monotonic() + self.timeout
        response = self._post(path, version, body, deadline, method)
        where = response.headers.get("Location")
        while response.status_code == HTTPStatus.ACCEPTED:
            if not where:
                raise OutcomeUnknownError(f"Azure accepted {path} and names no address to poll, {_UNKNOWN}")
            if time.monotonic() > deadline:
                raise OutcomeUnknownError(f"Azure is still working on {path} after {self.timeout:.0f} s, {_UNKNOWN}")
            time.sleep(self._pause(response))
            response = self._poll(where, path)
            where = response.headers.get("Location") or where
        _refuse_failed(response, path)

    def _post(
        self, path: str, version: str, body: Mapping[str, Any] | None, deadline: float, method: str
    ) -> HttpResponse:
        """Post an action, again if Azure is too busy to accept it, and return the answer."""
        while True:
            response = self._send(method, path, {"api-version": version}, body)
            if response.status_code != HTTPStatus.TOO_MANY_REQUESTS or time.monotonic() > deadline:
                break
            time.sleep(self._pause(response))
        try:
            return self._accepted(response, path)
        except OperationError as error:
            known = response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
            if known and response.status_code != HTTPStatus.REQUEST_TIMEOUT:
                raise
            raise OutcomeUnknownError(f"{error}; {_UNKNOWN}") from None

    def _poll(self, where: str, path: str) -> HttpResponse:
        """Return the status of a running action."""
        response = None
        try:
            response = self._send("GET", where, {})
            return self._accepted(response, path)
        except OperationError as error:
            if response is not None and response.status_code in _REPORTED_FAILED:
                raise
            raise OutcomeUnknownError(f"the progress of {path} cannot be read ({error}), {_UNKNOWN}") from None

    def _pause(self, response: HttpResponse) -> float:
        """Return the seconds until the next poll: what Azure asks for, up to a limit."""
        seconds = response.headers.get("Retry-After") or ""
        return min(float(seconds), LONGEST_WAIT) if seconds.isdigit() else self.every

    def _send(self, method: str, where: str, query: Mapping[str, str], body: Any = None) -> HttpResponse:  # noqa: ANN401
        """Send one request; a GET is repeated if it fails.

        The retry policy would repeat a POST too: after 500, 503, 504 and any answer with ``Retry-After``. A link that
        Azure returns is followed only to the endpoint itself, since the request carries our token.

        Raises:
            OutcomeUnknownError: an action was posted, and the connection broke before the answer.
            OperationError: Azure cannot be reached; nothing arrived there.
        """
        from azure.core.exceptions import AzureError
        from azure.core.rest import HttpRequest

        url = where if "://" in where else f"{self.endpoint}{where}"
        if not url.startswith(f"{self.endpoint}/"):
            raise OperationError(f"Azure points to {url.split('?')[0]}, which is not {self.endpoint}; not followed.")
        request = HttpRequest(method, url, params=dict(query), json=body)
        reading = method == "GET"
        local = self.endpoint.startswith("http://127.0.0.1")  # a test's server; the policy insists on https otherwise
        try:
            return self.client.send_request(request, enforce_https=not local, retry_total=RETRIES if reading else 0)
        except AzureError as error:
            first = str(error.message).splitlines()[0] if error.message else type(error).__name__
            if reading or _never_sent(error):
                raise UnreachableError(f"Azure cannot be reached: {first}") from None
            raise OutcomeUnknownError(f"the answer to {where} is lost ({first}), {_UNKNOWN}") from None

    def _accepted(self, response: HttpResponse, path: str) -> HttpResponse:
        """Return ``response``, unless it is an error; a redirect is one, too.

        Raises:
            OperationError: with Azure's own code and message.
        """
        if response.status_code < HTTPStatus.MULTIPLE_CHOICES:
            return response
        try:
            error = response.json().get("error") or {}
            message = f"{error.get('code', '')}: {error.get('message', '')}".strip(": ")
        except (ValueError, AttributeError):
            message = ""
        raise OperationError(f"Azure answers {response.status_code} to {path}{f': {message}' if message else ''}")


def _dated(version: str) -> dict[str, str]:
    """Return the query of an API version; Microsoft Graph has its version in the path."""
    return {"api-version": version} if version else {}


def _refuse_failed(response: HttpResponse, path: str) -> None:
    """Refuse the end of an operation that is answered with 200 and says that it failed.

    Form of a status: ARM's RPC, "Asynchronous operations".

    Raises:
        OperationError: with Azure's own code and message.
    """
    try:
        document = response.json()
    except ValueError:
        return
    status = str(document.get("status") or "") if isinstance(document, dict) else ""
    if status.lower() in {"failed", "canceled"}:
        error = document.get("error") or {}
        message = f"{error.get('code', '')}: {error.get('message', '')}".strip(": ")
        raise OperationError(f"{path}: Azure reports {status}{f': {message}' if message else ''}")


def _never_sent(error: AzureError) -> bool:
    """Return whether a request certainly did not arrive: there was no token, or no connection.

    ``ServiceRequestError`` alone does not prove it: an answer that stops half-way is one too (azure-core 1.x over
    ``requests``, which makes a ``ConnectionError`` of it).
    """
    from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    if isinstance(error, ServiceRequestError):
        cause = error.inner_exception
        return cause is None or isinstance(cause, (NewConnectionError, ConnectTimeoutError))
    return isinstance(error, ClientAuthenticationError)
