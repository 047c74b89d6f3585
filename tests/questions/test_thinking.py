"""What is a thought, by which markers; what stands in the marks of an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.questions.thinking import answer_in, thinks_by, without_thoughts


@pytest.mark.parametrize(
    ("reply", "spoken"),
    [
        ("A cup.", "A cup."),
        ("<think>a</think>b", "b"),
        ("<THINK>a</Think>b", "b"),
        ("&lt;think&gt;a&lt;/think&gt;b", "b"),
        ("b<think>a", "b"),
        ("a</think>b", "b"),
        ("<think>a<think>b</think>c</think>d", "d"),
        ("<think>a</think>b<think>c</think>d", "bd"),
        ("<think>a</thinking>b", "b"),
        ('<details type="reasoning" done="true">a</details>b', "b"),
        ("```reasoning\na\n```\nb", "\nb"),
        ("```\nb\n```", "```\nb\n```"),
        ("Here is my thought process: a\nHere is my response: b", " b"),
        ("<|channel|>analysis<|message|>a", ""),
        ("<|channel|>commentary<|message|>a<|end|><|channel|>final<|message|>b", "b"),
        ("<|inner_prefix|>a<|inner_suffix|>b", "b"),
        ("analysis of a cup", "analysis of a cup"),
        ("b<|end|>", "b<|end|>"),
    ],
)
def test_thoughts_are_left_out(reply: str, spoken: str) -> None:
    assert without_thoughts(reply) == spoken


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("A cup.", None),
        ("<answer>b</answer>", "b"),
        ("a <answer>b", "b"),
        ("<answer>a</answer> <answer>b</answer>", "b"),
        ("<answer>b</answer> or in <answer></answer>", "b"),
        ("<|begin_of_box|>b<|end_of_box|>", "b"),
        ("<|begin_of_solution|>b<|end_of_solution|>", "b"),
        ("<CONCLUSION>b</CONCLUSION>", "b"),
        ("$\\boxed{a}$ and $\\boxed{\\text{b}}$", "\\text{b}"),
        ("\\boxed{b", "b"),
        ("[link](b) [answer](b)", None),
    ],
)
def test_an_answer_stands_in_its_marks(reply: str, answer: str | None) -> None:
    assert answer_in(reply) == answer


def test_a_template_with_marks_of_thoughts_is_one_of_a_model_that_thinks() -> None:
    assert thinks_by("{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}")
    assert thinks_by("{{ '[THINK]' + message.reasoning + '[/THINK]' }}")
    assert not thinks_by("{% for message in messages %}<|im_start|>{{ message.role }}{% endfor %}")
    assert not thinks_by("")


@given(st.text(st.sampled_from("<>|/[]{}\\thinkanswer \n`◁▷"), max_size=60))
def test_any_text_is_taken(text: str) -> None:
    spoken, inside = without_thoughts(text), answer_in(text)
    assert set(spoken) <= set(text) and len(spoken) <= len(text)
    assert inside is None or (inside in text and inside.strip())
