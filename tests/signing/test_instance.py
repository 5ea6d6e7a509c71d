"""Which Sigstore: pinned files, a private mirror, and never another one in its place."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gatekeeper.model.errors import UsageError
from gatekeeper.signing.failures import ServiceOutageError, TrustRootError
from gatekeeper.signing.instance import Instance, from_file
from gatekeeper.signing.limits import Limits
from gatekeeper.signing.rehearsal import ISSUER, Rehearsal, is_rehearsal, rehearsal
from gatekeeper.signing.signer import open_signer
from gatekeeper.signing.tuf import fetched
from gatekeeper.signing.verifier import verify_digest
from tests.signing.samples import DIGEST
from tests.signing.tuf_mirror import build, served

TODAY = date(2026, 1, 31)


def test_a_client_trust_config_signs_and_its_root_verifies(running: Rehearsal, tmp_path: Path) -> None:
    path = tmp_path / "trust.json"
    path.write_bytes(running.instance.client_trust_config)
    instance = from_file(path, obtained=date(2026, 1, 1))
    with open_signer(instance, running.credential, running.expected) as signer:
        bundle, _ = signer.sign_digest(DIGEST)
    assert verify_digest(bundle, DIGEST, instance.trusted_root, running.expected, rehearsal=True)
    assert instance.trusted_root == running.trusted_root
    assert instance.age_days(TODAY) == 30
    assert running.services.address in instance.urls()


def test_a_bare_root_verifies_and_cannot_sign(running: Rehearsal, tmp_path: Path) -> None:
    path = tmp_path / "trusted_root.json"
    path.write_bytes(running.trusted_root)
    instance = from_file(path)
    assert instance.trusted_root == running.trusted_root
    assert instance.urls() == ()
    assert instance.age_days(TODAY) is None
    opening = open_signer(instance, running.credential, running.expected)
    with pytest.raises(TrustRootError, match="not where to sign"), opening:
        pass


def test_the_log_version_can_be_pinned(running: Rehearsal) -> None:
    from dataclasses import replace

    opening = open_signer(replace(running.instance, log_version=2), running.credential, running.expected)
    with pytest.raises(TrustRootError, match="cannot be used"), opening:
        pass


def test_of_two_versions_of_the_log_the_more_widely_read_one_is_used(running: Rehearsal) -> None:
    import json
    from dataclasses import replace

    config = json.loads(running.instance.signing_config)
    config["rekorTlogUrls"].append({**config["rekorTlogUrls"][0], "majorApiVersion": 2})
    instance = replace(running.instance, signing_config=json.dumps(config).encode())
    for chosen, version in ((None, "0.0.1"), (2, "0.0.2")):
        both = replace(instance, log_version=chosen)
        with open_signer(both, running.credential, running.expected) as signer:
            _, verified = signer.sign_digest(DIGEST)
        assert verified.log is not None
        assert verified.log.kind == f"hashedrekord/{version}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "not JSON", id="SIGN-05: empty"),
        pytest.param(b"[" * 100_000, "not JSON", id="SIGN-05: deep"),
        pytest.param(b"[]", "not a trust root", id="SIGN-05: a list"),
        pytest.param(
            b'{"mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"}', "lacks", id="SIGN-05: half"
        ),
        pytest.param(b" " * 5_000_000, "larger than", id="SIGN-05: too large"),
    ],
)
def test_a_file_that_is_no_trust_root(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "trust.json"
    path.write_bytes(content)
    with pytest.raises(TrustRootError, match=said):
        from_file(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TrustRootError, match="cannot be read"):
        from_file(tmp_path / "nothing.json")


def test_sign_05_a_root_changed_on_disk_is_not_the_pinned_one(running: Rehearsal, tmp_path: Path) -> None:
    """SIGN-05: a cached file changed on disk."""
    import hashlib

    path = tmp_path / "trust.json"
    path.write_bytes(running.instance.client_trust_config)
    pin = hashlib.sha256(path.read_bytes()).hexdigest()
    assert from_file(path, sha256=pin).pinned(from_file(path).root_sha256)
    with rehearsal() as other:
        path.write_bytes(other.instance.client_trust_config)
    with pytest.raises(TrustRootError, match="not the pinned"):
        from_file(path, sha256=pin)
    with pytest.raises(TrustRootError, match="not the pinned"):
        from_file(path).pinned(running.instance.root_sha256)


def test_a_rehearsals_root_is_known_even_if_its_names_are_taken_out(running: Rehearsal) -> None:
    from gatekeeper.signing.rehearsal import ORGANISATION

    renamed = running.trusted_root.replace(ORGANISATION.encode(), b"Example Trust Ltd")
    assert is_rehearsal(running.trusted_root)
    assert is_rehearsal(renamed)
    assert ISSUER.endswith(".invalid")


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"certificateAuthorities": 7}', b"[" * 100_000])
def test_what_is_no_root_is_no_rehearsal_either(raw: bytes) -> None:
    assert not is_rehearsal(raw)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def files_of(instance: Instance) -> Mapping[str, bytes]:
    return {"trusted_root.json": instance.trusted_root, "signing_config.v0.2.json": instance.signing_config}


def test_a_private_mirror_hands_out_its_root_byte_for_byte(running: Rehearsal, state: Path) -> None:
    mirror = build(state / "mirror", files_of(running.instance))
    with served(mirror) as url:
        instance = fetched(TODAY, url, mirror / "1.root.json")
    assert instance.trusted_root == running.trusted_root
    assert instance.age_days(TODAY) == 0
    with open_signer(instance, running.credential, running.expected) as signer:
        assert signer.sign_digest(DIGEST)


def test_a_mirror_that_swaps_the_root_is_found_out(running: Rehearsal, state: Path) -> None:
    mirror = build(state / "mirror", files_of(running.instance))
    for path in (mirror / "targets").glob("*trusted_root.json"):
        path.write_bytes(path.read_bytes().replace(b"rekor", b"rekos", 1))
    with served(mirror) as url, pytest.raises(TrustRootError, match="did not verify"):
        fetched(TODAY, url, mirror / "1.root.json")


def test_a_mirror_of_someone_else_is_found_out(running: Rehearsal, state: Path) -> None:
    ours = build(state / "ours", files_of(running.instance))
    theirs = build(state / "theirs", files_of(running.instance))
    with served(theirs) as url, pytest.raises(TrustRootError, match="did not verify"):
        fetched(TODAY, url, ours / "1.root.json")


def test_a_mirror_whose_metadata_expired_is_not_used(running: Rehearsal, state: Path) -> None:
    mirror = build(state / "mirror", files_of(running.instance), days=-1)
    with served(mirror) as url, pytest.raises(TrustRootError, match="Expired"):
        fetched(TODAY, url, mirror / "1.root.json")


def test_a_mirror_never_seen_before_needs_its_first_root(state: Path) -> None:
    with served(state) as url, pytest.raises(TrustRootError, match="state of TUF"):
        fetched(TODAY, url)


def test_a_mirror_that_is_down_is_an_outage_and_nothing_else_is_taken(running: Rehearsal, state: Path) -> None:
    mirror = build(state / "mirror", files_of(running.instance))
    with served(mirror) as url:
        fetched(TODAY, url, mirror / "1.root.json")
    with pytest.raises(ServiceOutageError, match="could not be fetched"):
        fetched(TODAY, url, mirror / "1.root.json")


def test_a_mirror_that_never_answers_is_given_up(state: Path, tmp_path: Path) -> None:
    (tmp_path / "1.root.json").write_bytes(
        (build(tmp_path / "any", {"trusted_root.json": b"{}"}) / "1.root.json").read_bytes()
    )
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ServiceOutageError):
            fetched(TODAY, url, tmp_path / "1.root.json", Limits(budget=0.5))


def test_a_mirror_without_https_is_refused() -> None:
    with pytest.raises(UsageError, match="https"):
        fetched(datetime.now(UTC).date(), "http://mirror.example.org")
