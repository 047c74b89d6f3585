"""Make the fixtures of the golden tests anew: ``python -m tests.golden.make FOLDER``, from the root of the checkout.

Uses the command line alone, PyAV and transformers' own classes, and nothing of the package's inside. See README.md:
the committed fixtures are those of the code before the rooms were drawn anew; new ones prove nothing about it.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

import av
import numpy as np

from tests.golden.families import fingerprints
from tests.golden.outputs import DECODED, PRINTED, PUBLISHED, SHARED, call, data_of, decode_into, digests_of
from tests.golden.plans import ROOT, STAMP, neutral, plan_of

WIDTH, HEIGHT, FPS, SECONDS = 64, 48, 15, 4

PATIENTS = {"P01": "healthy", "P02": "mild", "P03": "moderate", "P04": "severe"}
ACTIVITIES = ("feeding", "RTT left side", "drinking", "shelf")
PRIMITIVES = ("reach", "transport", "reposition", "idle", "stabilize")

SCORED = ("run.json", "answers.jsonl", "scores.json")
"""What is kept of a run's folder."""

CARDS = {
    "oracle": "kind: ceiling\nwrapper: omniscient\n",
    "chain": "kind: blind\nwrapper: markov\nfits_on_other_subjects: true\n",
    "mover": "kind: blind\nwrapper: always_transport\n",
    "same": "kind: blind\nwrapper: constant\nargs: {answer: reach}\n",
    "guesses": "kind: blind\nwrapper: bot\nargs: {seed: 0}\n",
    "noisy": "kind: replay\nwrapper: replay\nreplays: true\n",
    "looking": "wrapper: bot\nargs: {seed: 3}\n",
    "tiny": "wrapper: rehab_qwen2_5_vl\nargs: {batch_size: 4, device: cpu, min_pixels: 3136, max_pixels: 6272}\n",
}
"""Model cards of our own: those shipped have words in them, which may be edited, and which a run's plan hashes."""

COARSE = "sampling_fps=8,max_frames_num=8"
TINY = f"{COARSE},pretrained=checkpoint"

RUNS: tuple[tuple[str, str, str], ...] = (
    ("strokerehab_primitives_3", "chain", ""),
    ("strokerehab_primitives_3", "tiny", TINY),
    ("strokerehab_primitives_2", "chain", f"{COARSE},mode=direct"),
    ("strokerehab_primitives_1", "guesses", ""),
    ("strokerehab_primitives_1", "same", COARSE),
    ("strokerehab_identification_1", "guesses", ""),
    ("strokerehab_identification_1", "oracle", ""),
    ("strokerehab_ia2_3_30", "guesses", ""),
    ("strokerehab_ia2_31_33", "guesses", ""),
    ("strokerehab_counting", "oracle", ""),
    ("strokerehab_counting", "mover", ""),
    ("strokerehab_counting", "guesses", "do_crop=True,do_postprocess=True,box_px=32,still_px=0.1"),
)
"""Task, model and ``--model_args`` of the runs; tasks in `NOISY` get one of noisy replies beside them."""

NOISY_ARGS = {
    "strokerehab_primitives_3": "",
    "strokerehab_primitives_2": COARSE,
    "strokerehab_identification_1": "",
}
"""Task → ``--model_args`` of the run of noisy replies."""

NOISY = {
    "strokerehab_primitives_3": "chain",
    "strokerehab_primitives_2": "chain",
    "strokerehab_identification_1": "oracle",
}
"""Task → the model whose answers are made noisy."""

MAIN = "from lmms_eval_plugins.cli import main; main()"

SBATCH = "#!/bin/sh\necho Submitted batch job 1\n"
"""A cluster that takes every job and does nothing."""


def command(folder: Path, *arguments: str, fine: Iterable[int] = (0,)) -> None:
    """Run `strokerehab` in a folder."""
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-c", MAIN, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PATH": path},
    )
    if done.returncode not in fine:
        raise SystemExit(f"{arguments}: status {done.returncode}\n{done.stdout}{done.stderr}")


