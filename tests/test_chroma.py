"""chroma against librosa and the definitions; and the wrong variants that the tolerances must reject.

Tolerances are relative to the reference's peak. 1e-10 in float64 and 1e-5 in float32 are what the library promises for
all but the constant-Q transform. That one is compared by `distance`, the norm of the difference over the norm of the
reference; each of its bounds has its reason beside it.
"""

import warnings

import librosa
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coursekit import audio, chroma, dsp, synth, units
from coursekit.arguments import ArgumentError

DOUBLE, SINGLE = 1e-10, 1e-5
SR = 22050
C1 = 440 * 2 ** ((24 - 69) / 12)
random_arguments = settings(deadline=None, derandomize=True, max_examples=40)


def error(a, b):
    """Largest difference, relative to the peak of b; infinite for another shape or a NaN."""
    if a.shape != b.shape or not np.isfinite(a).all():
        return np.inf
    return np.abs(a - b).max() / max(np.abs(b).max(), np.finfo(np.float64).tiny)


def distance(a, b):
    """Norm of the difference over the norm of b; infinite for another shape or a NaN."""
    if a.shape != b.shape or not np.isfinite(a).all():
        return np.inf
    return np.linalg.norm(a - b) / np.linalg.norm(b)


def quietly(function, *args, **how):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # librosa warns of short signals and of silence
        return function(*args, **how)


@pytest.fixture
def rng():
    return np.random.default_rng(22)  # any seed will do: nothing below depends on the draw


@pytest.fixture
def noise(rng):
    return rng.standard_normal(2 * SR)


@pytest.fixture
def chord(rng):
    notes = units.midi_to_hz(
        np.array([45, 61, 64, 69]) + 0.2
    )  # A major, a fifth of a semitone sharp
    return sum(synth.pluck(f, sr=SR, duration=1.5, rng=rng) for f in notes)


# --- the filter bank -----------------------------------------------------------------------------------------

filters = st.fixed_dictionaries(
    dict(
        n_chroma=st.sampled_from([1, 5, 7, 12, 24, 36]),
        tuning=st.floats(-0.5, 0.5),
        ctroct=st.floats(2, 7),
        octwidth=st.one_of(st.none(), st.floats(0.5, 4)),
        norm=st.sampled_from([1, 2, 3.5, np.inf, None]),
        base_c=st.booleans(),
    )
)


@given(sr=st.sampled_from([8000, 22050, 44100.5]), n_fft=st.integers(2, 600), how=filters)
@random_arguments
def test_filterbank_equals_librosa(sr, n_fft, how):
    reference = librosa.filters.chroma(sr=sr, n_fft=n_fft, dtype=np.float64, **how)
    assert error(chroma.chroma_filterbank(sr=sr, n_fft=n_fft, **how), reference) < DOUBLE


def test_filterbank_defaults_are_librosas():
    reference = librosa.filters.chroma(sr=SR, n_fft=2048, dtype=np.float64)
    assert error(chroma.chroma_filterbank(sr=SR, n_fft=2048), reference) < DOUBLE


def test_each_note_falls_into_its_own_row():
    W = chroma.chroma_filterbank(sr=SR, n_fft=8192)
    notes = np.arange(48, 97)  # C3 to C7: more than a bin apart from their neighbours
    bins = np.round(units.midi_to_hz(notes) * 8192 / SR).astype(int)
    assert np.array_equal(W[:, bins].argmax(axis=0), notes % 12)


def hard_assignment(W):
    return (W == W.max(axis=0)) * W.max(axis=0)


@pytest.mark.parametrize(
    "variant",
    [
        lambda how: chroma.chroma_filterbank(base_c=False, **how),
        lambda how: chroma.chroma_filterbank(octwidth=None, **how),
        lambda how: chroma.chroma_filterbank(norm=1, **how),
        lambda how: chroma.chroma_filterbank(norm=None, **how),
        lambda how: chroma.chroma_filterbank(tuning=0.1, **how),
        lambda how: chroma.chroma_filterbank(ctroct=5 - 1, **how),
        lambda how: hard_assignment(chroma.chroma_filterbank(**how)),
        lambda how: np.roll(chroma.chroma_filterbank(**how), 1, axis=1),  # bins counted from 1
    ],
)
def test_the_tolerance_rejects_wrong_filterbanks(variant):
    how = dict(sr=SR, n_fft=1024)
    assert error(variant(how), librosa.filters.chroma(dtype=np.float64, **how)) > 1e-2


@pytest.mark.parametrize("norm", [1, 2, 0.5, 7, np.inf, None])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_normalize_columns_equals_librosa(rng, norm, dtype):
    x = rng.standard_normal((2, 12, 9)).astype(dtype)
    x[..., 3] = 0
    ours = chroma.normalize_columns(x, norm=norm)
    assert ours.dtype == dtype
    assert error(ours, librosa.util.normalize(x, norm=norm, axis=-2)) < (
        DOUBLE if dtype == np.float64 else SINGLE
    )


# --- tuning --------------------------------------------------------------------------------------------------


