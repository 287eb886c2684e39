"""Opening a PDF by pdfium; a broken one is repaired by pypdf first."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from ingest.errors import ParseError

_WRONG_PASSWORD = 4


def open_pdf(data: bytes) -> Any:
    """pdfium's document; the caller closes it.

    A file that is encrypted without a user password opens.

    Raises:
        ParseError: protected by a password, or broken beyond repair.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    if not data.strip(b"\0 \r\n\t"):
        raise ParseError("the file is empty: it holds no PDF")
    try:
        pdf = PdfDocument(data)
        if len(pdf):
            return pdf
        pdf.close()
    except PdfiumError as exc:
        if exc.err_code == _WRONG_PASSWORD:
            raise _protected() from exc
    try:
        return PdfDocument(_repaired(data))
    except PdfiumError as exc:
        raise ParseError(f"the PDF is broken and could not be repaired ({exc})") from exc


def _protected() -> ParseError:
    return ParseError("the PDF is protected by a password; save a copy without one and index that")


def _repaired(data: bytes) -> bytes:
    """The pages that pypdf's lenient reader still finds, written as a new PDF."""
    from pypdf import PdfReader, PdfWriter

    try:
        reader = PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise _protected()
        writer = PdfWriter()
        for page in reader.pages:
            writer.add_page(page)
        if not writer.pages:
            raise ParseError("the PDF holds no pages")
        out = BytesIO()
        writer.write(out)
    except (ParseError, MemoryError):
        raise
    except Exception as exc:  # pypdf raises whatever broken bytes lead it to
        raise ParseError(
            f"the PDF is broken and could not be repaired ({type(exc).__name__}: {exc}); "
            "open it in a viewer and save it again"
        ) from exc
    return out.getvalue()
