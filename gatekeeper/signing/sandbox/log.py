"""The transparency log: a Merkle tree (RFC 6962 2.1) with signed checkpoints, spoken to as Rekor v1 or v2."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from gatekeeper.signing.sandbox import keys

Body = dict[str, Any]
SHARD_OFFSET = 1000  # the index over all shards differs from the one in this tree, as on the public log


def _sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


class Tree:
    """An append-only Merkle tree. It starts with two leaves, since JSON writers elsewhere omit an index of zero."""

    def __init__(self) -> None:
        self.leaves: list[bytes] = []
        self._known: dict[tuple[int, int], bytes] = {}
        self.add(b"first leaf")
        self.add(b"second leaf")

    def add(self, body: bytes) -> int:
        """Append an entry; returns its index."""
        self.leaves.append(_sha256(b"\0", body))
        return len(self.leaves) - 1

    def root(self, start: int = 0, end: int | None = None) -> bytes:
        """The hash over leaves start to end; complete subtrees are remembered."""
        end = len(self.leaves) if end is None else end
        if end - start == 1:
            return self.leaves[start]
        if (start, end) in self._known:
            return self._known[start, end]
        split = start + _largest_power_below(end - start)
        node = _sha256(b"\1", self.root(start, split), self.root(split, end))
        if (end - start).bit_count() == 1:
            self._known[start, end] = node
        return node

    def proof(self, index: int, start: int = 0, end: int | None = None) -> list[bytes]:
        """The audit path of a leaf, lowest node first."""
        end = len(self.leaves) if end is None else end
        if end - start == 1:
            return []
        split = start + _largest_power_below(end - start)
        if index < split:
            return [*self.proof(index, start, split), self.root(split, end)]
        return [*self.proof(index, split, end), self.root(start, split)]


def _largest_power_below(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def checkpoint(tree: Tree, origin: str, name: str, key_id: bytes, sign: Callable[[bytes], bytes]) -> str:
    """A signed note over the tree's size and root (C2SP tlog-checkpoint); the dash is U+2014."""
    note = f"{origin}\n{len(tree.leaves)}\n{keys.b64(tree.root())}\n"
    return f"{note}\n\N{EM DASH} {name} {keys.b64(key_id[:4] + sign(note.encode()))}\n"


class RekorV1:
    """The first log interface: entries are promised at once with a signed time."""

    path = "/api/v1/log/entries"

    def __init__(self) -> None:
        self.tree = Tree()
        self.key = keys.new_key()
        self.name = "rekor.rehearsal.invalid"
        self.origin = f"{self.name} - {secrets.randbelow(2**60)}"

    @property
    def key_id(self) -> bytes:
        """SHA-256 of the key."""
        return keys.key_id(self.key.public_key())

    def answer(self, request: Mapping[str, Any], now: datetime) -> Body:
        """The log entry for a proposed one, once its signature has been verified. Raises ValueError."""
        body = rfc8785.dumps(_canonical(request))
        index, seconds = self.tree.add(body), int(now.timestamp())
        promise: dict[str, str | int] = {
            "body": keys.b64(body),
            "integratedTime": seconds,
            "logID": self.key_id.hex(),
            "logIndex": index + SHARD_OFFSET,
        }
        proof = {
            "logIndex": index,
            "treeSize": len(self.tree.leaves),
            "rootHash": self.tree.root().hex(),
            "hashes": [node.hex() for node in self.tree.proof(index)],
            "checkpoint": checkpoint(self.tree, self.origin, self.name, self.key_id, self._sign),
        }
        signed = keys.b64(self._sign(rfc8785.dumps(promise)))
        entry = {**promise, "verification": {"signedEntryTimestamp": signed, "inclusionProof": proof}}
        return {self.key_id.hex()[:16] + self.tree.leaves[index].hex(): entry}

    def _sign(self, data: bytes) -> bytes:
        return keys.sign(self.key, data)


