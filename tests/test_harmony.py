"""harmony against mir_eval, music21, librosa and hand-worked chords; the wrong variants it must not be mistaken for."""

import librosa
import mir_eval
import music21
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from coursekit import data, harmony, midi, score_harmony
from coursekit.arguments import ArgumentError

property_test = settings(deadline=None, derandomize=True, max_examples=50)
ALL = tuple(harmony.QUALITIES)
UNSYMMETRIC = tuple(q for q in ALL if q != "dim7")  # a dim7 has the tones of three others


def pitch_classes(label):
    """What mir_eval takes a chord name to mean."""
    root, tones, _ = mir_eval.chord.encode(label)
    return set(np.flatnonzero(np.roll(tones, root)))


def chroma_of(*chords, floor=0.0):
    """A frame for each set of pitch classes."""
    chroma = np.full((12, len(chords)), floor)
    for frame, chord in enumerate(chords):
        chroma[list(chord), frame] = 1.0
    return chroma


def transposed(label, semitones):
    if label == "N":
        return label
    root, quality = label.split(":")
    names = harmony.PITCH_CLASSES
    return f"{names[(names.index(root) + semitones) % 12]}:{quality}"


# --- templates -----------------------------------------------------------------------------------------------


def check_templates(labels, templates):
    """The test itself, so that it can be shown wrong templates."""
    assert len(labels) == len(set(labels)) == len(templates)
    for label, template in zip(labels, templates, strict=True):
        assert set(np.flatnonzero(template)) == pitch_classes(label), label
        assert np.linalg.norm(template) == pytest.approx(1, rel=1e-12)
        assert np.ptp(template[template > 0]) == 0


@pytest.mark.parametrize("quality", ALL)
def test_every_template_holds_the_tones_that_mir_eval_names(quality):
    labels, templates = harmony.chord_templates(qualities=(quality,))
    assert len(labels) == 12
    check_templates(labels, templates)


def test_all_kinds_together_and_one_as_a_word():
    labels, templates = harmony.chord_templates(qualities=ALL)
    assert templates.shape == (12 * len(ALL), 12)
    check_templates(labels, templates)
    assert (
        harmony.chord_templates(qualities="min7")[0]
        == harmony.chord_templates(qualities=["min7"])[0]
    )
    assert (
        harmony.chord_templates()[0][:2] == ["C:maj", "C#:maj"]
        and len(harmony.chord_templates()[0]) == 24
    )


@pytest.mark.parametrize(
    "quality, figure",
    [
        ("maj", ""),
        ("min", "m"),
        ("dim", "dim"),
        ("7", "7"),
        ("min7", "m7"),
        ("maj7", "maj7"),
        ("hdim7", "ø7"),
        ("dim7", "o7"),
    ],
)
def test_music21_spells_the_same_chords(quality, figure):
    labels, templates = harmony.chord_templates(qualities=quality)
    for label, template in zip(labels, templates, strict=True):
        root = label.split(":")[0].replace("b", "-")  # music21's flat
        assert set(np.flatnonzero(template)) == set(
            music21.harmony.ChordSymbol(root + figure).pitchClasses
        )


@pytest.mark.parametrize(
    "label, tones",
    [
        ("C:maj", "C E G"),
        ("A:min", "A C E"),
        ("G:maj", "G B D"),
        ("C:min", "C Eb G"),
        ("F#:maj", "F# Bb C#"),
        ("B:dim", "B D F"),
        ("G:7", "G B D F"),
        ("D:min7", "D F A C"),
        ("F:maj7", "F A C E"),
        ("B:hdim7", "B D F A"),
        ("Ab:dim7", "Ab B D F"),
    ],
)
def test_templates_by_hand(label, tones):
    labels, templates = harmony.chord_templates(qualities=ALL)
    held = {harmony.PITCH_CLASSES[k] for k in np.flatnonzero(templates[labels.index(label)])}
    assert held == set(tones.split())


@pytest.mark.parametrize(
    "label, tones",
    [
        ("G:maj", (0, 4, 9)),  # C, E, A: an A minor chord under the name of G
        ("A:min", (0, 3, 7)),  # C, E flat, G: a C minor chord under the name of A minor
        ("C:maj", (0, 5, 7)),  # a fourth for the third
        ("C:min", (0, 4, 7)),
        ("E:min", (3, 7, 10)),  # a semitone low: rows that begin with B
        ("B:maj", (11, 3)),
    ],
)
def test_the_check_rejects_wrong_templates(label, tones):
    labels, templates = harmony.chord_templates()
    templates[labels.index(label)] = 0
    templates[labels.index(label), list(tones)] = 1 / np.sqrt(len(tones))
    with pytest.raises(AssertionError, match=label):
        check_templates(labels, templates)


