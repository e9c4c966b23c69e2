"""Input of the pages of people and households."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django import forms

from accounts.engine.preferences import BASE_CURRENCIES, LOCALES
from accounts.models import Grant, HouseholdMember, TaxProfile

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
