"""Text from outside is shown as text: it steers no terminal, browser, runner or spreadsheet (GATE-15)."""

from __future__ import annotations

import re

# Control and format characters, surrogates, line and paragraph separators: Unicode categories Cc, Cf, Cs, Zl and Zp,
# and the letters and marks that are drawn as nothing (fillers of Hangul and Khmer, an empty pattern of Braille, the
# joiner of graphemes). Variation selectors, which Japanese names need, are none of these.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)
# Marks that any letter takes, heaped on one another so high that they cover the lines around.
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_HEAPED = re.compile(f"([{_MARKS}]{{4}})([{_MARKS}]+)")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """One line in which every character that steers instead of showing is written out, as `\\x1b` or `\\u202e`."""
    return _UNSEEN.sub(_spell, text if text.isascii() else _HEAPED.sub(_lower, text))


def visible_lines(text: str) -> list[str]:
    """The same for text of several lines; tabs become four spaces. Only a line feed ends a line."""
    return [visible(line.replace("\t", "    ")) for line in text.replace("\r\n", "\n").split("\n")]


def json_text(raw: bytes) -> str:
    """JSON for people and logs: indented, and without a runner's command; what it says stays the same."""
    import msgspec

    return msgspec.json.format(raw, indent=2).decode().replace("##[", "##\\u005b") + "\n"


def command_data(text: str) -> str:
    """For the message of a GitHub workflow command; its line feeds stay line feeds."""
    shown = "\n".join(visible_lines(text))
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """For a property of a GitHub workflow command, which also ends at a comma or colon."""
    return visible(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


def log_line(line: str) -> str:
    """A line of a build log that a runner must not take for a command (`::error::`, `##[error]`, `##vso[`)."""
    if line.lstrip().startswith("::"):
        line = line.replace("::", ":\\:", 1)
    return _RUNNER.sub(r"\1\\[", line)


_RUNNER = re.compile(r"(##(?:vso|teamcity)?)\[")  # GitHub, Azure Pipelines, TeamCity; anywhere in a line


_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~^=$-])")
_NUMBERED = re.compile(r"^(\s*\d{1,9})([.)])(?=\s|$)")  # would begin a list
_AUTOLINK = re.compile(r"(?i)\b(https?|ftp|mailto|www)(?=[:.])")
_REFERENCE = re.compile(r"(?<![\w`])(?:GH-(?=\d)|@(?=\w))")


def markdown(text: str) -> str:
    """For a paragraph or table cell of GitHub Markdown: no markup, link, image, mention or reference comes about."""
    shown = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = _NUMBERED.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", shown))
    shown = _AUTOLINK.sub(lambda m: m[0] + "<!-- -->", shown)
    return _REFERENCE.sub(lambda m: m[0] + "<!-- -->", shown)


def csv_cell(text: str) -> str:
    """For a cell of a table that spreadsheets open: what they would take for a formula gets an apostrophe in front."""
    shown = log_line(visible(text))
    return "'" + shown if shown.lstrip(" '").startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) else shown


def address(text: str, more: str = "") -> str:
    """Percent-encoded for a URI: ASCII letters, digits, `-._~/` and the characters of `more` stay."""
    safe = frozenset((_UNRESERVED + more).encode())
    return "".join(chr(b) if b in safe else f"%{b:02X}" for b in text.encode("utf-8", "replace"))


_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"


def _lower(match: re.Match[str]) -> str:
    return match[1] + "".join(f"\\u{ord(c):04x}" for c in match[2])


def _spell(match: re.Match[str]) -> str:
    char = match[0]
    if char in _NAMED:
        return _NAMED[char]
    point = ord(char)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
