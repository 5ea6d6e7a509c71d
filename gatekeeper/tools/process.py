"""The only place that starts processes: always with a time limit, never through a shell, never with PYTHON* set."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from gatekeeper.model.errors import ToolError

DEFAULT_TIMEOUT_SECONDS = 120.0


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    timeout: float = DEFAULT_TIMEOUT_SECONDS,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> subprocess.CompletedProcess[bytes]:
    """Run one command and return its exit status and whole output; the caller judges the status.

    `timeout` is in seconds. Raises ToolError where the program is missing or the time is over.
    """
    try:
        return subprocess.run(
            list(command),
            cwd=cwd,
            env=scrubbed(env),
            input=stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as e:
        raise ToolError(f"{command[0]} could not be started: not found", f"Install {command[0]}.") from e
    except subprocess.TimeoutExpired as e:
        raise ToolError(
            f"{command[0]} did not end within {timeout:g} s", "Run it by hand to see where it waits."
        ) from e


def scrubbed(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a child, without the variables by which a workspace could change what Python imports."""
    source = os.environ if env is None else env
    return {key: value for key, value in source.items() if not key.startswith("PYTHON")}
