"""descriptors against librosa, SciPy, closed forms and hand-worked values; and the wrong variants that are published.

Tolerances are relative to the reference's peak. 1e-10 in float64 and 1e-5 in float32 are what the library promises; the
mildest wrong variant below is 1e-3 away.
"""

import warnings

import librosa
import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import descriptors, dsp, synth
from coursekit.arguments import ArgumentError

DOUBLE, SINGLE = 1e-10, 1e-5
SR = 8000
random_arguments = settings(deadline=None, derandomize=True, max_examples=40)


def error(a, b):
    """Largest difference, relative to the peak of b; infinite for another shape or a NaN."""
    if a.shape != b.shape or not np.isfinite(a).all():
        return np.inf
    return np.abs(a - b).max() / max(np.abs(b).max(), np.finfo(np.float64).tiny)


def librosas(name, **how):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # librosa warns of short signals
        return getattr(librosa.feature, name)(**how)


@pytest.fixture
def rng():
    return np.random.default_rng(21)  # any seed will do: nothing below depends on the draw


@pytest.fixture
def noise(rng):
    return rng.standard_normal(6000)


signals = st.builds(
    lambda n, channels, dtype, seed: (
        np.random.default_rng(seed).standard_normal((*channels, n)).astype(dtype)
    ),
    n=st.integers(600, 2000),
    channels=st.sampled_from([(), (2,), (2, 3)]),
    dtype=st.sampled_from([np.float64, np.float32]),
    seed=st.integers(0, 9),
)
framing = st.fixed_dictionaries(
    dict(frame_length=st.integers(1, 600), hop_length=st.integers(1, 600), center=st.booleans())
)


@st.composite
def stft_arguments(draw):
    n_fft = draw(st.integers(4, 600))
    win_length = draw(st.integers(2, n_fft))
    return dict(
        n_fft=n_fft,
        win_length=win_length,
        hop_length=draw(st.integers(1, 300)),
        center=draw(st.booleans()),
        window=draw(st.sampled_from(["hann", "hamming", "boxcar"])),
        pad_mode=draw(st.sampled_from(["constant", "edge"])),
    )


def tolerance(y):
    return SINGLE if y.dtype == np.float32 else DOUBLE


# --- equal to librosa ----------------------------------------------------------------------------------------


@given(y=signals, how=framing, pad_mode=st.sampled_from(["constant", "edge", "reflect"]))
@random_arguments
def test_rms_equals_librosa(y, how, pad_mode):
    ours = descriptors.rms(y, pad_mode=pad_mode, **how)
    assert ours.dtype == y.dtype
    assert error(ours, librosas("rms", y=y, pad_mode=pad_mode, dtype=y.dtype, **how)) < tolerance(y)


@given(y=signals, how=framing, threshold=st.sampled_from([0.0, 1e-10, 0.5]), zeros=st.booleans())
@random_arguments
def test_zero_crossing_rate_equals_librosa(y, how, threshold, zeros):
    y = np.where(np.abs(y) < 0.4, 0, y) if zeros else y
    ours = descriptors.zero_crossing_rate(y, threshold=threshold, **how)
    assert ours.dtype == y.dtype
    assert error(ours, librosas("zero_crossing_rate", y=y, threshold=threshold, **how)) < tolerance(
        y
    )


@given(y=signals, how=stft_arguments(), sr=st.sampled_from([8000, 22050, 44100.5]))
@random_arguments
def test_centroid_equals_librosa(y, how, sr):
    ours = descriptors.spectral_centroid(y, sr=sr, **how)
    assert ours.dtype == y.dtype
    assert error(ours, librosas("spectral_centroid", y=y, sr=sr, **how)) < tolerance(y)


@given(
    y=signals,
    how=stft_arguments(),
    sr=st.sampled_from([8000, 22050]),
    norm=st.booleans(),
    p=st.sampled_from([1, 2, 3.3]),
)  # below 1 a distance of 1e-16, for 0, grows to 1e-8
@random_arguments
def test_bandwidth_equals_librosa(y, how, sr, norm, p):
    ours = descriptors.spectral_bandwidth(y, sr=sr, norm=norm, p=p, **how)
    assert ours.dtype == y.dtype
    assert error(
        ours, librosas("spectral_bandwidth", y=y, sr=sr, norm=norm, p=p, **how)
    ) < tolerance(y)


