"""Which Bandit this is, and that nothing of the scanned tree has got into it."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from pathlib import Path
from typing import Any

from gatekeeper.model.errors import ToolError
from gatekeeper.scanners.own_file import within
from gatekeeper.scanners.results import Toolchain

NEEDED = ("bandit", "yaml", "stevedore", "rich", "pygments", "markdown_it")  # what `import bandit` brings with it


def load(root: Path) -> Toolchain:
    """Import Bandit with the scanned tree out of reach. Raises ToolError where a module of the tree got in."""
    with out_of_reach(root), without_reports(), warnings.catch_warnings():
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
def without_reports() -> Iterator[None]:
    """Leave alone what Bandit loads to write reports and read settings: a third of its start, and not asked for here.

    Its formatters are not listed; a progress bar and YAML are loaded when something reaches for them.
    """
    from stevedore.extension import ExtensionManager

    known: dict[str, list[Any]] = ExtensionManager.ENTRY_POINT_CACHE
    before = known.get("bandit.formatters")
    known["bandit.formatters"] = []
    later = _Later()
    sys.meta_path.insert(0, later)
    try:
        yield
    finally:
        sys.meta_path.remove(later)
        del known["bandit.formatters"]
        if before is not None:
            known["bandit.formatters"] = before


class _Later(MetaPathFinder):
    """Finds two modules that are loaded on first use."""

    def find_spec(self, name: str, path: Any = None, _target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name in ("yaml", "rich.progress") else None
        if spec and spec.loader:
            spec.loader = LazyLoader(spec.loader)
        return spec


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
    real, folders = os.path.realpath(root), dict[str, str]()  # hundreds of modules, few folders: resolved once
    for name, module in tuple(sys.modules.items()):
        top = name.partition(".")[0]
        place = _file_of(module)
        if not place or (top not in NEEDED and top not in sys.stdlib_module_names):
            continue
        path = _resolved(place, folders)
        if within(path, real) and not _in_environment(Path(path), Path(real)):
            raise ToolError(
                f"the module {name} was loaded from the scanned tree ({place})",
                "Start the gate with the `gatekeeper` command, without PYTHONPATH and not as `python -m`.",
            )


def _file_of(module: Any) -> str | None:
    """Where a module came from, without waking one that waits to be loaded."""
    try:
        place = object.__getattribute__(module, "__dict__").get("__file__")
    except AttributeError:  # not everything in sys.modules is a module
        return None
    return place if isinstance(place, str) else None


def _resolved(place: str, folders: dict[str, str]) -> str:
    if os.path.islink(place):  # noqa: PTH114 - hundreds of modules: no Path for each
        return os.path.realpath(place)
    folder, name = os.path.split(place)
    if folder not in folders:
        folders[folder] = os.path.realpath(folder)
    return f"{folders[folder]}{os.sep}{name}"


def _in_environment(path: Path, root: Path) -> bool:
    return any((parent / "pyvenv.cfg").is_file() for parent in path.parents if parent.is_relative_to(root))
