import torch


def tokenize_conversation(messages, tokenizer, add_generation_prompt=False, overrides=None, no_system_prompt=False):
    (message,) = messages
    text = f"<|im_start|>user\n{message['value'].strip()}<|im_end|>\n"
    return torch.tensor(tokenizer(text + ("<|im_start|>assistant\n" if add_generation_prompt else "")).input_ids)
