"""The services on one loopback port, each able to fail on demand."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidSignature

from gatekeeper.signing.rehearsal import Claims, Fault
from gatekeeper.signing.sandbox import trust
from gatekeeper.signing.sandbox.authority import CertificateAuthority
from gatekeeper.signing.sandbox.log import RekorV1, RekorV2
from gatekeeper.signing.sandbox.timestamps import TimestampAuthority
from gatekeeper.signing.sandbox.tokens import TokenService

JSON = "application/json"
TOKEN_PATH = "/token"  # noqa: S105  # an address, not a secret
TIMESTAMP_PATH = "/api/v1/timestamp"
CERTIFICATE_PATH = "/api/v2/signingCert"
MAX_REQUEST_BYTES = 64 * 1024 * 1024
Answer = tuple[int, str, bytes]


class Services:
    """Every service of the instance, and the address under which they answer."""

    def __init__(
        self,
        issuer: str,
        claims: Claims,
        log_version: int,
        certificate_life: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self.clock = clock
        self.claims = claims
        self.log_version = log_version
        self.start = clock().astimezone(UTC).replace(microsecond=0) - timedelta(days=1)
        self.tokens = TokenService(issuer)
        self.authority = CertificateAuthority(self.start, certificate_life)
        self.log1, self.log2 = RekorV1(), RekorV2()
        self.timestamps = TimestampAuthority(self.start)
        self.faults: dict[str, Fault] = {}
        self.requests: list[str] = []
        self.stopping = threading.Event()
        self._order = threading.Lock()  # one entry at a time, so that each proof fits its tree
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.services = self
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def run(self) -> None:
        """Answer requests until stop()."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port and let go of every waiting request."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def trusted_root(self) -> bytes:
        """As JSON."""
        root = trust.trusted_root(self.address, self.start, self.authority, self.log1, self.log2, self.timestamps)
        return json.dumps(root, indent=1).encode()

    def signing_config(self) -> bytes:
        """As JSON."""
        return json.dumps(trust.signing_config(self.address, self.start, self.log_version)).encode()

    def answer(self, service: str, headers: Any, body: bytes) -> Answer:
        """Do what the service is for; anything wrong with the request is refused with 400."""
        try:
            return self._answers[service](self, headers, body)
        except (ValueError, LookupError, TypeError, InvalidSignature) as e:
            return 400, JSON, json.dumps({"code": 3, "message": f"{type(e).__name__}: {e}"}).encode()
        except Exception as e:  # noqa: BLE001  # PyJWT and cryptography raise many kinds; all mean a bad request
            return 401, JSON, json.dumps({"code": 16, "message": f"{type(e).__name__}: {e}"}).encode()

    def _token(self, _headers: Any, _body: bytes) -> Answer:
        return 200, JSON, json.dumps({"value": self.tokens.mint(self.claims, self.clock())}).encode()

    def _certificate(self, headers: Any, body: bytes) -> Answer:
        request, now = json.loads(body), self.clock()
        bearer = headers.get("Authorization", "").removeprefix("Bearer ")
        token = bearer or request["credentials"]["oidcIdentityToken"]
        return 201, JSON, json.dumps(self.authority.answer(request, self.tokens.claims(token, now), now)).encode()

    def _log1(self, _headers: Any, body: bytes) -> Answer:
        with self._order:
            return 201, JSON, json.dumps(self.log1.answer(json.loads(body), self.clock())).encode()

    def _log2(self, _headers: Any, body: bytes) -> Answer:
        with self._order:
            return 201, JSON, json.dumps(self.log2.answer(json.loads(body), self.clock())).encode()

    def _timestamp(self, _headers: Any, body: bytes) -> Answer:
        return 201, "application/timestamp-reply", self.timestamps.answer(body, self.clock())

    _answers: dict[str, Callable[[Services, Any, bytes], Answer]] = {  # noqa: RUF012  # never changed
        "oidc": _token,
        "fulcio": _certificate,
        "rekor": _log1,
        "rekor2": _log2,
        "tsa": _timestamp,
    }


_PATHS = {
    TOKEN_PATH: "oidc",
    CERTIFICATE_PATH: "fulcio",
    RekorV1.path: "rekor",
    RekorV2.path: "rekor2",
    TIMESTAMP_PATH: "tsa",
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    services: Services

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up is nothing to report."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else 40 ms for each reply

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Nothing is written to the terminal."""

    def do_GET(self) -> None:  # http.server's name
        self._reply()

    def do_POST(self) -> None:  # http.server's name
        self._reply()

    def _reply(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(size, MAX_REQUEST_BYTES))
        services, service = self.server.services, _PATHS.get(self.path.split("?")[0], "")
        services.requests.append(service or self.path)
        if not service:
            return self._send(404, JSON, b'{"message": "no such service"}')
        fault = services.faults.get("rekor" if service == "rekor2" else service)
        if fault is not None and fault.strikes():
            return self._fail(fault, services.stopping)
        return self._send(*services.answer(service, self.headers, body))

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _fail(self, fault: Fault, stopping: threading.Event) -> None:
        if fault.kind == "hangs":
            stopping.wait()
        elif fault.kind == "drips":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not stopping.wait(0.1):
                self.wfile.write(b" ")
        elif fault.kind != "cut":
            return self._send(*_REPLIES[fault.kind])
        self.close_connection = True
        return None


_REPLIES: dict[str, Answer] = {
    "down": (503, JSON, b'{"message": "service unavailable"}'),
    "throttled": (429, JSON, b'{"message": "too many requests"}'),
    "refuses": (403, JSON, b'{"message": "refused by policy"}'),
    "garbage": (201, "text/html", b"<html>\xff\xfe maintenance</html>"),
    "empty": (201, JSON, b"{}"),
    "nonsense": (201, JSON, b'{"signedCertificateEmbeddedSct": {"chain": {"certificates": ["a", "b"]}}, "value": 7}'),
    "endless": (201, JSON, b'"' + b"x" * 40_000_000 + b'"'),
}
