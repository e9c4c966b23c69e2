"""Renders Django forms with the field and form templates of the product."""

from django.forms.renderers import TemplatesSetting


class PageRenderer(TemplatesSetting):
    """`{{ form }}` and `{{ field.as_field_group }}` in the look of a page."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
