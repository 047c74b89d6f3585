"""Read a command line before anything is rendered or loaded: its names, its arguments, and the settings that it means.

A plan is made of a command line of one setting. A user's may mean several: values that are swept (``key=4|8``),
arguments for one of its models (``model:key=value``), seeds, groups of tasks with arguments of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product

from lmms_eval_plugins.core.errors import UserError, listed, nearest
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.core.secret_names import is_secret
from lmms_eval_plugins.core.secrets import learn_args, learn_environment
from lmms_eval_plugins.execution.models import checked_models
from lmms_eval_plugins.execution.plan import task_folders
from lmms_eval_plugins.models.cards import SERVER, ModelCard, find_cards
from lmms_eval_plugins.models.manifests import SETTINGS
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.runs.shown_name import CHANGES_NO_ANSWER
from lmms_eval_plugins.tasks.arguments import (
    GENERATION_OPTION,
    MODEL_OPTION,
    WANDB_OPTION,
    NoSuchWay,
    override_generation,
    override_inputs,
    override_sampling,
    parse_model_args,
    read_entries,
    split_inputs,
    split_sampling,
)
from lmms_eval_plugins.tasks.names import (
    GroupSettings,
    expand_task_names,
    load_named,
    named_tasks,
    settings_of_group,
)
from lmms_eval_plugins.tasks.task_file import TaskSpec

_BETWEEN = re.compile(r"(?<!paged)\|")
"""What stands between swept values; in ``paged|sdpa`` it belongs to transformers' name of a kernel."""

_SEED, _TEMPERATURE = "seed", "temperature"

Entries = Mapping[str, str]
"""Key → value, as on the command line."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a command line means.

    Attributes:
        requests: command lines of one setting each, in the order of the models and of the values.
        tasks: the tasks that are named, as their files say.
        notes: what is not done as it was said, and why.
    """

    requests: tuple[RunRequest, ...]
    tasks: tuple[TaskSpec, ...]
    notes: tuple[str, ...] = ()