@given(y=signals, how=stft_arguments(), roll_percent=st.floats(0.01, 0.99))
@random_arguments
def test_rolloff_equals_librosa(y, how, roll_percent):
    # from one S: rounding may carry a running sum over the threshold, and then the answer is the bin above
    S = np.abs(dsp.stft(y, **how))
    ours = descriptors.spectral_rolloff(S=S, sr=SR, n_fft=how["n_fft"], roll_percent=roll_percent)
    assert ours.dtype == y.dtype
    reference = librosas(
        "spectral_rolloff", S=S, sr=SR, n_fft=how["n_fft"], roll_percent=roll_percent
    )
    assert error(ours, reference) < tolerance(y)


@given(
    y=signals,
    how=stft_arguments(),
    power=st.sampled_from([0.5, 1, 2.0]),
    amin=st.sampled_from([1e-10, 1e-3]),
)
@random_arguments
def test_flatness_equals_librosa(y, how, power, amin):
    if y.dtype == np.float64:
        ours = descriptors.spectral_flatness(y, power=power, amin=amin, **how)
        assert (
            error(ours, librosas("spectral_flatness", y=y, power=power, amin=amin, **how)) < DOUBLE
        )
    # float32 from one S, as a bin near 0 is all rounding and its logarithm is not; against double, as librosa's mean of
    # float32 logarithms loses up to 1e-5 itself
    S = np.abs(dsp.stft(y, **how))
    ours = descriptors.spectral_flatness(S=S, power=power, amin=amin)
    assert ours.dtype == y.dtype
    reference = librosas("spectral_flatness", S=S.astype(np.float64), power=power, amin=amin)
    assert error(ours, reference) < tolerance(y)


def test_what_lies_on_the_threshold_is_decided_as_in_librosa():
    y, how = (
        np.array([-0.5, 0.5, -0.5, -0.6, 0.0, -0.0, -1e-11, 1.0]),
        dict(frame_length=8, hop_length=8, center=False),
    )
    for threshold in (0.5, 1e-10, 0.0):
        assert np.array_equal(
            descriptors.zero_crossing_rate(y, threshold=threshold, **how),
            librosas("zero_crossing_rate", y=y, threshold=threshold, **how),
        )
    S = np.ones((4, 2))
    for share in (0.25, 0.5, 0.75):
        assert np.array_equal(
            descriptors.spectral_rolloff(S=S, sr=SR, roll_percent=share),
            librosas("spectral_rolloff", S=S, sr=SR, roll_percent=share),
        )
    assert (
        descriptors.spectral_rolloff(S=S, sr=6, roll_percent=0.5)[0, 0] == 1
    )  # bins 0 and 1 hold one half


SPECTRAL = ["spectral_centroid", "spectral_bandwidth", "spectral_rolloff"]


@pytest.mark.parametrize("name", SPECTRAL)
def test_defaults_are_librosas(noise, name):
    ours = getattr(descriptors, name)(noise, sr=SR)
    assert error(ours, librosas(name, y=noise, sr=SR)) < DOUBLE


@pytest.mark.parametrize("name", ["rms", "zero_crossing_rate", "spectral_flatness"])
def test_defaults_are_librosas_without_a_sample_rate(noise, name):
    extra = (
        {"dtype": np.float64} if name == "rms" else {}
    )  # librosa's rms rounds to float32 when not told otherwise
    assert error(getattr(descriptors, name)(noise), librosas(name, y=noise, **extra)) < DOUBLE


@pytest.mark.parametrize("name", SPECTRAL)
@pytest.mark.parametrize("n_bins, n_fft", [(257, 512), (257, 513), (257, 2048), (2, 2048)])
def test_a_magnitude_may_be_given_instead(rng, name, n_bins, n_fft):
    S = rng.uniform(0, 1, (2, n_bins, 9))
    ours = getattr(descriptors, name)(S=S, sr=SR, n_fft=n_fft)
    assert error(ours, librosas(name, S=S, sr=SR, n_fft=n_fft)) < DOUBLE
    assert error(descriptors.spectral_flatness(S=S), librosas("spectral_flatness", S=S)) < DOUBLE


