"""The demo model ``rehab_tiny``: a very small Qwen2.5-VL that sees demo scenes, and nothing else.

From scenes to weights: :mod:`config` (how it is made), :mod:`scenes` (who is filmed), :mod:`footage` (with exact
truth), :mod:`clips` (windows drawn from it), :mod:`words` (ways to ask), :mod:`asks` (what is asked about a window, and
the correct answers), :mod:`batches` (what a step learns from), :mod:`architecture` (the model and its processor),
:mod:`patches` and :mod:`packing` (many questions behind one encoding of the frames), :mod:`heads` (help that is thrown
away), :mod:`optimiser`, :mod:`scoring`, :mod:`trainer`; :mod:`export` and :mod:`shipped` write and find the weights.
"""