# --- chords of frames ----------------------------------------------------------------------------------------


def test_similarity_is_scipys_cosine():
    chroma = np.random.default_rng(0).random((12, 30))
    labels, templates = harmony.chord_templates(qualities=ALL)
    similarity = harmony.chord_similarity(chroma, templates)
    assert np.abs(similarity - (1 - cdist(chroma.T, templates, "cosine"))).max() < 1e-14


def test_similarity_by_hand():
    labels, templates = harmony.chord_templates(qualities=("maj", "min", "7"))
    similarity = dict(
        zip(labels, harmony.chord_similarity(chroma_of([0, 4, 7]), templates)[0], strict=True)
    )
    expected = {
        "C:maj": 1,
        "A:min": 2 / 3,
        "E:min": 2 / 3,
        "C:min": 2 / 3,
        "F#:maj": 0,
        "G:maj": 1 / 3,
        "C:7": 3 / np.sqrt(12),
        "A:7": 1 / np.sqrt(3) * 2 / 2,
    }
    for label, value in expected.items():
        assert similarity[label] == pytest.approx(value, rel=1e-12), label


@pytest.mark.parametrize("qualities", [("maj", "min"), UNSYMMETRIC, ALL])
@pytest.mark.parametrize(
    "how", [{}, dict(self_transition=0.5), dict(self_transition=0.9, concentration=50.0)]
)
def test_each_chord_is_recognized_as_itself(qualities, how):
    labels, templates = harmony.chord_templates(qualities=qualities)
    found = harmony.recognize_chords(np.repeat(templates, 8, axis=0).T, qualities=qualities, **how)
    for label, name in zip(np.repeat(labels, 8), found, strict=True):
        assert pitch_classes(name) == pitch_classes(label)
        assert name == label or label.endswith("dim7")


@given(
    semitones=st.integers(0, 11),
    qualities=st.sampled_from([("maj", "min"), UNSYMMETRIC]),
    self_transition=st.sampled_from([None, 0.3, 0.9]),
    seed=st.integers(0, 99),
)
@property_test
def test_turning_the_chroma_transposes_the_chords(semitones, qualities, self_transition, seed):
    rng = np.random.default_rng(seed)
    chroma = rng.random((12, 40)) ** 2
    chroma[:, 5:8] = 0
    how = dict(qualities=qualities, self_transition=self_transition)
    before = harmony.recognize_chords(chroma, **how)
    after = harmony.recognize_chords(np.roll(chroma, semitones, axis=0), **how)
    assert after == [transposed(label, semitones) for label in before]


@given(self_transition=st.sampled_from([None, 0.8]), seed=st.integers(0, 99))
@property_test
def test_the_level_of_a_frame_does_not_matter(self_transition, seed):
    rng = np.random.default_rng(seed)
    chroma, level = rng.random((12, 30)), 10.0 ** rng.integers(-6, 7, 30)
    assert harmony.recognize_chords(
        level * chroma, self_transition=self_transition
    ) == harmony.recognize_chords(chroma, self_transition=self_transition)


# --- smoothing -----------------------------------------------------------------------------------------------


@given(
    p=st.floats(0.05, 0.99),
    concentration=st.floats(0.5, 40),
    qualities=st.sampled_from([("maj", "min"), UNSYMMETRIC]),
    seed=st.integers(0, 99),
)
@property_test
def test_smoothing_equals_librosas_viterbi(p, concentration, qualities, seed):
    chroma = np.random.default_rng(seed).random((12, 50))
    labels, templates = harmony.chord_templates(qualities=qualities)
    # librosa wants probabilities of at most 1: the same log likelihood, less a constant
    b = np.exp(concentration * (harmony.chord_similarity(chroma, templates) - 1))
    transition = librosa.sequence.transition_loop(len(labels), p)
    reference = librosa.sequence.viterbi(b.T, transition)
    found = harmony.recognize_chords(
        chroma, qualities=qualities, self_transition=p, concentration=concentration
    )
    assert found == [labels[k] for k in reference]
    assert found == harmony.recognize_chords(
        chroma, qualities=qualities, transition=transition, concentration=concentration
    )


