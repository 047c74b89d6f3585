from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.tasks.arguments import SAMPLING_KEYS, override_sampling, parse_model_args, split_sampling
from lmms_eval_plugins.video.windows import Dense, Uniform

PUBLISHED = Dense(fps=15, frames=8)
WHOLE = Uniform(strategy="uniform", frames=32)

keys = st.from_regex(r"[a-z][a-z0-9_]{0,15}", fullmatch=True)
texts = st.from_regex(r"[A-Za-z/_][A-Za-z0-9/_.=:@+-]{0,30}", fullmatch=True).filter(
    lambda text: text.lower() not in ("true", "false")
)
values = st.one_of(st.integers(), st.booleans(), texts, st.floats(allow_nan=False, allow_infinity=False))


@given(st.dictionaries(keys, values))
def test_what_is_written_is_read(args: dict[str, object]) -> None:
    assert parse_model_args(",".join(f"{key}={value}" for key, value in args.items())) == pytest.approx(args)


@given(st.dictionaries(st.one_of(keys, st.sampled_from(SAMPLING_KEYS)), values))
def test_every_key_goes_one_way(args: dict[str, object]) -> None:
    sampling, rest = split_sampling(args)
    assert {**sampling, **rest} == args
    assert set(sampling) <= set(SAMPLING_KEYS) and not set(rest) & set(SAMPLING_KEYS)


def test_spaces_and_empty_entries_do_not_count() -> None:
    assert parse_model_args(" a = 1 ,, b=x ,") == {"a": 1, "b": "x"}
    assert parse_model_args("") == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("/a=b/c=1", "/a=b/c=1"),
        ("007", "007"),
        ("1_000", "1_000"),
        ("1234567e10", "1234567e10"),
        ("nan", "nan"),
        ("infinity", "infinity"),
        ("-3", -3),
        ("1e-6", 1e-6),
        (".5", 0.5),
        ("True", True),
        ("", ""),
    ],
)
def test_values(text: str, value: object) -> None:
    parsed = parse_model_args(f"key={text}")["key"]
    assert parsed == value and type(parsed) is type(value)


@pytest.mark.parametrize(
    ("text", "says"),
    [("a=1,b,c=2", "'b' is not key=value"), ("=1", "not key=value"), ("a=1,b=2,a=3", "a is given twice")],
)
def test_what_cannot_be_parsed(text: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        parse_model_args(text)


@pytest.mark.parametrize(
    ("own", "given", "expected"),
    [
        (PUBLISHED, "", PUBLISHED),
        (
            PUBLISHED,
            "max_frames_num=1,sampling_strategy=dense,sampling_fps=1,overlap_frames_num=0",
            Dense(fps=1, frames=1),
        ),
        (PUBLISHED, "max_frames_num=16", Dense(fps=15, frames=16)),
        (PUBLISHED, "overlap_frames_num=4", Dense(fps=15, frames=8, overlap=4)),
        (PUBLISHED, "sampling_fps=7.5", Dense(fps=7.5, frames=8)),
        (PUBLISHED, "sampling_strategy=uniform,max_frames_num=32,overlap_frames_num=0", WHOLE),
        (PUBLISHED, "sampling_strategy=uniform", Uniform(strategy="uniform", frames=8)),
        (WHOLE, "max_frames_num=8", Uniform(strategy="uniform", frames=8)),
        (WHOLE, "sampling_strategy=dense,sampling_fps=15,max_frames_num=8", PUBLISHED),
    ],
)
def test_sampling_keys_override_the_task(own: Dense | Uniform, given: str, expected: Dense | Uniform) -> None:
    assert override_sampling(own, parse_model_args(given)) == expected


@pytest.mark.parametrize(
    ("own", "given", "says"),
    [
        (PUBLISHED, "max_frames_num=many", "max_frames_num=many"),
        (PUBLISHED, "max_frames_num=0", "max_frames_num=0"),
        (PUBLISHED, "max_frames_num=1.5", "max_frames_num=1.5"),
        (PUBLISHED, "sampling_fps=-1", "sampling_fps=-1"),
        (PUBLISHED, "sampling_fps=nan", "sampling_fps=nan"),
        (PUBLISHED, "overlap_frames_num=-1", "overlap_frames_num=-1"),
        (PUBLISHED, "overlap_frames_num=8", r"overlap_frames_num: overlap \(8\) must be smaller than frames \(8\)"),
        (PUBLISHED, "sampling_strategy=dens", "sampling_strategy=dens is unknown; did you mean 'dense'"),
        (PUBLISHED, "sampling_strategy=uniform,sampling_fps=2", "sampling_fps does not go with"),
        (PUBLISHED, "sampling_strategy=uniform,overlap_frames_num=2", "overlap_frames_num does not go with"),
        (WHOLE, "sampling_strategy=dense", "needs sampling_fps"),
        (WHOLE, "sampling_fps=2", "sampling_fps does not go with"),
    ],
)
def test_wrong_sampling_names_the_key(own: Dense | Uniform, given: str, says: str) -> None:
    with pytest.raises(UserError, match=f"^--model_args: .*{says}"):
        override_sampling(own, parse_model_args(given))
