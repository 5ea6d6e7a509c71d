"""`make fuzz`: damaged bundles by the hundred thousand; none may verify, none may raise anything of its own.

Run as `python -m tests.fuzz.fuzz_bundles [COUNT] [SEED]`. Prints what was tried and exits 1 at the first false accept
or stray exception, with the bundle written beside it.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from gatekeeper.model.errors import NotAuthenticError
from gatekeeper.signing.failures import TrustRootError
from gatekeeper.signing.identity import Expected, ExpectedKey
from gatekeeper.signing.limits import Limits
from gatekeeper.signing.rehearsal import claims_of_release, rehearsal
from gatekeeper.signing.signer import Signer, open_signer
from gatekeeper.signing.token_signer import TokenSigner
from gatekeeper.signing.verifier import verify_artifact
from tests.fuzz.mutations import MUTATIONS, exchange
from tests.signing.key_in_memory import KeyInMemory
from tests.signing.unlogged import root_of, signed_file, signed_statement

FILE = hashlib.sha256(b"an example").digest()


def _payload(digest: bytes) -> bytes:
    subjects = [{"name": "example", "digest": {"sha256": digest.hex()}}]
    kind = "https://in-toto.io/Statement/v1"
    payload = {"_type": kind, "subject": subjects, "predicateType": "https://example.org/v1", "predicate": {}}
    return json.dumps(payload).encode()


def _bundles(signer: Signer, digest: bytes) -> tuple[bytes, bytes]:
    return signer.sign_digest(digest)[0], signer.sign_statement(_payload(digest))[0]


class Target(NamedTuple):
    """A bundle that verifies, another of the same signer to take parts from, and what is expected."""

    raw: bytes
    other: bytes
    root: bytes
    expected: Expected | ExpectedKey


def _targets() -> Iterator[Target]:
    for version in (1, 2):
        with rehearsal(claims_of_release(), log_version=version) as running:
            root = running.trusted_root
            with open_signer(running.instance, running.credential, running.expected) as signer:
                for raw, other in zip(_bundles(signer, FILE), _bundles(signer, bytes(32)), strict=True):
                    yield Target(raw, other, root, running.expected)
            key: Any = KeyInMemory()
            managed = TokenSigner(key, ExpectedKey(key.pem), running.instance, Limits())
            for raw, other in zip(_bundles(managed, FILE), _bundles(managed, bytes(32)), strict=True):
                yield Target(raw, other, root, ExpectedKey(key.pem))
            managed.close()
    with rehearsal() as running:
        made = [
            (signed_file(running, digest), signed_statement(running, _payload(digest))) for digest in (FILE, bytes(32))
        ]
        for raw, other in zip(*made, strict=True):
            yield Target(raw, other, root_of(running), running.expected)


def main(count: int, seed: int) -> int:
    rng, said, begun = random.Random(seed), Counter[str](), time.monotonic()
    targets = list(_targets())
    while said.total() < count:
        target = targets[said.total() % len(targets)]
        mutate = rng.choice((*MUTATIONS, None))
        damaged = mutate(target.raw, rng) if mutate else exchange(target.raw, rng, target.other)
        if _same(damaged, target.raw):
            continue
        try:
            verify_artifact(damaged, FILE, target.root, target.expected, rehearsal=True)
        except (NotAuthenticError, TrustRootError) as e:  # refused, or no verdict
            said[type(e.__cause__ or e).__name__] += 1
        except Exception as e:  # noqa: BLE001  # whatever it is, it is the finding
            return _keep(damaged, f"{type(e).__name__} escaped: {e}")
        else:
            return _keep(damaged, "a damaged bundle was accepted")
    print(f"{said.total()} damaged bundles (seed {seed}) in {time.monotonic() - begun:.0f} s, none accepted")  # noqa: T201  # its only output
    print(", ".join(f"{name} {n}" for name, n in said.most_common()))  # noqa: T201  # its only output
    return 0


def _same(damaged: bytes, raw: bytes) -> bool:
    """Nothing was changed but the spelling: an exchange of equal parts."""
    try:
        return bool(json.loads(damaged) == json.loads(raw))
    except (ValueError, RecursionError):
        return False


def _keep(damaged: bytes, said: str) -> int:
    path = Path("fuzz-finding.sigstore.json")
    path.write_bytes(damaged)
    print(f"{said}; see {path}", file=sys.stderr)  # noqa: T201  # its only output
    return 1


if __name__ == "__main__":
    arguments = [int(a) for a in sys.argv[1:]]
    sys.exit(main(*(arguments + [200_000, 1][len(arguments) :])))
