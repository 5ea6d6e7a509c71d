"""A throw-away Sigstore, started once for each log version, and what was signed on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from gatekeeper.signing.rehearsal import Rehearsal, rehearsal
from gatekeeper.signing.signer import open_signer
from tests.signing.nodejs import NODE
from tests.signing.samples import DIGEST, Signed, statement


@pytest.fixture(scope="session", params=[1, 2], ids=["rekor-v1", "rekor-v2"])
def signed(request: pytest.FixtureRequest) -> Signed:
    with rehearsal(log_version=request.param) as running:
        payload = statement(("pump.bin", DIGEST.hex()))
        with open_signer(running.instance, running.credential, running.expected) as signer:
            bundle, _ = signer.sign_digest(DIGEST)
            attestation, _ = signer.sign_statement(payload)
        return Signed(running.instance, running.expected, bundle, payload, attestation)


@pytest.fixture
def running() -> Iterator[Rehearsal]:
    with rehearsal() as instance:
        yield instance


@pytest.fixture(scope="session")
def node() -> str:
    found = shutil.which("node")
    if found is None or not (NODE / "node_modules").is_dir():
        pytest.skip("node or its packages are missing (npm ci in tests/signing/node)")
    return found
