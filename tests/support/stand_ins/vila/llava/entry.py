from llava.arch import Model


def load(model_path, model_base=None, devices=None, **kwargs):
    assert kwargs.pop("attn_implementation") == "sdpa" and kwargs.pop("device_map") == "auto" and not kwargs
    print("loaded", model_path)
    return Model()
