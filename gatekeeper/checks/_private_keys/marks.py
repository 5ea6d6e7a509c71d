"""What private keys, key stores and cloud credentials look like in bytes.

Sources: RFC 7468 and RFC 4880 (PEM labels), RFC 5958 and RFC 8018 (PKCS#8), RFC 8017 A.1.2 (PKCS#1), RFC 5915 (SEC1),
RFC 7292 (PKCS#12), RFC 7517 (JWK), RFC 9580 (OpenPGP), OpenSSH's PROTOCOL.key, the PuTTY, age, GnuPG, minisign, signify
and WireGuard manuals, Microsoft's key blobs, and the token formats that the providers publish.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

LONGEST_MARK = 4096  # bytes; neighbouring pieces of a file overlap by this much


class Mark(NamedTuple):
    """A kind of secret: each needle must stand in the bytes before the pattern is tried.

    Patterns begin with letters and look behind from there: what begins otherwise is tried at every single byte.
    """

    kind: str
    needle: bytes
    pattern: re.Pattern[bytes]


class Sighting(NamedTuple):
    """Something that looks like a secret, at this offset."""

    kind: str
    offset: int


def _mark(kind: str, needle: bytes, pattern: bytes = b"") -> Mark:
    return Mark(kind, needle, re.compile(pattern or re.escape(needle), re.DOTALL))


def _spread(text: bytes) -> bytes:
    """The same letters in UTF-16, as some editors save them."""
    return text.decode().encode("utf-16-le")[:-1]


def _in_base64(text: bytes) -> Iterator[bytes]:
    """What every base64 coding of a text that holds `text` contains, for each of the three alignments."""
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + text + b"\0" * (-(shift + len(text)) % 3))
        yield coded[(shift * 8 + 5) // 6 : (shift + len(text)) * 8 // 6]


_LABEL = b"PRIVATE " + b"KEY"  # in two pieces, so that this file is not its own first finding
_AWS_SECRET = rb"(?i:(?<=awss)|(?<=aws_s))%b(?i:_?(?:access_?)?key)\W{1,8}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])"
_TOKEN_END = rb"(?![A-Za-z0-9])"
# A member of a JSON object, as it stands in Python too, and with its quotation marks escaped inside another text.
_QUOTE = rb"[\"'\\]"
_TO_VALUE = _QUOTE + rb"{1,4}\s{0,9}:\s{0,9}" + _QUOTE + rb"{1,4}"
_SYMMETRIC = _TO_VALUE + rb"[A-Za-z0-9_-]{16,}"
_WITHIN = rb"[^{}]{0,300}?"
_JWK = b"|".join(
    (
        rb"d(?<=%bd)" % _QUOTE + _TO_VALUE + rb"[A-Za-z0-9_-]{20,}" + _QUOTE,
        rb"d(?<=[\s{,]d): {0,3}[A-Za-z0-9_-]{40,}[\s},]",  # in YAML
        rb"kty" + _TO_VALUE + rb"oct" + _WITHIN + rb"k" + _SYMMETRIC,
        rb"k(?<=%bk)" % _QUOTE + _SYMMETRIC + _QUOTE + _WITHIN + rb"kty" + _TO_VALUE + rb"oct" + _QUOTE,
    )
)
_OPENSSH = b"openssh-key-v1\0"  # programs hold these letters too; in a key the name of a cipher follows
# RFC 8017 A.1.2 wherever it stands: version 0, a modulus of 1024 to 4096 bits, the usual public exponent.
_VERSION = b"\x02\x01\x00\x02"
_RSA = (
    rb"0\x82..\x02\x01\x00(?:\x02\x81\x81\x00.{128}|\x02\x82\x01\x01\x00.{256}|\x02\x82\x01\x81\x00.{384}"
    rb"|\x02\x82\x02\x01\x00.{512})\x02\x03\x01\x00\x01\x02"
)

MARKS = (
    _mark("private key (PEM)", _LABEL, rb"-{4,5} ?BEGIN [A-Z0-9 ]{0,40}" + _LABEL + rb"(?: BLOCK)? ?-{4,5}"),
    _mark("private key (PEM in UTF-16)", _spread(_LABEL)),
    *(_mark("private key (PEM in base64)", coded) for coded in _in_base64(b" " + _LABEL + b"-----")),
    _mark("private key (PuTTY)", b"PuTTY-User-Key-File-", rb"PuTTY-User-Key-File-[0-9]+:"),
    _mark("private key (GnuPG)", b"private-key", rb"\((?:\d+:)?(?:protected-|shadowed-)?private-key[ (\d]"),
    _mark("private key (age)", b"AGE-SECRET-KEY-1", rb"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    _mark("private key (OpenSSH)", _OPENSSH, _OPENSSH + rb"\0\0\0[\4-\x40](?:none|aes|chacha|3des)"),
    _mark("private key (OpenSSH in base64)", base64.b64encode(_OPENSSH), rb"b3BlbnNzaC1rZXktdjEAAAAA[A-Za-z0-9+/]{40}"),
    _mark("private key (JWK)", b"kty", _JWK),
    _mark("private key (XML)", b"RSAKeyValue", rb"<D>[A-Za-z0-9+/=\r\n]{20,}</D>"),
    _mark(
        "private key (minisign or signify)",
        b"secret key",
        rb"untrusted comment" + rb": [^\n]{0,80}secret key\r?\n[A-Za-z0-9+/]{40}",
    ),
    _mark("private key (WireGuard)", b"PrivateKey", rb"PrivateKey\s{0,4}=\s{0,4}[A-Za-z0-9+/]{43}="),
    _mark("private key (RSA in bytes)", _VERSION, _RSA),
    _mark("key store (JKS in base64)", base64.b64encode(b"\xfe\xed\xfe\xed\0\0\0")[:9]),
    _mark("credential (AWS access key)", b"AKIA", rb"(?<![A-Za-z0-9])AKIA[0-9A-Z]{16}" + _TOKEN_END),
    _mark("credential (AWS session key)", b"ASIA", rb"(?<![A-Za-z0-9])ASIA[0-9A-Z]{16}" + _TOKEN_END),
    *(_mark("credential (AWS secret key)", letters, _AWS_SECRET % letters) for letters in (b"ecret", b"ECRET")),
    _mark("credential (Azure storage key)", b"AccountKey=", rb"AccountKey=[A-Za-z0-9+/]{86}=="),
    _mark("credential (Google API key)", b"AIza", rb"(?<![A-Za-z0-9])AIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])"),
    _mark("credential (GitHub token)", b"github_pat_", rb"github_pat_[A-Za-z0-9_]{60,}"),
    *(
        _mark("credential (GitHub token)", prefix, prefix + rb"[A-Za-z0-9]{36,}")
        for prefix in (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_")
    ),
    _mark(
        "credential (JSON Web Token)",
        b"eyJ",
        rb"eyJ(?<![A-Za-z0-9_-]eyJ)[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
    ),
    _mark("credential (GitLab token)", b"glpat-", rb"glpat-[A-Za-z0-9_-]{20,}"),
    _mark("credential (PyPI token)", b"pypi-AgE", rb"pypi-AgE[A-Za-z0-9_-]{50,}"),
    _mark("credential (npm token)", b"npm_", rb"(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}" + _TOKEN_END),
    _mark("credential (Slack token)", b"xox", rb"xox[abeoprs]-[A-Za-z0-9-]{20,}"),
)

_LENGTH = rb"(?:[\x02-\x7f]|\x81.|\x82..|\x83...)"
_STORE_LENGTH = rb"(?:[\x02-\x80]|\x81.|\x82..|\x83...)"  # a key store may leave its length open
_DER = (
    ("private key (PKCS#8)", rb"\x30" + _LENGTH + rb"\x02\x01[\x00\x01]\x30" + _LENGTH + rb"\x06"),
    ("private key (PKCS#1)", rb"\x30" + _LENGTH + rb"\x02\x01[\x00\x01]\x02" + _LENGTH),
    ("private key (SEC1)", rb"\x30" + _LENGTH + rb"\x02\x01\x01\x04[\x14-\x48]"),
    (
        "private key (encrypted PKCS#8)",
        rb"\x30" + _LENGTH + rb"\x30" + _LENGTH + rb"\x06(?:\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05[\x01-\x0e]"
        rb"|\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01[\x01-\x06])",
    ),
    (
        "key store (PKCS#12)",
        rb"\x30" + _STORE_LENGTH + rb"\x02\x01\x03\x30" + _STORE_LENGTH + rb"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07",
    ),
    ("private key (PVK)", rb"\x1e\xf1\xb5\xb0\x00\x00\x00\x00"),
    ("private key (blob of Windows)", rb"\x07\x02\x00\x00\x00[\x24\xa4]\x00\x00RSA2"),
    (
        "private key (OpenPGP in bytes)",
        rb"(?:\x94.|\x95..|\x96....|\xc5(?:[\x00-\xbf]|[\xc0-\xdf].|\xff....))"
        rb"[\x04-\x06].{4}[\x01-\x03\x10-\x13\x16\x19-\x1c]",
    ),
    ("key store (JKS)", rb"\xfe\xed\xfe\xed\x00\x00\x00[\x01\x02]"),
    ("key store (JCEKS)", rb"\xce\xce\xce\xce\x00\x00\x00[\x01\x02]"),
)
_AT_START = tuple((kind, re.compile(pattern, re.DOTALL)) for kind, pattern in _DER)
_STORE_SUFFIXES = frozenset([".p12", ".pfx", ".jks", ".jceks", ".bks", ".bcfks", ".keystore", ".ppk", ".kdb", ".kdbx"])

# Where a DER structure may begin in base64: a long length, or a short one followed by an integer.
_CODED = re.compile(rb"M(?<![A-Za-z0-9+/]M)(?:I[IGH][A-Za-z0-9+/]|[A-H][AEIMQUYcgkosw048]C)[A-Za-z0-9+/]{36}")


def at_start(head: bytes, path: str) -> Iterator[Sighting]:
    """What the first bytes of a file, or its name, say that it is."""
    kind = next((kind for kind, pattern in _AT_START if pattern.match(head)), "")
    if kind:
        yield Sighting(kind, 0)
    elif PurePosixPath(path).suffix.lower() in _STORE_SUFFIXES:
        yield Sighting(f"key store (by its name, *{PurePosixPath(path).suffix})", 0)


def anywhere(piece: bytes) -> Iterator[Sighting]:
    """What stands in a piece of a file."""
    for kind, needle, pattern in MARKS:
        if needle in piece:
            yield from (Sighting(kind, match.start()) for match in pattern.finditer(piece))
    if b"M" in piece:
        yield from _coded_der(piece)


def _coded_der(piece: bytes) -> Iterator[Sighting]:
    for match in _CODED.finditer(piece):
        head = base64.b64decode(match[0])
        kind = next((kind for kind, pattern in _AT_START if pattern.match(head)), "")
        if kind and _LABEL not in piece[max(0, match.start() - 80) : match.start()]:  # else told already
            yield Sighting(f"{kind.removesuffix(')')} in base64)", match.start())
