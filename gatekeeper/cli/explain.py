"""`gatekeeper explain`: what a rule, a clause, a Bandit test, an exit code or a word means, and what to do about it."""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import tomli

from gatekeeper import gate
from gatekeeper.cli.exits import MEANINGS, RELEASED
from gatekeeper.cli.settings import Settings
from gatekeeper.model.check import Product
from gatekeeper.model.errors import UsageError
from gatekeeper.model.rule import Clause, Profile, Rule, Rulebook, Text
from gatekeeper.model.words import Phase
from gatekeeper.policy.reference import REQUIRED, Key, tables
from gatekeeper.policy.rulebook import rulebook, shipped
from gatekeeper.policy.schema import GateTable
from gatekeeper.reports._cells import wrap

EXIT_CODES = "exit-codes"
CODING_RULES = "secure-coding.toml"

# The tables of the policy that belong to no check.
TABLES: dict[str, type] = {"product": Product, "gate": GateTable}

# Examples and next steps for the codes of cli/exits.py; the meanings stand there, once.
NEXT_STEPS = {
    0: "Publish. Deviations that stand are counted in the last line.",
    1: "Read what failed: each line says where and what to do. Mend it, or have a deviation approved where one may be.",
    2: "Correct the call, or the lines of the policy or deviations file that were named. Nothing was judged.",
    3: "Read what is undecided: something was missing, stale, partial or out of reach. Provide it, and run again.",
    130: "Run it again.",
}

# When a rule is judged, in words.
WHEN = {
    Phase.EVIDENCE: "on the evidence",
    Phase.ON_FINDINGS: "once all findings are known",
    Phase.ON_APPROVALS: "once people have approved",
    Phase.AT_SIGNING: "at signing",
    Phase.LAST: "last, over all other results",
    Phase.ON_RECORD: "on the signed record, again by verify",
    Phase.AFTER_PUBLICATION: "after publication, by `gatekeeper verify DOSSIER --published PLACE`",
}

BESIDE = (Phase.ON_RECORD, Phase.AFTER_PUBLICATION)  # judged by no check: `release` and `verify` do it themselves

# The closed sets of words, in the order in which people meet them.
WORDS = {
    "passed": "Outcome of a rule: its whole condition holds, and what was observed is cited.",
    "failed": "Outcome of a rule: a judgement was made, and at least one finding is not answered by a deviation.",
    "deviated": "Outcome of a rule: it has findings, and a live deviation answers every one of them. Not a pass.",
    "undecided": "Could not be judged: evidence missing, unreadable, partial or stale, or a tool failed. It blocks.",
    "not-applicable": "Outcome of a rule that begins with an if that does not hold; the reason is recorded.",
    "met": "Status of a clause: every blocking rule passed, at least one did, and no warning stands.",
    "met-with-deviation": "Status of a clause: met, but some blocking rule rests on a deviation.",
    "met-with-remark": "Status of a clause: met, but some warn rule failed.",
    "not-evidenced": "Status of a clause: all its rules are warnings and none passed. It does not block, and it shows.",
    "not-met": "Status of a clause: some blocking rule failed.",
    "not-evaluated": "Status of a clause: this version of the tool does not evaluate it; evidence is needed elsewhere.",
    "tailored": "Status of a clause: not applied, with a reason that security expertise approved. Never within 5.8.",
    "release": "Decision: nothing blocking failed, nothing is undecided, and it is signed.",
    "block": "Decision: at least one blocking rule failed. Severity of a rule: its failure stops the release.",
    "warn": "Severity of a rule: its failure is shown and does not stop the release. Undecided still does.",
    "automatic": "Basis of a rule: the gate computed the answer from files.",
    "presence": "Basis of a rule: a document is there, bound to this version and complete; its content was not judged.",
    "attestation": "Basis of a rule: a named, authorised person states it; the gate checks who, when and what for.",
    "deviation": "An approved, dated, justified exception for exactly one finding. See `gatekeeper deviation add`.",
    "dossier": "The sealed folder: record, artifacts, hashes, signatures, evidence, policy, trust material, report.",
    "record": "One signed JSON document that says what was judged, on what evidence, and what was decided.",
    "receipt": "The rules about the record itself, judged after it was signed; `verify` works them out again.",
    "rehearsal": "A full run signed by a throw-away Sigstore. It is never a release.",
}


