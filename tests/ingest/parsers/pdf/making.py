"""PDF files written out object by object, so that a test says what is on the page and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

REGULAR, BOLD, CHINESE = "F1", "F2", "F3"

_FONTS = """<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica
 /Encoding /WinAnsiEncoding >> /F2 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold
 /Encoding /WinAnsiEncoding >> /F3 << /Type /Font /Subtype /Type0 /BaseFont /STSong-Light
 /Encoding /UniGB-UCS2-H /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0
 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >>
 /DW 1000 >>] >> >>"""


@dataclass(frozen=True)
class At:
    """Text at a place, in points from the lower left corner."""

    x: float
    y: float
    text: str
    size: float = 11
    font: str = REGULAR
    matrix: str = "1 0 0 1"

    def operators(self) -> str:
        if self.font == CHINESE:
            shown = f"<{self.text.encode('utf-16-be').hex()}>"
        else:
            plain = self.text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            shown = f"({plain})"
        where = f"{self.matrix} {self.x} {self.y} Tm"
        return f"BT /{self.font} {self.size} Tf {where} {shown} Tj ET"


IMAGE = "q 612 0 0 792 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"
"""A picture as large as the page."""

Page = Sequence[At | str]


def column(
    lines: Sequence[str], *, x: float = 72, top: float = 700, step: float = 13, size: float = 11
) -> list[At]:
    """Lines below each other."""
    return [At(x, top - n * step, line, size) for n, line in enumerate(lines)]


def make_pdf(
    *pages: Page,
    info: str = "",
    outline: Sequence[tuple[str, int]] = (),
    rotate: int = 0,
) -> bytes:
    """A PDF of pages of 612 x 792 points; `outline` has (title, page from 1), one level."""
    objects: list[bytes] = [b"", b""]
    first_page = 3
    kids = " ".join(f"{first_page + 2 * n} 0 R" for n in range(len(pages)))
    for n, page in enumerate(pages):
        content = "\n".join(each if isinstance(each, str) else each.operators() for each in page)
        data = content.encode("cp1252", "replace")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Rotate {rotate} /Resources "
            f"<< /Font {_FONTS} >> /Contents {first_page + 2 * n + 1} 0 R >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data))
    root = "<< /Type /Catalog /Pages 2 0 R >>"
    if outline:
        at = len(objects) + 1
        root = f"<< /Type /Catalog /Pages 2 0 R /Outlines {at} 0 R >>"
        objects.append(b"<< /First %d 0 R /Last %d 0 R >>" % (at + 1, at + len(outline)))
        for n, (title, page_number) in enumerate(outline, start=1):
            near = f"/Prev {at + n - 1} 0 R " if n > 1 else ""
            near += f"/Next {at + n + 1} 0 R " if n < len(outline) else ""
            target = f"{first_page + 2 * (page_number - 1)} 0 R"
            objects.append(
                f"<< /Title ({title}) /Parent {at} 0 R {near}/Dest [{target} /Fit] >>".encode()
            )
    objects[0] = root.encode()
    objects[1] = f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode()
    if info:
        objects.append(f"<< {info} >>".encode())
    return _file(objects, f"/Info {len(objects)} 0 R" if info else "")


def _file(objects: Sequence[bytes], trailer: str) -> bytes:
    out = bytearray(b"%PDF-1.5\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    size = len(objects) + 1
    out += (
        f"trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    )
    return bytes(out)
