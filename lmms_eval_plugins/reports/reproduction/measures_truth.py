"""Measures of the checkout's labels and tables: the videos, the truth, and the baselines made of it."""

from __future__ import annotations

from typing import SupportsFloat

import numpy as np
import pandas as pd

from lmms_eval_plugins.assessments.dose.baselines import (
    MarkovChain,
    chunk_labels,
    constant_answers,
    decomposed_answers,
    direct_answers,
    omniscient_answers,
)
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.rule import horizon_error
from lmms_eval_plugins.assessments.dose.video import predict_timeline
from lmms_eval_plugins.assessments.dose.windows import durations, seconds_by_primitive, share_up_to
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.selections import Sources, project_selections, read_cohorts, read_selections, select
from lmms_eval_plugins.domain.fugl_meyer import ITEMS, SECTIONS
from lmms_eval_plugins.domain.sequences import action_error_rate, edit_score, relative_counting_error
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import COHORTS, GRASP_PRIMITIVES, MOTION_PRIMITIVES, activity_of
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.reports.reproduction.evidence import BEST_VIEWS, CLIPS, METADATA, Checkout, MissingPart, Values
from lmms_eval_plugins.reports.reproduction.facts import number
from lmms_eval_plugins.statistics.summary import mean_sem
from lmms_eval_plugins.study.checkout_tables import read_trials
from lmms_eval_plugins.study.left_right import FILE_NAME, find_hand_results, read_hand_results

SEEDS = 10
_PAIRS = DoseMethod(method="motion_grasp")
_SINGLES = DoseMethod(method="one_primitive")
_LIMITS_S = (0.50, 0.55, 0.80, 1.0, 5.0)
_QUESTIONS_CLIPS, _CHAINS_CLIPS = 2, 4


def videos(checkout: Checkout, log: str) -> Values:
    """Return counts, lengths, rates and sizes of all videos; ``log`` is not used."""
    del log
    table = checkout.videos
    trials = table.drop_duplicates("trial")
    views = table.groupby("trial").size()
    in_test = table[table["is_in_strokerehab_test_set"]]
    cohorts = pd.Series(read_cohorts(project_selections()))
    sizes = table.groupby(["width", "height"]).size()
    return {
        "videos": _floats(len(table)),
        "trials": _floats(len(trials), (~trials["stroke"]).sum(), trials["stroke"].sum()),
        "views": _floats((views == 2).sum(), (views == 1).sum()),
        "control and stroke videos": _floats((~table["stroke"]).sum(), table["stroke"].sum()),
        "subjects": _floats(*(table[table["stroke"] == has]["patient"].nunique() for has in (False, True))),
        "hours": _floats(table["duration_s"].sum() / 3600),
        "lengths": _floats(*(getattr(table["duration_s"], name)() for name in ("mean", "median", "max"))),
        "rates": _floats(*((table["fps"] == fps).sum() for fps in (60, 100, 20.2))),
        "sizes": _floats(*(sizes[pair] for pair in ((1088, 704), (704, 1088), (736, 352), (352, 736)))),
        "cohorts": _floats(*((cohorts == cohort).sum() for cohort in COHORTS)),
        "earlier test set": _floats(len(in_test), in_test["patient"].nunique()),
        "subsample": _floats(table["subsampled_test_set"].sum()),
    }


def selections(checkout: Checkout, log: str) -> Values:
    """Return the sizes of the project's selections, from the checkout's metadata; ``log`` is not used."""
    del log
    checkout.table(METADATA)
    problems: list[str] = []
    listed = read_trials(checkout.path / METADATA, None, read_cohorts(project_selections()), problems)
    if problems:
        raise UserError(problems[0])
    trials = [trial for trial, _ in listed]
    sources = Sources(checkout.path / METADATA, (project_selections(),))
    chosen = {name: select(trials, name, sources=sources) for name in ("identification", "dose_adl", "dose_rtt_shelf")}
    scored = select(trials, "identification_scored", sources=sources)
    tabletop = chosen["dose_rtt_shelf"]
    healthy = sum(trial.cohort == "healthy" for trial in scored)
    exercises = [activity_of(trial.activity) for trial in tabletop]
    cohorts = [trial.cohort for trial in tabletop]
    values = {
        "identification": _floats(len(chosen["identification"]), len(scored), healthy, len(scored) - healthy),
        "dose_adl": _floats(len(chosen["dose_adl"])),
        "best views": _floats(len(checkout.lines(BEST_VIEWS))),
        "RTT and shelf": _floats(len(tabletop), len({trial.patient for trial in tabletop})),
        "RTT and shelf, exercises": _floats(*(exercises.count(name) for name in ("RTT", "shelf"))),
        "RTT and shelf, minutes": _floats(sum(trial.duration_s for trial in tabletop) / 60),
        "RTT and shelf, cohorts": _floats(*(cohorts.count(name) for name in ("moderate", "mild", "healthy", "severe"))),
    }
    clips = {variant: _clips_with_questions(checkout, variant) for variant in (_QUESTIONS_CLIPS, _CHAINS_CLIPS)}
    values["clips"] = _floats(*(len(rows) for rows in clips.values()))
    answered = clips[_QUESTIONS_CLIPS]
    section = answered["fm_low"].map(lambda item: ITEMS[int(item)].section)
    for one in SECTIONS:
        seconds = answered["duration"][section == one.code]
        values[f"clips, {one.code}"] = _floats(seconds.median(), seconds.quantile(0.95))
    return values


