from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lmms_eval_plugins.models.codebases.wire import Message, NotAMessage, receive, send

plain = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))
any_array = arrays.arrays(
    st.sampled_from(["u1", "<f4", "<i8"]), arrays.array_shapes(min_dims=0, max_dims=4, max_side=4)
)


def sent(*messages: Message) -> io.BytesIO:
    stream = io.BytesIO()
    for message in messages:
        send(stream, message)
    stream.seek(0)
    return stream


@given(st.text(), st.dictionaries(st.text(), plain), st.lists(any_array, max_size=3))
def test_what_is_sent_arrives(kind: str, values: dict[str, object], given_arrays: list[np.ndarray]) -> None:
    stream = sent(Message(kind, values, given_arrays), Message("next"))
    got = receive(stream)
    assert got and (got.kind, got.values) == (kind, values)
    for array, expected in zip(got.arrays, given_arrays, strict=True):
        assert (array.dtype, array.shape, array.tobytes()) == (expected.dtype, expected.shape, expected.tobytes())
    following = receive(stream)
    assert following and following.kind == "next"
    assert receive(stream) is None


def test_arrays_need_not_lie_in_one_piece() -> None:
    frames = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)[:, ::-1, ::2]
    got = receive(sent(Message("m", {}, [frames])))
    assert got and got.arrays[0].tolist() == frames.tolist()


def test_a_probability_of_zero_arrives() -> None:
    got = receive(sent(Message("m", {"yes": float("-inf")})))
    assert got and got.values["yes"] == float("-inf")


@pytest.mark.parametrize("cut", [3, 8, 20, -1])
def test_half_a_message_is_none(cut: int) -> None:
    whole = sent(Message("kind", {"a": 1}, [np.zeros(5)])).getvalue()
    with pytest.raises(NotAMessage):
        receive(io.BytesIO(whole[:cut]))


@pytest.mark.parametrize("rubbish", [b"Loading checkpoint shards: 100%", b"SRH1\xff\xff\xff\xff"])
def test_rubbish_is_no_message(rubbish: bytes) -> None:
    with pytest.raises(NotAMessage, match="is not the beginning of a message"):
        receive(io.BytesIO(rubbish))
