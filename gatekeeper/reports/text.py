"""Text for a terminal: one line a check, and under it what is wrong, where, how to mend it and where to read more."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.model.record import FindingRow, Record, RuleRow
from gatekeeper.model.report import Options, Report
from gatekeeper.model.rule import Text
from gatekeeper.model.words import Decision, Outcome
from gatekeeper.reports._cells import cells, pad, wrap
from gatekeeper.reports._escape import log_line, visible, visible_lines
from gatekeeper.reports._view import by_weight, checks, headline, rule_rank, sentence, worst
from gatekeeper.reports._words import HEAD, LEVEL, MODE, STANDING, SYMBOL, next_step, say, standing

SHOWN = 20  # findings of one rule, unless --verbose
_WIDE = 72  # cells from which on check and summary stand side by side
_SGR = {
    "failed": "1;31",
    "warned": "33",
    "undecided": "1;35",
    "deviated": "33",
    "passed": "32",
    "dim": "2",
    "bold": "1",
}


def render(record: Record, options: Options) -> str:
    """Head, one block a check, then the verdict and the next step as the last lines."""
    page = _Page(record, options)
    lines = [*page.head(), "", *page.checks(), "", *page.left_out(), *page.verdict()]
    return "\n".join(log_line(line.rstrip()) for line in lines) + "\n"


class _Page:
    def __init__(self, record: Record, options: Options) -> None:
        self.record, self.options = record, options
        self.width = max(30, options.width)
        self.wide = self.width >= _WIDE
        self.indent = " " * (15 if self.wide else 4)

    def paint(self, kind: str, text: str) -> str:
        code = _SGR.get(kind)
        return f"\x1b[{code}m{text}\x1b[0m" if self.options.color and code else text

    def say(self, en: str, ja: str) -> str:
        return say(Text(en, ja), self.options.lang)

    def head(self) -> list[str]:
        r = self.record
        clean = {True: "clean", False: "NOT CLEAN", None: "state unknown"}[r.source.clean]
        tag = f", tag {visible(r.source.tag)}" if r.source.tag else ""
        parts = [
            f"gatekeeper {visible(r.gate_version)}",
            f"{visible(r.product.name)} {visible(r.product.version)}",
            f"policy sha256 {_short(r.policy.sha256)}",
            f"commit {_short(r.source.commit)} ({clean}{tag})" if r.source.commit else "no commit",
            say(MODE[r.mode], self.options.lang),
        ]
        return _join(parts, self.width)

    def checks(self) -> Iterator[str]:
        """What is well first, so that what stands in the way is read last, right above the verdict."""
        sorted_out = [(check, sorted(rules, key=rule_rank)) for check, rules in checks(self.record).items()]
        for check, rules in sorted(sorted_out, key=lambda item: -rule_rank(item[1][0])):
            yield from self.check(check, rules)

    def check(self, check: str, rules: list[RuleRow]) -> Iterator[str]:
        kind = standing(rules[0])
        clauses = " ".join(sorted({c for rule in rules for c in rule.clauses[:1]}, key=_clause_key))
        yield from self.check_line(kind, check, self.summary(rules), clauses)
        for alike in _alike(rules):
            if alike[0].outcome not in (Outcome.PASSED, Outcome.NOT_APPLICABLE):
                yield from self.rule(*alike)
            elif self.options.verbose:
                for rule in alike:
                    yield from self.good_rule(rule)

    def check_line(self, kind: str, check: str, summary: str, clauses: str) -> Iterator[str]:
        word = pad(f"{SYMBOL[kind]} {say(HEAD[kind], self.options.lang)}", 12)
        if not self.wide:
            yield f"  {self.paint(kind, word)} {visible(check)}"
            yield from self.wrapped(visible(summary), "")
            yield from (self.paint("dim", row) for row in self.wrapped(clauses, ""))
            return
        start = f"  {self.paint(kind, word)} {pad(visible(check), 20)} "
        room = self.width - 36
        rows = wrap(visible(summary), room)
        if cells(rows[-1]) + len(clauses) + 2 <= room:
            rows[-1] = pad(rows[-1], room - len(clauses)) + self.paint("dim", clauses)
        else:
            rows += [self.paint("dim", row) for row in wrap(clauses, room)]
        yield start + rows[0]
        yield from (" " * 36 + row for row in rows[1:])

    def summary(self, rules: list[RuleRow]) -> str:
        wrong = [r for r in rules if r.outcome not in (Outcome.PASSED, Outcome.NOT_APPLICABLE)]
        if not wrong:
            seen = next((r.observed[0] for r in rules if r.outcome is Outcome.PASSED and r.observed), "")
            return seen or rules[0].not_applicable
        kinds = {kind: [r for r in wrong if standing(r) == kind] for kind in STANDING}
        said = [f"{len(found)} {say(STANDING[kind], self.options.lang)}" for kind, found in kinds.items() if found]
        return self.say(
            f"{', '.join(said)}, of {len(rules)} rule{'s'[: len(rules) > 1]}",
            f"規則 {len(rules)} 件のうち {'、'.join(said)}",
        )

    def rule(self, rule: RuleRow, *more: RuleRow) -> Iterator[str]:
        kind = standing(rule)
        title = visible(" ".join(r.id for r in more) if more else say(rule.title, self.options.lang))
        word = say(HEAD[kind], self.options.lang)
        lines = list(self.wrapped(f"{visible(rule.id)}  {title}  [{word}]", ""))
        yield lines[0].replace(visible(rule.id), self.paint(kind, visible(rule.id)), 1)
        yield from lines[1:]
        shown = len(rule.findings) if self.options.verbose else SHOWN
        for found in by_weight(rule)[:shown]:
            yield from self.finding(rule, found)
        if rule.findings[shown:]:
            left = len(rule.findings) - shown
            told = self.say(f"… and {left} more: add -v, or -o html=FILE", f"… ほか {left} 件(-v で全件)")
            yield f"{self.indent}  {told}"
        for doubt in rule.doubts:
            yield from self.wrapped(self.say("not judged: ", "判定できない理由: ") + visible(doubt), "  ")
        if not rule.findings:
            yield from self.advice(next_step(rule), f"gatekeeper explain {rule.id}")

    def good_rule(self, rule: RuleRow) -> Iterator[str]:
        word = say(HEAD[standing(rule)], self.options.lang)
        seen = "; ".join(rule.observed) or rule.not_applicable
        yield from self.wrapped(visible(f"{rule.id}  {say(rule.title, self.options.lang)}  [{word}]  {seen}"), "")

    def finding(self, rule: RuleRow, found: FindingRow) -> Iterator[str]:
        place = visible(str(found.where))
        level = say(LEVEL[found.level], self.options.lang).upper()
        head = " ".join(p for p in (place, visible(found.note), level) if p)
        message = visible(found.message.removeprefix(f"{found.note}: "))
        if place:
            yield from self.wrapped(head, "  ")
            yield from self.wrapped(message, "    ")
        else:
            yield from self.wrapped(f"{head}  {message}", "  ")
        if found.excerpt:
            yield from self.source(visible_lines(found.excerpt.rstrip("\n")))
        if found.deviation:
            yield from self.wrapped(self.say("accepted by ", "逸脱: ") + visible(found.deviation), "    ")
            return
        more = f"gatekeeper explain {visible(found.note or rule.id)}"
        yield from self.advice(next_step(rule, found.remedy), more, visible(found.fingerprint))

    def advice(self, step: Text, more: str, fingerprint: str = "") -> Iterator[str]:
        if step.en:
            told = say(step, self.options.lang)
            yield from self.wrapped(self.say("fix:  ", "対処: ") + visible(told), "    ")
        told = self.say("more: ", "詳細: ") + more
        tail = f"{self.say('fingerprint', '識別子')} {fingerprint}" if fingerprint else ""
        whole = f"{told}   {tail}" if tail else told
        fits = cells(self.indent) + 4 + cells(whole) <= self.width
        yield from (
            f"{self.indent}    {self.paint('dim', line)}" for line in ([whole] if fits else [told, tail]) if line
        )

    def source(self, lines: list[str]) -> Iterator[str]:
        """Code is never cut: where it is too long to stand under its finding, all of it moves to the left."""
        fits = all(cells(self.indent) + 4 + cells(line) <= self.width for line in lines)
        start = f"{self.indent}    " if fits else "  "
        yield from (start + line for line in lines)

    def wrapped(self, text: str, indent: str) -> Iterator[str]:
        first = self.indent + indent
        yield from wrap(text, self.width, first, first + "  ")

    def left_out(self) -> Iterator[str]:
        r = self.record
        for rows, en, ja in (
            (r.deferred, "judged later (on approvals, at signing, on the record)", "後の段階で判定"),
            (r.outside, "outside this version of the tool, neither passed nor failed", "本ツールの対象外(合否なし)"),
        ):
            if rows:
                yield "  " + self.paint("dim", self.say(f"rules {en}: {len(rows)}", f"{ja}の規則: {len(rows)} 件"))
                if self.options.verbose:
                    for row in rows:
                        text = f"{row.id}  {say(row.title, self.options.lang)}: {say(row.reason, self.options.lang)}"
                        yield from self.wrapped(visible(text), "")
        if r.deferred or r.outside:
            yield ""

    def verdict(self) -> Iterator[str]:
        r, lang = self.record, self.options.lang
        kind = {Decision.RELEASE: "passed", Decision.BLOCK: "failed", Decision.UNDECIDED: "undecided"}[r.decision]
        title = say(headline(r), lang)
        first, *rest = wrap(f"{title}  {visible(say(sentence(r), lang))}", self.width, "", "  ")
        yield first.replace(title, self.paint(kind, title), 1)
        yield from rest
        if self.options.verification:
            yield from wrap(visible(self.options.verification), self.width, "", "  ")
        if self.options.kept:
            sha = f" (sha256 {_short(self.options.record_sha256)})" if self.options.record_sha256 else ""
            yield self.say("Record kept: ", "記録: ") + visible(self.options.kept) + sha
        yield from self.next_step()

    def next_step(self) -> Iterator[str]:
        r = self.record
        if r.decision is Decision.RELEASE:
            dossier = visible(self.options.kept).removesuffix("record.json").rstrip("/") or "DOSSIER"
            step = (
                "gatekeeper release ARTIFACT... --dossier DIR"
                if r.stage == "checked"
                else f"gatekeeper verify {dossier}"
            )
        else:
            step = f"gatekeeper explain {visible(first)}" if (first := _first(r)) else "gatekeeper doctor"
        yield self.say("Next: ", "次の手順: ") + step


def _first(record: Record) -> str:
    """What to look at first: the worst open finding's own id, else the rule that could not be judged."""
    for rule, found in worst(record, 1):
        if not found.deviation:
            return rule.id
    return next((rule.id for rule in sorted(record.rules, key=rule_rank)), "")


def _alike(rules: list[RuleRow]) -> list[list[RuleRow]]:
    """Rules without findings that fail to be judged for the same reason are told once."""
    groups: dict[object, list[RuleRow]] = {}
    for rule in rules:
        same = rule.doubts if rule.outcome is Outcome.UNDECIDED and not rule.findings else rule.id
        groups.setdefault(same, []).append(rule)
    return list(groups.values())


def _short(digest: str) -> str:
    return visible(digest[:12]) + "…" if len(digest) > 12 else visible(digest) or "–"


def _join(parts: list[str], width: int) -> list[str]:
    return wrap(" · ".join(parts), width, "", "  ")


def _clause_key(clause: str) -> list[tuple[int, str]]:
    return [(int(p), "") if p.isdigit() else (99, p) for p in clause.split(".")]


REPORT = Report(id="text", title="Text for a terminal", render=render, suffix=".txt")
