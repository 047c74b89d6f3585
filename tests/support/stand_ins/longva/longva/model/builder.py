from stand_in_network import ByteTokenizer, ImageProcessor

from longva.model.network import Network


def load_pretrained_model(
    model_path,
    model_base,
    model_name,
    load_8bit=False,
    load_4bit=False,
    device_map="auto",
    attn_implementation="flash_attention_2",
    customized_config=None,
    overwrite_config=None,
    **kwargs,
):
    assert model_base is None and model_name == "llava_qwen" and not kwargs
    print(f"Loaded LLaVA model: {model_path}", device_map, overwrite_config)
    return ByteTokenizer(), Network(), ImageProcessor(), 2048
