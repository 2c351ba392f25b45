"""The facade `features`: every name that the chapters and the outside count on, and nothing of its own."""

import pytest

from coursekit import chroma, descriptors, features, mel, pitch

PROMISED = [
    "mel_filterbank",
    "mel_spectrogram",
    "log_mel",
    "mfcc",
    "delta",
    "chroma_stft",
    "rms",
    "zero_crossing_rate",
    "spectral_centroid",
    "spectral_bandwidth",
    "spectral_rolloff",
    "spectral_flatness",
    "time_statistics",
    "yin",
]


def test_the_promised_names_are_there():
    assert set(PROMISED) <= set(features.__all__)


@pytest.mark.parametrize("name", features.__all__)
def test_each_name_is_the_function_of_its_module(name):
    homes = [module for module in (mel, chroma, descriptors, pitch) if hasattr(module, name)]
    assert [getattr(home, name) for home in homes] == [getattr(features, name)]


def test_the_list_is_whole_and_in_order():
    public = [name for name in vars(features) if not name.startswith("_")]
    assert sorted(public) == features.__all__
