"""The recipe works: a small model learns to see motion in about a minute, and training continues from checkpoints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.demo.shipped_weights import weights_folder
from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.footage import film_scenes
from lmms_eval_plugins.demo.training.data.scenes import scenes_of
from lmms_eval_plugins.demo.training.data.wording import KINDS
from lmms_eval_plugins.demo.training.export import CARD_NAME
from lmms_eval_plugins.demo.training.learning.trainer import CHECKPOINT_NAME, HISTORY_NAME, TrainingProgress
from lmms_eval_plugins.demo.training.train import FOOTAGE_NAME, train

ONE = {"windows": 1, "questions": 1}


def small(config: TrainingConfig, steps: int, people: int, seconds: float, score_every: int) -> TrainingConfig:
    """Return the shipped recipe with fewer steps, people, pixels, whole videos and assessment clips."""
    values = config.model_dump()
    values["score_every"] = score_every
    values["scenes"] |= {"subjects": people, "examined": 1, "held_out_subjects": 1, "held_out_examined": 1}
    values["scenes"] |= {"seconds": seconds}
    values["pictures"] |= {"max_pixels": 12544}
    values["recipe"] |= {"steps": steps, "moments": {"windows": 8, "questions": 3}, "wholes": ONE, "exams": ONE}
    return TrainingConfig.model_validate(values)


@pytest.fixture(scope="module")
def filmed(config: TrainingConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one person does for two seconds, and another one on whom the model is scored."""
    folder = tmp_path_factory.mktemp("filmed")
    training, held_out = scenes_of(small(config, 1, 1, 2.0, 1))
    for _ in film_scenes(folder, [*training, *held_out], 2):
        pass
    return folder


@pytest.fixture
def out(filmed: Path, tmp_path: Path) -> Path:
    """A training's folder whose scenes are filmed."""
    (tmp_path / FOOTAGE_NAME).symlink_to(filmed)
    return tmp_path


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_a_minute_of_training_sees_motion(config: TrainingConfig, out: Path) -> None:
    trained = train(small(config, 120, 3, 3.0, 120), out, workers=2, device="cpu")
    motion = trained.scores["motion"]
    assert motion.auc is not None and motion.auc > 0.75, trained.scores
    assert motion.count > 40
    assert set(trained.scores) == set(KINDS)
    assert weights_folder(trained.folder) == trained.folder
    card = (trained.folder / CARD_NAME).read_text(encoding="utf-8")
    assert f"{motion.auc:.3f}" in card
    history = [json.loads(line) for line in (out / HISTORY_NAME).read_text().splitlines()]
    assert [line["step"] for line in history] == [120]


def test_resuming_continues_from_the_checkpoint(config: TrainingConfig, out: Path) -> None:
    """Four steps in one go and in two end with the same weights."""
    whole = small(config, 4, 1, 2.0, 2)
    at_once = train(whole, out, device="cpu", workers=1)
    state = torch.load(out / CHECKPOINT_NAME, weights_only=True)
    assert state["step"] == 4
    stop = _StopAt(2)
    with pytest.raises(KeyboardInterrupt):
        train(whole, out, device="cpu", workers=1, console=None, callback=stop)
    assert torch.load(out / CHECKPOINT_NAME, weights_only=True)["step"] == 2
    again = train(whole, out, resume=True, device="cpu", workers=1)
    first, second = (folder / "model.safetensors" for folder in (at_once.folder, again.folder))
    assert first == second
    resumed = torch.load(out / CHECKPOINT_NAME, weights_only=True)
    for name, weights in state["model"].items():
        torch.testing.assert_close(resumed["model"][name], weights)


def test_a_checkpoint_of_another_configuration_is_not_resumed(config: TrainingConfig, out: Path) -> None:
    train(small(config, 2, 1, 2.0, 2), out, device="cpu", workers=1)
    with pytest.raises(UserError, match="another configuration"):
        train(small(config, 3, 1, 2.0, 2), out, resume=True, device="cpu", workers=1)
    (out / CHECKPOINT_NAME).write_bytes(b"PK nothing")
    with pytest.raises(UserError, match="damaged"):
        train(small(config, 2, 1, 2.0, 2), out, resume=True, device="cpu", workers=1)


def test_a_folder_that_cannot_be_written_is_an_error(config: TrainingConfig, tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    with pytest.raises(UserError, match="cannot write here"):
        train(small(config, 2, 1, 2.0, 2), taken, device="cpu", workers=1)


class _StopAt:
    """A callback that stops a training at a step, as Ctrl-C does."""

    def __init__(self, step: int) -> None:
        self._step = step

    def __call__(self, progress: TrainingProgress) -> None:
        if progress.step == self._step:
            raise KeyboardInterrupt
