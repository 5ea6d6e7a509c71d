"""CHAIN-01 to CHAIN-08 and CHAIN-11: against a previous dossier, each bad input is planted and does not pass."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.checks._continuity.evidence import ARCHIVED, Evidence, Params
from gatekeeper.checks.continuity import CHECK
from gatekeeper.cli.situation import _verify
from gatekeeper.model.check import Case, Context, Product
from gatekeeper.model.deviation import Deferral, Deviation, Person
from gatekeeper.model.facts import ArtifactFact, ComponentFact, DocumentFact, Facts, IssueFact, MissingFact
from gatekeeper.model.finding import fingerprint, not_applicable
from gatekeeper.model.record import RuleRow, statement, to_bytes
from gatekeeper.model.rule import Text
from gatekeeper.model.verdict import RuleResult, answer
from gatekeeper.model.words import Basis, Decision, Level, Mode, Outcome, Phase, Severity
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.signing.rehearsal import rehearsal
from gatekeeper.signing.signer import Signer, open_signer
from tests.checks.security_issues.dossier import policy_row, previous_record

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WHEEL = "a" * 64


def issue(number: str, **fields: Any) -> IssueFact:
    given = {"title": "Example", "state": "closed", "raw_state": "closed", "level": "medium", "resolution": "fixed"}
    return IssueFact(id=f"tracker#{number}", source="tracker", **(given | fields))


def part(name: str, version: str = "1.0", **fields: Any) -> ComponentFact:
    given = {"purl": f"pkg:pypi/{name}@{version}", "item_class": "maintained"}
    return ComponentFact(name=name, version=version, **(given | fields))


def rule_row(name: str, outcome: Outcome) -> RuleRow:
    return RuleRow(
        id=name,
        title=Text("x", "x"),
        check="x",
        outcome=outcome,
        basis=Basis.AUTOMATIC,
        severity=Severity.BLOCK,
        clauses=(),
        observed=(),
        findings=(),
        doubts=(),
        not_applicable="",
        remedy=Text("x", "x"),
        evidence="",
    )


@dataclass
class Signing:
    """A throw-away Sigstore that signs records, and who it signs as."""

    signer: Signer
    identity: str
    issuer: str
    root: bytes

    def envelope(self, record: bytes) -> bytes:
        return self.signer.sign_statement(record)[0]


@pytest.fixture(scope="module")
def signing() -> Iterator[Signing]:
    with rehearsal() as running, open_signer(running.instance, running.credential, running.expected) as signer:
        yield Signing(signer, running.expected.identity, running.expected.issuer, running.instance.trusted_root)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Signing]:
    """Another Sigstore, whose signatures look alike."""
    with rehearsal() as running, open_signer(running.instance, running.credential, running.expected) as signer:
        yield Signing(signer, running.expected.identity, running.expected.issuer, running.instance.trusted_root)


@dataclass
class Line:
    """One product line: the last dossier, the ledger, and what this release found."""

    root: Path
    signing: Signing
    record: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, Any] = field(default_factory=dict)
    verify: Any = None
    policy: dict[str, Any] = field(default_factory=dict)
    version: str = "2.4.0"
    issues: tuple[IssueFact, ...] = ()
    missing: tuple[MissingFact, ...] = ()
    components: tuple[ComponentFact, ...] = ()
    documents: tuple[DocumentFact, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    earlier: tuple[Deviation, ...] = ()
    results: tuple[RuleResult, ...] = ()
    support_end: str = "2030-12-31"
    given: bool = True

    @property
    def dossier(self) -> Path:
        return self.root / "ledger" / "2.3.0"

    def write(self, folder: str = "2.3.0", deviations: bytes = b"", **fields: Any) -> str:
        place = self.root / "ledger" / folder
        (place / "policy").mkdir(parents=True, exist_ok=True)
        if deviations:
            (place / "policy" / "deviations.toml").write_bytes(deviations)
        given = {"previous_record": "first release", "policy": policy_row(deviations)} | self.record | fields
        raw = to_bytes(statement(previous_record(**given)))
        digest = hashlib.sha256(raw).hexdigest()
        (place / "record.json").write_bytes(raw)
        if json.loads(raw)["subject"]:
            (place / "record.json.sigstore.json").write_bytes(self.signing.envelope(raw))
        (place / "SHA256SUMS").write_text(f"{digest}  record.json\n")
        return digest

    def promise(self, folder: str = "2.3.0", plan: dict[str, Any] | None = None, **fields: Any) -> None:
        plan = {"target-version": "2.4.0", "date": date(2026, 11, 30)} | (plan or {})
        text = f"""schema = 1
