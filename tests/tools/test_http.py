"""The HTTP tool against honest and dishonest servers on loopback: it stays at its place, within its time, and silent
about its token."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.errors import EvidenceError, OutageError
from gatekeeper.tools import http
from gatekeeper.tools.addresses import base_address
from gatekeeper.tools.http import Client, Secret
from gatekeeper.tools.replies import FormatError, OffSiteError, StatusError
from tests.trackers.fakes.server import FakeServer, Say, Seen

TOKEN = "tok-1234567890"
AUTH = Secret("Authorization", TOKEN, "Bearer ")


class Echo(FakeServer):
    def route(self, seen: Seen) -> Say:
        return Say(200, {"path": seen.path, "query": seen.query})


@pytest.fixture
def server() -> Iterator[Echo]:
    with Echo() as running:
        yield running


def client(server: FakeServer, **more: Any) -> Client:
    waits: list[float] = []
    made = Client(server.url, AUTH, **({"budget": 20, "sleep": waits.append} | more))
    made.waits = waits  # type: ignore[attr-defined]  # kept for the test alone
    return made


def test_it_asks_with_its_token_and_quotes_every_segment(server: Echo) -> None:
    with client(server) as asking:
        reply = asking.get(["a b", "../c", "ü"], {"q": "x&y"})

    assert (reply.status, reply.method) == (200, "GET")
    assert server.seen[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert server.seen[0].path == "/a%20b/..%2Fc/%C3%BC"
    assert server.seen[0].query == {"q": "x&y"}
    assert server.seen[0].headers["cache-control"] == "no-cache"


def test_a_base_address_keeps_its_path(server: Echo) -> None:
    with Client(server.url + "/redmine/", AUTH, budget=20) as asking:
        asking.get(["issues.json"])

    assert server.seen[0].path == "/redmine/issues.json"


@pytest.mark.parametrize(
    "address",
    [
        "http://tracker.example.org",
        "ftp://tracker.example.org",
        "https://user:pw@tracker.example.org",
        "https://tracker.example.org?key=1",
        "https://tracker.example.org#x",
        "tracker.example.org",
        "https://",
        "",
        "http://127.0.0.1.example.org",
        "https://[::1",
        "https://tracker.example.org:99999",
        "https://tracker.example.org:x",
    ],
)
def test_an_address_that_must_not_be_asked(address: str) -> None:
    with pytest.raises(EvidenceError) as refused:
        base_address(address)

    assert "pw" not in refused.value.message


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1", "https://x.example"])
def test_an_address_that_may_be_asked(address: str) -> None:
    assert base_address(address + "/") == address


def test_a_host_is_the_same_in_whatever_letters() -> None:
    """So that encryption is seen for what it is, and links of the server's own spelling are followed."""
    assert base_address("HTTPS://Tracker.Example.org/API/") == "https://tracker.example.org/API"


def test_an_answer_from_a_cache_is_told(server: Echo) -> None:
    server.fail(".", Say(304, {}))

    with client(server) as asking, pytest.raises(StatusError, match="answers 304, as if it had been asked before"):
        asking.get(["issues"])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_and_no_token_leaves(server: Echo, status: int) -> None:
    """ISSUE-03: a renamed or transferred repository answering 301."""
    with Echo() as other:
        server.fail(".", Say(status, {}, {"Location": other.url + "/x"}))

        with client(server) as asking, pytest.raises(StatusError, match=f"answers {status}: it has moved"):
            asking.get(["issues"])

        assert other.seen == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 204, 206])
def test_every_status_but_200_is_told(server: Echo, status: int) -> None:
    server.fail(".", Say(status, {}))

    with client(server) as asking, pytest.raises(StatusError, match=str(status)):
        asking.get(["issues"])

    assert server.asked(".") == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_passes_is_asked_again(server: Echo, status: int) -> None:
    server.fail(".", Say(status, {}), Say(status, {}))

    with client(server) as asking:
        assert asking.get(["issues"]).status == 200

    assert asking.retries == 2


