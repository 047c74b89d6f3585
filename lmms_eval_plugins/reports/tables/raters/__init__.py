"""The tables on raters: the people who labelled videos, and models beside them.

- `gathered`: what all raters labelled of videos, from datasets and runs
- `agreement`: each pair of raters, and all of them together
- `places`: where models stand between blind control and human
"""

__all__ = ["agreement", "gathered", "places"]
