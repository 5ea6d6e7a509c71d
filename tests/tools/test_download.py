"""Fetching published files: honest and dishonest servers on loopback."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gatekeeper.model.errors import EvidenceError, OutageError
from gatekeeper.tools import download
from gatekeeper.tools.download import AbsentError, fetched

BODY = b"signed bytes" * 10_000
SHA = hashlib.sha256(BODY).hexdigest()


class Answers(BaseHTTPRequestHandler):
    """Answers by path."""

    seen: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]  # kept for the test
        name = self.path.rpartition("/")[2]
        if name.isdecimal():
            self._say(int(name), b"", Location="http://127.0.0.1:9/other")
        elif name == "short":
            self._say(200, BODY, **{"Content-Length": str(len(BODY) + 5)})
        elif name == "coded":
            self._say(200, gzip.compress(BODY), **{"Content-Encoding": "gzip"})
        else:
            self._say(200, BODY)

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for key, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as running:
        running.seen = []  # type: ignore[attr-defined]  # kept for the test
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def get(server: ThreadingHTTPServer, name: str, **more: float) -> download.Fetched:
    bounds = {"largest": 1 << 20, "seconds": 20.0} | more
    return fetched(f"http://127.0.0.1:{server.server_address[1]}/v1", name, **bounds)  # type: ignore[arg-type]


def test_the_digest_of_what_lies_there(server: ThreadingHTTPServer) -> None:
    assert get(server, "sub/pump link.whl") == download.Fetched(SHA, len(BODY))
    ((path, headers),) = server.seen  # type: ignore[attr-defined]  # kept for the test
    assert path == "/v1/sub/pump%20link.whl"
    assert headers["Accept-Encoding"] == "identity"


def test_netrc_sends_nothing(server: ThreadingHTTPServer) -> None:
    (Path.home() / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    get(server, "a.whl")
    assert "Authorization" not in server.seen[0][1]  # type: ignore[attr-defined]  # kept for the test


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        pytest.param("404", AbsentError, "not there", id="MAINT-06: a file missing at the public place"),
        pytest.param("410", AbsentError, "not there", id="gone"),
        pytest.param("302", EvidenceError, "leads elsewhere", id="a redirect is not followed"),
        pytest.param("308", EvidenceError, "leads elsewhere", id="nor a lasting one"),
        pytest.param("403", EvidenceError, "status 403", id="not for everybody"),
        pytest.param("204", EvidenceError, "status 204", id="no content is no file"),
        pytest.param("503", OutageError, "status 503", id="an outage"),
        pytest.param("short", OutageError, "not answered whole", id="cut off"),
    ],
)
def test_other_answers(server: ThreadingHTTPServer, name: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        get(server, name)


def test_bytes_are_hashed_as_they_travel(server: ThreadingHTTPServer) -> None:
    assert get(server, "coded").sha256 == hashlib.sha256(gzip.compress(BODY)).hexdigest() != SHA


def test_no_more_is_read_than_could_be_the_file(server: ThreadingHTTPServer) -> None:
    found = get(server, "a.whl", largest=10)
    assert found.sha256 != SHA
    assert found.size < len(BODY)


def test_time_is_bounded(server: ThreadingHTTPServer) -> None:
    with pytest.raises(OutageError, match="in time"):
        get(server, "a.whl", seconds=-1.0)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("http://files.example.org/v1", id="without encryption"),
        pytest.param("ftp://files.example.org/v1", id="another protocol"),
        pytest.param("https://me:secret@files.example.org/v1", id="a password"),
        pytest.param("https://files.example.org/v1?file=", id="a query"),
        pytest.param("file:///etc", id="a local file by address"),
    ],
)
def test_places_that_are_not_asked(place: str) -> None:
    with pytest.raises(EvidenceError):
        fetched(place, "a.whl", largest=1, seconds=1.0)


def test_nobody_there() -> None:
    with pytest.raises(OutageError):
        fetched("http://127.0.0.1:9", "a.whl", largest=1, seconds=1.0)
