"""rhythm against librosa and hand-worked pulses; its invariants; the wrong variants it must not be mistaken for.

Tolerances are relative to the reference's peak, as in test_dsp.py. librosa is asked for mel filters in double precision
(dtype=np.float64) where 1e-10 is compared: by default it rounds them to single precision, 1e-7 away. Onsets and
beats are whole numbers: they are equal or wrong.
"""

import warnings

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import audio, data, dsp, mel, rhythm, synth, units
from coursekit.arguments import ArgumentError

DOUBLE, SINGLE = 1e-10, 1e-5
property_test = settings(deadline=None, derandomize=True, max_examples=60)
LOOPS = ["loop_breakbeat", "loop_tabla", "drum_roll", "guit_em9"]


def relative_error(a, b):
    assert a.shape == b.shape, (a.shape, b.shape)
    return np.abs(a - b).max() / np.abs(b).max()


def theirs(function, *args, **how):
    """A function of librosa, without its warnings of short signals."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **how)


def pulse(*, period, n, first=0, rng=None):
    """An envelope with an onset every `period` frames; with rng, of uneven strength and in noise."""
    envelope = np.zeros(n)
    envelope[first::period] = 1.0
    if rng is not None:
        envelope = envelope * rng.uniform(0.5, 1.5, n) + 0.1 * rng.random(n)
    return envelope


@pytest.fixture
def rng():
    return np.random.default_rng(20)  # any seed will do, unless a test says otherwise


@pytest.fixture(scope="module")
def loops():
    """Some seconds of each loop, and of the breakbeat four times over."""
    instruments = data.load("instruments", quiet=True)
    sounds = {name: instruments[name].load(sr=22050)[0].astype(np.float64) for name in LOOPS}
    return sounds | {"breakbeat, four times": np.tile(sounds["loop_breakbeat"], 4)}


# --- onset strength ------------------------------------------------------------------------------------------


@st.composite
def onset_arguments(draw):
    n_fft = draw(st.sampled_from([256, 400, 512, 1024]))
    return dict(
        lag=draw(st.integers(1, 5)),
        max_size=draw(st.integers(1, 6)),
        detrend=draw(st.booleans()),
        center=draw(st.booleans()),
        aggregate=draw(st.sampled_from([np.mean, np.median, np.max])),
        n_fft=n_fft,
        hop_length=draw(st.integers(n_fft // 8, n_fft)),
        n_mels=draw(st.integers(4, 20)),
    )


@given(
    how=onset_arguments(),
    n=st.integers(1, 4000),
    channels=st.sampled_from([(), (2,)]),
    dtype=st.sampled_from([np.float64, np.float32]),
    seed=st.integers(0, 9),
)
@settings(property_test, max_examples=40)
def test_onset_strength_equals_librosa_for_random_legal_arguments(how, n, channels, dtype, seed):
    y = np.random.default_rng(seed).standard_normal((*channels, n)).astype(dtype)
    reference = theirs(librosa.onset.onset_strength, y=y, sr=16000, dtype=dtype, **how)
    ours = rhythm.onset_strength(y, sr=16000, **how)
    assert ours.dtype == dtype and ours.shape == reference.shape
    assert (
        np.abs(ours - reference).max()
        <= (DOUBLE if dtype == np.float64 else SINGLE) * np.abs(reference).max()
    )


@pytest.mark.shelf
def test_onset_strength_of_recordings_equals_librosa(loops):
    for y in loops.values():
        for aggregate in (np.mean, np.median):
            reference = librosa.onset.onset_strength(
                y=y, sr=22050, aggregate=aggregate, dtype=np.float64
            )
            assert (
                relative_error(rhythm.onset_strength(y, sr=22050, aggregate=aggregate), reference)
                < DOUBLE
            )
            y32 = y.astype(np.float32)
            reference = librosa.onset.onset_strength(y=y32, sr=22050, aggregate=aggregate)
            assert (
                relative_error(rhythm.onset_strength(y32, sr=22050, aggregate=aggregate), reference)
                < SINGLE
            )


@given(
    shape=st.sampled_from([(1, 1), (12, 40), (130, 3), (2, 7, 30)]),
    lag=st.integers(1, 4),
    max_size=st.integers(1, 5),
    center=st.booleans(),
    seed=st.integers(0, 9),
)
@property_test
def test_onset_strength_of_a_spectrogram_equals_librosa(shape, lag, max_size, center, seed):
    S = 20 * np.random.default_rng(seed).standard_normal(shape)
    how = dict(S=S, lag=lag, max_size=max_size, center=center)
    reference = librosa.onset.onset_strength(sr=8000, **how)
    assert np.array_equal(rhythm.onset_strength(sr=8000, **how), reference)


def test_onset_strength_by_hand():
    S = np.array([[0.0, 6.0, 6.0, 0.0, 9.0], [0.0, -4.0, 2.0, 2.0, 3.0]])
    # rises from frame to frame: (6, -4), (0, 6), (-6, 0), (9, 1); only what grows counts
    assert rhythm.onset_strength(S=S, sr=8000, center=False).tolist() == [0, 3, 3, 0, 5]
    assert rhythm.onset_strength(S=S, sr=8000, center=False, lag=2).tolist() == [0, 0, 4, 3, 2]
    assert rhythm.onset_strength(S=S, sr=8000, n_fft=2, hop_length=1).tolist() == [
        0,
        0,
        3,
        3,
        0,
    ]  # one frame later
    # the loudest of the two bands before: (6, -4), (0, -4), (-6, -4), (9, 1)
    assert rhythm.onset_strength(S=S, sr=8000, center=False, max_size=2).tolist() == [0, 3, 0, 0, 5]


def flux(y, *, lag=1, rectify=True, decibels=True, aggregate=np.mean, late=2):
    S = mel.mel_spectrogram(y, sr=22050)
    S = dsp.power_to_db(S) if decibels else S
    rise = S[:, lag:] - S[:, :-lag]
    rise = np.maximum(0, rise) if rectify else rise
    return np.pad(aggregate(rise, axis=0), (lag + late, 0))[: S.shape[1]]


@pytest.mark.parametrize(
    "fault",
    [
        dict(rectify=False),
        dict(lag=2),
        dict(decibels=False),
        dict(aggregate=np.median),
        dict(aggregate=np.sum),
        dict(late=0),
        dict(late=3),
    ],
)
@pytest.mark.parametrize("level", [1.0, 1e-3])
def test_the_tolerance_rejects_wrong_onset_strengths(rng, fault, level):
    y = level * rng.standard_normal(22050) * np.repeat([1, 0.1, 1, 0.2, 0.5], 4410)
    reference = librosa.onset.onset_strength(y=y, sr=22050, dtype=np.float64)
    assert relative_error(flux(y), reference) < DOUBLE
    assert relative_error(flux(y, **fault), reference) > 0.05


def test_an_onset_is_strongest_where_it_is():
    sr, hop = 16000, 160
    y = np.zeros(sr)
    y[8000:] = synth.sine(440, sr=sr, duration=0.5)
    envelope = rhythm.onset_strength(y, sr=sr, n_fft=512, hop_length=hop)
    assert abs(np.argmax(envelope) - 50) <= 1


@pytest.mark.parametrize("y", [np.zeros(22050), np.zeros(1), np.ones(1), np.ones(300)])
def test_nothing_begins_in_silence_nor_in_less_than_a_frame(y):
    frames = 1 + len(y) // 512
    assert np.array_equal(rhythm.onset_strength(y, sr=22050), np.zeros(frames))
    assert rhythm.onset_detect(y, sr=22050).tolist() == []
    tempo, beats = rhythm.beat_track(y, sr=22050)
    assert (
        (tempo, beats.tolist()) == (0.0, [])
        and isinstance(tempo, float)
        and beats.dtype.kind == "i"
    )
    reference = theirs(librosa.beat.beat_track, y=y, sr=22050)
    assert reference[0] == 0.0 and reference[1].tolist() == []


def test_a_constant_begins_once():
    envelope = rhythm.onset_strength(np.ones(22050), sr=22050)
    assert (
        relative_error(
            envelope, librosa.onset.onset_strength(y=np.ones(22050), sr=22050, dtype=np.float64)
        )
        < DOUBLE
    )
    assert rhythm.onset_detect(np.ones(22050), sr=22050).tolist() == [3]


def test_channels_by_themselves(rng):
    y = rng.standard_normal((2, 22050)) * np.repeat(
        [[1, 0.1, 1, 0.2, 0.5], [0.1, 1, 0.3, 0.8, 0.1]], 4410, axis=1
    )
    both = rhythm.onset_strength(y, sr=22050)
    assert (
        relative_error(both, np.stack([rhythm.onset_strength(channel, sr=22050) for channel in y]))
        < DOUBLE
    )
    assert rhythm.tempogram(onset_envelope=both, sr=22050, win_length=20).shape == (2, 20, 44)
    assert (
        rhythm.tempo(onset_envelope=both, sr=22050).tolist()
        == librosa.feature.tempo(onset_envelope=both, sr=22050)[:, 0].tolist()
    )
    for call in (rhythm.onset_detect, rhythm.beat_track):
        with pytest.raises(ArgumentError, match="several channels"):
            call(y, sr=22050)


# --- peaks and onsets ----------------------------------------------------------------------------------------


# Values and delta in sixteenths: sums are exact in any order, and librosa's float32 delta is the same number.
sixteenths = st.integers(0, 48).map(lambda n: n / 16)


@given(
    x=st.lists(sixteenths, min_size=1, max_size=60),
    pre_max=st.integers(0, 6),
    post_max=st.integers(1, 6),
    pre_avg=st.integers(0, 8),
    post_avg=st.integers(1, 8),
    delta=sixteenths,
    wait=st.integers(0, 6),
)
@settings(property_test, max_examples=200)
def test_peak_pick_equals_librosa(x, **rule):
    assert (
        rhythm.peak_pick(x, **rule).tolist() == librosa.util.peak_pick(np.array(x), **rule).tolist()
    )


def test_peak_pick_by_hand():
    x = [0, 2, 1, 2, 0, 0, 3, 3, 0, 1]
    rule = dict(pre_max=1, post_max=2, pre_avg=1, post_avg=2, delta=0.5, wait=0)
    assert rhythm.peak_pick(x, **rule).tolist() == [1, 3, 6, 7, 9]
    assert rhythm.peak_pick(x, **rule | dict(wait=1)).tolist() == [1, 3, 6, 9]
    assert rhythm.peak_pick(x, **rule | dict(wait=2)).tolist() == [1, 6, 9]
    assert rhythm.peak_pick(x, **rule | dict(post_max=3)).tolist() == [1, 3, 6, 7, 9]
    assert rhythm.peak_pick(x, **rule | dict(pre_max=2, post_max=3, delta=1)).tolist() == [
        1,
        3,
        6,
        7,
    ]
    assert rhythm.peak_pick(x, **rule | dict(delta=0.6)).tolist() == [
        1,
        3,
        6,
        7,
    ]  # x[9] = 1, mean(0, 1) = 0.5
    assert rhythm.peak_pick([5.0], **rule | dict(delta=0)).tolist() == [0]


def neighbours(x, strict=False, wait=0, average=(5, 6)):
    """Peaks against the two neighbours only, as often written; >= on both sides finds each plateau throughout."""
    left, right = np.append(-np.inf, x[:-1]), np.append(x[1:], -np.inf)
    above = (x > left) & (x > right) if strict else (x >= left) & (x >= right)
    mean = np.array([x[max(0, i - average[0]) : i + average[1]].mean() for i in range(len(x))])
    found, earliest = [], 0
    for i in np.flatnonzero(above & (x >= mean + 0.0625)):
        if i >= earliest:
            found.append(i)
            earliest = i + wait + 1
    return found


def test_named_wrong_peaks_are_others(rng):
    x = rng.integers(0, 8, 300) / 8
    rule = dict(pre_max=1, post_max=2, pre_avg=5, post_avg=6, delta=0.0625, wait=0)
    wide = rule | dict(pre_max=3, post_max=4, wait=2)
    assert (
        rhythm.peak_pick(x, **rule).tolist()
        == librosa.util.peak_pick(x, **rule).tolist()
        == neighbours(x)
    )
    right = librosa.util.peak_pick(x, **wide).tolist()
    assert rhythm.peak_pick(x, **wide).tolist() == right
    for wrong in (
        neighbours(x),
        neighbours(x, wait=2),
        neighbours(x, strict=True),  # >= twice; plateaus lost
        *(
            rhythm.peak_pick(x, **wide | change).tolist()
            for change in (
                dict(post_max=5),
                dict(pre_max=2),
                dict(pre_avg=0),
                dict(post_avg=1),
                dict(delta=0.25),
                dict(wait=1),
                dict(wait=3),
            )
        ),
    ):
        assert wrong != right


@given(
    n=st.integers(1, 300),
    sr=st.sampled_from([8000, 22050, 44100]),
    hop_length=st.sampled_from([64, 160, 512]),
    normalize=st.booleans(),
    backtrack=st.booleans(),
    unit=st.sampled_from(["frames", "samples", "time"]),
    seed=st.integers(0, 99),
)
@property_test
def test_onset_detect_equals_librosa(n, sr, hop_length, normalize, backtrack, unit, seed):
    envelope = np.random.default_rng(seed).standard_normal(n) ** 4
    how = dict(onset_envelope=envelope, sr=sr, hop_length=hop_length, normalize=normalize)
    if len(librosa.onset.onset_detect(**how)) > 0:  # librosa cannot track back none
        how |= dict(backtrack=backtrack)
    ours, reference = (
        rhythm.onset_detect(units=unit, **how),
        librosa.onset.onset_detect(units=unit, **how),
    )
    assert np.allclose(ours, reference, rtol=1e-12, atol=0) and ours.dtype == reference.dtype


@pytest.mark.shelf
def test_onsets_of_recordings_equal_librosa(loops):
    for y in loops.values():
        for backtrack in (False, True):
            ours = rhythm.onset_detect(y, sr=22050, backtrack=backtrack)
            assert (
                ours.tolist()
                == librosa.onset.onset_detect(y=y, sr=22050, backtrack=backtrack).tolist()
            )
        assert (
            rhythm.onset_detect(y, sr=22050, delta=0.2, wait=10).tolist()
            == librosa.onset.onset_detect(y=y, sr=22050, delta=0.2, wait=10).tolist()
        )


def test_no_onsets_tracked_back_are_none():
    assert rhythm.onset_detect(np.zeros(9000), sr=8000, backtrack=True).tolist() == []


def test_onsets_are_where_the_notes_begin(rng):
    times = np.array([0.31, 0.87, 1.42, 2.05, 2.44])
    y = np.zeros(3 * 22050)
    for t, frequency in zip(times, (220, 330, 262, 440, 294), strict=True):
        note = synth.pluck(frequency, sr=22050, duration=0.4, rng=rng) * np.linspace(1, 0, 8820)
        start = round(t * 22050)
        y[start : start + len(note)] += note
    found = rhythm.onset_detect(y, sr=22050, units="time")
    assert found == pytest.approx(
        times, abs=0.05
    )  # s, the tolerance of onset scores; two frames are 46 ms
    before = rhythm.onset_detect(y, sr=22050, units="time", backtrack=True)
    assert np.all(before < found) and np.all(found - before < 0.12)


# --- tempo ---------------------------------------------------------------------------------------------------


@given(
    n=st.integers(1, 300),
    win_length=st.integers(1, 120),
    center=st.booleans(),
    window=st.sampled_from(["hann", "boxcar"]),
    norm=st.sampled_from([np.inf, None]),
    shape=st.sampled_from([(), (2,)]),
    dtype=st.sampled_from([np.float64, np.float32]),
    seed=st.integers(0, 9),
)
@property_test
def test_tempogram_equals_librosa(n, win_length, center, window, norm, shape, dtype, seed):
    if not center and n < win_length:
        win_length = n
    envelope = np.abs(np.random.default_rng(seed).standard_normal((*shape, n))).astype(dtype)
    how = dict(
        onset_envelope=envelope,
        sr=8000,
        win_length=win_length,
        center=center,
        window=window,
        norm=norm,
    )
    reference = librosa.feature.tempogram(**how)
    ours = rhythm.tempogram(**how)
    assert ours.shape == reference.shape and ours.dtype == dtype
    assert (
        np.abs(ours - reference).max()
        <= (DOUBLE if dtype == np.float64 else SINGLE) * np.abs(reference).max()
    )


def test_tempogram_of_a_pulse_has_its_period_and_multiples():
    R = rhythm.tempogram(
        onset_envelope=pulse(period=12, n=400), sr=8000, win_length=64, window="boxcar"
    )
    assert np.allclose(
        R[[0, 12, 24, 36], 200], [1, 5 / 6, 4 / 6, 3 / 6]
    )  # of six pulses 5, 4, 3 meet
    assert np.allclose(np.delete(R[:, 200], [0, 12, 24, 36, 48, 60]), 0, atol=1e-12)


def test_tempo_frequencies_equal_librosa():
    for n, sr, hop in ((1, 8000, 100), (2, 8000, 100), (384, 22050, 512)):
        assert np.array_equal(
            rhythm.tempo_frequencies(n, sr=sr, hop_length=hop),
            librosa.tempo_frequencies(n, sr=sr, hop_length=hop),
        )


@given(
    n=st.integers(2, 600),
    sr=st.sampled_from([8000, 22050, 44100]),
    hop_length=st.sampled_from([128, 256, 512]),
    start_bpm=st.floats(40, 250),
    std_bpm=st.floats(0.2, 4),
    ac_size=st.floats(1, 10),
    max_tempo=st.sampled_from([320.0, 150.0, None]),
    mean=st.booleans(),
    seed=st.integers(0, 99),
)
@property_test
def test_tempo_equals_librosa(
    n, sr, hop_length, start_bpm, std_bpm, ac_size, max_tempo, mean, seed
):
    rng = np.random.default_rng(seed)
    envelope = pulse(period=rng.integers(4, 60), n=n, rng=rng)
    how = dict(
        onset_envelope=envelope,
        sr=sr,
        hop_length=hop_length,
        start_bpm=start_bpm,
        std_bpm=std_bpm,
        ac_size=ac_size,
        max_tempo=max_tempo,
        aggregate=np.mean if mean else None,
    )
    with np.errstate(
        divide="ignore", invalid="ignore"
    ):  # where rounding leaves a likeness of -1e-18
        reference = librosa.feature.tempo(**how)
    ours = rhythm.tempo(**how)
    assert np.array_equal(np.atleast_1d(ours), reference)
    assert isinstance(ours, float) == mean  # librosa: an array of shape (1,)


@pytest.mark.shelf
@pytest.mark.parametrize(
    "dtype, start_bpms",
    [
        (np.float64, [60.0, 120.0, 200.0]),
        (np.float32, [120.0]),
        pytest.param(np.float32, [60.0, 200.0], marks=pytest.mark.thorough),
    ],
)
def test_tempo_of_recordings_equals_librosa(loops, dtype, start_bpms):
    for y in loops.values():
        for start_bpm in start_bpms:
            reference = librosa.feature.tempo(y=y.astype(dtype), sr=22050, start_bpm=start_bpm)
            assert reference.shape == (1,)
            assert rhythm.tempo(y.astype(dtype), sr=22050, start_bpm=start_bpm) == reference[0]


PRIORS = {
    "right": lambda bpm: -0.5 * np.log2(bpm / 120) ** 2,
    "none": lambda bpm: 0 * bpm,
    "without the logarithm": lambda bpm: -0.5 * (bpm - 120) ** 2,
    "natural logarithm": lambda bpm: -0.5 * np.log(bpm / 120) ** 2,
    "sign": lambda bpm: 0.5 * np.log2(bpm / 120) ** 2,
}


def test_the_prior_counts_in_octaves():
    bpm = rhythm.tempo_frequencies(344, sr=22050)
    keep = np.flatnonzero(bpm < 320)
    wrong = dict.fromkeys(PRIORS, 0)
    for period in range(9, 90, 4):
        envelope = pulse(period=period, n=500) + 0.5 * pulse(
            period=period, n=500, first=period // 2
        )
        how = dict(onset_envelope=envelope, sr=22050)
        R = rhythm.tempogram(win_length=344, **how).mean(axis=-1)
        right = librosa.feature.tempo(**how)[0]
        assert rhythm.tempo(**how) == right
        for name, prior in PRIORS.items():
            wrong[name] += bpm[keep[np.argmax(np.log1p(1e6 * R[keep]) + prior(bpm[keep]))]] != right
    assert wrong.pop("right") == 0 and min(wrong.values()) >= 2, wrong


def test_tempo_by_hand_and_what_the_prior_decides():
    # 8,000 / 200 = 40 frames a second: a pulse every 24 frames is 100 beats a minute, every 8 frames 300.
    how = dict(sr=8000, hop_length=200)
    assert rhythm.tempo(onset_envelope=pulse(period=24, n=800), **how) == pytest.approx(100)
    fast = pulse(period=8, n=800)
    found = [
        rhythm.tempo(onset_envelope=fast, start_bpm=bpm, std_bpm=0.3, **how)
        for bpm in (300, 150, 75)
    ]
    assert found == pytest.approx([300, 150, 75])


@pytest.mark.parametrize("envelope", [np.zeros(100), np.zeros(1)])
def test_tempo_of_nothing_is_the_prior(envelope):
    # Of the tempi that a frame rate of 43 per second can name, 117.45 is nearest to 120 on the octave scale.
    assert rhythm.tempo(onset_envelope=envelope, sr=22050) == pytest.approx(117.4538, abs=1e-4)
    assert librosa.feature.tempo(onset_envelope=envelope, sr=22050)[0] == pytest.approx(
        117.4538, abs=1e-4
    )


def test_negative_likeness_is_none_and_not_nan():
    envelope = np.random.default_rng(0).standard_normal(400) + 3 * pulse(period=20, n=400)
    envelope -= envelope.mean()
    assert rhythm.tempo(onset_envelope=envelope, sr=8000, hop_length=200) == pytest.approx(120)
    with np.errstate(invalid="ignore"):
        theirs = librosa.feature.tempo(onset_envelope=envelope, sr=8000, hop_length=200)
    assert theirs[0] != pytest.approx(120)  # argmax took the first NaN


# --- beats ---------------------------------------------------------------------------------------------------


@given(
    n=st.integers(2, 500),
    sr=st.sampled_from([8000, 22050, 44100]),
    hop_length=st.sampled_from([160, 512]),
    tightness=st.integers(1, 4000).map(lambda k: k / 4),
    trim=st.booleans(),
    start_bpm=st.floats(50, 240),
    bpm=st.one_of(st.none(), st.floats(30, 300)),
    kind=st.sampled_from(["pulse", "noise"]),
    seed=st.integers(0, 999),
)
@settings(property_test, max_examples=120)
def test_beats_equal_librosa(n, sr, hop_length, tightness, trim, start_bpm, bpm, kind, seed):
    # tightness in quarters: librosa rounds it to single precision
    rng = np.random.default_rng(seed)
    envelope = rng.standard_normal(n) ** 4
    if kind == "pulse":
        envelope = pulse(period=rng.integers(4, 60), n=n, first=rng.integers(0, 4), rng=rng)
    how = dict(
        onset_envelope=envelope,
        sr=sr,
        hop_length=hop_length,
        tightness=tightness,
        trim=trim,
        bpm=bpm,
        start_bpm=start_bpm,
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        reference, their_beats = librosa.beat.beat_track(**how)
    tempo, beats = rhythm.beat_track(**how)
    assert tempo == np.atleast_1d(reference)[0] and isinstance(tempo, float)
    assert beats.tolist() == their_beats.tolist()


TRACKED = [
    dict(trim=False),
    dict(bpm=100.0),
    dict(start_bpm=60.0),
    dict(tightness=400.0),
    dict(hop_length=256),
]


@pytest.mark.shelf
@pytest.mark.parametrize(
    "dtype, hows",
    [
        (np.float64, [{}, *TRACKED]),
        (np.float32, [{}]),
        pytest.param(np.float32, TRACKED, marks=pytest.mark.thorough),
    ],
)
def test_beats_of_recordings_equal_librosa(loops, dtype, hows):
    for name, y in loops.items():
        for how in hows:
            tempo, beats = rhythm.beat_track(y.astype(dtype), sr=22050, **how)
            reference, their_beats = librosa.beat.beat_track(y=y.astype(dtype), sr=22050, **how)
            assert tempo == np.atleast_1d(reference)[0], (name, how)
            assert beats.tolist() == their_beats.tolist(), (name, how)


def test_the_programme_finds_the_best_of_all_rows_of_beats(rng):
    score, period, tightness = rng.random(14), 4, 3.0
    gaps = range(2, 9)

    def rows(last):
        """All rows of beats that end at a frame; one begins where nothing can stand before it."""
        if last < gaps[0]:
            return [[last]]
        return [row + [last] for gap in gaps if gap <= last for row in rows(last - gap)]

    def value(row):
        return score[row].sum() - tightness * (np.log(np.diff(row) / period) ** 2).sum()

    total, backlink = rhythm.beat_scores(score, period=period, tightness=tightness)
    for t in range(14):
        best = max(rows(t), key=value)
        assert total[t] == pytest.approx(value(best), rel=1e-12)
        begun = np.argmax(score >= 0.01 * score.max())
        assert begun == 0 and rhythm.trace_back(backlink, last=t).tolist() == best


def test_no_row_begins_in_silence():
    score = np.append(np.full(9, 0.001), [1.0, 0, 0, 0, 1.0])
    _, backlink = rhythm.beat_scores(score, period=4)
    assert backlink[:9].tolist() == 9 * [-1] and backlink[9] == 5


@pytest.fixture(scope="module")
def uneven_pulses():
    """40 envelopes and librosa's beats of each, which `track` without a fault finds, too."""
    pairs = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        envelope = np.append(
            0, pulse(period=20, n=399, first=7, rng=rng) * np.repeat([1, 1, 1, 0.4], 100)[1:]
        )
        envelope[150:170] *= rng.random(20)  # a beat that is hardly there
        envelope[1::13] += rng.random(31)
        _, right = librosa.beat.beat_track(
            onset_envelope=envelope, sr=8000, hop_length=200, bpm=120
        )
        assert track(envelope, period=20).tolist() == right.tolist()
        pairs.append((envelope, right.tolist()))
    return pairs


