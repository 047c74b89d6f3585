"""What an instrument was calibrated on, and what of other videos is unlike it: there its intervals promise nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.coverage import LEAST_ANSWERED_PERCENT
from lmms_eval_plugins.questions.outcomes import NoAnswer

Range = tuple[float, float]

NO_ANSWER = "no answer"
"""The name, among answers, of replies that give none."""

_LONGER = 1.25
"""A video is unlike the others if it is so many times as long as the longest of them, or as much shorter."""

_BEYOND, _BEYOND_SHARE = 0.5, 0.1
"""A share of answers is unlike others' if it is this share of their range's width beyond it, and at least so much."""

_FLOOR_S = 0.1


@dataclass(frozen=True, slots=True)
class Scope:
    """The videos that an instrument was calibrated on, in a few numbers.

    Attributes:
        seconds: lengths of the shortest and of the longest video.
        activities: what is done in them.
        shares: question → answer → the least and the greatest share of a patient's replies that it is, 0 to 1.
    """

    seconds: Range
    activities: tuple[str, ...]
    shares: Mapping[str, Mapping[str, Range]]

    @classmethod
    def of(cls, videos: Sequence[AnsweredVideo[Timeline]]) -> Scope:
        """Return the scope of some videos, at least one."""
        lengths = [video.length_s for video in videos]
        of_patients: dict[str, list[AnsweredVideo[Timeline]]] = {}
        for video in videos:
            of_patients.setdefault(video.patient, []).append(video)
        every = [answer_shares(own) for own in of_patients.values()]
        shares: dict[str, dict[str, Range]] = {}
        for question in dict.fromkeys(question for own in every for question in own):
            asked = [own[question] for own in every if question in own]
            answers = dict.fromkeys(answer for own in asked for answer in own)
            shares[question] = {
                answer: (min(own.get(answer, 0.0) for own in asked), max(own.get(answer, 0.0) for own in asked))
                for answer in answers
            }
        activities = tuple(sorted({video.activity for video in videos if video.activity}))
        return cls((min(lengths), max(lengths)), activities, shares)

    def unlike(self, videos: Sequence[AnsweredVideo[Timeline]]) -> dict[str, tuple[str, ...]]:
        """Return what is unlike the scope of each video of a patient, by video; videos that are alike have no lines."""
        mix = self._unlike_mix(videos)
        found = {video.video_id: (*self._unlike(video), *mix) for video in videos}
        return {video: lines for video, lines in found.items() if lines}

    def _unlike(self, video: AnsweredVideo[Timeline]) -> list[str]:
        lines = []
        if self.activities and not video.activity:
            lines.append("its activity is not known, so it is measured as one of no activity in particular")
        elif self.activities and video.activity not in self.activities:
            lines.append(f"activity {video.activity}: never seen in calibration (there: {listed(self.activities)})")
        least, most = self.seconds
        if not least / _LONGER <= max(video.length_s, _FLOOR_S) <= most * _LONGER:
            lines.append(f"{video.length_s:.1f} s long; calibrated on videos of {least:.1f} to {most:.1f} s")
        answers = [window.answers.get(question) for window in video.windows for question in self.shares]
        replies = [answer for answer in answers if answer is not None]
        if 100 * len(replies) < LEAST_ANSWERED_PERCENT * len(answers):
            lines.append(f"replies to {len(replies)} of {len(answers)} requests only")
        if replies and all(isinstance(answer, NoAnswer) for answer in replies):
            lines.append("no reply gives an answer: it is measured by its length and activity alone")
        return lines

    def _unlike_mix(self, videos: Sequence[AnsweredVideo[Timeline]]) -> list[str]:
        """Return a line on the answers of a patient that are given much more or much less often than others'."""
        parts = []
        for question, own in answer_shares(videos).items():
            known = self.shares.get(question, {})
            for answer in dict.fromkeys((*own, *known)):
                share, (least, most) = own.get(answer, 0.0), known.get(answer, (0.0, 0.0))
                beyond = max(least - share, share - most)
                if beyond > max(_BEYOND_SHARE, _BEYOND * (most - least)):
                    parts.append(f"{question} {answer} {share:.0%} (calibrated on {_shares(least, most)})")
        return [f"answers about {videos[0].patient}: {listed(parts)}"] if parts else []


def _shares(least: float, most: float) -> str:
    return f"{least:.0%} to {most:.0%}" if f"{least:.0%}" != f"{most:.0%}" else f"{most:.0%}"


def answer_shares(videos: Sequence[AnsweredVideo[Timeline]]) -> dict[str, dict[str, float]]:
    """Return question → answer → share of the replies that it is, 0 to 1; one with several labels counts for each."""
    counts: dict[str, Counter[str]] = {}
    replies: Counter[str] = Counter()
    for video in videos:
        for window in video.windows:
            for question, answer in window.answers.items():
                if answer is not None:
                    replies[question] += 1
                    counts.setdefault(question, Counter()).update(_words(answer))
    return {question: {answer: n / replies[question] for answer, n in own.items()} for question, own in counts.items()}


def _words(answer: object) -> set[str]:
    if isinstance(answer, bool):
        return {"yes" if answer else "no"}
    if isinstance(answer, NoAnswer):
        return {NO_ANSWER}
    if isinstance(answer, tuple):
        return {str(label) for label in answer} or {"nothing"}
    return {"a number"} if isinstance(answer, int | float) else {str(answer)}
