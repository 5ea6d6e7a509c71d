"""Where and as whom a release signs: the Sigstore and identity of the policy, or a throw-away one for a rehearsal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.checks._private_keys.controls import Key
from gatekeeper.checks._signing.params import Params, expected_extensions
from gatekeeper.model.check import Product
from gatekeeper.model.errors import UsageError
from gatekeeper.signing.failures import TrustRootError
from gatekeeper.signing.identity import Expected, ExpectedKey
from gatekeeper.signing.instance import Instance, from_file
from gatekeeper.signing.managed import MANAGED, key_identity
from gatekeeper.signing.rehearsal import claims_of_release, rehearsal
from gatekeeper.signing.signer import Signer, open_signer


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The job's own signer, and whom its certificate must name."""

    signer: Signer
    expected: Expected


@dataclass(frozen=True, slots=True)
class Desk:
    """A signer, whom its signatures must name, and the trust root under which they must verify.

    `pipeline` signs beside a managed key as the job itself, so that its certificate proves where the release was made.
    """

    signer: Signer
    expected: Expected | ExpectedKey
    instance: Instance
    rehearsal: bool
    pipeline: Pipeline | None = None

    @property
    def identity(self) -> str:
        """Who signs, as the record names them: the certificate's subject, or the public key by its digest."""
        expected = self.expected
        return expected.identity if isinstance(expected, Expected) else key_identity(expected)

    @property
    def issuer(self) -> str:
        """Who vouches for that name; nobody does for a key, so the record says what it is."""
        return self.expected.issuer if isinstance(self.expected, Expected) else MANAGED

    @property
    def trusted_root(self) -> bytes:
        """The JSON that goes into the dossier."""
        return self.instance.trusted_root


@contextmanager
def open_desk(root: Path, params: Params, product: Product, commit: str) -> Iterator[Desk]:
    """The desk of a release: the trust config of the policy, pinned by digest, and the identity of this CI job."""
    if not params.keyless:
        raise UsageError(
            "[signing] keyless = false, and no managed key is named: nobody would sign",
            "Name the key in [private-keys.key], or state identity and issuer.",
        )
    instance = pinned_instance(root, params)
    with _open_pipeline(instance, params, product, commit) as job:
        yield Desk(job.signer, job.expected, instance, rehearsal=False)


@contextmanager
def open_key_desk(
    root: Path, params: Params, key: Key, env: Mapping[str, str], product: Product, commit: str
) -> Iterator[Desk]:
    """The desk of a release that a key in a token signs; the services are those of the policy's trust config.

    Raises UsageError for a reference that is not exact, CredentialError, KeyProtectionError, TrustRootError.
    """
    from gatekeeper.signing.token import key_reference, pin_from
    from gatekeeper.signing.token_signer import open_token_signer

    instance = pinned_instance(root, params)
    reference, pin = key_reference(key.reference), pin_from(env)
    with ExitStack() as open_:
        signer = open_.enter_context(open_token_signer(reference, pin, key.public_sha256, instance, logged=key.logged))
        job = open_.enter_context(_open_pipeline(instance, params, product, commit)) if params.keyless else None
        yield Desk(signer, signer.expected, instance, rehearsal=False, pipeline=job)


@contextmanager
def _open_pipeline(instance: Instance, params: Params, product: Product, commit: str) -> Iterator[Pipeline]:
    """This CI job, with the identity that the policy states for it."""
    from gatekeeper.signing.credential import ambient

    expected = Expected(
        identity=product.fill(params.identity),
        issuer=params.issuer,
        extensions=expected_extensions(params, product, commit),
    )
    with open_signer(instance, ambient, expected) as signer:
        yield Pipeline(signer, expected)


@contextmanager
def open_rehearsal(params: Params, product: Product, commit: str) -> Iterator[Desk]:
    """The desk of a rehearsal: a Sigstore on loopback whose keys are gone afterwards, in the policy's own shape."""
    claims = rehearsed_claims(params, product, commit)
    with rehearsal(claims) as running, open_signer(running.instance, running.credential, running.expected) as signer:
        yield Desk(signer, running.expected, running.instance, rehearsal=True)


def rehearsed_claims(params: Params, product: Product, commit: str) -> dict[str, str]:
    """The token that the real job would have, as far as the policy tells: then all its rules are rehearsed too."""
    wanted = dict(expected_extensions(params, product, commit))
    claims = {"commit": commit or "0" * 40}
    repository = wanted.get("source-repository-uri", "").removeprefix("https://github.com/")
    if repository and not repository.startswith("https://"):
        path = wanted.get("build-config-uri", "").partition("@")[0]
        claims |= {"repository": repository, "workflow": path.rpartition("/")[2] or "release.yml"}
        claims["ref"] = wanted.get("source-repository-ref", "") or "refs/tags/rehearsal"
    more = {claim: wanted[name] for name, claim in _CLAIMS.items() if name in wanted}
    return claims_of_release(**claims, **more)


_CLAIMS = {
    "build-trigger": "trigger",
    "runner-environment": "runner_environment",
    "source-repository-identifier": "repository_id",
    "source-repository-owner-identifier": "repository_owner_id",
    "source-repository-visibility": "repository_visibility",
}


def pinned_instance(root: Path, params: Params) -> Instance:
    """The trust config of the policy. Raises TrustRootError where it is not the pinned file."""
    if not params.trust_config or not params.trust_config_sha256:
        raise TrustRootError(
            "the policy does not name a trust config and pin its digest",
            "Make it with `gatekeeper trust`, and put the lines that it prints into [signing].",
        )
    return from_file(
        root / params.trust_config, sha256=params.trust_config_sha256, obtained=params.trust_obtained
    )  # one reading: what is compared is what is used
