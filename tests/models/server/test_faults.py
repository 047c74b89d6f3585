"""Errors as servers really write them: their words, and whether a filter is at work."""

from __future__ import annotations

import pytest

from lmms_eval_plugins.models.server.faults import ErrorBody, error_in, filter_reason

AZURE = {
    "error": {
        "message": "The response was filtered due to the prompt triggering a policy.",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {"violence": {"filtered": True, "severity": "medium"}},
        },
    }
}


def found(value: object) -> ErrorBody:
    error = error_in(value)
    assert error is not None
    return error


@pytest.mark.parametrize(
    ("value", "message", "status"),
    [
        ({"error": {"message": "no", "code": "bad", "type": "x"}}, "no", None),
        ({"error": {"message": "no", "code": 502}}, "no", 502),
        ({"error": "no"}, "no", None),
        ({"error": "no", "code": "The caller may not"}, "no", None),
        ({"error": "Bad Request", "message": "no frames", "status": 400}, "Bad Request: no frames", 400),
        ({"error": {"error": {"message": "no"}}}, "no", None),
        ({"error": True}, "True", None),
        ({"error": {"x": 1}}, "{'x': 1}", None),
        ({"errors": [{"message": "a"}, {"message": "b"}]}, "a; b", None),
        ([{"error": {"code": 400, "message": "no", "status": "INVALID_ARGUMENT"}}], "no", 400),
        ({"detail": "no"}, "no", None),
        ({"detail": [{"loc": ["body", "n"], "msg": "wrong", "type": "int"}]}, "body.n: wrong", None),
        ({"detail": {"message": "no"}}, "no", None),
        ({"title": "Bad Request", "status": 400, "detail": "no"}, "no", 400),
        ({"object": "error", "message": "no", "code": 400}, "no", 400),
        ({"message": "no", "code": "Throttling"}, "no", None),
        ({"error_code": 17, "error_msg": "no"}, "no", None),
        ({"choices": [], "base_resp": {"status_code": 1008, "status_msg": "no"}}, "no", None),
        ({"fault": {"faultstring": "no", "detail": {"errorcode": "x"}}}, "no", None),
    ],
)
def test_errors_as_servers_write_them(value: object, message: str, status: int | None) -> None:
    assert (found(value).message, found(value).status) == (message, status)


@pytest.mark.parametrize(
    "value",
    [
        {"choices": []},
        {"choices": [{}], "error": None},
        {"choices": [{}], "detail": "x", "message": "x"},
        {"choices": [{}], "base_resp": {"status_code": 0, "status_msg": "success"}},
        {"error": {}},
        "no",
        7,
        None,
        [],
    ],
)
def test_what_is_no_error(value: object) -> None:
    assert error_in(value) is None


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (AZURE, 400),
        ({"error": {"message": "no", "type": "content_policy_violation"}}, 400),
        ({"error": {"message": "litellm.ContentPolicyViolationError: no", "type": None, "code": "400"}}, 400),
        (
            {"error": {"message": "Input data may contain inappropriate content.", "code": "data_inspection_failed"}},
            400,
        ),
        (
            {"error": {"message": "<400> InternalError.Algo.DataInspectionFailed: no", "code": "DataInspectionFailed"}},
            400,
        ),
        ({"error": {"message": "Content Exists Risk", "type": "invalid_request_error"}}, 400),
        ({"detail": "Content Exists Risk"}, 400),
        ({"error": {"message": "no", "code": "sensitive_words_detected"}}, 400),
        ({"error": {"message": "no", "code": "InputImageSensitiveContentDetected"}}, 400),
        ({"error": {"message": "no", "code": "moderation_blocked"}}, 400),
        ({"error": {"message": "Your prompt was flagged as potentially violating our usage policy."}}, 400),
        ({"error": {"message": "Your input image was rejected by our safety system.", "type": "user_error"}}, 400),
        (
            {
                "error": "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO",
                "code": "no permission",
            },
            403,
        ),
        ({"error": {"code": 403, "message": "no", "metadata": {"reasons": ["violence"], "flagged_input": "…"}}}, 403),
        ({"error": {"code": 403, "message": "no", "metadata": {"error_type": "x", "reason": "refusal"}}}, 403),
        ({"error": {"message": "Output blocked by content filtering policy", "type": "invalid_request_error"}}, 400),
        ({"error": {"message": "no", "code": "1301", "contentFilter": [{"level": 1}]}, "title": "敏感内容"}, 400),
        ({"error": {"message": "系统检测到输入可能包含不安全或敏感内容", "code": "1301"}}, 400),
        ({"error": {"message": "prompt blocked", "type": "safety"}}, 400),
        ({"error": {"message": "Request blocked by a guardrail"}}, 422),
        ([{"error": {"message": "PROHIBITED_CONTENT", "code": 400, "status": "INVALID_ARGUMENT"}}], 400),
        ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "message": "blocked"}, 400),
    ],
)
def test_a_filter_refuses(value: object, status: int) -> None:
    assert found(value).refuses(status)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ({"error": {"message": "This model's maximum context length is 4096 tokens", "type": "BadRequestError"}}, 400),
        ({"error": {"message": 'Invalid JSON payload received. Unknown name "reasoning"', "code": 400}}, 400),
        ({"error": {"message": "At most 1 image(s) may be provided in one prompt."}}, 400),
        ({"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}, 401),
        ({"error": {"message": "policy forbids this key: content filter", "code": "content_filter"}}, 401),
        ({"error": {"message": "The caller does not have permission", "code": 403}}, 403),
        ({"error": {"message": "Your request was blocked."}}, 403),
        ({"error": {"message": "Rate limit reached", "type": "tokens"}}, 429),
        ({"error": {"message": "content too large", "type": "content_too_large"}}, 413),
        ({"error": {"message": "absolute aspect ratio must be smaller than 200"}}, 400),
        ({"detail": [{"loc": ["body"], "msg": "field required", "type": "value_error.missing"}]}, 422),
        ({"error": {"message": "unsupported content type", "code": "unsupported_content_type"}}, 400),
    ],
)
def test_no_filter_is_at_work(value: object, status: int) -> None:
    assert not found(value).refuses(status)


def test_why_there_are_no_choices() -> None:
    results = [{"prompt_index": 0, "content_filter_results": AZURE["error"]["innererror"]["content_filter_result"]}]  # type: ignore[index]
    assert filter_reason({"choices": [], "prompt_filter_results": results}) == "filtered (severity medium)"
    assert filter_reason({"promptFeedback": {"blockReason": "SAFETY"}}) == "the prompt was blocked (SAFETY)"
    assert filter_reason({"choices": [], "prompt_filter_results": [{"violence": {"filtered": False}}]}) == ""
