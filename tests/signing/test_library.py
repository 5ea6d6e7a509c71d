"""The parts of sigstore that are not public and yet needed: an upgrade that moves one fails here, and loudly."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from gatekeeper.signing.failures import TrustRootError
from gatekeeper.signing.limits import Limits, bounded_adapter
from gatekeeper.signing.rehearsal import Rehearsal
from gatekeeper.signing.services import Log, _bind, clocks, loaded_config, signing_context, witnesses


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


def test_an_instance_that_has_clocks_alone_can_be_read(running: Rehearsal) -> None:
    """By private names: the library's own reader demands a log and an authority."""
    config = json.loads(running.instance.signing_config) | {"rekorTlogUrls": [], "caUrls": [], "oidcUrls": []}
    found = clocks(replace(running.instance, signing_config=json.dumps(config).encode()), Limits())
    assert [clock.url for clock in found] == [clock["url"] for clock in config["tsaUrls"]]
    assert found[0].request_timestamp(b"signature")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        pytest.param(b"", "not where to sign", id="none"),
        pytest.param(b"rubbish", "cannot be used", id="rubbish"),
        pytest.param(b"no clocks", "no timestamp service", id="no clocks"),
    ],
)
def test_an_instance_without_a_usable_clock_is_refused(running: Rehearsal, config: bytes, said: str) -> None:
    if config == b"no clocks":
        config = json.dumps(json.loads(running.instance.signing_config) | {"tsaUrls": []}).encode()
    with pytest.raises(TrustRootError, match=said):
        clocks(replace(running.instance, signing_config=config), Limits())


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
