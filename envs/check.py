"""Import modules and print their versions: ``python envs/check.py MODULE...``; exit status 1 if one fails."""

import importlib
import platform
import sys
from importlib.metadata import packages_distributions, version

print(f"  Python {platform.python_version()}")
distributions = packages_distributions()
failed = False
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
        top = sys.modules[name.partition(".")[0]]
    except Exception as error:
        failed = True
        print(f"  {name}: {type(error).__name__}: {error}")
    else:
        versions = {version(owner) for owner in distributions.get(top.__name__, [])}
        print(f"  {name}", *(sorted(versions) or [getattr(top, "__version__", "of unknown version")]))
if torch := sys.modules.get("torch"):
    print("  GPU:", torch.cuda.get_device_name() if torch.cuda.is_available() else "none, runs on the CPU")
sys.exit(failed)
