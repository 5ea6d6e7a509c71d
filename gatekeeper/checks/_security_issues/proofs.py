"""ISSUE-01 to ISSUE-04, ISSUE-06, ISSUE-07, ISSUE-27: is the list whole, seen with open eyes, from the right place?

A doubt here is never a count of zero: the rules about the issues themselves are undecided with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from gatekeeper.checks._security_issues.evidence import Evidence, Params, moment
from gatekeeper.model.check import Case
from gatekeeper.model.errors import GatekeeperError
from gatekeeper.model.finding import Finding, Judgement, Where, finding, not_applicable, undecided
from gatekeeper.trackers import Answer, recount

COMPLETENESS = ("ISSUE-01", "ISSUE-02", "ISSUE-03", "ISSUE-06", "ISSUE-07")
NO_SOURCE = "no source of issues is named in the policy"
NAME_ONE = "Name every place where security issues of this product may be in [[security-issues.sources]]."

Seen = tuple[str, list[str]]  # what was observed of one source, and the doubts about it


def judge(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """One judgement for each rule of the family."""
    yield each("ISSUE-01", evidence, _whole)
    yield each("ISSUE-02", evidence, _visible)
    yield each("ISSUE-03", evidence, _place)
    yield each("ISSUE-04", evidence, _understood)
    yield _exported(evidence, case)
    yield _answered(evidence, params)
    yield each("ISSUE-27", evidence, _kept)


def incomplete(evidence: Evidence, params: Params, case: Case) -> tuple[str, ...]:
    """Why the list of issues as a whole proves nothing yet; empty where it is complete."""
    if not evidence.answers:
        return (NO_SOURCE,)
    gaps = [f"{a.source}: {gap}" for a in evidence.answers if (gap := _gap(a, case))]
    return tuple(gaps + _silent(evidence, params))


def _silent(evidence: Evidence, params: Params) -> list[str]:
    asked = {a.source for a in evidence.answers}
    return [f"{source.id}: was not asked" for source in params.sources if source.id not in asked]


def each(rule: str, evidence: Evidence, look: Callable[[Answer], Seen]) -> Judgement:
    """Judge every source alike; one that stopped is in doubt under every rule."""
    if not evidence.answers:
        return undecided(rule, NO_SOURCE, advice=NAME_ONE)
    seen: list[str] = []
    doubts: list[str] = []
    advice: list[str] = []
    for answer in evidence.answers:
        told, against, help_ = _one(answer, rule, look)
        seen += [f"{answer.source}: {told}"] if told else []
        doubts += [f"{answer.source}: {doubt}" for doubt in against]
        advice += help_
    return Judgement(rule, tuple(seen), (), tuple(doubts), advice=next(iter(advice), ""))


def _gap(answer: Answer, case: Case) -> str:
    if answer.stopped:
        return answer.stopped.what
    doubts = [t.what for t in answer.troubles if t.rule in COMPLETENESS]
    doubts += _whole(answer)[1] + _visible(answer)[1] + _place(answer)[1]
    doubts += _export_doubts(answer, case) if answer.file else []
    return f"the list is not proven complete: {doubts[0]}" if doubts else ""


def _one(answer: Answer, rule: str, look: Callable[[Answer], Seen]) -> tuple[str, list[str], list[str]]:
    if answer.stopped:
        return "", [answer.stopped.what], [answer.stopped.advice] if answer.stopped.advice else []
    told, doubts = look(answer)
    troubles = [t for t in answer.troubles if t.rule == rule]
    return told, [*(t.what for t in troubles), *doubts], [t.advice for t in troubles if t.advice]


def _whole(answer: Answer) -> Seen:
    """ISSUE-01: the end is proven and every id is there once."""
    counts = Counter(i.id for i in answer.issues)
    doubts = [f"{i!r} came back {n} times" for i, n in sorted(counts.items()) if n > 1][:20]
    if not answer.end_proof:
        doubts.append("the end of the pages is not proven")
    if answer.declared_total is not None and answer.declared_total != len(counts):
        doubts.append(f"{len(counts)} different issues, where {answer.declared_total} are declared")
    restarts = f", begun again {answer.restarts} times" if answer.restarts else ""
    return f"{len(counts)} issues of all states on {len(answer.pages)} pages, end: {answer.end_proof}{restarts}", doubts


def _visible(answer: Answer) -> Seen:
    """ISSUE-02: a zero is only a zero for somebody who can see."""
    control = answer.control
    if control is None or not control.id:
        return "", ["no control issue was asked for, so that a list without issues proves nothing"]
    if not control.seen:
        return "", [f"the control issue {control.id} did not come back: this account, query or export does not see all"]
    if control.fault:
        return "", [f"the control issue {control.id} came back, but {control.fault}"]
    return f"control issue {control.id} came back in the same query, closed", []


def _place(answer: Answer) -> Seen:
    """ISSUE-03: what the names of the policy resolved to."""
    names = "; ".join(f"{r.what} {r.name!r} is {r.id}" for r in answer.resolved)
    doubts = [] if answer.resolved else ["no name of the policy was resolved at the server"]
    if not answer.account:
        doubts.append("nothing says which account the answer is for")
    if not answer.encrypted:
        doubts.append("the server was asked without encryption")
    return f"{answer.server} as {answer.account}: {names}", doubts


def _understood(answer: Answer) -> Seen:
    """ISSUE-04: every word is known."""
    unread = [f"{i.id}: {word}" for i in answer.issues for word in i.unread]
    doubts = [f"{len(unread)} words that no map knows: {', '.join(unread[:20])}"] if unread else []
    return f"{len(answer.pages)} answers read, {len(answer.issues)} issues, every word known", doubts


def _kept(answer: Answer) -> Seen:
    """ISSUE-27: the kept pages are whole and hold what the digests say."""
    try:
        count = recount(answer.pages)
    except GatekeeperError as e:
        return "", [e.message]
    stripped = sum(len(p.stripped) for p in answer.pages)
    doubts = [] if count else ["no page was kept"]
    doubts += [f"{p.url}: has no status or no time" for p in answer.pages if not (p.status and p.received)]
    return f"{count} pages kept with their digests, {stripped} secret fields removed", doubts


def _exported(evidence: Evidence, case: Case) -> Judgement:
    """ISSUE-06: only for lists that came as a file."""
    files = tuple(a for a in evidence.answers if a.kind == "export")
    if evidence.answers and not files:
        return not_applicable("ISSUE-06", "no source is an exported list: every tracker was asked directly")
    return each("ISSUE-06", Evidence(answers=files), lambda a: (_export_told(a), _export_doubts(a, case)))


def _export_told(answer: Answer) -> str:
    return f"{answer.file} (sha256 {answer.file_sha256[:12]}) by {answer.exporter}, {answer.declared_total} issues"


def _export_doubts(answer: Answer, case: Case) -> list[str]:
    doubts = []
    if answer.product != case.product.name:
        doubts.append(f"{answer.file} is about {answer.product!r}, this release is {case.product.name!r}")
    if moment(answer.ended) is None:
        doubts.append(f"{answer.file}: exported_at {answer.ended!r} is not a time with its zone")
    control = answer.control.id if answer.control else ""
    count = sum(i.id != control for i in answer.issues)
    statement = answer.none_statement
    named = statement and statement.text.strip() and statement.by.strip() and statement.on.strip()
    if not count and not named:
        doubts.append(f"{answer.file} holds no issue, and no named person states that there is none")
    if count and statement:
        doubts.append(f"{answer.file} states that there is none, and holds {count} issues")
    return doubts


def _answered(evidence: Evidence, params: Params) -> Judgement:
    """ISSUE-07: every source that the policy names, and every one that the previous release asked."""
    judgement = each("ISSUE-07", evidence, lambda a: (_usable(a), []))
    ids = Counter(s.id for s in params.sources)
    doubts = _silent(evidence, params)
    doubts += [f"two sources are called {source!r}" for source, n in sorted(ids.items()) if n > 1]
    doubts += [evidence.previous.fault] if evidence.previous.fault else []
    gone = sorted(set(evidence.previous.sources) - ids.keys())
    retired = tuple(f"{s}: retired: {params.retired_sources[s]}" for s in gone if params.retired_sources.get(s))
    findings = tuple(_dropped(s) for s in gone if not params.retired_sources.get(s, "").strip())
    return Judgement(
        "ISSUE-07",
        judgement.observed + retired,
        findings,
        judgement.doubts + tuple(doubts),
        advice=judgement.advice,
    )


def _usable(answer: Answer) -> str:
    analyses = f", analysed by {', '.join(answer.analyses)}" if answer.analyses else ""
    return f"{answer.kind} answered with {len(answer.issues)} issues{analyses}"


def _dropped(source: str) -> Finding:
    return finding(
        "ISSUE-07",
        f"the source {source!r} was asked for the previous release and is no longer in the policy",
        key=("dropped", source),
        where=Where(pointer=source),
        remedy="Put the source back, or give the reviewed reason in retired-sources.",
    )
