"""Replies of models that read videos themselves: those about a video that changed meanwhile do not count."""

from __future__ import annotations

from pathlib import Path

from lmms_eval_plugins.execution.replies import WatchedVideos
from tests.support.requests import make_row


def test_replies_about_a_video_that_changed_meanwhile_do_not_count(tmp_path: Path) -> None:
    paths = {name: tmp_path / f"{name}.mp4" for name in ("same", "other", "gone")}
    for path in paths.values():
        path.write_bytes(b"a video")
    rows = [make_row(row=i, video_id=name, path=str(path)) for i, (name, path) in enumerate([*paths.items()] * 2)]
    rows.append(make_row(row=6, video_id="never there", path=str(tmp_path / "never.mp4")))
    watched = WatchedVideos(rows)
    replies = dict.fromkeys(range(7), "yes")
    assert watched.without_changed(replies, rows) == (replies, [])
    paths["other"].write_bytes(b"another")
    paths["gone"].unlink()
    kept, problems = watched.without_changed(replies, rows)
    assert set(kept) == {0, 3, 6}
    assert [(one.video_id, one.reason.partition(": ")[2][:30]) for one in problems] == [
        ("other", "changed while it was read: no "),
        ("gone", "cannot be read (No such file o"),
    ]
    (problem,) = watched.replaced({"gone"})
    assert problem.video_id == "other" and "other.mp4: was replaced or written to during the run" in problem.reason
