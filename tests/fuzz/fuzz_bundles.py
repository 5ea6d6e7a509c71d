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
from pathlib import Path

from gatekeeper.model.errors import NotAuthenticError
from gatekeeper.signing.rehearsal import Rehearsal, claims_of_release, rehearsal
from gatekeeper.signing.signer import open_signer
from gatekeeper.signing.verifier import verify_artifact
from tests.fuzz.mutations import MUTATIONS, exchange

FILE = hashlib.sha256(b"an example").digest()


def _bundles(running: Rehearsal, digest: bytes) -> tuple[bytes, bytes]:
    subjects = [{"name": "example", "digest": {"sha256": digest.hex()}}]
    kind = "https://in-toto.io/Statement/v1"
    payload = {"_type": kind, "subject": subjects, "predicateType": "https://example.org/v1", "predicate": {}}
    with open_signer(running.instance, running.credential, running.expected) as signer:
        return signer.sign_digest(digest)[0], signer.sign_statement(json.dumps(payload).encode())[0]


def main(count: int, seed: int) -> int:
    rng, said, begun = random.Random(seed), Counter[str](), time.monotonic()
    targets = []
    for version in (1, 2):
        with rehearsal(claims_of_release(), log_version=version) as running:
            ours, theirs = _bundles(running, FILE), _bundles(running, bytes(32))
            targets += [
                (raw, other, running.trusted_root, running.expected) for raw, other in zip(ours, theirs, strict=True)
            ]
    for number in range(count):
        raw, other, root, expected = targets[number % len(targets)]
        mutate = rng.choice((*MUTATIONS, None))
        damaged = exchange(raw, rng, other) if mutate is None else mutate(raw, rng)
        if _same(damaged, raw):
            continue
        try:
            verify_artifact(damaged, FILE, root, expected, rehearsal=True)
        except NotAuthenticError as e:
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
