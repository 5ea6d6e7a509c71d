"""Every byte of every file of a dossier changed, one at a time: none may verify, and nothing but a judgement may come out.

`verify_dossier` judges, whole, as a receiver runs it. Two small dossiers (tests/dossier/small.py) hold every kind of file
between them: a rehearsal's, and one that a key signed. A byte is changed in one of three ways, in turn; in the two files
that no list covers, SHA256SUMS and its signature, in all three. Of the others

- every byte of what signatures, record and receipt are made of is changed with SHA256SUMS made again, as somebody does
  who knows of it, so that the list does not tell; each tenth byte also with the list as it was;
- every byte of what is compared by its digest alone (BY_DIGEST) is changed with the list as it was; each tenth also with
  the list made again.

Of the key's dossier only what the other has not: bundles by a key, statements, the key, the job's signature, deviations,
an approval.

At 50 ms for each this would take most of a day. So what comes of the *unchanged* files is remembered: PURE are functions
that know nothing but their inputs, and each gives the same answer, or raises the same error, for the same inputs, all of
them (memory.py). No step is left out, and whatever holds a changed byte is worked out anew. To show that this changes
nothing, one change out of CONTROL is judged a second time without any memory, and every word of it must be the same.

    python -m tests.fuzz.fuzz_dossier [every N-th byte; 1 by default] [only these files ...]
"""

from __future__ import annotations

import gc
import hashlib
import logging
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gatekeeper.dossier import bundles, kept_approvals, layout, reading, receipt
from gatekeeper.dossier.verify import RELEASED, Verification, verify_dossier
from gatekeeper.model.sums import render
from tests.dossier.product import CHECKS
from tests.dossier.small import Sealed, by_key, rehearsed
from tests.fuzz.memory import remembering

WAYS = (0x01, 0x20, 0xFF)
BY_DIGEST = frozenset(
    (layout.REPORT, layout.RULES_FILE, layout.CATALOGUE_FILE, layout.VERIFY, layout.TRUST_CONFIG, layout.TRUSTED_ROOT)
)
RARELY = 10
PURE = (
    (bundles, "verify_digest"),  # bundle, digest, trust root, signer
    (bundles, "verify_statement"),  # bundle, trust root, signer, predicate type, subjects
    (kept_approvals, "verify_statement"),
    (bundles, "canonical"),  # bundle
    (reading, "name_fault"),  # name
    (reading, "from_bytes"),  # record.json
    (reading, "parse"),  # SHA256SUMS
    (receipt, "marks_in"),  # name and bytes of a file
)
CONTROL = 1009
IN_MEMORY = Path("/dev/shm")  # where there is one


@contextmanager
def remembered() -> Iterator[None]:
    """Verifying with what is known of the unchanged files."""
    with pytest.MonkeyPatch.context() as patch:
        for room, name in PURE:
            patch.setattr(room, name, remembering(getattr(room, name)))
        yield


def verified(sealed: Sealed) -> Verification:
    return verify_dossier(sealed.folder, sealed.receiver, lambda: CHECKS)


