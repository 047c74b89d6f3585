"""Synthetic rehabilitation scenes: painted patients at a table, with exact labels. They mean nothing clinically.

From who to file: :mod:`subjects` (who is filmed), :mod:`motion` (how a hand moves through a script of primitives),
:mod:`posture` (where the head is), :mod:`exercises` with :mod:`activities` (which scene and script: nine activities),
:mod:`body` (the rest of the body follows the hands), :mod:`camera` (onto the picture), :mod:`painter` with :mod:`brush`
and the ``paint_`` modules (the picture), :mod:`film` (one video with its keypoints), :mod:`render` (the dataset's
folder).
"""