def truth(checkout: Checkout, log: str) -> Values:
    """Return counts, seconds, lengths of primitives, windows and frame rates of a log's videos."""
    timelines = _truths(checkout, log)
    lengths = [length for own in durations(timelines).values() for length in own]
    seconds = seconds_by_primitive(timelines)
    about = checkout.videos.set_index("id").loc[[video.video_id for video in checkout.judged(log)]]
    judged = checkout.judged(log)
    windows = np.concatenate([video.ends_s - video.starts_s for video in judged])
    order = ("idle", "reach", "transport", "reposition", "stabilize")
    return {
        "videos": _floats(len(timelines)),
        "minutes": _floats(about["duration_s"].sum() / 60),
        "mean length": _floats(about["duration_s"].mean()),
        "primitives": _floats(len(lengths)),
        "primitives of a video": _floats(len(lengths) / len(timelines)),
        "seconds": _floats(*(seconds[name] for name in order)),
        "durations": _floats(*(100 * number(share_up_to(lengths, limit)) for limit in _LIMITS_S)),
        "windows": _floats(len(windows)),
        "window lengths": _floats(*(sum(abs(windows - length) < 1.5e-3) for length in (0.533, 0.396, 0.56))),
        "rates": _floats(*((about["fps"] == fps).sum() for fps in (60, 20.2, 100))),
        "portrait": _floats((about["height"] > about["width"]).sum()),
        "reach and reposition": _floats(
            len(lengths), sum(len(durations(timelines)[name]) for name in ("reach", "reposition"))
        ),
    }


def hands(checkout: Checkout, log: str) -> Values:
    """Return videos and windows of the table of left and right hands; ``log`` is not used.

    Raises:
        MissingPart: the table is not there.
    """
    del log
    try:
        windows = read_hand_results(find_hand_results([str(checkout.path)]), {})
    except UserError as error:
        raise MissingPart(f"{FILE_NAME} is not there") from error
    return {"videos and windows": _floats(len(windows), sum(map(len, windows.values())))}


def measure_baselines(checkout: Checkout, log: str) -> Values:
    """Return the baselines: three scores with SEMs, for ``Markov …`` their means over seeds; and transitions."""
    timelines = _truths(checkout, log)
    values = {
        "transport": _scores(timelines, [constant_answers(one) for one in timelines], _SINGLES),
        "omniscient": _scores(timelines, [omniscient_answers(one) for one in timelines], _PAIRS),
    }
    for name, answers, method in (
        ("Markov, decomposed", decomposed_answers, _PAIRS),
        ("Markov, direct", direct_answers, _SINGLES),
    ):
        drawn = [
            _scores(timelines, answers(timelines, np.random.default_rng(seed)), method)[::2] for seed in range(SEEDS)
        ]
        values[name] = _floats(*np.mean(drawn, axis=0))
    for name, labels in (("motion", MOTION_PRIMITIVES), ("grasp", GRASP_PRIMITIVES)):
        chain = MarkovChain.fit([[chunk.label in labels for chunk in chunk_labels(one)] for one in timelines])
        at = {state: place for place, state in enumerate(chain.states)}
        pairs = ((False, False), (False, True), (True, True), (True, False))
        values[f"transitions, {name}"] = _floats(*(chain.transition_counts[at[a], at[b]] for a, b in pairs))
    return values


def reach_window(checkout: Checkout, log: str) -> Values:
    """Return the AER of the rule on true motion and grasp by its horizon: of the last video, and the mean."""
    timelines = _truths(checkout, log)
    values: dict[str, tuple[float, ...]] = {}
    for horizon_s in (1.0, 1.5, 2.0, 2.5, 3.0):
        errors = [horizon_error(one, horizon_s) for one in timelines]
        values[f"{horizon_s} s"] = _floats(errors[-1], np.mean(errors))
    return values


def _truths(checkout: Checkout, log: str) -> list[Timeline]:
    return [video.truth for video in checkout.judged(log)]


def _scores(truths: list[Timeline], answers: list[list[WindowAnswers]], method: DoseMethod) -> tuple[float, ...]:
    predicted = [predict_timeline(windows, method).labels for windows in answers]
    pairs = list(zip(predicted, (one.labels for one in truths), strict=True))
    found = [
        mean_sem([score(a, b) for a, b in pairs]) for score in (edit_score, action_error_rate, relative_counting_error)
    ]
    return tuple(number(value) for one in found for value in one)


def _clips_with_questions(checkout: Checkout, variant: int) -> pd.DataFrame:
    table = checkout.table(CLIPS.format(variant))
    patients = read_selections(Sources(checkout.path / METADATA, (project_selections(),)))["fma"][0].patients
    rows: pd.DataFrame = table[table["is_question_view"] & table["patient"].isin(patients or ())]
    return rows


def _floats(*numbers: SupportsFloat) -> tuple[float, ...]:
    return tuple(map(float, numbers))
