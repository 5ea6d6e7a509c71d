"""What is said when good results are no release, and where each verdict sends its reader: never into a dead end."""

from __future__ import annotations

import msgspec
import pytest

import gatekeeper.reports
from gatekeeper.discovery import discover
from gatekeeper.model.record import NamedRule, Record
from gatekeeper.model.recording import LEFT_OUT
from gatekeeper.model.report import Lang, Options, Report
from gatekeeper.model.rule import Text
from gatekeeper.model.run import PARTIAL, REPLAY
from gatekeeper.model.words import Decision, Mode, Outcome
from gatekeeper.reports._view import reasons
from gatekeeper.reports._words import standing

REPORTS = discover(gatekeeper.reports, "REPORT", Report)
replace = msgspec.structs.replace


def text(record: Record, lang: Lang = "en", **options: str) -> str:
    return str(REPORTS["text"].render(record, Options(lang=lang, width=200, **options)))  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["text", "html", "markdown", "github"])
@pytest.mark.parametrize("why", [PARTIAL, REPLAY])
def test_a_good_part_is_not_called_bad(released: Record, form: str, why: Text) -> None:
    """`check --only` of a check that passed said that nothing was shown to be good."""
    part = replace(released, decision=Decision.UNDECIDED, stage="checked", reasons=(why.en,))
    for lang, wanted in (("en", why.en), ("ja", why.ja)):
        page = str(REPORTS[form].render(part, Options(lang=lang)))  # type: ignore[arg-type]
        assert wanted in page.replace("<!-- -->", "")
        assert "nothing was shown to be good" not in page
        assert "一つも示されていない" not in page


def test_a_part_sends_on_to_the_whole(released: Record) -> None:
    part = replace(released, decision=Decision.UNDECIDED, stage="checked", reasons=(PARTIAL.en,))
    assert text(part).endswith("Next: gatekeeper check\n")


def test_what_the_call_left_out_is_not_called_later(record: Record) -> None:
    """186 rules of other checks were `judged later (on approvals, at signing, on the record)`."""
    out = NamedRule("SBOM-01", Text("t", "t"), LEFT_OUT)
    shown = text(replace(record, deferred=(*record.deferred, out, out)))
    assert "rules left out of this run by the call: 2\n" in shown
    assert "rules judged later (on approvals, at signing, on the record): 1\n" in shown
    assert "除外した規則: 2 件" in text(replace(record, deferred=(out, out)), "ja")
    page = str(REPORTS["html"].render(replace(record, deferred=(*record.deferred, out, out)), Options()))
    assert "of a later step 1, left out by the call 2" in page


def test_a_rehearsal_is_verified_as_one(released: Record) -> None:
    """Without --rehearsal the next step ended in NOT AUTHENTIC."""
    rehearsal = replace(released, mode=Mode.REHEARSAL)
    assert text(rehearsal, kept="d").endswith("Next: gatekeeper verify d --rehearsal\n")
    assert text(released, kept="d").endswith("Next: gatekeeper verify d\n")


def test_what_nobody_signed_is_to_be_signed(released: Record) -> None:
    """The next step was to explain a rule that had passed."""
    unsigned = replace(released, decision=Decision.UNDECIDED, stage="unsigned")
    assert text(unsigned, kept="d").endswith("Next: gatekeeper release --resume --dossier d --sealed-sha256 HEX\n")


def test_what_was_just_verified_is_not_to_be_verified_next(released: Record) -> None:
    assert "Next:" not in text(released, kept="d", verification="authentic, and released")


def test_rules_told_together_share_their_next_step(record: Record) -> None:
    """Three rules, and what to do for the first of them alone."""
    rule = next(r for r in record.rules if r.outcome is Outcome.UNDECIDED)
    other = replace(rule, id="SBOM-02", remedy=Text("Something else.", "別の対処。"))
    assert "fix:" not in text(replace(record, rules=(rule, other)))
    advised = (replace(rule, advice="Write dist/sbom.json."), replace(other, advice="Write dist/sbom.json."))
    for lang in ("en", "ja"):
        shown = text(replace(record, rules=advised), lang)  # type: ignore[arg-type]
        assert "Write dist/sbom.json." in shown
        assert rule.remedy.ja not in shown
    assert f"fix:  {rule.remedy.en}" in text(replace(record, rules=(rule, replace(rule, id="SBOM-02"))))


def test_quiet_shows_what_stands_in_the_way_and_the_verdict(record: Record) -> None:
    """`-q` says so, and the report of a terminal was as long as ever."""
    shown = str(REPORTS["text"].render(record, Options(quiet=True)))
    wrong = {r.id for r in record.rules if standing(r) in ("failed", "undecided")}
    assert {r.id for r in record.rules if f" {r.id}  " in shown} == wrong
    assert "file-integrity" not in shown
    assert "rules judged later" not in shown
    assert "BLOCKED  pump-link 2.3.1 must not go out" in shown


def test_what_is_undecided_is_looked_at_before_a_warning(record: Record) -> None:
    """The next step was to explain the rule of a warning, which stops nothing."""
    left = tuple(r for r in record.rules if standing(r) in ("undecided", "warned", "passed"))
    assert {standing(r) for r in left} == {"undecided", "warned", "passed"}
    assert text(replace(record, rules=left, decision=Decision.UNDECIDED)).endswith("explain SBOM-01\n")
    assert text(record).endswith("explain CODE-01\n")


def test_another_time_is_told_in_the_first_line(released: Record) -> None:
    then = replace(released, decision=Decision.UNDECIDED, stage="checked", reasons=(REPLAY.en,))
    assert f"judged as of {released.effective_time}" in text(then).split("\n")[0]
    assert "judged as of" not in text(released)


def test_reasons_have_japanese(record: Record) -> None:
    known = ("failed: A, B", "undecided: C", PARTIAL.en, REPLAY.en, "sealed but not signed: not releasable")
    told = reasons(replace(record, reasons=(*known, "something else")))
    assert [t.en for t in told] == [*known, "something else"]
    assert told[0].ja == "不合格:A, B"
    assert all(t.ja != t.en for t in told[:-1])
    assert told[-1].ja == "something else"