def test_a_magnitude_of_whole_numbers_is_a_magnitude(rng):
    S = rng.integers(0, 5, (9, 4))
    for name in SPECTRAL:
        call = getattr(descriptors, name)
        assert np.array_equal(call(S=S, sr=SR), call(S=S.astype(float), sr=SR))


# --- time statistics -----------------------------------------------------------------------------------------


@given(
    n=st.integers(2, 3000),
    channels=st.sampled_from([(), (2,)]),
    offset=st.sampled_from([0.0, 0.3, -5.0]),
    scale=st.sampled_from([1e-4, 1.0]),
    heavy=st.booleans(),
    seed=st.integers(0, 99),
)
@random_arguments
def test_time_statistics_equal_scipy(n, channels, offset, scale, heavy, seed):
    rng = np.random.default_rng(seed)
    x = (rng.exponential if heavy else rng.uniform)(size=(*channels, n)) * scale + offset
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SciPy warns of two nearly equal samples
        skewness, kurtosis = scipy.stats.skew(x, axis=-1), scipy.stats.kurtosis(x, axis=-1)
    ours = descriptors.time_statistics(x)
    for a, b in zip(ours, (x.mean(axis=-1), x.std(axis=-1), skewness, kurtosis), strict=True):
        # an offset of 5 with a spread of 1e-4 leaves 16 - 4.7 digits, of which a fourth power takes a few
        assert np.abs(a - b).max() <= 1e-9 * max(1, np.abs(b).max())


def test_time_statistics_in_float32_are_rounded_double_ones(rng):
    x = rng.exponential(size=(3, 5000)).astype(np.float32)
    for a, b in zip(
        descriptors.time_statistics(x),
        descriptors.time_statistics(x.astype(np.float64)),
        strict=True,
    ):
        assert a.dtype == np.float32 and np.array_equal(a, b.astype(np.float32))


def test_moments_of_known_shapes(rng):
    n = np.arange(SR)
    sine = descriptors.time_statistics(0.5 * np.sin(2 * np.pi * 100 * n / SR))
    assert sine == pytest.approx((0, 0.5 / np.sqrt(2), 0, -1.5), abs=1e-12)
    square = descriptors.time_statistics(np.sign(np.sin(2 * np.pi * (100 * n + 0.5) / SR)))
    assert square == pytest.approx((0, 1, 0, -2), abs=1e-12)
    gauss = descriptors.time_statistics(rng.standard_normal(400_000))
    # standard errors sqrt(6 / n) = 0.004 and sqrt(24 / n) = 0.008; five of them
    assert abs(gauss.skewness) < 0.02 and abs(gauss.kurtosis) < 0.04
    assert descriptors.time_statistics([0.0, 0.0, 0.0, 4.0]).skewness == pytest.approx(
        2 / np.sqrt(3)
    )  # by hand


