"""Decode runs and write what came out beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError, error_line, listed, without_file
from lmms_eval_plugins.core.redaction import redacted_json
from lmms_eval_plugins.core.safe_names import file_name
from lmms_eval_plugins.decoding.clock import describe_mixed_windows
from lmms_eval_plugins.decoding.decoder import Decoder
from lmms_eval_plugins.decoding.decoder_file import load_decoder, save_decoder
from lmms_eval_plugins.decoding.leave_out import Decoding, decode_leaving_out
from lmms_eval_plugins.decoding.measuring.instrument_file import measuring_part
from lmms_eval_plugins.decoding.training import Training
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.decoders import join_runs, notes_on_decoding, training_on, videos_of
from lmms_eval_plugins.runs.data_frames.read import dose_sources
from lmms_eval_plugins.runs.data_frames.sources import DoseRun
from lmms_eval_plugins.runs.find import short_names
from lmms_eval_plugins.runs.measuring.saved import fitted_on
from lmms_eval_plugins.runs.probing.evidence import SAID, Evidence, decode_by_evidence, runs_by_evidence
from lmms_eval_plugins.runs.run import is_run

LOPO = "lopo"
"""Fit on the other patients of the same run."""

OTHER = "other="
"""Fit on other runs, whose paths follow, comma-separated."""


@dataclass(frozen=True, slots=True)
class Wrote:
    """The files written, what a reader of them should know, and what could not be decoded."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]
    errors: tuple[str, ...]


def decode_runs(
    paths: Sequence[str],
    decoding: Decoding,
    *,
    fit: str = LOPO,
    save: Path | None = None,
    out: Path | None = None,
    as_one: bool = False,
    split_runs: bool = False,
    reading: Policy | None = None,
    activities: Mapping[str, str] | None = None,
    evidence: Evidence = SAID,
) -> Wrote:
    """Decode the runs of dose tasks among the paths, and write each one's timelines to ``decoded_<method>.json``.

    Args:
        paths: runs, logs, folders of them, patterns.
        decoding: how.
        fit: whose labels teach: ``lopo``, ``other=RUNS``, or a file that ``save`` wrote.
        save: also write a decoder that was fitted on all labelled patients of the runs that teach; one of at least
            three patients can measure, too.
        out: the folder to write to; None is the run's own, or the log's.
        as_one: decode all runs together, as answers of several models about the same windows.
        split_runs: take the runs of a file that holds several apart.
        reading: how replies are read; None is the default reading.
        activities: video → its activity as answered in an identification task.
        evidence: what decoders go by; what probes read is of run folders alone, and learned from their own patients.

    Raises:
        UserError: nothing can be decoded, the decoder does not fit, or a file cannot be written.
    """
    if evidence != SAID and (fit != LOPO or save or as_one or decoding.blind):
        raise UserError(
            f"--evidence {evidence}: probes learn from a run's own other patients; leave --fit, --save and --together"
            " away, and decode by a method that is not blind"
        )
    if as_one and fit.startswith(OTHER):
        raise UserError(
            "--together learns from the runs' own other patients; leave --fit out, or give a fitted decoder"
        )
    errors: list[str] = []
    found = dose_sources(paths, errors, split_runs, reading)
    if not found:
        raise UserError(errors[0] if errors else f"{listed(paths)}: no run of a dose task to decode")
    if as_one:
        found = {next(iter(found)): join_runs([*found.values()])}
    decoder = None if fit == LOPO or fit.startswith(OTHER) else load_decoder(Path(fit))
    teachers = [*found.values()]
    if fit.startswith(OTHER):
        teachers = [*dose_sources(fit.removeprefix(OTHER).split(","), errors, split_runs, reading).values()]
        if not teachers:
            raise UserError(errors[-1] if errors else f"--fit {fit}: no run of a dose task to learn from")
    if save and decoder:
        raise UserError(f"--save: {fit} is a fitted decoder already")
    files = []
    notes = notes_on_decoding(decoding, activities is not None)
    sees = decoding.by_activity and activities is not None
    mixed: dict[str, None] = {}
    names = dict(zip(found, short_names([*found]), strict=True))
    for path, source in found.items():
        videos = videos_of(source, activities)
        learned = teachers if fit.startswith(OTHER) else []
        own = describe_mixed_windows([video.answered.windows for one in (source, *learned) for video in one.videos])
        mixed |= dict.fromkeys(own)
        try:
            if evidence != SAID:
                run_for = runs_by_evidence(source, path, evidence)
                timelines = [first for first, *_ in decode_by_evidence(source, run_for, decoding, activities)]
            elif decoder:
                timelines = _by_file(decoder, source, videos, decoding, fit)
            else:
                training = training_on(teachers if fit.startswith(OTHER) else [source])
                timelines = list(decode_leaving_out(videos, training, decoding, source.scheme.names).timelines)
        except UserError as error:
            errors.append(f"{path}: {without_file(error, path)}")
            continue
        except Exception as error:
            errors.append(error_line(error, path))
            continue
        content = _content(source, videos, timelines, decoding, fit, (*notes, *own), sees)
        if evidence != SAID:
            content |= {"evidence": evidence}
        files.append(_write(_target(path, names[path], decoding, out, sees, evidence), content))
    if not files:
        raise UserError(errors[0])
    if save:
        files.append(_save(training_on(teachers), teachers, decoding, save))
    return Wrote(tuple(files), (*notes, *mixed), tuple(errors))


