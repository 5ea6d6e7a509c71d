"""Kept pages: whole or not counted; fields that people fill; words that nobody knows."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.errors import GatekeeperError
from gatekeeper.model.words import Level
from gatekeeper.trackers import Disposition, Issue, Page, Words, recount
from gatekeeper.trackers._answer import keep
from gatekeeper.trackers._contract import Reading
from gatekeeper.trackers._fields import filled, headings
from gatekeeper.trackers._live import REMOVED, SECRET_FIELDS, without_secrets

SHIPPED = Words(
    states={"open": "open", "closed": "closed"}, resolutions={"fixed": "fixed"}, severities={"low": Level.LOW}
)


def page(body: bytes, **fields: Any) -> Page:
    stored, digest = keep(body)
    given: dict[str, Any] = {"sha256": digest, "stored_sha256": digest, "stored": stored, "size": len(body)}
    common = {"role": "list", "method": "GET", "url": "/x", "status": 200, "received": "2026-11-20T12:00:00+00:00"}
    return Page(**(common | given | fields))


@given(st.binary(max_size=300))
def test_what_is_kept_comes_back(body: bytes) -> None:
    assert page(body).text() == body
    assert recount([page(body), page(body)]) == 2


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"stored": b""}, id="ISSUE-27: digests kept but pages thrown away"),
        pytest.param({"stored": b"not compressed"}, id="ISSUE-27: not what was written"),
        pytest.param({"stored": keep(b"other")[0]}, id="ISSUE-27: another page in its place"),
        pytest.param({"stored_sha256": "0" * 64}, id="ISSUE-27: another digest"),
        pytest.param({"stored": keep(b"body")[0][:-3]}, id="ISSUE-27: cut off"),
    ],
)
def test_a_page_that_was_changed_does_not_count(fields: dict[str, Any]) -> None:
    with pytest.raises(GatekeeperError):
        recount([page(b"body", **fields)])


@pytest.mark.parametrize("name", sorted(SECRET_FIELDS))
def test_secret_fields_are_emptied_wherever_they_stand(name: str) -> None:
    """ISSUE-27: an api_key in the stored account answer."""
    body = json.dumps({"user": [{name.upper(): "hunter2", "kept": 1}], "note": "key-full"}).encode()

    kept, removed = without_secrets(body, (b"key-full",))

    assert json.loads(kept) == {"user": [{name.upper(): REMOVED, "kept": 1}], "note": REMOVED}
    assert removed == tuple(sorted((name.upper(), "the token itself")))


def test_what_holds_no_secret_is_kept_byte_for_byte() -> None:
    body = b'{ "secret": null,  "a": "b" }'

    assert without_secrets(body, (b"key-full",)) == (body, ())


@pytest.mark.parametrize(
    ("state", "resolution", "disposition"),
    [
        ("OPEN", "fixed", Disposition.OPEN),
        ("closed", "Fixed ", Disposition.FIXED),
        ("closed", "", Disposition.NOT_FIXED),
        ("closed", "tidied", Disposition.UNKNOWN),
        ("", "", Disposition.UNKNOWN),
    ],
)
def test_words_are_read_without_regard_to_case(state: str, resolution: str, disposition: Disposition) -> None:
    assert Reading(Words(), SHIPPED).disposition(state, resolution)[0] is disposition


@given(st.text(), st.text())
def test_only_known_words_are_fixed(state: str, resolution: str) -> None:
    """ISSUE-04: a new workflow state the map does not know."""
    found, unread = Reading(Words(), SHIPPED).disposition(state, resolution)

    known = state.strip().casefold() == "closed" and resolution.strip().casefold() == "fixed"
    assert (found is Disposition.FIXED) == known
    assert bool(unread) == (found is Disposition.UNKNOWN)


def test_a_policy_cannot_say_what_a_blank_word_means() -> None:
    """ISSUE-04: severity blank."""
    reading = Reading(Words(states={" ": "closed"}, severities={"": Level.LOW}), SHIPPED)

    assert reading.level(" ") == (Level.CRITICAL, ("severity ' '",))
    assert reading.disposition("", "fixed")[0] is Disposition.UNKNOWN


def test_fields_that_people_fill() -> None:
    issue = Issue(id="1", title="x", disposition=Disposition.OPEN, level=Level.CRITICAL, unread=("severity ''",))
    wanted: Any = {"severity": "S", "cvss-score": "C", "fix-commits": "F", "impact": "I", "cwe": "W"}
    given_ = {"S": "low", "C": "5.3", "F": "a, b\nc", "I": " shown ", "W": ""}

    found = filled(issue, wanted, given_, Reading(Words(), SHIPPED))

    assert (found.level, found.unread, found.cvss_score) == (Level.LOW, (), 5.3)
    assert (found.fix_commits, found.impact, found.cwe) == (("a", "b", "c"), "shown", "")
    odd = filled(issue, {"cvss-score": "C"}, {"C": "high"}, Reading(Words(), SHIPPED))
    assert "score 'high'" in odd.unread


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(
            "### A\r\n\r\none\r\ntwo\r\n\r\n### B\r\n", {"A": "one\ntwo", "B": ""}, id="a browser's line ends"
        ),
        pytest.param("### A\n<!-- describe it -->\n### B\nx", {"A": "", "B": "x"}, id="a template left unfilled"),
        pytest.param("### A\nx <!--\n### B\ny\n--> z", {"A": "x  z"}, id="a heading that nobody sees"),
        pytest.param("### A\nx\n<!-- ### B\ny", {"A": "x"}, id="a comment without an end"),
        pytest.param("### A\n```\n### A\n```\nx", {"A": "```\n### A\n```\nx"}, id="a heading in a block of code"),
        pytest.param("### A\n~~~~ text\n~~~\n### B\n", {"A": "~~~~ text\n~~~\n### B"}, id="a block without an end"),
        pytest.param("### A\n```\n```x\n### B\n```\n### C\n", {"A": "```\n```x\n### B\n```", "C": ""}, id="no end"),
        pytest.param("#A\n####### B\n> ### C\n", {}, id="none at all"),
    ],
)
def test_headings_are_read_as_people_see_them(body: str, told: dict[str, str]) -> None:
    """ISSUE-12: what a template suggests is no analysis."""
    assert headings(body) == told


def test_headings_of_an_issue_form() -> None:
    body = "intro\n### CWE\n\nCWE-20\n\n### Impact\n\n_No response_\n\n### Two\n\na\n\n### Two\n\nb\n"

    assert headings(body) == {"CWE": "CWE-20", "Impact": "", "Two": ""}


def test_an_answer_survives_json(gate: Any) -> None:
    kept = page(b"\xff\x00body")

    assert msgspec.json.decode(msgspec.json.encode(kept), type=Page) == kept
