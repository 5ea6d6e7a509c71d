"""MAINT-01 to MAINT-11 without MAINT-06, purely."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.checks._maintenance.evidence import Evidence, Params
from gatekeeper.checks._maintenance.metrics import days_between, measure
from gatekeeper.checks._records import demands
from gatekeeper.checks._records.register import Seen
from gatekeeper.model.check import Case
from gatekeeper.model.facts import ComponentFact, IssueFact
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, not_applicable, undecided
from gatekeeper.model.test_ids import canonical, shown
from gatekeeper.model.words import Level, level_of

NOTE = ("versions", "how-to-apply", "effect", "how-to-check", "risk-of-not-applying", "dependencies")
OUTSIDERS = ("customer", "researcher", "supplier", "authority", "user", "external")
_FROM_OUTSIDE = re.compile(rf"(?<![a-z-])(?:{'|'.join(OUTSIDERS)})|顧客|利用者|使用者|研究者|供給者|当局|外部")
VAGUE = ("various fixes", "bug fixes", "minor fixes", "各種修正", "不具合修正")


def judge(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """Every rule of the family but the one after publication."""
    register, statement = evidence.register, (demands.signed_for, demands.of_product)
    yield _in_time(params, case)
    yield _update_policy(evidence, params, case)
    watched = [*statement, demands.within(params.monitoring_max_age_days), _watches]
    yield demands.present("MAINT-03", register, ["monitoring"], case, watched)
    yield _proven_fixes(case)
    yield _update_note(evidence, case)
    delivery = [*statement, demands.of_version, demands.naming("who", "way", "time")]
    yield demands.present("MAINT-07", register, ["delivery"], case, delivery)
    reviewed = [demands.signed_for, demands.naming("minutes"), demands.within(_review_days(params, case))]
    yield demands.present("MAINT-08", register, ["defect-process-review"], case, reviewed)
    yield _metrics(evidence, case)
    yield _reports_followed(case)
    yield demands.present("MAINT-11", register, ["improvement"], case, [demands.signed_for, _action_or_none])


def _review_days(params: Params, case: Case) -> int:
    """A product may review more often than the shipped interval, never less."""
    return min(params.defect_review_max_age_days, case.default("defect_process_review_days"))


def _fixed(case: Case) -> list[IssueFact]:
    return [i for i in case.facts.issues if i.resolution == "fixed"]


def _in_time(params: Params, case: Case) -> Judgement:
    if params.update_policy is None:
        return undecided("MAINT-01", "the policy has no [maintenance.update-policy] to judge by")
    found = [f for i in _fixed(case) if (f := _late(i, params, case))]
    return judged("MAINT-01", f"{len(_fixed(case))} fixed issues against the update policy", found)


def _late(issue: IssueFact, params: Params, case: Case) -> Finding | None:
    assert params.update_policy
    where = Where(pointer=issue.id)
    days = days_between(issue.opened, case.now.isoformat())
    limit = params.update_policy.days.get(level_of(issue.level))
    if days is None:
        return finding("MAINT-01", f"{issue.id} has no date of receipt", key=[issue.id, "received"], where=where)
    if days < 0:
        return finding(
            "MAINT-01", f"{issue.id} was received after its release", key=[issue.id, "negative"], where=where
        )
    done = days_between(issue.opened, issue.closed)
    if done is not None and done < 0:
        said = f"{issue.id} was closed {-done:.0f} days before it was received"
        return finding("MAINT-01", said, key=[issue.id, "order"], where=where)
    if limit is None or done is None or done > limit.total:
        allowed = limit.total if limit else "no"
        took = "an unknown number of" if done is None else f"{done:.0f}"
        said = f"{issue.id} took {took} days; {allowed} are allowed at {issue.level}"
        return finding("MAINT-01", said, key=[issue.id, "late"], where=where, level=level_of(issue.level))
    return None


def _update_policy(evidence: Evidence, params: Params, case: Case) -> Judgement:
    stated = params.update_policy
    if stated is None:
        return judged(
            "MAINT-02", "no update policy", [finding("MAINT-02", "there is no update policy", key=["missing"])]
        )
    missing = [level for level in Level if level not in stated.days]
    found = [finding("MAINT-02", f"severity {level} has no days", key=[level]) for level in missing]
    found += [
        finding("MAINT-02", f"has no {n}", key=[n]) for n in ("version", "owner") if not getattr(stated, n).strip()
    ]
    found += [
        finding("MAINT-02", f"the days at {level} are not positive", key=[level, "days"])
        for level, days in stated.days.items()
        if min(days.review, days.fix, days.delivery) <= 0
    ]
    document = demands.present("MAINT-02", evidence.register, ["update-policy"], case, [demands.kept, demands.revised])
    said = f"update policy {stated.version} of {stated.owner}; {document.observed[0]}"
    return judged("MAINT-02", said, [*found, *document.findings])


def _watches(seen: Seen, case: Case) -> str:
    """Every maintained or supported item is covered by a watched source: its ecosystem, or its own name."""
    loose = [
        c.name for c in case.facts.components if c.item_class in ("maintained", "supported") and not _watched(c, seen)
    ]
    return f"watches no source for {', '.join(loose[:20])}" if loose else ""


def _watched(component: ComponentFact, seen: Seen) -> bool:
    ecosystem = component.purl.removeprefix("pkg:").partition("/")[0]
    return component.name in seen.entry.covers or (bool(ecosystem) and ecosystem in seen.entry.covers)


def _proven_fixes(case: Case) -> Judgement:
    fixed, commit = _fixed(case), case.facts.source.commit
    if fixed and not case.facts.tests:
        return undecided("MAINT-04", f"{len(fixed)} fixed issues, and no test report")
    ours = [t for t in case.facts.tests if commit and t.commit == commit]
    passed = shown((name for t in ours for name in t.passed), (name for t in ours for name in t.findings))
    found = [
        finding("MAINT-04", _unproven(i), key=[i.id, i.fix_test], where=Where(pointer=i.id), level=level_of(i.level))
        for i in fixed
        if canonical(i.fix_test) not in passed
    ]
    return judged(
        "MAINT-04", f"{len(fixed)} fixed issues, {len(fixed) - len(found)} proven by a test of this commit", found
    )


def _unproven(issue: IssueFact) -> str:
    if not issue.fix_test:
        return f"{issue.id} is fixed and names no test"
    return f"{issue.id}: {issue.fix_test} did not pass in any report of the release commit"


def _update_note(evidence: Evidence, case: Case) -> Judgement:
    if case.product.kind != "security-update":
        return not_applicable("MAINT-05", f"the release is of kind {case.product.kind!r}, not a security update")
    asked = [demands.kept, demands.of_product, demands.of_version, demands.naming(*NOTE), _not_vague]
    return demands.present("MAINT-05", evidence.register, ["update-note"], case, asked)


def _not_vague(seen: Seen, _case: Case) -> str:
    said = " ".join((seen.entry.title, *seen.entry.names.values())).casefold()
    vague = next((v for v in VAGUE if v in said), "")
    return f"says no more than {vague!r}" if vague else ""


def _metrics(evidence: Evidence, case: Case) -> Judgement:
    typed = [
        finding("MAINT-09", f"{s.entry.id}: metrics are computed, not typed", key=[s.entry.id])
        for s in evidence.register.of("metrics")
    ]
    return judged("MAINT-09", str(measure(case.facts.issues)), typed)


def _reports_followed(case: Case) -> Judgement:
    outside = [i for i in case.facts.issues if _FROM_OUTSIDE.search(i.more.get("found_by", "").casefold())]
    found = [
        finding("MAINT-10", f"{i.id} came from outside and has no {what}", key=[i.id, what], where=Where(pointer=i.id))
        for i in outside
        for what, value in (
            ("date of receipt", i.opened),
            ("channel", i.more.get("channel")),
            ("answer", i.more.get("answered")),
        )
        if not value
    ]
    return judged("MAINT-10", f"{len(outside)} of {len(case.facts.issues)} issues came from outside", found)


def _action_or_none(seen: Seen, _case: Case) -> str:
    said = seen.entry.names.get("actions", "") or seen.entry.names.get("none", "")
    return "" if said.strip() else "names neither actions nor, in words, that there were none"
