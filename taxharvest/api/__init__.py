"""Operations of the tax year."""
