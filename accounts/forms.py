"""Input of the pages of people and households."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django import forms

from accounts.engine.preferences import BASE_CURRENCIES, LOCALES
from accounts.engine.records import TaxProfileRecord
from accounts.engine.states import STATES
from accounts.models import Grant, HouseholdMember, TaxProfile
from common.money import LIMIT

# Stands among the accounts one may give for all of them together.
WHOLE = "household"


class SignUpForm(forms.Form):
    """What signing up asks beside email and password."""

    name = forms.CharField(
        label="Name",
        required=False,
        max_length=120,
        help_text="How the pages call you. You can change it later.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("email", "name", "password1", "password2")

    def signup(self, request: object, user: object) -> None:
        """Nothing more: the name is stored with the rest."""


class PartForm(forms.Form):
    """A form that shares its page with others: its ids begin with the name of the part."""

    part = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = f"{self.part}_%s"
        super().__init__(*args, **kwargs)


class ProfileForm(PartForm):
    """How a person is called, and how things are written for them."""

    part = "profile"

    name = forms.CharField(
        label="Name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    time_zone = forms.ChoiceField(
        label="Time zone",
        help_text="Moments such as a sign-in are shown in it. Trade dates stay the exchange’s own.",
    )
    locale = forms.ChoiceField(label="Numbers and dates", choices=LOCALES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = self.fields["time_zone"]
        assert isinstance(zones, forms.ChoiceField)  # noqa: S101 - declared above
        zones.choices = [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())]


class HouseholdForm(PartForm):
    """The household as a whole."""

    part = "household"

    name = forms.CharField(label="Name of the household", max_length=120)
    base_currency = forms.ChoiceField(
        label="Base currency",
        choices=[(code, f"{code}, {name}") for code, name in BASE_CURRENCIES],
        help_text="All accounts are added up in it, at the rate of each day.",
    )


class FilingStatusForm(PartForm):
    """How the household files its tax return."""

    part = "tax"

    filing_status = forms.ChoiceField(
        label="Filing status",
        required=False,
        choices=[("", "Not said yet"), *TaxProfile.FilingStatus.choices],
        help_text="Tax brackets and the yearly limit on losses depend on it. Until it is known, tax figures "
        "say so instead of guessing.",
    )


class PercentField(forms.DecimalField):
    """A rate that is shown and typed in percent and kept as a fraction."""

    unit = "%"

    def prepare_value(self, value: Any) -> Any:
        """A fraction as percent; what a person typed stays as they typed it."""
        return f"{(value * 100).normalize():f}" if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        """Percent as a fraction."""
        percent: Decimal | None = super().clean(value)
        return None if percent is None else percent / 100


class DollarField(forms.DecimalField):
    """An amount of US dollars that may be unknown."""

    unit = "USD"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_value=LIMIT, decimal_places=2, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Without the places that the table keeps beyond cents."""
        return f"{value:.2f}" if isinstance(value, Decimal) else value


class TaxProfileForm(forms.Form):
    """What the tax rules need to know of one year; every field may stay empty, which means unknown."""

    filing_status = forms.ChoiceField(
        label="Filing status",
        required=False,
        choices=[("", "Not said yet"), *TaxProfile.FilingStatus.choices],
        help_text="Brackets and the yearly limit on losses depend on it.",
    )
    ordinary_income = DollarField(
        label="Ordinary income",
        help_text="About what the return will show as taxable income before gains and losses on investments. "
        "It decides at which rates gains are taxed.",
    )
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Not said yet"), *STATES],
        help_text="Where the household is resident for tax.",
    )
    state_rate = PercentField(
        label="State rate on gains",
        required=False,
        help_text="The rate that the next dollar of gain meets: 0 where the state takes nothing.",
    )
    carryforward_short = DollarField(
        label="Short-term loss carried in",
        help_text="From last year’s Capital Loss Carryover Worksheet, line 8, without a sign.",
    )
    carryforward_long = DollarField(
        label="Long-term loss carried in",
        help_text="From last year’s Capital Loss Carryover Worksheet, line 13, without a sign.",
    )

    @staticmethod
    def told(record: TaxProfileRecord) -> dict[str, Any]:
        """What is known already, as the fields take it."""
        return {
            "filing_status": record.filing_status or "",
            "ordinary_income": record.ordinary_income,
            "state": record.state or "",
            "state_rate": record.state_rate,
            "carryforward_short": record.carryforward_short,
            "carryforward_long": record.carryforward_long,
        }

    def values(self) -> dict[str, Any]:
        """The cleaned form as the service takes it: empty is unknown."""
        return dict(self.cleaned_data)

    def shown_as(self, field: str) -> str | None:
        """Where a refusal of the service is shown: beside its field, or above the form."""
        return field if field in self.fields else None


class MemberForm(PartForm):
    """A person of the household."""

    part = "member"

    name = forms.CharField(label="Name", max_length=120)
    relationship = forms.ChoiceField(
        label="Stands to you as",
        choices=HouseholdMember.Relationship.choices,
        initial=HouseholdMember.Relationship.SPOUSE,
    )


class MemberViewForm(MemberForm):
    """A person of the household who signs in, and what they see."""

    sees_all = forms.BooleanField(
        label="Sees every account of the household",
        required=False,
        help_text="Otherwise only the accounts that they hold. Grants they gave end when this is taken away.",
    )


class GrantForm(PartForm):
    """Access for somebody outside the household; the accounts on offer are those the giver sees."""

    part = "grant"

    email = forms.EmailField(
        label="Their email address", help_text="They must have signed up here with it.", max_length=254
    )
    scope = forms.ChoiceField(label="They may", choices=Grant.Scope.choices, initial=Grant.Scope.READ)
    portfolio = forms.ChoiceField(label="Of")
    last_day = forms.DateField(
        label="Until the end of",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Left empty, access holds until it is revoked.",
    )

    def __init__(self, *args: Any, accounts: list[tuple[str, str]], whole: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["portfolio"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = ([(WHOLE, "The whole household")] if whole else []) + accounts

    def portfolio_id(self) -> UUID | None:
        """The account that was chosen, or None for the whole household."""
        chosen: str = self.cleaned_data["portfolio"]
        return None if chosen == WHOLE else UUID(chosen)

    def expires_at(self) -> datetime | None:
        """The first moment after the last day (UTC), or None when access has no end."""
        day: date | None = self.cleaned_data["last_day"]
        return None if day is None else datetime.combine(day + timedelta(days=1), time.min, tzinfo=UTC)


class DeactivateForm(forms.Form):
    """The confirmation that a login is really to be closed."""

    email = forms.EmailField(
        label="Your email address",
        help_text="Type it to confirm.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def clean_email(self) -> str:
        """It must be the address of the login that is to be closed."""
        email: str = self.cleaned_data["email"]
        if email.strip().lower() != self.expected.lower():
            raise forms.ValidationError("This is not the address of your login.")
        return email
