"""Sound files, sample rates and sample values: from a file to an array of floats and back. Chapter 01.

Sound in memory is float, time on the last axis: (n,) or (channels, n), and 1.0 is full scale. Nothing here
changes a level silently: what does not fit into a format is refused, with the amount by which it does not.
"""

import difflib
import io
import math
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile as sf
import soxr

from . import arguments, paths


class AudioFileError(ValueError):
    """A file that holds no sound, only a part of one, or that could not be written."""


@dataclass(frozen=True)
class AudioInfo:
    """What a file's header says."""

    sr: int  # Hz
    channels: int
    frames: int  # samples per channel
    duration_s: float
    format: str  # container: "WAV", "FLAC", "OGG", "MP3"...
    subtype: str  # how a sample is stored: "PCM_16", "FLOAT", "VORBIS"...
    size_bytes: int
    bits: int | None  # per sample; None where the codec has no such number (Vorbis, Opus, MP3)


@dataclass(frozen=True)
class Container:
    """What a file format can hold."""

    subtypes: tuple[str, ...]  # the first is the default
    max_channels: int
    max_sr: int  # Hz


CONTAINERS = {
    "WAV": Container(
        ("PCM_16", "PCM_24", "PCM_32", "PCM_U8", "FLOAT", "DOUBLE", "ULAW", "ALAW"), 1024, 2**31 - 1
    ),
    "FLAC": Container(("PCM_16", "PCM_24", "PCM_S8"), 8, 655_350),
    # Beyond these two numbers libsndfile's Vorbis encoder does not refuse: it ends the whole process.
    "OGG": Container(("VORBIS", "OPUS"), 255, 200_000),
    "MP3": Container(("MPEG_LAYER_III",), 2, 48_000),
}
SAMPLE_RATES = {  # codecs that know only these, Hz
    "OPUS": (8000, 12000, 16000, 24000, 48000),
    "MPEG_LAYER_III": (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000),
}
PCM_BITS = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
STORED_BITS = PCM_BITS | {"FLOAT": 32, "DOUBLE": 64, "ULAW": 8, "ALAW": 8}

# libsndfile's Vorbis encoder puts a whole write on the stack: one write of a few minutes overflows it.
BLOCK = 16_384  # frames

# Where libsndfile's seek is not exact: in Vorbis it can land some samples off (issue 885), in MP3 the first
# frames can come out silent, because they need data from frames before. Reading piece by piece is no better:
# soundfile seeks after each read. Decoding all is exact, and near a thousand times faster than listening.
DECODED_FROM_THE_START = ("OGG", "MP3")

HIGHEST_LEVEL = 0.999  # of compression; libsndfile refuses 1.0 for MP3

# What a file that is no sound, or only the beginning of one, often turns out to be: offset, first bytes (in
# lower case), words.
BEGINNINGS = (
    (0, b"<!doctype", "an HTML page: a failed download?"),
    (0, b"<html", "an HTML page: a failed download?"),
    (0, b"<?xml", "an XML document: a failed download?"),
    (0, b"{", "JSON text: a server's error message?"),
    (0, b"version https://git-lfs", "a Git LFS pointer: run `git lfs pull` to get the file itself"),
    (0, b"pk\x03\x04", "a ZIP archive: unpack it first"),
    (0, b"\x1f\x8b", "a gzip archive: unpack it first"),
    (0, b"%pdf", "a PDF document"),
    (4, b"ftyp", "MP4 (M4A, AAC, video): convert it first, `ffmpeg -i in.m4a out.wav`"),
    (0, b"\x1ae\xdf\xa3", "WebM or Matroska: convert it first, `ffmpeg -i in.webm out.wav`"),
    (0, b"riff", "a WAV header: the file is damaged or cut short"),
    (0, b"flac", "a FLAC header: the file is damaged or cut short"),
    (0, b"oggs", "an Ogg header: the file is damaged or cut short"),
    (0, b"id3", "an MP3 tag: the file is damaged or cut short"),
    (0, b"\xff\xfb", "MP3: the file is damaged or cut short"),
    (0, b"\0\0\0\0", "nothing but zeros: an interrupted copy?"),
)


# ---------------------------------------------------------------- reading


