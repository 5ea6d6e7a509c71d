"""What `gatekeeper hook` does: named files, judged by the secure-coding rules alone.

It asks neither git nor the network and reads no more of the policy than its own table. It helps the developer and is
no evidence: the gate scans the whole tree again. Whatever is imported here is waited for at each commit.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper.cli.exits import BLOCKED, RELEASED, UNDECIDED, say
from gatekeeper.cli.place import relative
from gatekeeper.cli.settings import Settings
from gatekeeper.model.case import Case, Product
from gatekeeper.model.errors import PolicyError, UsageError
from gatekeeper.model.finding import Finding, Judgement
from gatekeeper.model.verdict import Answered, answer
from gatekeeper.model.words import Mode
from gatekeeper.scanners import coding_policy, seen
from gatekeeper.scanners.coding_table import Params
from gatekeeper.scanners.evidence import CodingEvidence
from gatekeeper.scanners.given import scan_files
from gatekeeper.scanners.judge_coverage import judge_coverage, judge_policy
from gatekeeper.scanners.judge_findings import FINDINGS, judge_findings, judge_suppressions


class Rules(msgspec.Struct, frozen=True):
    """What the hook knows of the policy: its own table, and the product's version for the deviations."""

    params: Params
    version: str = ""
    path: Path | None = None
    sha256: str = ""


def judge_files(settings: Settings, files: Sequence[str]) -> int:
    """Scan the files, say what stands in the way, and return the exit code."""
    if not files:
        raise UsageError(
            "hook: no files named", "Name the files to scan, as pre-commit does; or run `gatekeeper check`."
        )
    rules, root = _rules(settings), settings.root
    evidence = scan_files(root, _inside(root, settings.directory, files), rules.params)
    if not (evidence.selection.python or evidence.selection.notebooks or evidence.selection.links):
        say(f"none of the {len(files)} files is source that the policy asks for; nothing to scan")
        return RELEASED
    if evidence.policy.policy is None:
        raise PolicyError(tuple(f"{evidence.policy.path}: {fault}" for fault in evidence.policy.faults))
    return _report(evidence, rules, settings)


def _inside(root: Path, directory: str, names: Sequence[str]) -> tuple[str, ...]:
    paths = tuple(relative(str(root), directory, names))
    for name, path in zip(names, paths, strict=True):
        if path is None:
            raise UsageError(f"{name} is no file in {root}", "Start in the product's folder, or use -C.")
    return tuple(path for path in paths if path is not None)


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
        return Rules(params, str(table.data["product"]["version"]), path, table.sha256)
    except msgspec.ValidationError as e:
        raise PolicyError((f"{table.name}:{table.line(('secure-coding',))}: [secure-coding]: {e}",)) from e
    except (KeyError, TypeError) as e:
        raise PolicyError((f"{table.name}: [product] lacks its version",)) from e


def _report(evidence: CodingEvidence, rules: Rules, settings: Settings) -> int:
    found = judge_findings(evidence, rules.params.banned)
    case = _case(rules, with_deviations=bool(found.findings))
    judgements = (found, judge_coverage(evidence, case), judge_suppressions(evidence, case))
    faults = judge_policy(evidence, case).findings
    for fault in faults:
        say(f"{evidence.policy.path}: {fault.message}; the gate will refuse that")
    if not (faults or any(j.findings or j.doubts for j in judgements)):
        _remember(evidence, rules, settings)
        return RELEASED
    open_ = [a.finding for j in judgements for a in _answers(j, case) if not a.deviation]
    doubts = [doubt for j in judgements for doubt in j.doubts]
    _show(open_, colored=settings.colored())
    for doubt in doubts:
        say(f"undecided: {doubt}")
    if open_:
        told = f"; `gatekeeper explain {open_[0].note}` tells more" if open_[0].note else ""
        many = "1 finding" if len(open_) == 1 else f"{len(open_)} findings"
        files = "1 file" if len(evidence.scan.files) == 1 else f"{len(evidence.scan.files)} files"
        say(f"{many} in {files}{told}")
    return BLOCKED if open_ else UNDECIDED if doubts else RELEASED


def _remember(evidence: CodingEvidence, rules: Rules, settings: Settings) -> None:
    """Keep what passed in silence, where nothing but the files, the rules and this installation had a part in it.

    Not with banned names, for which the files are read a second time, nor with other people's plugins.
    """
    policy, plugins = evidence.policy.policy, evidence.scan.tools.foreign
    if settings.policy or rules.path is None or rules.params.banned or plugins or policy is None:
        return
    place = coding_policy.place(rules.path.parent, rules.params.policy)
    files = ((str(rules.path), rules.sha256), (str(place), evidence.policy.sha256))
    under = seen.rules(policy.reviewed.isoformat(), policy.next_review.isoformat(), files)
    passed = (seen.fact(file.path, file.sha256) for file in evidence.scan.files if not file.cells)
    seen.remember(str(rules.path.parent), under, passed, os.environ)


def _case(rules: Rules, *, with_deviations: bool) -> Case:
    """Rulebook and deviations cost time, and only a finding that counts needs them."""
    deviations: tuple[Any, ...] = ()
    now = datetime.now(UTC)
    if with_deviations and rules.path:
        from gatekeeper.policy import DEVIATIONS_FILE
        from gatekeeper.policy.deviations import read_answers
        from gatekeeper.policy.rulebook import rulebook

        answers, faults = read_answers(rules.path.parent / DEVIATIONS_FILE, rulebook())
        if faults:
            raise PolicyError(faults)
        deviations = answers.entries
    product = Product(name="", version=rules.version, manufacturer="")
    return Case(product=product, rulebook=_NO_RULEBOOK, now=now, mode=Mode.LOCAL, deviations=deviations)


_NO_RULEBOOK: Any = None  # the judges of this check ask it nothing


def _answers(judgement: Judgement, case: Case) -> tuple[Answered, ...]:
    day: date = case.now.date()
    return answer(judgement, case.deviations, day, case.product.version)


def _show(findings: Iterable[Finding], *, colored: bool) -> None:
    import click

    from gatekeeper.reports._escape import log_line

    for line in (text for each in findings for text in _shown(each, colored=colored)):
        click.echo(log_line(line))


def _shown(finding: Finding, *, colored: bool) -> Iterator[str]:
    import click

    from gatekeeper.reports._escape import visible, visible_lines

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
