"""The sampler: pitch, loops, envelopes and zones, on soundfonts written here byte by byte; truth is worked by hand."""

import struct

import numpy as np
import pytest

from coursekit import arguments, midi, soundfont
from coursekit.soundfont import SR, Soundfont, SoundfontError, play

PERIOD = 100  # samples: the recording is a sine of 441 Hz at 44,100 Hz
ROOT = 69  # the pitch that the file gives it: 440 Hz, so a cent sharp in the file is a cent sharp in the sound
START, END, LOOP_START, LOOP_END, ATTACK, DECAY, SUSTAIN, RELEASE = 0, 1, 2, 3, 34, 36, 37, 38
PAN, FILTER, ATTENUATION, COARSE, FINE, LOOPS, SCALE, ROOT_KEY = 17, 8, 48, 51, 52, 54, 56, 58
KEYS, VELOCITIES = 43, 44


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def generators(settings):
    """A dict of numbers as generator records; ranges are pairs."""
    return b"".join(
        struct.pack("<H", number)
        + (struct.pack("<BB", *value) if isinstance(value, tuple) else struct.pack("<h", value))
        for number, value in settings.items()
    )


def write(path, *, inner=({},), outer=({},), presets=((0, 0),), correction=0, n=2000, common=None):
    """A soundfont of one recording: one instrument with the zones `inner`, presets that have the zones `outer`."""
    sound = np.round(20000 * np.sin(2 * np.pi * np.arange(n) / PERIOD)).astype("<i2")
    recording = struct.pack(
        "<20sIIIIIBbHH", b"sine", 0, n, n - 10 * PERIOD, n - PERIOD, SR, ROOT, correction, 0, 1
    )
    zones = ([] if common is None else [common]) + [{**zone, 53: 0} for zone in inner]
    igen = [generators(zone) for zone in zones]
    pgen = [generators({**zone, 41: 0}) for _ in presets for zone in outer]
    offsets = [np.cumsum([0] + [len(each) // 4 for each in records]) for records in (igen, pgen)]
    bags = [b"".join(struct.pack("<HH", offset, 0) for offset in each) for each in offsets]
    heads = b"".join(
        struct.pack(
            "<20sHHHIII", f"preset {program}".encode(), program, bank, i * len(outer), 0, 0, 0
        )
        for i, (bank, program) in enumerate(presets)
    )
    last = struct.pack("<20sHHHIII", b"EOP", 0, 0, len(presets) * len(outer), 0, 0, 0)
    pdta = b"pdta" + b"".join(
        [
            chunk(b"phdr", heads + last),
            chunk(b"pbag", bags[1]),
            chunk(b"pmod", bytes(10)),
            chunk(b"pgen", b"".join(pgen) + bytes(4)),
            chunk(
                b"inst", struct.pack("<20sH", b"sine", 0) + struct.pack("<20sH", b"EOI", len(zones))
            ),
            chunk(b"ibag", bags[0]),
            chunk(b"imod", bytes(10)),
            chunk(b"igen", b"".join(igen) + bytes(4)),
            chunk(b"shdr", recording + struct.pack("<20sIIIIIBbHH", b"EOS", *[0] * 9)),
        ]
    )
    sdta = b"sdta" + chunk(b"smpl", sound.tobytes() + bytes(92))
    path.write_bytes(
        chunk(
            b"RIFF", b"sfbk" + chunk(b"LIST", b"INFO") + chunk(b"LIST", sdta) + chunk(b"LIST", pdta)
        )
    )
    return path


def notes(*rows, program=0, drum=False, velocity=127):
    """Notes of (start, duration, pitch), in seconds."""
    made = midi.from_notes(rows, bpm=60).notes.copy()
    made["velocity"], made["program"], made["drum"] = velocity, program, drum
    return made


def frequency(y):
    """Of a steady tone: the FFT's peak, refined by the phase that half a window later brings. Good to 0.01 Hz."""
    n = len(y) // 2
    window = np.hanning(n)
    early, late = (np.fft.rfft(part * window) for part in (y[:n], y[n : 2 * n]))
    k = int(np.argmax(np.abs(early)))
    turns = np.angle(late[k] / early[k]) / (2 * np.pi)
    return (np.round(k - turns) + turns) * SR / n


LOOPED = {LOOPS: 1}


@pytest.mark.parametrize(
    ("pitch", "settings", "correction", "cents"),
    [
        (69, {}, 0, 0),
        (57, {}, 0, -1200),
        (81, {}, 0, 1200),
        (70, {}, 0, 100),
        (69, {COARSE: 3}, 0, 300),
        (69, {FINE: -20}, 0, -20),
        (69, {}, 13, 13),
        (69, {ROOT_KEY: 60}, 0, 900),
        (81, {SCALE: 50}, 0, 600),
        (60, {SCALE: 0}, 0, 0),
    ],
)
def test_pitch(tmp_path, pitch, settings, correction, cents):
    path = write(tmp_path / "s.sf2", inner=[LOOPED | settings], correction=correction)
    y = play(notes((0, 2, pitch)), font=path)[0]
    expected = SR / PERIOD * 2 ** (cents / 1200)
    assert (
        1200 * abs(np.log2(frequency(y[1000:80000]) / expected)) < 0.1
    )  # cents; the least setting here is 13


def test_a_presets_tuning_is_added_to_the_instruments(tmp_path):
    path = write(tmp_path / "s.sf2", inner=[LOOPED | {FINE: 30}], outer=[{FINE: 20, COARSE: 12}])
    y = play(notes((0, 2, 69)), font=path)[0]
    assert 1200 * abs(np.log2(frequency(y[1000:80000]) / (SR / PERIOD)) - 1250 / 1200) < 0.1


def test_a_global_zone_speaks_for_those_that_are_silent(tmp_path):
    path = write(
        tmp_path / "s.sf2",
        common=LOOPED | {COARSE: 12},
        inner=[{KEYS: (0, 69)}, {KEYS: (70, 127), COARSE: 0}],
    )
    octave = play(notes((0, 2, 69)), font=path)[0]
    own = play(notes((0, 2, 70)), font=path)[0]
    assert 1200 * abs(np.log2(frequency(octave[1000:80000]) / (SR / PERIOD)) - 1) < 0.1
    assert 1200 * abs(np.log2(frequency(own[1000:80000]) / (SR / PERIOD)) - 100 / 1200) < 0.1


def test_the_loop_has_no_seam(tmp_path):
    path = write(tmp_path / "s.sf2", inner=[LOOPED])
    y = play(notes((0, 1, 69)), font=path)[0][500:40000]
    n = np.arange(len(y)) + 500
    sine = np.sin(2 * np.pi * n / PERIOD)
    residue = y - sine * (y @ sine) / (sine @ sine)
    # interpolation and 16 bits leave -80 dB; a loop one sample too long or short leaves -25
    assert np.abs(residue).max() < 1e-4 * np.abs(y).max()


def test_a_recording_without_loop_ends(tmp_path):
    path = write(tmp_path / "s.sf2", n=2000)
    y = play(notes((0, 1, 69)), font=path)[0]
    assert np.abs(y[1000:1900]).max() > 0.1
    assert not y[2000:].any()


def test_attack_sustain_and_release(tmp_path):
    # 1200 timecents are 2 s: attack 0.5 s, decay 1 s for 100 dB down to 20 dB, release 1 s for 100 dB
    path = write(
        tmp_path / "s.sf2", inner=[LOOPED | {ATTACK: -1200, DECAY: 0, SUSTAIN: 200, RELEASE: 0}]
    )
    y = play(notes((0, 2, 69)), font=path)[0]
    full = 20000 / 32768 * np.cos(np.pi / 4)

    def level(t):
        piece = y[int(t * SR) - 500 : int(t * SR) + 500]  # ten periods
        return float(20 * np.log10(np.sqrt(2 * np.mean(piece**2)) / full))

    assert level(0.25) == pytest.approx(-6.02, abs=0.1)  # half way up a straight line
    assert level(0.6) == pytest.approx(-10, abs=0.4)  # 0.1 s into a fall of 100 dB a second
    assert level(1.5) == pytest.approx(-20, abs=0.1)
    assert level(2.3) == pytest.approx(-50, abs=0.4)
    assert len(y) == pytest.approx(
        2 * SR + 0.96 * SR, rel=0.01
    )  # to -96 dB below where it was let go


def test_a_note_that_dies_away_is_not_carried_on(tmp_path):
    path = write(tmp_path / "s.sf2", inner=[LOOPED | {DECAY: 0, SUSTAIN: 1000}])
    y = play(notes((0, 20, 69)), font=path)
    assert y.shape[1] < 1.1 * SR


@pytest.mark.parametrize(
    ("velocity", "gain", "settings", "expected"),
    [
        (127, 1.0, {}, 1.0),
        (64, 1.0, {}, (64 / 127) ** 2),
        (127, 0.5, {}, 0.5),
        (127, 1.0, {ATTENUATION: 200}, 0.1),
    ],
)
def test_level(tmp_path, velocity, gain, settings, expected):
    path = write(tmp_path / "s.sf2", inner=[LOOPED | settings])
    made = notes((0, 1, 69), velocity=velocity)
    made["gain"] = gain
    y = play(made, font=path)[0]
    assert y[1000:40000].max() / (20000 / 32768 * np.cos(np.pi / 4)) == pytest.approx(
        expected, rel=1e-3
    )


@pytest.mark.parametrize(("pan", "left", "right"), [(-500, 1, 0), (0, 0.7071, 0.7071), (500, 0, 1)])
def test_pan_keeps_the_power(tmp_path, pan, left, right):
    y = play(notes((0, 1, 69)), font=write(tmp_path / "s.sf2", inner=[LOOPED | {PAN: pan}]))
    assert y.max(axis=1) / (20000 / 32768) == pytest.approx([left, right], abs=1e-3)


def test_zones_are_chosen_by_key_and_velocity(tmp_path):
    soft_zone, loud_zone = {VELOCITIES: (0, 63)}, {VELOCITIES: (64, 127), COARSE: 12}
    path = write(
        tmp_path / "s.sf2",
        inner=[LOOPED | soft_zone, LOOPED | loud_zone],
        outer=[{KEYS: (60, 127)}],
    )
    soft, loud = (
        play(notes((0, 2, 69), velocity=velocity), font=path)[0][1000:80000]
        for velocity in (63, 64)
    )
    assert frequency(loud) / frequency(soft) == pytest.approx(2, abs=1e-4)
    assert not play(notes((0, 2, 59)), font=path).any()


def test_the_filter_takes_3_db_at_its_cut_off(tmp_path):
    # 441 Hz in absolute cents (8.176 Hz is 0): a resonance of 0 dB leaves -3 dB there
    cents = round(1200 * np.log2(441 / 440) + 6900)
    filtered = play(
        notes((0, 1, 69)), font=write(tmp_path / "a.sf2", inner=[LOOPED | {FILTER: cents}])
    )[0]
    plain = play(notes((0, 1, 69)), font=write(tmp_path / "b.sf2", inner=[LOOPED]))[0]
    ratio = filtered[20000:40000].max() / plain[20000:40000].max()
    assert 20 * np.log10(ratio) == pytest.approx(-3.01, abs=0.1)


def test_notes_start_on_time_and_add_up(tmp_path):
    path = write(tmp_path / "s.sf2", inner=[LOOPED])
    together = play(notes((0, 1, 69), (0.5, 1, 72)), font=path)
    first, second = play(notes((0, 1, 69)), font=path), play(notes((0, 1, 72)), font=path)
    expected = np.zeros_like(together)
    expected[:, : first.shape[1]] += first
    expected[:, SR // 2 : SR // 2 + second.shape[1]] += second
    assert np.abs(together - expected).max() < 1e-6
    assert together.dtype == np.float32


def test_drums_come_from_the_drum_bank(tmp_path):
    font = Soundfont(write(tmp_path / "s.sf2", inner=[LOOPED], presets=[(0, 5), (128, 0)]))
    assert font.name(5) == "preset 5"
    assert play(notes((0, 1, 40), program=7, drum=True), font=font).any()  # no kit 7: the first one
    with pytest.raises(SoundfontError, match="s.sf2 has no instrument 7"):
        play(notes((0, 1, 40), program=7), font=font)


def test_what_is_no_soundfont_says_so(tmp_path):
    whole = write(tmp_path / "s.sf2").read_bytes()
    (tmp_path / "cut.sf2").write_bytes(whole[:3000])
    (tmp_path / "text.sf2").write_text("hello")
    with pytest.raises(
        SoundfontError,
        match="cut.sf2 cannot be read as a soundfont: ValueError: chunk .* is cut off",
    ):
        Soundfont(tmp_path / "cut.sf2")
    with pytest.raises(SoundfontError, match="text.sf2 is not a soundfont: it begins with b'hell'"):
        Soundfont(tmp_path / "text.sf2")
    with pytest.raises(FileNotFoundError):
        Soundfont(tmp_path / "none.sf2")


def test_no_time_is_longer_than_the_specification_allows(tmp_path):
    path = write(
        tmp_path / "s.sf2", inner=[LOOPED | {RELEASE: 32767}]
    )  # 2**27 s, if it were believed
    zone = Soundfont(path).preset(0)[1][0]
    assert len(soundfont.released(zone)) == pytest.approx(0.96 * 2 ** (8000 / 1200) * SR, rel=1e-3)


def test_a_damaged_soundfont_plays_or_says_so(tmp_path):
    whole = write(
        tmp_path / "s.sf2", inner=[LOOPED | {SUSTAIN: 200}], presets=((0, 0), (128, 0))
    ).read_bytes()
    tables, rng = whole.index(b"phdr"), np.random.default_rng(2)
    for _ in range(150):
        bad = bytearray(whole)
        for position in rng.integers(tables, len(whole), size=2):
            bad[position] = rng.integers(256)
        (tmp_path / "bad.sf2").write_bytes(bytes(bad))
        try:
            y = play(notes((0, 0.05, 69)), font=Soundfont(tmp_path / "bad.sf2"))
        except SoundfontError:
            continue
        assert np.isfinite(y).all()


def test_no_notes_is_an_error(tmp_path):
    with pytest.raises(arguments.ArgumentError, match="no notes"):
        play(np.zeros(0, midi.NOTE), font=write(tmp_path / "s.sf2"))


def test_a_file_is_read_once(tmp_path):
    path = write(tmp_path / "s.sf2", inner=[LOOPED])
    assert soundfont.load(str(path)) is soundfont.load(str(path))
