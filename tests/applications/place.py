"""Runs one application on this machine as its container would run: its own tree of files, its own names of hosts.

Its settings, its start command and its health path are the deployed ones, host names and ports included. What stands in
for Azure, and nothing else does:

| of Azure                        | here                                                                     |
| ------------------------------- | ------------------------------------------------------------------------ |
| the image                       | the same version of the package, unpacked to the image's path; a layer   |
|                                 | above it is empty at each start, as a new container's is                 |
| private DNS                     | /etc/hosts, which leads the rendered names to addresses of this machine  |
| public certificate authorities  | one of this run, in the variable of each run time (NODE_EXTRA_CA_CERTS,  |
|                                 | SSL_CERT_FILE, REQUESTS_CA_BUNDLE); Keycloak's driver asks for none      |
| PostgreSQL, with its databases  | a server of the same major version; the program's SQL made what is in it |
| Azure Managed Redis             | Redis 7.0, TLS alone, with the deployed port and key                     |
| the mounted file share          | a folder that outlives the application                                   |
| App Service's front end         | the headers that it adds; TLS has ended there                            |
| Key Vault references            | resolved by the local Azure's rules, as the site's identity              |

Linux only: `unshare` of util-linux makes the mount namespace, as root or in a user namespace.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import filelock
import pytest

from tests.applications.rendered import Site

_INSIDE = Path(__file__).with_name("inside.sh")
_STOP_SECONDS = 60.0
_ONE = Path(tempfile.gettempdir()) / f"aifabrix-application-{os.geteuid()}.lock"
"""Held while an application runs: its port is the rendered one, on this machine's addresses."""
_BOUNDARY = "boundary-of-the-tests"
_LAST_WORDS = 6000
_PATIENCE = 3
"""Times as long as App Service waits for a container: the machine of a test may have other things to do."""


@dataclass(frozen=True)
class Image:
    """Files of an application's image, and where it finds them."""

    folder: Path
    at: str


@dataclass(frozen=True)
class Answer:
    """What an application answered."""

    status: int
    body: bytes
    headers: Message

    @property
    def cookies(self) -> SimpleCookie:
        """Cookies that came."""
        found = SimpleCookie()
        for line in self.headers.get_all("Set-Cookie") or ():
            found.load(line)
        return found

    @property
    def document(self) -> Any:
        """The JSON document that came."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Running:
    """An application that was started."""

    site: Site
    process: subprocess.Popen[bytes]
    log: Path
    redacted: Callable[[str], str]

    def ask(
        self,
        path: str,
        *,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        file: tuple[str, bytes] | None = None,
        method: str | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = 60,
    ) -> Answer:
        """Send a request as it comes through App Service's front end, which has ended TLS (Microsoft Learn, "OS and
        runtime details": X-Forwarded-Proto)."""
        data = None
        sent = {"Host": self.site.host, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
        if file is not None:
            data, sent["Content-Type"] = _multipart(*file), f"multipart/form-data; boundary={_BOUNDARY}"
        elif body is not None:
            data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        elif form is not None:
            data, sent["Content-Type"] = urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
        address = f"http://127.0.0.1:{self.site.port}{path}"
        request = urllib.request.Request(address, data=data, headers={**sent, **(headers or {})}, method=method)
        try:
            with _direct().open(request, timeout=seconds) as response:
                return Answer(response.status, response.read(), response.headers)
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read(), error.headers)

    def wait_until_healthy(self) -> float:
        """Wait, and give up in the end; return the seconds that it took."""
        begun = time.monotonic()
        while True:
            with suppress(OSError):
                if (
                    200 <= self.ask(self.site.health_path, seconds=10).status < 300
                ):  # what App Service takes for healthy
                    return time.monotonic() - begun
            if self.process.poll() is not None:
                pytest.fail(f"{self.site.key} ended with {self.process.returncode}:\n{self.last_words()}")
            if time.monotonic() - begun > _PATIENCE * self.site.start_seconds:
                pytest.fail(f"{self.site.key} was not healthy in time:\n{self.last_words()}")
            time.sleep(0.2)

    def last_words(self) -> str:
        """End of what it printed, without secrets."""
        return self.redacted(self.log.read_text(errors="replace"))[-_LAST_WORDS:]


def _multipart(name: str, content: bytes) -> bytes:
    """Return the form that uploads one file in its field ``file``."""
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    return f"{head}Content-Type: text/plain\r\n\r\n".encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode()


def _direct() -> urllib.request.OpenerDirector:
    """Return what asks without a proxy, whatever the environment names."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Place:
    """Where applications run: names of hosts with their addresses, and folders that stay."""

    def __init__(self, folder: Path, hosts: Mapping[str, str], redacted: Callable[[str], str]) -> None:
        self._folder = folder
        self.redacted = redacted
        self._hosts = folder / "hosts"
        lines = ["127.0.0.1 localhost", *(f"{address} {name}" for name, address in hosts.items())]
        self._hosts.write_text("\n".join(lines) + "\n")
        self._starts = 0

    def wrapped(self, command: Sequence[str], *folders: str) -> list[str]:
        """Return a command line that runs ``command`` in a tree of files of its own.

        ``folders`` are the words of inside.sh: ``image FOLDER PATH`` or ``share FOLDER PATH``.
        """
        self._starts += 1
        root = self._folder / f"root-{self._starts}"
        root.mkdir()
        own = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        return ["unshare", *own, "--mount", "sh", str(_INSIDE), str(root), str(self._hosts), *folders, "--", *command]

    def environment(self) -> dict[str, str]:
        """Return what every process has, with a new home folder: nothing of whoever runs the tests."""
        home = self._folder / f"home-{self._starts}"
        home.mkdir(exist_ok=True)
        return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}

    @contextmanager
    def started(
        self, site: Site, images: Sequence[Image], command: Sequence[str], runtime: Mapping[str, str]
    ) -> Generator[Running]:
        """Start ``site`` in a new container, with the shares that it had before; wait until it is healthy.

        ``runtime`` are the variables of the image and of the trusted root; App Service adds the settings to them.
        """
        words = [word for image in images for word in ("image", str(image.folder), image.at)]
        for path in site.mounts:
            words += ["share", str(self.share(site, path)), path]
        wrapped = self.wrapped(command, *words)
        log = self._folder / f"{site.key}-{self._starts}.log"
        with filelock.FileLock(_ONE), self._running(site, wrapped, runtime, log) as running:
            yield running

    @contextmanager
    def _running(self, site: Site, command: Sequence[str], runtime: Mapping[str, str], log: Path) -> Generator[Running]:
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                env={**self.environment(), **runtime, **site.environment},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running = Running(site, process, log, self.redacted)
        try:
            running.wait_until_healthy()
            yield running
        finally:
            _stop(process)

    def share(self, site: Site, path: str) -> Path:
        """Return the folder that stands for the file share at ``path``."""
        folder = self._folder / f"share-{site.key}-{path.strip('/').replace('/', '-')}"
        folder.mkdir(exist_ok=True)
        return folder


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End an application as App Service does, and whatever it started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_STOP_SECONDS)
