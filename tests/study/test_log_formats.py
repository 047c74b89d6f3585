from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lmms_eval_plugins.assessments.dose.video import count_read_otherwise, count_replies
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.questions.coverage import ReplyCounts
from lmms_eval_plugins.questions.outcomes import UNREADABLE
from lmms_eval_plugins.questions.reading import FAILED_MARK
from lmms_eval_plugins.study.log_formats import LISTS, PAIRS, SINGLES, LogFormat, LogReader, format_of
from lmms_eval_plugins.study.logs import read_log
from tests.support.logs import row


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        (["NO <SEP> NO", "maybe <SEP>", "gibberish"], PAIRS),
        (["hm", "YES <SEP> NO"], PAIRS),
        (["idle", "transport", "?"], SINGLES),
        (["REACH", "REACH, TRANSPORT"], LISTS),
    ],
)
def test_all_replies_decide(write_log: Callable[..., Path], replies: list[str], expected: LogFormat) -> None:
    (log,) = read_log(write_log(row(replies=replies)))
    assert format_of(log) is expected


@pytest.mark.parametrize("replies", [["idle", "NO <SEP> NO"], ["hm", "eh"], []])
def test_undecidable_replies_are_refused_with_the_file(write_log: Callable[..., Path], replies: list[str]) -> None:
    path = write_log(row(replies=replies))
    with pytest.raises(UserError, match="cannot tell how to read it") as error:
        format_of(read_log(path)[0])
    assert str(path) in str(error.value)


def test_parts_of_a_reply_are_read_apart() -> None:
    assert PAIRS.answers("Moving towards an object. <SEP> NO.", "default") == {"motion": True, "grasp": False}
    assert PAIRS.answers("Moving towards an object. <SEP> YES", "published") == {"motion": False, "grasp": True}
    assert PAIRS.answers("No", "default") == {"motion": False, "grasp": UNREADABLE}
    assert PAIRS.answers(f"{FAILED_MARK}] yes", "published") == {"motion": None, "grasp": None}
    assert SINGLES.answers("Idle.", "default") == {"primitive": "idle"}
    assert LISTS.answers("REACH, IDLE, TRAN", "published") == {"primitives": ("reach", "idle")}


def test_doubtful_replies_are_counted_under_the_default_reading(write_log: Callable[..., Path]) -> None:
    replies = ["Moving <SEP> NO", "Moving <SEP> ?", "YES <SEP> YES"]
    (log,) = read_log(write_log(row(replies=replies)))
    published, default = (LogReader(PAIRS, policy).windows(log.videos[0]) for policy in ("published", "default"))
    assert count_replies(default, PAIRS.method) == ReplyCounts(6, 1, 0)
    assert count_read_otherwise(published, default, PAIRS.method) == 2
    assert count_read_otherwise(default, default, PAIRS.method) == 0
