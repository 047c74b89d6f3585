"""The process that logs runs to Weights & Biases; `lmms_eval_plugins.execution.wandb_log` starts and ends it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from lmms_eval_plugins.execution.harness import quiet_imports


def log_from_stdin() -> None:
    """Log the runs on standard input; write a JSON line for each into a file: where it is, or why it is not logged."""
    said, runs = Path(sys.argv[1]), json.load(sys.stdin)
    with said.open("a", encoding="utf-8") as out:
        for run in runs:
            try:
                line = {"place": _log(run["args"], run["results"])}
            except BaseException as error:  # of any kind: wandb ends the program where it cannot ask for a key
                line = {"problem": " ".join(str(error).split()) or type(error).__name__}
            out.write(json.dumps(line) + "\n")
            out.flush()
            if "problem" in line:
                os._exit(1)  # wandb would wait for its server once more


def _log(args: dict[str, Any], results: dict[str, Any]) -> str:
    quiet_imports()
    from lmms_eval.loggers import WandbLogger

    logger = WandbLogger(**args)
    logger.post_init(results)
    logger.log_eval_result()
    place = logger.run.url or str(Path(logger.run.dir).parent)
    logger.run.finish()
    return place


if __name__ == "__main__":
    log_from_stdin()
