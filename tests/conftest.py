"""What all tests share: the stack's address for those that need it, and the arguments of the browser."""
