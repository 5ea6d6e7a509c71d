"""Bundles as an instance without a log makes them, on the throw-away one: certificate and timestamp."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from rfc3161_client import TimestampRequestBuilder

from gatekeeper.signing.rehearsal import Rehearsal
from gatekeeper.signing.sandbox import keys
from gatekeeper.signing.statement import pae
from tests.signing.samples import DIGEST

Json = dict[str, Any]
NOW = datetime.now(UTC)


def root_of(running: Rehearsal, *, without: tuple[str, ...] = ("tlogs", "ctlogs"), left_away: bool = False) -> bytes:
    tree = json.loads(running.trusted_root)
    for kind in without:
        if left_away:
            del tree[kind]
        else:
            tree[kind] = []
    return json.dumps(tree).encode()


def signed(running: Rehearsal, content: Json, message: bytes, issued: datetime = NOW, stamped: datetime = NOW) -> bytes:
    """A bundle over a message's SHA-256, as an action of that instance makes one; `content` takes the signature."""
    services = running.services
    key = keys.new_key()
    leaf = services.authority.issue(
        key.public_key(), {**services.claims, "iss": services.tokens.issuer}, issued - timedelta(seconds=30)
    )
    signature = key.sign(message, ec.ECDSA(Prehashed(hashes.SHA256())))
    request = TimestampRequestBuilder().data(signature).build().as_bytes()
    stamp = services.timestamps.answer(request, stamped)
    material = {
        "certificate": {"rawBytes": keys.b64(keys.der(leaf))},
        "timestampVerificationData": {"rfc3161Timestamps": [{"signedTimestamp": keys.b64(stamp)}]},
    }
    whole = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": material, **content}
    return json.dumps(whole).replace("SIGNATURE", keys.b64(signature)).encode()


def signed_file(running: Rehearsal, sha256: bytes = DIGEST, **times: datetime) -> bytes:
    digest = {"algorithm": "SHA2_256", "digest": keys.b64(sha256)}
    return signed(running, {"messageSignature": {"messageDigest": digest, "signature": "SIGNATURE"}}, sha256, **times)


def signed_statement(running: Rehearsal, payload: bytes) -> bytes:
    kind = "application/vnd.in-toto+json"
    envelope = {"payload": keys.b64(payload), "payloadType": kind, "signatures": [{"sig": "SIGNATURE"}]}
    return signed(running, {"dsseEnvelope": envelope}, hashlib.sha256(pae(payload)).digest())
