"""A folder of dossiers: whole chains are whole, and every way to break one shows."""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.cli.app import run
from gatekeeper.history import ledger as history
from gatekeeper.history.ledger import FIRST, Entry, entry, ledger
from gatekeeper.model.check import Product
from gatekeeper.model.facts import ArtifactFact, SourceFact
from gatekeeper.model.finding import Where
from gatekeeper.model.record import FindingRow, PolicyRow, Record, RuleRow, statement, to_bytes
from gatekeeper.model.rule import Text
from gatekeeper.model.words import Basis, Decision, Level, Mode, Outcome, Severity
from gatekeeper.reports._cells import cells
from gatekeeper.reports._history import _KINDS, ledger_text

POLICY = PolicyRow(
    sha256="1" * 64, deviations_sha256="", profiles=("iec",), conformance_route="clauses-4-9", catalogue_version="1",
    catalogue_sha256="2" * 64, rules_version="1", rules_sha256="3" * 64,
)  # fmt: skip


def make(number: int, previous: str, **more: Any) -> Record:
    plain: dict[str, Any] = {
        "record_id": f"r{number}",
        "decision": Decision.RELEASE,
        "reasons": (),
        "stage": "sealed",
        "mode": Mode.CI,
        "product": Product(name="pump-link", version=f"1.{number}", manufacturer="Example Devices"),
        "source": SourceFact(),
        "policy": POLICY,
        "effective_time": f"2026-01-{number + 1:02}T00:00:00Z",
        "created": "2026-01-01T00:00:00Z",
        "gate_version": "0",
        "limits": (), "rules": (), "outside": (), "deferred": (), "clauses": (), "tools": (), "signatures": (),
        "artifacts": (ArtifactFact("a.whl", 1, f"{number:064x}"),),
        "deviations": (),
        "previous_record": previous,
    }  # fmt: skip
    return Record(**(plain | more))


