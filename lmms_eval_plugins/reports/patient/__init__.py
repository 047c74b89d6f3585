"""What runs say of one patient, on one page: counts, timelines, wrong answers, Fugl-Meyer items.

- `frames`: everything about some runs that a page is made from
- `wrong`: wrong answers, the most telling first
- `report`: from frames to a patient's report
- `page_tables`: the tables on the page
- `text`, `html`, `latex`: the page in a format
- `render`: the page in a format by its name
"""

__all__ = ["frames", "html", "latex", "page_tables", "render", "report", "text", "wrong"]