@arguments.checks(
    offset=partial(arguments.real, low=0),
    duration=partial(arguments.real, above=0),
    sr=arguments.sample_rate,
)
def load(path, *, sr=None, mono=True, offset=0.0, duration=None):
    """Read a sound file, or a part of it, as float32.

    Parameters
    ----------
    path : str or Path
        WAV, FLAC, OGG, MP3, AIFF and whatever else libsndfile reads.
    sr : float or None
        Resample to this rate, Hz. None keeps the file's own (librosa.load would resample to 22050).
    mono : bool
        Average the channels to one.
    offset : float
        Where to begin, s; rounded to the nearest sample of the file. What comes before is not kept, nor even
        read where a format can be entered at any sample (all but OGG and MP3).
    duration : float or None
        How much to read, s; None, or more than there is, reads to the end.

    Returns
    -------
    y : ndarray of float32, (n,), or always (channels, n) when mono is False
        Integer formats are scaled to [-1, 1); float formats come as they are.
    sr : int or float
        Sample rate of y, Hz.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        No such file; a folder.
    AudioFileError
        Empty, damaged, not a sound file, cut short in the part that was asked for, or with NaN in it.
    arguments.ArgumentError
        offset negative or past the end, duration or sr not above 0.

    Notes
    -----
    Chapter 01.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Path(folder, "steps.wav"), np.array([0.0, 0.25, 0.5, 0.75]), sr=4)
    ...     y, sr = load(Path(folder, "steps.wav"), offset=0.25, duration=0.5)
    >>> y, sr
    (array([0.25, 0.5 ], dtype=float32), 4)
    """
    with _open(path) as sound:
        length = f"{path} lasts {sound.frames / sound.samplerate:.6g} s ({sound.frames} samples)"
        if sound.frames == 0:
            raise AudioFileError(f"{path} is a {sound.format} file without a single sample")
        start = round(offset * sound.samplerate)
        if start >= sound.frames:
            raise arguments.ArgumentError(f"offset = {offset} s is past the end: {length}")
        wanted = sound.frames - start
        if duration is not None:
            wanted = min(wanted, round(duration * sound.samplerate))
        if wanted == 0:
            raise arguments.ArgumentError(
                f"duration = {duration} s is less than one sample at {sound.samplerate} Hz"
            )
        if sound.format in DECODED_FROM_THE_START:
            y = sound.read(start + wanted, dtype="float32", always_2d=True)[start:]
        else:
            sound.seek(start)
            y = sound.read(wanted, dtype="float32", always_2d=True)
        y = np.ascontiguousarray(y.T)
        native_sr = sound.samplerate
        there = sound.tell() / native_sr
        at_the_end = start + wanted == sound.frames

    if y.shape[-1] < wanted or (at_the_end and _lacks_its_end(Path(path).expanduser())):
        raise AudioFileError(
            f"{path} is cut short: it should go on, but the sound ends after {there:.6g} s. "
            "Fetch it again, or read less with duration=..."
        )
    if not np.isfinite(y).all():
        raise AudioFileError(
            f"{path} holds {np.count_nonzero(~np.isfinite(y))} NaN or infinite samples: "
            "did its writer divide by 0?"
        )
    y = to_mono(y) if mono else y
    return (y, native_sr) if sr is None else (resample(y, orig_sr=native_sr, target_sr=sr), sr)


def info(path):
    """What a sound file holds, read from its header alone.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    AudioInfo
        sr (Hz), channels, frames, duration_s, format, subtype, size_bytes, bits.

    Raises
    ------
    FileNotFoundError, IsADirectoryError, AudioFileError
        As `load`.

    Notes
    -----
    Chapter 01.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Path(folder, "silence.wav"), np.zeros((2, 8000)), sr=8000)
    ...     about = info(Path(folder, "silence.wav"))
    >>> about.channels, about.duration_s, about.bits, about.size_bytes
    (2, 1.0, 16, 32044)
    """
    with _open(path) as sound:
        return AudioInfo(
            sr=sound.samplerate,
            channels=sound.channels,
            frames=sound.frames,
            duration_s=sound.frames / sound.samplerate,
            format=sound.format,
            subtype=sound.subtype,
            size_bytes=Path(path).expanduser().stat().st_size,
            bits=STORED_BITS.get(sound.subtype),
        )


