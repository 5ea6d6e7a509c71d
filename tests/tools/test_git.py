from __future__ import annotations

import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from gatekeeper.model.errors import EvidenceError, OutageError, ToolError
from gatekeeper.tools.git import Repository, open_repository
from gatekeeper.tools.git_answers import Identity, Tag


@pytest.fixture
def first(workspace) -> str:
    return workspace.commit("First", app__py="one\ntwo\n", __gitignore="build/\n")


@pytest.fixture
def repository(workspace, first) -> Repository:
    return open_repository(workspace.root)


def test_the_repository_is_found_from_a_folder_below(workspace, repository):
    (workspace.root / "docs").mkdir()
    assert open_repository(workspace.root / "docs").top == workspace.root.resolve()


def test_no_repository_is_an_evidence_error(tmp_path):
    with pytest.raises(EvidenceError, match="not inside a git repository"):
        open_repository(tmp_path)


def test_a_repository_that_looks_at_another_folder_is_refused(workspace, another, first):
    clean = another("clean")
    workspace.git("config", "core.worktree", str(clean.root))
    with pytest.raises(EvidenceError, match="git looks at") as caught:
        open_repository(workspace.root)
    assert "core.worktree" in caught.value.advice


def test_no_git_is_a_tool_error(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="git could not be started"):
        open_repository(tmp_path)


def test_a_repository_without_commits_has_no_head(workspace):
    with pytest.raises(EvidenceError, match="no commit 'HEAD'"):
        open_repository(workspace.root).head()


def test_head_and_its_people(repository, first):
    change = repository.change(repository.head())
    assert change.commit == first
    assert change.people == (Identity("Ada Example", "ada@example.invalid"),)
    assert datetime.fromisoformat(change.committed).tzinfo is not None


@pytest.mark.parametrize("revision", ["--help", "-1", "nowhere", "", "HEAD:app.py", "0" * 40])
def test_what_is_no_commit_is_refused(repository, revision):
    with pytest.raises(EvidenceError):
        repository.resolve(revision)


class TestStatus:
    def test_clean(self, repository):
        status = repository.status()
        assert status.clean
        assert not any((status.changed, status.untracked, status.ignored, status.hidden))

    @pytest.mark.parametrize("staged", [True, False])
    def test_modified_and_staged(self, workspace, repository, staged):
        workspace.write("app.py", "other\n")
        if staged:
            workspace.git("add", "app.py")
        assert repository.status().changed == ("app.py",)
        assert not repository.status().clean

    def test_renamed_under_both_names(self, workspace, repository):
        workspace.git("mv", "app.py", "a new\nname.py")
        assert set(repository.status().changed) == {"app.py", "a new\nname.py"}

    def test_conflict(self, workspace, repository):
        workspace.git("checkout", "-q", "-b", "side")
        workspace.commit("Side", app__py="side\n")
        workspace.git("checkout", "-q", "main")
        workspace.commit("Main", app__py="main\n")
        with pytest.raises(subprocess.CalledProcessError):
            workspace.git("merge", "side")
        assert "app.py" in repository.status().changed

    def test_untracked_file_by_file(self, workspace, repository):
        workspace.write("new/one.py")
        workspace.write("new/two.py")
        assert repository.status().untracked == ("new/one.py", "new/two.py")
        assert not repository.status().clean

    def test_ignored_is_told_and_still_clean(self, workspace, repository):
        workspace.write("build/lib.py")
        assert repository.status().ignored == ("build/",)
        assert repository.status().clean

    def test_private_ignore_lists_hide_nothing(self, workspace, repository, tmp_path):
        workspace.write("planted.py")
        workspace.write(".git/info/exclude", "planted.py\n")
        workspace.git("config", "core.excludesFile", str(tmp_path / "mine"))
        (tmp_path / "mine").write_text("*.py\n")
        assert repository.status().untracked == ("planted.py",)

    @pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
    def test_files_that_git_was_told_to_overlook(self, workspace, repository, flag):
        workspace.git("update-index", flag, "app.py")
        workspace.write("app.py", "planted\n")
        assert repository.status().hidden == ("app.py",)
        assert not repository.status().clean

    def test_submodule_at_another_commit(self, workspace, repository, another):
        library = another("library")
        library.commit("One", lib__py="1\n")
        workspace.git("submodule", "--quiet", "add", str(library.root), "lib")
        workspace.commit("Add the library")
        assert repository.status().clean
        library.commit("Two", lib__py="2\n")
        subprocess.run(["git", "pull", "-q"], cwd=workspace.root / "lib", check=True)
        assert repository.status().changed == ("lib",)

    def test_file_changed_inside_a_submodule(self, workspace, repository, another):
        library = another("library")
        library.commit("One", lib__py="1\n")
        workspace.git("submodule", "--quiet", "add", str(library.root), "lib")
        workspace.git("config", "-f", ".gitmodules", "submodule.lib.ignore", "all")
        workspace.commit("Add the library")
        assert repository.status().clean
        workspace.write("lib/planted.py", "planted\n")
        assert repository.status().changed == ("lib",)
        (workspace.root / "lib/planted.py").unlink()
        workspace.write("lib/lib.py", "planted\n")
        assert repository.status().changed == ("lib",)


