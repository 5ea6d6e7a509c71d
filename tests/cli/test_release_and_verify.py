"""`release` and `verify` as people call them: what they answer, and with which exit code."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gatekeeper import gate
from gatekeeper.cli.app import run
from gatekeeper.cli.believed import believed, caveat
from gatekeeper.cli.exits import BLOCKED, RELEASED, UNDECIDED, USAGE
from gatekeeper.dossier import layout
from gatekeeper.dossier import seal as seal_module
from gatekeeper.model.errors import PolicyError
from gatekeeper.model.record import Record, from_bytes
from gatekeeper.model.sums import parse, render
from gatekeeper.model.words import Decision, Mode
from gatekeeper.signing import keyless
from gatekeeper.signing import rehearsal as rehearsal_module
from gatekeeper.signing.identity import Expected, ExpectedKey
from gatekeeper.signing.instance import CONFIG_TYPE
from gatekeeper.signing.rehearsal import claims_of_release, rehearsal
from gatekeeper.signing.sandbox import keys, server
from tests.conftest import Workspace
from tests.dossier.product import CHECKS, FILES, IDENTITY, POLICY, Product
from tests.dossier.test_kill import TRIALS

REHEARSED = ("--identity", IDENTITY, "--issuer", "https://rehearsal.invalid")


@pytest.fixture(autouse=True)
def _two_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "checks", lambda: dict(CHECKS))


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dossier made by the command itself."""
    place = tmp_path_factory.mktemp("rehearsed")
    patch = pytest.MonkeyPatch()
    patch.setattr(gate, "checks", lambda: dict(CHECKS))
    workspace = Workspace(place / "product")
    Product.make(workspace.root)
    workspace.commit()
    files = [str(workspace.root / "dist" / name) for name in FILES]
    assert run(["-C", str(workspace.root), "release", *files, "--dossier", str(place / "d"), "--rehearsal"]) == RELEASED
    patch.undo()
    return place / "d"


def record_of(dossier: Path) -> Record:
    return from_bytes((dossier / layout.RECORD).read_bytes()).predicate


