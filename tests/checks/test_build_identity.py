from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zipfile
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.checks._build_identity.evidence import Environment, Image, Recipe
from gatekeeper.checks._build_identity.judging import _version_fault
from gatekeeper.checks.build_identity import CHECK, Params
from gatekeeper.model.check import Product, SignedFile
from gatekeeper.model.facts import ArtifactFact, DocumentFact, Facts, IssueFact, SourceFact, merged
from gatekeeper.model.facts import TestFact as Report
from gatekeeper.model.words import Mode, Outcome, Phase

PYPROJECT = '[project]\nname = "pump_link"\nversion = "{}"\n'
COMMITTED = "2026-11-19T10:00:00+00:00"
LOCAL = Params(remote="")
RUN = "https://github.com/example/pump-link/actions/runs/7001/attempts/1"
WORKFLOW = "https://github.com/example/pump-link/.github/workflows/release.yml@refs/tags/v2.3.1"


def wheel(name="pump_link", version="2.3.1", metadata=None) -> bytes:
    buffer = io.BytesIO()
    text = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n" if metadata is None else metadata
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{name}-{version}.dist-info/METADATA", text)
    return buffer.getvalue()


def sdist(name="pump_link", version="2.3.1") -> bytes:
    text = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n".encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo(f"{name}-{version}/PKG-INFO")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))
    return gzip.compress(buffer.getvalue())


@pytest.fixture
def product(workspace):
    """A tagged, clean commit of the example."""
    workspace.commit(pyproject__toml=PYPROJECT.format("2.3.1"), __gitignore="dist/\n", uv__lock="version = 1\n")
    workspace.git("tag", "v2.3.1")
    return workspace


@pytest.fixture
def judged(product, gate):
    """Collect and judge what stands in the repository now, with given artifacts and further facts."""

    def judge(params=LOCAL, artifacts=(), more=Facts(), phase=Phase.EVIDENCE, env=(), context=(), **case):  # noqa: B008 - frozen
        paths = []
        for name, content in artifacts:
            path = product.root / "dist" / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            paths.append(path)
        evidence = CHECK.collect(gate.context(product.root, *paths, env=dict(env), **dict(context)), params)
        facts = merged((gate.facts(CHECK, evidence, params), more))
        return gate.judge(CHECK, evidence, params, phase, **({"facts": facts} | case))

    return judge


GOOD = (
    ("pump_link-2.3.1-py3-none-any.whl", wheel()),
    ("pump_link-2.3.1.tar.gz", sdist()),
    ("pump-link.cdx.json", b"{}"),
)


def test_a_clean_tagged_commit_passes(judged):
    seen = judged(artifacts=GOOD)
    for rule in ("BUILD-01", "BUILD-02", "BUILD-06", "BUILD-08"):
        assert seen.outcome(rule) is Outcome.PASSED, seen.words(rule)
    assert "tag v2.3.1, pyproject.toml, pump_link-2.3.1-py3-none-any.whl, pump_link-2.3.1.tar.gz" in seen.words(
        "BUILD-01"
    )
    assert "compared with no remote" in seen.words("BUILD-02")


