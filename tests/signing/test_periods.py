"""An authority or log that the trust root says was withdrawn vouches for nothing afterwards, and for nothing before."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gatekeeper.signing.failures import TamperedError
from gatekeeper.signing.identity import ExpectedKey
from gatekeeper.signing.limits import Limits
from gatekeeper.signing.rehearsal import Rehearsal
from gatekeeper.signing.token_signer import TokenSigner
from gatekeeper.signing.verifier import verify_digest, verify_statement
from tests.signing.key_in_memory import KeyInMemory
from tests.signing.samples import DIGEST, Signed
from tests.signing.unlogged import root_of, signed_file

KINDS = ("certificateAuthorities", "tlogs", "ctlogs")
WITHDRAWN = {"start": "2021-01-01T00:00:00Z", "end": "2022-12-31T23:59:59.999Z"}


def later() -> dict[str, str]:
    """A range that has begun by now, after everything was signed: the library looks at the start by today's clock."""
    return {"start": (datetime.now(UTC) + timedelta(microseconds=1)).isoformat().replace("+00:00", "Z")}


def _key_of(entry: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = entry.get("publicKey", entry)
    return found


def ranged(root: bytes, kind: str, valid_for: dict[str, str]) -> bytes:
    tree = json.loads(root)
    for entry in tree[kind]:
        _key_of(entry)["validFor"] = valid_for
    return json.dumps(tree).encode()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("when", ["withdrawn", "later"])
def test_a_certificate_or_entry_outside_the_range_is_refused(signed: Signed, kind: str, when: str) -> None:
    root = ranged(signed.root, kind, WITHDRAWN if when == "withdrawn" else later())
    with pytest.raises(TamperedError, match="was not in use at"):
        verify_digest(signed.bundle, DIGEST, root, signed.expected, rehearsal=True)
    with pytest.raises(TamperedError, match="was not in use at"):
        verify_statement(signed.attestation, root, signed.expected, rehearsal=True)


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_was_withdrawn_later_or_is_listed_again_still_counts(signed: Signed, kind: str) -> None:
    """Rotated roots: years later the old keys stay in the root with the range in which they were used."""
    start = "2021-01-01T00:00:00Z"
    ended = ranged(signed.root, kind, {"start": start, "end": later()["start"]})
    assert verify_digest(signed.bundle, DIGEST, ended, signed.expected, rehearsal=True)
    tree = json.loads(signed.root)
    if kind == "certificateAuthorities":  # the library takes no log twice
        old = copy.deepcopy(tree[kind][0])
        _key_of(old)["validFor"] = WITHDRAWN
        tree[kind].insert(0, old)
    assert verify_digest(signed.bundle, DIGEST, json.dumps(tree).encode(), signed.expected, rehearsal=True)


def test_the_log_of_a_managed_key(running: Rehearsal) -> None:
    key: Any = KeyInMemory()
    signer = TokenSigner(key, ExpectedKey(key.pem), running.instance, Limits())
    bundle, _ = signer.sign_digest(DIGEST)
    signer.close()
    root = ranged(running.trusted_root, "tlogs", WITHDRAWN)
    with pytest.raises(TamperedError, match="its log was not in use"):
        verify_digest(bundle, DIGEST, root, ExpectedKey(key.pem), rehearsal=True)


@pytest.mark.parametrize("kind", ["certificateAuthorities", "ctlogs"])
def test_an_instance_without_a_transparency_log(running: Rehearsal, kind: str) -> None:
    now = datetime.now(UTC)
    bundle = signed_file(running, issued=now + timedelta(seconds=30), stamped=now + timedelta(seconds=31))
    root = root_of(running, without=("tlogs",))
    assert verify_digest(bundle, DIGEST, root, running.expected, rehearsal=True)
    with pytest.raises(TamperedError, match="was not in use"):
        verify_digest(bundle, DIGEST, ranged(root, kind, WITHDRAWN), running.expected, rehearsal=True)
