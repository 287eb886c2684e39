import io
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import ParseError
from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.pdf.document import parse
from ingest.parsers.pdf.layout import add_pages
from ingest.parsers.pdf.lines import Line, Page, cells_at_end, header_of, tidied
from ingest.types import BlockKind, ParsedDocument
from tests.ingest.parsers.pdf.making import BOLD, CHINESE, IMAGE, At, column, make_pdf

HEADING, PARAGRAPH, LIST, ROW = (
    BlockKind.HEADING,
    BlockKind.PARAGRAPH,
    BlockKind.LIST,
    BlockKind.ROW,
)
Texts = Callable[..., list[str]]

POLICY = [
    "Every employee is entitled to twenty-five days of paid leave in each calendar year,",
    "and days that were not taken carry over until the end of March of the following one,",
    "unless the manager agreed to something else.",
]
JOINED = " ".join(POLICY)


def test_lines_become_paragraphs_under_headings(texts: Texts) -> None:
    """Larger type makes a heading, its size the level, and lines join into one paragraph."""
    pdf = make_pdf(
        [
            At(72, 740, "Leave policy", 20),
            At(72, 712, "Annual leave", 14),
            *column(POLICY, top=690),
            *column(["A second paragraph stands further down."], top=630),
        ]
    )
    document = parse(pdf, "leave.pdf")
    assert document.title == "Leave policy"
    assert texts(document, HEADING) == ["Leave policy", "Annual leave"]
    assert texts(document, PARAGRAPH) == [JOINED, "A second paragraph stands further down."]
    assert document.blocks[2].headings == ("Leave policy", "Annual leave")
    assert document.language == "en"


def test_bold_line_on_its_own_is_a_heading(texts: Texts) -> None:
    """Bold type of the body's size heads what follows."""
    pdf = make_pdf([At(72, 720, "Notice period", font=BOLD), *column(POLICY, top=700)])
    document = parse(pdf, "a.pdf")
    assert texts(document, HEADING) == ["Notice period"]
    assert texts(document, PARAGRAPH) == [JOINED]


def test_every_block_names_its_page(texts: Texts) -> None:
    """Pages count from 1, and no block goes over the end of one."""
    document = parse(make_pdf(*[column([line]) for line in POLICY]), "a.pdf")
    assert [block.page for block in document.blocks] == [1, 2, 3]
    assert document.pages == 3


def test_items_of_a_list_stay_apart(texts: Texts) -> None:
    """Each item is a block, with the lines that belong to it."""
    lines = ["\u2022 Bring your passport and the", "signed contract", "\u2022 Be on time"]
    document = parse(make_pdf([*column(POLICY), *column(lines, top=600)]), "a.pdf")
    assert texts(document, LIST) == [
        "• Bring your passport and the signed contract",
        "• Be on time",
    ]


def test_rows_of_a_table_keep_label_and_numbers(texts: Texts) -> None:
    """Each row is a line; the row with the years is the header of those below."""
    rows = [
        ("(Millions)", "2023", "2022"),
        ("Net sales", "5,363", "4,869"),
        ("Cost of sales, including", "", ""),
        ("purchased services", "(268)", "(208)"),
        ("Operating income", "$ 5,095", "$ 4,661"),
    ]
    cells = [
        At(x, 560 - 13 * n, text)
        for n, row in enumerate(rows)
        for x, text in zip((72, 320, 400), row, strict=True)
        if text
    ]
    document = parse(make_pdf([*column(POLICY), *cells]), "a.pdf")
    assert texts(document, ROW) == [
        "(Millions) 2023 2022",
        "Net sales 5,363 4,869",
        "Cost of sales, including purchased services (268) (208)",
        "Operating income $ 5,095 $ 4,661",
    ]
    headers = [block.table_header for block in document.blocks if block.kind is ROW]
    assert headers == [None, *["(Millions) 2023 2022"] * 3]
    assert [block.row for block in document.blocks if block.kind is ROW] == [1, 2, 3, 4]


def test_numbers_written_column_by_column_come_to_their_labels(texts: Texts) -> None:
    """A producer that writes all labels first and all numbers later loses no pairing."""
    labels = ["Rent", "Travel", "Salaries", "Insurance"]
    cells = [At(72, 560 - 15 * n, label) for n, label in enumerate(labels)]
    cells += [At(300, 560 - 15 * n, f"{n + 1},000") for n in range(4)]
    cells += [At(400, 560 - 15 * n, f"{n + 1}.5%") for n in range(4)]
    document = parse(make_pdf([*column(POLICY), *cells]), "a.pdf")
    assert texts(document, ROW) == [
        f"{label} {n},000 {n}.5%" for n, label in enumerate(labels, start=1)
    ]


