"""Video encoders on small random checkpoints of transformers' classes: their states are those of one plain pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModel, VideoMAEModel, VJEPA2Config, VJEPA2ForVideoClassification, VJEPA2Model

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Failure, Session
from lmms_eval_plugins.models.encoders.networks import NETWORKS, nearest_frames
from lmms_eval_plugins.models.engine.family import processor_inputs
from lmms_eval_plugins.models.registered import RehabEncoder
from lmms_eval_plugins.questions.reading import HIDDEN_ONLY
from lmms_eval_plugins.runs.hidden.hidden_file import BEHIND_FRAMES, hidden_shape, read_hidden
from lmms_eval_plugins.runs.store import AnswerStore
from lmms_eval_plugins.video.decode import decode_frames
from tests.support.requests import ask, recorded, requests_for, rows_in

Rows = list[dict[str, Any]]
Windows = Mapping[tuple[str, int], np.ndarray]

LAYERS = (1, 3, 4)


@pytest.fixture(scope="module")
def rows(mini_dataset: Path) -> Rows:
    """Windows of eight frames, of five and of one, each with two questions."""
    rows = rows_in(mini_dataset)[:16]
    shorter = [
        row | {"frames": row["frames"][:frames], "window": row["window"] + 50 * frames}
        for frames in (1, 5)
        for row in rows[:4]
    ]
    return [*rows, *shorter]


@pytest.fixture(scope="module", params=sorted(NETWORKS))
def folder(request: pytest.FixtureRequest, tiny: Callable[[str], Path]) -> Path:
    return tiny(request.param)


@pytest.fixture(scope="module")
def plain(folder: Path, rows: Rows) -> Mapping[int, Windows]:
    """Layer → window → the mean over all tokens, of one forward pass of transformers for each window alone."""
    model = AutoModel.from_pretrained(folder, trust_remote_code=False).eval()
    assert isinstance(model, VJEPA2Model | VideoMAEModel)
    network = NETWORKS[model.config.model_type]
    processor = network.processor_class.from_pretrained(folder, trust_remote_code=False)
    found: dict[int, dict[tuple[str, int], np.ndarray]] = {layer: {} for layer in LAYERS}
    for row in rows:
        decoded = dict(decode_frames(Path(row["path"]), set(row["frames"]), row["fps"], lambda: None))
        frames = np.stack([decoded[frame] for frame in row["frames"]])
        shown = nearest_frames(frames, network.frames_taken(model.config, len(frames)))
        with torch.inference_mode():
            pixels = processor(**processor_inputs(shown, 15.0))[network.pixels]
            out = model(**{network.pixels: pixels}, output_hidden_states=True)
        for layer in LAYERS:
            states = out.last_hidden_state if layer == 4 else out.hidden_states[layer]
            found[layer][row["video_id"], row["window"]] = states[0].mean(0).numpy()
    return found


def make(folder: Path, run: Path, **args: object) -> RehabEncoder:
    answers = run / "task" / "model" / "stamp" / "answers.jsonl"
    session = Session(answers=answers, store=AnswerStore(run / ".answers", "model"))
    return RehabEncoder(session, pretrained=str(folder), device="cpu", dtype="float32", **args)


def kept(run: Path, stamp: str = "stamp") -> Path:
    return run / "task" / "model" / stamp


@pytest.mark.parametrize("batch_size", [1, 2, 7])
def test_states_are_those_of_a_plain_pass(
    batch_size: int, folder: Path, rows: Rows, plain: Mapping[int, Windows], tmp_path: Path
) -> None:
    model = make(folder, tmp_path, layers="1+3+4", batch_size=batch_size)
    model.answerer.begin(rows)
    made = [model._request(*request.args) for request in requests_for(model, rows)]
    found: dict[int, dict[tuple[str, int], np.ndarray]] = {layer: {} for layer in LAYERS}
    for batch in model.answerer.answer([request for request in made if request]):
        assert not isinstance(batch, Failure)
        for one in batch:
            for state in one.states:
                place = one.request.row["video_id"], one.request.row["window"]
                assert state.behind_frames and place not in found[state.layer]
                found[state.layer][place] = state.values
    for layer in LAYERS:
        assert found[layer].keys() == plain[layer].keys()
        for place, values in found[layer].items():
            assert values.dtype == np.float32
            np.testing.assert_allclose(values, plain[layer][place], rtol=1e-4, atol=1e-4)
        assert np.ptp(np.stack(list(plain[layer].values())), axis=0).max() > 0.1  # they depend on the window


def test_a_window_is_encoded_once_whatever_is_asked_about_it(folder: Path, rows: Rows, tmp_path: Path) -> None:
    model = make(folder, tmp_path, batch_size=4)
    ask(model, rows)
    shape = hidden_shape(kept(tmp_path))
    windows = {(row["video_id"], row["window"]) for row in rows}
    assert shape and (shape.layers, shape.questions, shape.width) == ((1, 2, 3, 4), (BEHIND_FRAMES,), 48)
    assert shape.n_windows == len(windows) < len(rows) == model.n_asked
    assert {record.text for record in recorded(kept(tmp_path) / "answers.jsonl")} == {HIDDEN_ONLY}


def test_what_is_kept_is_not_encoded_again(folder: Path, rows: Rows, tmp_path: Path) -> None:
    ask(make(folder, tmp_path), rows[:6])
    resumed = make(folder, tmp_path)
    ask(resumed, rows)
    assert (resumed.n_known, resumed.n_asked) == (6, len(rows) - 6)
    other = make(folder, tmp_path)
    other.open(Session(answers=kept(tmp_path, "other") / "answers.jsonl", store=other.session.store))
    ask(other, rows)
    assert (other.n_known, other.n_asked) == (len(rows), 0)
    first, second = (read_hidden(kept(tmp_path, stamp), 4, BEHIND_FRAMES) for stamp in ("stamp", "other"))
    assert first.video_ids == second.video_ids and (first.values == second.values).all()


def test_other_layers_are_encoded_anew(folder: Path, rows: Rows, tmp_path: Path) -> None:
    ask(make(folder, tmp_path, layers="4"), rows[:4])
    model = make(folder, tmp_path, layers="2+4")
    ask(model, rows[:4])
    assert model.n_asked == 4


def test_random_weights_are_another_model_and_always_the_same(folder: Path, rows: Rows, tmp_path: Path) -> None:
    found = []
    for place in ("a", "b"):
        model = make(folder, tmp_path / place, untrained="true")
        ask(model, rows[:4])
        found.append(read_hidden(kept(tmp_path / place), 4, BEHIND_FRAMES).values)
        assert model.fingerprint != make(folder, tmp_path).fingerprint
    ask(make(folder, tmp_path), rows[:4])
    own = read_hidden(kept(tmp_path), 4, BEHIND_FRAMES).values
    assert (found[0] == found[1]).all() and not np.allclose(found[0], own, atol=0.01)


def test_a_checkpoint_with_a_classifier_is_loaded_without_it(tmp_path: Path, tiny: Callable[[str], Path]) -> None:
    config = VJEPA2Config.from_pretrained(tiny("vjepa2"), trust_remote_code=False)
    config.num_pooler_layers = 1
    VJEPA2ForVideoClassification(config).save_pretrained(tmp_path)
    NETWORKS["vjepa2"].processor_class.from_pretrained(tiny("vjepa2"), trust_remote_code=False).save_pretrained(
        tmp_path
    )
    make(tmp_path, tmp_path / "runs").answerer.get_ready()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"layers": "2+5"}, "layers: .* has no layer 5; its layers are 1 to 4"),
        ({"layers": "last"}, "layers: 'last' is not numbers of layers"),
        ({"mode": "generate"}, "mode: 'generate' is none of auto"),
        ({"record": "nothing"}, "record: 'nothing' is none of hidden"),
        ({"max_pixels": "10"}, "max_pixels: unknown argument"),
    ],
)
def test_what_no_encoder_can_do_is_refused(
    args: dict[str, str], said: str, tiny: Callable[[str], Path], tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=said) as error:
        make(tiny("vjepa2"), tmp_path, **args)
    assert "\n" not in str(error.value)


def test_a_language_model_is_no_encoder(tiny_qwen: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a qwen2_5_vl checkpoint, not vjepa2 or videomae; its wrapper is rehab_"):
        make(tiny_qwen, tmp_path)


def test_a_folder_without_a_processor_says_so(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).symlink_to(tiny("vjepa2") / name)
    with pytest.raises(UserError, match="has no processor"):
        make(tmp_path, tmp_path / "runs").answerer.get_ready()
