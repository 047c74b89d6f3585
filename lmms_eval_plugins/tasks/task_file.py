"""Task files, parsed and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from lmms_eval_plugins.assessments.labelled.score import LabelledMethod
from lmms_eval_plugins.assessments.registry import AnyAssessment, Method, assessment_of, settings_models
from lmms_eval_plugins.core.errors import UserError, describe_validation, first_error, nearest
from lmms_eval_plugins.core.numbers import Real, Whole
from lmms_eval_plugins.core.yaml_files import YamlLoader, read_yaml, where_in_file
from lmms_eval_plugins.domain.scheme import SCHEME_NAME, Scheme, primitives_scheme
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.video.perturb import OF_HAND, Perturbation
from lmms_eval_plugins.video.pose.hand import HandSettings
from lmms_eval_plugins.video.windows import Dense, Sampling, Uniform

TASK_FOLDER = "strokerehab"

WayName = Literal["conditional", "prim"]
"""Other ways to ask a task: questions that name the state before, and PRIM."""


class Way(BaseModel):
    """Another way to ask a task, for the command line to choose; it takes the place of the task's own settings.

    Attributes:
        questions: name of a question set.
        scoring: what is made of the answers.
        sampling: how a video is cut into windows; None for the task's own.
        crop: whether the hand is cut out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    questions: str
    scoring: Method
    sampling: Sampling | None = None
    crop: bool = False


class TaskSettings(BaseModel):
    """The ``dataset_kwargs`` of a task: its videos, questions, windows, and how answers are scored.

    Attributes:
        selection: name of a selection of videos, or ``all``.
        questions: name of a question set in ``questions/`` beside the task's file; or ``published``: the published
            words, taken from a vlms4rehab checkout.
        checkout: that checkout; None for $VLMS4REHAB.
        scheme: the labels of the dataset; no part of a task file, see `TaskSpec.for_scheme`.
        sampling: how a video is cut into windows.
        scoring: what is made of the answers; left out where questions have truths of their own.
        reading: how an answer's text is read.
        crop: whether the hand in question is cut out of the frames; such a hand must be located (``pose``).
        conditional: whether questions name the state before; for tables, without an effect of its own.
        pose: how hands are located.
        perturb: how frames are changed before they are shown; None shows them as they are.
        variants: whether each question is asked in its other wordings too.
        ways: other ways to ask.
        data: the dataset's folder; None for the default one.
        limit: only the first so many videos; None for all.
        folder: the folder with ``questions/`` and ``selections.yaml``; None for the project's own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    selection: str
    questions: str
    sampling: Sampling
    scoring: Method = LabelledMethod(method="labelled")
    reading: Policy = "default"
    crop: bool = False
    conditional: bool = False
    pose: HandSettings = HandSettings()
    perturb: Perturbation | None = None
    variants: bool = False
    ways: Mapping[WayName, Way] = Field(default_factory=dict)
    data: Path | None = None
    limit: Whole | None = Field(default=None, ge=1)
    folder: Path | None = None
    checkout: Path | None = None
    scheme: Scheme = Field(default_factory=primitives_scheme, exclude=True)

    @model_serializer(mode="wrap")
    def _as_before(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Leave out what is as it was before there was a choice, on which the hashes of earlier runs rest."""
        values: dict[str, object] = write(self)
        return {name: value for name, value in values.items() if value or name not in ("perturb", "variants")}

    @property
    def assessment(self) -> AnyAssessment:
        """The family that the task belongs to, for the labels of its dataset."""
        return assessment_of(self.scoring).by_scheme(self.scheme)

    @property
    def perturbs_hands(self) -> bool:
        """Whether something is done to the hand where it is seen."""
        return self.perturb in OF_HAND

    @property
    def poses_hands(self) -> bool:
        """Whether it counts what a hand does by its positions: where it is cut out, or for the scoring."""
        return self.crop or self.scoring.needs_pose

    @property
    def locates_hands(self) -> bool:
        """Whether keypoints are needed: to cut hands out, to cover them, or for the scoring."""
        return self.poses_hands or self.perturbs_hands

    @field_validator("scheme", mode="before")
    @classmethod
    def _is_the_datasets(cls, scheme: object) -> object:
        raise ValueError(f"the labels are the dataset's: put {SCHEME_NAME} beside its manifest")

    @model_validator(mode="after")
    def _shows_a_hand(self) -> TaskSettings:
        if self.crop and not self.assessment.needs.hand:
            raise ValueError(f"crop cuts out the hand of a dose task, not of one with method {self.scoring.method}")
        if self.perturbs_hands and self.crop:
            raise ValueError(f"perturb {self.perturb} leaves nothing to see, or all, where crop shows the hand alone")
        if self.perturbs_hands and not self.assessment.needs.hand:
            raise ValueError(f"perturb {self.perturb} needs a hand, which method {self.scoring.method} is not about")
        return self


