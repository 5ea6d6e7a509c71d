"""Redmine: every way in which its list of issues can lie, against a fake that answers as the real one was seen to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gatekeeper.trackers import Disposition
from gatekeeper.trackers.redmine import Params
from tests.trackers.fakes.redmine import FakeRedmine
from tests.trackers.fakes.server import Say


@pytest.fixture
def redmine() -> Iterator[FakeRedmine]:
    with FakeRedmine() as running:
        running.add(129, fields={"Severity": "High", "Fix commit": "a" * 40})
        running.add(private=True, fields={"Severity": "Low"})  # 130: the control issue
        yield running


def params(redmine: FakeRedmine, **more: Any) -> Params:
    given: dict[str, Any] = {
        "id": "redmine",
        "server": redmine.url,
        "project": "pump",
        "tracker": "Security",
        "account": "full",
        "token_env": "TRACKER_TOKEN",
        "control": "130",
        "fields": {"severity": "Severity", "fix-commits": "Fix commit"},
    }
    return Params(**(given | more), words=more.get("words") or _words())


def _words() -> Any:
    from gatekeeper.trackers import Words

    return Words(resolutions={"Closed": "fixed"})


def test_a_whole_list_is_proven(redmine: FakeRedmine, gate: Any) -> None:
    source = params(redmine, version="2.4.0")

    answer = gate.ask(source)

    assert gate.doubts(source) == {}
    assert (answer.declared_total, len(answer.issues)) == (130, 130)
    assert {i.disposition for i in answer.issues} == {Disposition.FIXED}
    assert answer.issues[0].fix_commits == ("a" * 40,)
    assert {(r.what, r.id) for r in answer.resolved} >= {("tracker", "4"), ("project", "1"), ("version", "3")}
    assert "status_id=%2A" in answer.query
    assert "sort=id" in answer.query


def other(key: str, account: str) -> Callable[[Any, dict[str, Any]], None]:
    def change(gate: Any, more: dict[str, Any]) -> None:
        gate.env["TRACKER_TOKEN"] = key
        more["account"] = account

    return change


@pytest.mark.parametrize(
    ("change", "word"),
    [
        pytest.param(other("key-own", "own"), "did not come back", id="ISSUE-02: a role that sees only its own issues"),
        pytest.param(other("key-bugs", "bugs"), "'Security' is not there", id="ISSUE-02: a role limited to a tracker"),
        pytest.param(other("key-partial", "partial"), "did not come back", id="ISSUE-02: a private issue hidden"),
        pytest.param(other("wrong", "full"), "answers 401", id="ISSUE-03: a wrong key"),
        pytest.param(other("key-partial", "full"), "takes us for 'partial'", id="ISSUE-03: another account"),
        pytest.param(lambda g, m: m.update(tracker="Securty"), "'Securty' is not there", id="ISSUE-03: misspelt"),
        pytest.param(lambda g, m: m.update(tracker="security"), "'security' is not there", id="ISSUE-02: letter case"),
        pytest.param(lambda g, m: m.update(tracker="4"), "'4' is not there", id="ISSUE-03: an id as a name"),
        pytest.param(lambda g, m: m.update(version="2.4"), "version '2.4' is not there", id="ISSUE-03: version name"),
        pytest.param(lambda g, m: m.update(project="cart"), "answers 404", id="ISSUE-03: an unknown project"),
        pytest.param(
            lambda g, m: m.update(fields={"cwe": "Cwe"}), "'Cwe' is not there", id="ISSUE-03: a custom field misspelt"
        ),
        pytest.param(lambda g, m: m.update(control="999"), "did not come back", id="ISSUE-02: control unknown"),
        pytest.param(lambda g, m: m.update(control="5"), "it lost private", id="ISSUE-02: control is public"),
        pytest.param(lambda g, m: g.env.clear(), "holds no token", id="ISSUE-03: no token"),
        pytest.param(
            lambda g, m: m.update(server="http://tracker.example.org"), "without encryption", id="ISSUE-03: plain http"
        ),
    ],
)
def test_a_wrong_question_is_no_zero(redmine: FakeRedmine, gate: Any, change: Any, word: str) -> None:
    more: dict[str, Any] = {}
    change(gate, more)

    assert word in gate.refused(params(redmine, **more))


def reopen_control(redmine: FakeRedmine) -> None:
    redmine.tickets[130].status = 1


def subproject(redmine: FakeRedmine) -> None:
    redmine.projects[2] = {"identifier": "pump-fw", "status": 1, "parent": 1}
    redmine.projects[3] = {"identifier": "pump-fw-boot", "status": 1, "parent": 2}


def html(redmine: FakeRedmine) -> None:
    redmine.always("issues.json", Say(raw=b"<html>", kind="text/html"))


def double_key(redmine: FakeRedmine) -> None:
    redmine.always("issues.json", Say(raw=b'{"issues":[],"total_count":0,"total_count":0,"offset":0}'))


def spoil(**keys: Any) -> Callable[[FakeRedmine], None]:
    def change(redmine: FakeRedmine) -> None:
        redmine.always("issues.json", lambda say: Say(200, {**say.body, **keys}))

    return change


def repeated(redmine: FakeRedmine) -> None:
    redmine.always("offset=99", lambda say: Say(200, {**say.body, "issues": say.body["issues"][:-1] * 2}))


def status(code: int, **headers: str) -> Callable[[FakeRedmine], None]:
    return lambda redmine: redmine.always("issues.json", Say(code, {}, headers))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        pytest.param(lambda r: r.projects[1].update(status=9), "answers 403", id="an archived project"),
        pytest.param(lambda r: r.trackers.update({4: "Safety"}), "is not there", id="ISSUE-03: tracker renamed"),
        pytest.param(lambda r: r.trackers.update({9: "Security"}), "is 2 times", id="ISSUE-03: two of one name"),
        pytest.param(subproject, "'pump-fw-boot' is not named", id="ISSUE-08: an issue of a subproject"),
        pytest.param(reopen_control, "it is not closed", id="ISSUE-02: control reopened"),
        pytest.param(
            lambda r: r.statuses.pop(6) and r.statuses.update({5: ("Closed", None)}), "not closed", id="status"
        ),
        pytest.param(html, "not JSON", id="ISSUE-04: an HTML sign-in page with status 200"),
        pytest.param(double_key, "stands twice", id="ISSUE-04: duplicate keys"),
        pytest.param(spoil(total_count=None), "no int", id="ISSUE-04: no total"),
        pytest.param(spoil(issues=None), "no list", id="ISSUE-04: no rows"),
        pytest.param(spoil(issues=[]), "an empty page", id="ISSUE-01: empty page before the end"),
        pytest.param(spoil(offset=0), "offset", id="ISSUE-01: offset ignored"),
        pytest.param(spoil(total_count=500), "empty page", id="ISSUE-01: fewer rows than declared"),
        pytest.param(repeated, "came back 2 times", id="ISSUE-01: duplicate ids"),
        pytest.param(status(301, Location="https://elsewhere.example.org/"), "moved", id="ISSUE-03: a redirect"),
        pytest.param(status(403), "answers 403", id="ISSUE-04: 403 read as nothing"),
        pytest.param(status(404), "answers 404", id="ISSUE-04: 404 read as nothing"),
        pytest.param(status(429, **{"Retry-After": "9999"}), "asks to wait", id="ISSUE-04: a rate-limit answer"),
        pytest.param(status(500), "gives no answer", id="500 for ever"),
        pytest.param(lambda r: r.always("issues", Say(body={}, cut=9)), "did not answer", id="half an answer"),
    ],
)
def test_a_strange_answer_is_no_zero(redmine: FakeRedmine, gate: Any, change: Any, word: str) -> None:
    change(redmine)

    assert word in gate.refused(params(redmine))


def test_the_server_caps_pages_silently(redmine: FakeRedmine, gate: Any) -> None:
    """ISSUE-01: a page size silently capped by the server."""
    redmine.cap = 40

    answer = gate.ask(params(redmine))

    assert len({i.id for i in answer.issues}) == 130
    assert redmine.asked("offset=117") == 1


def test_closing_an_issue_between_two_pages_loses_none(redmine: FakeRedmine, gate: Any) -> None:
    """ISSUE-01: an issue closed between page 1 and 2 so that an open one slips through."""
    redmine.tickets[120].status = 1
    redmine.before("offset=99", 1, lambda: setattr(redmine.tickets[5], "status", 6))

    answer = gate.ask(params(redmine))

    assert [i.id for i in answer.issues if not i.disposition.closed] == ["120"]


def test_a_total_that_moves_is_read_again(redmine: FakeRedmine, gate: Any) -> None:
    redmine.before("offset=99", 1, lambda: redmine.add(fields={"Severity": "Low"}))

    answer = gate.ask(params(redmine))

    assert (answer.restarts, answer.declared_total, len(answer.issues)) == (1, 131, 131)


def test_one_gone_and_one_new_between_two_pages_is_read_again(redmine: FakeRedmine, gate: Any) -> None:
    """ISSUE-01: the total stands still, and a row would slip through between the pages."""

    def swap() -> None:
        redmine.tickets[5].tracker = 1
        redmine.add(fields={"Severity": "Low"})

    redmine.tickets[101].status = 1
    redmine.before("offset=99", 1, swap)

    answer = gate.ask(params(redmine))

    assert (answer.restarts, answer.declared_total) == (1, 130)
    assert [i.id for i in answer.issues if not i.disposition.closed] == ["101"]


def test_a_total_that_is_too_small_hides_nothing(redmine: FakeRedmine, gate: Any) -> None:
    """ISSUE-01: the server counts to a limit of its own, and there are rows behind it."""
    redmine.tickets[120].status = 1
    redmine.always(r"issues\.json", lambda say: Say(200, {**say.body, "total_count": 100}, say.headers))

    assert "moved in each of 3 readings" in gate.refused(params(redmine))


def test_a_total_that_never_rests_is_undecided(redmine: FakeRedmine, gate: Any) -> None:
    for n in range(1, 10):
        redmine.before("offset=99", n, lambda: redmine.add(fields={"Severity": "Low"}))

    assert "moved in each of 3 readings" in gate.refused(params(redmine))


def test_a_named_subproject_is_a_source_of_its_own(redmine: FakeRedmine, gate: Any) -> None:
    subproject(redmine)

    assert gate.doubts(params(redmine, subprojects=("pump-fw", "pump-fw-boot"))) == {}


@pytest.mark.parametrize(
    ("status", "disposition"),
    [(1, Disposition.OPEN), (3, Disposition.OPEN), (5, Disposition.FIXED), (6, Disposition.NOT_FIXED)],
    ids=["New", "ISSUE-08: Resolved is not closed by default", "Closed", "ISSUE-09: Rejected is no fix"],
)
def test_dispositions(redmine: FakeRedmine, gate: Any, status: int, disposition: Disposition) -> None:
    redmine.tickets[7].status = status

    assert next(i for i in gate.ask(params(redmine)).issues if i.id == "7").disposition is disposition


def test_a_new_status_is_unknown(redmine: FakeRedmine, gate: Any) -> None:
    """ISSUE-04: a new workflow state the map does not know."""
    redmine.statuses[9] = ("Verified", True)
    redmine.tickets[7].status = 9

    assert "7: resolution 'Verified'" in gate.refused(params(redmine))


def test_duplicates_name_their_original(redmine: FakeRedmine, gate: Any) -> None:
    redmine.tickets[7].duplicates = 8

    assert next(i for i in gate.ask(params(redmine)).issues if i.id == "7").duplicate_of == "8"


def test_the_key_in_the_account_answer_is_not_kept(redmine: FakeRedmine, gate: Any) -> None:
    """ISSUE-27: an api_key in the stored account answer."""
    answer = gate.ask(params(redmine))
    account = next(p for p in answer.pages if p.role == "account")

    assert account.stripped == ("api_key",)
    assert account.sha256 != account.stored_sha256
    assert not any(b"key-full" in p.text() for p in answer.pages)
    assert not any("key-full" in p.url for p in answer.pages)


def test_pages_are_kept_so_that_one_can_count_again(redmine: FakeRedmine, gate: Any) -> None:
    """ISSUE-27: digests kept but pages thrown away."""
    judged = gate.judge(params(redmine))["ISSUE-27"]

    assert judged.doubts == ()
    assert "8 pages kept" in judged.observed[0]
