"""A small container registry that speaks the OCI distribution API on a real socket, and images really signed."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
IN_TOTO = "application/vnd.in-toto+json"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def sign(key: Any, message: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(hashes.SHA256()))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def pem(key: Any) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


@dataclass
class Oci:
    """What the registry holds, and how it behaves."""

    user: str = ""
    """Only this user may look, with a token; everyone if empty."""
    password: str = ""
    refresh_token: str = ""
    basic: bool = False
    """Ask for the password itself and not for a token."""
    referrers_api: bool = True
    status: int = 0
    """Answer everything with this."""
    forge: bool = False
    """Answer other content than was asked for."""
    blobs_at: str = ""
    """Send whoever wants a blob to this address."""
    content: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """(repository, digest or tag) → manifest or blob."""
    about: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    """(repository, digest) → descriptors of what refers to it."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Authorization of every request."""
    host: str = ""

    def put(self, repository: str, content: bytes | dict[str, Any], *, tag: str = "") -> str:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        for name in (digest_of(raw), tag):
            if name:
                self.content[repository, name] = raw
        return digest_of(raw)

    def image(self, repository: str, version: str = "1") -> str:
        notes = {"org.opencontainers.image.version": version}
        return self.put(repository, {"schemaVersion": 2, "mediaType": MANIFEST, "layers": [], "annotations": notes})

    def refer(self, repository: str, subject: str, manifest: dict[str, Any]) -> str:
        digest = self.put(repository, {**manifest, "subject": {"digest": subject}})
        entry = {"mediaType": MANIFEST, "digest": digest, "artifactType": manifest.get("artifactType", "")}
        self.about.setdefault((repository, subject), []).append(entry)
        listed = {"schemaVersion": 2, "manifests": self.about[repository, subject]}
        self.content[repository, subject.replace(":", "-")] = json.dumps(listed).encode()
        return digest

    def sign(self, repository: str, subject: str, key: Any, *, about: str = "", **annotations: str) -> None:
        """Sign as cosign did up to version 2."""
        image = {"docker-manifest-digest": about or subject}
        critical = {"identity": {"docker-reference": repository}, "image": image}
        payload = json.dumps({"critical": {**critical, "type": "cosign container image signature"}}).encode()
        signature = base64.b64encode(sign(key, payload)).decode()
        notes = {"dev.cosignproject.cosign/signature": signature, **annotations}
        layer = {"mediaType": SIMPLE, "digest": self.put(repository, payload), "annotations": notes}
        tag = f"{subject.replace(':', '-')}.sig"
        before = json.loads(self.content.get((repository, tag), b"{}")).get("layers", [])
        self.put(repository, {"schemaVersion": 2, "layers": [*before, layer]}, tag=tag)

    def attest(self, repository: str, subject: str, key: Any, *, about: str = "", **more: Any) -> None:
        """Sign as cosign does from version 3; ``more`` is another predicate, or verification material."""
        statement = {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"digest": {"sha256": (about or subject).removeprefix("sha256:")}}],
            "predicateType": more.get("predicate") or "https://sigstore.dev/cosign/sign/v1",
            "predicate": {},
        }
        payload = json.dumps(statement).encode()
        message = b"DSSEv1 %d %s %d %s" % (len(IN_TOTO), IN_TOTO.encode(), len(payload), payload)
        envelope = {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": IN_TOTO,
            "signatures": [{"sig": base64.b64encode(sign(key, message)).decode()}],
        }
        bundle = {
            "mediaType": BUNDLE,
            "verificationMaterial": more.get("material") or {"publicKey": {}},
            "dsseEnvelope": envelope,
        }
        layer = {"mediaType": BUNDLE, "digest": self.put(repository, json.dumps(bundle).encode())}
        self.refer(repository, subject, {"schemaVersion": 2, "artifactType": BUNDLE, "layers": [layer]})

    def answer(self, path: str, authorization: str | None, form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        self.asked.append((path, authorization))
        if self.status:
            return self.status, {}, b"{}"
        if path == "/token":
            return self._token(authorization, form)
        if self.user and authorization not in self._accepted():
            return 401, {"WWW-Authenticate": self._challenge(path)}, b"{}"
        return self._content(path)

    def _content(self, path: str) -> tuple[int, dict[str, str], bytes]:
        repository, kind, name = path.removeprefix("/v2/").rsplit("/", 2)
        if kind == "referrers":
            if not self.referrers_api:
                return 404, {}, b"{}"
            return 200, {}, json.dumps({"manifests": self.about.get((repository, name), [])}).encode()
        if kind == "blobs" and self.blobs_at:
            return 307, {"Location": f"{self.blobs_at}{path}"}, b""
        found = self.content.get((repository, name))
        if found is None:
            return 404, {}, b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}'
        return 200, {"Content-Type": MANIFEST}, found + b" " * self.forge

    def _accepted(self) -> list[str]:
        basic = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return [f"Basic {basic}"] if self.basic else ["Bearer made-for-a-test"]

    def _challenge(self, path: str) -> str:
        if self.basic:
            return 'Basic realm="test"'
        repository = path.removeprefix("/v2/").rsplit("/", 2)[0]
        return f'Bearer realm="http://{self.host}/token",service="test",scope="repository:{repository}:pull"'

    def _token(self, authorization: str | None, form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        basic = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        known = authorization == f"Basic {basic}" if self.password else form.get("refresh_token") == self.refresh_token
        if not known or form.get("service") != "test" or not form.get("scope", "").endswith(":pull"):
            return 401, {}, b"{}"
        return 200, {}, b'{"access_token": "made-for-a-test"}'


@contextlib.contextmanager
def serving(oci: Oci) -> Generator[Oci]:
    """Serve it on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def _give(self, form: dict[str, str]) -> None:
            status, headers, body = oci.answer(urlsplit(self.path).path, self.headers.get("Authorization"), form)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self._give({key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._give({key: values[0] for key, values in parse_qs(body).items()})

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        oci.host = f"127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield oci
        finally:
            server.shutdown()
            thread.join()