def _canonical(request: Mapping[str, Any]) -> Body:
    """The entry as the log keeps it: for an envelope only hashes and signatures, never the payload."""
    kind, spec = request["kind"], request["spec"]
    if kind == "hashedrekord":
        content = base64.b64decode(spec["signature"]["publicKey"]["content"])
        digest = bytes.fromhex(spec["data"]["hash"]["value"])
        _verify(content, base64.b64decode(spec["signature"]["content"]), digest)
        kept: Body = {
            "data": {"hash": {"algorithm": spec["data"]["hash"]["algorithm"], "value": digest.hex()}},
            "signature": {
                "content": spec["signature"]["content"],
                "publicKey": {"content": spec["signature"]["publicKey"]["content"]},
            },
        }
    elif kind == "dsse":
        kept = _kept_envelope(spec["proposedContent"])
    else:
        raise ValueError(f"no entries of kind {kind!r}")
    return {"apiVersion": "0.0.1", "kind": kind, "spec": kept}


def _kept_envelope(proposed: Mapping[str, Any]) -> Body:
    envelope, verifier = json.loads(proposed["envelope"]), proposed["verifiers"][0]
    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"].encode()
    encoded = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    for signature in envelope["signatures"]:
        _verify(base64.b64decode(verifier), base64.b64decode(signature["sig"]), _sha256(encoded))
    return {
        "envelopeHash": {"algorithm": "sha256", "value": _sha256(proposed["envelope"].encode()).hex()},
        "payloadHash": {"algorithm": "sha256", "value": _sha256(payload).hex()},
        "signatures": [{"signature": s["sig"], "verifier": verifier} for s in envelope["signatures"]],
    }


class RekorV2:
    """The second log interface: hashed entries only, no time of its own, so that a timestamp is needed."""

    path = "/api/v2/log/entries"

    def __init__(self) -> None:
        self.tree = Tree()
        self.key = ed25519.Ed25519PrivateKey.generate()
        self.name = self.origin = "log2.rehearsal.invalid"

    @property
    def key_id(self) -> bytes:
        """The key id of a signed note (C2SP signed-note), not the hash of the key alone."""
        raw = self.key.public_key().public_bytes_raw()
        return _sha256(self.name.encode(), b"\n\x01", raw)

    def answer(self, request: Mapping[str, Any], _now: datetime) -> Body:
        """The entry, once it is in the tree. Raises ValueError."""
        asked = request["hashedRekordRequestV002"]
        verifier = asked["signature"]["verifier"]
        holder = verifier.get("x509Certificate") or verifier["publicKey"]
        digest, signature = asked["digest"], asked["signature"]["content"]
        _verify(base64.b64decode(holder["rawBytes"]), base64.b64decode(signature), base64.b64decode(digest))
        kept = {
            "data": {"algorithm": "SHA2_256", "digest": digest},
            "signature": {"content": signature, "verifier": verifier},
        }
        body = rfc8785.dumps({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": kept}})
        index = self.tree.add(body)
        return {
            "logIndex": str(index),
            "logId": {"keyId": keys.b64(self.key_id)},
            "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
            "canonicalizedBody": keys.b64(body),
            "inclusionProof": {
                "logIndex": str(index),
                "treeSize": str(len(self.tree.leaves)),
                "rootHash": keys.b64(self.tree.root()),
                "hashes": [keys.b64(node) for node in self.tree.proof(index)],
                "checkpoint": {"envelope": checkpoint(self.tree, self.origin, self.name, self.key_id, self.key.sign)},
            },
        }


def _verify(holder: bytes, signature: bytes, digest: bytes) -> None:
    """Refuse a signature that its certificate or key (PEM or DER) did not make. Raises InvalidSignature, ValueError."""
    key = _public_key(holder)
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("only ECDSA keys are logged")
    key.verify(signature, digest, ec.ECDSA(Prehashed(hashes.SHA256())))


def _public_key(holder: bytes) -> object:
    if b"BEGIN CERTIFICATE" in holder:
        return x509.load_pem_x509_certificate(holder).public_key()
    if b"BEGIN PUBLIC" in holder:
        return serialization.load_pem_public_key(holder)
    try:
        return x509.load_der_x509_certificate(holder).public_key()
    except ValueError:
        return serialization.load_der_public_key(holder)
