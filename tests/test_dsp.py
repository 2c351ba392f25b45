"""dsp against librosa, SciPy, torch and closed forms; its invariants; the wrong variants it must not be mistaken for.

Tolerances are relative to the reference's peak. 1e-10 in float64 and 1e-5 in float32 are what the library promises: a
thousand times what rounding leaves, a hundred times less than the mildest wrong variant (a symmetric window, 3e-3).
"""

import warnings

import librosa
import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import dsp, metrics, synth, units
from coursekit.arguments import ArgumentError

DOUBLE, SINGLE = 1e-10, 1e-5


def relative_error(a, b):
    assert a.shape == b.shape, (a.shape, b.shape)
    return np.abs(a - b).max() / np.abs(b).max()


@pytest.fixture
def rng():
    return np.random.default_rng(20)  # any seed will do: nothing below depends on the draw


# --- sampling and filtering ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frequency, heard",
    [
        (3000, 3000),
        (4000, 4000),
        (5000, 3000),
        (8000, 0),
        (8100, 100),
        (13000, 3000),
        (-1000, 1000),
    ],
)
def test_alias_by_hand(frequency, heard):
    assert dsp.alias_frequency(frequency, sr=8000) == heard


@given(frequency=st.floats(1, 1e5), sr=st.sampled_from([8000, 11025, 44100]))
def test_samples_of_a_tone_and_of_its_alias_are_equal_up_to_sign(frequency, sr):
    tone = synth.sine(frequency, sr=sr, duration=0.01)
    alias = synth.sine(dsp.alias_frequency(frequency, sr=sr), sr=sr, duration=0.01)
    # the phase 2 pi f t reaches 6e3 rad, of which float64 keeps 1e-12
    assert min(np.abs(tone - alias).max(), np.abs(tone + alias).max()) < 1e-9


def test_sinc_interpolation_goes_through_the_samples_and_follows_a_tone_between_them():
    sr = 1000
    t = (np.arange(380, 420) + 0.3) / sr
    samples = synth.sine(123.0, sr=sr, duration=0.8)
    assert (
        relative_error(dsp.sinc_interpolate(samples, sr=sr, times=np.arange(800) / sr), samples)
        < DOUBLE
    )
    # 400 neighbours on each side are left of the endless sum: its tail falls with 1 / distance
    assert (
        np.abs(dsp.sinc_interpolate(samples, sr=sr, times=t) - np.sin(2 * np.pi * 123 * t)).max()
        < 2e-3
    )


@pytest.mark.parametrize("window", ["hann", "hamming", "blackman", "boxcar"])
@pytest.mark.parametrize("n_taps", [3, 31, 257])
def test_lowpass_equals_firwin(window, n_taps):
    ours = dsp.lowpass_fir(900, sr=8000, n_taps=n_taps, window=window)
    assert relative_error(ours, scipy.signal.firwin(n_taps, 900, fs=8000, window=window)) < DOUBLE


def test_lowpass_keeps_and_stops_what_it_says():
    taps = dsp.lowpass_fir(1000, sr=8000, n_taps=101)
    f, response = scipy.signal.freqz(taps, fs=8000, worN=8001)
    level = 20 * np.log10(np.abs(response) + 1e-12)
    assert np.abs(level[f < 800]).max() < 0.1
    assert level[f > 1200].max() < -44  # the Hann window's textbook figure for a filter
    assert abs(level[np.argmin(np.abs(f - 1000))] + 6.02) < 0.1


def test_decimate_equals_scipy_with_the_same_taps_and_stays_in_step(rng):
    y = rng.standard_normal((2, 4000))
    taps = dsp.lowpass_fir(0.45 / 4, sr=1, n_taps=257)
    reference = scipy.signal.upfirdn(taps, y, down=1, axis=-1)[..., 128:4128:4]
    assert relative_error(dsp.decimate(y, factor=4), reference) < DOUBLE


def test_decimate_removes_what_would_alias():
    high = synth.sine(3500, sr=8000, duration=1.0)
    assert np.abs(dsp.decimate(high, factor=4)[50:-50]).max() < 1e-2
    assert np.abs(dsp.decimate(high, factor=4, antialias=False)).max() > 0.9


def test_decimate_by_one_is_the_signal(rng):
    y = rng.standard_normal(50)
    assert np.array_equal(dsp.decimate(y, factor=1), y)


