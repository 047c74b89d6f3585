"""One video: from the answers about its windows to a timeline of primitives, and from that to its scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field

from lmms_eval_plugins.assessments.dose.prim import PrimSettings, PrimWindow, is_decided, primitives_of
from lmms_eval_plugins.assessments.dose.rule import HORIZON_S, primitives_from, walk_changes
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain import sequences
from lmms_eval_plugins.domain.timeline import Segment, Timeline, without_repeats
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.reading import UNREADABLE
from lmms_eval_plugins.video.pose.status import PoseStatus

DoseMethodName = Literal["motion_grasp", "one_primitive", "sequence", "conditional", "prim"]
DOSE_METHODS: tuple[DoseMethodName, ...] = get_args(DoseMethodName)


class DoseMethod(BaseModel):
    """How a timeline is made from answers, and which questions it is made from.

    Attributes:
        method: ``motion_grasp`` (two yes/no questions and the rule), ``one_primitive`` (one primitive per window),
            ``sequence`` (primitives in order per window, spread evenly over it), ``conditional`` (four yes/no questions
            that tell the state before, two of which count, and the rule) or ``prim`` (three yes/no questions, a state
            machine and smoothing: see `lmms_eval_plugins.assessments.dose.prim`).
        horizon_s: how far ahead a grasp makes a movement a reach, in seconds; where the rule is applied only.
        motion: id of the motion question.
        grasp: id of the grasp question.
        primitive: id of the question for one primitive.
        primitives: id of the question for a sequence of primitives.
        starts: id of the question whether a hand that was still begins to move; ``conditional`` only, as the next.
        stops: whether one that moved has come to rest.
        pick_up: whether an empty hand takes hold of something; ``conditional`` and ``prim`` only, as the next.
        put_down: whether a hand that held something lets go.
        idle: whether the hand is idle; ``prim`` only.
        prim: how ``prim`` goes on from the answers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: DoseMethodName
    horizon_s: float = Field(default=HORIZON_S, ge=0, allow_inf_nan=False)
    motion: str = "motion"
    grasp: str = "grasp"
    primitive: str = "primitive"
    primitives: str = "primitives"
    starts: str = "starts"
    stops: str = "stops"
    pick_up: str = "pick_up"
    put_down: str = "put_down"
    idle: str = "idle"
    prim: PrimSettings = PrimSettings()

    @property
    def question_ids(self) -> tuple[str, ...]:
        """The questions that the method reads."""
        ids: dict[DoseMethodName, tuple[str, ...]] = {
            "motion_grasp": (self.motion, self.grasp),
            "one_primitive": (self.primitive,),
            "sequence": (self.primitives,),
            "conditional": (self.starts, self.stops, self.pick_up, self.put_down),
            "prim": (self.idle, self.pick_up, self.put_down),
        }
        return ids[self.method]

    @property
    def needs_pose(self) -> bool:
        """Whether the method reads what the arm's positions say of a window."""
        return self.method == "prim"

    def asks(self, pose: PoseStatus | None) -> bool:
        """Whether the method's questions are asked about a window of which the arm's positions say this."""
        return not (self.needs_pose and is_decided(pose))


@dataclass(frozen=True, slots=True)
class VideoScore:
    """The scores of one video; definitions are in :mod:`lmms_eval_plugins.domain.sequences`.

    Attributes:
        video_id: the video.
        patient: who was filmed.
        cohort: ``healthy``, ``mild``, ``moderate``, ``severe``, or None where it is not known.
        activity: what was done, or None where it is not known.
        edit_score: 0 to 100.
        action_error_rate: 0 upwards.
        relative_counting_error: 0 upwards.
        mae: primitive → by how many occurrences its count is off.
        count_predicted: primitive → predicted occurrences.
        count_truth: primitive → true occurrences.
        n_answers: replies that came, over the questions that the method reads; the unreadable ones included.
        n_unreadable: those of them that could not be read.
        n_missing: replies that never came.
    """

    video_id: str
    patient: str
    cohort: str | None
    activity: str | None
    edit_score: float
    action_error_rate: float
    relative_counting_error: float
    mae: Mapping[str, int]
    count_predicted: Mapping[str, int]
    count_truth: Mapping[str, int]
    n_answers: int
    n_unreadable: int
    n_missing: int


class ReplyCounts(NamedTuple):
    """Replies to the questions that a method reads: those that came, the unreadable among them, and those missing."""

    answers: int
    unreadable: int
    missing: int


def count_replies(windows: Sequence[WindowAnswers], method: DoseMethod) -> ReplyCounts:
    """Count the replies about a video's windows; what the method does not ask is not missing."""
    asked = (window for window in windows if method.asks(window.pose))
    replies = [window.answers.get(question) for window in asked for question in method.question_ids]
    missing = sum(reply is None for reply in replies)
    return ReplyCounts(len(replies) - missing, sum(reply is UNREADABLE for reply in replies), missing)


def predict_timeline(windows: Sequence[WindowAnswers], method: DoseMethod) -> Timeline:
    """The timeline of primitives that the answers say; a gap where they do not say any.

    One segment per window (per primitive for ``sequence``, per shown frame for ``prim``), neighbours not merged. Where
    windows overlap, each lasts until the next one starts.
    """
    ordered = sorted(windows, key=lambda window: window.start_s)
    segments: list[Segment] = []
    for place, (window, labels) in enumerate(zip(ordered, _labels(ordered, method), strict=True)):
        end_s = window.end_s
        if place + 1 < len(ordered):
            end_s = min(end_s, ordered[place + 1].start_s)
        if len(labels) == 1:
            segments.append(Segment(window.start_s, end_s, labels[0]))
        elif labels:
            step = (end_s - window.start_s) / len(labels)
            marks = [(label, window.start_s + i * step) for i, label in enumerate(labels)]
            segments += Timeline.from_marks(marks, end_s).segments
    return Timeline(tuple(segments))


