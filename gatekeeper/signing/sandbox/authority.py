"""Fulcio and its certificate log: short certificates for a proven identity (fulcio certificate-specification.md)."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from gatekeeper.signing import der
from gatekeeper.signing.identity import EXTENSIONS, FULCIO_ARC
from gatekeeper.signing.sandbox import keys

GITHUB = "https://github.com/"
SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
# Claims of a GitHub token that become extensions as they are, or as an address below github.com.
_PLAIN_CLAIMS = {
    "build-signer-digest": "job_workflow_sha",
    "runner-environment": "runner_environment",
    "source-repository-digest": "sha",
    "source-repository-ref": "ref",
    "source-repository-identifier": "repository_id",
    "source-repository-owner-identifier": "repository_owner_id",
    "build-config-digest": "workflow_sha",
    "build-trigger": "event_name",
    "source-repository-visibility": "repository_visibility",
}
_ADDRESS_CLAIMS = {
    "build-signer-uri": "job_workflow_ref",
    "source-repository-uri": "repository",
    "source-repository-owner-uri": "repository_owner",
    "build-config-uri": "workflow_ref",
}
_FIRST_CLAIMS = {2: "event_name", 3: "sha", 4: "workflow", 5: "repository", 6: "ref"}


class CertificateAuthority:
    """Issues certificates of `life` to whoever shows a token; `start` is where its own certificates begin."""

    def __init__(self, start: datetime, life: timedelta) -> None:
        self.life = life
        root_key = keys.new_key()
        self.key = keys.new_key()
        self.log_key = keys.new_key()
        self.root = keys.self_signed("rehearsal root", root_key, start, path_length=1)
        self.issuing = (
            keys.certificate(
                keys.named("rehearsal authority"),
                self.key.public_key(),
                self.root.subject,
                root_key.public_key(),
                start,
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(keys.usage(certifies=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .sign(root_key, hashes.SHA256())
        )

    def answer(self, request: Mapping[str, Any], claims: Mapping[str, str], now: datetime) -> dict[str, Any]:
        """The body for POST /api/v2/signingCert, once the token's claims are known to be genuine. Raises ValueError."""
        leaf = self.issue(_requested_key(request, claims), claims, now)
        chain = [keys.pem(certificate) for certificate in (leaf, self.issuing, self.root)]
        return {"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}}

    def issue(self, key: keys.PublicKey, claims: Mapping[str, str], now: datetime) -> x509.Certificate:
        """A leaf certificate with one embedded SCT (RFC 6962 3.3), which must be its last extension."""
        builder = (
            keys.certificate(
                x509.Name([]),
                key,
                self.issuing.subject,
                self.key.public_key(),
                now.replace(microsecond=0),
                self.life,
            )
            .add_extension(keys.usage(signs=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.SubjectAlternativeName([_subject(claims)]), critical=True)
        )
        for number, value in fulcio_extensions(claims).items():
            name = ObjectIdentifier(f"{FULCIO_ARC}.{number}")
            builder = builder.add_extension(x509.UnrecognizedExtension(name, value), critical=False)
        unlogged = builder.sign(self.key, hashes.SHA256())
        stamp = self._log(unlogged.tbs_certificate_bytes, now)
        return builder.add_extension(x509.UnrecognizedExtension(SCT_LIST, der.octets(stamp)), critical=False).sign(
            self.key, hashes.SHA256()
        )

    def _log(self, to_be_signed: bytes, now: datetime) -> bytes:
        """A signed certificate timestamp over the certificate without it, as a TLS list of one."""
        milliseconds = int(now.timestamp() * 1000)
        entry = keys.key_id(self.key.public_key()) + len(to_be_signed).to_bytes(3, "big") + to_be_signed
        signature = keys.sign(self.log_key, struct.pack("!BBQH", 0, 0, milliseconds, 1) + entry + b"\0\0")
        header = b"\0" + keys.key_id(self.log_key.public_key()) + struct.pack("!QH", milliseconds, 0)
        stamp = _sized(header + b"\x04\x03" + _sized(signature))
        return _sized(stamp)


def _sized(value: bytes) -> bytes:
    return struct.pack("!H", len(value)) + value


def _requested_key(request: Mapping[str, Any], claims: Mapping[str, str]) -> keys.PublicKey:
    """The key to certify, with its holder's proof: a CSR, or a signature over the subject (cosign, sigstore-js)."""
    if "certificateSigningRequest" in request:
        csr = x509.load_pem_x509_csr(base64.b64decode(request["certificateSigningRequest"]))
        if not csr.is_signature_valid:
            raise ValueError("the CSR's signature is wrong")
        key = csr.public_key()
    else:
        asked = request["publicKeyRequest"]
        key = serialization.load_pem_public_key(asked["publicKey"]["content"].encode())  # type: ignore[assignment]  # narrowed below
        proof = base64.b64decode(asked["proofOfPossession"])
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(proof, claims["sub"].encode(), ec.ECDSA(hashes.SHA256()))
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("only ECDSA keys are certified")
    return key


def _subject(claims: Mapping[str, str]) -> x509.GeneralName:
    """An e-mail address, the workflow's address (GitHub), or the token's subject as it is."""
    if "email" in claims:
        return x509.RFC822Name(claims["email"])
    if "job_workflow_ref" in claims:
        return x509.UniformResourceIdentifier(GITHUB + claims["job_workflow_ref"])
    return x509.UniformResourceIdentifier(claims["sub"])


def fulcio_extensions(claims: Mapping[str, str]) -> dict[int, bytes]:
    """Number and DER value of each extension: 1-6 raw bytes (deprecated, still read), from 8 on UTF8String."""
    values = {"issuer": claims["iss"]}
    values |= {name: claims[claim] for name, claim in _PLAIN_CLAIMS.items() if claim in claims}
    values |= {name: GITHUB + claims[claim] for name, claim in _ADDRESS_CLAIMS.items() if claim in claims}
    if "run_id" in claims:
        run = f"{claims['repository']}/actions/runs/{claims['run_id']}/attempts/{claims.get('run_attempt', '1')}"
        values["run-invocation-uri"] = GITHUB + run
    first = {1: claims["iss"]} | {n: claims[claim] for n, claim in _FIRST_CLAIMS.items() if claim in claims}
    later = {n: der.text(values[name]) for n, name in EXTENSIONS.items() if name in values}
    return {n: value.encode() for n, value in first.items()} | later