def make(folder: Path) -> None:
    """Make everything in a new folder."""
    folder.mkdir(parents=True)
    make_videos(folder / "data")
    make_clips(folder / "data")
    make_checkpoint(folder / "checkpoint")
    (folder / "cards").mkdir()
    for name, card in CARDS.items():
        (folder / "cards" / f"{name}.yaml").write_text(f"about: a model of the golden tests\n{card}", encoding="utf-8")
    for task, model, args in RUNS:
        run(folder, "runs", task, model, args)
    (folder / "noisy").mkdir()
    for task, model in NOISY.items():
        write_noisy(folder / "runs" / task / model / STAMP / "answers.jsonl", folder / "noisy" / f"{task}.jsonl")
        run(folder, "runs", task, "noisy", ",".join(filter(None, (NOISY_ARGS[task], f"source=noisy/{task}.jsonl"))))
    shutil.rmtree(folder / "noisy")  # what the runs of it answered is the same
    shutil.rmtree(folder / "runs" / "strokerehab_primitives_3" / "chain")
    shutil.rmtree(folder / "runs" / ".answers")
    run(folder, "store", "strokerehab_primitives_3", "tiny", TINY, "--limit", "1")
    shutil.rmtree(folder / "store" / "strokerehab_primitives_3")
    for path in (folder / "store").rglob("*.jsonl"):
        path.rename(path.with_name("host-1-1.jsonl"))
    make_sharded(folder)
    make_logs(folder / "logs")


def run(folder: Path, runs: str, task: str, model: str, args: str, *more: str) -> Path:
    """Make a run; its folder keeps what is read again, and says nothing of this machine."""
    given = ["--models", "cards", "--data", "data", "--log_path", runs, *(["--model_args", args] if args else [])]
    command(folder, "run", "--task", task, "--model", model, *given, *more, fine=(0, 3))
    target = _named(folder / runs / task / model)
    for path in target.iterdir():
        if path.name not in SCORED:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    neutralise(target / "run.json", folder)
    return target


def make_sharded(folder: Path) -> None:
    """A run in two shards, both answered and not merged."""
    (folder / "bin").mkdir()
    for name in ("sbatch", "srun"):
        (folder / "bin" / name).write_text(SBATCH, encoding="utf-8")
        (folder / "bin" / name).chmod(0o755)
    given = ["--models", "cards", "--data", "data", "--log_path", "sharded", "--task", "strokerehab_primitives_2"]
    command(folder, "run", "--model", "looking", *given, "--limit", "4", "--slurm", "--shards", "2")
    target = _named(folder / "sharded" / "strokerehab_primitives_2" / "looking")
    for number in "01":
        command(folder, "work", number, str(target))
    shutil.rmtree(folder / "bin")
    for path in (folder / "sharded").glob(".*"):
        shutil.rmtree(path)
    for path in target.iterdir():
        if path.suffix not in (".json", ".jsonl") or path.name == "jobs.json":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in target.glob("*.json"):
        neutralise(path, folder)


def neutralise(path: Path, folder: Path) -> None:
    """Replace the places of this machine in a file by neutral ones, and a run's plan by that of what it says then."""
    text = neutral(path.read_text(encoding="utf-8"), folder).replace(socket.gethostname(), "host")
    run = json.loads(text)
    if run.get("plan") and run.get("fingerprint"):
        text = text.replace(run["plan"], plan_of(run))
    path.write_text(text, encoding="utf-8")


