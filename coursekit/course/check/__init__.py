"""A learner's answer becomes a card."""
