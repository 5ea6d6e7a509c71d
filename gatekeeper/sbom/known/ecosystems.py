"""From package URLs to the names that vulnerability data use, and how versions are ordered there."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import msgspec

from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.identity import Purl, parse, pep503

_PLAIN = {
    "pypi": "PyPI", "npm": "npm", "golang": "Go", "cargo": "crates.io", "maven": "Maven", "gem": "RubyGems",
    "nuget": "NuGet", "composer": "Packagist", "hex": "Hex", "pub": "Pub", "swift": "SwiftURL", "conan": "ConanCenter",
}  # fmt: skip
_DISTRIBUTIONS = {
    "debian": "Debian:{}",
    "ubuntu": "Ubuntu:{}",
    "alpine": "Alpine:v{}",
    "rocky": "Rocky Linux:{}",
    "almalinux": "AlmaLinux:{}",
}
_SOURCE_RPM = re.compile(r"-[^-]+-[^-]+\.src\.rpm$")
_ADDRESS = re.compile(r"^https?://|\.git$")
_SCHEMES = {
    "npm": "SemverVersion", "Go": "GolangVersion", "crates.io": "SemverVersion", "Maven": "MavenVersion",
    "RubyGems": "RubygemsVersion", "NuGet": "NugetVersion", "Packagist": "ComposerVersion", "Hex": "SemverVersion",
    "Pub": "SemverVersion", "SwiftURL": "SemverVersion", "ConanCenter": "ConanVersion", "Debian": "DebianVersion",
    "Ubuntu": "DebianVersion", "Alpine": "AlpineLinuxVersion", "Rocky Linux": "RpmVersion", "AlmaLinux": "RpmVersion",
}  # fmt: skip


class Package(msgspec.Struct, frozen=True):
    """A package as OSV names it; `also` is what some data bases call it instead."""

    ecosystem: str
    name: str
    version: str
    also: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """All its names."""
        return (self.name, self.also) if self.also else (self.name,)


def package(component: Component) -> Package | str:
    """The package behind a component, or why there is none that data could be about."""
    if not component.purl:
        return "it has no package URL"
    purl = parse(component.purl)
    if purl is None:
        return "its package URL cannot be read"
    version = _version(purl, component)
    if not version:
        return "it has no version"
    ecosystem = _PLAIN.get(purl.type) or _distribution(purl)
    if not ecosystem:
        return f"no data are known for packages of type {purl.type}"
    name, own = normal(ecosystem, _name(purl)), normal(ecosystem, purl.name)
    # of RPMs some data bases name the source package, and others the package itself
    found = Package(ecosystem, name, version, own if purl.type == "rpm" and own != name else "")
    if ordered(found.ecosystem, found.version) is None:
        return f"the version {version!r} cannot be ordered in {ecosystem}"
    return found


def _version(purl: Purl, component: Component) -> str:
    """The version that data speak of: of a Debian package its source's, of an RPM with the epoch."""
    version, said = purl.version or component.version, dict(purl.qualifiers)
    if purl.type == "golang":
        return version.removeprefix("v")
    if purl.type == "deb":
        return said.get("upstream", "").partition("@")[2] or version
    if purl.type == "rpm" and version and ":" not in version and said.get("epoch"):
        return f"{said['epoch']}:{version}"
    return version


def _name(purl: Purl) -> str:
    if purl.type == "pypi":
        return pep503(purl.name)
    if purl.type in ("deb", "rpm", "apk"):
        upstream = dict(purl.qualifiers).get("upstream", "").partition("@")[0]
        return _SOURCE_RPM.sub("", upstream) or purl.name
    if purl.type == "conan":
        return purl.name  # the namespace says who packed it
    joint = ":" if purl.type == "maven" else "/"
    return f"{purl.namespace}{joint}{purl.name}" if purl.namespace else purl.name


def _distribution(purl: Purl) -> str:
    """`distro=debian-12` names the data's `Debian:12`; a code name or no distro at all names none."""
    if purl.type not in ("deb", "rpm", "apk"):
        return ""
    name, _, release = dict(purl.qualifiers).get("distro", "").partition("-")
    pattern = _DISTRIBUTIONS.get(name)
    if not pattern or not re.fullmatch(r"\d+(\.\d+)*", release):
        return ""
    parts = release.split(".")
    found = pattern.format(".".join(parts[:2]) if name in ("ubuntu", "alpine") else parts[0])
    long_term = name == "ubuntu" and parts[1:2] == ["04"] and int(parts[0]) % 2 == 0
    return f"{found}:LTS" if long_term else found


@cache
def plain(ecosystem: str) -> str:
    """An ecosystem of the data without what tells registries, and those who pay, apart: no package is overlooked."""
    return ecosystem.partition(":http")[0].replace("Ubuntu:Pro:", "Ubuntu:")


def base(ecosystem: str) -> str:
    """An ecosystem without its release: `Debian` of `Debian:12`."""
    return ecosystem.split(":", 1)[0]


def without_source(component: Component) -> bool:
    """Whether a distribution's package does not say which source package it is of, and the data are about those."""
    purl = parse(component.purl)
    return purl is not None and purl.type in ("deb", "apk") and "upstream" not in dict(purl.qualifiers)


def normal(ecosystem: str, name: str) -> str:
    """A name as it is looked up: capitals never tell two packages apart here, so that none is overlooked."""
    if ecosystem == "PyPI":
        return pep503(name)
    folded = name.casefold()
    if ecosystem == "SwiftURL":
        return _ADDRESS.sub("", folded)
    return folded.replace("_", "-") if ecosystem == "crates.io" else folded


def variants(p: Package) -> tuple[str, ...]:
    """The versions to ask for: a local build of PyPI (`1.0+cpu`) is also what it was built from."""
    public, local, _ = p.version.partition("+")
    return (p.version, public) if p.ecosystem == "PyPI" and local else (p.version,)


@lru_cache(maxsize=65536)
def ordered(ecosystem: str, version: str) -> Any:
    """A value that compares as the ecosystem orders versions; None where the version is none of its scheme."""
    make = _scheme(base(ecosystem))
    if make is None:
        return None
    try:
        return make(version)
    except Exception:  # noqa: BLE001 - univers raises what it likes (NuGet's is no ValueError)
        return None


@cache
def _scheme(ecosystem: str) -> Callable[[str], Any] | None:
    if ecosystem == "PyPI":
        from packaging.version import Version

        return Version
    name = _SCHEMES.get(ecosystem)
    if name is None:
        return None
    from univers import versions

    found: Callable[[str], Any] = getattr(versions, name)
    return found