@given(
    seed=st.integers(0, 99),
    channels=st.sampled_from([(), (2,)]),
    sr=st.sampled_from([8000, 22050]),
    n_fft=st.sampled_from([256, 500, 1024]),
    hop_length=st.sampled_from([None, 100]),
    fmin=st.sampled_from([0.0, 151.0]),
    fmax=st.sampled_from([2001.0, 4000.0, 1e5]),
    threshold=st.sampled_from([0.0, 0.1, 0.6]),
    dtype=st.sampled_from([np.float64, np.float32]),
)
@random_arguments
def test_piptrack_equals_librosa(seed, channels, sr, dtype, **how):
    # even n_fft: librosa takes the last bin of an odd FFT for a peak, though one of its neighbours is missing
    y = np.random.default_rng(seed).standard_normal((*channels, 2500)).astype(dtype)
    ours, reference = chroma.piptrack(y, sr=sr, **how), librosa.piptrack(y=y, sr=sr, **how)
    if dtype == np.float64:
        assert np.array_equal(ours[0] > 0, reference[0] > 0)
    for a, b in zip(ours, reference, strict=True):
        same = (a > 0) == (
            b > 0
        )  # in float32 one of two nearly equal neighbours may be a peak here, and not there
        assert a.dtype == dtype and same.mean() > 0.9999
        assert error(a[same], b[same]) < (DOUBLE if dtype == np.float64 else SINGLE)


@given(
    seed=st.integers(0, 99),
    n=st.integers(1, 300),
    resolution=st.sampled_from([0.01, 0.02, 0.1, 1.0]),
    bins_per_octave=st.sampled_from([1, 12, 36]),
)
@random_arguments
def test_pitch_tuning_equals_librosa(seed, n, **how):
    frequencies = np.random.default_rng(seed).uniform(50, 5000, n) * (np.arange(n) % 7 > 0)
    assert chroma.pitch_tuning(frequencies, **how) == quietly(
        librosa.pitch_tuning, frequencies, **how
    )


@given(
    seed=st.integers(0, 99),
    resolution=st.sampled_from([0.01, 0.05]),
    bins_per_octave=st.sampled_from([12, 36]),
    n_fft=st.sampled_from([512, 2048]),
)
@random_arguments
def test_estimate_tuning_equals_librosa(seed, **how):
    y = np.random.default_rng(seed).standard_normal(5000)
    assert chroma.estimate_tuning(y, sr=SR, **how) == librosa.estimate_tuning(y=y, sr=SR, **how)
    S = np.abs(dsp.stft(y))
    assert chroma.estimate_tuning(S=S, sr=SR) == librosa.estimate_tuning(S=S, sr=SR)


@pytest.mark.parametrize("cents", [-40, -10, 0, 25, 45])
def test_the_tuning_of_a_tuned_sound_is_found(rng, cents):
    notes = units.midi_to_hz(np.array([57, 62, 66, 69]) + cents / 100)
    y = sum(
        np.sin(2 * np.pi * f * np.arange(2 * SR) / SR + phase)
        for f, phase in zip(notes, range(4), strict=True)
    )
    # a parabola through a Hann window's peak is up to 0.05 bins beside it; bins of 2.7 Hz, 4 cents at 220 Hz and more
    assert chroma.estimate_tuning(y, sr=SR, n_fft=8192) == pytest.approx(cents / 100, abs=0.03)


def test_a_parabola_through_three_bins_by_hand():
    pitches, magnitudes = chroma.piptrack(S=np.array([0.0, 1.0, 3.0, 2.0, 0.0])[:, None], sr=8000)
    # f(x) = 3 + x / 2 - 3 x^2 / 2 goes through (-1, 1), (0, 3), (1, 2): its top is at x = 1/6, 3 + 1/24
    assert pitches[2, 0] == pytest.approx((2 + 1 / 6) * 1000)
    assert magnitudes[2, 0] == pytest.approx(3 + 1 / 24)
    assert np.count_nonzero(pitches) == 1


def test_of_a_flat_top_the_lower_bin_is_the_peak_as_in_librosa():
    S = np.array([[0.0, 2.0, 2.0, 1.0, 3.0, 3.0, 3.0, 0.0, 0.3, 0.0]]).T
    for threshold in (0.1, 0.05):  # 0.3 is a tenth of the highest: not above it
        ours = chroma.piptrack(S=S, sr=SR, fmin=0, fmax=SR, threshold=threshold)
        for a, b in zip(
            ours, librosa.piptrack(S=S, sr=SR, fmin=0, fmax=SR, threshold=threshold), strict=True
        ):
            assert error(a, b) < DOUBLE
    assert np.flatnonzero(ours[0]).tolist() == [1, 4, 8]


# --- chroma from the STFT ------------------------------------------------------------------------------------


