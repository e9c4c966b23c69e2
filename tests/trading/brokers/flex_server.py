"""A Flex web service on this machine: a script of answers, and the statements of parts of a year."""

from collections.abc import Callable

from tests.loopback import Asked, Said

TOKEN, QUERY = "123456789012345678", "987654"


def envelope(fields: str) -> Said:
    """An answer that is no statement."""
    return Said(
        body=f'<FlexStatementResponse timestamp="27 November, 2026 06:00 AM EST">{fields}'
        "</FlexStatementResponse>".encode()
    )


def refused(code: int | str, words: str = "Some words of the broker") -> Said:
    """A refusal by its number."""
    return envelope(f"<Status>Fail</Status><ErrorCode>{code}</ErrorCode><ErrorMessage>{words}</ErrorMessage>")


def accepted(reference: str = "4242", address: str = "") -> Said:
    """A statement is being made, to be fetched under its reference."""
    place = f"<Url>{address}</Url>" if address else ""
    return envelope(f"<Status>Success</Status><ReferenceCode>{reference}</ReferenceCode>{place}")


def in_turn(*answers: Said) -> Callable[[Asked], Said]:
    """The answers one after the other; the last one again and again."""
    waiting = list(answers)
    return lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]


def by_period(statements: dict[str, bytes]) -> Callable[[Asked], Said]:
    """Statements by the first day that was asked for: `SendRequest` gives it as the reference."""

    def script(asked: Asked) -> Said:
        if asked.path.endswith("/SendRequest"):
            return accepted(asked.parameters.get("fd", "whole"))
        return Said(body=statements[asked.parameters["q"]])

    return script
