from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.rule import walk_changes
from lmms_eval_plugins.assessments.dose.video import predict_timeline
from lmms_eval_plugins.questions.answers import WindowAnswers

answers = st.sampled_from([True, False, None])


@given(st.lists(st.tuples(answers, answers), max_size=30))
def test_walking_recorded_answers_equals_asking_one_after_the_other(
    changes: list[tuple[bool | None, bool | None]],
) -> None:
    state = False
    wanted: list[bool | None] = []
    for if_off, if_on in changes:
        changed = if_on if state else if_off
        if changed is None:
            wanted.append(None)
            continue
        state = not state if changed else state
        wanted.append(state)
    assert walk_changes(changes) == wanted


def test_a_timeline_from_both_versions_of_the_questions() -> None:
    said = [  # starts, stops, pick_up, put_down; what does not count says yes all the time
        (False, True, False, True),
        (True, True, False, True),
        (True, False, True, True),
        (True, True, True, False),
    ]
    windows = [
        WindowAnswers(at, at + 1, dict(zip(("starts", "stops", "pick_up", "put_down"), one, strict=True)))
        for at, one in enumerate(said)
    ]
    labels = predict_timeline(windows, DoseMethod(method="conditional")).labels
    assert labels == ("idle", "reach", "transport", "stabilize")
