"""Operations of the API for the tax rules."""