class TestOneIdentity:
    def test_a_package_of_another_version(self, judged):
        """BUILD-01: tag v2.4.0 with package 2.4.0rc1."""
        seen = judged(artifacts=[("a.whl", wheel(version="2.3.1rc1"))])
        assert seen.outcome("BUILD-01") is Outcome.FAILED
        assert "a.whl says version '2.3.1rc1'" in seen.words("BUILD-01")

    @pytest.mark.parametrize(
        ("where", "version"),
        [
            pytest.param("docs/operation.md", "2.3", id="BUILD-01: documents of 2.3"),
            pytest.param("SBOM dist/bom.json", "2.3.0", id="BUILD-01: an SBOM of another version"),
            pytest.param("SBOM dist/bom.json", "two", id="BUILD-01: an SBOM of no version"),
        ],
    )
    def test_other_places_of_another_version(self, judged, where, version):
        assert judged(more=Facts(versions=((where, version),))).outcome("BUILD-01") is Outcome.FAILED

    def test_a_package_of_the_release_that_was_not_looked_at_is_undecided(self, judged):
        """BUILD-01: evidence that another job collected before anything was built, or of another build."""
        digest = hashlib.sha256(wheel(version="2.3.0")).hexdigest()
        built = Facts(artifacts=(ArtifactFact("a.whl", 9, digest), ArtifactFact("notes.txt", 9, "0" * 64)))
        for artifacts in ((), [("a.whl", wheel())]):
            seen = judged(artifacts=artifacts, more=built)
            assert seen.outcome("BUILD-01") is Outcome.UNDECIDED
            assert "a.whl" in seen.words("BUILD-01")
        assert "notes.txt" not in judged(more=built).words("BUILD-01")

    def test_another_products_metadata(self, judged):
        """BUILD-01: another product's metadata."""
        seen = judged(artifacts=[("a.tar.gz", sdist(name="infusor"))])
        assert seen.outcome("BUILD-01") is Outcome.FAILED
        assert "a.tar.gz is named 'infusor'" in seen.words("BUILD-01")
        assert (
            judged(Params(remote="", packages=("Infusor",)), [("a.tar.gz", sdist(name="infusor"))]).outcome("BUILD-01")
            is Outcome.PASSED
        )

    def test_a_version_that_stands_only_in_the_policy(self, workspace, gate):
        """BUILD-01: version given only on the command line."""
        workspace.commit(app__py="1\n")
        seen = gate.run(CHECK, gate.context(workspace.root), LOCAL)
        assert seen.outcome("BUILD-01") is Outcome.FAILED
        assert "stands only in the policy" in seen.words("BUILD-01")

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.whl", b"no zip"),
            ("a.whl", wheel(metadata="Name: pump_link\n")),
            ("a.tar.gz", b"no tar"),
            pytest.param("a.tar.gz", gzip.compress(b"no tar at all")[:-12], id="a cut gzip"),
        ],
    )
    def test_packages_that_cannot_be_read_are_undecided(self, judged, name, content):
        assert judged(artifacts=[(name, content)]).outcome("BUILD-01") is Outcome.UNDECIDED

    def test_a_project_file_that_cannot_be_read_is_undecided(self, product, judged):
        product.write("pyproject.toml", "[project\n")
        assert judged().outcome("BUILD-01") is Outcome.UNDECIDED


