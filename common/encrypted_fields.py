"""A column whose values are sealed in the database and plain to whoever holds the row."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.functions import Cast
from django.db.models.query_utils import DeferredAttribute

from common.encryption import is_current, place_of, reseal, seal, unseal

# Django's fields are generic to the type checker alone.
if TYPE_CHECKING:
    TextField = models.TextField[Any, Any]
else:
    TextField = models.TextField


class Sealed(str):
    """A value as the database holds it."""

    __slots__ = ()


class SealedAttribute(DeferredAttribute):
    """What a row shows of the column: the text, opened anew each time it is asked for."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        """The text; SealError when the sealed one was changed or belongs to another row."""
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            field: Any = self.field
            return unseal(settings.ENCRYPTION_KEYS, value, field.place(instance))
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        """Keep the value as it is until the row is saved."""
        instance.__dict__[self.field.attname] = value


class EncryptedText(TextField):
    """Text that is sealed on its way into the database, bound to its table, column and row.

    It can only be saved through its row: an update of many rows does not know them apart, and is refused,
    as is searching for a value. `values()` and raw SQL see the sealed text. Empty text stays empty.
    """

    descriptor_class = SealedAttribute
    description = "Encrypted text"

    def place(self, instance: models.Model) -> str:
        """What the value of this row is bound to. Raises FieldError while the row has no key."""
        if instance.pk is None:
            raise FieldError(f"{self.name} can only be sealed for a row that has its key")
        return place_of(self.model._meta.db_table, str(self.column), instance.pk)

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        """The sealed text, to be opened when it is looked at."""
        return Sealed(value) if value else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002, FBT001 - Django's
        """The sealed text of the row; one that an earlier key sealed is sealed anew."""
        value = model_instance.__dict__[self.attname]
        if not value:
            return value
        place = self.place(model_instance)
        if isinstance(value, Sealed):
            # Only on a change of keys: what was not looked at goes back as it came.
            return Sealed(reseal(settings.ENCRYPTION_KEYS, value, place))
        return Sealed(seal(settings.ENCRYPTION_KEYS, str(value), place))

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """The sealed text. Raises FieldError for a plain one, which must never reach the database."""
        if value and not isinstance(value, Sealed):
            raise FieldError(f"{self.name} is sealed row by row: save the row")
        return super().get_db_prep_save(str(value) if value else value, connection)

    def get_lookup(self, lookup_name: str) -> Any:
        """Only whether there is a value: two sealed texts of one value differ."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is sealed and cannot be searched")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: models.Model) -> str:
        """Refused: a dump would hold the plain text. Raises FieldError."""
        raise FieldError(f"{self.name} of {obj.pk} is sealed and cannot be dumped")


def rows_reseal(model: type[models.Model], field_name: str, *, batch: int = 500) -> int:
    """Seal all values of a column with the current key, and return how many were changed.

    Row by row in the order of their keys, each only if nobody else changed it meanwhile. It can be stopped
    and begun again at any moment: every row is readable before and after. Raises SealError at the first value
    that does not open.
    """
    field: Any = model._meta.get_field(field_name)
    keyring, changed, last = settings.ENCRYPTION_KEYS, 0, None
    while rows := _page(model, field_name, last, batch):
        for key, sealed in rows:
            last = key
            if sealed and not is_current(keyring, sealed):
                place = place_of(model._meta.db_table, field.column, key)
                changed += _swap(model, field, key, sealed, reseal(keyring, sealed, place))
    return changed


def _page(model: type[models.Model], field_name: str, last: Any, batch: int) -> list[tuple[Any, Any]]:
    rows = model._default_manager.order_by("pk")
    if last is not None:
        rows = rows.filter(pk__gt=last)
    return list(rows.values_list("pk", field_name)[:batch])


def _swap(model: type[models.Model], field: Any, key: Any, before: str, after: str) -> int:
    # The column as plain text, for the one comparison that is of sealed texts.
    was = Cast(field.name, models.TextField())
    rows = model._default_manager.annotate(sealed_before=was).filter(pk=key, sealed_before=str(before))
    return rows.update(**{field.name: Sealed(after)})
