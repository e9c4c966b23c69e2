"""A form of a household's year as a file, with its name and what is to be known of it."""

from dataclasses import dataclass
from datetime import date

from accounts.models import Viewer
from common.errors import Conflict
from portfolios.selectors.scopes import Scope
from taxharvest.engine.writers.files import About, FileFormat, FormName, TaxForm, form_file
from taxharvest.selectors.tax_sales import YearSales
from taxharvest.selectors.tax_years import brokers_form, tax_forms


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFile:
    """The bytes of a form and the name to save them under; `sales` is what it was made of."""

    name: str
    data: bytes
    sales: YearSales


def form_download(
    user: Viewer, scope: Scope, *, year: int, form: FormName, file_format: FileFormat, today: date
) -> FormFile:
    """The form as `user` may see it. Raises Conflict, with the reason, where it cannot be made yet.

    Raises InvalidInput for a year out of reach and for TXF of anything but Form 8949.
    """
    made, sales = _made(user, scope, year, form, today)
    about = About(taxpayer=scope.label, as_of=today, ledger_digest=sales.digest)
    return FormFile(
        name=f"{form.value}-{year}.{file_format.value}",
        data=form_file(made, file_format, about),
        sales=sales,
    )


def _made(user: Viewer, scope: Scope, year: int, form: FormName, today: date) -> tuple[TaxForm, YearSales]:
    if form is FormName.FORM_1099B:
        return brokers_form(scope, year, today)
    forms = tax_forms(user, scope, year, today)
    if form is FormName.FORM_8949:
        return forms.form_8949, forms.told.sales
    if forms.schedule_d is None:
        raise Conflict(f"Schedule D of {year} cannot be made. {forms.reason}", code="form-not-possible")
    return forms.schedule_d, forms.told.sales
