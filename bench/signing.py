"""Signing and verifying on the rehearsal instance: large statements, many files, one verification in a new process."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from paired import HEAD, machine, paired

from gatekeeper.signing.rehearsal import Rehearsal, rehearsal
from gatekeeper.signing.signer import open_signer
from gatekeeper.signing.verifier import verify_digest, verify_statement

FILES, SUBJECTS = 200, 10_000
# The yardstick of a verification is the bare import of the library that does it.
BARE = "import sigstore.verify"
OURS = """
import pathlib, sys
from gatekeeper.signing.identity import Expected
from gatekeeper.signing.verifier import verify_digest
folder = pathlib.Path(sys.argv[1])
bundle, root = (folder / 'bundle').read_bytes(), (folder / 'root').read_bytes()
expected = Expected(identity=sys.argv[3], issuer=sys.argv[4])
verify_digest(bundle, bytes.fromhex(sys.argv[2]), root, expected, rehearsal=True)
"""


def _statement(count: int) -> bytes:
    subjects = [{"name": f"file-{n}", "digest": {"sha256": f"{n:064x}"}} for n in range(count)]
    kind = "https://in-toto.io/Statement/v1"
    whole = {"_type": kind, "subject": subjects, "predicateType": "https://example.org/v1", "predicate": {}}
    return json.dumps(whole).encode()


def _timed(name: str, action: Callable[[], object], count: int = 1) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        action()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"| {name} | {wall:.3f} | {cpu:.3f} | {1000 * wall / count:.2f} |")


def _signing(running: Rehearsal) -> tuple[bytes, bytes]:
    payload, digest = _statement(SUBJECTS), hashlib.sha256(b"example").digest()
    root, expected = running.trusted_root, running.expected
    print("\n| what | wall s | CPU s (services included) | ms each |\n|---|---|---|---|")
    with open_signer(running.instance, running.credential, expected) as signer:
        bundle, _ = signer.sign_digest(digest)
        _timed(f"{FILES} files signed, each bundle verified", lambda: signer.sign_digest(digest), FILES)
        _timed(
            f"{FILES} files signed at once, each bundle verified", lambda: list(signer.sign_digests([digest] * FILES))
        )
        made: list[bytes] = []
        _timed(
            f"statement with {SUBJECTS} subjects signed and verified",
            lambda: made.append(signer.sign_statement(payload)[0]),
        )
    _timed(f"{FILES} bundles verified", lambda: verify_digest(bundle, digest, root, expected, rehearsal=True), FILES)
    _timed(
        f"statement with {SUBJECTS} subjects verified",
        lambda: verify_statement(made[0], root, expected, rehearsal=True),
    )
    return bundle, digest


def main() -> None:
    """Print the tables."""
    print(machine())
    with rehearsal() as running, tempfile.TemporaryDirectory() as folder:
        bundle, digest = _signing(running)
        Path(folder, "bundle").write_bytes(bundle)
        Path(folder, "root").write_bytes(running.trusted_root)
        who = [running.expected.identity, running.expected.issuer]
        ours = [sys.executable, "-c", OURS, folder, digest.hex(), *who]
        print("", HEAD, sep="\n")
        print(paired("verify one bundle / import sigstore.verify", ours, [sys.executable, "-c", BARE], 15).row())


if __name__ == "__main__":
    main()
