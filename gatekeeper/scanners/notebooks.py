"""Jupyter notebooks: the code cells as one Python source, line for line, so that a finding can name its cell.

What a magic runs as Python (`%time f()`) is read as Python, a shell escape (`!ls`) as the call of a shell that it is;
other lines that only IPython understands become comments. A cell in another language (`%%bash`) is not read, and named.
"""

from __future__ import annotations

import json
import re
from typing import Any

from gatekeeper.model.errors import EvidenceError

_MAGIC = re.compile(r"(?P<indent>\s*)(?P<target>\w+\s*=\s*)?(?P<sign>%%?|!!?)(?P<name>\w*)(?P<rest>.*)", re.DOTALL)
_HELP = re.compile(r"(?P<indent>\s*)(?:\?|[\w.]+\?{1,2}\s*$)")
_FOREIGN = re.compile(r"\s*%%(?!time\b|timeit\b|capture\b|prun\b|python3?\b)(\S+)")
_RUN_PYTHON = ("debug", "lprun", "memit", "mprun", "prun", "time", "timeit")
_RUN_SHELL = ("sc", "sx", "system")
_OPTIONS = re.compile(r"(?:\s*-(?:[inprt]\s*\d+|[bDflmsT]\s+[\w./:]+|-?[\w-]+)(?=\s))*\s*")
_EXPANDED = re.compile(r"[{$]")  # IPython puts values of the program in
_SOURCES = ("source", "input", "code")  # of the formats 4, 3 and 1


class Notebook:
    """The Python of a notebook. `cells` has the first line of each code cell, `foreign` the languages not read."""

    def __init__(self, data: bytes) -> None:
        """Read nbformat 3 or 4. Raises EvidenceError for anything else."""
        self.cells: list[int] = []
        self.foreign: list[str] = []
        lines: list[str] = []
        for source in _code_cells(_document(data)):
            self.cells.append(len(lines) + 1)
            magic = _FOREIGN.match(source)
            if magic:
                self.foreign.append(magic[1])
            lines += [f"# {line}" if magic else _as_python(line) for line in source.split("\n")]
        self.python = "\n".join(lines).encode("utf-8", "surrogatepass")


def _document(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as e:
        raise EvidenceError(f"not a notebook: {e}") from e


def _code_cells(document: Any) -> list[str]:
    """Every code cell, wherever a format of notebooks keeps one: what is read must not hang on the format stated."""
    try:
        sheets = [document] if "cells" in document else []
        sheets += document.get("worksheets", []) if sheets else document["worksheets"]
        cells = [cell for sheet in sheets for cell in sheet["cells"] if cell["cell_type"] == "code"]
        return ["".join(source) for cell in cells for source in _sources(cell)]
    except (AttributeError, KeyError, TypeError) as e:
        raise EvidenceError(f"not a notebook: it lacks {e}") from e


def _sources(cell: dict[str, Any]) -> list[Any]:
    return [cell[key] for key in _SOURCES if key in cell] or [cell[_SOURCES[0]]]


def _as_python(line: str) -> str:
    magic = _MAGIC.match(line)
    if magic is None:
        shown = _HELP.match(line)
        return f"{shown['indent']}pass  # {line.strip()}" if shown else line
    return f"{magic['indent']}{_meaning(magic) or 'pass'}  # {line.strip()}"


def _meaning(magic: re.Match[str]) -> str:
    """The Python that a magic stands for; empty where it stands for none."""
    target, name, rest = magic["target"] or "", magic["name"], magic["rest"]
    if magic["sign"][0] == "!":
        return target + _call_of_shell(name + rest)
    if name in _RUN_SHELL:
        return target + _call_of_shell(rest.strip())
    said = _OPTIONS.sub("", rest, count=1).strip() if name in _RUN_PYTHON else ""
    return target + said if said else ""


def _call_of_shell(command: str) -> str:
    return f"os.system({command!r}{'.format()' if _EXPANDED.search(command) else ''})"
