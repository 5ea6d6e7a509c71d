"""The exported list: what is not of the documented shape is refused whole, and CSV says the same as JSON."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.trackers import Desk, Disposition, UnprovenError, export

HEAD = {
    "schema": 1,
    "tracker": "polarion",
    "server": "https://tracker.example.org",
    "project": "PUMP",
    "product": "pump-link",
    "query": "type:securityissue",
    "states": "all",
    "total": 1,
    "exported_at": "2026-11-20T11:00:00Z",
    "exported_by": "qa@example.org",
    "tool": "script 3",
}
ROW = {"id": "PUMP-1", "title": "Control", "state": "closed", "resolution": "fixed", "severity": "low"}
GOOD = HEAD | {"issues_sha256": export.digest([ROW]), "issues": [ROW]}


def params(path: str = "issues.json") -> export.Params:
    return export.Params(
        id="tracker",
        project="PUMP",
        control="PUMP-1",
        path=path,
        tracker="polarion",
        server="https://tracker.example.org",
        query="type:securityissue",
        exporters=("qa@example.org",),
    )


def ask(root: Path, data: bytes, path: str = "issues.json") -> Any:
    (root / path).write_bytes(data)
    return export.ask(params(path), Desk(root, {}))


def as_csv(document: dict[str, Any], rows: list[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows(document.items())
    writer.writerow([])
    columns = sorted({"id", *(k for r in rows for k in r)})
    writer.writerow(columns)
    writer.writerows([";".join(v) if isinstance(v := r.get(c, ""), list) else v for c in columns] for r in rows)
    return out.getvalue().encode()


def test_a_good_file_is_read(tmp_path: Path) -> None:
    answer = ask(tmp_path, json.dumps(GOOD).encode())

    assert answer.troubles == ()
    assert answer.control is not None
    assert (answer.control.seen, answer.control.fault) == (True, "")
    assert [i.disposition for i in answer.issues] == [Disposition.FIXED]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        pytest.param(b"", "not readable JSON", id="empty"),
        pytest.param(b"\xff\xfe", "not readable JSON: it is written in another encoding", id="not UTF-8"),
        pytest.param('["長さ"]'.encode("shift_jis"), "another encoding than UTF-8 ", id="Shift_JIS"),
        pytest.param(json.dumps(GOOD).encode()[:-20], "not readable JSON", id="cut off"),
        pytest.param(b"[" * 200_000, "nested too deep", id="nested too deep"),
        pytest.param(json.dumps(GOOD).encode()[:-1] + b',"total":0}', "stands twice", id="ISSUE-06: a repeated key"),
        pytest.param(json.dumps(GOOD | {"total": float("nan")}).encode(), "NaN", id="not a number"),
        pytest.param(json.dumps([GOOD]).encode(), "documented shape", id="a list"),
        pytest.param(json.dumps(GOOD | {"filter": "mine"}).encode(), "filter", id="an unknown key"),
        pytest.param(json.dumps(GOOD | {"total": "1"}).encode(), "total", id="a total as text"),
        pytest.param(json.dumps(GOOD | {"issues": [ROW | {"sev": "low"}]}).encode(), "issue 1", id="an unknown column"),
        pytest.param(json.dumps(GOOD | {"issues": [ROW | {"cvss_score": "high"}]}).encode(), "issue 1", id="a score"),
        pytest.param(json.dumps(GOOD | {"issues": [{"id": "PUMP-1"}]}).encode(), "issue 1", id="a bare row"),
    ],
)
def test_what_is_not_of_the_shape_is_refused(tmp_path: Path, data: bytes, word: str) -> None:
    with pytest.raises(UnprovenError, match=word) as refused:
        ask(tmp_path, data)

    assert refused.value.rule == "ISSUE-06"
    assert refused.value.advice


@pytest.mark.parametrize("missing", [k for k in GOOD if k != "none_statement"])
def test_every_key_of_the_head_is_needed(tmp_path: Path, missing: str) -> None:
    with pytest.raises(UnprovenError, match=missing):
        ask(tmp_path, json.dumps({k: v for k, v in GOOD.items() if k != missing}).encode())


@pytest.mark.parametrize(
    ("data", "word"),
    [
        pytest.param(as_csv(HEAD, [ROW]) + b"x\n", "row 2 has 1 cells", id="a short row"),
        pytest.param(as_csv(HEAD, []).rsplit(b"id", 1)[0], "header row is missing", id="no table"),
        pytest.param(b"total,1\n" + as_csv(HEAD, [ROW]), "twice in the head", id="a repeated key"),
        pytest.param(as_csv(HEAD, [ROW]).replace(b"id,", b"id,id,"), "column stands twice", id="a repeated column"),
        pytest.param(as_csv(HEAD, [ROW]).replace(b"schema,1", b"schema,1,2"), "not a key", id="wide head"),
        pytest.param(b'"' + as_csv(HEAD, [ROW]), "documented shape", id="an open quote"),
        pytest.param(as_csv(HEAD, [ROW]).decode().encode("utf-16"), "another encoding than UTF-8", id="UTF-16"),
    ],
)
def test_a_crooked_table_is_refused(tmp_path: Path, data: bytes, word: str) -> None:
    with pytest.raises(UnprovenError, match=word):
        ask(tmp_path, data, "issues.csv")


@pytest.mark.parametrize("path", ["../issues.json", "/etc/hostname", "link/issues.json"])
def test_the_file_lies_inside_the_repository(tmp_path: Path, path: str) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "link").symlink_to(outside)
    (tmp_path / "issues.json").write_text(json.dumps(GOOD))
    (outside / "issues.json").write_text(json.dumps(GOOD))

    with pytest.raises(UnprovenError, match="outside the repository"):
        export.ask(params(path), Desk(inside, {}))


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST_BYTES", 100)

    with pytest.raises(UnprovenError, match="larger than 100 bytes"):
        ask(tmp_path, json.dumps(GOOD).encode())


def test_the_digest_is_the_documented_one(tmp_path: Path) -> None:
    rows = [{"title": "Länge", "id": "1", "fix_commits": ["b", "a"]}]

    canonical = '[{"fix_commits":["b","a"],"id":"1","title":"Länge"}]'

    assert export.digest(rows) == hashlib.sha256(canonical.encode()).hexdigest()


def test_the_tool_for_csv_gives_the_same_digest(tmp_path: Path) -> None:
    (tmp_path / "issues.csv").write_bytes(as_csv(HEAD | {"issues_sha256": "?"}, [ROW]))

    assert export.rows_digest(str(tmp_path / "issues.csv")) == export.digest([ROW])


TEXT = st.text(st.characters(codec="utf-8", exclude_characters=";\x00\r", exclude_categories=("Cs",)), max_size=12)
CELL = TEXT.map(str.strip).filter(bool)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"id": CELL, "title": CELL, "state": st.sampled_from(["open", "closed", "odd"]), "severity": CELL},
        optional={"resolution": CELL, "fix_commits": st.lists(CELL, min_size=1, max_size=3), "origin": CELL},
    ),
    max_size=4,
)


@given(ROWS)
def test_csv_says_the_same_as_json(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    root = tmp_path_factory.mktemp("both")
    head = HEAD | {"total": len(rows), "issues_sha256": export.digest(rows)}

    from_json = ask(root, json.dumps(head | {"issues": rows}).encode())
    from_csv = ask(root, as_csv(head, rows), "issues.csv")

    assert from_csv.issues == from_json.issues
    assert from_json.troubles == ()
    assert [t.rule for t in from_csv.troubles] == []


@given(st.binary(max_size=200))
def test_no_bytes_make_a_traceback(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    root = tmp_path_factory.mktemp("any")
    for name in ("issues.json", "issues.csv"):
        with pytest.raises(UnprovenError):
            ask(root, data, name)


def test_a_character_in_two_halves_is_one(tmp_path: Path) -> None:
    row = ROW | {"title": "\N{SYRINGE} \ud7ff"}
    data = json.dumps(GOOD | {"issues": [row], "issues_sha256": export.digest([row])}).encode()

    assert ask(tmp_path, data).issues[0].title == row["title"]


def test_a_table_is_known_by_its_name_in_whatever_letters(tmp_path: Path) -> None:
    answer = ask(tmp_path, as_csv(HEAD | {"issues_sha256": export.digest([ROW])}, [ROW]), "ISSUES.CSV")

    assert (answer.troubles, [i.id for i in answer.issues]) == ((), ["PUMP-1"])


def test_reading_the_kept_page_again_gives_the_same_issues(tmp_path: Path) -> None:
    answer = ask(tmp_path, json.dumps(GOOD).encode())

    assert export.read(params(), answer.pages) == answer.issues
