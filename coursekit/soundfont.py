"""A sampler: plays notes with the recordings of a SoundFont, version 2. Chapters 05 and 21 to 23.

A soundfont holds short recordings of instruments. A note takes the recording made nearest its pitch, plays it
faster or slower until the pitch fits, repeats its middle for as long as the note lasts, and shapes the loudness:
attack, decay, sustain, release. What moves a sound on top of that (vibrato, filter sweeps, reverb) is left out, and
what one note does to another (a closed hi-hat to an open one).

The one synthesizer that installs from wheels everywhere plays most instruments of the course's soundfont out of tune;
hence this one. References are to the SoundFont Technical Specification, version 2.04, 2006.
"""

import functools
import os
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.signal

from . import arguments, units

SR = 44100  # Hz, of the sound that is put together; `play` resamples nothing
DRUM_BANK = 128
SILENT_DB = 96.0  # a note ends when its release has fallen so far: the step of 16-bit samples

# Generators, the settings of a zone (section 8.1.2), that are heard here: number, name, value where none is given.
GENERATORS = {
    0: ("start", 0),
    1: ("end", 0),
    2: ("loop_start", 0),
    3: ("loop_end", 0),
    4: ("start_coarse", 0),
    12: ("end_coarse", 0),
    45: ("loop_start_coarse", 0),
    50: ("loop_end_coarse", 0),
    8: ("cutoff", 13500),
    9: ("resonance", 0),
    17: ("pan", 0),
    33: ("delay", -12000),
    34: ("attack", -12000),
    35: ("hold", -12000),
    36: ("decay", -12000),
    37: ("sustain", 0),
    38: ("release", -12000),
    48: ("attenuation", 0),
    51: ("coarse_tune", 0),
    52: ("fine_tune", 0),
    54: ("loops", 0),
    56: ("scale_tuning", 100),
    58: ("root", -1),
}
INSTRUMENT, SAMPLE, KEYS, VELOCITIES = 41, 53, 43, 44
# Where a preset's zone and an instrument's zone both speak, their values are added, but for these (section 8.5).
NOT_ADDED = {
    "start",
    "end",
    "loop_start",
    "loop_end",
    "start_coarse",
    "end_coarse",
    "loop_start_coarse",
    "loop_end_coarse",
    "loops",
    "root",
}


class SoundfontError(ValueError):
    """A file that is no soundfont, or lacks what is asked of it; the message says what."""


@dataclass(frozen=True)
class Recording:
    """One recording of a soundfont; positions count samples of the whole file's sound."""

    name: str
    start: int
    end: int
    loop_start: int
    loop_end: int
    sr: int
    pitch: int  # MIDI number
    correction: int  # cents


@dataclass(frozen=True, eq=False)
class Zone:
    """A recording, the notes that it is for, and how it is played."""

    recording: Recording
    keys: tuple  # (lowest, highest) MIDI pitch
    velocities: tuple
    settings: dict  # by the names in GENERATORS


class Soundfont:
    """The instruments of a .sf2 file.

    Parameters
    ----------
    path : str or Path

    Attributes
    ----------
    presets : dict of (bank, program) to (name, list of Zone)
    samples : ndarray, (n,), int16
        The sound of all recordings, one after the other.

    Raises
    ------
    SoundfontError
        The file is not a soundfont, or is cut off.
    FileNotFoundError

    Examples
    --------
    >>> Soundfont("TimGM6mb.sf2").name(0)  # doctest: +SKIP
    'Piano 1'
    """

    def __init__(self, path):
        content = Path(path).read_bytes()
        if content[:4] != b"RIFF" or content[8:12] != b"sfbk":
            raise SoundfontError(
                f"{path} is not a soundfont: it begins with {content[:4]!r}; wanted a .sf2 file"
            )
        try:
            self.path = Path(path)
            chunks = _chunks(content, 12, len(content))
            self.samples = np.frombuffer(chunks[b"smpl"], dtype="<i2")
            self.presets = _presets(chunks)
        except (KeyError, struct.error, ValueError, IndexError) as error:
            raise SoundfontError(
                f"{path} cannot be read as a soundfont: {type(error).__name__}: {error}"
            ) from None

    def __repr__(self):
        return f"Soundfont({self.path.name!r}, {len(self.presets)} instruments)"

    def preset(self, program, *, drum=False):
        """(name, zones) of an instrument; of the first kit where there is no such kit.

        Raises
        ------
        SoundfontError
            The soundfont has no such instrument.
        """
        wanted = [(DRUM_BANK, program), (DRUM_BANK, 0)] if drum else [(0, program)]
        for key in wanted:
            if key in self.presets:
                return self.presets[key]
        raise SoundfontError(
            f"{self.path.name} has no {'drum kit' if drum else 'instrument'} {program}"
        )

    def name(self, program, *, drum=False):
        """What the soundfont calls an instrument."""
        return self.preset(program, drum=drum)[0]