[[deviation]]
id = "DEV-2026-001"
rule = "ISSUE-08"
finding = "{fingerprint("ISSUE-08", ("tracker", "7"))}"
decision = "defer"
justification = "The interface is sealed until the fix is there."
risk-ref = "R-1"
severity = "medium"
author = {{ name = "Ada", id = "ada@example.org" }}
approved-by = [{{ name = "Ben", id = "ben@example.org" }}]
approved-on = 2026-09-15
expires = 2026-12-10
releases = ["2.3.0"]
deferral = {{ target-version = "{plan["target-version"]}", date = {plan["date"]} }}
"""
        digest = self.write(folder, text.encode(), **fields)
        if folder == "2.3.0":
            self.policy["previous-record"] = digest

    def collected(self) -> tuple[Evidence, Params, Case]:
        params = msgspec.convert(self.policy, Params, builtin_types=(date, datetime))
        product = Product(name="pump-link", version=self.version, manufacturer="Example", support_end=self.support_end)
        previous = self.dossier if self.given else None
        context = Context(
            self.root,
            (),
            NOW,
            {},
            Mode.CI,
            product,
            rulebook(),
            previous=previous,
            tables=self.tables,
            verify=self.verify,
        )
        found = CHECK.collect(context, params)
        facts = Facts(
            issues=self.issues,
            missing=self.missing,
            components=self.components,
            documents=self.documents,
            artifacts=(ArtifactFact("pump.whl", 1, WHEEL),),
        )
        case = Case(
            product=product,
            rulebook=rulebook(),
            now=NOW,
            mode=Mode.CI,
            facts=facts,
            deviations=self.deviations,
            results=self.results,
        )
        return msgspec.json.decode(msgspec.json.encode(found), type=Evidence), params, case

    def outcome(self, rule: str) -> Outcome:
        result = self.result(rule)
        return result.outcome

    def result(self, rule: str) -> RuleResult:
        evidence, params, case = self.collected()
        first = list(CHECK.judge(evidence, params, case))
        last = CHECK.judge_in(Phase.LAST)
        assert last
        judgements = {j.rule: j for j in (*first, *last(evidence, params, case))}
        assert sorted(judgements) == sorted(CHECK.rules)
        assert {r for r in CHECK.rules if rulebook().phase(r) is Phase.LAST} == {"CHAIN-07"}
        found, data = judgements[rule], rulebook().rules[rule]
        return RuleResult(
            id=rule,
            check=CHECK.id,
            severity=data.severity,
            basis=data.basis,
            clauses=data.clauses,
            observed=found.observed,
            answered=answer(found, case.deviations, NOW.date(), self.version),
            doubts=found.doubts,
            not_applicable=found.not_applicable,
        )


@pytest.fixture
def line(tmp_path: Path, signing: Signing) -> Line:
    """Version 2.4.0 after 2.3.0, with everything in order."""
    made = Line(tmp_path, signing)
    made.verify = partial(_verify, rehearsal=True)
    (tmp_path / "root.json").write_bytes(signing.root)
    made.record = {
        "issues": (issue("7"), issue("8", level="high")),
        "components": (part("alpha"), part("beta", producer="Example Parts")),
        "rules": (rule_row("ISSUE-08", Outcome.PASSED),),
        "artifacts": (ArtifactFact("pump.whl", 1, "b" * 64),),
    }
    made.issues = made.record["issues"]
    made.components = (part("alpha", "1.1"), part("beta", producer="Example Parts"))
    rows = [f'[[item]]\nkind = "{kind}"\nplace = "{kind}"\nsha256 = "{"0" * 64}"\n' for kind in ARCHIVED]
    (tmp_path / "archive.toml").write_text("\n".join(rows))
    made.policy = {
        "previous-record": made.write(),
        "previous-signer": {"identity": signing.identity, "issuer": signing.issuer},
        "trusted-root": "root.json",
        "ledger": "ledger",
        "archive": "archive.toml",
        "retention": {"keep-until": date(2041, 12, 31), "rule": "QM-12", "keeper": "Example Archive"},
    }
    return made


ALL = (*(f"CHAIN-{n:02}" for n in range(1, 9)), "CHAIN-11")


@pytest.mark.parametrize("rule", ALL)
def test_a_line_in_order_passes(line: Line, rule: str) -> None:
    result = line.result(rule)

    assert result.outcome is Outcome.PASSED, (result.doubts, result.findings)


def write(**fields: Any) -> Callable[[Line], None]:
    """Change the previous record, consistently: only the pinned digest tells."""
    return lambda line: line.write(**fields) and None


def pinned(**fields: Any) -> Callable[[Line], None]:
    """Change the previous record and pin it as it is then."""
    return lambda line: line.policy.update({"previous-record": line.write(**fields)})


def edited(line: Line) -> None:
    file = line.dossier / "record.json"
    file.write_bytes(file.read_bytes().replace(b"2.3.0", b"2.3.1"))


def pin_edited(line: Line) -> None:
    edited(line)
    line.policy["previous-record"] = hashlib.sha256((line.dossier / "record.json").read_bytes()).hexdigest()


def resigned(line: Line, elsewhere: Signing) -> None:
    """Edited, pinned as it is then, and signed again by the same name at another Sigstore."""
    pin_edited(line)
    record = line.dossier / "record.json"
    record.with_name("record.json.sigstore.json").write_bytes(elsewhere.envelope(record.read_bytes()))
    digest = hashlib.sha256(record.read_bytes()).hexdigest()
    record.with_name("SHA256SUMS").write_text(f"{digest}  record.json\n")


def payload_swapped(line: Line) -> None:
    """Edited and pinned, the payload of the envelope edited with it: only the signature tells."""
    edited(line)
    record = line.dossier / "record.json"
    bundle = record.with_name("record.json.sigstore.json")
    envelope = json.loads(bundle.read_text())
    envelope["dsseEnvelope"]["payload"] = base64.b64encode(record.read_bytes()).decode()
    bundle.write_text(json.dumps(envelope))
    digest = hashlib.sha256(record.read_bytes()).hexdigest()
    record.with_name("SHA256SUMS").write_text(f"{digest}  record.json\n")
    line.policy["previous-record"] = digest


def fork(line: Line) -> None:
    line.write(
        "2.3.9",
        product=Product(name="pump-link", version="2.3.9", manufacturer="Example"),
        previous_record=line.policy["previous-record"],
    )


def first(line: Line) -> None:
    line.given = False
    statement = {"text": "There is none.", "by": "Ada", "on": NOW.date()}
    line.policy |= {"previous-record": "none", "first-release": statement}
    line.tables["people"] = {"person": [{"id": "Ada", "name": "Ada", "organisation": "Example", "roles": []}]}


def no_bundle(line: Line) -> None:
    (line.dossier / "record.json.sigstore.json").unlink()


def again(line: Line) -> None:
    line.write("2.4.0-old", product=Product(name="pump-link", version="2.4.0", manufacturer="Example"))


def set_(before: Callable[[Line], None] = lambda _: None, **fields: Any) -> Callable[[Line], None]:
    def change(line: Line) -> None:
        before(line)
        for name, value in fields.items():
            setattr(line, name, value)

    return change


def policy(**fields: Any) -> Callable[[Line], None]:
    return lambda line: line.policy.update({k.replace("_", "-"): v for k, v in fields.items()})


def archive(text: str) -> Callable[[Line], None]:
    return lambda line: (line.root / "archive.toml").write_text(text) and None


def without(kind: str) -> Callable[[Line], None]:
    def change(line: Line) -> None:
        file = line.root / "archive.toml"
        file.write_text(file.read_text().replace(f'kind = "{kind}"', 'kind = "other"'))

    return change


def links_only(line: Line) -> None:
    file = line.root / "archive.toml"
    file.write_text("".join(x + "\n" for x in file.read_text().splitlines() if "sha256" not in x))


def due(line: Line) -> None:
    line.promise()
    line.issues = (issue("7", state="open", raw_state="open", resolution=""), issue("8", level="high"))


def past(line: Line) -> None:
    due(line)
    line.promise(plan={"target-version": "3.0.0", "date": date(2026, 11, 1)})


def respelt(line: Line) -> None:
    due(line)
    line.version = "2.4"


def deferral(approvers: int = 1, approved: date = date(2026, 11, 10), number: str = "DEV-2026-002") -> Deviation:
    people = tuple(Person(f"P{n}", f"p{n}@example.org") for n in range(approvers))
    return Deviation(
        id=number,
        rule="ISSUE-08",
        finding=fingerprint("ISSUE-08", ("tracker", "7")),
        decision="defer",
        justification="The interface is sealed until the fix is there.",
        risk_ref="R-1",
        severity=Level.MEDIUM,
        author=Person("Ada", "ada@example.org"),
        approved_by=people,
        approved_on=approved,
        expires=NOW.date() + timedelta(days=20),
        releases=("2.4.0",),
        deferral=Deferral("2.5.0", date(2027, 1, 31)),
    )


def third(line: Line) -> None:
    due(line)
    line.promise("2.2.0", product=Product(name="pump-link", version="2.2.0", manufacturer="Example"))
    line.deviations = (deferral(),)


def weaker(line: Line) -> None:
    rule = rulebook().rules["ISSUE-08"]
    line.results = (
        RuleResult(
            id="ISSUE-08",
            check="x",
            severity=rule.severity,
            basis=rule.basis,
            clauses=(),
            not_applicable=not_applicable("ISSUE-08", "no longer asked").not_applicable,
        ),
    )


OPEN = {"state": "open", "raw_state": "open", "resolution": ""}
BAD = [
    pytest.param("CHAIN-01", edited, id="CHAIN-01: the previous record edited"),
    pytest.param("CHAIN-01", pin_edited, id="CHAIN-01: edited and pinned again, its envelope left"),
    pytest.param("CHAIN-01", payload_swapped, id="CHAIN-01: edited with its envelope, the signature left"),
    pytest.param(
        "CHAIN-01",
        policy(previous_signer={"identity": "https://example.org/x", "issuer": "https://accounts.example.org"}),
        id="CHAIN-01: signed by somebody else",
    ),
    pytest.param("CHAIN-01", policy(previous_signer=None), id="CHAIN-01: nothing says who must have signed"),
    pytest.param("CHAIN-01", policy(trusted_root="gone.json"), id="CHAIN-01: no trust root"),
    pytest.param("CHAIN-01", set_(verify=None), id="CHAIN-01: nothing verifies"),
    pytest.param("CHAIN-01", pinned(artifacts=()), id="CHAIN-01: a record of no file"),
    pytest.param("CHAIN-01", write(gate_version="0.0.9"), id="CHAIN-01: another record in its place"),
    pytest.param("CHAIN-01", no_bundle, id="CHAIN-01: no signature"),
    pytest.param("CHAIN-01", pinned(decision="block"), id="CHAIN-01: a blocked run as predecessor"),
    pytest.param("CHAIN-01", pinned(mode="rehearsal"), id="CHAIN-01: a rehearsal as predecessor"),
    pytest.param(
        "CHAIN-01",
        pinned(product=Product(name="cart", version="2.3.0", manufacturer="Example")),
        id="CHAIN-01: another product's record",
    ),
    pytest.param("CHAIN-01", fork, id="CHAIN-01: two records with one predecessor"),
    pytest.param("CHAIN-01", first, id="CHAIN-01: first-release statement although an earlier record exists"),
    pytest.param("CHAIN-01", set_(given=False), id="CHAIN-01: previous record not found"),
    pytest.param("CHAIN-01", policy(previous_record=""), id="CHAIN-01: no digest pinned"),
    pytest.param("CHAIN-02", set_(issues=(issue("8", level="high"),)), id="CHAIN-02: an issue deleted"),
    pytest.param("CHAIN-02", set_(issues=(issue("7"), issue("9"))), id="CHAIN-02: moved to another project"),
    pytest.param("CHAIN-02", set_(issues=(issue("7", **OPEN),)), id="CHAIN-02: security label removed"),
    pytest.param("CHAIN-02", set_(issues=(issue("7"), issue("8"))), id="CHAIN-02: severity lowered without a note"),
    pytest.param("CHAIN-02", set_(issues=()), id="CHAIN-02: nothing came back"),
    pytest.param("CHAIN-03", due, id="CHAIN-03: target version reached, issue open"),
    pytest.param("CHAIN-03", respelt, id="CHAIN-03: target version reached in another spelling"),
    pytest.param("CHAIN-03", past, id="CHAIN-03: target date over, issue open"),
    pytest.param("CHAIN-03", third, id="CHAIN-03: the third deferral without a higher approver"),
    pytest.param(
        "CHAIN-04",
        set_(components=(part("alpha", item_class="required"), part("beta"))),
        id="CHAIN-04: a silent fall in class",
    ),
    pytest.param(
        "CHAIN-04",
        set_(components=(part("alpha"), part("gamma", item_class="supported", producer="Example Parts"))),
        id="CHAIN-04: a component renamed so that the fall does not show",
    ),
    pytest.param("CHAIN-04", set_(components=(part("alpha", item_class=""), part("beta"))), id="CHAIN-04: no class"),
    pytest.param("CHAIN-04", set_(components=()), id="CHAIN-04: no components now"),
    pytest.param("CHAIN-05", pinned(components=()), id="CHAIN-05: previous SBOM not archived"),
    pytest.param("CHAIN-06", again, id="CHAIN-06: 2.4.0 again with another wheel"),
    pytest.param("CHAIN-06", set_(version="2.2.9"), id="CHAIN-06: a lower version without a maintenance line"),
    pytest.param("CHAIN-06", set_(version="2.3.0"), id="CHAIN-06: the same version"),
    pytest.param("CHAIN-06", set_(version="next"), id="CHAIN-06: no order"),
    pytest.param("CHAIN-06", set_(version="V2.4.0", before=again), id="CHAIN-06: again in another spelling"),
    pytest.param("CHAIN-06", set_(version="2.3"), id="CHAIN-06: the same version without its last zero"),
    pytest.param("CHAIN-06", set_(version="2.3.0.0"), id="CHAIN-06: the same version with another zero"),
    pytest.param("CHAIN-06", set_(version="2.3.0+build.2"), id="CHAIN-06: the same version, built again"),
    pytest.param("CHAIN-06", set_(version="2.3.0-hotfix"), id="CHAIN-06: the same numbers and a word"),
    pytest.param("CHAIN-06", set_(version="2.3.0rc2"), id="CHAIN-06: a candidate of what is released"),
    pytest.param("CHAIN-07", weaker, id="CHAIN-07: a rule that became not applicable without a word"),
    pytest.param("CHAIN-08", links_only, id="CHAIN-08: link-only archive"),
    pytest.param("CHAIN-08", without("trusted-root"), id="CHAIN-08: trusted root missing"),
    pytest.param("CHAIN-08", without("policies"), id="CHAIN-08: policies missing"),
    pytest.param("CHAIN-08", policy(archive=""), id="CHAIN-08: no archive list"),
    pytest.param("CHAIN-08", archive("[[item]]\nknd = 1\n"), id="CHAIN-08: a misspelt list"),
    pytest.param("CHAIN-11", policy(retention=None), id="CHAIN-11: no date"),
    pytest.param("CHAIN-11", set_(support_end="2045-01-01"), id="CHAIN-11: shorter than the device's lifetime"),
]


@pytest.mark.parametrize(("rule", "spoil"), BAD)
def test_bad_input_does_not_pass(line: Line, rule: str, spoil: Callable[[Line], None]) -> None:
    spoil(line)

    assert line.outcome(rule) in (Outcome.FAILED, Outcome.UNDECIDED)


def test_only_the_pinned_sigstore_counts(line: Line, elsewhere: Signing) -> None:
    """CHAIN-01: the previous record edited, pinned and signed again under the right name, but by another instance."""
    resigned(line, elsewhere)

    result = line.result("CHAIN-01")

    assert result.outcome is Outcome.FAILED
    assert ["signature does not hold" in f.message for f in result.findings] == [True]


def test_the_refusal_says_what_was_seen(line: Line) -> None:
    payload_swapped(line)

    (found,) = line.result("CHAIN-01").findings

    assert "the previous record's signature does not hold: " in found.message


def test_without_a_signer_of_its_own_the_signing_table_counts(line: Line, signing: Signing) -> None:
    line.policy["previous-signer"] = None
    line.tables["signing"] = {"identity": signing.identity.replace("1.0.0", "{version}"), "issuer": signing.issuer}
    line.policy["previous-record"] = line.write(
        product=Product(name="pump-link", version="1.0.0", manufacturer="Example Devices")
    )
    del line.policy["trusted-root"]
    line.verify = partial(_verify, own_root=lambda: signing.root, rehearsal=True)

    result = line.result("CHAIN-01")

    assert result.outcome is Outcome.PASSED, (result.doubts, result.findings)
    assert f"signed by {signing.identity}" in result.observed[0]


def test_a_managed_key_is_named_by_its_public_half(line: Line) -> None:
    (line.root / "release.pub").write_text("no key")
    line.policy |= {"previous-key": "release.pub"}

    result = line.result("CHAIN-01")

    assert "the public key cannot be read" in result.doubts[0]


@pytest.mark.parametrize("rule", [r for r in ALL if r not in ("CHAIN-08", "CHAIN-11")])
def test_without_the_previous_record_nothing_is_assumed(line: Line, rule: str) -> None:
    line.given = False

    assert line.outcome(rule) is Outcome.UNDECIDED


@pytest.mark.parametrize("rule", [r for r in ALL if r not in ("CHAIN-08", "CHAIN-11")])
def test_a_first_release_is_stated_not_assumed(line: Line, rule: str) -> None:
    first(line)
    line.policy["ledger"] = ""

    passes = ("CHAIN-01", "CHAIN-06")
    assert line.outcome(rule) is (Outcome.PASSED if rule in passes else Outcome.NOT_APPLICABLE)

    line.policy["first-release"] = None
    if rule == "CHAIN-01":
        assert line.outcome(rule) is Outcome.UNDECIDED


def test_a_first_release_is_stated_by_somebody_of_the_roles_table(line: Line) -> None:
    """CHAIN-01: a name that stands for nobody states nothing."""
    first(line)
    line.policy["ledger"] = ""
    line.tables["people"] = {}

    assert line.outcome("CHAIN-01") is Outcome.FAILED


def test_what_cannot_be_read_is_undecided(line: Line) -> None:
    (line.dossier / "record.json").write_text("{}")
    assert line.outcome("CHAIN-01") is line.outcome("CHAIN-02") is Outcome.UNDECIDED

    line.policy["ledger"] = "empty"
    line.policy["previous-record"] = line.write()
    assert line.outcome("CHAIN-01") is line.outcome("CHAIN-06") is Outcome.UNDECIDED


@pytest.mark.parametrize("text", ["{}", '{"dsseEnvelope": {"payload": "%%%"}}', "[]"])
def test_an_envelope_that_is_none_does_not_bind(line: Line, text: str) -> None:
    (line.dossier / "record.json.sigstore.json").write_text(text)
    (line.dossier / "SHA256SUMS").unlink()

    assert len(line.result("CHAIN-01").findings) == 3


def test_a_fall_in_class_that_users_are_told_passes(line: Line) -> None:
    line.components = (part("alpha", item_class="required"), part("beta"))
    line.documents = (DocumentFact("manual", "m.md", "0" * 64, discloses=("alpha",)),)

    assert line.outcome("CHAIN-04") is Outcome.PASSED


def test_changes_of_components_are_told(line: Line) -> None:
    line.components = (part("alpha", "1.1"), part("gamma"))

    told = line.result("CHAIN-05").observed[0]

    assert told == "1 added: pkg:pypi/gamma; 1 removed: pkg:pypi/beta; 1 changed: pkg:pypi/alpha 1.0 -> 1.1"


@pytest.mark.parametrize("approved", [date(2026, 11, 10), date(2026, 9, 20)])
def test_a_promise_may_be_renewed_by_a_new_decision_only(line: Line, approved: date) -> None:
    due(line)
    line.deviations = (deferral(approved=approved),)

    assert line.outcome("CHAIN-03") is (Outcome.PASSED if approved > date(2026, 10, 1) else Outcome.FAILED)


def test_the_third_deferral_with_a_higher_approver_passes(line: Line) -> None:
    third(line)
    line.deviations = (deferral(approvers=2),)

    assert line.outcome("CHAIN-03") is Outcome.PASSED


def test_what_is_told_of_a_source_without_issues_can_be_decided(line: Line) -> None:
    """CHAIN-02: each issue of a retired source is missed by name, so that a deviation can answer it."""
    line.issues = ()
    line.missing = tuple(MissingFact(i.id, "its source was retired: CR-17") for i in line.record["issues"])

    result = line.result("CHAIN-02")

    assert (result.outcome, len(result.findings), result.doubts) == (Outcome.FAILED, 2, ())
    assert all("its source was retired: CR-17" in f.message for f in result.findings)


@pytest.mark.parametrize(
    ("before", "now"), [("2.4.0rc1", "2.4.0"), ("2.4.0-rc1", "2.4.0-rc2"), ("2.4.0", "2.4.0.post1"), ("2.9", "2.10")]
)
def test_a_later_stage_of_the_same_numbers_is_higher(line: Line, before: str, now: str) -> None:
    pinned(product=Product(name="pump-link", version=before, manufacturer="Example"))(line)
    line.version = now
    line.policy["previous-signer"]["identity"] = line.signing.identity

    assert line.outcome("CHAIN-06") is Outcome.PASSED


def test_the_first_release_may_name_the_ledger_that_it_will_stand_in(line: Line) -> None:
    first(line)
    line.policy["ledger"] = "empty"

    assert line.outcome("CHAIN-01") is line.outcome("CHAIN-06") is Outcome.PASSED


def test_a_ledger_that_cannot_be_read_leaves_a_first_release_in_doubt(line: Line) -> None:
    """CHAIN-01: an earlier record may lie in it."""
    (line.dossier / "record.json").write_bytes(b"{")
    first(line)

    assert line.outcome("CHAIN-01") is line.outcome("CHAIN-06") is Outcome.UNDECIDED


def forgotten(line: Line) -> None:
    (line.dossier / "policy/deviations.toml").unlink()


def rewritten(line: Line) -> None:
    file = line.dossier / "policy/deviations.toml"
    file.write_text(file.read_text().replace('"2.4.0"', '"9.9.9"').replace("2026-11-30", "2099-01-01"))


@pytest.mark.parametrize("change", [forgotten, rewritten])
def test_a_promise_taken_out_of_the_last_dossier_is_undecided(line: Line, change: Callable[[Line], None]) -> None:
    """CHAIN-03: the record is signed and whole, and the file beside it is gone or another one."""
    due(line)
    change(line)

    result = line.result("CHAIN-03")

    assert result.outcome is Outcome.UNDECIDED
    assert all("what 2.3.0 promised is not known" in doubt for doubt in result.doubts)


@pytest.mark.parametrize(
    "fields",
    [{"decision": Decision.BLOCK}, {"stage": "checked"}, {"mode": Mode.REHEARSAL}, {"product": "other"}],
    ids=lambda fields: next(iter(fields)),
)
def test_what_was_no_release_of_this_product_promised_nothing(line: Line, fields: dict[str, Any]) -> None:
    """CHAIN-03: with it the third deferral would be the second at most."""
    due(line)
    if "product" in fields:
        fields = {"product": Product(name="other", version="2.2.0", manufacturer="Example")}
    line.promise("2.2.0", **fields)
    line.deviations = (deferral(),)

    assert line.outcome("CHAIN-03") is Outcome.PASSED


def test_a_promise_that_was_kept_passes(line: Line) -> None:
    line.promise()

    assert line.outcome("CHAIN-03") is Outcome.PASSED


def test_a_remark_explains_a_weaker_answer(line: Line) -> None:
    weaker(line)
    line.policy["remarks"] = {"ISSUE-08": "The product has no tracker any more; see CR-9."}

    assert line.outcome("CHAIN-07") is Outcome.PASSED


def test_a_lower_version_on_a_maintenance_line_passes(line: Line) -> None:
    line.version = "2.2.9"
    line.policy["maintenance-line"] = "2.2 is kept for customers until 2027."

    assert line.outcome("CHAIN-06") is Outcome.PASSED


def test_what_became_of_a_lost_issue_is_told_and_does_not_help(line: Line) -> None:
    """CHAIN-02: moved, deleted, label removed: told apart, and failed each time."""
    line.issues = (issue("8", level="high"),)
    line.missing = (MissingFact("tracker#7", "moved to https://elsewhere.example.org/9"),)

    (found,) = line.result("CHAIN-02").findings

    assert found.message.endswith("is gone: moved to https://elsewhere.example.org/9")
    assert found.fingerprint == fingerprint("CHAIN-02", ("tracker#7", "gone"))


def test_reopened_issues_are_counted(line: Line) -> None:
    line.issues = (issue("7", **OPEN), issue("8", level="high"))

    assert "1 of them reopened" in line.result("CHAIN-02").observed[0]