class TestHostileSettings:
    def test_no_program_of_the_repository_is_run(self, workspace, repository, tmp_path):
        sign = tmp_path / "was-run"
        program = tmp_path / "program"
        program.write_text(f"#!/bin/sh\ntouch {sign}\n")
        program.chmod(0o755)
        for setting in ("core.fsmonitor", "core.pager", "diff.external", "core.sshCommand", "gpg.program"):
            workspace.git("config", setting, str(program))
        for hook in ("post-checkout", "fsmonitor-watchman", "post-index-change"):
            shutil.copy(program, workspace.root / ".git/hooks" / hook)
        repository.status()
        repository.changed_files(repository.head(), repository.head())
        repository.changes("", "HEAD")
        assert not sign.exists()

    def test_the_callers_git_variables_do_not_count(self, workspace, repository, another, monkeypatch):
        other = another("other")
        other.commit("Other")
        monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
        monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git/index"))
        assert open_repository(workspace.root).head() == workspace.git("rev-parse", "HEAD")

    def test_replaced_objects_do_not_count(self, workspace, repository, first):
        second = workspace.commit("Second", ("Eve Example", "eve@example.invalid"))
        workspace.git("replace", second, first)
        assert repository.change("HEAD").author.name == "Eve Example"

    @pytest.mark.parametrize("kind", ["gpg", "gpg.ssh", "gpg.openpgp", "gpg.x509"])
    def test_no_program_of_the_repository_says_that_a_signature_is_good(self, workspace, repository, tmp_path, kind):
        program = tmp_path / "program"
        good = 'Good "git" signature for ada with ED25519 key SHA256:x'
        status = "[GNUPG:] GOODSIG 1 ada\n[GNUPG:] TRUST_ULTIMATE 0"
        told = f"*find-principals*) echo ada;; *) cat > /dev/null; echo '{good}\n{status}';;"
        program.write_text(f"#!/bin/sh\ncase $* in {told} esac\n")
        program.chmod(0o755)
        workspace.git("config", f"{kind}.program", str(program))
        form = {"gpg.ssh": "SSH SIGNATURE", "gpg.x509": "SIGNED MESSAGE"}.get(kind, "PGP SIGNATURE")
        signature = f"gpgsig -----BEGIN {form}-----\n AAAA\n -----END {form}-----\n\n"
        plain = workspace.git("cat-file", "commit", "HEAD") + "\n"
        workspace.write(".git/forged", plain.replace("\n\n", f"\n{signature}", 1))
        forged = workspace.git("hash-object", "-t", "commit", "-w", ".git/forged")
        (tmp_path / "allowed").write_text("")

        assert repository.commit_signer(forged, tmp_path / "allowed") == ""

    def test_a_graph_beside_the_commits_gives_no_other_parents(self, workspace, repository, first):
        workspace.git("checkout", "-q", "-b", "side")
        fix = workspace.commit("Fix")
        workspace.git("checkout", "-q", "main")
        release = workspace.commit("Release")
        workspace.git("commit-graph", "write", "--reachable")
        graph = workspace.root / ".git/objects/info/commit-graph"
        raw = graph.read_bytes()
        place = {raw[n : n + 4]: int.from_bytes(raw[n + 4 : n + 12]) for n in range(8, 8 + 12 * raw[6], 12)}
        order = sorted((first, fix, release))  # of the ids; each row: tree, first parent, second parent, time
        parent = place[b"CDAT"] + 36 * order.index(release) + 20
        forged = raw[:parent] + order.index(fix).to_bytes(4) + raw[parent + 4 :]
        graph.chmod(0o644)
        graph.write_bytes(forged)

        assert fix not in repository.history(release)

    def test_ignored_revisions_do_not_shift_the_blame(self, workspace, repository):
        second = workspace.commit("Second", ("Eve Example", "eve@example.invalid"), app__py="one\ntwo # nosec\n")
        workspace.write(".ignored", second + "\n")
        workspace.git("config", "blame.ignoreRevsFile", ".ignored")
        assert repository.blame("HEAD", "app.py", 2).commit == second


