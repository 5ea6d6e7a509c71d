"""Run the generator (cyclonedx-bom) on a clean environment that holds what the lock file pins, and nothing else."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from gatekeeper.model.errors import EvidenceError, ToolError
from gatekeeper.sbom import strict_json
from gatekeeper.tools import process

SPEC = "1.6"  # what Conforma reads at most, and what BSI asks for at least
_TIMEOUT_SECONDS = 900.0


def environment(root: Path, folder: Path) -> Path:
    """Make an environment from uv.lock in `folder`: no development groups, no pip, not the product itself."""
    if not (root / "uv.lock").is_file():
        raise EvidenceError(
            f"{root.name} has no uv.lock to make an environment from",
            "Name one that holds the product's dependencies and nothing else: --environment DIR.",
        )
    uv = _beside_python("uv")
    env = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "UV_PROJECT")}
    words = [
        "sync",
        "--frozen",
        "--no-dev",
        "--no-install-project",
        "--no-config",
        "--quiet",
        "--python",
        sys.executable,
    ]
    done = process.run(
        [uv, *words], cwd=root, timeout=_TIMEOUT_SECONDS, env={**env, "UV_PROJECT_ENVIRONMENT": str(folder)}
    )
    if done.returncode:
        raise ToolError(f"uv could not make the environment: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return folder


def generate(root: Path, environment: Path) -> dict[str, Any]:
    """What cyclonedx-py says of an environment and the project file. Raises ToolError, EvidenceError."""
    if importlib.util.find_spec("cyclonedx_py") is None:
        raise ToolError("cyclonedx-bom is not installed", 'Install "release-gatekeeper[sbom]".')
    python = next((p for p in (environment / "bin/python", environment / "Scripts/python.exe") if p.exists()), None)
    if python is None:
        raise EvidenceError(f"{environment} is no Python environment")
    command = [
        *(sys.executable, "-I", "-m", "cyclonedx_py", "environment", str(python)),
        *("--pyproject", "pyproject.toml", "--mc-type", "application", "--spec-version", SPEC),
        *("--output-reproducible", "--output-format", "JSON", "--output-file", "-"),
    ]
    done = process.run(command, cwd=root, timeout=_TIMEOUT_SECONDS)
    if done.returncode:
        raise ToolError(f"cyclonedx-py failed: {done.stderr.decode(errors='replace').strip()[-500:]}")
    document = strict_json.load(done.stdout)
    if not isinstance(document, dict) or document.get("specVersion") != SPEC:
        raise ToolError(f"cyclonedx-py did not write CycloneDX {SPEC}")
    return document


def _beside_python(name: str) -> str:
    here = Path(sys.executable).parent
    found = shutil.which(name, path=f"{here}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise ToolError(f"{name} is not installed", f"Install {name}, or name an environment: --environment DIR.")
    return found
