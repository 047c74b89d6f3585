"""STAND-IN. A small random language model with the interface of one of transformers, and a tokenizer of bytes."""

import os
import signal
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

HIDDEN, BYTES, END = 32, 256, 256
SPECIAL = {"<|im_end|>": END, "<|im_start|>": 257, "<image>": 258}
SIDE = 2


class Tokens(dict):
    """What a tokenizer returns: by key or by attribute."""

    __getattr__ = dict.__getitem__


class ByteTokenizer:
    """Bytes, and some special tokens."""

    bos_token_id = None
    pad_token_id = eos_token_id = END

    def __call__(self, text, add_special_tokens=True):
        ids = []
        while text:
            special = next((token for token in SPECIAL if text.startswith(token)), None)
            ids += [SPECIAL[special]] if special else text[0].encode()
            text = text[len(special) if special else 1 :]
        return Tokens(input_ids=ids)

    def decode(self, tokens, skip_special_tokens=False):
        return bytes(int(token) for token in tokens if token < BYTES).decode(errors="replace")

    def batch_decode(self, sequences, skip_special_tokens=False):
        return [self.decode(sequence, skip_special_tokens) for sequence in sequences]


class Decoder(nn.Module):
    """One layer of attention with keys and values as tuples."""

    def __init__(self):
        super().__init__()
        self.embed_tokens = nn.Embedding(BYTES + 8, HIDDEN)
        self.attend = nn.Linear(HIDDEN, 3 * HIDDEN)

    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        position_ids=None,
        past_key_values=None,
        inputs_embeds=None,
        use_cache=None,
    ):
        hidden = self.embed_tokens(input_ids) if inputs_embeds is None else inputs_embeds
        before = past_key_values[0][0].shape[1] if past_key_values else 0
        length = before + hidden.shape[1]
        assert attention_mask is None or attention_mask.shape == (1, length)
        places = torch.arange(before, length)[None] if position_ids is None else position_ids
        assert places.tolist() == [list(range(before, length))]
        hidden = hidden + torch.sin(places[..., None] * torch.arange(1, HIDDEN + 1) * 0.37)
        query, key, value = self.attend(hidden).chunk(3, -1)
        if past_key_values:
            key, value = (torch.cat(pair, 1) for pair in zip(past_key_values[0], (key, value), strict=True))
        scores = query @ key.transpose(1, 2) / HIDDEN**0.5
        hides = torch.arange(length)[None] > places[0][:, None]
        seen = scores.masked_fill(hides, -torch.inf).softmax(-1) @ value
        return SimpleNamespace(last_hidden_state=hidden + seen, past_key_values=((key, value),))


class CausalLM(nn.Module):
    """A language model of transformers, as far as adapters use one."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.model = Decoder()
        self.lm_head = nn.Linear(HIDDEN, BYTES + 8, bias=False)
        self.project = nn.Linear(3, HIDDEN)
        with torch.no_grad():
            for weights in self.parameters():
                weights.mul_(6.0)
        self.generation_config = SimpleNamespace(eos_token_id=END, repetition_penalty=1.3)
        self.config = SimpleNamespace()
        self.device, self.dtype = torch.device("cpu"), torch.float32

    def get_decoder(self):
        return self.model

    def get_input_embeddings(self):
        return self.model.embed_tokens

    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        position_ids=None,
        past_key_values=None,
        inputs_embeds=None,
        use_cache=None,
    ):
        seen = self.model(input_ids, attention_mask, position_ids, past_key_values, inputs_embeds, use_cache)
        logits = self.lm_head(torch.sin(seen.last_hidden_state))
        return SimpleNamespace(logits=logits, past_key_values=seen.past_key_values)

    def likeliest(self, inputs_embeds, max_new_tokens, eos_token_id):
        """Greedy decoding the long way: everything is read again for every token."""
        assert torch.is_inference_mode_enabled()
        reply = []
        for _ in range(max_new_tokens):
            own = self.model.embed_tokens(torch.tensor([reply], dtype=torch.long))
            logits = self.forward(inputs_embeds=torch.cat([inputs_embeds, own], 1)).logits[0, -1]
            for token in set(reply):
                logits[token] *= 1.3 if logits[token] < 0 else 1 / 1.3
            reply.append(int(logits.argmax()))
            if reply[-1] in eos_token_id:
                break
        return torch.tensor([reply])

    def look(self, pixels):
        """Frames, (frames, 3, height, width), as tokens: (1, frames × 4, hidden size)."""
        print("a code base likes to talk")
        os.write(1, b"also past Python\n")
        return self.project(pixels.flatten(2).transpose(1, 2)).flatten(0, 1)[None]


class ImageProcessor:
    """Frames become two by two pixels."""

    def preprocess(self, images, return_tensors=None):
        assert return_tensors == "pt"
        cut = []
        for image in map(np.asarray, images):
            assert image.dtype == np.uint8 and image.shape[2] == 3
            halves = [np.array_split(half, SIDE, 1) for half in np.array_split(image / 255, SIDE, 0)]
            cut.append([[part.mean((0, 1)) for part in half] for half in halves])
        return {"pixel_values": torch.tensor(np.array(cut), dtype=torch.float32).permute(0, 3, 1, 2)}


_calls = 0


def misbehave(prompt):
    """What a test asks for, in a question or by a variable."""
    global _calls
    _calls += 1
    if "(die)" in prompt:
        print("CUDA error: an illegal memory access", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if "(fail)" in prompt:
        raise RuntimeError("shapes do not\nmatch")
    if "(talk)" in prompt:
        for number in range(3, 20):  # into whatever is open, the pipe of messages among it
            try:
                os.write(number, b"rubbish " * 4)
            except OSError:
                continue
    if "(large)" in prompt or _calls <= int(os.environ.get("STAND_IN_NO_ROOM", "0")):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