class Archive:
    """A folder of dossiers under test; each holds record.json alone."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, name: str, record: Record) -> str:
        raw = to_bytes(statement(record))
        (self.root / name).mkdir(parents=True)
        (self.root / name / "record.json").write_bytes(raw)
        return hashlib.sha256(raw).hexdigest()

    def chain(self, length: int) -> list[str]:
        digests = [FIRST]
        for number in range(length):
            digests.append(self.put(f"d{number}", make(number, digests[-1])))
        return digests[1:]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "dossiers")


def kinds(archive: Archive, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    code = run(["compare", "--ledger", str(archive.root), "-o", "json"])
    return code, [b["kind"] for b in json.loads(capsys.readouterr().out)["breaks"]]


def test_a_whole_chain_is_whole(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    archive.chain(5)
    assert kinds(archive, capsys) == (0, [])
    assert run(["compare", "--ledger", str(archive.root)]) == 0
    assert "WHOLE" in capsys.readouterr().out


BREAKS: dict[str, tuple[Callable[[Archive, list[str]], Any], list[str]]] = {
    "a record is taken out": (lambda a, _: (a.root / "d2" / "record.json").unlink(), ["gap"]),
    "the previous record edited": (
        lambda a, _: (a.root / "d1" / "record.json").write_bytes(
            (a.root / "d1" / "record.json").read_bytes().replace(b"Example", b"exAmple")
        ),
        ["gap"],
    ),
    "two records with one predecessor": (lambda a, d: a.put("x", make(7, d[1])), ["fork"]),
    "a first-release statement although an earlier record exists": (lambda a, _: a.put("x", make(7, FIRST)), ["fork"]),
    "previous record not found": (lambda a, _: a.put("x", make(7, "f" * 64)), ["gap"]),
    "no link at all": (lambda a, _: a.put("x", make(7, "")), ["unlinked"]),
    "the same record twice": (lambda a, d: a.put("x", make(4, d[3])), ["fork", "double"]),
    "a time before its predecessor": (
        lambda a, d: a.put("x", make(7, d[4], effective_time="2025-01-01T00:00:00Z")),
        ["time"],
    ),
    "1.4 again with another wheel": (
        lambda a, d: a.put("x", make(4, d[4], artifacts=(ArtifactFact("a.whl", 1, "e" * 64),))),
        ["version"],
    ),
    "a rehearsal among releases": (lambda a, d: a.put("x", make(7, d[4], mode=Mode.REHEARSAL)), ["rehearsal"]),
}


@pytest.mark.parametrize("case", [pytest.param(c, id=f"CHAIN-01: {name}") for name, c in BREAKS.items()])
def test_a_break_shows(
    archive: Archive,
    capsys: pytest.CaptureFixture[str],
    case: tuple[Callable[[Archive, list[str]], Any], list[str]],
) -> None:
    change, wanted = case
    change(archive, archive.chain(5))
    assert kinds(archive, capsys) == (1, wanted)


def test_what_is_no_record_is_undecided(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    archive.chain(1)
    (archive.root / "x").mkdir()
    (archive.root / "x" / "record.json").write_text("{}")
    assert run(["compare", "--ledger", str(archive.root)]) == 3
    assert "not a release record" in capsys.readouterr().err


def test_an_empty_folder_is_undecided(tmp_path: Path) -> None:
    assert run(["compare", "--ledger", str(tmp_path)]) == 3
    assert run(["compare", "--ledger", str(tmp_path / "nowhere")]) == 3


@pytest.mark.parametrize("words", [[], ["a"], ["a", "b", "c"], ["a", "b", "--ledger", "c"]])
def test_usage(words: list[str]) -> None:
    assert run(["compare", *words]) == 2


digests = st.sampled_from(["a" * 64, "b" * 64, "c" * 64, "d" * 64])
entries = st.builds(
    Entry, sha256=digests, place=st.text("xyz", min_size=1, max_size=5), product=st.sampled_from(["p", "q"]),
    version=st.sampled_from(["1", "2"]), time=st.sampled_from(["2026", "2027"]), decision=st.sampled_from(Decision),
    mode=st.just(Mode.CI), stage=st.just("sealed"), previous=digests | st.sampled_from(["", FIRST]),
    artifacts=st.just(()), failed=st.just(0), undecided=st.just(0), open_findings=st.just(0), deviations=st.just(0),
    open_issues=st.just(0), components=st.just(0), clauses_met=st.just(0),
)  # fmt: skip


@given(st.lists(entries, max_size=8, unique_by=lambda e: e.place))
def test_no_entry_is_lost_and_order_of_reading_does_not_matter(found: list[Entry]) -> None:
    shown = ledger(found)
    assert sorted(shown.entries, key=lambda e: e.place) == sorted(found, key=lambda e: e.place)
    again = ledger(reversed(found))
    assert {b.place for b in again.breaks} == {b.place for b in shown.breaks} or len({e.sha256 for e in found}) < len(
        found
    )


@given(st.lists(entries, min_size=1, max_size=8, unique_by=lambda e: e.place))
def test_a_ledger_without_breaks_is_a_line_from_a_first_release(found: list[Entry]) -> None:
    shown = ledger(found)
    if shown.breaks:
        return
    for product in {e.product for e in found}:
        line = [e for e in shown.entries if e.product == product]
        assert line[0].previous == FIRST
        assert [e.previous for e in line[1:]] == [e.sha256 for e in line[:-1]]


def test_a_circle_shows() -> None:
    base = msgspec.structs.replace
    one = Entry(
        sha256="a" * 64, place="one", product="p", version="1", time="2026", decision=Decision.BLOCK, mode=Mode.CI,
        stage="sealed", previous="b" * 64, artifacts=(), failed=0, undecided=0, open_findings=0, deviations=0,
        open_issues=0, components=0, clauses_met=0,
    )  # fmt: skip
    two = base(one, sha256="b" * 64, place="two", previous="a" * 64)
    assert {b.kind for b in ledger([one, two]).breaks} == {"circle"}


def test_a_record_that_contradicts_itself_breaks_the_ledger(
    archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was listed as a release, with the number of its failed rules beside it, in a chain that was WHOLE."""
    rule = RuleRow(
        id="CODE-01", title=Text("t", "t"), check="secure-coding", outcome=Outcome.FAILED, basis=Basis.AUTOMATIC,
        severity=Severity.BLOCK, clauses=(), observed=(), doubts=(), not_applicable="", remedy=Text("", ""), evidence="",
        findings=(FindingRow(message="m", where=Where("a.py"), fingerprint="0" * 16, level=Level.HIGH),),
    )  # fmt: skip
    archive.put("d0", make(0, FIRST, rules=(rule,)))
    assert kinds(archive, capsys) == (1, ["decision"])
    open_ = msgspec.structs.replace(rule, outcome=Outcome.UNDECIDED, findings=(), doubts=("why",))
    (archive.root / "d0" / "record.json").write_bytes(to_bytes(statement(make(0, FIRST, rules=(open_,)))))
    assert kinds(archive, capsys) == (1, ["decision"])


@pytest.mark.parametrize("lang", ["en", "ja", "both"])
@pytest.mark.parametrize("width", [50, 80, 120])
def test_a_ledger_fits_the_terminal(archive: Archive, lang: Any, width: int) -> None:
    """A row of 107 columns was broken by the terminal, and columns did not stand below their titles."""
    digest = archive.put("d0", make(0, FIRST, mode=Mode.REHEARSAL))
    archive.put("d1", make(1, "0" * 64, product=Product(name="p", version="2026.11.27-rc.1", manufacturer="m")))
    archive.put("d2", make(2, digest))
    raw = [file.read_bytes() for file in sorted(archive.root.glob("*/record.json"))]
    found = ledger(entry(r, hashlib.sha256(r).hexdigest(), f"d{n}") for n, r in enumerate(raw))
    text = ledger_text(found, lang, width)
    assert all(cells(line) <= width for line in text.split("\n"))
    words = [word for line in text.split("\n") for word in line.replace(",", " ").split()]
    assert all(e.sha256[:12] in words and e.version in words for e in found.entries)
    assert ("リハーサル" in text) == (lang != "en")


def test_every_break_has_japanese() -> None:
    source = inspect.getsource(history)
    assert set(re.findall(r'Break\(\s*"(\w+)"', source)) == set(_KINDS)
