"""The parts of sigstore that are not public and yet needed: an upgrade that moves one fails here, and loudly."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gatekeeper.signing.limits import Limits
from gatekeeper.signing.rehearsal import Rehearsal
from gatekeeper.signing.services import _session, loaded_config, log_client, signing_context, timestamp_clients


def test_every_session_is_bounded(running: Rehearsal) -> None:
    config = loaded_config(running.instance)
    context = signing_context(config, Limits(connect=1.0, read=2.0))
    sessions = [context._fulcio.session, context._rekor._session, context._tsa_clients[0]._client._session]
    for session in sessions:
        assert type(session.get_adapter("https://example.org")).__name__ == "Bounded"
        assert type(session.get_adapter("http://example.org")).__name__ == "Bounded"


def test_a_session_that_moved_is_not_overlooked() -> None:
    with pytest.raises(TypeError, match="keeps its sessions elsewhere"):
        _session(object(), "_session")


def test_the_clients_are_those_that_we_wrap(running: Rehearsal) -> None:
    config = loaded_config(running.instance)
    assert type(log_client(config, Limits())).__name__ == "RekorClient"
    assert timestamp_clients(config, Limits())[0].url.endswith("/timestamp")


def test_the_private_names_of_the_verifier_are_there() -> None:
    from sigstore._internal.trust import KeyringPurpose
    from sigstore._internal.tuf import TrustUpdater
    from sigstore.models import Bundle, TransparencyLogEntry, TrustedRoot

    assert KeyringPurpose.VERIFY
    assert TrustUpdater.get_trusted_root_path
    assert TransparencyLogEntry._verify
    assert TrustedRoot.rekor_keyring
    assert Bundle.from_json


def test_importing_the_room_imports_no_sigstore() -> None:
    """Start-up stays light: the library comes with the first signature or verification."""
    program = (
        "import sys, gatekeeper.signing.verifier, gatekeeper.signing.signer, gatekeeper.signing.rehearsal, "
        "gatekeeper.signing.tuf, gatekeeper.signing.token_signer, gatekeeper.signing.credential\n"
        "heavy = {'sigstore', 'sigstore_models', 'cryptography', 'requests', 'pydantic', 'rfc3161_client', 'pkcs11'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
