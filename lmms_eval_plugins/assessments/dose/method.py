"""Settings of a dose task's scoring: which questions count, and how their answers become a timeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from lmms_eval_plugins.assessments.assessment import ScoringMethod
from lmms_eval_plugins.assessments.dose.prim import PrimSettings, is_decided
from lmms_eval_plugins.assessments.dose.rule import HORIZON_S
from lmms_eval_plugins.core.numbers import Real
from lmms_eval_plugins.questions.kinds import KindName
from lmms_eval_plugins.video.pose.joints import PoseStatus

DoseMethodName = Literal["motion_grasp", "one_primitive", "sequence", "conditional", "prim"]

_KINDS: Mapping[DoseMethodName, KindName] = {
    "motion_grasp": "yes_no",
    "one_primitive": "one_of",
    "sequence": "sequence_of",
    "conditional": "yes_no",
    "prim": "yes_no",
}
"""The kind of answers that each method reads."""

_ROLES: Mapping[DoseMethodName, tuple[str, ...]] = {
    "motion_grasp": ("motion", "grasp"),
    "one_primitive": ("primitive",),
    "sequence": ("primitives",),
    "conditional": ("starts", "stops", "pick_up", "put_down"),
    "prim": ("idle", "pick_up", "put_down"),
}
"""What the questions of each method are about."""


class DoseMethod(ScoringMethod):
    """Settings of how a timeline is made from answers, and which questions it is made from.

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

    method: DoseMethodName
    horizon_s: Real = Field(default=HORIZON_S, ge=0, allow_inf_nan=False)
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
        """Ids of the questions that the method reads."""
        return tuple(str(getattr(self, role)) for role in self.roles)

    @property
    def roles(self) -> tuple[str, ...]:
        """What each of these questions is about, by the name of the setting that has its id."""
        return _ROLES[self.method]

    @property
    def reads(self) -> Mapping[str, KindName]:
        """Ids of the questions that the method reads, each with the kind of its answer."""
        return dict.fromkeys(self.question_ids, _KINDS[self.method])

    @property
    def by_rule(self) -> bool:
        """Whether labels follow from motion and grasp, so that the scheme needs labels for all four pairs of them."""
        return self.method in ("motion_grasp", "conditional", "prim")

    @property
    def needs_pose(self) -> bool:
        """Whether the method reads the pose of a window."""
        return self.method == "prim"

    @property
    def smooths(self) -> bool | None:
        """Whether ``prim`` smooths its states; None for other methods."""
        return self.prim.postprocess if self.method == "prim" else None

    def asks(self, pose: PoseStatus | None) -> bool:
        """Return whether the method's questions are put about a window of which the arm's positions say this."""
        return not (self.needs_pose and is_decided(pose))

    def smoothing(self, smooth: bool) -> DoseMethod | None:
        """Return the method ``prim`` with or without smoothing; None for other methods."""
        if self.method != "prim":
            return None
        return self.model_copy(update={"prim": self.prim.model_copy(update={"postprocess": smooth})})