@dataclass
class Run:
    """One dossier, and what came of the changes to it."""

    sealed: Sealed
    step: int
    only: frozenset[str]
    codes: Counter[int] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    to_control: list[tuple[str, int, int, bool, Verification]] = field(default_factory=list)

    def __post_init__(self) -> None:
        folder = self.sealed.folder
        self.files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        self.digests = {n: _sha256(raw) for n, raw in self.files.items() if n not in layout.NEVER_LISTED}

    @property
    def names(self) -> list[str]:
        """The files to change."""
        return sorted(self.files.keys() & (self.only or self.files.keys()))

    def change(self, name: str, at: int, way: int, *, again: bool) -> Verification | None:
        """Change one byte, judge, put it back. None where something else than a judgement came out."""
        good = self.files[name]
        raw = good[:at] + bytes((good[at] ^ way,)) + good[at + 1 :]
        sums = self.sealed.folder / layout.SUMS
        self._write(name, raw)
        if again:
            sums.write_bytes(render(self.digests | {name: _sha256(raw)}).encode())
        try:
            return verified(self.sealed)
        except BaseException:  # noqa: BLE001  # whatever it is, it is the finding
            self._find(f"RAISED {name}, byte {at} ^ {way:#x}: {traceback.format_exc()}")
            return None
        finally:
            self._write(name, good)
            if again:
                sums.write_bytes(self.files[layout.SUMS])

    def every(self, name: str, step: int, *, again: bool = False) -> int:
        """Every `step`-th byte of a file, in one way in turn, or where no list covers it in all of them. How many."""
        tried = 0
        for at in range(0, len(self.files[name]), step):
            for way in WAYS if name in layout.NEVER_LISTED else (WAYS[at % len(WAYS)],):
                tried += 1
                self._note(name, at, way, again, self.change(name, at, way, again=again))
        return tried

    def _note(self, name: str, at: int, way: int, again: bool, found: Verification | None) -> None:
        if found is None:
            return
        self.codes[found.code] += 1
        if found.code == RELEASED:
            self._find(
                f"ACCEPTED {name}, byte {at} ^ {way:#x}, {again=}: {self.files[name][max(at - 9, 0) : at + 9]!r}"
            )
        if self.codes.total() % CONTROL == 0:
            self.to_control.append((name, at, way, again, found))

    def control(self) -> int:
        """The changes of the sample judged without memory. How many."""
        for name, at, way, again, then in self.to_control:
            if self.change(name, at, way, again=again) != then:
                self._find(f"DIFFERS without memory: {name}, byte {at} ^ {way:#x}, {again=}")
        return len(self.to_control)

    def _find(self, what: str) -> None:
        self.findings.append(what)
        say(what)

    def _write(self, name: str, raw: bytes) -> None:
        (self.sealed.folder / name).write_bytes(raw)


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def every_file(run: Run) -> Iterator[tuple[str, int, int]]:
    """Each file's name, how many changes as it is, and how many with SHA256SUMS made again."""
    for name in run.names:
        if name in layout.NEVER_LISTED:
            yield name, run.every(name, run.step), 0
        else:
            plain, again = (1, RARELY) if name in BY_DIGEST else (RARELY, 1)
            yield name, run.every(name, run.step * plain), run.every(name, run.step * again, again=True)


def what_a_key_adds(run: Run, known: Run) -> Iterator[tuple[str, int, int]]:
    """The same for the files that the other dossier does not have, and for bundles, which here are a key's."""
    for name in run.names:
        if name in layout.NEVER_LISTED:
            yield name, run.every(name, run.step), 0
        elif name not in known.files or name.endswith(".sigstore.json"):
            yield name, 0, run.every(name, run.step, again=True)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def told(title: str, run: Run, counts: Iterator[tuple[str, int, int]]) -> None:
    """Count by count, as they come."""
    begun = time.monotonic()
    assert verified(run.sealed).code == RELEASED
    for name, plain, again in counts:
        size, seconds = len(run.files[name]), time.monotonic() - begun
        say(f"{title} {seconds:5.0f} s: {name}, {size} bytes: {plain} as it is, {again} with {layout.SUMS} made again")
    assert verified(run.sealed).code == RELEASED
    codes = ", ".join(f"{n} with code {code}" for code, n in sorted(run.codes.items()))
    say(f"{title}: {run.codes.total()} changed dossiers in {time.monotonic() - begun:.0f} s: {codes}")


def main(step: int, only: frozenset[str]) -> int:
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as place:
        made = (rehearsed(Path(place, "rehearsal")), by_key(Path(place, "key")))
        runs = [Run(sealed, step, only) for sealed in made]
        gc.freeze()
        with remembered():
            told("rehearsal", runs[0], every_file(runs[0]))
            told("key", runs[1], what_a_key_adds(runs[1], runs[0]))
        controlled = sum(run.control() for run in runs)
    findings = [finding for run in runs for finding in run.findings]
    accepted = sum(finding.startswith("ACCEPTED") for finding in findings)
    total = sum(run.codes.total() for run in runs)
    say(
        f"{total} changed dossiers, {accepted} accepted; {controlled} judged again without memory; {len(findings)} findings"
    )
    return 1 if findings else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1, frozenset(sys.argv[2:])))
