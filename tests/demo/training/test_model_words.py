"""Questions and answers, the vocabulary, and the configuration."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.demo.scenes.exams.items import ITEMS
from lmms_eval_plugins.demo.scenes.subjects import generator
from lmms_eval_plugins.demo.training.config import TrainingConfig, load_config
from lmms_eval_plugins.demo.training.data.asks import Topic, asks_of_tasks, draw_topics, subject_of
from lmms_eval_plugins.demo.training.data.clips import AnyClip, exam_clips, whole, windows_of
from lmms_eval_plugins.demo.training.data.footage import ExamFootage, Footage
from lmms_eval_plugins.demo.training.data.words import (
    HAND_KINDS,
    ITEM_KINDS,
    KINDS,
    YES,
    YES_NO_KINDS,
    QuestionSubject,
    answer_of_score,
    answer_words,
    load_wording,
    vocabulary_texts,
)
from lmms_eval_plugins.domain.fugl_meyer import ITEMS as FMA_ITEMS
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, PRIMITIVES
from lmms_eval_plugins.questions.reading import read
from lmms_eval_plugins.questions.sets import load_questions
from tests.demo.training.conftest import Untrained

QUESTIONS = shipped("tasks") / "strokerehab" / "questions"


def test_the_tasks_own_words_are_asked() -> None:
    """All of them, but for counts, what depends on the window before, and items that the demo does not film."""
    wording = load_wording()
    learned = [form.question for forms in wording.of_tasks.values() for form in forms]
    for path in sorted(QUESTIONS.glob("*.yaml")):
        for question in load_questions(path).questions:
            can_be_told = question.item in ITEMS if question.truth == "item_score" else question.truth in KINDS
            can_be_told &= question.answer.kind != "count"
            assert (question in learned) == can_be_told, (path.name, question.id)
    motion, grasp = load_questions(QUESTIONS / "primitives_3.yaml").questions
    assert wording.asked("motion", "left") == motion.render(hand="left")
    assert wording.asked("grasp", "right") == grasp.render(hand="right")


def test_every_kind_has_paraphrases() -> None:
    wording = load_wording()
    for kind in KINDS:
        assert len(wording.paraphrases[kind]) >= 4 or kind == "criterion"
    for kind in HAND_KINDS:
        assert all("{hand}" in form.text for form in wording.paraphrases[kind])


def test_questions_are_rendered_as_the_tasks_do(exams: tuple[ExamFootage, ExamFootage]) -> None:
    wording = load_wording()
    for question in load_questions(QUESTIONS / "ia1_3_30.yaml").questions:
        if question.item in ITEMS:
            subject = QuestionSubject(
                "left", question.item, question.arm, question.view, "left half" * (question.arm == "both")
            )
            texts = [form.render(subject) for kind in ITEM_KINDS for form in wording.own(kind, subject)]
            place = subject.place
            assert question.render(hand="left", item=FMA_ITEMS[question.item].name, place=place) in texts


def test_answers() -> None:
    said = {primitive: [answer_words(kind, primitive) for kind in HAND_KINDS[:3]] for primitive in PRIMITIVES}
    assert said == {
        "reach": ["YES", "NO", "reach"],
        "reposition": ["YES", "NO", "reposition"],
        "transport": ["YES", "YES", "transport"],
        "stabilize": ["NO", "YES", "stabilize"],
        "idle": ["NO", "NO", "idle"],
    }


def test_answers_are_read_back_and_lead_to_the_score(
    config: TrainingConfig, footage: tuple[Footage, Footage], exams: tuple[ExamFootage, ExamFootage]
) -> None:
    """The reader of the answer's kind understands every answer that is taught, as what it stands for."""
    wording = load_wording()
    kinds = {form.text: form.question.answer for forms in wording.of_tasks.values() for form in forms if form.question}
    clips: list[AnyClip] = [*windows_of(footage[0], config.pictures), whole(footage[1], config.pictures)]
    clips += [clip for video in exams for clip in exam_clips(video, config.pictures)]
    seen = set()
    for clip in clips:
        for ask in asks_of_tasks(clip, wording):
            seen.add(ask.kind)
            [kind] = {kind for text, kind in kinds.items() if _same(text, ask.question)}
            said = read(kind, ask.answer)
            if ask.kind in YES_NO_KINDS:
                assert said is (ask.answer == YES)
            elif ask.kind == "rating":
                assert said == int(ask.answer[-1])
            elif ask.kind == "primitives":
                assert said == tuple(ask.answer.split(", "))
            else:
                assert said == ask.answer.removeprefix("FINAL_ANSWER: ")
    assert seen == set(KINDS)


