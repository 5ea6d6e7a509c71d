"""Versions against ranges as the OSV schema says, in the order of each ecosystem; aliases are one vulnerability."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.known import matching, osv
from gatekeeper.sbom.known.ecosystems import Package, package
from gatekeeper.sbom.known.evidence import Advisory, Affected, Evidence, Range, Snapshot
from gatekeeper.sbom.known.matching import affects
from tests.sbom.known.data import osv as record
from tests.sbom.known.data import zipped


def advisory(ecosystem: str, *events: str, versions: tuple[str, ...] = (), kind: str = "ECOSYSTEM") -> Advisory:
    pairs = tuple((e.split(" ")[0], e.split(" ")[1]) for e in events)
    ranges = (Range(kind, pairs),) if pairs else ()
    return Advisory("X-1", ("X-1",), "high", (Affected(ecosystem, "p", ranges, versions),))


@pytest.mark.parametrize(
    ("ecosystem", "version", "events", "expected"),
    [
        ("PyPI", "1.0", ["introduced 0"], True),
        ("PyPI", "1.0", ["introduced 0", "fixed 1.0.0"], False),
        ("PyPI", "1.0rc1", ["introduced 0", "fixed 1.0"], True),
        ("PyPI", "1.0.post1", ["introduced 1.0", "last_affected 1.0"], False),
        ("PyPI", "1.0", ["introduced 1.0", "last_affected 1.0"], True),
        ("PyPI", "0.9", ["introduced 1.0", "fixed 2.0"], False),
        ("PyPI", "2.5", ["introduced 0", "fixed 1.0", "introduced 2.0", "fixed 3.0"], True),
        ("PyPI", "1.5", ["introduced 2.0", "fixed 3.0", "introduced 0", "fixed 1.0"], False),
        ("PyPI", "1.10", ["introduced 0", "fixed 1.9"], False),
        ("npm", "1.2.3-beta.1", ["introduced 0", "fixed 1.2.3"], True),
        ("npm", "1.10.0", ["introduced 0", "fixed 1.9.0"], False),
        ("Go", "1.2.3", ["introduced 0", "fixed 1.2.4"], True),
        ("crates.io", "0.3.1", ["introduced 0.3.0", "fixed 0.3.2"], True),
        ("Maven", "1.0-SNAPSHOT", ["introduced 0", "fixed 1.0"], True),
        ("Maven", "1.0.1", ["introduced 0", "fixed 1.0-alpha"], False),
        ("Debian:12", "7.88.1-10+deb12u5", ["introduced 0", "fixed 7.88.1-10+deb12u6"], True),
        ("Debian:12", "1:1.0-1", ["introduced 0", "fixed 2.0-1"], False),
        ("Debian:12", "1.0~rc1-1", ["introduced 0", "fixed 1.0-1"], True),
        ("Alpine:v3.20", "3.3.1-r0", ["introduced 0", "fixed 3.3.1-r1"], True),
        ("RubyGems", "1.0.0.rc1", ["introduced 0", "fixed 1.0.0"], True),
        ("NuGet", "1.0.0.1", ["introduced 0", "fixed 1.0.0"], False),
        ("PyPI", "1.0", ["introduced 0", "fixed nonsense"], None),
        ("PyPI", "1.0", [], None),
        ("PyPI", "1.0", ["fixed 2.0"], None),
        ("PyPI", "1.0", ["last_affected 2.0"], None),
        ("PyPI", "1.0", ["limit 2.0"], None),
        ("NuGet", "1.0.0", ["introduced 0", "fixed nonsense"], None),
    ],
)
def test_the_order_of_each_ecosystem(ecosystem: str, version: str, events: list[str], expected: bool | None) -> None:
    assert affects(advisory(ecosystem, *events), Package(ecosystem, "p", version)) is expected


def test_a_listed_version_is_affected_whatever_the_ranges_say() -> None:
    listed = advisory("PyPI", "introduced 5.0", versions=("1.0",))

    assert affects(listed, Package("PyPI", "p", "1.0.0")) is True
    assert affects(advisory("PyPI", versions=("1.0",)), Package("PyPI", "p", "1.1")) is False


def test_commits_say_nothing_about_a_version() -> None:
    assert affects(advisory("PyPI", "introduced 0", kind="GIT"), Package("PyPI", "p", "1.0")) is None


releases = st.lists(st.integers(0, 9), min_size=3, max_size=3).map(lambda p: ".".join(map(str, p)))


@given(releases, releases)
def test_fixed_is_where_the_range_ends(version: str, fixed: str) -> None:
    answers = {
        e: affects(advisory(e, "introduced 0", f"fixed {fixed}"), Package(e, "p", version))
        for e in ("PyPI", "npm", "Go", "Maven", "Debian:12", "RubyGems", "NuGet")
    }

    assert set(answers.values()) == {[int(n) for n in version.split(".")] < [int(n) for n in fixed.split(".")]}


@pytest.mark.parametrize(
    ("purl", "expected"),
    [
        ("pkg:pypi/Foo_Bar@1.0", ("PyPI", "foo-bar", "1.0")),
        ("pkg:npm/%40scope/name@1.0.0", ("npm", "@scope/name", "1.0.0")),
        ("pkg:golang/example.org/x/y@v1.2.3", ("Go", "example.org/x/y", "1.2.3")),
        ("pkg:maven/org.example/lib@1.0", ("Maven", "org.example:lib", "1.0")),
        ("pkg:deb/debian/curl@7.5-1?distro=debian-12.4", ("Debian:12", "curl", "7.5-1")),
        ("pkg:deb/debian/libcurl4@7.5-1?distro=debian-12&upstream=curl", ("Debian:12", "curl", "7.5-1")),
        ("pkg:deb/ubuntu/curl@7.5-1?distro=ubuntu-22.04", ("Ubuntu:22.04:LTS", "curl", "7.5-1")),
        ("pkg:deb/ubuntu/curl@7.5-1?distro=ubuntu-23.10", ("Ubuntu:23.10", "curl", "7.5-1")),
        ("pkg:nuget/Newtonsoft.Json@13.0.1", ("NuGet", "newtonsoft.json", "13.0.1")),
        ("pkg:npm/JSONStream@1.3.5", ("npm", "jsonstream", "1.3.5")),
        ("pkg:cargo/serde_json@1.0.1", ("crates.io", "serde-json", "1.0.1")),
        ("pkg:golang/github.com/Azure/go-autorest@v14.2.0", ("Go", "github.com/azure/go-autorest", "14.2.0")),
        (
            "pkg:deb/debian/gcc@4:12.2.0-3?distro=debian-12&upstream=gcc-defaults%401.203",
            ("Debian:12", "gcc-defaults", "1.203"),
        ),
        (
            "pkg:rpm/rocky/openssl-libs@1.1.1k-7.el8_6?distro=rocky-8.6&epoch=1&upstream=openssl-1.1.1k-7.el8_6.src.rpm",
            ("Rocky Linux:8", "openssl", "1:1.1.1k-7.el8_6"),
        ),
        ("pkg:swift/github.com/Apple/swift-nio@2.0.0", ("SwiftURL", "github.com/apple/swift-nio", "2.0.0")),
        ("pkg:conan/bincrafters/zlib@1.3.1", ("ConanCenter", "zlib", "1.3.1")),
        ("pkg:apk/alpine/busybox@1.36.1-r2?distro=alpine-3.20.1", ("Alpine:v3.20", "busybox", "1.36.1-r2")),
    ],
)
def test_what_a_purl_is_called_in_the_data(purl: str, expected: tuple[str, str, str]) -> None:
    found = package(Component(where="", name="x", purl=purl))

    assert isinstance(found, Package)
    assert (found.ecosystem, found.name, found.version) == expected


@pytest.mark.parametrize(
    "purl",
    ["", "x", "pkg:pypi/x", "pkg:generic/x@1", "pkg:pypi/x@final", "pkg:deb/debian/x@1?distro=sid", "pkg:rpm/x@1"],
)
def test_what_no_data_can_judge_says_why(purl: str) -> None:
    assert isinstance(package(Component(where="", name="x", purl=purl)), str)


def matched(tmp_path: Path, ecosystem: str, purl: str, *rows: dict[str, Any]) -> matching.Matched:
    """What a snapshot of these records says of one component."""
    (tmp_path / "all.zip").write_bytes(zipped(list(rows)))
    one = Component(where="/1", name="p", purl=purl)
    p = package(one)
    assert isinstance(p, Package)
    found = osv.read(tmp_path / "all.zip", {(p.ecosystem, name) for name in p.names})
    data = Snapshot(
        path="", ecosystem=ecosystem, sha256="", stated_sha256="", fetched="", records=1, ecosystems=found.ecosystems
    )
    return matching.match(
        Evidence(sbom="", sbom_sha256="", components=(one,), advisories=found.advisories, snapshots=(data,))
    )


@pytest.mark.parametrize(
    ("ecosystem", "named", "name", "purl"),
    [
        pytest.param(
            "Packagist", "Packagist:https://packages.drupal.org/8", "drupal/core", "pkg:composer/drupal/core@9.0.0",
            id="a registry of its own",
        ),
        pytest.param("Maven", "Maven:https://repo.example.org", "a:b", "pkg:maven/a/b@1.0", id="Maven elsewhere"),
        pytest.param(
            "Ubuntu", "Ubuntu:Pro:22.04:LTS", "curl", "pkg:deb/ubuntu/curl@7.5-1?distro=ubuntu-22.04",
            id="fixed for those alone who pay",
        ),
        pytest.param(
            "Rocky Linux", "Rocky Linux:8", "openssl",
            "pkg:rpm/rocky/openssl-libs@1.1.1k-7.el8_6?distro=rocky-8.6&upstream=openssl-1.1.1k-7.el8_6.src.rpm",
            id="by the source package of an RPM",
        ),
        pytest.param(
            "AlmaLinux", "AlmaLinux:8", "openssl-libs",
            "pkg:rpm/almalinux/openssl-libs@1.1.1k-7.el8_6?distro=almalinux-8.6&upstream=openssl-1.1.1k-7.el8_6.src.rpm",
            id="by the name of an RPM itself",
        ),
        pytest.param(
            "SwiftURL", "SwiftURL", "https://github.com/apple/swift-nio.git", "pkg:swift/github.com/apple/swift-nio@2.0.0",
            id="an address for a name",
        ),
    ],
)  # fmt: skip
def test_a_record_is_found_however_its_data_base_names_the_package(
    tmp_path: Path, ecosystem: str, named: str, name: str, purl: str
) -> None:
    found = matched(tmp_path, ecosystem, purl, record("X-1", name, ecosystem=named))

    assert [(k.id, found.assessed) for k in found.known] == [("X-1", 1)]


def test_an_epoch_of_an_rpm_counts(tmp_path: Path) -> None:
    row = record("X-1", "openssl", ecosystem="Rocky Linux:8", fixed="1:1.1.1k-7.el8_6")
    row["affected"][0]["ranges"][0]["events"][0] = {"introduced": "1:1.0"}

    assert matched(tmp_path, "Rocky Linux", "pkg:rpm/rocky/openssl@1.1.1-1.el8?distro=rocky-8&epoch=1", row).known


def test_each_vulnerability_that_a_record_stems_from_is_one(tmp_path: Path) -> None:
    row = record("DSA-1", "curl", ecosystem="Debian:12", upstream=["CVE-1", "CVE-2"])
    own = record("DEBIAN-CVE-1", "curl", ecosystem="Debian:12", upstream=["CVE-1"])

    found = matched(tmp_path, "Debian", "pkg:deb/debian/curl@1-1?distro=debian-12&upstream=curl", row, own)

    assert [(k.id, k.ids, k.via) for k in found.known] == [
        ("CVE-1", ("CVE-1", "DEBIAN-CVE-1"), ("DSA-1",)),
        ("CVE-2", ("CVE-2",), ("DSA-1",)),
    ]


def test_connected_ids_are_one_vulnerability() -> None:
    def row(key: str, *ids: str) -> Advisory:
        return Advisory(
            key, (key, *ids), "high", (Affected("PyPI", "p", (Range("ECOSYSTEM", (("introduced", "0"),)),)),)
        )

    rows = (row("PYSEC-1", "CVE-1"), row("GHSA-1", "CVE-2"), row("OSV-1", "CVE-1", "CVE-2"), row("PYSEC-9"))
    one = Component(where="/1", name="p", version="1.0", purl="pkg:pypi/p@1.0")
    data = Snapshot(path="", ecosystem="PyPI", sha256="", stated_sha256="", fetched="", records=4, ecosystems=("PyPI",))

    known = matching.match(
        Evidence(sbom="", sbom_sha256="", components=(one,), advisories=rows, snapshots=(data,))
    ).known

    assert [(k.id, len(k.ids)) for k in known] == [("CVE-1", 5), ("PYSEC-9", 1)]


def read(tmp_path: Path, raw: bytes) -> osv.Contents:
    path = tmp_path / "all.zip"
    path.write_bytes(raw)
    return osv.read(path, {("PyPI", "foo-bar")})


def test_only_wanted_records_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    rows = [record("A", "Foo.Bar"), record("B", "other"), record("C", "foo-bar", withdrawn="2026-01-01T00:00:00Z")]

    contents = read(tmp_path, zipped(rows))

    assert [a.id for a in contents.advisories] == ["A"]
    assert (contents.records, contents.withdrawn, contents.faults) == (3, 1, ())


@pytest.mark.parametrize("row", [{}, {"id": 1}, [], {"id": "x", "modified": "y", "affected": 3}])
def test_a_record_that_is_none_is_a_fault(tmp_path: Path, row: Any) -> None:
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("x.json", json.dumps(row))

    assert read(tmp_path, out.getvalue()).faults


def test_a_bomb_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osv, "MAX_RECORD_BYTES", 1000)

    assert "over 1000 bytes" in read(tmp_path, zipped([record("A", "foo-bar", summary="x" * 5000)])).faults[0]


@given(st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_a_damaged_zip_is_a_fault_or_reads_the_same(
    tmp_path_factory: pytest.TempPathFactory, at: int, noise: bytes
) -> None:
    raw = zipped([record("A", "foo-bar")])
    damaged = raw[:at] + noise + raw[at + len(noise) :]

    contents = read(tmp_path_factory.mktemp("zip"), damaged)

    assert contents.faults or not contents.records or [a.id for a in contents.advisories] == ["A"]
