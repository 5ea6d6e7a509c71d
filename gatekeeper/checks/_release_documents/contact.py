"""DOC-13: where a vulnerability can be reported (RFC 9116 security.txt, or the same said in SECURITY.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from gatekeeper.checks._release_documents.evidence import Evidence, Params, Shipped, about
from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, judged

_HOST = r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,20}"
_ADDRESS = re.compile(rf"(?<![\w.+-])[\w.+-]{{1,64}}@(?P<host>{_HOST})|https?://(?P<site>{_HOST})")
_POLICY = re.compile(r"(?:policy|方針|ポリシー)[^\n.。]{0,40}?(https?://[^\s>)]+)", re.IGNORECASE)
_LANGUAGES = re.compile(r"preferred-languages:|\blanguages?\b|english|japanese|言語|英語|日本語", re.IGNORECASE)
_EXPIRY = re.compile(
    r"(?:expir\w*|有効期限)[^0-9]{0,40}(\d{4}-\d{2}-\d{2}(?:T[0-9:.]+(?:Z|[+-]\d{2}:?\d{2})?)?)", re.IGNORECASE
)
# RFC 2606 and 6761: nobody reads mail there. The top domain .example is left to products that are examples.
_NOBODY = re.compile(
    r"(?:^|\.)(?:example\.(?:com|net|org)|test|invalid|localhost|(?:your|my)-?(?:company|domain)\.\w+)$"
)


def contact(evidence: Evidence, _params: Params, case: Case) -> Judgement:
    """DOC-13."""
    item = evidence.contact
    if item.unreadable:
        return judged("DOC-13", item.path, (), [item.unreadable])
    return judged("DOC-13", f"{item.path} (sha256 {item.sha256[:12]})", _faults(item, case))


def _faults(item: Shipped, case: Case) -> Iterator[Finding]:
    if item.missing:
        yield about("DOC-13", item, item.missing, ("missing",))
        return
    text = " ".join(item.document.text.split())
    hosts = [match["host"] or match["site"] for match in _ADDRESS.finditer(text)]
    if not hosts:
        yield about("DOC-13", item, "gives no address for reports", ("contact",))
    for host in dict.fromkeys(hosts):
        if _NOBODY.search(host.casefold()):
            yield about("DOC-13", item, f"{host} is a placeholder, nobody reads reports there", ("placeholder", host))
    if not _POLICY.search(text):
        yield about("DOC-13", item, "gives no address of the disclosure policy", ("policy",))
    if not _LANGUAGES.search(text):
        yield about("DOC-13", item, "does not say in which languages reports are read", ("languages",))
    expiry = _EXPIRY.search(text)
    if not expiry:
        yield about("DOC-13", item, "gives no date on which it expires", ("expiry",))
    elif (end := _moment(expiry[1])) is None:
        yield about("DOC-13", item, f"expires on {expiry[1]}: no day, and no time with a zone", ("expired",))
    elif end < case.now:
        yield about("DOC-13", item, f"expired on {expiry[1]}", ("expired",))


def _moment(text: str) -> datetime | None:
    """A day lasts to its end; a time without zone is no time."""
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time.max, UTC)
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else None
