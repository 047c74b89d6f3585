"""lmms-eval's adapter: every answer is on disk the moment it exists, and no request is answered twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from lmms_eval.api.instance import Instance
from lmms_eval.api.model import lmms

from lmms_eval_plugins.core.console import say_all
from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.secrets import learn_environment
from lmms_eval_plugins.models.answering import NOTHING_LENT, Answerer, Failure, Generation, Request, Row, Session
from lmms_eval_plugins.models.failures import FailingVideos, failure_of, refusals_in, summed_up
from lmms_eval_plugins.models.hidden import StatesOfRun, check_decoding
from lmms_eval_plugins.models.progress import Progress
from lmms_eval_plugins.models.settings import ModelSettings
from lmms_eval_plugins.questions.reading import MISSING_MARK
from lmms_eval_plugins.runs.answers import (
    ANSWERS_NAME,
    AnswerLog,
    AnswerRecord,
    Place,
    Reply,
    read_answers,
    without_secrets,
)
from lmms_eval_plugins.runs.reuse import AnsweredUnder, ReusedAnswers, count_reused
from lmms_eval_plugins.runs.shards import count_lines
from lmms_eval_plugins.video.perturb import seed_of

MISSING_REPLY = f"{MISSING_MARK}: no answer]"
"""The reply to a row whose window could not be shown."""

Messages = Callable[[Row], Sequence[Mapping[str, Any]]]  # lmms-eval's chat messages are plain dictionaries
"""Row → chat messages."""


class Stopped(Exception):
    """A model stopped after a batch, as its session wished; all that it had answered is on disk."""


@dataclass(frozen=True, slots=True)
class _Call:
    """The requests of a call, and what is known of them.

    Attributes:
        known: replies by key.
        same: the requests of each key, by the place that they are recorded under.
        unrecorded: requests with a reply that the answers file lacks.
        states: takes the hidden states that come with replies; None where none do.
    """

    known: dict[str, Reply]
    same: Mapping[str, Mapping[Place, Request]]
    unrecorded: Sequence[Request]
    states: StatesOfRun | None

    @property
    def unanswered(self) -> list[Request]:
        """One request of each key that has no reply."""
        return [next(iter(places.values())) for key, places in self.same.items() if key not in self.known]


class Recorder(lmms):  # type: ignore[misc]  # lmms-eval has no types
    """An lmms-eval chat model that has requests answered and records the replies, each once, in whichever run.

    Args:
        answerer: who answers.
        session: what the run lends.

    Attributes:
        settings_type: the settings that a registered model makes of lmms-eval's model arguments.
        lives_outside: whether the model's code lives in an environment of its own.
        session: what the run lends; see `open`.
        failures: the videos that failed in the last call, wholly or in part: some requests have no reply.
        refusals: the videos about which a service refused to answer: those requests have a reply that says so.
        n_asked: replies that the last call really got from the answerer.
        n_known: replies that the last call found: of earlier tasks, of earlier runs, or of one that was cut short.
        reused: of these, the ones that other processes got from the model, by the settings under which they did.
    """

    settings_type: ClassVar[type[ModelSettings]] = ModelSettings
    lives_outside: ClassVar[bool] = False
    is_simple = False

    def __init__(self, answerer: Answerer, session: Session = NOTHING_LENT) -> None:
        super().__init__()
        learn_environment()  # lmms-eval's own command line comes this way
        self.answerer, self.session = answerer, session
        self.failures: list[Failure] = []
        self.refusals: list[Failure] = []
        self.n_asked = self.n_known = 0
        self.reused: tuple[ReusedAnswers, ...] = ()
        self._under: AnsweredUnder | None = None
        self._own: set[str] = set()
        self._replies: dict[str, Reply] = {}
        self._windows: set[tuple[str, int]] = set()
        self._seconds = 0.0

    def open(self, session: Session) -> None:
        """Record the next calls by another session; the answerer keeps what it was made with."""
        self.session, self._under = session, None

    @property
    def under(self) -> AnsweredUnder:
        """Under what this process answers for the session's run."""
        if self._under is None:
            folder = self.session.answers.parent if self.session.answers else None
            since = datetime.now().astimezone().isoformat(timespec="seconds")
            run = "/".join(folder.parts[-3:]) if folder else ""
            self._under = AnsweredUnder(run=run, since=since, **self.answerer.numerics)
        return self._under

    @property
    def fingerprint(self) -> str:
        """Hash of the model, its weights and its settings."""
        return self.answerer.fingerprint

    @property
    def device_name(self) -> str | None:
        """Where the model runs, for people."""
        return self.answerer.device

    @property
    def weights(self) -> Mapping[str, object] | None:
        """Which weights answer, as ``run.json`` states it."""
        return self.answerer.weights

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the answers should know, as ``run.json`` states it."""
        return self.answerer.notes

    def speed(self) -> dict[str, Any]:  # a run's record takes counts, rates and mappings
        """Return how the last call went, as ``run.json`` has it: counts, seconds, rates, and the answerer's own."""
        per_s = 1 / self._seconds if self._seconds else 0.0
        seconds = round(self._seconds, 3)
        return {
            "questions": self.n_asked,
            "windows": len(self._windows),
            "seconds": seconds,
            "questions_per_s": round(self.n_asked * per_s, 2),
            "windows_per_s": round(len(self._windows) * per_s, 2),
            "answers_reused": self.n_known,
            **self.answerer.speed(seconds),
        }

    def generate_until(self, requests: Sequence[Instance]) -> list[str]:
        """Answer all requests; a row whose video fails, or whose request, gets `MISSING_REPLY`.

        Raises:
            Stopped: the session's stop signal was set before all was answered.
            UserError: whoever answers can answer nothing any more.
        """
        self.failures, self.refusals = [], []
        rows = [self.row(*request.args[3:6]) for request in requests]
        self.answerer.begin(rows)
        made = [self._request(*request.args) for request in requests]
        with ExitStack() as stack:
            states = self._open_states([request for request in made if request])
            if states:
                stack.enter_context(states)
            call = self._look_up([request for request in made if request], states)
            unanswered = call.unanswered
            self.n_asked, self.n_known = 0, len(call.same) - len(unanswered)
            self.reused = self._reused(call)
            self._windows, self._seconds = set(), 0.0
            answers = self.session.answers if unanswered or call.unrecorded else None
            log = stack.enter_context(AnswerLog(answers)) if answers else None
            if log and call.unrecorded:
                log.append(self._record(request, call.known[request.key], 0.0) for request in call.unrecorded)
            if unanswered:
                self.answerer.get_ready()
                progress = stack.enter_context(Progress(len(unanswered), len(_windows_of(unanswered))))
                self._answer(unanswered, call, log, progress)
        asked = Counter(row["video_id"] for row in rows)
        self.failures = summed_up(self.failures, asked)
        known = [(one, call.known[one.key]) for one in made if one and one.key in call.known]
        self.refusals = summed_up(refusals_in(known), asked, "refused by the service")
        return [call.known[one.key].text if one and one.key in call.known else MISSING_REPLY for one in made]

    def _answer(self, unanswered: Sequence[Request], call: _Call, log: AnswerLog | None, progress: Progress) -> None:
        """Have requests answered; each batch is recorded, for all requests of its keys, before the next is begun."""
        began = since = time.perf_counter()
        failing = FailingVideos()
        for batch in self.answerer.answer(unanswered):
            if isinstance(batch, Failure):
                self.failures.append(batch)
                failing.fail(batch)
                continue
            failing.answer()
            seconds = (time.perf_counter() - since) / len(batch)
            batch = [replace(one, reply=without_secrets(one.reply)) for one in batch]
            if call.states:
                call.states.write(batch, call.same)
            new = {one.request.key: one.reply for one in batch}
            self._own |= new.keys()
            if self.session.store:
                records = (self._record(one.request, one.reply, seconds) for one in batch)
                self.session.store.append(records, self.under)
            if log:
                log.append(
                    self._record(request, reply, seconds)
                    for key, reply in new.items()
                    for request in call.same[key].values()
                )
            call.known.update(new)
            self._replies |= new
            self.n_asked += len(batch)
            self._windows |= _windows_of(one.request for one in batch)
            progress.advance(len(batch))
            since = time.perf_counter()
            self._seconds = since - began
            if self.session.stop() and self.n_asked < len(unanswered):
                raise Stopped

    def loglikelihood(self, requests: Sequence[Instance]) -> list[tuple[float, bool]]:
        """Refuse: the tasks here generate."""
        raise UserError(f"{type(self).__name__} answers questions; it does not score given texts")

    def clean(self) -> None:
        """Keep everything: the next task uses the same model, and lmms-eval's way frees no memory in half a second."""

    def generate_until_multi_round(self, requests: Sequence[Instance]) -> list[str]:
        """Refuse: a question never depends on an earlier answer."""
        raise UserError(f"{type(self).__name__} has no multi-round mode")

    def row(self, doc_id: int, task: str, split: str) -> Row:
        """Return a row of a task.

        Raises:
            UserError: the task's rows are not windows of videos.
        """
        row: Row = self.task_dict[task][split][doc_id]
        if "question_id" not in row or "frames" not in row:
            raise UserError(f"task {task}: its rows are not windows of videos; {type(self).__name__} needs a RehabTask")
        return row

    def _request(
        self, ctx: str, to_messages: Messages, generation: Generation, doc_id: int, task: str, split: str
    ) -> Request | None:
        """Make a request of lmms-eval's arguments; None where the video cannot be used."""
        row = self.row(doc_id, task, split)
        parts = [part for message in to_messages(row) for part in message["content"]]
        text = "\n".join(part["text"] for part in parts if part["type"] == "text")
        try:
            identity = self.answerer.identify(row)
        except Exception as error:
            if all(failure.video_id != row["video_id"] for failure in self.failures):
                self.failures.append(failure_of(error, row["video_id"]))
            return None
        shown = [row["frames"], row["fps"], row["box"], row["choices"]]
        if row.get("perturb"):
            shown += [row["perturb"], row["hand_box"]]
        if row.get("perturb") == "shuffle":
            shown.append(seed_of(row["video_id"], row["window"]))
        key = digest(self.fingerprint, identity, shown, text, dict(generation))
        if self.answerer.hidden is None:
            return Request(key, row, text, generation)
        return Request(key, row, text, generation, window_key=digest(self.fingerprint, identity, shown[:3], shown[4:]))

    def _open_states(self, requests: Sequence[Request]) -> StatesOfRun | None:
        """Open the files of the run's hidden states; None where the model gives none.

        Raises:
            UserError: there is no run folder, or the requests are not to be decoded as they have to be.
        """
        places = self.answerer.hidden
        if places is None:
            return None
        if self.session.answers is None:
            raise UserError("record=hidden: hidden states need a run's folder to be kept in; use `strokerehab run`")
        if places.of_questions:
            check_decoding(requests)
        runs = self.session.store.root.parent if self.session.store else None
        return StatesOfRun(places, self.session.answers.parent, runs)

    def _look_up(self, requests: Sequence[Request], states: StatesOfRun | None) -> _Call:
        keys = {request.key for request in requests}
        damaged: list[str] = []
        if self.session.store:
            self._replies |= self.session.store.find(self.fingerprint, keys - self._replies.keys(), damaged)
        read, recorded = self._recorded(keys, damaged)
        say_all("warning", damaged)
        known = {**self._replies, **read}
        if states:
            kept = states.known([request for request in requests if request.key in known])
            known = {key: reply for key, reply in known.items() if key in kept}
        same: dict[str, dict[Place, Request]] = {}
        for request in requests:
            same.setdefault(request.key, {}).setdefault(_place(request), request)
        unrecorded = [
            request
            for key, places in same.items()
            for place, request in places.items()
            if key in known and place not in recorded
        ]
        return _Call(known, same, unrecorded, states)

    def _reused(self, call: _Call) -> tuple[ReusedAnswers, ...]:
        """Count the known replies that other processes got, by what they were given under; none without a store."""
        if self.session.store is None:
            return ()
        origins = self.session.store.origins
        return count_reused(origins.get(key) for key in call.same if key in call.known and key not in self._own)

    def _recorded(self, keys: Collection[str], damaged: list[str]) -> tuple[dict[str, Reply], set[Place]]:
        """Read the session's answers: replies by key, and the places that they are recorded under.

        What damaged lines held is asked again; ``damaged`` takes a line of text about each.
        """
        replies: dict[str, Reply] = {}
        places = set()
        answers = self.session.answers
        if answers is not None:
            pattern = Path(ANSWERS_NAME).stem + "*.jsonl"
            for path in sorted({answers, *answers.parent.glob(pattern)}):
                for record in read_answers(path, keys, damaged) if path.is_file() else ():
                    replies[record.key] = record.reply
                    places.add(record.place)
            places -= _overtaken(answers, places)
        return replies, places

    def _record(self, request: Request, reply: Reply, seconds: float) -> AnswerRecord:
        row = request.row
        return AnswerRecord(
            key=request.key,
            video_id=row["video_id"],
            window=row["window"],
            start_s=row["start_s"],
            end_s=row["end_s"],
            question_id=row["question_id"],
            prompt_hash=digest(request.text),
            text=reply.text,
            choice_logprobs=dict(reply.choice_logprobs) if reply.choice_logprobs is not None else None,
            seconds=round(seconds, 6),
            fingerprint=self.fingerprint,
            finish_reason=reply.finish_reason,
            reasoning_content=reply.reasoning_content,
        )


def _overtaken(answers: Path, places: Collection[Place]) -> set[Place]:
    """Return the places at which another answer was recorded later, about another file in the video's place.

    Readers take the last answer at a place, so that those that count again have to be recorded again.
    """
    if not answers.is_file() or count_lines([answers]) <= len(places):
        return set()
    last = {record.place[1:]: record.key for record in read_answers(answers)}
    return {place for place in places if last.get(place[1:], place[0]) != place[0]}


def _place(request: Request) -> Place:
    return request.key, request.row["video_id"], request.row["window"], request.row["question_id"]


def _windows_of(requests: Iterable[Request]) -> set[tuple[str, int]]:
    return {(request.row["video_id"], request.row["window"]) for request in requests}
