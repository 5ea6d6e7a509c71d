"""GitHub annotations: workflow commands on standard output, the worst first, within what GitHub shows of a step."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.model.record import Record
from gatekeeper.model.report import Options, Report
from gatekeeper.model.words import Outcome
from gatekeeper.reports._escape import command_data, command_property
from gatekeeper.reports._view import Placed, headline, sentence, tally, worst
from gatekeeper.reports._words import next_step, say, standing

SHOWN = 9  # of each kind: GitHub drops what comes after the tenth, without a word, so that the tenth says how many


def render(record: Record, options: Options) -> str:
    """Errors for what stops the release, warnings for what does not, one notice with the verdict and the counts."""
    stopping, telling = _sorted_out(record)
    lines = [*_limited("error", stopping), *_limited("warning", telling)]
    verdict = f"{say(sentence(record), options.lang)}\n{say(tally(record), options.lang)}"
    lines.append(_command("notice", {"title": f"gatekeeper: {say(headline(record), options.lang)}"}, verdict))
    return "\n".join(lines) + "\n"


Annotation = tuple[dict[str, str], str]


def _sorted_out(record: Record) -> tuple[list[Annotation], list[Annotation]]:
    stopping: list[Annotation] = []
    telling: list[Annotation] = []
    total = sum(len(rule.findings) for rule in record.rules)
    for item in worst(record, total):
        kind = stopping if standing(item.rule) in ("failed", "undecided") else telling
        if not item.finding.deviation:
            kind.append(_finding(item))
    stopping.extend(_doubts(record))
    return stopping, telling


def _finding(item: Placed) -> Annotation:
    rule, found = item
    where = found.where
    place = {"file": where.path} if where.path else {}
    if where.path and where.line:
        place |= {"line": str(where.line)} | ({"col": str(where.column)} if where.column else {})
    title = " ".join(part for part in (rule.id, found.note, found.level) if part)
    pointer = f" ({where.pointer})" if where.pointer else ""
    advice = next_step(rule, found.remedy).en
    more = f"gatekeeper explain {found.note or rule.id}"
    return place | {"title": title}, f"{found.message}{pointer}\nfix: {advice}\nmore: {more}"


def _doubts(record: Record) -> Iterator[Annotation]:
    for rule in record.rules:
        if rule.outcome is Outcome.UNDECIDED or (rule.doubts and not rule.findings):
            doubt = "; ".join(rule.doubts) or "nothing was observed"
            text = f"could not be judged: {doubt}\nfix: {next_step(rule).en}\nmore: gatekeeper explain {rule.id}"
            yield {"title": f"{rule.id} undecided"}, text


def _limited(kind: str, found: list[Annotation]) -> Iterator[str]:
    shown = found if len(found) <= SHOWN + 1 else found[:SHOWN]
    yield from (_command(kind, *annotation) for annotation in shown)
    if len(found) > len(shown):
        yield _command(kind, {"title": "gatekeeper"}, f"and {len(found) - len(shown)} more: see the summary and report")


def _command(kind: str, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{name}={command_property(value)}" for name, value in properties.items())
    return f"::{kind} {listed}::{command_data(message)}"


REPORT = Report(id="github", title="GitHub annotations", render=render, suffix=".txt")