def test_two_columns_are_read_one_after_the_other(texts: Texts) -> None:
    """Text of the left column runs on in the right one, and lines do not mix."""
    left = ["The left column begins here and", "goes on for several lines of the", "page until it"]
    right = ["continues on the right side of", "the page, where it ends."]
    document = parse(make_pdf([*column(left), *column(right, x=330)]), "a.pdf")
    assert texts(document) == [" ".join(left + right)]


def test_hyphen_at_a_line_end_goes_only_where_words_are_broken(texts: Texts) -> None:
    """In a hyphenated document "regu-lation" is mended; known compounds stay."""
    lines = [
        "This long-term regulation of the company is meant for every single employee and regu-",
        "lation of travel is part of it, while the plan that we follow is called long-",
        "term on purpose by everybody who was involved.",
    ]
    document = parse(make_pdf(column(lines)), "a.pdf")
    text = " ".join(document.text.split())
    assert "employee and regulation of travel" in text
    assert "is called long-term on purpose" in text


def test_running_heads_and_page_numbers_do_not_interrupt(texts: Texts) -> None:
    """What stands on every page is said once, page numbers never."""
    pages = [
        [
            At(72, 760, "Acme staff handbook"),
            *column([*POLICY, f"Rule {n * n}."]),
            At(300, 30, f"{n}"),
        ]
        for n in range(1, 6)
    ]
    document = parse(make_pdf(*pages), "a.pdf")
    assert document.text.count("Acme staff handbook") == 1
    assert [block for block in texts(document) if block.isdigit()] == []


def test_outline_gives_headings_their_level(texts: Texts) -> None:
    """A bookmark's title on its page is a heading, however plain its type."""
    pdf = make_pdf(
        [At(72, 720, "Scope"), *column(POLICY)],
        [At(72, 720, "Duties"), *column(POLICY)],
        outline=[("1 Scope", 1), ("2 Duties", 2)],
    )
    document = parse(pdf, "a.pdf")
    assert texts(document, HEADING) == ["Scope", "Duties"]
    assert document.blocks[-1].headings == ("Duties",)


def test_chinese_lines_join_without_a_space(texts: Texts) -> None:
    """A paragraph that is broken inside a sentence reads as one; 第一章 is a heading."""
    lines = [
        At(72, 740, "第一章 总则", font=CHINESE),
        At(
            72,
            712,
            "员工每年享有二十五天带薪年假，未休完的年假可以顺延至次年三月底，但经",
            font=CHINESE,
        ),
        At(72, 697, "主管同意的除外。", font=CHINESE),
    ]
    document = parse(make_pdf(lines), "手册.pdf")
    assert document.language == "zh"
    assert texts(document, HEADING) == ["第一章 总则"]
    assert texts(document, PARAGRAPH) == [
        "员工每年享有二十五天带薪年假，未休完的年假可以顺延至次年三月底，但经主管同意的除外。"
    ]


def test_chinese_set_wide_loses_its_spaces(texts: Texts) -> None:
    """Letter-spacing in a PDF is no white space of the text."""
    lines = [At(72, 700, "关 于 年 假 的 规 定", font=CHINESE)]
    assert texts(parse(make_pdf(lines), "a.pdf")) == ["关于年假的规定"]


@pytest.mark.parametrize("matrix", ["0 1 -1 0", "0 -1 1 0", "-1 0 0 -1"])
def test_text_that_runs_another_way_is_still_text(matrix: str, texts: Texts) -> None:
    """A landscape page in a portrait file gives the same paragraphs."""
    down = {"0 1 -1 0": (13, 0), "0 -1 1 0": (-13, 0), "-1 0 0 -1": (0, 13)}[matrix]
    start = {"0 1 -1 0": (200, 72), "0 -1 1 0": (400, 700), "-1 0 0 -1": (500, 300)}[matrix]
    lines = [
        At(start[0] + n * down[0], start[1] + n * down[1], line, matrix=matrix)
        for n, line in enumerate(POLICY)
    ]
    assert texts(parse(make_pdf(lines), "a.pdf")) == [JOINED]


def test_pages_without_a_text_layer_are_listed() -> None:
    """A picture of a page is a scan, also with a stamp on it; a blank page is none."""
    document = parse(make_pdf(column(POLICY), [IMAGE], [], [IMAGE, At(9, 9, "IMG 7")]), "a.pdf")
    assert document.scanned_pages == (2, 4)
    assert document.pages == 4


def test_scan_of_a_whole_file_has_no_text() -> None:
    """Nothing is made up for a file that only holds pictures."""
    document = parse(make_pdf([IMAGE], [IMAGE]), "scan.pdf")
    assert (document.text, document.scanned_pages, document.title) == ("", (1, 2), "scan")


