"""For how long an anomaly's kind is muted."""

from datetime import date, timedelta

from django import forms


class MuteForm(forms.Form):
    """Days to be quiet, 0 to let it speak again."""

    USUAL = 30
    days = forms.IntegerField(min_value=0, max_value=365)

    @staticmethod
    def until(today: date, days: int) -> date:
        """The last quiet day."""
        return today + timedelta(days=days)
