"""The parts of the sample year: an invented cast, and one file per chapter of what it says."""
