"""Numbers, dates and times in one notation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.analysis.figures import demanded, missing, offered, without_figures


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("25 days", "twenty-five days"),
        ("twenty-five days", "25 days"),
        ("25 days", "二十五天"),
        ("年假为二十五天", "25 days"),
        ("２５天", "25 days"),
        ("1000 euros", "1,000 euros"),
        ("1,000,000", "1 million"),
        ("3万元", "30,000 yuan"),
        ("250 people", "two hundred and fifty people"),
        ("25%", "25 percent"),
        ("百分之二十五", "25 %"),
        ("0.5 days", "0.50 days"),
        ("on 1 March 2026", "2026-03-01"),
        ("March 1st, 2026", "2026年3月1日"),
        ("2026年3月1日", "on the 1st of March 2026"),
        ("until March", "31 March"),
        ("01/03/2026", "1 March 2026"),
        ("二〇二六年", "2026"),
        ("at 5 pm", "17:00"),
        ("at 5:30 pm", "17:30"),
        ("下午5点", "5 p.m."),
        ("9:00", "09:00"),
        ("三月", "in March"),
        ("25kg", "25 kg"),
        ("one of the rules", "the rules"),
        ("十分重要", "very important"),
        ("一般员工", "ordinary staff"),
        ("You may go", "Go"),
        ("25 days", "Days | 25"),
        ("25 days", "25 working days"),
        ("3 months", "three-month"),
    ],
)
def test_notations_of_one_figure_agree(statement: str, source: str) -> None:
    """What people write differently and mean alike is no difference."""
    assert missing(demanded(statement), offered(source), source) == frozenset()


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("25 days", "52 days"),
        ("25 days", "2.5 days"),
        ("1000", "10000"),
        ("25%", "25 days"),
        ("25 days", "25%"),
        ("in March", "in May 2026"),
        ("3 days", "in March"),
        ("5 pm", "5 am"),
        ("三个月", "三月"),
        ("二十天", "二十五天"),
        ("3万元", "3元"),
        ("version 2.5.1", "version 2.5.2"),
        ("in 2026", "in 2025"),
        ("two days", "three days"),
        ("25 weeks", "25 days"),
        ("二十五周", "25 working days"),
    ],
)
def test_other_figures_are_missed(statement: str, source: str) -> None:
    """A figure that the source does not hold is found missing."""
    assert missing(demanded(statement), offered(source), source)


def test_share_is_held_by_a_number_under_a_percent_header() -> None:
    """In a table the sign stands in the header only."""
    assert not missing({"25%"}, frozenset({"25"}), "Rate (%) | 25")


@given(st.text())
def test_every_text_bears_out_its_own_figures(text: str) -> None:
    """Nothing is demanded that the same words do not offer."""
    assert missing(demanded(text), offered(text), text) == frozenset()


@given(st.integers(0, 10**9))
def test_thousands_separators_do_not_matter(number: int) -> None:
    """With or without commas, a number is itself."""
    assert str(number) in offered(f"about {number:,} people")
    assert demanded(f"{number}人") == {str(number)}


def test_words_remain_when_figures_are_taken_out() -> None:
    """What is compared as a value is not compared as a word too."""
    assert without_figures("Leave is twenty-five days until 1 March").split() == [
        *("Leave", "is", "days", "until")
    ]
