"""Settings from the environment: typed, and what is wrong is said with the name of the variable."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from wealthalloc.settings.env import (
    database_from,
    env_address,
    env_choice,
    env_flag,
    env_keyring,
    env_list,
    env_secret,
    env_text,
    env_whole,
    redis_from,
)


@pytest.mark.parametrize(
    ("word", "flag"), [("1", True), ("Yes", True), ("on", True), ("0", False), ("off", False)]
)
def test_a_flag_is_read_in_several_words(word: str, flag: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEALTHALLOC_X", word)
    assert env_flag("WEALTHALLOC_X", default=not flag) is flag


def test_a_flag_that_is_neither_yes_nor_no_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEALTHALLOC_X", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="WEALTHALLOC_X is 'perhaps'"):
        env_flag("WEALTHALLOC_X", default=True)


def test_an_unset_variable_takes_its_default_and_an_empty_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEALTHALLOC_X", raising=False)
    assert env_text("WEALTHALLOC_X", "fallback") == "fallback"
    monkeypatch.setenv("WEALTHALLOC_X", "  ")
    assert env_text("WEALTHALLOC_X", "fallback") == "fallback"


def test_a_variable_without_default_must_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEALTHALLOC_X", raising=False)
    with pytest.raises(ImproperlyConfigured, match="WEALTHALLOC_X is not set"):
        env_text("WEALTHALLOC_X")


@pytest.mark.parametrize(
    ("text", "words"),
    [("ten", "must be a whole number"), ("-1", "must be between 1 and 9"), ("10", "must be between 1 and 9")],
)
def test_a_number_out_of_its_bounds_is_refused(
    text: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEALTHALLOC_X", text)
    with pytest.raises(ImproperlyConfigured, match=f"WEALTHALLOC_X is .*{words}"):
        env_whole("WEALTHALLOC_X", 5, at_least=1, at_most=9)


def test_a_number_may_have_only_a_lower_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEALTHALLOC_X", "0")
    with pytest.raises(ImproperlyConfigured, match="must be at least 1"):
        env_whole("WEALTHALLOC_X", 5, at_least=1)
    monkeypatch.setenv("WEALTHALLOC_X", "123456")
    assert env_whole("WEALTHALLOC_X", 5, at_least=1) == 123456


def test_a_choice_names_what_may_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEALTHALLOC_X", "cloud")
    with pytest.raises(
        ImproperlyConfigured, match="WEALTHALLOC_X is 'cloud': it must be one of local, production"
    ):
        env_choice("WEALTHALLOC_X", ("local", "production"), "local")


def test_a_list_is_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEALTHALLOC_X", " a.test, b.test ,")
    assert env_list("WEALTHALLOC_X") == ["a.test", "b.test"]
    monkeypatch.delenv("WEALTHALLOC_X")
    assert env_list("WEALTHALLOC_X", ()) == []
    with pytest.raises(ImproperlyConfigured, match="WEALTHALLOC_X is not set"):
        env_list("WEALTHALLOC_X")


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("word\n")
    monkeypatch.delenv("WEALTHALLOC_X", raising=False)
    monkeypatch.setenv("WEALTHALLOC_X_FILE", str(tmp_path / "secret"))
    assert env_secret("WEALTHALLOC_X") == "word"


def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEALTHALLOC_X", "word")
    monkeypatch.setenv("WEALTHALLOC_X_FILE", "/run/secrets/x")
    with pytest.raises(ImproperlyConfigured, match="WEALTHALLOC_X and WEALTHALLOC_X_FILE are both set"):
        env_secret("WEALTHALLOC_X")


def test_a_secret_file_that_is_missing_or_empty_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WEALTHALLOC_X_FILE", str(tmp_path / "absent"))
    with pytest.raises(ImproperlyConfigured, match=r"WEALTHALLOC_X_FILE names .*cannot be read"):
        env_secret("WEALTHALLOC_X", "default")
    (tmp_path / "absent").write_text("\n")
    with pytest.raises(ImproperlyConfigured, match="which is empty"):
        env_secret("WEALTHALLOC_X", "default")


def test_a_database_url_becomes_a_database() -> None:
    database = database_from("postgresql://me:a%2Fb@db.example.test:5433/book")
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["USER"], database["PASSWORD"], database["HOST"]) == ("me", "a/b", "db.example.test")
    assert (database["PORT"], database["NAME"]) == (5433, "book")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://me:secret-word@db/book", "DATABASE_URL must begin with postgresql://"),
        ("postgresql://me:secret-word@db:port/book", "DATABASE_URL cannot be read"),
        ("postgresql://me:secret-word@db:5432/", "DATABASE_URL names no database"),
    ],
)
def test_a_wrong_database_url_is_refused_without_its_password(url: str, words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words) as refusal:
        database_from(url)
    assert "secret-word" not in str(refusal.value)


def test_a_wrong_redis_url_is_refused() -> None:
    assert redis_from("rediss://mq.example.test/0") == "rediss://mq.example.test/0"
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL must begin with redis://"):
        redis_from("http://mq.example.test")


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("https://api.example.test/v2/", "https://api.example.test/v2"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_an_address_is_https_or_this_machine(
    address: str, read: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEALTHALLOC_X", address)
    assert env_address("WEALTHALLOC_X", "https://usual.example.test") == read


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (
            "http://api.example.test",
            "only HTTPS is spoken beyond this machine",
        ),
        (
            "https://me:secret@api.example.test",
            "an address must not hold a login",
        ),
        ("https://api.example.test/?key=secret", "it must end with its path"),
        ("api.example.test", "this is no address"),
    ],
)
def test_another_address_is_refused_without_repeating_it(
    address: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEALTHALLOC_X", address)
    with pytest.raises(ImproperlyConfigured) as refused:
        env_address("WEALTHALLOC_X", "https://usual.example.test")
    assert str(refused.value) == f"WEALTHALLOC_X cannot be used: {words}."


def test_keys_are_read_from_a_file_and_never_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keys"
    path.write_text("k2:" + "B" * 43 + ",k1:" + "A" * 43 + "\n", encoding="utf-8")
    monkeypatch.setenv("WEALTHALLOC_X_FILE", str(path))
    assert env_keyring("WEALTHALLOC_X").current == "k2"

    path.write_text("k1:secrets!", encoding="utf-8")
    with pytest.raises(ImproperlyConfigured, match=r"^WEALTHALLOC_X cannot be used: key 1 is not base64\.$"):
        env_keyring("WEALTHALLOC_X")


def test_without_keys_there_is_no_keyring() -> None:
    with pytest.raises(ImproperlyConfigured, match="WEALTHALLOC_X is not set"):
        env_keyring("WEALTHALLOC_X")
