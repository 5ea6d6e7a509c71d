"""Every security issue closed, and provably all of them (5.8.1, 5.8.5, 9.3 to 9.5).

Collecting asks every source that the policy names and keeps what came back with its proofs; judging reads only that.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from gatekeeper.checks._security_issues import (
    approvals,
    authors,
    bundles,
    deviations,
    dispositions,
    findings,
    fixes,
    freshness,
    handling,
    lists,
    proofs,
    reviews,
)
from gatekeeper.checks._security_issues.evidence import TRACKERS, Evidence, Params
from gatekeeper.model.check import Case, Check, Context
from gatekeeper.model.errors import EvidenceError, GatekeeperError, OutageError, ToolError
from gatekeeper.model.facts import Facts, IssueFact, MissingFact
from gatekeeper.model.finding import Judgement
from gatekeeper.model.words import Phase
from gatekeeper.trackers import Answer, Desk, Issue, Missing, Source, Trouble, UnprovenError

FAMILIES = (proofs.judge, freshness.judge, dispositions.judge, handling.judge, reviews.judge)
RULES = tuple(f"ISSUE-{n:02}" for n in range(1, 29))
MORE = (  # fields of an issue that the record lists under their own names
    *("reviewer", "reviewed", "found_by", "impact", "affected_versions", "root_cause", "related", "safety_effect"),
    *("risk_ref", "findings", "duplicate_of", "reopened", "disclose", "disclose_reason", "disclose_by", "disclose_on"),
    *("third_party", "supplier_notice"),
)


def collect(ctx: Context, params: Params) -> Evidence:
    """Ask every source, then ask git about every fix that the answers name."""
    commit, history = fixes.release(ctx.root)
    desk = Desk(ctx.root, ctx.env, commit)
    answers = tuple(ask_source(source, desk) for source in params.sources)
    named = sorted({c for a in answers for i in a.issues for c in i.fix_commits})
    people = approvals.people_of(ctx.tables)
    signed = bundles.in_bundles(ctx, params.deviation_bundles, people)
    approvers = {p.id.casefold() for entry in bundles.entries_in(ctx.root)[1] for p in entry.approved_by}
    previous = lists.read_previous(ctx.previous)
    return Evidence(
        answers=answers,
        commit=commit,
        history=history,
        fixes=fixes.look_up(ctx.root, commit, named) if history == "whole" else (),
        lists=lists.read_lists(ctx.root, params.risk_index, params.reviews, params.residual_anomalies),
        previous=previous,
        missing=tuple(
            m for s, a in zip(params.sources, answers, strict=True) for m in what_became(s, a, previous, desk)
        )
        + lists.retired(previous, params.retired_sources, {s.id for s in params.sources}),
        people=people,
        approvals=approvals.approvals_in(ctx.root, commit, params.allowed_signers) + signed.approvals,
        spoilt=signed.spoilt,
        hands=authors.hands(ctx.root, commit, [p for p in people if p.id.casefold() in approvers]) if commit else (),
        other_deviation_files=approvals.other_files(ctx.root, commit),
    )


def judge(evidence: Evidence, params: Params, case: Case) -> Iterable[Judgement]:
    """Everything that can be said on the evidence alone."""
    return chain.from_iterable(family(evidence, params, case) for family in FAMILIES)


def judge_on_findings(evidence: Evidence, params: Params, case: Case) -> Iterable[Judgement]:
    """What the findings of all checks must be known for: their issues, and the deviations that answer them."""
    return chain(findings.judge(evidence, params, case), deviations.judge(evidence, params, case))


def facts(evidence: Evidence, _params: Params) -> Facts:
    """The issues, for the record and for the rules of other families."""
    missing = tuple(MissingFact(m.id, m.what) for m in evidence.missing)
    return Facts(issues=tuple(_fact(i) for i in evidence.issues()), missing=missing)


def ask_source(source: Source, desk: Desk) -> Answer:
    """One source; whatever keeps it from answering is part of the answer, so that the others are still seen."""
    kind = next(t for t in TRACKERS.values() if isinstance(source, t.params))
    try:
        return kind.ask(source, desk)
    except UnprovenError as e:
        return _stopped(source, kind.id, Trouble(e.rule, e.message, e.advice))
    except OutageError as e:
        return _stopped(source, kind.id, Trouble("ISSUE-07", e.message, e.advice or "Run the gate again later."))
    except (EvidenceError, ToolError) as e:
        return _stopped(source, kind.id, Trouble("ISSUE-04", e.message, e.advice))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as e:  # a shape that no adapter foresaw
        what = f"an answer is not of the shape that the vendor documents ({type(e).__name__}: {str(e)[:120]})"
        return _stopped(source, kind.id, Trouble("ISSUE-04", what, "Look at what the server answers; report it to us."))


def what_became(source: Source, answer: Answer, previous: lists.Previous, desk: Desk) -> Iterable[Missing]:
    """Ask by id for the issues of the previous release that this source no longer gives."""
    kind, head = next(t for t in TRACKERS.values() if isinstance(source, t.params)), f"{source.id}#"
    known = {i.ref for i in answer.issues}
    lost = tuple(i.removeprefix(head) for i in previous.issues if i.startswith(head) and i not in known)
    if answer.stopped or not lost or kind.find is None:
        return ()
    try:
        return tuple(Missing(f"{head}{m.id}", m.what) for m in kind.find(source, desk, lost))
    except GatekeeperError as e:
        return tuple(Missing(f"{head}{i}", f"what became of it could not be asked: {e.message}") for i in lost)


def _stopped(source: Source, kind: str, trouble: Trouble) -> Answer:
    return Answer(source=source.id, kind=kind, project=source.project, stopped=trouble)


def _fact(issue: Issue) -> IssueFact:
    return IssueFact(
        id=issue.ref,
        title=issue.title,
        state="closed" if issue.disposition.closed else "open",
        raw_state=issue.raw_state,
        level=issue.level,
        raw_severity=issue.raw_severity,
        resolution="" if not issue.disposition.closed else issue.disposition,
        raw_resolution=issue.raw_resolution,
        source=issue.source,
        origin=issue.origin,
        url=issue.url,
        cwe=issue.cwe,
        cvss=issue.cvss,
        fix_commit=" ".join(issue.fix_commits),
        fix_test=issue.fix_test,
        opened=issue.received,
        closed=issue.closed,
        closer=issue.closer,
        more={name: text for name in MORE if (text := _text(getattr(issue, name)))},
    )


def _text(value: object) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)


CHECK = Check(
    id="security-issues",
    rules=RULES,
    params=Params,
    evidence=Evidence,
    collect=collect,
    judge=judge,
    facts=facts,
    later={Phase.ON_FINDINGS: judge_on_findings},
)
