"""What self-contained pages share: their style, texts that are no markup, and timelines as strips."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from string import Template

from lmms_eval_plugins.core.console import printable
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.timeline import Timeline

_STYLE = Path(__file__).with_name("static_page.css")

STRIP_WIDTH, STRIP_HEIGHT = 1000, 20
"""Size of a strip in units of its drawing; it is stretched to the page."""


def filled_page(template: Path, parts: Mapping[str, str]) -> str:
    """Return a template with the shared style as ``$style`` and other parts, which are markup, in their places."""
    style = _STYLE.read_text(encoding="utf-8").strip()
    return Template(template.read_text(encoding="utf-8")).substitute(parts, style=style)


def page_text(text: str) -> str:
    """Return a text from anywhere for a page: no markup, and nothing that steers or hides."""
    return escape(printable(text))


def colour_key(scheme: Scheme) -> str:
    """Return what the colours of strips mean."""
    return "".join(
        f'<span><i style="background:{colour}"></i>{page_text(name)}</span>' for name, colour in scheme.colours.items()
    )


def label_paths(timeline: Timeline, scheme: Scheme, scale: float) -> list[str]:
    """Return a strip's paths, one for all segments of a label; ``scale`` is units per second."""
    return [
        f'<path fill="{scheme.colours.get(name, "#888")}" d="{boxes}"><title>{page_text(name)}</title></path>'
        for name in dict.fromkeys(timeline.labels)
        if (
            boxes := "".join(
                strip_box(segment.start_s * scale, segment.duration_s * scale, 0)
                for segment in timeline.segments
                if segment.label == name
            )
        )
    ]


def strip_svg(paths: Iterable[str], about: str) -> str:
    """Return a strip of paths; ``about`` says what it is where it is not seen."""
    return (
        f'<svg viewBox="0 0 {STRIP_WIDTH} {STRIP_HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{page_text(about)}">{"".join(paths)}</svg>'
    )


def strip_box(left: float, width: float, top: float) -> str:
    """Return a box from ``top`` down to the bottom of a strip, as part of a path."""
    return f"M{left:.1f} {top}h{width:.1f}V{STRIP_HEIGHT}h{-width:.1f}z"