def test_what_does_not_pass_is_given_up(server: Echo) -> None:
    server.always(".", Say(503, {}))

    with client(server) as asking, pytest.raises(OutageError, match="status 503") as outage:
        asking.get(["issues"])

    assert server.asked(".") == http.MOST_TRIES
    assert "again" in outage.value.advice


def test_the_wait_is_the_one_that_the_server_asks_for(server: Echo) -> None:
    server.fail(".", Say(429, {}, {"Retry-After": "7"}))

    with client(server) as asking:
        asking.get(["issues"])

    assert asking.waits == [7.0]  # type: ignore[attr-defined]


def test_a_wait_may_be_given_as_a_date(server: Echo) -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=9)
    server.fail(".", Say(503, {}, {"Retry-After": soon.strftime("%a, %d %b %Y %H:%M:%S GMT")}))
    server.fail(".", Say(503, {}, {"Retry-After": "soon"}))

    with client(server) as asking:
        asking.get(["issues"])

    assert 5 < asking.waits[0] <= 9  # type: ignore[attr-defined]
    assert len(asking.waits) == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [403, 429])
def test_a_wait_that_is_too_long_ends_at_once(server: Echo, status: int) -> None:
    """ISSUE-04: a rate-limit answer."""
    server.always(".", Say(status, {}, {"Retry-After": "3600"}))

    with client(server) as asking, pytest.raises(OutageError, match="asks to wait 3600 s"):
        asking.get(["issues"])

    assert server.asked(".") == 1


def test_a_403_without_any_quota_left_is_a_rate_limit(server: Echo) -> None:
    reset = str(int(time.time()) + 5)
    server.fail(".", Say(403, {}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}))

    with client(server) as asking:
        asking.get(["issues"])

    assert 0 < asking.waits[0] <= 5  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("say", "word"),
    [
        pytest.param(Say(raw=b"<html>sign in</html>", kind="text/html"), "not JSON", id="ISSUE-04: HTML sign-in page"),
        pytest.param(Say(body={}, kind="text/plain"), "not JSON", id="wrong content type"),
        pytest.param(Say(body={}, kind=""), "not JSON", id="no content type"),
    ],
)
def test_what_is_not_json_is_refused(server: Echo, say: Say, word: str) -> None:
    server.always(".", say)

    with client(server) as asking, pytest.raises(FormatError, match=word):
        asking.get(["issues"])


@pytest.mark.parametrize("kind", ["application/json", "application/vnd.github+json; charset=utf-8"])
def test_every_kind_of_json_is_taken(server: Echo, kind: str) -> None:
    server.fail(".", Say(body={}, kind=kind))

    with client(server) as asking:
        assert asking.get(["issues"]).body == b"{}"


@pytest.mark.parametrize(
    "say", [Say(body={"a": 1}, cut=50), Say(drop=True)], ids=["half a body", "a dropped connection"]
)
def test_a_cut_answer_is_asked_again_and_never_used(server: Echo, say: Say) -> None:
    server.fail(".", say)

    with client(server) as asking:
        assert asking.get(["issues"]).status == 200
    assert asking.retries == 1

    server.always(".", say)
    with client(server) as asking, pytest.raises(OutageError, match="did not answer"):
        asking.get(["issues"])


@pytest.mark.parametrize(
    "say",
    [Say(hang=30), Say(raw=b" " * 10_000 + b"{}", drip=0.05), Say(creep=0.05)],
    ids=["silent", "dripping", "dripping headers"],
)
def test_a_slow_server_ends_within_the_budget(server: Echo, say: Say) -> None:
    server.always(".", say)
    began = time.monotonic()

    with client(server, budget=0.7) as asking, pytest.raises(OutageError):
        asking.get(["issues"])

    assert time.monotonic() - began < 15, "the budget, not the server, ends it"


