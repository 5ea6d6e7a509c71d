"""One record written by hand for all formats, with everything in it; hostile texts where texts come from outside."""

from __future__ import annotations

import msgspec
import pytest

from gatekeeper.model.approval import Approval
from gatekeeper.model.check import Product, Sealing, SignedFile, UserCheck
from gatekeeper.model.clauses import clause_rows
from gatekeeper.model.deviation import Person
from gatekeeper.model.facts import (
    ArtifactFact,
    ComponentFact,
    DocumentFact,
    IssueFact,
    SourceFact,
    SuppressionFact,
    TestFact,
    ToolFact,
    VulnerabilityFact,
)
from gatekeeper.model.finding import Where, finding
from gatekeeper.model.record import DeviationRow, FindingRow, NamedRule, PolicyRow, Record, RuleRow
from gatekeeper.model.rule import Rulebook, Text
from gatekeeper.model.verdict import Answered, RuleResult
from gatekeeper.model.words import Decision, Level, Mode, Outcome
from gatekeeper.policy.rulebook import rulebook

NOW = "2026-11-20T09:00:00Z"


def digest(letter: str) -> str:
    return letter * 64


ADA = Person("Ada Example", "ada@example.invalid", "developer")
GRACE = Person("Grace Example", "grace@example.invalid", "security adviser")

SHELL = FindingRow(
    message="subprocess call with shell=True identified, security issue.",
    where=Where("pumplink/link.py", 88, 9),
    fingerprint="0123456789abcdef",
    level=Level.HIGH,
    remedy="Pass a list of arguments and drop shell=True.",
    excerpt='  87 | def mount(dev):\n  88 |     subprocess.call("mount " + dev, shell=True)\n     |     ^',
    note="B602",
    details={"cwe": "CWE-78"},
)
MD5 = FindingRow(
    message="Use of weak MD5 hash for security.",
    where=Where("pumplink/cache.py", 12, 5),
    fingerprint="fedcba9876543210",
    level=Level.MEDIUM,
    deviation="DEV-2026-014",
    note="B324",
    details={"cwe": "CWE-327"},
)
OPEN_ISSUE = FindingRow(
    message='#412 "TLS <b>cert</b> not checked | @everyone ::error::x" is open (high).',
    where=Where(pointer="#412"),
    fingerprint="aaaabbbbccccdddd",
    level=Level.HIGH,
    remedy="Close it with a fix, or accept it by a deviation.",
)


def row(book: Rulebook, id_: str, outcome: Outcome, **more: object) -> RuleRow:
    rule = book.rules[id_]
    plain: dict[str, object] = {
        "observed": ("214 files, 1 finding at or above medium",) if outcome is not Outcome.UNDECIDED else (),
        "findings": (),
        "doubts": (),
        "not_applicable": "",
    }
    return RuleRow(
        id=id_,
        title=rule.title,
        check=rule.check,
        outcome=outcome,
        basis=rule.basis,
        severity=rule.severity,
        clauses=rule.clauses,
        remedy=rule.remedy,
        evidence=digest("e"),
        **(plain | more),  # type: ignore[arg-type]
    )


def rule_rows(book: Rulebook) -> tuple[RuleRow, ...]:
    return (
        row(book, "CODE-01", Outcome.FAILED, findings=(SHELL, MD5)),
        row(book, "CODE-02", Outcome.PASSED, observed=("214 files asked for, 214 parsed",)),
        row(book, "CODE-08", Outcome.DEVIATED, findings=(msgspec.structs.replace(MD5, where=Where("a,b:c.py", 3)),)),
        row(book, "ISSUE-08", Outcome.FAILED, findings=(OPEN_ISSUE,), observed=("41 closed, 1 open",)),
        row(book, "SBOM-01", Outcome.UNDECIDED, doubts=("sbom.cdx.json is not there.",)),
        row(book, "FILE-01", Outcome.PASSED, observed=("4 files, SHA-256 and SHA-512",)),
        row(
            book,
            "DOC-17",
            Outcome.NOT_APPLICABLE,
            observed=(),
            not_applicable="the product has no remote service",
        ),
        row(
            book,
            "DONE-03",
            Outcome.FAILED,
            observed=("no plan named",),
            findings=(
                FindingRow(
                    message="No development plan is named.",
                    where=Where("gatekeeper.toml", pointer="/activity-completion/plan"),
                    fingerprint="1111222233334444",
                    level=Level.LOW,
                ),
            ),
        ),
    )


def results(rows: tuple[RuleRow, ...]) -> tuple[RuleResult, ...]:
    return tuple(
        RuleResult(
            id=r.id,
            check=r.check,
            severity=r.severity,
            basis=r.basis,
            clauses=r.clauses,
            observed=r.observed,
            answered=tuple(Answered(finding(r.id, f.message, key=[f.fingerprint]), f.deviation) for f in r.findings),
            doubts=r.doubts,
            not_applicable=r.not_applicable,
        )
        for r in rows
    )


