"""pitch against librosa, sounds of known pitch and hand-worked values; the wrong variants it must not be mistaken for.

1e-10 (float64) and 1e-5 (float32), relative to the peak, are what the library promises against librosa. Errors of
pitch are in cents, 1200 to the octave; a listener notices about 5 to 10.
"""

import re
import warnings

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import data, dsp, pitch, synth, units
from coursekit.arguments import ArgumentError
from coursekit.data import stand_ins

DOUBLE, SINGLE = 1e-10, 1e-5
SR = 22050


def relative_error(a, b):
    assert a.shape == b.shape, (a.shape, b.shape)
    return np.abs(a - b).max() / np.abs(b).max()


def cents(estimate, truth):
    return 1200 * np.log2(estimate / truth)


@pytest.fixture
def rng():
    return np.random.default_rng(4)  # any seed will do: nothing below depends on the draw


# --- the steps, one by one -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, DOUBLE), (np.float32, SINGLE)])
@pytest.mark.parametrize("shape", [(1,), (2,), (257,), (3, 400)])
@pytest.mark.parametrize("max_size", [None, 1, 50, 1000])
def test_autocorrelation_equals_librosa(rng, shape, max_size, dtype, tolerance):
    y = rng.standard_normal(shape).astype(dtype)
    ours = pitch.autocorrelation(y, max_size=max_size)
    assert ours.dtype == dtype
    assert relative_error(ours, librosa.autocorrelate(y, max_size=max_size)) < tolerance


def test_autocorrelation_equals_its_definition(rng):
    y = rng.standard_normal(300)
    assert relative_error(pitch.autocorrelation(y), np.correlate(y, y, mode="full")[299:]) < DOUBLE


def by_definition(y, max_lag):
    """The difference function as a double sum, zeros after the end."""
    padded = np.append(y, np.zeros(max_lag))
    return np.array([np.sum((y - padded[lag : lag + len(y)]) ** 2) for lag in range(max_lag + 1)])


@pytest.mark.parametrize("n, max_lag", [(2, 1), (50, 49), (400, 100)])
def test_difference_function_equals_its_definition(rng, n, max_lag):
    y = rng.standard_normal((2, n))
    ours = pitch.difference_function(y, max_lag=max_lag)
    assert (
        relative_error(ours, np.stack([by_definition(channel, max_lag) for channel in y])) < DOUBLE
    )


def test_at_the_period_the_difference_is_the_energy_of_the_last_period(rng):
    y = np.tile(rng.standard_normal(50), 20)
    d = pitch.difference_function(y, max_lag=100)
    assert d[[50, 100]] == pytest.approx([np.sum(y[-50:] ** 2), np.sum(y[-100:] ** 2)], rel=1e-10)
    # white noise repeated: d is near 2 * energy elsewhere, so d' at the period is near period / (2 n)
    at_period = pitch.cumulative_mean_normalized_difference(d)[50]
    assert at_period == pytest.approx(
        50 / (2 * 1000), rel=0.1
    )  # the mean of d still holds the tapered ends


def test_cumulative_mean_by_hand():
    d = [0.0, 4.0, 2.0, 3.0, 0.0]
    expected = [1, 4 / 4, 2 / (6 / 2), 3 / (9 / 3), 0]
    assert pitch.cumulative_mean_normalized_difference(d) == pytest.approx(expected)
    assert np.array_equal(
        pitch.cumulative_mean_normalized_difference(np.zeros((2, 5))), np.ones((2, 5))
    )


def test_level_does_not_change_the_normalised_difference(rng):
    y = rng.standard_normal(400)
    a, b = (
        pitch.cumulative_mean_normalized_difference(
            pitch.difference_function(level * y, max_lag=100)
        )
        for level in (1.0, 1e-6)
    )
    assert relative_error(a, b) < DOUBLE


