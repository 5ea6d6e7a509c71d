"""What lies inside the artifacts has a component (SBOM-24)."""

from __future__ import annotations

from gatekeeper.model.finding import Judgement, Where, finding
from gatekeeper.sbom.evidence import Bundled, Contents
from gatekeeper.sbom.identity import pep503
from gatekeeper.sbom.rules.subject import Subject, ruled


def listed(s: Subject) -> Judgement:
    """SBOM-24: packages, vendored folders and native libraries inside the artifacts are in the SBOM."""
    rule, contents = "SBOM-24", s.evidence.contents
    if not contents.found:  # names are only worth normalising where something is to be compared
        return ruled(rule, _observed(contents), (), _doubts(contents))
    names = {pep503(c.name) for c in s.bom.everything} | {pep503(c.full_name) for c in s.bom.components}
    files = {c.mark("bsi:component:filename") for c in s.bom.components}
    found = [
        finding(
            rule,
            f"{b.path} in {b.artifact}: {b.kind} {b.name!r} has no component",
            key=("bundled", b.path),
            where=Where(path=b.artifact, pointer=b.path),
        )
        for b in contents.found
        if not _has_component(b, names, files)
    ]
    return ruled(rule, _observed(contents), found, _doubts(contents))


def _observed(contents: Contents) -> str:
    return f"{len(contents.opened)} artifacts opened, {len(contents.found)} bundled items" if contents.opened else ""


def _doubts(contents: Contents) -> tuple[str, ...]:
    return contents.faults if contents.opened or contents.faults else ("no artifact was opened",)


def _has_component(item: Bundled, names: set[str], files: set[str]) -> bool:
    return pep503(item.name) in names or item.path in files or item.path.rsplit("/", 1)[-1] in files
