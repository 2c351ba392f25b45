"""The features of chapters 03 and 04 under one name: `features.mfcc`, `features.rms`, `features.yin` ...

The code stands by subject: mel.py (mel scale to MFCC), chroma.py (pitch classes, constant-Q), descriptors.py (a number
for each frame) and pitch.py (autocorrelation, YIN). Functions that librosa also has take the same arguments with the
same defaults, and give the same numbers; only the sample rate has no default.
"""

from .chroma import chroma_cqt, chroma_stft, constant_q, estimate_tuning
from .descriptors import (
    rms,
    spectral_bandwidth,
    spectral_centroid,
    spectral_flatness,
    spectral_rolloff,
    time_statistics,
    zero_crossing_rate,
)
from .mel import cmvn, delta, log_mel, mel_filterbank, mel_spectrogram, mfcc, mfcc_39
from .pitch import track, yin

__all__ = [
    "chroma_cqt", "chroma_stft", "cmvn", "constant_q", "delta", "estimate_tuning", "log_mel", "mel_filterbank",
    "mel_spectrogram", "mfcc", "mfcc_39", "rms", "spectral_bandwidth", "spectral_centroid", "spectral_flatness",
    "spectral_rolloff", "time_statistics", "track", "yin", "zero_crossing_rate",
]  # fmt: skip
