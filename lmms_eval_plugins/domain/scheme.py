"""Label schemes: the labels that a timeline may hold, with what each of them means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from lmms_eval_plugins.core.errors import NotInDataset, UserError, listed
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.core.yaml_files import describe_in_file, read_yaml
from lmms_eval_plugins.domain.vocabulary import RuleLabels

SCHEME_NAME = "scheme.yaml"
"""File name of a dataset's own scheme, beside its manifest."""

MEAN = "avg"
"""What stands for all labels in the names of metrics, so that no label may be called so."""

_CONFIG = ConfigDict(frozen=True, extra="forbid")


def _must_match(pattern: str, otherwise: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(otherwise)
        return text

    return AfterValidator(check)


_Colour = Annotated[str, _must_match("#[0-9a-fA-F]{6}", 'a colour is written as "#1B9E77"')]
_Word = Annotated[str, _must_match("[^A-Z]+", "words are written in lower case")]
_Name = Annotated[
    str,
    _must_match(
        r"[^\s;,@{}A-Z]([^;,@{}A-Z]*[^\s;,@{}A-Z])?",
        "labels are written in lower case, without , ; @ { } and blanks around them",
    ),
]


class SchemeLabel(BaseModel):
    """A label of a scheme.

    Attributes:
        colour: ``#rrggbb``.
        motion: whether the hand moves.
        grasp: whether it holds an object.
        words: what markers call it, besides its name; lower case.
    """

    model_config = _CONFIG

    colour: _Colour
    motion: bool = False
    grasp: bool = False
    words: tuple[_Word, ...] = ()


class Scheme(BaseModel):
    """The labels of a dataset.

    Attributes:
        name: of the scheme.
        about: what it is, for readers.
        labels: by name as written in timelines, in the order in which a marker is searched for their words.
    """

    model_config = _CONFIG

    name: str = Field(min_length=1)
    about: str = ""
    labels: Annotated[Mapping[_Name, SchemeLabel], Field(min_length=1)]

    @model_validator(mode="after")
    def _distinct(self) -> Scheme:
        words = [word for word, _ in self.words]
        for word in words:
            if words.count(word) > 1:
                raise ValueError(f"labels: {word!r} stands for two labels; keep it at one")
            if word != word.lower().strip():
                raise ValueError(f"labels: {word!r} is not in lower case, or has spaces around it")
        if MEAN in self.labels:
            raise ValueError(f"labels: {MEAN!r} is the name of the mean over all labels; choose another")
        return self

    def __hash__(self) -> int:
        return hash((self.name, *self.labels))

    @cached_property
    def words(self) -> tuple[tuple[str, str], ...]:
        """Word in a marker and the name of its label, in the order of the search."""
        return tuple((word, name) for name, label in self.labels.items() for word in (name, *label.words))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the labels."""
        return tuple(self.labels)

    @cached_property
    def meanings(self) -> frozenset[tuple[str, bool, bool]]:
        """What tells labels from those of another scheme: name, motion and grasp of each."""
        return frozenset((name, label.motion, label.grasp) for name, label in self.labels.items())

    @cached_property
    def motion(self) -> frozenset[str]:
        """The labels in which the hand moves."""
        return frozenset(name for name, label in self.labels.items() if label.motion)

    @cached_property
    def grasp(self) -> frozenset[str]:
        """The labels in which the hand holds an object."""
        return frozenset(name for name, label in self.labels.items() if label.grasp)

    @property
    def colours(self) -> Mapping[str, str]:
        """The colour of each label."""
        return {name: label.colour for name, label in self.labels.items()}

    @cached_property
    def resting(self) -> frozenset[str]:
        """The labels in which the hand neither moves nor holds; none where no label says whether it moves or holds."""
        if not self.motion | self.grasp:
            return frozenset()
        return frozenset(self.names) - self.motion - self.grasp

    @property
    def at_onset(self) -> str | None:
        """The label that stands before a video's first one: the hand rests; None where the scheme has none for that."""
        return next((name for name in self.labels if name in self.resting), None)

    @property
    def carrying(self) -> str | None:
        """The first label in which the hand moves and holds an object; None where there is none."""
        return next((name for name in self.labels if name in self.motion and name in self.grasp), None)

    @property
    def follows_rule(self) -> bool:
        """Whether motion and grasp answers make labels: see `rule_labels`."""
        return None not in self._by_motion_and_grasp.values()

    @cached_property
    def _by_motion_and_grasp(self) -> Mapping[str, str | None]:
        empty = [name for name in self.labels if name in self.motion - self.grasp]
        return {
            "moves and holds an object (motion: true, grasp: true)": self.carrying,
            "holds one without moving (grasp: true)": next(
                (name for name in self.labels if name in self.grasp - self.motion), None
            ),
            "rests (neither)": self.at_onset,
            "moves without holding one (motion: true)": empty[0] if empty else None,
        }

    @cached_property
    def rule_labels(self) -> RuleLabels:
        """The labels that motion and grasp answers make.

        Raises:
            NotInDataset: the scheme has no label for one of the four pairs of answers.
        """
        found = self._by_motion_and_grasp
        if missing := [kind for kind, name in found.items() if name is None]:
            lacking = listed(missing, by=" and none for one that ")
            raise NotInDataset(
                f"the scheme {self.name!r} has no label for a hand that {lacking},"
                f" which motion and grasp answers need: add one to {SCHEME_NAME}, or take a task that asks for labels"
            )
        carries, holds, rests, leads = map(str, found.values())
        second = (name for name in self.labels if name in self.motion - self.grasp and name != leads)
        return RuleLabels(carries, holds, rests, leads, next(second, leads))


def read_scheme(path: Path) -> Scheme:
    """Read a scheme from YAML.

    Raises:
        UserError: the file is missing or not a valid scheme; the message names file, line and field.
    """
    text, content = read_yaml(path)
    try:
        return Scheme.model_validate(content)
    except ValidationError as error:
        raise UserError(describe_in_file(path, text, error, Scheme, SchemeLabel)) from None


@cache
def primitives_scheme() -> Scheme:
    """Return the shipped scheme, the five functional primitives."""
    return read_scheme(shipped("tasks") / "strokerehab" / "schemes" / "primitives.yaml")


def scheme_of(manifest: Path) -> Scheme:
    """Return the scheme of a dataset: its own beside its manifest (or folder's), else the shipped one."""
    own = (manifest if manifest.is_dir() else manifest.parent) / SCHEME_NAME
    return read_scheme(own) if own.is_file() else primitives_scheme()