class TestCleanTree:
    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda w: w.write("pyproject.toml", "#\n"), id="BUILD-02: dirty tree"),
            pytest.param(lambda w: (w.write("uv.lock", "#\n"), w.git("add", "uv.lock")), id="BUILD-02: staged change"),
            pytest.param(lambda w: w.write("planted.py"), id="BUILD-02: untracked source file"),
            pytest.param(lambda w: w.git("rm", "-q", "uv.lock"), id="BUILD-02: removed file"),
            pytest.param(lambda w: w.git("update-index", "--assume-unchanged", "uv.lock"), id="BUILD-02: hidden file"),
            pytest.param(lambda w: w.commit("Later"), id="BUILD-02: moved tag, behind the commit"),
            pytest.param(lambda w: w.git("tag", "-d", "v2.3.1"), id="BUILD-02: no tag"),
            pytest.param(lambda w: w.git("branch", "v2.3.1"), id="BUILD-02: a branch of the tag's name"),
            pytest.param(
                lambda w: (w.git("tag", "-d", "v2.3.1"), w.git("branch", "v2.3.1")),
                id="BUILD-02: a branch in place of the tag",
            ),
        ],
    )
    def test_bad_trees(self, product, judged, change):
        change(product)
        assert judged().outcome("BUILD-02") is Outcome.FAILED

    def test_a_shallow_clone(self, product, gate, tmp_path, another):
        """BUILD-02: shallow clone."""
        product.commit("Second")
        product.git("tag", "-f", "v2.3.1")
        product.git("clone", "-q", "--depth=1", "--branch=v2.3.1", product.root.as_uri(), str(tmp_path / "clone"))
        seen = gate.run(CHECK, gate.context(tmp_path / "clone"), LOCAL)
        assert seen.outcome("BUILD-02") is Outcome.UNDECIDED
        assert "shallow clone" in seen.words("BUILD-02")

    def test_a_submodule_at_another_commit(self, product, judged, another):
        """BUILD-02: submodule at another commit."""
        library = another("library")
        library.commit("One", lib__py="1\n")
        product.git("submodule", "--quiet", "add", str(library.root), "lib")
        product.commit("Library")
        product.git("tag", "-f", "v2.3.1")
        assert judged().outcome("BUILD-02") is Outcome.PASSED
        library.commit("Two")
        product.git("-C", "lib", "pull", "-q")
        assert judged().outcome("BUILD-02") is Outcome.FAILED

    def test_a_tag_that_was_moved_since_it_was_pushed(self, product, judged, another):
        """BUILD-02: moved tag."""
        product.git("remote", "add", "origin", str(another("remote").root))
        assert judged(Params()).outcome("BUILD-02") is Outcome.FAILED
        product.git("push", "-q", "origin", "v2.3.1")
        assert judged(Params()).outcome("BUILD-02") is Outcome.PASSED
        product.commit("Later")
        product.git("tag", "-f", "v2.3.1")
        seen = judged(Params())
        assert seen.outcome("BUILD-02") is Outcome.FAILED
        assert "moved, or not pushed" in seen.words("BUILD-02")

    @pytest.mark.parametrize("address", ["", "gone"])
    def test_a_remote_that_cannot_tell_is_undecided(self, product, judged, tmp_path, address):
        if address:
            product.git("remote", "add", "origin", str(tmp_path / address))
        assert judged(Params()).outcome("BUILD-02") is Outcome.UNDECIDED

    def test_offline_the_remote_is_not_asked(self, product, judged, another):
        product.git("remote", "add", "origin", str(another("remote").root))
        assert judged(Params(), context={"offline": True}).outcome("BUILD-02") is Outcome.UNDECIDED

    def test_no_repository_is_undecided(self, tmp_path, gate):
        (tmp_path / "pyproject.toml").write_text(PYPROJECT.format("2.3.1"))
        seen = gate.run(CHECK, gate.context(tmp_path), LOCAL)
        assert {seen.outcome(rule) for rule in ("BUILD-02", "BUILD-06", "BUILD-09")} == {Outcome.UNDECIDED}

    def test_the_artifacts_themselves_may_lie_in_the_tree(self, product, gate):
        product.write("pump.bin")
        context = gate.context(product.root, product.root / "pump.bin")
        assert gate.run(CHECK, context, LOCAL).outcome("BUILD-02") is Outcome.PASSED

    def test_many_untracked_files_are_counted(self, product, judged):
        for number in range(25):
            product.write(f"planted{number:02}.py")
        seen = judged()
        assert len(seen.by_rule["BUILD-02"].findings) == 21
        assert "5 more files" in seen.words("BUILD-02")


class TestAboutThisCommit:
    @pytest.mark.parametrize(
        "commit",
        [
            pytest.param("0" * 40, id="BUILD-06: a report of another commit copied into place"),
            pytest.param("", id="BUILD-06: evidence without any binding"),
            pytest.param("HEAD", id="BUILD-06: a hand-typed evidence file that no tool made"),
        ],
    )
    def test_test_reports(self, judged, commit):
        report = Report("unit", "reports/junit.xml", "0" * 64, tests=1, commit=commit)
        assert judged(more=Facts(tests=(report,))).outcome("BUILD-06") is Outcome.FAILED

    def test_a_report_of_this_commit(self, product, judged):
        report = Report("unit", "reports/junit.xml", "0" * 64, tests=1, commit=product.git("rev-parse", "HEAD"))
        assert judged(more=Facts(tests=(report,))).outcome("BUILD-06") is Outcome.PASSED


