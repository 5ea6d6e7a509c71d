"""The names of the files in a dossier: a contract with everyone who holds one."""

from __future__ import annotations

RECORD = "record.json"
RECORD_BUNDLE = "record.json.sigstore.json"
RECEIPT = "receipt.json"
SUMS = "SHA256SUMS"
SUMS_BUNDLE = "SHA256SUMS.sigstore.json"
ARTIFACTS = "artifacts"
MANIFEST_NAME = "SHA256SUMS"  # of the artifacts, beside them, so that they can be handed on without the rest
MANIFEST = f"{ARTIFACTS}/{MANIFEST_NAME}"
PIPELINE_BUNDLE = "pipeline.sigstore.json"  # beside a managed key: the job's certificate, over the list of artifacts
SIGNATURES = "signatures"
EVIDENCE = "evidence"
POLICY = "policy"
POLICY_FILE = "policy/gatekeeper.toml"
DEVIATIONS_FILE = "policy/deviations.toml"
CATALOGUE_FILE = "policy/catalogue.toml"
RULES_FILE = "policy/rules.toml"
TRUSTED_ROOT = "trust/trusted_root.json"
TRUST_CONFIG = "trust/trust_config.json"  # trusted root and service addresses, as sigstore's own tools take them
PUBLIC_KEY = "trust/public_key.pem"  # where a managed key signs; receivers pin it from elsewhere
APPROVALS = "approvals"  # the signed files by which people approved this very evidence
DEVIATION_BUNDLES = "deviations"  # the signatures by which people approved policy/deviations.toml
ATTESTATIONS = "attestations"  # of a real release: verdict, SBOM and VEX in the forms that others read
SVR = f"{ATTESTATIONS}/simple-verification-result.sigstore.json"
VSA = f"{ATTESTATIONS}/verification-summary.sigstore.json"
VEX = f"{ATTESTATIONS}/vulnerabilities.openvex.json"
VEX_STATEMENT = f"{ATTESTATIONS}/vulnerabilities.openvex.sigstore.json"
REPORT = "report.html"
VERIFY = "VERIFY.md"

UNFINISHED = ".unfinished-"  # in the name of a folder that a run of `release` is still writing
UNSIGNED = ".unsigned"  # behind the name of a sealed, unsigned dossier that `release --resume` has finished

NEVER_LISTED = frozenset((SUMS, SUMS_BUNDLE))  # SHA256SUMS cannot list itself, nor the signature over it
ALWAYS = (RECORD, SUMS, POLICY_FILE, CATALOGUE_FILE, RULES_FILE)  # in every dossier, also in that of a refusal
WHEN_SEALED = (RECORD_BUNDLE, RECEIPT, SUMS_BUNDLE, MANIFEST, TRUSTED_ROOT, REPORT, VERIFY)


def artifact(name: str) -> str:
    """Where a released file lies."""
    return f"{ARTIFACTS}/{name}"


def bundle(name: str) -> str:
    """Where the signature over a released file lies, or over the list of them all."""
    return f"{SIGNATURES}/{name}.sigstore.json"


def statement(name: str) -> str:
    """Where the signed statement lies that has a released SBOM as its predicate."""
    return f"{ATTESTATIONS}/{name}.statement.sigstore.json"


def approval(file: str) -> str:
    """Where a signed approval lies, or the throw-away root beside a rehearsed one."""
    return f"{APPROVALS}/{file}"


def deviation_bundle(number: int) -> str:
    """Where a signature over the deviations lies, numbered as the policy names them."""
    return f"{DEVIATION_BUNDLES}/{number}.sigstore.json"


def deviation_root(number: int) -> str:
    """Where the throw-away root of a rehearsed one lies."""
    return f"{DEVIATION_BUNDLES}/{number}.root.json"


def evidence(check: str) -> str:
    """Where the evidence of a check lies."""
    return f"{EVIDENCE}/{check}.json"
