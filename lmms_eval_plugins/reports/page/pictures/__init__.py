"""What a page shows of videos: files that it plays, and pictures of windows as models got them.

- `footage`: the videos that it plays
- `views`: what a model was shown of a video; `strips`: its windows as pictures
- `blur`: heads blurred in both
"""

__all__ = ["blur", "footage", "strips", "views"]