def _by_file(
    decoder: Decoder, source: DoseRun, videos: Sequence[AnsweredVideo[Timeline]], decoding: Decoding, file: str
) -> list[Timeline]:
    """Decode by a saved decoder, which must not know the patients."""
    if known := sorted({video.patient for video in videos} & set(decoder.patients)):
        raise UserError(
            f"{file}: was fitted on the labels of {listed(known)}, who would be decoded by their own labels;"
            " use --fit lopo"
        )
    decoder.check(videos, source.scheme.names)
    used = replace(decoder, weight=0.0) if decoding.blind else decoder
    return used.decode(videos, decoding.method, seed=decoding.seed)


def _save(training: Training, sources: Sequence[DoseRun], decoding: Decoding, path: Path) -> Path:
    if not training.patients:
        raise UserError("--save: no labels to fit a decoder on")
    decoder = training.fit(training.patients, by_activity=decoding.by_activity, seed=decoding.seed)
    about = "; ".join(dict.fromkeys(f"{source.task}, {source.model or 'unknown model'}" for source in sources))
    try:
        measuring = measuring_part(fitted_on(sources, seed=decoding.seed))
    except UserError:  # too few patients to say how far off it is: it decodes, and does not measure
        measuring = None
    save_decoder(decoder, path, about, measuring)
    return path


def _content(
    source: DoseRun,
    videos: Sequence[AnsweredVideo[Timeline]],
    timelines: Sequence[Timeline],
    decoding: Decoding,
    fit: str,
    notes: Sequence[str],
    sees: bool,
) -> dict[str, object]:
    return {
        "note": ". ".join(notes),
        "task": source.task,
        "model": source.model,
        "method": decoding.method,
        "by_activity": decoding.by_activity,
        "blind": decoding.blind and not sees,
        "seed": decoding.seed,
        "fit": fit,
        "timelines": {video.video_id: timeline.to_text() for video, timeline in zip(videos, timelines, strict=True)},
    }


def _target(path: str, short: str, decoding: Decoding, out: Path | None, sees: bool, evidence: Evidence) -> Path:
    """Return the file to write; what knows the activities that a model answered is a control, but not blind."""
    control = ("_control" if sees else "_blind") * decoding.blind
    by = "" if evidence == SAID else "_by_" + evidence.replace(",", "_and_")
    name = f"decoded_{decoding.method}{'_activity' * decoding.by_activity}{control}{by}.json"
    if out:
        return out / f"{file_name(short)}.{name}"
    return Path(path) / name if is_run(Path(path)) else Path(f"{path}.{name}")


def _write(path: Path, content: Mapping[str, object]) -> Path:
    with writing(path, "choose a folder with --out"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(redacted_json(json.dumps(content, indent=1, ensure_ascii=False), 1) + "\n", encoding="utf-8")
    return path