def read_command(request: RunRequest, seeds: int | None = None) -> Command:
    """Check the names and arguments of a command line, and take its settings apart; the dataset is not looked at.

    Args:
        request: the command line.
        seeds: so many runs, of seeds from 0 on, for each model that draws by a seed; None leaves the seeds alone.

    Raises:
        UserError: a name does not exist, a card or task file is not valid, or no model can be made of its arguments.
    """
    learn_environment()
    learn_args(request.model_args)
    learn_args(request.wandb_args)
    cards = find_cards(request.models, [*request.model_folders, shipped("models")])
    parse_model_args(request.wandb_args, WANDB_OPTION)
    parts = [_read_part(part, usual, cards, seeds) for part, usual in _parts(request)]
    return Command(
        tuple(one for part in parts for one in part.requests),
        tuple({task.task: task for part in parts for task in part.tasks}.values()),
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def _parts(request: RunRequest) -> Iterator[tuple[RunRequest, GroupSettings]]:
    """Yield the command line by what its tasks are run with: those without settings of their group's, then the others.

    What the command line itself says counts more than what a group says.
    """
    folders = task_folders(request.task_folders)
    names = named_tasks(request.tasks)
    of_group = {name: settings_of_group(name, folders) for name in names}
    usual = GroupSettings()
    if plain := [name for name in names if of_group[name] == usual]:
        yield replace(request, tasks=",".join(plain)), usual
    for name, settings in of_group.items():
        if settings != usual:
            yield replace(request, tasks=name, selection=request.selection or settings.selection), settings


def _read_part(request: RunRequest, usual: GroupSettings, cards: Sequence[ModelCard], seeds: int | None) -> Command:
    tasks = tuple(_read_tasks(request))
    common, own = _by_model(request.model_args, [card.name for card in cards])
    common = {**read_entries(usual.model_args, f"{request.tasks}, model_args"), **common}
    generation = read_entries(request.gen_kwargs, GENERATION_OPTION)
    given = {card.name: {**common, **own.get(card.name, {})} for card in cards}
    notes: tuple[str, ...] = ()
    if seeds is not None:
        samples = any(
            _is_warm(generation.get(_TEMPERATURE, task.generation_kwargs.get(_TEMPERATURE))) for task in tasks
        )
        notes = _give_seeds(cards, given, seeds, samples)
    settings: dict[tuple[str, str], list[ModelCard]] = {}
    for card in cards:
        for args, generating in product(
            _choices(given[card.name], MODEL_OPTION), _choices(generation, GENERATION_OPTION)
        ):
            settings.setdefault((args, generating), []).append(card)
    requests = tuple(
        replace(
            request,
            models=request.models if len(settings) == 1 else ",".join(card.name for card in of),
            model_args=args,
            gen_kwargs=generating,
        )
        for (args, generating), of in settings.items()
    )
    _check_settings(settings, cards, tasks)
    return Command(requests, tasks, notes)


def _read_tasks(request: RunRequest) -> Iterator[TaskSpec]:
    folders = task_folders(request.task_folders)
    for name in expand_task_names(named_tasks(request.tasks), folders):
        yield load_named(name, folders)


def _by_model(text: str, models: Sequence[str]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return the entries of ``--model_args`` for every model, and model → those for it alone (``model:key=value``)."""
    common: dict[str, str] = {}
    own: dict[str, dict[str, str]] = {}
    for key, value in read_entries(text, MODEL_OPTION).items():
        model, colon, name = (part.strip() for part in key.rpartition(":"))
        if not colon:
            common[key] = value
        elif model in models and name:
            own.setdefault(model, {})[name] = value
        else:
            raise UserError(f"{MODEL_OPTION}: {key}: no model {model!r} is to run{nearest(model, models)}")
    return common, own


def _choices(entries: Entries, option: str) -> list[str]:
    """Return each choice of values as a command line has it: one, or where keys are swept the product of theirs."""
    every = [[f"{key}={value}" for value in _values(key, text, option)] for key, text in entries.items()]
    return [",".join(choice) for choice in product(*every)]


def _values(key: str, text: str, option: str) -> list[str]:
    if is_secret(key) or "://" in text:
        return [text]
    values = [value.strip() for value in _BETWEEN.split(text)]
    if len(values) > 1 and key in CHANGES_NO_ANSWER:
        raise UserError(f"{option}: {key}={text}: {key} changes no answer, there is nothing to compare")
    if len(values) > 1 and not all(values):
        raise UserError(f"{option}: {key}={text}: there is no value on one side of |")
    return list(dict.fromkeys(values))


def _give_seeds(
    cards: Sequence[ModelCard], given: Mapping[str, dict[str, str]], seeds: int, samples: bool
) -> tuple[str, ...]:
    """Add the seeds to what is given to the models that draw by one; return notes on the others, which run once.

    Args:
        cards: the models.
        given: model → its entries, to be added to.
        seeds: how many.
        samples: whether replies are sampled, at a temperature above 0.
    """
    without: list[str] = []
    greedy: list[str] = []
    for card in cards:
        settings = SETTINGS.get(card.wrapper)
        if settings is None or _SEED not in settings.names():
            without.append(card.name)
        elif card.wrapper == SERVER and not samples:
            greedy.append(card.name)
        elif _SEED in given[card.name]:
            raise UserError(f"--seeds and {MODEL_OPTION} {_SEED}={given[card.name][_SEED]}: give one of them")
        else:
            given[card.name][_SEED] = "|".join(map(str, range(seeds)))
    notes = [f"{listed(without)}: without a seed to set, run once"] if without else []
    if greedy:
        how = f"{GENERATION_OPTION} {_TEMPERATURE}=0.7 samples"
        notes.append(f"{listed(greedy)}: at temperature 0 nothing is drawn, run once; {how}")
    if len(without) + len(greedy) == len(cards):
        raise UserError(f"--seeds: no model draws by a seed: {'; '.join(notes)}")
    return tuple(f"--seeds: {note}" for note in notes)


def _is_warm(temperature: object) -> bool:
    """Return whether a temperature, or one of those that are swept, makes models sample."""
    return re.search("[1-9]", str(temperature)) is not None


def _check_settings(
    settings: Mapping[tuple[str, str], Sequence[ModelCard]], every: Sequence[ModelCard], tasks: Sequence[TaskSpec]
) -> None:
    """Check that the tasks take what is given, and that a model can be made of it.

    Raises:
        UserError: a task does not, or there is no such model.
    """
    possible = 0
    errors: dict[str, None] = {}
    for (args, generating), cards in settings.items():
        sampling, rest = split_sampling(parse_model_args(args))
        inputs, wrapper_args = split_inputs(rest)
        for task in tasks:
            override_sampling(task.dataset_kwargs.sampling, sampling)
            override_generation(task.generation_kwargs, parse_model_args(generating, GENERATION_OPTION))
            with suppress(NoSuchWay):  # of several tasks, those that have the way are asked by it
                override_inputs(task.task, task.dataset_kwargs, inputs)
        left, wrong = checked_models(cards, wrapper_args, every)
        possible += len(left)
        errors |= dict.fromkeys(wrong)
    if not possible:
        raise UserError("; ".join(errors))
