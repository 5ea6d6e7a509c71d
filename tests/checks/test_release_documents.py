from __future__ import annotations

import hashlib
import re
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.checks._documents import html, markdown, text
from gatekeeper.checks._documents.model import Document, Section, names_version
from gatekeeper.checks._documents.reading import read
from gatekeeper.checks._release_documents.evidence import Listed, NotApplicable, Review, Statement
from gatekeeper.checks._release_documents.placeholders import placeholders
from gatekeeper.checks.release_documents import CHECK, Params
from gatekeeper.model.check import Product
from gatekeeper.model.deviation import Deviation, Person
from gatekeeper.model.facts import ComponentFact, Facts, IssueFact, VulnerabilityFact
from gatekeeper.model.finding import Where, finding
from gatekeeper.model.verdict import Answered, RuleResult
from gatekeeper.model.words import Level, Outcome, Phase

EXAMPLE = Path(__file__).parents[2] / "examples/pump-link/docs"
EXPIRES = re.findall(r"expires on\s+(\S+)\.", (EXAMPLE / "disclosure-policy.md").read_text())[0]
KINDS = ("secure-operation", "accounts", "decommissioning", "residual-risks", "support", "conformance", "interfaces")
PRODUCT = Product(name="pump-link", version="1.4.0", manufacturer="Example Devices", support_end="2029-12-31")
LISTED = tuple(Listed(kind, f"docs/{kind}.md") for kind in KINDS)
COMPONENTS = (
    ComponentFact("jinja2", "3.1.6", item_class="supported", support_end="2028-12-31"),
    ComponentFact("MarkupSafe", "3.0.4", item_class="supported", support_end="2028-12-31"),
    ComponentFact("pyserial", "3.5", item_class="required", support_end="unknown"),
)
FACTS = Facts(components=COMPONENTS)
SCOPE = {
    "parts": ["wheel and source distribution of pump-link"],
    "excluded": [{"part": "the pump and its firmware"}, {"part": "serial adapters and the workstation"}],
}
ITO = {"id": "m.ito", "name": "M. Ito", "organisation": "Example", "roles": ["security"]}
TABLES = {"activity-completion": {"scope": SCOPE}, "people": {"person": [ITO]}}
ADA = Person("Ada Example", "ada")
DEVIATION = Deviation(
    id="DEV-1",
    rule="CODE-01",
    finding="0" * 16,
    decision="accept",
    justification="Example",
    risk_ref="RISK-001",
    severity=Level.LOW,
    author=ADA,
    approved_by=(Person("Eve Example", "eve"),),
    approved_on=date(2026, 11, 1),
    expires=date(2026, 12, 1),
    releases=("1.4.0",),
)


def params(**more) -> Params:
    values = {"documents": LISTED, "remote_service": False, "networked": False, "contact": "docs/disclosure-policy.md"}
    return Params(**(values | more))


@pytest.fixture
def docs(tmp_path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "docs")
    return tmp_path / "docs"


@pytest.fixture
def judged(docs, gate):
    """Judge the example's documents as they lie there now."""

    def judge(policy=None, tables=TABLES, review=(), **case):
        context = gate.context(docs.parent, product=PRODUCT, tables=dict(tables))
        policy = policy or params()
        if not policy.reviews:
            policy = msgspec.structs.replace(policy, reviews=tuple(reviews_of(docs, policy, **dict(review))))
        more = {"product": PRODUCT, "facts": FACTS} | case
        seen = gate.run(CHECK, context, policy, **more)
        later = gate.run(CHECK, context, policy, Phase.ON_FINDINGS, **more)
        seen.by_rule |= later.by_rule
        return seen

    return judge


def reviews_of(docs: Path, policy: Params, **more):
    """A review of every document as it lies there now."""
    for entry in policy.documents:
        path = docs.parent / entry.path
        if path.is_file() and more != {"none": True}:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            values = {"sha256": digest, "reviewer": "m.ito", "reviewed": date(2026, 11, 10), "open_findings": 0}
            yield Review(path=entry.path, **(values | more))


def _head(docs: Path) -> str:
    lines = (docs / "accounts.md").read_text().splitlines()
    return "\n".join(line for line in lines if line.startswith("|"))


def change(path: Path, old: str, new: str) -> None:
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new))


def cut(path: Path, heading: str) -> None:
    """Take away what stands under a heading, and keep the heading."""
    lines = path.read_text().splitlines()
    start = lines.index(heading)
    end = next((at for at in range(start + 1, len(lines)) if lines[at].startswith("#")), len(lines))
    path.write_text("\n".join([*lines[: start + 1], "", *lines[end:]]) + "\n")


def test_the_examples_documents_pass(judged):
    seen = judged()
    assert {rule: seen.words(rule) for rule in CHECK.rules if seen.outcome(rule) is Outcome.FAILED} == {}
    assert {rule for rule in CHECK.rules if seen.outcome(rule) is Outcome.UNDECIDED} == set()


def test_the_examples_own_policy_reviews_what_it_ships(judged):
    table = tomli.loads((EXAMPLE.parent / "gatekeeper.toml").read_text())["release-documents"]
    policy = msgspec.convert(table, Params, builtin_types=(date, datetime))
    seen = judged(policy)
    assert {rule: seen.words(rule) for rule in CHECK.rules if seen.outcome(rule) is Outcome.FAILED} == {}


