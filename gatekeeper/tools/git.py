"""Git, asked in one way only (git_call.py), and what it answers (git_answers.py).

Paths are relative to the top of the working tree, with slashes; commits are whole hexadecimal ids.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.model.errors import EvidenceError, OutageError, ToolError
from gatekeeper.tools.git_answers import CONTACT, Change, Identity, Status, Tag, changed_paths, identity, lines
from gatekeeper.tools.git_call import TIMEOUT_SECONDS, call, first_line

if TYPE_CHECKING:
    from subprocess import CompletedProcess

_UNTRACKED = ("--others", "--exclude-per-directory=.gitignore")

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CO_AUTHOR = re.compile(r"^\s*co-authored-by:[ \t]*(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)
_BLAMED = re.compile(rb"^([0-9a-f]{40}(?:[0-9a-f]{24})?) \d+ (\d+)(?: \d+)?$", re.MULTILINE)
_REVERTS = re.compile(r"This reverts commit ([0-9a-f]{4,64})\b(?:, reversing\s+changes made to ([0-9a-f]{4,64}))?")
_REVERTED_REQUEST = re.compile(r"This reverts merge request \S*!(\d+)")  # how GitLab says it
_CREDENTIALS = re.compile(r"^([a-z][a-z0-9+.-]*://)[^/?#]*@", re.IGNORECASE)  # a password may hold an @ itself
_SIGNATURE = re.compile(rb"^-----BEGIN (PGP|SSH|SIGNED)[ A-Z]*-----", re.MULTILINE)

NETWORK_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository. `top` is the top of its working tree."""

    top: Path

    def head(self) -> str:
        """The commit that is checked out. Raises EvidenceError where there is none yet."""
        return self.resolve("HEAD")

    def resolve(self, revision: str) -> str:
        """The commit that a revision names. Raises EvidenceError where there is none."""
        done = self._ask("rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}")
        commit = done.stdout.decode().strip()
        if done.returncode or not _COMMIT.fullmatch(commit):
            raise EvidenceError(f"git knows no commit {revision!r}", "Fetch the whole history with its tags.")
        return commit

    def change(self, revision: str) -> Change:
        """One commit with its people."""
        return self._changes("--max-count=1", revision)[0]

    def changes(self, since: str, until: str) -> tuple[Change, ...]:
        """The commits that `until` has and `since` has not, newest first; all of them where `since` is empty."""
        return self._changes(until, *(("--not", since) if since else ()))

    def authors(self, since: str, until: str) -> tuple[Identity, ...]:
        """Authors, committers and co-authors of those commits, each once, mail map applied."""
        return tuple(dict.fromkeys(who for change in self.changes(since, until) for who in change.people))

    def status(self) -> Status:
        """Compare the working tree with the commit, submodules included.

        Only the `.gitignore` files of the tree may hide a file, no private list of this clone or its user.
        """
        entries = self._split("status", "--porcelain=v2", "-z", "--untracked-files=normal", "--ignore-submodules=none")
        return Status(
            tuple(changed_paths(iter(entries))),
            self._split("ls-files", "-z", *_UNTRACKED),
            self._split("ls-files", "-z", *_UNTRACKED, "--ignored", "--directory"),
            self._hidden(),
        )

    def ignores(self, path: Path) -> bool:
        """Whether the `.gitignore` files of the tree keep a path out of every commit."""
        words = ("check-ignore", "--quiet", "--no-index", "--", str(path))
        return call(self.top, *words, env={"GIT_LITERAL_PATHSPECS": "0"}).returncode == 0  # it knows no literal paths

    def filtered(self, paths: Iterable[str]) -> frozenset[str]:
        """The files that a filter, as this clone is configured, changes between the commit and the tree: git itself
        takes such a file for unchanged whatever lies there."""
        configured = self._ask("config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(clean|smudge|process)$")
        keys = configured.stdout.decode("utf-8", "surrogateescape").split("\0")
        drivers = {key.removeprefix("filter.").rpartition(".")[0] for key in keys} - {""}
        if not drivers:
            return frozenset()
        asked = "\0".join(paths).encode("utf-8", "surrogateescape")
        told = self._out("check-attr", "-z", "--stdin", "filter", stdin=asked)
        rows = told.decode("utf-8", "surrogateescape").split("\0")  # path, attribute, value, path, ...
        return frozenset(path for path, value in zip(rows[::3], rows[2::3], strict=False) if value in drivers)

    def shallow(self) -> bool:
        """Whether history was cut off, so that nothing can be said about ancestors."""
        return self._text("rev-parse", "--is-shallow-repository").strip() != "false"

    def tags(self, commit: str) -> tuple[Tag, ...]:
        """The tags that point at a commit."""
        return tuple(tag for name in self._lines("tag", "--points-at", commit) if (tag := self.tag(name)))

    def tag(self, name: str) -> Tag | None:
        """The tag of that name, or None. Branches of the same name do not count."""
        ref = f"refs/tags/{name}"
        done = self._ask("rev-parse", "--verify", "--quiet", "--end-of-options", ref)
        if done.returncode:
            return None
        annotated = self._text("cat-file", "-t", ref).strip() == "tag"
        signed = annotated and bool(_SIGNATURE.search(self._out("cat-file", "tag", ref)))
        return Tag(name, self.resolve(ref), annotated, signed)

    def branches(self) -> tuple[str, ...]:
        """The names of the local branches."""
        return self._lines("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads")

    def remotes(self) -> tuple[str, ...]:
        """The names of the remotes."""
        return self._lines("remote")

    def address(self, remote: str) -> str:
        """The address of a remote without any credentials in it, or an empty string."""
        done = self._ask("remote", "get-url", remote)  # as it is asked: url.*.insteadOf applied
        return _CREDENTIALS.sub(r"\1", done.stdout.decode(errors="replace").strip())

    def remote_tag(self, remote: str, name: str) -> str:
        """The commit of a tag at the remote, or an empty string. Raises OutageError where the remote is silent."""
        done = self._ask("ls-remote", "--end-of-options", remote, f"refs/tags/{name}*", timeout=NETWORK_TIMEOUT_SECONDS)
        if done.returncode:
            raise OutageError(f"the remote {remote} did not tell its tags: {first_line(done.stderr)}")
        rows = (line.split("\t") for line in lines(done.stdout.decode(errors="replace")))
        known = {ref: commit for commit, ref in rows}
        return known.get(f"refs/tags/{name}^{{}}") or known.get(f"refs/tags/{name}", "")

    def tag_signer(self, name: str, allowed_signers: Path) -> str:
        """The principal of an SSH-signed tag, of those that the file allows; empty where the signature is not good."""
        settings = ("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={allowed_signers}")
        done = self._ask("verify-tag", "--raw", f"refs/tags/{name}", options=settings)
        good = re.search(rb'^Good "git" signature for (\S+) with ', done.stdout + done.stderr, re.MULTILINE)
        return good[1].decode(errors="replace") if good and not done.returncode else ""

    def files(self, commit: str) -> tuple[str, ...]:
        """Every file of a commit; submodules are named as the folder that they fill."""
        return self._split("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)

    def read(self, commit: str, path: str) -> bytes:
        """A file as it was at a commit. Raises EvidenceError where it is not there."""
        done = self._ask("cat-file", "blob", f"{commit}:{path}")
        if done.returncode:
            raise EvidenceError(f"{path} is not in commit {commit[:12]}")
        return done.stdout

    def changed_files(self, since: str, until: str) -> tuple[str, ...]:
        """The paths that differ between two commits; a renamed file counts under both names."""
        return self._split("diff-tree", "-r", "-z", "--no-renames", "--no-ext-diff", "--name-only", since, until)

    def last_changed(self, path: str) -> str:
        """When the last commit that changed a file was made (RFC 3339); empty where no commit holds it."""
        return self._text("log", "--max-count=1", "--format=%cI", "HEAD", "--", path).strip()

    def is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Whether `commit` holds the change `ancestor`. An unknown commit is no ancestor."""
        done = self._ask("merge-base", "--is-ancestor", ancestor, commit)
        return done.returncode == 0

    def history(self, commit: str) -> frozenset[str]:
        """The commit and all its ancestors: what one `is_ancestor` for each of many commits would say."""
        return frozenset(self._text("rev-list", "--end-of-options", commit).split())

    def knows(self, commit: str) -> bool:
        """Whether this clone holds a commit of that full id, on whatever branch."""
        return self._ask("cat-file", "-e", "--end-of-options", commit + "^{commit}").returncode == 0

    def reverted(self, commit: str) -> dict[str, str]:
        """Changes in the history of a commit that were taken back, and by which commit; a revert that was itself
        taken back does not count. Known by the sentence that `git revert` or GitLab writes; a merge that is taken
        back takes with it what it brought."""
        found: dict[str, str] = {}
        for by, message in self._told(commit, "This reverts (commit|merge request) "):  # newest first: the last word
            if by not in found:
                found |= {taken: by for taken in self._taken_back(commit, message) if taken not in found}
        return found

    def _taken_back(self, commit: str, message: str) -> Iterator[str]:
        for named, before in _REVERTS.findall(message):
            whole = _COMMIT.fullmatch(named) and not before  # by far the most: nothing has to be asked
            yield from (named,) if whole else self._brought(before or f"{named}^@", named)
        for number in _REVERTED_REQUEST.findall(message):
            for merge, _ in self._told(commit, f"^See merge request [^ ]*!{number}$"):
                yield from self._brought(f"{merge}^1", merge)

    def _brought(self, before: str, after: str) -> tuple[str, ...]:
        """The commits of `after` that `before` did not have; none where git does not know them."""
        done = self._ask("rev-list", after, "--not", before, "--")
        return lines(done.stdout.decode())

    def _told(self, commit: str, sentence: str) -> Iterator[tuple[str, str]]:
        """The commits in the history of one, newest first, whose message holds a sentence (extended expression)."""
        words = ("--format=%H%n%B", "--extended-regexp", f"--grep={sentence}")
        for block in self._split("log", "-z", *words, commit, "--"):
            by, _, message = block.partition("\n")
            yield by, message

    def trailers(self, commit: str, key: str) -> tuple[tuple[str, str], ...]:
        """The commits in the history of `commit` that carry a trailer of that name, each with one of its values."""
        form = f"%H%n%(trailers:key={key},valueonly,unfold)"
        rows = map(lines, self._split("log", "-z", f"--format={form}", f"--grep=^{key}:", commit, "--"))
        return tuple((by, value.strip()) for by, *values in rows for value in values if value.strip())

    def commit_signer(self, commit: str, allowed_signers: Path) -> str:
        """The principal of an SSH-signed commit, of those that the file allows; empty where it is not good."""
        settings = ("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={allowed_signers}")
        done = self._ask("verify-commit", "--raw", commit, options=settings)
        good = re.search(rb'^Good "git" signature for (\S+) with ', done.stdout + done.stderr, re.MULTILINE)
        return good[1].decode(errors="replace") if good and not done.returncode else ""

    def blame(self, commit: str, path: str, line: int) -> Change:
        """Who last wrote that line (counted from 1). Raises EvidenceError where there is no such line."""
        place = ("-L", f"{line},{line}", commit, "--", path)
        done = self._ask(
            "blame", "--porcelain", "--no-textconv", "--ignore-revs-file=", *place
        )  # the empty name resets the list
        if done.returncode:
            raise EvidenceError(f"git cannot tell who wrote {path}:{line}: {first_line(done.stderr)}")
        return self.change(done.stdout[:64].split()[0].decode().lstrip("^"))

    def blamed(self, commit: str, path: str) -> tuple[str, ...]:
        """The commit that brought each line of a file, in order; changes of white space and moves do not count."""
        words = ("--porcelain", "--no-textconv", "-w", "-M", "--ignore-revs-file=", commit, "--", path)
        rows = _BLAMED.finditer(self._out("blame", *words))
        return tuple(by for _, by in sorted((int(row[2]), row[1].decode()) for row in rows))

    def touched(self, commits: Iterable[str]) -> frozenset[str]:
        """Every path that one of these commits changed."""
        asked = "".join(f"{commit}\n" for commit in commits).encode()
        words = ("--stdin", "-r", "-m", "-z", "--root", "--no-commit-id", "--no-renames", "--name-only")
        told = self._out("diff-tree", *words, stdin=asked).decode("utf-8", "surrogateescape")
        return frozenset(filter(None, told.split("\0")))

    def _hidden(self) -> tuple[str, ...]:
        marked = self._split("ls-files", "-v", "-z")
        return tuple(entry[2:] for entry in marked if entry[0].islower() or entry[0] == "S")

    def _changes(self, *selection: str) -> tuple[Change, ...]:
        form = "%H%n%cI%n%aN%n%aE%n%cN%n%cE%n%B"
        blocks = self._text("log", "-z", f"--format={form}", *selection, "--").split("\0")
        rows = [block.split("\n", 6) for block in blocks if block.strip()]
        co_authors = self._mapped({raw for row in rows for raw in _CO_AUTHOR.findall(row[6])})
        return tuple(
            Change(
                row[0],
                row[1],
                Identity(row[2], row[3]),
                Identity(row[4], row[5]),
                tuple(co_authors[raw] for raw in _CO_AUTHOR.findall(row[6])),
            )
            for row in rows
        )

    def _mapped(self, contacts: Iterable[str]) -> dict[str, Identity]:
        """Contacts as they stand in trailers, resolved by the mail map; what is no contact is kept as a name."""
        known = sorted(contact for contact in contacts if CONTACT.fullmatch(contact))
        odd = {contact: Identity(contact, "") for contact in contacts if contact not in known}
        if not known:
            return odd
        answer = self._out("check-mailmap", "--stdin", stdin="\n".join(known).encode()).decode(errors="replace")
        return odd | {raw: identity(line) for raw, line in zip(known, lines(answer), strict=True)}

    def _split(self, *words: str) -> tuple[str, ...]:
        return tuple(filter(None, self._text(*words).split("\0")))

    def _lines(self, *words: str) -> tuple[str, ...]:
        return lines(self._text(*words))

    def _text(self, *words: str) -> str:
        return self._out(*words).decode("utf-8", "surrogateescape")

    def _out(self, *words: str, stdin: bytes = b"") -> bytes:
        done = self._ask(*words, stdin=stdin)
        if done.returncode:
            raise ToolError(f"git {words[0]} failed: {first_line(done.stderr)}")
        return done.stdout

    def _ask(
        self, *words: str, options: tuple[str, ...] = (), stdin: bytes = b"", timeout: float = TIMEOUT_SECONDS
    ) -> CompletedProcess[bytes]:
        return call(self.top, *options, *words, stdin=stdin, timeout=timeout)


def open_repository(folder: Path) -> Repository:
    """The repository that a folder lies in. Raises EvidenceError where it lies in none, ToolError without git."""
    done = call(folder, "rev-parse", "--show-toplevel")
    if done.returncode:
        advice = "Run the gate inside a checked-out repository."
        if b"dubious ownership" in done.stderr:
            advice = f"The repository belongs to another user: git config --global --add safe.directory {folder}"
        raise EvidenceError(f"{folder} is not inside a git repository: {first_line(done.stderr)}", advice)
    top = Path(os.fsdecode(done.stdout.removesuffix(b"\n")))
    if not folder.resolve().is_relative_to(top.resolve()):
        raise EvidenceError(
            f"git looks at {top} when it is asked about {folder}",
            "Unset core.worktree in the configuration of the repository, or clone it afresh.",
        )
    return Repository(top)
