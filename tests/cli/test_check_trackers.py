"""`gatekeeper check` against a tracker that throttles, hides or breaks off: in time, exit 3, and a sentence to act on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from gatekeeper.cli.app import run
from tests.trackers.fakes.redmine import FakeRedmine
from tests.trackers.fakes.server import Say

POLICY = """schema = 1
[product]
name = "pump-link"
version = "2.4.0"
manufacturer = "Example Devices"

[[security-issues.sources]]
kind = "redmine"
id = "tracker"
server = "{url}"
project = "pump"
tracker = "Security"
account = "full"
token-env = "TRACKER_TOKEN"
control = "1"
budget-seconds = 2

[security-issues.sources.words]
resolutions = {{ Closed = "fixed" }}
severities = {{ Normal = "medium" }}
"""


@pytest.fixture
def redmine() -> Iterator[FakeRedmine]:
    with FakeRedmine() as running:
        running.add(private=True)
        running.add(120)
        yield running


def check(workspace: Any, redmine: FakeRedmine, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("TRACKER_TOKEN", "key-full")
    workspace.commit("Begin", gatekeeper__toml=POLICY.format(url=redmine.url))
    return run(["-C", str(workspace.root), "check", "--only", "security-issues"])


@pytest.mark.parametrize(
    ("say", "word", "advice"),
    [
        (Say(429, {}, {"Retry-After": "3600"}), "asks to wait 3600 s", "when the server has time"),
        (Say(503, {}, {"Retry-After": "1"}), "gives no answer", "when the server has time"),
        (Say(hang=60), "tracker: ", "again"),
        (Say(drop=True), "tracker: ", "again"),
        (Say(403, {"message": "disabled"}), "answers 403", "give it the right"),
    ],
    ids=["throttled", "out of service", "silent", "breaks off", "forbidden"],
)
def test_a_source_that_does_not_answer_is_undecided_in_time(
    workspace: Any,
    redmine: FakeRedmine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    say: Say,
    word: str,
    advice: str,
) -> None:
    redmine.always("issues.json", say)
    began = time.monotonic()

    code = check(workspace, redmine, monkeypatch)

    out = " ".join(capsys.readouterr().out.split())
    assert code == 3
    assert time.monotonic() - began < 40, "its own budget ends it, not the server"
    assert word in out
    assert advice in out
    assert "key-full" not in out


def test_an_open_issue_blocks(
    workspace: Any, redmine: FakeRedmine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    redmine.tickets[7].status = 1

    assert check(workspace, redmine, monkeypatch) == 1
    assert "tracker#7 is open (New)" in " ".join(capsys.readouterr().out.split())