def _same(template: str, question: str) -> bool:
    parts = [re.escape(part) for part in re.split(r"\{\w+\}", re.sub(r"  +", " ", template).strip())]
    return re.fullmatch("[\\w ]*".join(parts), question) is not None


def test_scores_become_answers() -> None:
    """Yes or no settles a score or leaves it open; a rating without the score has the nearest one."""
    forms = load_wording().of_tasks
    by_id = {form.question.id: form for kind in ITEM_KINDS for form in forms[kind] if form.question}
    assert [answer_of_score(by_id["item13_elbow_bends"], score) for score in (0, 1, 2)] == ["NO", "YES", "NO"]
    assert [answer_of_score(by_id["item13_onset_arm_down"], score) for score in (0, 1, 2)] == ["NO", "YES", "YES"]
    low = next(form for form in forms["rating"] if form.question and form.question.answer.options == ("1", "2"))
    assert [answer_of_score(low, score) for score in (0, 1, 2)] == ["1", "1", "2"]


def test_a_mirrored_clip_is_about_the_other_side(
    config: TrainingConfig, exams: tuple[ExamFootage, ExamFootage]
) -> None:
    both = next(clip for clip in exam_clips(exams[0], config.pictures) if clip.arm == "both")
    item = exams[0].exam.items[0]
    twin = replace(both, is_mirrored=True)
    assert subject_of(both, item).place == "left half" and subject_of(twin, item).place == "right half"
    assert {subject_of(both, item).hand, subject_of(twin, item).hand} == {"left", "right"}


def test_short_answers_are_one_token_each(untrained: Untrained) -> None:
    tokenizer = untrained.processor.tokenizer
    for word in ("YES", "NO", "0", "1", "2", *PRIMITIVES, *(name for name in ACTIVITIES if " " not in name)):
        assert len(tokenizer(word)["input_ids"]) == 1, word
    for line in ("FINAL_SCORE: 1", "FINAL_ANSWER: face wash"):
        assert len(tokenizer(line)["input_ids"]) <= 6, line


def test_the_tokenizer_writes_everything(untrained: Untrained) -> None:
    tokenizer = untrained.processor.tokenizer
    for text in (*vocabulary_texts(load_wording()), "Etwas Neues: 12 °C, naïve\n\tčaj"):
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_the_busy_hand_is_always_asked_about() -> None:
    rng = generator(3)
    for busy in (0, 1):
        topics = draw_topics(busy, 4, 0.5, rng)
        assert topics[:2] == [Topic("motion", busy), Topic("grasp", busy)]
        assert len(topics) == 4
    many = draw_topics(0, 400, 0.5, rng)
    assert 0.4 < sum(topic.hand for topic in many) / len(many) < 0.6
    assert {topic.kind for topic in many} == {*HAND_KINDS, "activity"}


def test_the_configuration_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(Path(str(shipped_config())).read_text().replace("steps:", "stepz:"), encoding="utf-8")
    with pytest.raises(UserError, match=r"mine.yaml: recipe.ste.*"):
        load_config(path)
    path.write_text("a: [", encoding="utf-8")
    with pytest.raises(UserError, match="not valid YAML"):
        load_config(path)
    with pytest.raises(UserError, match="cannot be read"):
        load_config(tmp_path / "none.yaml")


def shipped_config() -> Path:
    from lmms_eval_plugins.demo.training.config import DEFAULT_CONFIG

    return DEFAULT_CONFIG
