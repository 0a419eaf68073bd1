"""Facts in the past tense, and who hears of them."""
