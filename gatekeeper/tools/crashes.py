"""How a crash is told: whole, for the report that somebody writes about it, and in lines that nobody can forge.

The text of an exception may come out of an input; on a runner a line of its own would be a workflow command.
"""

from __future__ import annotations

import traceback


def traced(error: BaseException) -> str:
    """The traceback, each line behind a bar, with control characters made visible."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    return "\n".join(f"| {_visible(line)}" for line in lines)


def _visible(line: str) -> str:
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in line)
