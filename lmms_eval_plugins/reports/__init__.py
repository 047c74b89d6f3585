"""Reports for people: tables, figures, videos with overlays, notebooks, and the reproduction of the published study."""

__all__ = [
    "check_page",
    "figures",
    "notebooks",
    "overlay",
    "reproduction",
    "scores",
    "tables",
]
