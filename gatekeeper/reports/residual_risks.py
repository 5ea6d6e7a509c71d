"""Text for the accompanying documents: which risks remain in this release, what users do about them, until when."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.model.record import Record
from gatekeeper.model.report import Lang, Options, Report
from gatekeeper.model.rule import Text
from gatekeeper.model.words import Decision
from gatekeeper.reports._escape import markdown
from gatekeeper.reports._vex import status
from gatekeeper.reports._view import headline, tally
from gatekeeper.reports._words import LEVEL, say


def render(record: Record, options: Options) -> str:
    """Markdown for the release notes; to be read and completed by the person who answers for it."""
    languages: tuple[Lang, ...] = ("en", "ja") if options.lang == "both" else (options.lang,)
    return "\n".join(line for lang in languages for line in _text(record, options, lang)) + "\n"


def _text(record: Record, options: Options, lang: Lang) -> Iterator[str]:
    product = markdown(f"{record.product.name} {record.product.version}")
    yield say(Text(f"# Residual security risks of {product}", f"# {product} のセキュリティ上の残留リスク"), lang)
    yield ""
    rows = [*_deviations(record, lang), *_issues(record, lang), *_vulnerabilities(record, lang)]
    if record.decision is not Decision.RELEASE:
        yield f"**{say(headline(record), lang)}**: {say(INCOMPLETE, lang)}"
        yield ""
    if rows:
        yield say(KNOWN, lang)
        yield ""
        yield from rows
    else:
        yield say(Text("The release record names none.", "リリース記録に該当するものはない。"), lang)
    yield ""
    made = Text("Made from the release record", "リリース記録から生成")
    digest = "".join(c for c in options.record_sha256 if c.isascii() and c.isalnum()) or "–"
    yield f"{say(made, lang)}: sha256 `{digest}`. {say(headline(record), lang)}. {say(tally(record), lang)}."
    yield ""


KNOWN = Text("Known in this release:", "本リリースで既知のもの:")
INCOMPLETE = Text(
    "not for users. What was not accepted and what could not be judged may be missing below.",
    "利用者向けではない。受け入れていないもの及び判定できなかったものは、以下にないことがある。",
)
OPEN = Text("not decided yet", "未決定")


def _deviations(record: Record, lang: Lang) -> Iterator[str]:
    told = {f.deviation: f.message for rule in record.rules for f in rule.findings if f.deviation}
    for d in record.deviations:
        if not d.used:
            continue
        yield f"- **{markdown(d.id)}** ({say(LEVEL[d.severity], lang)}): {markdown(told.get(d.id, d.rule))}"
        if d.compensating_control:
            yield f"  - {say(Text('What to do', '利用者の対応'), lang)}: {markdown(d.compensating_control)}"
        yield f"  - {say(Text('Decided until', '決定の期限'), lang)}: {markdown(d.expires)}"


def _issues(record: Record, lang: Lang) -> Iterator[str]:
    for issue in record.issues:
        if issue.state != "closed":
            workaround = issue.more.get("workaround", "")
            yield f"- **{markdown(issue.id)}** ({markdown(issue.level)}): {markdown(issue.title)}"
            if workaround:
                yield f"  - {say(Text('What to do', '利用者の対応'), lang)}: {markdown(workaround)}"


def _vulnerabilities(record: Record, lang: Lang) -> Iterator[str]:
    for v in record.vulnerabilities:
        if (stated := status(v)) in ("affected", "under_investigation"):
            where = say(Text("in", "対象:"), lang)
            what = say(OPEN, lang) if stated == "under_investigation" else markdown(v.reason)
            yield f"- **{markdown(v.id)}** ({markdown(v.level)}) {where} {markdown(v.component)}: {what}"


REPORT = Report(id="residual-risks", title="Residual risks for users (Markdown)", render=render, suffix=".md")
