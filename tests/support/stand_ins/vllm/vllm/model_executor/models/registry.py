def _run_in_subprocess(look):
    raise AssertionError("another process would not find torchvision's operators")
