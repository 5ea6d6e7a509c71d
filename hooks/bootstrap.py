"""First step of the Action: make an environment from the hash lock, and say where its Python is.

Standard library only, started with `python -I`. The tool is copied from the pinned checkout as a wheel would lay it
out: no build back end runs, so nothing unlocked takes part. The environment is keyed by everything in it, and later
calls in the same job use it again.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "hooks" / "requirements.txt"
LAYOUT = {"gatekeeper": "gatekeeper", "policies": "gatekeeper/policies"}  # as pyproject.toml lays out the wheel

# Where packages come from may be the machine's business, since hashes fix what they are; where and how they are
# installed is not.
INDEX_SETTINGS = frozenset(
    [
        "PIP_CACHE_DIR",
        "PIP_CERT",
        "PIP_CLIENT_CERT",
        "PIP_CONFIG_FILE",
        "PIP_DEFAULT_TIMEOUT",
        "PIP_EXTRA_INDEX_URL",
        "PIP_FIND_LINKS",
        "PIP_INDEX_URL",
        "PIP_NO_INDEX",
        "PIP_PROXY",
        "PIP_RETRIES",
        "PIP_TRUSTED_HOST",
        "UV_DEFAULT_INDEX",
        "UV_INDEX",
        "UV_NATIVE_TLS",
        "UV_SYSTEM_CERTS",
    ]
)


class NotReadyError(Exception):
    """The environment could not be made, and what to do about it."""


def main() -> int:
    """Make or find the environment; 3 where that is not possible, since then nothing can be judged."""
    try:
        python = environment(Path(os.environ["RUNNER_TEMP"]), os.environ.get("GATEKEEPER_ACTION_INSTALLER") or "pip")
    except NotReadyError as e:
        print(f"::error title=gatekeeper undecided::{escaped(str(e))}")
        return 3
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as out:
        out.write(f"python={python.as_posix()}\n")
    return 0


def environment(folder: Path, installer: str) -> Path:
    """The interpreter of a finished environment below `folder`. Raises NotReadyError."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whichever Python the runner has starts this file
        raise NotReadyError(
            f"needs Python 3.11+, this is {sys.version.split()[0]}. Add actions/setup-python before it."
        )
    if installer not in ("pip", "uv"):
        raise NotReadyError(f"the input `installer` is {installer!r}; it must be pip or uv.")
    env = folder / f"gatekeeper-{key()}"
    python = env / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    finished = env / "finished"
    if not finished.exists():
        venv.create(env, with_pip=installer == "pip", clear=True)
        advice = "The locked packages could not be installed: is the package index reachable?"
        run(install(installer, python), advice, folder)
        copy_tool(python)
        start = [str(python), "-I", "-m", "gatekeeper", "--version"]
        run(start, "The tool does not start in its own environment.", folder)
        finished.touch()
    return python


def key() -> str:
    """A digest over the interpreter, the lock and every file of the tool."""
    digest = hashlib.sha256(f"{sys.version}\0{sys.executable}\0".encode())
    for path in [LOCK, *sources()]:
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


def sources() -> list[Path]:
    """Every file of the tool, in a fixed order."""
    found = (p for folder in LAYOUT for p in (ROOT / folder).rglob("*"))
    return sorted(p for p in found if p.is_file() and "__pycache__" not in p.parts)


def install(installer: str, python: Path) -> list[str]:
    """The command that installs the lock and nothing else."""
    exact = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(LOCK)]
    if installer == "uv":
        return ["uv", "pip", "install", "--quiet", "--python", str(python), *exact]
    return [str(python), "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *exact]


def copy_tool(python: Path) -> None:
    """Lay the tool out in the environment as the wheel would."""
    ask = [str(python), "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    done = subprocess.run(ask, check=True, capture_output=True, text=True, encoding="utf-8")
    site = Path(done.stdout.strip())
    for source, target in LAYOUT.items():
        shutil.copytree(ROOT / source, site / target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    register(site)


def register(site: Path) -> None:
    """Say which distribution this is and which bytes it has, so that the gate can name its own version and build."""
    found = re.search(r'^__version__ = "([^"]+)"', (ROOT / "gatekeeper" / "__init__.py").read_text("utf-8"), re.M)
    version = found[1] if found else "0"
    info = site / f"release_gatekeeper-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: release-gatekeeper\nVersion: {version}\n", "utf-8")
    (info / "INSTALLER").write_text("gatekeeper-action\n", "utf-8")
    files = sorted(p for p in (site / "gatekeeper").rglob("*") if p.is_file())
    rows = [f"{p.relative_to(site).as_posix()},sha256={_record_digest(p)},{p.stat().st_size}" for p in files]
    (info / "RECORD").write_text("\n".join([*rows, f"{info.name}/METADATA,,", f"{info.name}/RECORD,,"]) + "\n", "utf-8")


def _record_digest(path: Path) -> str:
    """SHA-256 as RECORD files write it: URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode().rstrip("=")


def run(command: list[str], advice: str, folder: Path) -> None:
    """Run one command, its output on the log, and not in the workspace: installers read settings of the folder that
    they are started in. Raises NotReadyError with the advice where it fails."""
    try:
        done = subprocess.run(command, cwd=folder, env=clean_environment(), stdout=sys.stderr, check=False)
    except FileNotFoundError as e:
        raise NotReadyError(f"{command[0]} is not on PATH. {advice}") from e
    if done.returncode:
        raise NotReadyError(f"{advice} (exit status {done.returncode}; see the log above)")


def clean_environment() -> dict[str, str]:
    """Without the variables that change what Python imports or where pip installs."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "PIP_", "UV_")) or name in INDEX_SETTINGS
    }


def escaped(text: str) -> str:
    """As the data of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


if __name__ == "__main__":
    sys.exit(main())