class TestBound:
    @pytest.mark.parametrize(
        "content",
        [
            pytest.param("", id="DOC-01: an empty file"),
            pytest.param("# Secure operation guide of pump-link 1.4.0\n", id="DOC-01: a one-line file"),
        ],
    )
    def test_too_little(self, docs, judged, content):
        (docs / "secure-operation.md").write_text(content)
        assert judged().outcome("DOC-01") is Outcome.FAILED

    @pytest.mark.parametrize(
        "words",
        [
            "TODO",
            "TBD",
            "XXX",
            "XXXX",
            "FIXME",
            "to be determined",
            "To be completed",
            "○○",
            "〇〇病院",
            "△△",
            "××",
            "未定",
            "要確認",
            "ここに記入してください",
            "(仮)",
            "後日追記",
            "{{ product }}",
            "${VERSION}",
            "{% if %}",
            "@VERSION@",
            "<your name>",
            "<version>",
            "[insert the date]",
            "[Your Company]",
            "{version}",
            "YYYY-MM-DD",
            "________",
            "lorem ipsum",
            "<!-- TODO: write -->",
            "`TODO`",
        ],
        ids=lambda words: f"DOC-01: TODO, TBD, XXX, ○○ or template variables in the text: {words}",
    )
    def test_placeholders(self, docs, judged, words):
        change(docs / "accounts.md", "This is the guide", f"{words} This is the guide")
        seen = judged()
        assert seen.outcome("DOC-01") is Outcome.FAILED
        assert "placeholder" in seen.words("DOC-01")

    @pytest.mark.parametrize(
        "words", ["初期値はTBDです", "バージョンはTODO。", "ＴＢＤ", "値：ＴＯＤＯ", "tbd", "T.B.D.", "［要記入］"]
    )
    def test_placeholders_in_japanese_text(self, words):
        """DOC-01: TODO, TBD, XXX, ○○ or template variables in the text, without blanks around them."""
        assert len([*placeholders(markdown.read(f"# 手引き\n\n{words}\n".encode()))]) == 1

    @pytest.mark.parametrize("name", ["pump-link-pro", "heat-pump-link", "pump-link_x", "pump-link2"])
    def test_a_product_whose_name_holds_ours(self, docs, judged, name):
        """DOC-01: a document of another product."""
        change(docs / "accounts.md", "| Product | pump-link", f"| Product | {name}")
        assert judged().outcome("DOC-01") is Outcome.FAILED

    @pytest.mark.parametrize("name", ["「pump-link」", "pump-link-1.4.0,", "製品pump-linkの手引き", "PUMP-LINK"])
    def test_how_the_product_may_be_named(self, docs, judged, name):
        change(docs / "accounts.md", "| Product | pump-link", f"| Product | {name}")
        assert judged().outcome("DOC-01") is Outcome.PASSED

    def test_one_finding_names_every_place_of_a_placeholder(self, docs, judged):
        text = (docs / "accounts.md").read_text(encoding="utf-8")
        (docs / "accounts.md").write_text(re.sub(r"(?m)^(## .*)$", r"\1\n\nTBD", text), encoding="utf-8")
        found = [f.message for f in judged().by_rule["DOC-01"].findings if "placeholder" in f.message]
        headings = len(re.findall(r"(?m)^## ", text))
        assert len(found) == 1
        assert f"in {headings} places (lines " in found[0]

    def test_what_is_no_placeholder(self):
        content = (
            "Set `${HOME}` and `<device>`; see [the guide](a.md), [1], x < y > z, 100 %, 予定のない停止, 設定○,\n"
            "the todo list of the ward, version 2.0, [x] done, {1, 2}, e-mail <a@b.example>.\n\n    cmd <version>\n"
        )
        assert [*placeholders(markdown.read(content.encode()))] == []

    def test_the_previous_versions_number(self, docs, judged):
        """DOC-01: the previous version's number."""
        change(docs / "accounts.md", "pump-link 1.4.0", "pump-link 1.3.0")
        seen = judged()
        assert seen.outcome("DOC-01") is Outcome.FAILED
        assert "does not name version '1.4.0'" in seen.words("DOC-01")

    def test_a_symlink_out_of_the_folder(self, docs, judged, tmp_path_factory):
        """DOC-01: a symlink out of the folder."""
        outside = tmp_path_factory.mktemp("outside") / "accounts.md"
        (docs / "accounts.md").rename(outside)
        (docs / "accounts.md").symlink_to(outside)
        assert judged().outcome("DOC-01") is Outcome.FAILED
        assert judged(params(documents=(Listed("accounts", "../outside.md"),))).outcome("DOC-01") is Outcome.FAILED

    def test_a_document_of_another_product(self, docs, judged):
        """DOC-01: a document of another product."""
        change(docs / "accounts.md", "| Product | pump-link", "| Product | infusor")
        assert judged().outcome("DOC-01") is Outcome.FAILED

    def test_a_link_without_digest(self, judged):
        """DOC-01: a link without digest."""
        link = Listed("accounts", "https://docs.example/accounts.md")
        assert judged(params(documents=(*LISTED, link))).outcome("DOC-01") is Outcome.FAILED
        pinned = msgspec.structs.replace(link, sha256="0" * 64)
        assert judged(params(documents=(*LISTED, pinned))).outcome("DOC-01") is Outcome.UNDECIDED

    def test_other_bytes_than_pinned(self, judged):
        listed = msgspec.structs.replace(LISTED[0], sha256="0" * 64)
        assert judged(params(documents=(listed,))).outcome("DOC-01") is Outcome.FAILED

    def test_no_id(self, docs, judged):
        change(docs / "accounts.md", "| Document |", "| Remark |")
        assert "its head gives no id" in judged().words("DOC-01")

    def test_no_documents_at_all(self, judged):
        seen = judged(params(documents=()))
        for rule in ("DOC-01", "DOC-03", "DOC-04", "DOC-05", "DOC-06", "DOC-08", "DOC-10", "DOC-11", "DOC-15"):
            assert seen.outcome(rule) is Outcome.FAILED, rule

    @pytest.mark.parametrize("content", [b"\xff\xfe\x00bad", b"# T\n" + b"x\n\n" * 600])
    def test_what_cannot_be_read_is_undecided(self, docs, judged, content, monkeypatch):
        monkeypatch.setattr("gatekeeper.checks._documents.building.MOST_PARTS", 500)
        (docs / "accounts.md").write_bytes(content)
        seen = judged()
        assert seen.outcome("DOC-01") is Outcome.UNDECIDED
        assert seen.outcome("DOC-04") is Outcome.UNDECIDED

    def test_a_format_that_cannot_be_read_is_undecided(self, docs, judged):
        (docs / "accounts.md").rename(docs / "accounts.rtf")
        listed = (*LISTED[:1], Listed("accounts", "docs/accounts.rtf"), *LISTED[2:])
        assert judged(params(documents=listed)).outcome("DOC-04") is Outcome.UNDECIDED

    @pytest.mark.parametrize(
        ("words", "named"),
        [
            ("pump-link 1.4.0", True),
            ("pump-link v1.4.0.", True),
            ("pump-link 1.4.0rc1", False),
            ("pump-link 1.4.0.1", False),
            ("pump-link 11.4.0", False),
            ("pump-link 1.4.0-rc1", False),
            ("pump-link 1.4", False),
            ("版1.4.0。", True),
        ],
    )
    def test_exactly_this_version(self, words, named):
        assert names_version(words, "1.4.0") is named


