"""Word and PDF files, made by the libraries themselves, read into the same form as Markdown."""

from __future__ import annotations

import contextlib
import io
import sys
import zipfile

import docx
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.checks._documents import docx as docx_reader
from gatekeeper.checks._documents import pdf as pdf_reader
from gatekeeper.checks._documents.reading import read
from gatekeeper.checks._release_documents.placeholders import placeholders


def word() -> bytes:
    document = docx.Document()
    document.add_heading("Account guide", 0)
    table = document.add_table(rows=2, cols=2)
    for row, cells in zip(table.rows, (("Product", "pump-link 1.4.0"), ("文書番号", "PL-1")), strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.add_heading("Creation", 1)
    document.add_paragraph("Create one account for each person.")
    document.add_heading("Details", 2)
    document.add_paragraph("First", style="List Bullet")
    document.add_paragraph("Second TODO", style="List Bullet")
    document.add_heading("Removal", 1)
    hidden = document.add_paragraph("Shown. ")
    hidden.add_run("Hidden words").font.hidden = True
    return saved(document)


def saved(document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def paper(*lines: str, bookmarks: tuple[str, ...] = (), password: str = "", owner: str = "") -> bytes:
    """A PDF of one page with these lines."""
    shown = "".join(f"({line}) Tj T* " for line in lines)
    stream = f"BT /F1 12 Tf 14 TL 50 800 Td {shown}ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
    ]
    out, places = io.BytesIO(b"%PDF-1.7\n"), []
    out.seek(0, 2)
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    start = out.tell()
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    out.write(b"xref\n0 6\n0000000000 65535 f \n" + rows)
    out.write(b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start)
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(out.getvalue()))
    for title in bookmarks:
        writer.add_outline_item(title, 0)
    if password or owner:
        writer.encrypt(password, owner or password, algorithm="AES-256" if owner else "RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


class TestWord:
    def test_head_parts_and_lists(self):
        document = docx_reader.read(word())
        assert document.title == "Account guide"
        assert document.head() == {"product": "pump-link 1.4.0", "文書番号": "PL-1"}
        parts = {section.heading: text for section, text in document.parts()}
        assert list(parts) == ["Creation", "Details", "Removal"]
        assert "Create one account" in parts["Creation"]
        assert "First" in parts["Creation"]
        details = next(s for s in document.sections if s.heading == "Details")
        assert details.items == 2
        assert [words for _, words in placeholders(document)] == ["TODO"]

    def test_hidden_words_are_no_words(self):
        assert "Hidden" not in docx_reader.read(word()).text

    def test_a_paragraph_or_cell_that_is_hidden_as_a_whole_is_none(self):
        document = docx.Document()
        document.add_heading("Guide", 0)
        document.add_paragraph().add_run("Hidden words").font.hidden = True
        style = document.styles.add_style("Secret", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
        style.font.hidden = True
        document.add_paragraph("Hidden words", style="Secret")
        cell = document.add_table(rows=1, cols=1).rows[0].cells[0]
        cell.paragraphs[0].add_run("Hidden words").font.hidden = True
        assert "Hidden" not in docx_reader.read(saved(document)).text

    def test_words_of_links_insertions_and_fields_are_words(self):
        document = docx.Document()
        paragraph = document.add_paragraph("Report to ")
        for tag, words in (("w:hyperlink", "our desk "), ("w:ins", "within a day "), ("w:sdt", "version 1.4.0")):
            inner = paragraph.add_run(words)._r
            outer = docx.oxml.OxmlElement(tag)
            paragraph._p.replace(inner, outer)
            outer.append(inner)
        assert "Report to our desk within a day version 1.4.0" in docx_reader.read(saved(document)).text

    @pytest.mark.parametrize("content", [b"", b"not a document", b"PK\x03\x04rest", word()[:-200], word()[:500]])
    def test_what_is_none(self, content):
        with pytest.raises(ValueError, match="Word document"):
            docx_reader.read(content)

    def test_a_locked_one_is_told_as_such(self):
        with pytest.raises(ValueError, match="locked with a password"):
            docx_reader.read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)

    def test_another_zip(self):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("a", "a")
        with pytest.raises(ValueError, match="Word document"):
            docx_reader.read(buffer.getvalue())

    def test_a_bomb(self, monkeypatch):
        monkeypatch.setattr(docx_reader, "LARGEST_EXPANDED", 1000)
        with pytest.raises(ValueError, match="expands to"):
            docx_reader.read(word())

    def test_entities_are_not_expanded(self):
        buffer = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(word())) as old, zipfile.ZipFile(buffer, "w") as new:
            for info in old.infolist():
                content = old.read(info)
                if info.filename == "word/document.xml":
                    entity = b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><w:document'
                    content = content.replace(b"<w:document", entity, 1).replace(b"Create one", b"&e; Create one", 1)
                new.writestr(info, content)
        try:
            text = docx_reader.read(buffer.getvalue()).text
        except ValueError:
            return
        assert "root:" not in text


class TestPdf:
    LINES = (
        "Account guide",
        "Product: pump-link 1.4.0",
        "Creation of accounts",
        "Create one for each person.",
        "Removal",
        "Remove it.",
    )

    def test_bookmarks_are_headings(self):
        document = pdf_reader.read(paper(*self.LINES, bookmarks=("Account guide", "Creation of accounts", "Removal")))
        assert document.title == "Account guide"
        assert document.head() == {"product": "pump-link 1.4.0"}
        assert "Create one for each person." in document.text
        assert {"Creation of accounts", "Removal"} <= {section.heading for section in document.sections}

    def test_a_paper_that_everybody_can_open_is_not_locked(self):
        """Only printing or copying is forbidden, as in many manuals."""
        document = pdf_reader.read(paper(*self.LINES, password="", owner="a"))
        assert "Create one for each person." in document.text

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"", "PDF"),
            (b"%PDF-1.7 rubbish", "PDF"),
            (paper(), "holds no text"),
            (paper(*LINES, password="a"), "locked"),
        ],
    )
    def test_what_cannot_be_read(self, content, why):
        with pytest.raises(ValueError, match=why):
            pdf_reader.read(content)

    def test_too_many_pages(self, monkeypatch):
        monkeypatch.setattr(pdf_reader, "MOST_PAGES", 0)
        with pytest.raises(ValueError, match="more than 0 pages"):
            pdf_reader.read(paper(*self.LINES))

    @given(st.binary(max_size=300), st.integers(0, 700))
    def test_damage_is_read_or_refused(self, damage, at):
        content = bytearray(paper(*self.LINES))
        content[at : at + len(damage)] = damage
        with contextlib.suppress(ValueError):  # the one way out
            assert pdf_reader.read(bytes(content)).sections


@pytest.mark.parametrize(
    ("name", "module", "content"), [("a.docx", "docx", word()), ("a.pdf", "pypdf", paper("x" * 30))]
)
def test_without_its_reader_a_document_is_unreadable(tmp_path, monkeypatch, name, module, content):
    (tmp_path / name).write_bytes(content)
    assert read(tmp_path, name).unreadable == ""
    monkeypatch.setitem(sys.modules, module, None)
    assert "pip install 'release-gatekeeper[documents]'" in read(tmp_path, name).unreadable
