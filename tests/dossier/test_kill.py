"""Killed at any moment, `release` leaves no dossier that verifies and no half of one under its name."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.dossier import seal as seal_module
from gatekeeper.dossier.receiver import Receiver
from gatekeeper.dossier.seal import seal
from gatekeeper.dossier.verify import RELEASED, verify_dossier
from gatekeeper.model.check import UserCheck
from tests.dossier.product import CHECKS, Product

TRIALS = tuple(
    UserCheck(command, changed=changed, accepted=not changed)
    for command in ("sha256sum -c SHA256SUMS", "gatekeeper verify")
    for changed in (False, True)
)
CALLS = ("open", "fsync", "rename", "mkdir", "replace")


class Countdown:
    """Dies at the n-th call that changes something on disk; counts them where n is never reached."""

    def __init__(self, deadly: int) -> None:
        self.deadly = deadly
        self.count = itertools.count(1)  # atomic: several files are copied at once
        self.calls = 0

    def wrap(self, original: Callable[..., Any], *, deadly_after: bool) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if original is os_open and not args[1] & os.O_CREAT:
                return original(*args, **kwargs)
            mine = self.calls = next(self.count)
            if mine == self.deadly and not deadly_after:
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                return original(*args, **kwargs)
            finally:
                if mine == self.deadly:
                    os.kill(os.getpid(), signal.SIGKILL)

        return call


os_open = os.open


def seal_in_child(product: Product, target: Path, deadly: int, *, after: bool) -> tuple[int, int]:
    """Seal in a forked child that dies at its n-th change of the disk: its status, and the calls it counted."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            countdown = Countdown(deadly)
            seal_module.try_users_check = lambda *_, **__: TRIALS  # it writes outside of the dossier, and takes long
            for name in CALLS:
                setattr(os, name, countdown.wrap(getattr(os, name), deadly_after=after))
            seal(product.order(target))
            os.write(writer, str(countdown.calls).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    counted = os.read(reader, 20)
    os.close(reader)
    return status, int(counted or 0)


def nothing_counts(place: Path, target: Path) -> None:
    """No folder that a run left behind is taken for a dossier; under the name itself lies a whole one or nothing."""
    for folder in place.iterdir():
        if not folder.is_dir() or folder.name == "product":
            continue
        found = verify_dossier(folder, Receiver(rehearsal=True), lambda: CHECKS)
        assert (found.code == RELEASED) is (folder == target), (folder, found.steps)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_at_each_change_of_the_disk(tmp_path: Path, after: bool) -> None:
    product = Product.make(tmp_path / "product")
    status, changes = seal_in_child(product, tmp_path / "whole", 0, after=after)
    assert status == 0
    assert changes > 50

    for moment in range(1 + after, changes + 1, 3):
        place = tmp_path / str(moment)
        place.mkdir()
        status, _ = seal_in_child(product, place / "dossier", moment, after=after)
        assert os.WIFSIGNALED(status) or moment > changes - 3, moment  # folders are made by whoever comes first
        nothing_counts(place, place / "dossier")


def test_a_complete_folder_under_its_working_name_is_refused(sealed: Path, tmp_path: Path) -> None:
    place = tmp_path / ".dossier.unfinished-0badcafe"
    subprocess.run(["cp", "-R", sealed, place], check=True)
    found = verify_dossier(place, Receiver(rehearsal=True), lambda: CHECKS)
    assert found.code != RELEASED
    assert "did not end" in found.steps[0].fault


RUN = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from tests.dossier.product import Product
from gatekeeper.dossier.seal import seal
print("started", flush=True)
seal(Product(Path(sys.argv[2])).order(Path(sys.argv[3])))
"""


@pytest.mark.parametrize("seed", range(4))
def test_at_a_random_moment(tmp_path: Path, repository: Path, seed: int) -> None:
    product = Product.make(tmp_path / "product")
    target = tmp_path / "dossier"
    command = [sys.executable, "-c", RUN, repository, product.root, target]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        running.stdout.readline()
        time.sleep(random.Random(seed).uniform(0.05, 2.5))
        running.kill()
    nothing_counts(tmp_path, target)
