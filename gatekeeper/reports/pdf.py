"""PDF/A-3 of the auditor's page with record.json attached. Needs the optional extra `pdf`."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from gatekeeper.model.errors import ToolError
from gatekeeper.model.record import Record, statement, to_bytes
from gatekeeper.model.report import Options, Report
from gatekeeper.reports import _html

VARIANT = "pdf/a-3a"  # a: tagged, so that a screen reader can follow it


def render(record: Record, options: Options) -> bytes:
    """Same record, same bytes. Raises ToolError without the extra, or if the attachment is not the record named."""
    attached = to_bytes(statement(record))
    digest = hashlib.sha256(attached).hexdigest()
    if options.record_sha256 not in ("", digest):
        raise ToolError(
            f"record.json has SHA-256 {options.record_sha256}, and the record to attach has {digest}",
            "Render with the version of gatekeeper that wrote the record.",
        )
    return _printed(_html.render(record, options), attached, record)


def _printed(page: str, attached: bytes, record: Record) -> bytes:
    weasyprint = _library()
    when = datetime.fromisoformat(record.effective_time)
    attachment = weasyprint.Attachment(
        string=attached,
        name="record.json",
        description="The release record that this report was made from",
        relationship="Source",
        created=when,
        modified=when,
    )
    try:
        document = weasyprint.HTML(string=page, url_fetcher=_nothing)
        made = document.write_pdf(
            pdf_variant=VARIANT, attachments=[attachment], pdf_identifier=hashlib.sha256(attached).digest()[:16]
        )
    except Exception as e:  # a foreign library: whatever it raises, there is no PDF
        raise ToolError(f"the PDF could not be made: {e}", "Use -o html=FILE and print it from a browser.") from e
    assert isinstance(made, bytes)
    return made


def _library() -> Any:
    try:
        import weasyprint
    except (ImportError, OSError) as e:  # OSError: its native libraries are not there
        raise ToolError(
            f"PDF output is not installed: {e}",
            "Install release-gatekeeper[pdf] and pango, or use -o html=FILE and print it from a browser.",
        ) from e
    return weasyprint


def _nothing(url: str, *_: object, **__: object) -> dict[str, object]:
    raise ValueError(f"the page asked for {url}; it must not fetch anything")


REPORT = Report(id="pdf", title="PDF/A-3 report with the record attached", render=render, suffix=".pdf")
