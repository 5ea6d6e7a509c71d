"""Fetching a published file for its digest alone: streamed, bounded, from the one place that was named.

No token is sent and no redirect is followed, as a page that leads elsewhere would answer for another place than the one
that users are told of. Bytes are hashed as they travel, without undoing a content coding.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from gatekeeper import __version__
from gatekeeper.model.errors import EvidenceError, OutageError
from gatekeeper.tools.addresses import base_address
from gatekeeper.tools.http import CONNECT_SECONDS, READ_SECONDS

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

ELSEWHERE = "Name the place where the files lie themselves, or download them into a folder and name that."


class AbsentError(EvidenceError):
    """The server says that there is no such file."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: SHA-256 in hex, and the size in bytes."""

    sha256: str
    size: int


def fetched(base: str, name: str, *, largest: int, seconds: float) -> Fetched:
    """The digest of `base`/`name`. Raises AbsentError, EvidenceError for an answer of another kind, OutageError.

    More than `largest` bytes are not read: such a file is another one, and its digest is that of what was read.
    """
    import requests
    import urllib3

    url = f"{base_address(base)}/{quote(name)}"
    deadline = time.monotonic() + seconds
    try:
        with requests.Session() as session:
            session.trust_env = url.startswith("https:")
            with session.get(
                url,
                auth=_nobody,
                allow_redirects=False,
                stream=True,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                headers={"User-Agent": f"gatekeeper/{__version__}", "Accept-Encoding": "identity"},
            ) as response:
                _refuse(response, url)
                return _hashed(response, url, largest, deadline)
    except requests.exceptions.SSLError as e:
        raise EvidenceError(f"{url}: the server's certificate is not believed here", "Correct the certificate.") from e
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as e:
        raise OutageError(f"{url} was not answered whole ({type(e).__name__})", "Run it again later.") from e


def _nobody(request: PreparedRequest) -> PreparedRequest:
    """In place of what netrc would send."""
    return request


def _refuse(response: Response, url: str) -> None:
    status = response.status_code
    if status in (404, 410):
        raise AbsentError(f"{url} is not there (status {status})", "Publish the signed files again.")
    if 300 <= status < 400:
        raise EvidenceError(f"{url} leads elsewhere (status {status})", ELSEWHERE)
    if status >= 500 or status == 429:
        raise OutageError(f"{url} gives status {status}", "Run it again later.")
    if status != 200:
        raise EvidenceError(f"{url} gives status {status}", "It must be readable by everybody who gets the product.")


def _hashed(response: Response, url: str, largest: int, deadline: float) -> Fetched:
    digest, size = hashlib.sha256(), 0
    while size <= largest and (part := response.raw.read(65536, decode_content=False)):
        digest.update(part)
        size += len(part)
        if time.monotonic() > deadline:
            raise OutageError(f"{url} was not read to its end in time", "Run it again later.")
    return Fetched(digest.hexdigest(), size)