# --- one spectrum --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "window", ["hann", "hamming", "blackman", "boxcar", "bartlett", ("kaiser", 8.0)]
)
@pytest.mark.parametrize("n", [1, 2, 5, 400, 512])
@pytest.mark.parametrize("fftbins", [True, False])
def test_windows_equal_scipy(window, n, fftbins):
    ours = dsp.get_window(window, n, fftbins=fftbins)
    assert np.abs(ours - scipy.signal.get_window(window, n, fftbins=fftbins)).max() < 1e-14


@given(n=st.integers(1, 200), seed=st.integers(0, 99))
@settings(deadline=None)
def test_dft_equals_numpy_and_keeps_energy(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n) + 1j * rng.standard_normal(n)
    X = dsp.dft(x)
    assert relative_error(X, np.fft.fft(x)) < DOUBLE
    assert np.isclose(np.sum(np.abs(x) ** 2), np.sum(np.abs(X) ** 2) / n, rtol=1e-12)  # Parseval


@pytest.mark.parametrize("log_n", range(13))
def test_fft_equals_numpy(rng, log_n):
    x = rng.standard_normal((2, 2**log_n))
    assert relative_error(dsp.fft(x), np.fft.fft(x)) < DOUBLE


def test_dft_is_linear_and_a_shift_turns_phases(rng):
    x, y = rng.standard_normal((2, 60))
    assert relative_error(dsp.dft(2 * x - 3 * y), 2 * dsp.dft(x) - 3 * dsp.dft(y)) < DOUBLE
    turned = dsp.dft(x) * np.exp(-2j * np.pi * np.arange(60) * 7 / 60)
    assert relative_error(dsp.dft(np.roll(x, 7)), turned) < DOUBLE


@pytest.mark.parametrize("n", [3, 6, 1000])
def test_fft_wants_a_power_of_two(n):
    with pytest.raises(ArgumentError, match=f"{n} samples; wanted a power of two"):
        dsp.fft(np.ones(n))


# --- STFT ----------------------------------------------------------------------------------------------------


@st.composite
def stft_arguments(draw):
    n_fft = draw(st.integers(2, 600))
    win_length = draw(st.integers(1, n_fft))
    hop_length = draw(st.integers(1, win_length))
    # With long hops librosa 0.11 mirrors only a short piece of the end, and so its last frame is not what np.pad gives.
    mirror = ["reflect"] if hop_length < n_fft // 2 else []
    return dict(
        n_fft=n_fft,
        win_length=win_length,
        hop_length=hop_length,
        center=draw(st.booleans()),
        window=draw(st.sampled_from(["hann", "hamming", "blackman", "boxcar"])),
        pad_mode=draw(st.sampled_from(["constant", "edge", *mirror])),
    )


