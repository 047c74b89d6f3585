"""`RehabTask` under the path that task files written before version 0.2 name."""

from lmms_eval_plugins.tasks.lmms_task import RehabTask

__all__ = ["RehabTask"]
