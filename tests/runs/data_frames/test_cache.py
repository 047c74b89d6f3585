from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import cache_folder
from lmms_eval_plugins.runs.data_frames import load_tables, runs_df, scores_df
from lmms_eval_plugins.runs.data_frames.cache import cached, code_version
from lmms_eval_plugins.runs.data_frames.columns import TableName, typed
from tests.support.logs import answers_of, row


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_tables_are_kept_beside_the_log(write_log: Callable[..., Path]) -> None:
    log = write_log(row())
    scores_df(log)
    names = files_in(log.parent / ".frames")
    assert len(names) == 4 and all(name.startswith(f"{log.name}.own-") for name in names)
    stored = {path: path.stat().st_mtime_ns for path in (log.parent / ".frames").iterdir()}
    pd.testing.assert_frame_equal(scores_df(log), scores_df(str(log)))
    assert {path: path.stat().st_mtime_ns for path in stored} == stored, "read, not written again"


def test_a_cached_table_is_the_same_table(write_log: Callable[..., Path], write_run: Callable[..., Path]) -> None:
    for path in (write_log(row()), write_run(answers_of())):
        for name in ("answers", "timelines", "scores"):
            first = load_tables(path, (name,)).tables[name]
            pd.testing.assert_frame_equal(first, load_tables(path, (name,)).tables[name])


def test_a_log_that_changes_is_read_anew(write_log: Callable[..., Path]) -> None:
    log = write_log(row())
    assert len(scores_df(log)) == 1
    write_log(row(), row("S2"))
    assert len(scores_df(log)) == 2
    assert len(files_in(log.parent / ".frames")) == 4, "what is out of date is gone"


def test_a_run_that_goes_on_is_read_anew(write_run: Callable[..., Path]) -> None:
    run = write_run(answers_of()[:2])
    assert scores_df(run)["n_answers"].tolist() == [2]
    (run / "answers.jsonl").unlink()
    assert scores_df(run)["n_answers"].tolist() == [0]


@pytest.mark.parametrize("damage", [b"", b"PAR1 but not really"])
def test_a_broken_cache_is_made_anew(write_log: Callable[..., Path], damage: bytes) -> None:
    log = write_log(row())
    before = scores_df(log)
    for path in (log.parent / ".frames").iterdir():
        path.write_bytes(damage)
    pd.testing.assert_frame_equal(scores_df(log), before)
    assert all(path.stat().st_size > 100 for path in (log.parent / ".frames").iterdir())


def test_a_cache_with_other_columns_is_made_anew(write_log: Callable[..., Path]) -> None:
    log = write_log(row())
    before = runs_df(log)
    (path,) = (log.parent / ".frames").glob("*.runs.parquet")
    before.drop(columns="model").to_parquet(path)
    pd.testing.assert_frame_equal(runs_df(log), before)


def test_read_only_folders_are_left_alone(write_log: Callable[..., Path], cache_folder: Path) -> None:
    log = write_log(row())
    log.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        scores_df(log)
        assert files_in(log.parent) == [log.name]
        assert len(list(cache_folder.rglob("*.parquet"))) == 4
    finally:
        log.parent.chmod(stat.S_IRWXU)


def test_nothing_is_written_beside_logs_or_into_runs_where_another_folder_is_named(
    write_log: Callable[..., Path], write_run: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv("STROKEREHAB_CACHE", str(elsewhere))
    log, run = write_log(row()), write_run(answers_of())
    before = {folder: sorted(folder.rglob("*")) for folder in (log.parent, run)}
    for path in (log, run):
        first = scores_df(path)
        stored = {file: file.stat().st_mtime_ns for file in elsewhere.rglob("*.parquet")}
        pd.testing.assert_frame_equal(scores_df(path), first)
        assert {file: file.stat().st_mtime_ns for file in stored} == stored, "read, not written again"
    assert len(stored) == 8
    assert {folder: sorted(folder.rglob("*")) for folder in before} == before


def test_where_nothing_can_be_written_tables_come_all_the_same(
    write_log: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = write_log(row())
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STROKEREHAB_CACHE", str(tmp_path / "file" / "below"))
    log.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert len(scores_df(log)) == 1
    finally:
        log.parent.chmod(stat.S_IRWXU)


def test_readings_do_not_overwrite_each_other(write_log: Callable[..., Path]) -> None:
    log = write_log(row())
    for options in ({}, {"reading": "default"}, {"split_runs": True}):
        load_tables(log, ("scores",), **options)
    assert len(files_in(log.parent / ".frames")) == 8


def test_tables_of_options_that_begin_alike_stay(write_log: Callable[..., Path]) -> None:
    log = write_log(row())
    for options in ("own-mbr", "own"):
        cached([log], options, ("runs",), lambda: {"runs": typed("runs", {})})
    assert [name.rpartition("-")[0] for name in files_in(log.parent / ".frames")] == [
        f"{log.name}.own",
        f"{log.name}.own-mbr",
    ]


def test_two_runs_are_refused_from_the_cache_too(write_log: Callable[..., Path]) -> None:
    log = write_log(row(), row())
    assert len(scores_df(log, split_runs=True)) == 2
    for _ in range(2):
        with pytest.raises(UserError, match=r"2 runs of the same videos \(1 \+ 1 rows\)"):
            scores_df(log)


def test_names_come_from_this_call_not_from_the_cache(
    write_log: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = write_log(row())
    assert runs_df(log)["path"].tolist() == [str(log)]
    monkeypatch.chdir(tmp_path)
    assert runs_df(log.relative_to(tmp_path))["path"].tolist() == [str(log.relative_to(tmp_path))]


def test_only_what_is_wanted_is_read(tmp_path: Path) -> None:
    built = []

    def build() -> dict[TableName, pd.DataFrame]:
        built.append(1)
        return {name: typed(name, {}) for name in ("runs", "scores")}

    source = tmp_path / "log"
    source.write_text("x")
    assert list(cached([source], "o", ["runs"], build)) == ["runs"]
    assert list(cached([source], "o", ["scores"], build)) == ["scores"]
    assert built == [1]


def test_the_user_cache_has_a_default_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder(tmp_path / "gone", "frames").is_relative_to(tmp_path / "strokerehab" / "frames")
    assert len(code_version()) == 16 and code_version() == code_version()
