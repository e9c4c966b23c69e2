"""Pure rules of trading and the frozen facts they work on: no Django, no clock, no network, no float."""
