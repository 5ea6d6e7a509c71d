"""What a server answered, and what is made of it: taken, told as an error of its kind, or worth asking again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gatekeeper.model.errors import EvidenceError

if TYPE_CHECKING:
    from requests import Response

TRANSIENT = frozenset({429, 500, 502, 503, 504})
KEPT_HEADERS = frozenset(
    [
        *("date", "link", "etag", "content-type", "retry-after", "location", "x-next-page", "x-total"),
        *("x-request-id", "x-github-request-id", "x-github-enterprise-version"),
        *("x-ratelimit-remaining", "x-ratelimit-reset"),
    ]
)
ADVICE = {
    401: "The token is missing, wrong or expired: renew it.",
    403: "The account may not see this, or the feature is switched off: give it the right, or switch it on.",
    404: "It is not there, or hidden from this account: check the name, then the account's rights.",
    410: "It was removed: correct the policy.",
}


class StatusError(EvidenceError):
    """The server answered, but not with 200. `reply` is what it said; a redirect is one of these."""

    def __init__(self, reply: Reply, message: str, advice: str = "") -> None:
        super().__init__(message, advice)
        self.reply = reply


class OffSiteError(EvidenceError):
    """A link of the answer leads away from the base address."""


class FormatError(EvidenceError):
    """The answer is not the JSON that was asked for: an HTML sign-in page, half a body, too large a body."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `url` is as asked; it holds no token, for tokens travel in headers alone."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received: datetime
    asked: str = ""

    @property
    def sha256(self) -> str:
        """Of the body as it came, content coding undone."""
        return hashlib.sha256(self.body).hexdigest()


def accepted(reply: Reply) -> Reply:
    """The answer, where it is JSON with status 200. Raises StatusError or FormatError for any other."""
    place = urlsplit(reply.url).path
    if reply.status == 304:
        raise StatusError(
            reply,
            f"{place} answers 304, as if it had been asked before: what it says now is not known",
            "Let no cache stand between the gate and the server.",
        )
    if 300 <= reply.status < 400:
        raise StatusError(
            reply,
            f"{place} answers {reply.status}: it has moved, and no redirect is followed",
            "Correct the address, project or repository name in the policy.",
        )
    if reply.status != 200:
        raise StatusError(reply, f"{place} answers {reply.status}", ADVICE.get(reply.status, ""))
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise FormatError(f"{place} answers {kind or 'without a content type'}, not JSON: a sign-in page, or a proxy's")
    return reply


def worth_another_try(reply: Reply) -> bool:
    """Transient by its status, or a 403 that is a rate limit in disguise."""
    limited = "retry-after" in reply.headers or reply.headers.get("x-ratelimit-remaining") == "0"
    return reply.status in TRANSIENT or (reply.status == 403 and limited)


def asked_wait(reply: Reply) -> float | None:
    """The seconds that the server asks for: Retry-After (seconds or a date), or the time of the next rate window."""
    text = reply.headers.get("retry-after", "")
    if text.isdigit():
        return float(text)
    if text:
        try:
            return max(0.0, (parsedate_to_datetime(text) - reply.received).total_seconds())
        except (ValueError, TypeError):
            return None
    reset = reply.headers.get("x-ratelimit-reset", "")
    return max(0.0, int(reset) - reply.received.timestamp()) if reset.isdigit() and reply.status in (403, 429) else None


def kept_headers(response: Response) -> dict[str, str]:
    """The headers that anybody asks about, their names in small letters."""
    return {k.lower(): v for k, v in response.headers.items() if k.lower() in KEPT_HEADERS}