class TestGuides:
    @pytest.mark.parametrize(
        "heading",
        [
            "## Secure installation",
            "## Configuration",
            "## Secure operation",
            "## Maintenance and updates",
            "## Logging",
            "## Reporting of incidents",
        ],
        ids=lambda heading: f"DOC-03: a heading with nothing under it: {heading}",
    )
    def test_an_empty_part_of_the_operation_guide(self, docs, judged, heading):
        cut(docs / "secure-operation.md", heading)
        seen = judged()
        assert seen.outcome("DOC-03") is Outcome.FAILED
        assert "nothing stands under" in seen.words("DOC-03")

    def test_marketing_text_only(self, docs, judged):
        """DOC-03: marketing text only."""
        (docs / "secure-operation.md").write_text("# Guide of pump-link 1.4.0\n\n" + "The best pump ever. " * 100)
        assert len(judged().by_rule["DOC-03"].findings) == 6

    def test_not_applicable_without_reason(self):
        """DOC-04: not applicable without reason."""
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"kind": "accounts", "reason": " ", "approved-by": "eve"}, NotApplicable)

    def test_no_account_guide(self, judged):
        without = tuple(entry for entry in LISTED if entry.kind != "accounts")
        assert judged(params(documents=without)).outcome("DOC-04") is Outcome.FAILED
        excuse = (NotApplicable("accounts", "The product has no accounts", "eve"),)
        policy = params(documents=without, not_applicable=excuse)
        eve = {"id": "eve", "name": "Eve Example", "organisation": "Example", "roles": ["quality"]}
        known = TABLES | {"people": {"person": [ITO, eve]}}
        assert judged(policy, known).outcome("DOC-04") is Outcome.NOT_APPLICABLE
        assert "approved by 'eve', who is nobody of [people]" in judged(policy).words("DOC-04")
        policy = params(documents=without, not_applicable=excuse, default_accounts=True)
        assert judged(policy).outcome("DOC-04") is Outcome.FAILED

    def test_default_accounts_without_list(self, docs, judged):
        """DOC-04: default_accounts = true and no list."""
        assert judged(params(default_accounts=True)).outcome("DOC-04") is Outcome.FAILED
        change(docs / "accounts.md", "There are none:", "- `service`, disabled as delivered\n\nMore:")
        assert judged(params(default_accounts=True)).outcome("DOC-04") is Outcome.PASSED

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param("pump-link 1.4.0\n", id="DOC-10: a one-line file"),
            pytest.param(
                "# Guide\n\nProduct: infusor 1.4.0\n\n" + "words " * 200, id="DOC-10: the guide of another product"
            ),
        ],
    )
    def test_bad_decommissioning_guides(self, docs, judged, content):
        (docs / "decommissioning.md").write_text(content)
        assert judged().outcome("DOC-10") is Outcome.FAILED

    def test_decommissioning_not_applicable_without_approval(self, judged):
        """DOC-10: not applicable without approval."""
        without = tuple(entry for entry in LISTED if entry.kind != "decommissioning")
        policy = params(documents=without, not_applicable=(NotApplicable("decommissioning", "Example", "eve"),))
        assert judged(policy).outcome("DOC-10") is Outcome.FAILED
        people = {
            "people": {
                "person": [{"id": "eve", "name": "Eve Example", "organisation": "Example", "roles": ["security"]}]
            }
        }
        assert judged(policy, people).outcome("DOC-10") is Outcome.NOT_APPLICABLE
        people["people"]["person"][0]["roles"] = ["developer"]
        assert judged(policy, people).outcome("DOC-10") is Outcome.FAILED

    @pytest.mark.parametrize(
        "heading",
        [
            pytest.param("## Removal from the environment", id="DOC-11: a heading with nothing under it"),
            pytest.param("## Erasing personal and sensitive data", id="DOC-11: data erasure missing"),
            pytest.param("## Media and disposal where erasing is impossible", id="DOC-11: media"),
            pytest.param("## References and configuration left behind", id="DOC-11: leftovers"),
            pytest.param("## Revoking credentials, keys, certificates and remote access", id="DOC-11: credentials"),
            pytest.param("## Proprietary software and licences", id="DOC-11: licences"),
        ],
    )
    def test_decommissioning_topics(self, docs, judged, heading):
        cut(docs / "decommissioning.md", heading)
        assert judged().outcome("DOC-11") is Outcome.FAILED
        change(docs / "decommissioning.md", heading, "## Something else")
        assert judged().outcome("DOC-11") is Outcome.FAILED

    def test_remote_access_not_mentioned(self, docs, judged):
        """DOC-11: remote access not mentioned though remote_service = true."""
        path = docs / "decommissioning.md"
        path.write_text(path.read_text().replace(" and remote access", "").replace("remote access", "other access"))
        assert judged().outcome("DOC-11") is Outcome.PASSED
        assert judged(params(remote_service=True)).outcome("DOC-11") is Outcome.FAILED

    def test_a_topic_is_found_by_id_or_by_the_policys_heading(self, docs, judged):
        path = docs / "decommissioning.md"
        change(path, "## Erasing personal and sensitive data", "## What about patients {#data}")
        assert judged().outcome("DOC-11") is Outcome.PASSED
        change(path, " {#data}", "")
        assert judged().outcome("DOC-11") is Outcome.FAILED
        policy = params(topics={"decommissioning": {"data": "What about patients"}})
        assert judged(policy).outcome("DOC-11") is Outcome.PASSED

    def test_an_interface_list_of_the_previous_version(self, docs, judged):
        """DOC-16: a list of the previous version."""
        change(docs / "interfaces.md", "pump-link 1.4.0", "pump-link 1.3.0")
        assert judged().outcome("DOC-16") is Outcome.FAILED

    @pytest.mark.parametrize(
        ("networked", "outcome"),
        [
            pytest.param(True, Outcome.FAILED, id="DOC-16: no list though the product is networked"),
            pytest.param(None, Outcome.FAILED, id="DOC-16: no list and nothing stated"),
            pytest.param(False, Outcome.NOT_APPLICABLE, id="DOC-16: stated that it is not networked"),
        ],
    )
    def test_no_interface_list(self, judged, networked, outcome):
        without = tuple(entry for entry in LISTED if entry.kind != "interfaces")
        assert judged(params(documents=without, networked=networked)).outcome("DOC-16") is outcome

    @pytest.mark.parametrize(
        ("rule", "path", "old", "new"),
        [
            pytest.param("DOC-16", "interfaces.md", r"(?m)^## .*$", "## Support and transport", id="port"),
            pytest.param("DOC-03", "secure-operation.md", "## Logging", "## Catalogue and dialogs", id="log"),
            pytest.param("DOC-03", "secure-operation.md", "## Secure installation", "## Uninstalling", id="install"),
        ],
    )
    def test_a_word_inside_another_word_is_no_topic(self, docs, judged, rule, path, old, new):
        text = (docs / path).read_text()
        (docs / path).write_text(re.sub(old, new, text))
        assert judged(params(networked=True)).outcome(rule) is Outcome.FAILED

    @pytest.mark.parametrize("heading", ["## Syslog", "## 3 LOGS", "## Security logging", "## 監査ログ"])
    def test_headings_on_logging(self, docs, judged, heading):
        change(docs / "secure-operation.md", "## Logging", heading)
        assert judged().outcome("DOC-03") is Outcome.PASSED


class TestRemoteService:
    PART = (
        "Only our service engineers connect, from the service network over a tunnel. They "
        "authenticate with certificates; each session is logged and closed by the operator."
    )

    def test_no_section(self, docs, judged):
        """DOC-17: remote_service = true and no section."""
        cut(docs / "secure-operation.md", "## Remote service")
        assert judged(params(remote_service=True)).outcome("DOC-17") is Outcome.FAILED

    def test_the_field_missing(self, judged):
        """DOC-17: the field missing."""
        assert judged(params(remote_service=None)).outcome("DOC-17") is Outcome.FAILED

    def test_a_whole_section(self, docs, judged):
        cut(docs / "secure-operation.md", "## Remote service")
        change(docs / "secure-operation.md", "## Remote service", f"## Remote service\n\n{self.PART}")
        assert judged(params(remote_service=True)).outcome("DOC-17") is Outcome.PASSED
        change(docs / "secure-operation.md", "is logged and", "is")
        assert "how it is logged" in judged(params(remote_service=True)).words("DOC-17")


