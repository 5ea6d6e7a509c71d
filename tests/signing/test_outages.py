"""Each service down, slow or babbling, at each step: signing ends within its budget, with the right advice."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from gatekeeper.model.errors import EvidenceError, OutageError
from gatekeeper.signing.credential import ambient, fixed
from gatekeeper.signing.failures import ClockError, CredentialError, ServiceOutageError, TrustRootError
from gatekeeper.signing.instance import Instance
from gatekeeper.signing.limits import Limits
from gatekeeper.signing.rehearsal import Fault, Rehearsal, rehearsal
from gatekeeper.signing.signer import RENEW_BEFORE_SECONDS, open_signer
from tests.signing.samples import DIGEST, statement, token_of_today

QUICK = Limits(connect=0.5, read=0.5, budget=2.0, attempts=2, pause=0.01)  # where a failure is expected
PATIENT = Limits(attempts=2, pause=0.01)  # where an answer is, on whatever busy machine
ALL = ("down", "throttled", "hangs", "drips", "cut", "garbage", "empty", "nonsense", "endless")


def sign(running: Rehearsal, limits: Limits = PATIENT, **more: object) -> bytes:
    instance = more.pop("instance", running.instance)
    credential = more.pop("credential", running.credential)
    with open_signer(instance, credential, running.expected, limits) as signer:  # type: ignore[arg-type]
        return signer.sign_digest(DIGEST)[0]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("service", ["fulcio", "rekor", "tsa"])
@pytest.mark.parametrize("version", [1, 2])
def test_a_failing_service_is_an_outage_within_the_budget(service: str, kind: str, version: int) -> None:
    with rehearsal(log_version=version) as running:
        running.faults[service] = Fault(kind)
        begun = time.monotonic()
        with pytest.raises(ServiceOutageError) as caught:
            sign(running, QUICK)
    assert time.monotonic() - begun < QUICK.budget + 20.0  # else it hangs for as long as the service does
    assert isinstance(caught.value, OutageError)
    assert "--resume" in caught.value.advice


@pytest.mark.parametrize("kind", ALL)
def test_a_failing_token_service_is_told_apart(running: Rehearsal, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _in_a_github_job(running, monkeypatch)
    running.faults["oidc"] = Fault(kind)
    with pytest.raises(ServiceOutageError) as caught:
        sign(running, Limits(budget=1.0, attempts=1), credential=ambient)
    assert "--resume" in caught.value.advice


def _in_a_github_job(running: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    _in_no_job(monkeypatch)
    for name, value in running.ambient.items():
        monkeypatch.setenv(name, value)


def _in_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "CIRCLECI", "GOOGLE_SERVICE_ACCOUNT_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("id._internal.oidc.ambient._GCP_PRODUCT_NAME_FILE", "/nonexistent")


@pytest.mark.parametrize("service", ["fulcio", "rekor", "tsa"])
def test_a_passing_fault_is_overcome(running: Rehearsal, service: str) -> None:
    running.faults[service] = Fault("down", times=1)
    assert sign(running)
    assert running.faults[service].struck == 1


def test_a_log_that_answers_for_another_entry_is_found_out(running: Rehearsal) -> None:
    """SIGN-07: a log answer for another entry."""
    honest = running.services.log1.answer
    first: list[dict[str, object]] = []

    def repeat(request: object, now: datetime) -> dict[str, object]:
        first.append(honest(request, now))  # type: ignore[arg-type]
        return first[0]

    with open_signer(running.instance, running.credential, running.expected, PATIENT) as signer:
        running.services.log1.answer = repeat  # type: ignore[assignment,method-assign]
        signer.sign_digest(DIGEST)
        with pytest.raises(ServiceOutageError, match="does not verify"):
            signer.sign_digest(DIGEST)


@pytest.mark.parametrize("inside", ["authority.log_key", "authority.key", "log1.key", "timestamps.key"])
def test_a_service_with_another_key_than_the_roots_is_found_out(running: Rehearsal, inside: str) -> None:
    from gatekeeper.signing.sandbox.keys import new_key

    instance = running.instance
    service, _, key = inside.partition(".")
    setattr(getattr(running.services, service), key, new_key())
    with pytest.raises(OutageError):
        sign(running, instance=instance)


def test_sign_04_no_timestamp_means_no_signature_and_nothing_in_the_log(running: Rehearsal) -> None:
    """SIGN-04: a bundle without timestamp after a timestamp outage; the library would hand one out."""
    running.faults["tsa"] = Fault("down")
    with pytest.raises(ServiceOutageError, match="timestamp service"):
        sign(running)
    assert "rekor" not in running.services.requests


def test_the_job_has_no_identity(running: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    _in_no_job(monkeypatch)
    with pytest.raises(CredentialError, match="no CI system") as caught:
        sign(running, credential=ambient)
    assert "id-token: write" in caught.value.advice


def test_a_github_job_without_the_permission(running: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    _in_no_job(monkeypatch)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", raising=False)
    with pytest.raises(CredentialError, match="may not have"):
        sign(running, credential=ambient)


def test_a_github_job_signs_with_its_own_token(running: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    _in_a_github_job(running, monkeypatch)
    assert sign(running, credential=ambient)
    assert "oidc" in running.services.requests


@pytest.mark.parametrize("service", ["fulcio", "oidc"])
def test_a_refused_identity_is_not_tried_again(
    running: Rehearsal, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _in_a_github_job(running, monkeypatch)
    running.faults[service] = Fault("refuses")
    with pytest.raises(CredentialError, match="refused"):
        sign(running, credential=ambient)
    assert running.faults[service].struck == 1


def test_a_log_that_refuses_the_entry_is_not_tried_again(running: Rehearsal) -> None:
    running.faults["rekor"] = Fault("refuses")
    with pytest.raises(TrustRootError, match="log refused the entry"):
        sign(running)
    assert running.faults["rekor"].struck == 1


@pytest.mark.parametrize("token", ["", "rubbish", "a.b.c"])
def test_a_token_that_is_none_is_refused_and_not_shown(running: Rehearsal, token: str) -> None:
    with pytest.raises(CredentialError, match="malformed"):
        sign(running, credential=fixed(token))


def test_an_expired_token_asks_for_a_fresh_one(running: Rehearsal) -> None:
    old = running.services.tokens.mint(running.services.claims, datetime.now(UTC) - timedelta(hours=1))
    with pytest.raises(CredentialError, match="expired") as caught:
        sign(running, credential=fixed(old))
    assert old not in caught.value.message + caught.value.advice


def test_a_clock_that_is_behind_is_named() -> None:
    with rehearsal(clock=lambda: datetime.now(UTC) + timedelta(hours=1)) as running, pytest.raises(ClockError):
        sign(running)


def test_a_clock_that_is_ahead_is_named() -> None:
    """The certificate just issued is over already, seen from here."""
    with (
        rehearsal(clock=lambda: datetime.now(UTC) - timedelta(minutes=20)) as running,
        pytest.raises(ClockError, match="expired by this machine's clock") as caught,
    ):
        sign(running, credential=lambda: token_of_today(running))
    assert "NTP" in caught.value.advice
    assert isinstance(caught.value, EvidenceError)


def test_a_certificate_near_its_end_is_replaced_with_a_fresh_token(
    running: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that is longer than the ten minutes of a certificate."""
    tokens: list[str] = []
    passed = 0.0

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return time.monotonic() + passed

    def credential() -> str:
        tokens.append(running.credential())
        return tokens[-1]

    monkeypatch.setattr("gatekeeper.signing.signer.time", Clock)
    with open_signer(running.instance, credential, running.expected) as signer:
        _, first = signer.sign_digest(DIGEST)
        _, second = signer.sign_digest(DIGEST)
        passed = 600.0 - RENEW_BEFORE_SECONDS
        _, third = signer.sign_digest(DIGEST)
    assert first.key_sha256 == second.key_sha256 != third.key_sha256
    assert len(tokens) == 2


