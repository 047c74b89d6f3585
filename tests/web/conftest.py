"""One browser for all tests of the page, and reports of sample data in both forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from lmms_eval_plugins.reports.page.write import report_writer
from tests.support.browser import CHROMIUM, Watch, browser
from tests.support.page_sample import sample_overview, sample_video


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Debian's chromium is not installed: no browser here")
    with browser() as started:
        yield started


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    yield opened
    context.close()


@pytest.fixture
def watch(page: Page) -> Watch:
    return Watch(page)


@pytest.fixture(scope="session", params=["folder", "file"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the sample as a report, once as a folder, once as one file."""
    place = tmp_path_factory.mktemp("report")
    out = place / ("report.html" if request.param == "file" else "report")
    write_sample(out)
    return (out if request.param == "file" else out / "index.html").as_uri()


def write_sample(out: Path) -> None:
    overview = sample_overview()
    with report_writer(out) as writer:
        for place in range(len(overview.videos)):
            writer.write_video(sample_video(place))
        videos = tuple(replace(video, file=writer.address(place)) for place, video in enumerate(overview.videos))
        writer.write_overview(replace(overview, videos=videos))