@given(
    how=stft_arguments(),
    n=st.integers(600, 2000),
    channels=st.sampled_from([(), (2,)]),
    dtype=st.sampled_from([np.float64, np.float32]),
    seed=st.integers(0, 9),
)
@settings(deadline=None, max_examples=150)
def test_stft_equals_librosa_for_random_legal_arguments(how, n, channels, dtype, seed):
    y = np.random.default_rng(seed).standard_normal((*channels, n)).astype(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # librosa warns of short signals
        reference = librosa.stft(y, **how)
    ours = dsp.stft(y, **how)
    assert ours.dtype == reference.dtype
    error = np.abs(ours - reference).max() if ours.shape == reference.shape else np.inf
    assert error <= (DOUBLE if dtype == np.float64 else SINGLE) * np.abs(reference).max() + 1e-30


def test_defaults_are_librosas(rng):
    y = rng.standard_normal(5000)
    assert relative_error(dsp.stft(y), librosa.stft(y)) < DOUBLE
    assert relative_error(dsp.istft(dsp.stft(y)), librosa.istft(librosa.stft(y))) < DOUBLE
    assert (
        relative_error(dsp.stft(y, win_length=400), librosa.stft(y, win_length=400)) < DOUBLE
    )  # hop = win_length / 4


def test_stft_equals_torch_with_its_conventions_set(rng):
    torch = pytest.importorskip("torch")
    y = rng.standard_normal(3000)
    window = torch.hann_window(400, periodic=True, dtype=torch.float64)
    reference = torch.stft(
        torch.from_numpy(y),
        512,
        hop_length=100,
        win_length=400,
        window=window,
        center=True,
        pad_mode="reflect",
        return_complex=True,
    ).numpy()
    ours = dsp.stft(y, n_fft=512, hop_length=100, win_length=400, pad_mode="reflect")
    assert relative_error(ours, reference) < DOUBLE


def symmetric_window(y):
    return dsp.stft(y, n_fft=512, hop_length=128, window=np.hanning(512))


def mirrored(y):
    return dsp.stft(y, n_fft=512, hop_length=128, pad_mode="reflect")


def one_sample_off(y):
    return dsp.stft(np.roll(y, 1), n_fft=512, hop_length=128)


def one_frame_off(y):
    return np.roll(dsp.stft(y, n_fft=512, hop_length=128), 1, axis=-1)


def no_window(y):
    return dsp.stft(y, n_fft=512, hop_length=128, window="boxcar")


def conjugated(y):
    return dsp.stft(y, n_fft=512, hop_length=128).conj()


def magnitude(y):
    return np.abs(dsp.stft(y, n_fft=512, hop_length=128)).astype(complex)


def power(y):
    return np.abs(dsp.stft(y, n_fft=512, hop_length=128)).astype(complex) ** 2


@pytest.mark.parametrize(
    "variant",
    [
        symmetric_window,
        mirrored,
        one_sample_off,
        one_frame_off,
        no_window,
        conjugated,
        magnitude,
        power,
    ],
)
@pytest.mark.parametrize(
    "level", [1.0, 1e-4]
)  # an absolute tolerance would accept all of them on a quiet signal
def test_the_tolerance_rejects_named_wrong_variants(rng, variant, level):
    y = level * rng.standard_normal(4000)
    assert (
        relative_error(variant(y), librosa.stft(y, n_fft=512, hop_length=128)) > 1e-3
    )  # ten million times DOUBLE


@given(
    n=st.integers(500, 3000),
    n_fft=st.sampled_from([64, 255, 400, 512]),
    divisor=st.sampled_from([2, 3, 4, 8]),
    window=st.sampled_from(["hann", "hamming"]),
    seed=st.integers(0, 9),
)
@settings(deadline=None)
def test_perfect_reconstruction(n, n_fft, divisor, window, seed):
    y = np.random.default_rng(seed).standard_normal(n)
    how = dict(n_fft=n_fft, hop_length=n_fft // divisor, window=window)
    assert relative_error(dsp.istft(dsp.stft(y, **how), length=n, **how), y) < 1e-12


@pytest.mark.parametrize("length", [None, 2900, 3000, 3300])
@pytest.mark.parametrize(
    "how",
    [
        dict(n_fft=512),
        dict(n_fft=512, hop_length=100, win_length=400),
        dict(n_fft=513, hop_length=128),
        dict(n_fft=512, hop_length=128, center=False),
    ],
)
def test_istft_equals_librosa_on_a_changed_spectrum(rng, how, length):
    S = dsp.stft(rng.standard_normal((2, 3000)), **how) * rng.uniform(
        0, 1, (2, 1 + how["n_fft"] // 2, 1)
    )
    ours, reference = dsp.istft(S, length=length, **how), librosa.istft(S, length=length, **how)
    # Where only the edge of a window reaches (the first and last samples of uncentred frames, and those beyond the
    # recording), both divide rounding errors by next to nothing: compare inside.
    inner = slice(8, 2880)
    assert ours.shape == reference.shape
    assert relative_error(ours[..., inner], reference[..., inner]) < DOUBLE


def test_frame_and_overlap_add_are_each_others_transpose(rng):
    # <frame(y), F> = <y, overlap_add(F)> for any y and F: a bug in either breaks it
    y, F = rng.standard_normal(1000), rng.standard_normal((100, 31))
    framed, added = dsp.frame(y, frame_length=100, hop_length=30), dsp.overlap_add(F, hop_length=30)
    assert np.isclose(np.sum(framed * F), np.sum(y[: len(added)] * added), rtol=1e-12)


@pytest.mark.parametrize("shape", [(100,), (3, 100)])
def test_frame_equals_librosa(rng, shape):
    y = rng.standard_normal(shape)
    ours = dsp.frame(y, frame_length=16, hop_length=5)
    assert np.array_equal(ours, librosa.util.frame(y, frame_length=16, hop_length=5))


def test_a_delay_of_one_hop_moves_the_stft_by_one_frame(rng):
    y = np.pad(rng.standard_normal(2000), 1000)
    S, delayed = (dsp.stft(x, n_fft=256, hop_length=64) for x in (y, np.roll(y, 64)))
    assert relative_error(delayed[:, 11:40], S[:, 10:39]) < DOUBLE


@pytest.mark.parametrize(
    "window, hop, even",
    [
        ("hann", 128, True),
        ("hann", 64, True),
        ("boxcar", 256, True),
        ("hann", 160, False),
        ("hamming", 128, True),
        ("blackman", 128, False),
    ],
)
def test_cola_agrees_with_scipy(window, hop, even):
    total, ripple = dsp.cola(window, win_length=256, hop_length=hop)
    assert (
        (ripple < 1e-12)
        == even
        == scipy.signal.check_COLA(dsp.get_window(window, 256), 256, 256 - hop)
    )
    assert total.shape == (hop,)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda y: dsp.stft(y, n_fft=0), "n_fft = 0; wanted at least 1"),
        (lambda y: dsp.stft(y, n_fft=512.0), "n_fft = 512.0"),
        (lambda y: dsp.stft(y, n_fft=256, win_length=512), "win_length = 512; wanted at most 256"),
        (lambda y: dsp.stft(y, hop_length=0), "hop_length = 0"),
        (lambda y: dsp.stft(y[:100], n_fft=512, center=False), "less than one frame"),
        (lambda y: dsp.stft(y[:0]), "0 samples"),
        (lambda y: dsp.stft(np.stack([y, y], axis=1)), r"channels last\? Time is the last axis"),
        (
            lambda y: dsp.stft(np.where(np.arange(1000) == 7, np.nan, y)),
            r"1 NaN or infinite values, the first at \(7,\)",
        ),
        (lambda y: dsp.stft((y * 1000).astype(np.int16)), "audio.to_float"),
        (lambda y: dsp.stft(y + 0j), "complex"),
        (lambda y: dsp.stft(list("abc")), "wanted real numbers"),
        (lambda y: dsp.istft(np.abs(dsp.stft(y))), "griffin_lim"),
        (lambda y: dsp.istft(dsp.stft(y), n_fft=1024), "S has 1025 bins; n_fft = 1024 has 513"),
        (lambda y: dsp.istft(dsp.stft(y), length=-5), "length = -5"),
        (lambda y: dsp.power_to_db([]), "S is empty"),
        (lambda y: dsp.amplitude_to_db([]), "S is empty"),
        (lambda y: dsp.griffin_lim(dsp.stft(y), rng=None), "wanted a magnitude"),
        (lambda y: dsp.lowpass_fir(5000, sr=8000), "cutoff = 5000; wanted less than 4000"),
        (lambda y: dsp.lowpass_fir(500, sr=8000, n_taps=100), "odd"),
        (lambda y: dsp.get_window(np.ones(5), 6), r"\(5,\); wanted \(6,\)"),
        (lambda y: dsp.power_to_db(-y), "wanted a power"),
        (lambda y: dsp.alias_frequency(100, sr=0), "sr = 0"),
        (lambda y: dsp.alias_frequency(100, sr=None), "as audio.load returns it"),
    ],
)
def test_bad_input_is_named(rng, call, words):
    with pytest.raises(ArgumentError, match=words):
        call(np.abs(rng.standard_normal(1000)))


