"""Judging one SBOM outside a run of the gate: what `sbom build` and `sbom check` say of it, and their exit code."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from gatekeeper.checks import sbom as check
from gatekeeper.cli.exits import BLOCKED, RELEASED, UNDECIDED, show
from gatekeeper.model import finding as findings
from gatekeeper.model.check import Case, Context, Product
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.facts import ArtifactFact, Facts
from gatekeeper.model.finding import Judgement, Where
from gatekeeper.model.words import Mode, Phase, Severity
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.reports._escape import json_text
from gatekeeper.sbom import changes, collect, joining, reader, strict_json
from gatekeeper.sbom.evidence import Evidence
from gatekeeper.sbom.params import Params

SHOWN = 20


def context_of(root: Path, artifacts: tuple[Path, ...], product: Product) -> Context:
    """What one SBOM is looked at from: this folder, now, and these files."""
    return Context(
        root=root,
        artifacts=artifacts,
        now=datetime.now(UTC).replace(microsecond=0),
        env=dict(os.environ),
        mode=Mode.LOCAL,
        product=product,
        rulebook=rulebook(),
    )


def judged(
    context: Context,
    params: Params,
    *,
    without: Iterable[str],
    as_json: bool = False,
    discover: bool = True,
    previous: str | None = None,
) -> int:
    """Collect, judge all rules but those in `without`, print, and say the exit code.

    Without `discover` the SBOM is not compared with lock files that happen to lie about.
    """
    left_out = set(without)
    evidence = collect.collect(context, params, with_locks=discover)
    case = Case(
        product=context.product,
        rulebook=context.rulebook,
        now=context.now,
        mode=context.mode,
        facts=Facts(artifacts=tuple(_artifacts(context, evidence, asked="SBOM-23" not in left_out))),
        profiles=params.profiles,
    )
    judgements = list(_each_once(check.CHECK.judge(evidence, params, case), left_out, case))
    if previous:
        judgements += _since(previous, evidence, params, context)
    if as_json:
        click.echo(json_text(msgspec.json.encode({"sha256": evidence.sha256, "judgements": judgements})), nl=False)
    else:
        _tell(evidence, judgements, left_out, case)
    return _code(judgements, case)


def _each_once(said: Iterable[Judgement], left_out: set[str], case: Case) -> Iterator[Judgement]:
    """One judgement for each rule that is asked here, as in the gate: silence or repetition is undecided."""
    known = tuple(said)
    for rule in check.CHECK.rules:
        if rule not in left_out and case.rulebook.phase(rule) is Phase.EVIDENCE:
            mine = [j for j in known if j.rule == rule]
            many = f"the check judged this rule {len(mine)} times"
            yield mine[0] if len(mine) == 1 else findings.undecided(rule, many)


def _artifacts(context: Context, evidence: Evidence, *, asked: bool) -> Iterator[ArtifactFact]:
    """The files that were named; and the SBOM, unless it is asked here whether it is among them."""
    yield from map(_artifact, context.artifacts)
    if not asked:
        yield ArtifactFact(evidence.path, evidence.size, evidence.sha256, kind="sbom")


def _artifact(path: Path) -> ArtifactFact:
    read = joining.digest(path.name, path.read_bytes())
    return ArtifactFact(read.name, path.stat().st_size, read.sha256, sha512=read.sha512)


def _since(name: str, evidence: Evidence, params: Params, context: Context) -> Iterator[Judgement]:
    """CHAIN-04 and CHAIN-05 on two SBOMs alone: what changed, which class fell, which hash went."""
    bom = reader.read(collect.bounded(context.root / name, strict_json.MAX_BYTES + 1), Path(name).name).bom
    if bom is None:
        raise EvidenceError(f"{name} is no SBOM that can be read and is valid", "Look at it with `sbom check` itself.")
    before, now = check.components(bom), check.facts(evidence, params).components
    falls = [
        findings.finding(
            "CHAIN-04",
            f"{after.name} fell from {then.item_class} to {after.item_class or 'no class'}",
            key=(then.name,),
            where=Where(path=evidence.path, pointer=after.purl or after.name),
        )
        for then, after in changes.fallen(before, now)
    ]
    unclassed = sum(not c.item_class for c in before)
    doubts = [f"{name} gives {unclassed} of {len(before)} components no class to compare with"] if unclassed else []
    if any(c.item_class for c in (*before, *now)):
        yield findings.judged("CHAIN-04", f"{len(before)} components before, {len(now)} now", falls, doubts)
    lost = [
        findings.finding("CHAIN-05", f"{c.name} {c.version} had a hash and has none now", key=(c.name, c.version))
        for c in changes.unhashed(before, now)
    ]
    yield findings.judged("CHAIN-05", changes.told(before, now), lost)


def _state(judgement: Judgement, case: Case) -> str:
    raised = {rule for name in case.profiles for rule in case.rulebook.profiles[name].raises}
    if judgement.findings:
        warns = case.rulebook.rules[judgement.rule].severity is Severity.WARN and not {judgement.rule, "*"} & raised
        return "warn" if warns else "failed"
    if judgement.doubts or not (any(judgement.observed) or judgement.not_applicable):
        return "undecided"
    return "n/a" if judgement.not_applicable else "passed"


def _tell(evidence: Evidence, judgements: Iterable[Judgement], left_out: set[str], case: Case) -> None:
    show(f"{evidence.path}  {evidence.format}  sha256 {evidence.sha256}")
    for j in judgements:
        rule = case.rulebook.rules[j.rule]
        show(f"{j.rule}  {_state(j, case):9}  {rule.title.en}")
        for f in j.findings[:SHOWN]:
            show(f"    {f.where!s}: {f.message}")
        if len(j.findings) > SHOWN:
            show(f"    and {len(j.findings) - SHOWN} more")
        for doubt in j.doubts:
            show(f"    {doubt}")
        if j.rule == "CHAIN-05":
            show(f"    {j.observed[0]}")
        if j.findings:
            show(f"    -> {j.findings[0].remedy or rule.remedy.en}")
    show(f"not judged here: {', '.join(sorted(left_out))}")


def _code(judgements: Iterable[Judgement], case: Case) -> int:
    states = {_state(j, case) for j in judgements}
    if "failed" in states:
        return BLOCKED
    return UNDECIDED if "undecided" in states or "passed" not in states else RELEASED
