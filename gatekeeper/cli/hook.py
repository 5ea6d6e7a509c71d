"""`gatekeeper hook`: the secure-coding rules on the files that a commit brings, as fast as it can be done.

It asks neither git nor the network and reads no more of the policy than its own table. It helps the developer and is
no evidence: the gate scans the whole tree again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from gatekeeper.checks.secure_coding import Params, scan_files
from gatekeeper.cli.exits import BLOCKED, RELEASED, UNDECIDED, say
from gatekeeper.cli.settings import Settings
from gatekeeper.model.check import Case, Product
from gatekeeper.model.errors import PolicyError, UsageError
from gatekeeper.model.finding import Finding, Judgement
from gatekeeper.model.verdict import Answered, answer
from gatekeeper.model.words import Mode
from gatekeeper.reports._escape import visible, visible_lines
from gatekeeper.scanners.evidence import CodingEvidence
from gatekeeper.scanners.judge_coverage import judge_coverage, judge_policy
from gatekeeper.scanners.judge_findings import FINDINGS, judge_findings, judge_suppressions


@dataclass(frozen=True, slots=True)
class Rules:
    """What the hook knows of the policy: its own table, and the product's version for the deviations."""

    params: Params
    version: str = ""
    folder: Path | None = None


@click.command()
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.pass_obj
def COMMAND(settings: Settings, files: tuple[str, ...]) -> int:  # noqa: N802 - the name that the group looks for
    """Scan FILES under the secure-coding rules: what a commit hook runs. It never releases anything."""
    if not files:
        raise UsageError(
            "hook: no files named", "Name the files to scan, as pre-commit does; or run `gatekeeper check`."
        )
    rules = _rules(settings)
    evidence = scan_files(settings.root, tuple(_inside(settings, name) for name in files), rules.params)
    if not (evidence.selection.python or evidence.selection.notebooks or evidence.selection.links):
        say(f"none of the {len(files)} files is source that the policy asks for; nothing to scan")
        return RELEASED
    if evidence.policy.policy is None:
        raise PolicyError(tuple(f"{evidence.policy.path}: {fault}" for fault in evidence.policy.faults))
    return _report(evidence, rules, colored=settings.colored())


def _inside(settings: Settings, name: str) -> str:
    """The path relative to the root, as findings and exclusions name it. A link stays the link that it is."""
    place = (Path(settings.directory) / name).absolute()
    parent = place.parent.resolve()
    if not parent.is_relative_to(settings.root):
        raise UsageError(f"{name} lies outside {settings.root}", "Start in the product's folder, or use -C.")
    return (parent.relative_to(settings.root) / place.name).as_posix()


def _rules(settings: Settings) -> Rules:
    """The own table of the policy. Without any policy the defaults hold, and the user is told so."""
    try:
        path = settings.policy_path
    except UsageError:
        if settings.policy:
            raise
        say("no gatekeeper.toml: the shipped coding policy holds")
        return Rules(Params())
    from gatekeeper.policy.toml_file import read

    table = read(path)
    try:
        params = msgspec.convert(table.data.get("secure-coding", {}), Params)
        return Rules(params, str(table.data["product"]["version"]), path.parent)
    except msgspec.ValidationError as e:
        raise PolicyError((f"{table.name}:{table.line(('secure-coding',))}: [secure-coding]: {e}",)) from e
    except (KeyError, TypeError) as e:
        raise PolicyError((f"{table.name}: [product] lacks its version",)) from e


def _report(evidence: CodingEvidence, rules: Rules, *, colored: bool) -> int:
    case = _case(rules, with_deviations=_has_findings(evidence))
    judgements = (
        judge_findings(evidence, rules.params.banned),
        judge_coverage(evidence, case),
        judge_suppressions(evidence, case),
    )
    for fault in judge_policy(evidence, case).findings:
        say(f"{evidence.policy.path}: {fault.message}; the gate will refuse that")
    open_ = [a.finding for j in judgements for a in _answers(j, case) if not a.deviation]
    doubts = [doubt for j in judgements for doubt in j.doubts]
    for line in (text for each in open_ for text in _shown(each, colored=colored)):
        click.echo(line)
    for doubt in doubts:
        say(f"undecided: {doubt}")
    if open_:
        told = f"; `gatekeeper explain {open_[0].note}` tells more" if open_[0].note else ""
        say(f"{len(open_)} findings in {len(evidence.scan.files)} files{told}")
    return BLOCKED if open_ else UNDECIDED if doubts else RELEASED


def _has_findings(evidence: CodingEvidence) -> bool:
    return bool(evidence.banned) or any(file.issues for file in evidence.scan.files)


def _case(rules: Rules, *, with_deviations: bool) -> Case:
    """Rulebook and deviations cost time, and only a finding needs them."""
    deviations: tuple[Any, ...] = ()
    now = datetime.now(UTC)
    if with_deviations and rules.folder:
        from gatekeeper.policy.deviations import read_answers
        from gatekeeper.policy.policy import DEVIATIONS_FILE
        from gatekeeper.policy.rulebook import rulebook

        answers, faults = read_answers(rules.folder / DEVIATIONS_FILE, rulebook())
        if faults:
            raise PolicyError(faults)
        deviations = answers.entries
    product = Product(name="", version=rules.version, manufacturer="")
    return Case(product=product, rulebook=_NO_RULEBOOK, now=now, mode=Mode.LOCAL, deviations=deviations)


_NO_RULEBOOK: Any = None  # the judges of this check ask it nothing


def _answers(judgement: Judgement, case: Case) -> tuple[Answered, ...]:
    day: date = case.now.date()
    return answer(judgement, case.deviations, day, case.product.version)


def _shown(finding: Finding, *, colored: bool) -> Iterator[str]:
    def bold(text: str) -> str:
        return click.style(text, bold=True) if colored else text

    place, cwe = visible(str(finding.where)), finding.details.get("cwe", "")
    yield f"{bold(place)}: {finding.level} {visible(finding.message)}{f' ({cwe})' if cwe else ''} [{finding.rule}]"
    yield from (f"    {line}" for line in visible_lines(finding.excerpt) if finding.excerpt)
    if why := finding.details.get("why"):
        yield f"    why: {visible(why)}"
    if finding.remedy:
        yield f"    fix: {visible(finding.remedy)}"
    if finding.rule == FINDINGS:
        yield f"    finding {finding.fingerprint}, should it need a deviation"
    yield ""
