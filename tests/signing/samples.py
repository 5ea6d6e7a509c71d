"""What the tests of this folder sign, and how what was signed is kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from gatekeeper.signing.identity import Expected
from gatekeeper.signing.instance import Instance
from gatekeeper.signing.rehearsal import Rehearsal

ARTIFACT = b"firmware image of an example pump\n"
DIGEST = hashlib.sha256(ARTIFACT).digest()
PREDICATE = "https://example.org/record/v1"


def statement(*subjects: tuple[str, str], kind: str = PREDICATE, **changes: object) -> bytes:
    """An in-toto statement about these names and digests (hex)."""
    whole = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in subjects],
        "predicateType": kind,
        "predicate": {"note": "an example"},
    }
    return json.dumps({**whole, **changes}).encode()


@dataclass(frozen=True)
class Signed:
    """An artifact's bundle and a statement's, with all that is needed to verify them after the instance is gone."""

    instance: Instance
    expected: Expected
    bundle: bytes
    payload: bytes
    attestation: bytes

    @property
    def root(self) -> bytes:
        return self.instance.trusted_root


def token_of_today(instance: Rehearsal) -> str:
    """A token of the past that lasts until today, since the client looks at its own clock."""
    last = int(datetime.now(UTC).timestamp()) + 300
    claims = {**instance.services.claims, "exp": last}
    return instance.services.tokens.mint(claims, instance.services.clock())  # type: ignore[arg-type]