class TestVersion:
    @pytest.mark.parametrize(
        ("version", "scheme", "channel"),
        [
            pytest.param("2.4.0.dev3", "pep440", "final", id="BUILD-08: 2.4.0.dev3"),
            pytest.param("2.4.0.dev3", "pep440", "pre-release", id="BUILD-08: development is no pre-release"),
            pytest.param("2.4.0+local", "pep440", "final", id="BUILD-08: 2.4.0+local"),
            pytest.param("2.4.0+local", "pep440", "pre-release", id="BUILD-08: local is no pre-release"),
            pytest.param("2.4 .0", "pep440", "final", id="BUILD-08: a version with spaces"),
            pytest.param(" 2.4.0", "pep440", "final", id="BUILD-08: a version with a space in front"),
            pytest.param("2.4.0rc1", "pep440", "final", id="BUILD-08: pre-release"),
            pytest.param("", "pep440", "final", id="BUILD-08: empty"),
            pytest.param("v2", "semver", "final", id="BUILD-08: not semver"),
            pytest.param("2.4.0-rc.1", "semver", "final", id="BUILD-08: semver pre-release"),
            pytest.param("2.4.0+build", "semver", "final", id="BUILD-08: semver build"),
            pytest.param("2.4.0", "calver", "final", id="BUILD-08: unknown scheme"),
            pytest.param("2.4.0", "pep440", "nightly", id="BUILD-08: unknown channel"),
        ],
    )
    def test_bad_versions(self, judged, version, scheme, channel):
        product = Product(name="pump-link", version=version, manufacturer="Example Devices")
        seen = judged(Params(remote="", scheme=scheme, channel=channel), product=product)
        assert seen.outcome("BUILD-08") is Outcome.FAILED

    @pytest.mark.parametrize(
        ("version", "scheme", "channel"),
        [
            ("2.4.0", "pep440", "final"),
            ("2.4.0.post1", "pep440", "final"),
            ("2.4.0rc1", "pep440", "pre-release"),
            ("2.4.0-rc.1", "semver", "pre-release"),
            ("2.4.0", "semver", "final"),
        ],
    )
    def test_good_versions(self, version, scheme, channel):
        assert _version_fault(version, Params(scheme=scheme, channel=channel)) == ""

    @given(st.text(max_size=20))
    def test_any_text_is_judged(self, version):
        for scheme in ("pep440", "semver"):
            assert isinstance(_version_fault(version, Params(scheme=scheme)), str)


def test_a_lightweight_tag_is_a_remark(judged):
    """BUILD-09: a lightweight tag anyone can move."""
    assert judged().outcome("BUILD-09") is Outcome.FAILED


def test_a_tag_signed_by_an_allowed_person(product, judged, tmp_path):
    import subprocess

    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    product.write("dist/allowed", f"quality@example.invalid {key.with_suffix('.pub').read_text()}")
    product.git("-c", "gpg.format=ssh", "-c", f"user.signingKey={key}", "tag", "-f", "-s", "-m", "R", "v2.3.1")
    assert judged().outcome("BUILD-09") is Outcome.FAILED
    assert judged(Params(remote="", allowed_signers="dist/allowed")).outcome("BUILD-09") is Outcome.PASSED


UV_LOCK = """version = 1
revision = 3
requires-python = ">=3.11"
[[package]]
name = "pump-link"
version = "2.3.1"
source = { editable = "." }
dependencies = [{ name = "jinja2" }]
[[package]]
name = "jinja2"
version = "3.1.6"
source = { registry = "https://pypi.org/simple" }
wheels = [{ url = "https://files.example/jinja2-3.1.6-py3-none-any.whl", hash = "sha256:HASH" }]
""".replace("HASH", "a" * 64)
BUILD_SYSTEM = '[build-system]\nrequires = ["jinja2>=3"]\n'


