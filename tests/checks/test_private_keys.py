from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import io
import lzma
import struct
import subprocess
import tarfile
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.checks._private_keys import search
from gatekeeper.checks.private_keys import CHECK, Allowed, Params
from gatekeeper.model.facts import ArtifactFact, Facts
from gatekeeper.model.words import Outcome

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEYS = {
    "rsa": RSA,
    "rsa-1024": rsa.generate_private_key(public_exponent=65537, key_size=1024),
    "p256": ec.generate_private_key(ec.SECP256R1()),
    "p384": ec.generate_private_key(ec.SECP384R1()),
    "p521": ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "x25519": x25519.X25519PrivateKey.generate(),
}
PASSWORD = BestAvailableEncryption(b"example")
PKCS12 = serialize_key_and_certificates(b"example", RSA, None, None, PASSWORD)
JKS = b"\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x01" + b"\x01" * 64


def written(key, encoding=Encoding.PEM, form=PrivateFormat.PKCS8, encryption=None) -> bytes:
    return key.private_bytes(encoding, form, encryption or NoEncryption())


PEM = written(RSA)
DER = written(RSA, Encoding.DER)
CURVE = written(KEYS["p256"], Encoding.DER)


def zipped(name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("README.md", "nothing here\n")
        archive.writestr(name, content)
    return buffer.getvalue()


def tarred(name: str, content: bytes, mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def planted(workspace, gate):
    """Commit one file and run the check."""

    def plant(name: str, content: bytes, params: Params | None = None):
        workspace.write("app.py", "print('hello')\n")
        file = workspace.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        workspace.commit()
        return gate.run(CHECK, gate.context(workspace.root), params)

    return plant


def test_a_tree_without_keys_passes_and_says_what_was_searched(planted):
    judged = planted("README.md", b"Nothing to see.\n")
    assert judged.outcome("KEY-02") is Outcome.PASSED
    assert "2 files searched (2 of the source, 0 artifacts, 0 files named by the policy" in judged.words("KEY-02")


def _forms():
    for name, key in KEYS.items():
        for encoding in (Encoding.PEM, Encoding.DER):
            yield pytest.param(written(key, encoding), id=f"KEY-02: {name} PKCS#8 {encoding}")
            yield pytest.param(written(key, encoding, encryption=PASSWORD), id=f"KEY-02: {name} encrypted {encoding}")
            if name != "ed25519" and name != "x25519":
                old = PrivateFormat.TraditionalOpenSSL
                yield pytest.param(written(key, encoding, old), id=f"KEY-02: {name} traditional {encoding}")
        yield pytest.param(
            base64.b64encode(written(key, Encoding.DER)), id=f"KEY-02: a key in base64 in a config file, {name}"
        )
    yield pytest.param(written(KEYS["ed25519"], form=PrivateFormat.OpenSSH), id="KEY-02: OpenSSH")
    yield pytest.param(PKCS12, id="KEY-02: PKCS#12")
    yield pytest.param(base64.b64encode(PKCS12), id="KEY-02: PKCS#12 in base64")
    yield pytest.param(JKS, id="KEY-02: JKS")
    yield pytest.param(base64.b64encode(JKS), id="KEY-02: JKS in base64")
    yield pytest.param(b"PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n", id="KEY-02: PuTTY")
    yield pytest.param(b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ==\n", id="KEY-02: OpenPGP")
    yield pytest.param(b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n", id="KEY-02: ssh.com")
    yield pytest.param(b"Created: 20260101T000000\nKey: (protected-private-key (rsa (n #00", id="KEY-02: GnuPG")
    yield pytest.param(b"AGE-SECRET-KEY-1" + b"Q" * 58, id="KEY-02: age")
    yield pytest.param(b'{"kty": "EC", "crv": "P-256", "d": "' + b"a" * 43 + b'"}', id="KEY-02: JWK")
    yield pytest.param(PEM.decode().encode("utf-16"), id="KEY-02: PEM in UTF-16")
    yield pytest.param(PEM.decode().encode("utf-16-be"), id="KEY-02: PEM in UTF-16, big end first")
    yield pytest.param(b'key = "' + PEM.replace(b"\n", b"\\n") + b'"', id="KEY-02: PEM in one line of a config file")
    for shift in range(3):
        coded = base64.b64encode(b"x" * shift + PEM)
        yield pytest.param(b"tls.key: " + coded, id=f"KEY-02: PEM in base64 in a config file, shifted by {shift}")
    openssh = written(KEYS["ed25519"], form=PrivateFormat.OpenSSH)
    bare = b"".join(openssh.splitlines()[1:-1])
    yield pytest.param(b"ssh_key: " + bare, id="KEY-02: OpenSSH without its frame")
    yield pytest.param(base64.b64decode(bare), id="KEY-02: OpenSSH in bytes")
    jwk = b'{"kty": "EC", "crv": "P-256", "d": "' + b"a" * 43 + b'"}'
    yield pytest.param(b'{"key": "' + jwk.replace(b'"', b'\\"') + b'"}', id="KEY-02: JWK in a JSON text")
    yield pytest.param(jwk.replace(b'"', b"'"), id="KEY-02: JWK in Python")
    yield pytest.param(b"kty: EC\ncrv: P-256\nd: " + b"a" * 43 + b"\n", id="KEY-02: JWK in YAML")
    yield pytest.param(b'{"kty":"oct","k":"' + b"a" * 43 + b'"}', id="KEY-02: a symmetric JWK")
    yield pytest.param(
        b'{"k":"' + b"a" * 43 + b'","alg":"A256GCM","kty":"oct"}', id="KEY-02: a symmetric JWK, kty last"
    )
    modulus = b"<Modulus>" + b"A" * 172 + b"</Modulus><Exponent>AQAB</Exponent>"
    xml = b"<RSAKeyValue>" + modulus + b"<D>" + b"B" * 172 + b"</D></RSAKeyValue>"
    yield pytest.param(xml, id="KEY-02: XML of .NET")
    yield pytest.param(b"\x07\x02\0\0\0\x24\0\0RSA2" + b"\x01" * 90, id="KEY-02: strong-name key of .NET")
    yield pytest.param(b"\x1e\xf1\xb5\xb0\0\0\0\0\x02\0\0\0" + b"\x01" * 90, id="KEY-02: PVK of Authenticode")
    for tag in (b"\x95\x03\x98", b"\x94\x58", b"\xc5\x58", b"\xc5\xc1\x98"):
        secret = tag + b"\x04\x65\x43\x21\x00\x16" + b"\x09\x2b\x06" * 30
        yield pytest.param(secret, id=f"KEY-02: OpenPGP in bytes, {tag.hex()}")
    yield pytest.param(b"untrusted comment: minisign encrypted secret key\nRWRT" + b"a" * 100, id="KEY-02: minisign")
    yield pytest.param(b"untrusted comment: signify secret key\nRWRC" + b"a" * 100, id="KEY-02: signify")
    yield pytest.param(b"[Interface]\nPrivateKey = " + base64.b64encode(b"k" * 32), id="KEY-02: WireGuard")
    for name in ("rsa", "rsa-1024"):
        for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
            inside = b"\x7fELF" + b"code" * 500 + written(KEYS[name], Encoding.DER, form) + b"more code" * 9
            yield pytest.param(inside, id=f"KEY-02: {name} {form} inside a program")
    yield pytest.param(b"aws_access_key_id = AKIA" + b"QWERTYUIOPASDFGH", id="KEY-02: AWS access key")
    yield pytest.param(b"aws_secret_access_key = " + b"aB3/" * 10, id="KEY-02: AWS secret key")
    yield pytest.param(b"export AWS_SECRET_ACCESS_KEY='" + b"aB3/" * 10 + b"'", id="KEY-02: AWS secret key, exported")
    yield pytest.param(b"token: ghp_" + b"a1B2" * 9, id="KEY-02: GitHub token")
    yield pytest.param(b"eyJ" + b"a" * 20 + b".eyJ" + b"b" * 20 + b"." + b"c" * 43, id="KEY-02: JSON Web Token")
    yield pytest.param(b"token: glpat-" + b"a1B2" * 5, id="KEY-02: GitLab token")
    yield pytest.param(b"AccountKey=" + b"a" * 86 + b"==", id="KEY-02: Azure storage key")


@pytest.mark.parametrize("content", [*_forms()])
def test_a_key_is_found(planted, content):
    judged = planted("conf/settings.txt", content)
    assert judged.outcome("KEY-02") is Outcome.FAILED
    assert "conf/settings.txt" in judged.words("KEY-02")


@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
def test_what_ssh_keygen_writes_is_found(planted, tmp_path, kind):
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", tmp_path / "key"], check=True)
    assert planted("id", (tmp_path / "key").read_bytes()).outcome("KEY-02") is Outcome.FAILED


def _innocent():
    public = RSA.public_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "example")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = x509.CertificateBuilder(name, name, public, 7, start, start + timedelta(days=1)).sign(
        RSA, hashes.SHA256()
    )
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    for encoding in (Encoding.PEM, Encoding.DER):
        yield pytest.param(certificate.public_bytes(encoding), id=f"certificate {encoding}")
        yield pytest.param(base64.b64encode(certificate.public_bytes(encoding)), id=f"certificate {encoding} base64")
    for key_name, key in KEYS.items():
        yield pytest.param(key.public_key().public_bytes(Encoding.PEM, spki), id=f"public key {key_name} PEM")
        yield pytest.param(key.public_key().public_bytes(Encoding.DER, spki), id=f"public key {key_name} DER")
    yield pytest.param(KEYS["p256"].sign(b"text", ec.ECDSA(hashes.SHA256())), id="signature")
    yield pytest.param(hashlib.sha256(b"x").hexdigest().encode(), id="digest")
    yield pytest.param(b'{"kty": "EC", "crv": "P-256", "x": "' + b"a" * 43 + b'"}', id="public JWK")
    yield pytest.param(b'{"kty": "oct", "k": secret_of(user)}', id="code that makes a JWK")
    yield pytest.param(b"<RSAKeyValue>" + b"<Modulus>" + b"A" * 172 + b"</Modulus></RSAKeyValue>", id="public key, XML")
    yield pytest.param(b"\x99\x01\x0d\x04\x65\x43\x21\x00\x01" + b"\x08" * 200, id="public key, OpenPGP")
    yield pytest.param(b"\x06\x02\0\0\0\x24\0\0RSA1" + b"\x01" * 90, id="public strong-name key")
    yield pytest.param(b"untrusted comment: minisign public key\nRWQf6LRCGA9i", id="public key, minisign")
    yield pytest.param(b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== a@b.example", id="public key, OpenSSH")
    yield pytest.param(b"\x7fELF openssh-key-v1\0aes256-ctr\0bcrypt\0", id="a program that reads keys of OpenSSH")
    yield pytest.param(b"prefix = 'b3BlbnNzaC1rZXktdjEA'", id="a rule of another scanner")
    yield pytest.param(
        b"untrusted comment: minisign encrypted secret key\0%s\0", id="a program that writes minisign keys"
    )
    yield pytest.param(b"LZIP is a format", id="prose on a format")
    yield pytest.param(b"# PrivateKey = <paste the output of wg genkey>", id="a WireGuard example")
    yield pytest.param(b"The word PRIVATE KEY in a text, and MII in another.", id="prose")
    yield pytest.param(Path(search.__file__).with_name("marks.py").read_bytes(), id="this check itself")


@pytest.mark.parametrize("content", [*_innocent()])
def test_what_is_no_key_is_left_alone(planted, content):
    judged = planted("conf/settings.txt", content)
    assert judged.outcome("KEY-02") is Outcome.PASSED, judged.words("KEY-02")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("tests/key.pem", PEM, id="KEY-02: BEGIN PRIVATE KEY in a fixture without allow entry"),
        pytest.param("d/a.whl", zipped("pkg/store.p12", PKCS12), id="KEY-02: a .p12 in a wheel"),
        pytest.param("d/a.whl", zipped("pkg/store.p12", b"odd"), id="KEY-02: a .p12 in a wheel, of unknown content"),
        pytest.param("d/a.whl", zipped("pkg/store.jks", JKS), id="KEY-02: a .jks in a wheel"),
        pytest.param("d/a.whl", zipped("pkg/tls.pem", PEM), id="KEY-02: a .pem in a wheel"),
        pytest.param("d/a.whl", zipped("pkg/tls", DER), id="KEY-02: a DER key of any name in a wheel"),
        pytest.param("d/a.zip", zipped("b.zip", zipped("c.zip", zipped("k", PEM))), id="KEY-02: a key in a nested zip"),
        pytest.param("d/a.tar", tarred("k", DER), id="KEY-02: a key in a tar"),
        pytest.param("d/a.tar.gz", tarred("k", DER, "w:gz"), id="KEY-02: a key in a tar.gz"),
        pytest.param("d/a.tar.xz", tarred("k", DER, "w:xz"), id="KEY-02: a key in a tar.xz"),
        pytest.param("d/a.tar.bz2", tarred("k", DER, "w:bz2"), id="KEY-02: a key in a tar.bz2"),
        pytest.param("d/sdist", tarred("a.whl", zipped("k", DER), "w:gz"), id="KEY-02: a wheel in a tar of any name"),
        pytest.param("d/k.gz", gzip.compress(DER), id="KEY-02: a key in a gz"),
        pytest.param("d/k.bz2", bz2.compress(DER), id="KEY-02: a key in a bz2"),
        pytest.param("d/k.xz", lzma.compress(DER), id="KEY-02: a key in an xz"),
        pytest.param("app.pyz", b"#!/usr/bin/python\n" + zipped("k", DER), id="KEY-02: a key in a zipapp"),
        pytest.param("blob", b"\0" * (search.PIECE - 11) + PEM, id="KEY-02: a key across two pieces of a file"),
    ],
)
def test_bad_files(planted, name, content):
    judged = planted(name, content)
    assert judged.outcome("KEY-02") is Outcome.FAILED
    assert f"{name}" in judged.words("KEY-02")


def test_the_place_is_told_down_to_the_innermost_file_and_line(planted):
    judged = planted("a.tar.gz", tarred("b.whl", zipped("pkg/settings.py", b"# one\n# two\nKEY = '''" + PEM), "w:gz"))
    (found,) = judged.by_rule["KEY-02"].findings
    assert str(found.where) == "a.tar.gz!a.tar!b.whl!pkg/settings.py:3"


def test_the_secret_itself_is_never_kept(workspace, gate):
    workspace.commit(key__pem=PEM.decode())
    evidence = CHECK.collect(gate.context(workspace.root), Params())
    assert PEM.splitlines()[1] not in msgspec.json.encode(evidence)


class TestBounds:
    def test_a_zip_bomb_is_undecided_and_does_not_hurt(self, planted):
        """KEY-02: a zip bomb."""
        bomb = zipped("zeros", b"\0" * (64 << 20))
        judged = planted("bomb.zip", bomb, Params(archive_max_expanded_bytes=1 << 20))
        assert judged.outcome("KEY-02") is Outcome.UNDECIDED
        assert "bomb.zip expands to more than 1048576 bytes" in judged.words("KEY-02")

    def test_the_bound_counts_all_members_together(self, planted):
        inner = zipped("zeros", b"\0" * (600 << 10))
        judged = planted("a.zip", zipped("b.zip", inner), Params(archive_max_expanded_bytes=600 << 10))
        assert judged.outcome("KEY-02") is Outcome.UNDECIDED

    def test_what_is_nested_deeper_than_the_bound_is_undecided(self, planted):
        content = b"harmless"
        for _ in range(5):
            content = zipped("inner.zip", content)
        judged = planted("a.zip", content)
        assert judged.outcome("KEY-02") is Outcome.UNDECIDED
        assert "nested deeper than 4" in judged.words("KEY-02")

    def test_a_zip_within_itself_ends(self, planted, monkeypatch):
        monkeypatch.setattr(search, "MOST_MEMBERS", 3)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for number in range(5):
                archive.writestr(str(number), "x")
        assert planted("a.zip", buffer.getvalue()).outcome("KEY-02") is Outcome.UNDECIDED

    @pytest.mark.parametrize("form", ["plain", "zip64"])
    def test_a_zip_that_claims_a_huge_directory_is_not_read(self, planted, form):
        content = bytearray(zipped("a", b"a"))
        end = content.rindex(b"PK\x05\x06")
        if form == "plain":
            content[end + 12 : end + 16] = struct.pack("<I", search.LARGEST_DIRECTORY + 1)
        else:
            content[end + 12 : end + 16] = b"\xff" * 4
            content[end:end] = b"PK\x06\x06" + b"\0" * 36 + struct.pack("<Q", 1 << 40) + b"\0" * 8
        judged = planted("a.zip", bytes(content))
        assert judged.outcome("KEY-02") is Outcome.UNDECIDED
        assert "directory of more than" in judged.words("KEY-02")

    def test_a_tar_with_a_huge_header_is_not_read(self, planted):
        with io.BytesIO() as buffer:
            info = tarfile.TarInfo("long")
            info.type = tarfile.XHDTYPE
            info.size = search.LARGEST_HEADER + 1
            buffer.write(info.tobuf(tarfile.PAX_FORMAT))
            buffer.write(b"\0" * (info.size + 1024))
            judged = planted("a.tar", buffer.getvalue())
        assert judged.outcome("KEY-02") is Outcome.UNDECIDED

    def test_too_many_keys_are_counted_to_a_bound(self, planted, monkeypatch):
        monkeypatch.setattr(search, "MOST_SIGHTINGS", 2)
        judged = planted("keys.txt", (b"-----BEGIN " + b"PRIVATE KEY-----\n") * 5)
        assert judged.outcome("KEY-02") is Outcome.FAILED
        assert len(judged.by_rule["KEY-02"].findings) == 2
        assert "more than 2" in judged.words("KEY-02")


def test_a_flood_of_keys_is_counted_to_the_bound(planted):
    judged = planted("keys.txt", (b"-----BEGIN " + b"PRIVATE KEY-----\n") * 200_000)
    assert judged.outcome("KEY-02") is Outcome.FAILED
    assert len(judged.by_rule["KEY-02"].findings) == search.MOST_SIGHTINGS


def _password_protected() -> bytes:
    content = bytearray(zipped("k", b"secret", zipfile.ZIP_STORED))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(mark, 40)
        content[at + flags] |= 1
    return bytes(content)


def test_a_folder_of_a_zip_that_holds_bytes_is_searched(planted):
    assert planted("a.zip", zipped("hidden/", DER)).outcome("KEY-02") is Outcome.FAILED


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.zip", zipped("a", b"a" * 500)[:-60], id="cut off zip"),
        pytest.param("a.whl", b"not a wheel", id="no zip at all"),
        pytest.param("a.whl", b"", id="empty wheel"),
        pytest.param("a.tar.gz", gzip.compress(b"a" * 9999)[:-20], id="cut off gz"),
        pytest.param("a.tar.gz", gzip.compress(b"no tar"), id="gz of something else named tar"),
        pytest.param("a.tar", tarred("a", b"a" * 700)[:800], id="cut off tar"),
        pytest.param("a.tar", tarred("a", b"a") + b"rubbish" + CURVE + bytes(512), id="tar with more behind its end"),
        pytest.param("a.xz", b"\xfd7zXZ\x00rubbish", id="broken xz"),
        pytest.param("a.zip", _password_protected(), id="password"),
        pytest.param("a.7z", b"7z\xbc\xaf\x27\x1c" + b"\0" * 40, id="7-Zip"),
        pytest.param("a.bin", b"Rar!\x1a\x07\x01\x00", id="RAR of another name"),
        pytest.param("a.zst", b"\x28\xb5\x2f\xfd" + b"\0" * 40, id="Zstandard"),
        pytest.param("a.bin", b"\x04\x22\x4d\x18" + b"\0" * 40, id="LZ4"),
        pytest.param("a.bin", b"LZIP\x01" + b"\0" * 40, id="lzip"),
        pytest.param("a.bin", b"\x89LZO\0\r\n\x1a\n" + b"\0" * 40, id="lzop"),
        pytest.param("a.bin", b"\x1f\x9d\x90" + b"\0" * 40, id="compress"),
        pytest.param("a.bin", b"\x5d\0\0\x80\0" + b"\xff" * 8 + b"\0" * 40, id="LZMA alone"),
        pytest.param("rootfs.img", b"hsqs" + b"\0" * 90, id="SquashFS"),
        pytest.param("a.pkg", b"xar!\0\x1c\0\x01" + b"\0" * 40, id="installer of macOS"),
        pytest.param("a.dmg", b"\0" * 900 + b"koly\0\0\0\x04" + b"\0" * 504, id="disk image of macOS"),
    ],
)
def test_an_unreadable_archive_is_undecided_until_it_is_allowed_by_digest(workspace, gate, planted, name, content):
    judged = planted(name, content)
    assert judged.outcome("KEY-02") is Outcome.UNDECIDED
    assert name in judged.words("KEY-02")
    (unread,) = CHECK.collect(gate.context(workspace.root), Params()).unread
    entry = Allowed(
        unread.path, hashlib.sha256(content).hexdigest() if "!" not in unread.path else unread.sha256, "Example"
    )
    assert gate.run(CHECK, gate.context(workspace.root), Params(allow=(entry,))).outcome("KEY-02") is Outcome.PASSED