@contextmanager
def _open(path):
    """The open sf.SoundFile; everything that can be wrong with a file ends here, in words."""
    path = Path(path).expanduser()
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; wanted one sound file")
    if not path.exists():
        raise FileNotFoundError(_not_found(path))
    with path.open("rb") as file:  # a file that may not be read says so here, as PermissionError
        first_bytes = file.read(32)
    if not first_bytes:
        raise AudioFileError(f"{path} is empty (0 bytes): an interrupted download or recording?")
    if path.suffix.lower() == ".raw":
        raise AudioFileError(
            f"{path} has no header and so no sample rate: try numpy.fromfile, to_float"
        )
    try:
        with sf.SoundFile(path) as sound:
            yield sound
    except sf.LibsndfileError as error:
        raise AudioFileError(
            f"{path} could not be read as sound: {_describe(first_bytes)} "
            f"(libsndfile: {error.error_string})"
        ) from error


def _not_found(path):
    if not path.parent.is_dir():
        return f"no folder {path.parent.absolute()}, so no file {path.name} in it"
    names = {entry.name.lower(): entry.name for entry in path.parent.iterdir()}
    near = [names[name] for name in difflib.get_close_matches(path.name.lower(), names)]
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    return f"no file {path.name!r} in {path.parent.absolute()}{hint}"


def _describe(first_bytes):
    text = first_bytes.lower().lstrip(b"\xef\xbb\xbf \r\n\t")  # a byte-order mark, blank lines
    for offset, beginning, words in BEGINNINGS:
        if text.startswith(beginning, offset):
            return f"it begins like {words}"
    return f"it begins with {first_bytes[:16]!r}, which is no sound format that libsndfile knows"


