"""The smallest TUF repository that clients accept, served on loopback: one key for all roles, consistent snapshots."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root, Snapshot, TargetFile, Targets, Timestamp


def build(folder: Path, files: Mapping[str, bytes], days: int = 365) -> Path:
    """Write a repository that holds these files and is good for so many days."""
    expires = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    key = CryptoSigner.generate_ecdsa()
    (folder / "targets").mkdir(parents=True)
    targets = Targets(expires=expires)
    for name, data in files.items():
        targets.targets[name] = TargetFile.from_data(name, data, ["sha256"])
        (folder / "targets" / f"{hashlib.sha256(data).hexdigest()}.{name}").write_bytes(data)
    root = Root(expires=expires, consistent_snapshot=True)
    for role in ("root", "timestamp", "snapshot", "targets"):
        root.add_key(key.public_key, role)
    parts = (
        (targets, "1.targets.json"),
        (Snapshot(expires=expires), "1.snapshot.json"),
        (Timestamp(expires=expires), "timestamp.json"),
        (root, "1.root.json"),
    )
    for part, name in parts:
        metadata: Metadata[object] = Metadata(part)  # type: ignore[type-var]
        metadata.sign(key)
        metadata.to_file(str(folder / name))
    return folder


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Nothing on the terminal."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder over HTTP; yields the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