def test_nothing_is_changed_in_place(rng):
    y = rng.standard_normal(1000)
    S = librosa.stft(y)
    kept_y, kept_S = y.copy(), S.copy()
    (
        dsp.stft(y),
        dsp.istft(S),
        dsp.decimate(y, factor=2),
        dsp.fft(y[:512]),
        dsp.power_to_db(np.abs(S)),
    )
    assert np.array_equal(y, kept_y) and np.array_equal(S, kept_S)


# --- decibels ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("top_db", [80.0, 20.0, None])
@pytest.mark.parametrize("ref", [1.0, 0.3, np.max])
def test_decibels_equal_librosa(rng, ref, top_db):
    S = rng.standard_normal((20, 30)) ** 4
    S[0, 0] = 0.0
    assert np.allclose(
        dsp.power_to_db(S, ref=ref, top_db=top_db),
        librosa.power_to_db(S, ref=ref, top_db=top_db),
        rtol=0,
        atol=1e-10,
    )
    assert np.allclose(
        dsp.amplitude_to_db(S, ref=ref, top_db=top_db),
        librosa.amplitude_to_db(S, ref=ref, top_db=top_db),
        rtol=0,
        atol=1e-10,
    )


def test_decibels_and_back(rng):
    S = rng.uniform(0.01, 1, 100)
    assert relative_error(dsp.db_to_power(dsp.power_to_db(S, top_db=None)), S) < DOUBLE
    assert relative_error(dsp.db_to_amplitude(dsp.amplitude_to_db(S, top_db=None)), S) < DOUBLE
    assert dsp.amplitude_to_db(np.array([0.5])) == pytest.approx(-6.0206, abs=1e-4)  # by hand
    assert dsp.power_to_db(np.array([0.5])) == pytest.approx(-3.0103, abs=1e-4)