@pytest.mark.parametrize("n, p", [(2, 0.5), (24, 0.9), (96, 0.01)])
def test_steady_transition_equals_librosas(n, p):
    A = harmony.steady_transition(n, self_transition=p)
    assert np.allclose(A, librosa.sequence.transition_loop(n, p), rtol=1e-12)
    assert np.allclose(A.sum(axis=1), 1, rtol=1e-12)


def test_to_stay_no_likelier_than_to_go_is_frame_by_frame():
    chroma = np.random.default_rng(2).random((12, 60))
    assert harmony.recognize_chords(chroma, self_transition=1 / 24) == harmony.recognize_chords(
        chroma
    )


def test_smoothing_takes_out_flicker_and_leaves_changes():
    frames = 20 * [(0, 4, 7)] + [(0, 3, 7)] + 20 * [(0, 4, 7)] + 20 * [(2, 7, 11)]
    chroma = chroma_of(*frames, floor=0.2)
    alone, smooth = (
        harmony.recognize_chords(chroma),
        harmony.recognize_chords(chroma, self_transition=0.9),
    )
    assert alone[20] == "C:min" and smooth[20] == "C:maj"
    assert smooth == 41 * ["C:maj"] + 20 * ["G:maj"]


def test_how_long_a_chord_must_last():
    # To go to C minor and back costs 2 log(p / q), q = (1 - p) / 23; each frame of it gains concentration / 3.
    p, concentration = 0.9, 10.0
    needed = 2 * np.log(p / (0.1 / 23)) / (concentration / 3)  # 3.2 frames
    for n in range(1, 8):
        chroma = chroma_of(*(20 * [(0, 4, 7)] + n * [(0, 3, 7)] + 20 * [(0, 4, 7)]))
        heard = "C:min" in harmony.recognize_chords(
            chroma, self_transition=p, concentration=concentration
        )
        assert heard == (n > needed), n


def wrongly_smoothed(chroma, *, p, concentration, change=None, power=1.0, emission=None):
    labels, templates = harmony.chord_templates()
    n = len(labels)
    b = (
        np.exp(concentration * (harmony.chord_similarity(chroma, templates) ** power - 1))
        if emission is None
        else (emission(chroma, templates))
    )
    transition = np.full((n, n), (1 - p) / (n - 1) if change is None else change)
    np.fill_diagonal(transition, p)
    transition /= transition.sum(axis=1, keepdims=True)
    return [labels[k] for k in librosa.sequence.viterbi(b.T, transition)]


@pytest.mark.parametrize(
    "fault",
    [
        dict(p=0.1),  # stay and go exchanged
        dict(change=0.1),  # 1 - p for each of the others: not shared
        dict(concentration=1.0),  # the similarity is not scaled: nothing ever changes
        dict(power=3.0),
        dict(emission=lambda chroma, templates: np.clip(chroma.T @ templates.T / 3, 0, 1)),
    ],
)  # no length, no exponential
def test_named_wrong_smoothings_find_other_chords(fault):
    different = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        played = np.repeat(rng.integers(0, 24, 12), 6)
        chroma = (harmony.chord_templates()[1][played].T + 2 * rng.random((12, 72))) * rng.uniform(
            0.2, 2, 72
        )
        right = harmony.recognize_chords(chroma, self_transition=0.9)
        assert wrongly_smoothed(chroma, p=0.9, concentration=10.0) == right
        different += wrongly_smoothed(chroma, **dict(p=0.9, concentration=10.0) | fault) != right
    assert different >= 5


# --- silence, and frames that say nothing --------------------------------------------------------------------


@pytest.mark.parametrize("how", [{}, dict(self_transition=0.9)])
@pytest.mark.parametrize("frame", [np.zeros(12), np.ones(12), np.full(12, 0.1), np.full(12, 1e-30)])
def test_where_nothing_speaks_for_a_chord_there_is_none(how, frame):
    chroma = chroma_of(*(9 * [(0, 4, 7)]))
    chroma[:, 3:6] = frame[:, None]
    labels = harmony.recognize_chords(chroma, **how)
    assert labels == 3 * ["C:maj"] + 3 * ["N"] + 3 * ["C:maj"]
    _, templates = harmony.chord_templates()
    assert np.isfinite(harmony.chord_similarity(chroma, templates)).all()
    assert pitch_classes("N") == set()


