"""The instance's services as the library speaks to them, bounded, and with timestamps that must not be missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from gatekeeper.model.errors import GatekeeperError, NotAuthenticError
from gatekeeper.signing.failures import ServiceOutageError, TrustRootError, WrongIdentityError
from gatekeeper.signing.instance import Instance
from gatekeeper.signing.limits import Limits, bounded_adapter

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter
    from sigstore.models import ClientTrustConfig
    from sigstore.sign import SigningContext

T = TypeVar("T")


def loaded_config(instance: Instance) -> ClientTrustConfig:
    """The instance's configuration, fit to sign with. Raises TrustRootError."""
    from sigstore.models import ClientTrustConfig

    _demand_config(instance)
    try:
        config = ClientTrustConfig.from_json(instance.client_trust_config.decode())
        config.force_tlog_version = instance.log_version or _most_widely_read(config)
        if not config.signing_config.get_tsas():
            raise TrustRootError(f"{instance.source} names no timestamp service; signatures need one")
        return config
    except GatekeeperError:
        raise
    except Exception as e:  # pydantic, cryptography and sigstore raise many kinds; all mean: unusable
        raise _unusable(instance, e) from e


def _most_widely_read(config: ClientTrustConfig) -> int | None:
    """Version 1 of the log, while the instance offers it: not every verifier reads statements on version 2 yet."""
    offered = {service.major_api_version for service in config._inner.signing_config.rekor_tlog_urls}
    return 1 if 1 in offered else None


def signing_context(config: ClientTrustConfig, limits: Limits) -> SigningContext:
    """As the library makes it, with bounds on every request, from whichever thread it comes."""
    from sigstore.sign import SigningContext

    fulcio, adapter = config.signing_config.get_fulcio(), bounded_adapter(limits)
    _bind(fulcio, "session", adapter)
    log: Any = Log(config.signing_config.get_tlogs()[0], adapter)
    clients: Any = [TimestampService(client, adapter) for client in config.signing_config.get_tsas()]
    return SigningContext(fulcio=fulcio, rekor=log, trusted_root=config.trusted_root, tsa_clients=clients)


def witnesses(config: ClientTrustConfig, limits: Limits) -> tuple[Log, tuple[TimestampService, ...]]:
    """The log and the timestamp services alone, for signatures that need no certificate."""
    adapter, signing = bounded_adapter(limits), config.signing_config
    return Log(signing.get_tlogs()[0], adapter), tuple(TimestampService(c, adapter) for c in signing.get_tsas())


def clocks(instance: Instance, limits: Limits) -> tuple[TimestampService, ...]:
    """The timestamp services of an instance that may have nothing else. Raises TrustRootError."""
    from sigstore._internal.timestamp import TimestampAuthorityClient
    from sigstore.models import SigningConfig
    from sigstore_models.trustroot.v1 import SigningConfig as ConfigModel

    _demand_config(instance)
    try:
        model = ConfigModel.from_json(instance.signing_config)
        services = SigningConfig._get_valid_services(model.tsa_urls, [1], model.tsa_config)
    except Exception as e:  # pydantic and sigstore raise many kinds; all mean: unusable
        raise _unusable(instance, e) from e
    if not services:
        raise TrustRootError(f"{instance.source} names no timestamp service; signatures need one")
    adapter = bounded_adapter(limits)
    return tuple(TimestampService(TimestampAuthorityClient(s.url), adapter) for s in services)


def _demand_config(instance: Instance) -> None:
    if not instance.signing_config:
        raise TrustRootError(
            f"{instance.source} says whom to trust, but not where to sign",
            "Give a client trust config: it holds the trusted root and the signing config.",
        )


def _unusable(instance: Instance, error: Exception) -> TrustRootError:
    return TrustRootError(
        f"the configuration of {instance.source} cannot be used ({type(error).__name__})",
        "Fetch the client trust config again from the instance's operator.",
    )


def _bind(client: object, name: str, adapter: HTTPAdapter) -> None:
    """Put the bounds on a client's session, by a name that is not public: a change of it must not go unnoticed.

    The library keeps a session for each thread, so this is done at each use.
    """
    session = getattr(client, name, None)
    if session is None or not hasattr(session, "mount"):
        raise TypeError(f"this release of sigstore keeps its sessions elsewhere than {type(client).__name__}.{name}")
    if session.get_adapter("https://") is not adapter:
        session.mount("http://", adapter)
        session.mount("https://", adapter)


class Log:
    """The transparency log, bounded; what it does not do itself, the library's client does."""

    def __init__(self, client: Any, adapter: HTTPAdapter) -> None:
        self._client = client
        self._adapter = adapter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    @property
    def version(self) -> int:
        """1 or 2: of Rekor's interface."""
        return 2 if type(self._client).__name__ == "RekorV2Client" else 1

    def create_entry(self, request: Any) -> Any:
        """Add an entry and return it with its proof."""
        _bind(self._client, "_session", self._adapter)
        return self._client.create_entry(request)


class TimestampService:
    """A time-stamping authority whose failure stops the signature; the library would only log it."""

    def __init__(self, client: Any, adapter: HTTPAdapter) -> None:
        self._client = client
        self._adapter = adapter
        self.url: str = client.url

    def request_timestamp(self, signature: bytes) -> Any:
        """An RFC 3161 reply. Raises ServiceOutageError."""
        from sigstore._internal.timestamp import TimestampError

        _bind(self._client, "_session", self._adapter)
        try:
            return self._client.request_timestamp(signature)
        except TimestampError as e:
            raise ServiceOutageError(f"the timestamp service {self.url} gave no timestamp") from e


def checked_bundle(verify: Callable[[], T]) -> T:
    """A bundle just made must verify: if not, a service answered wrongly, unless it names somebody else."""
    try:
        return verify()
    except WrongIdentityError as e:
        e.advice = "Sign in the workflow, on the ref and for the commit that the policy names, or correct the policy."
        raise
    except NotAuthenticError as e:
        raise ServiceOutageError(
            f"a signature was made, but does not verify: {e.message}",
            "A signing service answered wrongly, or the trust root is too old for it. Refresh the trust root, "
            "then run again with --resume; if it stays, tell the instance's operator.",
        ) from e
