"""What follows from figures: severities, reasons, suitability and gates, as pure functions."""