class TestAllowed:
    DIGEST = hashlib.sha256(PEM).hexdigest()

    def test_a_test_key_by_path_digest_and_reason(self, planted):
        params = Params(allow=(Allowed("tests/key.pem", self.DIGEST, "Made for the tests of the parser"),))
        judged = planted("tests/key.pem", PEM, params)
        assert judged.outcome("KEY-02") is Outcome.PASSED
        assert "1 allowed by digest" in judged.words("KEY-02")

    def test_an_allow_entry_whose_digest_no_longer_fits(self, planted):
        """KEY-02: an allow entry whose digest no longer fits."""
        params = Params(allow=(Allowed("tests/key.pem", self.DIGEST, "Made for the tests"),))
        judged = planted("tests/key.pem", PEM + b"\n", params)
        assert judged.outcome("KEY-02") is Outcome.FAILED
        assert len(judged.by_rule["KEY-02"].findings) == 2

    def test_the_same_key_elsewhere_is_not_allowed(self, planted):
        params = Params(allow=(Allowed("tests/key.pem", self.DIGEST, "Made for the tests"),))
        assert planted("pump/key.pem", PEM, params).outcome("KEY-02") is Outcome.FAILED

    def test_an_entry_for_nothing_is_told(self, planted):
        params = Params(allow=(Allowed("tests/key.pem", self.DIGEST, "Made for the tests"),))
        judged = planted("README.md", b"Nothing.\n", params)
        assert judged.outcome("KEY-02") is Outcome.FAILED
        assert "fits no file" in judged.words("KEY-02")

    @pytest.mark.parametrize("reason", ["", "  ", "\u3000"])
    def test_an_entry_without_reason_is_refused(self, reason):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"allow": [{"path": "k", "sha256": self.DIGEST, "reason": reason}]}, Params)


