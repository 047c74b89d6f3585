from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.models import usable
from lmms_eval_plugins.execution.plan import make_plan
from tests.support.command import Request

AT = "base_url=http://h/v1,model=m"


@pytest.mark.parametrize(
    ("model", "args", "says"),
    [
        ("rehab_tiny", "dtype=float99", "dtype: 'float99' is none of float32, bfloat16, float16"),
        ("rehab_tiny", "batch_size=0", "batch_size: 0 is not a whole number from 1 up"),
        ("rehab_tiny", "quantization=3bit", "quantization: '3bit' is none of fp8, 8bit, 4bit"),
        ("rehab_tiny", "declared_fps=-1", "declared_fps: -1 is not a number above 0"),
        ("rehab_tiny", "device=cud", "device: 'cud' is none of cpu, cuda, cuda:1, …"),
        ("rehab_tiny", "device_map=aut", "device_map: 'aut' is none of auto, balanced, "),
        ("rehab_tiny", "attn_implementation=sdp", "attn_implementation: unknown word 'sdp'; did you mean 'sdpa'?"),
        ("rehab_tiny", "attn_implementation=org/kernel", "attn_implementation: 'org/kernel' is a kernel on the hub"),
        ("rehab_tiny", "pretrained=/no/such", "pretrained: /no/such: no such file or folder"),
        ("rehab_tiny", "engine=vlm", "engine: 'vlm' is none of transformers, vllm"),
        ("rehab_tiny", "engine=vllm,mode=generate", "mode=generate: vLLM has one way to answer; leave it out, or take"),
        (
            "rehab_tiny",
            "engine=vllm,record=hidden",
            "record=hidden: vLLM gives no hidden states; leave it out",
        ),
        ("vjepa2_l", "engine=vllm", "engine: 'vllm' is none of transformers"),
        ("qwen2_5_vl", "", "which checkpoint?"),
        ("replay", "", "which answers?"),
        ("replay", "source=./no_such", "source: ./no_such: no such file or folder"),
        ("server", f"{AT},frames_as=x", "frames_as: unknown word 'x'; known are: auto, images"),
        ("server", f"{AT},frames_as=images,declared_fps=2", "declared_fps: single images have no frame rate"),
        ("server", f"{AT},api_key_env=NO_SUCH", "api_key_env: names no environment variable"),
        ("server", "model=m", "--model_args: base_url: this key is missing"),
        ("server", "base_url=h,model=m", "base_url: 'h' is no address"),
    ],
)
def test_a_model_that_cannot_be_made_is_named_at_once_and_stops_no_other(
    model: str, args: str, says: str, request_for: Request
) -> None:
    plan, errors = usable(make_plan(request_for(models=model, model_args=args)))
    assert len(errors) == 1 and errors[0].startswith(f"{model}: {says}") and not plan.cards and not plan.tasks
    if not args:
        plan, errors = usable(make_plan(request_for(models=f"omniscient,{model}")))
        assert [card.name for card in plan.cards] == ["omniscient"] and len(errors) == 1
        assert [task.models for task in plan.tasks] == [{"omniscient"}]


def test_an_argument_that_no_model_has_stops_all(request_for: Request) -> None:
    plan = make_plan(request_for(models="omniscient,rehab_tiny", model_args="dtype=float32"))
    with pytest.raises(UserError, match="omniscient: --model_args: omniscient takes no 'dtype'"):
        usable(plan)


@pytest.mark.parametrize(
    "args",
    [
        "device=cuda:1,device_map=balanced_low_0,attn_implementation=flash_attention_2",
        "device=cpu,device_map=cuda:0,attn_implementation=eager",
        "attn_implementation=paged|sdpa,pretrained=name/on-hub",
    ],
)
def test_right_values_pass(args: str, request_for: Request) -> None:
    assert usable(make_plan(request_for(models="rehab_tiny", model_args=args)))[1] == []


def test_a_key_in_the_file_of_secrets_is_known(
    request_for: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    secrets = tmp_path / ".config" / "strokerehab" / "secrets"
    secrets.parent.mkdir(parents=True)
    secrets.write_text("MY_KEY=x\n")
    secrets.chmod(0o600)
    assert usable(make_plan(request_for(models="server", model_args=f"{AT},api_key_env=MY_KEY")))[1] == []
