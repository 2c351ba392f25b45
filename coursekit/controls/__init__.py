"""Controls to move: a slider, and the picture, the numbers and the sound that follow it.

    ck.controls.aliasing_explorer(sr=8000)

The sliders are ipywidgets and need a running kernel. What they change is an ordinary output below them, replaced in
place: it is saved with the notebook, so the page also reads without a kernel.

What a control is made of stands in base.py; then each file is a subject. The controls of the first two chapters answer
here, too, as `aliasing_explorer`, `bit_depth_explorer` and `stft_explorer`.
"""

from coursekit.controls.base import (
    HINT,
    LONGEST,
    Explorer,
    View,
    short_sound,
    slider,
    title_and_legend,
)
from coursekit.controls.sampling import (
    aliasing_explorer,
    aliasing_view,
    bit_depth_explorer,
    bit_depth_view,
)
from coursekit.controls.spectra import MAIN_LOBE_BINS, stft_explorer, stft_view

__all__ = [
    "HINT",
    "LONGEST",
    "MAIN_LOBE_BINS",
    "Explorer",
    "View",
    "aliasing_explorer",
    "aliasing_view",
    "bit_depth_explorer",
    "bit_depth_view",
    "short_sound",
    "slider",
    "stft_explorer",
    "stft_view",
    "title_and_legend",
]
