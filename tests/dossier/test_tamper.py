"""No file of a dossier can change, come, go or move unnoticed: the whole matrix, on a real sealed dossier."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.dossier import layout
from gatekeeper.dossier.receiver import Receiver
from gatekeeper.dossier.verify import REFUSED, RELEASED, Verification, verify_dossier
from gatekeeper.model.sums import parse, render
from tests.dossier.product import CHECKS

REHEARSAL = Receiver(rehearsal=True)
NAMES = (
    "SHA256SUMS",
    "SHA256SUMS.sigstore.json",
    "VERIFY.md",
    "artifacts/SHA256SUMS",
    "artifacts/pump.cdx.json",
    "artifacts/pump.tar.gz",
    "artifacts/pump.whl",
    "evidence/build-identity.json",
    "evidence/file-integrity.json",
    "evidence/signing.json",
    "policy/catalogue.toml",
    "policy/gatekeeper.toml",
    "policy/rules.toml",
    "receipt.json",
    "record.json",
    "record.json.sigstore.json",
    "report.html",
    "signatures/SHA256SUMS.sigstore.json",
    "signatures/pump.cdx.json.sigstore.json",
    "signatures/pump.whl.sigstore.json",
    "trust/trust_config.json",
    "trust/trusted_root.json",
)


def verified(folder: Path) -> Verification:
    return verify_dossier(folder, REHEARSAL, lambda: CHECKS)


def refused(folder: Path) -> str:
    found = verified(folder)
    assert found.code == REFUSED, found.steps
    assert not found.authentic
    return "\n".join(step.fault for step in found.steps)


def resum(folder: Path) -> None:
    """What somebody does who changed a file and knows of SHA256SUMS."""
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()}
    listed = {n: hashlib.sha256(p.read_bytes()).hexdigest() for n, p in files.items() if n not in layout.NEVER_LISTED}
    (folder / layout.SUMS).write_text(render(listed))


def test_untouched_it_is_authentic(sealed: Path) -> None:
    found = verified(sealed)
    assert found.code == RELEASED, found.steps
    assert found.authentic


def test_the_matrix_covers_every_file(sealed: Path) -> None:
    assert sorted(p.relative_to(sealed).as_posix() for p in sealed.rglob("*") if p.is_file()) == sorted(NAMES)


def flipped(index: Callable[[int], int]) -> Callable[[bytes], bytes]:
    def flip(raw: bytes) -> bytes:
        at = index(len(raw))
        return raw[:at] + bytes((raw[at] ^ 1,)) + raw[at + 1 :]

    return flip


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "first byte": flipped(lambda _: 0),
    "middle byte": flipped(lambda size: size // 2),
    "last byte": flipped(lambda size: size - 1),
    "one byte off": lambda raw: raw[:-1],
    "half": lambda raw: raw[: len(raw) // 2],
    "emptied": lambda _: b"",
    "one byte more": lambda raw: raw + b"\n",
    "space before": lambda raw: b" " + raw,
    "doubled": lambda raw: raw + raw,
    "random": lambda raw: os.urandom(len(raw)),
}


@pytest.mark.parametrize("name", NAMES)
def test_changed(dossier: Path, name: str) -> None:
    file, good = dossier / name, (dossier / name).read_bytes()
    sums = (dossier / layout.SUMS).read_bytes()
    for change, changed in CHANGES.items():
        file.write_bytes(changed(good))
        assert refused(dossier), change
        if name != layout.SUMS:
            resum(dossier)
            assert refused(dossier), f"{change}, and {layout.SUMS} made again"
            (dossier / layout.SUMS).write_bytes(sums)
    file.write_bytes(good)
    assert verified(dossier).authentic


@pytest.mark.parametrize("name", NAMES)
class TestSet:
    """Adding, removing, renaming and linking."""

    def settled(self, dossier: Path) -> None:
        assert verified(dossier).code != RELEASED
        if (dossier / layout.SUMS).is_file():
            resum(dossier)
            assert verified(dossier).code != RELEASED

    def test_removed(self, dossier: Path, name: str) -> None:
        (dossier / name).unlink()
        self.settled(dossier)

    def test_renamed(self, dossier: Path, name: str) -> None:
        (dossier / name).rename(dossier / f"{name}.old")
        self.settled(dossier)

    def test_copied_beside(self, dossier: Path, name: str) -> None:
        shutil.copyfile(dossier / name, dossier / f"{name}.copy")
        self.settled(dossier)

    def test_symlink_to_the_same_content(self, dossier: Path, tmp_path: Path, name: str) -> None:
        elsewhere = tmp_path / "elsewhere"
        (dossier / name).rename(elsewhere)
        (dossier / name).symlink_to(elsewhere)
        self.settled(dossier)

    def test_folder_in_its_place(self, dossier: Path, name: str) -> None:
        (dossier / name).unlink()
        (dossier / name).mkdir()
        self.settled(dossier)

    def test_pipe_in_its_place(self, dossier: Path, name: str) -> None:
        (dossier / name).unlink()
        os.mkfifo(dossier / name)
        self.settled(dossier)


@pytest.mark.parametrize("sums", ["left", "made again"])
def test_two_files_swapped(sealed: Path, tmp_path: Path, sums: str) -> None:
    folder = Path(shutil.copytree(sealed, tmp_path / "dossier"))
    names = [n for n in NAMES if n != layout.SUMS]
    for first, second in combinations(names, 2) if sums == "made again" else pairwise(names):
        one, two = (folder / first).read_bytes(), (folder / second).read_bytes()
        (folder / first).write_bytes(two)
        (folder / second).write_bytes(one)
        if sums == "made again":
            resum(folder)
        assert verified(folder).code != RELEASED, (first, second)
        (folder / first).write_bytes(one)
        (folder / second).write_bytes(two)
        shutil.copyfile(sealed / layout.SUMS, folder / layout.SUMS)
    assert verified(folder).code == RELEASED


@pytest.mark.parametrize(
    "name", ["extra", "artifacts/extra.whl", "evidence/extra.json", ".hidden", "signatures/x.json"]
)
@pytest.mark.parametrize("sums", ["left", "made again"])
def test_extra_file(dossier: Path, name: str, sums: str) -> None:
    (dossier / name).write_text("{}")
    if sums == "made again":
        resum(dossier)
    assert refused(dossier)


def test_extra_empty_folder(dossier: Path) -> None:
    (dossier / "empty").mkdir()
    assert "an empty folder" in refused(dossier)


def test_link_out_of_the_dossier(dossier: Path) -> None:
    (dossier / "outside").symlink_to("/etc/passwd")
    assert "a symbolic link" in refused(dossier)


def test_folder_replaced_by_a_link(dossier: Path, tmp_path: Path) -> None:
    (dossier / "evidence").rename(tmp_path / "evidence")
    (dossier / "evidence").symlink_to(tmp_path / "evidence")
    assert "evidence is a symbolic link" in refused(dossier)


def test_a_name_in_another_case(dossier: Path) -> None:
    (dossier / "VERIFY.MD").write_text("x")
    assert "one file on some systems" in refused(dossier)


class TestLists:
    def test_lines_reordered(self, dossier: Path) -> None:
        lines = (dossier / layout.SUMS).read_text().splitlines(keepends=True)
        (dossier / layout.SUMS).write_text("".join(reversed(lines)))
        assert "not in order" in refused(dossier)

    def test_a_line_left_out_together_with_its_file(self, dossier: Path) -> None:
        (dossier / "evidence/signing.json").unlink()
        digests = parse((dossier / layout.SUMS).read_text())
        del digests["evidence/signing.json"]
        (dossier / layout.SUMS).write_text(render(digests))
        assert "signature" in refused(dossier)

    def test_path_out_of_the_folder(self, dossier: Path) -> None:
        text = (dossier / layout.SUMS).read_text() + f"{'0' * 64}  zz/../../../etc/passwd\n"
        (dossier / layout.SUMS).write_text(text)
        assert refused(dossier)


class TestRecord:
    """CHAIN-09: the record cannot be changed unnoticed, also by someone who makes SHA256SUMS again."""

    def rewritten(self, dossier: Path, change: Callable[[dict[str, object]], object], **how: object) -> str:
        record = json.loads((dossier / layout.RECORD).read_text())
        change(record)
        text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
        (dossier / layout.RECORD).write_text(text)
        resum(dossier)
        return refused(dossier)

    def test_result_edited_by_hand(self, dossier: Path) -> None:
        self.rewritten(dossier, lambda r: r["predicate"]["rules"][0].update(outcome="failed"))  # type: ignore[index]

    def test_field_added(self, dossier: Path) -> None:
        said = self.rewritten(dossier, lambda r: r["predicate"].update(extra="x"))  # type: ignore[attr-defined]
        assert "something was added or moved" in said

    def test_subject_added(self, dossier: Path) -> None:
        self.rewritten(dossier, lambda r: r["subject"].append({"name": "x", "digest": {"sha256": "0" * 64}}))  # type: ignore[attr-defined]

    def test_mode_changed_to_a_real_release(self, dossier: Path) -> None:
        self.rewritten(dossier, lambda r: r["predicate"].update(mode="ci"))  # type: ignore[attr-defined]

    def test_fields_reordered(self, dossier: Path) -> None:
        record = json.loads((dossier / layout.RECORD).read_text())
        turned = dict(reversed(record.items()))
        (dossier / layout.RECORD).write_text(json.dumps(turned, separators=(",", ":"), ensure_ascii=False) + "\n")
        resum(dossier)
        assert "something was added or moved" in refused(dossier)

    def test_report_of_another_record(self, dossier: Path) -> None:
        page = (dossier / layout.REPORT).read_text()
        digest = hashlib.sha256((dossier / layout.RECORD).read_bytes()).hexdigest()
        (dossier / layout.REPORT).write_text(page.replace(digest, "0" * 64))
        resum(dossier)
        assert "the report was not made from this record" in refused(dossier)


@pytest.mark.parametrize("name", [n for n in NAMES if n.endswith(".sigstore.json")])
def test_bundle_reformatted(dossier: Path, name: str) -> None:
    bundle = json.loads((dossier / name).read_text())
    (dossier / name).write_text(json.dumps(bundle, indent=1))
    resum(dossier)
    assert refused(dossier)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_byte_of_any_file(sealed: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = Path(shutil.copytree(sealed, tmp_path_factory.mktemp("any") / "dossier"))
    name = data.draw(st.sampled_from(NAMES))
    raw = bytearray((folder / name).read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    (folder / name).write_bytes(raw)
    if name != layout.SUMS and data.draw(st.booleans()):
        resum(folder)
    assert verified(folder).code != RELEASED
