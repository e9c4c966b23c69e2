"""A service's refusal, put onto the form that it refused."""

from django import forms

from common.errors import DomainError


def refused_onto(form: forms.Form, refusal: DomainError) -> None:
    """Put a refusal where it can be mended: beside its fields, or above the form."""
    for field, sentences in refusal.fields.items():
        for sentence in sentences:
            form.add_error(field if field in form.fields else None, sentence)
    if not refusal.fields:
        form.add_error(None, refusal.detail)