def track(envelope, *, period, gap_cost=None, width=32, last="peak"):
    """Ellis' tracker with faults to choose."""
    gaps = np.arange(round(period / 2), 2 * period + 1)
    cost = 100 * np.log(gaps / period) ** 2 if gap_cost is None else gap_cost(gaps)
    scaled = envelope / envelope.std(ddof=1)
    bump = np.exp(-0.5 * (np.arange(-period, period + 1) * width / period) ** 2)
    score = np.convolve(scaled, bump)[period : period + len(envelope)]
    total, backlink = score.copy(), np.full(len(score), -1)
    for t in range(len(score)):
        inside = gaps <= t
        if inside.any():
            candidates = total[t - gaps[inside]] - cost[inside]
            backlink[t] = t - gaps[inside][np.argmax(candidates)]
            total[t] += candidates.max()
    begun = score >= 0.01 * score.max()
    backlink[: np.argmax(begun)] = -1
    end = rhythm.last_beat(total) if last == "peak" else int(np.argmax(total))
    return rhythm.trim_beats(rhythm.trace_back(backlink, last=end), score)


@pytest.mark.parametrize(
    "fault",
    [
        dict(gap_cost=lambda gaps: -100 * np.log(gaps / 20) ** 2),  # the sign of tightness
        dict(gap_cost=lambda gaps: 100 * np.log(gaps / 20)),  # the square forgotten
        dict(gap_cost=lambda gaps: 100 * np.log2(gaps / 20) ** 2),  # another logarithm
        dict(gap_cost=lambda gaps: 0 * gaps),  # no cost
        dict(width=2),  # smoothed over half a beat
        dict(last="largest"),
    ],
)  # the largest total, not the last good one
def test_named_wrong_trackers_find_other_beats(uneven_pulses, fault):
    different = 0
    for envelope, right in uneven_pulses:
        different += track(envelope, period=20, **fault).tolist() != right
        if different == 2:
            break
    assert different == 2