class TestPins:
    @pytest.fixture
    def pinned(self, product, judged):
        def judge(lock=UV_LOCK, log="jinja2==3.1.6\npump-link==2.3.1\n", build=BUILD_SYSTEM, **more):
            product.write("uv.lock", lock)
            product.write("pyproject.toml", PYPROJECT.format("2.3.1") + build)
            product.write("dist/installed.txt", log)
            values = {"remote": "", "installed": "dist/installed.txt"} | more
            return judged(Params(**values))

        return judge

    def test_whole(self, pinned):
        seen = pinned()
        assert seen.outcome("BUILD-05") is Outcome.PASSED, seen.words("BUILD-05")

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param({"build": '[build-system]\nrequires = ["hatchling"]\n'}, id="BUILD-05: unpinned dependency"),
            pytest.param({"log": "jinja2==3.1.6\n-e git+https://a.example/b#egg=c\n"}, id="BUILD-05: editable install"),
            pytest.param({"log": "jinja2 @ file:///home/a/jinja2\n"}, id="BUILD-05: a path outside the repository"),
            pytest.param({"lock": UV_LOCK.replace(f', hash = "sha256:{"a" * 64}"', "")}, id="BUILD-05: a hash missing"),
            pytest.param({"log": "jinja2==3.1.5\n"}, id="BUILD-05: installed version differs from the lock"),
            pytest.param({"log": "jinja2==3.1.6\nevil==1.0\n"}, id="BUILD-05: more installed than locked"),
            pytest.param({"locks": ()}, id="BUILD-05: no lock file"),
        ],
    )
    def test_gaps(self, pinned, change):
        seen = pinned(**change)
        assert seen.outcome("BUILD-05") is Outcome.FAILED

    def test_no_list_of_what_was_installed(self, pinned):
        assert pinned(installed="").outcome("BUILD-05") is Outcome.FAILED

    @pytest.mark.parametrize(
        "change", [{"lock": "not a lock"}, {"log": ""}, {"build": "[build-system]\nrequires = ['==']\n"}]
    )
    def test_what_cannot_be_read_is_undecided(self, pinned, change):
        assert pinned(**change).outcome("BUILD-05") is Outcome.UNDECIDED


class TestEnvironment:
    @pytest.mark.parametrize(
        ("person", "on", "outcome"),
        [
            pytest.param("kim", date(2026, 1, 10), Outcome.PASSED, id="in date"),
            pytest.param("kim", date(2025, 11, 19), Outcome.FAILED, id="BUILD-10: older than a year"),
            pytest.param("eve", date(2026, 1, 10), Outcome.FAILED, id="BUILD-10: person not in the roles table"),
            pytest.param("kim", date(2026, 11, 21), Outcome.FAILED, id="BUILD-10: in the future"),
        ],
    )
    def test_statements(self, judged, person, on, outcome):
        tables = {"people": {"person": [{"id": "kim", "name": "Kim", "organisation": "Example", "roles": []}]}}
        params = Params(remote="", environment=Environment(person, "QM-30", "1", on))
        assert judged(params, context={"tables": tables}).outcome("BUILD-10") is outcome

    def test_nobody_states_it(self, judged):
        assert judged().outcome("BUILD-10") is Outcome.FAILED


class TestRecipe:
    IMAGE = Image("python 3.13.9", "1" * 64)

    @pytest.mark.parametrize(
        "params",
        [
            pytest.param(Params(remote="", recipe=Recipe((), (IMAGE,))), id="BUILD-11: commands missing"),
            pytest.param(Params(remote="", recipe=Recipe(("uv build",), ())), id="BUILD-11: no image"),
            pytest.param(
                Params(remote="", recipe=Recipe(("uv build",), (IMAGE,)), locks=("gone.lock",)), id="BUILD-11: no lock"
            ),
            pytest.param(
                Params(remote="", recipe=Recipe(("uv build",), (IMAGE,)), locks=()), id="BUILD-11: none named"
            ),
        ],
    )
    def test_gaps(self, judged, params):
        assert judged(params).outcome("BUILD-11") is Outcome.FAILED

    def test_an_image_named_by_tag_only(self):
        """BUILD-11: an image named by tag only."""
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"recipe": {"commands": ["make"], "images": [{"name": "python:3.13"}]}}, Params)

    def test_whole(self, judged):
        params = Params(remote="", recipe=Recipe(("uv build",), (self.IMAGE,)))
        assert judged(params).outcome("BUILD-11") is Outcome.PASSED


def pipeline(commit: str, **more: str) -> dict[str, str]:
    return {
        "GITHUB_REPOSITORY": "example/pump-link",
        "GITHUB_SHA": commit,
        "GITHUB_REF": "refs/tags/v2.3.1",
        "GITHUB_WORKFLOW_REF": "example/pump-link/.github/workflows/release.yml@refs/tags/v2.3.1",
        "GITHUB_WORKFLOW_SHA": commit,
        "GITHUB_RUN_ID": "7001",
        "GITHUB_EVENT_NAME": "push",
        "RUNNER_ENVIRONMENT": "github-hosted",
        "GITHUB_TOKEN": "a-secret",
    } | more


