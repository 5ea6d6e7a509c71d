"""The parts of sigstore that are not public and yet needed: an upgrade that moves one fails here, and loudly."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from typing import Any

import pytest

from gatekeeper.signing.limits import Limits, bounded_adapter
from gatekeeper.signing.rehearsal import Rehearsal
from gatekeeper.signing.services import Log, _bind, loaded_config, signing_context, witnesses


def test_every_session_is_bounded_in_whichever_thread_it_is_used(running: Rehearsal) -> None:
    config = loaded_config(running.instance)
    context = signing_context(config, Limits(connect=1.0, read=2.0))
    log: Any = context._rekor
    assert type(context._fulcio.session.get_adapter("https://example.org")).__name__ == "Bounded"
    with suppress(Exception):  # the request is nonsense; what counts is the session that it went through
        log.create_entry({"kind": "nothing"})
    assert type(log._client._session.get_adapter("http://example.org")).__name__ == "Bounded"
    clock = context._tsa_clients[0]
    clock.request_timestamp(b"signature")
    assert type(clock._client._session.get_adapter("http://example.org")).__name__ == "Bounded"


def test_a_session_that_moved_is_not_overlooked() -> None:
    with pytest.raises(TypeError, match="keeps its sessions elsewhere"):
        _bind(object(), "_session", bounded_adapter(Limits()))


def test_the_clients_are_those_that_we_wrap(running: Rehearsal) -> None:
    log, clocks = witnesses(loaded_config(running.instance), Limits())
    assert isinstance(log, Log)
    assert log.version == 1
    assert clocks[0].url.endswith("/timestamp")


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
