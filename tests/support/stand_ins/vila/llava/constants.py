MEDIA_TOKENS = {"image": "<image>", "video": "<vila/video>"}
