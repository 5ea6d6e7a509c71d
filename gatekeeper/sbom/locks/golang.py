"""`go.mod`: what is required, directly or not. `go.sum` lists more than is built and hashes folders, not files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gatekeeper.sbom.evidence import Direct, Locked
from gatekeeper.sbom.locking import LockError, LockFormat, Pins, Wish

_REQUIRE = re.compile(r"(\S+)\s+(v\S+)(?:\s*//\s*(.*))?")
_REPLACE = re.compile(r"(\S+)(?:\s+(v\S+))?\s*=>\s*(\S+)(?:\s+(v\S+))?")
_LANGUAGE = re.compile(r"(\d+)\.(\d+)")
_KNOWN = ("module", "go", "toolchain", "require", "replace", "exclude", "retract", "tool", "godebug", "ignore")


def read(text: str, _wish: Wish, beside: Mapping[str, str]) -> Pins:
    """The required modules, replacements applied. Raises LockError where go.sum does not know one of them."""
    required: dict[str, tuple[str, bool]] = {}
    language = ""
    replaced: dict[tuple[str, str], tuple[str, str]] = {}
    for verb, rest in _lines(text):
        if verb == "require" and (m := _REQUIRE.fullmatch(rest)):
            if m[1] in required:
                raise LockError(f"{m[1]} is required twice: run `go mod tidy`")
            required[m[1]] = (m[2], "indirect" in (m[3] or ""))
        elif verb == "replace" and (r := _REPLACE.fullmatch(rest)):
            replaced[r[1], r[2] or ""] = (r[3], r[4] or "")
        elif verb == "go":
            language = rest
        elif verb in ("require", "replace"):
            raise LockError(f"the line {rest[:60]!r} is not understood")
    if not (m := _LANGUAGE.match(language)) or (int(m[1]), int(m[2])) < (1, 17):
        raise LockError(f"go {language or 'of no version'}: only from 1.17 on go.mod lists what is needed indirectly")
    packages, direct = [], []
    for module, (version, indirect) in required.items():
        name, chosen = replaced.get((module, version)) or replaced.get((module, "")) or (module, version)
        if not chosen:
            raise LockError(f"{module} is replaced by the folder {name!r}, which has no version")
        packages.append(Locked("golang", name, chosen))
        direct += [] if indirect else [Direct("golang", name)]
    _known_to_sum(packages, beside.get("go.sum", ""))
    return Pins(tuple(packages), tuple(direct))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    block = ""
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line.startswith("//"):
            continue
        if block:
            if line == ")":
                block = ""
            else:
                yield block, line
            continue
        verb, _, rest = line.partition(" ")
        if verb not in _KNOWN:
            raise LockError(f"the line {line[:60]!r} is not understood")
        if rest.strip() == "(":
            block = verb
        else:
            yield verb, rest.strip()
    if block:
        raise LockError(f"the block {block!r} does not end")


def _known_to_sum(packages: list[Locked], text: str) -> None:
    summed = {tuple(line.split()[:2]) for line in text.splitlines() if line.strip()}
    for p in packages:
        if (p.name, p.version) not in summed and (p.name, f"{p.version}/go.mod") not in summed:
            raise LockError(f"go.sum does not know {p.name} {p.version}: run `go mod tidy`")


LOCK = LockFormat("go", "golang", r"go\.mod", read, siblings=("go.sum",))
