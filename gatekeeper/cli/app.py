"""The group: finds each command in its own module, only when it is asked for."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
from collections.abc import Sequence
from typing import Any

import click

from gatekeeper import __version__
from gatekeeper.cli.exits import guarded
from gatekeeper.cli.settings import Settings
from gatekeeper.tools.pipes import refuse_pipes

COMMANDS = {
    "approve": "Sign an approval of this evidence, as a named person in a role.",
    "check": "Collect evidence and judge it; sign nothing.",
    "compare": "What changed between two dossiers, or along a ledger of them.",
    "deviation": "Add and list deviations.",
    "doctor": "Look at this machine, policy and pipeline, and say what is missing.",
    "explain": "Explain a rule, a clause, a Bandit test or an exit code.",
    "hook": "The secure-coding rules on the given files, fast: for pre-commit.",
    "init": "Write a first policy, deviations file, workflow and hook entry.",
    "release": "Check, hash, sign, verify and seal: the gate.",
    "report": "Render the record of a dossier again.",
    "sbom": "Build or check an SBOM.",
    "schema": "Print the JSON Schema of policy, deviations or record.",
    "selftest": "Plant every known-bad sample here and show that each is refused.",
    "trust": "Fetch the trust root that a policy pins, with TUF.",
    "verify": "What a receiver runs, offline: is this dossier authentic, and a release?",
}


class Commands(click.Group):
    """Commands by name; a module that is not there is a command that this version does not have."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return [name for name in COMMANDS if importlib.util.find_spec(f"gatekeeper.cli.{name}")]

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(_ctx):
            return None
        command = importlib.import_module(f"gatekeeper.cli.{name}").COMMAND
        assert isinstance(command, click.Command)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in (known := self.list_commands(ctx)):
            close = difflib.get_close_matches(args[0], known, n=1)
            hint = f' Did you mean "{close[0]}"?' if close else ""
            raise click.UsageError(f'no command "{args[0]}".{hint}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])


def not_empty(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str | None:
    """Not the value of a variable that nobody set: what was meant to pin must not be left out in silence."""
    if text is not None and not text.strip():
        raise click.BadParameter("it is empty; give a value, or leave it out")
    return text


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(__version__, prog_name="gatekeeper")
@click.option("-C", "directory", default=".", metavar="DIR", help="Run as if started in DIR.")
@click.option(
    "--policy",
    envvar="GATEKEEPER_POLICY",
    metavar="FILE",
    callback=not_empty,
    help="The policy; gatekeeper.toml by default.",
)
@click.option(
    "--policy-sha256",
    envvar="GATEKEEPER_POLICY_SHA256",
    metavar="HEX",
    callback=not_empty,
    help="Refuse any other policy: a change cannot lower its own bar.",
)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto")
@click.option("-q", "--quiet", is_flag=True, help="Only what stands in the way.")
@click.option("-v", "--verbose", is_flag=True, help="Also what passed, rule by rule.")
@click.pass_context
def group(
    ctx: click.Context,
    directory: str,
    policy: str | None,
    policy_sha256: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
) -> None:
    """Decide from evidence whether a release of health software may go out, and write down why."""
    ctx.obj = Settings(directory, policy, policy_sha256, color, quiet, verbose)


def run(arguments: Sequence[str] | None = None) -> int:
    """The whole program: arguments in, exit code out."""
    refuse_pipes()
    return guarded(lambda: group.main(args=arguments, prog_name="gatekeeper", standalone_mode=False))
