from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parsers.plain.markdown import parse
from ingest.types import BlockKind, ParsedDocument


def read(text: str, name: str = "page.md") -> ParsedDocument:
    return parse(text.encode(), name)


@pytest.mark.parametrize(
    ("markdown", "seen"),
    [
        ("Be **bold**, _calm_ and `x_y`.", "Be bold, calm and x_y."),
        ("See [the policy](https://a.b/c 'title') now.", "See the policy now."),
        ("![Org chart](a.png) and [![Badge](b.svg)](c)", "Org chart and Badge"),
        ("<https://a.b/c> &amp; &lt;tag&gt;", "https://a.b/c & <tag>"),
        ("one\ntwo  \nthree<br>four", "one two\nthree\nfour"),
        ("年假为\n二十五天", "年假为二十五天"),
        ("Leave is ~~20~~ 25 days", "Leave is 25 days"),
        ("A note[^1] here", "A note here"),
        ("Go [[Handbook/Leave|to leave]] or [[Home]]", "Go to leave or Home"),
        ('In {% slack "people" %}, [form]({% page "/a b" %})', "In people, form"),
        ('{% alert "New rules (07/13)" %}', "New rules (07/13)"),
        ('{% include "a/b.html" %}end', "end"),
        ('`{% raw %}` {{< ref "x" >}} end', "{% raw %} end"),
        ("a <span hidden>secret</span> b <!-- c --> d", "a b d"),
        ('!!! note "Mind"\n    the gap', "Mind\nthe gap"),
        ("snake_case and 2 * 3 * 4", "snake_case and 2 * 3 * 4"),
    ],
)
def test_text_is_what_the_reader_sees(markdown: str, seen: str) -> None:
    """Markup, template tags and hidden parts are gone; the words are as they are shown."""
    assert read(markdown).text == seen


def test_headings_of_both_kinds_make_the_path() -> None:
    """ATX and setext headings nest by their level."""
    document = read("Top\n===\n\n## Sub {#anchor}\n\ntext\n\nNext\n----\n\nmore")
    assert [block.headings for block in document.blocks] == [
        (),
        ("Top",),
        ("Top", "Sub"),
        ("Top",),
        ("Top", "Next"),
    ]


def test_list_is_one_block_with_all_that_is_in_it(texts: Callable[..., list[str]]) -> None:
    """Nested items, further paragraphs and code stay with their item."""
    document = read("3. do\n\n   - [x] this\n   - [ ] that\n\n   ```sh\n   make\n   ```\n4. rest\n")
    assert texts(document) == ["3. do\n  - ☑ this\n  - ☐ that\n  make\n4. rest"]
    assert document.blocks[0].kind is BlockKind.LIST


def test_code_is_kept_to_the_letter(texts: Callable[..., list[str]]) -> None:
    """Fenced and indented code keeps its spaces and its markup."""
    document = read("```py\n    a = **b\n\nc\n```\n\ntext\n\n    indented *x*\n")
    assert texts(document, BlockKind.CODE) == ["    a = **b\n\nc", "indented *x*"]


def test_table_rows_carry_the_header() -> None:
    """A pipe table gives rows by number below their header, cells as they are shown."""
    document = read("| a | **b** |\n|---|:-:|\n| 1 | x\\|y |\n| | [z](u) |\n")
    assert document.text == "a | b\n1 | x|y\n| z"
    assert [block.table_header for block in document.blocks] == [None, "a | b", "a | b"]
    assert [block.row for block in document.blocks] == [1, 2, 3]


def test_table_with_a_ruler_of_another_width_is_read() -> None:
    """A table that strict readers refuse is still rows, not a heap of bars."""
    document = read("| a | b |\n|---|---|---|\n| 1 | **2** |\n| 3 | 4 |\n")
    assert document.text == "a | b\n1 | 2\n3 | 4"
    assert document.blocks[2].table_header == "a | b"


def test_quotation_is_one_block(texts: Callable[..., list[str]]) -> None:
    """A block quote with several paragraphs stays together; an alert says its kind."""
    document = read("> first\n>\n> second\n\n> [!WARNING]\n> Hot.\n")
    assert texts(document, BlockKind.QUOTE) == ["first\nsecond", "Warning: Hot."]


