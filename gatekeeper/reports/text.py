"""Text for a terminal: one line a check, and under it what is wrong, where, how to mend it and where to read more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from gatekeeper.model.record import FindingRow, Record, RuleRow
from gatekeeper.model.recording import LEFT_OUT
from gatekeeper.model.report import Options, Report
from gatekeeper.model.rule import Text
from gatekeeper.model.run import PARTIAL, REPLAY
from gatekeeper.model.summary import is_released
from gatekeeper.model.words import Decision, Mode, Outcome
from gatekeeper.reports._cells import cells, pad, wrap
from gatekeeper.reports._escape import log_line, visible, visible_lines
from gatekeeper.reports._view import by_weight, checks, failing, headline, rule_rank, sentence, worst
from gatekeeper.reports._words import HEAD, LEVEL, MODE, STANDING, SYMBOL, next_step, say, standing

SHOWN = 20  # findings of one rule, unless --verbose
_IN_THE_WAY = ("failed", "undecided")
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
        self.wide = self.width >= _WIDE and options.lang != "both"
        self.indent = " " * (15 if self.wide else 4)

    def paint(self, kind: str, text: str) -> str:
        code = _SGR.get(kind)
        return f"\x1b[{code}m{text}\x1b[0m" if self.options.color and code else text

    def say(self, en: str, ja: str) -> str:
        return say(Text(en, ja), self.options.lang)

    def label(self, en: str, ja: str) -> str:
        return self.say(en, ja) + ": "

    def short(self, en: str, ja: str) -> str:
        """For the first line, where two languages beside each other would hide what they say."""
        return ja if self.options.lang == "ja" else en

    def head(self) -> list[str]:
        r = self.record
        clean = {
            True: self.short("clean", "変更なし"),
            False: self.short("NOT CLEAN", "未コミットの変更あり"),
            None: self.short("state unknown", "状態不明"),
        }[r.source.clean]
        tag = f", {self.short('tag', 'タグ')} {visible(r.source.tag)}" if r.source.tag else ""
        commit = f"{self.short('commit', 'コミット')} {_short(r.source.commit)} ({clean}{tag})"
        parts = [
            f"gatekeeper {visible(r.gate_version)}",
            f"{visible(r.product.name)} {visible(r.product.version)}",
            f"{self.short('policy', '方針')} sha256 {_short(r.policy.sha256)}",
            commit if r.source.commit else self.short("no commit", "コミット不明"),
            say(MODE[r.mode], self.options.lang),
        ]
        if REPLAY.en in r.reasons:
            parts.append(f"{self.short('judged as of', '判定の時点')} {visible(r.effective_time)}")
        return _join(parts, self.width)

    def checks(self) -> Iterator[str]:
        """What is well first, so that what stands in the way is read last, right above the verdict."""
        sorted_out = [(check, sorted(rules, key=rule_rank)) for check, rules in checks(self.record).items()]
        for check, rules in sorted(sorted_out, key=lambda item: -rule_rank(item[1][0])):
            if not self.options.quiet or standing(rules[0]) in _IN_THE_WAY:
                yield from self.check(check, rules)

    def check(self, check: str, rules: list[RuleRow]) -> Iterator[str]:
        kind = standing(rules[0])
        clauses = " ".join(visible(c) for c in sorted({c for rule in rules for c in rule.clauses[:1]}, key=_clause_key))
        yield from self.check_line(kind, check, self.summary(rules), clauses)
        for alike in _alike(rules):
            if self.options.quiet and standing(alike[0]) not in _IN_THE_WAY:
                continue
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
        kinds = Counter(map(standing, wrong))
        said = [(word, kinds[kind]) for kind, word in STANDING.items() if kinds[kind]]
        return self.say(
            f"{', '.join(f'{n} {word.en}' for word, n in said)}, of {len(rules)} rule{'s'[: len(rules) > 1]}",
            f"規則 {len(rules)} 件のうち{'、'.join(f'{word.ja} {n} 件' for word, n in said)}",
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
        shown = len(rule.doubts) if self.options.verbose else SHOWN
        for doubt in rule.doubts[:shown]:
            yield from self.wrapped(self.label("not judged", "判定できない理由") + visible(doubt), "  ")
        if rule.doubts[shown:]:
            left = len(rule.doubts) - shown
            yield f"{self.indent}  {self.say(f'… and {left} more: add -v', f'… ほか {left} 件(-v で全件)')}"
        if not rule.findings:
            yield from self.advice(_common_step((rule, *more)), f"gatekeeper explain {visible(rule.id)}")

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
            yield from self.wrapped(self.label("accepted by", "受け入れた逸脱") + visible(found.deviation), "    ")
            return
        more = f"gatekeeper explain {visible(found.note or rule.id)}"
        yield from self.advice(next_step(rule, found.remedy), more, visible(found.fingerprint))

    def advice(self, step: Text, more: str, fingerprint: str = "") -> Iterator[str]:
        if step.en or step.ja:
            told = say(step, self.options.lang)
            yield from self.wrapped(pad(self.label("fix", "対処"), 6) + visible(told), "    ")
        told = self.label("more", "詳細") + more
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
        if self.options.quiet:
            return
        left_out = [row for row in r.deferred if row.reason == LEFT_OUT]
        later = [row for row in r.deferred if row.reason != LEFT_OUT]
        for rows, en, ja in (
            (left_out, LEFT_OUT.en, f"{LEFT_OUT.ja}した規則"),
            (later, "judged later (on approvals, at signing, on the record)", "後の段階で判定する規則"),
            (
                r.outside,
                "outside this version of the tool, neither passed nor failed",
                "本ツールの対象外(合否なし)の規則",
            ),
        ):
            if rows:
                told = self.say(f"rules {en}: {len(rows)}", f"{ja}: {len(rows)} 件")
                yield from (self.paint("dim", line) for line in wrap(told, self.width, "  ", "    "))
                if self.options.verbose:
                    for row in rows:
                        text = f"{row.id}  {say(row.title, self.options.lang)}: {say(row.reason, self.options.lang)}"
                        yield from self.wrapped(visible(text), "")
        if r.deferred or r.outside:
            yield ""

    def verdict(self) -> Iterator[str]:
        r, lang = self.record, self.options.lang
        kind = {Decision.RELEASE: "warned", Decision.BLOCK: "failed", Decision.UNDECIDED: "undecided"}[r.decision]
        kind = "passed" if is_released(r) else kind  # green is kept for what really may go out
        title = say(headline(r), lang)
        alone = cells(title) * 2 > self.width  # the verdict itself is never broken
        first, *rest = wrap(visible(say(sentence(r), lang)), self.width, "  " if alone else f"{title}  ", "  ")
        yield from [self.paint(kind, title), first] if alone else [first.replace(title, self.paint(kind, title), 1)]
        yield from rest
        if self.options.verification:
            yield from wrap(visible(self.options.verification), self.width, "", "  ")
        if self.options.kept:
            sha = f" (sha256 {_short(self.options.record_sha256)})" if self.options.record_sha256 else ""
            yield self.label("Record kept", "記録") + visible(self.options.kept) + sha
        yield from self.next_step()

    def next_step(self) -> Iterator[str]:
        if step := self.step():
            yield self.label("Next", "次の手順") + step

    def step(self) -> str:
        r = self.record
        dossier = visible(self.options.kept).removesuffix("record.json").rstrip("/") or "DOSSIER"
        if r.decision is Decision.RELEASE and r.stage == "checked":
            return "gatekeeper release ARTIFACT... --dossier DIR"
        if r.decision is Decision.RELEASE:
            rehearsal = " --rehearsal" if r.mode is Mode.REHEARSAL else ""
            return "" if self.options.verification else f"gatekeeper verify {dossier}{rehearsal}"
        if r.decision is Decision.UNDECIDED and not any(rule.outcome is Outcome.UNDECIDED for rule in r.rules):
            if r.stage == "unsigned":
                return f"gatekeeper release --resume --dossier {dossier} --sealed-sha256 HEX"
            if {PARTIAL.en, REPLAY.en} & set(r.reasons):
                return "gatekeeper check"
        return f"gatekeeper explain {visible(first)}" if (first := _first(r)) else "gatekeeper doctor"


def _first(record: Record) -> str:
    """What to look at first: the rule of the worst open finding that stops the release, else what is undecided."""
    wrong = failing(record)
    if wrong and standing(wrong[0]) == "failed":
        return next((item.rule.id for item in worst(record, 1)), wrong[0].id)
    return next((rule.id for rule in wrong), next((rule.id for rule in record.rules), ""))


def _alike(rules: list[RuleRow]) -> list[list[RuleRow]]:
    """Rules without findings that fail to be judged for the same reason are told once."""
    groups: dict[object, list[RuleRow]] = {}
    for rule in rules:
        same = rule.doubts if rule.outcome is Outcome.UNDECIDED and not rule.findings else rule.id
        groups.setdefault(same, []).append(rule)
    return list(groups.values())


def _common_step(rules: Sequence[RuleRow]) -> Text:
    """The next step of rules that are told together: the same for all, or the advice that came with their doubt."""
    steps = {next_step(rule) for rule in rules}
    if len(steps) == 1:
        return steps.pop()
    advice = next((rule.advice for rule in rules if rule.advice), "")
    return Text(advice, advice)


def _short(digest: str) -> str:
    return visible(digest[:12]) + "…" if len(digest) > 12 else visible(digest) or "–"


def _join(parts: list[str], width: int) -> list[str]:
    return wrap(" · ".join(parts), width, "", "  ")


def _clause_key(clause: str) -> list[tuple[int, str]]:
    return [(int(p), "") if p.isdigit() else (99, p) for p in clause.split(".")]


REPORT = Report(id="text", title="Text for a terminal", render=render, suffix=".txt")
