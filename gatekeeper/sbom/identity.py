"""Names, versions and package URLs: when two of them mean the same thing (PEP 503, PEP 440, the purl types)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.text import placeholder

_SEGMENT = "[A-Za-z0-9._~-]++"
_PLAIN = re.compile(rf"pkg:([a-z][a-z0-9.+-]*+)/(?:({_SEGMENT}(?:/{_SEGMENT})*)/)?({_SEGMENT})@({_SEGMENT})")
_NUMBERS = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*")
_TRAILING_ZEROS = re.compile(r"(?:\.0)+$")
_AS_IS = frozenset({"cargo", "maven", "nuget", "gem", "generic", "conan"})
_READ_HERE = _AS_IS | {"npm"}
_DOTS = frozenset({".", ".."})
_QUALIFIED = frozenset({"npm", "maven", "composer", "golang", "swift", "huggingface", "bitbucket", "github"})


_CPE_PART = r":(?:\\.|[^:\\\s])+"
_FORMS = {
    "cpe": re.compile(rf"cpe:2\.3:[aho*-](?:{_CPE_PART}){{10}}|cpe:/[aho](?::[^:\s]*){{1,6}}", re.IGNORECASE),
    "swhid": re.compile(r"swh:1:(?:cnt|dir|rel|rev|snp):[0-9a-f]{40}(?:;\S+)?"),
    "omnibor": re.compile(r"gitoid:(?:blob|tree|commit|tag):sha(?:1:[0-9a-f]{40}|256:[0-9a-f]{64})"),
}


class Purl(msgspec.Struct, frozen=True, gc=False):
    """A parsed package URL."""

    type: str
    namespace: str
    name: str
    version: str
    qualifiers: tuple[tuple[str, str], ...] = ()


def read(text: str) -> Purl | None:
    """Read a package URL; None where it is none.

    The plain form without escapes, qualifiers and case rules of its type is read here (packageurl-python takes 60 µs
    each, 3 s for 50,000 components); everything else goes to the library, and a test says that both agree.
    """
    plain = _PLAIN.fullmatch(text)
    if plain is None:
        return _by_library(text)
    kind, space, name, version = plain.groups("")
    if kind == "pypi" and not space and name not in _DOTS:
        return Purl(kind, "", pep503(name), version)
    if kind in _READ_HERE and _as_it_stands(plain):
        return Purl(kind, space, name, version)
    return _by_library(text)


parse = lru_cache(maxsize=131072)(read)  # for those who meet the same URL again and again


def _as_it_stands(plain: re.Match[str]) -> bool:
    """No dot segments, and no capitals where the type folds them."""
    dotted = _DOTS & {*(plain[2] or "").split("/"), plain[3]}
    return not dotted and (plain[1] != "npm" or plain[0].lower() == plain[0])


@lru_cache(maxsize=131072)
def _by_library(text: str) -> Purl | None:
    from packageurl import PackageURL

    try:
        found = PackageURL.from_string(text)
    except ValueError:
        return None
    qualifiers: Any = found.qualifiers
    name = pep503(found.name) if found.type == "pypi" else found.name
    return Purl(found.type, found.namespace or "", name, found.version or "", tuple(sorted(qualifiers.items())))


def pep503(name: str) -> str:
    """A PyPI name in its normal form: each run of - _ . is one hyphen, all letters are small."""
    joined = name.replace("_", "-").replace(".", "-")
    while "--" in joined:
        joined = joined.replace("--", "-")
    return joined.lower()


def normal_name(ecosystem: str, name: str) -> str:
    """A name in the normal form of its purl type: PEP 503 for PyPI, lower case for npm, else as it stands."""
    if ecosystem in ("pypi", ""):
        return pep503(name)
    return name.lower() if ecosystem == "npm" else name


@lru_cache(maxsize=131072)
def normal_version(ecosystem: str, version: str) -> str:
    """A version in the normal form of its purl type: PEP 440 for PyPI (1.0 is 1.0.0), no v for Go, else as it is."""
    if ecosystem in ("pypi", ""):
        return _pep440(version)
    return version.removeprefix("v") if ecosystem == "golang" else version


def _pep440(version: str) -> str:
    if _NUMBERS.fullmatch(version):  # most are, and reading them needs no library
        return "0!" + _TRAILING_ZEROS.sub("", version)
    from packaging.version import InvalidVersion, Version

    try:
        found = Version(version)
    except InvalidVersion:
        return version
    release = _TRAILING_ZEROS.sub("", ".".join(map(str, found.release)))
    tail = str(found)[len(str(found.epoch) + "!") if found.epoch else 0 :][len(".".join(map(str, found.release))) :]
    return f"{found.epoch}!{release}{tail}"


def same_version(ecosystem: str, one: str, other: str) -> bool:
    """Whether two versions are equal in their ecosystem."""
    return one == other or normal_version(ecosystem, one) == normal_version(ecosystem, other)


def ecosystem(component: Component) -> str:
    """The purl type of a component; empty where no purl tells."""
    purl = parse(component.purl) if component.purl else None
    return purl.type if purl else ""


def package_key(component: Component) -> tuple[str, str, str]:
    """Ecosystem, normal name and normal version, as lock files are compared with."""
    return key_of(component, parse(component.purl) if component.purl else None)


def key_of(component: Component, purl: Purl | None) -> tuple[str, str, str]:
    """The key of a component whose package URL was read before."""
    if not purl:
        return "", pep503(component.full_name), normal_version("", component.version)
    if purl.type == "pypi" and not purl.namespace:
        return "pypi", purl.name, normal_version("pypi", purl.version or component.version)  # in its normal form
    name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
    return purl.type, normal_name(purl.type, name), normal_version(purl.type, purl.version or component.version)


def sound(kind: str, value: str) -> bool:
    """Whether an identifier that is no package URL has the form of its kind: CPE 2.2 and 2.3, SWHID, OmniBOR id."""
    form = _FORMS.get(kind)
    return bool(form.fullmatch(value)) if form else not placeholder(value)


def contradiction(component: Component, purl: Purl) -> str:
    """How a component's purl disagrees with its name and version; empty where it agrees."""
    if not _names_agree(component, purl):
        return (
            f"the purl names {'/'.join(p for p in (purl.namespace, purl.name) if p)}, the field {component.full_name!r}"
        )
    if purl.version and not same_version(purl.type, purl.version, component.version):
        return f"the purl says version {purl.version}, the field {component.version!r}"
    return ""


def _names_agree(component: Component, purl: Purl) -> bool:
    fold = str.casefold if purl.type not in _AS_IS else str
    name = pep503(component.name) if purl.type == "pypi" else fold(component.name)
    wanted, space = fold(purl.name), fold(purl.namespace)
    if component.group:
        return (fold(component.group), name) == (space, wanted)
    if name == wanted:
        return not (space and purl.type in _QUALIFIED)
    return name in (f"{space}/{wanted}", f"{space}:{wanted}", f"{space}.{wanted}")
