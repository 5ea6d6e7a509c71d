"""What holds for every test: no network but loopback, no home directory but an empty one, no variables of the CI
that runs us. A gate that is tested inside a pipeline must not read its own pipeline."""

from __future__ import annotations

import ipaddress
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

COMPONENTS = ("server", "browser", "node", "hsm", "install")
COMPONENTS_REQUIRED = os.environ.get("GATEKEEPER_CI_COMPONENTS") == "1"

# Prefixes of what a build server, a shell or an interpreter could slip into a run.
FOREIGN = ("ACTIONS_", "CI", "GATEKEEPER_", "GIT_", "GITHUB_", "GITLAB_", "PYTHON", "RUNNER_", "SIGSTORE_", "XDG_")
FOREIGN_NAMES = frozenset(
    ["BANDIT_CONFIG", "CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "SOURCE_DATE_EPOCH", "TTY_COMPATIBLE"]
)
KEPT = frozenset(["PYTHONHASHSEED"])

settings.register_profile("gatekeeper", deadline=None)  # shared machines are slow at times; nothing here is timed
settings.load_profile("gatekeeper")

GIT_CONFIG = """[user]
name = Example Author
email = author@example.org
[init]
defaultBranch = main
[commit]
gpgSign = false
[tag]
gpgSign = false
[advice]
detachedHead = false
"""


class NetworkRefusedError(RuntimeError):
    """A test tried to leave the machine."""


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):  # AF_UNIX
        return True
    host = str(address[0])
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Let this process talk to loopback alone, by address and by name."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(original: Any) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            if not _is_local(address):
                raise NetworkRefusedError(f"this test tried to reach {address}; only loopback is allowed")
            return original(self, address)

        return call

    def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not _is_local((name,)):
            raise NetworkRefusedError(f"this test tried to resolve {name}; only loopback is allowed")
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        patch.setattr(socket, "getaddrinfo", resolve)
        yield


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty home, a known git identity, and none of the variables by which surroundings change a run."""
    for name in tuple(os.environ):
        if name not in KEPT and (name.startswith(FOREIGN) or name in FOREIGN_NAMES):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text(GIT_CONFIG)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    return home


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Where the machine is set up to have every component (`.ci/run`), a skipped component test is a failure."""
    report = yield
    marks = [name for name in COMPONENTS if item.get_closest_marker(name)]
    if COMPONENTS_REQUIRED and marks and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} needs {', '.join(marks)} and was skipped, though it must run here: {reason}"
    return report


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of gatekeeper's own source tree."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def python() -> str:
    """The interpreter that runs the tests, for subprocesses; shims on PATH need a real HOME."""
    return sys.executable


AUTHOR = ("Ada Example", "ada@example.invalid")


class Workspace:
    """A real git repository that a test may change."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = 1_700_000_000
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str, who: tuple[str, str] = AUTHOR) -> str:
        self.clock += 60
        env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        for part in ("AUTHOR", "COMMITTER"):
            env |= {f"GIT_{part}_NAME": who[0], f"GIT_{part}_EMAIL": who[1], f"GIT_{part}_DATE": f"{self.clock} +0000"}
        command = ["git", "-c", "protocol.file.allow=always", *words]
        return subprocess.run(
            command, cwd=self.root, env=env, check=True, capture_output=True, text=True
        ).stdout.strip()

    def write(self, path: str, text: str = "x\n") -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def commit(self, message: str = "Change", who: tuple[str, str] = AUTHOR, **files: str) -> str:
        for path, text in files.items():
            self.write(path.replace("__", "."), text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, who=who)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "product")


@pytest.fixture
def another(tmp_path: Path) -> Callable[[str], Workspace]:
    return lambda name: Workspace(tmp_path / name)
