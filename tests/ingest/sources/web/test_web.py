"""A web site as a source, served by a real server on this machine."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import SourceError, Stopped
from ingest.sources.interface import Connector
from tests.ingest.sources.places import place, texts, times
from tests.ingest.sources.sites import Answer, Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    """A start page that leads to two others, which lead back."""
    with serving() as served:
        served.page("/", "Welcome.", "/guide/", "/leave.html", "https://example.org/elsewhere")
        served.page("/guide/", "A guide.", "/", "setup?lang=en#top", "/logo.png")
        served.page("/guide/setup?lang=en", "Set it up.", "../guide/")
        served.page("/leave.html", "25 days.", "/", etag='"1"')
        yield served


def _web(tmp_path: Path, address: str, **options: Any) -> Connector:
    options = {"delay_s": 0, "allow_private": True, **options}
    return place(tmp_path / "home", "web", address, **options)


def _list(web: Connector) -> Any:
    return web.list_files(threading.Event())


def _paths(web: Connector) -> set[str]:
    return {one.path for one in _list(web).files}


def _setup(web: Connector) -> str:
    return next(one for one in _paths(web) if one.startswith("guide/setup-"))


def test_every_page_that_is_led_to_is_read_once(tmp_path: Path, site: Site) -> None:
    """Loops end, other sites and pictures are left alone, paths are readable."""
    web = _web(tmp_path, site.url)
    web.check()
    site.fetched()
    found = texts(web)
    assert set(found) == {"index.html", "guide/index.html", "leave.html", _setup(web)}
    assert "25 days" in found["leave.html"]
    assert site.fetched()[:4] == ["/", "/guide/", "/leave.html", "/guide/setup?lang=en"]
    assert all(agent.startswith("footnote/") for agent in site.agents)


def test_a_path_leads_back_to_its_address(tmp_path: Path, site: Site) -> None:
    """So that people can open the original."""
    web = _web(tmp_path, site.url)
    assert web.address(_setup(web)) == f"{site.url}/guide/setup?lang=en"
    assert web.address("unknown.html") is None


def test_depth_and_number_of_pages_are_limits(tmp_path: Path, site: Site) -> None:
    """Also for pages that lead to ever new ones."""
    assert _paths(_web(tmp_path, site.url, depth=0)) == {"index.html"}
    assert len(_paths(_web(tmp_path, site.url, depth=1))) == 3
    assert len(_paths(_web(tmp_path, site.url, most_pages=2))) == 2
    for number in range(40):
        site.page(f"/trap?n={number}", "A calendar.", f"/trap?n={number + 1}")
    trap = _web(tmp_path / "trap", f"{site.url}/trap?n=0", depth=10)
    assert len(_paths(trap)) == 11


def test_unchanged_pages_are_not_sent_again_and_keep_their_time(tmp_path: Path, site: Site) -> None:
    """With a validator nothing is sent; without one the same bytes are no change."""
    web = _web(tmp_path, site.url)
    before = times(web)
    site.asked.clear()
    assert times(_web(tmp_path, site.url)) == before
    assert ("/leave.html", 304) in site.asked
    site.page("/leave.html", "27 days.", "/", etag='"2"')
    after = times(_web(tmp_path, site.url))
    assert {path for path in after if after[path] != before[path]} == {"leave.html"}
    assert "27 days" in texts(_web(tmp_path, site.url))["leave.html"]


def test_last_modified_is_a_page_s_time(tmp_path: Path, site: Site) -> None:
    """As far as the site says; never in the future."""
    site.page("/", "Old.", Last_Modified="Tue, 14 Nov 2023 22:13:20 GMT")
    assert times(_web(tmp_path, site.url))["index.html"] // 1_000_000_000 == 1_700_000_000


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_is_deleted(tmp_path: Path, site: Site, status: int) -> None:
    """Even if links still lead to it."""
    assert "leave.html" in _paths(_web(tmp_path, site.url))
    site.pages["/leave.html"] = Answer(status=status)
    assert "leave.html" not in _paths(_web(tmp_path, site.url))


def test_a_page_that_nothing_leads_to_any_more_is_deleted(tmp_path: Path, site: Site) -> None:
    """As long as every page that might lead to it was read."""
    assert "leave.html" in _paths(_web(tmp_path, site.url))
    site.page("/", "Welcome.", "/guide/")
    assert "leave.html" not in _paths(_web(tmp_path, site.url))


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_a_page_that_answers_with_an_error_stays_and_so_does_what_it_leads_to(
    tmp_path: Path, site: Site, status: int
) -> None:
    """It is reported; a page that is gone meanwhile is gone all the same."""
    web = _web(tmp_path, site.url)
    before = texts(web)
    setup = _setup(web)
    site.pages["/guide/"] = Answer(status=status)
    site.pages["/leave.html"] = Answer(status=404)
    found = _list(_web(tmp_path, site.url))
    assert {one.path for one in found.files} == {"index.html", "guide/index.html", setup}
    assert str(status) in found.failed["guide/index.html"]
    assert web.read("guide/index.html").read_text() == before["guide/index.html"]


def test_what_a_failed_new_page_led_to_is_not_taken_for_deleted(tmp_path: Path, site: Site) -> None:
    """A known page may now be reachable only through one that could not be read."""
    assert "leave.html" in _paths(_web(tmp_path, site.url))
    site.page("/", "Welcome.", "/new")
    site.pages["/new"] = Answer(status=500)
    found = _list(_web(tmp_path, site.url))
    assert "leave.html" in {one.path for one in found.files}
    assert list(found.failed) == ["new.html"]


def test_without_a_memory_nothing_is_taken_for_deleted_after_a_failure(
    tmp_path: Path, site: Site
) -> None:
    """The copies were lost, and a page does not answer: the rest of the index stays as it is."""
    site.pages["/leave.html"] = Answer(status=500)
    found = _list(_web(tmp_path, site.url))
    assert found.unreadable == ("",)


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=404), None])
def test_a_site_that_is_down_changes_nothing(
    tmp_path: Path, site: Site, answer: Answer | None
) -> None:
    """Whether it does not answer at all or its start page fails."""
    before = texts(_web(tmp_path, site.url))
    if answer is not None:
        site.pages["/"] = answer
        with pytest.raises(SourceError, match="answers"):
            _list(_web(tmp_path, site.url))
    else:
        with serving() as other:
            gone = other.url
        with pytest.raises(SourceError, match="does not answer"):
            _list(_web(tmp_path, gone))
    web = _web(tmp_path, site.url)
    assert {path: web.read(path).read_text() for path in before} == before


def test_a_site_that_breaks_off_changes_nothing(tmp_path: Path, site: Site) -> None:
    """Five failures in a row are a site that is down, not five broken pages."""
    site.page("/", "Welcome.", *(f"/{n}" for n in range(9)))
    for number in range(9):
        site.page(f"/{number}", f"Page {number}.")
    before = texts(_web(tmp_path, site.url))
    site.page("/", "Changed.", *(f"/{n}" for n in range(9)))
    for number in range(9):
        site.pages[f"/{number}"] = Answer(status=502)
    web = _web(tmp_path, site.url)
    with pytest.raises(SourceError, match="nothing was changed"):
        _list(web)
    assert {path: web.read(path).read_text() for path in before} == before


def test_robots_txt_is_obeyed(tmp_path: Path, site: Site) -> None:
    """Pages that it forbids are not asked for, and leave if they were known."""
    assert "leave.html" in _paths(_web(tmp_path, site.url))
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /leave\n")
    site.fetched()
    assert "leave.html" not in _paths(_web(tmp_path, site.url))
    assert "/leave.html" not in site.fetched()
    site.pages["/robots.txt"] = Answer(b"User-agent: footnote\nDisallow: /\n")
    for act in (_list, lambda web: web.check()):
        with pytest.raises(SourceError, match=r"robots\.txt"):
            act(_web(tmp_path, site.url))
    site.pages["/robots.txt"] = Answer(status=503)
    with pytest.raises(SourceError, match="503"):
        _list(_web(tmp_path, site.url))
    assert site.fetched() == []


def test_a_crawl_delay_is_kept_but_a_stop_ends_it(tmp_path: Path, site: Site) -> None:
    """A site may ask for seconds between requests; whoever closes does not wait for them."""
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nCrawl-delay: 3600\n")
    web = _web(tmp_path, site.url)
    stop = threading.Event()
    site.asked.clear()
    raised: list[Exception] = []

    def run() -> None:
        try:
            web.list_files(stop)
        except Stopped as exc:
            raised.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.5)
    assert thread.is_alive()
    assert len(site.fetched()) == 1
    stop.set()
    thread.join()
    assert len(raised) == 1


def test_robots_meta_tags_are_obeyed(tmp_path: Path, site: Site) -> None:
    """`noindex` pages are no documents, but lead on; `nofollow` does not."""
    site.page("/guide/", '<meta name="robots" content="noindex">', "/deep")
    site.page("/deep", "Deep.")
    site.page("/leave.html", '<meta name="robots" content="nofollow">', "/hidden")
    site.page("/hidden", "Hidden.")
    assert _paths(_web(tmp_path, site.url)) == {"index.html", "leave.html", "deep.html"}


def test_a_sitemap_s_pages_are_read_and_no_others(tmp_path: Path, site: Site) -> None:
    """Through an index, packed or not; links are not followed."""
    pages = (
        f"<urlset><url><loc>{site.url}/leave.html</loc></url><url><loc>http://x.org/</loc></url>"
    )
    packed = f"<urlset><url><loc><![CDATA[{site.url}/guide/]]></loc></url></urlset>"
    index = f"<sitemapindex><loc>{site.url}/a.xml</loc><loc>{site.url}/b.xml.gz</loc>"
    site.pages["/sitemap.xml"] = Answer(index.encode())
    site.pages["/a.xml"] = Answer(pages.encode())
    site.pages["/b.xml.gz"] = Answer(gzip.compress(packed.encode()))
    web = _web(tmp_path, f"{site.url}/sitemap.xml")
    web.check()
    assert _paths(web) == {"leave.html", "guide/index.html"}
    site.pages["/b.xml.gz"] = Answer(status=500)
    with pytest.raises(SourceError):
        _list(_web(tmp_path, f"{site.url}/sitemap.xml"))
    site.pages["/a.xml"] = site.pages["/b.xml.gz"] = Answer(b"<urlset></urlset>")
    with pytest.raises(SourceError, match="lists no page"):
        _list(_web(tmp_path, f"{site.url}/sitemap.xml"))


def test_redirects_are_followed_within_the_site(tmp_path: Path, site: Site) -> None:
    """A page is known by the address it ends at; circles and other sites are left."""
    site.page("/", "Welcome.", "/old", "/circle", "/out", "/leave.html")
    site.pages["/old"] = Answer(status=301, headers={"Location": "/leave.html"})
    site.pages["/circle"] = Answer(status=302, headers={"Location": "/circle"})
    site.pages["/out"] = Answer(status=302, headers={"Location": "https://example.org/"})
    assert _paths(_web(tmp_path, site.url)) == {"index.html", "leave.html"}
    with pytest.raises(SourceError, match="redirects to"):
        _web(tmp_path, f"{site.url}/out").check()
    site.pages["/out"].headers["Location"] = "http://169.254.169.254/latest/meta-data/"
    with pytest.raises(SourceError, match="redirects to"):
        _web(tmp_path, f"{site.url}/out").check()


def test_other_kinds_of_pages(tmp_path: Path, site: Site) -> None:
    """PDF and text are read, others not; a charset that only the header knows is kept."""
    site.page("/", "Welcome.", "/a.pdf", "/notes", "/data.bin", "/big.txt", "/报销")
    site.pages["/a.pdf"] = Answer(b"%PDF-1.4", headers={"Content-Type": "application/pdf"})
    plain = {"Content-Type": "text/plain; charset=gb2312"}
    site.pages["/notes"] = Answer("出差报销标准".encode("gbk"), headers=plain)
    site.pages["/data.bin"] = Answer(b"\0\1", headers={"Content-Type": "image/x-thing"})
    site.pages["/big.txt"] = Answer(b"x" * 1_000_001, headers={"Content-Type": "text/plain"})
    site.page("/%E6%8A%A5%E9%94%80", "报销制度")
    web = _web(tmp_path, site.url, most_page_mb=1)
    found = _list(web)
    paths = {one.path for one in found.files}
    assert paths == {"index.html", "a.pdf", "notes.txt", "报销.html"}
    assert web.read("notes.txt").read_text("utf-8-sig") == "出差报销标准"
    assert "larger" in found.failed["big.txt"]


def test_a_place_of_another_form_is_refused(tmp_path: Path) -> None:
    """With the reason, before anything is asked for."""
    for address in ("ftp://example.org/", "example.org", "https://ann:pw@example.org/", "http://"):
        with pytest.raises(SourceError, match="no web address"):
            _web(tmp_path, address)
    with pytest.raises(SourceError, match=r"has no option 'dept'.*depth"):
        _web(tmp_path, "https://example.org/", dept=3)
    with pytest.raises(SourceError, match="option depth"):
        _web(tmp_path, "https://example.org/", depth=-1)
