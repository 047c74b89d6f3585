"""Synthetic rehabilitation scenes: painted patients at a table, with exact labels. They mean nothing clinically.

From who to file: :mod:`subjects` (who is filmed), :mod:`motion` (how a hand moves through a script of primitives),
:mod:`exercises` (which script: the radial tabletop task, the shelf task), :mod:`body` (the rest of the body follows the
hands), :mod:`camera` (onto the picture), :mod:`painter` with :mod:`brush`, :mod:`paint_person`, :mod:`paint_hand` and
:mod:`paint_scene` (the picture), :mod:`film` (one video with its keypoints), :mod:`render` (the dataset's folder).
"""