class TestTags:
    def test_kinds(self, workspace, repository, first):
        workspace.git("tag", "light")
        workspace.git("tag", "-a", "-m", "Release", "v1.0.0")
        assert repository.tags(first) == (Tag("light", first, False, False), Tag("v1.0.0", first, True, False))

    def test_a_branch_is_no_tag(self, workspace, repository, first):
        workspace.git("branch", "v1.0.0")
        assert repository.tag("v1.0.0") is None
        assert repository.tags(first) == ()
        assert "v1.0.0" in repository.branches()

    def test_a_tag_elsewhere(self, workspace, repository, first):
        workspace.git("tag", "v1.0.0")
        second = workspace.commit("Second")
        assert repository.tags(second) == ()
        tag = repository.tag("v1.0.0")
        assert tag is not None
        assert tag.commit == first

    def test_signed_by_an_allowed_person_and_by_another(self, workspace, repository, tmp_path):
        key = tmp_path / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        sign = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={key}")
        workspace.git(*sign, "tag", "-s", "-m", "Release", "v1.0.0")
        allowed = tmp_path / "allowed"
        public = key.with_suffix(".pub").read_text()
        allowed.write_text(f"quality@example.invalid {public}")
        tag = repository.tag("v1.0.0")
        assert tag is not None
        assert tag.signed
        assert repository.tag_signer("v1.0.0", allowed) == "quality@example.invalid"
        allowed.write_text("")
        assert repository.tag_signer("v1.0.0", allowed) == ""

    def test_at_the_remote(self, workspace, repository, another, first):
        remote = another("remote")
        workspace.git("remote", "add", "origin", str(remote.root))
        workspace.git("tag", "-a", "-m", "Release", "v1.0.0")
        assert repository.remotes() == ("origin",)
        assert repository.remote_tag("origin", "v1.0.0") == ""
        workspace.git("push", "-q", "origin", "v1.0.0")
        assert repository.remote_tag("origin", "v1.0.0") == first
        workspace.git("tag", "v1.0.0-rc1", workspace.commit("Second"))
        workspace.git("push", "-q", "origin", "v1.0.0-rc1")
        assert repository.remote_tag("origin", "v1.0.0") == first

    def test_a_silent_remote_is_an_outage(self, workspace, repository, tmp_path):
        workspace.git("remote", "add", "origin", str(tmp_path / "gone"))
        with pytest.raises(OutageError, match="origin"):
            repository.remote_tag("origin", "v1.0.0")

    @pytest.mark.parametrize(
        "known", ["https://robot:secret@", "https://robot:s@cret@", "HTTPS://robot:secret@", "git+ssh2://secret@"]
    )
    def test_the_remotes_address_holds_no_password(self, workspace, repository, known):
        workspace.git("remote", "add", "origin", f"{known}example.invalid/pump.git")
        scheme = known.partition("://")[0]
        assert repository.address("origin") == f"{scheme}://example.invalid/pump.git"

    def test_a_remote_that_is_not_there_has_no_address(self, workspace, repository):
        workspace.git("remote", "add", "origin", "https://robot:secret@example.invalid/pump.git")
        assert repository.address("origin") == "https://example.invalid/pump.git"
        assert repository.address("upstream") == ""

    def test_the_remotes_address_is_the_one_that_is_asked(self, workspace, repository):
        workspace.git("remote", "add", "origin", "https://example.invalid/pump.git")
        workspace.git("config", "url.https://elsewhere.invalid/.insteadOf", "https://example.invalid/")
        assert repository.address("origin") == "https://elsewhere.invalid/pump.git"


