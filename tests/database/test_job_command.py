"""The job's own command, as the container runs it: it gives passwords to no server that it cannot verify."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from components.data.sqljob import COMMAND
from database.sql import ROOTS
from tests.postgresql import PostgreSql, psql


def run(server: PostgreSql, roots: str, **more: str) -> subprocess.CompletedProcess[str]:
    given = {**server.environment(), "ROOTS": roots, "SQL": r"\echo connected"}
    return subprocess.run(
        ["/bin/sh", "-c", COMMAND],
        env={"PATH": f"{Path(psql()).parent}:{os.defpath}", **given, **more},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_it_connects_to_a_server_that_the_roots_vouch_for_under_its_own_name_alone(postgresql: PostgreSql) -> None:
    done = run(postgresql, postgresql.certificate.read_text())
    assert (done.returncode, done.stdout) == (0, "connected\n"), done.stderr
    stranger = run(postgresql, ROOTS.read_text())
    assert stranger.returncode != 0 and "certificate verify failed" in stranger.stderr
    renamed = run(postgresql, postgresql.certificate.read_text(), PGHOST="other.example", PGHOSTADDR="127.0.0.1")
    assert renamed.returncode != 0 and "does not match host name" in renamed.stderr


def test_the_roots_are_those_that_microsoft_names() -> None:
    """Fingerprints as DigiCert and Microsoft PKI Services publish them."""
    found = {
        str(one.subject.rfc4514_string()).split(",")[0]: one.fingerprint(hashes.SHA256()).hex()
        for one in x509.load_pem_x509_certificates(ROOTS.read_bytes())
    }
    assert found == {
        "CN=DigiCert Global Root G2": "cb3ccbb76031e5e0138f8dd39a23f9de47ffc35e43c1144cea27d46a5ab1cb5f",
        "CN=Microsoft RSA Root Certificate Authority 2017": (
            "c741f70f4b2a8d88bf2e71c14122ef53ef10eba0cfa5e64cfa20f418853073e0"
        ),
    }
