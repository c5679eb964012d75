"""The local cloud: moto in one process on the loopback address, and one module per AWS behaviour that moto lacks."""

ACCOUNT_ID = "123456789012"