class TestHistory:
    def test_shallow(self, workspace, repository, tmp_path):
        workspace.commit("Second")
        subprocess.run(
            ["git", "clone", "-q", "--depth=1", workspace.root.as_uri(), tmp_path / "clone"], check=True, env=os.environ
        )
        assert not repository.shallow()
        assert open_repository(tmp_path / "clone").shallow()

    def test_ancestors(self, workspace, repository, first):
        second = workspace.commit("Second")
        assert repository.is_ancestor(first, second)
        assert repository.is_ancestor(second, second)
        assert not repository.is_ancestor(second, first)
        assert not repository.is_ancestor("0" * 40, second)

    @pytest.mark.parametrize("how", [(), ("--reference",)], ids=["in full", "by an abbreviation"])
    def test_a_revert_and_what_takes_it_back(self, workspace, repository, how):
        fix = workspace.commit("Fix", app__py="fixed\n")
        workspace.git("revert", "--no-edit", *how, fix)
        undo = repository.head()
        assert repository.reverted("HEAD") == {fix: undo}
        workspace.git("revert", "--no-edit", *how, undo)
        assert repository.reverted("HEAD") == {undo: repository.head()}

    MERGES = ("This reverts commit {merge}, reversing\nchanges made to {main}.", "This reverts merge request !12")

    @pytest.mark.parametrize("told", MERGES, ids=["as git says it", "as GitLab says it"])
    def test_a_reverted_merge_takes_back_what_it_brought(self, workspace, repository, first, told):
        workspace.git("checkout", "-q", "-b", "side")
        fix, test = workspace.commit("Fix", app__py="fixed\n"), workspace.commit("Test", test__py="pass\n")
        workspace.git("checkout", "-q", "main")
        main = workspace.commit("Other", other__py="x\n")
        workspace.git("merge", "-q", "--no-ff", "-m", "Merge side", "-m", "See merge request example/pump!12", "side")
        merge = repository.head()
        undo = workspace.commit(f'Revert "Merge side"\n\n{told.format(merge=merge, main=main)}')
        assert repository.reverted("HEAD") == dict.fromkeys((merge, fix, test), undo)

    def test_a_revert_of_what_git_does_not_know_takes_nothing_back(self, workspace, repository):
        workspace.commit("Odd\n\nThis reverts commit abcdef12345.\nThis reverts merge request !7")
        assert repository.reverted("HEAD") == {}

    def test_files_of_a_commit_not_of_the_tree(self, workspace, repository, first):
        workspace.write("later.py")
        assert repository.files(first) == (".gitignore", "app.py")
        assert repository.read(first, "app.py") == b"one\ntwo\n"
        with pytest.raises(EvidenceError, match=r"later\.py is not in commit"):
            repository.read(first, "later.py")

    def test_odd_names(self, workspace, repository, first):
        names = ("日本語 の名前.py", "new\nline.py", "-dash.py", "\udcff.py")
        for name in names:
            Path(os.fsdecode(os.fsencode(workspace.root) + b"/" + os.fsencode(name))).write_text("x\n")
        second = workspace.commit("Odd names")
        assert set(names) <= set(repository.files(second))
        assert set(repository.changed_files(first, second)) == set(names)

    def test_blame(self, workspace, repository, first):
        second = workspace.commit("Second", ("Eve Example", "eve@example.invalid"), app__py="one\n2\n")
        assert repository.blame("HEAD", "app.py", 1).commit == first
        assert repository.blame("HEAD", "app.py", 2).commit == second
        assert repository.blame("HEAD", "app.py", 2).author.email == "eve@example.invalid"
        with pytest.raises(EvidenceError, match="cannot tell who wrote"):
            repository.blame("HEAD", "app.py", 99)

    def test_authors_of_a_range_with_mail_map_and_co_authors(self, workspace, repository, first):
        workspace.commit(
            "Second\n\nCo-authored-by: Eve <eve@home.invalid>\nco-AUTHORED-by: nobody knows",
            ("Ada", "ada@home.invalid"),
            __mailmap=(
                "Ada Example <ada@example.invalid> <ada@home.invalid>\n"
                "Eve Example <eve@example.invalid> <eve@home.invalid>\n"
            ),
        )
        ada, eve = Identity("Ada Example", "ada@example.invalid"), Identity("Eve Example", "eve@example.invalid")
        assert repository.authors(first, "HEAD") == (ada, eve, Identity("nobody knows", ""))

    def test_a_private_mail_map_does_not_count(self, workspace, repository, tmp_path):
        (tmp_path / "map").write_text("Nobody <nobody@example.invalid> <ada@example.invalid>\n")
        workspace.git("config", "mailmap.file", str(tmp_path / "map"))
        assert repository.authors("", "HEAD") == (Identity("Ada Example", "ada@example.invalid"),)

    def test_an_empty_range_has_no_authors(self, repository, first):
        assert repository.changes(first, "HEAD") == ()
        assert repository.authors(first, "HEAD") == ()

    def test_a_message_cannot_forge_a_commit(self, workspace, repository, first):
        second = workspace.commit("Title\n\n" + "a" * 40 + "\n2001-01-01T00:00:00Z\nMallory\nm@example.invalid\n")
        assert [change.commit for change in repository.changes("", "HEAD")] == [second, first]


