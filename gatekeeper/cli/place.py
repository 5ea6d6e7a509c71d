"""Where the product lies, and the names of its files. Without pathlib: asked before the hook's first answer."""

from __future__ import annotations

import os

from gatekeeper.policy import POLICY_FILE
from gatekeeper.scanners.own_file import within

TYPE_CHECKING = False  # as in typing, which would have to be loaded
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


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


def relative(root: str, directory: str, names: Iterable[str]) -> Iterator[str | None]:
    """The paths relative to the root, as findings name them; None for what lies outside. A link stays a link."""
    here = os.path.realpath(directory)
    below: dict[str, str | None] = {}
    places: dict[str, str] = {}
    for name in names:
        folder, last = os.path.split(os.path.join(here, name).rstrip("/"))
        if folder not in below:
            below[folder] = _below(root, _resolved(folder, places))
        path = below[folder]
        yield None if path is None or last in ("", ".", "..") else path + last


def _resolved(folder: str, places: dict[str, str]) -> str:
    """The real path of a folder; each step of it is looked at once, however many files lie behind it."""
    steps = []
    while folder not in places:
        above, name = os.path.split(folder)
        if above == folder or name in ("", ".", ".."):
            places[folder] = os.path.realpath(folder)
        else:
            steps.append((folder, name))
            folder = above
    place = places[folder]
    for folder, name in reversed(steps):
        place = os.path.join(place, name)
        places[folder] = place = os.path.realpath(place) if os.path.islink(place) else place
    return place


def _below(root: str, folder: str) -> str | None:
    """What stands before the name of a file in this folder; None where the folder lies outside."""
    if not within(folder, root):
        return None
    path = folder[len(root) :].strip(os.sep).replace(os.sep, "/")
    return f"{path}/" if path else ""