def _chunks(content, begin, end):
    """The chunks of a RIFF file by name, lists opened."""
    found = {}
    while begin + 8 <= end:
        name, size = struct.unpack_from("<4sI", content, begin)
        if begin + 8 + size > len(content):
            raise ValueError(f"chunk {name!r} is cut off")
        if name == b"LIST":
            found |= _chunks(content, begin + 12, begin + 8 + size)
        else:
            found[name] = content[begin + 8 : begin + 8 + size]
        begin += 8 + size + size % 2
    return found


def _text(raw):
    return raw.split(b"\0")[0].decode("latin-1").strip()


def _presets(chunks):
    """Zones by (bank, program): each zone of a preset, joined with each zone of the instrument that it names."""
    recordings = [
        Recording(_text(name), *rest[:7])
        for name, *rest in struct.iter_unpack("<20sIIIIIBbHH", chunks[b"shdr"])
    ]
    heads = list(struct.iter_unpack("<20sH", chunks[b"inst"]))
    instruments = [
        _zones(chunks, b"i", first, last)
        for (_, first), (_, last) in zip(heads, heads[1:], strict=False)
    ]
    heads = list(struct.iter_unpack("<20sHHHIII", chunks[b"phdr"]))
    presets = {}
    for (name, program, bank, first, *_), (_, _, _, last, *_) in zip(
        heads, heads[1:], strict=False
    ):
        zones = []
        for outer in _zones(chunks, b"p", first, last):
            for inner in instruments[outer[INSTRUMENT]] if INSTRUMENT in outer else ():
                zone = _joined(outer, inner, recordings)
                if zone is not None:
                    zones.append(zone)
        presets[bank, program] = (_text(name), zones)
    return presets


def _zones(chunks, kind, first, last):
    """The generators of bags first ... last - 1, as dicts; those of a leading, global zone stand in all others."""
    bags = list(struct.iter_unpack("<HH", chunks[kind + b"bag"]))
    generators = chunks[kind + b"gen"]
    goal = INSTRUMENT if kind == b"p" else SAMPLE
    common, zones = {}, []
    for bag in range(first, last):
        zone = {}
        for position in range(bags[bag][0], bags[bag + 1][0]):
            number, amount = struct.unpack_from("<Hh", generators, 4 * position)
            zone[number] = (
                (amount & 255, amount >> 8 & 255) if number in (KEYS, VELOCITIES) else amount
            )
        if goal in zone:
            zones.append(common | zone)
        elif not zones:
            common = zone
    return zones


def _joined(outer, inner, recordings):
    """The zone that plays where a preset's zone and an instrument's overlap, or None."""
    ranges = []
    for number in (KEYS, VELOCITIES):
        (low, high), (other_low, other_high) = (
            outer.get(number, (0, 127)),
            inner.get(number, (0, 127)),
        )
        ranges.append((max(low, other_low), min(high, other_high)))
    if any(low > high for low, high in ranges):
        return None
    settings = {}
    for number, (name, usual) in GENERATORS.items():
        settings[name] = inner.get(number, usual) + (
            0 if name in NOT_ADDED else outer.get(number, 0)
        )
    return Zone(recordings[inner[SAMPLE]], *ranges, settings)


# --- one note --------------------------------------------------------------------------------------------


def seconds(timecents):
    """Times in a soundfont count timecents: 1200 to a factor of 2, 0 is a second (section 8.1.3); at most 102 s.

    Examples
    --------
    >>> seconds(1200), seconds(-12000) < 0.001
    (2.0, True)
    """
    return 2.0 ** (min(timecents, 8000) / 1200)  # the longest that the specification allows


def playback_step(zone, *, pitch):
    """How many samples of the recording go by in one sample of sound: the ratio of two frequencies.

    Parameters
    ----------
    zone : Zone
    pitch : int
        MIDI number of the note.

    Returns
    -------
    float
    """
    settings, recording = zone.settings, zone.recording
    root = settings["root"] if settings["root"] >= 0 else recording.pitch
    cents = (
        settings["scale_tuning"] * (pitch - root)
        + 100 * settings["coarse_tune"]
        + settings["fine_tune"]
        + recording.correction
    )
    cents = min(max(cents, -24000), 24000)  # twenty octaves: only a damaged file asks for more
    return 2.0 ** (cents / 1200) * recording.sr / SR