def test_last_beat_is_a_peak_of_librosas_kind():
    # a plateau counts once, at its first frame (> before, >= after); >= twice would also take the end of [3, 3]
    assert rhythm.last_beat([0, 3, 3, 0, 0, 0]) == 1
    assert rhythm.last_beat([0, 5, 0, 5, 0, 2, 0]) == 3  # 2 is below half the median peak
    assert rhythm.last_beat([0, 5, 0, 5, 0, 3]) == 5  # the end may be a peak
    assert (
        rhythm.last_beat([3, 2, 1]) == 2 and rhythm.last_beat([1.0]) == 0
    )  # no peak: the last frame


def test_trim_takes_weak_ends_only():
    score = np.zeros(60)
    beats = np.arange(5, 60, 10)
    score[beats] = [0.1, 2, 0.1, 2, 2, 0.1]
    assert rhythm.trim_beats(beats, score).tolist() == [15, 25, 35, 45]
    assert rhythm.trim_beats(beats, score, trim=False).tolist() == beats.tolist()
    assert (
        rhythm.trim_beats(beats, 0 * score).tolist() == rhythm.trim_beats([], score).tolist() == []
    )


def test_beats_do_not_depend_on_level_and_follow_a_delay(rng):
    envelope = pulse(period=20, n=400, first=9, rng=rng)
    how = dict(sr=8000, hop_length=200, bpm=120)
    tempo, beats = rhythm.beat_track(onset_envelope=envelope, **how)
    assert rhythm.beat_track(onset_envelope=1e-3 * envelope, **how)[1].tolist() == beats.tolist()
    delayed = np.concatenate([envelope[:1] * 0, np.full(40, 0.05), envelope])
    later = rhythm.beat_track(onset_envelope=delayed, **how)[1]
    assert set(beats + 41) <= set(later)