def _lacks_its_end(path):
    """Whether a WAV or Ogg file was cut off; libsndfile reads such a file as if it had been meant shorter."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        if head[:4] == b"RIFF":
            declared = int.from_bytes(head[4:], "little")
            # Programs that write to a pipe cannot know the size and put a number near 2**31 or 2**32 there;
            # others count the 8 bytes of this very header, too.
            return size < declared < 0x7FFF_F000
        if head[:4] == b"OggS":
            file.seek(max(0, size - 65_307))  # the largest page (RFC 3533)
            tail = file.read()
            page = tail.rfind(b"OggS")
            if page < 0 or len(tail) < page + 27:
                return True
            is_last = tail[page + 5] & 4
            n_segments = tail[page + 26]
            segments = tail[page + 27 : page + 27 + n_segments]
            return not is_last or page + 27 + n_segments + sum(segments) > len(tail)
    return False


# ---------------------------------------------------------------- writing


def save(path, y, *, sr, subtype=None):
    """Write a sound file: WAV, FLAC, OGG or MP3, by the extension.

    The file appears whole or not at all: it is written beside its place, then moved there. An error leaves an
    older file as it was.

    Parameters
    ----------
    path : str or Path
        Ends in .wav, .flac, .ogg or .mp3.
    y : ndarray, (n,) or (channels, n), float or int16
        Samples. All but WAV's FLOAT and DOUBLE hold [-1, 1] only.
    sr : int
        Sample rate, Hz.
    subtype : str or None
        How a sample is stored. WAV: PCM_16 (default), PCM_24, PCM_32, PCM_U8, FLOAT, DOUBLE, ULAW, ALAW.
        FLAC: PCM_16, PCM_24, PCM_S8. OGG: VORBIS, OPUS. MP3: MPEG_LAYER_III.

    Raises
    ------
    arguments.ArgumentError
        NaN, a wrong shape, samples beyond full scale, or something that the format cannot hold.
    FileNotFoundError, IsADirectoryError
        No such folder; a folder where the file should go.
    AudioFileError
        Writing failed (disk full?).

    Notes
    -----
    Chapter 01. Integer formats store round(y * 2**(bits - 1)), as `to_int16`; 1.0 becomes the largest code.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Path(folder, "loud.wav"), np.array([0.5, -2.0]), sr=8000)
    Traceback (most recent call last):
        ...
    coursekit.arguments.ArgumentError: y peaks at 2 (+6.0 dBFS) and PCM_16 ends at 1: 1 of 2 samples would
    clip. Scale it (y / audio.peak(y)), or save a WAV with subtype='FLOAT'
    """
    path = Path(path).expanduser()
    container = path.suffix[1:].upper()
    if container not in CONTAINERS:
        possible = ", ".join(f".{name.lower()}" for name in CONTAINERS)
        raise arguments.ArgumentError(
            f"{path.name!r} ends in {path.suffix!r}; wanted one of {possible}"
        )
    y, subtype = _storable(y, sr=sr, container=container, subtype=subtype)
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"no folder {path.parent.absolute()} to save {path.name} in: make it first"
        )
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; wanted the name of a sound file")

    try:
        with paths.writing(path) as fresh:
            _encode(fresh, y, sr=sr, container=container, subtype=subtype)
    except sf.LibsndfileError as error:
        raise AudioFileError(
            f"{path} could not be written: is the disk full? An older file is as it was "
            f"(libsndfile: {error.error_string})"
        ) from error


def _storable(y, *, sr, container, subtype):
    """(y as float (channels, n), subtype), once it is sure that the format can hold this sound."""
    format = CONTAINERS[arguments.choice(container, "format", tuple(CONTAINERS))]
    subtype = arguments.choice(
        subtype or format.subtypes[0], f"subtype ({container})", format.subtypes
    )
    arguments.integer(sr, "sr")
    rates = SAMPLE_RATES.get(subtype)
    if sr > format.max_sr or (rates and sr not in rates):
        wanted = " ".join(map(str, rates)) if rates else f"at most {format.max_sr}"
        near = min(rates or [format.max_sr], key=lambda rate: (rate < sr, abs(rate - sr)))
        raise arguments.ArgumentError(
            f"sr = {sr}; {container} {subtype} holds {wanted} Hz: "
            f"audio.resample(y, orig_sr={sr}, target_sr={near}) first"
        )

    y = np.asarray(y)
    y = arguments.signal(to_float(y) if y.dtype == np.int16 else y)
    if y.ndim > 2:
        raise arguments.ArgumentError(f"y has shape {y.shape}; wanted (n,) or (channels, n)")
    y = np.atleast_2d(y)
    channels, n = y.shape
    if channels > n > 1:
        raise arguments.ArgumentError(
            f"y has shape {y.shape}, {channels} channels: channels last? pass y.T"
        )
    if channels > format.max_channels:
        raise arguments.ArgumentError(
            f"y has {channels} channels; {container} holds {format.max_channels}: "
            "is y (channels, n)? audio.to_mono(y) makes one of all"
        )

    loudest = peak(y)
    limit = {"FLOAT": float(np.finfo(np.float32).max), "DOUBLE": np.inf}.get(subtype, 1.0)
    if loudest > limit:
        raise arguments.ArgumentError(
            f"y peaks at {loudest:.6g} ({dbfs(loudest):+.1f} dBFS) and {subtype} ends at {limit:.6g}: "
            f"{np.count_nonzero(np.abs(y) > limit)} of {y.size} samples would clip. "
            "Scale it (y / audio.peak(y)), or save a WAV with subtype='FLOAT'"
        )
    return y, subtype


def _encode(file, y, *, sr, container, subtype, **options):
    """Write y, (channels, n), to a path or a binary file, block by block."""
    with sf.SoundFile(
        file, "w", samplerate=int(sr), channels=len(y), format=container, subtype=subtype, **options
    ) as sound:
        for start in range(0, y.shape[-1], BLOCK):
            block = y[:, start : start + BLOCK].T.astype(np.float64)
            if subtype in PCM_BITS:
                # Our own rounding: libsndfile scales floats by 32767 on the way out and by 32768 on the way
                # in, so no sample would come back as it was. Of 32-bit integers it stores the top bits as is.
                bits = PCM_BITS[subtype]
                half = 2 ** (bits - 1)
                codes = np.clip(np.round(block * half), -half, half - 1)
                block = codes.astype(np.int32) << (32 - bits)
            sound.write(np.ascontiguousarray(block))


def codec_round_trip(y, *, sr, format, subtype=None, kbps=None, compression_level=None):
    """What a codec makes of a sound: encode it in memory, decode it, and put it back in step with the input.

    Parameters
    ----------
    y : ndarray, (n,) or (channels, n)
        Samples in [-1, 1].
    sr : int
        Sample rate, Hz.
    format : str
        "WAV", "FLAC", "OGG" or "MP3".
    subtype : str or None
        As in `save`.
    kbps : float or None
        Bit rate of all channels together, kbit/s: MP3 (constant) and Opus (on average) only.
    compression_level : float or None
        0 (largest file, best quality) to 1, for all but WAV; of a FLAC only the size changes.

    Returns
    -------
    decoded : ndarray, shape and dtype of y
        Shifted by whole samples to where its cross-correlation with y is largest, then cut or padded to n.
    size : int
        Of the encoded file, bytes, headers included.

    Raises
    ------
    arguments.ArgumentError
        As `save`; kbps or compression_level for a codec that has no such choice, or does not reach it.

    Notes
    -----
    Chapter 01.

    Examples
    --------
    >>> y = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    >>> decoded, size = codec_round_trip(y, sr=16000, format="WAV")
    >>> size, bool(np.abs(decoded - y).max() <= 0.5 / 32768)
    (32044, True)
    >>> decoded, size = codec_round_trip(y, sr=16000, format="MP3", kbps=32)
    >>> decoded.shape, size < 32044 / 6
    ((16000,), True)
    """
    shape = np.shape(y)
    container = format.upper()
    y, subtype = _storable(y, sr=sr, container=container, subtype=subtype)
    options = {}
    if kbps is not None and compression_level is not None:
        raise arguments.ArgumentError(
            "kbps and compression_level are two names for one choice: give one"
        )
    if kbps is not None:
        options = _bit_rate(kbps, sr=sr, subtype=subtype, channels=len(y))
    elif compression_level is not None:
        level = arguments.real(compression_level, "compression_level", low=0, high=1)
        if container == "WAV":
            raise arguments.ArgumentError(f"compression_level = {level}; WAV is not compressed")
        options = {"compression_level": min(level, HIGHEST_LEVEL)}

    encoded = io.BytesIO()
    _encode(encoded, y, sr=sr, container=container, subtype=subtype, **options)
    encoded.seek(0)
    decoded, _ = sf.read(encoded, dtype="float64", always_2d=True)
    decoded = _in_step(decoded.T, y)
    return decoded.reshape(shape).astype(y.dtype), len(encoded.getbuffer())


def _bit_rate(kbps, *, sr, subtype, channels):
    """libsndfile's options for a bit rate: a level that falls linearly from 0, the codec's highest, to 1."""
    if subtype == "OPUS":
        low, high = 6 * channels, 256 * channels
    elif subtype == "MPEG_LAYER_III":
        low, high = (32, 320) if sr >= 32000 else (8, 160) if sr >= 16000 else (8, 64)
    else:
        raise arguments.ArgumentError(
            f"kbps = {kbps}; {subtype} has no bit rate to choose, MP3 and OPUS do"
        )
    arguments.real(kbps, "kbps", low=low, high=high)
    level = (high - kbps) / (high - low)
    mode = {"bitrate_mode": "CONSTANT"} if subtype == "MPEG_LAYER_III" else {}
    return {"compression_level": min(level, HIGHEST_LEVEL)} | mode


def _in_step(decoded, y):
    """decoded, shifted to where it is most like y, with y's length."""
    n = y.shape[-1]
    likeness = sum(
        scipy.signal.correlate(a, b, method="fft") for a, b in zip(decoded, y, strict=True)
    )
    lags = scipy.signal.correlation_lags(decoded.shape[-1], n)
    lag = min(
        lags[likeness == likeness.max()], key=abs
    )  # silence is equally like itself at every lag
    shifted = decoded[:, lag:] if lag >= 0 else np.pad(decoded, ((0, 0), (-lag, 0)))
    shifted = shifted[:, :n]
    return np.pad(shifted, ((0, 0), (0, n - shifted.shape[-1])))


