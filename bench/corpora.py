"""The differential gate over real code: the scan's report equal to stock Bandit's own, on packages from PyPI.

`python -m bench.corpora [NAME...]` installs what is missing below .corpora/, compares, and ends with 1 on a difference.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from bench import stock_report
from gatekeeper.scanners.scan import scan

HOME = Path(__file__).parents[1] / ".corpora"
PACKAGES = {
    "pydicom": "3.0.2",
    "pynetdicom": "3.0.4",
    "monai": "1.6.1",
    "numpy": "2.4.6",
    "sqlalchemy": "2.1.9",
    "django": "5.2.19",
    "ansible-core": "2.19.14",
    "pandas": "3.1.1",
}
STANDARD_LIBRARY = "standard-library"


def corpus(name: str) -> Path:
    """The folder of one corpus, installed or copied if it is not there yet."""
    folder = HOME / name
    if folder.exists():
        return folder
    HOME.mkdir(exist_ok=True)
    (HOME / ".gitignore").write_text("*\n")
    if name == STANDARD_LIBRARY:
        ignored = shutil.ignore_patterns("site-packages", "__pycache__")
        return Path(shutil.copytree(sysconfig.get_paths()["stdlib"], folder, ignore=ignored, symlinks=True))
    uv = str(Path(sys.executable).with_name("uv"))
    wanted = f"{name}=={PACKAGES[name]}"
    subprocess.run([uv, "pip", "install", "--quiet", "--no-deps", "--target", str(folder), wanted], check=True)
    return folder


def compare(name: str) -> str:
    """One row: what was compared, and the first difference if there is one."""
    root = corpus(name)
    start = time.perf_counter()
    done = scan(
        root, [path.relative_to(root).as_posix() for path in root.rglob("*.py*") if path.suffix in (".py", ".pyw")]
    )
    between = time.perf_counter()
    theirs = stock_report.stock(root, cwd=root)
    difference = stock_report.difference(theirs, stock_report.ours(done.files, root))
    said = f"DIFFERS: {difference}" if difference else "identical"
    print(
        f"{name:18} {len(done.files):5} files {len(theirs['results']):6} findings {len(theirs['errors']):3} errors  "
        f"ours {between - start:6.1f} s, stock {time.perf_counter() - between:6.1f} s  {done.how}  {said}",
        flush=True,
    )
    return difference


def main() -> None:
    """Compare the corpora named, or all of them."""
    names = sys.argv[1:] or [*PACKAGES, STANDARD_LIBRARY]
    raise SystemExit(1 if [name for name in names if compare(name)] else 0)


if __name__ == "__main__":
    main()