def tone(font, zone, *, pitch, n):
    """The recording of a zone at a pitch, looped until n samples are full; without envelope.

    Parameters
    ----------
    font : Soundfont
    zone : Zone
    pitch : int
        MIDI number.
    n : int
        Samples, at SR.

    Returns
    -------
    ndarray, float32, at most (n,)
        Shorter where the recording ends and has no loop.
    """
    settings, recording = zone.settings, zone.recording
    begin = recording.start + settings["start"] + 32768 * settings["start_coarse"]
    end = recording.end + settings["end"] + 32768 * settings["end_coarse"]
    loop = (
        recording.loop_start
        + settings["loop_start"]
        + 32768 * settings["loop_start_coarse"]
        - begin,
        recording.loop_end + settings["loop_end"] + 32768 * settings["loop_end_coarse"] - begin,
    )
    x = font.samples[begin:end].astype(np.float32) / 32768
    position = playback_step(zone, pitch=pitch) * np.arange(n)
    # 3 would play on past the loop once the key is let go; here it goes on looping
    loops = settings["loops"] in (1, 3) and 0 <= loop[0] < loop[1] <= len(x)
    if loops:
        length = loop[1] - loop[0]
        # three samples of the loop's beginning after its end: where the interpolation looks ahead
        x = np.concatenate([x[: loop[1]], x[loop[0] + np.arange(3) % length]])
        position = np.where(position < loop[1], position, loop[0] + (position - loop[0]) % length)
    else:
        position = position[position < len(x) - 3]
    y = interpolate(x, position)
    cutoff = units.midi_to_hz(settings["cutoff"] / 100)  # in the file: cents above MIDI note 0
    return _low_pass(y, cutoff=cutoff, resonance=settings["resonance"] / 10)


def interpolate(x, position):
    """The signal between its samples: a cubic through the two before and the two after (Catmull and Rom, 1974).

    Parameters
    ----------
    x : ndarray, (m,)
    position : ndarray, (n,)
        In samples, 0 or more and below m - 2.

    Returns
    -------
    ndarray, float32, (n,)

    Examples
    --------
    >>> interpolate(np.arange(8.0), np.array([2.0, 3.5]))
    array([2. , 3.5], dtype=float32)
    """
    x = np.concatenate([x[:1], x]).astype(np.float32)  # one before the first
    i = position.astype(np.int64)
    t = (position - i).astype(np.float32)
    a, b, c, d = x[i], x[i + 1], x[i + 2], x[i + 3]
    return b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))


def _low_pass(y, *, cutoff, resonance):
    """The zone's filter, two poles; none where the cut-off is above what is heard."""
    if cutoff > 16000 or not len(y):
        return y
    w, q = 2 * np.pi * cutoff / SR, 10 ** (resonance / 20) / np.sqrt(2)
    alpha, cosine = np.sin(w) / (2 * q), np.cos(w)
    b = np.array([1 - cosine, 2 - 2 * cosine, 1 - cosine]) / 2
    a = np.array([1 + alpha, -2 * cosine, 1 - alpha])
    return scipy.signal.lfilter(b / a[0], a / a[0], y).astype(np.float32)


def held(zone, n):
    """The loudness of a note while its key is down: delay, attack, hold, decay, sustain.

    Parameters
    ----------
    zone : Zone
    n : int
        Samples, at SR.

    Returns
    -------
    ndarray, float32, at most (n,)
        Amplitude, 0 to 1; shorter where the note dies away by itself. Attack rises in a straight line; decay falls by
        so many dB a second (section 8.1.2, generators 33 to 37: a decay time is that of a fall by 100 dB).

    Examples
    --------
    >>> flat = Zone(None, (0, 127), (0, 127), {name: usual for name, usual in GENERATORS.values()})
    >>> held(flat, 4410)[[0, 1000, 4409]]
    array([0., 1., 1.], dtype=float32)
    """
    settings = zone.settings
    begin = seconds(settings["delay"])
    top = begin + seconds(settings["attack"])
    fall = top + seconds(settings["hold"])
    slope = 100 / seconds(settings["decay"])  # dB a second
    sustain_db = max(settings["sustain"], 0) / 10
    if sustain_db >= SILENT_DB:
        n = min(n, int((fall + SILENT_DB / slope) * SR))
    t = np.arange(n, dtype=np.float32) / np.float32(SR)
    level_db = np.minimum(sustain_db, np.maximum(0, t - fall) * slope)
    return np.clip((t - begin) / (top - begin), 0, 1) * from_db(-level_db)


