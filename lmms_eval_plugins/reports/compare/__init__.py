"""Two runs side by side: what they share, in what they were set otherwise, and how their scores and answers differ.

- `agreement`: equal texts and readings, who is right, and the answers that are read differently
- `make`: the tables of a comparison
- `metrics`: differences of scores by video or item, and the videos with the largest ones
- `pair`: the two runs
- `precision`: what fewer bits change
- `ranking`: the AUC of both, paired
- `shared`: what both have and what one lacks, and the settings that differ
- `shifts`: by how much log-probabilities differ
"""

__all__ = ["agreement", "make", "metrics", "pair", "precision", "ranking", "shared", "shifts"]