def make_record(book: Rulebook) -> Record:
    rules = rule_rows(book)
    return Record(
        record_id="0197a0b2-0000-7000-8000-000000000001",
        decision=Decision.BLOCK,
        reasons=("CODE-01 failed", "ISSUE-08 failed", "SBOM-01 could not be judged"),
        stage="checked",
        mode=Mode.CI,
        product=Product(
            name="pump-link", version="2.3.1", manufacturer="Example Devices", previous_version="2.3.0", kind="update"
        ),
        source=SourceFact(
            commit="9c1e0d2" + "0" * 33,
            tag="v2.3.1",
            clean=True,
            repository="https://example.invalid/pump-link",
            committed="2026-11-19T17:00:00Z",
            authors=("ada@example.invalid",),
        ),
        policy=PolicyRow(
            sha256=digest("1"),
            deviations_sha256=digest("2"),
            profiles=("iec",),
            conformance_route="clauses-4-9",
            catalogue_version="1.0.0",
            catalogue_sha256=digest("3"),
            rules_version="1.0.0",
            rules_sha256=digest("4"),
        ),
        effective_time=NOW,
        created=NOW,
        gate_version="0.1.0",
        limits=(
            Text(
                "This record supports evidence of conformity; it is not a certificate.",
                "本記録は適合の証拠を補うものであり、認証ではない。",
            ),
        ),
        rules=rules,
        outside=(NamedRule("VULN-09", book.rules["VULN-09"].title, Text("not built yet", "未実装")),),
        deferred=(NamedRule("SIGN-01", book.rules["SIGN-01"].title, Text("judged at signing", "署名時に判定")),),
        clauses=clause_rows(book, results(rules), "clauses-4-9"),
        tools=(ToolFact("bandit", "1.9.4", digest("5"), "static analysis", ">=1.9.4,<1.9.5"),),
        artifacts=(ArtifactFact("pump_link-2.3.1-py3-none-any.whl", 20480, digest("6"), sha512="7" * 128),),
        signatures=(
            SignedFile(
                name="pump_link-2.3.1-py3-none-any.whl",
                sha256=digest("6"),
                bundle_sha256=digest("8"),
                identity="https://example.invalid/release.yml@refs/tags/v2.3.1",
                issuer="https://issuer.example.invalid",
                timestamp=NOW,
                log_index="8431",
            ),
        ),
        deviations=(
            DeviationRow(
                id="DEV-2026-014",
                rule="CODE-01",
                finding="fedcba9876543210",
                decision="accept",
                justification="The hash names a cache file and protects nothing.",
                risk_ref="RISK-7",
                severity=Level.MEDIUM,
                author=ADA,
                approved_by=(GRACE,),
                approved_on="2026-11-01",
                expires="2026-12-01",
                days_left=11,
                used=True,
                residual_risk_disclosed_in="docs/residual-risks.md",
                releases=("2.3.1",),
            ),
        ),
        issues=(
            IssueFact(
                id="#412", title='TLS <b>cert</b> not checked | @everyone ::error::x', state="open", raw_state="New",
                level="high", source="export", opened="2026-11-02", cwe="CWE-295",
            ),
            IssueFact(
                id="#398", title="Log holds the patient's name", state="closed", raw_state="Closed", level="medium",
                resolution="fixed", source="export", fix_commit="8" * 40, closed="2026-10-30",
            ),
        ),
        components=(
            ComponentFact("requests", "2.32.5", "pkg:pypi/requests@2.32.5", "Example Producer", "Apache-2.0",
                          digest("9"), "maintained", "actively maintained", "2027-12-31"),
            ComponentFact("evil\x1b[32mPASS", "1.0", "pkg:pypi/evil@1.0", "<script>alert(1)</script>", "MIT"),
        ),
        vulnerabilities=(
            VulnerabilityFact("CVE-2026-0001", "pkg:pypi/requests@2.32.5", "high", vex_status="not_affected",
                              reason="code_not_reachable", found_by="vulnerability database"),
        ),
        documents=(
            DocumentFact("secure-operation", "docs/secure-operation.md", digest("a"), "en", "2.3.1",
                         "Secure operation guide", "ada@example.invalid", "grace@example.invalid", "2026-11-18"),
        ),
        tests=(
            TestFact("security-requirements", "reports/security.xml", digest("b"), 42, 0, 0, 0, "9c1e0d2",
                     "Terry Example", "Example Devices", "department"),
        ),
        suppressions=(SuppressionFact(Where("pumplink/cache.py", 12), "bandit", ("B324",), 1, "DEV-2026-014"),),
        switches={"--policy": "gatekeeper.toml (default)"},
        previous_record=digest("c"),
        evidence={"secure-coding": digest("e")},
        evidence_set=digest("d"),
        approvals=(
            Approval(file="approvals/grace.json", identity="grace@example.invalid", issuer="https://issuer.example.invalid",
                     role="release authority", meaning="approved for release", evidence_set=digest("d"), signed=NOW),
            Approval(file="approvals/ada.json", identity="ada@example.invalid", issuer="https://issuer.example.invalid",
                     role="release authority", meaning="approved", evidence_set=digest("f"), signed=NOW),
        ),
        sealing=Sealing(user_checks=(UserCheck("sha256sum -c SHA256SUMS", False, True),
                                     UserCheck("sha256sum -c SHA256SUMS", True, False))),
    )  # fmt: skip


@pytest.fixture(scope="session")
def book() -> Rulebook:
    return rulebook()


@pytest.fixture(scope="session")
def record(book: Rulebook) -> Record:
    return make_record(book)


@pytest.fixture(scope="session")
def released(book: Rulebook, record: Record) -> Record:
    """The same product a week later: everything passes, one deviation stands."""
    keep = [r for r in record.rules if r.outcome in (Outcome.PASSED, Outcome.DEVIATED, Outcome.NOT_APPLICABLE)]
    code = next(r for r in record.rules if r.id == "CODE-01")
    rules = (msgspec.structs.replace(code, outcome=Outcome.DEVIATED, findings=(MD5,)), *keep)
    return msgspec.structs.replace(
        record,
        decision=Decision.RELEASE,
        reasons=(),
        stage="sealed",
        rules=rules,
        clauses=clause_rows(book, results(rules), "clauses-4-9"),
        issues=record.issues[1:],
    )
