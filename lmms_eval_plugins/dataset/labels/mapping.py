"""Mapping files: which tiers and codes of other tools stand for which hands and labels of ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.core.yaml_files import describe_in_file, line_of, read_yaml
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.vocabulary import Hand

_CONFIG = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class CodeMeaning(BaseModel):
    """What a code means that says the hand as well.

    Attributes:
        label: of the scheme.
        hand: the hand; None where the tier says it.
    """

    model_config = _CONFIG

    label: str
    hand: Hand | None = None


class LabelMapping(BaseModel):
    """How tiers and codes of other tools are read.

    Attributes:
        tiers: tier, subject, track or attribute → its hand; null where it is not read. The name ``""`` is that of none.
        codes: code → label, or label and hand; null where it is not read.
        subject: the only tier or subject that is read; None for all.
        hand: the hand where neither tier nor code says it; None for what the manifest says.
        videos: name of a video in the tool → its name here.
        fps: rate of the videos whose labels count frames, where no dataset says it.
    """

    model_config = _CONFIG

    tiers: Mapping[str, Hand | None] = Field(default_factory=dict)
    codes: Mapping[str, str | CodeMeaning | None] = Field(default_factory=dict)
    subject: str | None = None
    hand: Hand | None = None
    videos: Mapping[str, str] = Field(default_factory=dict)
    fps: float | None = Field(default=None, gt=0, le=1000)


def read_mapping(path: Path, scheme: Scheme) -> LabelMapping:
    """Read a mapping file (YAML); its labels are those of the dataset's scheme.

    Raises:
        UserError: the file is missing, not valid, or names a label that the scheme has not; with file, line and field.
    """
    text, content = read_yaml(path)
    try:
        mapping = LabelMapping.model_validate(_with_text_keys(content))
    except ValidationError as error:
        raise UserError(describe_in_file(path, text, error, LabelMapping, CodeMeaning)) from None
    for code, meaning in mapping.codes.items():
        label = meaning.label if isinstance(meaning, CodeMeaning) else meaning
        if label is not None and label not in scheme.labels:
            line = line_of(text, ("codes", code))
            where = f"{path}, line {line}" if line else str(path)
            raise UserError(
                f"{where}: codes.{code}: no label {label!r} in scheme {scheme.name!r}{nearest(label, scheme.names)}"
            )
    return mapping


def _with_text_keys(content: object) -> object:
    """Make the keys of tables text: YAML reads ``1:`` as a number, and ``y:`` or ``no:`` as a truth value."""
    if content is None:
        return {}
    if not isinstance(content, dict):
        return content
    return {
        key: {_key(name): value for name, value in table.items()} if isinstance(table, dict) else table
        for key, table in content.items()
    }


def _key(name: object) -> object:
    return name if isinstance(name, str | bool) else str(name)
