"""Hidden states of a network beside a run.

- `features`: runs of models that give them and answer nothing
- `hidden_file`: the columnar files that hold them, and how they are read
- `recorded`: what ``run.json`` says about them
"""

__all__ = ["features", "hidden_file", "recorded"]
