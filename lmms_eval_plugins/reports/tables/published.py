"""Which published logs belong to which table of the study, and which rows it printed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import NamedTuple


class LogSet(NamedTuple):
    """The published logs of a table.

    Attributes:
        folders: names of the folders that they lie in, at any depth.
        rows: the rows that the study printed; their meaning stands at each set.
        stamps: the stamps of the logs, where other logs lie in the same folders; empty where all count.
    """

    folders: tuple[str, ...]
    rows: tuple[str, ...]
    stamps: tuple[str, ...] = ()


INPUTS = ("baseline", "crop", "conditional prompting", "crop + conditional prompting")
"""How the input was engineered, in the study's order."""

_WHOLE_SECONDS = ("30,30", "15,15", "8,8", "4,4", "2,2", "1,1")
_HALF_SECONDS = ("2,1", "15,8", "30,15", "4,2", "8,4")
_SHORTER = ("30,8", "4,1", "8,2", "15,4")

LOG_SETS: Mapping[str, LogSet] = {
    "identification": LogSet(  # rows: prompts, by folder
        ("strokerehab_identification_1", "strokerehab_identification_2"), ("direct", "optimized")
    ),
    "dose_models": LogSet(  # rows: the folders below
        ("strokerehab_primitives_3_all_models",),
        (
            *("internvl3_78b", "internvl3p5_2b", "internvl3p5_8b", "internvl3p5_30b_a3b", "internvl3p5_38b"),
            *("llava_next_video_7b", "llava_next_video_72b", "llava_ov_0p5b", "llava_ov_7b", "llava_ov_72b"),
            *("longva_7b", "nvila_8b", "nvila_15b", "qwen2_5_vl_7b", "qwen2_5_vl_32b", "qwen2_5_vl_72b"),
        ),
    ),
    "dose_inputs": LogSet(  # rows: `INPUTS`; run 20251104_101126 was made before a repair and was not printed
        ("logs_qwen2_5_sig_gen_final", "qwen2_5_vl_signal_generator"),
        INPUTS,
        ("20251104_095353", "20251105_054016", "20251105_082430", "20251109_002159"),
    ),
    "sampling_direct": LogSet(  # rows: frames per second, frames
        ("ablation_direct_primitives_2",), (*_WHOLE_SECONDS, *_HALF_SECONDS, *_SHORTER, "8,1")
    ),
    "sampling_decomposed": LogSet(  # the same
        ("ablation_decomposed_primitives_3",), (*_WHOLE_SECONDS, *_HALF_SECONDS, *_SHORTER, "15,2", "8,1")
    ),
    "counting": LogSet((), ()),
    "decoding": LogSet(("strokerehab_primitives_3_all_models",), ()),
    "measure": LogSet(("strokerehab_primitives_3_all_models",), ()),
    "dose_patients": LogSet((), ()),
    "impairment": LogSet((), ()),
    "labelled": LogSet((), ()),
    "properties": LogSet((), ()),
    "raters": LogSet((), ()),
    "replies": LogSet((), ()),
    "sees": LogSet((), ()),
    "abstain": LogSet((), ()),
    "wording": LogSet((), ()),
}
"""Table → its published logs.

Those of ``counting`` and ``impairment`` were never published; ``decoding``, ``labelled`` and ``measure`` are ours, and
so are ``abstain``, ``dose_patients``, ``properties``, ``raters``, ``replies``, ``sees`` and ``wording``, which are
about whatever is given.
"""

IN_NO_TABLE = ("strokerehab_primitives_1",)
"""Folders of published logs that the study made no table of: lists of primitives, on 50 videos."""

PROMPTS = {
    "strokerehab_identification_1": "direct",
    "strokerehab_identification_2": "optimized",
    "strokerehab_identification": "optimized",
}
"""Identification task (or folder of a published log) → its prompt."""

TABLES = tuple(LOG_SETS)
"""The names of the tables."""


def is_of(table: str, path: str, stamp: str) -> bool:
    """Return whether a published log is one of a table's."""
    of = LOG_SETS[table]
    return bool(set(of.folders) & set(PurePath(path).parts)) and (not of.stamps or stamp in of.stamps)


def is_known(path: str) -> bool:
    """Return whether a published log lies in a folder of which it is known what tables the study made."""
    folders = {*IN_NO_TABLE, *(folder for of in LOG_SETS.values() for folder in of.folders)}
    return bool(folders & set(PurePath(path).parts))


def row_below(table: str, path: str) -> str | None:
    """Return the name of the folder below the table's own that a log lies in; None where it lies elsewhere."""
    parts = PurePath(path).parts
    for folder in LOG_SETS[table].folders:
        if folder in parts[:-2]:
            return parts[parts.index(folder) + 1]
    return None
