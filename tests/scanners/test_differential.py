"""The fast driver gives stock Bandit's own report: results, order, metrics, skipped files and errors. No speed counts
without this."""

from __future__ import annotations

import shutil
import sysconfig
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.scanners import toolchain
from gatekeeper.scanners.results import FileScan, Source
from gatekeeper.scanners.scan import scan

HIDDEN = """import subprocess
subprocess.call(x, shell=True)  # nosec
subprocess.call(x, shell=True)  # nosec B602
subprocess.call(x, shell=True)  # nosec B602, B603 DEV-2026-014
subprocess.call(x, shell=True)  # nosec: B101
subprocess.call(x, shell=True)  # nosec subprocess_popen_with_shell_equals_true
subprocess.call(x, shell=True)  # something #nosec B602 # more
subprocess.call(x, shell=True)  # nosecure
subprocess.call(
    x,  # nosec B602
    shell=True,
)
subprocess.call(  # nosec B101
    eval(x),  # nosec
    shell=True,
)
token = "# nosec"
d = {  # nosec
    "password": "example",
    "token": "example",
}
"""
FIXTURES: dict[str, bytes] = {
    "nosec.py": HIDDEN.encode(),
    "syntax.py": b"def broken(:\n",
    "syntax_nosec.py": b"x = eval(y)  # nosec\ndef broken(:\n",
    "indentation.py": b"if x:\n        y\n    z\n",
    "tabs.py": b"if x:\n\ty\n        z\n",
    "latin.py": b"# -*- coding: latin-1 -*-\npassword = '\xe4\xf6'  # nosec\neval(x)\n",
    "not_utf8.py": b"eval(x)\ny = '\xe4'\n",
    "not_utf8_nosec.py": b"eval(x) # nosec\ny = '\xe4'\n",
    "comment_not_utf8.py": b"eval(x)\n# \xda\n",
    "comment_not_utf8_first.py": b"# \xda\neval(x)\n",
    "comment_not_utf8_third.py": b"# x\n# y\n# \xda\neval(x)\n",
    "unknown_encoding.py": b"# coding: no-such\neval(x)\n",
    "utf7.py": b"# coding: utf-7\neval(x) +ACM- nosec\n",
    "cp932.py": "# coding: cp932\npassword = '投与量'  # nosec B105\neval(x)\n".encode("cp932"),
    "utf16.py": "eval(x)\n".encode("utf-16"),
    "bom.py": b"\xef\xbb\xbfeval(x)\n",
    "bom_and_cookie.py": b"\xef\xbb\xbf# coding: latin-1\neval(x)\n",
    "crlf.py": b"import os\r\n\r\n# c\r\nos.system(x)  # nosec\r\nos.system(y)\r\n",
    "cr.py": b"import os\ros.system(y)\r",
    "form_feed.py": b"import os\n\x0c\nos.system(y)\n\x0b\n",
    "null.py": b"eval(x)\x00\n",
    "empty.py": b"",
    "comment.py": b"# nosec",
    "unended.py": b"eval(x",
    "unended_string.py": b"x = '''\n# nosec\neval(y)",
    "escapes.py": b"x = '\\d'\neval(x)\n",
    "mirrored.py": "# \u202e nothing\n".encode(),
    "mirrored_cp1255.py": b"# coding: cp1255\n# \xfe\n",
    "rows.py": b"t = [\n" + b"    ('/tmp/rows',),\n" * 100_000 + b"]\n",
    "long_string.py": b"t = '''" + b"0.0.0.0 select from\n" * 100_000 + b"'''\n",
    "table.py": b"t = {\n"
    + b"".join(b"    'k%d': 'v',\n" % n for n in range(900))
    + b"  'password': 'example', **u}\n",
    "twice.py": b"t = {" + b"'token': 'a', 'token': 'b', " * 20 + b"}\n",
    "relative.py": b"from . import pickle\nfrom .pickle import loads\nfrom .. import subprocess as s\ns.call(x)\n",
    "aliases.py": b"import os.path as p, pickle as q\nfrom a import b as eval\neval(x)\nq.loads(y)\nx().os.system(y)\n",
    "kinds.py": b"async def f(password='example'): pass\nclass C:\n    def m(self, token='a'): assert self\n"
    b"lambda pwd='x': 0\nwith open('/tmp/x') as f, g('/tmp/y'): pass\nmatch x:\n    case '/tmp/z': pass\n"
    b"[y for y in '/tmp' if y]\nprint(f'select {x} from t')\nx['password'] = 'a'\nif password == 'a': pass\n",
    "crash.py": b"import tarfile, importlib\nt.extractall(members=a.b())\nimportlib.import_module(**k)\n"
    b"f({[1]}, shell=1)\n",
} | {f"deep_{n}.py": b"x = " + b"+".join([b"'/tmp'"] * n) + b"\n" for n in (50, 100, 119, 120, 121, 150, 250, 3000)}
FIXTURES |= {f"nested_{n}.py": b"x = " + b"[" * n + b"eval(y)" + b"]" * n + b"\n" for n in (50, 90, 150, 5000)}
FIXTURES |= {
    f"branches_{n}.py": b"if a: pass\n" + b"elif eval(x): pass\n" * n for n in (90, 115, 125, 200)
}  # each `elif` stands inside the one before


