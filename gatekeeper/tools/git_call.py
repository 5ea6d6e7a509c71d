"""How git is called: with a time limit, without the caller's GIT_* variables, and with every setting of the repository
switched off that could run a program or hide a change.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.tools.process import run

if TYPE_CHECKING:
    from subprocess import CompletedProcess

_SETTINGS = (
    "core.fsmonitor=false",  # would run a program on each status
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.quotePath=false",
    "core.excludesFile=",  # a private list would hide untracked files
    "core.ignoreStat=false",
    "core.trustctime=true",
    "core.checkStat=default",
    "core.ignoreCase=false",  # another spelling would pass for the tracked file
    "core.untrackedCache=false",
    "core.commitGraph=false",  # a copy of the history that nothing holds against the commits themselves
    "gpg.program=false",  # of the signatures SSH's alone are looked at, by the one program that can
    "gpg.openpgp.program=false",
    "gpg.x509.program=false",
    "gpg.ssh.program=ssh-keygen",
    "mailmap.file=",  # only the mail map of the repository itself
    "log.showSignature=false",
    "safe.bareRepository=explicit",
    "submodule.recurse=false",
    "protocol.ext.allow=never",
    "gc.auto=0",
)

_SCRUBBED = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",  # replaced objects would show another history
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}

TIMEOUT_SECONDS = 120.0


def call(
    folder: Path,
    *words: str,
    stdin: bytes = b"",
    timeout: float = TIMEOUT_SECONDS,
    env: dict[str, str] | None = None,
) -> CompletedProcess[bytes]:
    """One git command in a folder, its whole answer; the caller judges the status. Raises ToolError as `run` does."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | _SCRUBBED | (env or {})
    settings = (word for setting in _SETTINGS for word in ("-c", setting))
    return run(["git", "--no-pager", *settings, *words], cwd=folder, env=ours, stdin=stdin, timeout=timeout)


def first_line(stderr: bytes) -> str:
    """What git complained of, for a message."""
    lines = stderr.decode(errors="replace").strip().splitlines()
    return lines[0] if lines else "it said nothing"