class TestLines:
    """Words of people stand in what git tells; only git's own line ends end a line."""

    SEPARATORS = ("\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r", "\n ")

    @pytest.mark.parametrize("separator", SEPARATORS, ids=ascii)
    def test_a_trailer_belongs_to_the_commit_that_carries_it(self, workspace, repository, first, separator):
        forged = workspace.commit(f"Forge\n\nApproved: x{separator}{first}\nApproved: DEV-1 sha256:abc")
        assert {by for by, _ in repository.trailers("HEAD", "Approved")} == {forged}
        assert repository.trailers("HEAD", "Approved")[-1] == (forged, "DEV-1 sha256:abc")

    def test_a_tag_is_not_two_tags(self, workspace, repository, first):
        workspace.git("tag", "v1.0.0")
        second = workspace.commit("Second")
        workspace.git("tag", "later\u2028v1.0.0")
        assert [tag.commit for tag in repository.tags(second)] == [second]

    def test_a_branch_is_not_two_branches(self, workspace, repository):
        workspace.git("branch", "side\u2028release")
        assert repository.branches() == ("main", "side\u2028release")

    def test_a_co_author_with_an_odd_name_is_one_person(self, workspace, repository, first):
        workspace.commit("Second\n\nCo-authored-by: Eve\u2028Mallory <eve@example.invalid>")
        odd = Identity("Eve\u2028Mallory", "eve@example.invalid")
        assert odd in repository.authors(first, "HEAD")


def test_each_line_has_its_commit_and_no_program_of_the_repository_runs(workspace, tmp_path):
    first = workspace.commit("One", a__py="a = 1\nb = 2\n", **{".gitattributes": "*.py diff=evil\n"})
    second = workspace.commit("Two", a__py="a  =  1\nb = 3\n")
    workspace.git("config", "diff.evil.textconv", f"touch {tmp_path / 'ran'} && cat")
    repository = open_repository(workspace.root)

    assert repository.blamed(second, "a.py") == (first, second)
    assert repository.blame(second, "a.py", 2).commit == second
    assert repository.touched([second]) == {"a.py"}
    assert repository.touched([]) == frozenset()
    assert not (tmp_path / "ran").exists()
