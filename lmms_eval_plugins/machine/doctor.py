"""Examine this machine before a run: environments, GPU, processor, disk, data and the hub's cache."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.core.places import DEMO_RECORD, demo_data
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, read_manifest
from lmms_eval_plugins.machine.engines import suits_vllm
from lmms_eval_plugins.machine.environments import MAIN, VLLM_ENVIRONMENTS, how_to_create, is_installed
from lmms_eval_plugins.machine.environments import known as known_environments
from lmms_eval_plugins.machine.hardware import GB, Machine, versions
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.models.engine.processor.units import bfloat16_units

_ENOUGH_GB = 25.0
"""Free space for a checkpoint of eight billion parameters and some runs."""

_TIMEOUT_S = 5.0
_SHOWN = ("python", "torch", "transformers", "lmms-eval", "av")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: ``ok``, a ``note`` on what is missing, or a ``problem``; what it is about, and what to do."""

    kind: Literal["ok", "note", "problem"]
    what: str
    message: str


def examine_machine(cards: Sequence[ModelCard], machine: Machine, data: Path, runs: Path) -> list[Finding]:
    """Examine environments, GPUs, the processor, disk, data and the hub's cache.

    Args:
        cards: all models.
        machine: this machine.
        data: the default dataset.
        runs: the folder of runs.
    """
    return [
        *examine_environments(cards),
        examine_gpus(machine),
        *examine_processor(),
        examine_disk("runs", runs),
        examine_data(data),
        *examine_hub(cards),
    ]


def examine_environments(cards: Iterable[ModelCard]) -> list[Finding]:
    """Examine the environments: the versions of the main one, and which others are made."""
    users: dict[str, list[str]] = {}
    for card in cards:
        users.setdefault(card.environment, []).append(card.name)
        if suits_vllm(card, {}):
            users.setdefault(VLLM_ENVIRONMENTS[0], []).append(card.name)
    installed = ", ".join(f"{name} {version}" for name, version in versions().items() if name in _SHOWN and version)
    found = [Finding("ok", MAIN, installed)]
    for name in sorted({*users, *(one.name for one in known_environments())} - {MAIN}):
        uses = [f"for {listed(users[name])}"] if name in users else []
        uses += ["for other models by engine=vllm"] if name in VLLM_ENVIRONMENTS else []
        wanted = f" ({'; '.join(uses)})" if uses else ""
        made = Finding("ok", name, f"made{wanted}")
        found.append(made if is_installed(name) else Finding("note", name, f"not made{wanted}: {how_to_create(name)}"))
    return found


def examine_gpus(machine: Machine) -> Finding:
    """Examine the GPUs that the driver reports, and whether torch can use them."""
    import torch

    if not machine.gpus:
        return Finding("note", "GPU", f"{machine.described}: the demo model and the baselines run, large models do not")
    if not torch.cuda.is_available():
        reason = f"torch {torch.__version__} cannot use it: update the driver, or load the cluster's CUDA module"
        return Finding("problem", "GPU", f"{machine.described}, but {reason}")
    return Finding("ok", "GPU", machine.described)


def examine_processor() -> list[Finding]:
    """Examine whether the processor computes in bfloat16; nothing where the system does not tell."""
    units = bfloat16_units()
    if units is None:
        return []
    if not units:
        return [Finding("ok", "processor", "computes in float32, which models on it run in")]
    faster = "models on it run in float32, and about twice as fast with --model_args dtype=bfloat16"
    return [Finding("ok", "processor", f"computes in bfloat16 ({', '.join(units)}): {faster}")]


def examine_disk(what: str, folder: Path) -> Finding:
    """Examine whether a folder can be written, and its free space."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    if not os.access(there, os.W_OK):
        return Finding("problem", what, f"{folder}: cannot be written; choose another place (--log_path, HF_HOME)")
    free = shutil.disk_usage(there).free / GB
    message = f"{folder}: {free:.0f} GB free"
    return (
        Finding("ok", what, message)
        if free >= _ENOUGH_GB
        else Finding("note", what, f"{message}: little for checkpoints")
    )


def examine_data(folder: Path) -> Finding:
    """Examine the dataset: its videos, and whether their files and labels are there."""
    if not (folder / MANIFEST_NAME).is_file():
        if folder == demo_data():
            return Finding("note", "data", "the demo dataset is not rendered yet: strokerehab demo render")
        return Finding("problem", "data", f"{folder}: has no {MANIFEST_NAME}; write it with strokerehab index {folder}")
    try:
        trials = read_manifest(folder / MANIFEST_NAME)
    except UserError as error:
        return Finding("problem", "data", str(error))
    missing = [trial.path for trial in trials if not trial.path.is_file()]
    demo = ", drawn by a computer" if (folder / DEMO_RECORD).is_file() else ""
    message = f"{folder}: {len(trials)} videos, {sum(trial.labels is not None for trial in trials)} with labels{demo}"
    if missing:
        return Finding("problem", "data", f"{message}; files missing: {len(missing)}, the first {missing[0]}")
    return Finding("ok", "data", message)


def examine_hub(cards: Iterable[ModelCard]) -> list[Finding]:
    """Examine the hub's cache, and whether the hub can be reached."""
    from huggingface_hub import constants, scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    cache = Path(constants.HF_HUB_CACHE)
    try:
        repositories = {repository.repo_id for repository in scan_cache_dir(cache).repos}
    except CacheNotFound:
        repositories = set()
    here = [card.name for card in cards if card.checkpoint in repositories]
    found = [
        examine_disk("hub cache", cache),
        Finding("ok" if here else "note", "checkpoints", f"in the cache: {listed(here) or 'none'}"),
    ]
    if constants.HF_HUB_OFFLINE:
        found.append(Finding("note", "hub", "HF_HUB_OFFLINE is set: only checkpoints in the cache can be used"))
    elif reason := _unreachable(constants.ENDPOINT):
        instead = "copy checkpoints here and name their folders (--model_args pretrained=FOLDER)"
        found.append(Finding("note", "hub", f"{constants.ENDPOINT} is not reachable ({reason}): {instead}"))
    else:
        found.append(Finding("ok", "hub", f"{constants.ENDPOINT} is reachable"))
    return found


def _unreachable(endpoint: str) -> str | None:
    from urllib.error import HTTPError
    from urllib.request import urlopen

    try:
        with urlopen(endpoint, timeout=_TIMEOUT_S):
            return None
    except HTTPError:
        return None
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))
