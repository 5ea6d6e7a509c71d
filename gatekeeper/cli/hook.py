"""`gatekeeper hook`: the secure-coding rules on the files that a commit brings, as fast as it can be done."""

from __future__ import annotations

import click

from gatekeeper.cli.named_files import judge_files
from gatekeeper.cli.settings import Settings


@click.command()
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.pass_obj
def COMMAND(settings: Settings, files: tuple[str, ...]) -> int:  # noqa: N802 - the name that the group looks for
    """Scan FILES under the secure-coding rules: what a commit hook runs. It never releases anything."""
    return judge_files(settings, files)
