"""What the previous release asked for: its policy and its coding policy, out of its dossier."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import tomli

from gatekeeper.checks._gate_integrity.evidence import Tables
from gatekeeper.checks._previous.dossier import open_dossier
from gatekeeper.model.errors import EvidenceError
from gatekeeper.scanners import coding_policy
from gatekeeper.scanners.coding_policy import CodingPolicy

TABLE = "coding-policy"  # beside those of the policy: the thresholds of the file that [secure-coding] names


class _File(msgspec.Struct, frozen=True):
    policy: CodingPolicy | None = None


class _Evidence(msgspec.Struct, frozen=True):
    policy: _File


def previous_policy(dossier: Path | None) -> tuple[str, Tables]:
    """Version and tables of the policy in the previous dossier. Raises EvidenceError where it cannot be read."""
    if dossier is None:
        return "", {}
    try:
        tables = tomli.loads(open_dossier(Path(dossier)).policy().decode("utf-8"))
        return str(tables["product"]["version"]), tables
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as e:
        raise _unreadable(dossier, "the policy", e) from e


def previous_coding(dossier: Path) -> CodingPolicy | None:
    """The coding policy of the previous release; None where its check had none. Raises EvidenceError."""
    try:
        kept = msgspec.json.decode(open_dossier(Path(dossier)).evidence("secure-coding"), type=_Evidence | None)
    except (OSError, ValueError) as e:
        raise _unreadable(dossier, "the coding policy", e) from e
    return kept.policy.policy if kept else None


def present_coding(root: Path, tables: Mapping[str, Any]) -> CodingPolicy | None:
    """The coding policy of this release; None where it is at fault, which CODE-04 says."""
    return coding_policy.read(root, tables.get("secure-coding", {}).get("policy", "")).policy


def coding_tables(then: CodingPolicy | None, now: CodingPolicy | None) -> tuple[Tables, Tables]:
    """Both coding policies as tables that compare like those of the policy; nothing where there are not two."""
    if then is None or now is None:
        return {}, {}
    own = {
        (tool, test)
        for policy in (then, now)
        for rule in policy.rule
        if rule.severity or rule.confidence
        for tool, tests in rule.tests.items()
        for test in tests
    }
    return {TABLE: _thresholds(then, own)}, {TABLE: _thresholds(now, own)}


def _thresholds(policy: CodingPolicy, own: set[tuple[str, str]]) -> Tables:
    """From where on a finding counts: of any test, and of each test for which a rule says something else."""
    common = policy.thresholds
    found: Tables = {"thresholds": {"severity": common.severity, "confidence": common.confidence}}
    for tool, test in sorted(own):
        rule = policy.rule_for(tool, test)
        severity, confidence = (rule.severity, rule.confidence) if rule else (None, None)
        found[f"{tool} {test}"] = {
            "severity": severity or common.severity,
            "confidence": confidence or common.confidence,
        }
    return found


def _unreadable(dossier: Path, what: str, error: Exception) -> EvidenceError:
    advice = "Name the whole dossier of the release before this one with --previous."
    return EvidenceError(f"{dossier}: {what} of the previous release cannot be read: {error}", advice)
