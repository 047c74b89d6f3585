"""Reports for people: tables, figures, videos with overlays, notebooks, and the reproduction of the published study."""

__all__ = [
    "asked",
    "check_page",
    "compare",
    "figures",
    "measured",
    "notebooks",
    "overlay",
    "page",
    "patient",
    "planning",
    "probing",
    "reproduction",
    "review",
    "scores",
    "static_page",
    "tables",
    "tuning",
]
