"""The `[signing]` table, and the exact signer that follows from it for one version and one commit."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from gatekeeper.model.check import Product

Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Address = Annotated[str, msgspec.Meta(pattern="^https://[^*]+$")]
Name = Annotated[str, msgspec.Meta(pattern="^[^*\\\\ ]+$")]
GITHUB = "https://github.com/"


class Certificate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Values that the certificate must state (Fulcio's extensions by name), exact; empty ones are not demanded."""

    runner_environment: str = ""
    source_repository_uri: str = ""
    source_repository_identifier: str = ""
    source_repository_ref: str = ""
    source_repository_owner_uri: str = ""
    source_repository_owner_identifier: str = ""
    source_repository_visibility: str = ""
    build_signer_uri: str = ""
    build_signer_digest: str = ""
    build_config_uri: str = ""
    build_config_digest: str = ""
    build_trigger: str = ""
    deployment_environment: str = ""


class PublicLog(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The decision that identity, repository address and digests may become public for ever."""

    decided_by: str
    decided_on: date
    reason: Annotated[str, msgspec.Meta(min_length=20)]


class EvidenceSigner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who must have signed the evidence of one check, where it was collected in another job."""

    check: str
    identity: Name
    issuer: Address


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Who must have signed, and under which trust root. `{version}` in a value stands for the product's version.

    Where a managed key signs ([private-keys.key]), the job's certificate proves the pipeline beside it; with
    `keyless = false` there is none, and neither `identity` nor `issuer`.
    `trust_config` is a file below the root: a client trust config, or a bare trusted root for verifying only;
    `bundles` are patterns of the artifacts that get a bundle of their own beside the signed list of all.
    """

    identity: Name = ""  # the certificate's subject, exactly
    issuer: Address = ""  # of the OIDC token, exactly
    keyless: bool = True  # false: only the managed key of [private-keys.key] signs
    instance: Literal["public", "private"] = "public"  # the public good instance, or your own
    certificate: Certificate = Certificate()  # further values that it must state
    trust_config: str = ""
    trust_config_sha256: Sha256 | None = None  # of that file
    trust_obtained: date | None = None  # the day on which it was fetched
    require_timestamp: bool = True  # an RFC 3161 time beside the log's
    bundles: tuple[str, ...] = ("*",)
    public_log: PublicLog | None = None  # who decided that a public log may be used
    evidence_signers: tuple[EvidenceSigner, ...] = ()  # who may sign evidence of other jobs
    resume_within_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 72  # after an outage

    def signers(self, product: Product) -> dict[str, EvidenceSigner]:
        """Who must have signed the evidence of which check, for this version."""
        named = (msgspec.structs.replace(s, identity=product.fill(s.identity)) for s in self.evidence_signers)
        return {signer.check: signer for signer in named}

    def __post_init__(self) -> None:
        checks = [signer.check for signer in self.evidence_signers]
        for check in checks:
            if checks.count(check) > 1:
                raise ValueError(f"evidence-signers names {check} twice")
        if self.keyless and not (self.identity and self.issuer):
            raise ValueError(
                "who signs is not said: state `identity` and `issuer`, both; "
                "or `keyless = false` where only the managed key of [private-keys.key] signs"
            )
        if not self.keyless and (self.identity or self.issuer):
            raise ValueError("`keyless = false` says that no certificate signs: leave `identity` and `issuer` out")


def expected_extensions(params: Params, product: Product, commit: str) -> tuple[tuple[str, str], ...]:
    """What each certificate must state: the commit always, on GitHub also repository, ref and workflow, and all that
    the policy adds. Values that the policy states win over those that follow from the identity."""
    stated = {_kebab(f): product.fill(getattr(params.certificate, f)) for f in Certificate.__struct_fields__}
    derived = {"source-repository-digest": commit} | _of_github(product.fill(params.identity))
    return tuple(sorted((derived | {name: value for name, value in stated.items() if value}).items()))


def _of_github(identity: str) -> dict[str, str]:
    """Repository, ref and workflow of https://github.com/OWNER/NAME/.github/workflows/FILE@REF."""
    if not identity.startswith(GITHUB):
        return {}
    path, _, ref = identity.removeprefix(GITHUB).partition("@")
    repository = GITHUB + "/".join(path.split("/")[:2])
    return {"source-repository-uri": repository, "source-repository-ref": ref, "build-config-uri": identity}


def _kebab(field: str) -> str:
    return field.replace("_", "-")