# ---------------------------------------------------------------- sample rates and channels


@arguments.checks(
    y=arguments.signal, orig_sr=arguments.sample_rate, target_sr=arguments.sample_rate
)
def resample(y, *, orig_sr, target_sr):
    """Change the sample rate, keeping what is below half of the lower rate. Equals librosa.resample.

    Parameters
    ----------
    y : array_like, (..., n)
        Samples.
    orig_sr, target_sr : float
        Sample rate of y and of the result, Hz.

    Returns
    -------
    ndarray, (..., ceil(n * target_sr / orig_sr)), dtype of y
        The ratio is taken first, in floating point, as librosa does: now and then that is one sample more.

    Raises
    ------
    arguments.ArgumentError
        y is not a signal, or a rate is not above 0.

    Notes
    -----
    The filter is the SoX resampler's (libsoxr), quality HQ. Chapter 01.

    Examples
    --------
    >>> resample(np.zeros((2, 44100)), orig_sr=44100, target_sr=16000).shape
    (2, 16000)
    """
    ratio = target_sr / orig_sr
    if ratio == 1:
        return y
    n = int(np.ceil(y.shape[-1] * ratio))
    resampled = np.apply_along_axis(soxr.resample, -1, y, orig_sr, target_sr, "HQ")[..., :n]
    missing = n - resampled.shape[-1]  # soxr rounds the length, and may return one sample less
    return np.pad(resampled, [(0, 0)] * (y.ndim - 1) + [(0, missing)])


