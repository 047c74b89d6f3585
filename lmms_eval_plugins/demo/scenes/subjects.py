"""The subjects: seeded people, their looks, how well they move, and the room and camera of their visit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lmms_eval_plugins.domain.vocabulary import COHORTS, Cohort, Hand

Colour = tuple[int, int, int]
"""Red, green, blue; 0 to 255."""

SKINS: tuple[Colour, ...] = (
    (246, 211, 186),
    (232, 188, 156),
    (205, 152, 112),
    (168, 115, 80),
    (122, 80, 56),
    (88, 58, 44),
)
SHIRTS: tuple[Colour, ...] = (
    (62, 98, 158),
    (52, 122, 104),
    (150, 58, 62),
    (96, 78, 136),
    (70, 76, 88),
    (188, 148, 70),
    (92, 140, 178),
    (120, 132, 84),
)
HAIRS: tuple[Colour, ...] = (
    (40, 32, 30),
    (84, 56, 38),
    (150, 108, 62),
    (150, 150, 154),
    (206, 204, 202),
    (112, 52, 34),
)
STRAPS: tuple[Colour, ...] = ((240, 110, 30), (225, 40, 120), (40, 170, 235), (150, 205, 40))
TABLES: tuple[Colour, ...] = ((150, 112, 78), (118, 86, 62), (128, 132, 138), (92, 104, 116))
WALLS: tuple[Colour, ...] = ((206, 212, 208), (214, 206, 190), (190, 204, 218), (196, 196, 204))
HAIR_STYLES = ("short", "long", "bald", "bun")


@dataclass(frozen=True, slots=True)
class Looks:
    """The looks of a person; ``build`` and ``height`` are factors around 1, colours are `Colour`."""

    skin: Colour
    shirt: Colour
    hair: Colour
    hair_style: str
    strap: Colour
    long_sleeves: bool
    glasses: bool
    beard: bool
    build: float
    height: float


@dataclass(frozen=True, slots=True)
class Movement:
    """The motor ability of the labelled hand.

    ``slowness`` and ``pauses`` are factors on the durations of motion and rest, ``extent`` the part of a target's
    distance that the hand covers, ``pieces`` the submovements in one movement, ``tremor_m`` the amplitude of shaking in
    metres, ``bend_m`` how far a path bends sideways in metres, ``lean`` how much of a reach the trunk does (0 to 1).
    """

    slowness: float
    pauses: float
    extent: float
    pieces: int
    tremor_m: float
    bend_m: float
    lean: float


@dataclass(frozen=True, slots=True)
class Visit:
    """Room and camera of a visit: ``light`` is brightness around 1, ``warmth`` tints it (−1 to 1), ``light_from`` the
    picture side that light comes from (−1 left, 1 right), ``noise`` the sensor's deviation in grey levels; ``yaw_deg``
    turns the camera around the patient (positive: it stands on the patient's left), ``pan_px`` shifts the picture,
    ``zoom`` enlarges it.
    """

    table: Colour
    wall: Colour
    light: float
    warmth: float
    light_from: int
    noise: float
    yaw_deg: float
    pan_px: tuple[float, float]
    zoom: float


@dataclass(frozen=True, slots=True)
class Subject:
    """One synthetic person on one visit; ``hand`` is the affected hand (a control's tested one), which is labelled."""

    code: str
    cohort: Cohort
    hand: Hand
    looks: Looks
    movement: Movement
    visit: Visit


MOVEMENT: dict[Cohort, Movement] = {
    "healthy": Movement(1.0, 1.0, 1.0, 1, 0.0003, 0.010, 0.10),
    "mild": Movement(1.25, 1.15, 0.95, 2, 0.0006, 0.020, 0.18),
    "moderate": Movement(1.65, 1.45, 0.85, 3, 0.0011, 0.035, 0.30),
    "severe": Movement(2.3, 1.9, 0.70, 4, 0.0017, 0.050, 0.42),
}
"""Typical motor ability of each cohort's affected hand (the other hand moves like a healthy one)."""


def generator(*key: int) -> np.random.Generator:
    """Return the random generator of a key (seed, subject, purpose …).

    Labels depend on its ``uniform`` and ``integers`` only: they use no function of the C library, so they are the same
    on every machine.
    """
    return np.random.Generator(np.random.PCG64(key))


def make_subject(seed: int, index: int) -> Subject:
    """Make the ``index``-th person (from 0) of a seed; cohorts alternate.

    Codes are ``DC0001`` for a control and ``DS0001`` for stroke, unlike those of the study. Seed 0, the demo dataset's,
    has the colours of the palettes; other seeds have colours near them, never the same.
    """
    rng = generator(seed, index, 0)
    cohort = COHORTS[index % len(COHORTS)]
    turn, place = divmod(index, len(COHORTS))
    code = f"DC{turn + 1:04d}" if cohort == "healthy" else f"DS{turn * (len(COHORTS) - 1) + place:04d}"
    subject = Subject(
        code=code,
        cohort=cohort,
        hand="left" if (turn + place + int(generator(seed, 1).integers(2))) % 2 else "right",
        looks=_looks(rng, seed, index),
        movement=_movement(rng, cohort),
        visit=_visit(rng, index),
    )
    return _recoloured(subject, generator(seed, index, 5)) if seed else subject


def _recoloured(subject: Subject, rng: np.random.Generator) -> Subject:
    looks, visit = subject.looks, subject.visit
    return replace(
        subject,
        looks=replace(
            looks,
            skin=_near(looks.skin, SKINS, rng),
            shirt=_near(looks.shirt, SHIRTS, rng),
            hair=_near(looks.hair, HAIRS, rng),
            strap=_near(looks.strap, STRAPS, rng),
        ),
        visit=replace(visit, table=_near(visit.table, TABLES, rng), wall=_near(visit.wall, WALLS, rng)),
    )


def _near(colour: Colour, palette: tuple[Colour, ...], rng: np.random.Generator) -> Colour:
    """Draw a colour slightly brighter or darker than one of a palette, of a slightly different hue, and not in it."""
    while True:
        light = float(rng.uniform(5, 16)) * (1 if rng.integers(2) else -1)
        red, green, blue = (min(255, max(0, round(part + light + float(rng.uniform(-9, 9))))) for part in colour)
        if (red, green, blue) not in palette:
            return red, green, blue


def _looks(rng: np.random.Generator, seed: int, index: int) -> Looks:
    hair_style = HAIR_STYLES[int(rng.integers(len(HAIR_STYLES)))]
    return Looks(
        skin=SKINS[(index + seed + 2 * (index // len(SKINS))) % len(SKINS)],
        shirt=SHIRTS[(3 * index + seed) % len(SHIRTS)],
        hair=HAIRS[int(rng.integers(len(HAIRS)))],
        hair_style=hair_style,
        strap=STRAPS[int(rng.integers(len(STRAPS)))],
        long_sleeves=bool(rng.integers(2)),
        glasses=bool(rng.integers(3) == 0),
        beard=hair_style in ("short", "bald") and bool(rng.integers(2)),
        build=float(rng.uniform(0.92, 1.15)),
        height=float(rng.uniform(0.95, 1.05)),
    )


def _movement(rng: np.random.Generator, cohort: Cohort) -> Movement:
    base = MOVEMENT[cohort]
    own = rng.uniform(0.93, 1.07, 5)
    return Movement(
        slowness=base.slowness * float(own[0]),
        pauses=base.pauses * float(own[1]),
        extent=min(1.0, base.extent * float(own[2])),
        pieces=base.pieces,
        tremor_m=base.tremor_m * float(own[3]),
        bend_m=base.bend_m * float(own[4]),
        lean=base.lean,
    )


def _visit(rng: np.random.Generator, index: int) -> Visit:
    return Visit(
        table=TABLES[int(rng.integers(len(TABLES)))],
        wall=WALLS[int(rng.integers(len(WALLS)))],
        light=float(rng.uniform(0.85, 1.08)),
        warmth=float(rng.uniform(-1, 1)),
        light_from=-1 if rng.integers(2) else 1,
        noise=float(rng.uniform(1.0, 2.8)),
        yaw_deg=float(rng.uniform(4, 14)) * (-1 if index % 2 else 1),
        pan_px=(float(rng.uniform(-10, 10)), float(rng.uniform(-6, 6))),
        zoom=float(rng.uniform(0.97, 1.06)),
    )