def test_what_is_faint_is_not_silent():
    """The squares of 1e-25 are 0 in float32, and those of 1e-200 are 0 in float64."""
    faint = (1e-25 * chroma_of((9, 0, 4), (9, 1, 4))).astype(np.float32)
    assert harmony.recognize_chords(faint) == ["A:min", "A:maj"]
    names, scores = harmony.key_scores(GOOD)
    for level, dtype in ((1e-25, np.float32), (1e-200, np.float64), (1e200, np.float64)):
        assert harmony.key_scores((level * GOOD).astype(dtype))[1] == pytest.approx(
            scores, abs=1e-6
        )


def test_one_frame():
    assert harmony.recognize_chords(chroma_of([9, 0, 4])) == ["A:min"]
    assert harmony.recognize_chords(chroma_of([9, 0, 4]), self_transition=0.9) == ["A:min"]
    assert harmony.recognize_chords(np.zeros((12, 1))) == ["N"]


# --- stretches and beats -------------------------------------------------------------------------------------


@given(
    labels=st.lists(st.sampled_from(["C:maj", "G:7", "N"]), min_size=1, max_size=30),
    seed=st.integers(0, 99),
)
@property_test
def test_segments_say_the_same_as_frames(labels, seed):
    times = np.cumsum(np.random.default_rng(seed).uniform(0.1, 1, len(labels) + 1))
    intervals, names = harmony.segments(labels, times=times)
    middles = (times[:-1] + times[1:]) / 2
    assert mir_eval.util.interpolate_intervals(intervals, names, middles) == labels
    assert np.array_equal(intervals[1:, 0], intervals[:-1, 1])
    assert (intervals[0, 0], intervals[-1, 1]) == (times[0], times[-1])
    assert all(a != b for a, b in zip(names, names[1:], strict=False))
    mir_eval.util.validate_intervals(intervals)
    assert mir_eval.chord.evaluate(intervals, names, intervals, names)["mirex"] == pytest.approx(1)


def test_frame_edges_lie_half_way_between_the_times_of_frames():
    edges = harmony.frame_edges(100, sr=8000, hop_length=160)
    assert edges[0] == 0 and len(edges) == 101
    np.testing.assert_allclose((edges[1:-1] + edges[2:]) / 2, np.arange(1, 100) * 160 / 8000)


@given(n_frames=st.integers(1, 60), seed=st.integers(0, 99))
@property_test
def test_beat_means_equal_librosas_sync(n_frames, seed):
    rng = np.random.default_rng(seed)
    chroma = rng.random((12, n_frames))
    beats = np.unique(rng.integers(0, n_frames, 6))
    reference = librosa.util.sync(chroma, beats.tolist())
    ours = harmony.beat_means(chroma, beats)
    assert ours.shape == reference.shape and np.abs(ours - reference).max() < 1e-14


def test_beat_means_by_hand():
    chroma = np.zeros((12, 6))
    chroma[0] = [1, 3, 5, 7, 9, 20]
    assert harmony.beat_means(chroma, [2, 5])[0].tolist() == [2, 7, 20]
    assert harmony.beat_means(chroma, [0, 2, 6])[0].tolist() == [2, 10.25]
    assert harmony.beat_means(chroma, [])[0].tolist() == [7.5]


# --- key -----------------------------------------------------------------------------------------------------


def test_the_profiles_are_those_of_the_papers():
    weights = music21.analysis.discrete.KrumhanslKessler().getWeights
    assert list(map(list, harmony.KEY_PROFILES["krumhansl"])) == [
        weights("major"),
        weights("minor"),
    ]
    # Temperley, 1999, read off by hand: in each key its own notes come first, the tonic before all
    for profile, scale in zip(
        harmony.KEY_PROFILES["temperley"],
        ([0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 11]),
        strict=True,
    ):
        inside, outside = np.array(profile)[scale], np.delete(profile, scale)
        assert (
            min(inside) > max(outside)
            and max(profile) == profile[0] == 5.0
            and sum(profile) in (38.5, 39.0)
        )