@arguments.checks(y=arguments.signal)
def to_mono(y):
    """The average of all channels.

    Parameters
    ----------
    y : array_like, (n,) or (channels, n)
        Samples.

    Returns
    -------
    ndarray, (n,), dtype of y

    Raises
    ------
    arguments.ArgumentError
        y is not a signal (channels last?).

    Notes
    -----
    Two channels of opposite sign cancel: listen before you average. Equals librosa.to_mono. Chapter 01.

    Examples
    --------
    >>> to_mono([[1.0, 0.5], [0.0, -0.5]])
    array([0.5, 0. ])
    """
    return y.mean(axis=tuple(range(y.ndim - 1)))


# ---------------------------------------------------------------- levels


@arguments.checks(y=arguments.signal)
def peak(y):
    """The largest absolute sample value.

    Parameters
    ----------
    y : array_like, (..., n)
        Samples; 1.0 is full scale.

    Returns
    -------
    float

    Raises
    ------
    arguments.ArgumentError
        y is not a signal.

    Notes
    -----
    Chapter 01.

    Examples
    --------
    >>> peak([0.25, -0.5])
    0.5
    """
    return float(np.abs(y).max())


@arguments.checks(y=arguments.signal)
def rms(y):
    """Root mean square: the level of the constant signal that has the same power.

    Parameters
    ----------
    y : array_like, (..., n)
        Samples; all axes count together.

    Returns
    -------
    float

    Raises
    ------
    arguments.ArgumentError
        y is not a signal.

    Notes
    -----
    Chapter 01, equation 6. A sine of amplitude A has A / sqrt(2), a square wave A.

    Examples
    --------
    >>> rms([0.5, -0.5, 0.5, -0.5])
    0.5
    """
    return float(np.sqrt(np.mean(y.astype(np.float64) ** 2)))


def dbfs(value):
    """A peak or RMS value in decibels relative to full scale.

    Parameters
    ----------
    value : float or array_like
        Amplitude, not power; 1.0 is full scale, and nothing is -inf dBFS.

    Returns
    -------
    float or ndarray
        20 log10(value), dB.

    Notes
    -----
    Chapter 01, equation 7. The RMS of a full-scale sine is -3.01 dBFS here; AES17 meters add 3.01 dB to make it 0.

    Examples
    --------
    >>> float(dbfs(0.1))
    -20.0
    """
    with np.errstate(divide="ignore"):
        return (20 * np.log10(np.abs(value)))[()]


# ---------------------------------------------------------------- sample values


@arguments.checks(y=arguments.signal)
def to_int16(y):
    """Floats to 16-bit integers, the way a WAV file stores them.

    Parameters
    ----------
    y : array_like, (..., n)
        Samples in [-1, 1]. The largest code is 32767, so 1.0 is clipped to it, and so is all that is above.

    Returns
    -------
    ndarray of int16, (..., n)
        round(32768 y), clipped to [-32768, 32767].

    Raises
    ------
    arguments.ArgumentError
        y is not a signal, or is integer already.

    Notes
    -----
    Chapter 01. Without the clip, y.astype(np.int16) would wrap around: 1.0 would become -32768, a loud click.

    Examples
    --------
    >>> to_int16([0.0, 0.5, 1.0, -1.0])
    array([     0,  16384,  32767, -32768], dtype=int16)
    """
    codes = np.round(y * 32768)
    return np.clip(codes, -32768, 32767).astype(np.int16)


