"""Addresses of the pages of the tax year."""

from django.urls import URLPattern, URLResolver, path

from taxharvest.views import centre, forms, reconciliation

app_name = "taxharvest"

urlpatterns: list[URLPattern | URLResolver] = [
    path("tax/", centre.tax_centre, name="tax_centre"),
    path("tax/<int:year>/forms/", forms.tax_forms_page, name="tax_forms"),
    path("tax/<int:year>/forms/<slug:form>.<slug:file_format>", forms.tax_form_file, name="tax_form_file"),
    path("tax/<int:year>/1099b/", reconciliation.reconciliation, name="reconciliation"),
]
