"""What every live tracker shares: the conversation with its server, and the proofs that paging reached the end.

Every page is kept as it came, with the fields that hold secrets emptied first. A refusal is told under the rule that
it breaks: a redirect or a wrong account under ISSUE-03, a feature that is off under ISSUE-07, nonsense under ISSUE-04.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from gatekeeper.model.errors import EvidenceError, GatekeeperError
from gatekeeper.tools.http import Client, Secret
from gatekeeper.tools.replies import FormatError, OffSiteError, Reply, StatusError
from gatekeeper.trackers import _strict_json
from gatekeeper.trackers._answer import Answer, Page, Resolved, Trouble, UnprovenError, control_in, keep
from gatekeeper.trackers._contract import Desk, Source
from gatekeeper.trackers._issue import Issue

MOST_PAGES = 2000
MOST_TRIES = 3
SECRET_FIELDS = frozenset(
    [
        *("api_key", "apikey", "secret", "token", "password", "private_token", "access_token", "refresh_token"),
        *("feed_token", "incoming_email_token", "static_object_token", "runners_token", "client_secret"),
    ]
)
FEATURES = ("list", "count", "again", "analyses")  # questions that a feature answers, not a name of the policy
_SECRET_BYTES = tuple({form.encode() for name in SECRET_FIELDS for form in (name, name.replace("_", "-"))})
REMOVED = "[removed by the gate]"
FREEZE = (
    "Let the gate read the tracker again; if the total keeps moving, freeze the tracker for the release. Where nothing "
    "moves, see that whatever stands between passes the headers of pages (Link) and caches nothing."
)


class LiveSource(Source, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What every live tracker is told. `account` is the login that the token must belong to; `control_marks` are
    what the control issue must carry so that it stands for the most secret of the real ones."""

    server: str  # address of its API, with path; https
    account: str
    token_env: str  # name of the environment variable that holds the token
    control_marks: tuple[str, ...] = ()
    ca_file: str = ""  # of a private certificate authority
    budget_seconds: Annotated[int, msgspec.Meta(ge=1, le=900)] = 120  # for all requests together


class MovedError(Exception):
    """The list changed while it was read: begin again."""


