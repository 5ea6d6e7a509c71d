"""Who must have signed: exact values only, the issuer always, and never a run that an outsider can start.

The numbers are Fulcio's certificate extensions under 1.3.6.1.4.1.57264.1 (fulcio docs/oid-info.md). Identity and
issuer alone do not tie a signature to a commit; the extensions do, so a policy lists them one by one as pairs.
"""

from __future__ import annotations

import msgspec

from gatekeeper.model.errors import UsageError

FULCIO_ARC = "1.3.6.1.4.1.57264.1"

EXTENSIONS = {
    8: "issuer",
    9: "build-signer-uri",
    10: "build-signer-digest",
    11: "runner-environment",
    12: "source-repository-uri",
    13: "source-repository-digest",
    14: "source-repository-ref",
    15: "source-repository-identifier",
    16: "source-repository-owner-uri",
    17: "source-repository-owner-identifier",
    18: "build-config-uri",
    19: "build-config-digest",
    20: "build-trigger",
    21: "run-invocation-uri",
    22: "source-repository-visibility",
    23: "deployment-environment",
}
EXTENSION_NAMES = frozenset(EXTENSIONS.values())

GITHUB_ISSUER = "https://token.actions.githubusercontent.com"

# Events that only someone with write access can start; any other word counts as open to outsiders.
RELEASE_TRIGGERS = frozenset(
    ("push", "release", "workflow_dispatch", "schedule", "repository_dispatch", "web", "api", "trigger", "pipeline")
)
_OUTSIDE_TRIGGERS = ("pull_request", "merge_request", "external_pull_request", "workflow_run", "issue_comment", "fork")
_OUTSIDE_REFS = ("refs/pull/", "refs/merge-requests/")
_WILDCARDS = ("*", "\\", ".+", "[", "]", "\n", "\r", "\t", " ")


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """The identity that a signature must carry: subject name, issuer and certificate extensions, all exact.

    `extensions` holds pairs of a name of EXTENSIONS and the one value that it must have. Raises UsageError for an
    empty part, a pattern, an unknown extension, or a pull-request trigger or ref.
    """

    identity: str
    issuer: str
    extensions: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if faults := tuple(_faults(self)):
            raise UsageError(
                "the expected signer cannot be used: " + "; ".join(faults),
                "State the exact identity, its issuer, and exact extension values, as they stand in the certificate.",
            )


class ExpectedKey(msgspec.Struct, frozen=True):
    """The managed key that must have signed: its public half, PEM (SubjectPublicKeyInfo), kept outside the dossier.

    `logged` demands an entry in the transparency log, as is the rule; only a product that may not be logged at all
    goes without.
    """

    public_pem: bytes
    logged: bool = True


def _faults(expected: Expected) -> list[str]:
    pairs = [("identity", expected.identity), ("issuer", expected.issuer), *expected.extensions]
    faults = [f"{name} is empty" for name, value in pairs if not value]
    faults += [f"{name} {value!r} is a pattern, not a value" for name, value in pairs if _is_pattern(value)]
    faults += [f"no certificate extension is called {n!r}" for n, _ in expected.extensions if n not in EXTENSION_NAMES]
    names = [name for name, _ in expected.extensions]
    faults += [f"{name} is stated twice" for name in sorted(set(names)) if names.count(name) > 1]
    if expected.issuer and not expected.issuer.startswith(("https://", "http://127.0.0.1")):
        faults.append(f"issuer {expected.issuer!r} is not an https address")
    if reason := outsider(dict(expected.extensions), stated=()):
        faults.append(reason)
    return faults


def _is_pattern(value: str) -> bool:
    return value.startswith("^") or value.endswith("$") or any(sign in value for sign in _WILDCARDS)


def outsider(extensions: dict[str, str], stated: tuple[str, ...]) -> str:
    """Why a run with these extensions could have been started from outside, or the empty string.

    `stated` names the extensions that the policy pins by value. An event that is not known to need write access
    passes only if it is pinned, a pull request not even then.
    """
    trigger = extensions.get("build-trigger", "")
    ref = extensions.get("source-repository-ref", "")
    if trigger.startswith(_OUTSIDE_TRIGGERS):
        return f"it was made by a run on {trigger!r}, which people without write access can start"
    if ref.startswith(_OUTSIDE_REFS):
        return f"it was made for {ref!r}, a proposed change and not a released one"
    if stated and trigger and trigger not in RELEASE_TRIGGERS and "build-trigger" not in stated:
        return f"it was made by a run on {trigger!r}, which the policy does not name"
    return ""


def mismatch(expected: Expected, identity: str, issuer: str, extensions: dict[str, str]) -> str:
    """How a certificate differs from what is expected, or the empty string; `extensions` are by name."""
    if not identity or identity != expected.identity:
        return f"it was made by {identity or 'nobody named'}, not by {expected.identity}"
    if not issuer or issuer != expected.issuer:
        return f"its identity was vouched for by {issuer or 'nobody named'}, not by {expected.issuer}"
    stated = ("issuer", *(name for name, _ in expected.extensions))
    if reason := outsider(extensions, stated):
        return reason
    for name, value in expected.extensions:
        found = extensions.get(name)
        if found is None:
            return f"its certificate does not state {name}, which must be {value}"
        if found != value:
            return f"{name} is {found}, not {value}"
    return _foreign_workflow(identity, extensions, stated)


def _foreign_workflow(identity: str, extensions: dict[str, str], stated: tuple[str, ...]) -> str:
    """A reusable workflow signs for any repository that calls it: then the repository must be pinned as well."""
    repository = extensions.get("source-repository-uri", "")
    pinned = {"source-repository-uri", "source-repository-identifier"} & set(stated)
    if repository and not pinned and not identity.startswith(repository + "/"):
        return f"{identity} signed for another repository, {repository}, which the policy does not name"
    return ""
