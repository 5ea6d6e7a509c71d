"""Joining: several files of one package, with and without addresses; the same parts give the same bytes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.sbom import joining, overlay
from gatekeeper.sbom.bom import Digest
from gatekeeper.sbom.evidence import Lock, Locked
from gatekeeper.sbom.joining import Parts
from tests.sbom.samples import PACKAGES, PRODUCT, STAMP, cyclonedx, sha256
from tests.sbom.samples import overlay as overlay_text

A, B = Digest("sha256", "a" * 64), Digest("sha256", "b" * 64)


def joined(package: Locked, generated: dict[str, Any] | None = None) -> dict[str, Any]:
    parts = Parts(
        product=PRODUCT,
        timestamp=STAMP,
        gate_version="1",
        locks=(Lock(path="uv.lock", kind="pypi", sha256="0" * 64, packages=(package,)),),
        overlay=overlay.read(overlay_text(), "components.toml", ""),
        built=(joining.digest("b.whl", b"b"), joining.digest("a.tar.gz", b"a")),
    )
    document: dict[str, Any] = json.loads(joining.join(generated or cyclonedx(), parts))
    return document


def files(document: dict[str, Any], name: str) -> list[tuple[str, str]]:
    entry = next(c for c in document["components"] if c["name"] == name)
    references = entry["externalReferences"]
    return [(r["url"], r["hashes"][0]["content"]) for r in references if r["type"] == "distribution"]


def test_several_files_are_named_with_their_addresses() -> None:
    package = Locked("pypi", "click", "8.4.0", (B, A), urls=("https://example.org/2.whl", "https://example.org/1.whl"))

    assert files(joined(package), "click") == [
        ("https://example.org/1.whl", A.value),
        ("https://example.org/2.whl", B.value),
    ]


def test_several_files_without_addresses_are_named_by_their_checksum() -> None:
    found = files(joined(Locked("pypi", "click", "8.4.0", (A, B))), "click")

    assert found[0] == (f"pkg:pypi/click@8.4.0?checksum=sha256:{A.value}", A.value)
    assert len(found) == 2


def test_a_package_that_no_lock_knows_keeps_what_the_generator_said_and_nothing_more() -> None:
    document = joined(Locked("pypi", "other", "1", (A,)))

    assert files(document, "click") == []
    assert document["compositions"][0]["aggregate"] == "incomplete"


@given(st.randoms())
def test_the_order_of_what_the_generator_wrote_does_not_matter(rng: Any) -> None:
    shuffled = cyclonedx()
    rng.shuffle(shuffled["components"])
    rng.shuffle(shuffled["dependencies"])
    package = Locked("pypi", "click", "8.4.0", (Digest("sha256", sha256("click")),))

    assert joined(package, shuffled) == joined(package)
    assert [c["name"] for c in joined(package)["components"]] == sorted(name for name, _, _ in PACKAGES)
