"""Named selections of videos, defined in YAML files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from lmms_eval_plugins.core.errors import NotInDataset, UserError, nearest
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.core.yaml_files import describe_in_file, read_yaml
from lmms_eval_plugins.dataset.filters import ATTRIBUTES, Filter, Selection
from lmms_eval_plugins.dataset.near_ids import near_id_lines
from lmms_eval_plugins.dataset.trial import FmaClip, Trial
from lmms_eval_plugins.domain.vocabulary import COHORTS, Cohort

SELECTIONS_NAME = "selections.yaml"
ALL = "all"
"""The built-in selection of all videos."""

Video = TypeVar("Video", Trial, FmaClip)

Defined = dict[str, tuple[Selection, Path]]


class _DatasetFile(BaseModel):
    """A dataset's own ``selections.yaml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    selections: dict[str, Selection] = {}


class _ProjectFile(_DatasetFile):
    """The project's ``selections.yaml``, which also lists the patients of each cohort."""

    cohorts: dict[Cohort, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class Sources:
    """The files that define the selections of a dataset.

    Attributes:
        manifest: the dataset's manifest; the ``selections.yaml`` beside it comes first.
        files: further selection files, of which the first one that defines a name counts; missing ones are skipped.
    """

    manifest: Path
    files: tuple[Path, ...]

    @property
    def own(self) -> Path:
        """The dataset's own selection file, which need not exist."""
        return self.manifest.parent / SELECTIONS_NAME


def read_selections(sources: Sources) -> Defined:
    """Read every selection that is defined: name → selection and its file.

    Raises:
        UserError: a file is not valid; the message names file, key and, for a misspelt key, the nearest valid one.
    """
    defined: Defined = {}
    models = {sources.own: _DatasetFile, **dict.fromkeys(sources.files, _ProjectFile)}
    for path, model in models.items():
        if path.is_file():
            for name, selection in _read(path, model).selections.items():
                if name == ALL:
                    raise UserError(f"{path}, selections.{ALL}: this name is built in; choose another")
                defined.setdefault(name, (selection, path))
    return defined


def project_selections() -> Path:
    """Return the path of the project's selections, with the study's cohorts."""
    return shipped("tasks") / "strokerehab" / SELECTIONS_NAME


def read_cohorts(path: Path) -> dict[str, Cohort]:
    """Read the cohort of every patient in the project's selection file.

    Raises:
        UserError: the file is missing or not valid, or lists a patient in two cohorts.
    """
    cohort_of: dict[str, Cohort] = {}
    for cohort, patients in _read(path, _ProjectFile).cohorts.items():
        for patient in patients:
            if patient in cohort_of:
                raise UserError(f"{path}, cohorts: {patient} is both {cohort_of[patient]} and {cohort}")
            cohort_of[patient] = cohort
    return cohort_of


def select(trials: Sequence[Video], name: str, *, sources: Sources) -> list[Video]:
    """Return the trials (or Fugl-Meyer clips) of a selection, in the order given.

    Raises:
        NotInDataset: the selection matches nothing.
        UserError: no selection has that name, or its definition is not valid.
    """
    defined: Defined = read_selections(sources)
    if name != ALL and name not in defined:
        files = ", ".join(str(path) for path in (sources.own, *sources.files))
        raise UserError(f"no selection is named {name!r} in {files}{nearest(name, [ALL, *defined])}")
    _check_cohorts(trials, name, defined)
    chosen = _resolve(list(trials), name, defined, ())
    if not chosen:
        where = f" ({defined[name][1]})" if name in defined else ""
        near = "".join(f"; {line}" for line in near_patients(trials, name, sources=sources))
        raise NotInDataset(
            f"selection {name!r}{where} matches none of the {len(trials)} videos of {sources.manifest};"
            f" use `--selection {ALL}`, or define {name!r} in {sources.own}{near}"
        )
    return chosen


def near_patients(trials: Sequence[Video], name: str, *, sources: Sources) -> list[str]:
    """Return one line for each patient whom a selection names and the videos have in another spelling.

    Raises:
        UserError: a selection file is not valid.
    """
    patients = {trial.patient for trial in trials}
    return [
        line
        for part, path, at in _parts(name, read_selections(sources))
        for line in near_id_lines(sorted(part.patients or ()), patients, f"{path}, {at}", str(sources.manifest))
    ]


def _parts(name: str, defined: Defined) -> Iterator[tuple[Filter, Path, str]]:
    """Yield every filter of a selection and of those that it narrows, with its file and its selection's name."""
    seen: set[str] = set()
    while name in defined and name not in seen:
        seen.add(name)
        chosen, path = defined[name]
        for part in (chosen, *chosen.exclude):
            yield part, path, name
        name = chosen.within or ALL


def _check_cohorts(videos: Sequence[Trial] | Sequence[FmaClip], name: str, defined: Defined) -> None:
    """Raise UserError where a selection names a cohort that is neither the study's nor any video's."""
    known = {*COHORTS, *(video.cohort for video in videos if video.cohort)}
    for part, path, at in _parts(name, defined):
        for cohort in sorted(part.cohorts or ()):
            if cohort not in known:
                raise UserError(f"{path}, selections.{at}.cohorts: no video is of {cohort!r}{nearest(cohort, known)}")


def _resolve(videos: list[Video], name: str, defined: Defined, outer: tuple[str, ...]) -> list[Video]:
    if name == ALL:
        return videos
    selection, path = defined[name]
    where = f"{path}, selections.{name}"
    if selection.within is not None:
        if selection.within in (name, *outer):
            raise UserError(f"{where}.within: {selection.within!r} is being defined by this; break the circle")
        if selection.within != ALL and selection.within not in defined:
            hint = nearest(selection.within, [ALL, *defined])
            raise UserError(f"{where}.within: no selection is named {selection.within!r}{hint}")
        videos = _resolve(videos, selection.within, defined, (*outer, name))
    if videos:
        _check_applies(selection, type(videos[0]), where)
    kept = [v for v in videos if selection.matches(v) and not any(x.matches(v) for x in selection.exclude)]
    return _first_of(kept, selection.first_of) if selection.first_of else kept


def _check_applies(selection: Selection, kind: type[BaseModel], where: str) -> None:
    needed = [(key, ATTRIBUTES[key]) for part in (selection, *selection.exclude) for key in part.conditions()]
    needed += [("first_of", attribute) for attribute in selection.first_of]
    for key, attribute in needed:
        if attribute not in kind.model_fields:
            raise UserError(f"{where}.{key}: a {kind.__name__} has no {attribute}")


def _first_of(videos: list[Video], shared: Sequence[str]) -> list[Video]:
    firsts: dict[tuple[str, ...], Video] = {}
    for video in sorted(videos, key=_by_repetition):
        firsts.setdefault(tuple(getattr(video, attribute) for attribute in shared), video)
    kept = {id(video) for video in firsts.values()}
    return [video for video in videos if id(video) in kept]


def _by_repetition(video: Trial | FmaClip) -> tuple[int, str]:
    return (video.repetition if isinstance(video, Trial) else 0, video.view)


_FileModel = TypeVar("_FileModel", bound=_DatasetFile)


def _read(path: Path, model: type[_FileModel]) -> _FileModel:
    if not path.exists():
        raise UserError(f"{path}: no such selection file")
    text, content = read_yaml(path)
    try:
        return model.model_validate({} if content is None else content)
    except ValidationError as error:
        raise UserError(describe_in_file(path, text, error, model, Selection)) from None
