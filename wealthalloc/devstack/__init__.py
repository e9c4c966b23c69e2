"""PostgreSQL and Valkey from wheels, and the processes of the product under one terminal."""
