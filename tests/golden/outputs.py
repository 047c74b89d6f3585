"""What today's commands print and write about the fixtures, and how it is compared: as data, without its prose."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from tests.golden.plans import ROOT

SHARED = ROOT.parent / "shared" / "vlms4rehab"

_STUDY = "logs/strokerehab_primitives_3_all_models"
_DIRECT = "logs/ablation_direct_primitives_2/qwen2_5_vl_32b/Qwen__Qwen2.5-VL-32B-Instruct"
_ACTIVITY = "logs/strokerehab_identification_2/qwen2_5_vl_7b/Qwen__Qwen2.5-VL-7B-Instruct"

PUBLISHED: Mapping[str, str] = {
    f"{_ACTIVITY}/20251021_031935_samples_strokerehab_identification.jsonl": "identification",
    f"{_DIRECT}/20251110_203741_samples_strokerehab_primitives_2.jsonl": "sampling_direct",
    f"{_STUDY}/llava_ov_0p5b/lmms-lab__llava-onevision-qwen2-0.5b-ov/"
    "20251101_213638_samples_strokerehab_primitives_3.jsonl": "dose_models",
}
"""Published log, which is not copied here → a table of it."""

DOSE = "runs/strokerehab_primitives_3"

COMPARED = ("runs/strokerehab_counting/mover", "runs/strokerehab_counting/oracle")

PRINTED: Mapping[str, tuple[str, ...]] = {
    "score.json": ("score", "runs", "--json"),
    "score_published.json": ("score", DOSE, "--reading", "published", "--json"),
    "score_mbr.json": ("score", DOSE, "--decoder", "mbr", "--json"),
    "score_viterbi.json": ("score", DOSE, "--decoder", "viterbi", "--json"),
    "score_logs.json": ("score", "logs", "--json"),
    "score_logs_default.json": ("score", "logs", "--reading", "default", "--json"),
    "score.txt": ("score", "runs"),
    "score_logs.txt": ("score", "logs"),
    "dose_models.csv": ("table", "dose_models", "runs", "--more", "--ci", "--format", "csv"),
    "dose_models_mbr.csv": ("table", "dose_models", DOSE, "--decoder", "mbr", "--format", "csv"),
    "dose_models_logs.csv": ("table", "dose_models", "logs", "--more", "--ci", "--format", "csv"),
    "decoding.csv": ("table", "decoding", "logs", "--format", "csv"),
    "sampling_decomposed.csv": ("table", "sampling_decomposed", DOSE, "--format", "csv"),
    "sampling_direct.csv": ("table", "sampling_direct", "runs/strokerehab_primitives_2", "--format", "csv"),
    "counting.csv": ("table", "counting", "runs", "--more", "--ci", "--format", "csv"),
    "identification.csv": ("table", "identification", "runs", "--more", "--ci", "--format", "csv"),
    "identification_logs.csv": ("table", "identification", "logs", "--more", "--format", "csv"),
    "impairment.csv": ("table", "impairment", "runs", "--more", "--ci", "--format", "csv"),
    "dose_models.txt": ("table", "dose_models", DOSE),
    "compare.txt": ("compare", *COMPARED, "--wide"),
    "compare.tex": ("compare", *COMPARED, "--format", "latex"),
}
"""File with what a command printed → its arguments."""

DIRECT = "logs/ablation_direct_primitives_2"
YES_NO = "logs/strokerehab_primitives_3_all_models/tiny"

DECODED: Mapping[str, tuple[str, ...]] = {
    "lopo": ("decode", DOSE, "logs"),
    "viterbi": ("decode", DOSE, "--method", "viterbi"),
    "saved_direct": ("decode", DIRECT, "--save", "{out}/direct.json"),
    "saved_yes_no": ("decode", YES_NO, "--save", "{out}/yes_no.json"),
    "fitted_direct": ("decode", "runs/strokerehab_primitives_2", "--fit", "decoded/saved_direct/direct.json"),
    "fitted_yes_no": ("decode", f"{DOSE}/tiny", "--fit", "decoded/saved_yes_no/yes_no.json"),
}
"""Folder of decoded files → the command that writes them; ``fitted_*`` read the decoders that ``saved_*`` wrote."""


def call(*arguments: object) -> tuple[int, str, str]:
    """Run `strokerehab` in this process; returns its exit status, and what it printed on stdout and stderr."""
    from lmms_eval_plugins.cli import main

    out, err, before = StringIO(), StringIO(), sys.argv
    sys.argv = ["strokerehab", *map(str, arguments)]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    finally:
        sys.argv = before
    raise AssertionError("the command did not end by SystemExit")


def data_of(name: str, text: str) -> str:
    """What must not change in a printed text: of a table on the console, or in LaTeX, its cells; else every byte."""
    lines = text.splitlines()
    if name.endswith(".tex"):
        return "".join(f"{line.strip()}\n" for line in lines if " & " in line)
    if name.endswith(".txt"):
        cells = ("\t".join(re.split(r"\s{2,}|\s*[│|┃]\s*", line.strip())) for line in lines)
        return "".join(f"{line}\n" for line in cells if re.search(r"\t\S*\d", line))
    return text


def decode_into(folder: Path, name: str) -> dict[str, str]:
    """Run a command of `DECODED`; file → content."""
    status, _, err = call(*(one.format(out=folder) for one in DECODED[name]), "--out", folder)
    assert status == 0, err
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}


def without_words(text: str) -> str:
    """A decoded file, or a decoder's, without the lines that are words for people, and without how it measures."""
    text = re.sub(r',\n "measuring": \{.*?\n \}', "", text, flags=re.DOTALL)
    return "".join(f"{line}\n" for line in text.splitlines() if not re.match(r' "(note|about)": ', line))


OUTCOME: Callable[[int], bool] = (0, 3).__contains__
"""Whether an exit status says that a command did its work."""


def digests_of(log: str, place: Path) -> list[str]:
    """SHA-256 of what `score --json` and `table --format csv` print about a published log."""
    link, stamp = place / "published" / log, Path(log).name.partition("_samples_")[0]
    link.parent.mkdir(parents=True, exist_ok=True)
    for source in (SHARED / log).parent.glob(f"{stamp}_*"):  # the log, and the sampling in its results file
        (link.parent / source.name).symlink_to(source)
    relative = link.relative_to(place)
    digests = []
    for name, arguments in (
        ("score.json", ("score", relative, "--json")),
        ("table.csv", ("table", PUBLISHED[log], relative, "--format", "csv")),
    ):
        status, out, err = call(*arguments)
        assert OUTCOME(status), err
        digests.append(hashlib.sha256(data_of(name, out).encode()).hexdigest())
    return digests
