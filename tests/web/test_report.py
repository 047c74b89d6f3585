"""The report as a person meets it: in a browser, from a folder and from one file, without a network."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import AXE, Watch, serious_violations
from tests.web.conftest import write_sample

VIEWS = ("#/", "#/videos", "#/video/P01_drinking_1?t=2.200", "#/compare?a=0&b=1", "#/identification", "#/impairment")


def test_it_opens_where_models_are_most_surely_wrong_and_asks_nobody(page: Page, watch: Watch, report: str) -> None:
    page.goto(report)
    tiles = page.get_by_role("region", name="Where a model is most surely wrong").get_by_role("listitem")
    shown = tiles.filter(has=page.get_by_role("link"))
    expect(shown.first).to_contain_text("99 % sure")
    for place, sure in enumerate(("99 %", "95 %", "91 %")):
        assert sure in shown.nth(place).inner_text()
    expect(page.get_by_role("complementary", name="demonstration")).to_be_visible()
    shown.first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("P01_drinking_1")
    expect(page).to_have_url(re.compile(r"t=1\.000"))
    assert watch.outside == [] and watch.errors == []


def test_tables_are_sorted_by_any_column(page: Page, report: str) -> None:
    page.goto(report)
    table = page.get_by_role("region", name="scores of strokerehab_primitives_2")
    first = table.get_by_role("rowheader").first
    expect(first).to_contain_text("rehab_tiny")
    header = table.get_by_role("columnheader", name="edit score")
    expect(header).to_have_attribute("aria-sort", "descending")
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    expect(first).to_contain_text("bot")


def test_videos_are_found_and_filtered(page: Page, report: str) -> None:
    page.goto(f"{report}#/videos")
    rows = page.get_by_role("region", name="list of videos").get_by_role("rowheader")
    expect(rows).to_have_count(3)
    page.get_by_role("combobox", name="Patient").select_option("P02")
    expect(rows).to_have_count(1)
    page.get_by_role("combobox", name="Patient").select_option("all")
    page.get_by_role("searchbox", name="Find").fill("p03")
    expect(rows).to_have_text(["P03_drinking_1"])


def test_a_window_stands_under_every_perturbation(page: Page, watch: Watch, report: str) -> None:
    page.goto(f"{report}#/video/P01_drinking_1?t=2.200")
    table = page.get_by_role("region", name="The same frames, changed").get_by_role("table")
    expect(table.get_by_role("rowheader")).to_have_text([re.compile(name) for name in ("^as is", "^blank", "^freeze")])
    expect(table.get_by_role("columnheader")).to_have_count(3)
    expect(table.get_by_role("row", name="blank")).to_contain_text("no run")
    assert watch.outside == [] and watch.errors == []


def test_a_moment_has_a_link_and_keys_lead_through_it(page: Page, watch: Watch, report: str) -> None:
    page.goto(f"{report}#/video/P01_drinking_1?t=2.200&run=0&q=grasp")
    time = page.get_by_role("slider", name="time in the video")
    expect(time).to_have_value("2200")
    heading = page.get_by_role("region", name="window").get_by_role("heading", level=2)
    expect(heading).to_contain_text("window 5 of 24")
    page.keyboard.press("Shift+ArrowRight")
    expect(heading).to_contain_text("window 6 of 24")
    expect(page).to_have_url(re.compile(r"t=2\.500"))
    page.keyboard.press("ArrowRight")
    expect(time).not_to_have_value("2500")
    expect(heading).to_contain_text("window 6 of 24")
    page.get_by_role("combobox", name="Go through").select_option("wrong answers")
    page.get_by_role("heading", level=1).click()  # in the box itself, letters choose
    page.keyboard.press("n")
    expect(page.get_by_role("region", name="window")).to_contain_text("wrong: read as")
    expect(page).to_have_url(re.compile(r"t=(?!2\.)"))
    page.reload()
    expect(page.get_by_role("region", name="window")).to_contain_text("wrong: read as")
    page.get_by_role("img", name="truth: 8 segments").click(position={"x": 5, "y": 5})
    expect(heading).to_contain_text("window 1 of 24")
    assert watch.errors == []


def test_what_a_model_said_is_text(page: Page, watch: Watch, report: str) -> None:
    page.goto(f"{report}#/video/P01_drinking_1?t=1.600&run=0")
    reply = page.get_by_role("region", name="window").get_by_role("blockquote").first
    expect(reply).to_contain_text("</script><img src=x onerror=")
    shown = reply.inner_text()
    assert "\u202e" not in shown and "\x1b" not in shown
    assert page.title() != "1" and page.locator("img[src=x]").count() == 0
    assert watch.errors == [] and watch.outside == []


def test_everything_can_be_done_with_the_keyboard_alone(page: Page, report: str) -> None:
    page.goto(report)
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    for _ in range(40):
        page.keyboard.press("Tab")
        if "99 % sure" in page.evaluate("document.activeElement.textContent"):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("P01_drinking_1")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_it_prints(page: Page, report: str) -> None:
    page.goto(report)
    expect(page.get_by_role("region", name="Scores", exact=True)).to_be_visible()
    page.emulate_media(media="print", color_scheme="dark")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    assert page.pdf().startswith(b"%PDF")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_anybody(page: Page, tmp_path: Path, view: str, scheme: str) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: `npm ci` in web/")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    write_sample(tmp_path / "report")
    page.goto((tmp_path / "report" / "index.html").as_uri() + view)
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    assert serious_violations(page) == []


def test_data_that_are_not_as_written_are_a_message(page: Page, tmp_path: Path) -> None:
    write_sample(tmp_path / "report")
    index = (tmp_path / "report" / "index.html").as_uri()
    overview = tmp_path / "report" / "data" / "overview.js"
    written = overview.read_text()

    def said(text: str) -> str:
        overview.write_text(text)
        page.goto("about:blank")
        page.goto(index)
        return page.get_by_role("alert").inner_text()

    assert "hold colour, which is not as the report was written" in said(written.replace('{"', '{"colour":1,"', 1))
    assert "of version 99" in said(re.sub(r'"schema":\d+', '"schema":99', written, count=1))
    assert "missing or damaged" in said(written[: len(written) // 2])
    overview.write_text(written)
    (tmp_path / "report" / "data" / "videos" / "00000.js").unlink()
    page.goto("about:blank")
    page.goto(f"{index}#/video/P01_drinking_1")
    expect(page.get_by_role("alert")).to_contain_text("data/videos/00000.js is missing or damaged")
    page.goto(f"{index}#/video/nobody")
    expect(page.get_by_role("alert")).to_contain_text("nobody")


def test_the_data_of_one_file_are_elements_that_nothing_runs(tmp_path: Path) -> None:
    write_sample(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy and "unsafe" not in policy[1] and "default-src 'none'" in policy[1]
    data = re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', text)
    assert {name for name, _ in data} == {"data-overview", *(f"data-video-{n}" for n in range(3))}
    assert all(json.loads(content)["schema"] == 1 for _, content in data)
