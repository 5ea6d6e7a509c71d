"""Certificates that a Sigstore would not issue, read without being believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ObjectIdentifier

from gatekeeper.signing import der
from gatekeeper.signing.certificate import extensions_of, identity_of, issuer_of
from gatekeeper.signing.failures import TamperedError
from gatekeeper.signing.identity import FULCIO_ARC
from gatekeeper.signing.sandbox import keys


def certificate(*names: x509.GeneralName, **extensions: bytes) -> x509.Certificate:
    key = keys.new_key()
    name = x509.Name([])
    builder = keys.certificate(
        name, key.public_key(), name, key.public_key(), datetime.now(UTC), timedelta(minutes=10)
    ).add_extension(x509.SubjectAlternativeName(list(names)), critical=True)
    for number, value in extensions.items():
        oid = ObjectIdentifier(f"{FULCIO_ARC}.{number.removeprefix('n')}")
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, value), critical=False)
    return builder.sign(key, hashes.SHA256())


URI = x509.UniformResourceIdentifier("https://example.org/workflow")


def test_the_names_that_sigstore_uses_are_read() -> None:
    other = x509.OtherName(ObjectIdentifier(f"{FULCIO_ARC}.7"), der.text("user!example.org"))
    assert identity_of(certificate(URI)) == "https://example.org/workflow"
    assert identity_of(certificate(x509.RFC822Name("release@example.org"))) == "release@example.org"
    assert identity_of(certificate(other)) == "user!example.org"


@pytest.mark.parametrize(
    "names",
    [
        pytest.param((URI, x509.RFC822Name("other@example.org")), id="two names, of which one might match"),
        pytest.param((x509.DNSName("example.org"),), id="a host name"),
        pytest.param((x509.OtherName(ObjectIdentifier("1.2.3"), der.text("x")),), id="another other name"),
    ],
)
def test_any_other_name_is_refused(names: tuple[x509.GeneralName, ...]) -> None:
    with pytest.raises(TamperedError, match="subject name"):
        identity_of(certificate(*names))


def test_two_issuers_that_differ_are_refused() -> None:
    both = certificate(URI, n1=b"https://one.example.org", n8=der.text("https://two.example.org"))
    with pytest.raises(TamperedError, match="two issuers"):
        issuer_of(both, extensions_of(both))


def test_an_older_certificate_states_its_issuer_in_the_old_place() -> None:
    old = certificate(URI, n1=b"https://one.example.org")
    assert issuer_of(old, extensions_of(old)) == "https://one.example.org"


def test_an_extension_without_a_name_keeps_its_number() -> None:
    assert extensions_of(certificate(URI, n99=der.text("later")))["1.99"] == "later"


@pytest.mark.parametrize("raw", [b"", b"\x30", b"\x30\x05ab", b"\x30\x82\x01", b"\x0c\x01a\x0c\x01b"])
def test_der_that_ends_early_is_an_error_of_its_own(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"DER ends|expected|unpack"):
        der.inside(raw)
