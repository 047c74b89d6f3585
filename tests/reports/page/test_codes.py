from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.page.codes import NewCodes, read_codes_key
from lmms_eval_plugins.reports.page.data.video import AskedQuestion
from lmms_eval_plugins.reports.page.runs import ReportedVideo

KEY = b"0123456789abcdef"


def video(name: str, patient: str) -> ReportedVideo:
    return ReportedVideo(name, patient, None, None, None, 1.0)


VIDEOS = (
    video("DS0001_drinking1_1", "DS0001"),
    video("DS0002_drinking1_1", "DS0002"),
    video("tape 7, morning", "DS0002"),
    video("Anna & Bo", "Anna"),
    video("p10x", "P10"),
    video("a/b 1", "Ö-9"),
)


def codes(key: bytes = KEY) -> NewCodes:
    return NewCodes(key, VIDEOS, {"reach", "mild"})


def test_codes_are_the_same_by_key_and_tell_patients_apart() -> None:
    one, again, other = codes(), codes(), codes(b"another key of 20 b.")
    patients = {video.patient for video in VIDEOS}
    assert all(one.replaced(patient) == again.replaced(patient) != other.replaced(patient) for patient in patients)
    assert len({one.replaced(patient) for patient in patients}) == len(patients)
    assert all(re.fullmatch(r"ID[0-9a-f]{10}", one.replaced(patient)) for patient in patients)


def test_a_new_name_has_the_new_code() -> None:
    new = codes()
    own = new.replaced("DS0002")
    assert new.replaced("DS0002_drinking1_1") == f"{own}_drinking1_1"
    assert re.fullmatch(rf"{own}_[0-9a-f]{{10}}", new.replaced("tape 7, morning"))
    assert re.fullmatch(rf"{new.replaced('P10')}_[0-9a-f]{{10}}", new.replaced("p10x"))


@pytest.mark.parametrize(
    "text",
    [
        "/data/ds0001/DS0001_drinking1_1.mp4: moved",
        "DS0001cam2, xDS0002x, Anna's, (P10), p10",
        "videos/tape%207%2C%20morning.mp4 and Anna &amp; Bo",
        "patients anna_1, Ö-9, ö-9",
    ],
)
def test_old_codes_are_nowhere(text: str) -> None:
    new = codes().replaced(text)
    assert not re.search(r"ds000\d|anna|p10|tape|ö", new, re.IGNORECASE), new


def test_other_words_stay() -> None:
    text = "savannah reaches 10 of P100 in 0.0002 s; mild"
    assert codes().replaced(text) == text


def test_letters_of_windows_are_no_texts() -> None:
    asked = AskedQuestion(
        run=0,
        question=0,
        grid=0,
        states="aaa",
        texts=(0, 1, 2),
        values=(0, 1, 2),
        truths=None,
        rights="101",
        choices=("DS0001", "no"),
        probabilities=((1, 2), None),
    )
    new = NewCodes(KEY, (video("aaa", "aaa"), *VIDEOS), ()).applied(asked)
    assert (new.states, new.rights, new.texts, new.probabilities) == ("aaa", "101", (0, 1, 2), ((1, 2), None))
    assert new.choices == (codes().replaced("DS0001"), "no")
    nested: object = codes().applied({"of DS0001": [1, "DS0001"]})
    assert nested == {f"of {new.choices[0]}": (1, new.choices[0])}


NAMES = st.text(st.characters(categories=("L", "N")), min_size=3)


@given(st.lists(NAMES, min_size=1, max_size=6, unique=True), st.text())
def test_any_code_is_replaced(names: list[str], around: str) -> None:
    patients = [f"{name}x" for name in names]
    assume(not any(one in around for one in patients))  # which may stand within another word there
    new = NewCodes(KEY, [video(f"{one} v", one) for one in patients], ())
    for one in patients:
        assert one not in new.replaced(f"{around} {one} {one}_1 {around}")


@pytest.mark.parametrize("patient", ["1", "12", "P1", "20231", "reach", "Mild"])
def test_a_code_that_is_a_word_or_number_is_refused(patient: str) -> None:
    with pytest.raises(UserError, match=f"'{patient}' cannot be told from other words"):
        NewCodes(KEY, [video("v", patient)], {"reach", "mild"})


def test_a_key_is_long_enough(tmp_path: Path) -> None:
    key = tmp_path / "key"
    with pytest.raises(UserError, match=r"cannot be read .*; `head -c 32 /dev/urandom"):
        read_codes_key(key)
    key.write_bytes(KEY[:-1])
    with pytest.raises(UserError, match=r"holds 15 bytes, and a key has 16 at least; `head"):
        read_codes_key(key)
    key.write_bytes(KEY)
    assert read_codes_key(key) == KEY