@given(
    profiles=st.sampled_from(list(harmony.KEY_PROFILES)),
    semitones=st.integers(0, 11),
    minor=st.booleans(),
    level=st.sampled_from([1e-9, 1.0, 1e6]),
    offset=st.floats(0, 3),
    seed=st.integers(0, 99),
)
@property_test
def test_scores_are_correlations_and_turn_with_the_music(
    profiles, semitones, minor, level, offset, seed
):
    histogram = np.random.default_rng(seed).random(12)
    names, scores = harmony.key_scores(level * (histogram + offset), profiles=profiles)
    profile = np.roll(harmony.KEY_PROFILES[profiles][minor], semitones)
    name = f"{harmony.PITCH_CLASSES[semitones]} {'minor' if minor else 'major'}"
    assert scores[names.index(name)] == pytest.approx(
        np.corrcoef(histogram, profile)[0, 1], abs=1e-9
    )
    _, turned = harmony.key_scores(np.roll(histogram, semitones), profiles=profiles)
    by_mode = np.roll(np.reshape(scores, (2, 12)), semitones, axis=1).ravel()
    assert np.abs(turned - by_mode).max() < 1e-9
    assert (
        harmony.estimate_key(profile, profiles=profiles) == name
    )  # each profile is the music that fits best


def test_key_of_a_chroma_is_that_of_its_mean():
    chroma = np.random.default_rng(5).random((12, 50))
    assert np.allclose(
        harmony.key_scores(chroma)[1], harmony.key_scores(chroma.mean(axis=1))[1], rtol=1e-12
    )


@pytest.mark.parametrize(
    "tune, key",
    [
        ("C D E F G A B C G E C", "C major"),
        ("A B C D E F Ab A E C A", "A minor"),
        ("G G D D E E D C C B B A A G", "G major"),
    ],
)  # Twinkle, twinkle
@pytest.mark.parametrize("profiles", harmony.KEY_PROFILES)
def test_keys_of_tunes(tune, key, profiles):
    histogram = np.zeros(12)
    for note in tune.split():
        histogram[harmony.PITCH_CLASSES.index(note)] += 1
    assert harmony.estimate_key(histogram, profiles=profiles) == key


@pytest.mark.parametrize(
    "silence",
    [
        np.zeros(12),
        np.ones(12),
        np.full(12, 0.1),
        np.full((12, 7), 0.3),
        np.zeros((12, 4)),
        np.roll(np.tile(np.eye(12), 3), 5, axis=0),
    ],
)
@pytest.mark.parametrize("profiles", harmony.KEY_PROFILES)
def test_what_is_constant_has_no_key_and_no_nan(silence, profiles):
    names, scores = harmony.key_scores(silence, profiles=profiles)
    assert (
        np.array_equal(scores, np.zeros(24))
        and harmony.estimate_key(silence, profiles=profiles) == ""
    )


def test_a_plain_correlation_makes_nan_of_a_constant():
    with np.errstate(invalid="ignore", divide="ignore"):
        wrong = [
            np.corrcoef(np.ones(12), np.roll(harmony.KEY_PROFILES["krumhansl"][0], k))[0, 1]
            for k in range(12)
        ]
    assert np.isnan(wrong).all() and np.argmax(wrong) == 0  # so that all would be "C major"
    assert not np.isnan(harmony.key_scores(np.ones(12))[1]).any()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda h, profile: h @ profile,  # not centred: the mean of a profile counts
        lambda h, profile: np.corrcoef(h, np.roll(profile[::-1], 1))[0, 1],
    ],
)  # read backwards
def test_wrong_scores_find_other_keys(wrong):
    different = 0
    names, _ = harmony.key_scores(np.ones(12))
    for seed in range(60):
        rng = np.random.default_rng(seed)
        tonic, minor = rng.integers(12), rng.integers(2)
        h = np.roll(harmony.KEY_PROFILES["krumhansl"][minor], tonic) + 3 * rng.random(12)
        scores = [
            wrong(h, np.roll(p, k)) for p in harmony.KEY_PROFILES["krumhansl"] for k in range(12)
        ]
        different += names[int(np.argmax(scores))] != harmony.estimate_key(h)
    assert different > 10


# --- real music ----------------------------------------------------------------------------------------------


def sounding(score, *, rate):
    """How many notes of each pitch class sound in each frame: a chroma without faults."""
    roll = midi.piano_roll(score, frame_rate=rate) > 0
    return np.array([roll[k::12].sum(axis=0) for k in range(12)]).astype(float)


