"""The auditor's page: nothing runs in it, nothing is fetched, texts from outside are texts, and it is bounded."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import msgspec
import pytest

from gatekeeper.model.facts import VulnerabilityFact
from gatekeeper.model.finding import Where
from gatekeeper.model.record import FindingRow, Record, RuleRow
from gatekeeper.model.report import Lang, Options
from gatekeeper.model.rule import Text
from gatekeeper.model.words import Decision, Level, Mode, Outcome
from gatekeeper.reports import markdown
from gatekeeper.reports.html import REPORT

LANGS: tuple[Lang, ...] = ("en", "ja", "both")
VOID = {"meta", "br", "img", "input", "link"}


def shown(record: Record, lang: Lang = "en", **more: object) -> str:
    page = REPORT.render(record, Options(lang=lang, **more))  # type: ignore[arg-type]
    assert isinstance(page, str)
    return page


class Page(HTMLParser):
    """A strict reader: every tag is closed in order, and tags, attributes and ids are kept."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str]:
        return [value for _, key, value in self.attributes if key == name]


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_runs_and_nothing_is_fetched(record: Record, lang: Lang) -> None:
    page = Page(shown(record, lang))
    assert not {"script", "iframe", "object", "embed", "link", "base", "form", "img", "input"} & set(page.tags)
    names = {name for _, name, _ in page.attributes}
    assert not {"style", "src", "srcset", "action", "background"} & names
    assert not [name for name in names if name.startswith("on")]
    assert all(re.fullmatch(r"#[\w.\-]+|record\.json|evidence/[\w-]+\.json", link) for link in page.values("href"))


@pytest.mark.parametrize("lang", LANGS)
def test_the_policy_binds_the_very_style_on_the_page(record: Record, lang: Lang) -> None:
    text = shown(record, lang)
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = next(v for v in Page(text).values("content") if v.startswith("default-src"))
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


@pytest.mark.parametrize("lang", LANGS)
def test_ids_are_unique_and_links_lead_somewhere(record: Record, lang: Lang) -> None:
    page = Page(shown(record, lang))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.values("href") if link.startswith("#")} <= set(ids)


