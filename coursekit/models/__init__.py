"""Networks in torch: attention, Transformer and Conformer layers, and recognisers made of them. Chapters 07 to 09.

A model holds its layers and nothing else: no files, no optimiser, no plots. Its one argument is a frozen dataclass,
which is saved beside its weights. Batches are (batch, frames, features) with `lengths` (batch,); a mask is True where
attention may look.
"""