# --- Griffin-Lim ---------------------------------------------------------------------------------------------


def test_griffin_lim_comes_as_near_as_librosas_and_does_not_get_worse_with_more_rounds():
    y = synth.chirp(200, 3000, sr=8000, duration=1.0)
    M = np.abs(dsp.stft(y, n_fft=512, hop_length=128))

    def mismatch(x):
        return np.linalg.norm(np.abs(dsp.stft(x, n_fft=512, hop_length=128)) - M) / np.linalg.norm(
            M
        )

    few, many = (
        mismatch(
            dsp.griffin_lim(M, rng=np.random.default_rng(0), n_iter=n, hop_length=128, length=8000)
        )
        for n in (2, 50)
    )
    theirs = mismatch(librosa.griffinlim(M, n_iter=50, hop_length=128, length=8000, random_state=0))
    assert many < 0.7 * few
    assert many < 1.5 * theirs  # both start from random phases, so they are near, not equal


@pytest.mark.parametrize("length", [None, 3000, 3900, 5000])
def test_griffin_lim_gives_the_length_that_is_asked_for(length):
    M = np.abs(dsp.stft(synth.sine(440, sr=8000, duration=0.5), n_fft=512, hop_length=128))
    y = dsp.griffin_lim(M, rng=np.random.default_rng(0), n_iter=2, hop_length=128, length=length)
    assert y.shape == (length or 128 * (M.shape[1] - 1),)


def test_half_precision_becomes_double():
    assert dsp.stft(np.ones(3000, dtype=np.float16)).dtype == np.complex128


def test_griffin_lim_is_determined_by_its_generator():
    M = np.abs(dsp.stft(synth.sine(440, sr=8000, duration=0.5)))
    a, b, c = (dsp.griffin_lim(M, rng=np.random.default_rng(seed), n_iter=2) for seed in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, c)


# --- units and metrics ---------------------------------------------------------------------------------------


def test_units_equal_librosa():
    assert np.allclose(
        units.fft_frequencies(sr=22050, n_fft=2048), librosa.fft_frequencies(sr=22050, n_fft=2048)
    )
    frames = np.arange(50)
    assert np.allclose(
        units.frames_to_time(frames, sr=16000, hop_length=160),
        librosa.frames_to_time(frames, sr=16000, hop_length=160),
    )
    assert np.allclose(
        units.frames_to_time(frames, sr=16000, hop_length=160, n_fft=400),
        librosa.frames_to_time(frames, sr=16000, hop_length=160, n_fft=400),
    )
    f = np.array([27.5, 440.0, 1000.0])
    assert np.allclose(units.hz_to_midi(f), librosa.hz_to_midi(f))
    assert np.allclose(units.midi_to_hz(units.hz_to_midi(f)), f)
    assert units.seconds_to_samples(0.1, sr=16000) == 1600 and isinstance(
        units.seconds_to_samples(0.1, sr=16000), int
    )


def test_snr_by_hand_and_its_errors():
    reference = np.array([3.0, 4.0])
    assert metrics.snr(reference, np.array([3.0, 3.5])) == pytest.approx(
        20.0
    )  # 10 log10(25 / 0.25)
    assert metrics.snr(reference, reference) == np.inf
    assert metrics.snr(reference, 2 * reference) == pytest.approx(0.0)  # the level counts
    assert metrics.snr(
        np.stack([reference, reference]), np.stack([reference * 0.9, reference * 0.5])
    ).shape == (2,)
    with pytest.raises(ArgumentError, match="silent"):
        metrics.snr(np.zeros(4), np.ones(4))
    with pytest.raises(ArgumentError, match="1 samples apart"):
        metrics.snr(np.ones(4), np.ones(5))


