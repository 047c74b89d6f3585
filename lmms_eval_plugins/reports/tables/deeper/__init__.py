"""What lies behind a table of dose.

- `standing`: where runs stand between the strongest blind control and the reference
- `influence`: the single video that moves a run's counting error most
"""

__all__ = ["influence", "standing"]
