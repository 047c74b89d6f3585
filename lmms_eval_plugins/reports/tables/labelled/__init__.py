"""The tables on questions with a truth of their own.

- `questions`: every run, the blind control and the reference, by task and question
- `differences`: runs against the control and against each other
- `behind`: F1 by class, confusions, and probabilities
"""

__all__ = ["behind", "differences", "questions"]
