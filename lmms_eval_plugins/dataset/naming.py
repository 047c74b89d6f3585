"""How the videos of a dataset are named: ``<subject>_<activity><repetition>_<view>``, or by a pattern of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from unicodedata import normalize

from lmms_eval_plugins.core.errors import nearest
from lmms_eval_plugins.dataset.file_names import STUDY_SPELLINGS, VideoName, parse_name

FIELDS = {"patient": r".+", "activity": r".*?\D", "repetition": r"\d+", "view": r".+?"}
"""Field of a pattern → the texts that it stands for."""

_WITH_REPETITION = re.compile(r"([^\W\d_](?:.*\D)?)(\d{1,3})")
_BETWEEN_FIELDS = re.compile(r"\{[^{}]*\}\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Naming:
    """The names of a dataset's videos.

    Attributes:
        pattern: what they look like (see `pattern_problem`); empty for the study's way, with any activity.
        spellings: spelling of an activity, in lower case with spaces for underscores → the dataset's name of it, beside
            the study's.
    """

    pattern: str = ""
    spellings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def name_of(self, relative: Path) -> VideoName:
        """Return what the name of a video says, by the video's path in the dataset's folder.

        One that says nothing is a video with no known activity of the patient who has the folder's name; of a patient
        of its own where it lies in no folder, or deeper.
        """
        folder = self._folder(relative)
        unknown = VideoName(normalize("NFC", folder or relative.stem), activity="", repetition=1, view="1")
        return self.parse(relative) or unknown

    def parse(self, relative: Path) -> VideoName | None:
        """Parse a video's name; None where it does not follow the pattern.

        Without a pattern, the study's activities are looked for first (see `parse_name`), then the dataset's own. Any
        other activity is the words without a digit before the repetition, so that ``S_07_fold_towel2_1`` is of patient
        ``S_07``; one word, where no part before it has a digit. A video in the folder of a patient then begins with
        the folder's name, or says nothing.
        """
        stem = normalize("NFC", relative.stem)
        if self.pattern:
            return self._by_pattern(stem)
        return parse_name(stem) or self._with_own_activity(stem) or self._with_any(stem, self._folder(relative))

    def activity(self, text: str) -> str:
        """Return the name of an activity that is spelt in some way; an unknown one as it is."""
        key = text.lower().replace("_", " ")
        return self.spellings.get(key) or STUDY_SPELLINGS.get(key) or text

    @staticmethod
    def _folder(relative: Path) -> str:
        return normalize("NFC", relative.parts[0]) if len(relative.parts) == 2 else ""

    def _by_pattern(self, stem: str) -> VideoName | None:
        known = (*self.spellings, *STUDY_SPELLINGS)
        found = _regex_of(self.pattern, known).fullmatch(stem) or _regex_of(self.pattern).fullmatch(stem)
        if not found:
            return None
        values = found.groupdict()
        activity = self.activity(values.get("activity", "").replace("_", " "))
        return VideoName(values["patient"], activity, int(values.get("repetition", "1")), values.get("view", "1"))

    def _with_own_activity(self, stem: str) -> VideoName | None:
        if not self.spellings:
            return None
        found = re.fullmatch(rf"(.+?)_({_any_of(tuple(self.spellings))})(\d+)_([^_]+)", stem, re.IGNORECASE)
        return (
            VideoName(found[1], self.activity(found[2].replace("_", " ")), int(found[3]), found[4]) if found else None
        )

    def _with_any(self, stem: str, folder: str) -> VideoName | None:
        *before, last, view = ["", *stem.split("_")]
        before = before[1:]
        found = _WITH_REPETITION.fullmatch(last)
        n_of_folder = len(folder.split("_"))
        if not (found and view and len(before) >= n_of_folder and stem.startswith(folder and f"{folder}_")):
            return None
        at = len(before)
        while at > n_of_folder and before[at - 1].isalpha():
            at -= 1
        if not folder and not any(character.isdigit() for character in before[at - 1]):
            at = len(before)
        patient = folder or "_".join(before[:at])
        activity = self.activity(" ".join((*before[at:], found[1])))
        return VideoName(patient, activity, int(found[2]), view) if patient.strip("_ ") else None


def pattern_problem(pattern: str) -> str | None:
    """Return what is wrong with a pattern of names, in words; None where it can be used.

    A pattern is a text with fields in braces: ``{patient}`` and, where names have them, ``{activity}``,
    ``{repetition}`` and ``{view}``; ``{}`` is a part that says nothing here.
    """
    try:
        fields = [name for _, name, form, conversion in Formatter().parse(pattern) if name is not None]
        plain = all(not form and not conversion for _, _, form, conversion in Formatter().parse(pattern))
    except ValueError:
        return "a brace is not closed; fields are written as in {patient}_{activity}{repetition}_{view}"
    for name in fields:
        if name and name not in FIELDS:
            return f"unknown field {{{name}}}{nearest(name, FIELDS)}"
        if name and fields.count(name) > 1:
            return f"the field {{{name}}} is there twice; keep one, and write {{}} for a part that says nothing"
    if not plain:
        return "fields are written without a form, as in {patient}_{activity}{repetition}_{view}"
    if "patient" not in fields:
        return "the field {patient} is missing: whose videos belong together cannot be told without it"
    if "/" in pattern or "\\" in pattern:
        return "a pattern is of file names alone, without folders"
    for pair in _BETWEEN_FIELDS.findall(pattern):
        if not pair.endswith("{repetition}"):
            return f"{pair}: put a sign between the two fields, or nobody knows where one ends"
    return None


@cache
def _regex_of(pattern: str, activities: tuple[str, ...] = ()) -> re.Pattern[str]:
    """Return what names of a pattern match: those with one of some activities, or with any."""
    kinds = FIELDS | ({"activity": _any_of(activities)} if activities else {})
    parts = []
    for text, name, _, _ in Formatter().parse(pattern):
        parts.append(re.escape(text))
        if name is not None:
            parts.append(f"(?P<{name}>{kinds[name]})" if name else ".+?")
    return re.compile("".join(parts), re.IGNORECASE)


def _any_of(spellings: tuple[str, ...]) -> str:
    longest_first = sorted(spellings, key=len, reverse=True)
    return "|".join(re.escape(spelling).replace(r"\ ", "[ _]") for spelling in longest_first)
