"""A dataset's own words: its activities and cohorts, and how its videos are named (``dataset.yaml``).

Everything has a default, so that the file is needed only where names are to be read otherwise: activities and cohorts
are the study's, with whatever the manifest says.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError, counted, listed
from lmms_eval_plugins.core.safe_names import name_problem
from lmms_eval_plugins.core.yaml_files import describe_in_file, read_yaml
from lmms_eval_plugins.dataset.naming import Naming, pattern_problem
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, ACTIVITY_LABELS, COHORTS, HEALTHY, in_order

WORDS_NAME = "dataset.yaml"
"""File name of a dataset's own words, beside its manifest."""

CONTROLS = ("control", "controls", "healthy control", "healthy controls")
"""What people call the cohort without a stroke, besides ``healthy``."""


def _as_table(value: object) -> object:
    """Return a list of names as a table of names without other spellings; one spelling as a list of one."""
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return dict.fromkeys(value, ())
    if isinstance(value, dict):
        return {name: () if own is None else (own,) if isinstance(own, str) else own for name, own in value.items()}
    return value


def _key(word: str) -> str:
    """Return a word as it is looked up: in lower case, with spaces for underscores."""
    return word.strip().lower().replace("_", " ")


def _names(table: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    for name in table:
        if problem := name_problem(name):
            raise ValueError(f"{name!r} {problem}")
    keys = [_key(word) for name, others in table.items() for word in {name, *others}]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"{key!r} stands for two names; keep it at one")
    return table


def _pattern(pattern: str) -> str:
    if pattern and (problem := pattern_problem(pattern)):
        raise ValueError(problem)
    return pattern


_Words = Annotated[Mapping[str, tuple[str, ...]], BeforeValidator(_as_table), AfterValidator(_names)]


class DatasetWords(BaseModel):
    """The content of a dataset's ``dataset.yaml``.

    Attributes:
        activities: its activities, each with other spellings; empty for the study's and whatever the manifest says.
        cohorts: its cohorts, each with other spellings; empty for the study's and whatever the manifest says. The one
            named ``healthy`` has had no stroke, all others have.
        names: the pattern of its file names (see `pattern_problem`); empty for the study's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    activities: _Words = {}
    cohorts: _Words = {}
    names: Annotated[str, AfterValidator(_pattern)] = ""

    @model_validator(mode="after")
    def _knows_controls(self) -> DatasetWords:
        if self.cohorts and HEALTHY not in self.cohorts:
            called = next((name for name in self.cohorts if name.lower() in CONTROLS), "")
            hint = f"; write `{HEALTHY}: [{called}]` in place of {called}" if called else f"; add `{HEALTHY}:`"
            raise ValueError(f"cohorts: none is named {HEALTHY}, and all others have had a stroke{hint}")
        return self

    @property
    def naming(self) -> Naming:
        """How its videos are named."""
        return Naming(self.names, _spellings(self.activities))

    def cohort(self, text: str) -> str:
        """Return the cohort that a word stands for, in any case; an unknown word as it is."""
        known = {name: name for name in COHORTS} | dict.fromkeys(CONTROLS, HEALTHY) | _spellings(self.cohorts)
        return known.get(_key(text), text.strip())

    def activity(self, text: str) -> str:
        """Return the activity that a word stands for, in any case; an unknown word as it is."""
        return self.naming.activity(text.strip())

    def doubts(self, cohorts: Sequence[str], activities: Sequence[str]) -> list[str]:
        """Return a line for each cohort and activity of videos that may be misspelt, or be taken for another.

        Args:
            cohorts: of the videos, in the dataset's words, empty where not known.
            activities: the same.
        """
        lines = _odd(cohorts, self.cohorts, COHORTS, "cohort") + _odd(
            activities, self.activities, (*ACTIVITIES, *ACTIVITY_LABELS), "activity"
        )
        named = set(cohorts) - {""}
        if not named <= {*COHORTS, *self.cohorts} and HEALTHY not in named:
            lines.append(
                f"no cohort is named {HEALTHY}: {listed(in_order(named, COHORTS))} count as after a stroke;"
                f" where one has had none, name it in {WORDS_NAME}, as in `cohorts: {{{HEALTHY}: [its name], …}}`"
            )
        return lines


def keep_pattern(path: Path, pattern: str) -> str:
    """Write a pattern of names into a dataset's words where it has no such file; return what became of it, in a line.

    Raises:
        UserError: the file cannot be written.
    """
    kept = f"names: {json.dumps(pattern, ensure_ascii=False)}"
    if path.is_file():
        return "" if words_of(path).names == pattern else f"{path}: write `{kept}` in it to have the pattern kept"
    with writing(path):
        path.write_text(f"# How the videos of this folder are named; read by `strokerehab index`.\n{kept}\n", "utf-8")
    return f"{path}: keeps the pattern, so that `index` reads new videos in the same way"


def _odd(found: Sequence[str], own: Collection[str], study: Sequence[str], what: str) -> list[str]:
    """Return a line for each word that is none of a dataset's own, or without such nearly one of the study's."""
    lines = []
    for word, n in sorted(Counter(found).items()):
        if not word or word in (own or study):
            continue
        near = get_close_matches(word, own or study, n=1, cutoff=0.75)
        if own or near:
            which = f"is not in {WORDS_NAME}" if own else "is taken for one of its own"
            hint = f"; did you mean {near[0]!r}?" if near else "; add it there"
            lines.append(f"{what} {word!r} of {counted(n, 'video')} {which}{hint}")
    return lines


def _spellings(table: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {_key(word): name for name, others in table.items() for word in (name, *others)}


def words_of(manifest: Path) -> DatasetWords:
    """Return the words of a dataset, from the file beside its manifest (or in its folder); the defaults without one.

    Raises:
        UserError: the file is not valid; the message names file, line and field.
    """
    path = (manifest if manifest.is_dir() else manifest.parent) / WORDS_NAME
    if not path.is_file():
        return DatasetWords()
    text, content = read_yaml(path)
    try:
        return DatasetWords.model_validate({} if content is None else content)
    except ValidationError as error:
        raise UserError(describe_in_file(path, text, error, DatasetWords)) from None