def test_beats_of_made_music_are_where_they_were_put(rng):
    sr, seconds = 22050, 12
    for bpm in (80, 100, 132):
        hits = np.arange(0.5, seconds - 0.3, 60 / bpm)
        y = 0.001 * rng.standard_normal(sr * seconds)
        for t in hits:
            kick = synth.drum_hit(sr=sr, duration=0.2, rng=rng)
            start = round(t * sr)
            y[start : start + len(kick)] += kick[: len(y) - start]
        tempo, beats = rhythm.beat_track(y, sr=sr)
        assert tempo == pytest.approx(bpm, rel=0.03)  # one frame of lag is 2 to 3 % at these tempi
        times = units.frames_to_time(beats, sr=sr)
        nearest = np.abs(times[:, None] - hits).min(axis=1)
        assert np.mean(nearest < 0.07) > 0.9  # s, the tolerance of beat scores


def test_the_rounding_of_a_constant_is_no_beat():
    envelopes = [np.full(n, 0.1) for n in range(20, 60)]
    assert any(
        envelope.std() > 0 for envelope in envelopes
    )  # a mean may be a digit off: 1 / std makes beats of that
    for envelope in envelopes:
        assert rhythm.beat_track(onset_envelope=envelope, sr=22050, bpm=120)[1].tolist() == []
        with pytest.raises(ArgumentError, match="0.1 throughout: nothing to scale"):
            rhythm.local_score(envelope, period=4)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("trim", [True, False])
