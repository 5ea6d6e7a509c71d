"""Whatever of a record is changed, `compare` tells it, but for what every run has anew or another field settles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from gatekeeper.history.changes import Change, changes
from gatekeeper.model.facts import ComponentFact
from gatekeeper.model.finding import Where
from gatekeeper.model.record import Record
from gatekeeper.policy.rulebook import rulebook
from tests.reports.conftest import make_record

replace = msgspec.structs.replace
WHOLE = make_record(rulebook())
RECORD = replace(WHOLE, clauses=WHOLE.clauses[:3])

# What a change is not told of, and why.
NOT_TOLD = re.compile(
    "|".join(
        (
            # of this run alone: its names, times and digests, and where files of it lay
            r"record_id|created|effective_time|previous_record|evidence/.*|evidence_set|gate_version|schema",
            r"approvals/\d+/(file|evidence_set|signed|sha256|root_sha256)",
            r"signatures/\d+/(bundle_sha256|timestamp|log_index|not_before|not_after|logged)",
            r"deviations/\d+/days_left",
            r"source/committed",
            r"sealing/.*",
            # wording, and what follows from rules, findings and the shipped catalogue, whose digest is told
            r"reasons/\d+|limits/.*|(outside|deferred)/.*",
            r"rules/\d+/(title/.*|remedy/.*|observed/\d+|advice|doubts/\d+|not_applicable|evidence|check|basis|clauses/\d+)",
            r"rules/\d+/findings/\d+/(remedy|excerpt|note|details/.*)",
            r"clauses/\d+/(?!id$|status$).*",
            # settled by a digest that is told
            r"artifacts/\d+/(size|sha512)",
            r"documents/\d+/(title|topics/.*|discloses/.*)",
            r"tests/\d+/(finished|passed/.*|findings/.*|raised/.*)",
            r"suppressions/\d+/(where/line|commit)",
            r"issues/1/raw_state|issues/\d+/(url|more/.*|opened|closed|cwe|cvss|origin|raw_severity|raw_resolution|fix_test)",
            r"tools/\d+/use",
            r"signatures/\d+/(name|sha256|trust_root_sha256)",
        )
    )
)


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every place in a tree, and what stands there."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    if isinstance(value, dict | list | tuple):
        for key, item in pairs:
            yield from leaves(item, f"{place}/{key}" if place else str(key))
    else:
        yield place, value


def with_(tree: Any, place: str, value: Any) -> Any:
    """The tree with another value in one place."""
    key, _, rest = place.partition("/")
    if isinstance(tree, dict):
        return tree | {key: with_(tree[key], rest, value) if rest else value}
    items = list(tree)
    items[int(key)] = with_(items[int(key)], rest, value) if rest else value
    return items


def others(value: Any) -> Iterator[Any]:
    """What may stand there instead; for a closed set of words one of these does."""
    if isinstance(value, bool) or value is None:
        yield not value
    elif isinstance(value, int):
        yield value + 1
    else:
        words = "block", "undecided", "failed", "not-met", "local", "low", "high", "warn", "new", "2029-12-31"
        yield from (word for word in (f"{value}x", *words) if word != value)


def changed(tree: Any, place: str, value: Any) -> Record:
    """The record with another value in one place."""
    for new in others(value):
        with suppress(msgspec.ValidationError):
            return msgspec.convert(with_(tree, place, new), Record)
    raise AssertionError(f"no other word for {place} = {value!r}")


def test_no_change_goes_untold() -> None:
    """Deviations had only their decision and end compared, components no digest or licence, approvals nothing."""
    tree = msgspec.to_builtins(RECORD)
    told = [(place, value) for place, value in leaves(tree) if not NOT_TOLD.fullmatch(place)]
    assert [f"{place} = {value!r}" for place, value in told if not changes(RECORD, changed(tree, place, value))] == []


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("pkg:npm/@angular/core@17.0.0", "pkg:npm/@evil/core@17.0.0", "pkg:npm/@evil/core"),
        ("pkg:npm/@angular/core@17.0.0", "pkg:npm/@angular/core@17.0.1", "pkg:npm/@angular/core"),
        ("pkg:npm/@angular/core", "pkg:npm/@evil/core", "pkg:npm/@evil/core"),
        ("pkg:deb/debian/curl@7.50?arch=i386", "pkg:deb/debian/curl@7.50?arch=amd64", "pkg:deb/debian/curl"),
        ("pkg:generic/a@1#sub@2", "pkg:generic/b@1#sub@2", "pkg:generic/b"),
    ],
)
def test_a_component_is_named_by_the_whole_of_its_purl(before: str, after: str, what: str) -> None:
    """All scoped packages of npm were one, `pkg:npm/`, whose versions alone were compared."""
    old, new = (replace(RECORD, components=(ComponentFact("core", "17", purl),)) for purl in (before, after))
    assert what in [c.what for c in changes(old, new) if c.about == "components"]


def test_the_second_of_two_alike_is_missed_when_it_goes() -> None:
    rule = replace(RECORD.rules[0], findings=RECORD.rules[0].findings * 2)
    twice = replace(RECORD, rules=(rule, *RECORD.rules[1:]))
    assert {c.about for c in changes(twice, RECORD)} == {"findings"}
    issues = replace(RECORD, issues=RECORD.issues * 2)
    assert {c.about for c in changes(issues, RECORD)} == {"issues"}


def test_a_file_called_commit_hides_no_commit() -> None:
    named = replace(RECORD, artifacts=(replace(RECORD.artifacts[0], name="commit"),))
    moved = replace(named, source=replace(named.source, commit="f" * 40))
    assert [c for c in changes(named, moved) if "f" * 40 in c.after]


def test_a_suppression_that_only_moved_is_no_change() -> None:
    moved = replace(RECORD, suppressions=(replace(RECORD.suppressions[0], where=Where("pumplink/cache.py", 99)),))
    assert changes(RECORD, moved) == ()


def test_a_change_in_words_is_readable() -> None:
    new = replace(RECORD, deviations=(replace(RECORD.deviations[0], justification="It protects patients."),))
    (found,) = changes(RECORD, new)
    assert isinstance(found, Change)
    assert (found.about, found.what) == ("deviations", "DEV-2026-014")
    assert (
        found.before.replace("The hash names a cache file and protects nothing.", "It protects patients.")
        == found.after
    )
