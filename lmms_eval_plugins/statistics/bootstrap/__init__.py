"""The bootstrap over patients.

- `draws`: which patients are drawn, and the interval that the drawn values make
- `measures`: what is drawn: areas under the ROC curve, and shares of classes
"""

__all__ = ["draws", "measures"]