class TestResidualRisks:
    ROW = "| DEV-1 | The log may be cut short at night. | Compare the volume with the pump's display. |"

    @pytest.fixture
    def listed(self, docs):
        def write(*rows: str) -> None:
            path = docs / "residual-risks.md"
            kept = [line for line in path.read_text().splitlines() if not line.startswith("| none")]
            path.write_text("\n".join([*kept, *rows]) + "\n")

        return write

    def test_equal(self, judged, listed):
        listed(self.ROW)
        seen = judged(deviations=(DEVIATION,))
        assert seen.outcome("DOC-05") is Outcome.PASSED, seen.words("DOC-05")
        assert "1 residual risks" in seen.words("DOC-05")

    def test_an_accepted_issue_not_disclosed(self, judged, listed):
        """DOC-05: an accepted issue not disclosed."""
        listed(self.ROW)
        other = msgspec.structs.replace(DEVIATION, id="DEV-2")
        assert judged(deviations=(DEVIATION, other)).outcome("DOC-05") is Outcome.FAILED

    def test_an_open_issue_not_disclosed(self, judged):
        issue = IssueFact("412", "TLS", "open", "open", "high")
        assert "does not tell users of 412" in judged(facts=Facts(components=COMPONENTS, issues=(issue,))).words(
            "DOC-05"
        )

    def test_an_issue_or_a_vulnerability_may_stand_for_its_deviation(self, judged, listed):
        listed(self.ROW.replace("DEV-1", "412"))
        issue = IssueFact("412", "TLS", "open", "open", "high", deviation="DEV-1")
        assert judged(deviations=(DEVIATION,), facts=Facts(issues=(issue,))).outcome("DOC-05") is Outcome.PASSED
        hole = VulnerabilityFact("CVE-2026-1", "x", "high", deviation="DEV-1", aliases=("412",))
        assert judged(deviations=(DEVIATION,), facts=Facts(vulnerabilities=(hole,))).outcome("DOC-05") is Outcome.PASSED

    def test_an_open_issue_answered_by_a_deviation_is_told_once(self, judged, listed, gate):
        listed(self.ROW.replace("DEV-1", "412"))
        issue = IssueFact("github#412", "TLS", "open", "open", "high")
        found = finding("ISSUE-08", "open", key=("412",), where=Where(pointer="github#412"))
        rule = gate.case().rulebook.rules["ISSUE-08"]
        result = RuleResult(
            id=rule.id,
            check=rule.check,
            severity=rule.severity,
            basis=rule.basis,
            clauses=rule.clauses,
            answered=(Answered(found, "DEV-1"),),
        )
        more = {"deviations": (DEVIATION,), "facts": Facts(issues=(issue,))}
        assert judged(**more).outcome("DOC-05") is Outcome.FAILED
        assert judged(**more, results=(result,)).outcome("DOC-05") is Outcome.PASSED

    def test_a_disclosed_id_that_does_not_exist(self, judged, listed):
        """DOC-05: a disclosed id that does not exist."""
        listed(self.ROW, self.ROW.replace("DEV-1", "DEV-9"))
        assert "lists 'DEV-9'" in judged(deviations=(DEVIATION,)).words("DOC-05")

    @pytest.mark.parametrize(
        "row",
        [
            pytest.param("| DEV-1 | | |", id="DOC-05: an empty entry"),
            pytest.param("| DEV-1 | - | none |", id="DOC-05: an entry of dashes"),
            pytest.param("| DEV-1 | The log may be cut short at night. | |", id="DOC-05: nothing to do"),
        ],
    )
    def test_an_empty_entry(self, judged, listed, row):
        listed(row)
        assert judged(deviations=(DEVIATION,)).outcome("DOC-05") is Outcome.FAILED

    def test_nothing_disclosed_while_deviations_are_live(self, judged, listed):
        """DOC-05: nothing disclosed while deviations are live."""
        assert judged(deviations=(DEVIATION,)).outcome("DOC-05") is Outcome.FAILED
        listed()
        assert judged(deviations=(DEVIATION,)).outcome("DOC-05") is Outcome.FAILED

    def test_the_column_with_the_ids_is_found_whatever_stands_before_it(self, docs, judged):
        """A head such as "Residual risk" holds the letters of "id"."""
        table = (
            "| Residual risk | ID | What to do |\n|---|---|---|\n"
            "| The log may be cut short at night. | DEV-1 | Compare the volume with the pump's display. |\n"
        )
        path = docs / "residual-risks.md"
        kept = [line for line in path.read_text().splitlines() if not line.startswith(("| none", "| Id"))]
        path.write_text("\n".join(kept).partition("\n\n| ")[0] + "\n\n" + _head(docs) + "\n\n" + table)
        seen = judged(deviations=(DEVIATION,))
        assert seen.outcome("DOC-05") is Outcome.PASSED, seen.words("DOC-05")

    def test_none_must_be_said(self, judged, listed):
        listed()
        assert judged().outcome("DOC-05") is Outcome.FAILED

    def test_none_beside_entries(self, docs, judged):
        path = docs / "residual-risks.md"
        path.write_text(path.read_text().rstrip() + "\n" + self.ROW + "\n")
        assert judged(deviations=(DEVIATION,)).outcome("DOC-05") is Outcome.FAILED

    @pytest.mark.parametrize("decision", ["false-positive", "duplicate"])
    def test_what_is_no_risk_is_not_told(self, judged, decision):
        assert (
            judged(deviations=(msgspec.structs.replace(DEVIATION, decision=decision),)).outcome("DOC-05")
            is Outcome.PASSED
        )