def released(zone):
    """The loudness after the key is let go, as a factor: so many dB less every second.

    Parameters
    ----------
    zone : Zone

    Returns
    -------
    ndarray, float32, (n,)
        From 1 down to -96 dB, at SR. As for the decay, the time in the file is that of a fall by 100 dB.

    Examples
    --------
    >>> flat = Zone(None, (0, 127), (0, 127), {name: usual for name, usual in GENERATORS.values()} | {"release": 0})
    >>> round(len(released(flat)) / SR, 2)
    0.96
    """
    slope = 100 / max(seconds(zone.settings["release"]), 0.005)  # dB a second, and never a click
    t = np.arange(int(SILENT_DB / slope * SR), dtype=np.float32) / np.float32(SR)
    return from_db(-slope * t)


def from_db(level):
    """Amplitude of a level in dB, in float32 (dsp.db_to_amplitude, but fast)."""
    return np.exp(level * np.float32(np.log(10) / 20))


# --- many notes ------------------------------------------------------------------------------------------


def play(notes, *, font):
    """Notes, played and mixed.

    Parameters
    ----------
    notes : structured ndarray of midi.NOTE, (n,)
        Fields start and end (s), pitch, velocity, gain, program, drum.
    font : Soundfont or path of one

    Returns
    -------
    ndarray, float32, (2, samples)
        Left and right at SR = 44,100 Hz. Not normalised: a note of full velocity and gain 1 has the level that its
        recording has. Amplitude grows as (velocity / 127)**2 (section 8.4.1).

    Raises
    ------
    SoundfontError
        The soundfont lacks an instrument.
    """
    font = font if isinstance(font, Soundfont) else load(os.fspath(font))
    notes = np.asarray(notes)
    if not len(notes):
        raise arguments.ArgumentError("there are no notes; wanted at least one to play")
    pieces = []
    for program, drum, pitch in np.unique(notes[["program", "drum", "pitch"]]):
        same = notes[
            (notes["program"] == program) & (notes["drum"] == drum) & (notes["pitch"] == pitch)
        ]
        for zone in font.preset(int(program), drum=bool(drum))[1]:
            if zone.keys[0] <= pitch <= zone.keys[1]:
                velocities = same["velocity"]
                heard = same[
                    (zone.velocities[0] <= velocities) & (velocities <= zone.velocities[1])
                ]
                pieces += _notes_of(font, zone, int(pitch), heard)
    y = np.zeros(
        (2, max((at + len(sound) for at, sound, _ in pieces), default=0)), dtype=np.float32
    )
    for at, sound, gains in pieces:
        y[0, at : at + len(sound)] += gains[0] * sound
        y[1, at : at + len(sound)] += gains[1] * sound
    return y


def _notes_of(font, zone, pitch, notes):
    """(first sample, sound, left and right gain) of notes of one pitch: one tone, and an envelope for each."""
    if not len(notes):
        return []
    lengths = np.maximum(1, np.round((notes["end"] - notes["start"]) * SR).astype(int))
    tail = released(zone)
    raw = tone(
        font, zone, pitch=pitch, n=lengths.max() + len(tail)
    )  # the longest; the others take its beginning
    shape = held(zone, lengths.max() + 1)
    sustained = raw[: len(shape)] * shape[: len(raw)]
    angle = np.pi / 4 * (1 + np.clip(zone.settings["pan"], -500, 500) / 500)
    quieter = 10 ** (-max(zone.settings["attenuation"], 0) / 200)
    pieces = []
    for note, length in zip(notes, lengths, strict=True):
        sound = sustained[:length]
        if length < len(sustained):  # still sounding when it is let go
            ending = raw[length : length + len(tail)]
            sound = np.concatenate([sound, shape[length] * tail[: len(ending)] * ending])
        level = quieter * float(note["gain"]) * (int(note["velocity"]) / 127) ** 2
        gains = np.float32(level * np.cos(angle)), np.float32(level * np.sin(angle))
        pieces.append((round(float(note["start"]) * SR), sound, gains))
    return pieces


@functools.lru_cache(maxsize=2)
def load(path):
    """A soundfont, read once a process."""
    return Soundfont(path)
