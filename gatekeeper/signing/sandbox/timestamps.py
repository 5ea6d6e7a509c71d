"""A time-stamping authority: RFC 3161 replies with ESSCertIDv2 (RFC 5816)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from gatekeeper.signing import der
from gatekeeper.signing.sandbox import keys

SHA256 = "2.16.840.1.101.3.4.2.1"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"
POLICY = "1.3.6.1.4.1.57264.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
SIGNED_DATA = "1.2.840.113549.1.7.2"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"


class TimestampAuthority:
    """Answers RFC 3161 requests; `start` is where its certificates begin."""

    def __init__(self, start: datetime) -> None:
        root_key = keys.new_key()
        self.key = keys.new_key()
        self.root = keys.self_signed("rehearsal time root", root_key, start, path_length=0)
        self.certificate = (
            keys.certificate(
                keys.named("rehearsal time"), self.key.public_key(), self.root.subject, root_key.public_key(), start
            )
            .add_extension(keys.usage(signs=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .sign(root_key, hashes.SHA256())
        )

    def answer(self, request: bytes, now: datetime) -> bytes:
        """A DER reply to a DER request, or to the JSON that sigstore-js sends. Raises ValueError."""
        if request.startswith(b"{"):
            request = _from_json(request)
        _, (_, _, imprint), *rest = der.inside(request)
        nonce = b"".join(whole for tag, _, whole in rest if tag == der.INTEGER)
        wants_certificate = any(tag == der.BOOLEAN and value != b"\0" for tag, value, _ in rest)
        info = der.sequence(
            der.integer(1), der.oid(POLICY), imprint, der.integer(secrets.randbits(64)), der.time(now), nonce
        )
        granted = der.sequence(der.integer(0))
        return der.sequence(granted, self._signed(info, wants_certificate))

    def _signed(self, info: bytes, wants_certificate: bool) -> bytes:
        """CMS SignedData around the TSTInfo (RFC 5652 5)."""
        algorithm = der.sequence(der.oid(SHA256))
        own = der.sequence(der.octets(hashlib.sha256(keys.der(self.certificate)).digest()))
        attributes = (
            _attribute(CONTENT_TYPE, der.oid(TST_INFO)),
            _attribute(MESSAGE_DIGEST, der.octets(hashlib.sha256(info).digest())),
            _attribute(SIGNING_CERTIFICATE_V2, der.sequence(der.sequence(own))),
        )
        signer = der.sequence(
            der.integer(1),
            der.sequence(self.certificate.issuer.public_bytes(), der.integer(self.certificate.serial_number)),
            algorithm,
            der.set_of(*attributes, tag=der.FIELD_0),
            der.sequence(der.oid(ECDSA_SHA256)),
            der.octets(keys.sign(self.key, der.set_of(*attributes))),
        )
        certificates = der.tlv(der.FIELD_0, keys.der(self.certificate)) if wants_certificate else b""
        content = der.sequence(der.oid(TST_INFO), der.tlv(der.FIELD_0, der.octets(info)))
        data = der.sequence(der.integer(3), der.set_of(algorithm), content, certificates, der.set_of(signer))
        return der.sequence(der.oid(SIGNED_DATA), der.tlv(der.FIELD_0, data))


def _attribute(name: str, value: bytes) -> bytes:
    return der.sequence(der.oid(name), der.set_of(value))


def _from_json(request: bytes) -> bytes:
    asked = json.loads(request)
    imprint = der.sequence(der.sequence(der.oid(SHA256)), der.octets(base64.b64decode(asked["artifactHash"])))
    wants_certificate = der.tlv(der.BOOLEAN, b"\xff") if asked.get("certificates") else b""
    return der.sequence(der.integer(1), imprint, wants_certificate)