def expect(folder: Path) -> None:
    """What today's commands make of fixtures: everything that the tests compare with."""
    os.environ |= {"STROKEREHAB_CACHE": str(folder / "cache"), "COLUMNS": "200"}
    work = Path(shutil.copytree(folder, folder.with_name(f"{folder.name}.work")))
    os.chdir(work)
    for name, arguments in PRINTED.items():
        status, out, err = call(*arguments)
        if status:
            raise SystemExit(f"{name}: {err}")
        _write(folder / "printed" / name, data_of(name, out))
    for name in DECODED:
        for file, text in decode_into(work / "out" / name, name).items():
            for kept in (folder, work):
                _write(kept / "decoded" / name / file, text)
    (sharded,) = (path.parent for path in (work / "sharded").rglob("shards.json"))
    status, _, err = call("merge", sharded)
    if status:
        raise SystemExit(f"merge: {err}")
    _write(folder / "printed" / "merged_scores.json", (sharded / "scores.json").read_text(encoding="utf-8"))
    of_families = {"transformers": version("transformers"), "fingerprints": fingerprints(work)}
    _write(folder / "fingerprints.json", json.dumps(of_families, indent=1) + "\n")
    if SHARED.is_dir():
        _write(
            folder / "published.json", json.dumps({log: digests_of(log, work) for log in PUBLISHED}, indent=1) + "\n"
        )
    shutil.rmtree(work)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _named(base: Path) -> Path:
    """The one run there, under a stamp that does not depend on the time."""
    (made,) = (path for path in base.iterdir() if path.name != STAMP)
    return made.rename(base / STAMP)


def make_videos(folder: Path) -> None:
    """Two trials of each patient with labels, and the keypoints that PRIM needs."""
    draw, rows = Random(0), []
    for number, (patient, cohort) in enumerate(PATIENTS.items()):
        for turn in range(2):
            activity = ACTIVITIES[(number + turn) % len(ACTIVITIES)]
            video_id = f"{patient}_{activity}{turn + 1}_1"
            path = folder / patient / f"{video_id}.mp4"
            write_video(path, FPS * SECONDS, FPS, shade=40 * number + 20 * turn)
            hand, starts = "left" if number % 2 else "right", sorted(draw.sample(range(2, 10 * SECONDS - 2), 5))
            marks, last = [(0.0, "idle")], "idle"
            for start in starts:
                last = draw.choice([name for name in PRIMITIVES if name != last])
                marks.append((start / 10, last))
            label_rows = [(f"{s:.3f}", f"{hand[0]}_{p}") for s, p in marks]
            closing = (label_rows[-1][0], "")
            write_csv(path.with_suffix(".csv"), ("Time_s", "MarkerNames"), [*label_rows, closing])
            values = (video_id, f"{patient}/{path.name}", patient, cohort, activity, turn + 1, 1, hand, FPS)
            labels = f"{patient}/{video_id}.csv"
            rows.append((*values, FPS * SECONDS, SECONDS, WIDTH, HEIGHT, "", labels))
    columns = "video_id,path,patient,cohort,activity,repetition,view,hand,fps,n_frames,duration_s,width,height"
    write_csv(folder / "manifest.csv", f"{columns},patient_box,labels".split(","), rows)
    write_keypoints(folder / "keypoints.csv.gz", [row[0] for row in rows if row[4] in ("RTT left side", "shelf")])
    own = "selections:\n  dose_adl: {}\n  identification: {}\n  dose_rtt_shelf: {activities: [RTT, shelf]}\n"
    (folder / "selections.yaml").write_text(own + "  fma: {}\n", encoding="utf-8")


def write_keypoints(path: Path, videos: Iterable[str]) -> None:
    """Both wrists go to the right and back, in some frames out of sight; elbows below them."""
    lines = ["video_id,frame,joint,x,y,confidence"]
    for number, video in enumerate(videos):
        for frame in range(FPS * SECONDS):
            x = 8 + abs((frame * (number + 1) // 2) % 80 - 40)
            sure = 0.5 if number == 1 and frame < 16 else 1
            for side in ("left", "right"):
                lines += [f"{video},{frame},{side}_wrist,{x},20,{sure}", f"{video},{frame},{side}_elbow,{x},28,{sure}"]
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))