def test_many_files_are_signed_at_once_with_one_certificate_and_come_in_order(running: Rehearsal) -> None:
    digests = [bytes([n]) * 32 for n in range(40)]
    with open_signer(running.instance, running.credential, running.expected) as signer:
        made = list(signer.sign_digests(digests))
    assert [verified.digest for _, verified in made] == [digest.hex() for digest in digests]
    assert len({verified.key_sha256 for _, verified in made}) == 1
    assert running.services.requests.count("fulcio") == 1


def test_an_outage_among_many_files_ends_it(running: Rehearsal) -> None:
    running.faults["rekor"] = Fault("down", after=5)
    digests = [bytes([n]) * 32 for n in range(20)]
    with (
        open_signer(running.instance, running.credential, running.expected, PATIENT) as signer,
        pytest.raises(ServiceOutageError),
    ):
        list(signer.sign_digests(digests))
    assert running.services.requests.count("rekor") < 40


def test_thousands_of_subjects_are_one_statement(running: Rehearsal) -> None:
    payload = statement(*((f"file-{n}.bin", f"{n:064x}") for n in range(2_000)))
    with open_signer(running.instance, running.credential, running.expected) as signer:
        bundle, verified = signer.sign_statement(payload)
    assert len(bundle) > len(payload)
    assert running.services.requests.count("rekor") == 1
    assert verified.digest


@pytest.mark.parametrize(
    ("config", "said"),
    [
        pytest.param(b"", "not where to sign", id="no signing config"),
        pytest.param(b"{}", "cannot be used", id="empty"),
        pytest.param(b"rubbish", "cannot be used", id="rubbish"),
        pytest.param(
            b'{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.1+json"}', "cannot be used", id="old version"
        ),
    ],
)
def test_an_instance_that_cannot_sign_says_so_before_anything_is_sent(
    running: Rehearsal, config: bytes, said: str
) -> None:
    instance = Instance("private", "file x", running.trusted_root, config)
    with pytest.raises(TrustRootError, match=said):
        sign(running, instance=instance)
    assert running.services.requests == []


def test_an_instance_without_a_timestamp_service_is_refused(running: Rehearsal) -> None:
    config = running.instance.signing_config.replace(b"tsaUrls", b"unused", 1)
    instance = Instance("private", "file x", running.trusted_root, config)
    with pytest.raises(TrustRootError):
        sign(running, instance=instance)
