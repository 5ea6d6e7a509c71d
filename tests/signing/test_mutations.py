"""No false accept: a part of what `make fuzz` does at length, repeatable."""

from __future__ import annotations

import json
import random

import pytest

from gatekeeper.model.errors import NotAuthenticError
from gatekeeper.signing.verifier import verify_artifact
from tests.fuzz.mutations import MUTATIONS, exchange
from tests.signing.samples import DIGEST, Signed

STEP = 41  # every byte would take a minute; `make fuzz` does many more


def refused(signed: Signed, raw: bytes) -> bool:
    try:
        verify_artifact(raw, DIGEST, signed.root, signed.expected, rehearsal=True)
    except NotAuthenticError:
        return True
    return False


@pytest.mark.parametrize("kind", ["bundle", "attestation"])
def test_bytes_flipped_one_at_a_time(signed: Signed, kind: str) -> None:
    raw: bytes = getattr(signed, kind)
    places = [*range(0, len(raw), STEP), len(raw) - 1]
    for at in places:
        damaged = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        assert refused(signed, damaged), f"byte {at} of {len(raw)}"


@pytest.mark.parametrize("mutation", [*MUTATIONS[:-2], None], ids=lambda m: m.__name__ if m else "exchange")
@pytest.mark.parametrize("kind", ["bundle", "attestation"])
def test_damage_of_every_kind(signed: Signed, kind: str, mutation: object) -> None:
    rng = random.Random(20)
    raw: bytes = getattr(signed, kind)
    other = signed.attestation if kind == "bundle" else signed.bundle
    for _ in range(40):
        damaged = mutation(raw, rng) if callable(mutation) else exchange(raw, rng, other)
        if not _same(damaged, raw):
            assert refused(signed, damaged), damaged


def _same(damaged: bytes, raw: bytes) -> bool:
    try:
        return bool(json.loads(damaged) == json.loads(raw))
    except ValueError:
        return False
