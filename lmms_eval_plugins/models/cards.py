"""Model cards: one YAML file per model that a user can name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from lmms_eval_plugins.core.errors import UserError, describe_validation, first_error, nearest
from lmms_eval_plugins.core.numbers import Real, Whole
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.core.redaction import learn_settings
from lmms_eval_plugins.core.safe_names import check_name
from lmms_eval_plugins.core.yaml_files import line_of, read_yaml, where_in_file
from lmms_eval_plugins.models.price import Price
from lmms_eval_plugins.models.settings import EngineName
from lmms_eval_plugins.runs.hidden.features import FEATURES

BASE = "base"
"""The key of a card that names the card whose values it takes over."""

TRUST = "trust_remote_code"
"""The key of a card that lets a checkpoint run code; as an argument of a model it is refused."""

SERVER = "rehab_server"
"""The wrapper of models that run in a server: none of this machine's GPUs is theirs."""

ENCODER = "rehab_encoder"
"""The wrapper of video encoders, which answer nothing: their cards are of the kind ``features``, and no others are."""

STUDY_QUESTIONS = 18_128
"""Questions of the study's job whose hours a card gives: motion and grasp in 9,064 windows."""

_GB_PER_BILLION = 2.0
"""Sixteen bits for every parameter."""

_ROOM = 1.2
"""What a model needs on its device besides its weights: activations and the cache of some windows."""


_PRICE = ("price_per_million", "price")
"""The key of a price, and what it was called before."""

_FREE = ("args", "study", "checkpoint")
"""Keys of a card under which anything may stand, also a secret."""

Values = dict[str, Any]  # whatever YAML has
"""A card's values by key."""


