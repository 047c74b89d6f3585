"""The plan of a command line: which models answer which tasks about which videos."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lmms_eval_plugins.core.errors import NotInDataset, UserError, listed
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.core.secrets import learn_args, learn_environment, visible_args
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, manifest_in
from lmms_eval_plugins.domain.scheme import scheme_of
from lmms_eval_plugins.machine.engines import with_engine_chosen
from lmms_eval_plugins.models.cards import ModelCard, find_cards
from lmms_eval_plugins.models.thinks import why_thinks
from lmms_eval_plugins.questions.sets import QuestionSet
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.tasks.arguments import (
    GENERATION_OPTION,
    WANDB_OPTION,
    NoSuchWay,
    override_generation,
    override_inputs,
    override_sampling,
    parse_model_args,
    split_inputs,
    split_sampling,
)
from lmms_eval_plugins.tasks.hands import with_keypoints
from lmms_eval_plugins.tasks.names import (
    GroupSettings,
    expand_task_names,
    load_named,
    named_tasks,
    settings_of_group,
    task_names,
)
from lmms_eval_plugins.tasks.prepare import PreparedTask, prepare_task
from lmms_eval_plugins.tasks.task_file import TASK_FOLDER, TaskSpec
from lmms_eval_plugins.tasks.task_questions import load_task_questions
from lmms_eval_plugins.video.windows import Dense, Uniform

LEAST_TO_THINK = 1024
"""With fewer new tokens, replies of models that think are likely to be cut off."""


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """A task that is ready to run.

    Attributes:
        spec: the task's file, with the command line's settings in it.
        questions: its question set.
        prepared: its videos.
        models: names of the models that run it with these settings.
        usual: its windows without the command line's settings, as the shipped file of its name says if there is one.
        usual_generation: how its file says that models generate.
        way: the command line's settings of how windows are put to a model.
    """

    spec: TaskSpec
    questions: QuestionSet
    prepared: PreparedTask
    models: frozenset[str]
    usual: Dense | Uniform
    usual_generation: Mapping[str, object]
    way: Mapping[str, object]

    @property
    def n_windows(self) -> int:
        """The number of windows that questions are about, in all videos."""
        return sum(len(video.requested_windows) for video in self.prepared.videos)

    @property
    def n_questions(self) -> int:
        """The number of questions about all windows."""
        return sum(
            len(video.requested_windows) * video.requests_per_window(self.questions) for video in self.prepared.videos
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """Models times tasks.

    Attributes:
        request: the command line that the plan is made of.
        cards: the models.
        wrapper_args: arguments from the command line for every model's wrapper.
        tasks: the tasks; the same task twice where a model's card changes its settings.
        skipped: tasks of ``all`` or of a group for which this dataset has no data, and why.
    """

    request: RunRequest
    cards: tuple[ModelCard, ...]
    wrapper_args: dict[str, object]
    tasks: tuple[TaskPlan, ...]
    skipped: tuple[str, ...] = ()

    def tasks_of(self, card: ModelCard) -> list[TaskPlan]:
        """Return the tasks of a model, with its settings."""
        return [task for task in self.tasks if card.name in task.models]

    @property
    def n_questions(self) -> int:
        """The number of questions to all models."""
        return sum(task.n_questions * len(task.models) for task in self.tasks)

    @property
    def warnings(self) -> list[str]:
        """What a user should know before the models run."""
        real = [task for task in self.tasks if not task.prepared.is_demo]
        return [
            *self.skipped,
            *(card.trust_in_words for card in self.cards if card.trust_remote_code),
            *(
                f"{card.name} knows only demo scenes; its answers about other videos mean nothing"
                for card in self.cards
                if card.demo_only and real
            ),
            *(f"{listed(names)}: {note}" for note, names in self._on_engines.items()),
            *self._on_limits,
        ]

    @property
    def _on_engines(self) -> dict[str, list[str]]:
        notes: dict[str, list[str]] = {}
        for card in self.cards:
            if card.note_on_engine:
                notes.setdefault(card.note_on_engine, []).append(card.name)
        return notes

    @property
    def _on_limits(self) -> list[str]:
        pairs = ((card, task) for card in self.cards for task in self.tasks_of(card))
        notes = (note_on_limit(card, self.wrapper_args, task.spec) for card, task in pairs)
        return list(dict.fromkeys(filter(None, notes)))


def note_on_limit(card: ModelCard, given: Mapping[str, object], spec: TaskSpec) -> str | None:
    """Return the note that a model thinks before it answers, and a task leaves it few tokens; None where all is well.

    Args:
        card: the model.
        given: arguments for its wrapper from the command line.
        spec: the task.
    """
    limit = spec.generation_kwargs.get("max_new_tokens")
    if card.kind != "model" or not isinstance(limit, int) or limit >= LEAST_TO_THINK:
        return None
    why = why_thinks(card, given)
    return why and (
        f"{card.name}: thinks before it answers ({why}), and max_new_tokens of {spec.task} is {limit}: replies will be"
        f" cut off; give --gen_kwargs max_new_tokens={LEAST_TO_THINK} or more, or switch it off (--model_args"
        " thinking=false, where its chat template can), or say `thinks: false` in its card where it does not"
    )


def make_plans(requests: Iterable[RunRequest]) -> list[Plan]:
    """Make the plans of a command's settings; videos that several of them cut alike are read once. As `make_plan`.

    A setting that a group's file brings is left out where the dataset has not what it needs, such as keypoints.
    """
    prepared: dict[tuple[str, str], PreparedTask] = {}
    plans: list[Plan] = []
    left_out: dict[str, NotInDataset] = {}
    for request in requests:
        try:
            plans.append(make_plan(request, prepared))
        except NotInDataset as error:
            if settings_of_group(request.tasks, task_folders(request.task_folders)) == GroupSettings():
                raise
            left_out[f"{request.tasks} with {visible_args(request.model_args)}"] = error
    if not plans:
        raise next(iter(left_out.values()))
    messages = [f"{setting} is left out: {error}" for setting, error in left_out.items()]
    return [replace(plans[0], skipped=(*plans[0].skipped, *messages)), *plans[1:]]


ChooseEngine = Callable[[ModelCard, Mapping[str, object]], ModelCard]
"""From a card and the command line's arguments for its wrapper to the card with the engine that is to run it."""


