"""How words of others are written on pages and in letters of ours."""


def as_sentence(text: str) -> str:
    """A text of which only the first letter is a capital: “Remember Me” as “Remember me”."""
    return text[:1] + text[1:].lower()
