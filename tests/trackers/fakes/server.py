"""An honest server on loopback: it holds a world, answers from it, and fails the way real ones fail when told to.

Vendors' fakes derive from it and give `route`. A test changes the world while the client pages, by `before`.
"""

from __future__ import annotations

import json
import re
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Seen:
    """One request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Say:
    """One answer, with the ways in which it can go wrong on the wire."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    kind: str = "application/json; charset=utf-8"
    cut: int = 0  # bytes that are promised and never sent
    hang: float = 0.0  # seconds before the answer
    drip: float = 0.0  # seconds between the body's bytes
    creep: float = 0.0  # seconds between the bytes of an endless header
    drop: bool = False  # close without a word
    date: str | None = "now"

    def data(self) -> bytes:
        return self.raw if self.raw is not None else json.dumps(self.body).encode()


class FakeServer:
    """Start with `with`; `url` is its base address (with `prefix`)."""

    prefix = ""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self.served: list[tuple[Seen, Say]] = []
        self.faults: list[tuple[re.Pattern[str], list[Say | Callable[[Say], Say]]]] = []
        self.watchers: list[tuple[re.Pattern[str], int, Callable[[], None]]] = []
        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._httpd.daemon_threads = True
        if tls:
            self._httpd.socket = tls.wrap_socket(self._httpd.socket, server_side=True)
        self._scheme = "https" if tls else "http"
        self._host = "localhost" if tls else "127.0.0.1"
        self._thread = threading.Thread(target=self._httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"{self._scheme}://{self._host}:{self._httpd.server_port}{self.prefix}"

    def __enter__(self) -> Any:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()
        self._thread.join()

    def fail(self, path: str, *answers: Say | Callable[[Say], Say]) -> None:
        """The next requests that match get these answers, each once (a function spoils the true one)."""
        self.faults.append((re.compile(path), list(answers)))

    def always(self, path: str, answer: Say | Callable[[Say], Say]) -> None:
        """Every request that matches gets this answer."""
        self.faults.append((re.compile(path), _endless(answer)))

    def before(self, path: str, nth: int, change: Callable[[], None]) -> None:
        """Change the world before the nth (from 1) request that matches is answered."""
        self.watchers.append((re.compile(path), nth, change))

    def route(self, seen: Seen) -> Say:
        raise NotImplementedError

    def asked(self, pattern: str) -> int:
        return sum(bool(re.search(pattern, _place(s))) for s in self.seen)

    def answer(self, seen: Seen) -> Say:
        self.seen.append(seen)
        for pattern, nth, change in self.watchers:
            if pattern.search(_place(seen)) and self.asked(pattern.pattern) == nth:
                change()
        for pattern, answers in self.faults:
            if answers and pattern.search(_place(seen)):
                planted = answers.pop(0) if len(answers) != 1 or not isinstance(answers, _endless) else answers[0]
                return planted if isinstance(planted, Say) else planted(self.route(seen))
        if not seen.path.startswith(self.prefix):
            return Say(404, {"message": "outside"})
        return self.route(seen)


class _endless(list[Any]):  # noqa: N801 - a private list of one that is never used up
    def __init__(self, item: Any) -> None:
        super().__init__([item])


def _place(seen: Seen) -> str:
    query = "&".join(f"{k}={v}" for k, v in seen.query.items())
    return f"{seen.method} {seen.path}?{query}"


def _handler(server: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("Content-Length", 0))
            headers = {k.lower(): v for k, v in self.headers.items()}
            seen = Seen(self.command, parts.path, dict(parse_qsl(parts.query)), headers, self.rfile.read(size))
            try:
                say = server.answer(seen)
                server.served.append((seen, say))
                self._write(say)
            except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
                self.close_connection = True

        def _write(self, say: Say) -> None:
            if say.hang:
                time.sleep(say.hang)
            if say.drop:
                self.close_connection = True
                return
            if say.creep:
                self._crawl(say.creep)
                return
            data = say.data()
            self.send_response_only(say.status)
            if say.date:
                self.send_header("Date", self.date_time_string() if say.date == "now" else say.date)
            for name, value in {"Content-Type": say.kind, **say.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data) + say.cut))
            self.end_headers()
            if say.drip:
                for byte in data:
                    self.wfile.write(bytes([byte]))
                    time.sleep(say.drip)
            else:
                self.wfile.write(data)
            self.close_connection = self.close_connection or bool(say.cut)

        def _crawl(self, pause: float) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            for _ in range(int(60 / pause)):
                self.wfile.write(b"x")
                time.sleep(pause)
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def page_of(rows: list[Any], offset: int, limit: int) -> list[Any]:
    return rows[offset : offset + limit]


def bearer(headers: Mapping[str, str]) -> str:
    return headers.get("authorization", "").removeprefix("Bearer ")