def make_clips(folder: Path) -> None:
    """Clips of five items of the Fugl-Meyer assessment of each patient, and the therapist's scores."""
    draw, rows, scores = Random(1), [], []
    clips = ((5, 5, "A", "F"), (5, 5, "B", "S"), (13, 13, "A", "S"), (31, 33, "A", "F"), (31, 33, "H", "F"))
    for number, (patient, cohort) in enumerate(PATIENTS.items()):
        for low, high, arm, view in clips:
            path = folder / patient / f"{patient}_FM{low}_{high}_{arm}_{view}.mp4"
            write_video(path, 8, 2, shade=50 * number)
            place = "Left" if arm == "B" else ""
            rows.append((f"{patient}/{path.name}", patient, cohort, low, high, arm, view, "Left", place, 4, 2, 8))
        scores += [(patient, item, draw.randrange(3)) for item in (5, 13, 31, 32, 33)]
    columns = "path,patient,cohort,item_low,item_high,laterality,view,side_affected,affected_place,duration_s,fps"
    write_csv(folder / "fma_clips.csv", f"{columns},n_frames".split(","), rows)
    write_csv(folder / "fma_scores.csv", ("patient", "item", "score"), scores)


def write_video(path: Path, n_frames: int, fps: int, shade: int) -> None:
    """A bright square that wanders over a plain background."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.bit_rate = 40_000
        for i in range(n_frames):
            image = np.full((HEIGHT, WIDTH, 3), (shade, 90, 255 - shade), dtype=np.uint8)
            left, top = i % (WIDTH - 16), (i * 2) % (HEIGHT - 16)
            image[top : top + 16, left : left + 16] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """A table with a header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([columns, *rows])


def write_noisy(source: Path, target: Path) -> None:
    """Answers as a model might word them: some wrong, some longer than asked for, some unreadable, some not there."""
    draw = Random(2)
    lines = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    texts: dict[str, list[str]] = {}
    for line in lines:
        texts.setdefault(line["question_id"], []).append(line["text"])
    with target.open("w", encoding="utf-8") as file:
        for line in lines:
            luck = draw.random()
            if luck < 0.05:
                continue
            text = draw.choice(texts[line["question_id"]]) if luck < 0.25 else line["text"]
            changes: list[Callable[[str], str]] = [str.upper, "{}.".format, "The answer is: {}".format, " {}\n".format]
            text = draw.choice(changes)(text) if luck > 0.6 else text
            text = draw.choice(["perhaps", "", "Yes and no.", "我不知道"]) if 0.25 <= luck < 0.32 else text
            file.write(json.dumps({**line, "text": text}, ensure_ascii=False) + "\n")