class TestSupport:
    def test_a_component_missing_from_the_table(self, docs, judged):
        """DOC-06: a component missing from the table."""
        change(docs / "support.md", "| markupsafe | 3.0.4 | supported | 2028-12-31 |\n", "")
        assert "does not list MarkupSafe 3.0.4" in judged().words("DOC-06")

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            pytest.param(
                "| jinja2 | 3.1.6 | supported | 2028-12-31",
                "| jinja2 | 3.1.6 | supported | 2031-12-31",
                id="DOC-06: another date than in the record",
            ),
            pytest.param("| jinja2 | 3.1.6 | supported", "| jinja2 | 3.1.6 | required", id="DOC-06: another class"),
            pytest.param("| jinja2 | 3.1.6", "| jinja2 | 3.1.5", id="DOC-06: another version"),
            pytest.param("2029-12-31", "some day", id="DOC-06: no product support end"),
        ],
    )
    def test_differences(self, docs, judged, old, new):
        change(docs / "support.md", old, new)
        assert judged().outcome("DOC-06") is Outcome.FAILED

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            pytest.param("| 2028-12-31 |", "| 2029-12-31 |", id="DOC-06: only components end on that day"),
            pytest.param(
                "| jinja2 | 3.1.6 | supported | 2028-12-31 |\n",
                "| jinja2 | 3.1.6 | supported | 2039-12-31 |\n| jinja2 | 3.1.6 | supported | 2028-12-31 |\n",
                id="DOC-06: two rows tell two days",
            ),
        ],
    )
    def test_what_one_row_hides_of_another(self, docs, judged, old, new):
        path = docs / "support.md"
        if "2029" in new:
            path.write_text(path.read_text().replace("2029-12-31", "some day"))
            known = tuple(msgspec.structs.replace(c, support_end="2029-12-31") for c in COMPONENTS[:2])
        else:
            known = COMPONENTS[:2]
        path.write_text(path.read_text().replace(old, new))
        assert judged(facts=Facts(components=(*known, COMPONENTS[2]))).outcome("DOC-06") is Outcome.FAILED

    def test_days_as_they_are_written_in_japan(self, docs, judged):
        path = docs / "support.md"
        path.write_text(
            path.read_text().replace("2029-12-31", "2029年12月31日").replace("2028-12-31", "2028年12月31日")
        )
        seen = judged()
        assert seen.outcome("DOC-06") is Outcome.PASSED, seen.words("DOC-06")

    def test_a_column_of_vendors_is_no_column_of_ends(self, docs, judged):
        path = docs / "support.md"
        text = path.read_text().replace("| Component | Version | Item", "| Component | Version | Vendor | Item")
        text = re.sub(r"(?m)^(\| (?:pump-link|jinja2|markupsafe|pyserial) \| [\d.]+ \|)", r"\1 somebody |", text)
        path.write_text(text.replace("|---|---|---|---|", "|---|---|---|---|---|"))
        seen = judged()
        assert seen.outcome("DOC-06") is Outcome.PASSED, seen.words("DOC-06")

    def test_the_policy_gives_no_support_end(self, judged):
        item = msgspec.structs.replace(PRODUCT, support_end="")
        assert judged(product=item).outcome("DOC-06") is Outcome.FAILED

    def test_a_support_end_that_is_no_day(self, judged):
        seen = judged(product=msgspec.structs.replace(PRODUCT, support_end="2029-02-30"))
        assert "is no day" in seen.words("DOC-06")

    def test_an_item_that_is_not_in_the_sbom(self, judged):
        assert "is not in the SBOM" in judged(facts=Facts(components=COMPONENTS[:2])).words("DOC-06")

    def test_a_component_without_class_in_the_record(self, judged):
        blank = msgspec.structs.replace(COMPONENTS[0], item_class="")
        assert judged(facts=Facts(components=(blank, *COMPONENTS[1:]))).outcome("DOC-06") is Outcome.FAILED

    def test_without_an_sbom_it_is_undecided(self, docs, judged):
        path = docs / "support.md"
        path.write_text("\n".join(line for line in path.read_text().splitlines() if " 3." not in line))
        assert judged(facts=Facts()).outcome("DOC-06") is Outcome.UNDECIDED
        assert judged(facts=Facts(versions=(("SBOM bom.json", "1.4.0"),))).outcome("DOC-06") is Outcome.PASSED


class TestContact:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            pytest.param(EXPIRES, "2026-11-19", id="DOC-13: an expired security.txt"),
            pytest.param(EXPIRES, f"{EXPIRES}T00:00:00", id="DOC-13: an expiry without zone"),
            pytest.param("https://devices.example/security", "see our site", id="DOC-13: a contact without policy"),
            pytest.param("security@devices.example", "security@example.com", id="DOC-13: a placeholder address"),
            pytest.param("security@devices.example", "security@yourcompany.com", id="DOC-13: a template's address"),
            pytest.param("in English or Japanese", "any time", id="DOC-13: no language"),
            pytest.param("This policy expires on", "Written on", id="DOC-13: no expiry"),
        ],
    )
    def test_bad_contacts(self, docs, judged, old, new):
        change(docs / "disclosure-policy.md", old, new)
        assert judged().outcome("DOC-13") is Outcome.FAILED

    @pytest.mark.parametrize(
        "text", ["a" * 3_000_000, "http://" + "a" * 3_000_000, "expires " * 300_000, "policy " * 300_000]
    )
    def test_long_texts_are_judged_all_the_same(self, docs, judged, text):
        (docs / "disclosure-policy.md").write_text(f"# Policy\n\n{text}\n")
        assert judged().outcome("DOC-13") is Outcome.FAILED

    def test_no_contact_file(self, judged):
        assert judged(params(contact="SECURITY.md")).outcome("DOC-13") is Outcome.FAILED

    def test_an_expiry_without_zone_is_told_as_such(self, docs, judged):
        change(docs / "disclosure-policy.md", EXPIRES, f"{EXPIRES}T00:00:00")
        assert "no day, and no time with a zone" in judged().words("DOC-13")

    def test_security_txt(self, docs, judged):
        (docs / "security.txt").write_text(
            "Contact: mailto:security@devices.example\nExpires: 2027-01-01T00:00:00Z\n"
            "Policy: https://devices.example/security\nPreferred-Languages: ja, en\n"
        )
        seen = judged(params(contact="docs/security.txt"))
        assert seen.outcome("DOC-13") is Outcome.PASSED, seen.words("DOC-13")


class TestPlaces:
    def test_a_topic_without_document(self, docs, judged):
        """DOC-15: a topic without document."""
        change(docs / "conformance.md", "| SG-3 hardening |", "| SG-3 other |")
        assert "does not name hardening" in judged().words("DOC-15")

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            pytest.param(
                "Secure installation; Configuration",
                "Secure installation; Polishing",
                id="DOC-15: a place that does not exist",
            ),
            pytest.param("| accounts.md | all |", "| gone.md | all |", id="DOC-15: a document that does not exist"),
            pytest.param("| accounts.md | all |", "| accounts.md | |", id="DOC-15: no place"),
        ],
    )
    def test_places(self, docs, judged, old, new):
        change(docs / "conformance.md", old, new)
        assert judged().outcome("DOC-15") is Outcome.FAILED

    @pytest.mark.parametrize(
        "told",
        [
            pytest.param("", id="DOC-19: an exclusion known inside only"),
            pytest.param("secure-operation.md, nowhere", id="DOC-19: a place that does not exist"),
            pytest.param("internal.md, Scope", id="DOC-19: a document that users do not get"),
        ],
    )
    def test_exclusions(self, docs, judged, told):
        change(docs / "conformance.md", "secure-operation.md, expected environment", told)
        change(docs / "conformance.md", "secure-operation.md, uses to be avoided", told)
        assert judged().outcome("DOC-19") is Outcome.FAILED

    @pytest.mark.parametrize(
        ("told", "outcome"),
        [
            pytest.param("", Outcome.FAILED, id="DOC-19: an empty section"),
            pytest.param("- the pump and its firmware", Outcome.FAILED, id="DOC-19: exclusions in no table"),
            pytest.param(
                "Excluded Reason the pump no record", Outcome.FAILED, id="DOC-19: a table that cannot be read"
            ),
            pytest.param("None of the remote functions is covered.", Outcome.FAILED, id="DOC-19: none that is one"),
            pytest.param(
                "There is no cover for the cloud part.", Outcome.FAILED, id="DOC-19: an exclusion as no cover"
            ),
            pytest.param("Nothing but the cloud part is excluded.", Outcome.FAILED, id="DOC-19: nothing but"),
            pytest.param("クラウド部分を除き、除外する部分はない。", Outcome.FAILED, id="DOC-19: the same in Japanese"),
            pytest.param("Nothing is excluded.", Outcome.PASSED, id="nothing"),
            pytest.param("No part of the product is left out", Outcome.PASSED, id="no part"),
            pytest.param("該当なし", Outcome.PASSED, id="none in Japanese"),
            pytest.param("None: the whole product is in scope.", Outcome.PASSED, id="a statement that there is none"),
            pytest.param("除外する部分はない。", Outcome.PASSED, id="the same in Japanese"),
        ],
    )
    def test_no_row_is_not_no_exclusion(self, docs, judged, told, outcome):
        path = docs / "conformance.md"
        lines = path.read_text().splitlines()
        at = next(n for n, line in enumerate(lines) if line.startswith("## Exclusions"))
        after = next(n for n, line in enumerate(lines) if n > at and line.startswith("## "))
        path.write_text("\n".join([*lines[: at + 1], "", told, "", *lines[after:]]))
        assert judged().outcome("DOC-19") is outcome

    def test_nothing_said_about_exclusions(self, docs, judged):
        """DOC-19: silence is not the statement that nothing is left out."""
        path = docs / "conformance.md"
        lines = path.read_text().splitlines()
        at = next(n for n, line in enumerate(lines) if line.startswith("## Exclusions"))
        after = next(n for n, line in enumerate(lines) if n > at and line.startswith("## "))
        path.write_text("\n".join([*lines[:at], *lines[after:]]))
        assert judged().outcome("DOC-19") is Outcome.FAILED

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            pytest.param("1.4.0", "1.3.0", id="DOC-18: a DICOM statement of another version"),
            pytest.param("Example Devices", "Another Maker", id="DOC-18: another maker"),
            pytest.param(", 2026-11-02", "", id="DOC-18: no date"),
        ],
    )
    def test_statements(self, docs, judged, old, new):
        shutil.copy(docs / "interfaces.md", docs / "dicom.md")
        policy = params(statements=(Statement("DICOM conformance statement", "docs/dicom.md"),))
        assert judged(policy).outcome("DOC-18") is Outcome.PASSED
        change(docs / "dicom.md", old, new)
        assert judged(policy).outcome("DOC-18") is Outcome.FAILED

    def test_declared_but_absent(self, judged):
        """DOC-18: declared but absent."""
        assert judged(params(statements=(Statement("MDS2", "docs/mds2.html"),))).outcome("DOC-18") is Outcome.FAILED