def signature(commit: str, extensions=(), **more) -> SignedFile:
    told = {
        "source-repository-uri": "https://github.com/example/pump-link",
        "source-repository-digest": commit,
        "source-repository-ref": "refs/tags/v2.3.1",
        "build-config-uri": WORKFLOW,
        "run-invocation-uri": RUN,
    } | dict(extensions)
    values = {
        "name": "a.whl",
        "sha256": "1" * 64,
        "bundle_sha256": "2" * 64,
        "identity": WORKFLOW,
        "issuer": "https://token.actions.githubusercontent.com",
        "timestamp": "2026-11-20T12:00:05Z",
        "logged": "2026-11-20T12:00:04Z",
        "extensions": told,
    }
    return SignedFile(**(values | more))


BY_KEY = signature("", (), identity=f"sha256:{'a' * 64}", issuer="managed key", key="managed")
BY_KEY = msgspec.structs.replace(BY_KEY, extensions={})


class TestProvenance:
    @pytest.fixture
    def signed(self, product, judged):
        commit = product.git("rev-parse", "HEAD")

        def judge(env=(), extensions=(), **more):
            signatures = more.pop("signatures", (signature(commit, extensions),))
            variables = pipeline(commit, **dict(env))
            return judged(phase=Phase.AT_SIGNING, env=variables, signatures=signatures, **more)

        return judge

    def test_a_run_whose_certificate_agrees(self, signed):
        seen = signed()
        assert seen.outcome("BUILD-03") is Outcome.PASSED, seen.words("BUILD-03")
        assert seen.outcome("BUILD-04") is Outcome.PASSED, seen.words("BUILD-04")

    def test_variables_are_kept_by_an_allow_list(self, product, gate):
        evidence = CHECK.collect(gate.context(product.root, env=pipeline("0" * 40)), LOCAL)
        assert b"a-secret" not in msgspec.json.encode(evidence)

    @pytest.mark.parametrize(
        ("env", "extensions"),
        [
            pytest.param({"GITHUB_RUN_ID": ""}, {}, id="BUILD-03: run id missing"),
            pytest.param(
                {},
                {"build-config-uri": WORKFLOW.replace("v2.3.1", "v2.3.0")},
                id="BUILD-03: workflow of another ref",
            ),
            pytest.param({"GITHUB_RUN_ID": "700"}, {}, id="BUILD-03: values that contradict the certificate, run"),
            pytest.param(
                {"GITHUB_REPOSITORY": "fork/pump-link"}, {}, id="BUILD-03: values that contradict the certificate, fork"
            ),
            pytest.param({}, {"source-repository-digest": "0" * 40}, id="BUILD-03: another commit in the certificate"),
            pytest.param({"GITHUB_SHA": "0" * 40}, {}, id="BUILD-03: another commit in the variables"),
            pytest.param({}, {"source-repository-ref": "refs/heads/main"}, id="BUILD-03: another ref"),
            pytest.param({}, {"run-invocation-uri": ""}, id="BUILD-03: a certificate that tells of no run"),
        ],
    )
    def test_contradictions(self, signed, env, extensions):
        seen = signed(env, extensions)
        assert seen.outcome("BUILD-03") is Outcome.FAILED

    def test_variables_set_by_hand_on_a_laptop(self, signed, product):
        """BUILD-04: CI variables set by hand on a laptop."""
        person = signature("", identity="dev@example.invalid", issuer="https://accounts.example.invalid")
        person = msgspec.structs.replace(person, extensions={})
        assert signed(signatures=(person,)).outcome("BUILD-04") is Outcome.FAILED

    def test_a_managed_key_alone_proves_no_pipeline(self, signed):
        """BUILD-04: CI variables set by hand on a laptop that holds the token."""
        seen = signed(signatures=(BY_KEY,))
        assert seen.outcome("BUILD-04") is Outcome.FAILED
        assert seen.outcome("BUILD-03") is Outcome.FAILED
        assert "only a managed key signed" in seen.words("BUILD-04")

    def test_the_jobs_certificate_beside_a_managed_key_proves_it(self, signed, product):
        job = signature(product.git("rev-parse", "HEAD"), kind="pipeline")
        seen = signed(signatures=(BY_KEY, job))
        assert seen.outcome("BUILD-03") is Outcome.PASSED, seen.words("BUILD-03")
        assert seen.outcome("BUILD-04") is Outcome.PASSED, seen.words("BUILD-04")

    @pytest.mark.parametrize(
        "told",
        [
            pytest.param({"run-invocation-uri": ""}, id="no run"),
            pytest.param(
                {"run-invocation-uri": "https://github.com/example/pump-link/actions/runs/8"}, id="another run"
            ),
            pytest.param({"source-repository-digest": "0" * 40}, id="another commit"),
        ],
    )
    def test_a_certificate_that_contradicts_does_not_prove_it_for_the_key(self, signed, product, told):
        job = signature(product.git("rev-parse", "HEAD"), kind="pipeline")
        job = msgspec.structs.replace(job, extensions={**job.extensions, **told})
        assert signed(signatures=(BY_KEY, job)).outcome("BUILD-04") is Outcome.FAILED

    def test_a_run_of_gitlab(self, signed, product):
        commit = product.git("rev-parse", "HEAD")
        variables = dict.fromkeys(pipeline(""), "") | {
            "GITLAB_CI": "true",
            "CI_PROJECT_PATH": "example/pump-link",
            "CI_COMMIT_SHA": commit,
            "CI_COMMIT_REF_NAME": "v2.3.1",
            "CI_CONFIG_PATH": ".gitlab-ci.yml",
            "CI_JOB_ID": "7001",
            "CI_PIPELINE_SOURCE": "push",
            "CI_RUNNER_DESCRIPTION": "hosted",
        }
        told = {
            "source-repository-uri": "https://gitlab.example.invalid/example/pump-link",
            "build-config-uri": "https://gitlab.example.invalid/example/pump-link//.gitlab-ci.yml@refs/tags/v2.3.1",
            "run-invocation-uri": "https://gitlab.example.invalid/example/pump-link/-/jobs/7001",
        }
        seen = signed(variables, told)
        assert seen.outcome("BUILD-03") is Outcome.PASSED, seen.words("BUILD-03")

    def test_variables_of_another_run(self, signed):
        assert signed({"GITHUB_RUN_ID": "1"}).outcome("BUILD-04") is Outcome.FAILED

    def test_a_local_run_never_releases(self, signed):
        """BUILD-04: a hook's result file offered as evidence: without a pipeline nothing counts."""
        seen = signed(mode=Mode.LOCAL)
        assert seen.outcome("BUILD-04") is Outcome.FAILED
        assert seen.outcome("BUILD-03") is Outcome.UNDECIDED

    def test_nothing_signed_is_undecided(self, signed):
        seen = signed(signatures=())
        assert seen.outcome("BUILD-03") is Outcome.UNDECIDED
        assert seen.outcome("BUILD-04") is Outcome.UNDECIDED

    def test_a_signature_in_doubt_is_undecided(self, signed, product):
        doubtful = signature(product.git("rev-parse", "HEAD"), doubt="the log did not answer")
        assert signed(signatures=(doubtful,)).outcome("BUILD-04") is Outcome.UNDECIDED

    def test_a_rehearsal_is_possible_and_says_that_it_is_no_release(self, judged):
        seen = judged(phase=Phase.AT_SIGNING, mode=Mode.REHEARSAL, signatures=())
        assert seen.outcome("BUILD-03") is Outcome.PASSED
        assert seen.outcome("BUILD-04") is Outcome.PASSED
        assert "never a release" in seen.words("BUILD-04")


