"""The files that somebody named, scanned as the check scans a tree: for the hook. No git, no history, no network."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.scanners import banned, coding_policy, sources
from gatekeeper.scanners.coding_table import Params
from gatekeeper.scanners.evidence import CodingEvidence
from gatekeeper.scanners.scan import scan


def scan_files(root: Path, paths: tuple[str, ...], params: Params) -> CodingEvidence:
    """What the secure-coding check would see of these files alone. Raises ToolError where Bandit cannot be loaded."""
    selection = sources.given(root, paths, params.roots, params.exclude)
    return CodingEvidence(
        policy=coding_policy.read(root, params.policy),
        selection=selection,
        scan=scan(root, (*selection.python, *selection.notebooks), warm=True),
        banned=banned.uses(root, (*selection.python, *selection.notebooks), params.banned),
    )
