"""Second step of the Action: turn the inputs into one call of the command line, and its answer into outputs.

Standard library only, started with `python -I` by the environment's own interpreter. It decides nothing: the code is
the command's, and where code and record disagree the answer is *undecided*. Outputs and summary are written before
the step fails, so that later steps with `if: always()` can use them.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

DECISIONS = {0: "release", 1: "block", 2: "undecided", 3: "undecided", 130: "undecided"}
PASSED = "passed"  # of a check or a rehearsal: nothing was refused, and nothing is released
UNDECIDED = 3
USAGE = 2
SUMMARY_BYTES = 900_000  # GitHub drops a whole summary above 1 MiB
REPORT_BYTES = 64 * 2**20
COMMANDS = ("release", "check", "verify")
REPORTS = {
    "json": "record.json",
    "github": "annotations.txt",
    "markdown": "summary.md",
    "html": "report.html",
    "sarif": "findings.sarif",
}
SWITCHES = {"": False, "false": False, "true": True}


class InputError(Exception):
    """An input of the Action is wrong, and what it should be."""


def main() -> int:
    """Run the gate; the exit code is the command's, or 3 where the answer is not whole."""
    reports = Path(tempfile.mkdtemp(prefix="gatekeeper-", dir=os.environ["RUNNER_TEMP"]))
    kept = reports / "record.json"
    try:
        command = chosen()
        words = command_line(command, reports)
    except InputError as e:
        print(f"::error title=gatekeeper usage::{escaped(str(e))}")
        return answer(USAGE, kept, reports)
    if command != "check":
        kept = dossier() / "record.json"
    code = run(words)
    seen = str(read_record(kept).get("decision", "nothing: it is not there, or not whole"))
    if seen != DECISIONS[code] and (code == 0 or (code == 1 and command != "verify")):
        print(f"::error title=gatekeeper undecided::exit code {code}, but the record says {escaped(seen)}")
        code = UNDECIDED
    print_commands(reports / "annotations.txt")
    return answer(code, kept, reports)


def chosen() -> str:
    """The command. Raises InputError."""
    command = given("command") or "release"
    if command not in COMMANDS:
        raise InputError(
            f"the input `command` is {command!r}; it must be {', '.join(COMMANDS[:-1])} or {COMMANDS[-1]}."
        )
    return command


def command_line(command: str, reports: Path) -> list[str]:
    """The one call, made from the inputs. Raises InputError."""
    words = [sys.executable, "-I", "-X", "utf8", "-m", "gatekeeper", "--color", "never", "-C", str(workplace())]
    words += [word for name in ("policy", "policy-sha256") for word in option(name)]
    words += [command, *option("lang"), "-o", "text"]
    for form, name in REPORTS.items():
        words += ["-o", f"{form}={reports / name}"]
    words += ["--rehearsal"] if switched_on("rehearsal") and command != "check" else []
    if command == "verify":
        words += [word for name in ("identity", "issuer", "trusted-root") for word in option(name)]
        return [*words, "--", str(dossier())]
    words += [word for folder in lines("evidence") for word in ("--evidence", folder)]
    words += [word for name in ("previous", "approvals") for word in option(name)]
    if command == "check":
        return [*words, "--", *artifacts()] if lines("artifacts") else words
    return [*words, "--dossier", str(new_dossier()), "--", *artifacts()]


def releases() -> bool:
    """Whether this call can release, or tell of a release. Raises InputError."""
    return chosen() != "check" and not switched_on("rehearsal")


def given(name: str) -> str:
    """An input, as text; what is not set is empty."""
    return os.environ.get(f"GATEKEEPER_ACTION_{name.upper().replace('-', '_')}", "").strip()


def option(name: str) -> list[str]:
    """An input as the option of the same name, where it is set."""
    return [f"--{name}", given(name)] if given(name) else []


def lines(name: str) -> list[str]:
    """An input that holds one value per line; values may hold spaces."""
    return [line.strip() for line in given(name).splitlines() if line.strip()]


def switched_on(name: str) -> bool:
    """An input that is true, false or not set. Raises InputError for any other word."""
    word = given(name)
    if word not in SWITCHES:
        raise InputError(f"the input `{name}` is {word!r}; it must be true or false.")
    return SWITCHES[word]


def workplace() -> Path:
    """Where the product lies."""
    return Path(os.environ["GITHUB_WORKSPACE"], given("working-directory")).resolve()


