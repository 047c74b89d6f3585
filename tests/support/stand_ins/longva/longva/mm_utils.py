import torch
from stand_in_network import misbehave

from longva.constants import IMAGE_TOKEN_INDEX


def tokenizer_image_token(prompt, tokenizer, image_token_index=IMAGE_TOKEN_INDEX, return_tensors=None):
    assert return_tensors == "pt"
    misbehave(prompt)
    before, after = prompt.split("<image>")
    return torch.tensor([*tokenizer(before).input_ids, image_token_index, *tokenizer(after).input_ids])
