"""The world as one call sees it, read once: time, environment, commit, and what the caller switched on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from gatekeeper.cli.settings import Settings
from gatekeeper.model.check import Context
from gatekeeper.model.errors import EvidenceError, GatekeeperError, NotAuthenticError
from gatekeeper.model.record import PolicyRow
from gatekeeper.model.selftest import SelfTest
from gatekeeper.model.words import Mode
from gatekeeper.policy.policy import Policy
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.tools.git import open_repository

CI_MARKS = ("GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "CIRCLECI", "JENKINS_URL", "TF_BUILD")


def context_of(
    settings: Settings,
    policy: Policy,
    *,
    artifacts: tuple[Path, ...] = (),
    effective_time: datetime | None = None,
    rehearsal: bool = False,
    cold: bool = False,
    shard: tuple[int, int] | None = None,
    previous: Path | None = None,
    switches: Mapping[str, str] | None = None,
) -> Context:
    """Read time, root and environment once for the whole run."""
    clock = datetime.now(UTC).replace(microsecond=0)
    env = dict(os.environ)
    return Context(
        root=settings.root,
        artifacts=artifacts,
        now=effective_time or clock,
        env=env,
        mode=_mode(env, rehearsal=rehearsal),
        product=policy.product,
        rulebook=rulebook(),
        commit=_commit(settings.root),
        tables=policy.tables,
        starting=policy.starting,
        policy_sha256=policy.sha256,
        pinned=bool(settings.policy_sha256),
        replay=effective_time is not None,
        cold=cold,
        shard=shard,
        previous=previous,
        verify=partial(
            _verify,
            own_root=partial(_own_root, settings, policy),
            rehearsal=rehearsal,
            logged=getattr(getattr(policy.params.get("private-keys"), "key", None), "logged", True),
        ),
        selftest=partial(_selftest, signing=cold),
        switches=_effective(settings, env, switches or {}),
    )


def _effective(settings: Settings, env: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Every option and variable that had a say in this run, each with what it said (GATE-09)."""
    said = {
        "-C": settings.directory if settings.directory != "." else "",
        "--policy": settings.policy or "",
        "--policy-sha256": settings.policy_sha256 or "",
        **{name: "set" for name in env if name.startswith("GATEKEEPER_")},  # a value may be a secret
        **given,
    }
    return {name: value for name, value in said.items() if value}


def _verify(
    bundle: bytes,
    sha256: str,
    identity: str,
    issuer: str,
    root: bytes,
    *,
    own_root: Callable[[], bytes] = bytes,
    rehearsal: bool,
    logged: bool = True,
) -> str:
    """Verify a signature over a file for a check; checks themselves do not know how signatures are made.

    An empty root stands for that of the policy's [signing] table; for a managed key its PEM stands for the identity.
    """
    from gatekeeper.signing.identity import Expected, ExpectedKey
    from gatekeeper.signing.managed import MANAGED
    from gatekeeper.signing.verifier import verify_artifact

    key = issuer == MANAGED
    expected = ExpectedKey(identity.encode(), logged) if key else Expected(identity=identity, issuer=issuer)
    try:
        verify_artifact(bundle, bytes.fromhex(sha256), root or own_root(), expected, rehearsal=rehearsal)
    except NotAuthenticError as e:
        return e.message
    return ""


def _own_root(settings: Settings, policy: Policy) -> bytes:
    """The pinned trust root to sign and to verify with. Raises EvidenceError where the policy names none."""
    from gatekeeper.dossier.desk import pinned_instance

    params: Any = policy.params.get("signing")
    if params is None:
        raise EvidenceError("the policy has no [signing] table", "Add it: it names the Sigstore and its trust root.")
    return pinned_instance(settings.root, params).trusted_root


def _selftest(*, signing: bool) -> SelfTest:
    from gatekeeper.selftest.suite import run_selftest

    return run_selftest(signing=signing)


def _mode(env: dict[str, str], *, rehearsal: bool) -> Mode:
    if rehearsal:
        return Mode.REHEARSAL
    return Mode.CI if any(env.get(mark) for mark in CI_MARKS) else Mode.LOCAL


def _commit(root: Path) -> str:
    """HEAD, or nothing where git has no answer: the checks that need it are then undecided in their own words."""
    try:
        return open_repository(root).head()
    except GatekeeperError:
        return ""


def policy_row(policy: Policy) -> PolicyRow:
    """What the record says of the policy."""
    book = rulebook()
    return PolicyRow(
        sha256=policy.sha256,
        deviations_sha256=policy.deviations_sha256,
        profiles=policy.gate.profiles,
        conformance_route=policy.gate.conformance_route,
        catalogue_version=book.catalogue_version,
        catalogue_sha256=book.catalogue_sha256,
        rules_version=book.rules_version,
        rules_sha256=book.rules_sha256,
        refuse_deviations=policy.gate.refuse_deviations,
    )
