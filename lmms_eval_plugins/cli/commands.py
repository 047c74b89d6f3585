"""How verbs read their options and print their help: both spellings, no empty paths, options under headings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from lmms_eval_plugins.core.errors import UserError

_WIDEST = 110
_WHOLE = 1000
"""So long may the line of a verb be before it would be cut."""

_FEW = 5
"""So many options stand under one heading."""


def hyphenated(name: str) -> str:
    """Return the spelling that the names of options and verbs are compared in."""
    return name.replace("_", "-")


ROOT_SETTINGS = {"token_normalize_func": hyphenated, "max_content_width": _WIDEST}
"""Click's settings, which every verb inherits: ``--log-path`` and ``--log_path`` are one option."""


PATH_METAVARS = frozenset({"A", "B", "CHECKOUT", "DATA", "FILE", "FOLDER", "PATH", "RUN", "VIDEO|DATA"})
"""What arguments and options that take a path are called in the help."""


class Verb(TyperCommand):
    """A verb that refuses empty paths, and whose options stand under the headings that they were declared with."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # Any: typer does not publish this type
        """Parse the command line.

        Raises:
            UserError: an argument or option that takes a path is empty, as an unset variable leaves it; without this
                it would be the current folder.
        """
        given, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        for parameter in self.get_params(ctx):
            values = given.get(parameter.name)
            for value in values if isinstance(values, list | tuple) else [values]:
                if parameter.metavar in PATH_METAVARS and isinstance(value, str) and not value.strip():
                    name = parameter.opts[0] if parameter.param_type_name == "option" else parameter.metavar
                    raise UserError(f"{name}: is empty; name a path, or leave it out; the current folder is `.`")
        return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:  # Any: typer does not publish these types
        """Write arguments and options into the help."""
        _write_parameters(self.get_params(ctx), ctx, formatter)


class Verbs(TyperGroup):
    """A command made of verbs, which stand under the headings that they were declared with."""

    def format_options(self, ctx: Any, formatter: Any) -> None:  # Any: typer does not publish these types
        """Write verbs and options into the help."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        shown = [(name, command) for name, command in commands if command is not None and not command.hidden]
        width = max(len(name) for name, _ in shown)
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, command in shown:
            heading = getattr(command, "rich_help_panel", None) or "Commands"
            about = command.get_short_help_str(limit=_WHOLE)
            sections.setdefault(heading, []).append((name.ljust(width), about))
        _write_sections(sections, formatter)
        _write_parameters(self.get_params(ctx), ctx, formatter)


def _write_parameters(parameters: Iterable[Any], ctx: Any, formatter: Any) -> None:
    arguments: list[tuple[str, str]] = []
    options: dict[str, list[tuple[str, str]]] = {}
    general: list[tuple[str, str]] = []
    for parameter in parameters:
        record = parameter.get_help_record(ctx)
        if parameter.param_type_name == "argument":
            arguments.append((parameter.metavar or parameter.name, parameter.help or ""))
        elif record is not None:
            heading = getattr(parameter, "rich_help_panel", None)
            section = options.setdefault(heading, []) if heading else general
            section.append(record)
    if sum(map(len, options.values())) + len(general) <= _FEW:
        general = [*(record for records in options.values() for record in records), *general]
        options = {}
    _write_sections({"Arguments": arguments, **options, "Options": general}, formatter)


def _write_sections(sections: dict[str, list[tuple[str, str]]], formatter: Any) -> None:
    for heading, records in sections.items():
        if records:
            with formatter.section(typer.style(heading, bold=True)):
                formatter.write_dl(records)
