"""Names, versions and purls: what is the same, and agreement with the libraries that define them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packageurl import PackageURL
from packaging.version import Version

from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.identity import Purl, contradiction, normal_version, parse, pep503, same_version, sound

PARTS = st.text("abcXYZ019._-~%@/+: ", min_size=1, max_size=12)
TYPES = st.sampled_from(["pypi", "npm", "golang", "maven", "cargo", "deb", "generic", "gem", "conan", "nuget"])


def by_library(text: str) -> Purl | None:
    try:
        p = PackageURL.from_string(text)
    except ValueError:
        return None
    name = pep503(p.name) if p.type == "pypi" else p.name
    qualifiers = tuple(sorted(p.qualifiers.items())) if isinstance(p.qualifiers, dict) else ()
    return Purl(p.type, p.namespace or "", name, p.version or "", qualifiers)


@given(st.builds("pkg:{}/{}@{}".format, TYPES, PARTS, PARTS))
@example("pkg:npm/../x@1")
@example("pkg:npm/X@0")
@example("pkg:npm/a/./b@1")
@example("pkg:pypi/ns/Name@1")
@example("pkg:pypi/Na.me_x@1.0")
@example("pkg:npm/%40scope/name@1.0.0")
@example("pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie")
def test_the_quick_path_says_what_packageurl_says(text: str) -> None:
    assert parse(text) == by_library(text)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=4), st.sampled_from(["", "rc1", ".post2", ".dev3", "+x"]))
def test_versions_are_equal_as_pep_440_says(numbers: list[int], tail: str) -> None:
    text = ".".join(map(str, numbers)) + tail
    longer = ".".join(map(str, [*numbers, 0])) + tail

    assert Version(text) == Version(longer)
    assert same_version("pypi", text, longer)
    assert not same_version("pypi", text, "1!" + text)
    assert Version(normal_version("pypi", text)) == Version(text)


@pytest.mark.parametrize(
    ("name", "group", "version", "purl", "agrees"),
    [
        pytest.param("Foo_Bar", "", "1.0", "pkg:pypi/foo-bar@1.0.0", True, id="PEP 503 and PEP 440"),
        pytest.param("foo", "", "1.0", "pkg:cargo/Foo@1.0", False, id="cargo names are exact"),
        pytest.param("JSONStream", "", "1.0.0", "pkg:npm/JSONStream@1.0.0", True, id="npm purls fold case"),
        pytest.param("foo", "", "1.0", "pkg:npm/foo@1.0.0", False, id="npm versions are exact"),
        pytest.param("name", "@scope", "1", "pkg:npm/%40scope/name@1", True, id="group is the namespace"),
        pytest.param("@scope/name", "", "1", "pkg:npm/%40scope/name@1", True, id="the namespace in the name"),
        pytest.param("name", "", "1", "pkg:npm/%40evil/name@1", False, id="a scope that the name does not have"),
        pytest.param("name", "@scope", "1", "pkg:npm/name@1", False, id="a group that the purl does not have"),
        pytest.param("artifact", "org.example", "1", "pkg:maven/org.example/artifact@1", True, id="maven"),
        pytest.param("curl", "", "7.5", "pkg:deb/debian/curl@7.5?arch=amd64", True, id="a distribution's namespace"),
        pytest.param("example.org/x/y", "", "v1.2.3", "pkg:golang/example.org/x/y@v1.2.3", True, id="go"),
        pytest.param("example.org/x/y", "", "1.2.3", "pkg:golang/example.org/x/y@v1.2.3", True, id="go without v"),
        pytest.param("foo", "", "", "pkg:pypi/foo@1.0", False, id="a version in the purl alone"),
    ],
)
def test_a_purl_agrees_with_its_fields(name: str, group: str, version: str, purl: str, agrees: bool) -> None:
    parsed = parse(purl)
    assert parsed
    component = Component(where="/", name=name, group=group, version=version, purl=purl)

    assert (contradiction(component, parsed) == "") is agrees


@pytest.mark.parametrize(
    ("kind", "value", "good"),
    [
        ("cpe", "cpe:2.3:a:palletsprojects:jinja:3.1.6:*:*:*:*:*:*:*", True),
        ("cpe", r"cpe:2.3:a:x:a\:b:1\.0:*:*:*:*:*:*:*", True),
        ("cpe", "cpe:/a:palletsprojects:jinja:3.1.6", True),
        ("cpe", "cpe:2.3:a:x", False),
        ("cpe", "unknown", False),
        ("swhid", "swh:1:rev:" + "0" * 40, True),
        ("swhid", "swh:1:rev:0", False),
        ("omnibor", "gitoid:blob:sha256:" + "0" * 64, True),
        ("omnibor", "gitoid:blob:sha1:0", False),
        ("swid", "example-tag-1", True),
        ("swid", "TODO", False),
    ],
)
def test_an_identifier_has_the_form_of_its_kind(kind: str, value: str, good: bool) -> None:
    assert sound(kind, value) is good