class TestTimes:
    def last(self, judged, more=Facts(), signatures=(), committed=COMMITTED, **case):  # noqa: B008 - frozen
        facts = merged((Facts(source=SourceFact(commit="0" * 40, committed=committed)), more))
        return judged(phase=Phase.LAST, facts=facts, signatures=signatures, **case)

    def test_times_in_order(self, judged):
        issue = IssueFact("1", "t", "closed", "closed", "low", opened="2026-10-01T00:00:00Z", closed="2026-10-02")
        report = Report("unit", "junit.xml", "0" * 64, finished="2026-11-20T11:00:00Z")
        seen = self.last(judged, Facts(issues=(issue,), tests=(report,)), (signature(""),))
        assert seen.outcome("BUILD-07") is Outcome.PASSED, seen.words("BUILD-07")

    @pytest.mark.parametrize(
        "report",
        [
            pytest.param("2026-11-20T11:00:00", id="BUILD-07: a date without zone"),
            pytest.param("2026-11-20", id="BUILD-07: a day where a time is due"),
            pytest.param("2099-01-01T00:00:00Z", id="BUILD-07: a time in 2099"),
            pytest.param("2026-11-20T12:05:01Z", id="BUILD-07: later than now plus five minutes"),
            pytest.param("yesterday", id="BUILD-07: no time at all"),
            pytest.param("2023-01-01T00:00:00Z", id="BUILD-07: tests before the commit"),
        ],
    )
    def test_bad_report_times(self, judged, report):
        fact = Report("unit", "junit.xml", "0" * 64, finished=report)
        assert self.last(judged, Facts(tests=(fact,))).outcome("BUILD-07") is Outcome.FAILED

    @pytest.mark.parametrize("opened", ["2099-01-01T00:00:00Z", "2099-01-01", "2026-11-20 11:00", "11/20/2026"])
    def test_bad_issue_times(self, judged, opened):
        issue = IssueFact("1", "t", "open", "open", "low", opened=opened)
        assert self.last(judged, Facts(issues=(issue,))).outcome("BUILD-07") is Outcome.FAILED

    def test_bad_review_times(self, judged):
        document = DocumentFact("guide", "docs/a.md", "0" * 64, reviewed="2026-11-21")
        assert self.last(judged, Facts(documents=(document,))).outcome("BUILD-07") is Outcome.FAILED

    @pytest.mark.parametrize(
        "more",
        [
            pytest.param({"timestamp": "2026-11-20T11:00:00Z"}, id="BUILD-07: a signature before the evidence"),
            pytest.param(
                {"timestamp": "2026-11-20T12:01:00Z", "logged": "2026-11-20T12:30:00Z"},
                id="BUILD-07: seal before the signature's log time",
            ),
            pytest.param({"timestamp": "2099-01-01T00:00:00Z"}, id="BUILD-07: a signature in 2099"),
            pytest.param({"timestamp": "2026-11-20T12:00:05"}, id="BUILD-07: a signature without zone"),
        ],
    )
    def test_bad_signature_times(self, judged, more):
        assert self.last(judged, signatures=(signature("", **more),)).outcome("BUILD-07") is Outcome.FAILED

    def test_an_approval_before_the_evidence(self, judged):
        """BUILD-07: an approval before the evidence; what is approved is signed after it was collected."""
        early = signature("", timestamp="2026-11-20T11:54:00Z", logged="")
        assert self.last(judged, signatures=(early,)).outcome("BUILD-07") is Outcome.FAILED


