"""Let the engine's modules be imported where little more than torch and transformers is installed.

They import what reads videos, checks settings and compares texts, which an engine that is handed frames never calls.
What is not installed of it is there by name alone afterwards.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import Any

from typing_extensions import Self

NOT_NEEDED = ("av", "loguru", "psutil", "pyarrow", "pydantic", "pydantic_core", "rapidfuzz", "rich", "scipy")


def name_absent_packages() -> list[str]:
    """Give what is not installed of `NOT_NEEDED` names; return it."""
    absent = [name for name in NOT_NEEDED if find_spec(name) is None]
    sys.meta_path.append(_Names(absent))
    return absent


class _Names(MetaPathFinder, Loader):
    """Finds packages, and all below them, that are nothing but names."""

    def __init__(self, packages: Sequence[str]) -> None:
        self._packages = packages

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] in self._packages else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Names._Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: its names come up when they are asked for."""

    class _Module(ModuleType):
        def __getattr__(self, name: str) -> type[Name]:
            if name.startswith("__"):
                raise AttributeError(name)
            return type(name, (Name,), {})


class _AllFields(Mapping[str, Any]):
    """Every field there could be, none of a known type."""

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> Any:
        return SimpleNamespace(annotation=None)

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


class Name:
    """Stands for a class, a function or a decorator: takes anything, and as a base of settings keeps its fields."""

    model_fields: Mapping[str, Any] = _AllFields()

    def __init_subclass__(cls, **_settings: object) -> None:
        super().__init_subclass__()

    def __class_getitem__(cls, _parameters: object) -> type[Self]:
        return cls

    def __init__(self, *_given: object, **fields: object) -> None:
        self.__dict__.update(fields)

    def __call__(self, decorated: Callable[..., Any]) -> Callable[..., Any]:
        """Return what is decorated."""
        return decorated

    @classmethod
    def model_validate(cls, fields: Mapping[str, object]) -> Self:
        """Return an object with these fields, unchecked."""
        return cls(**fields)
