"""The release folder: complete, plainly named, strongly hashed, as expected, and the same after signing."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.checks._file_integrity import folder as folder_module
from gatekeeper.checks.file_integrity import CHECK, Artifact, Params
from gatekeeper.model.check import SealedFile, Sealing, UserCheck
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.words import Outcome, Phase
from tests.support.reads import before_each_read

WHEEL, SDIST, SBOM = "pump_link-2.3.1-py3-none-any.whl", "pump_link-2.3.1.tar.gz", "pump-link.cdx.json"
PARAMS = Params(
    artifacts=(Artifact(pattern="*.whl"), Artifact(pattern="*.tar.gz"), Artifact(pattern="*.cdx.json", kind="sbom"))
)
SIGNING = {
    "identity": "https://git.example/pump@v{version}",
    "issuer": "https://id.example",
    "trust-config-sha256": "e" * 64,
}
NAMES = (WHEEL, SDIST, SBOM)


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    path = tmp_path / "dist"
    path.mkdir()
    for name in NAMES:
        (path / name).write_text(f"contents of {name}")
    return path


def run(gate: Any, dist: Path, *given: Path, params: Params = PARAMS, signing: Any = SIGNING) -> Any:
    context = gate.context(dist.parent, *given, tables={"signing": signing})
    return gate.run(CHECK, context, params)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def sums(dist: Path, **changed: str) -> str:
    digests = {name: sha256(f"contents of {name}") for name in NAMES} | changed
    return "".join(f"{digest}  {name}\n" for name, digest in digests.items() if digest)


def with_manifest(dist: Path, text: str, name: str = "SHA256SUMS") -> Params:
    (dist / name).write_text(text)
    artifacts = (*PARAMS.artifacts, Artifact(pattern=name, kind="manifest"))
    return msgspec.structs.replace(PARAMS, manifest=name, artifacts=artifacts)


def test_a_good_folder_passes(gate: Any, dist: Path) -> None:
    judged = run(gate, dist, *(dist / name for name in NAMES))
    for rule in ("FILE-01", "FILE-02", "FILE-03", "FILE-04", "FILE-06"):
        assert judged.outcome(rule) is Outcome.PASSED, judged.words(rule)


def test_the_artifacts_and_their_kinds_are_facts(gate: Any, dist: Path) -> None:
    evidence = CHECK.collect(gate.context(dist.parent), msgspec.structs.replace(PARAMS, sha512=True))
    found = {a.name: a for a in gate.facts(CHECK, evidence, PARAMS).artifacts}
    assert set(found) == set(NAMES)
    assert found[SBOM].kind == "sbom"
    assert found[WHEEL].sha256 == sha256(f"contents of {WHEEL}")
    assert found[WHEEL].sha512 == hashlib.sha512(f"contents of {WHEEL}".encode()).hexdigest()


class TestComplete:
    def test_unlisted_file(self, gate: Any, dist: Path) -> None:
        judged = run(gate, dist, dist / WHEEL, dist / SDIST)
        assert judged.outcome("FILE-01") is Outcome.FAILED, "FILE-01: an unlisted file"
        assert SBOM in judged.words("FILE-01")

    def test_file_not_in_the_manifest(self, gate: Any, dist: Path) -> None:
        judged = run(gate, dist, params=with_manifest(dist, sums(dist, **{SBOM: ""})))
        assert judged.outcome("FILE-01") is Outcome.FAILED, "FILE-01: an unlisted file"

    def test_listed_file_that_is_missing(self, gate: Any, dist: Path) -> None:
        judged = run(gate, dist, *(dist / n for n in NAMES), dist / "gone.whl")
        assert judged.outcome("FILE-01") is Outcome.FAILED, "FILE-01: a listed file that is missing"
        params = with_manifest(dist, sums(dist, **{"gone.whl": "a" * 64}))
        assert run(gate, dist, params=params).outcome("FILE-01") is Outcome.FAILED

    def test_one_byte_changed(self, gate: Any, dist: Path) -> None:
        params = with_manifest(dist, sums(dist))
        assert run(gate, dist, params=params).outcome("FILE-01") is Outcome.PASSED
        (dist / WHEEL).write_text(f"contents of {WHEEL}".replace("c", "C", 1))
        judged = run(gate, dist, params=params)
        assert judged.outcome("FILE-01") is Outcome.FAILED, "FILE-01: one byte changed"
        assert "SHA256SUMS:1" in judged.words("FILE-01")

    def test_hidden_file(self, gate: Any, dist: Path) -> None:
        (dist / ".gitignore").write_text("*")
        judged = run(gate, dist, *(dist / n for n in NAMES))
        assert judged.outcome("FILE-01") is Outcome.FAILED, "FILE-01: a hidden file"
        assert judged.outcome("FILE-04") is Outcome.FAILED

    def test_a_file_that_the_policy_names_as_not_released_is_no_artifact_and_is_told(
        self, gate: Any, dist: Path
    ) -> None:
        (dist / ".gitignore").write_text("*")
        params = msgspec.structs.replace(PARAMS, not_released=(".gitignore",))
        judged = run(gate, dist, *(dist / n for n in NAMES), params=params)
        assert judged.outcome("FILE-01") is Outcome.PASSED
        assert ".gitignore" in judged.words("FILE-01")

    def test_file_added_while_the_gate_ran(self, gate: Any, dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        original = folder_module.digest_all

        def slow(*args: Any, **kwargs: Any) -> Any:
            (dist / "late.whl").write_text("x")
            return original(*args, **kwargs)

        monkeypatch.setattr(folder_module, "digest_all", slow)
        judged = run(gate, dist)
        assert judged.outcome("FILE-01") is Outcome.FAILED, "FILE-01: a file added while the gate ran"
        assert "late.whl" in judged.words("FILE-01")

    def test_file_that_changes_while_it_is_read(self, gate: Any, dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        before_each_read(monkeypatch, lambda: os.truncate(dist / WHEEL, 5))
        judged = run(gate, dist)
        assert judged.outcome("FILE-01") is Outcome.FAILED
        assert judged.outcome("FILE-03") is Outcome.UNDECIDED
        assert f"{WHEEL} changed while it was read" in judged.words("FILE-01")

    def test_unreadable_file_is_undecided(self, gate: Any, dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken() -> None:
            raise OSError(5, "Input/output error")

        before_each_read(monkeypatch, broken)
        assert run(gate, dist).outcome("FILE-01") is Outcome.UNDECIDED

    def test_a_file_from_elsewhere(self, gate: Any, dist: Path, tmp_path: Path) -> None:
        (tmp_path / "other.whl").write_text("x")
        judged = run(gate, dist, *(dist / n for n in NAMES), tmp_path / "other.whl")
        assert judged.outcome("FILE-01") is Outcome.FAILED
        assert "does not lie in dist" in judged.words("FILE-01")

    def test_garbage_in_the_manifest(self, gate: Any, dist: Path) -> None:
        judged = run(gate, dist, params=with_manifest(dist, sums(dist) + "and more\n"))
        assert judged.outcome("FILE-01") is Outcome.FAILED
        assert "SHA256SUMS:4" in judged.words("FILE-01")

    @pytest.mark.parametrize("make", [lambda d: None, lambda d: d.symlink_to(d.parent)], ids=["missing", "link"])
    def test_no_folder_at_all(self, gate: Any, tmp_path: Path, make: Any) -> None:
        make(tmp_path / "dist")
        with pytest.raises(EvidenceError, match="release folder dist is not there"):
            run(gate, tmp_path / "dist")

    def test_folders_without_end(self, gate: Any, dist: Path) -> None:
        (dist / "/".join("d" * 40)).mkdir(parents=True)
        with pytest.raises(EvidenceError, match="32 folders deep"):
            run(gate, dist)


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            pytest.param("aux", id="FILE-02: `aux`"),
            pytest.param("x\n" + "0" * 64 + "  y", id="FILE-02: a line break that forges a SHA256SUMS line"),
            pytest.param("a\\b", id="FILE-02: a backslash"),
            pytest.param(WHEEL.upper(), id="FILE-02: `A.txt` beside `a.txt`"),
            pytest.param("SHA256SUMS", id="FILE-02: a name that the gate writes itself"),
        ],
    )
    def test_bad_name(self, gate: Any, dist: Path, name: str) -> None:
        (dist / name).write_text("x")
        assert run(gate, dist).outcome("FILE-02") is Outcome.FAILED

    def test_two_unicode_forms(self, gate: Any, dist: Path) -> None:
        for form in ("caf\u00e9", "cafe\u0301"):
            (dist / form).write_text("x")
        assert run(gate, dist).outcome("FILE-02") is Outcome.FAILED, "FILE-02: é composed and decomposed"

    def test_a_path_out_of_the_folder(self, gate: Any, dist: Path) -> None:
        evidence = CHECK.collect(gate.context(dist.parent), PARAMS)
        crafted = msgspec.structs.replace(evidence, files=(msgspec.structs.replace(evidence.files[0], name="../x"),))
        assert gate.judge(CHECK, crafted, PARAMS).outcome("FILE-02") is Outcome.FAILED, "FILE-02: `../x`"

    def test_a_symlink_to_a_secret(self, gate: Any, dist: Path, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("s")
        (dist / "link.whl").symlink_to(tmp_path / "secret")
        judged = run(gate, dist)
        assert judged.outcome("FILE-02") is Outcome.FAILED, "FILE-02: a symlink to a secret"
        assert sha256("s") not in str(judged.by_rule)

    def test_links_pipes_and_sockets(self, gate: Any, dist: Path) -> None:
        os.mkfifo(dist / "pipe")
        os.link(dist / WHEEL, dist / "twin.whl")
        (dist / "folder").symlink_to(dist)
        (dist / "empty").mkdir()
        with socket.socket(socket.AF_UNIX) as listening:
            here = Path.cwd()
            os.chdir(dist)  # the address of a socket is short
            try:
                listening.bind("s")
            finally:
                os.chdir(here)
            words = run(gate, dist).words("FILE-02")
        for part in ("a named pipe", "a socket", "a symbolic link", "an empty folder", "is the same file as"):
            assert part in words


class TestHashes:
    @pytest.mark.parametrize(
        ("name", "line"),
        [
            pytest.param("MD5SUMS", "d41d8cd98f00b204e9800998ecf8427e", id="FILE-03: md5"),
            pytest.param("SHA1SUMS", "a" * 40, id="FILE-03: sha1"),
            pytest.param("SHA256SUMS", "a" * 40, id="FILE-03: a truncated value"),
            pytest.param("SHA256SUMS", "aB" * 32, id="FILE-03: mixed case"),
            pytest.param("CHECKSUMS", "a" * 64, id="FILE-03: algorithm field missing"),
        ],
    )
    def test_weak(self, gate: Any, dist: Path, name: str, line: str) -> None:
        text = "".join(f"{line}  {each}\n" for each in NAMES)
        judged = run(gate, dist, params=with_manifest(dist, text, name))
        assert judged.outcome("FILE-03") is Outcome.FAILED, judged.words("FILE-03")

    @pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
    def test_a_manifest_of_another_strong_hash_is_compared_as_well(self, gate: Any, dist: Path, algorithm: str) -> None:
        """FILE-01: one byte changed, and a list that the gate does not write itself."""
        name = f"{algorithm.upper()}SUMS"
        good = "".join(
            f"{hashlib.new(algorithm, f'contents of {each}'.encode()).hexdigest()}  {each}\n" for each in NAMES
        )
        assert run(gate, dist, params=with_manifest(dist, good, name)).outcome("FILE-01") is Outcome.PASSED
        (dist / SBOM).write_text("something else")
        seen = run(gate, dist, params=with_manifest(dist, good, name))
        assert f"{SBOM} does not have the listed hash" in seen.words("FILE-01")

    @pytest.mark.parametrize("first", [True, False])
    def test_a_file_that_the_manifest_lists_twice(self, gate: Any, dist: Path, first: bool) -> None:
        wrong = f"{'a' * 64}  ./{WHEEL}\n"
        text = wrong + sums(dist) if first else sums(dist) + wrong
        assert run(gate, dist, params=with_manifest(dist, text)).outcome("FILE-01") is Outcome.FAILED

    def test_an_empty_manifest_is_undecided(self, gate: Any, dist: Path) -> None:
        assert run(gate, dist, params=with_manifest(dist, "")).outcome("FILE-03") is Outcome.UNDECIDED

    def test_no_hash_at_all(self, gate: Any, dist: Path) -> None:
        evidence = CHECK.collect(gate.context(dist.parent), PARAMS)
        bare = tuple(msgspec.structs.replace(f, sha256="") for f in evidence.files)
        crafted = msgspec.structs.replace(evidence, files=bare)
        assert gate.judge(CHECK, crafted, PARAMS).outcome("FILE-03") is Outcome.UNDECIDED


class TestExpected:
    def test_empty_folder(self, gate: Any, dist: Path) -> None:
        for name in NAMES:
            (dist / name).unlink()
        judged = run(gate, dist)
        assert judged.outcome("FILE-04") is Outcome.FAILED, "FILE-04: an empty release folder"
        for rule in ("FILE-01", "FILE-02", "FILE-03", "FILE-06"):
            assert judged.outcome(rule) is Outcome.UNDECIDED

    def test_empty_folder_and_no_patterns(self, gate: Any, dist: Path) -> None:
        for name in NAMES:
            (dist / name).unlink()
        judged = run(gate, dist, params=Params(artifacts=()))
        assert judged.outcome("FILE-04") is Outcome.UNDECIDED, "FILE-04: an empty release folder"

    def test_no_patterns_is_not_everything(self, gate: Any, dist: Path) -> None:
        assert run(gate, dist, params=Params(artifacts=())).outcome("FILE-04") is Outcome.FAILED

    def test_pattern_that_matches_nothing(self, gate: Any, dist: Path) -> None:
        (dist / SDIST).unlink()
        judged = run(gate, dist)
        assert judged.outcome("FILE-04") is Outcome.FAILED, "FILE-04: a pattern that matches nothing"
        assert "*.tar.gz fits 0 files" in judged.words("FILE-04")

    def test_stray_debug_build(self, gate: Any, dist: Path) -> None:
        (dist / "pump_link-2.3.1-debug.whl").write_text("x")
        (dist / "notes.txt").write_text("x")
        words = run(gate, dist).words("FILE-04")
        assert "*.whl fits 2 files" in words, "FILE-04: a stray debug build"
        assert "notes.txt fits no artifact pattern" in words

    def test_zero_byte_wheel(self, gate: Any, dist: Path) -> None:
        (dist / WHEEL).write_text("")
        assert run(gate, dist).outcome("FILE-04") is Outcome.FAILED, "FILE-04: a zero-byte wheel"


class TestInstructions:
    GOOD = "\n".join(
        ("sha256sum -c SHA256SUMS", "https://git.example/pump@v2.3.1", "https://id.example", "e" * 64, *NAMES)
    )

    def judged(self, gate: Any, dist: Path, text: str) -> Any:
        (dist / "VERIFY.txt").write_text(text)
        artifacts = (*PARAMS.artifacts, Artifact(pattern="VERIFY.txt", kind="document"))
        params = msgspec.structs.replace(PARAMS, verify_document="VERIFY.txt", artifacts=artifacts)
        return run(gate, dist, params=params)

    def test_own_document(self, gate: Any, dist: Path) -> None:
        judged = self.judged(gate, dist, self.GOOD)
        assert judged.outcome("FILE-06") is Outcome.PASSED, judged.words("FILE-06")

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            pytest.param("pump@v2.3.1", "pump@v2.3.0", id="FILE-06: another identity in the text"),
            pytest.param(WHEEL, WHEEL.replace("2.3.1", "2.3.0"), id="FILE-06: an old file name"),
            pytest.param("sha256sum", "see https://example.org/verify", id="FILE-06: instructions on the web only"),
            pytest.param("https://id.example", "", id="FILE-06: no issuer"),
            pytest.param("e" * 64, "", id="FILE-06: no root digest"),
        ],
    )
    def test_wrong(self, gate: Any, dist: Path, before: str, after: str) -> None:
        assert self.judged(gate, dist, self.GOOD.replace(before, after)).outcome("FILE-06") is Outcome.FAILED

    def test_no_signer_in_the_policy(self, gate: Any, dist: Path) -> None:
        assert run(gate, dist, signing={}).outcome("FILE-06") is Outcome.UNDECIDED

    def test_document_missing(self, gate: Any, dist: Path) -> None:
        params = msgspec.structs.replace(PARAMS, verify_document="VERIFY.txt")
        with pytest.raises(EvidenceError, match=r"VERIFY.txt cannot be read"):
            run(gate, dist, params=params)


GOOD_TRIALS = tuple(
    UserCheck(command, changed=changed, accepted=not changed, said="")
    for command in ("sha256sum -c SHA256SUMS", "gatekeeper verify")
    for changed in (False, True)
)


class TestSealed:
    def judged(self, gate: Any, dist: Path, sealing: Sealing) -> Any:
        evidence = CHECK.collect(gate.context(dist.parent), PARAMS)
        return gate.judge(CHECK, evidence, PARAMS, Phase.AT_SIGNING, sealing=sealing)

    def sealed(self, name: str) -> SealedFile:
        text = f"contents of {name}"
        return SealedFile(name, len(text), sha256(text), sha256(text))

    def test_good(self, gate: Any, dist: Path) -> None:
        sealing = Sealing(tuple(map(self.sealed, NAMES)), GOOD_TRIALS)
        judged = self.judged(gate, dist, sealing)
        assert judged.outcome("FILE-05") is Outcome.PASSED
        assert judged.outcome("FILE-07") is Outcome.PASSED

    def test_nothing_sealed(self, gate: Any, dist: Path) -> None:
        judged = self.judged(gate, dist, Sealing())
        assert judged.outcome("FILE-05") is Outcome.UNDECIDED
        assert judged.outcome("FILE-07") is Outcome.UNDECIDED

    @pytest.mark.parametrize(
        ("trial", "outcome"),
        [
            pytest.param({"accepted": False}, Outcome.FAILED, id="FILE-05: SHA256SUMS not in the form coreutils reads"),
            pytest.param({"accepted": None}, Outcome.UNDECIDED, id="FILE-05: verification that needs the network"),
            pytest.param({"changed": True}, Outcome.FAILED, id="FILE-05: a check that also passes on a changed file"),
        ],
    )
    def test_users_check(self, gate: Any, dist: Path, trial: dict[str, Any], outcome: Outcome) -> None:
        first = msgspec.structs.replace(GOOD_TRIALS[0], **trial)
        sealing = Sealing(tuple(map(self.sealed, NAMES)), (first, *GOOD_TRIALS[1:]))
        assert self.judged(gate, dist, sealing).outcome("FILE-05") is outcome

    @pytest.mark.parametrize("left_out", range(4))
    def test_every_trial_is_needed(self, gate: Any, dist: Path, left_out: int) -> None:
        trials = GOOD_TRIALS[:left_out] + GOOD_TRIALS[left_out + 1 :]
        judged = self.judged(gate, dist, Sealing(tuple(map(self.sealed, NAMES)), trials))
        assert judged.outcome("FILE-05") is Outcome.UNDECIDED

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            pytest.param({"again": "b" * 64}, "after it was hashed", id="FILE-07: a file rewritten after signing"),
            pytest.param({"again": ""}, "after it was hashed", id="FILE-07: a file gone after signing"),
            pytest.param({"sha256": "b" * 64, "again": "b" * 64}, "between judging", id="FILE-07: a file swapped"),
            pytest.param({"name": "other"}, "was not judged", id="FILE-07: a post-build step"),
        ],
    )
    def test_moved(self, gate: Any, dist: Path, change: dict[str, Any], words: str) -> None:
        files = (msgspec.structs.replace(self.sealed(WHEEL), **change), *map(self.sealed, NAMES[1:]))
        judged = self.judged(gate, dist, Sealing(files, GOOD_TRIALS))
        assert judged.outcome("FILE-07") is Outcome.FAILED
        assert words in judged.words("FILE-07")

    def test_a_file_left_behind(self, gate: Any, dist: Path) -> None:
        judged = self.judged(gate, dist, Sealing(tuple(map(self.sealed, NAMES[1:])), GOOD_TRIALS))
        assert judged.outcome("FILE-07") is Outcome.FAILED