@pytest.mark.shelf
def test_chorales_from_their_notes():
    rate, alone, smooth, keys = 10, [], [], []
    for item in list(data.load("chorales", quiet=True))[:8]:
        chroma = sounding(item.score, rate=rate)
        truth = score_harmony.chords_from_score(item.score)
        for results, how in ((alone, {}), (smooth, dict(self_transition=0.9))):
            labels = harmony.recognize_chords(chroma, **how)
            intervals, names = harmony.segments(labels, times=np.arange(chroma.shape[1] + 1) / rate)
            results.append(mir_eval.chord.evaluate(*truth, intervals, names)["majmin"])
        keys.append(mir_eval.key.weighted_score(item.label, harmony.estimate_key(chroma)))
    # Measured: 0.81, 0.87, 1.0. Templates read the notes themselves right most of the time; passing notes remain, and
    # smoothing helps each piece. All of it is arithmetic on whole numbers of notes: the margins are for other pieces.
    assert np.mean(alone) > 0.75 and np.mean(smooth) > 0.8 and np.mean(keys) > 0.8
    assert all(s > a for a, s in zip(alone, smooth, strict=True))


# --- errors --------------------------------------------------------------------------------------------------


GOOD = np.random.default_rng(0).random((12, 20))


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: harmony.chord_templates(qualities=()), "qualities is empty"),
        (
            lambda: harmony.chord_templates(qualities=("major",)),
            "quality = 'major'; wanted one of 'maj', 'min'",
        ),
        (lambda: harmony.recognize_chords(GOOD.T), "transposed"),
        (lambda: harmony.recognize_chords(GOOD[:11]), r"shape \(11, 20\); wanted \(12, frames\)"),
        (lambda: harmony.recognize_chords(GOOD - 1), "negative values"),
        (lambda: harmony.recognize_chords(GOOD * np.nan), "NaN"),
        (lambda: harmony.recognize_chords(GOOD[:, :0]), "shape"),
        (
            lambda: harmony.recognize_chords(GOOD, self_transition=1.0),
            "self_transition = 1.0; wanted less than 1",
        ),
        (
            lambda: harmony.recognize_chords(GOOD, self_transition=0.0),
            "self_transition = 0.0; wanted more than 0",
        ),
        (
            lambda: harmony.recognize_chords(GOOD, concentration=0),
            "concentration = 0; wanted more than 0",
        ),
        (
            lambda: harmony.recognize_chords(GOOD, transition=np.eye(3)),
            r"transition has shape \(3, 3\); wanted \(24, 24\)",
        ),
        (
            lambda: harmony.recognize_chords(GOOD, transition=np.ones((24, 24))),
            "sum to 1 in each row. Counts",
        ),
        (lambda: harmony.recognize_chords(GOOD, transition=2 * np.eye(24) - 1 / 24), "Counts"),
        (
            lambda: harmony.recognize_chords(GOOD, transition=np.eye(24), self_transition=0.5),
            "both given",
        ),
        (lambda: harmony.segments(["C:maj", "N"], times=[0.0, 1.0]), "one time more than labels"),
        (lambda: harmony.segments([], times=[0.0]), "one time more than labels"),
        (lambda: harmony.segments(["C:maj"], times=[1.0, 0.0]), "rising"),
        (lambda: harmony.segments(["C:maj", "N"], times=[0.0, np.nan, 2.0]), "rising"),
        (
            lambda: harmony.beat_means(GOOD, [3, 25]),
            "beats reach from 3 to 25; wanted frames from 0 to 20",
        ),
        (
            lambda: harmony.beat_means(GOOD, [0.5, 1.2]),
            "beats holds float64 values .* Are they in seconds",
        ),
        (
            lambda: harmony.key_scores(GOOD, profiles="bach"),
            "profiles = 'bach'; wanted one of 'krumhansl'",
        ),
        (lambda: harmony.key_scores(np.ones(11)), r"shape \(11, 1\); wanted \(12, frames\)"),
        (lambda: harmony.key_scores(5.0), "shape"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ArgumentError, match=words):
        call()


def test_nothing_is_changed_in_place():
    kept = GOOD.copy()
    (
        harmony.recognize_chords(GOOD, self_transition=0.9),
        harmony.beat_means(GOOD, [3]),
        harmony.estimate_key(GOOD),
    )
    assert np.array_equal(GOOD, kept)
