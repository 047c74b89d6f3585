"""The report: one page that shows runs, works from a file, and fetches nothing from anywhere.

- `data`: what the page is given
- `runs`: the runs of a report, read one at a time; `filmed`: the datasets of its runs
- `overview`: everything but what is known of single videos; made of `described` (what was run and asked), `tasks`
  (tables), `surest` (where models are most surely wrong), `families` (identification, Fugl-Meyer), `drawings` (figures)
- `answers`, `videos`: what is known of each video
- `measured`: the runs as instruments: doses with intervals, of videos and of sessions
- `footage`, `strips`, `blur`: the videos that it plays, pictures of windows, and heads blurred in both
- `codes`: new codes for patients and videos
- `encode`, `write`: from data to files
- `make`: a report from runs to its folder or file
"""

__all__ = [
    "answers",
    "blur",
    "codes",
    "data",
    "described",
    "drawings",
    "encode",
    "families",
    "filmed",
    "footage",
    "make",
    "measured",
    "overview",
    "runs",
    "strips",
    "surest",
    "tasks",
    "videos",
    "write",
]