def test_the_report_is_stock_bandits_own(tmp_path: Path, stock_report: ModuleType) -> None:
    for name, data in FIXTURES.items():
        (tmp_path / name).write_bytes(data)

    done = scan(tmp_path, FIXTURES)

    assert done.driver == "fast"
    assert (
        stock_report.difference(stock_report.stock(tmp_path, cwd=tmp_path), stock_report.ours(done.files, tmp_path))
        == ""
    )


@pytest.mark.parametrize("package", ["email", "http", "multiprocessing", "xml", "distutils", "unittest"])
def test_the_report_on_the_standard_library_is_stock_bandits_own(
    package: str, tmp_path: Path, stock_report: ModuleType
) -> None:
    library = Path(sysconfig.get_paths()["stdlib"]) / package
    if not library.is_dir():
        pytest.skip(f"this Python has no {package}")
    root = shutil.copytree(library, tmp_path / package)  # a copy: the gate refuses to scan the library it runs on

    done = scan(root, [path.relative_to(root).as_posix() for path in root.rglob("*.py")])

    assert stock_report.difference(stock_report.stock(root, cwd=root), stock_report.ours(done.files, root)) == ""


def both(*sources: Source) -> tuple[Sequence[FileScan], Sequence[FileScan]]:
    toolchain.load(Path("/no/tree"))
    from gatekeeper.scanners import fast, stock

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fast.scan(sources), stock.scan(sources)


def test_every_test_of_bandit_answers_under_the_fast_driver(snippets: dict[str, str]) -> None:
    toolchain.load(Path("/no/tree"))
    from bandit.core.extension_loader import MANAGER

    assert set(snippets) == {*MANAGER.plugins_by_id, *MANAGER.blacklist_by_id}
    ours, theirs = both(*(Source(f"{test}.py", code.encode()) for test, code in snippets.items()))

    assert ours == theirs
    for result in ours:
        assert result.path[:4] in {issue.test for issue in result.issues}, result.path


