"""BUILD-03 and 04 at signing, BUILD-07 last: where the run took place, and whether all times fit together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from gatekeeper.checks._build_identity.evidence import Evidence, Params, Provenance
from gatekeeper.model.check import Case, SignedFile
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, undecided
from gatekeeper.model.words import Mode

_NEEDED = ("repository", "commit", "ref", "workflow", "workflow_commit", "run", "trigger", "runner")

_SIGNING = timedelta(hours=24)


def at_signing(evidence: Evidence, params: Params, case: Case) -> Iterable[Judgement]:
    """BUILD-03 and BUILD-04: the signing certificates must tell the same as the pipeline's variables."""
    yield _provenance(evidence, params, case)
    yield _never_local(evidence, case)


def _provenance(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """BUILD-03."""
    if evidence.source is None:
        return undecided("BUILD-03", evidence.doubt)
    seen = evidence.provenance
    locks = ", ".join(f"{lock.path} {lock.sha256[:12]}" for lock in evidence.locks if lock.sha256) or "no lock file"
    recorded = f"commit {evidence.source.commit}, {locks}, {len(params.recipe.commands)} build commands"
    if case.mode is Mode.REHEARSAL:
        return judged("BUILD-03", f"a rehearsal on {seen.platform or 'a machine of its own'}: {recorded}")
    if case.mode is not Mode.CI:
        return undecided("BUILD-03", "no pipeline is recognised, so that nothing tells where the build came from")
    certified, keyed = _by_certificate(case), len(case.signatures)
    doubts = () if case.signatures else ("nothing is signed, so that no certificate confirms the pipeline's variables",)
    alone = [_key_alone("BUILD-03", "confirms the pipeline's variables")] if keyed and not certified else []
    return judged(
        "BUILD-03",
        f"{seen.platform} run {seen.run} of {seen.workflow} on {seen.runner}, {seen.trigger}; {recorded}",
        (*_gaps(evidence), *alone, *(f for signed in certified for f in _contradictions("BUILD-03", seen, signed))),
        doubts,
    )


def _by_certificate(case: Case) -> tuple[SignedFile, ...]:
    """The signatures that tell where they were made. A managed key's do not: it could lie on any desk."""
    return tuple(signed for signed in case.signatures if signed.key != "managed")


def _key_alone(rule: str, missing: str) -> Finding:
    return finding(
        rule,
        f"only a managed key signed, which has no certificate: nothing {missing}",
        key=("key alone",),
        remedy="Let the job sign beside the key: in [signing] state identity and issuer in place of keyless = false.",
    )


def _gaps(evidence: Evidence) -> Iterator[Finding]:
    seen = evidence.provenance
    for name in _NEEDED:
        if not getattr(seen, name):
            yield finding("BUILD-03", f"the pipeline does not tell its {name.replace('_', ' ')}", key=("missing", name))
    if evidence.source and seen.commit and seen.commit != evidence.source.commit:
        yield finding(
            "BUILD-03",
            f"the pipeline runs for commit {seen.commit[:12]}, the source is {evidence.source.commit[:12]}",
            key=("commit",),
        )


def _contradictions(rule: str, seen: Provenance, signed: SignedFile) -> Iterator[Finding]:
    """Where a certificate (Fulcio's extensions) says something else than the variables do."""
    told = signed.extensions
    pairs = (
        ("commit", seen.commit, told.get("source-repository-digest", "")),
        ("ref", seen.ref, told.get("source-repository-ref", "")),
        ("repository", seen.repository, told.get("source-repository-uri", "")),
        ("workflow", seen.workflow, told.get("build-config-uri", "")),
        ("run", seen.run, told.get("run-invocation-uri", "")),
    )
    for what, variable, certified in pairs:
        if not _agree(what, variable, certified):
            said = repr(certified) if certified else "nothing"
            yield finding(
                rule,
                f"{what}: the pipeline says {variable!r}, the certificate of {signed.name} {said}",
                key=(what, signed.name),
                where=Where(signed.name),
            )


def _agree(what: str, variable: str, certified: str) -> bool:
    """Whether a variable says the same as the certificate, which writes addresses where pipelines write names."""
    if not variable or not certified:
        return False
    path = certified.partition("://")[2].partition("/")[2]
    match what:
        case "commit":
            return variable == certified
        case "ref":
            return certified in (variable, f"refs/tags/{variable}", f"refs/heads/{variable}")
        case "run":
            return re.search(rf"/(?:runs|jobs)/{re.escape(variable)}(?:/|$)", certified) is not None
        case "workflow":
            return variable == path or f"//{variable}@" in path
        case _:
            return variable == path


def _never_local(evidence: Evidence, case: Case) -> Judgement:
    """BUILD-04: only a pipeline whose certificate proves it can release."""
    if case.mode is Mode.REHEARSAL:
        return judged("BUILD-04", "this is a rehearsal: the record says so, and it is never a release")
    if case.mode is not Mode.CI:
        where = "this run took place outside a pipeline; a local or hook run never releases"
        return judged("BUILD-04", "mode local", [finding("BUILD-04", where, key=("local",))])
    if not case.signatures:
        return undecided("BUILD-04", "nothing is signed, so that no certificate proves that this is a pipeline")
    certified = _by_certificate(case)
    if not certified:
        alone = _key_alone("BUILD-04", "proves that this run took place in a pipeline")
        return judged("BUILD-04", "signatures of a managed key", [alone])
    unproven = [
        finding(
            "BUILD-04",
            f"the signature on {signed.name} ({signed.identity or signed.key}) does not prove a run in a pipeline",
            key=("unproven", signed.name),
            where=Where(signed.name),
        )
        for signed in certified
        if signed.fault or not signed.extensions.get("run-invocation-uri")
    ]
    against = [f for signed in certified for f in _contradictions("BUILD-04", evidence.provenance, signed)]
    doubts = [f"{signed.name}: {signed.doubt}" for signed in case.signatures if signed.doubt]
    run = certified[0].extensions.get("run-invocation-uri", "")
    return judged("BUILD-04", f"{len(certified)} signatures of {run}", unproven or against, doubts)


class Moment(NamedTuple):
    """A time that stands somewhere; `calendar` where a plain date is all that is asked."""

    what: str
    text: str
    calendar: bool = False
    grace: timedelta = timedelta()  # after the effective time, which is read before anything is signed


def last(evidence: Evidence, _params: Params, case: Case) -> Iterable[Judgement]:
    """BUILD-07: every time has a zone, none lies in the future, and their order holds."""
    if evidence.source is None:
        yield undecided("BUILD-07", evidence.doubt)
        return
    moments = tuple(_moments(evidence, case))
    read = [(moment, _read(moment)) for moment in moments]
    limit = case.now + timedelta(minutes=case.default("future_time_tolerance_minutes"))
    findings = [
        finding("BUILD-07", f"{moment.what}: {moment.text!r} is no time with a zone", key=("zone", moment.what))
        for moment, when in read
        if when is None
    ]
    findings += [
        finding("BUILD-07", f"{moment.what}: {moment.text} lies in the future", key=("future", moment.what))
        for moment, when in read
        if when is not None and when > limit + moment.grace
    ]
    yield judged(
        "BUILD-07",
        f"{len(moments)} times read, all before {limit.isoformat()}",
        (*findings, *_disorder(evidence, case)),
    )


def _moments(evidence: Evidence, case: Case) -> Iterator[Moment]:
    if evidence.source:
        yield Moment("the commit", evidence.source.committed)
    for signed in case.signatures:
        for name in ("timestamp", "logged", "not_before"):
            if getattr(signed, name):
                yield Moment(
                    f"{name.replace('_', ' ')} of the signature on {signed.name}", getattr(signed, name), grace=_SIGNING
                )
    for issue in case.facts.issues:
        for name in ("opened", "closed"):
            if getattr(issue, name):
                yield Moment(f"{name} of issue {issue.id}", getattr(issue, name), calendar=True)
    for document in case.facts.documents:
        if document.reviewed:
            yield Moment(f"review of {document.path}", document.reviewed, calendar=True)
    for test in case.facts.tests:
        if test.finished:
            yield Moment(f"end of the tests in {test.path}", test.finished)


def _disorder(evidence: Evidence, case: Case) -> Iterator[Finding]:
    """commit <= tests <= now, and now <= seal: the steps, each with the earliest time that it may have."""
    committed = _zoned(evidence.source.committed) if evidence.source else None
    tolerance = timedelta(minutes=case.default("future_time_tolerance_minutes"))
    steps = [(f"the tests in {test.path}", _zoned(test.finished), committed) for test in case.facts.tests]
    steps += [
        (f"the signature on {signed.name}", _zoned(signed.timestamp or signed.logged), case.now - tolerance)
        for signed in case.signatures
    ]
    steps += [
        (f"the seal of {signed.name}", _zoned(signed.timestamp), _zoned(signed.logged))
        for signed in case.signatures
        if signed.timestamp and signed.logged
    ]
    for what, when, earliest in steps:
        if when and earliest and when < earliest - (tolerance if "seal" in what else timedelta()):
            yield finding(
                "BUILD-07",
                f"{what}: {when.isoformat()} lies before {earliest.isoformat()}, which must come first",
                key=("order", what),
            )


def _read(moment: Moment) -> datetime | None:
    when = _zoned(moment.text)
    if when is None and moment.calendar:
        try:
            day = date.fromisoformat(moment.text)
        except ValueError:
            return None
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    return when


def _zoned(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else None