class Study(BaseModel):
    """What the published study did with a model, where that is known.

    Attributes:
        checkpoint: the checkpoint's name on the hub as the study's result files give it.
        wrapper: the study's wrapper, by its name in lmms-eval.
        args: the wrapper's arguments that are not the windows'.
        hours: hours that one job took for motion and grasp of the 90 videos (18,128 questions, eight frames at 15
            frames per second), on GPUs that are not recorded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    checkpoint: str | None = None
    wrapper: str | None = None
    args: Values = Field(default_factory=dict)
    hours: Real | None = Field(default=None, gt=0)

    @property
    def questions_per_s(self) -> float | None:
        """Return questions per second of that job; None where its hours are not known."""
        return None if self.hours is None else STUDY_QUESTIONS / self.hours / 3600


class ModelCard(BaseModel):
    """What is needed to run a model.

    Attributes:
        name: what users type; the name of the file.
        about: one line for tables and lists.
        kind: ``model`` looks at the video, ``features`` too, but answers nothing and gives hidden states only;
            ``ceiling`` and ``blind`` are baselines that do not look.
        wrapper: the model's name in lmms-eval's registry.
        environment: name of the environment it runs in.
        parameters_b: parameters in billions; 0 for one that has none and yet comes along with ``small`` and ``all``;
            None for one that comes with no alias.
        checkpoint: folder of the checkpoint, or its name on the hub: the wrapper's ``pretrained``.
        revision: branch, tag or commit of it on the hub; `strokerehab models --pin` writes the commit.
        gpus: GPUs that one copy is spread over; 0 for a model that runs elsewhere (see `gpus_here`).
        mixture_of_experts: experts are not quantized, so four or eight bits hardly shrink it.
        memory_gb: memory wanted on these GPUs together, in 10⁹ bytes; None is what sixteen bits for each parameter
            take, and a fifth more.
        engine: the wrapper's ``engine``; None leaves it to the machine: vLLM for a medium or big model where vLLM's
            environment is made, else this project's own.
        args: arguments of the wrapper (``dtype``, ``attn_implementation``, ``max_pixels``, ``declared_fps``,
            ``batch_size``, …); ``--model_args`` comes before them.
        trust_remote_code: whether the checkpoint's own Python, and pickles that hold more than numbers, may run; of
            models that run in a code base of their own or in lmms-eval's wrappers, the others never run any.
        quirks: what a reader of its answers should know.
        licence: of the weights.
        study: what the published study did with it.
        beyond_study: the study did not use it, and no alias takes it along.
        fits_on_other_subjects: the wrapper takes labelled rows of subjects outside the evaluated ones.
        replays: the wrapper repeats answers of an earlier run or a published log.
        demo_only: it was trained on demo scenes and knows nothing else.
        thinks: whether it thinks before it answers; None leaves that to its name and its chat template.
        source: where the checkpoint's name was confirmed.
        price_per_million: what its service asks for a million tokens, as of the date in ``source``; ``price`` is the
            key's older name.
        current: the alias ``current`` takes it along, whatever the study did. Neither this nor the price changes an
            answer, and `recorded` leaves both out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    about: str
    kind: Literal["model", "features", "ceiling", "blind", "replay"] = "model"
    wrapper: str
    environment: str = "strokerehab"
    parameters_b: Real | None = Field(default=None, ge=0)
    checkpoint: str | None = None
    revision: str | None = None
    gpus: Whole = Field(default=1, ge=0)
    mixture_of_experts: bool = False
    memory_gb: Real | None = Field(default=None, gt=0)
    engine: EngineName | None = None
    args: Values = Field(default_factory=dict)
    trust_remote_code: bool = Field(default=False, strict=True)
    quirks: str = ""
    licence: str = ""
    study: Study = Study()
    beyond_study: bool = False
    fits_on_other_subjects: bool = False
    replays: bool = False
    demo_only: bool = False
    thinks: bool | None = None
    source: str = ""
    price_per_million: Price | None = Field(default=None, validation_alias=AliasChoices(*_PRICE))
    current: bool = False
    _texts: dict[Path, str] = PrivateAttr(default_factory=dict)
    _vllm_is_chosen: bool = PrivateAttr(default=False)

    def with_vllm_chosen(self) -> ModelCard:
        """Return the card with vLLM as its engine, chosen by a machine, of which `note_on_engine` then tells."""
        card = self.model_copy(update={"engine": "vllm"})
        card._vllm_is_chosen = True
        return card

    @property
    def note_on_engine(self) -> str:
        """What a reader of its answers should know of an engine that neither the card nor a user named; else empty."""
        if not self._vllm_is_chosen:
            return ""
        return "answered in vLLM, whose environment is made here; engine=transformers takes this project's own engine"

    def place(self, *keys: str) -> str:
        """Return the file, and the line of a key, in which this card or one that it builds on says something."""
        return _place(self._texts, keys) if self._texts else f"card {self.name}"

    @property
    def looks(self) -> bool:
        """Whether it looks at the videos, be it to answer or to give hidden states only."""
        return self.kind in ("model", FEATURES)

    @property
    def gpus_here(self) -> int:
        """The GPUs of this machine that one copy takes; none is a server's unless its card says so."""
        elsewhere = self.wrapper == SERVER and "gpus" not in self.model_fields_set
        return 0 if not self.looks or self.demo_only or elsewhere else self.gpus

    @model_validator(mode="after")
    def _trusts_openly(self) -> ModelCard:
        if TRUST in self.args:
            raise UserError(f"args: {TRUST} is a field of the card itself, beside `args`")
        return self

    @model_validator(mode="after")
    def _encoders_answer_nothing(self) -> ModelCard:
        if (self.kind == FEATURES) != (self.wrapper == ENCODER):
            raise UserError(f"kind: {self.kind!r} of the wrapper {self.wrapper}: {FEATURES!r} is for {ENCODER} alone")
        return self

    @property
    def trust_in_words(self) -> str:
        """Return what a user should know before a checkpoint with code of its own is loaded."""
        return (
            f"{self.name} runs the Python that comes with {self.checkpoint or 'its checkpoint'} ({TRUST} on its card)"
        )

    @property
    def recorded(self) -> Values:
        """Return the card's values for ``run.json``; what is unset left out, so that other hashes stay."""
        unset = [name for name in ("engine", "thinks") if getattr(self, name) is None]
        untold = {_PRICE[0], "current", *(() if self.trust_remote_code else (TRUST,)), *unset}
        return self.model_dump(mode="json", exclude=untold)

    @property
    def wrapper_args(self) -> Values:
        """Return the wrapper's arguments: ``args``, with the checkpoint, its revision and the engine."""
        named = {"pretrained": self.checkpoint, "revision": self.revision, "engine": self.engine}
        return {**{key: value for key, value in named.items() if value is not None}, **self.args}

    @property
    def memory_wanted_gb(self) -> float | None:
        """Return the memory wanted on its GPUs together, in 10⁹ bytes; None where nothing tells."""
        if self.memory_gb is not None or not self.parameters_b:
            return self.memory_gb
        return _GB_PER_BILLION * _ROOM * self.parameters_b


SIZES = {
    "small": (0.0, 15.0),
    "medium": (15.0, 60.0),
    "big": (60.0, float("inf")),
    "all": (0.0, float("inf")),
}
"""Alias → parameters in billions, from (inclusive) to (exclusive), of the study's models."""

CURRENT = "current"
"""The alias of the open models that people ask today, of every size."""

ALIASES = (*SIZES, CURRENT)


def card_files(folders: Sequence[Path]) -> dict[str, Path]:
    """Return the cards' files by name; earlier folders come first.

    Raises:
        UserError: a folder does not exist.
    """
    files: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"--models: {folder}: no such folder")
        for path in sorted(folder.glob("*.yaml")):
            files.setdefault(path.stem, path)
    return files


