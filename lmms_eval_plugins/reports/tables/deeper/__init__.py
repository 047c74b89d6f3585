"""What lies behind a table of dose.

- `standing`: where runs stand between the strongest blind control and the reference
- `patients`: what was counted of each patient
- `influence`: the single video that moves a run's counting error most
"""

__all__ = ["influence", "patients", "standing"]
