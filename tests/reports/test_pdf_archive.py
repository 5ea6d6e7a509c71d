"""PDF/A-3a (ISO 19005-3): what a machine can tell without veraPDF, which no package index offers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

pypdf = pytest.importorskip("pypdf", reason="needs the extra documents (pypdf)")

from gatekeeper.model.record import Record, statement, to_bytes  # noqa: E402 - pypdf is an extra
from gatekeeper.model.report import Options  # noqa: E402 - pypdf is an extra
from gatekeeper.reports import pdf  # noqa: E402 - pypdf is an extra
from tests.reports.test_pdf import needs_extra  # noqa: E402 - pypdf is an extra

pytestmark = [
    needs_extra,
    # weasyprint leaves the file of its colour profile to the garbage collector; nothing of ours is left open.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def short(released: Record) -> Record:
    return msgspec.structs.replace(released, clauses=released.clauses[:4])


@pytest.fixture(scope="module")
def raw(short: Record) -> bytes:
    made = pdf.REPORT.render(short, Options(lang="both"))
    assert isinstance(made, bytes)
    return made


@pytest.fixture(scope="module")
def file(raw: bytes) -> Any:
    return pypdf.PdfReader(io.BytesIO(raw), strict=True)


def objects(file: Any) -> Iterator[Any]:
    """Every object of the file."""
    for number in range(1, int(file.trailer["/Size"])):
        try:
            found = file.get_object(pypdf.generic.IndirectObject(number, 0, file))
        except pypdf.errors.PdfReadError:
            continue
        if found is not None:
            yield found


def dictionaries(file: Any) -> Iterator[Any]:
    """Every dictionary, also those inside others."""
    waiting = list(objects(file))
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting += [v for v in each.values() if isinstance(v, dict | list)]
        elif isinstance(each, list):
            waiting += [v for v in each if isinstance(v, dict | list)]


def test_it_says_what_it_is_and_is_not_locked(file: Any, raw: bytes) -> None:
    metadata = bytes(file.root_object["/Metadata"].get_data()).decode()
    assert raw.startswith(b"%PDF-1.7")
    assert 'pdfaid:part="3"' in metadata
    assert 'pdfaid:conformance="A"' in metadata
    assert not file.is_encrypted
    assert len(file.trailer["/ID"]) == 2


def test_its_colours_have_a_profile(file: Any) -> None:
    (intent,) = (i.get_object() for i in file.root_object["/OutputIntents"])
    profile = intent["/DestOutputProfile"].get_object()
    assert intent["/S"] == "/GTS_PDFA1"
    assert profile["/N"] == 3
    assert profile.get_data()[36:40] == b"acsp"


def test_every_font_is_inside_and_can_be_read_as_text(file: Any) -> None:
    fonts = [d for d in dictionaries(file) if d.get("/Type") == "/Font"]
    composite = [f for f in fonts if f.get("/Subtype") == "/Type0"]
    simple = [f for f in fonts if f.get("/Subtype") != "/Type0"]
    assert composite
    for font in simple:
        descriptor = font["/FontDescriptor"].get_object()
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor), font["/BaseFont"]
    assert all("/ToUnicode" in font for font in composite)


def test_it_is_tagged_and_names_its_language(file: Any) -> None:
    root = file.root_object
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a BooleanObject
    assert root["/StructTreeRoot"]
    assert root["/Lang"] in ("en", "ja")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712 - a BooleanObject
    assert file.metadata.title


def test_the_record_is_an_associated_file(file: Any, short: Record) -> None:
    (number,) = {f.idnum for f in file.root_object["/AF"]}  # weasyprint lists the one object twice
    entry = file.get_object(pypdf.generic.IndirectObject(number, 0, file))
    stream = entry["/EF"]["/F"].get_object()
    assert (entry["/AFRelationship"], entry["/UF"]) == ("/Source", "record.json")
    assert stream.get_data() == to_bytes(statement(short))
    assert stream["/Subtype"] == "/application/json"
    assert "/ModDate" in stream["/Params"]
    assert [name for name, _ in file.attachments.items()] == ["record.json"]


def test_nothing_in_it_acts_or_leads_out_of_the_file(file: Any) -> None:
    forbidden = {"/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/RichMedia", "/3D", "/PS"}
    for each in dictionaries(file):
        assert each.get("/S") not in forbidden
        assert each.get("/Subtype") not in forbidden
        assert "/AA" not in each
        assert each.get("/Filter") not in ("/LZWDecode", "/Crypt")
        assert not (isinstance(each, pypdf.generic.StreamObject) and "/F" in each)
        if each.get("/Subtype") == "/Link":
            assert int(each.get("/F", 0)) & 4, "annotations have to be printed"
            assert not int(each.get("/F", 0)) & 0b100011, "and neither hidden nor without view"
