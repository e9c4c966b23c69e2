"""A sealed column: plain in the row, sealed in the database, bound to its row, and never written in plain."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connection, models, transaction
from django.test.utils import isolate_apps

from common.encrypted_fields import EncryptedText, rows_reseal
from common.encryption import SealError, key_make, keyring_read
from common.identifiers import uuid7

pytestmark = pytest.mark.django_db
SECRET = "canary-7f3a"


@pytest.fixture
def vault() -> Iterator[Any]:
    """A table with a sealed column that exists for one test."""
    with isolate_apps("common"):

        class Vault(models.Model):
            id = models.UUIDField(primary_key=True, default=uuid7)
            token = EncryptedText(blank=True, null=True)

            class Meta:
                app_label = "common"

            def __str__(self) -> str:
                return str(self.pk)

        with connection.schema_editor() as editor:
            editor.create_model(Vault)
        yield Vault


def stored(key: UUID) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT token FROM common_vault WHERE id = %s", [key])
        (value,) = cursor.fetchone()
    return str(value)


def store(key: UUID, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE common_vault SET token = %s WHERE id = %s", [value, key])


def test_the_row_shows_what_the_database_hides(vault: Any) -> None:
    row = vault.objects.create(token=SECRET)

    assert row.token == SECRET
    assert vault.objects.get().token == SECRET
    assert vault.objects.defer("token").get().token == SECRET
    assert stored(row.pk).startswith("v1|test|")
    assert SECRET not in stored(row.pk)
    assert SECRET not in str(list(vault.objects.values_list("token", flat=True)))


def test_many_rows_made_at_once_are_sealed_each_for_itself(vault: Any) -> None:
    rows = vault.objects.bulk_create([vault(token=SECRET), vault(token=SECRET)])
    assert [row.token for row in vault.objects.order_by("pk")] == [SECRET, SECRET]
    assert stored(rows[0].pk) != stored(rows[1].pk)


def test_nothing_stays_nothing(vault: Any) -> None:
    empty, none = vault.objects.create(token=""), vault.objects.create(token=None)
    assert (stored(empty.pk), stored(none.pk)) == ("", "None")
    assert [vault.objects.get(pk=row.pk).token for row in (empty, none)] == ["", None]
    assert vault.objects.get(token__isnull=True) == none


def test_a_row_that_is_saved_untouched_keeps_its_sealed_text(vault: Any) -> None:
    row = vault.objects.create(token=SECRET)
    before = stored(row.pk)
    vault.objects.get().save()
    assert stored(row.pk) == before


def test_a_new_value_is_sealed_anew(vault: Any) -> None:
    vault.objects.create(token=SECRET)
    row = vault.objects.get()
    row.token = "another"
    row.save()
    assert vault.objects.get().token == "another"


def test_swapped_rows_do_not_open(vault: Any) -> None:
    one, other = vault.objects.create(token="one"), vault.objects.create(token="other")
    first, second = stored(one.pk), stored(other.pk)
    store(one.pk, second)
    store(other.pk, first)
    for row in vault.objects.all():
        with pytest.raises(SealError, match="belongs to another place"):
            _ = row.token


def test_a_plain_text_in_the_database_does_not_pass_for_a_sealed_one(vault: Any) -> None:
    row = vault.objects.create(token=SECRET)
    store(row.pk, SECRET)
    with pytest.raises(SealError, match="this is no sealed text"):
        _ = vault.objects.get().token


def test_plain_text_never_reaches_the_database_past_its_row(vault: Any) -> None:
    row = vault.objects.create(token=SECRET)
    before = stored(row.pk)
    with pytest.raises(FieldError, match="save the row"), transaction.atomic():
        vault.objects.update(token="plain")
    row.token = "plain"
    with pytest.raises(FieldError, match="save the row"), transaction.atomic():
        vault.objects.bulk_update([row], ["token"])
    with pytest.raises(FieldError, match="cannot be searched"):
        vault.objects.filter(token=SECRET).exists()
    with pytest.raises(FieldError, match="cannot be dumped"):
        serializers.serialize("json", [row])
    with pytest.raises(FieldError, match="has its key"):
        vault(pk=None, token=SECRET)._meta.get_field("token").pre_save(vault(pk=None, token=SECRET), True)
    assert stored(row.pk) == before


def test_after_a_rotation_every_row_reads_and_all_are_sealed_anew(vault: Any, settings: Any) -> None:
    old, new = key_make(), key_make()
    settings.ENCRYPTION_KEYS = keyring_read(f"k1:{old}")
    rows = [vault.objects.create(token=f"{SECRET}-{count}") for count in range(7)]
    vault.objects.create(token="")
    settings.ENCRYPTION_KEYS = keyring_read(f"k2:{new},k1:{old}")
    assert vault.objects.get(pk=rows[3].pk).token == f"{SECRET}-3"
    vault.objects.get(pk=rows[0].pk).save()
    assert stored(rows[0].pk).startswith("v1|k2|")

    assert rows_reseal(vault, "token", batch=3) == 6
    assert rows_reseal(vault, "token", batch=3) == 0

    settings.ENCRYPTION_KEYS = keyring_read(f"k2:{new}")
    assert [vault.objects.get(pk=row.pk).token for row in rows] == [f"{SECRET}-{n}" for n in range(7)]


def test_sealing_anew_stops_at_a_value_that_does_not_open_and_can_be_begun_again(
    vault: Any, settings: Any
) -> None:
    old, new = key_make(), key_make()
    settings.ENCRYPTION_KEYS = keyring_read(f"k1:{old}")
    rows = [vault.objects.create(token=SECRET) for _ in range(3)]
    whole = stored(rows[1].pk)
    store(rows[1].pk, whole[:-1])
    settings.ENCRYPTION_KEYS = keyring_read(f"k2:{new},k1:{old}")

    with pytest.raises(SealError):
        rows_reseal(vault, "token")
    assert vault.objects.get(pk=rows[2].pk).token == SECRET
    store(rows[1].pk, whole)

    assert rows_reseal(vault, "token") == 2
