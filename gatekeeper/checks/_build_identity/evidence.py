"""What the family works on: its policy table and what is seen of source, packages, pipeline and lock files."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec

from gatekeeper.checks._build_identity.pins import Pins

PACKAGES = (".whl", ".tar.gz", ".tgz")  # what may tell its product and version itself
Text = Annotated[str, msgspec.Meta(pattern=r"\S")]


class Image(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One image or interpreter that the build used, by digest."""

    name: Text
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to build it again: the commands in order, and what they ran in."""

    commands: tuple[Text, ...] = ()  # in their order
    images: tuple[Image, ...] = ()  # containers, interpreters and tools


class Environment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person's statement on access, updating and malware protection of development, build and delivery."""

    person: Text  # id of the [people] table
    procedure: Text  # id of the document
    revision: Text
    on: date


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """`[build-identity]`.

    `tag` is the name of the release's tag, with {version} where the version stands. `remote` is where the tag is
    looked up again; an empty one leaves that out, and the record says so. `packages` are further names under which
    the product is packaged. `channel` says whether a pre-release may go out; `scheme` how versions are written.
    """

    tag: Annotated[str, msgspec.Meta(pattern=r"\{version\}")] = "v{version}"
    remote: str = "origin"
    packages: tuple[Text, ...] = ()
    scheme: str = "pep440"  # pep440 | semver
    channel: str = "final"  # final | pre-release
    locks: tuple[Text, ...] = ("uv.lock",)  # lock files that pin what was built with
    recipe: Recipe = Recipe()  # how to build it again
    installed: str = ""  # what `pip freeze` printed where the artifacts were built
    environment: Environment | None = None  # statement on the environment of development and build
    allowed_signers: str = ""  # file of `git`'s allowed signers, for tags signed with SSH keys


class TagSeen(msgspec.Struct, frozen=True):
    """The tag that should name this release; `commit` is empty where there is no such tag."""

    name: str
    commit: str = ""
    annotated: bool = False
    signed: bool = False
    signer: str = ""  # of those that the policy allows, where the signature is good
    branch: bool = False  # a branch of the same name exists
    remote_commit: str = ""
    remote_doubt: str = ""  # why the remote could not tell


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The checked-out source, as git tells it."""

    commit: str
    committed: str
    repository: str
    authors: tuple[str, ...]
    shallow: bool
    changed: tuple[str, ...]
    untracked: tuple[str, ...]
    hidden: tuple[str, ...]
    ignored: int
    files: int
    tag: TagSeen


class Named(msgspec.Struct, frozen=True):
    """A place that names product and version, or why it could not be read."""

    where: str
    kind: str  # project | artifact
    name: str = ""
    version: str = ""
    fault: str = ""
    sha256: str = ""  # of the artifact


class LockSeen(msgspec.Struct, frozen=True):
    """One lock file."""

    path: str
    sha256: str = ""
    fault: str = ""


class Provenance(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the run took place, from an allow list of variables; never a dump of the environment."""

    platform: str = ""  # github | gitlab
    repository: str = ""
    commit: str = ""
    ref: str = ""
    workflow: str = ""
    workflow_commit: str = ""
    run: str = ""
    trigger: str = ""
    runner: str = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `doubt` says why git could tell nothing."""

    source: Source | None
    doubt: str
    names: tuple[Named, ...]
    locks: tuple[LockSeen, ...]
    provenance: Provenance
    pins: Pins = Pins()
    people: tuple[str, ...] = ()  # ids of the roles table
    brought: int = 0  # files of evidence that other jobs collected
