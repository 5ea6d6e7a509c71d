"""Jupyter notebooks: the code cells as one Python source, line for line, so that a finding can name its cell.

Lines that only IPython understands (magics, shell escapes, help) become comments: they are no Python, and a cell in
another language (`%%bash`) is not read. The count of such cells stands in the result, so that it is not silent.
"""

from __future__ import annotations

import json
import re
from typing import Any

from gatekeeper.model.errors import EvidenceError

_MAGIC = re.compile(r"^(?P<indent>\s*)(?:[%!?]|[\w.]+\?{1,2}\s*$|\w+\s*=\s*[%!])")
_FOREIGN = re.compile(r"\s*%%(?!time\b|timeit\b|capture\b|prun\b|python3?\b)(\w+)")


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
    try:
        sheets = [document] if "cells" in document else document["worksheets"]
        cells = [cell for sheet in sheets for cell in sheet["cells"] if cell["cell_type"] == "code"]
        sources = [cell["source"] if "source" in cell else cell["input"] for cell in cells]
        return ["".join(source) for source in sources]
    except (KeyError, TypeError) as e:
        raise EvidenceError(f"not a notebook: it lacks {e}") from e


def _as_python(line: str) -> str:
    magic = _MAGIC.match(line)
    return f"{magic['indent']}pass  # {line.strip()}" if magic else line