class TestLanguages:
    def test_japanese_missing(self, judged):
        """DOC-08: Japanese missing."""
        assert "in language 'ja'" in judged(params(languages=("en", "ja"))).words("DOC-08")

    def test_the_english_text_is_one_version_ahead(self, docs, judged):
        """DOC-08: the English text is one version ahead."""
        shutil.copy(docs / "accounts.md", docs / "accounts.ja.md")
        change(docs / "accounts.ja.md", "This is the guide", "これは本製品の利用者アカウントの手引きです。" * 40)
        listed = (Listed("accounts", "docs/accounts.md"), Listed("accounts", "docs/accounts.ja.md", "ja"))
        policy = params(documents=listed, languages=("en", "ja"))
        assert judged(policy).outcome("DOC-08") is Outcome.PASSED
        change(docs / "accounts.md", "revision 2", "revision 3")
        assert judged(policy).outcome("DOC-08") is Outcome.FAILED

    @pytest.mark.parametrize("name", ["accounts.md", "accounts.ja.md"])
    def test_english_listed_as_japanese(self, docs, judged, name):
        """DOC-08: Japanese missing, though a file is listed for it."""
        shutil.copy(docs / "accounts.md", docs / "accounts.ja.md")
        listed = (Listed("accounts", "docs/accounts.md"), Listed("accounts", f"docs/{name}", "ja"))
        seen = judged(params(documents=listed, languages=("en", "ja")))
        assert "holds hardly any Japanese" in seen.words("DOC-08")

    def test_a_japanese_table_full_of_english_names_is_japanese(self, docs, judged):
        text = (docs / "accounts.md").read_text()
        words = "この表は本製品に含まれる部品とそのサポートの終了日を示します。詳しくは別の手引きをお読みください。" * 4
        (docs / "accounts.ja.md").write_text(f"{text}\n{words}\n\n{'component-name supported ' * 300}\n")
        listed = (Listed("accounts", "docs/accounts.md"), Listed("accounts", "docs/accounts.ja.md", "ja"))
        assert judged(params(documents=listed, languages=("en", "ja"))).outcome("DOC-08") is Outcome.PASSED


class TestReviews:
    @pytest.mark.parametrize(
        ("author", "reviewer"),
        [
            ("m.ito", "M. Ito"),
            ("Ｍ．Ｉｔｏ", "m.ito"),
            ("R. Sato, M. Ito", "m.ito"),
            ("R. Sato (regulatory, affairs) and M. Ito", "M. Ito"),
            ("R. Sato、M. Ito", "m.ito"),
            ("Kenji Mori", "k.mori"),
        ],
    )
    def test_an_author_who_reviews_under_another_spelling(self, docs, judged, author, reviewer):
        """DOC-07: self-review."""
        change(docs / "accounts.md", "R. Sato (regulatory affairs)", author)
        mori = {"id": "k.mori", "name": "Kenji Mori", "organisation": "Example", "roles": ["developer"]}
        seen = judged(tables=TABLES | {"people": {"person": [ITO, mori]}}, review={"reviewer": reviewer})
        assert "reviewed what" in seen.words("DOC-07")

    @pytest.mark.parametrize("day", ["2026年11月2日", "2026/11/2", "２０２６年１１月２日", "令和8年11月2日"])
    def test_days_as_they_are_written_in_japan(self, docs, judged, day):
        change(docs / "accounts.md", "2026-11-02", day)
        seen = judged()
        assert seen.outcome("DOC-07") is Outcome.PASSED, seen.words("DOC-07")

    @pytest.mark.parametrize("rule", ["DOC-07", "DOC-12"])
    @pytest.mark.parametrize(
        "review",
        [
            pytest.param({"reviewer": "r.sato"}, id="DOC-07, DOC-12: self-review"),
            pytest.param({"reviewer": "R. Sato"}, id="DOC-07: self-review, by name"),
            pytest.param({"reviewer": "---"}, id="DOC-07: a reviewer who is nobody"),
            pytest.param({"sha256": "0" * 64}, id="DOC-07, DOC-12: review of another digest, or of the last version"),
            pytest.param({"reviewed": date(2026, 11, 21)}, id="DOC-07: a review after the release"),
            pytest.param({"reviewed": date(2026, 11, 1)}, id="DOC-07: a review before the document"),
            pytest.param({"open_findings": 2}, id="DOC-07: findings left open"),
            pytest.param({"none": True}, id="DOC-07: no review"),
        ],
    )
    def test_bad_reviews(self, judged, rule, review):
        assert judged(review=review).outcome(rule) is Outcome.FAILED

    @pytest.mark.parametrize("row", ["| Author | R. Sato (regulatory affairs) |\n", ", 2026-11-02"])
    def test_a_head_without_author_or_date(self, docs, judged, row):
        change(docs / "decommissioning.md", row, "")
        assert judged().outcome("DOC-12") is Outcome.FAILED

    def test_a_reviewer_without_security_competence(self, judged):
        """DOC-12: by a reviewer with product security competence."""
        seen = judged(review={"reviewer": "k.mori"})
        assert (seen.outcome("DOC-07"), seen.outcome("DOC-12")) == (Outcome.PASSED, Outcome.FAILED)

    ISSUE = IssueFact("issues#PL-9", "The guide", "closed", "closed", "low", closed="2026-11-10T10:00:00+00:00")

    @pytest.mark.parametrize(
        "more",
        [
            pytest.param({"closed": "2026-11-21T10:00:00+00:00"}, id="DOC-09: a finding closed after the release"),
            pytest.param(
                {"state": "open", "closed": ""},
                id="DOC-09: an open finding in the tracker but none in the review record",
            ),
            pytest.param({"closed": ""}, id="DOC-09: closed at no time"),
        ],
    )
    def test_open_findings(self, judged, more):
        told = msgspec.structs.replace(self.ISSUE, more={"found_by": "document review"})
        assert judged(facts=Facts(issues=(told,))).outcome("DOC-09") is Outcome.PASSED
        bad = msgspec.structs.replace(told, **more)
        assert judged(facts=Facts(issues=(bad,))).outcome("DOC-09") is Outcome.FAILED

    def test_no_review_record_at_all(self, judged):
        assert judged(review={"none": True}).outcome("DOC-09") is Outcome.FAILED


