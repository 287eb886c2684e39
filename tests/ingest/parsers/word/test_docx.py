import io
import zipfile
from collections.abc import Callable

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.errors import ParseError
from ingest.parsers.word.docx import parse
from ingest.types import BlockKind, ParsedDocument

W = nsdecls("w")


def saved(document: Document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def read(document: Document) -> ParsedDocument:
    return parse(saved(document), "policy.docx")


def with_part(data: bytes, part: str, content: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.namelist():
            if entry != part:
                new.writestr(entry, old.read(entry))
        new.writestr(part, content)
    return out.getvalue()


def appended(document: Document, paragraph_xml: str) -> None:
    body = document.element.body
    body.insert(len(body) - 1, parse_xml(paragraph_xml))


def test_headings_and_paragraphs_nest() -> None:
    """Heading styles give the path; the title style stands at its top."""
    document = docx.Document()
    document.add_heading("Leave policy", 0)
    document.add_paragraph("Who may leave.")
    document.add_heading("Annual leave", 1)
    document.add_heading("Carry over", 2)
    document.add_paragraph("Until March.")
    read_back = read(document)
    assert read_back.title == "Leave policy"
    assert read_back.blocks[1].headings == ("Leave policy",)
    assert read_back.blocks[-1].headings == ("Annual leave", "Carry over")
    assert [block.level for block in read_back.blocks] == [1, 0, 1, 2, 0]


@pytest.mark.parametrize("name", ["Überschrift 2", "标题 2", "Titre 2", "見出し 2", "My clause"])
def test_translated_and_own_heading_styles_are_headings(name: str) -> None:
    """A style is a heading by its name in any language, or by its outline level."""
    document = docx.Document()
    style = document.styles.add_style(name, 1)
    if name == "My clause":
        level = f'<w:outlineLvl {W} w:val="1"/>'
        style.element.get_or_add_pPr().append(parse_xml(level))
    document.add_paragraph("Scope", style=name)
    block = read(document).blocks[0]
    assert (block.kind, block.level) == (BlockKind.HEADING, 2)


def test_short_bold_lines_are_headings_where_no_styles_are_used() -> None:
    """Authors who know no styles make headings bold."""
    document = docx.Document()
    document.add_paragraph().add_run("Carry over").bold = True
    document.add_paragraph("Until March.")
    assert read(document).blocks[1].headings == ("Carry over",)


def test_list_is_one_block_with_the_numbers_that_word_shows(
    texts: Callable[..., list[str]],
) -> None:
    """Consecutive items are one block; bullets and numbers are as on the page."""
    document = docx.Document()
    document.add_paragraph("one", style="List Number")
    document.add_paragraph("two", style="List Number")
    document.add_paragraph("Then:")
    document.add_paragraph("dot", style="List Bullet")
    document.add_paragraph("under", style="List Bullet 2")
    document.add_paragraph("three", style="List Number")
    lists = texts(read(document), BlockKind.LIST)
    assert lists[0] == "1. one\n2. two"
    assert lists[1] == "- dot\n- under\n3. three"


def test_numbers_of_clauses_are_part_of_their_headings(texts: Callable[..., list[str]]) -> None:
    """Numbered headings show "1", "1.1" and 第二条 as Word does."""
    document = docx.Document()
    for level in (1, 2, 2, 1):
        heading = document.add_heading(f"Level {level}", level)
        properties = heading._p.get_or_add_pPr()
        properties.append(
            parse_xml(f'<w:numPr {W}><w:ilvl w:val="{level - 1}"/><w:numId w:val="77"/></w:numPr>')
        )
    clause = document.add_paragraph("休假")
    clause._p.get_or_add_pPr().append(
        parse_xml(f'<w:numPr {W}><w:ilvl w:val="0"/><w:numId w:val="78"/></w:numPr>')
    )
    numbering = f"""<w:numbering {W}>
    <w:abstractNum w:abstractNumId="7">
      <w:lvl w:ilvl="0"><w:start w:val="1"/>
        <w:numFmt w:val="decimal"/><w:lvlText w:val="%1"/></w:lvl>
      <w:lvl w:ilvl="1"><w:start w:val="1"/>
        <w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl>
    </w:abstractNum>
    <w:abstractNum w:abstractNumId="8">
      <w:lvl w:ilvl="0"><w:start w:val="12"/>
        <w:numFmt w:val="chineseCounting"/><w:lvlText w:val="第%1条"/></w:lvl>
    </w:abstractNum>
    <w:num w:numId="77"><w:abstractNumId w:val="7"/></w:num>
    <w:num w:numId="78"><w:abstractNumId w:val="8"/></w:num></w:numbering>"""
    document_read = parse(with_part(saved(document), "word/numbering.xml", numbering), "a.docx")
    assert texts(document_read) == [
        "1 Level 1",
        "1.1 Level 2",
        "1.2 Level 2",
        "2 Level 1",
        "第十二条 休假",
    ]


def test_table_is_rows_with_header_and_merged_cells_once() -> None:
    """Rows carry the header; what is merged stands in its first cell alone."""
    document = docx.Document()
    table = document.add_table(rows=4, cols=3)
    for row, cells in zip(
        table.rows,
        [["City", "Year", "Rate"], ["Oslo", "2025", "90"], ["", "2026", "95"], ["In EUR", "", ""]],
        strict=True,
    ):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(3, 0).merge(table.cell(3, 2))
    read_back = read(document)
    assert read_back.text == "City | Year | Rate\nOslo | 2025 | 90\n| 2026 | 95\nIn EUR"
    assert read_back.blocks[2].table_header == "City | Year | Rate"
    assert [block.row for block in read_back.blocks] == [1, 2, 3, 4]


def test_table_of_one_cell_is_a_frame_around_text(texts: Callable[..., list[str]]) -> None:
    """A box drawn as a table holds paragraphs, not rows."""
    document = docx.Document()
    cell = document.add_table(rows=1, cols=1).cell(0, 0)
    cell.text = "Mind"
    cell.add_paragraph("the gap")
    assert texts(read(document), BlockKind.PARAGRAPH) == ["Mind", "the gap"]


def test_tracked_changes_are_read_as_accepted() -> None:
    """What was inserted is text, what was deleted or moved away is not."""
    document = docx.Document()
    appended(
        document,
        f"""<w:p {W}><w:r><w:t xml:space="preserve">Leave is </w:t></w:r>
        <w:del w:id="1" w:author="a"><w:r><w:delText>20</w:delText></w:r></w:del>
        <w:ins w:id="2" w:author="a"><w:r><w:t>25</w:t></w:r></w:ins>
        <w:moveFrom w:id="3" w:author="a"><w:r><w:t>gone</w:t></w:r></w:moveFrom>
        <w:r><w:t xml:space="preserve"> days</w:t></w:r></w:p>""",
    )
    appended(
        document,
        f"""<w:p {W}><w:pPr><w:rPr><w:del w:id="4" w:author="a"/></w:rPr></w:pPr>
        <w:r><w:t xml:space="preserve">joined </w:t></w:r></w:p>""",
    )
    document.add_paragraph("together")
    assert read(document).text == "Leave is 25 days\n\njoined together"


def test_hidden_text_is_dropped() -> None:
    """Hidden, struck-out, white and tiny runs are not read; white on a shade is."""
    document = docx.Document()
    paragraph = document.add_paragraph("Shown. ")
    hidden = [paragraph.add_run("Say yes. ") for _ in range(5)]
    hidden[0].font.hidden = True
    hidden[1].font.strike = True
    hidden[2].font.color.rgb = RGBColor(255, 255, 255)
    hidden[3].font.size = Pt(1)
    style = document.styles.add_style("Ghost", 2)
    style.font.hidden = True
    hidden[4].style = style
    shaded = paragraph.add_run("White on black.")
    shaded.font.color.rgb = RGBColor(255, 255, 255)
    shaded._r.get_or_add_rPr().append(parse_xml(f'<w:shd {W} w:fill="000000"/>'))
    assert read(document).text == "Shown. White on black."


def test_fields_show_their_result_and_links_their_text() -> None:
    """Instructions of fields are not text; what they show and what links say is."""
    document = docx.Document()
    appended(
        document,
        f"""<w:p {W}><w:r><w:fldChar w:fldCharType="begin"/></w:r>
        <w:r><w:instrText>REF _Ref1 \\h</w:instrText></w:r>
        <w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>Section 2</w:t></w:r>
        <w:r><w:fldChar w:fldCharType="end"/></w:r><w:hyperlink w:anchor="x"><w:r>
        <w:t xml:space="preserve"> and the form</w:t></w:r></w:hyperlink></w:p>""",
    )
    assert read(document).text == "Section 2 and the form"


def test_text_box_is_read_once() -> None:
    """A box that is there in two forms for two versions of Word is read once."""
    document = docx.Document()
    box = "<w:txbxContent><w:p><w:r><w:t>In the box</w:t></w:r></w:p></w:txbxContent>"
    appended(
        document,
        f"""<w:p {W} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
        xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
        xmlns:v="urn:schemas-microsoft-com:vml"><w:r><w:t>Anchor</w:t></w:r><w:r>
        <mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{box}</wps:txbx>
        </w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict>
        </mc:Fallback></mc:AlternateContent></w:r></w:p>""",
    )
    assert read(document).text == "Anchor\n\nIn the box"


def test_footnote_follows_the_block_that_cites_it(texts: Callable[..., list[str]]) -> None:
    """A note is a paragraph of its own, under the same heading as its reference."""
    document = docx.Document()
    document.add_heading("Leave", 1)
    appended(
        document,
        f'<w:p {W}><w:r><w:t>25 days</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>',
    )
    document.add_heading("Pay", 1)
    notes = f"""<w:footnotes {W}><w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>
    <w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t>Pro rata.</w:t></w:r></w:p>
    </w:footnote></w:footnotes>"""
    read_back = parse(with_part(saved(document), "word/footnotes.xml", notes), "a.docx")
    assert texts(read_back) == ["Leave", "25 days", "Pro rata.", "Pay"]
    assert read_back.blocks[2].headings == ("Leave",)


def test_a_box_before_a_footnote_is_no_part_of_the_note(texts: Callable[..., list[str]]) -> None:
    """Box and note hang on one paragraph, and each is a paragraph of its own."""
    document = docx.Document()
    box = "<w:txbxContent><w:p><w:r><w:t>In the box</w:t></w:r></w:p></w:txbxContent>"
    appended(
        document,
        f"""<w:p {W}><w:r><w:t>25 days</w:t></w:r><w:r><w:pict>{box}</w:pict></w:r>
        <w:r><w:footnoteReference w:id="2"/></w:r></w:p>""",
    )
    notes = f"""<w:footnotes {W}><w:footnote w:id="2"><w:p><w:r><w:t>Pro rata.</w:t></w:r></w:p>
    </w:footnote></w:footnotes>"""
    read_back = parse(with_part(saved(document), "word/footnotes.xml", notes), "a.docx")
    assert texts(read_back) == ["25 days", "Pro rata.", "In the box"]


def test_properties_are_metadata() -> None:
    """Title, author and subject come from the document, not from its template."""
    document = docx.Document()
    document.core_properties.title = "Leave policy"
    document.core_properties.author = "Ann"
    document.core_properties.subject = "HR"
    read_back = read(document)
    assert read_back.title == "Leave policy"
    assert read_back.metadata["author"] == "Ann"
    assert read_back.metadata["subject"] == "HR"


@pytest.mark.parametrize("title", ["Word Document", "Microsoft Word - a.doc", "Document1", ""])
def test_titles_that_programs_write_are_no_titles(title: str) -> None:
    """A placeholder in the properties gives way to the first heading, then to the name."""
    document = docx.Document()
    document.core_properties.title = title
    assert read(document).title == "policy"
    document.add_heading("Leave", 1)
    assert read(document).title == "Leave"


def test_strict_open_xml_is_read() -> None:
    """The same document in the strict form of the standard is the same text."""
    document = docx.Document()
    document.add_heading("Leave", 1)
    document.add_paragraph("25 days")
    data = saved(document)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for part in ("word/document.xml", "word/styles.xml"):
            xml = archive.read(part).decode()
            strict = xml.replace(
                "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
                "http://purl.oclc.org/ooxml/wordprocessingml/main",
            )
            data = with_part(data, part, strict)
    assert parse(data, "a.docx").blocks[1].headings == ("Leave",)


def test_broken_xml_is_refused_with_the_part() -> None:
    """A part that is no XML is named in the reason."""
    data = with_part(saved(docx.Document()), "word/document.xml", "<w:document>")
    with pytest.raises(ParseError, match=r"word/document\.xml.*damaged"):
        parse(data, "a.docx")


@pytest.mark.parametrize(
    ("path", "include", "exclude"),
    [
        (
            "parser-public/files/markitdown/test.docx",
            [
                "314b0a30-5b04-470b-b9f7-eed2c2bec74a",
                "49e168b7-d2ae-407f-a055-2167576f39a1",
                "d666f1f7-46cb-42bd-9a39-9a39cf2a509f",
            ],
            ["<w:", "instrText"],
        ),
        (
            "parser-public/files/markitdown/test_with_comment.docx",
            ["d666f1f7-46cb-42bd-9a39-9a39cf2a509f"],
            ["This is a test comment"],
        ),
        (
            "hb-18f/files/downloads/TEMPLATE_Team_charter.docx",
            ["Name | Role | Location | Pronouns | Allocation", "- For interviews\n  - How will"],
            ["FORMTEXT"],
        ),
    ],
)
def test_real_documents(
    public_file: Callable[[str], bytes],
    is_sound: Callable[[ParsedDocument], bool],
    path: str,
    include: list[str],
    exclude: list[str],
) -> None:
    """Published documents keep what they say and show nothing of their markup."""
    document = parse(public_file(path), path)
    assert is_sound(document)
    assert [words for words in include if words not in document.text] == []
    assert [words for words in exclude if words in document.text] == []


PIECES = st.tuples(
    st.sampled_from(["heading", "paragraph", "List Bullet", "table"]),
    st.text(st.characters(exclude_categories=["C"]), max_size=15),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(PIECES, max_size=8))
def test_any_document_is_sound_and_keeps_its_words(
    is_sound: Callable[[ParsedDocument], bool], pieces: list[tuple[str, str]]
) -> None:
    """Whatever is written, blocks are in order, apart and inside the text."""
    document = docx.Document()
    for kind, text in pieces:
        if kind == "heading":
            document.add_heading(text, 2)
        elif kind == "table":
            table = document.add_table(rows=2, cols=2)
            table.cell(0, 1).text = table.cell(1, 0).text = text
        else:
            document.add_paragraph(text, style="List Bullet" if kind != "paragraph" else None)
    assert qn("w:body") in [child.tag for child in document.element]
    assert is_sound(read(document))
