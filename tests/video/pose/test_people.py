"""The process of a detector: its requests and replies, and the detectors that are installed."""

from __future__ import annotations

import importlib.util
import io
import struct
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.demo.scenes.film import FilmJob, film
from lmms_eval_plugins.machine.detectors import POSE_ENVIRONMENT, python_of
from lmms_eval_plugins.video.decode import Frames, decode_frames
from lmms_eval_plugins.video.pose import people, worker
from lmms_eval_plugins.video.pose.joints import COCO_JOINTS, Floats
from lmms_eval_plugins.video.pose.people import PeopleFinder, detector_names

DETECTORS = Path(worker.__file__).with_name("detectors")


class Grey:
    """A detector whose results are the shades of its pictures."""

    version = "1"

    def __init__(self) -> None:
        self.started = 0

    def start(self) -> None:
        self.started += 1

    def boxes(self, image: Frames) -> Floats:
        return np.array([[1, 2, 3, image[0, 0, 0]]], np.float32)

    def heads(self, image: Frames) -> Floats:
        return np.array([[0, 0, 1, 1], [5, 6, 7, 8]], np.float32)

    def people(self, image: Frames) -> Floats:
        return np.full((2, 17, 3), image.mean(), np.float32)


def picture(height: int, width: int, shade: int) -> bytes:
    return struct.pack("<ii", height, width) + bytes([shade]) * (height * width * 3)


def test_requests_and_replies() -> None:
    detector, replies = Grey(), io.BytesIO()
    worker.serve(detector, io.BytesIO(b"SB" + picture(2, 3, 9) + b"P" + picture(4, 4, 7)), replies)
    sent = replies.getvalue()
    assert detector.started == 1 and len(sent) == 4 + 16 + 4 + 2 * 17 * 3 * 4
    assert struct.unpack("<i4f", sent[:20]) == (1, 1, 2, 3, 9)
    assert struct.unpack("<i", sent[20:24]) == (2,) and set(np.frombuffer(sent[24:], "<f4")) == {7}


def test_heads_are_asked_for_and_replied_with() -> None:
    replies = io.BytesIO()
    worker.serve(Grey(), io.BytesIO(b"H" + picture(2, 3, 9)), replies)
    assert struct.unpack("<i8f", replies.getvalue()) == (2, 0, 0, 1, 1, 5, 6, 7, 8)


def test_the_detectors() -> None:
    assert detector_names() == ["mediapipe", "rtmlib", "ultralytics"]


def test_a_detector_that_is_not_installed_is_an_error() -> None:
    if importlib.util.find_spec("rtmlib"):
        pytest.skip("rtmlib is installed here")
    with pytest.raises(UserError, match=r"rtmlib cannot be started: .*rtmlib"):
        PeopleFinder("rtmlib", Path(sys.executable))


@pytest.fixture(scope="module")
def mediapipe() -> Iterator[PeopleFinder]:
    try:
        python = python_of("mediapipe")
    except UserError as error:
        pytest.skip(f"the environment {POSE_ENVIRONMENT} is not built: {error}")
    with PeopleFinder("mediapipe", python) as finder:
        yield finder


def test_mediapipe_sees_nobody_in_an_empty_picture(mediapipe: PeopleFinder) -> None:
    image = np.full((48, 64, 3), 127, np.uint8)
    mediapipe.start()
    assert mediapipe.boxes(image).shape == mediapipe.heads(image).shape == (0, 4) and mediapipe.one_person
    mediapipe.show(image)
    mediapipe.show(image[::2, ::2])
    assert mediapipe.seen().shape == mediapipe.seen().shape == (0, 17, 3)
    assert mediapipe.version.startswith("0.10.")


def test_mediapipe_finds_the_head_of_a_painted_patient(mediapipe: PeopleFinder, tmp_path: Path) -> None:
    filmed = film(FilmJob(tmp_path, seed=0, index=1, activity="brushing", n_frames=2))
    nose = COCO_JOINTS.index("nose")
    line = filmed.keypoint_lines.split("\n")[nose]
    x, y = (float(place) for place in line.split(",")[3:5])
    ((_, frame), *_) = decode_frames(tmp_path / filmed.trial.path, [0], filmed.trial.fps)
    left, top, right, bottom = max(mediapipe.heads(frame).tolist(), key=lambda box: box[2] - box[0])
    assert left < x < right and top < y < bottom
    assert 0.05 < (right - left) / frame.shape[1] < 0.4


def test_a_detector_that_breaks_down_is_an_error_with_its_last_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "detectors" / "mediapipe.py"
    broken.parent.mkdir()
    broken.write_text(
        "ONE_PERSON = True\nclass Broken:\n version = '1'\n def people(self, image): raise OSError('no more')\n"
        "DETECTOR = Broken\n"
    )
    script = tmp_path / "worker.py"
    script.write_bytes(Path(worker.__file__).read_bytes())
    monkeypatch.setattr(people, "_WORKER", script)
    with PeopleFinder("mediapipe", Path(sys.executable)) as finder:
        finder.show(np.zeros((4, 4, 3), np.uint8))
        with pytest.raises(UserError, match="mediapipe broke down: OSError: no more"):
            finder.seen()


def test_closing_it_in_the_middle_of_a_picture_is_quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sleeper = tmp_path / "worker.py"
    sleeper.write_text('import time; print(\'{"version": "1", "one_person": true}\', flush=True); time.sleep(60)')
    monkeypatch.setattr(people, "_WORKER", sleeper)
    finder = PeopleFinder("mediapipe", Path(sys.executable))
    finder._requests.write(b"P" + bytes(100))
    finder.close()


def load(name: str, monkeypatch: pytest.MonkeyPatch, **modules: object) -> ModuleType:
    """Load a detector's module with stubs of the packages that it imports."""
    for stubbed, content in modules.items():
        monkeypatch.setitem(sys.modules, stubbed, content)
    monkeypatch.setattr("importlib.metadata.version", lambda name: "1.0")
    spec = importlib.util.spec_from_file_location(f"stubbed_{name}", DETECTORS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rtmlib_as_its_documentation_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Body:
        def __init__(self, **settings: object) -> None:
            self.det_model = lambda image: [[0, 1, 2, 3]]

        def __call__(self, image: Frames) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
            return np.ones((2, 17, 2)), np.full((2, 17), 0.5)

    detector = load("rtmlib", monkeypatch, rtmlib=types.SimpleNamespace(Body=Body)).DETECTOR()
    image = np.zeros((8, 8, 3), np.uint8)
    assert detector.boxes(image).tolist() == [[0, 1, 2, 3]]
    joints = detector.people(image)
    assert joints.shape == (2, 17, 3) and joints.dtype == np.float32 and joints[1, 16].tolist() == [1, 1, 0.5]


def test_ultralytics_as_its_documentation_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def tensor(values: npt.ArrayLike) -> types.SimpleNamespace:
        return types.SimpleNamespace(cpu=lambda: np.array(values))

    result = types.SimpleNamespace(
        boxes=types.SimpleNamespace(xyxy=tensor([[0.0, 1, 2, 3]])),
        keypoints=types.SimpleNamespace(data=tensor(np.ones((1, 17, 3)))),
    )
    stub = types.SimpleNamespace(YOLO=lambda weights: lambda image, verbose: [result])
    detector = load("ultralytics", monkeypatch, ultralytics=stub).DETECTOR()
    image = np.zeros((8, 8, 3), np.uint8)
    assert detector.boxes(image).tolist() == [[0, 1, 2, 3]] and detector.people(image).shape == (1, 17, 3)