class Conversation:
    """One source being asked. Use as a context manager; `answer` closes it with everything that was seen."""

    def __init__(
        self,
        kind: str,
        params: LiveSource,
        desk: Desk,
        auth: Secret,
        *,
        headers: Mapping[str, str] | None = None,
        hidden: str = "",
    ) -> None:
        """`hidden` is the token where the header holds it in another form: both are removed from what is kept."""
        ca_file = str(Path(desk.root, params.ca_file)) if params.ca_file else ""
        self.kind, self.params, self.desk = kind, params, desk
        self.client = Client(params.server, auth, budget=params.budget_seconds, ca_file=ca_file, headers=headers)
        self.pages: list[Page] = []
        self.resolved: list[Resolved] = []
        self.troubles: list[Trouble] = []
        self.restarts = 0
        self.server_version = ""
        self._tokens = tuple(token.encode() for token in (auth.value, hidden) if token)
        self._started = datetime.now(UTC)

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        self.client.__exit__()
        if isinstance(error, GatekeeperError):  # some servers repeat in their complaint what they were sent
            error.message = self.without_token(error.message)
            error.args = (error.message,)

    def without_token(self, said: str) -> str:
        """A text that goes into findings and logs, our own token taken out of it."""
        for token in self._tokens:
            said = said.replace(token.decode(), REMOVED)
        return said

    def get(self, role: str, path: Iterable[str], query: Mapping[str, str] | None = None) -> Any:
        """Ask, keep the page, and return its JSON. Raises UnprovenError and OutageError."""
        return self.page(role, lambda: self.client.get(path, query))[0]

    def post(self, role: str, path: Iterable[str], body: Any) -> Any:
        """The same for a question that has to be sent as a body."""
        return self.page(role, lambda: self.client.post(path, json.dumps(body).encode()))[0]

    def page(self, role: str, ask: Callable[[], Reply]) -> tuple[Any, Reply]:
        """Ask in whatever way, keep the page, and return JSON and reply."""
        try:
            reply = ask()
            self.pages.append(_kept(role, reply, self._tokens))
            # a list is parsed strictly when its issues are read; here its rows are only counted
            return _loads(reply.body) if role == "list" else _strict_json.loads(reply.body, reply.url), reply
        except StatusError as e:
            said = _said(self.without_token(e.reply.body.decode("utf-8", "replace")))
            raise UnprovenError(_rule(role, e.reply.status), f"{e.message}{said}", e.advice) from e
        except OffSiteError as e:
            raise UnprovenError("ISSUE-01", e.message, e.advice) from e
        except (FormatError, EvidenceError) as e:
            raise UnprovenError("ISSUE-04", e.message, e.advice) from e
        except (msgspec.DecodeError, RecursionError) as e:
            raise UnprovenError("ISSUE-04", f"{role}: not readable JSON: {e}") from e

    def whole(self, read: Callable[[], str]) -> str:
        """Read the list to its end, again if it moved meanwhile; `read` returns how the end was proven.

        The pages of a reading that was given up are dropped. Raises UnprovenError after three tries.
        """
        before = len(self.pages)
        for _ in range(MOST_TRIES):
            try:
                return read()
            except MovedError:
                del self.pages[before:]
                self.restarts += 1
        raise UnprovenError("ISSUE-01", f"the list moved in each of {MOST_TRIES} readings", FREEZE)

    def resolve(self, what: str, name: str, found: Iterable[object]) -> str:
        """A name of the policy stands for exactly one id of the server. Raises UnprovenError otherwise."""
        ids = [str(i) for i in found]
        if len(ids) != 1:
            told = f"{len(ids)} times" if ids else "not"
            advice = "Names must match exactly, letter case included; correct the policy or the account's rights."
            raise UnprovenError("ISSUE-03", f"the {what} {name!r} is {told} there for this account", advice)
        self.resolved.append(Resolved(what, name, ids[0]))
        return ids[0]

    def account(self, login: str) -> None:
        """The account that the server takes us for must be the policy's."""
        if not login or login.casefold() != self.params.account.casefold():
            advice = "Use the token of the account that the policy names, or correct the policy."
            who = login or "nobody"
            raise UnprovenError("ISSUE-03", f"the server takes us for {who!r}, not {self.params.account!r}", advice)

    def trouble(self, rule: str, what: str, advice: str = "") -> None:
        """Something that keeps the answer from being proven, though the reading can go on."""
        self.troubles.append(Trouble(rule, what, advice))

    def answer(
        self,
        issues: tuple[Issue, ...],
        *,
        end_proof: str,
        total: int | None,
        query: str,
        analyses: tuple[str, ...] = (),
    ) -> Answer:
        """Everything that was seen, as evidence."""
        params, client = self.params, self.client
        return Answer(
            source=params.id,
            kind=self.kind,
            server=client.base,
            server_version=self.server_version,
            project=params.project,
            account=params.account,
            query=query,
            started=_utc(self._started),
            ended=_utc(datetime.now(UTC)),
            clock_difference=client.clock_difference,
            declared_total=total,
            rows=len(issues),
            end_proof=end_proof,
            restarts=self.restarts,
            retries=client.retries,
            encrypted=client.encrypted or params.server.startswith("http://"),  # http is refused but on loopback
            proxied=client.proxied,
            ca_sha256=client.ca_sha256() if client.encrypted else "",
            resolved=tuple(self.resolved),
            control=control_in(issues, params.control, params.control_marks),
            analyses=analyses,
            pages=tuple(self.pages),
            issues=issues,
            troubles=tuple(self.troubles),
        )


def bodies(pages: Iterable[Page], role: str = "list") -> Iterable[Any]:
    """The JSON of the kept pages of one role."""
    return (_strict_json.loads(page.text(), page.url) for page in pages if page.role == role)


