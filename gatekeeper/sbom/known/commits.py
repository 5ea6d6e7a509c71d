"""Vulnerabilities told by commits: which source a component was built from, and whether an affected commit lies in it.

By the rules of the OSV schema for ranges of type GIT. Only a whole clone that the policy names is asked; what it cannot
tell stays open and is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from gatekeeper.model.errors import GatekeeperError
from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.identity import parse
from gatekeeper.sbom.known.evidence import Advisory, CommitAnswer, Range
from gatekeeper.tools import git

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_HOSTS = {"github": "https://github.com", "gitlab": "https://gitlab.com", "bitbucket": "https://bitbucket.org"}


class Source(msgspec.Struct, frozen=True):
    """A repository, in one spelling, and the commit that was built."""

    repository: str
    commit: str


def source(component: Component) -> Source | None:
    """What a package URL says about the source: `pkg:github/OWNER/NAME@COMMIT`, or a `vcs_url` that names a commit."""
    purl = parse(component.purl) if component.purl else None
    if purl is None:
        return None
    address, _, commit = dict(purl.qualifiers).get("vcs_url", "").rpartition("@")
    if purl.type in _HOSTS and not address:
        address, commit = f"{_HOSTS[purl.type]}/{purl.namespace}/{purl.name}", purl.version
    return Source(repository(address), commit.lower()) if address and _COMMIT.fullmatch(commit.lower()) else None


def repository(address: str) -> str:
    """An address in one spelling: without scheme, user, `.git` and the last slash, and without regard to capitals."""
    bare = re.sub(r"^(?:git\+)?[a-z][a-z0-9+.-]*://(?:[^/@]*@)?", "", address.strip(), flags=re.IGNORECASE)
    return re.sub(r"(?:\.git)?/*$", "", bare).casefold()


def concerns(advisory: Advisory, built: Source) -> bool:
    """Whether an advisory tells commits of this repository."""
    return any(r.repo == built.repository for a in advisory.affected for r in a.ranges)


def answers(
    root: Path, clones: Mapping[str, str], components: Iterable[Component], advisories: Iterable[Advisory]
) -> Iterator[CommitAnswer]:
    """One answer for each component built from a commit and each advisory on its repository. `clones` maps addresses to
    folders below `root`."""
    folders = {repository(address): root / folder for address, folder in clones.items()}
    told = [(a, ranges) for a in advisories if (ranges := [r for x in a.affected for r in x.ranges if r.repo])]
    for c in components:
        built = source(c)
        about = [(a, ranges) for a, ranges in told if built and any(r.repo == built.repository for r in ranges)]
        if built is None or not about:
            continue
        asked = _Clone(folders.get(built.repository), built)
        for a, ranges in about:
            affected, reason = asked.affected([r for r in ranges if r.repo == built.repository])
            yield CommitAnswer(component=c.where, advisory=a.id, affected=affected, reason=reason)


class _Clone:
    """One repository at one commit: its history is listed once."""

    def __init__(self, folder: Path | None, built: Source) -> None:
        self.fault = ""
        self.built = built
        self.histories: dict[str, frozenset[str]] = {}
        if folder is None:
            self.fault = f"the repository {built.repository} is not among [vulnerabilities] repositories"
            return
        try:
            self.repository = git.open_repository(folder)
            if self.repository.shallow():
                self.fault = f"the clone of {built.repository} is not whole"
            elif not self.repository.knows(built.commit):
                self.fault = f"the clone of {built.repository} does not know {built.commit[:12]}"
            else:
                self.history = self.repository.history(built.commit)
        except GatekeeperError as e:
            self.fault = f"the clone of {built.repository} cannot be asked: {e.message}"

    def affected(self, ranges: list[Range]) -> tuple[bool | None, str]:
        """Whether the built commit lies in one of the ranges; None, with the reason, where that cannot be told."""
        if self.fault:
            return None, self.fault
        try:
            found = [self._in_range(r) for r in ranges]
        except GatekeeperError as e:
            return None, f"the clone of {self.built.repository} cannot be asked: {e.message}"
        if True in found:
            return True, ""
        unknown = f"the clone of {self.built.repository} does not know every commit that the advisory names"
        return (None, unknown) if None in found else (False, "")

    def _in_range(self, r: Range) -> bool | None:
        named = [text.lower() for _, text in r.events if text != "0"]
        if not all(_COMMIT.fullmatch(c) and self.repository.knows(c) for c in named):
            return None
        by_kind = {
            kind: [t.lower() for k, t in r.events if k == kind] for kind in ("introduced", "fixed", "last_affected")
        }
        if not by_kind["introduced"]:  # the schema demands one: without it nothing says what is affected
            return None
        begun = [c for c in by_kind["introduced"] if c == "0" or c in self.history]
        ended = [c for c in by_kind["fixed"] if c in self.history]
        return any(self._open(b, ended, by_kind["last_affected"]) for b in begun)

    def _open(self, begun: str, ended: list[str], last: list[str]) -> bool:
        """Whether what began there reaches the built commit: not fixed since, and not after the last that has it."""
        after = [c for c in last if begun == "0" or begun in self._history(c)]
        reached = not after or any(self.built.commit in self._history(c) for c in after)
        return reached and not any(begun == "0" or begun in self._history(c) for c in ended)

    def _history(self, commit: str) -> frozenset[str]:
        if commit not in self.histories:
            self.histories[commit] = self.repository.history(commit)
        return self.histories[commit]
