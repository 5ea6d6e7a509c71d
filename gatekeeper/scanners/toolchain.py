"""Which Bandit this is, and that nothing of the scanned tree has got into it."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gatekeeper.model.errors import ToolError

NEEDED = ("bandit", "yaml", "stevedore", "rich", "pygments", "markdown_it")  # what `import bandit` brings with it


class Toolchain(msgspec.Struct, frozen=True):
    """Bandit as installed. `tests` are the ids of all its tests, `foreign` the plugins that are not its own."""

    bandit: str
    python: str
    tests: tuple[str, ...]
    foreign: tuple[str, ...] = ()


def load(root: Path) -> Toolchain:
    """Import Bandit with the scanned tree out of reach. Raises ToolError where a module of the tree got in."""
    with out_of_reach(root), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a dependency's deprecations are no fault of the scanned code
        try:
            import bandit
            from bandit.core import extension_loader
        except Exception as e:  # whatever a broken or foreign installation raises
            raise ToolError(f"Bandit cannot be imported: {e}", "Install gatekeeper again.") from e
    _refuse_shadows(root)
    manager = extension_loader.MANAGER
    plugins = {plugin.plugin._test_id: plugin.plugin.__module__ for plugin in manager.plugins}
    foreign = sorted(f"{test} ({module})" for test, module in plugins.items() if not module.startswith("bandit."))
    tests = tuple(sorted({*plugins, *manager.blacklist_by_id}))
    version = ".".join(str(n) for n in sys.version_info[:3])
    return Toolchain(bandit.__version__, version, tests, tuple(foreign))


@contextmanager
def out_of_reach(root: Path) -> Iterator[None]:
    """Take the scanned tree and the current folder off the import path: `python -m` and PYTHONPATH put them there."""
    before = list(sys.path)
    sys.path[:] = [entry for entry in before if entry and Path(entry).resolve() not in (root.resolve(), Path.cwd())]
    try:
        yield
    finally:
        sys.path[:] = before


def _refuse_shadows(root: Path) -> None:
    """Look where the modules really came from; an environment that lies inside the tree is no shadow."""
    real, folders = root.resolve(), dict[str, str]()  # hundreds of modules, few folders: each is resolved once
    for name, module in tuple(sys.modules.items()):
        top = name.partition(".")[0]
        place = getattr(module, "__file__", None)
        if not place or (top not in NEEDED and top not in sys.stdlib_module_names):
            continue
        path = _resolved(place, folders)
        if path.is_relative_to(real) and not _in_environment(path, real):
            raise ToolError(
                f"the module {name} was loaded from the scanned tree ({place})",
                "Start the gate with the `gatekeeper` command, without PYTHONPATH and not as `python -m`.",
            )


def _resolved(place: str, folders: dict[str, str]) -> Path:
    if Path(place).is_symlink():
        return Path(os.path.realpath(place))
    folder, name = os.path.split(place)
    if folder not in folders:
        folders[folder] = os.path.realpath(folder)
    return Path(folders[folder], name)


def _in_environment(path: Path, root: Path) -> bool:
    return any((parent / "pyvenv.cfg").is_file() for parent in path.parents if parent.is_relative_to(root))
