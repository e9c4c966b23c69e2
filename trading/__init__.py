"""Trading: orders and their life, controls, brokers, the paper gateway, reconciliation and live prices."""
