"""What a rule can demand of a record: each demand is a small pure test that says what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from gatekeeper.checks._records.register import Register, Seen
from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged
from gatekeeper.model.people import Member, who

Demand = Callable[[Seen, Case], str]  # why the record does not do; empty where it does


def present(
    rule: str, register: Register, kinds: Iterable[str], case: Case, demands: Iterable[Demand], *, any_of: bool = False
) -> Judgement:
    """A record of each kind (or of any of them) is there and satisfies every demand."""
    wanted, asked = tuple(kinds), tuple(demands)
    found: list[Finding] = []
    records = register.of(*wanted)
    missing = [k for k in wanted if not register.of(k)]
    if missing and not (any_of and records):
        found += [_missing(rule, kind, register) for kind in missing]
    for seen in records:
        found += [_fault(rule, seen, register, said) for demand in asked if (said := demand(seen, case))]
    named = "; ".join(f"{s.entry.id} rev. {s.entry.revision or '-'} ({s.digest[:12]})" for s in records)
    return judged(rule, named or f"no record of kind {', '.join(wanted)}", found)


def _missing(rule: str, kind: str, register: Register) -> Finding:
    where = Where(register.path, pointer=f"kind = {kind!r}")
    return finding(rule, f"no record of kind {kind!r} is named", key=["missing", kind], where=where)


def _fault(rule: str, seen: Seen, register: Register, said: str) -> Finding:
    where = Where(register.path, pointer=seen.entry.id)
    return finding(rule, f"{seen.entry.id} ({seen.entry.kind}): {said}", key=[seen.entry.id, said], where=where)


def kept(seen: Seen, _case: Case) -> str:
    """There with its digest: in the repository, or elsewhere at a stated place."""
    if seen.problem:
        return seen.problem
    return "" if seen.entry.path or seen.entry.place else "is kept elsewhere, and no place is named"


def revised(seen: Seen, _case: Case) -> str:
    """Has a revision."""
    return "" if seen.entry.revision.strip() else "has no revision"


def of_product(seen: Seen, case: Case) -> str:
    """Is about this product."""
    same = seen.entry.product.casefold() == case.product.name.casefold()
    return "" if same else f"is about {seen.entry.product or 'no named product'}, not {case.product.name}"


def of_version(seen: Seen, case: Case) -> str:
    """Is about exactly this version."""
    same = seen.entry.version == case.product.version
    return "" if same else f"is about version {seen.entry.version or '(none)'}, not {case.product.version}"


def of_major(seen: Seen, case: Case) -> str:
    """Is about this major version."""
    major, ours = seen.entry.version.split(".")[0], case.product.version.split(".")[0]
    return "" if seen.entry.version and major == ours else f"covers version {seen.entry.version or '(none)'} only"


def signed_for(seen: Seen, case: Case) -> str:
    """Names who stated it and when, not in the future."""
    if not seen.entry.by.strip() or seen.entry.on is None:
        return "names nobody who states it, or no date"
    return "" if seen.entry.on <= case.now.date() else f"is dated {seen.entry.on}, in the future"


def in_date(seen: Seen, case: Case) -> str:
    """Its own end has not passed."""
    end = seen.entry.valid_until
    return f"ended on {end}" if end and end < case.now.date() else ""


def within(days: int) -> Demand:
    """Made or reviewed no longer ago than that."""

    def demand(seen: Seen, case: Case) -> str:
        on = seen.entry.on
        late = on is None or case.now.date() - on > timedelta(days=days)
        return f"was last dated {on}; at most {days} days are allowed" if late else ""

    return demand


def covering(*topics: str) -> Demand:
    """Covers each of the topics."""

    def demand(seen: Seen, _case: Case) -> str:
        missing = [t for t in topics if t not in seen.entry.covers]
        return f"does not cover {', '.join(missing)}" if missing else ""

    return demand


def naming(*names: str) -> Demand:
    """Gives a text for each of the names."""

    def demand(seen: Seen, _case: Case) -> str:
        missing = [n for n in names if not seen.entry.names.get(n, "").strip()]
        return f"does not say {', '.join(missing)}" if missing else ""

    return demand


def with_people(*disciplines: str, people: tuple[Member, ...] = ()) -> Demand:
    """Each discipline took part, and no two of them are one person."""

    def demand(seen: Seen, _case: Case) -> str:
        there = {d: who(seen.entry.people.get(d, ""), people) for d in disciplines}
        missing = [d for d, person in there.items() if not person]
        if missing:
            return f"nobody took part as {', '.join(missing)}"
        return "" if len(set(there.values())) == len(there) else "one person stands for two disciplines"

    return demand


def findings_known(seen: Seen, case: Case) -> str:
    """Each finding of the review is an issue of the release."""
    known = {name for i in case.facts.issues for name in (i.id, i.id.rpartition("#")[2])}
    strangers = [f for f in seen.entry.findings if f not in known]
    return f"names findings that are no issue: {', '.join(strangers)}" if strangers else ""