@pytest.mark.parametrize(
    "d, threshold, index",
    [
        (
            [0.9, 0.5, 0.05, 0.6, 0.01, 0.7],
            0.1,
            2,
        ),  # the first under the threshold, not the deepest
        ([0.9, 0.5, 0.05, 0.6, 0.01, 0.7], 0.05, 4),  # below, not at
        ([0.9, 0.5, 0.2, 0.6, 0.15, 0.7], 0.1, 4),  # none: the deepest
        (
            [0.9, 0.09, 0.05, 0.02, 0.6, 0.7],
            0.1,
            3,
        ),  # the bottom of the dip, not where it crosses the threshold
        ([0.05, 0.08, 0.9, 0.01, 0.6, 0.7], 0.1, 0),  # an end can be a minimum
        ([0.9, 0.8, 0.7, 0.6, 0.5, 0.05], 0.1, 5),
        ([0.9, 0.05, 0.05, 0.6, 0.01, 0.7], 0.1, 1),  # a flat bottom: its first sample
        ([0.05, 0.05, 0.9, 0.6, 0.01, 0.7], 0.1, 4),  # a flat start is none
        ([1.0, 1.0, 1.0, 1.0, 1.0, 1.0], 0.1, 0),
    ],
)
def test_first_trough_by_hand(d, threshold, index):
    assert pitch.first_trough(d, threshold=threshold) == index
    assert np.array_equal(
        pitch.first_trough([[d, d]] * 3, threshold=threshold), np.full((3, 2), index)
    )


@given(
    vertex=st.floats(1.01, 7.99),
    curvature=st.floats(0.01, 10),
    sign=st.sampled_from([-1, 1]),
    height=st.floats(-5, 5),
)
@settings(derandomize=True, deadline=None)
def test_a_parabola_is_found_exactly(vertex, curvature, sign, height):
    x = height + sign * curvature * (np.arange(10) - vertex) ** 2
    for index in (int(vertex), int(np.ceil(vertex))):
        assert index + pitch.parabolic_interpolation(x, index=index) == pytest.approx(
            vertex, abs=1e-9
        )


def test_parabola_edge_cases():
    assert pitch.parabolic_interpolation([1.0, 2.0, 5.0], index=0) == 0  # an end
    assert pitch.parabolic_interpolation([5.0, 2.0, 1.0], index=2) == 0
    assert pitch.parabolic_interpolation([5.0, 2.0], index=1) == 0
    assert pitch.parabolic_interpolation([3.0, 2.0, 1.0], index=1) == 0  # a line has no vertex
    assert pitch.parabolic_interpolation([1.0, 1.0, 1.0], index=1) == 0
    assert (
        pitch.parabolic_interpolation([0.0, 1.0, 4.0], index=1) == 0
    )  # its vertex is one sample away
    x = np.random.default_rng(0).standard_normal((2, 3, 50))
    index = x.argmin(axis=-1)
    ours = pitch.parabolic_interpolation(x, index=index)
    one_by_one = [
        [pitch.parabolic_interpolation(x[i, j], index=index[i, j]) for j in range(3)]
        for i in range(2)
    ]
    assert np.array_equal(ours, one_by_one)


def test_many_frames_of_a_few_lags_are_not_taken_for_audio(rng):
    """A search among few lags, in a long recording: more rows than columns."""
    d = np.abs(rng.standard_normal((300, 6)))
    best = pitch.first_trough(d)
    assert np.array_equal(best, [pitch.first_trough(row) for row in d])
    assert pitch.cumulative_mean_normalized_difference(d).shape == d.shape
    assert np.array_equal(
        pitch.parabolic_interpolation(d, index=best),
        [pitch.parabolic_interpolation(row, index=k) for row, k in zip(d, best, strict=True)],
    )
    with pytest.raises(ArgumentError, match="1 on the last axis, wanted at least 2"):
        pitch.first_trough(d[:, :1])


# --- equal to librosa ----------------------------------------------------------------------------------------


@st.composite
def yin_arguments(draw):
    frame_length = draw(st.integers(64, 900))
    sr = draw(st.sampled_from([8000, 16000, 22050, 44100.0]))
    fmax = draw(st.floats(sr / frame_length * 2, sr / 2))
    fmin = draw(st.floats(sr / (frame_length - 1) * 1.01, fmax * 0.99))
    return dict(
        fmin=fmin,
        fmax=fmax,
        sr=sr,
        frame_length=frame_length,
        center=draw(st.booleans()),
        hop_length=draw(st.one_of(st.none(), st.integers(10, 900))),
        trough_threshold=draw(st.sampled_from([0.05, 0.1, 0.3, 0.8])),
        pad_mode=draw(st.sampled_from(["constant", "reflect", "edge"])),
    )