def test_nothing_stands_out_of_a_constant_envelope(dtype, trim):
    # librosa divides by its standard deviation, 0: the scores overflow, and the beats are none (float64, trim=True),
    # three, or evenly spaced.
    tempo, beats = rhythm.beat_track(onset_envelope=np.ones(200, dtype), sr=22050, trim=trim)
    assert (
        beats.tolist() == []
        and tempo == librosa.feature.tempo(onset_envelope=np.ones(200), sr=22050)[0]
    )


def test_an_envelope_without_a_later_onset_has_no_beat():
    first_only = np.append(
        1.0, np.zeros(99)
    )  # the first frame is left out; librosa reads past its arrays here
    assert rhythm.beat_track(onset_envelope=first_only, sr=22050)[1].tolist() == []
    assert (
        rhythm.beat_track(onset_envelope=[1.0], sr=22050)[1].tolist() == []
    )  # librosa: IndexError
    assert rhythm.beat_track(onset_envelope=-np.arange(50.0), sr=22050, bpm=120)[1].tolist() == []


# --- clicks --------------------------------------------------------------------------------------------------


@given(
    times=st.lists(st.floats(0, 2), min_size=1, max_size=8),
    sr=st.sampled_from([8000, 22050]),
    length=st.one_of(st.none(), st.integers(1, 30000)),
    click_freq=st.floats(100, 3000),
    click_duration=st.floats(0.01, 0.2),
)
@property_test
def test_clicks_equal_librosa(times, **how):
    reference = librosa.clicks(times=np.array(times), **how)
    ours = rhythm.clicks(times, **how)
    assert ours.shape == reference.shape and ours.dtype == np.float64
    assert np.abs(ours - reference).max() < 1e-6 * len(times)  # librosa adds up in single precision


