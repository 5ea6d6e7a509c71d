"""Secure coding (clauses 5.1.3, 5.5.1, 5.5.2): the gate scans the source itself, under the coding policy.

Nothing in the scanned tree takes part in the decision: no settings, no baseline, no `nosec` comment, no module.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from gatekeeper.checks._previous.dossier import open_dossier
from gatekeeper.model.check import Case, Check, Context
from gatekeeper.model.facts import Facts, SuppressionFact, ToolFact
from gatekeeper.model.finding import Judgement, Where, undecided
from gatekeeper.model.words import Mode
from gatekeeper.scanners import banned, coding_policy, imports, ledger, nosec, reviews, shards, shipped, sources
from gatekeeper.scanners.coding_table import Params
from gatekeeper.scanners.evidence import CodingEvidence
from gatekeeper.scanners.judge_coverage import judge_coverage, judge_evidenced, judge_policy
from gatekeeper.scanners.judge_findings import judge_findings, judge_suppressions
from gatekeeper.scanners.judge_imports import judge_imports
from gatekeeper.scanners.judge_reviews import before, judge_changes, judge_growth, judge_implementation
from gatekeeper.scanners.reviews import Before, Reviews
from gatekeeper.scanners.scan import scan

RULES = tuple(f"CODE-0{number}" for number in range(1, 10))


def collect(context: Context, params: Params) -> CodingEvidence:
    """List the sources, scan them, and look up who wrote the suppressions. Raises EvidenceError or ToolError."""
    root: Path = context.root
    selection = sources.select(root, params.roots, params.exclude)
    warm = context.mode is Mode.LOCAL and not context.cold
    if not warm:
        selection = sources.with_filtered(root, selection)
    paths = shards.mine((*selection.python, *selection.notebooks), context.shard)
    done = scan(root, paths, warm=warm)
    known = (*selection.python, *selection.notebooks, *selection.others)
    whole = context.shard is None or context.shard[0] == 1  # what is not split is the first shard's
    return CodingEvidence(
        policy=coding_policy.read(root, params.policy),
        selection=selection,
        scan=done,
        blames=ledger.blames(root, done.files) if selection.commit else (),
        settings=ledger.settings(root),
        shipped=shipped.without_sources(shipped.look_into(_artifacts(context) if whole else ()), root),
        imported=imports.bring_in(root, params.scanner if whole else (), known, selection.commit),
        banned=banned.uses(root, paths, params.banned),
        reviews=_reviews(context, params),
        shard=shards.name(context.shard),
    )


def _reviews(context: Context, params: Params) -> Reviews:
    found = reviews.collect(context.root, context.tables, params.since, params.merges, params.implementation_review)
    return msgspec.structs.replace(found, before=_before(context.previous))


def _before(previous: Path | None) -> Before | None:
    """What the previous dossier's evidence tells of suppressions and exclusions."""
    if previous is None:
        return None
    try:
        return before(msgspec.json.decode(open_dossier(previous).evidence(CHECK.id), type=CodingEvidence))
    except (OSError, ValueError) as e:
        return Before(fault=str(e)[:300])


def _artifacts(context: Context) -> tuple[Path, ...]:
    """The files to be released: those named in the call, else what lies in the release folder."""
    if context.artifacts:
        return context.artifacts
    folder = Path(context.root, str(context.tables.get("file-integrity", {}).get("folder", "dist")))
    return tuple(sorted(path for path in folder.glob("*") if path.is_file()))


def judge(evidence: CodingEvidence, params: Params, case: Case) -> Iterator[Judgement]:
    """CODE-01 to CODE-09."""
    if evidence.shard:
        doubt = f"this is the evidence of shard {evidence.shard} alone"
        yield from (undecided(rule, doubt, advice="Bring in the evidence of every shard.") for rule in RULES)
        return
    yield judge_findings(evidence, params.banned)
    yield judge_coverage(evidence, case)
    yield judge_suppressions(evidence, case)
    yield judge_policy(evidence, case)
    yield judge_evidenced(evidence)
    yield judge_imports(evidence)
    yield judge_changes(evidence, params.unreviewed)
    yield judge_growth(evidence, case)
    yield judge_implementation(evidence, case)


def facts(evidence: CodingEvidence, _params: Params) -> Facts:
    """The suppression ledger, and the scanner whose word is relied on."""
    blamed = {(b.path, b.line): b for b in evidence.blames}
    ledger_rows = []
    for file in evidence.scan.files:
        for comment in file.comments:
            tests, others = nosec.words(comment.text)
            who = blamed.get((file.path, comment.line))
            ledger_rows.append(
                SuppressionFact(
                    Where(file.path, comment.line),
                    "bandit",
                    tests,
                    sum(issue.hidden_by == comment.line for issue in file.issues),
                    next((word for word in others if "-" in word), ""),
                    who.author if who else "",
                    who.commit if who else "",
                )
            )
    tools = (ToolFact("bandit", evidence.scan.tools.bandit, use="static analysis of Python"),)
    return Facts(suppressions=tuple(ledger_rows), tools=tools)


CHECK = Check(
    id="secure-coding",
    rules=RULES,
    params=Params,
    evidence=CodingEvidence,
    collect=collect,
    judge=judge,
    facts=facts,
    merge=shards.merged,
    artifacts=True,
)