def dossier() -> Path:
    """Where the dossier goes."""
    return workplace() / (given("dossier") or "dossier")


def new_dossier() -> Path:
    """The same, for a run that is about to write it. Raises InputError where a record lies there already."""
    if (dossier() / "record.json").exists():
        raise InputError(f"the input `dossier` names {dossier()}, where a record lies already; name a new folder.")
    return dossier()


def artifacts() -> list[str]:
    """The files that the patterns match, each pattern at least one. Raises InputError."""
    patterns = lines("artifacts")
    if not patterns:
        raise InputError("the input `artifacts` is empty; name the files to release, one glob per line.")
    found = []
    for pattern in patterns:
        placed = os.path.join(glob.escape(str(workplace())), pattern)  # noqa: PTH118 - an absolute pattern stays as it is
        matches = sorted(p for p in glob.glob(placed, recursive=True) if Path(p).is_file())  # noqa: PTH207 - likewise
        if not matches:
            raise InputError(f"the input `artifacts` names {pattern!r}, which matches no file.")
        found += matches
    return list(dict.fromkeys(found))


def run(command: list[str]) -> int:
    """Run the command with its output between stop marks: names and texts in it are not ours to trust."""
    token = os.urandom(16).hex()
    print(f"::stop-commands::{token}", flush=True)
    try:
        done = subprocess.run(command, cwd=workplace(), env=environment(), stdin=subprocess.DEVNULL, check=False)
        code = done.returncode if done.returncode in DECISIONS else UNDECIDED
    except OSError as e:
        print(f"gatekeeper could not be started: {e}")
        code = UNDECIDED
    print(f"\n::{token}::", flush=True)
    return code


def environment() -> dict[str, str]:
    """Without the Action's own inputs and without what changes Python's imports."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "GATEKEEPER_ACTION_"))}


def read_record(path: Path) -> dict[str, object]:
    """What the record says; nothing where there is no whole record."""
    try:
        if path.stat().st_size > REPORT_BYTES:
            return {}
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    inner = document.get("predicate", document) if isinstance(document, dict) else {}
    return inner if isinstance(inner, dict) else {}


def failed_rules(record: dict[str, object]) -> list[str]:
    """The ids of the rules that failed or could not be judged."""
    rules = record.get("rules")
    rows = [r for r in rules if isinstance(r, dict)] if isinstance(rules, list) else []
    return [str(r.get("id")) for r in rows if r.get("outcome") in ("failed", "undecided")]


def print_commands(path: Path) -> None:
    """Pass on the annotations, which the report has escaped itself."""
    if path.is_file():
        print(path.read_text(encoding="utf-8"))


def answer(code: int, kept: Path, reports: Path) -> int:
    """Write summary and outputs, and return the code."""
    values = {
        "decision": PASSED if code == 0 and not releases() else DECISIONS[code],
        "exit-code": str(code),
        "dossier": there(dossier()) if kept.parent == dossier() else "",
        "record": there(kept),
        "record-sha256": hashlib.sha256(kept.read_bytes()).hexdigest() if kept.is_file() else "",
        "failed-rules": json.dumps(failed_rules(read_record(kept))),
        "report": there(reports / "report.html"),
        "sarif": there(reports / "findings.sarif"),
    }
    write_summary(reports / "summary.md", values["decision"])
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as out:
        for name, value in values.items():
            mark = f"end-{os.urandom(16).hex()}"  # a value with line ends in it cannot name another output
            out.write(f"{name}<<{mark}\n{value}\n{mark}\n")
    return code


def there(path: Path) -> str:
    """The path with forward slashes, or nothing where there is no such file."""
    return path.as_posix() if path.exists() else ""


def write_summary(path: Path, decision: str) -> None:
    """Append the Markdown report to the step summary, cut at a line where it is too long for GitHub."""
    short = f"### gatekeeper: {decision}\n\nSee the log of this step.\n"
    text = path.read_bytes() if path.is_file() else short.encode()
    if len(text) > SUMMARY_BYTES:
        text = text[:SUMMARY_BYTES].rpartition(b"\n")[0] + b"\n\n**Cut here.** The whole report is in the HTML file.\n"
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("ab") as out:
        out.write(text + b"\n")


def escaped(text: str) -> str:
    """As the data of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


if __name__ == "__main__":
    sys.exit(main())