@click.command()
@click.argument("topic", required=False)
@click.option("--lang", type=click.Choice(["en", "ja", "both"]), default="en", help="Language of titles.")
@click.pass_obj
def COMMAND(  # noqa: N802 - the name that the group looks for
    settings: Settings, topic: str | None, lang: str
) -> int:
    """Explain TOPIC: a rule (SBOM-04), a clause (5.8.2), a Bandit test (B602), a check, a profile, a word such as
    undecided, or exit-codes. Without a topic: what can be asked."""
    for line in _contents() if topic is None else _lines(topic, lang, settings.root):
        click.echo(line.rstrip())
    return RELEASED


def _lines(topic: str, lang: str, root: Path) -> Iterator[str]:
    book, built = rulebook(), gate.checks()
    if rule := book.rules.get(topic.upper()):
        return _rule(rule, book, lang, built={r for c in built.values() for r in c.rules})
    if clause := book.clauses.get(topic):
        return _clause(clause, book, lang)
    if topic.upper().startswith("B") and topic[1:].isdecimal():
        return _bandit(topic.upper(), root)
    if topic.lower() == EXIT_CODES:
        return _exit_codes()
    if profile := book.profiles.get(topic.lower()):
        return _profile(profile, book, lang)
    if topic.lower() in WORDS:
        return iter([topic.lower(), "", *_wrapped(WORDS[topic.lower()])])
    if topic.lower() in built or topic.lower() in TABLES:
        return _check(topic.lower(), book, lang)
    raise UsageError(f'nothing is known about "{topic}"', _suggestion(topic, book))


def _suggestion(topic: str, book: Rulebook) -> str:
    checks = {r.check for r in book.rules.values()}
    known = [*book.rules, *book.clauses, *book.profiles, *WORDS, *TABLES, EXIT_CODES, *checks]
    close = difflib.get_close_matches(topic.upper(), known, n=1) or difflib.get_close_matches(topic.lower(), known, n=1)
    return f'Did you mean "{close[0]}"?' if close else "Run `gatekeeper explain` to see what can be asked."


def _contents() -> Iterator[str]:
    book = rulebook()
    yield f"Rules of version {book.rules_version}, by check (`gatekeeper explain CHECK` lists them):"
    yield ""
    for check in dict.fromkeys(r.check for r in book.rules.values()):
        ids = [r.id for r in book.rules.values() if r.check == check]
        yield f"  {check:20} {ids[0]} to {ids[-1]}" if len(ids) > 1 else f"  {check:20} {ids[0]}"
    yield ""
    yield from _wrapped(f"Clauses: {', '.join(c for c in book.clauses if c.startswith('5.8'))} and all others.")
    yield from _wrapped(f"Profiles: {', '.join(book.profiles)}.")
    yield from _wrapped(f"Words: {', '.join(WORDS)}.")
    yield from _wrapped("Also: the tables product and gate of the policy, Bandit tests such as B602, and exit-codes.")


def _rule(rule: Rule, book: Rulebook, lang: str, *, built: set[str]) -> Iterator[str]:
    yield f"{rule.id}  {_title(rule.title, lang)}"
    yield ""
    yield f"  {rule.severity}, {rule.basis}; check {rule.check}; judged {WHEN[book.phase(rule.id)]}"
    if rule.id not in built and book.phase(rule.id) not in BESIDE:
        yield "  outside this version of the tool: the record lists it as a limit, and nothing passes by it"
    yield from _section("Passes when", [rule.passes_when])
    yield from _section("Refused, for instance", [f"- {bad}" for bad in rule.bad_input])
    yield from _section("What to do", _told(rule.remedy, lang))
    answer = "a live deviation may answer a finding" if rule.id in book.deviable else "no: it has to be put right"
    yield from _section("Deviation", [answer])
    yield from _section("Evidence for", [f"{c}  {_title(book.clauses[c].title, lang)}" for c in rule.clauses])
    yield from _section("Read", list(rule.inputs))
    if rule.note:
        yield from _section("Note", [rule.note])


def _clause(clause: Clause, book: Rulebook, lang: str) -> Iterator[str]:
    yield f"{clause.id}  {_title(clause.title, lang)}"
    yield ""
    for text in _told(clause.summary, lang):
        yield from _wrapped(f"{text}")
    if lang != "en" and clause.title_status.ja == "own-translation":
        yield "  (the Japanese title is our own translation, not the JIS's)"
    yield from _section("Shown by", [", ".join(clause.bases) or "no rule: this row is a heading"])
    yield from _section("Evidence expected", [line for text in clause.evidence for line in _told(text, lang)])
    yield from _section("Rules", [_row(book.rules[r], lang) for r in clause.rules])
    near = {"IEC 62443-4-1": clause.iec62443_4_1, "IEC 62304": clause.iec62304, "ISO 13485": clause.iso13485}
    yield from _section("Nearest elsewhere", [f"{name}: {', '.join(ids)}" for name, ids in near.items() if ids])


