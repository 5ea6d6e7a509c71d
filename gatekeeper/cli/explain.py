"""`gatekeeper explain`: what a rule, a clause, a Bandit test, an exit code or a word means, and what to do about it."""

from __future__ import annotations

import difflib
import re
import shutil
from collections.abc import Iterator
from functools import partial
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
from gatekeeper.reports._words import BASIS, SEVERITY

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
    Phase.EVIDENCE: Text("on the evidence", "証拠に基づき判定"),
    Phase.ON_FINDINGS: Text("once all findings are known", "検出事項が出そろった後に判定"),
    Phase.ON_APPROVALS: Text("once people have approved", "承認の後に判定"),
    Phase.AT_SIGNING: Text("at signing", "署名時に判定"),
    Phase.LAST: Text("last, over all other results", "最後に、他の全ての結果に対して判定"),
    Phase.ON_RECORD: Text("on the signed record, again by verify", "署名済みの記録に対して判定(verifyが再判定)"),
    Phase.AFTER_PUBLICATION: Text(
        "after publication, by `gatekeeper verify DOSSIER --published PLACE`",
        "公開後に`gatekeeper verify DOSSIER --published 場所`で判定",
    ),
}
# The headings of an answer. What stands under the first two and under "Read" exists in English only.
HEADINGS = {
    "Passes when": "合格の条件(英文)",
    "Refused, for instance": "不合格となる例(英文)",
    "What to do": "対処",
    "Deviation": "逸脱の可否",
    "Evidence for": "証拠となる箇条",
    "Read": "読み取るもの(英文)",
    "Note": "注記(英文)",
    "Shown by": "根拠",
    "Evidence expected": "必要な証拠",
    "Rules": "規則",
    "Clauses below it": "下位の箇条",
    "Nearest elsewhere": "他の規格で最も近い箇条",
    "Raises from warn to block": "警告から停止に引き上げる規則",
    "SBOM formats": "SBOMの形式",
    "SBOM document fields": "SBOM文書の項目",
    "SBOM component fields": "SBOM構成要素の項目",
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
@click.option("--lang", type=click.Choice(["en", "ja", "both"]), default="en", help="Language of what has one.")
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
    if _FINGERPRINT.fullmatch(topic):
        return "That is the fingerprint of one finding: explain its rule, which `gatekeeper check` prints beside it."
    if (short := _SHORT_ID.fullmatch(topic)) and (id_ := f"{short[1].upper()}-0{short[2]}") in book.rules:
        return f'Did you mean "{id_}"?'
    checks = {r.check for r in book.rules.values()}
    known = [*book.rules, *book.clauses, *book.profiles, *WORDS, *TABLES, EXIT_CODES, *checks]
    close = difflib.get_close_matches(topic.upper(), known, n=1) or difflib.get_close_matches(topic.lower(), known, n=1)
    return f'Did you mean "{close[0]}"?' if close else "Run `gatekeeper explain` to see what can be asked."


_SHORT_ID = re.compile(r"([A-Za-z]+)-?(\d)")
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


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
    severity, basis, when = SEVERITY[rule.severity], BASIS[rule.basis], WHEN[book.phase(rule.id)]
    about = Text(
        f"{rule.severity}, {rule.basis}; check {rule.check}; judged {when.en}",
        f"{severity.ja}、{basis.ja}。チェック {rule.check}。{when.ja}",
    )
    for text in _told(about, lang):
        yield from _wrapped(text)
    if rule.id not in built and book.phase(rule.id) not in BESIDE:
        yield "  outside this version of the tool: the record lists it as a limit, and nothing passes by it"
    section = partial(_section, lang=lang)
    yield from section("Passes when", [rule.passes_when])
    yield from section("Refused, for instance", [f"- {bad}" for bad in rule.bad_input])
    yield from section("What to do", _told(rule.remedy, lang))
    yield from section("Deviation", _told(MAY_DEVIATE if rule.id in book.deviable else NO_DEVIATION, lang))
    yield from section("Evidence for", [f"{c}  {_title(book.clauses[c].title, lang)}" for c in rule.clauses])
    yield from section("Read", list(rule.inputs))
    yield from section("Note", [rule.note] if rule.note else [])


MAY_DEVIATE = Text("a live deviation may answer a finding", "有効な逸脱により検出事項を受け入れることができる")
NO_DEVIATION = Text("no: it has to be put right", "不可:是正しなければならない")
OWN_TRANSLATION = "(the Japanese title is our own translation, not the JIS's / 題名はJISのものではなく本ツールの訳)"
NO_RULE = Text("no rule: this row is a heading", "規則なし(見出し)")


def _clause(clause: Clause, book: Rulebook, lang: str) -> Iterator[str]:
    yield f"{clause.id}  {_title(clause.title, lang)}"
    yield ""
    for text in _told(clause.summary, lang):
        yield from _wrapped(f"{text}")
    if lang != "en" and clause.title_status.ja == "own-translation":
        yield from _wrapped(
            "(the Japanese title is our own translation, not the JIS's / JISの題名ではなく本ツールの訳)"
        )
    section = partial(_section, lang=lang)
    bases = Text(", ".join(clause.bases), "、".join(BASIS[b].ja for b in clause.bases)) if clause.bases else NO_RULE
    yield from section("Shown by", _told(bases, lang))
    below = [c for c in book.clauses.values() if c.id.startswith(f"{clause.id}.")]
    yield from section("Clauses below it", [f"{c.id}  {_title(c.title, lang)}" for c in below])
    yield from section("Evidence expected", [line for text in clause.evidence for line in _told(text, lang)])
    yield from section("Rules", [_row(book.rules[r], lang) for r in clause.rules])
    near = {"IEC 62443-4-1": clause.iec62443_4_1, "IEC 62304": clause.iec62304, "ISO 13485": clause.iso13485}
    yield from section("Nearest elsewhere", [f"{name}: {', '.join(ids)}" for name, ids in near.items() if ids])


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
    section = partial(_section, lang=lang)
    yield f"{profile.id}  {_title(profile.title, lang)}"
    raised = ["every warning"] if "*" in profile.raises else [_row(book.rules[r], lang) for r in profile.raises]
    yield from section("Raises from warn to block", raised)
    yield from section("SBOM formats", [", ".join(profile.sbom_formats)])
    yield from section("SBOM document fields", [", ".join(profile.sbom_document_fields)])
    yield from section("SBOM component fields", [", ".join(profile.sbom_component_fields)])


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


def _section(title: str, lines: list[str], lang: str = "en") -> Iterator[str]:
    """A heading with what stands under it; nothing where that is nothing."""
    if any(lines):
        yield ""
        yield f"{_title(Text(title, HEADINGS.get(title, title)), lang)}:"
        for line in lines:
            yield from _wrapped(line)


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    """Lines of a terminal; what follows on a name or a dash stands behind it."""
    width = max(30, min(shutil.get_terminal_size((100, 24)).columns, 120))
    named = _HANGING.match(text)
    return wrap(text, width, indent, indent + " " * (len(named[0]) if named else 0))


_HANGING = re.compile(r"- |[A-Z]+-\d+ +(block|warn) +|[0-9A-F][0-9.]*  ")