def by_offset(read: Callable[[int], tuple[list[str], int]]) -> tuple[int, str]:
    """Page by offset: `read` takes the offset and returns the ids it got and the total. The end is the total.

    Each page begins with the last row of the one before: where one row went and another came meanwhile, the total
    stands still, and only this shows that a row slipped through between two pages. Behind the total there is nothing:
    one page more is asked for.
    """
    total, got, last = -1, 0, ""
    for _ in range(MOST_PAGES):
        ids, declared = read(max(got - 1, 0))
        if total not in (-1, declared) or (last and ids[:1] != [last]):
            raise MovedError
        new = ids[1:] if last else ids
        total, got = declared, got + len(new)
        last = new[-1] if new else last
        if got >= total:
            if got == total > 0 and read(got - 1) != ([last], total):
                raise MovedError
            return total, f"{got} rows of a declared total of {total}, each page joined to the one before, none after"
        if not new:
            raise UnprovenError("ISSUE-01", f"an empty page after {got} of {total} rows", FREEZE)
    raise too_many_pages()


def joined(pages: Iterable[list[Any]], key: str) -> Iterator[dict[str, Any]]:
    """The rows of pages of which each begins with the last row of the one before."""
    last: Any = None
    for rows in pages:
        for number, row in enumerate(rows):
            if number or last is None or expect(row, dict, "a row").get(key) != last:
                yield expect(row, dict, "a row")
        last = rows[-1].get(key) if rows else last


def too_many_pages() -> UnprovenError:
    """The one answer to a list without an end."""
    return UnprovenError("ISSUE-01", f"more than {MOST_PAGES} pages", "Narrow the query, or split the source.")


def expect(value: Any, kind: type[Any], what: str) -> Any:
    """A part of an answer, of the type that the vendor documents. Raises UnprovenError (ISSUE-04) otherwise."""
    if not isinstance(value, kind):
        raise UnprovenError("ISSUE-04", f"{what} is not what the vendor documents (no {kind.__name__})")
    return value


def text(value: Any) -> str:
    """A text or number of an answer as text; nothing for nothing, and for what is no simple value."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


_loads = msgspec.json.decode


def _rule(role: str, status: int) -> str:
    if 300 <= status < 400 or status == 401 or (status in (403, 404, 410) and role not in FEATURES):
        return "ISSUE-03"
    return "ISSUE-07" if status in (403, 404, 410) else "ISSUE-04"


def _said(body: str) -> str:
    """The server's own short message, as it often names the cause (`Advanced Security must be enabled`)."""
    try:
        message = json.loads(body).get("message", "")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return f" ({message[:120]!r})" if isinstance(message, str) and message else ""


def _kept(role: str, reply: Reply, tokens: tuple[bytes, ...]) -> Page:
    body, stripped = without_secrets(reply.body, tokens)
    stored, digest = keep(body)
    return Page(
        role=role,
        method=reply.method,
        url=reply.url,
        status=reply.status,
        size=len(reply.body),
        sha256=reply.sha256,
        stored_sha256=digest,
        stored=stored,
        received=_utc(reply.received),
        server_date=reply.headers.get("date", ""),
        request_id=reply.headers.get("x-github-request-id") or reply.headers.get("x-request-id", ""),
        asked=reply.asked,
        stripped=stripped,
    )


def without_secrets(body: bytes, tokens: tuple[bytes, ...]) -> tuple[bytes, tuple[str, ...]]:
    """The body with the values of secret fields emptied and our own token removed, and what was removed."""
    removed: list[str] = []
    lowered = body.lower()
    if any(name in lowered for name in _SECRET_BYTES):
        body = _emptied(body, removed)
    for token in tokens:
        if token in body:
            body = body.replace(token, REMOVED.encode())
            removed.append("the token itself")
    return body, tuple(sorted(set(removed)))


def _emptied(body: bytes, removed: list[str]) -> bytes:
    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {k: _hidden(k, v) if _is_secret(k) and v else walk(v) for k, v in node.items()}
        return [walk(item) for item in node] if isinstance(node, list) else node

    def _hidden(name: str, _value: Any) -> str:
        removed.append(name)
        return REMOVED

    data = walk(_strict_json.loads(body, "an answer"))
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() if removed else body


def _is_secret(name: str) -> bool:
    return name.casefold().replace("-", "_") in SECRET_FIELDS


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