def test_clicks_by_hand():
    y = rhythm.clicks([0.5], sr=8000, length=8000)
    assert not y[:4001].any() and y[4001] == pytest.approx(
        2 ** (-10 / 799) * np.sin(np.pi / 4)
    )  # sine: begins with 0
    assert not rhythm.clicks([], sr=8000, length=100).any()
    assert not rhythm.clicks([5.0], sr=8000, length=100).any()


# --- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.int64, np.uint8, bool])
def test_an_envelope_of_whole_numbers_is_an_envelope(dtype):
    """Whole numbers in audio are PCM; in a curve that somebody has counted they are not."""
    counted = np.array([0, 0, 9, 1, 0, 0, 0, 5, 0]).astype(dtype)
    for call in (
        lambda x: rhythm.onset_detect(onset_envelope=x, sr=16000, hop_length=320),
        lambda x: rhythm.peak_pick(
            x, pre_max=1, post_max=2, pre_avg=1, post_avg=2, delta=0.5, wait=0
        ),
        lambda x: rhythm.onset_backtrack([4], x),
        rhythm.last_beat,
    ):
        assert np.array_equal(call(counted), call(counted.astype(float)))


def bad(y, value):
    return np.where(np.arange(len(y)) == 7, value, y)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda y: rhythm.onset_strength(sr=8000), "neither y nor S was given"),
        (lambda y: rhythm.onset_strength(y, S=np.ones((3, 9)), sr=8000), "y and S were both given"),
        (lambda y: rhythm.onset_strength(y, sr=None), "sr is None"),
        (lambda y: rhythm.onset_strength(S=np.ones((3, 9)), sr=None), "sr is None"),
        (lambda y: rhythm.onset_strength(y, sr=8000, lag=0), "lag = 0; wanted at least 1"),
        (lambda y: rhythm.onset_strength(y, sr=8000, max_size=1.5), "max_size = 1.5"),
        (lambda y: rhythm.onset_strength(y, sr=8000, hop_length=0), "hop_length = 0"),
        (lambda y: rhythm.onset_strength(y, sr=8000, fmax=5000), "fmax"),
        (
            lambda y: rhythm.onset_strength(S=y, sr=8000),
            r"S has shape \(8000,\); wanted \(..., n, frames\)",
        ),
        (lambda y: rhythm.onset_strength(bad(y, np.nan), sr=8000), "1 NaN or infinite"),
        (lambda y: rhythm.onset_strength((1000 * y).astype(np.int16), sr=8000), "audio.to_float"),
        (lambda y: rhythm.onset_strength(np.stack([y, y], axis=1), sr=8000), "channels last"),
        (
            lambda y: rhythm.peak_pick(
                y, pre_max=1, post_max=0, pre_avg=1, post_avg=1, delta=0, wait=0
            ),
            "post_max = 0",
        ),
        (
            lambda y: rhythm.peak_pick(
                y, pre_max=1, post_max=1, pre_avg=1, post_avg=1, delta=-1, wait=0
            ),
            "delta = -1",
        ),
        (
            lambda y: rhythm.peak_pick(
                y, pre_max=1, post_max=1, pre_avg=1, post_avg=1, delta=0, wait=1.5
            ),
            "wait = 1.5",
        ),
        (lambda y: rhythm.onset_detect(sr=8000), "neither y nor onset_envelope"),
        (
            lambda y: rhythm.onset_detect(y, onset_envelope=y, sr=8000),
            "y and onset_envelope were both given",
        ),
        (
            lambda y: rhythm.onset_detect(np.stack([y, y]), sr=8000),
            r"several channels. .* y.mean\(axis=0\)",
        ),
        (
            lambda y: rhythm.onset_backtrack([0.5, 1.7], y),
            "events holds float64 .* Are they in seconds",
        ),
        (
            lambda y: rhythm.onset_backtrack([-1], y),
            "events reach from -1 to -1; wanted frames from 0 to 7999",
        ),
        (lambda y: rhythm.trim_beats([3, 9000], y), "Are they in samples"),
        (
            lambda y: rhythm.onset_detect(y, sr=8000, units="seconds"),
            "wanted one of 'frames', 'samples', 'time'",
        ),
        (
            lambda y: rhythm.onset_detect(onset_envelope=bad(y, np.inf), sr=8000),
            "onset_envelope has 1 NaN or infinite",
        ),
        (lambda y: rhythm.tempogram(y, sr=8000, win_length=0), "win_length = 0"),
        (
            lambda y: rhythm.tempogram(onset_envelope=y[:50], sr=8000, center=False),
            "less than one frame",
        ),
        (lambda y: rhythm.tempogram(y, sr=8000, norm=2), "norm = 2"),
        (lambda y: rhythm.tempo(y, sr=8000, start_bpm=0), "start_bpm = 0; wanted more than 0"),
        (lambda y: rhythm.tempo(y, sr=8000, std_bpm=-1), "std_bpm = -1"),
        (lambda y: rhythm.tempo(y, sr=8000, ac_size=0), "ac_size = 0"),
        (
            lambda y: rhythm.tempo(y, sr=8000, ac_size=0.1),
            "ac_size in frames = 1; wanted at least 2",
        ),
        (
            lambda y: rhythm.tempo(y, sr=8000, ac_size=0.15),
            "max_tempo = 320 and ac_size = 0.15 s: .* nothing below 937.5",
        ),
        (lambda y: rhythm.tempo(y, sr=8000, max_tempo=5), "nothing below 7.6"),
        (lambda y: rhythm.beat_track(sr=8000), "neither y nor onset_envelope"),
        (lambda y: rhythm.beat_track(y, sr=0), "sr = 0"),
        (lambda y: rhythm.beat_track(onset_envelope=y, sr=8000, tightness=0), "tightness = 0"),
        (lambda y: rhythm.beat_track(onset_envelope=y, sr=8000, bpm=-3), "bpm = -3"),
        (
            lambda y: rhythm.beat_track(onset_envelope=y, sr=8000, bpm=9000),
            "less than half a frame",
        ),
        (lambda y: rhythm.clicks([-1.0], sr=8000), "finite and 0 or more"),
        (lambda y: rhythm.clicks([], sr=8000), "times is empty"),
        (lambda y: rhythm.clicks([1.0], sr=8000, length=0), "length = 0"),
        (
            lambda y: rhythm.clicks([1.0], sr=8000, click_freq=4000),
            "click_freq = 4000; wanted less than 4000",
        ),
        (
            lambda y: rhythm.clicks([1.0], sr=8000, click_duration=1e-5),
            "click_duration = 1e-05; wanted at least 0.000125",
        ),
    ],
)
def test_bad_input_is_named(rng, call, words):
    with pytest.raises(ArgumentError, match=words):
        call(np.abs(rng.standard_normal(8000)))


def test_nothing_is_changed_in_place(rng):
    y, envelope = rng.standard_normal(8000), np.abs(rng.standard_normal(300))
    kept_y, kept_envelope = y.copy(), envelope.copy()
    rhythm.beat_track(y, sr=8000), rhythm.onset_detect(y, sr=8000)
    (
        rhythm.beat_track(onset_envelope=envelope, sr=8000),
        rhythm.onset_detect(onset_envelope=envelope, sr=8000),
    )
    rhythm.local_score(envelope, period=10), rhythm.trim_beats([3, 9], envelope)
    assert np.array_equal(y, kept_y) and np.array_equal(envelope, kept_envelope)


def test_a_lower_sample_rate_keeps_the_tempo(rng):
    y = np.zeros(10 * 44100)
    for t in np.arange(0, 9.9, 0.5):
        hit = synth.drum_hit(sr=44100, duration=0.1, rng=rng)
        y[round(t * 44100) :][: len(hit)] += hit
    slow = audio.resample(y, orig_sr=44100, target_sr=22050)
    assert rhythm.tempo(slow, sr=22050) == pytest.approx(
        rhythm.tempo(y, sr=44100, hop_length=1024), rel=0.03
    )
