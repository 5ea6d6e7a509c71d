"""Hashing, copying and verifying: against `openssl dgst -sha256`, and against the bare import of sigstore.verify."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from paired import HEAD, cost, machine, paired

COUNT, SIZE, LARGE = 1000, 1024 * 1024, 4 * 1024**3
HASH = """
import sys, pathlib, time
from gatekeeper.tools.hashing import Task, digest_all
folder = pathlib.Path(sys.argv[1])
copy = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
tasks = [Task(p.name, p, copy / p.name if copy else None) for p in sorted(folder.iterdir())]
begun = time.perf_counter()
digest_all(tasks)
print(time.perf_counter() - begun)
"""
SEAL = """
import sys, pathlib
sys.path.insert(0, sys.argv[1])
from tests.dossier.product import Product
from gatekeeper.dossier.seal import seal
seal(Product.make(pathlib.Path(sys.argv[2], "product")).order(pathlib.Path(sys.argv[2], "dossier")))
"""


def _files(folder: Path, count: int, size: int) -> Path:
    folder.mkdir()
    block = os.urandom(min(size, SIZE))
    for number in range(count):
        with (folder / f"{number:05}").open("wb") as file:
            for _ in range(size // len(block)):
                file.write(block)
    return folder


def _hashing(place: Path) -> None:
    files = _files(place / "files", COUNT, SIZE)
    names = sorted(str(p) for p in files.iterdir())
    ours, yardstick = [sys.executable, "-I", "-c", HASH, str(files)], ["openssl", "dgst", "-sha256", *names]
    print(paired("1,000 x 1 MiB hashed, start included / `openssl dgst -sha256`", ours, yardstick, 9).row())
    parts = [(float(subprocess.check_output(ours)), cost(yardstick).wall) for _ in range(11)]
    mine, theirs = statistics.median(a for a, _ in parts), statistics.median(b for _, b in parts)
    ratio = statistics.median(a / b for a, b in parts)
    print(f"| the hashing part alone / the same | {mine:.3f} | {theirs:.3f} | **{ratio:.3f}** | | | {len(parts)} |")


def _copying(place: Path) -> None:
    files = place / "files"
    for attempt in range(2):
        copy = place / f"copy{attempt}"
        wall, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-I", "-c", HASH, str(files), str(copy)], check=True, stdout=subprocess.DEVNULL)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = used.ru_utime + used.ru_stime - cpu.ru_utime - cpu.ru_stime
        print(
            f"| 1,000 x 1 MiB hashed, copied and flushed to disk | {time.perf_counter() - wall:.2f} | {spent:.2f} | |"
        )


def _large(place: Path) -> None:
    """The peak of memory must not follow the size of the file."""
    peak = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    for size in (SIZE, LARGE):
        folder = _files(place / f"large{size}", 1, size)
        wall = time.perf_counter()
        command = [sys.executable, "-I", "-c", HASH + peak, str(folder)]
        kib = int(subprocess.run(command, check=True, capture_output=True).stdout.split()[-1])
        print(f"| one file of {size // SIZE} MiB hashed | {time.perf_counter() - wall:.2f} | | {kib // 1024} MiB |")
        next(folder.iterdir()).unlink()


def _verifying(place: Path) -> None:
    repository = Path(__file__).resolve().parents[1]
    subprocess.run([sys.executable, "-c", SEAL, repository, place], check=True)
    ours = [sys.executable, "-m", "gatekeeper", "-q", "verify", str(place / "dossier"), "--rehearsal", "-o", "json"]
    bare = [sys.executable, "-c", "import sigstore.verify"]
    print(paired("verify a dossier / `import sigstore.verify`", ours, bare, 9).row())


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        print(HEAD)
        _hashing(place)
        _verifying(place)
        print("\n| what | wall s | CPU s | peak |\n|---|---|---|---|")
        _copying(place)
        _large(place)


if __name__ == "__main__":
    main()