@given(
    seed=st.integers(0, 9),
    channels=st.sampled_from([(), (2,)]),
    dtype=st.sampled_from([np.float64, np.float32]),
    sr=st.sampled_from([8000, 22050]),
    norm=st.sampled_from([1, 2, np.inf, None]),
    n_fft=st.sampled_from([256, 500, 1024]),
    hop_length=st.integers(50, 700),
    tuning=st.one_of(st.none(), st.floats(-0.5, 0.5)),
    n_chroma=st.sampled_from([12, 24]),
    center=st.booleans(),
    window=st.sampled_from(["hann", "hamming"]),
    pad_mode=st.sampled_from(["constant", "edge"]),
)
@random_arguments
def test_chroma_stft_equals_librosa(seed, channels, dtype, **how):
    y = np.random.default_rng(seed).standard_normal((*channels, 2500)).astype(dtype)
    ours = chroma.chroma_stft(y, **how)
    assert ours.dtype == dtype
    if (
        dtype == np.float32
    ):  # the same tuning for both: a peak more or less may move it by a whole step of 0.01
        how["tuning"] = how["tuning"] if how["tuning"] is not None else 0.07
        ours = chroma.chroma_stft(y, **how)
    reference = librosa.feature.chroma_stft(y=y, dtype=np.float64, **how)
    assert error(ours, reference) < (DOUBLE if dtype == np.float64 else SINGLE)


def test_chroma_stft_defaults_are_librosas(chord):
    assert (
        error(
            chroma.chroma_stft(chord, sr=SR),
            librosa.feature.chroma_stft(y=chord, sr=SR, dtype=np.float64),
        )
        < DOUBLE
    )
    how = dict(ctroct=4.0, octwidth=None, base_c=False)
    assert (
        error(
            chroma.chroma_stft(chord, sr=SR, **how),
            librosa.feature.chroma_stft(y=chord, sr=SR, dtype=np.float64, **how),
        )
        < DOUBLE
    )


def of_the_magnitude(y):
    W = chroma.chroma_filterbank(sr=SR, n_fft=2048, tuning=chroma.estimate_tuning(y, sr=SR))
    return chroma.normalize_columns(W @ np.abs(dsp.stft(y, hop_length=512)))


@pytest.mark.parametrize(
    "variant",
    [
        of_the_magnitude,
        lambda y: chroma.chroma_stft(y, sr=SR, tuning=0.0),
        lambda y: chroma.chroma_stft(y, sr=SR, tuning=-chroma.estimate_tuning(y, sr=SR)),
        lambda y: chroma.chroma_stft(y, sr=SR, norm=2),
        lambda y: chroma.chroma_stft(y, sr=SR, norm=None),
        lambda y: chroma.chroma_stft(y, sr=SR, base_c=False),
        lambda y: chroma.chroma_stft(y, sr=2 * SR),
        lambda y: chroma.chroma_stft(y, sr=SR, center=False),
        lambda y: chroma.chroma_stft(y, sr=SR, pad_mode="edge"),
        lambda y: chroma.chroma_stft(y, sr=SR, window="boxcar"),
    ],
)
@pytest.mark.parametrize("level", [1.0, 1e-4])
def test_the_tolerance_rejects_wrong_chroma(chord, variant, level):
    y = level * (chord + 0.05)
    assert error(variant(y), librosa.feature.chroma_stft(y=y, sr=SR, dtype=np.float64)) > 1e-3


def test_a_chord_shows_its_notes():
    # sines: a string's fifth and seventh overtones are notes of their own
    y = sum(
        synth.sine(f, sr=SR, duration=2.0)
        for f in units.midi_to_hz(np.array([57, 61, 64, 69]) + 0.2)
    )
    for feature in (chroma.chroma_stft(y, sr=SR), chroma.chroma_cqt(y, sr=SR)):
        strongest = np.argsort(feature.mean(axis=-1))[-3:]
        assert set(strongest) == {9, 1, 4}  # A, C sharp, E


# --- constant-Q kernels --------------------------------------------------------------------------------------


@given(
    fmin=st.floats(30, 500),
    bins_per_octave=st.sampled_from([5, 12, 24, 36]),
    n_bins=st.integers(2, 40),
    filter_scale=st.floats(0.5, 2),
    sr=st.sampled_from([8000, 22050.0, 44100]),
    window=st.sampled_from(["hann", "hamming", "boxcar"]),
)
@random_arguments
def test_kernels_equal_librosa(fmin, bins_per_octave, n_bins, filter_scale, sr, window):
    scale = dict(fmin=fmin, n_bins=n_bins, bins_per_octave=bins_per_octave)
    freqs = librosa.cqt_frequencies(n_bins, fmin=fmin, bins_per_octave=bins_per_octave)
    assert error(chroma.constant_q_frequencies(**scale), freqs) < 1e-14
    assume(freqs[-1] < 0.4 * sr)
    ours = chroma.constant_q_kernels(sr=sr, filter_scale=filter_scale, window=window, **scale)
    reference = librosa.filters.wavelet(
        freqs=freqs, sr=sr, filter_scale=filter_scale, window=window, dtype=np.complex128
    )
    assert error(ours[1], reference[1]) < DOUBLE
    rounding = np.abs(ours[1] / 2 - np.round(ours[1] / 2)).min()
    if rounding > 1e-9:  # else one of the two may count a sample more
        assert error(ours[0], reference[0]) < DOUBLE


