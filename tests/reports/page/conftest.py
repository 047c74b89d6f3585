"""What several tests of the overview share: an overview of runs of every family, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.domain.scheme import Scheme, SchemeLabel
from lmms_eval_plugins.reports.page import overview
from lmms_eval_plugins.reports.page.data.overview import Overview
from lmms_eval_plugins.reports.page.runs import ReportRuns
from tests.support.tiny_runs import write_own_run, write_tiny_runs

OWN = Scheme(
    name="own", labels={name: SchemeLabel(colour=colour) for name, colour in (("up", "#112233"), ("down", "#445566"))}
)


@pytest.fixture(scope="session")
def every_family(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs: of two models each of dose, identification and Fugl-Meyer, and one whose labels are others."""
    folder = tmp_path_factory.mktemp("every_family")
    write_tiny_runs(folder, model="tiny")
    write_tiny_runs(folder, note="", model="guesses", kind="blind")
    write_own_run(folder, OWN)
    return folder


@pytest.fixture(scope="session")
def page_overview(every_family: Path) -> Overview:
    """The overview of them, without figures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overview, "page_figures", lambda paths, loaded, measured: ((), ()))
        return overview_of(every_family)


def overview_of(*paths: Path) -> Overview:
    """Return the overview of runs whose videos lie in files named by their places."""
    runs = ReportRuns(paths)
    files = [f"data-{place}" for place in range(len(runs.videos))]

    def picture(run: int, video: int, window: int) -> str | None:
        return f"{run}-{video}-{window}.jpg"

    return overview.make_overview(runs, "Title", files, [None] * len(files), picture, False, ["odd"])