PIECES = st.sampled_from(
    [
        *(
            "x",
            "y()",
            "'password'",
            "'/tmp/a'",
            "'0.0.0.0'",
            "b'token'",
            "f'select {x} from t'",
            "None",
            "1",
            "[1, 'a']",
        ),
        *("{1: 'a'}", "{'token': 'x', **y}", "{[1]}", "subprocess", "'select a from b' % x", "lambda pwd='a': 1"),
        *("(yield)", "x if y else z", "x['secret']", "'a'.format(x)", "'insert into t values (' + x", "*x", "True"),
    ]
)
NAMES = st.sampled_from(
    [
        *(
            "subprocess.call",
            "os.system",
            "p.loads",
            "eval",
            "exec",
            "f",
            "a.b.c",
            "requests.get",
            "hashlib.new",
            "torch.load",
        ),
        *(
            "yaml.load",
            "x.extractall",
            "c.exec_command",
            "rows.extra",
            "__import__",
            "importlib.import_module",
            "mark_safe",
        ),
        *(
            "ssl.wrap_socket",
            "app.run",
            "os.chmod",
            "Markup",
            "rsa.generate_private_key",
            "RawSQL",
            "h.md5",
            "x().chmod",
        ),
        *(
            "crypt.crypt",
            "Environment",
            "AutoModel.from_pretrained",
            "c.set_missing_host_key_policy",
            "os.execl",
            "get",
        ),
    ]
)
KEYWORDS = st.sampled_from(
    [
        "shell=",
        "password=",
        "verify=",
        "timeout=",
        "method=",
        "ssl_version=",
        "members=",
        "filter=",
        "Loader=",
        "**",
        "k=",
    ]
)
IMPORTS = st.sampled_from(
    [
        *(
            "import subprocess, os",
            "import pickle as p",
            "from os import system as eval",
            "from . import pickle, x as y",
        ),
        *("from hashlib import md5, new as h", "import yaml, torch, flask, tarfile, paramiko", "import hashlib as h"),
        *("from django.utils.safestring import mark_safe", "from markupsafe import Markup", "import requests as get"),
        *(
            "from django.db.models import RawSQL",
            "from jinja2 import Environment",
            "from transformers import AutoModel",
        ),
        *(
            "from cryptography.hazmat.primitives.asymmetric import rsa",
            "from Crypto.Hash import *",
            "import crypt, ssl",
        ),
    ]
)
COMMENTS = st.sampled_from(
    ["", "", "", "  # nosec", "  # nosec B602", "  # nosec B307,B301 DEV-1-2", "  # x #nosec: B105"]
)


@st.composite
def calls(draw: st.DrawFn) -> str:
    positional = draw(st.lists(PIECES, max_size=3))
    named = [
        k + draw(PIECES.filter(lambda piece: piece != "*x")) for k in draw(st.lists(KEYWORDS, max_size=3, unique=True))
    ]
    return f"{draw(NAMES)}({', '.join(positional + named)})"


STATEMENTS = st.one_of(
    IMPORTS,
    calls(),
    st.builds("{} = {}".format, st.sampled_from(["x", "password", "a.token", "x['pwd']"]), st.one_of(PIECES, calls())),
    st.builds("def f(user, pwd={}, *, secret={}): return {}".format, PIECES, PIECES, PIECES),
    st.builds("try: {}\nexcept {}: {}".format, calls(), st.sampled_from(["", "Exception", "ValueError"]),
              st.sampled_from(["pass", "continue", "x()"])),
    st.builds("if {} == {}: assert {}".format, PIECES, PIECES, PIECES),
    st.builds("with {} as z, {}: pass".format, calls(), calls()),
)  # fmt: skip


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(STATEMENTS, COMMENTS), min_size=1, max_size=8))
def test_no_finding_is_lost_or_invented_in_code_made_up_of_dangerous_pieces(rows: list[tuple[str, str]]) -> None:
    source = Source("made_up.py", "\n".join(statement + comment for statement, comment in rows).encode())

    [ours], [theirs] = both(source)

    same = [(a, b) for a, b in zip(ours.issues, theirs.issues, strict=True) if a != b]
    assert not same
    assert (ours.unread, ours.loc, ours.comments) == (theirs.unread, theirs.loc, theirs.comments)
    assert (ours.nosec, ours.skipped_tests) == (theirs.nosec, theirs.skipped_tests)
    assert set(ours.crashes) <= set(theirs.crashes)  # a test that is not asked does not crash


@settings(max_examples=80)
@given(st.binary(max_size=200))
def test_any_bytes_give_stock_bandits_answer(data: bytes) -> None:
    [ours], [theirs] = both(Source("any.py", data))

    assert ours == theirs


def test_the_result_names_no_temporary_place() -> None:
    """The same bytes give the same evidence, also where a file cannot be read."""
    for data in (b"eval(x)\n# \xda\n", b"def broken(:\n", b"x = 1\x00"):
        [ours], [theirs] = both(Source("src/a.py", data))
        assert ours == theirs
        assert (
            ours.unread or ours.crashes
        )  # bytes that are no UTF-8 in a comment: Python 3.13 parses the file all the same
        assert "gatekeeper-" not in str(ours)
