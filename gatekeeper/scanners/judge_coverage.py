"""CODE-02, CODE-04 and CODE-05, purely: did the scan cover the code, and is the policy behind it fit to judge by."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from pathlib import PurePosixPath

from gatekeeper.model.case import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, undecided
from gatekeeper.model.words import Level, Mode
from gatekeeper.scanners.coding_policy import CodingRule
from gatekeeper.scanners.evidence import CodingEvidence
from gatekeeper.scanners.exclusions import too_wide
from gatekeeper.scanners.languages import is_source, language_of
from gatekeeper.scanners.shipped import Module, is_archive, not_scanned

COVERAGE, POLICY, EVIDENCED = "CODE-02", "CODE-04", "CODE-05"
_NAMED = 20  # places that a message lists before it only counts


def judge_coverage(evidence: CodingEvidence, case: Case) -> Judgement:
    """CODE-02: the files scanned are the files that the policy asks for, every one of them read, no test crashed."""
    chosen, files = evidence.selection, evidence.scan.files
    left_out = sum(e.files for e in chosen.excluded)
    origin = f"git, commit {chosen.commit[:12]}" if chosen.commit else chosen.listing
    observed = (
        f"{len(files)} of {len(chosen.python)} Python files and {len(chosen.notebooks)} notebooks scanned (list "
        f"from {origin}); {left_out} excluded with a reason; {len(chosen.ignored)} folders that git ignores not looked "
        f"into; {len(evidence.settings)} files with scanner settings in the tree, without effect"
    )
    findings = (*_exclusion_findings(evidence), *_shipped_findings(evidence))
    return judged(COVERAGE, f"{observed}; {_compared(evidence)}", findings, _coverage_doubts(evidence, case))


def _compared(evidence: CodingEvidence) -> str:
    archives = [each for each in evidence.shipped if each.archive]
    if not evidence.shipped:
        return "no artifact to compare with"
    modules = sum(len(each.modules) for each in evidence.shipped)
    others = len(evidence.shipped) - len(archives)
    return f"{modules} pieces of code in {len(archives)} archives and {others} single files compared"


def _shipped_findings(evidence: CodingEvidence) -> Iterator[Finding]:
    for each in evidence.shipped:
        for module, like in not_scanned(each, evidence.scan.files):
            said = f"differs from the scanned {like}" if like else _unknown(module)
            yield finding(
                COVERAGE,
                f"{each.artifact} ships {module.name}, which {said}" + ("" if module.sha256 else " (byte code)"),
                key=["shipped", module.name],
                where=Where(each.artifact, pointer=module.name),
                level=Level.HIGH,
                remedy="Build the artifact from the scanned sources alone, or take the file's source into the tree.",
            )


def _unknown(module: Module) -> str:
    if module.language:
        return f"is no file of the tree ({module.language})"
    return "is not among the scanned sources"


def _coverage_doubts(evidence: CodingEvidence, case: Case) -> Iterator[str]:
    chosen = evidence.selection
    wanted = {*chosen.python, *chosen.notebooks}
    scanned = {file.path for file in evidence.scan.files}
    if not wanted and not any(each.covered and not each.faults for each in evidence.imported):
        yield "there is no Python file under the source roots, and no other scanner read anything"
    if evidence.scan.cached and case.mode is not Mode.LOCAL:
        yield f"{evidence.scan.cached} results came from a cache; only a cold scan counts here"
    if len(scanned) != len(evidence.scan.files):
        yield "a file was reported twice"
    yield from _listed("source root does not exist or is empty", chosen.missing_roots)
    yield from _listed("selected and not scanned", sorted(wanted - scanned))
    yield from _listed("scanned and not selected", sorted(scanned - wanted))
    yield from _listed("a link leads out of the tree", chosen.links)
    yield from _listed("a filter of git stands between the commit and", chosen.filtered)
    yield from _listed("not read", [f"{f.path} ({f.unread})" for f in evidence.scan.files if f.unread])
    looked_into = {each.artifact for each in evidence.shipped}
    ships = [PurePosixPath(each.name).name for each in case.facts.artifacts]
    left = [name for name in ships if (is_archive(name) or is_source(name)) and name not in looked_into]
    yield from _listed("artifact not compared with the scanned sources (give it to the job of the first shard)", left)
    yield from _listed("artifact not read", [f"{s.artifact} ({s.fault})" for s in evidence.shipped if s.fault])
    yield from _listed("a Bandit test crashed", [f"{f.path}: {c}" for f in evidence.scan.files for c in f.crashes])


def _listed(what: str, places: tuple[str, ...] | list[str]) -> Iterator[str]:
    yield from (f"{what}: {place}" for place in places[:_NAMED])
    if len(places) > _NAMED:
        yield f"{what}: {len(places) - _NAMED} more"


def _exclusion_findings(evidence: CodingEvidence) -> Iterator[Finding]:
    for exclusion in evidence.selection.excluded:
        if not exclusion.reason.strip():
            yield _exclusion(exclusion.path, "reason", "the exclusion gives no reason", "Write down why.")
        if packages := too_wide(exclusion):
            yield _exclusion(
                exclusion.path,
                "wide",
                f"the exclusion hides whole packages that it does not name: {', '.join(packages[:_NAMED])}",
                "Exclude each package by its own folder, with its reason.",
            )


def _exclusion(path: str, what: str, message: str, remedy: str) -> Finding:
    where = Where(pointer=f"[secure-coding] exclude {path!r}")
    return finding(COVERAGE, message, key=["exclude", path, what], where=where, level=Level.HIGH, remedy=remedy)


def judge_policy(evidence: CodingEvidence, case: Case) -> Judgement:
    """CODE-04: the coding policy is valid, in date, and names tests that exist."""
    file = evidence.policy
    found = [_policy_finding(file.path, fault, fault) for fault in file.faults]
    if file.policy is None:
        if not found:
            return undecided(POLICY, f"{file.path} was not read")
        return judged(POLICY, f"{file.path}: {len(found)} faults", found)
    policy, today = file.policy, case.now.date()
    if policy.reviewed > today:
        found.append(_policy_finding(file.path, "reviewed", f"reviewed = {policy.reviewed} lies in the future"))
    if policy.next_review < today:
        message = f"next-review = {policy.next_review} has passed"
        found.append(_policy_finding(file.path, "next-review", message))
    installed = set(evidence.scan.tools.tests)
    for rule in policy.rule:
        for test in rule.tests.get("bandit", ()):
            if test not in installed:
                message = f"rule {rule.id!r} names {test}, which Bandit {evidence.scan.tools.bandit} does not have"
                found.append(_policy_finding(file.path, test, message))
    observed = (
        f"{file.path}: {policy.id} {policy.version}, owner {policy.owner}, {len(policy.rule)} rules, reviewed "
        f"{policy.reviewed}, next review {policy.next_review}, sha256 {file.sha256}"
    )
    return judged(POLICY, observed, found)


def _policy_finding(path: str, key: str, message: str) -> Finding:
    return finding(POLICY, message, key=[path, key], where=Where(path), level=Level.HIGH)


def judge_evidenced(evidence: CodingEvidence) -> Judgement:
    """CODE-05: behind each coding rule stands a tool that ran, over files of its scope, with the test switched on."""
    policy = evidence.policy.policy
    if policy is None:
        return undecided(EVIDENCED, f"there is no valid coding policy to judge by: {evidence.policy.path}")
    doubts = [f"rule {rule.id!r}: {reason}" for rule in policy.rule if (reason := _unevidenced(rule, evidence))]
    doubts += _unread_languages(evidence)
    return judged(EVIDENCED, f"{len(policy.rule)} coding rules, each evidenced by a tool that ran", (), doubts)


def _unevidenced(rule: CodingRule, evidence: CodingEvidence) -> str:
    """Why no tool that the policy names for the rule gives evidence; empty where one does."""
    reasons = []
    for tool, tests in rule.tests.items():
        if tool != "bandit":
            if not (reason := _not_imported(tool, rule, evidence)):
                return ""
            reasons.append(reason)
        elif not set(tests) & set(evidence.scan.tools.tests):
            reasons.append(f"Bandit {evidence.scan.tools.bandit} has none of {', '.join(tests)}")
        elif not any(_in_scope(file.path, rule) for file in evidence.scan.files if not file.unread):
            reasons.append("Bandit read no file of its scope")
        else:
            return ""
    return "; ".join(reasons) or "it names no tool"


def _not_imported(tool: str, rule: CodingRule, evidence: CodingEvidence) -> str:
    """Why another tool gives no evidence for a rule; empty where it does."""
    for each in evidence.imported:
        if each.tool.casefold() == tool.casefold():
            if each.faults or each.missed:
                return f"the results of {tool} are not sound"
            if off := sorted(set(each.off) & set(rule.tests[tool])):
                return f"{tool} ran with {', '.join(off)} switched off"
            return "" if any(_in_scope(path, rule) for path in each.covered) else f"{tool} read no file of its scope"
    return f"{tool} is not part of this run"


def _in_scope(path: str, rule: CodingRule) -> bool:
    return not rule.scope or any(fnmatch.fnmatchcase(path, pattern) for pattern in rule.scope)


def _unread_languages(evidence: CodingEvidence) -> Iterator[str]:
    """Code that no tool of this run reads: a device in C++ cannot pass on a few Python scripts."""
    by_language: dict[str, list[str]] = {}
    read = {path for each in evidence.imported if not each.faults for path in each.covered}
    for path in sorted(set(evidence.selection.others) - read):
        by_language.setdefault(language_of(path), []).append(path)
    for language, paths in sorted(by_language.items()):
        yield (
            f"{len(paths)} {language} files under the source roots are read by no tool of this run ({paths[0]}, ...): "
            "take in a scanner's SARIF, or exclude them with a reason"
        )
