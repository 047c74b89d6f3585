"""Ask vision-language models what they see in a patient's movement, and score the answers as rehabilitation dose."""

__version__ = "0.2.0"
