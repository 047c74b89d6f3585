from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.words import WORDS_NAME, DatasetWords, keep_pattern, words_of


def words(folder: Path, text: str) -> DatasetWords:
    (folder / WORDS_NAME).write_text(text, encoding="utf-8")
    return words_of(folder / "manifest.csv")


def test_without_a_file_the_words_are_the_studys_and_whatever_comes(tmp_path: Path) -> None:
    own = words_of(tmp_path)
    assert own == DatasetWords()
    assert [own.cohort(text) for text in ("Mild", "controls", "sub-acute", "")] == ["mild", "healthy", "sub-acute", ""]
    assert [own.activity(text) for text in ("deodrant", "pouring")] == ["deodorant", "pouring"]


def test_own_words_have_other_spellings(tmp_path: Path) -> None:
    own = words(tmp_path, "activities: {pouring: pour, folding: }\ncohorts: {healthy: [HC], chronic: [late, Later]}\n")
    assert [own.cohort(text) for text in ("hc", "LATER", "healthy", "new")] == ["healthy", "chronic", "healthy", "new"]
    assert own.activity("Pour") == "pouring" and own.naming.spellings["folding"] == "folding"
    assert words(tmp_path, "cohorts: {healthy: , sub_acute: [very late]}").cohort("Sub Acute") == "sub_acute"
    assert words(tmp_path, "activities: [pouring]").activity("Pouring") == "pouring"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cohorts: [control, chronic]", "none is named healthy.*in place of control"),
        ("cohorts: [early, late]", "none is named healthy.*add `healthy:`"),
        ("cohorts: {healthy: [x], x: }", "'x' stands for two names"),
        ("activities: [a/b]", "'a/b' holds '/'"),
        ("activites: [pouring]", "activites: unknown key.*'activities'"),
        ("names: '{patint}'", "names: unknown field {patint}"),
        ("- x", "should be a table"),
    ],
)
def test_errors_name_the_file_and_what_to_do(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError, match=f"{WORDS_NAME}.*{message}") as caught:
        words(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_doubts_name_what_may_be_misspelt_and_who_counts_as_after_a_stroke(tmp_path: Path) -> None:
    plain = DatasetWords()
    assert plain.doubts(["healthy", "mild", "sub-acute"], ["pouring", "RTT left side", ""]) == []
    (misspelt,) = plain.doubts(["healthy", "midl", "midl"], [])
    assert misspelt == "cohort 'midl' of 2 videos is taken for one of its own; did you mean 'mild'?"
    (nobody,) = plain.doubts(["HV", "sub-acute"], [])
    assert "HV, sub-acute count as after a stroke" in nobody
    own = words(tmp_path, "activities: [pouring]")
    (unknown,) = own.doubts([], ["pouring", "stacking"])
    assert unknown == "activity 'stacking' of 1 video is not in dataset.yaml; add it there"


def test_a_pattern_is_kept_where_no_file_is(tmp_path: Path) -> None:
    path = tmp_path / WORDS_NAME
    assert "keeps the pattern" in keep_pattern(path, "{patient}-{view}")
    assert words_of(path).names == "{patient}-{view}" and keep_pattern(path, "{patient}-{view}") == ""
    assert 'write `names: "{patient}"`' in keep_pattern(path, "{patient}")
    assert words_of(path).names == "{patient}-{view}"