def _told(text: Text, lang: str) -> list[str]:
    return {"en": [text.en], "ja": [text.ja]}.get(lang, [text.en, text.ja])


def _check(name: str, book: Rulebook, lang: str) -> Iterator[str]:
    """A table of the policy: the rules that it is for, then every key that it may hold."""
    yield f"{name}  (policy table [{name}])"
    if rules := [_row(rule, lang) for rule in book.rules.values() if rule.check == name]:
        yield from _section("Rules", rules)
    for table in tables(name, TABLES.get(name) or gate.checks()[name].params):
        yield from _section(table.head, [" ".join(table.words.split())])
        for key in table.keys:
            yield from _key(key)


def _key(key: Key) -> Iterator[str]:
    default = f" (without it: {key.default})" if key.default and key.default != REQUIRED else ""
    need = ", required" if key.default == REQUIRED else ""
    yield from _wrapped(f"{key.name}: {key.shape}{need}{default}", "    ")
    if key.note:
        yield from _wrapped(key.note, "        ")


def _profile(profile: Profile, book: Rulebook, lang: str) -> Iterator[str]:
    yield f"{profile.id}  {_title(profile.title, lang)}"
    raised = ["every warning"] if "*" in profile.raises else [_row(book.rules[r], lang) for r in profile.raises]
    yield from _section("Raises from warn to block", raised)
    yield from _section("SBOM formats", [", ".join(profile.sbom_formats)])
    yield from _section("SBOM document fields", [", ".join(profile.sbom_document_fields)])
    yield from _section("SBOM component fields", [", ".join(profile.sbom_component_fields)])


def _exit_codes() -> Iterator[str]:
    yield "Exit codes, for every command and output format:"
    for code, meaning in MEANINGS.items():
        yield ""
        yield f"  {code:3}  {meaning}"
        yield from _wrapped(NEXT_STEPS[code], "       ")
    yield ""
    yield from _wrapped(
        "Only 0 lets anything out. Where something failed and something else is undecided, the code is 1."
    )


def _bandit(test: str, root: Path) -> Iterator[str]:
    from gatekeeper.scanners import toolchain
    from gatekeeper.scanners.advice import how_to_fix

    toolchain.load(root)  # first, so that no module of the product's tree is taken for Bandit's
    from bandit.core import docs_utils, extension_loader

    manager = extension_loader.MANAGER
    if test in manager.plugins_by_id:
        name = manager.plugins_by_id[test].name
    elif test in manager.blacklist_by_id:
        name = manager.blacklist_by_id[test]["name"]
    else:
        close = difflib.get_close_matches(test, [*manager.plugins_by_id, *manager.blacklist_by_id], n=1)
        raise UsageError(f'Bandit has no test "{test}"', f'Did you mean "{close[0]}"?' if close else "")
    yield f"{test}  {name}  (a test of Bandit, run by the check secure-coding)"
    for rule in tomli.loads(shipped(CODING_RULES).decode())["rule"]:
        if test in rule.get("tests", {}).get("bandit", ()):
            yield from _section(f"Coding rule {rule['id']} (CWE-{rule['cwe']})", [rule["title"], rule["reason"]])
    fix = "Mend the line. Where it is safe and must stay, have a deviation approved: `gatekeeper deviation add`."
    yield from _section(
        "What to do",
        [*filter(None, [how_to_fix(test)]), fix, "A `# nosec` comment alone is a finding of its own (CODE-03)."],
    )
    yield from _section("More", [str(docs_utils.get_url(test))])


def _row(rule: Rule, lang: str) -> str:
    return f"{rule.id:10} {rule.severity:5}  {_title(rule.title, lang)}"


def _title(text: Text, lang: str) -> str:
    return {"en": text.en, "ja": text.ja, "both": f"{text.en} / {text.ja}"}[lang]


def _section(title: str, lines: list[str]) -> Iterator[str]:
    yield ""
    yield f"{title}:"
    for line in lines:
        yield from _wrapped(line)


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    width = max(30, min(shutil.get_terminal_size((100, 24)).columns, 120))
    return wrap(text, width, indent, indent)
