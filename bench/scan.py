"""The scan against stock Bandit, paired: `python -m bench.scan [-n PAIRS] [--warm] [CORPUS...]`.

Cold: `bandit -q -r -f json -o OUT TREE` against the same tree scanned by us, results written as JSON as well; warm
against our own cold scan and against ruff; the hook on all files of a tree, warm against cold; one changed file; code
tables of growing length. The hook on one file: bench/startup.py.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.corpora import corpus
from bench.paired import HEAD, Cost, cost, paired
from gatekeeper.scanners.scan import scan

BIN = Path(sys.executable).parent
HERE = Path(__file__).parent
PYTHON = [sys.executable, "-I"]

POLICY = 'schema = 1\n[product]\nname = "bench"\nversion = "1"\nmanufacturer = "Example"\n[secure-coding]\n'
FLOOR = """import hashlib, msgspec, os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith((".py", ".pyw")):
            hashlib.sha256(open(os.path.join(folder, name), "rb").read()).hexdigest()
"""  # what no warm scan that knows files by their content can get below


def stock(*targets: Path) -> list[str]:
    """Bandit as its users run it."""
    return [str(BIN / "bandit"), "-q", "-r", "-f", "json", "-o", os.devnull, *map(str, targets)]


def ours(root: Path, *words: str) -> list[str]:
    """Our scan in a new process."""
    return [*PYTHON, str(HERE / "scan_tree.py"), str(root), os.devnull, *words]


def ruff(*targets: str) -> list[str]:
    """Ruff's rules of the same family, with its cache."""
    words = ["check", "--isolated", "--no-respect-gitignore", "--ignore-noqa", "--select", "S"]
    return [str(BIN / "ruff"), *words, "--output-format", "json", *targets]


def cold(names: list[str], pairs: int) -> None:
    """Cold, tree by tree; the one that takes stock Bandit minutes but once."""
    print("\ncold scan / stock Bandit\n" + HEAD)
    for name in names:
        runs = 1 if name == "pydicom" else pairs
        print(paired(name, ours(corpus(name)), stock(corpus(name)), runs).row(), flush=True)


def warm(names: list[str], pairs: int) -> None:
    """Nothing changed, against our own cold scan and against ruff, tree by tree."""
    print("\nwarm scan, nothing changed / own cold scan\n" + HEAD)
    for name in names:
        print(paired(name, ours(corpus(name), "--warm"), ours(corpus(name)), pairs).row(), flush=True)
    print("\nfiles read and hashed, nothing else / own cold scan\n" + HEAD)
    for name in names:
        floor = [*PYTHON, "-c", FLOOR, str(corpus(name))]
        print(paired(name, floor, ours(corpus(name)), pairs).row(), flush=True)
    print("\nwarm scan / warm ruff\n" + HEAD)
    for name in names:
        print(paired(name, ours(corpus(name), "--warm"), ruff(str(corpus(name))), pairs).row(), flush=True)


def hook(names: list[str], pairs: int) -> None:
    """The hook as `pre-commit run --all-files` calls it, on the files of a tree of which a scan says nothing."""
    os.environ["HOME"] = os.environ["RUFF_CACHE_DIR"] = tempfile.mkdtemp()  # where both keep what they keep
    kept = Path(os.environ["HOME"], ".cache", "gatekeeper")
    print("\nhook on all silent files, nothing changed / the same, cold\n" + HEAD)
    rows = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(shutil.copytree(corpus(name), Path(folder) / name))
            (root / "gatekeeper.toml").write_text(POLICY)
            files = silent(root)
            ours = [str(BIN / "gatekeeper"), "hook", *files]
            what = f"{name}, {len(files)} files"
            print(paired(what, ours, ours, pairs, root, between=lambda: shutil.rmtree(kept)).row(), flush=True)
            rows.append(paired(what, ours, ruff(*files), pairs, root).row())
    print("\nhook on all silent files, nothing changed / warm ruff on the same\n" + HEAD, *rows, sep="\n", flush=True)


def silent(root: Path) -> list[str]:
    """The Python files without finding and without comment to the scanner: those that the hook lets pass in silence."""
    found = scan(root, (path.relative_to(root).as_posix() for path in root.rglob("*.py")))
    return [file.path for file in found.files if not (file.issues or file.comments or file.unread)]


def one_changed(name: str) -> None:
    """A warm scan after one file has changed: seconds, because it is a bound in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(shutil.copytree(corpus(name), Path(folder) / name))
        cost(ours(root, "--warm"))
        seen = []
        for n in range(5):
            (root / "changed.py").write_text(f"x = {n}\n")
            seen.append(cost(ours(root, "--warm")))
        row = sorted(seen, key=lambda each: each.wall)[2]
        print(f"\n{name}, warm, one file changed: {row.wall:.3f} s wall, {row.cpu:.3f} s CPU (median of 5)", flush=True)


def tables() -> None:
    """A dict literal with twice the rows."""
    print("\n| rows of a dict literal | ours CPU s | times the row before |\n|---|---|---|")
    before: Cost | None = None
    with tempfile.TemporaryDirectory() as folder:
        for rows in (8_000, 16_000, 32_000, 64_000):
            place = Path(folder) / str(rows)
            place.mkdir()
            (place / "table.py").write_text("t = {\n" + "".join(f"    '{n}': 'v{n}',\n" for n in range(rows)) + "}\n")
            seen = min((cost(ours(place)) for _ in range(3)), key=lambda each: each.cpu)
            print(f"| {rows} | {seen.cpu:.2f} | {seen.cpu / before.cpu if before else 0:.2f} |", flush=True)
            before = seen


def main() -> None:
    """Everything, in the order of the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", dest="pairs", type=int, default=3)
    parser.add_argument("--warm", action="store_true", help="leave out the cold scans, which take stock Bandit minutes")
    parser.add_argument("corpora", nargs="*", default=["django", "ansible-core", "sqlalchemy", "pydicom"])
    asked = parser.parse_args()
    versions = subprocess.run([str(BIN / "bandit"), "--version"], capture_output=True, text=True, check=True).stdout
    print(
        f"{versions.splitlines()[0]}, Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()}"
    )
    if not asked.warm:
        cold(asked.corpora, asked.pairs)
    warm(asked.corpora, asked.pairs)
    one_changed("django")
    hook(asked.corpora, asked.pairs)
    tables()
    print(f"load {os.getloadavg()}")


if __name__ == "__main__":
    main()