def make_checkpoint(folder: Path) -> None:
    """A random Qwen2.5-VL of 43 thousand weights in bfloat16."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2_5_VLProcessor,
        Qwen2TokenizerFast,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
    )

    names = ("vision_start", "vision_end", "vision_pad", "image_pad", "video_pad")
    special = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", *(f"<|{name}|>" for name in names))
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    backend.train_from_iterator(
        ["YES NO yes no hand left right patient video frames moving holding object the is a"],
        trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False),
    )
    learned = json.loads(backend.to_str())["model"]
    tokenizer = Qwen2TokenizerFast(
        vocab=learned["vocab"],
        merges=[tuple(merge) for merge in learned["merges"]],
        unk_token=None,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )
    tokenizer.add_special_tokens({"additional_special_tokens": list(special)})
    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in special}
    rope: dict[str, Any] = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [1, 1, 2]}
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 16,
            "intermediate_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "max_position_embeddings": 4096,
            "rope_parameters": rope,
            "bos_token_id": ids["<|endoftext|>"],
            "eos_token_id": ids["<|im_end|>"],
            "pad_token_id": ids["<|endoftext|>"],
        },
        vision_config={
            "depth": 1,
            "hidden_size": 16,
            "intermediate_size": 32,
            "num_heads": 1,
            "out_hidden_size": 16,
            "fullatt_block_indexes": [0],
            "window_size": 112,
        },
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
    )
    size = {"shortest_edge": 3136, "longest_edge": 6272}
    template = (
        "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% for part in message['content'] %}"
        "{% if part['type'] == 'video' %}<|vision_start|><|video_pad|><|vision_end|>"
        "{% elif 'text' in part %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    processor = Qwen2_5_VLProcessor(
        Qwen2VLImageProcessor(size=size), tokenizer, Qwen2VLVideoProcessor(size=size), chat_template=template
    )
    torch.manual_seed(0)
    model = Qwen2_5_VLForConditionalGeneration(config).eval()
    with torch.no_grad():
        for weights in model.parameters():
            if weights.dim() > 1:
                weights.mul_(8.0)
    model.generation_config.eos_token_id = ids["<|im_end|>"]
    model.generation_config.pad_token_id = ids["<|endoftext|>"]
    model.to(torch.bfloat16).save_pretrained(folder)
    processor.save_pretrained(folder)


def make_logs(folder: Path) -> None:
    """Synthetic logs in the published format: yes/no pairs, one primitive, and activities."""
    draw = Random(3)
    write_log(folder / "strokerehab_primitives_3_all_models/tiny/org__Tiny-1B", "strokerehab_primitives_3", draw, _pair)
    write_log(
        folder / "strokerehab_primitives_3_all_models/other/org__Other-2B", "strokerehab_primitives_3", draw, _pair
    )
    write_log(folder / "ablation_direct_primitives_2/tiny/org__Tiny-1B", "strokerehab_primitives_2", draw, _primitive)
    place = folder / "strokerehab_identification_1/tiny/org__Tiny-1B"
    write_log(place, "strokerehab_identification_1", draw, lambda draw, _: draw.choice([*ACTIVITIES[2:], "dunno"]), 1)


def write_log(folder: Path, task: str, draw: Random, reply: Callable[[Random, str], str], windows: int = 6) -> None:
    """A log of two videos of each of four patients, with windows of one second."""
    folder.mkdir(parents=True)
    with (folder / f"{STAMP}_samples_{task}.jsonl").open("w", encoding="utf-8") as file:
        for number, patient in enumerate(("C00015", "S0001", "S0005", "S00021")):
            for turn in range(2):
                activity = ("drinking", "feeding", "combing")[(number + turn) % 3]
                labels = ["idle", *(draw.choice(PRIMITIVES) for _ in range(windows - 1))]
                target = ";".join(f"{label}@{second * 16 / 15:.3f}" for second, label in enumerate(labels))
                starts = [f"{round(place * 16 / 15, 3)}" for place in range(windows + 1)]
                said = [[reply(draw, label), *pair] for label, *pair in zip(labels, starts, starts[1:], strict=False)]
                doc = {"id": f"{patient}_{activity}{turn + 1}_1", "patient": patient, "stroke": patient[0] == "S"}
                doc |= {"activity": activity, "fps": 60.0}
                row = {"doc": doc, "target": target if windows > 1 else activity, "resps": [[said]]}
                file.write(json.dumps(row) + "\n")


def _pair(draw: Random, label: str) -> str:
    """Motion and grasp, mostly right."""
    true = (label in ("reach", "transport", "reposition"), label in ("transport", "stabilize"))
    parts = [draw.choice(["Yes.", "no", "unclear"]) if draw.random() < 0.25 else "YES" if one else "NO" for one in true]
    return " <SEP> ".join(parts)


def _primitive(draw: Random, label: str) -> str:
    return draw.choice(["reach", "Transport.", "none of these"]) if draw.random() < 0.3 else label


if __name__ == "__main__":
    made = Path(sys.argv[1]).absolute()
    make(made)
    expect(made)
