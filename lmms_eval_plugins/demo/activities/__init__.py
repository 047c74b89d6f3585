"""The nine activities as objects on a table and a script of phases for each hand.

:mod:`scenes` has the words (objects, scenes, performances), :mod:`moves` the pieces of scripts; the other modules hold
the activities, each a function ``(subject, n_frames, rng) -> Performance``.
"""
