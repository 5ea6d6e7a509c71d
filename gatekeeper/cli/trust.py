"""`gatekeeper trust`: fetch the trust root that a policy pins. A release reads that file and never the network's."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import click

from gatekeeper.cli.exits import RELEASED
from gatekeeper.model.errors import UsageError

FILE = "sigstore-trust.json"


@click.command()
@click.option("-o", "--output", default=FILE, metavar="FILE", help="Where to write it; an older one is replaced.")
@click.option("--mirror", metavar="URL", help="The TUF repository of a private Sigstore; else the public one.")
@click.option(
    "--root",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The private instance's first root.json, got from its operator on another way than this one.",
)
@click.pass_context
def COMMAND(ctx: click.Context, output: str, mirror: str | None, root: Path | None) -> int:  # noqa: N802 - the name that the group looks for
    """Fetch the trust root of a Sigstore with TUF, write it as one file, and say what to put into the policy.

    Commit the file and its digest together, with a review: whoever can change it can change whom the product trusts.
    """
    from gatekeeper.signing.tuf import PUBLIC_GOOD, fetched

    if mirror and root is None:
        raise UsageError("--mirror needs --root", "Ask the instance's operator for its first root.json.")
    today = datetime.now(UTC).date()
    instance = fetched(today, mirror or PUBLIC_GOOD, root)
    path = Path(ctx.find_root().params.get("directory", "."), output)
    _write(path, instance.client_trust_config)
    click.echo(f"{path}: trust root {instance.root_sha256} of {mirror or PUBLIC_GOOD}, verified today")
    click.echo("Put this into gatekeeper.toml and commit both, with a review:\n")
    click.echo("[signing]")
    click.echo(f'trust-config = "{output}"')
    click.echo(f'trust-config-sha256 = "{hashlib.sha256(instance.client_trust_config).hexdigest()}"')
    click.echo(f"trust-obtained = {today}")
    return RELEASED


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as e:
        draft.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {e.strerror}", "Choose another place with --output.") from e