class TestStatement:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            pytest.param("Clauses 4 to 9 of IEC 81001-5-1:2021. Annex F is not used.", "", id="DOC-02: route missing"),
            pytest.param("Annex F is not used.", "Annex F is used.", id="DOC-02: both routes"),
            pytest.param(
                "Clauses 4 to 9 of IEC 81001-5-1:2021. Annex F is not", "Annex F is", id="DOC-02: another route"
            ),
            pytest.param("Clauses 4 to 9 of", "We do not claim clauses 4 to 9 of", id="DOC-02: the route is denied"),
            pytest.param("The wheel and the source", "The wheel and the", id="DOC-02: a part of the scope is missing"),
            pytest.param("| the pump and its firmware |", "| the pump |", id="DOC-02: another exclusion"),
            pytest.param("No clause is tailored. Clause 5.8 is not tailored.", "", id="DOC-02: silent on tailoring"),
            pytest.param(
                "No clause is tailored.",
                "| Clause | Reason |\n|---|---|\n| 7.5 | none |\n\nMore:",
                id="DOC-02: a clause that the policy does not tailor",
            ),
        ],
    )
    def test_differences(self, docs, judged, old, new):
        change(docs / "conformance.md", old, new)
        assert judged().outcome("DOC-02") is Outcome.FAILED

    @pytest.mark.parametrize(
        "route",
        [
            "Conformity is claimed by clauses 4 to 9, not by annex F.",
            "We do not use annex F, but clauses 4 to 9.",
            "Clauses 4 to 9 (without annex F). Notes follow.",
            "箇条4から9による。附属書Fは適用しない。",
        ],
    )
    def test_a_route_that_denies_the_other(self, docs, judged, route):
        change(docs / "conformance.md", "Clauses 4 to 9 of IEC 81001-5-1:2021. Annex F is not used.", route)
        seen = judged()
        assert seen.outcome("DOC-02") is Outcome.PASSED, seen.words("DOC-02")

    @pytest.mark.parametrize("part", ["GUI", "本体", "the CLI"])
    def test_a_part_with_a_short_name_has_to_be_named_too(self, judged, part):
        """DOC-02: a part of the scope is missing."""
        tables = TABLES | {"activity-completion": {"scope": SCOPE | {"parts": [*SCOPE["parts"], part]}}}
        assert f"does not name {part!r}" in judged(tables=tables).words("DOC-02")

    def test_a_tailored_clause_not_in_the_statement(self, docs, judged):
        """DOC-02: a tailored clause not in the statement."""
        tables = TABLES | {"activity-completion": {"scope": SCOPE, "tailored": [{"clause": "7.5"}]}}
        assert judged(tables=tables).outcome("DOC-02") is Outcome.FAILED
        change(docs / "conformance.md", "No clause is tailored.", "| Clause | Reason |\n|---|---|\n| 7.5 | Example |\n")
        assert judged(tables=tables).outcome("DOC-02") is Outcome.PASSED

    def test_full_conformity_claimed_while_a_clause_is_not_met(self, docs, judged, gate):
        """DOC-02: full conformity claimed while a clause is not met or undecided."""
        change(docs / "conformance.md", "Annex F is not used.", "Annex F is not used. The product fully conforms.")
        assert judged().outcome("DOC-02") is Outcome.PASSED
        rule = gate.case().rulebook.rules["TEST-01"]
        values = {"id": rule.id, "check": rule.check, "severity": rule.severity, "basis": rule.basis}
        for broken in ({"doubts": ("why",)}, {"answered": (Answered(finding("TEST-01", "x", key=("x",)), ""),)}):
            result = RuleResult(**values, clauses=rule.clauses, **broken)
            assert judged(results=(result,)).outcome("DOC-02") is Outcome.FAILED

    def test_the_route_of_the_policy(self, judged):
        assert judged(tables=TABLES | {"gate": {"conformance-route": "annex-f"}}).outcome("DOC-02") is Outcome.FAILED

    def test_without_a_scope_in_the_policy_it_is_undecided(self, docs, judged):
        path = docs / "conformance.md"
        path.write_text(
            "\n".join(line for line in path.read_text().splitlines() if "told" not in line and "secure-op" not in line)
        )
        assert judged(tables={}).outcome("DOC-02") is Outcome.UNDECIDED


ADVISORY = """# Advisory

| | |
|---|---|
| Product | pump-link 1.4.0 |
| Document | PL-ADV-1, revision 1, 2026-11-02 |
| Author | R. Sato |
| Issue | PL-9 |
| Score | CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N |
| Affected | 1.2.0, 1.3.0 |
| Fixed | 1.4.0 |

## What to do

Install version 1.4.0. Until then, compare the volume with the pump's display.
"""