def voice(rng, shape, *, period, noise=0.01):
    """Something with a pitch, jitter and noise."""
    phase = 2 * np.pi * np.cumsum(1 / period + 0.002 * rng.standard_normal(shape), axis=-1)
    return np.sin(phase) + 0.5 * np.sin(2 * phase + 1) + noise * rng.standard_normal(shape)


@given(
    how=yin_arguments(),
    n=st.integers(900, 4000),
    channels=st.sampled_from([(), (2,)]),
    period=st.floats(3, 300),
    noise=st.sampled_from([0.01, 0.3, 3.0]),
    dtype=st.sampled_from([np.float64, np.float32]),
    seed=st.integers(0, 9),
)
@settings(derandomize=True, deadline=None, max_examples=150)
def test_yin_equals_librosa_for_random_legal_arguments(
    how, n, channels, period, noise, dtype, seed
):
    y = voice(np.random.default_rng(seed), (*channels, n), period=period, noise=noise).astype(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # both warn of frames shorter than two periods
        ours, reference = pitch.yin(y, **how), librosa.yin(y, **how)
    assert ours.dtype == dtype  # librosa's is float64 always
    assert relative_error(ours, reference) <= (DOUBLE if dtype == np.float64 else SINGLE)


def test_defaults_are_librosas(rng):
    y = voice(rng, 8000, period=70)
    assert (
        relative_error(
            pitch.yin(y, fmin=65, fmax=2093, sr=SR), librosa.yin(y, fmin=65, fmax=2093, sr=SR)
        )
        < DOUBLE
    )


HOW = dict(fmin=100, fmax=2000, sr=8000, frame_length=1024, hop_length=256)


def steps(
    y,
    *,
    fmin,
    fmax,
    sr,
    frame_length,
    hop_length,
    threshold=0.1,
    interpolate=True,
    pad_mode="constant",
    difference=pitch.difference_function,
    normalise=pitch.cumulative_mean_normalized_difference,
):
    """YIN put together from its steps, so that each can be left out or replaced."""
    frames = dsp.frame(
        np.pad(y, frame_length // 2, mode=pad_mode),
        frame_length=frame_length,
        hop_length=hop_length,
    ).T
    shortest, longest = int(sr / fmax), int(np.ceil(sr / fmin))
    d = normalise(difference(frames, max_lag=longest))[:, shortest:]
    best = pitch.first_trough(d, threshold=threshold)
    return sr / (shortest + best + interpolate * pitch.parabolic_interpolation(d, index=best))


def global_minimum(y):
    return steps(y, **HOW, threshold=0)


def autocorrelation_maximum(y):
    frames = dsp.frame(np.pad(y, 512), frame_length=1024, hop_length=256).T
    r = pitch.autocorrelation(frames, max_size=81)[:, 4:]
    return 8000 / (
        4 + r.argmax(axis=-1) + pitch.parabolic_interpolation(r, index=r.argmax(axis=-1))
    )


def no_interpolation(y):
    return steps(y, **HOW, interpolate=False)


def half_the_rate(y):
    return pitch.yin(y, **HOW | {"sr": HOW["sr"] / 2})


def period_counted_from_the_shortest_lag(y):
    return 8000 / (8000 / pitch.yin(y, **HOW) - 4)


def not_normalised(y):
    return steps(y, **HOW, normalise=np.asarray)


WRONG = [
    global_minimum,
    autocorrelation_maximum,
    no_interpolation,
    half_the_rate,
    period_counted_from_the_shortest_lag,
    not_normalised,
]


@pytest.mark.parametrize("variant", WRONG)
@pytest.mark.parametrize("level", [1.0, 1e-3])
def test_known_pitch_rejects_named_wrong_variants(variant, level):
    # 10.5 samples a period: no whole lag fits, but twice the period is 21 exactly. The deepest point of d and the
    # highest of the autocorrelation lie an octave too low; without a parabola the pitch is off by half a sample, 80
    # cents.
    f0 = 8000 / 10.5
    y = level * synth.harmonic(f0, [1.0, 0.3], sr=8000, duration=1.0)
    inner = slice(4, -4)  # frames that lie in the sound
    assert np.abs(cents(pitch.yin(y, **HOW)[inner], f0)).max() < 10
    assert np.median(np.abs(cents(variant(y)[inner], f0))) > 50


@pytest.mark.parametrize(
    "variant",
    [
        *WRONG,
        lambda y: steps(y, **HOW),
        lambda y: steps(y, **HOW, pad_mode="reflect"),
        lambda y: pitch.yin(y, **HOW, center=False),
        lambda y: np.roll(pitch.yin(y, **HOW), 1),
    ],
    ids=lambda variant: variant.__name__,
)
def test_the_tolerance_rejects_named_wrong_variants(rng, variant):
    # The bare steps are among them: they lack librosa's extra square at lag 1 (see the module's docstring).
    y = voice(rng, 8000, period=40, noise=0.3)
    reference = librosa.yin(y, **HOW)
    assert relative_error(pitch.yin(y, **HOW), reference) < DOUBLE
    ours = variant(y)
    n = min(len(ours), len(reference))  # center=False has fewer frames
    assert relative_error(ours[:n], reference[:n]) > 1e-8  # a hundred times DOUBLE


# --- sounds whose pitch is known -----------------------------------------------------------------------------


def modulated(f0, amplitudes):
    """Harmonics of a pitch (Hz) that is given at every sample."""
    phase = 2 * np.pi * np.cumsum(f0) / SR
    return sum(a * np.sin(k * phase) for k, a in enumerate(amplitudes, start=1))


TIME = synth.time(sr=SR, duration=2.0)
ROLLING_OFF = 1 / np.arange(1, 16)
KNOWN = {
    "low tone": (np.full_like(TIME, 73.4), ROLLING_OFF),
    "high tone": (np.full_like(TIME, 1318.5), ROLLING_OFF[:5]),
    "sine": (np.full_like(TIME, 440.0), [1.0]),
    "missing fundamental": (np.full_like(TIME, 155.6), [0, 0, 0, 1, 0.8, 0.6, 0.4]),
    "even harmonics louder": (np.full_like(TIME, 123.5), [0.4, 1, 0.4, 1, 0.4, 0.5]),
    "glide of an octave up": (110 * 2 ** (TIME / 2), ROLLING_OFF),
    "glide of an octave down": (440 * 2 ** (-TIME / 2), ROLLING_OFF),
    "vibrato": (330 * 2 ** (50 / 1200 * np.sin(2 * np.pi * 5 * TIME)), ROLLING_OFF),
}


@pytest.mark.parametrize("noise", [0.0, 0.03])  # of the sound's level: none, 30 dB below
@pytest.mark.parametrize("name", KNOWN)
def test_known_pitch_within_ten_cents(rng, name, noise):
    f0, amplitudes = KNOWN[name]
    y = modulated(f0, amplitudes)
    y = y + noise * np.std(y) * rng.standard_normal(len(y))
    estimate = pitch.yin(y, fmin=65, fmax=2093, sr=SR)
    error = np.abs(
        cents(estimate[4:-5], f0[::512][4 : len(estimate) - 5])
    )  # frames that lie in the sound
    assert np.median(error) < 10
    assert np.mean(error > 50) < 0.01  # hardly a frame is a quarter tone off, let alone an octave


def test_the_threshold_is_the_share_of_odd_harmonics_that_counts_as_noise():
    # With weak odd harmonics half the period fits but for their power: d' there is twice its share, 2 * 0.03 / 2.28.
    y = modulated(np.full_like(TIME, 123.5), [0.1, 1, 0.1, 1, 0.1, 0.5])
    octave_up, mended = (
        np.median(pitch.yin(y, fmin=65, fmax=2093, sr=SR, trough_threshold=threshold)[4:-5])
        for threshold in (0.1, 0.02)
    )
    assert abs(cents(octave_up, 247.0)) < 10 and abs(cents(mended, 123.5)) < 10


def test_noise_moves_the_pitch_little_and_the_aperiodicity_a_lot(rng):
    tone = synth.harmonic(200.0, ROLLING_OFF, sr=SR, duration=2.0)
    before = -1.0
    for snr_db in (np.inf, 20, 10, 3):
        y = tone + np.std(tone) * 10 ** (-snr_db / 20) * rng.standard_normal(len(tone))
        f0, aperiodicity = pitch.track(y, fmin=65, fmax=1000, sr=SR, voicing_threshold=1.0)
        inner = slice(4, -4)
        assert np.nanmedian(np.abs(cents(f0[inner], 200.0))) < 10
        # d' is about noise power / power, from the paper's step 4, plus what the frame's end adds
        assert np.median(aperiodicity[inner]) > before + 0.005
        before = np.median(aperiodicity[inner])
    assert 0.2 < before < 0.5  # at 3 dB: 1 / (1 + 2) = 0.33


def test_a_transposed_sound_has_a_transposed_pitch(rng):
    # The same samples read at another rate: f0 moves with it, exactly.
    y = voice(rng, 8000, period=60)
    a = pitch.yin(y, fmin=65, fmax=1000, sr=8000)
    assert relative_error(pitch.yin(y, fmin=130, fmax=2000, sr=16000), 2 * a) < DOUBLE


# --- against pYIN, and voicing, on read speech ---------------------------------------------------------------

SPEECH = dict(fmin=65, fmax=400, sr=16000, frame_length=1024, hop_length=160)


@pytest.mark.shelf
def test_speech_agrees_with_pyin():
    ours, theirs = [], []
    for item in list(data.load("librivox", quiet=True))[
        :2
    ]:  # pYIN takes a second for four of sound
        y, sr = item.load()
        assert sr == SPEECH["sr"]
        ours.append(pitch.track(y.astype(np.float64), **SPEECH)[0])
        theirs.append(librosa.pyin(y.astype(np.float64), **SPEECH)[0])
    ours, theirs = np.concatenate(ours), np.concatenate(theirs)
    both = ~np.isnan(ours) & ~np.isnan(theirs)
    error = np.abs(cents(ours[both], theirs[both]))
    # measured: 602 of 1,011 frames, 2.6 cents, no octave error; pYIN's own grid is 10 cents wide
    assert both.sum() > 400
    assert np.median(error) < 10
    assert np.mean(error > 600) < 0.02


@pytest.mark.shelf
def test_voiced_frames_of_speech_are_told_from_unvoiced_ones():
    vowels = {
        "AA",
        "AE",
        "AH",
        "AO",
        "AW",
        "AY",
        "EH",
        "ER",
        "EY",
        "IH",
        "IY",
        "OW",
        "OY",
        "UH",
        "UW",
    }
    voiceless = {"SIL", "P", "T", "K", "F", "TH", "S", "SH", "CH", "HH"}
    right = []
    for item in data.load("librivox", quiet=True):
        f0, _ = pitch.track(item.load()[0], **SPEECH)
        times = units.frames_to_time(
            np.arange(len(f0)), sr=SPEECH["sr"], hop_length=SPEECH["hop_length"]
        )
        for phone in item.phones:
            if phone.label in vowels | voiceless:
                inside = (times >= phone.start) & (times < phone.end)
                right += list(~np.isnan(f0[inside]) == (phone.label in vowels))
    assert len(right) > 1000
    assert (
        np.mean(right) > 0.75
    )  # 0.5 is chance; the times of the phones come from a recogniser, to 10 ms


# --- the four tones of Mandarin ------------------------------------------------------------------------------


def semitones(y, sr):
    """The pitch of a syllable's longest stretch without a gap or a jump, in semitones."""
    f0, _ = pitch.track(
        y - y.mean(), fmin=75, fmax=450, sr=sr, frame_length=sr // 25, hop_length=sr // 100
    )
    contour = 12 * np.log2(f0)
    breaks = np.flatnonzero(~(np.abs(np.diff(contour)) < 3)) + 1
    return max(np.split(contour, breaks), key=lambda run: np.sum(~np.isnan(run)))


@pytest.mark.parametrize("name", ["ma{}-speaker3", "yi{}-speaker5"])
def test_a_made_syllable_has_the_pitch_of_its_tone(name):
    high, rising, dipping, falling = (
        semitones(*stand_ins.made_syllable(name.format(tone), tone)) for tone in "1234"
    )
    middle = 12 * np.log2(120 if name.endswith("3") else 240)  # level 3; a level is two semitones
    for contour in (high, rising, dipping, falling):
        assert len(contour) > 25  # of about 35 frames: nearly all is voiced
    # pitch is moved by up to 5 %, 0.9 semitones; the first and last frames reach beyond the sound
    assert high[2:-2] == pytest.approx(middle + 4, abs=1) and np.ptp(high[2:-2]) < 0.2
    assert 3 < rising[-3] - rising[2] < 4.5 and -8.5 < falling[-3] - falling[2] < -6
    assert dipping[2] - dipping.min() > 1 and dipping[-3] - dipping.min() > 4
    assert np.argmin(dipping) == pytest.approx(len(dipping) / 2, abs=3)


@pytest.mark.shelf
def test_real_tones_differ_in_height_and_slope():
    tones = data.load("tones", quiet=True)
    if any(item.path is None for item in tones):
        pytest.skip("the recordings are not on this machine, and their package cannot be had")
    for voice in ("speaker3", "speaker5"):
        items = [item for item in tones if item.name.endswith(voice)]
        contours = {item.name: semitones(*item.load(sr=16000)) for item in items}
        by_tone = {
            tone: [contours[item.name] for item in items if item.label == tone] for tone in "1234"
        }
        slopes, heights = (
            {tone: np.median([value(c) for c in by_tone[tone]]) for tone in by_tone}
            for value in (lambda c: np.polyfit(np.arange(len(c)), c, 1)[0], np.mean)
        )
        assert (
            abs(slopes["1"]) < 0.05 < slopes["2"] and slopes["4"] < -0.2
        )  # semitones a frame of 10 ms
        assert min(heights, key=heights.get) == "3"


# --- edge cases ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "y", [np.zeros(8000), np.full(8000, 0.3), -np.ones(8000)], ids=["silence", "0.3", "-1"]
)
def test_silence_and_a_constant_have_no_pitch(y):
    how = dict(fmin=65, fmax=1000, sr=8000, pad_mode="edge")
    assert np.array_equal(
        pitch.yin(y, **how), np.full(16, 8000 / 8)
    )  # as documented, and as librosa's
    assert np.array_equal(pitch.yin(y, **how), librosa.yin(y, **how))
    f0, aperiodicity = pitch.track(y, **how)
    assert np.isnan(f0).all() and (aperiodicity >= 0.99).all()


def test_noise_is_unvoiced(rng):
    f0, aperiodicity = pitch.track(rng.standard_normal(16000), fmin=65, fmax=1000, sr=16000)
    assert np.mean(np.isnan(f0)) == 1.0 and aperiodicity.min() > 0.5


@pytest.mark.parametrize("n", [1, 2, 100])
def test_signals_shorter_than_a_frame(n):
    y = np.sin(np.arange(n) + 1.0)
    assert pitch.yin(y, fmin=65, fmax=1000, sr=8000).shape == (1,)
    assert np.isfinite(pitch.yin(y, fmin=65, fmax=1000, sr=8000)).all()
    with pytest.raises(
        ArgumentError, match=f"y has {n} samples, less than one frame of 2048: pad it"
    ):
        pitch.yin(y, fmin=65, fmax=1000, sr=8000, center=False)


def test_one_sample_is_unvoiced():
    f0, aperiodicity = pitch.track([0.5], fmin=65, fmax=1000, sr=8000)
    assert np.isnan(f0).all() and aperiodicity >= 0.5


def test_channels_are_taken_one_by_one(rng):
    y = np.stack([voice(rng, 5000, period=p) for p in (40, 61)])
    both = pitch.track(y, fmin=65, fmax=1000, sr=8000)
    for channel in (0, 1):
        alone = pitch.track(y[channel], fmin=65, fmax=1000, sr=8000)
        assert np.array_equal(both[0][channel], alone[0], equal_nan=True)
        assert np.array_equal(both[1][channel], alone[1])
    assert np.nanmedian(both[0][0]) == pytest.approx(200, rel=0.02)
    assert np.nanmedian(both[0][1]) == pytest.approx(131, rel=0.02)


def test_more_frames_than_a_block(rng):
    y = voice(rng, 40000, period=50)
    how = dict(fmin=100, fmax=1000, sr=8000, frame_length=256)
    for hop_length in (625, 620):  # 65 frames, and 64 in the first of two blocks
        how["hop_length"] = hop_length
        assert relative_error(pitch.yin(y, **how), librosa.yin(y, **how)) < DOUBLE


def test_track_is_yin_with_the_unvoiced_left_out(rng):
    y = np.concatenate(
        [voice(rng, 8000, period=50), 0.1 * rng.standard_normal(8000), np.zeros(8000)]
    )
    how = dict(fmin=65, fmax=1000, sr=8000)
    for dtype in (np.float64, np.float32):
        f0, aperiodicity = pitch.track(y.astype(dtype), **how)
        everywhere = pitch.yin(y.astype(dtype), **how)
        voiced = ~np.isnan(f0)
        assert f0.dtype == aperiodicity.dtype == dtype
        assert np.array_equal(f0[voiced], everywhere[voiced])
        assert np.array_equal(voiced, aperiodicity < 0.5)
        assert voiced[3:13].all() and not voiced[18:].any()
    assert np.isnan(pitch.track(y, **how, voicing_threshold=0)[0]).all()


@pytest.mark.parametrize(
    "call, words",
    [
        (
            lambda y: pitch.yin(y, fmin=65, fmax=4001, sr=8000),
            "fmax = 4001 Hz; wanted at most sr / 2 = 4000 Hz. Is sr",
        ),
        (
            lambda y: pitch.yin(y, fmin=500, fmax=500, sr=8000),
            "fmin = 500 Hz; wanted less than fmax = 500 Hz. Were",
        ),
        (lambda y: pitch.yin(y, fmin=0, fmax=500, sr=8000), "fmin = 0; wanted more than 0"),
        (lambda y: pitch.yin(y, fmin=None, fmax=500, sr=8000), "fmin = None"),
        (
            lambda y: pitch.yin(y, fmin=30, fmax=500, sr=22050, frame_length=512),
            "fmin = 30 Hz has a period of 735 samples, more than frame_length = 512 holds; "
            "wanted fmin above 43.2 Hz, or",
        ),
        (lambda y: pitch.yin(y, fmin=65, fmax=500, sr=None), "as audio.load returns it"),
        (
            lambda y: pitch.yin(y, fmin=65, fmax=500, sr=8000, frame_length=2048.0),
            "frame_length = 2048.0",
        ),
        (
            lambda y: pitch.yin(y, fmin=65, fmax=500, sr=8000, hop_length=0),
            "hop_length = 0; wanted at least 1",
        ),
        (
            lambda y: pitch.yin(y, fmin=65, fmax=500, sr=8000, trough_threshold=-1),
            "threshold = -1; wanted at least 0",
        ),
        (
            lambda y: pitch.track(y, fmin=65, fmax=500, sr=8000, voicing_threshold=-1),
            "voicing_threshold = -1",
        ),
        (
            lambda y: pitch.yin((y * 1000).astype(np.int16), fmin=65, fmax=500, sr=8000),
            "audio.to_float",
        ),
        (
            lambda y: pitch.yin(np.stack([y, y], axis=1), fmin=65, fmax=500, sr=8000),
            "channels last? Time is the last axis",
        ),
        (
            lambda y: pitch.yin(
                np.where(np.arange(3000) == 7, np.nan, y), fmin=65, fmax=500, sr=8000
            ),
            "the first at (7,)",
        ),
        (lambda y: pitch.yin(y[:0], fmin=65, fmax=500, sr=8000), "0 samples"),
        (lambda y: pitch.track(y + 0j, fmin=65, fmax=500, sr=8000), "complex"),
        (
            lambda y: pitch.difference_function(y, max_lag=3000),
            "max_lag = 3000; wanted at most 2999",
        ),
        (lambda y: pitch.autocorrelation(y, max_size=0), "max_size = 0; wanted at least 1"),
    ],
)
def test_bad_input_is_named(rng, call, words):
    with pytest.raises(ArgumentError, match=re.escape(words)):
        call(rng.standard_normal(3000))


def test_a_frame_shorter_than_two_periods_warns_where_it_was_called(rng):
    for function in (pitch.yin, pitch.track):
        with pytest.warns(
            UserWarning, match="less than two periods of fmin = 65 Hz.*681 samples would do"
        ) as caught:
            function(rng.standard_normal(3000), fmin=65, fmax=500, sr=SR, frame_length=512)
        assert [each.filename for each in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pitch.yin(rng.standard_normal(3000), fmin=65, fmax=500, sr=SR, frame_length=682)


def test_nothing_is_changed_in_place(rng):
    y = rng.standard_normal(3000)
    kept = y.copy()
    (
        pitch.track(y, fmin=65, fmax=500, sr=8000),
        pitch.autocorrelation(y),
        pitch.difference_function(y, max_lag=10),
    )
    assert np.array_equal(y, kept)