@pytest.mark.parametrize(
    "front",
    [
        '---\ntitle: "Leave: rules"\nowner: hr@a.b\n'
        "tags:\n  - a\n  - b\ndate: 2026-01-02 # x\n---\n",
        '+++\ntitle = "Leave: rules"\nowner = "hr@a.b"\n'
        'tags = ["a", "b"]\ndate = 2026-01-02\n+++\n',
    ],
)
def test_front_matter_is_metadata_and_no_text(front: str) -> None:
    """YAML and TOML above the text give title, owner, tags and date."""
    document = read(front + "# Other\n\ntext")
    assert document.title == "Leave: rules"
    assert document.metadata == {"owner": "hr@a.b", "tags": "a, b", "created": "2026-01-02"}
    assert document.text == "Other\n\ntext"


@pytest.mark.parametrize(
    ("text", "title"),
    [("text\n\n## Sub", "Sub"), ("text", "page"), ("---\n\ntext\n\n---\n", "page")],
)
def test_title_is_the_first_heading_or_the_name(text: str, title: str) -> None:
    """Without front matter the first heading is the title, without that the file's name."""
    assert read(text).title == title


def test_html_around_markdown_hides_it() -> None:
    """A hidden element hides the Markdown between its tags, too."""
    document = read('a\n\n<div style="display:none">\n\nsecret\n\n- secret\n\n</div>\n\nb')
    assert document.text == "a\n\nb"


def test_html_in_markdown_is_read(texts: Callable[..., list[str]]) -> None:
    """Tables, headings and folded sections in HTML are text like any other."""
    document = read(
        "<h2>Rates</h2>\n\n<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr>"
        "</table>\n\n<details>\n<summary>More</summary>\n\nInside **it**.\n\n</details>\n"
    )
    assert texts(document) == ["Rates", "a | b", "1 | 2", "More", "Inside it."]


def test_components_of_mdx_are_not_text() -> None:
    """Imports, components and expressions go, what they enclose stays."""
    document = read(
        'import Tabs from "@theme/Tabs"\n\n# T\n\n<Card title="a" x={y}>\n\n'
        "Hello <Foo bar={1}>you</Foo> `<Foo>` {/* no */}\n\n</Card>\n\n"
        "<div style={{display: 'none'}}>\n\nsecret\n\n</div>\n\n:::tip Mind\nthe gap\n:::\n",
        "a.mdx",
    )
    assert document.text == "T\n\nHello you `<Foo>`\n\nMind\nthe gap".replace("`", "")


def test_comment_over_several_blocks_is_dropped() -> None:
    """A comment hides everything up to its end."""
    assert read("a\n\n<!-- x\n\n# secret\n\ny -->\n\nb").text == "a\n\nb"


def test_windows_line_ends_and_encodings() -> None:
    """Line ends and encodings make no difference."""
    assert parse("# 休假\r\n\r\n二十五天\r\n".encode("gb18030"), "x.md").text == "休假\n\n二十五天"


def test_real_receipt_is_read(
    public_file: Callable[[str], bytes], is_sound: Callable[[ParsedDocument], bool]
) -> None:
    """A published Markdown file keeps its words and loses its marks."""
    document = parse(public_file("parser-public/files/markitdown/test.md"), "test.md")
    assert is_sound(document)
    assert len(document.text) > 3000
    assert "**" not in document.text
    assert "](" not in document.text


def test_handbook_pages_are_sound(
    public_file: Callable[[str], bytes], is_sound: Callable[[ParsedDocument], bool]
) -> None:
    """A page full of template tags shows none of them."""
    path = "hb-18f/files/pages/office-of-solutions/tech-operations.md"
    document = parse(public_file(path), path)
    assert document.title == "TTS Technology Operations"
    assert is_sound(document)
    assert "alert" not in document.text
    assert "Tech Operations Requests" in document.text


LINES = st.lists(
    st.sampled_from(
        ["# ", "- ", "1. ", "> ", "    ", "|", "```", "<div>", "</div>", "**", "", ":::"]
    ).flatmap(
        lambda start: st.text(st.characters(exclude_categories=["C"]), max_size=12).map(
            start.__add__
        )
    ),
    max_size=15,
)


@given(LINES)
def test_any_lines_give_a_sound_document(
    is_sound: Callable[[ParsedDocument], bool], lines: list[str]
) -> None:
    """Whatever is written, blocks are in order, apart and inside the text."""
    assert is_sound(read("\n".join(lines)))
