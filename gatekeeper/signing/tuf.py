"""Fetching a trust root with TUF (theupdateframework.github.io/specification): the public Sigstore's, or a mirror's.

This is how the file that a policy pins is made and refreshed; a release reads the file and never the mirror. The
state that TUF needs against rollback is kept where sigstore's own tools keep it (XDG folders below HOME).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from gatekeeper.model.errors import GatekeeperError, UsageError
from gatekeeper.signing.boundary import one_line
from gatekeeper.signing.failures import ServiceOutageError, TrustRootError
from gatekeeper.signing.instance import Instance
from gatekeeper.signing.limits import Limits, Worker

PUBLIC_GOOD = "https://tuf-repo-cdn.sigstore.dev"


def fetched(
    today: date, url: str = PUBLIC_GOOD, first_root: Path | None = None, limits: Limits | None = None
) -> Instance:
    """The instance behind a TUF repository, verified from its first root (`root.json`) to today's.

    The public instance's first root comes with the sigstore package; a private one's must be given the first time,
    obtained from its operator over a channel of its own. Raises UsageError, ServiceOutageError or TrustRootError.
    """
    if urlsplit(url).scheme != "https" and urlsplit(url).hostname != "127.0.0.1":
        raise UsageError(f"{url} is not an https address", "Use the mirror's https address.")
    limits, worker = limits or Limits(), Worker()
    try:
        root, config = worker.call(lambda: _updated(url, first_root), limits.budget)
    finally:
        worker.close()
    return Instance(urlsplit(url).netloc, f"tuf {url}", root, config, obtained=today)


def _updated(url: str, first_root: Path | None) -> tuple[bytes, bytes]:
    """Trusted root and signing config, byte for byte as the repository signs them."""
    from sigstore._internal.tuf import TrustUpdater

    try:
        updater = TrustUpdater(url, offline=False, bootstrap_root=first_root)
        paths = updater.get_trusted_root_path(), updater.get_signing_config_path()
        root, config = (Path(path).read_bytes() for path in paths)
        return root, config
    except Exception as e:  # TUF, its HTTP client and the file system raise many kinds
        raise _explained(url, e) from e


def _explained(url: str, error: Exception) -> GatekeeperError:
    from tuf.api.exceptions import DownloadError
    from urllib3.exceptions import HTTPError

    cause = error.__cause__ or error
    if isinstance(cause, DownloadError | HTTPError):
        return ServiceOutageError(
            f"the trust root could not be fetched from {url} ({type(cause).__name__})", "Try again later."
        )
    if isinstance(cause, OSError):
        return TrustRootError(
            f"the state of TUF cannot be read or written: {one_line(cause)}",
            "Give --root with the instance's first root.json, and a writable HOME or XDG_DATA_HOME and XDG_CACHE_HOME.",
        )
    return TrustRootError(
        f"the trust root of {url} did not verify ({type(cause).__name__}: {one_line(cause)})",
        "Compare the first root.json with the instance's operator. Do not go on with another root.",
    )
