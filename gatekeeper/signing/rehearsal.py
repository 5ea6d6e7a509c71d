"""A throw-away Sigstore for `release --rehearsal` and for the tests: real cryptography, no network, never a release.

Every certificate that it issues names ORGANISATION, and its identity provider lives under the reserved top-level
domain .invalid (RFC 2606): so a root or a signature of it can be told from any other one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gatekeeper.signing.identity import Expected
from gatekeeper.signing.instance import Instance

if TYPE_CHECKING:
    from gatekeeper.signing.sandbox.server import Services

ORGANISATION = "gatekeeper rehearsal - not a release"
ISSUER = "https://rehearsal.invalid"
NAME = "rehearsal"
Claims = Mapping[str, str]


@dataclass(slots=True)
class Fault:
    """How a service fails: `down`, `throttled`, `refuses`, `hangs`, `drips`, `cut`, `garbage`, `empty`, `nonsense`
    or `endless`; for the next `times` requests, or for ever. `after` requests are answered first."""

    kind: str
    times: int = -1
    after: int = 0
    struck: int = field(default=0, init=False)

    def strikes(self) -> bool:
        """Whether this request fails; counts it."""
        if self.after > 0:
            self.after -= 1
            return False
        if 0 <= self.times <= self.struck:
            return False
        self.struck += 1
        return True


def claims_of_release(
    repository: str = "example/pump",
    ref: str = "refs/tags/v1.0.0",
    commit: str = "a" * 40,
    workflow: str = "release.yml",
    trigger: str = "push",
    **more: str,
) -> dict[str, str]:
    """What a GitHub job's token states (docs.github.com, OpenID Connect reference), without times and issuer."""
    address = f"{repository}/.github/workflows/{workflow}@{ref}"
    return {
        "sub": f"repo:{repository}:ref:{ref}",
        "repository": repository,
        "repository_id": "1001",
        "repository_owner": repository.split("/")[0],
        "repository_owner_id": "2002",
        "repository_visibility": "private",
        "ref": ref,
        "sha": commit,
        "workflow": workflow.partition(".")[0],
        "workflow_ref": address,
        "workflow_sha": commit,
        "job_workflow_ref": address,
        "job_workflow_sha": commit,
        "event_name": trigger,
        "runner_environment": "github-hosted",
        "run_id": "77",
        "run_attempt": "1",
        **more,
    }


class Rehearsal:
    """A running throw-away instance: what to trust, where to sign, and as whom.

    `faults` maps a service (oidc, fulcio, rekor, tsa) to the way it fails; `services` is the inside, for tests
    that exchange keys or clocks.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self.faults = services.faults

    @property
    def instance(self) -> Instance:
        """As the signer and the verifier take it."""
        services = self.services
        root, config = services.trusted_root(), services.signing_config()
        return Instance(NAME, NAME, root, config, obtained=services.clock().date())

    @property
    def trusted_root(self) -> bytes:
        """The JSON to archive beside what was signed."""
        return self.services.trusted_root()

    def credential(self) -> str:
        """A fresh token, as `open_signer` takes it."""
        return self.services.tokens.mint(self.services.claims, self.services.clock())

    def credential_for(self, claims: Claims) -> Callable[[], str]:
        """Fresh tokens for someone else."""
        return lambda: self.services.tokens.mint(claims, self.services.clock())

    @property
    def expected(self) -> Expected:
        """The identity that its signatures carry: workflow, issuer, and the repository, commit, ref and trigger."""
        claims, github = self.services.claims, "https://github.com/"
        pairs = (
            ("source-repository-uri", github + claims["repository"]),
            ("source-repository-identifier", claims["repository_id"]),
            ("source-repository-digest", claims["sha"]),
            ("source-repository-ref", claims["ref"]),
            ("build-trigger", claims["event_name"]),
            ("runner-environment", claims["runner_environment"]),
        )
        issuer = self.services.tokens.issuer
        return Expected(identity=github + claims["job_workflow_ref"], issuer=issuer, extensions=pairs)

    @property
    def ambient(self) -> dict[str, str]:
        """The environment variables by which a GitHub job finds its token."""
        url = f"{self.services.address}/token?api-version=2.0"
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": url,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "rehearsal",
        }


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def rehearsal(
    claims: Claims | None = None,
    *,
    log_version: int = 1,
    issuer: str = ISSUER,
    certificate_life: timedelta = timedelta(minutes=10),
    clock: Callable[[], datetime] = _now,
) -> Iterator[Rehearsal]:
    """Run the instance on a loopback port until the block ends; its keys are gone then."""
    from gatekeeper.signing.sandbox.server import Services

    services = Services(issuer, claims or claims_of_release(), log_version, certificate_life, clock)
    services.run()
    try:
        yield Rehearsal(services)
    finally:
        services.stop()


def is_rehearsal(trusted_root: bytes) -> bool:
    """Whether a trust root holds any certificate or name of a rehearsal instance."""
    import base64

    import msgspec

    if ORGANISATION.encode() in trusted_root:
        return True
    try:
        root = msgspec.json.decode(trusted_root)
        encoded = [
            certificate["rawBytes"]
            for kind in ("certificateAuthorities", "timestampAuthorities")
            for authority in root.get(kind, ())
            for certificate in authority["certChain"]["certificates"]
        ]
        return any(ORGANISATION.encode() in base64.b64decode(raw) for raw in encoded)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return False  # no trust root at all: whoever verifies with it says so