def make_plan(
    request: RunRequest,
    prepared: dict[tuple[str, str], PreparedTask] | None = None,
    choose: ChooseEngine = with_engine_chosen,
) -> Plan:
    """Read and check cards, tasks and dataset.

    A task of ``all`` or of a group is left out where the dataset has no data for it; so is any task for a model whose
    card sets a way that the task does not have, without a word where the model comes from an alias.

    Args:
        request: a command line of one setting.
        prepared: tasks that are read already, by name and settings; those of this plan are added.
        choose: who runs the network of a model of which nobody says so.

    Raises:
        UserError: a name does not exist, a setting is not valid, or no task is left.
    """
    learn_environment()
    learn_args(request.model_args)
    learn_args(request.wandb_args)
    found = find_cards(request.models, [*request.model_folders, shipped("models")])
    parse_model_args(request.wandb_args, WANDB_OPTION)  # an error is raised now, not after all runs
    sampling, rest = split_sampling(parse_model_args(request.model_args))
    inputs, wrapper_args = split_inputs(rest)
    cards = [choose(card, wrapper_args) for card in found]
    folders = task_folders(request.task_folders)
    given = named_tasks(request.tasks)
    known = {} if prepared is None else prepared
    tasks: list[TaskPlan] = []
    skipped: dict[str, UserError] = {}
    unmentioned: set[str] = set()
    named = {name.strip() for name in request.models.split(",")}
    for way, models in _ways(cards, inputs):
        is_own = way != inputs
        for name in expand_task_names(given, folders):
            try:
                file = load_named(name, folders)
                spec, questions = _for_request(file, request, way, sampling)
                key = name, spec.dataset_kwargs.model_dump_json()
                if key not in known:
                    known[key] = prepare_task(spec.dataset_kwargs, questions)
                usual = _usual_windows(file, folders, way)
                tasks.append(TaskPlan(spec, questions, known[key], models, usual, file.generation_kwargs, inputs))
            except UserError as error:
                if not is_own and (name in given or not isinstance(error, NotInDataset)):
                    raise
                left_out = f"{name} for {listed(sorted(models))}" if is_own else name
                skipped[left_out] = error
                if isinstance(error, NoSuchWay) and not models & named:
                    unmentioned.add(left_out)
    if not tasks:
        raise next(iter(skipped.values()))
    messages = (f"{name} is left out: {error}" for name, error in skipped.items() if name not in unmentioned)
    return Plan(request, tuple(cards), wrapper_args, tuple(tasks), tuple(messages))