class TestFacts:
    def test_source(self, product, gate):
        product.commit("By Eve", ("Eve Example", "eve@example.invalid"), app__py="1\n")
        product.git("tag", "v2.4.0")
        item = Product(name="pump-link", version="2.4.0", previous_version="2.3.1", manufacturer="Example Devices")
        evidence = CHECK.collect(gate.context(product.root, product=item), LOCAL)
        source = gate.facts(CHECK, evidence, LOCAL).source
        assert (source.tag, source.clean, source.authors) == ("v2.4.0", True, ("Eve Example",))
        assert source.commit == product.git("rev-parse", "HEAD")

    def test_without_the_previous_tag_everybody_is_an_author(self, product, gate):
        product.commit("By Eve", ("Eve Example", "eve@example.invalid"))
        evidence = CHECK.collect(gate.context(product.root), LOCAL)
        assert set(gate.facts(CHECK, evidence, LOCAL).source.authors) == {"Ada Example", "Eve Example"}

    def test_no_address_is_kept(self, product, gate):
        people = {
            "people": {
                "person": [
                    {"id": "ada", "name": "Ada", "organisation": "Example", "roles": [], "git": ["ADA@example.invalid"]}
                ]
            }
        }
        evidence = CHECK.collect(gate.context(product.root, tables=people), LOCAL)
        assert gate.facts(CHECK, evidence, LOCAL).source.authors == ("ada",)
        assert b"@example.invalid" not in msgspec.json.encode(evidence)