def test_metadata_is_plain_and_junk_titles_are_ignored() -> None:
    """Dates are ISO, and "Microsoft Word - x.doc" is nobody's title."""
    info = (
        "/Title (Microsoft Word - final_v3.doc) /Author (Ann Lee) /Subject (Leave) "
        "/CreationDate (D:20240131120000+01'00') /ModDate (D:20240201)"
    )
    document = parse(make_pdf(column(POLICY), info=info), "leave-2024.pdf")
    assert document.title == "leave-2024"
    assert dict(document.metadata) == {
        "author": "Ann Lee",
        "subject": "Leave",
        "created": "2024-01-31T12:00:00+01:00",
        "modified": "2024-02-01",
    }
    titled = parse(make_pdf(column(POLICY), info="/Title (Leave policy 2024)"), "a.pdf")
    assert titled.title == "Leave policy 2024"


def _encrypted(user_password: str) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(make_pdf(column(POLICY)))))
    writer.encrypt(user_password, "owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_password_is_named_as_the_reason() -> None:
    """A file that asks for a password fails with a sentence that says what to do."""
    with pytest.raises(ParseError, match="protected by a password; save a copy without one"):
        parse(_encrypted("secret"), "a.pdf")


def test_encryption_without_a_user_password_is_no_obstacle(texts: Texts) -> None:
    """Anyone may open such a file, so we do."""
    assert texts(parse(_encrypted(""), "a.pdf")) == [JOINED]


def test_file_that_pdfium_cannot_open_is_repaired(texts: Texts) -> None:
    """A trailer that points nowhere is mended by the lenient reader."""
    broken = make_pdf(column(POLICY)).replace(b"/Root 1 0 R", b"/Root 999 0 R")
    import pypdfium2

    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(broken)
    assert texts(parse(broken, "a.pdf")) == [JOINED]


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.97])
def test_truncated_file_gives_its_text_or_a_reason(share: float) -> None:
    """Wherever an upload was cut off, the end is a document or a `ParseError`."""
    whole = make_pdf(*[column(POLICY)] * 5)
    with suppress(ParseError):
        document = parse(whole[: int(len(whole) * share)], "a.pdf")
        assert set("".join(document.text.split())) <= set(JOINED)


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"%PDF-1.7", b"hello"])
def test_what_is_no_pdf_is_refused(data: bytes) -> None:
    """The reason is ours, never an exception of a library."""
    with pytest.raises(ParseError):
        parse(data, "a.pdf")


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("Net income $ 5,363 (4.2) 12 %", ["$", "5,363", "(4.2)", "12", "%"]),
        ("Dividends — 14 1 (15)", ["—", "14", "1", "(15)"]),
        ("ended December 31, 2018", ["2018"]),
        ("in the year 2018.", []),
        ("plain words", []),
        ("", []),
    ],
)
def test_numbers_at_the_end_of_a_line_are_cells(text: str, cells: list[str]) -> None:
    """Amounts, percentages, dashes and currency signs count; words and sentences do not."""
    assert cells_at_end(text) == cells


def test_header_is_what_stands_above_the_first_data() -> None:
    """Years and units make a header; a table that begins with data has none."""
    rows = ["Years ended December 31", "(Millions) 2018 2017", "Net income 5 6", "Tax 1 2"]
    assert header_of(rows) == "Years ended December 31 (Millions) 2018 2017"
    assert header_of(rows[2:]) == ""


_WORDS = st.text("abcXYZ019年假。.,-•() ", min_size=1, max_size=30).filter(str.strip)
_LINES = st.builds(
    lambda text, x, y, size, weight: Line(text.strip(), x, x + 5 * len(text), y, size, weight),
    _WORDS,
    st.integers(0, 500).map(float),
    st.integers(0, 790).map(float),
    st.sampled_from([8.0, 11.0, 18.0]),
    st.sampled_from([0, 400, 700]),
)


@given(st.lists(st.lists(_LINES, max_size=12), max_size=4))
def test_layout_loses_and_invents_nothing(
    is_sound: Callable[[ParsedDocument], bool], pages: list[list[Line]]
) -> None:
    """Whatever the geometry, every page's characters are in blocks of that page, once."""
    out = Assembler()
    add_pages(out, [Page(n, tidied(lines)) for n, lines in enumerate(pages, start=1)])
    document = out.document("t")
    assert is_sound(document)
    for number, lines in enumerate(pages, start=1):
        shown = "".join(document.text[b.start : b.end] for b in document.blocks if b.page == number)
        assert _solid(shown) == _solid("".join(line.text for line in lines))


def _solid(text: str) -> list[str]:
    """The characters in some order; hyphens may go, leaders of dots are white space."""
    kept = (c for c in text if not c.isspace() and c not in "-.")
    return sorted(kept)