def test_kernel_defaults_are_librosas():
    kernels, lengths = chroma.constant_q_kernels(sr=SR)
    freqs = librosa.cqt_frequencies(84, fmin=librosa.note_to_hz("C1"))
    reference, their_lengths = librosa.filters.wavelet(freqs=freqs, sr=SR, dtype=np.complex128)
    assert error(kernels, reference) < DOUBLE and error(lengths, their_lengths) < DOUBLE


def test_kernels_have_what_the_name_says():
    kernels, lengths = chroma.constant_q_kernels(sr=SR, fmin=110.0, n_bins=25)
    f = chroma.constant_q_frequencies(fmin=110.0, n_bins=25)
    Q = lengths * f / SR  # cycles in each kernel
    assert np.ptp(Q) < 1e-10 and Q[0] == pytest.approx(17.33, abs=0.01)
    assert lengths[0] / lengths[12] == pytest.approx(2)
    assert np.abs(kernels).sum(axis=1) == pytest.approx(1)
    spectrum = np.abs(np.fft.fft(kernels, n=2**16))
    assert np.abs(spectrum.argmax(axis=1) * SR / 2**16 - f).max() < SR / 2**16


@pytest.mark.parametrize(
    "variant",
    [
        lambda how: chroma.constant_q_kernels(**how | {"fmin": C1 * 2 ** (1 / 24)})[
            0
        ],  # a quarter-tone off
        lambda how: chroma.constant_q_kernels(**how, filter_scale=0.97)[
            0
        ],  # Brown's Q: 16.8 for 17.3
        lambda how: chroma.constant_q_kernels(**how, window="hamming")[0],
        lambda how: (
            chroma.constant_q_kernels(**how)[0] * chroma.constant_q_kernels(**how)[1][:, None]
        ),  # not normalised
        lambda how: chroma.constant_q_kernels(**how)[0].conj(),
        lambda how: np.roll(chroma.constant_q_kernels(**how)[0], 1, axis=1),
        lambda how: chroma.constant_q_kernels(**how)[0].real + 0j,
    ],
)
def test_the_tolerance_rejects_wrong_kernels(variant):
    how = dict(sr=SR, fmin=C1, n_bins=24)
    freqs = librosa.cqt_frequencies(24, fmin=C1)
    assert (
        error(variant(how), librosa.filters.wavelet(freqs=freqs, sr=SR, dtype=np.complex128)[0])
        > 1e-3
    )


# --- the constant-Q transform --------------------------------------------------------------------------------