def test_a_body_that_is_too_large_is_refused(server: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST_BODY_BYTES", 1000)
    server.always(".", Say(raw=b" " * 2000))

    with client(server) as asking, pytest.raises(FormatError, match="larger than 1000"):
        asking.get(["issues"])


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example.org/api/v3/issues?page=2",
        "http://127.0.0.1:1/api/v3/issues?page=2",
        "{base}/../admin",
        "{base}/%2e%2e/admin",
        "{base}/.%2E/admin",
        "{base}/a/%2e%2e/%2e%2e/admin",
        "{root}/other",
        "{base}evil/issues",
        "//127.0.0.1/api/v3",
        "issues?page=2",
    ],
)
def test_a_link_to_another_place_is_not_followed(server: Echo, link: str) -> None:
    """ISSUE-01: a next link to another host."""
    base = server.url + "/api/v3"
    with Client(base, AUTH, budget=20) as asking, pytest.raises(OffSiteError):
        asking.follow(link.format(base=base, root=server.url))

    assert server.seen == []


def test_a_link_below_the_base_is_followed(server: Echo) -> None:
    with Client(server.url + "/api/v3", AUTH, budget=20) as asking:
        asking.follow(server.url + "/api/v3/issues?page=2")

    assert server.seen[0].query == {"page": "2"}


def test_clocks_are_compared(server: Echo) -> None:
    """ISSUE-05: a server clock hours away."""
    late = dt.datetime.now(dt.UTC) + dt.timedelta(hours=3)
    server.fail(".", Say(body={}, date=late.strftime("%a, %d %b %Y %H:%M:%S GMT")), Say(body={}))

    with client(server) as asking:
        asking.get(["a"])
        asking.get(["b"])

    assert asking.clock_difference == pytest.approx(3 * 3600, abs=30)


@pytest.mark.parametrize("date", [None, "yesterday"])
def test_a_server_without_a_clock_says_nothing(server: Echo, date: str | None) -> None:
    server.fail(".", Say(body={}, date=date))

    with client(server) as asking:
        asking.get(["a"])

    assert asking.clock_difference is None


@pytest.mark.parametrize(
    ("value", "word"),
    [("", "no token"), ("  ", "no token"), ("a b", "no token"), ("a\nb: c", "no token"), ("ü", "no token")],
)
def test_what_is_no_token_is_not_sent(value: str, word: str) -> None:
    with pytest.raises(EvidenceError, match=word) as refused:
        http.secret({"TRACKER_TOKEN": value}, "TRACKER_TOKEN", "PRIVATE-TOKEN")

    assert not value.strip() or value.strip() not in refused.value.message


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40))
def test_a_token_never_shows(token: str) -> None:
    made = http.secret({"T": token}, "T", "PRIVATE-TOKEN")

    assert token not in repr(made)
    assert made.value == token


def test_no_message_holds_the_token(server: Echo) -> None:
    told = []
    for say in (
        Say(500, {}),
        Say(401, {}),
        Say(301, {}, {"Location": "/x"}),
        Say(raw=b"x", kind="text/html"),
        Say(drop=True),
    ):
        server.faults.clear()
        server.always(".", say)
        with client(server) as asking, pytest.raises((OutageError, EvidenceError)) as refused:
            asking.get(["issues"])
        told.append(repr(refused.value) + refused.value.advice + repr(refused.value.__cause__))

    assert not any(TOKEN in text for text in told)


def test_cookies_are_not_kept(server: Echo) -> None:
    server.fail(".", Say(body={}, headers={"Set-Cookie": "session=1"}))

    with client(server) as asking:
        asking.get(["a"])
        asking.get(["b"])

    assert "cookie" not in server.seen[1].headers


# --- TLS, netrc, private CAs and proxies


