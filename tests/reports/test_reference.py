"""The published reference of the record is the one that the types give."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import msgspec

from gatekeeper.model.record import Record


def test_the_reference_is_up_to_date_and_complete(repository: Path) -> None:
    made = runpy.run_path(str(repository / "docs" / "record_reference.py"))["page"]()
    written = (repository / "docs" / "record-reference.md").read_text(encoding="utf-8")
    assert made == written, "run: python docs/record_reference.py"
    assert {f.encode_name for f in msgspec.structs.fields(Record)} <= set(re.findall(r"^\| `(\w+)` ", written, re.M))


def test_its_links_lead_somewhere(repository: Path) -> None:
    written = (repository / "docs" / "record-reference.md").read_text(encoding="utf-8")
    titles = {
        re.sub(r"[^\w\- ]", "", t).strip().lower().replace(" ", "-") for t in re.findall(r"^#+ (.*)$", written, re.M)
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", written)) <= titles
