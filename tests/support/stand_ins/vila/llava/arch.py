import copy
from collections import defaultdict, deque

import torch
from PIL.Image import Image
from stand_in_network import END, SPECIAL, ByteTokenizer, CausalLM, ImageProcessor, misbehave
from torch import nn

from llava.constants import MEDIA_TOKENS
from llava.utils.tokenizer import tokenize_conversation


class Config:
    def __init__(self):
        self.eos_token_id, self.repetition_penalty, self.max_new_tokens = [END], 1.3, None

    def update(self, **kwargs):
        vars(self).update(kwargs)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.llm = CausalLM()
        self.tokenizer = ByteTokenizer()
        self.tokenizer.media_token_ids = {"image": SPECIAL["<image>"], "video": 259}

    @property
    def default_generation_config(self):
        return copy.deepcopy(Config())

    def _embed(self, input_ids, media, media_config, labels, attention_mask):
        pictures = deque(self.llm.look(picture[None])[0] for picture in media["image"])
        parts = [
            pictures.popleft() if token == SPECIAL["<image>"] else self.llm.model.embed_tokens(input_ids[0, i : i + 1])
            for i, token in enumerate(input_ids[0].tolist())
        ]
        assert not pictures, "Not all image embeddings are consumed!"
        return torch.cat(parts)[None], None, None

    @torch.inference_mode()
    def generate(self, input_ids=None, media=None, media_config=None, attention_mask=None, **generation_kwargs):
        embeddings, _, _ = self._embed(input_ids, media, media_config, None, attention_mask)
        config = generation_kwargs["generation_config"]
        return self.llm.likeliest(embeddings, config.max_new_tokens, config.eos_token_id)

    @torch.inference_mode()
    def generate_content(self, prompt, generation_config=None, response_format=None):
        pictures = [part for part in prompt if isinstance(part, Image)]
        text = "".join(part if isinstance(part, str) else MEDIA_TOKENS["image"] for part in prompt)
        misbehave(text)
        media = {"image": list(ImageProcessor().preprocess(pictures, return_tensors="pt")["pixel_values"])}
        if len(pictures) == 1:  # cut up, as with dynamic resolution
            media["image"] *= 2
            text = text.replace("<image>", "<image>\n" * 2)
        conversation = [{"from": "human", "value": text}]
        output = self.generate(
            input_ids=tokenize_conversation(conversation, self.tokenizer, add_generation_prompt=True)[None],
            media=media,
            media_config=defaultdict(dict),
            generation_config=generation_config or self.default_generation_config,
            logits_processor=None,
        )
        return self.tokenizer.decode(output[0], skip_special_tokens=True).strip()
