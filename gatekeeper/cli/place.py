"""Where the product lies, and the names of its files. Without pathlib: asked before the hook's first answer."""

from __future__ import annotations

import os

from gatekeeper.policy import POLICY_FILE
from gatekeeper.scanners.own_file import within


def root_of(directory: str) -> str:
    """The folder itself where it holds a policy, else the top of the git repository round it; resolved."""
    here = folder = os.path.realpath(directory)
    if os.path.exists(os.path.join(here, POLICY_FILE)):
        return here
    while not os.path.exists(os.path.join(folder, ".git")):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return here
    return folder


def relative(root: str, directory: str, name: str) -> str | None:
    """The path relative to the root, as findings name it; None for what lies outside. A link stays a link."""
    parent, last = os.path.split(os.path.join(os.path.realpath(directory), name).rstrip("/"))
    parent = os.path.realpath(parent)
    if last in ("", ".", "..") or not within(parent, root):
        return None
    return os.path.relpath(os.path.join(parent, last), root).replace(os.sep, "/")
