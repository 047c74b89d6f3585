class Conversation:
    system, roles, sep = "Help.", ("<|im_start|>user", "<|im_start|>assistant"), "<|im_end|>"

    def __init__(self):
        self.messages = []

    def copy(self):
        return Conversation()

    def append_message(self, role, message):
        self.messages.append((role, message))

    def get_prompt(self):
        turns = [f"{role}\n{message}{self.sep}\n" if message else f"{role}\n" for role, message in self.messages]
        return f"{self.system}{self.sep}\n" + "".join(turns)


conv_templates = {"qwen_1_5": Conversation()}