def _pcm(y, name):
    y = np.asarray(y)
    if y.dtype not in (np.int16, np.int32, np.uint8):
        raise arguments.ArgumentError(
            f"{name} is {y.dtype}; wanted int16, int32 or uint8. Is it float already?"
        )
    return y


@arguments.checks(y=_pcm)
def to_float(y):
    """Integer samples to floats in [-1, 1).

    Parameters
    ----------
    y : ndarray of int16, int32 or uint8, (..., n)
        Integer samples; 8-bit ones are unsigned with silence at 128, as in a WAV file.

    Returns
    -------
    ndarray of float32 (float64 for int32), (..., n)
        y / 32768 for int16: exact, and to_int16(to_float(y)) is y.

    Raises
    ------
    arguments.ArgumentError
        y is of another type.

    Notes
    -----
    Chapter 01.

    Examples
    --------
    >>> to_float(np.array([0, 16384, -32768], dtype=np.int16))
    array([ 0. ,  0.5, -1. ], dtype=float32)
    """
    if y.dtype == np.uint8:
        return (y.astype(np.float32) - 128) / 128
    if y.dtype == np.int32:
        return y.astype(np.float64) / 2147483648
    return y.astype(np.float32) / 32768


def _dither_has_noise(dither, rng):
    if dither and rng is None:
        raise arguments.ArgumentError(
            "dither=True needs a source of noise: rng=np.random.default_rng(0)"
        )


