"""Where the signer's identity comes from: a token that the CI system hands to this very job.

A credential is a callable that returns a fresh token each time, since tokens live for minutes. A token is a
secret: it is never logged, recorded or shown.
"""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.signing.failures import CredentialError

Credential = Callable[[], str]

ADVICE = (
    "Run the release in CI and let the job have an identity: on GitHub `permissions: {id-token: write}` in the job, "
    "on GitLab an `id_tokens:` entry SIGSTORE_ID_TOKEN with aud sigstore. Runs for pull requests from forks get none."
)


def ambient() -> str:
    """The token of the CI job we run in: GitHub, GitLab, Google, Buildkite or CircleCI.

    Raises CredentialError where there is none. Other faults come from the library and are told apart by the signer.
    """
    from sigstore.oidc import detect_credential

    token = detect_credential()
    if token is None:
        raise CredentialError("there is no identity to sign with: no CI system offers a token here", ADVICE)
    return token


def fixed(token: str) -> Credential:
    """A token that the caller already has; it cannot be renewed."""
    return lambda: token
