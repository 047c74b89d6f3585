"""``strokerehab index``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import MappingFile, out_option
from lmms_eval_plugins.core.console import progress_bar, put, say_all, stderr

if TYPE_CHECKING:
    from lmms_eval_plugins.dataset.naming import Naming
    from lmms_eval_plugins.dataset.reindex import Reindexed
    from lmms_eval_plugins.dataset.trial import Trial


def index(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="Videos <subject>/<subject>_<activity><rep>_<view>.<ext>, with labels beside them."
        ),
    ],
    labels: Annotated[
        list[Path] | None,
        typer.Option(
            "--labels",
            metavar="PATH",
            help="Folder of the label files, laid out as the videos', or label files of other tools."
            " Once per rater: the first is the truth.",
        ),
    ] = None,
    mapping: MappingFile = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN",
            help="How the videos are named, as in '{patient}-{activity}-take{repetition}-cam{view}'; {} is any text."
            " Kept in dataset.yaml.",
        ),
    ] = None,
    out: Annotated[Path | None, out_option("The manifest  [default: FOLDER/manifest.csv]")] = None,
) -> None:
    """Write the manifest of a folder of videos, or add to it.

    What you have written into a manifest stays; new videos are added, and what changed is listed. patients.csv beside
    it (patient, cohort, side_affected) fills empty cohorts. Label files of other tools (ELAN, BORIS, Label Studio, VIA,
    CVAT, starts and stops) become ours, in a folder labels beside the manifest.
    """
    from lmms_eval_plugins.core.errors import UserError
    from lmms_eval_plugins.dataset.index import index_folder
    from lmms_eval_plugins.dataset.labels.mapping import LabelMapping, read_mapping
    from lmms_eval_plugins.dataset.labels.tool_index import find_tool_files, with_tool_labels
    from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, write_manifest
    from lmms_eval_plugins.dataset.naming import Naming, pattern_problem
    from lmms_eval_plugins.dataset.patients import PATIENTS_NAME, patient_lines, patients_of, with_patients
    from lmms_eval_plugins.dataset.selections import project_selections, read_cohorts
    from lmms_eval_plugins.dataset.words import WORDS_NAME, keep_pattern, words_of
    from lmms_eval_plugins.domain.scheme import SCHEME_NAME, scheme_of
    from lmms_eval_plugins.video.probe import probe

    if pattern and (problem := pattern_problem(pattern)):
        raise UserError(f"--pattern: {problem}")
    manifest = (out or folder / MANIFEST_NAME).absolute()
    for name in (SCHEME_NAME, WORDS_NAME, PATIENTS_NAME):
        if (file := folder / name).is_file() and not _is_copied(file, manifest.with_name(name)):
            raise UserError(f"{file}: is read beside a dataset's manifest; copy it beside {out}")
    scheme, words, patients = scheme_of(manifest), words_of(manifest), patients_of(manifest)
    naming = Naming(pattern, words.naming.spellings) if pattern else words.naming
    meaning = read_mapping(mapping, scheme) if mapping else LabelMapping()
    of_patients = {one.patient: one.cohort for one in patients.values() if one.cohort}
    target = manifest.parent / "labels"
    tools = find_tool_files(folder, labels or [], target)
    folders = [place for place in labels or [] if not place.is_file()]
    with progress_bar(stderr()) as bar:
        job = bar.add_task("reading videos")
        report = index_folder(
            folder,
            labels_dir=folders[0] if folders else None,
            further_labels=folders[1:],
            probe=probe,
            cohorts=read_cohorts(project_selections()) | of_patients,
            scheme=scheme,
            foreign=tools.all,
            naming=naming,
            progress=lambda done, total, path: bar.update(job, completed=done, total=total, description=path.name),
        )
    converted = with_tool_labels(report.trials, folder, tools, target, meaning, scheme)
    before = words.naming if pattern else None
    again = _join(manifest, folder.absolute(), converted.trials, bool(labels), before)
    trials = again.trials if again else converted.trials
    write_manifest(manifest, trials)
    known = with_patients(trials, patients, words)
    _tell(out or folder / MANIFEST_NAME, known)
    if again:
        put(*again.changes or ["nothing has changed"], *again.kept)
    if pattern and (kept := keep_pattern(manifest.with_name(WORDS_NAME), pattern)):
        put(kept)
    if converted.files:
        put(f"{target}: {len(converted.files)} label files converted from those of other tools")
    doubts = [
        *patient_lines(patients, [trial.patient for trial in known], manifest.with_name(PATIENTS_NAME), manifest),
        *words.doubts([trial.cohort for trial in known], [trial.activity for trial in known]),
    ]
    say_all("warning", [*report.warnings, *converted.warnings, *doubts])
    if say_all("problem", [*report.problems, *converted.problems]):
        raise typer.Exit(WITH_PROBLEMS)


def _is_copied(file: Path, copy: Path) -> bool:
    """Return whether a file has a copy, or is it."""
    return copy.is_file() and copy.read_bytes() == file.read_bytes()


def _join(
    manifest: Path, folder: Path, found: tuple[Trial, ...], new_labels: bool, before: Naming | None
) -> Reindexed | None:
    """Return the rows of a manifest that is already there, joined with what is found; None without one."""
    from lmms_eval_plugins.dataset.manifest import read_manifest
    from lmms_eval_plugins.dataset.reindex import reindexed

    if not manifest.is_file():
        return None
    written = manifest.stat().st_mtime
    return reindexed(
        read_manifest(manifest),
        found,
        is_newer=lambda path: path.stat().st_mtime > written,
        new_labels=new_labels,
        read_before=lambda path: before.name_of(path.relative_to(folder)) if before else None,
    )


def _tell(manifest: Path, trials: list[Trial]) -> None:
    """Print what a manifest lists: its videos, and what is known of them."""
    labelled = sum(trial.labels is not None for trial in trials)
    several = sum(bool(trial.labels and trial.other_labels) for trial in trials)
    further = f", {several} of several raters" if several else ""
    put(f"{manifest}: {len(trials)} videos, {labelled} with labels{further}")
    parts = [f"patients: {len({trial.patient for trial in trials})}"]
    for what, values in (("activities", [t.activity for t in trials]), ("cohorts", [t.cohort for t in trials])):
        counts = Counter(value or "not known" for value in values)
        parts.append(f"{what}: " + ", ".join(f"{name} {n}" for name, n in sorted(counts.items())))
    put("; ".join(parts))