@pytest.mark.parametrize(
    "y", [np.zeros(100), np.full(1000, 0.1), np.full(7, -1 / 3), np.array([0.5])]
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_constant_has_no_shape_and_nothing_is_divided_by_0(y, dtype):
    y = y.astype(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        statistics = descriptors.time_statistics(y)
    assert statistics[1:] == (0, 0, 0)
    assert statistics.mean == pytest.approx(y[0])
    if len(y) == 100:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert np.isnan(scipy.stats.skew(y))  # what the docstring says of SciPy


def test_statistics_of_frames_some_of_them_silent(rng):
    y = np.concatenate([rng.standard_normal(1000), np.zeros(1000)])
    statistics = descriptors.time_statistics(
        dsp.frame(y, frame_length=500, hop_length=500).swapaxes(-1, -2)
    )
    assert all(np.isfinite(s).all() and s.shape == (4,) for s in statistics)
    assert np.array_equal(statistics.kurtosis[2:], [0, 0]) and statistics.skewness[
        0
    ] == pytest.approx(scipy.stats.skew(y[:500]))


# --- named wrong variants ------------------------------------------------------------------------------------

HOW = dict(n_fft=512, hop_length=128)


def over_negative_frequencies_too(y):
    X = np.abs(
        np.fft.fft(
            dsp.get_window("hann", 512)[:, None]
            * librosa.util.frame(np.pad(y, 256), frame_length=512, hop_length=128),
            axis=0,
        )
    )
    f = np.fft.fftfreq(512, 1 / SR)[:, None]
    return (f * X).sum(axis=0, keepdims=True) / X.sum(axis=0, keepdims=True)


def of_the_power(name):
    return lambda y: getattr(descriptors, name)(S=descriptors.magnitude(y, **HOW) ** 2, sr=SR)


def centre_off(name):
    return lambda y: getattr(descriptors, name)(y, sr=SR, center=False, **HOW)


def edge_padded(name):
    return lambda y: getattr(descriptors, name)(y, sr=SR, pad_mode="edge", **HOW)


def bins_off_by_one(y):
    S = descriptors.magnitude(y, **HOW)
    return descriptors.spectral_centroid(y, sr=SR, **HOW) + SR / 512 * (
        S.sum(axis=-2, keepdims=True) > 0
    )


def bandwidth_without_the_root(y):
    return descriptors.spectral_bandwidth(y, sr=SR, **HOW) ** 2


def bandwidth_without_the_weights_sum(y):
    return descriptors.spectral_bandwidth(y, sr=SR, norm=False, **HOW)


def percentile_of_the_frequency_axis(y):
    frames = descriptors.magnitude(y, **HOW).shape[-1]
    return np.full((1, frames), np.percentile(np.linspace(0, SR / 2, 257), 85))


def one_bin_below(y):
    return descriptors.spectral_rolloff(y, sr=SR, **HOW) - SR / 512


@pytest.mark.parametrize(
    "name, variant",
    [
        ("spectral_centroid", over_negative_frequencies_too),
        ("spectral_centroid", of_the_power("spectral_centroid")),
        ("spectral_centroid", centre_off("spectral_centroid")),
        ("spectral_centroid", edge_padded("spectral_centroid")),
        ("spectral_centroid", bins_off_by_one),
        ("spectral_bandwidth", of_the_power("spectral_bandwidth")),
        ("spectral_bandwidth", bandwidth_without_the_root),
        ("spectral_bandwidth", bandwidth_without_the_weights_sum),
        ("spectral_bandwidth", edge_padded("spectral_bandwidth")),
        ("spectral_rolloff", percentile_of_the_frequency_axis),
        ("spectral_rolloff", of_the_power("spectral_rolloff")),
        ("spectral_rolloff", edge_padded("spectral_rolloff")),
        ("spectral_rolloff", one_bin_below),
    ],
)
@pytest.mark.parametrize(
    "level", [1.0, 1e-4]
)  # an absolute tolerance would accept some of them on a quiet signal
def test_the_tolerance_rejects_named_wrong_spectral_variants(noise, name, variant, level):
    y = level * (0.5 + noise)  # an offset, as edge and zero padding are alike where the signal is 0
    assert error(variant(y), librosas(name, y=y, sr=SR, **HOW)) > 1e-3


@pytest.mark.parametrize(
    "variant",
    [
        lambda y: descriptors.spectral_flatness(y, power=1.0, **HOW),
        lambda y: descriptors.spectral_flatness(y, **HOW) ** 0.5,
        lambda y: -10 * np.log10(descriptors.spectral_flatness(y, **HOW)),
        lambda y: descriptors.spectral_flatness(y, amin=1e-2, **HOW),
    ],
)
@pytest.mark.parametrize("level", [1.0, 1e-4])
def test_the_tolerance_rejects_wrong_flatness(noise, variant, level):
    y = level * dsp.decimate(noise, factor=2)[:1500].repeat(2)
    assert error(variant(y), librosas("spectral_flatness", y=y, **HOW)) > 1e-3


def with_edge_padding(y):
    return descriptors.rms(y, pad_mode="edge", frame_length=512, hop_length=128)


def mean_of_the_absolute_value(y):
    return np.mean(
        np.abs(dsp.frame(np.pad(y, 256), frame_length=512, hop_length=128)), axis=0, keepdims=True
    )


def without_the_root(y):
    return descriptors.rms(y, frame_length=512, hop_length=128) ** 2


def about_the_mean(y):
    return np.std(
        dsp.frame(np.pad(y, 256), frame_length=512, hop_length=128), axis=0, keepdims=True
    )


def unbiased(y):
    return descriptors.rms(y, frame_length=512, hop_length=128) * np.sqrt(512 / 511)


def not_centred(y):
    return descriptors.rms(y, center=False, frame_length=512, hop_length=128)


@pytest.mark.parametrize("level", [1.0, 1e-4])
@pytest.mark.parametrize(
    "variant",
    [
        with_edge_padding,
        mean_of_the_absolute_value,
        without_the_root,
        about_the_mean,
        unbiased,
        not_centred,
    ],
)
def test_the_tolerance_rejects_wrong_levels(noise, variant, level):
    y = level * (0.5 + noise)
    reference = librosas("rms", y=y, frame_length=512, hop_length=128, dtype=np.float64)
    assert error(variant(y), reference) > 9e-4  # the mildest: sqrt(512 / 511) - 1 = 9.8e-4


def zcr_frames(y, mode="edge"):
    return dsp.frame(np.pad(y, 256, mode=mode), frame_length=512, hop_length=128)


def through_sign_with_zeros(y):
    return np.mean(np.diff(np.sign(zcr_frames(y)), axis=0) != 0, axis=0, keepdims=True) * 511 / 512


def product_below_zero(y):
    frames = zcr_frames(y)
    return np.sum(frames[1:] * frames[:-1] < 0, axis=0, keepdims=True) / 512


def per_gap_not_per_sample(y):
    return descriptors.zero_crossing_rate(y, frame_length=512, hop_length=128) * 512 / 511


def half_a_crossing(y):
    return descriptors.zero_crossing_rate(y, frame_length=512, hop_length=128) / 2


def zeros_before_and_after(y):
    return np.sum(np.diff(zcr_frames(y, "constant") < 0, axis=0), axis=0, keepdims=True) / 512


def of_the_centred_signal(y):
    return descriptors.zero_crossing_rate(y - y.mean(), frame_length=512, hop_length=128)


@pytest.mark.parametrize(
    "variant",
    [
        through_sign_with_zeros,
        product_below_zero,
        per_gap_not_per_sample,
        half_a_crossing,
        zeros_before_and_after,
        of_the_centred_signal,
    ],
)
@pytest.mark.parametrize("level", [1.0, 1e-4])
def test_the_tolerance_rejects_wrong_zero_crossings(rng, variant, level):
    y = level * np.round(
        2 * rng.standard_normal(4000) + 0.3
    )  # few values, 0 among them: a coarse quantiser's
    y[0] = y[
        -1
    ] = -level  # zeros beyond the ends count as positive: padding with them adds crossings
    reference = librosas("zero_crossing_rate", y=y, frame_length=512, hop_length=128)
    assert error(variant(y), reference) > 1e-3


@pytest.mark.parametrize(
    "field, variant",
    [
        ("std", lambda x: x.std(ddof=1)),
        ("skewness", lambda x: scipy.stats.skew(x, bias=False)),
        ("skewness", lambda x: 3 * (x.mean() - np.median(x)) / x.std()),
        ("kurtosis", lambda x: scipy.stats.kurtosis(x, bias=False)),
        ("kurtosis", lambda x: scipy.stats.kurtosis(x, fisher=False)),
        ("mean", lambda x: np.median(x)),
        ("mean", lambda x: np.abs(x).mean()),
    ],
)
def test_the_tolerance_rejects_wrong_statistics(rng, field, variant):
    x = rng.exponential(size=300) - 0.5
    ours = getattr(descriptors.time_statistics(x), field)
    assert abs(variant(x) - ours) > 1e-3 * abs(ours)


# --- closed forms --------------------------------------------------------------------------------------------


def test_a_tone():
    y = synth.sine(1000, sr=SR, duration=1.0, amplitude=0.5)
    inside = slice(4, -4)  # frames that reach over no end
    assert descriptors.rms(y)[0, inside] == pytest.approx(
        0.5 / np.sqrt(2), rel=1e-3
    )  # 256 whole cycles a frame
    assert descriptors.zero_crossing_rate(y)[0, inside] == pytest.approx(
        2 * 1000 / SR, abs=1 / 2048
    )
    # 1,000 Hz is bin 256: the Hann window leaves it and its two neighbours, of half its height each
    assert descriptors.spectral_centroid(y, sr=SR)[0, inside] == pytest.approx(1000, abs=1e-3)
    assert descriptors.spectral_bandwidth(y, sr=SR)[0, inside] == pytest.approx(
        SR / 2048 / np.sqrt(2), rel=1e-3
    )
    # so three quarters lie at or below the middle one: less than 85 %
    assert descriptors.spectral_rolloff(y, sr=SR)[0, inside] == pytest.approx(1000 + SR / 2048)
    assert descriptors.spectral_flatness(y)[0, inside].max() < 1e-6


def test_noise():
    y = np.random.default_rng(3).standard_normal(20 * SR)
    how = dict(n_fft=512, hop_length=512, center=False)
    assert descriptors.spectral_centroid(y, sr=SR, **how).mean() == pytest.approx(SR / 4, rel=0.01)
    # evenly spread over sr / 2: standard deviation of a uniform distribution
    assert descriptors.spectral_bandwidth(y, sr=SR, **how).mean() == pytest.approx(
        SR / 2 / np.sqrt(12), rel=0.01
    )
    assert descriptors.spectral_rolloff(y, sr=SR, **how).mean() == pytest.approx(
        0.85 * SR / 2, rel=0.01
    )
    # powers are exponentially distributed: exp(mean log) / mean = exp(-0.5772)
    assert descriptors.spectral_flatness(y, **how).mean() == pytest.approx(
        np.exp(-np.euler_gamma), rel=0.01
    )
    assert descriptors.zero_crossing_rate(y).mean() == pytest.approx(0.5, abs=0.01)


def test_level_does_not_count_but_for_rms(noise):
    for name in SPECTRAL:
        call = getattr(descriptors, name)
        assert error(call(0.01 * noise, sr=SR), call(noise, sr=SR)) < 1e-12
    assert (
        error(descriptors.zero_crossing_rate(0.01 * noise), descriptors.zero_crossing_rate(noise))
        == 0
    )
    assert error(descriptors.rms(0.01 * noise), 0.01 * descriptors.rms(noise)) < 1e-12


# --- edges ---------------------------------------------------------------------------------------------------

ALL = {
    "rms": descriptors.rms,
    "zero_crossing_rate": descriptors.zero_crossing_rate,
    "centroid": lambda y, **how: descriptors.spectral_centroid(y, sr=SR, **how),
    "bandwidth": lambda y, **how: descriptors.spectral_bandwidth(y, sr=SR, **how),
    "rolloff": lambda y, **how: descriptors.spectral_rolloff(y, sr=SR, **how),
    "flatness": descriptors.spectral_flatness,
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_silence_and_constants_have_the_documented_values(name, dtype):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing is divided by 0
        silence = ALL[name](np.zeros(4096, dtype))
        constant = ALL[name](np.full(8192, -0.25, dtype), center=False)
    assert silence.shape == (1, 9)
    assert np.abs(silence - (1 if name == "flatness" else 0)).max() < tolerance(silence)
    if name in ("rms", "zero_crossing_rate"):
        assert np.all(constant == (0.25 if name == "rms" else 0))
    else:  # all of it in bins 0 and 1
        assert np.all(constant < 2 * SR / 2048)


@pytest.mark.parametrize("name", ALL)
def test_one_sample_is_enough_when_frames_are_centred(name):
    value = ALL[name](np.array([0.5]))
    assert value.shape == (1, 1)
    impulse = {
        "rms": 0.5 / np.sqrt(2048),
        "zero_crossing_rate": 0,
        "centroid": SR / 4,
        "rolloff": 0.85 * SR / 2,
        "bandwidth": SR / 2 / np.sqrt(12),
        "flatness": 1,
    }  # an impulse has a flat spectrum
    assert value[0, 0] == pytest.approx(impulse[name], rel=2e-3)
    with pytest.raises(ArgumentError, match="less than one frame"):
        ALL[name](np.ones(100), center=False)


@pytest.mark.parametrize("name", ALL)
def test_channels_are_described_one_by_one(rng, name):
    y = rng.standard_normal((2, 3, 3000))
    together = ALL[name](y)
    alone = [[ALL[name](y[i, j]) for j in range(3)] for i in range(2)]
    assert together.shape == (2, 3, 1, 6) and error(together, np.array(alone)) < 1e-12


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "spoil, words",
    [
        (lambda y: np.stack([y, y], axis=1), r"channels last\? Time is the last axis"),
        (
            lambda y: np.where(np.arange(len(y)) == 7, np.nan, y),
            r"NaN or infinite values, the first at \(7,\)",
        ),
        (lambda y: (1000 * y).astype(np.int16), "audio.to_float"),
        (lambda y: y[:0], "0 samples"),
        (lambda y: y + 0j, "complex"),
        (lambda y: list("abc"), "wanted real numbers"),
        (lambda y: 0.5, "one number"),
    ],
)
def test_bad_signals_are_named(noise, name, spoil, words):
    with pytest.raises(ArgumentError, match=words):
        ALL[name](spoil(noise))
    with pytest.raises(ArgumentError, match=words):
        descriptors.time_statistics(spoil(noise))


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda y: descriptors.rms(y, hop_length=0), "hop_length = 0; wanted at least 1"),
        (lambda y: descriptors.rms(y, frame_length=512.0), "frame_length = 512.0"),
        (lambda y: descriptors.zero_crossing_rate(y, frame_length=0), "frame_length = 0"),
        (
            lambda y: descriptors.zero_crossing_rate(y, threshold=-1),
            "threshold = -1; wanted at least 0",
        ),
        (lambda y: descriptors.spectral_centroid(y, sr=None), "as audio.load returns it"),
        (lambda y: descriptors.spectral_centroid(y, sr=-8000), "sr = -8000"),
        (lambda y: descriptors.spectral_centroid(y, sr=SR, n_fft=0), "n_fft = 0"),
        (lambda y: descriptors.spectral_centroid(y, sr=SR, hop_length=0), "hop_length = 0"),
        (
            lambda y: descriptors.spectral_centroid(sr=SR),
            "neither y nor S was given; wanted the audio, or S=",
        ),
        (
            lambda y: descriptors.spectral_centroid(y, S=np.ones((3, 3)), sr=SR),
            "y and S were both given",
        ),
        (
            lambda y: descriptors.spectral_centroid(S=dsp.stft(y), sr=SR),
            r"complex128 .* np.abs\(S\)",
        ),
        (
            lambda y: descriptors.spectral_rolloff(
                S=dsp.amplitude_to_db(np.abs(dsp.stft(y))), sr=SR
            ),
            "Is it in dB",
        ),
        (lambda y: descriptors.spectral_bandwidth(S=np.full((3, 3), np.nan), sr=SR), "NaN"),
        (
            lambda y: descriptors.spectral_flatness(S=np.ones(5)),
            r"\(5,\); wanted \(..., n, frames\)",
        ),
        (lambda y: descriptors.spectral_centroid(S=np.ones((1, 5)), sr=SR), "one row"),
        (lambda y: descriptors.spectral_bandwidth(y, sr=SR, p=0), "p = 0; wanted more than 0"),
        (
            lambda y: descriptors.spectral_rolloff(y, sr=SR, roll_percent=85),
            "roll_percent = 85; wanted less than 1",
        ),
        (
            lambda y: descriptors.spectral_rolloff(y, sr=SR, roll_percent=0),
            "roll_percent = 0; wanted more than 0",
        ),
        (lambda y: descriptors.spectral_flatness(y, amin=0), "amin = 0"),
        (lambda y: descriptors.spectral_flatness(y, power=-2), "power = -2"),
    ],
)
def test_bad_arguments_are_named(noise, call, words):
    with pytest.raises(ArgumentError, match=words):
        call(noise)


def test_nothing_is_changed_in_place(noise):
    y, S = noise.copy(), np.abs(dsp.stft(noise))
    S[:, 2] = 0
    kept = S.copy()
    for call in ALL.values():
        call(y)
    for name in SPECTRAL:
        getattr(descriptors, name)(S=S, sr=SR)
    descriptors.spectral_flatness(S=S)
    descriptors.time_statistics(y)
    assert np.array_equal(y, noise) and np.array_equal(S, kept)