class Certificates:
    """A throw-away CA and a server certificate for localhost."""

    def __init__(self, folder: Path) -> None:
        self.ca_file, chain = folder / "ca.pem", folder / "server.pem"
        now = dt.datetime.now(dt.UTC)
        ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Example CA")])

        def certificate(name: x509.Name, public: Any, *extensions: tuple[Any, bool]) -> x509.Certificate:
            made = x509.CertificateBuilder(ca_name, name, public, x509.random_serial_number())
            made = made.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
            for extension, critical in extensions:
                made = made.add_extension(extension, critical)
            return made.sign(ca_key, hashes.SHA256())

        ski = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
        # Python 3.13 asks of a CA what RFC 5280 does: that it says what its key is for.
        signs = x509.KeyUsage(False, False, False, False, False, True, True, False, False)  # certificates and lists
        basic = x509.BasicConstraints(True, 0)
        ca = certificate(ca_name, ca_key.public_key(), (basic, True), (signs, True), (ski, False))
        names = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        )
        aki = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski)
        leaf_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        leaf = certificate(leaf_name, key.public_key(), (names, False), (aki, False))
        pem = serialization.Encoding.PEM
        self.ca_file.write_bytes(ca.public_bytes(pem))
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        chain.write_bytes(private + leaf.public_bytes(pem))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def private(certificates: Certificates) -> Iterator[Echo]:
    with Echo(certificates.context) as running:
        yield running


def test_a_private_ca_is_believed_where_the_policy_names_it(private: Echo, certificates: Certificates) -> None:
    with Client(private.url, AUTH, budget=20, ca_file=str(certificates.ca_file)) as asking:
        assert asking.get(["a"]).status == 200
        assert asking.encrypted
        assert len(asking.ca_sha256()) == 64


def test_no_variable_of_the_machine_makes_a_certificate_believed(
    private: Echo, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(certificates.ca_file))

    with Client(private.url, AUTH, budget=20) as asking, pytest.raises(EvidenceError, match="certificate") as refused:
        asking.get(["a"])

    assert "ca-file" in refused.value.advice


def test_netrc_does_not_replace_the_token(
    private: Echo, certificates: Certificates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login other password pw\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    with Client(private.url, AUTH, budget=20, ca_file=str(certificates.ca_file)) as asking:
        asking.get(["a"])

    assert private.seen[0].headers["authorization"] == f"Bearer {TOKEN}"


class Proxy:
    """A CONNECT proxy that carries bytes and notes where to."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.targets: list[str] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += near.recv(4096)
        target = head.split()[1].decode()
        self.targets.append(target)
        host, _, port = target.rpartition(":")
        with near, socket.create_connection((host, int(port))) as far:
            near.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                ready, _, _ = select.select([near, far], [], [], 5)
                for one in ready:
                    data = one.recv(65536)
                    if not data:
                        return
                    (far if one is near else near).sendall(data)
                if not ready:
                    return


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy()
    yield made
    made.listener.shutdown(socket.SHUT_RDWR)
    made.listener.close()


def test_a_proxy_of_the_environment_is_used(
    private: Echo, certificates: Certificates, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    with Client(private.url, AUTH, budget=20, ca_file=str(certificates.ca_file)) as asking:
        assert asking.get(["a"]).status == 200

    assert asking.proxied
    assert proxy.targets == [private.url.removeprefix("https://")]


def test_plain_loopback_never_goes_through_a_proxy(server: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    with client(server) as asking:
        assert asking.get(["a"]).status == 200
    assert not asking.proxied


def test_a_missing_ca_file_is_told(server: Echo) -> None:
    with client(server, ca_file="/nowhere/ca.pem") as asking, pytest.raises(EvidenceError, match="cannot be read"):
        asking.ca_sha256()


def test_requests_is_imported_late(python: str) -> None:
    import subprocess

    script = "import sys, gatekeeper.tools.http; sys.exit('requests' in sys.modules)"
    env = {k: v for k, v in os.environ.items() if not k.startswith("COV")}

    assert subprocess.run([python, "-c", script], env=env, check=False).returncode == 0