def test_every_clause_of_the_catalogue_has_its_row(record: Record) -> None:
    page = Page(shown(record))
    wanted = {f"clause-{c.id}" for c in record.clauses if c.status != "frame"}
    assert wanted
    assert wanted <= set(page.values("id"))


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7*7 }}{% raw %}",
        "</style><script>1</script>",
        "</title><b>",
        "a\u202eb\x1b[31m\x00",
    ],
)
@pytest.mark.parametrize("lang", LANGS)
def test_texts_from_outside_are_texts(record: Record, lang: Lang, hostile: str) -> None:
    """GATE-15: HTML in a supplier name, right-to-left marks in a file name."""
    hurt = _everywhere(record, hostile)
    page = Page(shown(hurt, lang, verification=hostile, previous=record))
    assert not {"script", "img", "b ", "iframe"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert not set("\u202e\x1b\x00") & set(page.text)


def _everywhere(record: Record, text: str) -> Record:
    rule = record.rules[0]
    found = FindingRow(message=text, where=Where(text, 1, 1, text), fingerprint="0" * 16, level=Level.HIGH, note=text,
                       remedy=text, excerpt=text, details={text: text})  # fmt: skip
    return msgspec.structs.replace(
        record,
        record_id=text,
        product=msgspec.structs.replace(record.product, name=text, version=text, manufacturer=text, kind=text),
        rules=(
            msgspec.structs.replace(
                rule, findings=(found,), observed=(text,), doubts=(text,), remedy=Text(text, text), advice=text
            ),
        ),
        issues=tuple(msgspec.structs.replace(i, id=text, title=text, raw_state=text) for i in record.issues),
        components=tuple(
            msgspec.structs.replace(c, name=text, licence=text, item_class=text) for c in record.components
        ),
        switches={text: text},
        reasons=(text,),
    )


def test_a_large_record_makes_a_page_that_can_be_read(record: Record) -> None:
    many = tuple(
        FindingRow(message=f"fault {n} " + "x" * 2000, where=Where(f"a/{n}.py", n + 1), fingerprint=f"{n:016x}",
                   level=Level.HIGH if n == 4999 else Level.LOW, excerpt="y" * 5000)
        for n in range(5000)
    )  # fmt: skip
    rule = msgspec.structs.replace(record.rules[0], findings=many)
    text = shown(msgspec.structs.replace(record, rules=(rule,)), "both")
    assert len(text.encode()) < 5_000_000
    assert "300 / 5000" in text
    assert text.index("fault 4999") < text.index("fault 0 ")


@pytest.mark.parametrize("lang", LANGS)
def test_an_empty_record_still_says_that_nothing_was_shown(record: Record, lang: Lang) -> None:
    empty: dict[str, tuple[RuleRow, ...]] = {
        name: () for name in Record.__struct_fields__ if isinstance(getattr(record, name), tuple)
    }
    page = shown(msgspec.structs.replace(record, **empty, decision=Decision.UNDECIDED), lang)
    assert ("判定不能" if lang == "ja" else "nothing was shown to be good") in page


def test_green_is_for_a_release_alone(released: Record) -> None:
    assert '<section class="verdict good"' in shown(released)
    rehearsal = msgspec.structs.replace(released, mode=Mode.REHEARSAL)
    assert '<section class="verdict warn"' in shown(rehearsal)
    assert "NO RELEASE" in shown(rehearsal)
    assert "--rehearsal" in shown(rehearsal)
    assert '<section class="verdict warn"' in shown(msgspec.structs.replace(released, stage="checked"))


@pytest.mark.parametrize("more", [{"mode": Mode.REHEARSAL}, {"mode": Mode.LOCAL}, {"stage": "checked"}])
def test_a_tick_is_for_a_release_alone(released: Record, more: dict[str, object]) -> None:
    """A rehearsal stood under the tick of a release, here and in the trend, where it was called `release`."""
    other = msgspec.structs.replace(released, **more)
    assert 'data-decision="release">✓' in shown(released)
    assert 'data-decision="release">!' in shown(other)
    assert str(markdown.render(other, Options())).startswith("# !")
    row = shown(released, history=(other,)).split("Open findings and deviations over")[-1].split("</table>")[0]
    assert "RELEASE ALLOWED" in row
    assert ">release<" not in row


def test_the_page_never_calls_the_product_certified(released: Record) -> None:
    """GATE-12: the words certified or compliant used for the product"""
    text = Page(shown(released, "both")).text.lower()
    assert "certified" not in text
    assert "compliant" not in text


def test_the_change_since_the_last_release_is_told(record: Record, released: Record) -> None:
    page = shown(released, previous=record, history=(record,))
    assert "Compared with" in page
    assert "Open findings and deviations over the last releases" in page


def test_japanese_of_our_own_making_is_marked(record: Record) -> None:
    own = next(c for c in record.clauses if c.title_status.ja == "own-translation")
    official = next(c for c in record.clauses if c.title_status.ja == "pmda")
    page = shown(record, "ja")
    assert f"{own.title.ja} †" in page
    assert f"{official.title.ja} †" not in page


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_paper_and_its_footer(record: Record, outcome: Outcome) -> None:
    page = shown(record, paper="letter")
    assert "size: letter" in page
    assert "size: A4" in shown(record)
    assert outcome.value.replace("-", " ") in Page(page).text


def test_a_cut_list_keeps_what_is_bad(record: Record) -> None:
    """The first thousand stood there as they came: an affecting vulnerability or a red report could be the next one."""
    fine = VulnerabilityFact("CVE-1", "pkg:pypi/a@1", "low", vex_status="not_affected", reason="code_not_present")
    bad = msgspec.structs.replace(fine, id="CVE-2026-7777", vex_status="affected")
    report = msgspec.structs.replace(record.tests[0], failures=0, errors=0)
    red = msgspec.structs.replace(report, path="reports/red.xml", failures=1)
    page = shown(
        msgspec.structs.replace(record, vulnerabilities=(*[fine] * 1500, bad), tests=(*[report] * 1500, red)), "en"
    )
    assert "CVE-2026-7777" in page
    assert "reports/red.xml" in page