class TestScope:
    def test_untracked_files_are_searched_and_ignored_ones_are_not(self, workspace, gate):
        workspace.commit(__gitignore="build/\n")
        workspace.write("build/key.pem", PEM.decode())
        assert gate.run(CHECK, gate.context(workspace.root)).outcome("KEY-02") is Outcome.PASSED
        workspace.write("key.pem", PEM.decode())
        assert gate.run(CHECK, gate.context(workspace.root)).outcome("KEY-02") is Outcome.FAILED

    def test_evidence_that_the_policy_names_is_searched(self, workspace, gate):
        workspace.commit(__gitignore="evidence/\n")
        workspace.write("evidence/log.txt", PEM.decode())
        tables = {"a": {"b": [{"path": "evidence/log.txt"}], "c": "../outside", "d": "\0", "e": "x" * 9999, "f": 3}}
        judged = gate.run(CHECK, gate.context(workspace.root, tables=tables))
        assert judged.outcome("KEY-02") is Outcome.FAILED
        assert "evidence/log.txt" in judged.words("KEY-02")

    def test_artifacts_are_searched_wherever_they_lie(self, workspace, gate, tmp_path):
        workspace.commit(app__py="1\n", __gitignore="dist/\n")
        for folder in ("one", "two"):
            (tmp_path / folder).mkdir()
        (tmp_path / "one/a.whl").write_bytes(zipped("k", PEM))
        (tmp_path / "two/a.whl").write_bytes(zipped("k", b"harmless"))
        context = gate.context(workspace.root, tmp_path / "one/a.whl", tmp_path / "two/a.whl")
        judged = gate.run(CHECK, context)
        assert judged.outcome("KEY-02") is Outcome.FAILED
        assert "a.whl!k" in judged.words("KEY-02")

    def test_a_file_of_the_release_that_was_not_searched_is_undecided(self, workspace, gate, tmp_path):
        """KEY-02: evidence that another job collected before anything was built."""
        workspace.commit(app__py="1\n", __gitignore="dist/\n")
        (tmp_path / "a.whl").write_bytes(zipped("k", b"harmless"))
        digest = hashlib.sha256((tmp_path / "a.whl").read_bytes()).hexdigest()
        built = Facts(artifacts=(ArtifactFact("a.whl", 100, digest),))
        before = gate.run(CHECK, gate.context(workspace.root), facts=built)
        assert before.outcome("KEY-02") is Outcome.UNDECIDED
        assert "a.whl of the release was not searched" in before.words("KEY-02")
        after = gate.run(CHECK, gate.context(workspace.root, tmp_path / "a.whl"), facts=built)
        assert after.outcome("KEY-02") is Outcome.PASSED

    def test_a_missing_artifact_is_undecided(self, workspace, gate):
        workspace.commit(app__py="1\n")
        judged = gate.run(CHECK, gate.context(workspace.root, workspace.root / "dist/gone.whl"))
        assert judged.outcome("KEY-02") is Outcome.UNDECIDED

    def test_a_folder_without_git_is_searched_whole(self, tmp_path, gate):
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep/key.pem").write_bytes(PEM)
        judged = gate.run(CHECK, gate.context(tmp_path))
        assert judged.outcome("KEY-02") is Outcome.FAILED

    def test_an_empty_folder_is_undecided(self, tmp_path, gate):
        assert gate.run(CHECK, gate.context(tmp_path)).outcome("KEY-02") is Outcome.UNDECIDED

    def test_links_are_not_followed(self, workspace, gate, tmp_path):
        (tmp_path / "outside.pem").write_bytes(PEM)
        (workspace.root / "link.pem").symlink_to(tmp_path / "outside.pem")
        workspace.commit(app__py="1\n")
        assert gate.run(CHECK, gate.context(workspace.root)).outcome("KEY-02") is Outcome.PASSED

    def test_a_product_below_the_top_of_the_repository(self, workspace, gate):
        workspace.write("other/key.pem", PEM.decode())
        workspace.write("pump/app.py")
        workspace.commit()
        assert gate.run(CHECK, gate.context(workspace.root / "pump")).outcome("KEY-02") is Outcome.PASSED
        workspace.write("pump/key.pem", PEM.decode())
        assert gate.run(CHECK, gate.context(workspace.root / "pump")).outcome("KEY-02") is Outcome.FAILED


@given(st.binary(max_size=300), st.binary(max_size=300), st.sampled_from(["pem", "base64", "jks64"]))
def test_surroundings_hide_no_key(before, after, kind):
    """Whatever stands before and after, a key in text is found once it stands alone."""
    inner = {"pem": PEM, "base64": base64.b64encode(DER), "jks64": base64.b64encode(JKS)}[kind]
    found = search.Search(4, 1 << 20)._bytes(io.BytesIO(before + b"\n" + inner + b"\n" + after), "x")[1]
    assert found


@given(st.binary(max_size=2000), st.sampled_from(["a.zip", "a.tar", "a.gz", "a"]))
def test_any_bytes_are_searched_or_reported(content, name):
    one = search.Search(2, 1 << 16)
    one._stream(io.BytesIO(content), name, 0)
    assert one.files >= 1