# --- made signals --------------------------------------------------------------------------------------------


def test_sine_and_chirp_have_the_frequency_they_name():
    sr = 8000
    for frequency in (100.0, 999.5):
        y = synth.sine(frequency, sr=sr, duration=1.0, amplitude=0.5)
        X = np.abs(np.fft.rfft(y * np.hanning(len(y)), n=8 * len(y)))
        assert abs(np.argmax(X) / 8 - frequency) <= 0.125
        assert np.abs(y).max() == pytest.approx(0.5, rel=1e-3)
    glide = scipy.signal.hilbert(synth.chirp(500, 1500, sr=sr, duration=1.0))
    instantaneous = np.diff(np.unwrap(np.angle(glide))) * sr / (2 * np.pi)
    expected = np.linspace(500, 1500, sr)[:-1]
    assert (
        np.abs(instantaneous - expected)[500:-500].max() < 5
    )  # Hz; the Hilbert transform ripples at the ends
    assert (
        relative_error(
            synth.chirp(500, 1500, sr=sr, duration=1.0),
            scipy.signal.chirp(np.arange(sr) / sr, 500, 1, 1500, phi=-90),
        )
        < 1e-9
    )


def test_a_naive_square_wave_aliases_and_the_band_limited_one_does_not():
    sr, f0 = 8000, 700.0
    levels = []
    for band_limited in (True, False):
        y = synth.square(f0, sr=sr, duration=1.0, band_limited=band_limited)
        power = np.abs(np.fft.rfft(y * dsp.get_window("blackman", len(y)))) ** 2
        f = np.fft.rfftfreq(len(y), 1 / sr)
        off_harmonics = np.abs(f / f0 - np.round(f / f0)) * f0 > 5
        levels.append(power[off_harmonics].sum() / power.sum())
    assert levels[0] < 1e-6 < 1e-3 < levels[1]


def test_noise_has_the_colour_and_level_it_names(rng):
    white = synth.white_noise(sr=8000, duration=8, rng=rng, amplitude=0.2)
    pink = synth.pink_noise(sr=8000, duration=8, rng=rng, amplitude=0.2)
    assert np.std(white) == pytest.approx(0.2, rel=0.02)  # 64,000 draws: standard error 0.3 %
    assert np.sqrt(np.mean(pink**2)) == pytest.approx(0.2, rel=1e-9)
    octaves = [(f0, 2 * f0) for f0 in (125, 250, 500, 1000)]

    def octave_power(y):
        f, power = np.fft.rfftfreq(len(y), 1 / 8000), np.abs(np.fft.rfft(y)) ** 2
        return 10 * np.log10([power[(f >= low) & (f < high)].sum() for low, high in octaves])

    assert np.diff(octave_power(pink)) == pytest.approx(
        0, abs=0.6
    )  # dB; 1,000 bins in the lowest octave: 0.14 dB
    assert np.diff(octave_power(white)) == pytest.approx(3.01, abs=0.6)


def test_pluck_has_its_pitch_and_dies_away(rng):
    y = synth.pluck(220.0, sr=44100, duration=2.0, rng=rng)
    X = np.abs(np.fft.rfft(y[:44100] * np.hanning(44100)))
    fundamental = 150 + np.argmax(X[150:300])
    assert (
        abs(fundamental - 220) < 2
    )  # the period is rounded to half a sample: 220 Hz become 220.0 +- 0.6
    assert np.abs(y).max() == pytest.approx(0.8)
    assert np.sqrt(np.mean(y[-4410:] ** 2)) < 0.3 * np.sqrt(np.mean(y[:4410] ** 2))


def test_lengths_and_errors_of_made_signals(rng):
    for make in (
        lambda **how: synth.sine(100, **how),
        lambda **how: synth.chirp(1, 2, **how),
        lambda **how: synth.square(100, **how),
        synth.impulse,
        lambda **how: synth.white_noise(rng=rng, **how),
        lambda **how: synth.pluck(100, rng=rng, **how),
        lambda **how: synth.drum_hit(rng=rng, **how),
    ):
        y = make(sr=8000, duration=0.25)
        assert y.shape == (2000,) and y.dtype == np.float64 and np.isfinite(y).all()
        with pytest.raises(ArgumentError, match="duration"):
            make(sr=8000, duration=-1)
        with pytest.raises(ArgumentError, match="sr"):
            make(sr=0, duration=1)
