"""What lies inside the artifacts has a component (SBOM-24), and so has what they require (SBOM-08)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatekeeper.model.finding import Finding, Judgement, Where, finding
from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.evidence import Bundled, Contents
from gatekeeper.sbom.identity import pep503, same_version
from gatekeeper.sbom.marking import answer
from gatekeeper.sbom.rules.subject import Subject, ruled

Versions = dict[str, set[str]]  # by normal name


def listed(s: Subject) -> Judgement:
    """SBOM-24: packages, vendored folders and native libraries inside the artifacts are in the SBOM."""
    rule, contents = "SBOM-24", s.evidence.contents
    if not contents.found:  # names are only worth normalising where something is to be compared
        return ruled(rule, _observed(contents), (), _doubts(contents))
    versions = _versions(s.bom.everything)
    files = {c.mark("bsi:component:filename") for c in s.bom.components}
    found = [
        finding(
            rule,
            f"{b.path} in {b.artifact}: {b.kind} {b.name!r} {fault}",
            key=("bundled", b.path),
            where=Where(path=b.artifact, pointer=b.path),
        )
        for b in contents.found
        if (fault := _missing(b, versions, files))
    ]
    return ruled(rule, _observed(contents), found, _doubts(contents))


def _observed(contents: Contents) -> str:
    return f"{len(contents.opened)} artifacts opened, {len(contents.found)} bundled items" if contents.opened else ""


def _doubts(contents: Contents) -> tuple[str, ...]:
    return contents.faults if contents.opened or contents.faults else ("no artifact was opened",)


def _versions(components: Iterable[Component]) -> Versions:
    found: Versions = {}
    for c in components:
        for name in (c.name, c.full_name):
            found.setdefault(pep503(name), set()).add(c.version)
    return found


def _missing(item: Bundled, versions: Versions, files: set[str]) -> str:
    """What is missing of a bundled item; empty where it has a component, in its version where it tells one."""
    have = versions.get(pep503(item.name))
    if have and item.version and not any(same_version("pypi", item.version, v) for v in have):
        return f"is version {item.version}, the SBOM has {', '.join(sorted(have))}"
    if have or item.path in files or item.path.rsplit("/", 1)[-1] in files:
        return ""
    return "has no component"


def required(s: Subject, components: Iterable[Component]) -> tuple[list[Finding], list[str]]:
    """A part of SBOM-08: what an installer brings along because an artifact's metadata asks for it is in the SBOM."""
    if not s.evidence.contents.required:
        return [], []
    found: dict[str, Finding] = {}
    doubts: list[str] = []
    versions = _versions(components) | ({pep503(s.bom.root.name): set()} if s.bom.root else {})
    for each in s.evidence.contents.required:
        for name, fault, condition in _unmet(each.text, s, versions):
            text = f"{each.artifact} requires {each.text[:200]!r}: {fault}"
            if condition:
                doubts.append(f"{text}, where {condition}: the policy's target does not answer")
            else:
                where = Where(path=each.artifact, pointer="Requires-Dist")
                found.setdefault(name, finding("SBOM-08", text, key=("required", name), where=where))
    return list(found.values()), doubts


def _unmet(text: str, s: Subject, versions: Versions) -> Iterator[tuple[str, str, str]]:
    """Name and fault of a requirement that the components do not meet, and the condition that nobody answers."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        yield text, "it cannot be read", ""
        return
    conditions = [answer(str(wanted.marker or ""), s.params.target | {"extra": e}) for e in ("", *s.params.extras)]
    if all(condition is None for condition in conditions):
        return
    name = pep503(wanted.name)
    have = versions.get(name)
    condition = "" if "" in conditions else next(c for c in conditions if c)
    if have is None:
        yield name, "the SBOM has no such component", condition
    elif have and not any(wanted.specifier.contains(version, prereleases=True) for version in have):
        yield name, f"the SBOM has {', '.join(sorted(have))}", condition
