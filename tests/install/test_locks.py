"""The two locks say the same, and they are the locks of this project file."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import tomli
from packaging.requirements import Requirement

EXPORT = ["export", "--frozen", "--offline", "--quiet", "--no-dev", "--no-emit-project", "--no-header"]
READERS = ["documents", "pkcs11", "spdx", "xml"]  # as in the Makefile


def test_the_hash_lock_is_the_export_of_the_developers_lock(repository: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    extras = [word for name in READERS for word in ("--extra", name)]
    done = subprocess.run([uv, *EXPORT, *extras], cwd=repository, capture_output=True, text=True, check=True)

    assert done.stdout == (repository / "hooks" / "requirements.txt").read_text(), "run `make lock`"


def test_the_lock_was_made_from_this_project_file(repository: Path) -> None:
    project = tomli.loads((repository / "pyproject.toml").read_text())["project"]
    lock = tomli.loads((repository / "uv.lock").read_text())
    own = next(p for p in lock["package"] if p["name"] == "release-gatekeeper")
    locked = {(d["name"], d.get("specifier", "")) for d in own["metadata"]["requires-dist"] if "marker" not in d}

    declared = {(r.name.lower(), str(r.specifier)) for r in map(Requirement, project["dependencies"])}

    assert {(n, _sorted(s)) for n, s in locked} == {(n, _sorted(s)) for n, s in declared}


def _sorted(specifier: str) -> tuple[str, ...]:
    return tuple(sorted(specifier.split(",")))


def test_every_package_of_the_hash_lock_has_hashes(repository: Path) -> None:
    text = (repository / "hooks" / "requirements.txt").read_text()
    blocks = re.split(r"\n(?=\S)", text.strip())

    assert len(blocks) > 20
    assert [b.split()[0] for b in blocks if "==" not in b.split()[0] or "--hash=sha256:" not in b] == []
