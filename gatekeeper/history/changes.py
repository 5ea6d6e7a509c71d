"""What changed between two records: verdict, rules, findings, deviations, issues, SBOM, files, policy, people ..."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

from gatekeeper.model.deviation import Person
from gatekeeper.model.record import DeviationRow, Record
from gatekeeper.model.rule import Text
from gatekeeper.model.words import Severity


class Change(msgspec.Struct, frozen=True):
    """One thing that is new, gone or different; an empty side means that it was not there."""

    about: str  # a key of SECTIONS
    what: str
    before: str
    after: str


Facts = Iterable[tuple[str, str]]  # what, and all that is said of it; of two that are called alike both are said


def _decision(r: Record) -> Facts:
    product = {key: str(value) for key, value in msgspec.to_builtins(r.product).items()}
    return (("decision", r.decision), ("mode", r.mode), ("stage", r.stage), *product.items())


def _rules(r: Record) -> Facts:
    return ((rule.id, _all(rule.outcome, _unless(rule.severity, Severity.BLOCK))) for rule in r.rules)


def _clauses(r: Record) -> Facts:
    return ((clause.id, clause.status.value) for clause in r.clauses)


def _findings(r: Record) -> Facts:
    return (
        (
            f"{rule.id} {f.fingerprint}",
            f"{f.level} {f.where} {f.message}" + (f" [{f.deviation}]" if f.deviation else ""),
        )
        for rule in r.rules
        for f in rule.findings
    )


def _deviations(r: Record) -> Facts:
    return ((d.id, _deviation(d)) for d in r.deviations)


def _deviation(d: DeviationRow) -> str:
    approvers = ", ".join(map(_person, d.approved_by))
    return _all(
        f"{d.decision} of {d.rule} {d.finding} until {d.expires}",
        "" if d.used else "unused",
        d.severity,
        d.risk_ref,
        _labelled("for", ", ".join(d.releases)),
        d.justification,
        _labelled("control:", d.compensating_control),
        _labelled("told in", d.residual_risk_disclosed_in),
        _labelled("review by", d.review_by),
        f"by {_person(d.author)}",
        f"approved on {d.approved_on} by {approvers}",
    )


def _person(person: Person) -> str:
    return f"{person.name} <{person.id}>" + (f" ({person.role})" if person.role else "")


def _issues(r: Record) -> Facts:
    for i in r.issues:
        told = (i.state, i.level, i.resolution or i.raw_state, i.title)
        more = (_labelled("fixed by", i.fix_commit), i.deviation, _labelled("closed by", i.closer))
        yield f"{i.source} {i.id}".strip(), _all(*told, *more)


def _components(r: Record) -> Facts:
    for c in r.components:
        name, version, more = _purl(c.purl)
        called = _unless(c.name, name.rpartition("/")[2] or c.name)
        told = (c.version or "no version", _unless(version, c.version), more, called)
        about = (c.item_class, c.support_level, c.support_end, c.licence, c.producer, c.justification)
        yield name or c.name, _all(*told, *about, _labelled("sha256", c.sha256))


def _purl(purl: str) -> tuple[str, str, str]:
    """Type, namespace and name as one; the version; qualifiers and subpath. The name of a package may hold an @."""
    path = re.split("[?#]", purl, maxsplit=1)[0]
    at = path.rfind("@")
    name, version = (path[:at], path[at + 1 :]) if at > path.rfind("/") + 1 else (path, "")
    return name, version, purl[len(path) :]


def _vulnerabilities(r: Record) -> Facts:
    for v in r.vulnerabilities:
        told = (v.level, v.vex_status or "undecided", "known to be exploited" if v.known_exploited else "")
        yield f"{v.id} in {v.component}", _all(*told, v.reason, v.found_by, v.deviation, *v.aliases)


def _files(r: Record) -> Facts:
    clean = {True: "clean", False: "not clean", None: ""}[r.source.clean]
    yield from (("commit", r.source.commit), ("tag", r.source.tag), ("repository", r.source.repository))
    yield "working tree", clean
    yield from ((a.name, _all(f"sha256 {a.sha256}", _unless(a.kind, "artifact"))) for a in r.artifacts)


def _policy(r: Record) -> Facts:
    for key, value in msgspec.to_builtins(r.policy).items():
        yield key, ", ".join(value) if isinstance(value, list | tuple) else str(value)
    yield from r.switches.items()


def _documents(r: Record) -> Facts:
    for d in r.documents:
        told = (d.version, d.language, _labelled("by", d.author), _labelled("reviewed by", d.reviewer), d.reviewed)
        yield f"{d.kind} {d.path}", _all(*told, f"sha256 {d.sha256}")


def _tests(r: Record) -> Facts:
    for t in r.tests:
        counts = f"{t.tests} tests, {t.failures} failed, {t.errors} errors, {t.skipped} skipped"
        who = (t.tester, t.organisation, t.independence, _labelled("of commit", t.commit))
        yield f"{t.kind} {t.path}", _all(counts, *who, f"sha256 {t.sha256}")


def _suppressions(r: Record) -> Facts:
    """Without lines: what only moved has not changed."""
    for s in r.suppressions:
        what = " ".join((str(msgspec.structs.replace(s.where, line=0, column=0)), s.tool, *s.tests))
        yield what, _all(f"hides {s.hides}", s.deviation, _labelled("by", s.author))


def _people(r: Record) -> Facts:
    yield from ((author, "author") for author in r.source.authors)
    yield from ((p.id, f"approves {d.id}") for d in r.deviations for p in d.approved_by)
    yield from ((d.author.id, f"wrote {d.id}") for d in r.deviations)
    yield from ((d.reviewer, f"reviews {d.kind}") for d in r.documents if d.reviewer)
    yield from ((d.author, f"wrote {d.kind}") for d in r.documents if d.author)
    yield from ((t.tester, f"tests {t.kind}") for t in r.tests if t.tester)
    for a in r.approvals:
        state = "does not count: " + a.problem if a.problem else "revoked" if a.revoked else ""
        yield a.identity or a.file, _all(f"signs as {a.role or 'no role'}: {a.meaning}", a.issuer, state)


def _tools(r: Record) -> Facts:
    for t in r.tools:
        yield t.name, _all(t.version, _labelled("validated", t.validated), _labelled("sha256", t.sha256))


def _signers(r: Record) -> Facts:
    for s in r.signatures:
        yield f"{s.identity} by {s.issuer}", _all(s.key, _unless(s.kind, "artifact"), s.fault, s.doubt)
    yield "trust root", r.trust_root_sha256


def _all(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _labelled(label: str, text: str) -> str:
    return f"{label} {text}" if text else ""


def _unless(value: str, usual: str) -> str:
    return "" if value == usual else value


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
    "documents": (Text("Documents", "文書"), _documents),
    "tests": (Text("Tests", "試験"), _tests),
    "suppressions": (Text("Suppressions in the source", "ソース内の抑止"), _suppressions),
    "people": (Text("People", "関係者"), _people),
    "signers": (Text("Signing identities", "署名者"), _signers),
    "tools": (Text("Tools", "ツール"), _tools),
}


def changes(old: Record, new: Record) -> tuple[Change, ...]:
    """Everything that differs, section by section, in the order of the new record and then of the old one."""
    return tuple(
        change
        for about, (_, facts) in SECTIONS.items()
        for change in _between(about, _gathered(facts(old)), _gathered(facts(new)))
    )


def _gathered(facts: Facts) -> dict[str, str]:
    """What is said of each; where several are called alike, of every one of them, as often as it is said."""
    found: dict[str, list[str]] = {}
    for what, said in facts:
        found.setdefault(what, []).append(said)
    return {what: "; ".join(sorted(filter(None, said))) for what, said in found.items()}


def _between(about: str, old: dict[str, str], new: dict[str, str]) -> Iterable[Change]:
    for what in [*new, *(key for key in old if key not in new)]:
        before, after = old.get(what, ""), new.get(what, "")
        if before != after:
            yield Change(about, what, before, after)
