"""When a loss is worth taking now and when waiting is worth more: named thresholds and the value of waiting."""

from enum import StrEnum


class Threshold(StrEnum):
    """When a loss is taken; the values are those of an account's harvest policy."""

    OPTION = "option"
    ANY_LOSS = "any_loss"
    FIVE_PERCENT = "five_percent"
    TEN_PERCENT = "ten_percent"
    YEAR_END = "year_end"