def _ways(cards: Sequence[ModelCard], given: dict[str, object]) -> list[tuple[dict[str, object], frozenset[str]]]:
    """Return each way of putting windows to a model, from the command line and the cards, with its models."""
    ways: list[tuple[dict[str, object], frozenset[str]]] = []
    for card in cards:
        own = {**split_inputs(card.args)[0], **given}
        place = next((i for i, (way, _) in enumerate(ways) if way == own), None)
        if place is None:
            ways.append((own, frozenset({card.name})))
        else:
            ways[place] = (own, ways[place][1] | {card.name})
    return ways


def _for_request(
    file: TaskSpec, request: RunRequest, inputs: dict[str, object], sampling: dict[str, object]
) -> tuple[TaskSpec, QuestionSet]:
    manifest = manifest_in(request.data, MANIFEST_NAME)
    spec = file.for_scheme(scheme_of(manifest))
    settings = override_inputs(spec.task, spec.dataset_kwargs, inputs)
    changes = {
        "data": request.data.absolute(),
        "limit": request.limit,
        "selection": request.selection or settings.selection,
        "sampling": override_sampling(settings.sampling, sampling),
    }
    settings = settings.model_copy(update=changes)
    settings = with_keypoints(settings, manifest)
    generation = override_generation(spec.generation_kwargs, parse_model_args(request.gen_kwargs, GENERATION_OPTION))
    spec = spec.model_copy(update={"dataset_kwargs": settings, "generation_kwargs": generation})
    return spec, load_task_questions(spec.task, settings, shipped("tasks") / TASK_FOLDER)


def _usual_windows(file: TaskSpec, folders: list[Path], way: dict[str, object]) -> Dense | Uniform:
    """Return the windows of a task, of the shipped one where a user's has its name, in some way of asking."""
    shipped_ones = folders[-1:]
    is_shipped = file.task in task_names(shipped_ones)
    settings = (load_named(file.task, shipped_ones) if is_shipped else file).dataset_kwargs
    try:
        return override_inputs(file.task, settings, way).sampling
    except NoSuchWay:  # a way that only the user's task has
        return settings.sampling


def task_folders(given: Sequence[Path]) -> list[Path]:
    """Return the folders of task files: the user's, then the project's.

    Raises:
        UserError: a folder of the user's does not exist.
    """
    return [*map(_task_folder, given), shipped("tasks") / TASK_FOLDER]


def own_tasks(folders: Sequence[Path]) -> list[str]:
    """Return the tasks in a user's folders, of those that `task_folders` returned.

    Raises:
        UserError: there are none.
    """
    own = list(folders[:-1])
    if not (names := task_names(own)):
        raise UserError(f"--tasks: {listed(own)}: has no task file (YAML with a key `task`)")
    return names


def _task_folder(given: Path) -> Path:
    """Return a user's folder of task files: the one given, or ``strokerehab`` in it if it is laid out like ours."""
    if not given.is_dir():
        raise UserError(f"--tasks: {given}: no such folder")
    inner = given / TASK_FOLDER
    return inner if inner.is_dir() and not task_names([given]) else given
