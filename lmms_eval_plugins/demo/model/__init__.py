"""The demo model ``rehab_tiny``: a very small Qwen2.5-VL that sees demo scenes, and nothing else.

From scenes to weights: :mod:`config` (how it is made), :mod:`footage` (who is filmed, with exact truth), :mod:`clips`
(windows drawn from it), :mod:`words` and :mod:`wording` (what is asked), :mod:`architecture` (the model and its
processor), :mod:`patches` and :mod:`packing` (many questions behind one encoding of the frames), :mod:`heads` (help
that is thrown away), :mod:`optimiser`, :mod:`scoring`, :mod:`trainer`; :mod:`export` and :mod:`shipped` write and find
the weights.
"""