def by_definition(y, *, sr, hop_length, filter_scale=1.0, **scale):
    """sqrt(length_k) sum over m of kernel_k[m] y[i * hop - m], a bin and a frame at a time, all at the full rate."""
    kernels, lengths = chroma.constant_q_kernels(sr=sr, filter_scale=filter_scale, **scale)
    half = kernels.shape[1] // 2
    m = np.arange(-half, half)
    padded = np.pad(y, 2 * half)
    C = np.empty((len(kernels), 1 + len(y) // hop_length), complex)
    for i in range(C.shape[1]):
        C[:, i] = np.sqrt(lengths) * (kernels @ padded[2 * half + i * hop_length - m])
    return C


@pytest.mark.parametrize(
    "how",
    [
        dict(hop_length=147, fmin=110.0, n_bins=60),  # an odd hop: nothing is halved
        dict(hop_length=256, fmin=2500.0, n_bins=15),  # above sr / 10
        dict(hop_length=256, fmin=2500.0, n_bins=1, bins_per_octave=7, filter_scale=0.7),
    ],
)
def test_at_the_full_rate_it_is_the_definition(noise, how):
    y = noise[:9000]
    assert error(chroma.constant_q(y, sr=SR, **how), by_definition(y, sr=SR, **how)) < DOUBLE
    single = chroma.constant_q(y.astype(np.float32), sr=SR, **how)
    assert single.dtype == np.complex64 and error(single, by_definition(y, sr=SR, **how)) < SINGLE


def test_at_lower_rates_it_is_near_the_definition(noise):
    how = dict(hop_length=512, fmin=C1, n_bins=84)
    ours, exact = chroma.constant_q(noise, sr=SR, **how), by_definition(noise, sr=SR, **how)
    # Ten samples a cycle and 17.3 cycles: a kernel has at least 173 samples, and its length is rounded to whole ones,
    # by up to 0.6 %. That, and half a sample by which an odd window is beside its middle, make 1.2 % (measured).
    assert distance(ours, exact) < 0.02
    assert error(ours, exact) < 0.04
    assert distance(librosa.cqt(noise, sr=SR), exact) > 0.9 * distance(
        ours, exact
    )  # librosa is no nearer


@pytest.mark.parametrize(
    "sr, how", [(16000, {}), (22050, dict(fmin=500.0, n_bins=50)), (22050, dict(n_bins=40))]
)
def test_where_the_two_halve_at_other_octaves_ours_is_nearer_to_the_definition(noise, sr, how):
    how = dict(hop_length=512, fmin=C1, n_bins=84) | how
    exact = by_definition(noise, sr=sr, **how)
    # measured: 0.008 to 0.010 against 0.018 to 0.024
    assert distance(chroma.constant_q(noise, sr=sr, **how), exact) < distance(
        librosa.cqt(noise, sr=sr, **how), exact
    )


SIGNALS = {
    "noise": lambda rng: rng.standard_normal(2 * SR),
    "plucked strings": lambda rng: sum(
        synth.pluck(f, sr=SR, duration=2.0, rng=rng) for f in (110.0, 277.18, 880.0)
    ),
    "chirp": lambda rng: synth.chirp(40, 5000, sr=SR, duration=2.0),
    "quiet noise": lambda rng: 1e-4 * rng.standard_normal(2 * SR),
}

# librosa drops the smallest values of each kernel's spectrum, 1 % of their sum. Measured: 0.0048 to 0.0058.
NEAR_LIBROSA = 0.008
# Where the two go to the half rate at different octaves, they round the kernels' lengths differently: 0.025 over four
# octaves (measured), 0.04 where a few bins of one octave are all there is.
OTHER_RATES = 0.05


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_constant_q_is_near_librosa_and_nearer_without_its_thinning(rng, signal, dtype):
    y = SIGNALS[signal](rng).astype(dtype)
    ours = chroma.constant_q(y, sr=SR)
    assert ours.dtype == (np.complex128 if dtype == np.float64 else np.complex64)
    assert distance(ours, librosa.cqt(y, sr=SR)) < NEAR_LIBROSA
    # what is left are the negative frequencies, which librosa leaves out: 1e-4 of the shortest kernels
    assert distance(ours, librosa.cqt(y, sr=SR, sparsity=0)) < 3e-4


@given(
    seed=st.integers(0, 99),
    sr=st.sampled_from([16000, 22050, 44100]),
    hop_length=st.sampled_from([256, 441, 512]),
    fmin=st.sampled_from([None, 55.0, 100.0]),
    n_bins=st.integers(12, 80),
    bins_per_octave=st.sampled_from([12, 24]),
    filter_scale=st.sampled_from([0.5, 1.0]),
    channels=st.sampled_from([(), (2,)]),
)
@settings(deadline=None, derandomize=True, max_examples=20)
def test_constant_q_is_near_librosa_for_random_legal_arguments(seed, sr, channels, **how):
    # nearer to sr / 2, librosa's next octave lies on the edge of the resampler's filter: 13 % at 0.45 sr
    assume(
        chroma.constant_q_frequencies(**{k: how[k] for k in ("fmin", "n_bins", "bins_per_octave")})[
            -1
        ]
        < 0.36 * sr
    )
    y = np.random.default_rng(seed).standard_normal((*channels, sr))
    ours, reference = chroma.constant_q(y, sr=sr, **how), quietly(librosa.cqt, y, sr=sr, **how)
    assert ours.shape == (*channels, how["n_bins"], 1 + sr // how["hop_length"])
    reference = reference[
        ..., : ours.shape[-1]
    ]  # halved to a hop of 1, a length rounded up has a frame more there
    assert (
        distance(ours, reference) < OTHER_RATES / how["filter_scale"]
    )  # half as long: rounded twice as coarsely


NOISES = ["noise", "quiet noise"]


@pytest.fixture(scope="module")
def transformed():
    """Signals, each with librosa's transform."""
    signals = {
        name: SIGNALS[name](np.random.default_rng(22)) for name in ("plucked strings", *NOISES)
    }
    return {name: (y, librosa.cqt(y, sr=SR)) for name, y in signals.items()}


def quarter_tone_off(y):
    return chroma.constant_q(y, sr=SR, fmin=C1 * 2 ** (1 / 24))


def tuned_by_five_cents(y):
    return chroma.constant_q(y, sr=SR, fmin=C1 * 2 ** (0.05 / 12))


def browns_q(y):
    r = 2 ** (1 / 12)
    return chroma.constant_q(y, sr=SR, filter_scale=(r**2 - 1) / (r**2 + 1) / (r - 1))


def twice_the_q(y):
    return chroma.constant_q(y, sr=SR, filter_scale=2.0)


def not_normalised_for_length(y):
    return chroma.constant_q(y, sr=SR) / np.sqrt(chroma.constant_q_kernels(sr=SR)[1])[:, None]


def normalised_twice(y):
    return chroma.constant_q(y, sr=SR) * np.sqrt(chroma.constant_q_kernels(sr=SR)[1])[:, None]


def one_length_for_all(y):
    """A constant bandwidth, not a constant Q: an STFT read at musical frequencies."""
    lengths = chroma.constant_q_kernels(sr=SR)[1]
    f = chroma.constant_q_frequencies()
    n = np.arange(2048) - 1024
    frames = dsp.frame(np.pad(y, 1024), frame_length=2048, hop_length=512)
    w = dsp.get_window("hann", 2048)
    return np.sqrt(lengths)[:, None] * (
        (w / w.sum() * np.exp(-2j * np.pi * f[:, None] * n / SR)) @ frames
    )


def lower_octaves_without_a_filter(y):
    return chroma.constant_q(
        dsp.decimate(y, factor=4, antialias=False), sr=SR / 4, hop_length=128, n_bins=60
    )


def half_a_frame_late(y):
    return chroma.constant_q(np.roll(y, 256), sr=SR)


@pytest.mark.parametrize(
    "variant",
    [
        quarter_tone_off,
        tuned_by_five_cents,
        browns_q,
        twice_the_q,
        not_normalised_for_length,
        normalised_twice,
        one_length_for_all,
        half_a_frame_late,
        lambda y: chroma.constant_q(y, sr=SR).conj(),
        lambda y: np.abs(chroma.constant_q(y, sr=SR)),
        lambda y: 2 * chroma.constant_q(y, sr=SR),
        lambda y: np.roll(chroma.constant_q(y, sr=SR), 1, axis=0),
        lambda y: chroma.constant_q(y, sr=SR, hop_length=256),
    ],
)
@pytest.mark.parametrize(
    "signal",
    ["plucked strings", *(pytest.param(name, marks=pytest.mark.thorough) for name in NOISES)],
)
def test_the_bound_rejects_wrong_constant_q(transformed, variant, signal):
    y, reference = transformed[signal]
    assert distance(variant(y), reference) > 2 * NEAR_LIBROSA


def test_the_bound_rejects_halving_without_a_filter(noise):
    assert (
        distance(lower_octaves_without_a_filter(noise), librosa.cqt(noise, sr=SR, n_bins=60))
        > 2 * NEAR_LIBROSA
    )


def test_a_tone_has_the_documented_height_in_its_bin():
    f, lengths = chroma.constant_q_frequencies(), chroma.constant_q_kernels(sr=SR)[1]
    for k in (10, 45, 80):
        y = synth.sine(f[k], sr=SR, duration=3.0, amplitude=0.6)
        column = np.abs(chroma.constant_q(y, sr=SR)[:, 60])
        assert column.argmax() == k
        assert column[k] == pytest.approx(0.3 * np.sqrt(lengths[k]), rel=0.01)


def test_white_noise_is_equally_strong_in_all_bins():
    y = np.random.default_rng(5).standard_normal(30 * SR)
    power = np.mean(np.abs(chroma.constant_q(y, sr=SR)) ** 2, axis=-1)
    # a Hann window of length 1: sum w^2 / (sum w)^2 = 1.5; 30 s hold about 60 independent values of the lowest bin
    assert power[24:].mean() == pytest.approx(1.5, rel=0.05)
    assert np.abs(10 * np.log10(power[24:] / 1.5)).max() < 1.5


def test_a_delay_of_one_hop_moves_it_by_one_frame(noise):
    y = np.pad(noise[:8000], 20480)
    C, delayed = (chroma.constant_q(x, sr=SR, fmin=110.0, n_bins=48) for x in (y, np.roll(y, 512)))
    assert (
        error(delayed[:, 1:], C[:, :-1]) < 1e-4
    )  # the resampler's filter is cut where the signal ends


# --- chroma from the constant-Q transform --------------------------------------------------------------------


@given(
    n_input=st.integers(1, 100),
    merge=st.integers(1, 4),
    n_chroma=st.sampled_from([6, 12, 24]),
    fmin=st.one_of(st.none(), st.floats(20, 500)),
    base_c=st.booleans(),
)
@random_arguments
def test_cq_to_chroma_equals_librosa(n_input, merge, n_chroma, **how):
    how |= dict(bins_per_octave=merge * n_chroma, n_chroma=n_chroma)
    assert np.array_equal(
        chroma.cq_to_chroma(n_input, **how), librosa.filters.cq_to_chroma(n_input, **how)
    )


@pytest.mark.parametrize(
    "how", [{}, dict(tuning=0.0), dict(norm=2, bins_per_octave=12, n_octaves=5, fmin=65.0)]
)
def test_chroma_cqt_is_near_librosa(chord, how):
    # librosa's thinned kernels again; the largest of each frame is 1, so a frame differs by about what C does
    reference = quietly(librosa.feature.chroma_cqt, y=chord, sr=SR, **how)
    assert distance(chroma.chroma_cqt(chord, sr=SR, **how), reference) < NEAR_LIBROSA
    for wrong in (
        np.roll(reference, 1, axis=0),
        chroma.chroma_cqt(chord, sr=SR, **how | {"tuning": 1.0}),
        chroma.chroma_cqt(chord, sr=SR, **how | {"norm": 1}),
        reference**2,
    ):
        assert distance(wrong, reference) > 10 * NEAR_LIBROSA


# --- sines ---------------------------------------------------------------------------------------------------


def test_sines_are_as_loud_as_the_rows_say():
    y = chroma.sines(
        [[0.0, 1.0, 1.0], [0.5, 0.5, 0.0]], frequencies=[100.0, 1000.0], sr=8000, hop_length=800
    )
    n = np.arange(1601)
    expected = np.clip(n / 800, 0, 1) * np.sin(2 * np.pi * 100 * n / 8000) + np.clip(
        1 - n / 1600, 0, 0.5
    ).clip(max=np.where(n < 800, 0.5, 0.5 * (2 - n / 800))) * np.sin(2 * np.pi * 1000 * n / 8000)
    assert error(y, expected) < 1e-12


def test_sines_of_a_chroma_have_that_chroma():
    C = np.zeros((12, 40))
    C[[0, 4, 7]] = 1  # C major
    y = chroma.sines(C, frequencies=units.midi_to_hz(60 + np.arange(12)), sr=SR)
    back = chroma.chroma_stft(y, sr=SR, n_fft=8192, tuning=0.0)
    assert set(np.argsort(back[:, 20])[-3:]) == {0, 4, 7}


# --- edges ---------------------------------------------------------------------------------------------------

ALL = {
    "chroma_stft": lambda y, **how: chroma.chroma_stft(y, sr=SR, **how),
    "chroma_cqt": lambda y, **how: chroma.chroma_cqt(y, sr=SR, **how),
    "constant_q": lambda y, **how: chroma.constant_q(y, sr=SR, **how),
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_silence_is_0_and_never_nan(name, dtype):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing is divided by 0
        value = ALL[name](np.zeros(4096, dtype))
    assert value.shape == (84 if name == "constant_q" else 12, 9) and np.all(value == 0)
    assert value.real.dtype == dtype


def test_what_has_no_pitch_has_no_say_in_the_tuning():
    """0, NaN (as pitch.track marks what is unvoiced) and infinity are left out."""
    sung = [443.0, 886.0, 1329.0]
    assert chroma.pitch_tuning([0, np.nan, np.inf, *sung]) == chroma.pitch_tuning(sung) != 0
    with np.errstate(all="raise"):
        assert chroma.pitch_tuning([np.nan, np.inf]) == 0.0


def test_silence_has_no_tuning():
    assert chroma.estimate_tuning(np.zeros(5000), sr=SR) == 0.0
    assert chroma.pitch_tuning([]) == chroma.pitch_tuning([0.0]) == 0.0
    assert not np.any(chroma.piptrack(np.zeros(5000), sr=SR))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("n", [1, 2, 511, 512, 513, 1024])
def test_short_signals_are_padded_with_zeros(name, n):
    value = ALL[name](np.ones(n))
    assert value.shape[-1] == 1 + n // 512 and np.isfinite(value).all()
    assert np.abs(value).max() > 0


@pytest.mark.parametrize("n", [1, 511, 513, 5000])
@pytest.mark.parametrize("hop_length", [96, 441, 512])
def test_constant_q_has_librosas_shape(rng, n, hop_length):
    y = rng.standard_normal(n + 200)
    reference = quietly(librosa.cqt, y, sr=SR, hop_length=hop_length)
    assert chroma.constant_q(y, sr=SR, hop_length=hop_length).shape == reference.shape


def test_a_constant_has_no_constant_q_away_from_its_ends():
    C = np.abs(chroma.constant_q(np.ones(3 * SR), sr=SR))
    of_a_tone = np.sqrt(chroma.constant_q_kernels(sr=SR)[1]) / 2
    assert (C[:, 60:-60].max(axis=1) / of_a_tone).max() < 1e-3


@pytest.mark.parametrize("name", ALL)
def test_channels_are_analysed_one_by_one(rng, name):
    y = rng.standard_normal((2, 3, 3000))
    how = (
        {} if name == "constant_q" else {"tuning": 0.0}
    )  # else all channels together have one tuning
    alone = [[ALL[name](y[i, j], **how) for j in range(3)] for i in range(2)]
    assert error(ALL[name](y, **how), np.array(alone)) < 1e-12


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
    ],
)
def test_bad_signals_are_named(noise, name, spoil, words):
    with pytest.raises(ArgumentError, match=words):
        ALL[name](spoil(noise[:3000]))


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda y: chroma.chroma_stft(y, sr=None), "as audio.load returns it"),
        (lambda y: chroma.chroma_stft(y, sr=SR, hop_length=0), "hop_length = 0"),
        (lambda y: chroma.chroma_stft(y, sr=SR, n_fft=512.0), "n_fft = 512.0"),
        (
            lambda y: chroma.chroma_stft(y, sr=SR, n_chroma=0),
            "n_chroma = 0; wanted at least 1|bins_per_octave = 0",
        ),
        (lambda y: chroma.chroma_stft(y, sr=SR, norm=-1), "norm = -1"),
        (lambda y: chroma.chroma_stft(y, sr=SR, norm="l2"), "norm = 'l2'"),
        (lambda y: chroma.chroma_stft(y, sr=SR, tuning=np.nan), "tuning = nan"),
        (lambda y: chroma.chroma_stft(y[:100], sr=SR, center=False), "less than one frame"),
        (lambda y: chroma.chroma_filterbank(sr=SR, n_fft=1), "n_fft = 1; wanted at least 2"),
        (lambda y: chroma.chroma_filterbank(sr=0, n_fft=512), "sr = 0"),
        (
            lambda y: chroma.chroma_filterbank(sr=SR, n_fft=512, octwidth=0),
            "octwidth = 0; wanted more than 0",
        ),
        (lambda y: chroma.chroma_filterbank(sr=SR, n_fft=512, n_chroma=12.0), "n_chroma = 12.0"),
        (lambda y: chroma.piptrack(sr=SR), "neither y nor S was given; wanted the audio, or S="),
        (lambda y: chroma.piptrack(y, S=np.ones((5, 2)), sr=SR), "y and S were both given"),
        (lambda y: chroma.piptrack(S=np.ones(5), sr=SR), r"shape \(5,\)"),
        (lambda y: chroma.piptrack(S=np.ones((2, 5)), sr=SR), "three bins or more"),
        (lambda y: chroma.piptrack(S=np.full((5, 2), np.nan), sr=SR), "10 NaN or infinite"),
        (lambda y: chroma.piptrack(S=dsp.stft(y), sr=SR), r"complex128 .*np.abs\(S\)"),
        (
            lambda y: chroma.estimate_tuning(S=dsp.amplitude_to_db(np.abs(dsp.stft(y))), sr=SR),
            "Is it in dB",
        ),
        (lambda y: chroma.piptrack(y, sr=SR, threshold=-1), "threshold = -1"),
        (lambda y: chroma.piptrack(y, sr=SR, fmin="low"), "fmin = 'low'"),
        (
            lambda y: chroma.estimate_tuning(y, sr=SR, resolution=0),
            "resolution = 0; wanted more than 0",
        ),
        (lambda y: chroma.estimate_tuning(y, sr=SR, bins_per_octave=0), "bins_per_octave = 0"),
        (
            lambda y: chroma.constant_q(y, sr=8000),
            r"the highest bin, 3951.1 Hz .* sr / 2 = 4000.0 Hz: fewer n_bins",
        ),
        (lambda y: chroma.constant_q(y, sr=SR, fmin=0), "fmin = 0; wanted more than 0"),
        (lambda y: chroma.constant_q(y, sr=SR, n_bins=0), "n_bins = 0"),
        (lambda y: chroma.constant_q(y, sr=SR, n_bins=12.0), "n_bins = 12.0"),
        (lambda y: chroma.constant_q(y, sr=SR, bins_per_octave=0), "bins_per_octave = 0"),
        (lambda y: chroma.constant_q(y, sr=SR, hop_length=0), "hop_length = 0"),
        (lambda y: chroma.constant_q(y, sr=SR, filter_scale=0), "filter_scale = 0"),
        (lambda y: chroma.constant_q(y, sr="22050"), "sr = '22050'"),
        (
            lambda y: chroma.cq_to_chroma(84, bins_per_octave=18),
            "bins_per_octave = 18; wanted a multiple of n_chroma = 12",
        ),
        (lambda y: chroma.chroma_cqt(y, sr=SR, n_octaves=0), "n_octaves = 0"),
        (
            lambda y: chroma.chroma_cqt(y, sr=SR, tuning=0.0, bins_per_octave=36.0),
            "bins_per_octave = 36.0",
        ),
        (lambda y: chroma.chroma_cqt(y, sr=SR, n_octaves=9), "the highest bin"),
        (
            lambda y: chroma.sines(np.ones((2, 5)), frequencies=[100.0], sr=8000),
            r"wanted \(rows, frames\) and",
        ),
        (lambda y: chroma.sines(np.ones((1, 0)), frequencies=[100.0], sr=8000), r"shape \(1, 0\)"),
        (
            lambda y: chroma.sines(np.full((1, 5), np.nan), frequencies=[100.0], sr=8000),
            "5 NaN or infinite",
        ),
        (
            lambda y: chroma.sines(np.ones((1, 5)), frequencies=[np.nan], sr=8000),
            "below sr / 2 = 4000",
        ),
        (lambda y: chroma.sines(np.ones((1, 5)) + 0j, frequencies=[100.0], sr=8000), "complex128"),
        (
            lambda y: chroma.sines(np.ones((1, 5)), frequencies=[4000.0], sr=8000),
            "below sr / 2 = 4000",
        ),
    ],
)
def test_bad_arguments_are_named(noise, call, words):
    with pytest.raises(ArgumentError, match=words):
        call(noise[:6000])


def test_nothing_is_changed_in_place(noise):
    y = noise[:5000]
    kept, S = y.copy(), np.abs(dsp.stft(y))
    kept_S = S.copy()
    for call in ALL.values():
        call(y)
    (
        chroma.estimate_tuning(S=S, sr=SR),
        chroma.normalize_columns(S),
        audio.resample(y, orig_sr=2, target_sr=1),
    )
    assert np.array_equal(y, kept) and np.array_equal(S, kept_S)
