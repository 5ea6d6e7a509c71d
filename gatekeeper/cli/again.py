"""`gatekeeper hook FILES` without further options, as commit hooks call it: answered without loading click.

Files that passed before are answered before anything else of gatekeeper is loaded.
"""

from __future__ import annotations

from gatekeeper.cli.place import relative, root_of
from gatekeeper.scanners.seen import all_passed

TYPE_CHECKING = False  # as in typing, which would have to be loaded
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def plain_hook(words: Sequence[str], env: Mapping[str, str]) -> int | None:
    """The exit code of a plain call; None for any other, which is the command line's to understand."""
    match words:
        case ["hook", "--", *files]:
            pass
        case ["hook", *files] if not any(name.startswith("-") for name in files):
            pass
        case _:
            return None
    if any("GATEKEEPER" in name for name in env):  # options by another way
        return None
    return 0 if passes_again(files, env) else _judged(files)


def passes_again(files: Sequence[str], env: Mapping[str, str]) -> bool:
    """Whether each file passed in silence before, as it is now, under rules that still hold."""
    try:
        root = root_of(".")
        names = list(relative(root, ".", files))
        return all(names) and all_passed(root, [name for name in names if name], env)
    except (OSError, ValueError):
        return False


def _judged(files: Sequence[str]) -> int:
    from gatekeeper.cli.exits import guarded
    from gatekeeper.cli.named_files import judge_files
    from gatekeeper.cli.settings import Settings

    return guarded(lambda: judge_files(Settings(), files))
