"""Input of the comparison with Form 1099-B: the broker's file."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

# A year of sales of one broker; a larger file is something else.
LARGEST_MIB = 20


class ReportedForm(forms.Form):
    """What the broker reported, as CSV or Flex XML."""

    reported = forms.FileField(
        label="The broker’s 1099-B",
        allow_empty_file=True,
        error_messages={"required": "Choose a file first."},
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xml,text/csv,text/xml,application/xml"}),
    )

    def clean_reported(self) -> UploadedFile[Any]:
        """Refuse what is too large to be the sales of a year."""
        file: UploadedFile[Any] = self.cleaned_data["reported"]
        if file.size is not None and file.size > LARGEST_MIB * 1024 * 1024:
            raise ValidationError(
                f"{file.name} is larger than {LARGEST_MIB} MB. Export the sales of one year alone."
            )
        return file