@arguments.checks(_dither_has_noise, y=arguments.signal, bits=partial(arguments.integer, high=24))
def quantize(y, *, bits, dither=False, rng=None):
    """Round every sample to one of 2**bits levels, as an analogue-to-digital converter does.

    Parameters
    ----------
    y : array_like, (..., n)
        Samples; full scale is [-1, 1).
    bits : int
        1 to 24. Levels are `step = 2 / 2**bits` apart, and 0 is one of them ("mid-tread").
    dither : bool
        Add triangular noise of up to +-1 step before rounding. The error is then noise of three times the
        power, whatever the signal; without it, the error of a quiet tone is distortion.
    rng : numpy.random.Generator or None
        Source of the dither.

    Returns
    -------
    ndarray, (..., n), dtype of y
        Multiples of step from -1 to 1 - step; what lies beyond is clipped.

    Raises
    ------
    arguments.ArgumentError
        y is not a signal, bits is out of range, or dither is asked for without an rng.

    References
    ----------
    W. R. Bennett, "Spectra of quantized signals", Bell System Technical Journal, 1948: the mean square error
    is step**2 / 12. S. P. Lipshitz, R. A. Wannamaker and J. Vanderkooy, "Quantization and dither: a
    theoretical survey", Journal of the Audio Engineering Society, 1992: triangular dither. Chapter 01, equation 8.

    Examples
    --------
    >>> quantize([-1.0, -0.3, 0.1, 0.3, 1.0], bits=2)
    array([-1. , -0.5,  0. ,  0.5,  0.5])
    """
    step = 2 / 2**bits
    if dither:
        # The sum of two uniform densities is a triangle; the difference of two on [0, 1) is one
        # around 0.
        y = y + step * (rng.random(y.shape, y.dtype) - rng.random(y.shape, y.dtype))
    codes = np.round(y / step)
    codes = np.clip(codes, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return codes * step


@arguments.checks(mu=arguments.integer)
def mu_law_encode(y, *, mu=255):
    """Samples to mu + 1 integer codes, spaced finely near 0 and widely near full scale.

    Parameters
    ----------
    y : array_like, (..., n)
        Samples in [-1, 1].
    mu : int
        The largest code; 255 makes 8 bits.

    Returns
    -------
    ndarray of int64, (..., n)
        Codes from 0 (y = -1) to mu (y = 1).

    Raises
    ------
    arguments.ArgumentError
        y is not a signal, or leaves [-1, 1].

    Notes
    -----
    torchaudio's convention: `torchaudio.functional.mu_law_encoding(y, mu + 1)`. librosa.mu_compress numbers
    its codes from -(mu + 1) / 2 and rounds up; telephones (ITU-T G.711) use a piecewise linear approximation,
    `save(..., subtype="ULAW")`. Chapter 01.

    Examples
    --------
    >>> mu_law_encode([-1.0, -0.01, 0.0, 0.01, 1.0])
    array([  0,  98, 128, 157, 255])
    """
    codes = (mu_compress(y, mu=mu) + 1) / 2 * mu
    return np.floor(codes + 0.5).astype(np.int64)


def _codes_up_to_mu(codes, mu):
    if codes.dtype.kind not in "iu" or codes.size == 0 or codes.min() < 0 or codes.max() > mu:
        raise arguments.ArgumentError(
            f"codes ({codes.dtype}, shape {codes.shape}) are not all integers from 0 to {mu}: "
            "did they come from mu_law_encode with the same mu?"
        )


@arguments.checks(_codes_up_to_mu, codes=arguments.array, mu=arguments.integer)
def mu_law_decode(codes, *, mu=255):
    """Integer codes back to samples; the inverse of `mu_law_encode` but for its rounding.

    Parameters
    ----------
    codes : array_like of int, (..., n)
        From 0 to mu.
    mu : int
        As it was for `mu_law_encode`.

    Returns
    -------
    ndarray of float64, (..., n)
        Samples in [-1, 1]. An even number of codes has none for 0: silence (code 128) becomes 0.00009.

    Raises
    ------
    arguments.ArgumentError
        codes are no integers, or leave 0 to mu.

    Notes
    -----
    torchaudio's convention: `torchaudio.functional.mu_law_decoding(codes, mu + 1)`. Chapter 01.

    Examples
    --------
    >>> mu_law_decode([0, 98, 157, 255]).round(4)
    array([-1.    , -0.0102,  0.0102,  1.    ])
    """
    return mu_expand(codes / mu * 2 - 1, mu=mu)


def _within_full_scale(y, name):
    y = arguments.signal(y, name)
    if np.abs(y).max() > 1:
        raise arguments.ArgumentError(
            f"{name} peaks at {np.abs(y).max():.6g}; mu-law ends at 1: scale {name} first"
        )
    return y


@arguments.checks(y=_within_full_scale, mu=partial(arguments.real, above=0))
def mu_compress(y, *, mu=255):
    """The mu-law curve: logarithmic for loud samples, linear for quiet ones.

    Parameters
    ----------
    y : array_like, (..., n)
        Samples in [-1, 1].
    mu : float
        How strongly to compress.

    Returns
    -------
    ndarray, (..., n), dtype of y
        sign(y) ln(1 + mu |y|) / ln(1 + mu), in [-1, 1].

    Raises
    ------
    arguments.ArgumentError
        y is not a signal, or leaves [-1, 1].

    Notes
    -----
    Equals librosa.mu_compress(y, mu=mu, quantize=False). Chapter 01, equation 10.

    Examples
    --------
    >>> mu_compress([-1.0, 0.0, 0.01, 1.0]).round(3)
    array([-1.   ,  0.   ,  0.228,  1.   ])
    """
    return np.sign(y) * np.log1p(mu * np.abs(y)) / math.log1p(mu)


@arguments.checks(y=_within_full_scale, mu=partial(arguments.real, above=0))
def mu_expand(y, *, mu=255):
    """The inverse of the mu-law curve.

    Parameters
    ----------
    y : array_like, (..., n)
        Compressed samples in [-1, 1].
    mu : float
        As it was for `mu_compress`.

    Returns
    -------
    ndarray, (..., n), dtype of y
        sign(y) ((1 + mu)**|y| - 1) / mu, in [-1, 1].

    Raises
    ------
    arguments.ArgumentError
        y is not a signal, or leaves [-1, 1].

    Notes
    -----
    Equals librosa.mu_expand(y, mu=mu, quantize=False). Chapter 01, equation 10.

    Examples
    --------
    >>> mu_expand(mu_compress([-0.5, 0.01])).round(6)
    array([-0.5 ,  0.01])
    """
    return np.sign(y) * ((1 + mu) ** np.abs(y) - 1) / mu
