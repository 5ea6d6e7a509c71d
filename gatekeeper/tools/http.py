"""The only place that speaks HTTP: read-only questions to one server, within bounds of time, size and place.

No redirect is followed (another host would get the token), no page link leaves the base address, netrc and the
machine's CA variables change nothing, plain http is for loopback alone. What goes wrong is told by kind: the caller
knows whether the server refused, moved, mumbled or was not there. Tokens never stand in a message.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote, unquote, urlencode, urlsplit

from gatekeeper import __version__
from gatekeeper.model.errors import EvidenceError, OutageError
from gatekeeper.tools.addresses import base_address
from gatekeeper.tools.replies import (
    FormatError,
    OffSiteError,
    Reply,
    accepted,
    asked_wait,
    kept_headers,
    worth_another_try,
)

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session
    from urllib3.util import Retry

CONNECT_SECONDS, READ_SECONDS = 5.0, 30.0
MOST_BODY_BYTES = 32 * 1024 * 1024
MOST_TRIES = 5
LONGEST_WAIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Secret:
    """A token for one header. It is sent by an auth object, which netrc cannot override, and never shown."""

    header: str
    value: str = field(repr=False)
    prefix: str = ""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the token on a request (the interface of requests' auth objects)."""
        request.headers[self.header] = self.prefix + self.value
        return request


def secret(env: Mapping[str, str], name: str, header: str, prefix: str = "") -> Secret:
    """The token in an environment variable. Raises EvidenceError without one, or for one that cannot be sent."""
    value = env.get(name, "").strip()
    if not value:
        raise EvidenceError(f"the environment variable {name} holds no token", f"Give the gate {name} as a secret.")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise EvidenceError(f"the environment variable {name} holds something that is no token")
    return Secret(header, value, prefix)


