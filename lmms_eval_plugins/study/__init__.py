"""The published study: import of its checkout, its logs, its wording."""

__all__ = [
    "checkout",
    "checkout_logs",
    "checkout_tables",
    "left_right",
    "log_formats",
    "logs",
    "wording",
]
