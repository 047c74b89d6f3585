"""``python -m lmms_eval_plugins.cli``: the command ``strokerehab`` by its module."""

from lmms_eval_plugins.cli.app import main

if __name__ == "__main__":
    main()