class TestAdvisories:
    ISSUE = IssueFact(
        "issues#PL-9",
        "Frame",
        "closed",
        "closed",
        "medium",
        resolution="fixed",
        cvss="CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N",
        more={"disclose": "yes", "affected_versions": "1.2.0 1.3.0"},
    )
    POLICY = params(documents=(*LISTED, Listed("advisory", "docs/advisory.md")))

    def judge(self, docs, judged, content, issue=None):
        (docs / "advisory.md").write_text(content)
        return judged(self.POLICY, facts=Facts(issues=(issue or self.ISSUE,))).outcome("DOC-14")

    def test_whole(self, docs, judged):
        assert self.judge(docs, judged, ADVISORY) is Outcome.PASSED

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            pytest.param("| PL-9 |", "| PL-8 |", id="DOC-14: embargo passed and no advisory"),
            pytest.param("| Affected | 1.2.0, 1.3.0 |\n", "", id="DOC-14: affected versions missing"),
            pytest.param("1.2.0, 1.3.0", "1.3.0", id="DOC-14: one affected version missing"),
            pytest.param("C:N/I:H", "C:N/I:L", id="DOC-14: an advisory score other than the issue's"),
            pytest.param("| Fixed | 1.4.0 |\n", "", id="DOC-14: no fixed version"),
            pytest.param("## What to do", "## More", id="DOC-14: nothing to do"),
        ],
    )
    def test_gaps(self, docs, judged, old, new):
        assert self.judge(docs, judged, ADVISORY.replace(old, new)) is Outcome.FAILED

    @pytest.mark.parametrize("word", ["Yes, after the embargo", "public", "はい", "1"])
    def test_any_word_but_no_means_disclose(self, docs, judged, word):
        issue = msgspec.structs.replace(self.ISSUE, more={"disclose": word})
        assert self.judge(docs, judged, "", issue) is Outcome.FAILED

    def test_a_score_inside_another_score(self, docs, judged):
        issue = msgspec.structs.replace(self.ISSUE, cvss="5.4")
        content = ADVISORY.replace(self.ISSUE.cvss, "15.4")
        assert self.judge(docs, judged, content, issue) is Outcome.FAILED
        assert self.judge(docs, judged, content.replace("15.4", "CVSS 3.1: 5.4 (medium)"), issue) is Outcome.PASSED

    def test_nothing_to_disclose(self, docs, judged):
        issue = msgspec.structs.replace(self.ISSUE, more={"disclose": "no"})
        assert self.judge(docs, judged, "", issue) is Outcome.PASSED


JAPANESE = """# 使用停止の手引き

| 製品 | pump-link 1.4.0 |
|---|---|
| 文書番号 | PL-DOC-105 第2版 |

## 環境からの取り外し

専用の仮想環境からソフトウェアをアンインストールし、そのフォルダを削除してください。

## 残存する参照と設定

デスクトップのリンクと定期実行の設定を削除してください。

## 個人情報の消去

記録フォルダを安全な消去機能で削除し、控えも削除してください。

## 媒体の廃棄

消去できない媒体は物理的に破壊し、記録を残してください。

## 資格情報と鍵の失効

本製品は資格情報を持ちません。アカウントを削除してください。

## ライセンス

返却または停止を要するものはありません。
"""


def test_a_japanese_guide_passes(docs, judged):
    (docs / "decommissioning.md").write_text(JAPANESE)
    seen = judged(params(minimum_characters=200))
    for rule in ("DOC-01", "DOC-10", "DOC-11"):
        assert seen.outcome(rule) is Outcome.PASSED, seen.words(rule)


class TestReaders:
    HTML = (
        b"<!doctype html><html><head><title>x</title><style>TODO</style></head><body><h1>Guide</h1>"
        b"<table><tr><td>Product</td><td>pump-link 1.4.0</td></tr><tr><td>Document</td><td>A-1</td></tr></table>"
        b"<h2 id=data>Erasing</h2><p>Do <b>it</b>.</p><p hidden>Hidden words</p>"
        b"<ul><li>One<li>Two</ul><script>TODO</script>"
        b"<h2>Empty</h2><div></div></body></html>"
    )

    @pytest.mark.parametrize(
        "hidden",
        [
            "<div hidden><div>a</div>Hidden words</div>",
            '<div style="color: red; display : none">Hidden words</div>',
            '<p style="visibility:hidden">Hidden words</p>',
            "<p hidden>Hidden words",
        ],
    )
    def test_what_html_hides_is_no_word(self, hidden):
        document = html.read(f"<h1>Guide</h1><p>Shown</p>{hidden}<br hidden><p>Shown too</p>".encode())
        assert "Hidden" not in document.text
        assert "Shown too" in document.text

    def test_html_without_an_end_of_its_head(self):
        document = html.read(b"<html><head><title>x</title><body><h1>Guide</h1><p>Shown</p>")
        assert "Shown" in document.text

    def test_html(self):
        document = html.read(self.HTML)
        assert document.title == "Guide"
        assert document.head() == {"product": "pump-link 1.4.0", "document": "A-1"}
        (erasing, words), (empty, nothing) = document.parts()
        assert (erasing.heading, erasing.anchor, erasing.items, words.split()) == (
            "Erasing",
            "data",
            2,
            ["Do", "it.", "One", "Two"],
        )
        assert (empty.heading, nothing) == ("Empty", "")

    def test_text(self):
        content = (
            "Guide\n=====\nProduct: pump-link 1.4.0\n\n1. Removal\n\nTake it away.\n\nErasing\n-------\n\nErase it.\n"
        )
        document = text.read(content.encode())
        assert document.head() == {"product": "pump-link 1.4.0"}
        assert [(s.heading, t) for s, t in document.parts()] == [("Removal", "Take it away."), ("Erasing", "Erase it.")]

    def test_markdown_lines_and_code(self):
        document = markdown.read(b"# T\n\nText `code` **b**.\n\n## S\n\n```\nrun <x>\n```\n")
        assert [(s.heading, s.line) for s in document.sections] == [("T", 1), ("S", 5)]
        assert document.sections[0].text == "Text code b."
        assert (document.sections[1].text.strip(), document.sections[1].prose) == ("run <x>", "")

    def test_a_part_includes_its_subsections(self):
        document = markdown.read(b"# T\n\n## A\n\n### B\n\nwords\n\n## C\n")
        assert [(s.heading, t.split()) for s, t in document.parts()] == [
            ("A", ["B", "words"]),
            ("B", ["words"]),
            ("C", []),
        ]

    def test_an_oversized_file_is_unreadable(self, tmp_path, monkeypatch):
        monkeypatch.setattr("gatekeeper.checks._documents.reading.LARGEST_TEXT", 10)
        (tmp_path / "a.md").write_text("x" * 11)
        assert "larger than" in read(tmp_path, "a.md").unreadable

    @given(st.text(max_size=400))
    def test_any_text_is_read(self, content):
        for reader in (markdown.read, html.read, text.read):
            document = reader(content.encode("utf-8", "replace"))
            assert isinstance(document, Document)
            assert all(isinstance(section, Section) for section in document.sections)

    @given(st.lists(st.text("#- |\n`<>ab\\", max_size=20)))
    def test_any_markdown_is_judged(self, lines):
        document = markdown.read("\n".join(lines).encode())
        assert all(line >= 0 and words for line, words in placeholders(document))
        assert isinstance(document.head(), dict)


def test_facts(docs, gate):
    context = gate.context(docs.parent, product=PRODUCT)
    found = gate.facts(CHECK, CHECK.collect(context, params()), params()).documents
    risks = next(fact for fact in found if fact.kind == "residual-risks")
    assert (risks.version, risks.author, risks.discloses) == ("5", "R. Sato (regulatory affairs)", ("none",))
    assert len(found) == len(LISTED)


def test_the_clock_is_the_cases(judged):
    """A replay for a later day sees the contact expire."""
    later = datetime.fromisoformat(f"{EXPIRES}T00:00:00+00:00") + timedelta(days=2)
    assert judged(now=later).outcome("DOC-13") is Outcome.FAILED
