"""Tables kept as parquet files beside what they were made from, and made anew when that or this code changes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

import pandas as pd

import lmms_eval_plugins
from lmms_eval_plugins.core.places import cache_folder
from lmms_eval_plugins.dataset.selections import project_selections
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.runs.data_frames.columns import COLUMNS, TEXT, TableName, column_names, labels_in

_KIND = "frames"
"""What the cache holds, in the name of its folder beside a log or in a run folder."""

_NAME = "file"
"""In a table's attributes on disk: the name of its file, so that it counts under no other."""


def cached(
    inputs: Iterable[Path],
    options: str,
    wanted: Iterable[TableName],
    build: Callable[[], Mapping[TableName, pd.DataFrame]],
) -> dict[TableName, pd.DataFrame]:
    """Return some tables of one log or run folder: read if they are there and up to date, else built and written.

    A cache that cannot be read, or is not as it was written, is built anew; one that cannot be written is done without.

    Args:
        inputs: the files that the tables are made from; the cache lies beside the first one.
        options: what else they depend on, in words that fit a file's name.
        wanted: the tables.
        build: makes all tables.
    """
    files = list(inputs)
    folder = cache_folder(files[0].parent, _KIND)
    start = f"{files[0].name}.{options}-"
    stem = f"{start}{_key(files)}"
    names = list(wanted)
    found = _read(folder, stem, names)
    if found is None:
        built = build()
        if stem == f"{start}{_key(files)}":  # the files are still those that were read
            _write(folder, start, stem, built)
        found = {name: built[name] for name in names}
    return found


@cache
def code_version() -> str:
    """Hash the package's code and the cohorts, which tables depend on."""
    files = sorted(Path(lmms_eval_plugins.__file__).parent.rglob("*.py"))
    digest = hashlib.sha256()
    for file in (*files, project_selections()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _key(files: Iterable[Path]) -> str:
    parts = [code_version()]
    for file in files:
        try:
            about = file.stat()
            parts.append(f"{file.name} {about.st_size} {about.st_mtime_ns}")
        except OSError:
            parts.append(f"{file.name} -")
    return hashlib.sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()[:16]


def _file(folder: Path, stem: str, name: TableName) -> Path:
    return folder / f"{stem}.{name}.parquet"


def _read(folder: Path, stem: str, names: Iterable[TableName]) -> dict[TableName, pd.DataFrame] | None:
    found: dict[TableName, pd.DataFrame] = {}
    for name in names:
        try:
            file = _file(folder, stem, name)
            table = pd.read_parquet(file, page_checksum_verification=True)
        except Exception:  # whatever is wrong with a cache, it is made anew
            return None
        labels = labels_in(table) if name == "scores" else PRIMITIVES
        if not labels or tuple(table.columns) != column_names(name, labels) or table.attrs != {_NAME: file.name}:
            return None
        table.attrs = {}
        found[name] = table.astype({column.name: TEXT for column in COLUMNS[name] if column.type == "text"})
    return found


def _write(folder: Path, start: str, stem: str, built: Mapping[TableName, pd.DataFrame]) -> None:
    unfinished: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            key = old.name.removeprefix(start)
            if key != old.name and "-" not in key and not old.name.startswith(stem):  # with a "-" it has other options
                old.unlink(missing_ok=True)
        for name, table in built.items():
            target = _file(folder, stem, name)
            unfinished = target.with_suffix(f".{os.getpid()}.tmp")
            named = table.copy(deep=False)
            named.attrs = {_NAME: target.name}
            named.to_parquet(unfinished, index=False, write_page_checksum=True)
            unfinished.replace(target)
    except (OSError, ValueError):
        with suppress(OSError):
            if unfinished:
                unfinished.unlink(missing_ok=True)
