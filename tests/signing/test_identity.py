"""Only the exact signer counts: every near-miss of a release is refused, by the fact that differs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gatekeeper.model.errors import UsageError
from gatekeeper.signing.failures import WrongIdentityError
from gatekeeper.signing.identity import GITHUB_ISSUER, Expected, mismatch
from gatekeeper.signing.rehearsal import Rehearsal, claims_of_release, rehearsal
from gatekeeper.signing.signer import open_signer
from gatekeeper.signing.verifier import verify_digest
from tests.signing.samples import DIGEST

URI = "https://github.com/example/pump/.github/workflows/release.yml@refs/tags/v1.0.0"


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        pytest.param({"trigger": "pull_request"}, "people without write access", id="SIGN-06: pull-request run"),
        pytest.param({"commit": "b" * 40}, "source-repository-digest is bbb", id="SIGN-06: another commit"),
        pytest.param({"ref": "refs/heads/main"}, "it was made by https", id="SIGN-06: another ref"),
        pytest.param({"repository": "mallory/pump"}, "it was made by https", id="SIGN-06: a fork's repository"),
        pytest.param({"workflow": "evil.yml"}, "it was made by https", id="SIGN-01: signature of another workflow"),
        pytest.param({"repository_id": "999"}, "source-repository-identifier is 999", id="SIGN-06: namesake"),
        pytest.param({"runner_environment": "self-hosted"}, "runner-environment is", id="SIGN-06: own runner"),
        pytest.param(
            {"repository": "mallory/pump", "job_workflow_ref": URI.removeprefix("https://github.com/")},
            "source-repository-uri is",
            id="SIGN-06: reusable workflow called from elsewhere",
        ),
    ],
)
def test_another_signer_is_refused_while_signing_and_while_verifying(
    running: Rehearsal, claims: Mapping[str, str], said: str
) -> None:
    other = running.credential_for(claims_of_release(**claims))
    with (
        pytest.raises(WrongIdentityError, match=said),
        open_signer(running.instance, other, running.expected) as signer,
    ):
        signer.sign_digest(DIGEST)


def test_a_subject_name_without_its_extensions_is_refused() -> None:
    """SIGN-06: subject name equal but extension missing."""
    with rehearsal() as instance:
        claims = {"sub": instance.expected.identity}
        with (
            pytest.raises(WrongIdentityError, match="does not state source-repository-uri"),
            open_signer(instance.instance, instance.credential_for(claims), instance.expected) as signer,
        ):
            signer.sign_digest(DIGEST)


def test_an_email_identity_and_a_generic_issuer_are_told_from_each_other() -> None:
    claims = {"sub": "opaque", "email": "release@example.org"}
    with rehearsal(claims, issuer="https://id.example.org") as instance:
        expected = Expected(identity="release@example.org", issuer="https://id.example.org")
        with open_signer(instance.instance, instance.credential, expected) as signer:
            bundle, _ = signer.sign_digest(DIGEST)
        root = instance.trusted_root
    other = Expected(identity="release@example.org", issuer="https://elsewhere.example.org")
    with pytest.raises(WrongIdentityError, match="vouched for by https"):
        verify_digest(bundle, DIGEST, root, other, rehearsal=True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"issuer": ""}, "issuer is empty", id="SIGN-01: identity without issuer"),
        pytest.param({"identity": ""}, "identity is empty", id="SIGN-01: no identity"),
        pytest.param({"identity": ".*"}, "is a pattern", id="SIGN-01: identity pattern"),
        pytest.param({"identity": "^https://github.com/example/pump/"}, "is a pattern", id="SIGN-01: prefix"),
        pytest.param({"issuer": "http://token.example.org"}, "not an https address", id="SIGN-01: issuer in clear"),
        pytest.param({"extensions": (("repository", "x"),)}, "no certificate extension", id="SIGN-06: unknown name"),
        pytest.param({"extensions": (("source-repository-uri", "*"),)}, "is a pattern", id="SIGN-06: wildcard"),
        pytest.param(
            {"extensions": (("build-trigger", "push"), ("build-trigger", "release"))}, "twice", id="SIGN-06: doubled"
        ),
        pytest.param(
            {"extensions": (("build-trigger", "pull_request_target"),)}, "write access", id="SIGN-06: trigger allowed"
        ),
        pytest.param(
            {"extensions": (("source-repository-ref", "refs/pull/7/merge"),)}, "proposed", id="SIGN-06: ref of a change"
        ),
    ],
)
def test_an_expectation_that_would_accept_too_much_cannot_be_made(changes: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Expected(**{"identity": URI, "issuer": GITHUB_ISSUER, **changes})  # type: ignore[arg-type]


def test_an_event_that_nobody_vouched_for_passes_only_if_the_policy_pins_it() -> None:
    found = {"build-trigger": "deployment_of_the_future"}
    plain = Expected(identity=URI, issuer=GITHUB_ISSUER)
    assert "does not name" in mismatch(plain, URI, GITHUB_ISSUER, found)
    pinned = Expected(identity=URI, issuer=GITHUB_ISSUER, extensions=tuple(found.items()))
    assert mismatch(pinned, URI, GITHUB_ISSUER, found) == ""


def test_gitlab_fills_the_same_extensions() -> None:
    uri = "https://gitlab.example.org/acme/pump//.gitlab-ci.yml@refs/tags/v1.0.0"
    found = {"source-repository-uri": "https://gitlab.example.org/acme/pump", "build-trigger": "push"}
    expected = Expected(identity=uri, issuer="https://gitlab.example.org", extensions=tuple(found.items()))
    assert mismatch(expected, uri, "https://gitlab.example.org", found) == ""
    merge = {**found, "build-trigger": "merge_request_event"}
    plain = Expected(identity=uri, issuer="https://gitlab.example.org")
    assert "write access" in mismatch(plain, uri, "https://gitlab.example.org", merge)
