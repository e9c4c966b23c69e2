"""Pure rules and the frozen facts they work on: no Django, no clock, no network, no float for money."""
