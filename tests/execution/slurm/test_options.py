from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.execution.slurm.options import IN_PLACE_OF, OWN_KEYS, REFUSED, for_job, read_options, replaced


@pytest.mark.parametrize("key", ["mem-per-cpu", "mem_per_cpu", "--mem-per-cpu", "Mem-Per-CPU"])
def test_a_key_may_be_spelt_in_any_way(key: str) -> None:
    assert read_options({key: "4G"}) == {"mem-per-cpu": "4G"}


def test_short_options_are_long_ones() -> None:
    assert read_options({"-w": "n1", "L": "matlab:1"}) == {"nodelist": "n1", "licenses": "matlab:1"}


def test_flags_have_no_value() -> None:
    assert read_options({"exclusive": "", "hold": "true", "overcommit": "False"}) == {"exclusive": "", "hold": ""}


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("time", "give it by the key `time`"),
        ("-c", "give it by the key `cpus`"),
        ("mem", "give it by the key `mem_gb`"),
        ("array", "give --shards"),
        ("a", "give --shards"),
        ("--dependency", "merges waits"),
        ("o", "status"),
        ("job_name", "the model's"),
        ("no-requeue", "always requeued"),
        ("export", "environment"),
        ("M", "SLURM_CLUSTERS"),
        ("arr", "whole name"),
        ("mem-per", "whole name"),
        ("--", "no name"),
        ("a\nb", "no name"),
        ("x;y", "no name"),
    ],
)
def test_what_a_site_cannot_give_is_refused_by_name(key: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as error:
        read_options({key: "1"})
    assert str(error.value).startswith(f"extra.{key}: ")


def test_an_option_is_given_once_and_on_one_line() -> None:
    with pytest.raises(ValueError, match="mem-per-cpu is given twice"):
        read_options({"mem_per_cpu": "1G", "mem-per-cpu": "2G"})
    with pytest.raises(ValueError, match="line break"):
        read_options({"comment": "a\nrm -r b"})


def test_options_about_gpus_are_for_jobs_with_some() -> None:
    options = read_options({"mem-per-cpu": "1G", "gpus-per-node": "a100:2", "gpu-bind": "closest", "mail-type": "FAIL"})
    assert for_job(options, has_gpus=True) == options
    assert for_job(options, has_gpus=False) == {"mem-per-cpu": "1G", "mail-type": "FAIL"}
    assert replaced(options) == {"mem": "mem-per-cpu", "gres": "gpus-per-node"}


_KEYS = st.text(max_size=12) | st.sampled_from([*OWN_KEYS, *REFUSED, *IN_PLACE_OF])


@given(st.dictionaries(_KEYS, st.text(max_size=5), max_size=4))
def test_nothing_that_we_control_gets_through(given_: dict[str, str]) -> None:
    try:
        options = read_options(given_)
    except ValueError:
        return
    assert not {*OWN_KEYS, *REFUSED} & options.keys()
    assert all(value.isprintable() for value in options.values())
    assert read_options(options) == options