class Client:
    """One server, asked within one budget of time. Use as a context manager.

    `retries` counts repeated requests, `clock_difference` is the server's clock minus ours in seconds (the largest
    that was seen; None where no answer carried a Date), `proxied` says whether the environment names a proxy.
    """

    def __init__(
        self,
        base: str,
        auth: Secret | None,
        *,
        budget: float,
        ca_file: str = "",
        headers: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import requests
        from certifi import where

        self.base = base_address(base)
        self.encrypted = self.base.startswith("https:")
        self.retries = 0
        self.clock_difference: float | None = None
        self.ca_file = ca_file or where()
        self._auth = auth
        self._deadline = time.monotonic() + budget
        self._budget = budget
        self._sleep = sleep
        self._session = _session(requests.Session(), headers or {}, trust_env=self.encrypted)
        self.proxied = self.encrypted and bool(requests.utils.select_proxy(self.base, _proxies(self.base)))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def ca_sha256(self) -> str:
        """The digest of the certificate authorities that are believed. Raises EvidenceError where the file is gone."""
        try:
            with open(self.ca_file, "rb") as file:  # noqa: PTH123 - a plain path from the policy or from certifi
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as e:
            raise EvidenceError(f"the CA file {self.ca_file} cannot be read: {e.strerror}") from e

    def get(self, path: Iterable[str], query: Mapping[str, str] | None = None) -> Reply:
        """GET base + path segments (each quoted) + query. Raises StatusError, FormatError, OutageError."""
        return self._ask("GET", self.address(path, query))

    def post(self, path: Iterable[str], body: bytes) -> Reply:
        """POST JSON as a question that changes nothing (a search, a GraphQL query)."""
        return self._ask("POST", self.address(path), body)

    def follow(self, link: str) -> Reply:
        """GET a link that an answer gave. Raises OffSiteError where it leads away from the base address."""
        here, there = urlsplit(self.base), urlsplit(link)
        same = (there.scheme, there.netloc) == (here.scheme, here.netloc)
        climbs = ".." in unquote(there.path).split("/")  # the library undoes %2e before it asks
        if not same or not f"{there.path}/".startswith(f"{here.path}/") or climbs:
            raise OffSiteError(
                f"a page link leads to {there.scheme}://{there.hostname}{there.path}, away from {self.base}",
                "Check the server's public address; the gate follows no link to another place.",
            )
        return self._ask("GET", link)

    def address(self, path: Iterable[str], query: Mapping[str, str] | None = None) -> str:
        """The address of path segments below the base. Segments are quoted: none of them can climb."""
        segments = "/".join(quote(segment, safe="") for segment in path)
        return f"{self.base}/{segments}" + (f"?{urlencode(query)}" if query else "")

    def _ask(self, method: str, url: str, body: bytes | None = None) -> Reply:
        patience = _patience()
        while True:
            outcome = self._in_time(partial(self._once, method, url, body))
            if isinstance(outcome, Reply) and not worth_another_try(outcome):
                return accepted(outcome)
            patience = self._wait(patience, outcome, url)

    def _in_time(self, ask: Callable[[], Reply | OutageError]) -> Reply | OutageError:
        """Ask in a thread of its own and wait no longer than is left: the library bounds each read, but neither looking
        up a name nor a handshake or headers that come drop by drop. What is given up ends with the process at last.
        """
        answered: SimpleQueue[Callable[[], Reply | OutageError]] = SimpleQueue()

        def work() -> None:
            try:
                outcome = ask()
            except Exception as e:  # noqa: BLE001 - of whatever kind: it is raised again where it is waited for
                answered.put(partial(_raise, e))
            else:
                answered.put(lambda: outcome)

        left = self._left()
        Thread(target=work, daemon=True).start()
        try:
            return answered.get(timeout=left)()
        except Empty:
            raise self._too_late() from None

    def _once(self, method: str, url: str, body: bytes | None) -> Reply | OutageError:
        """One request; what may pass when asked again comes back as a value."""
        import requests
        import urllib3

        where = urlsplit(url).hostname
        try:
            with self._session.request(
                method,
                url,
                data=body,
                headers={"Content-Type": "application/json"} if body is not None else {},
                auth=self._auth,
                verify=self.ca_file,
                allow_redirects=False,
                stream=True,
                timeout=(min(CONNECT_SECONDS, self._left()), min(READ_SECONDS, self._left())),
            ) as response:
                data = self._read(response)
        except requests.exceptions.SSLError as e:
            raise EvidenceError(
                f"{where} could not show a certificate that is believed here",
                "Name the private CA with ca-file in the policy, or correct the server's certificate.",
            ) from e
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as e:
            return OutageError(
                f"{where} did not answer ({type(e).__name__})", "Check the network, then run the gate again."
            )
        reply = Reply(
            method, url, response.status_code, kept_headers(response), data, datetime.now(UTC), (body or b"").decode()
        )
        self._compare_clocks(reply)
        return reply

    def _read(self, response: Response) -> bytes:
        """The body within bounds of size and time. A body that ends before its declared length is an error below."""
        parts, size = [], 0
        while part := response.raw.read1(65536, decode_content=True):
            size += len(part)
            parts.append(part)
            if size > MOST_BODY_BYTES:
                raise FormatError(f"an answer of {response.url} is larger than {MOST_BODY_BYTES} bytes")
            self._left()
        return b"".join(parts)

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise self._too_late()
        return left

    def _too_late(self) -> OutageError:
        return OutageError(
            f"{self.base} was not read to its end within {self._budget:g} s",
            "Run the gate again later, or raise budget-seconds in the policy.",
        )

    def _wait(self, patience: Retry, outcome: Reply | OutageError, url: str) -> Retry:
        """Wait as the server asks, or longer each time; give up when tries or time are used up."""
        wait = asked_wait(outcome) if isinstance(outcome, Reply) else None
        patience = patience.increment(method="GET", url=url, response=None, error=None) if patience.total else patience
        told = f"status {outcome.status}" if isinstance(outcome, Reply) else outcome.message
        seconds = patience.get_backoff_time() if wait is None else wait
        if not patience.total or seconds > min(LONGEST_WAIT_SECONDS, self._left()):
            asks = f", and asks to wait {wait:.0f} s" if wait else ""
            raise OutageError(
                f"{self.base} gives no answer: {told}{asks}", "Run the gate again when the server has time."
            )
        self.retries += 1
        self._sleep(seconds)
        return patience

    def _compare_clocks(self, reply: Reply) -> None:
        try:
            server = parsedate_to_datetime(reply.headers["date"])
        except (KeyError, ValueError):
            return
        if server.tzinfo is None:
            return
        difference = (server - reply.received).total_seconds()
        if self.clock_difference is None or abs(difference) > abs(self.clock_difference):
            self.clock_difference = difference


def _raise(error: Exception) -> NoReturn:
    raise error


def _session(session: Session, headers: Mapping[str, str], *, trust_env: bool) -> Session:
    from http.cookiejar import DefaultCookiePolicy

    session.trust_env = trust_env  # proxies; a proxy for plain loopback http would carry it off this machine
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update(
        {
            "Accept": "application/json",
            "User-Agent": f"gatekeeper/{__version__}",
            "Cache-Control": "no-cache",
            **headers,
        }
    )
    return session


def _proxies(base: str) -> dict[str, Any]:
    from requests.utils import get_environ_proxies

    return get_environ_proxies(base)


def _patience() -> Retry:
    from urllib3.util import Retry

    return Retry(total=MOST_TRIES, backoff_factor=0.5, backoff_max=LONGEST_WAIT_SECONDS)