_MODELS = (
    TaskSettings,
    Way,
    HandSettings,
    Dense,
    Uniform,
)
"""What a task file is made of beside the scoring methods, for the keys that it may have."""


class Generation(BaseModel):
    """The ``generation_kwargs`` of a task, as lmms-eval's backends know them; those not given are the backend's own."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    max_new_tokens: Whole | None = Field(default=None, ge=1)
    temperature: Real | None = Field(default=None, ge=0)
    top_p: Real | None = Field(default=None, gt=0, le=1)
    do_sample: bool | None = None
    num_beams: Whole | None = Field(default=None, ge=1)
    until: list[str] | str | None = None


class TaskSpec(BaseModel):
    """A task file, as lmms-eval reads it too.

    Attributes:
        task: the task's name.
        class_name: ``class: !function …``, for lmms-eval.
        dataset_kwargs: the settings.
        generation_kwargs: how models generate; see `Generation`.
        metric_list: the metrics that lmms-eval reports; None for all of the assessment.
        metadata: whatever lmms-eval keeps with a task.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    task: str
    class_name: object = Field(default=None, alias="class")
    dataset_kwargs: TaskSettings
    generation_kwargs: dict[str, object]
    metric_list: tuple[str, ...] | None = Field(default=None, min_length=1)
    metadata: dict[str, object] = Field(default_factory=dict)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics that are reported."""
        return self.metric_list or self.dataset_kwargs.assessment.metrics

    def for_scheme(self, scheme: Scheme) -> TaskSpec:
        """Return the task for a dataset whose labels are of a scheme.

        Raises:
            UserError: a metric is of a label that the scheme does not have.
        """
        spec = self.model_copy(update={"dataset_kwargs": self.dataset_kwargs.model_copy(update={"scheme": scheme})})
        known = spec.dataset_kwargs.assessment.metrics
        for name in spec.metrics:
            if name not in known:
                raise UserError(
                    f"task {self.task}, metric_list: {name!r} is of no label of the dataset's scheme"
                    f" {scheme.name!r}{nearest(name, known)}"
                )
        return spec


class _TaskLoader(YamlLoader):
    """Reads task files without importing what their ``!function`` tags name."""


_TaskLoader.add_constructor("!function", lambda loader, node: str(node.value))


def load_task(path: Path) -> TaskSpec:
    """Read a task file.

    Raises:
        UserError: no YAML, a key that a task does not have, or a value that is not valid; one line with file, line and
            key.
    """
    text, values = read_yaml(path, _TaskLoader)
    spec = _parse(values, lambda keys: where_in_file(path, text, keys))
    if spec.dataset_kwargs.folder is None:
        settings = spec.dataset_kwargs.model_copy(update={"folder": path.parent})
        spec = spec.model_copy(update={"dataset_kwargs": settings})
    return spec


def read_task_file(path: Path) -> object:
    """Return the values of a task or group file, ``!function`` tags as plain text. Raises UserError as `load_task`."""
    return read_yaml(path, _TaskLoader)[1]


def parse_task(values: object, where: str) -> TaskSpec:
    """Check a task's values; ``where`` names their origin in errors. Raises UserError as `load_task`."""
    return _parse(values, lambda keys: where)


def _parse(values: object, where: Callable[[Sequence[str | int]], str]) -> TaskSpec:
    try:
        spec = TaskSpec.model_validate(values)
    except ValidationError as error:
        what = describe_validation(error, TaskSpec, *_MODELS, *settings_models())
        raise UserError(f"{where(first_error(error)['loc'])}: {what}") from error
    try:
        Generation.model_validate(spec.generation_kwargs)
    except ValidationError as error:
        keys = ("generation_kwargs", *first_error(error)["loc"])
        raise UserError(f"{where(keys)}: generation_kwargs.{describe_validation(error, Generation)}") from error
    assessment = spec.dataset_kwargs.assessment
    known = assessment.metrics
    for place, name in enumerate(spec.metric_list or ()):
        if renamed := assessment.renamed_metric(name):
            raise UserError(
                f"{where(('metric_list', place))}: metric_list: {name!r} has another name now: {renamed[0]}"
                f" (what it was) or {renamed[1]}"
            )
        if not assessment.may_have_metric(name):
            method = spec.dataset_kwargs.scoring.method
            raise UserError(
                f"{where(('metric_list', place))}: metric_list: unknown metric {name!r} for the method"
                f" {method}{nearest(name, known)}"
            )
    return spec
