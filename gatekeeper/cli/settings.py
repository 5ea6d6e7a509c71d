"""What the group's own options say: the options before the command, and what follows from them alone.

Light on purpose: the hook and `--help` load it too. What the run itself needs is read in situation.py.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gatekeeper.cli.place import root_of
from gatekeeper.model.errors import PolicyError, UsageError
from gatekeeper.policy import POLICY_FILE

if TYPE_CHECKING:
    from gatekeeper.model.check import AnyCheck
    from gatekeeper.policy.policy import Policy


class Settings(msgspec.Struct, frozen=True):
    """The options before the command."""

    directory: str = "."
    policy: str | None = None
    policy_sha256: str | None = None
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False

    @property
    def root(self) -> Path:
        """The product's folder: the one named with -C, else the top of the git repository round the current one."""
        if not Path(self.directory).is_dir():
            raise UsageError(f"-C {self.directory}: no such folder")
        return Path(root_of(self.directory))

    @property
    def policy_path(self) -> Path:
        """Where the policy lies. Raises UsageError where there is none."""
        path = Path(self.directory, self.policy) if self.policy else self.root / POLICY_FILE
        if not path.is_file():
            raise UsageError(f"{path}: no such policy", "Run `gatekeeper init` to write a first one.")
        return path

    def load_policy(self, checks: dict[str, AnyCheck]) -> Policy:
        """The policy with its deviations. Raises PolicyError with every fault, or if it is not the pinned one."""
        from gatekeeper.policy import policy as policy_room
        from gatekeeper.policy.rulebook import rulebook

        found = policy_room.load(self.policy_path, checks, rulebook())
        pinned = (self.policy_sha256 or found.sha256).strip().lower()
        if found.sha256 != pinned:
            raise PolicyError((f"{self.policy_path}: SHA-256 is {found.sha256}, and {pinned} is pinned",))
        return found

    def colored(self) -> bool:
        """NO_COLOR, then --color, then FORCE_COLOR, then whether the stream is a terminal."""
        if os.environ.get("NO_COLOR"):
            return False
        if self.color != "auto":
            return self.color == "always"
        return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()
