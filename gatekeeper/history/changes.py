"""What changed between two records: verdict, rules, findings, deviations, issues, SBOM, files, policy, people ..."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

import msgspec

from gatekeeper.model.record import Record
from gatekeeper.model.rule import Text


class Change(msgspec.Struct, frozen=True):
    """One thing that is new, gone or different; an empty side means that it was not there."""

    about: str  # a key of SECTIONS
    what: str
    before: str
    after: str


Facts = dict[str, str]


def _decision(r: Record) -> Facts:
    return {"decision": r.decision, "mode": r.mode, "stage": r.stage, "version": r.product.version}


def _rules(r: Record) -> Facts:
    return {rule.id: rule.outcome.value for rule in r.rules}


def _clauses(r: Record) -> Facts:
    return {clause.id: clause.status.value for clause in r.clauses}


def _findings(r: Record) -> Facts:
    return {
        f"{rule.id} {f.fingerprint}": f"{f.level} {f.where} {f.message}" + (f" [{f.deviation}]" if f.deviation else "")
        for rule in r.rules
        for f in rule.findings
    }


def _deviations(r: Record) -> Facts:
    return {d.id: f"{d.decision} of {d.rule} {d.finding} until {d.expires}" for d in r.deviations}


def _issues(r: Record) -> Facts:
    return {f"{i.source} {i.id}".strip(): f"{i.state}, {i.level}, {i.resolution or i.raw_state}" for i in r.issues}


def _components(r: Record) -> Facts:
    found: dict[str, set[str]] = {}
    for c in r.components:
        named = " ".join(part for part in (c.version or "no version", c.item_class, c.support_end) if part)
        found.setdefault(c.purl.partition("@")[0] or c.name, set()).add(named)
    return {name: ", ".join(sorted(versions)) for name, versions in found.items()}


def _vulnerabilities(r: Record) -> Facts:
    return {f"{v.id} in {v.component}": f"{v.level}, {v.vex_status or 'undecided'}" for v in r.vulnerabilities}


def _files(r: Record) -> Facts:
    return {"commit": r.source.commit, **{a.name: f"sha256 {a.sha256}" for a in r.artifacts}}


def _policy(r: Record) -> Facts:
    row = msgspec.to_builtins(r.policy)
    return {key: ", ".join(value) if isinstance(value, tuple) else str(value) for key, value in row.items()}


def _people(r: Record) -> Facts:
    approvers = ((p.id, f"approves {d.id}") for d in r.deviations for p in d.approved_by)
    authors = ((author, "author") for author in r.source.authors)
    reviewers = ((d.reviewer, f"reviews {d.kind}") for d in r.documents if d.reviewer)
    testers = ((t.tester, f"tests {t.kind}") for t in r.tests if t.tester)
    found: dict[str, set[str]] = {}
    for person, part in chain(approvers, authors, reviewers, testers):
        found.setdefault(person, set()).add(part)
    return {person: ", ".join(sorted(parts)) for person, parts in found.items()}


def _tools(r: Record) -> Facts:
    return {t.name: t.version for t in r.tools}


def _signers(r: Record) -> Facts:
    return {f"{s.identity} by {s.issuer}": s.key for s in r.signatures}


SECTIONS: dict[str, tuple[Text, Callable[[Record], Facts]]] = {
    "decision": (Text("Decision", "判定"), _decision),
    "rules": (Text("Rules", "規則"), _rules),
    "clauses": (Text("Clauses", "箇条"), _clauses),
    "findings": (Text("Findings", "検出事項"), _findings),
    "deviations": (Text("Deviations", "逸脱"), _deviations),
    "issues": (Text("Security issues", "セキュリティ問題"), _issues),
    "components": (Text("Software items", "ソフトウェアアイテム"), _components),
    "vulnerabilities": (Text("Vulnerabilities", "脆弱性"), _vulnerabilities),
    "files": (Text("Source and released files", "ソース及びリリースファイル"), _files),
    "policy": (Text("Policy and rules", "方針と規則集"), _policy),
    "people": (Text("People", "関係者"), _people),
    "signers": (Text("Signing identities", "署名者"), _signers),
    "tools": (Text("Tools", "ツール"), _tools),
}


def changes(old: Record, new: Record) -> tuple[Change, ...]:
    """Everything that differs, section by section, in the order of the new record and then of the old one."""
    return tuple(change for about, (_, facts) in SECTIONS.items() for change in _between(about, facts(old), facts(new)))


def _between(about: str, old: Facts, new: Facts) -> Iterable[Change]:
    for what in [*new, *(key for key in old if key not in new)]:
        before, after = old.get(what, ""), new.get(what, "")
        if before != after:
            yield Change(about, what, before, after)
