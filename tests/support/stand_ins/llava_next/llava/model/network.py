import torch
from stand_in_network import CausalLM

from llava.constants import IMAGE_TOKEN_INDEX


class Network(CausalLM):
    def prepare_inputs_labels_for_multimodal(
        self,
        input_ids,
        position_ids,
        attention_mask,
        past_key_values,
        labels,
        images,
        modalities=["image"],  # noqa: B006
        image_sizes=None,
    ):
        assert isinstance(images, list) and images[0].ndim == 4 and modalities == ["video"]
        place = input_ids[0].tolist().index(IMAGE_TOKEN_INDEX)
        before, after = (self.model.embed_tokens(part) for part in (input_ids[:, :place], input_ids[:, place + 1 :]))
        return None, None, None, None, torch.cat([before, self.look(images[0]), after], 1), None

    def generate(self, inputs=None, images=None, image_sizes=None, modalities=["image"], **kwargs):  # noqa: B006
        assert kwargs["attention_mask"].shape == inputs.shape and not kwargs["do_sample"]
        made = self.prepare_inputs_labels_for_multimodal(inputs, None, None, None, None, images, modalities)
        return self.likeliest(made[4], kwargs["max_new_tokens"], kwargs["eos_token_id"])
