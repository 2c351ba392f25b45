"""Recipes: the runs that made the model shelf, as programs. `python -m coursekit.recipes.sentences --help`."""