def load_card(path: Path, files: Mapping[str, Path] | None = None) -> ModelCard:
    """Read a model card.

    Args:
        path: the card's file.
        files: cards that it may build on, by name; None are the ones of its own folder.

    Raises:
        UserError: no YAML, an unknown key, a value that is not valid, or a card to build on that does not exist; one
            line with file, line and key. Run folders and answers are named after the card, environments lie in a
            folder of their name, so both must be names.
    """
    check_name(path.stem, f"{path}, name")
    texts: dict[Path, str] = {}
    values = _values(path, card_files([path.parent]) if files is None else files, texts)
    learn_settings({key: value for key, value in values.items() if key in _FREE})
    try:
        card = ModelCard.model_validate({"name": path.stem, **values})
    except ValidationError as error:
        where = _place(texts, first_error(error)["loc"])
        raise UserError(f"{where}: {describe_validation(error, ModelCard, Study, Price)}") from error
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    check_name(card.environment, f"{path}: environment")
    if card.name != path.stem:
        raise UserError(f"{path}: name: {card.name!r} is not the file's name; leave the key out")
    card._texts = texts
    return card


def _place(texts: Mapping[Path, str], keys: Sequence[str | int]) -> str:
    """Return the file of a card, of those that it builds on (it comes first), that has a key, and the key's line."""
    file = next((one for one, text in texts.items() if line_of(text, keys)), next(iter(texts)))
    return where_in_file(file, texts[file], keys)


def all_cards(folders: Sequence[Path]) -> list[ModelCard]:
    """Read all cards of some folders; earlier folders come first.

    Raises:
        UserError: a folder does not exist, or a card is not valid.
    """
    files = card_files(folders)
    return [load_card(path, files) for path in files.values()]


def find_cards(names: str, folders: Sequence[Path]) -> list[ModelCard]:
    """Return the cards of comma-separated model names and aliases, each once, in order; earlier folders come first.

    Raises:
        UserError: a folder does not exist, or a name is neither a card nor an alias; the nearest one is given.
    """
    files = card_files(folders)
    chosen: dict[str, ModelCard] = {}
    for name in filter(None, (part.strip() for part in names.split(","))):
        if name in files:
            chosen.setdefault(name, load_card(files[name], files))
        elif name in ALIASES:
            found = of_alias(name, all_cards(folders))
            if not found:
                raise UserError(f"--model {name}: {_none_of(name)}")
            chosen |= {card.name: card for card in found if card.name not in chosen}
        else:
            raise UserError(f"unknown model {name!r}{nearest(name, [*files, *ALIASES], 'strokerehab models')}")
    if not chosen:
        raise UserError("--model names no model")
    return list(chosen.values())


def of_alias(alias: str, cards: Iterable[ModelCard]) -> list[ModelCard]:
    """Return the cards that an alias stands for, smallest first."""
    sized = sorted((card.parameters_b, card.name, card) for card in cards if card.parameters_b is not None)
    if alias == CURRENT:
        return [card for _, _, card in sized if card.current]
    low, high = SIZES[alias]
    return [card for parameters_b, _, card in sized if low <= parameters_b < high and not card.beyond_study]


def _none_of(alias: str) -> str:
    if alias == CURRENT:
        return "no card says `current: true`"
    low, high = SIZES[alias]
    return f"no card has {low:g} to {high:g} billion parameters (`parameters_b`)"


def _values(path: Path, files: Mapping[str, Path], texts: dict[Path, str]) -> Values:
    """Merge a card's values into those of the card it builds on; what is a mapping in both, key by key.

    Args:
        path: the card's file.
        files: the cards that it may build on, by name.
        texts: files that build on this one → their texts; this one's is added.
    """
    text, own = read_yaml(path)
    if not isinstance(own, dict):
        raise UserError(f"{path}: a model card is a list of `key: value`, as in {shipped('models')}")
    texts[path] = text
    base = own.pop(BASE, None)
    if base is None:
        return own
    where = f"{where_in_file(path, text, (BASE,))}: {BASE}"
    if not isinstance(base, str) or base not in files:
        raise UserError(f"{where}: there is no card {str(base)!r}{nearest(str(base), files)}")
    if files[base] in texts:
        chain = [one.stem for one in texts]
        raise UserError(f"{where}: {' → '.join((*chain, base))} goes round in a circle")
    values = _values(files[base], files, texts)
    for key in ("name", TRUST):  # trust is in one checkpoint, not in those of cards that build on this one
        values.pop(key, None)
    under_it, over_it = (next((key for key in _PRICE if key in one), None) for one in (values, own))
    if under_it and over_it:  # one key in both, by whichever name
        values[over_it] = values.pop(under_it)
    for key, value in own.items():
        under = values.get(key)
        values[key] = {**under, **value} if isinstance(under, dict) and isinstance(value, dict) else value
    return values
