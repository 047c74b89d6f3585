"""The report: one page that shows runs, works from a file, and fetches nothing from anywhere.

- `data`: what the page is given
- `runs`: the runs of a report, read one at a time; `filmed`: the datasets of its runs
- `overview`: everything but what is known of single videos; made of `described` (what was run and asked), `tasks`
  (tables), `surest` (where models are most surely wrong), `families` (identification, Fugl-Meyer), `perturbed` (runs
  whose frames were changed), `drawings` (figures)
- `answers`, `videos`: what is known of each video
- `measured`: the runs as instruments: doses with intervals, of videos and of sessions
- `pictures`: the videos that it plays, and pictures of windows as models got them
- `codes`: new codes for patients and videos
- `encode`, `write`: from data to files
- `make`: a report from runs to its folder or file
"""

__all__ = [
    "answers",
    "codes",
    "data",
    "described",
    "drawings",
    "encode",
    "families",
    "filmed",
    "make",
    "measured",
    "overview",
    "perturbed",
    "pictures",
    "runs",
    "surest",
    "tasks",
    "videos",
    "write",
]