class TestRelease:
    @pytest.fixture
    def call(self, workspace: Workspace, tmp_path: Path) -> Callable[..., int]:
        Product.make(workspace.root)
        workspace.commit()

        def release(*options: str, files: tuple[str, ...] = tuple(FILES)) -> int:
            paths = [str(workspace.root / "dist" / name) for name in files]
            return run(["-C", str(workspace.root), "release", *paths, "--dossier", str(tmp_path / "d"), *options])

        return release

    def test_a_local_run_never_releases(
        self, call: Callable[..., int], capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        assert call() == USAGE
        assert "Use --rehearsal" in capsys.readouterr().err
        assert not (tmp_path / "d").exists()

    def test_no_artifacts(self, call: Callable[..., int]) -> None:
        assert call("--rehearsal", files=()) == USAGE

    def test_never_written_over(self, call: Callable[..., int], tmp_path: Path) -> None:
        (tmp_path / "d").mkdir()
        assert call("--rehearsal") == USAGE
        assert not list((tmp_path / "d").iterdir())

    def test_an_artifact_left_out_of_the_call_blocks(self, call: Callable[..., int], tmp_path: Path) -> None:
        assert call("--rehearsal", files=("pump.whl", "pump.tar.gz")) == BLOCKED
        assert record_of(tmp_path / "d").decision is Decision.BLOCK

    @pytest.mark.parametrize("shape", ["text", "json", "markdown", "github"])
    def test_the_exit_code_does_not_depend_on_the_format(
        self, call: Callable[..., int], tmp_path: Path, shape: str
    ) -> None:
        assert call("--rehearsal", "-o", shape, files=("pump.whl",)) == BLOCKED  # GATE-08: exit 0 with findings
        assert call("--resume", "--rehearsal", "-o", shape) == USAGE

    def test_no_output_goes_into_the_dossier(
        self, call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A sealed folder takes no more files: one more and it is not authentic any more."""
        inside = tmp_path / "here" / "d" / "again.html"
        (tmp_path / "here").symlink_to(tmp_path)
        assert call("--rehearsal", "-o", f"html={inside}") == USAGE
        assert "lies in the dossier" in capsys.readouterr().err
        assert not (tmp_path / "d").exists()

    def test_no_signing_table(self, call: Callable[..., int], workspace: Workspace) -> None:
        table = POLICY.index("[signing]")
        workspace.write("gatekeeper.toml", POLICY[:table] + POLICY[POLICY.index("[build-identity]") :])
        assert call("--rehearsal") == UNDECIDED

    def test_resume_without_a_dossier(self, call: Callable[..., int]) -> None:
        assert call("--resume", "--rehearsal") == UNDECIDED

    def test_a_digest_to_resume_without_resuming(self, call: Callable[..., int]) -> None:
        assert call("--sealed-sha256", "0" * 64, "--rehearsal") == USAGE


class TestInCi:
    """The way of a real release, on an instance of its own; here it is a throw-away one."""

    @pytest.fixture
    def release(self, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
        monkeypatch.setattr(seal_module, "try_users_check", lambda *_, **__: TRIALS)
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        Product.make(workspace.root)

        def call(commit: str = "", *, pinned: str = "", ambient: bool = True) -> int:
            claims = claims_of_release("example/pump", "refs/tags/v2.3.1")
            with rehearsal(claims) as running:
                config = b'{"mediaType":"%s","trustedRoot":%s,"signingConfig":%s}' % (
                    CONFIG_TYPE.encode(), running.instance.trusted_root, running.instance.signing_config,
                )  # fmt: skip
                (workspace.root / "trust.json").write_bytes(config)
                digest = pinned or hashlib.sha256(config).hexdigest()
                more = f'trust-config = "trust.json"\ntrust-config-sha256 = "{digest}"\ntrust-obtained = 2026-11-20\n'
                policy = POLICY.replace("https://token.actions.githubusercontent.com", "https://rehearsal.invalid")
                workspace.write("gatekeeper.toml", policy.replace("[build-identity]", more + "[build-identity]"))
                head = workspace.commit()
                running.services.claims = claims | {"sha": commit or head, "workflow_sha": commit or head}
                for name, value in running.ambient.items() if ambient else ():
                    monkeypatch.setenv(name, value)
                monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "a secret that must not be written")
                files = [str(workspace.root / "dist" / name) for name in FILES]
                return run(["-C", str(workspace.root), "release", *files, "--dossier", str(tmp_path / "d")])

        return call

    @pytest.fixture
    def _taken_for_real(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody recognises the throw-away instance as one, though its certificates still say so."""
        assert server.trust.ORGANISATION == keys.ORGANISATION == rehearsal_module.ORGANISATION
        for module in (rehearsal_module, keyless):
            monkeypatch.setattr(module, "ORGANISATION", "no certificate names this")

    @pytest.mark.usefixtures("_taken_for_real")
    def test_released_and_verified(
        self, release: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert release() == RELEASED
        record = record_of(tmp_path / "d")
        assert record.mode is Mode.CI
        assert run(["verify", str(tmp_path / "d"), *REHEARSED, "--replay"]) == RELEASED
        assert "under the trust root in the dossier itself" in capsys.readouterr().err
        shutil.copyfile(tmp_path / "d" / layout.TRUSTED_ROOT, tmp_path / "root.json")
        assert (
            run(["verify", str(tmp_path / "d"), *REHEARSED, "--trusted-root", str(tmp_path / "root.json")]) == RELEASED
        )
        assert "in the dossier itself" not in capsys.readouterr().err
        assert run(["verify", str(tmp_path / "d"), *REHEARSED, "--rehearsal"]) == BLOCKED
        assert run(["verify", str(tmp_path / "d")]) == USAGE
        assert (
            run(["verify", str(tmp_path / "d"), "--identity", IDENTITY, "--issuer", "https://other.example"]) == BLOCKED
        )
        other = IDENTITY.replace("example/pump", "fork/pump")
        assert (
            run(["verify", str(tmp_path / "d"), "--identity", other, "--issuer", "https://rehearsal.invalid"])
            == BLOCKED
        )

    def test_a_throw_away_instance_never_signs_a_release(self, release: Callable[..., int], tmp_path: Path) -> None:
        assert release() == BLOCKED
        assert record_of(tmp_path / "d").decision is Decision.BLOCK

    @pytest.mark.usefixtures("_taken_for_real")
    def test_a_run_on_another_commit_blocks(self, release: Callable[..., int], tmp_path: Path) -> None:
        assert release("d" * 40) == BLOCKED  # SIGN-06: same workflow, another commit
        assert not list((tmp_path / "d").rglob("*.sigstore.json"))

    @pytest.mark.usefixtures("_taken_for_real")
    def test_another_trust_config_than_the_pinned_one(self, release: Callable[..., int], tmp_path: Path) -> None:
        assert release(pinned="e" * 64) == BLOCKED  # SIGN-05: a cached file changed on disk

    @pytest.mark.usefixtures("_taken_for_real")
    def test_no_identity_seals_unsigned_and_says_what_is_missing(
        self, release: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert release(ambient=False) == UNDECIDED
        said = capsys.readouterr().err
        assert "id-token: write" in said
        assert "--resume" in said
        assert record_of(tmp_path / "d").stage == "unsigned"
        assert run(["verify", str(tmp_path / "d"), *REHEARSED]) == UNDECIDED

    def test_only_the_dossier_that_was_sealed_is_resumed(
        self, release: Callable[..., int], workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """SIGN-08: nobody signed an unsigned dossier; one that somebody wrote must not be signed in its place."""
        assert release(ambient=False) == UNDECIDED
        told = re.findall(r"--sealed-sha256 ([0-9a-f]{64})", capsys.readouterr().err)
        words = ["-C", str(workspace.root), "release", "--resume", "--dossier", str(tmp_path / "d")]
        assert run(words) == USAGE
        assert "anybody could have written it" in capsys.readouterr().err
        assert run([*words, "--sealed-sha256", "0" * 64]) == BLOCKED
        assert run([*words, "--sealed-sha256", *told]) == UNDECIDED  # there is still no identity to sign with
        assert record_of(tmp_path / "d").stage == "unsigned"

        raw = (tmp_path / "d" / layout.RECORD).read_bytes()
        (tmp_path / "d" / layout.RECORD).write_bytes(raw.replace(b"Example Devices", b"Mallory Devices"))
        digests = parse((tmp_path / "d" / layout.SUMS).read_text())
        digests[layout.RECORD] = hashlib.sha256((tmp_path / "d" / layout.RECORD).read_bytes()).hexdigest()
        (tmp_path / "d" / layout.SUMS).write_text(render(digests))
        capsys.readouterr()
        assert run([*words, "--sealed-sha256", *told]) == BLOCKED
        assert "is not what was sealed" in capsys.readouterr().err


class TestVerify:
    def call(self, *arguments: str | Path) -> int:
        return run(["verify", *map(str, arguments)])

    def test_a_rehearsal_only_as_such(self, rehearsed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.call(rehearsed, "--rehearsal", "--replay") == RELEASED
        assert "no release" in capsys.readouterr().err
        assert self.call(rehearsed) == BLOCKED
        assert self.call(rehearsed, *REHEARSED) == BLOCKED
        said = capsys.readouterr()
        assert "no release" in said.err
        assert said.out == ""

    @pytest.mark.parametrize("shape", ["text", "json", "markdown", "github"])
    def test_what_is_not_authentic_is_not_shown(
        self, rehearsed: Path, tmp_path: Path, shape: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        changed = Path(shutil.copytree(rehearsed, tmp_path / "d"))
        (changed / layout.VERIFY).write_text("trust me")
        capsys.readouterr()
        assert self.call(changed, "--rehearsal", "-o", shape) == BLOCKED
        assert capsys.readouterr().out == ""

    def test_faults_that_are_not_shown_are_counted(
        self, rehearsed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Twenty were named, and nothing said that there are others."""
        changed = Path(shutil.copytree(rehearsed, tmp_path / "d"))
        for number in range(30):
            (changed / f"{number:02}.txt").write_text("more")
        assert self.call(changed, "--rehearsal") == BLOCKED
        assert "REFUSED files: and 10 more" in capsys.readouterr().err

    @pytest.mark.parametrize("option", [("--identity", IDENTITY), ("--issuer", "https://rehearsal.invalid")])
    def test_identity_and_issuer_belong_together(self, rehearsed: Path, option: tuple[str, str]) -> None:
        assert self.call(rehearsed, "--rehearsal", *option) == USAGE

    def test_a_pattern_is_no_identity(self, rehearsed: Path) -> None:
        assert self.call(rehearsed, "--rehearsal", "--identity", ".*", "--issuer", "https://x.example") == USAGE

    def test_trust_root_of_the_receiver(self, rehearsed: Path, tmp_path: Path) -> None:
        root = tmp_path / "root.json"
        shutil.copyfile(rehearsed / layout.TRUSTED_ROOT, root)
        assert self.call(rehearsed, "--rehearsal", "--trusted-root", root) == RELEASED
        with rehearsal() as another:
            root.write_bytes(another.trusted_root)
        assert self.call(rehearsed, "--rehearsal", "--trusted-root", root) == BLOCKED
        root.write_text("{}")
        assert self.call(rehearsed, "--rehearsal", "--trusted-root", root) in (BLOCKED, UNDECIDED)
        assert self.call(rehearsed, "--rehearsal", "--trusted-root", tmp_path / "none") == UNDECIDED

    def test_a_root_of_the_dossier_is_not_the_receivers_own(
        self, rehearsed: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.call(rehearsed, "--rehearsal", "--trusted-root", rehearsed / layout.TRUSTED_ROOT) == RELEASED
        assert "out of the dossier itself" in capsys.readouterr().err

    def test_what_a_verdict_rests_on_is_said(self, rehearsed: Path, tmp_path: Path) -> None:
        named = ("https://x.example/a", "https://x.example")
        key, root = tmp_path / "release.pub", tmp_path / "root.json"
        key.write_text("a key")
        shutil.copyfile(rehearsed / layout.TRUSTED_ROOT, root)
        for given, said in (
            ((*named, None, None, None), "trust root in the dossier itself"),
            ((*named, None, rehearsed / layout.TRUSTED_ROOT, None), "trust root in the dossier itself"),
            ((*named, None, root, None), ""),
            (("", "", None, None, key), ""),
            (("", "", None, root, rehearsed / layout.RECEIPT), "public key in the dossier itself"),
        ):
            assert said in caveat(believed(rehearsed, *given))
            assert bool(caveat(believed(rehearsed, *given))) is bool(said)

    @pytest.mark.parametrize(
        ("asked", "code"),
        [
            (("--product", "pump", "--release", "2.3.1"), RELEASED),
            (("--product", "pump", "--release", "2.3.2"), BLOCKED),
            (("--product", "other"), BLOCKED),
        ],
    )
    def test_not_the_product_or_version_that_was_asked_for(
        self, rehearsed: Path, asked: tuple[str, ...], code: int
    ) -> None:
        assert self.call(rehearsed, "--rehearsal", *asked) == code

    def test_the_product_of_the_receivers_file(self, rehearsed: Path, tmp_path: Path) -> None:
        text = f'schema = 1\nidentity = "{IDENTITY}"\nissuer = "https://rehearsal.invalid"\nproduct = '
        for product, code in (("pump", RELEASED), ("other", BLOCKED)):
            (tmp_path / "mine.toml").write_text(f'{text}"{product}"\n')
            assert self.call(rehearsed, "--rehearsal", "--receiver", tmp_path / "mine.toml") == code

    def test_the_chain(self, rehearsed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        before = Path(shutil.copytree(rehearsed, tmp_path / "before"))
        assert self.call(rehearsed, "--rehearsal", "--previous", before) == BLOCKED
        assert "the record before it is none" in capsys.readouterr().err
        assert self.call(rehearsed, "--rehearsal", "--previous", tmp_path / "none") == UNDECIDED

    def test_a_refusal_is_called_one(
        self, workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Product.make(workspace.root, policy=POLICY.replace('verdict = "good"', 'verdict = "bad"'))
        workspace.commit()
        files = [str(workspace.root / "dist" / name) for name in FILES]
        target = str(tmp_path / "d")
        assert run(["-C", str(workspace.root), "release", *files, "--dossier", target, "--rehearsal"]) == BLOCKED
        assert run(["verify", target]) == BLOCKED
        assert "the gate refused this version" in capsys.readouterr().err
        (tmp_path / "d" / layout.SUMS).write_text("")
        assert run(["verify", target]) == BLOCKED
        assert "NOT AUTHENTIC" in capsys.readouterr().err

    @pytest.mark.parametrize("command", ["verify", "report"])
    def test_no_output_goes_into_the_dossier(self, rehearsed: Path, command: str) -> None:
        assert run([command, str(rehearsed), "-o", f"html={rehearsed}/again.html"]) == USAGE
        assert run([command, str(rehearsed), "-o", "text", "-o", f"json={rehearsed}"]) == USAGE
        assert self.call(rehearsed, "--rehearsal") == RELEASED

    def test_two_outputs_do_not_share_a_file(self, rehearsed: Path, tmp_path: Path) -> None:
        words = ("-o", f"html={tmp_path}/a", "-o", f"json={tmp_path}/./a")
        assert run(["report", str(rehearsed), *words]) == USAGE

    def test_nothing_there(self, tmp_path: Path) -> None:
        assert self.call(tmp_path / "none") == UNDECIDED
        assert self.call(tmp_path) == UNDECIDED

    def test_a_single_file_needs_its_bundle(self, rehearsed: Path) -> None:
        assert self.call(rehearsed / "artifacts/pump.whl") == USAGE
        assert self.call("sha256:" + "a" * 64) == USAGE


class TestReceiverFile:
    def test_kept_by_the_receiver(self, rehearsed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        shutil.copyfile(rehearsed / layout.TRUSTED_ROOT, tmp_path / "root.json")
        digest = hashlib.sha256((tmp_path / "root.json").read_bytes()).hexdigest()
        identity = IDENTITY.replace("2.3.1", "{version}")
        text = f'schema = 1\nidentity = "{identity}"\nissuer = "https://rehearsal.invalid"\n'
        trust = f'trusted-root = "root.json"\ntrusted-root-sha256 = "{digest}"\n'
        certificate = '[certificate]\nsource-repository-uri = "https://github.com/example/pump"\n'
        (tmp_path / "gatekeeper-verify.toml").write_text(text + trust + certificate)
        monkeypatch.chdir(tmp_path)
        assert run(["verify", str(rehearsed), "--rehearsal"]) == RELEASED

        (tmp_path / "gatekeeper-verify.toml").write_text(text.replace("example/pump", "fork/pump") + trust)
        assert run(["verify", str(rehearsed), "--rehearsal"]) == BLOCKED
        (tmp_path / "gatekeeper-verify.toml").write_text(text + trust.replace(digest, "e" * 64))
        assert run(["verify", str(rehearsed), "--rehearsal"]) == BLOCKED
        (tmp_path / "gatekeeper-verify.toml").write_text(text + 'identty = "x"\n')
        assert run(["verify", str(rehearsed), "--rehearsal"]) == USAGE

    def test_one_that_lies_where_the_dossier_was_unpacked_says_nothing_for_a_named_signer(
        self, rehearsed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Somebody who hands over a dossier can put a file, a root and a key beside it."""
        with rehearsal() as another:
            (tmp_path / "root.json").write_bytes(another.trusted_root)
        text = (
            'schema = 1\nidentity = "https://me.example/x"\nissuer = "https://me.example"\ntrusted-root = "root.json"\n'
        )
        (tmp_path / "gatekeeper-verify.toml").write_text(text)
        monkeypatch.chdir(tmp_path)
        assert run(["verify", str(rehearsed), "--rehearsal", *REHEARSED]) == RELEASED
        assert "is not used" in capsys.readouterr().err
        assert run(["verify", str(rehearsed), "--rehearsal"]) == BLOCKED
        assert "believing gatekeeper-verify.toml" in capsys.readouterr().err

    def test_a_key_of_the_file_does_not_stand_for_a_named_signer(self, tmp_path: Path) -> None:
        (tmp_path / "me.pub").write_text("a key")
        file = tmp_path / "mine.toml"
        file.write_text('schema = 1\nkey = "me.pub"\nunlogged = true\n')
        alone = believed(tmp_path / "d", "", "", file, None, None)
        assert alone.expected("1") == ExpectedKey(b"a key", logged=False)
        named = believed(tmp_path / "d", IDENTITY, "https://rehearsal.invalid", file, None, None)
        assert named.expected("2.3.1") == Expected(identity=IDENTITY, issuer="https://rehearsal.invalid")

    @pytest.mark.parametrize("text", ["", 'identity = "https://x.example/a"\n', 'issuer = "https://x.example"\n'])
    def test_one_that_names_nobody_is_refused(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "mine.toml").write_text(f"schema = 1\n{text}")
        with pytest.raises(PolicyError, match="both, or the key"):
            believed(tmp_path / "d", "", "", tmp_path / "mine.toml", None, None)

    def test_never_out_of_the_dossier(self, rehearsed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        forged = Path(shutil.copytree(rehearsed, tmp_path / "d"))
        (forged / "gatekeeper-verify.toml").write_text('schema = 1\nidentity = "me"\nissuer = "https://me.example"\n')
        monkeypatch.chdir(forged)
        assert run(["verify", ".", "--rehearsal"]) == USAGE


class TestSingleFile:
    def call(self, rehearsed: Path, target: str | Path, bundle: str, *more: str | Path) -> int:
        root = rehearsed / layout.TRUSTED_ROOT
        options = ("--trusted-root", root, *REHEARSED, "--rehearsal")
        return run(["verify", *map(str, (target, "--bundle", rehearsed / bundle, *options, *more))])

    def test_the_file_its_digest_and_a_statement_about_it(self, rehearsed: Path) -> None:
        wheel, bundle = rehearsed / "artifacts/pump.whl", "signatures/pump.whl.sigstore.json"
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        assert self.call(rehearsed, wheel, bundle) == RELEASED
        assert self.call(rehearsed, f"sha256:{digest}", bundle) == RELEASED
        assert self.call(rehearsed, wheel, layout.RECORD_BUNDLE) == RELEASED

    def test_another_file(self, rehearsed: Path, tmp_path: Path) -> None:
        (tmp_path / "other").write_text("x")
        assert self.call(rehearsed, tmp_path / "other", "signatures/pump.whl.sigstore.json") == BLOCKED
        assert self.call(rehearsed, tmp_path / "other", layout.RECORD_BUNDLE) == BLOCKED
        assert (
            self.call(rehearsed, rehearsed / "artifacts/pump.whl", "signatures/pump.cdx.json.sigstore.json") == BLOCKED
        )

    def test_what_cannot_be_judged(self, rehearsed: Path, tmp_path: Path) -> None:
        assert self.call(rehearsed, tmp_path / "none", "signatures/pump.whl.sigstore.json") == UNDECIDED
        assert self.call(rehearsed, rehearsed / "artifacts/pump.whl", "none") == UNDECIDED
        wheel, bundle = str(rehearsed / "artifacts/pump.whl"), str(rehearsed / "signatures/pump.whl.sigstore.json")
        assert run(["verify", wheel, "--bundle", bundle, *REHEARSED, "--rehearsal"]) == UNDECIDED
        root = str(rehearsed / layout.TRUSTED_ROOT)
        assert run(["verify", wheel, "--bundle", bundle, "--trusted-root", root, "--rehearsal"]) == USAGE
        assert run(["verify", wheel, "--bundle", bundle, "--trusted-root", root, *REHEARSED]) == BLOCKED

    def test_the_root_that_the_receivers_file_pins(self, rehearsed: Path, tmp_path: Path) -> None:
        """Whoever hands over the file may hand over a root as well."""
        wheel, bundle = rehearsed / "artifacts/pump.whl", "signatures/pump.whl.sigstore.json"
        digest = hashlib.sha256((rehearsed / layout.TRUSTED_ROOT).read_bytes()).hexdigest()
        text = f'schema = 1\nidentity = "{IDENTITY}"\nissuer = "https://rehearsal.invalid"\n'
        for pinned, code in ((digest, RELEASED), ("e" * 64, BLOCKED)):
            (tmp_path / "mine.toml").write_text(f'{text}trusted-root-sha256 = "{pinned}"\n')
            assert self.call(rehearsed, wheel, bundle, "--receiver", tmp_path / "mine.toml") == code

    @pytest.mark.parametrize(
        "more", [("--replay",), ("--previous", "."), ("--product", "pump"), ("--release", "2.3.1")]
    )
    def test_what_only_a_dossier_can_answer(self, rehearsed: Path, more: tuple[str, ...]) -> None:
        wheel, bundle = rehearsed / "artifacts/pump.whl", "signatures/pump.whl.sigstore.json"
        assert self.call(rehearsed, wheel, bundle, *more) == USAGE

    @pytest.mark.parametrize(
        "digest", [str.upper, lambda d: d[:-1], lambda d: f"{d} ", lambda d: f" {d}", lambda d: d + "00"]
    )
    def test_a_digest_in_an_odd_form_is_none(self, rehearsed: Path, digest: Callable[[str], str]) -> None:
        found = hashlib.sha256((rehearsed / "artifacts/pump.whl").read_bytes()).hexdigest()
        bundle = "signatures/pump.whl.sigstore.json"
        assert self.call(rehearsed, f"sha256:{digest(found)}", bundle) == UNDECIDED

    @pytest.mark.parametrize("change", ["none", "other bytes", "missing", "a link", "longer"])
    def test_the_files_of_a_signed_list(self, rehearsed: Path, tmp_path: Path, change: str) -> None:
        folder = Path(shutil.copytree(rehearsed / layout.ARTIFACTS, tmp_path / "got"))
        file = folder / "pump.whl"
        if change in ("other bytes", "longer"):
            file.write_bytes(b"x" if change == "other bytes" else file.read_bytes() + b"\0")
        elif change != "none":
            file.rename(tmp_path / "elsewhere")
        if change == "a link":
            file.symlink_to(tmp_path / "elsewhere")
        codes = {"none": RELEASED, "a link": UNDECIDED}
        bundle = layout.bundle(layout.MANIFEST_NAME)
        assert self.call(rehearsed, folder / "SHA256SUMS", bundle, "--listed") == codes.get(change, BLOCKED)
        assert self.call(rehearsed, folder / "SHA256SUMS", bundle) == RELEASED  # the list alone
        (folder / "SHA256SUMS").write_bytes(b"")
        assert self.call(rehearsed, folder / "SHA256SUMS", bundle, "--listed") == BLOCKED

    def test_only_a_list_has_files(self, rehearsed: Path) -> None:
        wheel, bundle = rehearsed / "artifacts/pump.whl", "signatures/pump.whl.sigstore.json"
        assert self.call(rehearsed, wheel, bundle, "--listed") == BLOCKED
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        assert self.call(rehearsed, f"sha256:{digest}", bundle, "--listed") == USAGE
        assert run(["verify", str(rehearsed), "--rehearsal", "--listed"]) == USAGE

    @pytest.mark.parametrize(
        ("digest", "code"), [("", RELEASED), ("0" * 64, BLOCKED), ("0" * 63, USAGE), ("x" * 64, USAGE)]
    )
    def test_the_digest_of_the_trust_root(self, rehearsed: Path, digest: str, code: int) -> None:
        own = hashlib.sha256((rehearsed / layout.TRUSTED_ROOT).read_bytes()).hexdigest()
        words = ["verify", str(rehearsed), "--rehearsal", "--trusted-root-sha256", digest or own.upper()]
        assert run(words) == code

    def test_rubbish_for_a_bundle(self, rehearsed: Path) -> None:
        assert self.call(rehearsed, rehearsed / "artifacts/pump.whl", layout.SUMS) == BLOCKED


class TestInstructions:
    """VERIFY.md: every value right, every command that can be run here accepts the dossier."""

    def commands(self, dossier: Path, tool: str) -> list[str]:
        lines = (dossier / layout.VERIFY).read_text().splitlines()
        return [line for line in lines if tool in line.split()[:1] or line.startswith(f"({tool}")]

    def shell(self, dossier: Path, command: str, python: str) -> int:
        path = f"{Path(python).parent}:/usr/bin:/bin"
        env = {"PATH": path, "HOME": str(dossier.parent)}
        return subprocess.run(["/bin/sh", "-c", command], cwd=dossier, env=env, capture_output=True).returncode

    def test_sha256sum(self, rehearsed: Path, python: str) -> None:
        found = self.commands(rehearsed, "sha256sum") + self.commands(rehearsed, "cd")
        assert len(found) == 2
        for command in found:
            assert self.shell(rehearsed, command, python) == 0, command

    def test_sigstores_own_tool(self, rehearsed: Path, tmp_path: Path, python: str) -> None:
        found = self.commands(rehearsed, "sigstore")
        assert len(found) == 2
        changed = Path(shutil.copytree(rehearsed, tmp_path / "d"))
        for name in (layout.SUMS, layout.MANIFEST):
            (changed / name).write_bytes((changed / name).read_bytes() + b"\n")
        for command in found:
            assert self.shell(rehearsed, command, python) == 0, command
            assert self.shell(changed, command, python) != 0, command

    def test_gatekeeper(self, rehearsed: Path, python: str) -> None:
        (command,) = self.commands(rehearsed, "gatekeeper")
        assert self.shell(rehearsed, f"{command} -o json", python) in (RELEASED, UNDECIDED)

    def test_cosign_has_a_command_for_every_bundle(self, rehearsed: Path) -> None:
        found = "\n".join(self.commands(rehearsed, "cosign"))
        bundles = [p.relative_to(rehearsed).as_posix() for p in rehearsed.rglob("*.sigstore.json")]
        assert bundles
        assert all(bundle in found for bundle in bundles)

    def test_names_cannot_break_out_of_a_command(self, tmp_path: Path) -> None:
        from gatekeeper.dossier.instructions import instructions
        from gatekeeper.model.check import SignedFile

        name = "$(touch pwned)`x`'y.whl"
        record = msgspec.structs.replace(
            record_of_sample(), signatures=(SignedFile(name, "a" * 64, "b" * 64, "i", "s"),)
        )
        for line in instructions(record, b"{}").splitlines():
            if line.startswith("cosign"):
                env = {"PATH": str(tmp_path)}
                subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, capture_output=True, env=env)
        assert not (tmp_path / "pwned").exists()


def record_of_sample() -> Record:
    return msgspec.convert(
        json.loads((Path(__file__).parents[1] / "reports/goldens/json.en.json").read_text()), Record, strict=False
    )
