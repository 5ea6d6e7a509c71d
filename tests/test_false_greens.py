"""The catalogue of false greens seen in this field, and for each the test that plants it and sees it refused.

This walks the list only: that the named test is there. The tests themselves run where they live.
"""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent

FALSE_GREENS = {
    "a malformed date makes a waiver permanent": ("policy/test_deviations.py", "ISSUE-18: a malformed end date"),
    "a malformed date drops a rule": ("policy/test_deviations.py", "ISSUE-18: a date as text"),
    "a skip flag leaves no trace": ("checks/test_gate_integrity.py", "GATE-09: a skip option that leaves no trace"),
    "two waivers for one finding": ("policy/test_deviations.py", "ISSUE-19: two entries, one finding"),
    "a misspelt scope key widens a waiver": ("policy/test_deviations.py", "ISSUE-18: a misspelt scope key"),
    "a waiver to the year 2999": ("policy/test_deviations.py", "ISSUE-20: an end in the year 2999"),
    "junk for a justification": ("policy/test_deviations.py", "ISSUE-21: junk for a reason"),
    "hand-typed evidence satisfies": ("checks/test_build_identity.py", "BUILD-06: a hand-typed evidence file"),
    "a crashed scanner reads as a clean scan": ("checks/test_secure_coding.py", "test_code_02_a_crashed_bandit_test"),
    "a finding and exit 0 by default": ("gate/test_gate.py", "test_a_finding_blocks_and_a_live_deviation_answers_it"),
    "an edited record verifies": ("dossier/test_tamper.py", "test_result_edited_by_hand"),
    "failed controls exit 0": ("cli/test_exits.py", "test_every_decision_has_a_code_and_only_release_is_zero"),
    "nothing assessed, exit 0": ("model/test_verdict.py", "test_nothing_judged_is_undecided"),
    "an untouched template passes": ("checks/test_release_documents.py", "test_placeholders"),
    "an expired attestation still passes": ("checks/test_activity_completion.py", "DONE-05: expired certificate"),
    "a unit of duration is misread": ("policy/test_policy.py", "a number for a version"),
    "unsigned where an identity is required": ("dossier/test_brought.py", "SIGN-09: unsigned evidence"),
    "judged on the wrong evidence": ("cli/test_evidence.py", "BUILD-06: another commit"),
    "a check that cannot load is skipped": ("gate/test_gate.py", "GATE-07: collecting crashes"),
    "an override defaults to compliant": ("policy/test_policy.py", "unknown profile"),
    "no policy is a pass": ("cli/test_exits.py", "no policy"),
    "a planted failing test is not run": ("checks/test_security_tests.py", "TEST-10"),
    "syntax error, missing path, empty folder": ("checks/test_secure_coding.py", "CODE-02: a file with a syntax error"),
    "the tree silences its scanner": ("checks/test_secure_coding.py", "CODE-02: .bandit with skips"),
    "a module of the workspace takes over": ("action/test_real.py", "test_modules_of_the_workspace_are_not_imported"),
    "the exit code depends on the format": (
        "cli/test_release_and_verify.py",
        "test_the_exit_code_does_not_depend_on_the_format",
    ),
    "`|| true` in the action": ("action/test_action.py", "test_an_answer_that_does_not_agree_with_itself_is_undecided"),
    "a skipped job satisfies the required check": (
        "cli/test_init.py",
        "test_the_gate_job_cannot_be_skipped_and_publishing_asks_for_the_decision",
    ),
    "outcomes folded into a bool": ("model/test_verdict.py", "test_a_deviated_rule_with_a_doubt_is_undecided"),
    "all() over no findings": ("model/test_verdict.py", "test_a_failure_without_findings_cannot_be_written_down"),
    "an unknown table at the top level": ("policy/test_policy.py", 'unknown key "requirment" at the top level'),
    "an empty issue list passes": ("checks/security_issues", "ISSUE-06: an empty list without none-statement"),
    "a lost page": ("trackers", "ISSUE-01: empty page before the end"),
    "error, continue, exit 0": ("gate/test_gate.py", "GATE-07: judging crashes"),
    "`compliant` printed when nothing was evaluated": (
        "checks/test_gate_integrity.py",
        "the words certified or compliant",
    ),
    "only asks whether the issue exists": ("checks/security_issues", "ISSUE-09"),
    "a tool that assessed nothing reads as clean": ("checks/test_vulnerabilities.py", "VULN-04"),
    "code ships that nobody scanned": ("scanners/test_shipped.py", "CODE-02: a .pth file that runs code"),
    "code behind a link, in a folder that nobody scans": (
        "scanners/test_sources.py",
        "CODE-02: a link to a folder outside the source roots",
    ),
    "a pattern that spares only the package's init": (
        "scanners/test_sources.py",
        "test_an_exclusion_that_spares_only_the_init_of_a_package_hides_the_package",
    ),
    "a magic hides the Python that it runs": (
        "scanners/test_notebooks.py",
        "test_code_01_a_magic_hides_no_python",
    ),
    "a filter of git passes any content for the commit's": (
        "checks/test_secure_coding.py",
        "test_code_02_a_filter_between_commit_and_tree_is_undecided",
    ),
    "half a file parsed, reported as a success with a warning": (
        "scanners/test_sarif.py",
        "CODE-06: Semgrep's own SARIF for an unparsable file",
    ),
    "a dependency slipped into the released wheel": (
        "checks/test_sbom.py",
        "a dependency in the wheel's METADATA that neither lock nor SBOM knows",
    ),
    "one decision answers a notice about several vulnerabilities": (
        "checks/test_vulnerabilities.py",
        "one of two vulnerabilities of a distribution's notice decided",
    ),
    "a lock that need not be whole": ("sbom/test_locks.py", "requirements: no hash"),
    "an approver writes as a stranger": ("checks/test_people.py", "test_a_stranger_may_be_an_approver"),
    "a misspelt kind switches a rule off": ("policy/test_policy.py", "MAINT-05: kind misspelt"),
    "the best answer is assumed": (
        "checks/test_security_tests.py",
        "test_whoever_says_nothing_states_no_independence",
    ),
    "what a check leaves out is not missed": (
        "gate/test_omission.py",
        "test_a_release_has_judged_every_rule_once_and_well",
    ),
}


def text_of(place: str) -> str:
    path = TESTS / place
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return "\n".join(f.read_text(encoding="utf-8") for f in files)


@pytest.mark.parametrize("kind", FALSE_GREENS)
def test_every_kind_of_false_green_is_planted_somewhere(kind: str) -> None:
    place, planted = FALSE_GREENS[kind]

    assert planted in text_of(place)
