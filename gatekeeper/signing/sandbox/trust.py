"""The instance's trusted root and signing configuration, in the JSON forms of sigstore's protobuf-specs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cryptography import x509

from gatekeeper.signing.rehearsal import ORGANISATION
from gatekeeper.signing.sandbox import keys
from gatekeeper.signing.sandbox.authority import CertificateAuthority
from gatekeeper.signing.sandbox.log import RekorV1, RekorV2
from gatekeeper.signing.sandbox.timestamps import TimestampAuthority

Json = dict[str, Any]


def _since(start: datetime) -> Json:
    return {"start": start.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _log(address: str, key: keys.PublicKey, details: str, key_id: bytes, start: datetime) -> Json:
    public = {"rawBytes": keys.b64(keys.spki(key)), "keyDetails": details, "validFor": _since(start)}
    return {
        "baseUrl": address,
        "hashAlgorithm": "SHA2_256",
        "publicKey": public,
        "logId": {"keyId": keys.b64(key_id)},
    }


def _authority(name: str, address: str, start: datetime, *chain: x509.Certificate) -> Json:
    return {
        "subject": {"organization": ORGANISATION, "commonName": name},
        "uri": address,
        "certChain": {"certificates": [{"rawBytes": keys.b64(keys.der(c))} for c in chain]},
        "validFor": _since(start),
    }


def trusted_root(
    address: str,
    start: datetime,
    ca: CertificateAuthority,
    first: RekorV1,
    second: RekorV2,
    tsa: TimestampAuthority,
) -> Json:
    """What verifiers need; the logs' addresses equal their checkpoints' origin, as sigstore-js and -go demand."""
    p256 = "PKIX_ECDSA_P256_SHA_256"
    log_key = ca.log_key.public_key()
    return {
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "tlogs": [
            _log(f"https://{first.name}", first.key.public_key(), p256, first.key_id, start),
            _log(f"https://{second.name}", second.key.public_key(), "PKIX_ED25519", second.key_id, start),
        ],
        "certificateAuthorities": [_authority("rehearsal root", address, start, ca.issuing, ca.root)],
        "ctlogs": [_log(f"{address}/ct", log_key, p256, keys.key_id(log_key), start)],
        "timestampAuthorities": [_authority("rehearsal time", address, start, tsa.certificate, tsa.root)],
    }


def signing_config(address: str, start: datetime, log_version: int) -> Json:
    """Where to sign."""

    def service(url: str, version: int = 1) -> Json:
        return {"url": url, "majorApiVersion": version, "validFor": _since(start), "operator": ORGANISATION}

    return {
        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        "caUrls": [service(address)],
        "oidcUrls": [service(address)],
        "rekorTlogUrls": [service(address, log_version)],
        "rekorTlogConfig": {"selector": "ANY"},
        "tsaUrls": [service(f"{address}/api/v1/timestamp")],
        "tsaConfig": {"selector": "ANY"},
    }
