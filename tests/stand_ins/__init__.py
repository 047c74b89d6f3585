"""Stand-ins for code bases that cannot be installed here: their call signatures, and nothing of what they know.

`shared` has what all use: a small random language model and a tokenizer of bytes. `llava_next`, `longva` and `vila` are
folders to put on the path of a worker process. Answers of stand-ins are never reported as those of a real model.
"""
