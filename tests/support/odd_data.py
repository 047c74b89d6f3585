"""A dataset in which every video and every label file is odd in one way, with the remark that a check must make of it.

``python -m tests.support.odd_data FOLDER`` makes it, for people to look at what `strokerehab check` says.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np

from lmms_eval_plugins.dataset.keypoints import keypoint_file, keypoints_folder, write_keypoints
from lmms_eval_plugins.dataset.manifest import FMA_MANIFEST_NAME, FMA_SCORES_NAME, MANIFEST_NAME, write_manifest
from lmms_eval_plugins.dataset.remarks import Grade
from lmms_eval_plugins.dataset.trial import FmaClip, ItemScore, Trial
from lmms_eval_plugins.video.pose.joints import COCO_JOINTS
from lmms_eval_plugins.video.probe import VideoError, probe
from tests.support.painted import cut, damage, paint, song, sound, turn

SIZE = (64, 48)
FPS, SECONDS = 30, 2

LABELS = "Time_s,MarkerNames\n0.0,r_idle\n0.4,r_reach\n0.8,r_transport\n1.4,r_idle\n2.0,\n"
"""Labels of a video of two seconds, with nothing to say about them."""


@dataclass(frozen=True)
class Oddity:
    """What a check must say of a video or label file.

    Attributes:
        grade, kind: of the remark; an empty kind where there must be none.
        make: makes the video at a path.
        labels: content of the label file; None for no labels.
        row: what the manifest says otherwise than the file.
        suffix: of the video.
        frames: whether the frames must be decoded to find it.
        raters: contents of the label files of further raters.
    """

    grade: Grade
    kind: str
    make: Callable[[Path], object] | None = None
    labels: str | bytes | None = LABELS
    row: Mapping[str, object] = field(default_factory=dict)
    suffix: str = ".mp4"
    frames: bool = False
    raters: tuple[str, ...] = ()


def _copy_of_plain(path: Path) -> Path:
    """Copy the plain video: made twice, its bytes may differ on a busy machine, as threads of the encoder do."""
    (plain,) = path.parents[1].rglob("plain.mp4")
    return Path(shutil.copy(plain, path))


def shoot(
    path: Path,
    n_frames: int = FPS * SECONDS,
    fps: float = FPS,
    *,
    size: tuple[int, int] = SIZE,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    ticks: list[int] | None = None,
    time_base: Fraction | None = None,
    context: Mapping[str, object] | None = None,
    options: dict[str, str] | None = None,
    silence_s: float = 0.0,
    seed: int = 0,
) -> Path:
    """Write a video of some frames.

    Args:
        path: the file.
        n_frames: of the video.
        fps: its rate.
        size: width and height.
        codec: of the video stream.
        pixels: of the codec.
        ticks: times of the frames, in ``time_base``; one for each.
        time_base: seconds of a tick.
        context: settings of the codec.
        options: of the codec.
        silence_s: seconds of sound from 0 on.
        seed: what makes the pictures differ from those of another video.
    """
    rate = Fraction(str(fps)).limit_denominator(1001)
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        base = time_base or 1 / rate
        stream.codec_context.time_base = base
        stream.codec_context.thread_count = 1  # with more, x264's output is not the same each time
        for name, value in (context or {}).items():
            setattr(stream.codec_context, name, value)
        if silence_s:
            heard = container.add_stream("aac", rate=8000)
            silence = np.zeros((1, round(8000 * silence_s)), np.float32)
            quiet = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
            quiet.sample_rate, quiet.pts = 8000, 0
            container.mux(heard.encode(quiet))
            container.mux(heard.encode(None))
        for index in range(n_frames):
            frame = av.VideoFrame.from_ndarray(paint(index + seed, *size), format="rgb24")
            frame.pts = index if ticks is None else ticks[index]
            frame.time_base = base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def flip(path: Path) -> Path:
    """Set the display matrix of an mp4 to a flip, left to right."""
    turn(path, 0)
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 4 + 40
    content[start : start + 4] = (-1 << 16).to_bytes(4, "big", signed=True)
    path.write_bytes(content)
    return path


def _late(path: Path, seed: int = 20) -> Path:
    """Write a video whose first frame comes 1.2 s after its sound."""
    ticks = [1800 + 50 * i for i in range(FPS * SECONDS)]
    return shoot(path, ticks=ticks, time_base=Fraction(1, 1500), silence_s=3.2, seed=seed)


def _growing(path: Path) -> None:
    """Write a video whose pictures become larger in the middle."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuvj420p"
        for index in range(FPS * SECONDS):
            encoder = av.CodecContext.create("mjpeg", "w")
            encoder.width, encoder.height = SIZE if index < FPS else (96, 64)
            encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, FPS)
            frame = av.VideoFrame.from_ndarray(paint(index, encoder.width, encoder.height), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            for packet in [*encoder.encode(frame.reformat(format="yuvj420p")), *encoder.encode(None)]:
                packet.stream = stream
                container.mux(packet)


_VARYING = [i * 50 + (i % 3) * 15 for i in range(60)]
_LATE_LABELS = "Time_s,MarkerNames\n1.2,r_idle\n1.6,r_reach\n2.0,r_transport\n2.6,r_idle\n3.2,\n"
_HLG = {"color_trc": 18, "colorspace": 9, "color_primaries": 9, "color_range": 1}

VIDEOS: dict[str, Oddity] = {
    "plain": Oddity("fine", "", shoot),
    "plain in a file of another kind": Oddity("fine", "", lambda path: shoot(path, seed=1), suffix=".mkv"),
    "plain 60": Oddity("fine", "", lambda path: shoot(path, 120, 60, seed=2)),
    "missing": Oddity("wrong", "missing-file"),
    "empty": Oddity("wrong", "unreadable", Path.touch),
    "text": Oddity("wrong", "unreadable", lambda path: path.write_text("Time_s, MarkerNames\n" * 50)),
    "a folder": Oddity("wrong", "unreadable", Path.mkdir),
    "cut off": Oddity("wrong", "unreadable", lambda path: cut(shoot(path, seed=3), 0.6)),
    "sound only": Oddity("wrong", "unreadable", sound),
    "song with a cover": Oddity("wrong", "unreadable", song),
    "turned": Oddity("fine", "turned", lambda path: turn(shoot(path, seed=4), 90)),
    "mirrored": Oddity("doubtful", "mirrored", lambda path: flip(shoot(path, seed=5))),
    "oblong pixels": Oddity(
        "fine", "pixel-shape", lambda path: shoot(path, context={"sample_aspect_ratio": Fraction(4, 3)}, seed=6)
    ),
    "interlaced": Oddity("fine", "interlaced", lambda path: shoot(path, options={"x264-params": "tff=1"}, seed=7)),
    "bright": Oddity(
        "doubtful", "high-dynamic-range", lambda path: shoot(path, pixels="yuv420p10le", context=_HLG, seed=8)
    ),
    "varying": Oddity(
        "fine", "rate-varies", lambda path: shoot(path, ticks=_VARYING, time_base=Fraction(1, 1500), seed=9)
    ),
    "late": Oddity("doubtful", "manifest-offset", _late, row={"offset_s": 0.0}),
    "late and known": Oddity(
        "fine", "first-frame-late", partial(_late, seed=29), row={"offset_s": 1.2}, labels=_LATE_LABELS
    ),
    "slow": Oddity("doubtful", "slow-rate", lambda path: shoot(path, 20, 10, seed=10)),
    "short": Oddity("doubtful", "too-short", lambda path: shoot(path, 9, seed=11), labels=None),
    "one frame": Oddity("doubtful", "too-short", lambda path: shoot(path, 1, seed=12), labels=None),
    "other rate": Oddity(
        "doubtful", "manifest-rate", lambda path: shoot(path, seed=13), row={"fps": 25.0, "n_frames": 50}
    ),
    "too long": Oddity(
        "doubtful", "manifest-longer", lambda path: shoot(path, seed=14), row={"n_frames": 120, "duration_s": 4.0}
    ),
    "endless": Oddity(
        "doubtful", "manifest-longer", lambda path: shoot(path, seed=15), row={"n_frames": 30_000, "duration_s": 1000.0}
    ),
    "longer than listed": Oddity(
        "doubtful",
        "manifest-shorter",
        lambda path: shoot(path, 120, seed=16),
        row={"n_frames": 60, "duration_s": 2.0},
    ),
    "other size": Oddity("doubtful", "manifest-size", lambda path: shoot(path, seed=17), row={"width": 704}),
    "listed turned": Oddity(
        "doubtful", "manifest-size", lambda path: shoot(path, seed=18), row={"width": 48, "height": 64}
    ),
    "contradictory": Oddity(
        "doubtful", "manifest-duration", lambda path: shoot(path, seed=19), row={"duration_s": 9.0}
    ),
    "copied": Oddity("doubtful", "same-content", _copy_of_plain),
    "damaged": Oddity(
        "doubtful",
        "damaged-frames",
        lambda path: damage(shoot(path, codec="mpeg4", seed=22), 30),
        suffix=".avi",
        frames=True,
    ),
    "growing": Oddity("doubtful", "damaged-frames", _growing, suffix=".avi", frames=True),
    "hand outside": Oddity("doubtful", "hand-outside", lambda path: shoot(path, seed=23)),
    "two people": Oddity("doubtful", "several-people", lambda path: shoot(path, seed=24)),
    "not localized": Oddity("fine", "video-without-keypoints", lambda path: shoot(path, seed=25)),
    "[red]turned[b]": Oddity("fine", "turned", lambda path: turn(shoot(path, seed=26), 270)),
}
"""Name → the oddity of a video, whose labels are in order."""


def _labels(*rows: str, header: str = "Time_s,MarkerNames") -> str:
    return "\n".join((header, *rows, ""))


_ROWS = ("0.0,r_idle", "0.4,r_reach", "0.8,r_transport", "1.4,r_idle", "2.0,")

_TOO_LATE = _labels("0,r_idle", "5,r_reach", "9,r_idle", "12,")

LABEL_FILES: dict[str, Oddity] = {
    "in order": Oddity("fine", "", labels=LABELS),
    "no closing row": Oddity("doubtful", "open-end", labels=_labels("0,r_idle", "0.6,r_reach", "1.0,r_transport")),
    "milliseconds": Oddity("wrong", "past-end", labels=_labels("0,r_idle", "800,r_reach", "1800,r_idle", "2000,")),
    "frame numbers": Oddity("wrong", "past-end", labels=_labels("0,r_idle", "24,r_reach", "54,r_idle", "60,")),
    "clock times": Oddity(
        "wrong", "bad-time", labels=_labels("00:00:00.0,r_idle", "00:00:00.8,r_reach", "00:00:02.0,")
    ),
    "far past the end": Oddity("wrong", "past-end", labels=_TOO_LATE),
    "a little past the end": Oddity("doubtful", "past-end", labels=_labels("0,r_idle", "1,r_reach", "2.003,r_idle")),
    "before zero": Oddity("wrong", "negative-time", labels=_labels("-1,r_idle", "0.5,r_reach", "1,r_idle", "2.0,")),
    "all equal": Oddity("wrong", "no-length", labels=_labels("1,r_idle", "1,r_reach", "1,r_idle", "1,")),
    "no length": Oddity("doubtful", "no-length", labels=_labels("0,r_idle", "1.0,r_reach", "1.0,r_transport", "2.0,")),
    "less than two frames": Oddity(
        "doubtful", "short-label", labels=_labels("0,r_idle", "1.0,r_reach", "1.04,r_idle", "2.0,")
    ),
    "backwards": Oddity("wrong", "unsorted", labels=_labels("0,r_idle", "1.5,r_reach", "1.0,r_idle", "2.0,")),
    "misspelt": Oddity("doubtful", "marker-read", labels=_labels("0,r_idle", "0.5,r_trasport", "1.5,r_idle", "2.0,")),
    "not a word of ours": Oddity(
        "doubtful", "marker-unknown", labels=_labels("0,r_idle", "0.5,r_waving", "1.5,r_idle", "2.0,")
    ),
    "british": Oddity("fine", "", labels=_labels("0,r_idle", "0.5,r_stabilise", "1.5,r_idle", "2.0,")),
    "other prefix": Oddity("fine", "", labels=_labels("0,right_idle", "0.5,right_reach", "1.5,right_idle", "2.0,")),
    "stops": Oddity("fine", "", labels=_labels("0,r_idle", "0.5,r_reach START", "1.2,r_reach STOP", "2.0,")),
    "both hands": Oddity(
        "doubtful", "both-hands", labels=_labels(*_ROWS[:2], "0.5,l_reach", *_ROWS[2:4], "1.5,l_idle", "2.0,")
    ),
    "both alike": Oddity(
        "wrong", "hand-unknown", labels=_labels("0,r_idle", "0,l_idle", "1,r_reach", "1,l_reach", "2.0,")
    ),
    "no side": Oddity("wrong", "no-side", labels=_labels("0,idle", "0.5,reach", "1.5,idle", "2.0,")),
    "no marker": Oddity("wrong", "no-side", labels=_labels("0,", "2.0,")),
    "no rows": Oddity("wrong", "no-rows", labels=_labels()),
    "nothing": Oddity("wrong", "table", labels=b""),
    "decimal commas": Oddity("fine", "", labels="Time_s;MarkerNames\n0,0;r_idle\n0,4;r_reach\n1,4;r_idle\n2,0;\n"),
    "utf-16": Oddity("fine", "", labels=LABELS.encode("utf-16")),
    "utf-16 without a mark": Oddity("fine", "", labels=LABELS.encode("utf-16-le")),
    "sep line": Oddity("fine", "", labels="sep=;\n" + LABELS.replace(",", ";")),
    "open quote": Oddity("wrong", "table", labels=_labels("0.0,r_idle", '0.4,"r_reach', "1.4,r_idle", "2.0,")),
    "empty columns": Oddity("fine", "", labels=LABELS.replace("\n", ",,\n")),
    "underscores": Oddity("wrong", "bad-time", labels=_labels("0,r_idle", "1_000,r_reach", "2.0,")),
    "other columns": Oddity("wrong", "table", labels=LABELS.replace("Time_s", "Zeit")),
    "not text": Oddity("wrong", "table", labels=bytes(range(256)) * 8),
    "starts late": Oddity("doubtful", "late-start", labels=_labels("1.2,r_reach", "1.6,r_idle", "2.0,")),
    "ends early": Oddity("doubtful", "covers-little", labels=_labels("0,r_idle", "0.2,r_reach", "0.6,r_idle", "0.7,")),
    "P31_RTT left side1_1": Oddity("doubtful", "hand-disagrees", labels=LABELS.replace("1.4", "1.41")),
    "with a gap": Oddity("fine", "gaps", labels=_labels("0,r_idle", "0.5,r_idle stop", "1.0,r_reach", "2.0,")),
    "stop without a start": Oddity(
        "doubtful", "stop-without-start", labels=_labels("0,r_idle", "1.0,r_reach stop", "1.2,r_idle", "2.0,")
    ),
    "no word of ours": Oddity("wrong", "no-label", labels=_labels("0,r_a", "1.0,r_b", "2.0,")),
    "labels missing": Oddity("wrong", "missing", labels=None, row={"labels": Path("/nowhere/labels.csv")}),
    "labels copied": Oddity("doubtful", "same-labels", labels=LABELS.replace("1.4", "1.42"), row={"patient": "P41"}),
    "labels copied again": Oddity(
        "doubtful", "same-labels", labels=LABELS.replace("1.4", "1.42"), row={"patient": "P42"}
    ),
    "two raters, one file": Oddity(
        "doubtful", "same-labels", labels=LABELS.replace("1.4", "1.43"), raters=(LABELS.replace("1.4", "1.43"),)
    ),
    "other rater wrong": Oddity("doubtful", "past-end", labels=LABELS.replace("1.4", "1.44"), raters=(_TOO_LATE,)),
    "other rater sees another thing": Oddity(
        "doubtful",
        "raters-disagree",
        labels=LABELS.replace("1.4", "1.46"),
        raters=(_labels("0,r_reach", "0.5,r_stabilize", "1.0,r_reposition", "1.5,r_transport", "2.0,"),),
    ),
    "other rater": Oddity("fine", "", labels=LABELS.replace("1.4", "1.45"), raters=(LABELS.replace("1.4", "1.35"),)),
    "steers a terminal": Oddity(
        "doubtful", "marker-unknown", labels=_labels("0,r_idle", "0.5,r_\x1b[2Jx\x07", "1.5,r_reach", "2.0,")
    ),
}
"""Name → the oddity of a label file, whose video is in order."""

FILES: dict[str, tuple[Grade, str]] = {
    "fma_scores.csv": ("doubtful", "scores-without-clips"),
    "fma_clips.csv": ("doubtful", "clips-without-scores"),
    "manifest.csv": ("doubtful", "near-patients"),
    "selections.yaml": ("doubtful", "selection-without-video"),
    "labels/of nobody.csv": ("doubtful", "labels-without-video"),
    "keypoints/of nobody.parquet": ("doubtful", "keypoints-without-video"),
    "videos/found.mp4": ("fine", "unlisted-video"),
}
"""Path in the dataset's folder → grade and kind of a remark about it."""

_SELECTIONS = """\
selections:
  morning: {patients: [P01, P99]}
  nothing: {activities: [shelf]}
"""


def make_odd_data(folder: Path) -> Path:
    """Make the dataset: videos and labels below ``videos`` and ``labels``, and the tables beside them."""
    trials = [_trial(folder, "videos", name, oddity) for name, oddity in VIDEOS.items()]
    for seed, (name, oddity) in enumerate(LABEL_FILES.items(), start=100):
        made = replace(oddity, make=partial(shoot, seed=seed))
        trials.append(_trial(folder, "labels", name, made))
    write_manifest(folder / MANIFEST_NAME, trials)
    (folder / "labels" / "of nobody.csv").write_text(LABELS)
    shoot(folder / "videos" / "found.mp4", seed=27)
    (folder / "selections.yaml").write_text(_SELECTIONS)
    _make_assessments(folder)
    _make_keypoints(folder, trials)
    return folder


def _make_assessments(folder: Path) -> None:
    """Make clips of patients 007 and P02, and scores of 7 and P03: a spreadsheet ate the zeros."""
    clips = []
    for seed, patient in enumerate(("007", "P02"), start=30):
        path = shoot(folder / "clips" / f"{patient}.mp4", seed=seed)
        clip = FmaClip(path=path, patient=patient, item_low=5, item_high=5, laterality="A", view="F", duration_s=2.0)
        clips.append(clip)
    write_manifest(folder / FMA_MANIFEST_NAME, clips)
    scores = [ItemScore(patient=patient, item=5, score=1) for patient in ("7", "P03")]
    write_manifest(folder / FMA_SCORES_NAME, scores)


def _make_keypoints(folder: Path, trials: list[Trial]) -> None:
    still = np.zeros((len(COCO_JOINTS), 3), np.float32)
    still[:] = (30, 20, 0.95)
    for trial in trials:
        if trial.video_id == "not localized" or trial.n_frames > FPS * 10:
            continue
        keypoints = np.repeat(still[None], trial.n_frames, axis=0)
        if trial.video_id == "hand outside":
            keypoints[::2, COCO_JOINTS.index("right_wrist"), :2] = (70, 20)
        about = {"remarks": "2 people at its beginning: the largest is taken for the patient"}
        file = keypoint_file(keypoints_folder(folder), trial.video_id)
        write_keypoints(file, keypoints, about if trial.video_id == "two people" else {})
    write_keypoints(keypoint_file(keypoints_folder(folder), "of nobody"), still[None], {})


def _trial(folder: Path, room: str, name: str, oddity: Oddity) -> Trial:
    path = folder / room / f"{name}{oddity.suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    if oddity.make:
        oddity.make(path)
    labels = path.with_suffix(".csv") if oddity.labels is not None else None
    if labels and isinstance(oddity.labels, bytes):
        labels.write_bytes(oddity.labels)
    elif labels and oddity.labels is not None:
        labels.write_text(str(oddity.labels), encoding="utf-8")
    others = tuple(path.with_name(f"{name} by {number}.csv") for number, _ in enumerate(oddity.raters, start=2))
    for other, content in zip(others, oddity.raters, strict=True):
        other.write_text(content)
    row: dict[str, object] = {"fps": float(FPS), "n_frames": FPS * SECONDS, "width": SIZE[0], "height": SIZE[1]}
    try:
        info = probe(path)
        row = {"fps": info.fps, "n_frames": info.n_frames, "width": info.width, "height": info.height}
        row["offset_s"] = info.camera.start_s
    except VideoError:
        pass
    row |= oddity.row
    row.setdefault("duration_s", float(str(row["n_frames"])) / float(str(row["fps"])))
    known = {"video_id": name, "path": path, "patient": "P01", "labels": labels, "other_labels": others}
    return Trial.model_validate(known | row)


if __name__ == "__main__":
    print(make_odd_data(Path(sys.argv[1])))
