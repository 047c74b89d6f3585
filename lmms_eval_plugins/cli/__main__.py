"""Run the command ``strokerehab`` as ``python -m lmms_eval_plugins.cli``."""

from lmms_eval_plugins.cli.app import main

if __name__ == "__main__":
    main()
