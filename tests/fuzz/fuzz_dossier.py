"""Every byte of a dossier changed, one at a time: none of it may verify, and nothing but a judgement may come out.

A file that SHA256SUMS lists cannot change alone without being noticed by its digest; a byte of each tenth is tried to
show it. What carries the weight are the two files that no list covers, SHA256SUMS and the signature over it: there
every byte is changed in three ways, with the step that judges it.

    python -m tests.fuzz.fuzz_dossier [every N-th byte of the unlisted files; 1 by default]
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from gatekeeper.dossier import layout
from gatekeeper.dossier.receiver import Receiver
from gatekeeper.dossier.seal import seal
from gatekeeper.dossier.verify import RELEASED, verify_dossier
from tests.dossier.product import CHECKS, Product

WAYS = (0x01, 0x20, 0xFF)


def changed(raw: bytes, step: int) -> Iterator[tuple[int, bytes]]:
    """The bytes with one of them changed, for every `step`-th of them, in each way."""
    for at in range(0, len(raw), step):
        for way in WAYS:
            yield at, raw[:at] + bytes((raw[at] ^ way,)) + raw[at + 1 :]


def accepted(folder: Path, name: str, step: int) -> Iterator[str]:
    """Places where a change went unnoticed."""
    file = folder / name
    good = file.read_bytes()
    for at, bad in changed(good, step):
        file.write_bytes(bad)
        if verify_dossier(folder, Receiver(rehearsal=True), lambda: CHECKS).code == RELEASED:
            yield f"{name}, byte {at} of {len(good)}: {good[at : at + 20]!r} -> {bad[at : at + 20]!r}"
    file.write_bytes(good)


def main() -> int:
    logging.disable(logging.WARNING)
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    found: list[str] = []
    tried, start = 0, time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "dossier")
        seal(Product.make(Path(place, "product")).order(folder))
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            name = path.relative_to(folder).as_posix()
            each = step if name in layout.NEVER_LISTED else max(step, path.stat().st_size // 10)
            tried += len(range(0, path.stat().st_size, each)) * len(WAYS)
            found += accepted(folder, name, each)
        assert verify_dossier(folder, Receiver(rehearsal=True), lambda: CHECKS).code == RELEASED
    sys.stdout.write(f"{tried} changed dossiers in {time.monotonic() - start:.0f} s: {len(found)} accepted\n")
    for line in found[:50]:
        sys.stdout.write(f"ACCEPTED {line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
