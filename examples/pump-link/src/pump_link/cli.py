"""The command line: `pump-link report LOG` and `pump-link status --port ADDRESS`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pump_link import __version__, link, log, report


def main(words: list[str] | None = None) -> int:
    """Run one command; 0 is done, 1 says on stderr why not."""
    given = _parser().parse_args(words)
    try:
        print(_report(given) if given.command == "report" else _status(given))
    except (log.LogError, link.LinkError, OSError, UnicodeDecodeError) as e:
        print(f"pump-link: {e}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pump-link", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    reporting = commands.add_parser("report", help="the handover report of a log")
    reporting.add_argument("log", type=Path)
    reporting.add_argument("--csv", action="store_true", help="as a table instead of a page")
    asking = commands.add_parser("status", help="what the pump says about itself")
    asking.add_argument("--port", required=True, help="/dev/ttyUSB0, or sim:// for the simulated pump")
    return parser


def _report(given: argparse.Namespace) -> str:
    events = log.read(given.log.read_text(encoding="utf-8").splitlines())
    return report.table(events) if given.csv else report.html(events)


def _status(given: argparse.Namespace) -> str:
    found = link.status(link.open_line(given.port))
    return f"{found.serial}: {'running' if found.running else 'stopped'}, battery {found.battery_percent} %"
