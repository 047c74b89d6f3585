"""What the page is given, as JSON: the same names and types as in ``web/src/data/types.ts``.

Times are whole milliseconds from a video's first frame, probabilities whole thousandths, places in lists count from 0;
None stands for what is not known. Lists of one length, a column each, keep files small.

- `shared`: labels, schemes, timelines, which both others hold
- `families`: of identification and Fugl-Meyer runs
- `measured`: doses with intervals, of videos and of patients' sessions
- `overview`: everything but what is known of single videos
- `video`: what is known of one video
"""

__all__ = ["families", "measured", "overview", "shared", "video"]