def score_video(
    *,
    video_id: str,
    patient: str,
    cohort: str | None,
    activity: str | None,
    truth: Timeline,
    windows: Sequence[WindowAnswers],
    method: DoseMethod,
    predicted: Timeline | None = None,
) -> VideoScore:
    """Score the answers about one video against its true timeline.

    A gap in the prediction is passed over: two stretches of one primitive on both sides of it count as one.

    Args:
        video_id: the video.
        patient: who was filmed.
        cohort: the patient's cohort, if known.
        activity: what was done, if known.
        truth: the true timeline.
        windows: the answers.
        method: how a timeline is made from them.
        predicted: the timeline that a decoder made of the answers, in place of the method's own.

    Raises:
        UserError: the video has no true primitives, so that nothing can be scored.
    """
    if not truth.segments:
        raise UserError(f"{video_id}: no true primitives to score against; leave the video out or label it")
    timeline = predict_timeline(windows, method) if predicted is None else predicted
    said = without_repeats(timeline.labels)
    true = without_repeats(truth.labels)
    replies = count_replies(windows, method)
    count_predicted, count_truth = sequences.count_labels(said), sequences.count_labels(true)
    return VideoScore(
        video_id=video_id,
        patient=patient,
        cohort=cohort,
        activity=activity,
        edit_score=sequences.edit_score(said, true),
        action_error_rate=sequences.action_error_rate(said, true),
        relative_counting_error=sequences.relative_counting_error(said, true),
        mae=sequences.counting_errors(said, true, PRIMITIVES),
        count_predicted={primitive: count_predicted[primitive] for primitive in PRIMITIVES},
        count_truth={primitive: count_truth[primitive] for primitive in PRIMITIVES},
        n_answers=replies.answers,
        n_unreadable=replies.unreadable,
        n_missing=replies.missing,
    )


def _labels(windows: Sequence[WindowAnswers], method: DoseMethod) -> list[tuple[str, ...]]:
    """The primitives of each window; none where they are not known."""
    if method.method == "motion_grasp":
        motion = [_yes_no(window.answers.get(method.motion)) for window in windows]
        grasp = [_yes_no(window.answers.get(method.grasp)) for window in windows]
        return _by_rule(windows, motion, grasp, method.horizon_s)
    if method.method == "conditional":
        motion = walk_changes(_pairs(windows, method.starts, method.stops))
        grasp = walk_changes(_pairs(windows, method.pick_up, method.put_down))
        return _by_rule(windows, motion, grasp, method.horizon_s)
    if method.method == "prim":
        return _by_prim(windows, method)
    if method.method == "one_primitive":
        answers = [window.answers.get(method.primitive) for window in windows]
        return [(answer,) if isinstance(answer, str) else () for answer in answers]
    answers = [window.answers.get(method.primitives) for window in windows]
    return [answer if isinstance(answer, tuple) else () for answer in answers]


def _by_rule(
    windows: Sequence[WindowAnswers], motion: Sequence[bool | None], grasp: Sequence[bool | None], horizon_s: float
) -> list[tuple[str, ...]]:
    rule = primitives_from([window.start_s for window in windows], motion, grasp, horizon_s)
    return [() if primitive is None else (primitive,) for primitive in rule]


def prim_windows(windows: Sequence[WindowAnswers], method: DoseMethod) -> list[PrimWindow]:
    """What the method ``prim`` knows of windows."""
    return [
        PrimWindow(
            pose=window.pose or "moving",
            idle=_yes_no(window.answers.get(method.idle)),
            pick_up=_yes_no(window.answers.get(method.pick_up)),
            put_down=_yes_no(window.answers.get(method.put_down)),
            n_frames=window.n_frames or 1,
        )
        for window in windows
    ]


def _by_prim(windows: Sequence[WindowAnswers], method: DoseMethod) -> list[tuple[str, ...]]:
    known = prim_windows(windows, method)
    frames = iter(primitives_of(known, method.prim))
    return [tuple(islice(frames, window.n_frames)) for window in known]


def _pairs(windows: Sequence[WindowAnswers], if_off: str, if_on: str) -> list[tuple[bool | None, bool | None]]:
    return [(_yes_no(window.answers.get(if_off)), _yes_no(window.answers.get(if_on))) for window in windows]


def _yes_no(answer: object) -> bool | None:
    return answer if isinstance(answer, bool) else None


class Doubts(NamedTuple):
    """Replies that the default reading cannot read, and those it reads as something else than the policy does."""

    unreadable: int
    read_otherwise: int


def doubts_about(answers: Mapping[str, object], default: Mapping[str, object], questions: Iterable[str]) -> Doubts:
    """Compare the answers about one window to some questions with those of the default reading."""
    pairs = [(answers.get(question), default.get(question)) for question in questions]
    unreadable = sum(honest is UNREADABLE for _, honest in pairs)
    return Doubts(unreadable, sum(honest is not UNREADABLE and honest != answer for answer, honest in pairs))
