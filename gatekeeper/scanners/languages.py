"""What a file is written in, by its suffix or its first lines: Python, or a language that Bandit cannot read."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

PYTHON_SUFFIXES = (".py", ".pyw", ".wsgi")
NOTEBOOK_SUFFIX = ".ipynb"
MAY_BE_SCRIPT = ("", ".cgi", ".fcgi", ".in", ".sh", ".script", ".tool")  # looked into for an interpreter
OTHER_LANGUAGES = {
    suffix: language
    for language, suffixes in {
        "Ada": ".adb .ads",
        "Assembly": ".s .asm",
        "Batch": ".bat .cmd",
        "C": ".c .h",
        "C++": ".cc .cpp .cxx .c++ .hh .hpp .hxx .h++ .inl .ino .ipp .tpp .txx .tcc .cppm .ixx",
        "C#": ".cs",
        "CUDA": ".cu .cuh",
        "Clojure": ".clj .cljs .cljc",
        "Cython": ".pyx .pxd .pxi",
        "Dart": ".dart",
        "Elixir": ".ex .exs",
        "Erlang": ".erl",
        "F#": ".fs .fsx",
        "Fortran": ".f .for .f77 .f90 .f95 .f03 .f08",
        "Go": ".go",
        "Groovy": ".groovy",
        "Haskell": ".hs",
        "Java": ".java",
        "JavaScript": ".js .mjs .cjs .jsx",
        "Julia": ".jl",
        "Kotlin": ".kt .kts",
        "Lua": ".lua",
        "Nim": ".nim",
        "Objective-C": ".m .mm",
        "OCaml": ".ml",
        "PHP": ".php",
        "Pascal": ".pas .dpr",
        "Perl": ".pl .pm",
        "PowerShell": ".ps1 .psm1",
        "R": ".r",
        "Ruby": ".rb",
        "Rust": ".rs",
        "Scala": ".scala",
        "Shell": ".sh .bash .zsh .ksh .csh .fish",
        "Svelte": ".svelte",
        "Swift": ".swift",
        "Tcl": ".tcl",
        "TypeScript": ".ts .tsx .mts .cts",
        "Visual Basic": ".vb .vbs .bas",
        "Vue": ".vue",
        "Zig": ".zig",
    }.items()
    for suffix in suffixes.split()
}
SCRIPT = "Script"  # for an interpreter other than Python, and without a suffix that says which
BEGINNING = 1024  # bytes in which a script says what it is for
_SHEBANG = re.compile(
    rb"#!.*?(?:[\w.+-]*(?:python|pypy|jython|graalpy)[\w.+-]*|(?<![\w.+-])(?:uvx?|pipx))(?=[\s\"']|$)"
)
# a shell that hands the file itself to Python, where the path of the interpreter is too long or has blanks in it
_HANDED_ON = re.compile(rb"#![^\n]*sh\b[^\n]*\n(?:[^\n]*\n)?[^\n]*\bexec\b[^\n]*python[^\n]*\$0(?![\w.])")


def language_of(path: str) -> str:
    """The language of a source that Bandit cannot read."""
    return OTHER_LANGUAGES.get(PurePosixPath(path).suffix.lower(), SCRIPT)


def begins_like_python(beginning: bytes) -> bool:
    """Whether the first lines of a file ask for a Python interpreter."""
    text = beginning[:BEGINNING].removeprefix(b"\xef\xbb\xbf")
    return bool(_SHEBANG.match(text.partition(b"\n")[0].strip()) or _HANDED_ON.match(text))


def is_script(beginning: bytes) -> bool:
    """Whether a file asks for an interpreter at all."""
    return beginning.removeprefix(b"\xef\xbb\xbf").startswith(b"#!")


def beginning_of(path: Path) -> bytes | None:
    """As much of a file as tells what it is; None for what is there and cannot be read."""
    try:
        with path.open("rb", buffering=0) as file:
            return file.read(BEGINNING)
    except (FileNotFoundError, IsADirectoryError):
        return b""
    except OSError:
        return None


def is_source(name: str) -> bool:
    """Whether a file is code, by its suffix."""
    suffix = PurePosixPath(name).suffix.lower()
    return suffix in PYTHON_SUFFIXES or suffix == NOTEBOOK_SUFFIX or suffix in OTHER_LANGUAGES
