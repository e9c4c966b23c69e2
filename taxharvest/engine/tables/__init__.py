"""The numbers of the law, one small file per tax year."""
