"""Reports for people: tables, figures, videos with overlays, notebooks, and the reproduction of the published study."""

__all__ = [
    "asked",
    "check_page",
    "compare",
    "figures",
    "notebooks",
    "overlay",
    "page",
    "patient",
    "reproduction",
    "review",
    "scores",
    "static_page",
    "tables",
]
