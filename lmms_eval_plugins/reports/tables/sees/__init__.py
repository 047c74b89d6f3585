"""What models really see: answers about perturbed frames beside those about the frames as they are.

- `gathered`: runs that differ only in how frames were perturbed, and their answers to a question about the same windows
- `measured`: what a perturbation leaves of an answer's worth, with intervals
- `sentences`: what that warrants to say, by stated rules
- `cells`: values with intervals by drawn patients
- `dose`: scores of dose under perturbations
- `groups`: the same by cohort and activity, and cohorts compared at one mix of activities and primitives
- `make`: the tables
"""

__all__ = ["cells", "dose", "gathered", "groups", "make", "measured", "sentences"]
