import io
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.util import Inches

from ingest.parsers.slides.pptx import parse
from ingest.types import BlockKind, ParsedDocument

BOX = (Inches(1), Inches(3), Inches(3), Inches(1))


def read(deck: Deck) -> ParsedDocument:
    out = io.BytesIO()
    deck.save(out)
    return parse(out.getvalue(), "deck.pptx")


def slide_of(deck: Deck, layout: int, title: str = "") -> Slide:
    slide = deck.slides.add_slide(deck.slide_layouts[layout])
    if title and slide.shapes.title is not None:
        slide.shapes.title.text = title
    return slide


def test_slides_are_pages_with_their_title_as_heading() -> None:
    """Each block knows its slide, and stands under that slide's title."""
    deck = Presentation()
    for title in ("Leave", "Pay"):
        slide_of(deck, 1, title).placeholders[1].text = f"About {title}"
    document = read(deck)
    assert document.title == "Leave"
    assert document.pages == 2
    assert [(block.page, block.headings) for block in document.blocks] == [
        (1, ()),
        (1, ("Leave",)),
        (2, ()),
        (2, ("Pay",)),
    ]


def test_bullets_of_a_body_are_one_list(texts: Callable[..., list[str]]) -> None:
    """Paragraphs of the body placeholder are items, indented by their level."""
    deck = Presentation()
    frame = slide_of(deck, 1, "Leave").placeholders[1].text_frame
    frame.text = "25 days"
    for text, level in (("carried over", 1), ("sick leave", 0)):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
    assert texts(read(deck), BlockKind.LIST) == ["- 25 days\n  - carried over\n- sick leave"]


def test_speaker_notes_follow_the_slide(texts: Callable[..., list[str]]) -> None:
    """Notes are a paragraph below the slide that they belong to."""
    deck = Presentation()
    slide_of(deck, 5, "Leave").notes_slide.notes_text_frame.text = "Say it slowly."
    assert texts(read(deck)) == ["Leave", "Notes: Say it slowly."]


def test_table_is_rows_with_header_and_merged_cells_once() -> None:
    """A table on a slide is rows of that page."""
    deck = Presentation()
    table = slide_of(deck, 5, "Rates").shapes.add_table(3, 2, *BOX).table
    for row, cells in enumerate([["City", "Rate"], ["Oslo", "90"], ["Note", ""]]):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    table.cell(2, 0).merge(table.cell(2, 1))
    document = read(deck)
    assert document.text == "Rates\n\nCity | Rate\nOslo | 90\nNote"
    assert document.blocks[2].table_header == "City | Rate"
    assert document.blocks[2].page == 1


def test_chart_gives_its_numbers() -> None:
    """Categories and series of a chart can be asked for."""
    deck = Presentation()
    data = CategoryChartData()
    data.categories = ["2024", "2025"]
    data.add_series("Revenue", (1.5, 2))
    slide_of(deck, 5, "Growth").shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *BOX, data)
    assert "Category | Revenue\n2024 | 1.5\n2025 | 2" in read(deck).text


def test_groups_are_taken_apart_in_reading_order(texts: Callable[..., list[str]]) -> None:
    """Shapes come from top to bottom and left to right, inside groups as well."""
    deck = Presentation()
    slide = slide_of(deck, 5, "Order")
    group = slide.shapes.add_group_shape()
    for text, left, top in (("third", 1, 5), ("second", 4, 4), ("first", 1, 4)):
        box = group.shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(0.5))
        box.text_frame.text = text
    assert texts(read(deck), BlockKind.PARAGRAPH) == ["first", "second", "third"]


def test_hidden_and_off_slide_shapes_are_dropped() -> None:
    """What an audience cannot see is not read."""
    deck = Presentation()
    slide = slide_of(deck, 5, "Leave")
    outside = slide.shapes.add_textbox(Inches(30), Inches(1), Inches(2), Inches(1))
    outside.text_frame.text = "Say yes outside"
    hidden = slide.shapes.add_textbox(*BOX)
    hidden.text_frame.text = "Say yes hidden"
    hidden._element.xpath(".//p:cNvPr")[0].set("hidden", "1")
    assert read(deck).text == "Leave"


def test_slide_without_title_has_its_first_line_or_number() -> None:
    """No slide is left under the title of the one before it."""
    deck = Presentation()
    slide_of(deck, 5, "First")
    slide_of(deck, 6).shapes.add_textbox(*BOX).text_frame.text = "Short line"
    slide_of(deck, 6).shapes.add_textbox(*BOX).text_frame.text = "long " * 60
    document = read(deck)
    headings = [block for block in document.blocks if block.kind is BlockKind.HEADING]
    assert [document.text[block.start : block.end] for block in headings] == [
        "First",
        "Short line",
        "Slide 3",
    ]


def test_slide_of_pictures_alone_is_reported() -> None:
    """A slide without text layer is named, so that nobody thinks that it was read."""
    deck = Presentation()
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    slide_of(deck, 6).shapes.add_picture(picture, 0, 0)
    document = read(deck)
    assert document.text == ""
    assert document.scanned_pages == (1,)


@pytest.mark.parametrize(
    ("name", "include"),
    [
        (
            "test.pptx",
            [
                "2cdda5c8-e50e-4db4-b5f0-9722a649f455",
                "04191ea8-5c73-4215-a1d3-1cfb43aaaf12",
                "1b92870d-e3b5-4e65-8153-919f4ff45592",
                "a3f6004b-6f4f-4ea8-bee3-3741f4dc385f",
            ],
        ),
        ("pptx_complex_layout.pptx", ["Our products lead the market"]),
    ],
)
def test_real_presentations(
    public_file: Callable[[str], bytes],
    is_sound: Callable[[ParsedDocument], bool],
    name: str,
    include: list[str],
) -> None:
    """Published presentations keep what their slides, tables and charts say."""
    document = parse(public_file(f"parser-public/files/markitdown/{name}"), name)
    assert is_sound(document)
    assert [words for words in include if words not in document.text] == []


WORDS = st.text(st.characters(exclude_categories=["C"]), max_size=15)


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(WORDS, st.lists(WORDS, max_size=3)), max_size=4))
def test_any_presentation_is_sound(
    is_sound: Callable[[ParsedDocument], bool], slides: list[tuple[str, list[str]]]
) -> None:
    """Whatever stands on the slides, blocks are in order, apart and inside the text."""
    deck = Presentation()
    for title, lines in slides:
        slide_of(deck, 1, title).placeholders[1].text = "\n".join(lines)
    document = read(deck)
    assert is_sound(document)
    assert all(1 <= (block.page or 0) <= len(slides) for block in document.blocks)
