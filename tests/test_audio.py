"""Files against soundfile and arithmetic, numbers against librosa, torchaudio and closed forms.

Where a tolerance stands, some named wrong variant is shown to fail it: a test that nothing fails proves
nothing.
"""

import math
import os
import subprocess
import sys

import librosa
import numpy as np
import pytest
import scipy.signal
import scipy.special
import soundfile as sf
import soxr

from coursekit import audio, metrics
from coursekit.arguments import ArgumentError

SR = 16000


def noise(*shape, seed=0, peak=0.9):
    """Uniform on [-peak, peak]: every code is hit, and nothing clips."""
    return np.random.default_rng(seed).uniform(-peak, peak, shape)


def chord(n=2 * SR, sr=SR):
    """A few partials: codecs keep it well, and one sample of delay shows clearly in the SNR."""
    t = np.arange(n) / sr
    return sum(0.2 * np.sin(2 * np.pi * f * t + f) for f in (220.0, 554.4, 1318.5))


def relative_error(mine, reference):
    return np.abs(mine - reference).max() / np.abs(reference).max()


# ---- save and load: every format

PCM = [
    (".wav", "PCM_U8", 8),
    (".wav", "PCM_16", 16),
    (".wav", "PCM_24", 24),
    (".wav", "PCM_32", 32),
    (".flac", "PCM_S8", 8),
    (".flac", "PCM_16", 16),
    (".flac", "PCM_24", 24),
]


@pytest.mark.parametrize("shape", [(5000,), (1, 5000), (2, 5000), (6, 700)])
@pytest.mark.parametrize("extension, subtype, bits", PCM)
def test_pcm_file_holds_the_rounded_samples(tmp_path, extension, subtype, bits, shape):
    y = noise(*shape)
    audio.save(tmp_path / f"y{extension}", y, sr=SR, subtype=subtype)
    stored, sr = sf.read(tmp_path / f"y{extension}", always_2d=True)
    step = 2.0 ** (1 - bits)
    assert sr == SR
    # Exact: rounding to a step and dividing by a power of two are exact in float64 up to 32 bits.
    np.testing.assert_array_equal(stored.T, np.atleast_2d(np.round(y / step) * step))


@pytest.mark.parametrize("extension, subtype, bits", PCM)
def test_pcm_file_gives_its_own_samples_back(tmp_path, extension, subtype, bits):
    """Nothing drifts when a file is loaded and saved; with libsndfile's own scaling by 32767 it would."""
    first, second = tmp_path / f"1{extension}", tmp_path / f"2{extension}"
    audio.save(first, noise(2, 3000), sr=SR, subtype=subtype)
    y, _ = audio.load(first, mono=False)
    audio.save(second, y, sr=SR, subtype=subtype)
    if subtype != "PCM_32":  # float32 keeps 24 bits, so the last 8 bits of PCM_32 are beyond load
        np.testing.assert_array_equal(sf.read(first)[0], sf.read(second)[0])
    np.testing.assert_array_equal(audio.load(second, mono=False)[0], y)


def test_libsndfile_scaling_would_be_seen(tmp_path):
    y = noise(5000)
    sf.write(tmp_path / "theirs.wav", y, SR, subtype="PCM_16")
    assert np.any(sf.read(tmp_path / "theirs.wav")[0] != np.round(y * 32768) / 32768)


@pytest.mark.parametrize("subtype, dtype", [("FLOAT", np.float32), ("DOUBLE", np.float64)])
def test_float_file_is_exact_and_may_exceed_full_scale(tmp_path, subtype, dtype):
    y = (5 * noise(2, 3000)).astype(dtype)
    audio.save(tmp_path / "y.wav", y, sr=SR, subtype=subtype)
    np.testing.assert_array_equal(sf.read(tmp_path / "y.wav", dtype=np.dtype(dtype).name)[0].T, y)
    loaded, _ = audio.load(tmp_path / "y.wav", mono=False)
    np.testing.assert_array_equal(loaded, y.astype(np.float32))


@pytest.mark.parametrize("subtype", ["ULAW", "ALAW"])
def test_companded_file(tmp_path, subtype):
    y = chord()
    audio.save(tmp_path / "y.wav", y, sr=SR, subtype=subtype)
    loaded, _ = audio.load(tmp_path / "y.wav")
    # G.711 is known for about 38 dB on loud signals. 40 dB lower 8 plain bits keep less than 10 dB, mu-law
    # about 29, and A-law, whose smallest step is twice as large, about 18.
    assert metrics.snr(y, loaded) > 36
    audio.save(tmp_path / "quiet.wav", y / 100, sr=SR, subtype=subtype)
    assert metrics.snr(y / 100, audio.load(tmp_path / "quiet.wav")[0]) > 15
    assert metrics.snr(y / 100, audio.quantize(y / 100, bits=8)) < 10
    assert audio.info(tmp_path / "y.wav").bits == 8


def test_int16_is_stored_as_it_is(tmp_path):
    codes = np.array([-32768, -32767, -1, 0, 1, 32766, 32767], dtype=np.int16)
    for extension in (".wav", ".flac"):
        audio.save(tmp_path / f"y{extension}", codes, sr=SR)
        np.testing.assert_array_equal(sf.read(tmp_path / f"y{extension}", dtype="int16")[0], codes)
    quiet = np.array([0, 1, -1], dtype=np.int16)  # not to be taken for floats at full scale
    audio.save(tmp_path / "quiet.wav", quiet, sr=SR)
    np.testing.assert_array_equal(sf.read(tmp_path / "quiet.wav", dtype="int16")[0], quiet)


@pytest.mark.parametrize("shape", [(2 * SR,), (2, 2 * SR)])
@pytest.mark.parametrize(
    "name, subtype, at_least",
    [("y.ogg", None, 20), ("y.ogg", "VORBIS", 20), ("y.ogg", "OPUS", 13), ("y.mp3", None, 17)],
)
def test_lossy_file_is_near_in_step_and_as_long(tmp_path, name, subtype, at_least, shape):
    # SNRs (dB) are a few below what libsndfile 1.2.2 reaches, so that another encoder version passes.
    y = chord() * np.array([[1.0], [-0.5]]) if len(shape) == 2 else chord()
    audio.save(tmp_path / name, y, sr=SR, subtype=subtype)
    loaded, sr = audio.load(tmp_path / name, mono=False)
    assert (loaded.shape, sr, loaded.dtype) == (np.atleast_2d(y).shape, SR, np.float32)
    assert metrics.snr(y, loaded.reshape(y.shape)).min() > at_least
    late = np.roll(loaded, 4).reshape(y.shape)
    assert metrics.snr(y, late).min() < at_least


def test_default_subtypes(tmp_path):
    subtypes = {}
    for extension in ("wav", "flac", "ogg", "mp3"):
        audio.save(tmp_path / f"y.{extension}", noise(4000), sr=SR)
        subtypes[extension] = sf.info(tmp_path / f"y.{extension}").subtype
    assert subtypes == {"wav": "PCM_16", "flac": "PCM_16", "ogg": "VORBIS", "mp3": "MPEG_LAYER_III"}


def test_extension_in_capitals_and_path_as_text(tmp_path):
    audio.save(str(tmp_path / "Y.WAV"), noise(100), sr=SR)
    assert audio.load(str(tmp_path / "Y.WAV"))[0].shape == (100,)


def test_home_folder_in_a_path(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    audio.save("~/y.wav", noise(100), sr=SR)
    assert (tmp_path / "y.wav").exists()
    assert audio.load("~/y.wav")[0].shape == (100,)
    assert audio.info("~/y.wav").frames == 100


def test_name_in_any_script(tmp_path):
    audio.save(tmp_path / "прывітанне 你好.flac", noise(100), sr=SR)
    assert audio.load(tmp_path / "прывітанне 你好.flac")[1] == SR


def test_blocks_join_without_a_seam(tmp_path):
    y = noise(2, 2 * audio.BLOCK + 7)
    audio.save(tmp_path / "y.wav", y, sr=SR, subtype="DOUBLE")
    np.testing.assert_array_equal(sf.read(tmp_path / "y.wav")[0].T, y)


LONG_AND_FULL = """
import sys
import numpy as np
from coursekit import audio
folder = sys.argv[1]
audio.save(folder + "/long.ogg", np.zeros(3_000_000, np.float32), sr=44100)
print(audio.info(folder + "/long.ogg").frames, flush=True)
if sys.platform == "win32":
    sys.exit()
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
for extension in ("wav", "flac", "ogg", "mp3"):
    path = folder + "/full/y." + extension
    y = 0.1 * np.random.default_rng(0).standard_normal(200_000)
    audio.save(path, y[:1000], sr=16000)
    try:
        audio.save(path, y, sr=16000)
    except audio.AudioFileError as error:
        assert "disk full" in str(error), error
    else:
        raise SystemExit(extension + " was not refused")
print("full", flush=True)
"""


@pytest.fixture(scope="module")
def long_and_full(tmp_path_factory):
    """A process of its own for what may end it, or limits it: its folder, its lines, and how it ended."""
    folder = tmp_path_factory.mktemp("long_and_full")
    (folder / "full").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", LONG_AND_FULL, str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    return folder, done.stdout.splitlines(), f"{done.returncode}: {done.stderr}"


def test_long_vorbis_file_does_not_crash(long_and_full):
    """Written in one go, these 3 million samples end the process, not the test."""
    _, lines, end = long_and_full
    assert lines[:1] == ["3000000"], end


# ---- load: parts, channels, rates


@pytest.fixture
def recording(tmp_path):
    """1 s of stereo at 16 kHz, and its samples."""
    y = np.round(noise(2, SR) * 32768) / 32768
    audio.save(tmp_path / "speech.wav", y, sr=SR)
    return tmp_path / "speech.wav", y


@pytest.mark.parametrize("extension", [".wav", ".flac", ".ogg"])
@pytest.mark.parametrize(
    "offset, duration, start, stop",
    [
        (0, None, 0, SR),
        (0.25, None, 4000, SR),
        (0.25, 0.5, 4000, 12000),
        (0.999, 7.0, 15984, SR),
        (2 / 3, 1 / 6, 10667, 13334),
        (15999 / SR, None, 15999, SR),
        (0.3, 0.29, 4800, 9440),
        (0.1 + 0.2, 0.0001, 4800, 4802),
    ],
)
def test_parts(recording, tmp_path, extension, offset, duration, start, stop):
    path = tmp_path / f"part{extension}"
    audio.save(path, recording[1], sr=SR)
    y, sr = audio.load(path, mono=False, offset=offset, duration=duration)
    expected, _ = sf.read(path, dtype="float32", start=start, stop=stop)
    assert sr == SR
    np.testing.assert_array_equal(y, expected.T)


@pytest.mark.parametrize("name", ["y.ogg", "y.mp3"])
def test_part_of_a_compressed_file_is_the_part_of_the_whole(tmp_path, name):
    """With libsndfile's own seek, 11 of these 27 parts of the Vorbis file and 26 of the MP3 are wrong."""
    audio.save(tmp_path / name, chord(5 * SR), sr=SR)
    whole, _ = audio.load(tmp_path / name)
    for start in range(500, 5 * SR - 400, 3001):
        part, _ = audio.load(tmp_path / name, offset=start / SR, duration=400 / SR)
        # A decoder's last bit of float32 may depend on how much it is asked for at once.
        np.testing.assert_allclose(part, whole[start : start + 400], atol=1e-6)


def test_only_the_part_is_read(recording, monkeypatch):
    asked = []
    read = sf.SoundFile.read
    monkeypatch.setattr(
        sf.SoundFile,
        "read",
        lambda self, frames=-1, **options: asked.append(frames) or read(self, frames, **options),
    )
    audio.load(recording[0], offset=0.5, duration=0.01)
    assert asked == [160]


def test_mono_is_the_mean_and_always_one_axis(recording):
    path, y = recording
    loaded, _ = audio.load(path)
    assert (loaded.shape, loaded.dtype) == ((SR,), np.float32)
    np.testing.assert_allclose(loaded, y.mean(axis=0), atol=1e-7)  # float32 keeps 24 bits
    np.testing.assert_array_equal(loaded, librosa.load(path, sr=None, mono=True)[0])
    np.testing.assert_array_equal(audio.to_mono(y), librosa.to_mono(y))
    np.testing.assert_array_equal(audio.to_mono(y[0]), y[0])


def test_channels_axis_stays_for_one_channel(tmp_path):
    audio.save(tmp_path / "y.wav", noise(50), sr=SR)
    assert audio.load(tmp_path / "y.wav", mono=False)[0].shape == (1, 50)


@pytest.mark.parametrize("target", [8000, 22050, 44100, 16000])
def test_load_resamples_only_when_asked(recording, target):
    path, _ = recording
    assert audio.load(path)[1] == SR
    y, sr = audio.load(path, sr=target, mono=False)
    expected, _ = librosa.load(path, sr=target, mono=False)
    assert (sr, y.dtype) == (target, np.float32)
    assert y.shape == expected.shape
    assert relative_error(y, expected) <= 1e-5


# ---- info


@pytest.mark.parametrize(
    "name, subtype, bits",
    [
        ("y.wav", "PCM_U8", 8),
        ("y.wav", "PCM_24", 24),
        ("y.wav", "FLOAT", 32),
        ("y.wav", "DOUBLE", 64),
        ("y.flac", "PCM_16", 16),
        ("y.ogg", "VORBIS", None),
        ("y.mp3", "MPEG_LAYER_III", None),
    ],
)
def test_info(tmp_path, name, subtype, bits):
    path = tmp_path / name
    audio.save(path, noise(2, 24000), sr=16000, subtype=subtype)
    assert audio.info(path) == audio.AudioInfo(
        sr=16000,
        channels=2,
        frames=24000,
        duration_s=1.5,
        format=path.suffix[1:].upper(),
        subtype=subtype,
        size_bytes=path.stat().st_size,
        bits=bits,
    )


def test_info_is_frozen(recording):
    with pytest.raises(AttributeError):
        audio.info(recording[0]).sr = 8000


# ---- what can be wrong with a file

READERS = pytest.mark.parametrize("read", [audio.load, audio.info])


@READERS
def test_missing_file_suggests_its_neighbours(recording, read):
    folder = recording[0].parent
    with pytest.raises(
        FileNotFoundError, match=r"no file 'Speach.wav' in .*did you mean 'speech.wav'\?"
    ):
        read(folder / "Speach.wav")
    with pytest.raises(FileNotFoundError) as caught:
        read(folder / "zzz.flac")
    assert "did you mean" not in str(caught.value)
    with pytest.raises(FileNotFoundError, match="no folder .*nowhere"):
        read(folder / "nowhere" / "speech.wav")


@READERS
def test_folder(tmp_path, read):
    with pytest.raises(IsADirectoryError, match="is a folder; wanted one sound file"):
        read(tmp_path)


@READERS
@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "is empty .0 bytes."),
        (b"<html><body>404 Not Found</body></html>", "an HTML page: a failed download"),
        (b"\n\n<!DOCTYPE html>\n<html>", "an HTML page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "an XML document"),
        (b'{"message": "rate limited"}', "JSON text"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer: run `git lfs pull`"),
        (b"PK\x03\x04" + bytes(40), "a ZIP archive"),
        (b"\x1f\x8b\x08" + bytes(40), "a gzip archive"),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(40), "MP4 .*convert it first"),
        (b"\x1aE\xdf\xa3" + bytes(40), "WebM"),
        (b"RIFF", "a WAV header: the file is damaged or cut short"),
        (b"fLaC", "a FLAC header: the file is damaged or cut short"),
        (bytes(5000), "nothing but zeros"),
        (b"hello world " * 100, "begins with b'hello world hell', which is no sound format"),
    ],
)
def test_no_sound(tmp_path, read, content, words):
    (tmp_path / "speech.wav").write_bytes(content)
    with pytest.raises(audio.AudioFileError, match=words) as caught:
        read(tmp_path / "speech.wav")
    assert "speech.wav" in str(caught.value)


@READERS
def test_raw_file_has_no_header(tmp_path, read):
    (tmp_path / "speech.raw").write_bytes(bytes(100))
    with pytest.raises(audio.AudioFileError, match="no header"):
        read(tmp_path / "speech.raw")


def test_file_without_samples(tmp_path):
    sf.write(tmp_path / "y.wav", np.zeros(0), SR)
    with pytest.raises(audio.AudioFileError, match="without a single sample"):
        audio.load(tmp_path / "y.wav")
    assert audio.info(tmp_path / "y.wav").frames == 0


@pytest.mark.parametrize("mono", [True, False])
def test_file_with_nan(tmp_path, mono):
    sf.write(tmp_path / "y.wav", np.array([0.0, np.nan, np.inf]), SR, subtype="FLOAT")
    with pytest.raises(audio.AudioFileError, match="y.wav holds 2 NaN or infinite samples"):
        audio.load(tmp_path / "y.wav", mono=mono)


@pytest.mark.parametrize("share", [0.5, 0.97])
@pytest.mark.parametrize(
    "name, subtype",
    [
        ("y.wav", "PCM_16"),
        ("y.wav", "FLOAT"),
        ("y.flac", None),
        ("y.ogg", "VORBIS"),
        ("y.mp3", None),
    ],
)
def test_file_cut_short(tmp_path, name, subtype, share, capfd):
    path = tmp_path / name
    audio.save(path, noise(10 * SR, peak=0.5), sr=SR, subtype=subtype)
    whole = path.read_bytes()
    audio.load(path)
    path.write_bytes(whole[: round(share * len(whole))])
    with pytest.raises(audio.AudioFileError, match="cut short"):
        audio.load(path)
    y, _ = audio.load(path, duration=0.5)  # what is there can still be had
    assert y.shape == (SR // 2,)
    capfd.readouterr()  # the MP3 decoder warns on stderr by itself


def test_ogg_cut_at_its_last_page(tmp_path):
    audio.save(tmp_path / "y.ogg", noise(10 * SR, peak=0.5), sr=SR)
    whole = (tmp_path / "y.ogg").read_bytes()
    last_page = whole.rfind(b"OggS")
    for size in (last_page, last_page + 10, len(whole) - 1):
        (tmp_path / "y.ogg").write_bytes(whole[:size])
        with pytest.raises(audio.AudioFileError, match="cut short"):
            audio.load(tmp_path / "y.ogg")


def test_wav_from_a_pipe_is_whole(tmp_path, recording):
    """ffmpeg and sox, writing to a pipe, put the largest size there is into the header."""
    content = bytearray(recording[0].read_bytes())
    for size in (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f"):
        content[4:8] = size
        content[40:44] = size
        (tmp_path / "pipe.wav").write_bytes(content)
        assert audio.load(tmp_path / "pipe.wav")[0].shape == (SR,)


def test_wav_whose_size_counts_its_own_header(tmp_path, recording):
    content = bytearray(recording[0].read_bytes())
    content[4:8] = len(content).to_bytes(4, "little")
    (tmp_path / "eight.wav").write_bytes(content)
    assert audio.load(tmp_path / "eight.wav")[0].shape == (SR,)


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"offset": -0.5}, "offset = -0.5; wanted at least 0"),
        (
            {"offset": 1.0},
            r"offset = 1.0 s is past the end: .*speech.wav lasts 1 s \(16000 samples\)",
        ),
        ({"offset": np.nan}, "offset = nan"),
        ({"duration": 0}, "duration = 0; wanted more than 0"),
        ({"duration": -1.0}, "duration = -1.0; wanted more than 0"),
        ({"duration": 1e-5}, "less than one sample at 16000 Hz"),
        ({"sr": 0}, "sr = 0; wanted more than 0"),
        ({"sr": -8000}, "sr = -8000"),
        ({"sr": "16k"}, "sr = '16k'"),
    ],
)
def test_wrong_arguments_of_load(recording, wrong, words):
    with pytest.raises(ArgumentError, match=words):
        audio.load(recording[0], **wrong)


# ---- what save refuses, and what it leaves behind


@pytest.mark.parametrize(
    "name, y, options, words",
    [
        ("y.wav", [0.0, np.nan], {}, "1 NaN or infinite"),
        ("y.wav", [0.0, np.inf, -np.inf], {}, "2 NaN or infinite"),
        ("y.wav", [], {}, "0 samples"),
        ("y.wav", 0.5, {}, "one number, not a signal"),
        ("y.wav", ["a"], {}, "wanted real numbers"),
        ("y.wav", [1j], {}, "complex"),
        ("y.wav", np.zeros((500, 2)), {}, r"pass y\.T"),
        ("y.wav", np.zeros((20, 2)), {}, r"20 channels: channels last\? pass y\.T"),
        (
            "y.wav",
            np.zeros((2, 3, 100)),
            {},
            r"shape \(2, 3, 100\); wanted \(n,\) or \(channels, n\)",
        ),
        ("y.wav", np.array([0, 2**30], dtype=np.int32), {}, "to_float"),
        ("y.wav", [0.1], {"sr": 0}, "sr = 0"),
        ("y.wav", [0.1], {"sr": 16000.5}, "sr = 16000.5"),
        ("y.wav", [0.1], {"sr": None}, "sr = None"),
        (
            "y.wav",
            [0.5, 1.5, -2.0],
            {},
            r"peaks at 2 \(\+6.0 dBFS\) and PCM_16 ends at 1: 2 of 3 samples would",
        ),
        ("y.wav", [1.0001], {"subtype": "PCM_32"}, "PCM_32 ends at 1"),
        ("y.wav", [1.0001], {"subtype": "ULAW"}, "ULAW ends at 1"),
        ("y.flac", [1.0001], {}, "subtype='FLOAT'"),
        ("y.ogg", [-1.0001], {}, "Scale it"),
        ("y.mp3", [1.0001], {}, r"\+0.0 dBFS"),
        ("y.wav", [1e39], {"subtype": "FLOAT"}, "FLOAT ends at 3.40282e"),
        ("y.m4a", [0.1], {}, r"ends in '.m4a'; wanted one of .wav, .flac, .ogg, .mp3"),
        ("y", [0.1], {}, "ends in ''"),
        (
            "y.wav",
            [0.1],
            {"subtype": "PCM_S8"},
            "'PCM_16', 'PCM_24', 'PCM_32', 'PCM_U8', 'FLOAT', 'DOUBLE'",
        ),
        ("y.flac", [0.1], {"subtype": "FLOAT"}, "wanted one of 'PCM_16', 'PCM_24', 'PCM_S8'"),
        ("y.mp3", [0.1], {"sr": 96000}, "MP3 .* 8000 11025 .*target_sr=48000"),
        ("y.mp3", [0.1], {"sr": 9000}, "target_sr=11025"),
        ("y.ogg", [0.1], {"sr": 44100, "subtype": "OPUS"}, "target_sr=48000"),
        ("y.ogg", [0.1], {"sr": 384000}, "at most 200000 Hz"),  # libsndfile ends the process here
        ("y.flac", [0.1], {"sr": 700000}, "at most 655350 Hz"),
        ("y.mp3", np.zeros((3, 100)), {}, "3 channels; MP3 holds 2"),
        ("y.flac", np.zeros((9, 100)), {}, "9 channels; FLAC holds 8"),
        ("y.ogg", np.zeros((256, 300)), {}, "256 channels; OGG holds 255"),  # and here
    ],
)
def test_refused_and_nothing_touched(tmp_path, name, y, options, words):
    (tmp_path / name).write_bytes(b"what was here before")
    with pytest.raises(ArgumentError, match=words):
        audio.save(tmp_path / name, y, **{"sr": SR} | options)
    assert (tmp_path / name).read_bytes() == b"what was here before"
    assert os.listdir(tmp_path) == [name]


def test_full_scale_itself_is_allowed(tmp_path):
    for bits, subtype in ((8, "PCM_U8"), (16, "PCM_16"), (24, "PCM_24"), (32, "PCM_32")):
        audio.save(tmp_path / "y.wav", [1.0, -1.0], sr=SR, subtype=subtype)
        assert sf.read(tmp_path / "y.wav")[0].tolist() == [1 - 2.0 ** (1 - bits), -1.0]


def test_no_place_to_save(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder .*new to save y.wav in: make it first"):
        audio.save(tmp_path / "new" / "y.wav", noise(100), sr=SR)
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder"):
        audio.save(tmp_path / "folder.wav", noise(100), sr=SR)
    assert os.listdir(tmp_path) == ["folder.wav"]


class Interrupted(BaseException):
    """As KeyboardInterrupt, which pytest would take for the user's own."""


@pytest.mark.parametrize(
    "error, seen",
    [
        (sf.LibsndfileError(2), audio.AudioFileError),
        (OSError(28, "No space left"), OSError),
        (Interrupted(), Interrupted),
    ],
)
@pytest.mark.parametrize("extension", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("existing", [True, False])
def test_failure_half_way_loses_nothing(tmp_path, monkeypatch, extension, error, seen, existing):
    path = tmp_path / f"y.{extension}"
    if existing:
        audio.save(path, noise(500), sr=SR)
    before = {entry: (tmp_path / entry).read_bytes() for entry in os.listdir(tmp_path)}
    write, blocks = sf.SoundFile.write, []

    def fails_at_the_second_block(self, data):
        blocks.append(len(data))
        if len(blocks) == 2:
            raise error
        write(self, data)

    monkeypatch.setattr(sf.SoundFile, "write", fails_at_the_second_block)
    with pytest.raises(seen):
        audio.save(path, noise(3 * audio.BLOCK), sr=SR)
    assert blocks == [audio.BLOCK, audio.BLOCK]
    assert {entry: (tmp_path / entry).read_bytes() for entry in os.listdir(tmp_path)} == before


def test_failing_move_loses_nothing(tmp_path, monkeypatch):
    """On Windows a file that another program has open cannot be replaced."""
    audio.save(tmp_path / "y.wav", noise(500), sr=SR)
    before = (tmp_path / "y.wav").read_bytes()

    def in_use(source, destination):
        raise PermissionError("in use")

    monkeypatch.setattr(os, "replace", in_use)
    with pytest.raises(PermissionError):
        audio.save(tmp_path / "y.wav", noise(600), sr=SR)
    assert (tmp_path / "y.wav").read_bytes() == before
    assert os.listdir(tmp_path) == ["y.wav"]


@pytest.mark.skipif(sys.platform == "win32", reason="no resource limits there")
def test_full_disk(long_and_full):
    """A real one, as far as the library can tell: files may not grow beyond 20 kB."""
    folder, lines, end = long_and_full
    assert lines[1:] == ["full"] and end.startswith("0: "), end
    assert sorted(os.listdir(folder / "full")) == ["y.flac", "y.mp3", "y.ogg", "y.wav"]
    assert audio.info(folder / "full" / "y.wav").frames == 1000


def test_saving_changes_no_input(tmp_path):
    y = noise(2, 1000)
    kept = y.copy()
    audio.save(tmp_path / "y.wav", y, sr=SR)
    np.testing.assert_array_equal(y, kept)


# ---- resample

RATES = [
    (44100, 16000),
    (16000, 44100),
    (22050, 16000),
    (48000, 44100),
    (44100, 22050),
    (16000, 11025),
    (11025, 12000),
    (8000, 16000.5),
]


@pytest.mark.parametrize("n", [1, 2, 3, 147, 10000])
@pytest.mark.parametrize("orig_sr, target_sr", RATES)
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-10), (np.float32, 1e-5)])
def test_resample_equals_librosa(orig_sr, target_sr, n, dtype, tolerance):
    y = noise(n).astype(dtype)
    mine = audio.resample(y, orig_sr=orig_sr, target_sr=target_sr)
    theirs = librosa.resample(y, orig_sr=orig_sr, target_sr=target_sr)
    assert (mine.shape, mine.dtype) == (theirs.shape, dtype)
    assert np.abs(mine - theirs).max() <= tolerance * np.abs(theirs).max()


@pytest.mark.parametrize("shape", [(2, 3000), (2, 3, 500)])
def test_resample_takes_the_last_axis(shape):
    y = noise(*shape)
    mine = audio.resample(y, orig_sr=44100, target_sr=16000)
    theirs = librosa.resample(y, orig_sr=44100, target_sr=16000)
    assert mine.shape == theirs.shape
    assert relative_error(mine, theirs) <= 1e-10


def to_16k(y, **options):
    return librosa.resample(y, orig_sr=44100, target_sr=16000, **options)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda y: scipy.signal.resample_poly(y, 160, 441), id="scipy polyphase"),
        pytest.param(lambda y: scipy.signal.resample(y, len(y) * 160 // 441), id="FFT"),
        pytest.param(
            lambda y: np.interp(np.arange(0, len(y), 441 / 160), np.arange(len(y)), y), id="linear"
        ),
        pytest.param(lambda y: soxr.resample(y, 44100, 16000, "VHQ"), id="soxr VHQ"),
        pytest.param(lambda y: soxr.resample(y, 44100, 16000, "LQ"), id="soxr LQ"),
        pytest.param(lambda y: to_16k(y, scale=True), id="energy scaled"),
        pytest.param(lambda y: np.roll(to_16k(y), 1), id="one sample late"),
    ],
)
def test_resample_tolerance_tells_other_resamplers_apart(wrong):
    y = noise(4410)
    mine = audio.resample(y, orig_sr=44100, target_sr=16000)
    other = wrong(y)
    # 30 times the float32 tolerance: not even the closest of these passes for rounding.
    assert other.shape != mine.shape or relative_error(other, mine) > 3e-4


def test_resample_keeps_a_tone_and_removes_what_would_alias():
    t = np.arange(44100) / 44100
    kept = audio.resample(np.sin(2 * np.pi * 1000 * t), orig_sr=44100, target_sr=16000)
    middle = slice(1000, -1000)  # away from the ends, where the filter has no signal to lean on
    expected = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
    assert (
        np.abs(kept - expected)[middle].max() < 1e-4
    )  # HQ is a 20-bit filter; np.interp errs by 2e-3
    gone = audio.resample(np.sin(2 * np.pi * 10000 * t), orig_sr=44100, target_sr=16000)
    assert audio.dbfs(audio.peak(gone[middle])) < -100  # np.interp leaves -2 dBFS at 6 kHz


def test_resample_to_the_same_rate_is_the_signal():
    y = noise(100)
    np.testing.assert_array_equal(audio.resample(y, orig_sr=SR, target_sr=SR), y)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"orig_sr": 0, "target_sr": 8000}, "orig_sr = 0"),
        ({"orig_sr": 8000, "target_sr": -1}, "target_sr = -1"),
        ({"orig_sr": None, "target_sr": 8000}, "orig_sr is None"),
    ],
)
def test_resample_refuses(options, words):
    with pytest.raises(ArgumentError, match=words):
        audio.resample(noise(10), **options)


# ---- levels


def test_levels():
    y = np.array([[0.5, -0.5], [0.5, -0.7]])
    assert audio.peak(y) == 0.7
    assert audio.rms([0.3, -0.4, 0.0, 0.0]) == pytest.approx(0.25, rel=1e-15)
    t = np.arange(1000) / 1000
    assert audio.rms(np.sin(2 * np.pi * 10 * t)) == pytest.approx(np.sqrt(0.5), rel=1e-12)
    assert isinstance(audio.rms(y.astype(np.float32)), float)


def test_rms_of_float32_is_computed_in_float64():
    y = noise(1000).astype(np.float32)
    level = math.sqrt(math.fsum(float(sample) ** 2 for sample in y) / 1000)
    assert audio.rms(y) == pytest.approx(level, rel=1e-12)
    assert float(np.sqrt(np.mean(y**2))) != pytest.approx(level, rel=1e-12)


def test_dbfs():
    assert audio.dbfs(1.0) == 0
    assert audio.dbfs(0.5) == pytest.approx(
        -6.020599913279624, rel=1e-15
    )  # amplitude, not power (-3.01)
    np.testing.assert_allclose(audio.dbfs([1.0, -0.1]), [0, -20], atol=1e-12)
    with np.errstate(all="raise"):  # silence is no accident
        assert audio.dbfs(0.0) == -np.inf


# ---- int16 and float


def test_every_int16_survives():
    codes = np.arange(-32768, 32768).astype(np.int16)
    y = audio.to_float(codes)
    assert (y.dtype, y.min(), y.max()) == (np.float32, -1.0, 1 - 2**-15)
    np.testing.assert_array_equal(audio.to_int16(y), codes)
    assert audio.to_int16(y).dtype == np.int16
    # The usual mix of 32767 one way and 32768 the other is not a round trip.
    assert np.any(np.round(y * 32767) != codes)


def test_to_int16_rounds_and_clips():
    step = 1 / 32768
    y = [0.4 * step, 0.6 * step, -0.4 * step, -0.6 * step, 1.0, 1.5, -1.0, -1.5]
    assert audio.to_int16(y).tolist() == [0, 1, 0, -1, 32767, 32767, -32768, -32768]
    # What a plain cast does: truncates the one, wraps the other around.
    assert (np.array([0.6 * step]) * 32768).astype(np.int16).tolist() == [0]


def test_to_float_of_other_integers():
    assert audio.to_float(np.array([0, 128, 255], np.uint8)).tolist() == [-1.0, 0.0, 127 / 128]
    wide = np.array([-(2**31), 1, 2**31 - 1], np.int32)
    assert (audio.to_float(wide) * 2**31).tolist() == wide.tolist()
    with pytest.raises(ArgumentError, match="y is float64; wanted int16, int32 or uint8"):
        audio.to_float(noise(10))
    with pytest.raises(ArgumentError, match="to_float"):
        audio.to_int16(np.array([300], np.int16))


# ---- quantize

# The usual wrong quantisers, all of 2**bits levels on [-1, 1).


def truncating(y, *, bits):
    step = 2 / 2**bits
    return np.clip(np.floor(y / step) * step, -1, 1 - step)


def mid_rise(y, *, bits):
    step = 2 / 2**bits
    return np.clip((np.floor(y / step) + 0.5) * step, -1 + step / 2, 1 - step / 2)


def symmetric(y, *, bits):
    """Scales by 2**(bits - 1) - 1, so that the step is a little too large."""
    return np.round(np.clip(y, -1, 1) * (2 ** (bits - 1) - 1)) / (2 ** (bits - 1) - 1)


WRONG = [truncating, mid_rise, symmetric]


def is_mid_tread(quantiser, bits):
    """Multiples of the step, 0 among them, no error above half a step where nothing clips."""
    step = 2 / 2**bits
    y = np.linspace(-1, 1 - step, 10007)
    levels = quantiser(y, bits=bits)
    multiples = bool(np.all(levels / step == np.round(levels / step)))
    near = np.abs(levels - y).max() <= step / 2 * (1 + 1e-12)  # for the rounding of step / 2 itself
    return multiples and near and quantiser(np.zeros(1), bits=bits)[0] == 0


@pytest.mark.parametrize("bits", [1, 2, 3, 8, 16, 24])
def test_quantize_is_mid_tread(bits):
    assert is_mid_tread(audio.quantize, bits)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("bits", [2, 8])
def test_wrong_quantisers_are_told_apart(wrong, bits):
    assert not is_mid_tread(wrong, bits)


@pytest.mark.parametrize("bits", [1, 2, 5, 8])
def test_quantize_has_that_many_levels_and_clips(bits):
    levels = np.unique(audio.quantize(np.linspace(-3, 3, 5001), bits=bits))
    np.testing.assert_array_equal(
        levels, np.arange(-(2 ** (bits - 1)), 2 ** (bits - 1)) * 2 / 2**bits
    )


def test_quantize_by_hand():
    assert audio.quantize([0.12, 0.13, -0.12, -0.13, 0.9, -0.9], bits=3).tolist() == [
        0.0,
        0.25,
        0.0,
        -0.25,
        0.75,
        -1.0,
    ]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_quantize_is_idempotent_keeps_dtype_and_input(dtype):
    y = noise(2, 5000).astype(dtype)
    kept = y.copy()
    once = audio.quantize(y, bits=5)
    assert once.dtype == dtype
    np.testing.assert_array_equal(audio.quantize(once, bits=5), once)
    np.testing.assert_array_equal(y, kept)
    assert audio.quantize(y, bits=5, dither=True, rng=np.random.default_rng(0)).dtype == dtype


def test_16_bits_are_the_codes_of_to_int16():
    y = noise(5000, peak=1.2)
    np.testing.assert_array_equal(audio.quantize(y, bits=16) * 32768, audio.to_int16(y))


def sine_to_the_top(bits):
    """A sine that just reaches the largest level, its phases spread evenly (golden ratio); its amplitude."""
    amplitude = 1 - 2 / 2**bits
    return amplitude * np.sin(2 * np.pi * (np.sqrt(5) - 1) / 2 * np.arange(100_000)), amplitude


@pytest.mark.parametrize("bits", range(4, 17))
def test_snr_of_a_sine_follows_the_rule(bits):
    """6.02 b + 1.76 dB. The rule takes the error for uniform, which is 0.41 dB wrong at 4 bits: hence 0.5."""
    y, amplitude = sine_to_the_top(bits)
    rule = 6.02 * bits + 1.76 + audio.dbfs(amplitude)
    assert abs(metrics.snr(y, audio.quantize(y, bits=bits)) - rule) < 0.5
    assert (
        abs(metrics.snr(y, truncating(y, bits=bits)) - rule) > 4
    )  # four times the error's power: 6 dB


@pytest.mark.parametrize("bits", range(2, 17))
def test_snr_of_a_sine_follows_the_closed_form(bits):
    """Nothing is taken for uniform here.

    The error is a saw-tooth of the input; averaged over a sine of amplitude A, its Fourier series has
    the power step^2 / 12 + (step / pi)^2 * sum over k of (-1)^k / k^2 * J0(2 pi k A / step).
    """
    y, amplitude = sine_to_the_top(bits)
    step, k = 2 / 2**bits, np.arange(1, 2001)
    series = np.sum((-1.0) ** k / k**2 * scipy.special.j0(2 * np.pi * k * amplitude / step))
    expected = 10 * np.log10(amplitude**2 / 2 / (step**2 / 12 + (step / np.pi) ** 2 * series))
    # 100,000 samples estimate the error's power to sqrt(0.8 / 100000), 0.01 dB; 4 of those.
    assert abs(metrics.snr(y, audio.quantize(y, bits=bits)) - expected) < 0.05
    for wrong in (truncating, mid_rise):
        if (
            bits < 9 or wrong is truncating
        ):  # with many levels a mid-rise sine has the same error power
            assert abs(metrics.snr(y, wrong(y, bits=bits)) - expected) > 0.05


def uniform_dither(y, *, bits, rng):
    """One uniform of a whole step instead of two: the mean error is right, its power follows the signal."""
    step = 2 / 2**bits
    return audio.quantize(y + step * (rng.random(y.shape) - 0.5), bits=bits)


def triangular(y, *, bits, rng):
    return (rng.random(y.shape) - rng.random(y.shape)) * 2 / 2**bits


def half_width_dither(y, *, bits, rng):
    return audio.quantize(y + triangular(y, bits=bits, rng=rng) / 2, bits=bits)


def subtracted_dither(y, *, bits, rng):
    """Taken off again after rounding: the error has step^2 / 12, but the listener must know the dither."""
    dither = triangular(y, bits=bits, rng=rng)
    return audio.quantize(y + dither, bits=bits) - dither


def truncated_dither(y, *, bits, rng):
    return truncating(y + triangular(y, bits=bits, rng=rng), bits=bits)


def no_dither(y, *, bits, rng):
    return audio.quantize(y, bits=bits)


def tpdf(y, *, bits, rng):
    return audio.quantize(y, bits=bits, dither=True, rng=rng)


def error_moments(dithered, *, bits=8, n=100_000):
    """Mean and mean square of the error, in steps, for inputs that stand still between two levels."""
    rng = np.random.default_rng(1)
    step = 2 / 2**bits
    errors = [
        (dithered(np.full(n, place * step), bits=bits, rng=rng) - place * step) / step
        for place in (0, 0.1, 0.25, 0.5, 0.77)
    ]
    return np.array([[error.mean(), np.mean(error**2)] for error in errors])


def has_triangular_dither(dithered):
    """Error of mean 0 and mean square 1/4 = 3 * 1/12 wherever the input stands (Lipshitz et al. 1992)."""
    mean, mean_square = error_moments(dithered).T
    # These estimates deviate by 0.5 / sqrt(n) = 0.0016 and, at most, 0.43 / sqrt(n) = 0.0014: five of each.
    return np.abs(mean).max() < 0.008 and np.abs(mean_square - 0.25).max() < 0.007


def test_dither_makes_the_error_independent_of_the_signal():
    assert has_triangular_dither(tpdf)


@pytest.mark.parametrize(
    "wrong", [uniform_dither, half_width_dither, subtracted_dither, truncated_dither, no_dither]
)
def test_other_dithers_are_told_apart(wrong):
    assert not has_triangular_dither(wrong)


def harmonics_above_noise(y_quantised, cycles):
    """The strongest of harmonics 2 to 9 in dB over the median bin."""
    spectrum = np.abs(np.fft.rfft(y_quantised)) ** 2
    return 10 * np.log10(spectrum[cycles * np.arange(2, 10)].max() / np.median(spectrum[cycles:]))


def test_dither_turns_distortion_into_noise():
    n, cycles = 65536, 1001  # whole periods: no leakage; odd against n: no two samples alike
    y = 1.3 * 2 / 2**8 * np.sin(2 * np.pi * cycles * np.arange(n) / n)  # a tone of 1.3 steps
    distorted = audio.quantize(y, bits=8)
    clean = audio.quantize(y, bits=8, dither=True, rng=np.random.default_rng(0))
    assert harmonics_above_noise(distorted, cycles) > 40
    # Of 8 noise bins the strongest is over 13 dB above the median once in a thousand.
    assert harmonics_above_noise(clean, cycles) < 13
    # A correlation of n independent pairs deviates by 1 / sqrt(n).
    assert abs(np.corrcoef(clean - y, y)[0, 1]) < 5 / np.sqrt(n)
    assert abs(np.corrcoef(distorted - y, y)[0, 1]) > 10 / np.sqrt(n)


def test_dither_is_the_generator_given():
    y = noise(1000)
    first, again, other = (tpdf(y, bits=4, rng=np.random.default_rng(seed)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"bits": 8, "dither": True}, "rng=np.random.default_rng"),
        ({"bits": 0}, "bits = 0"),
        ({"bits": 25}, "at most 24"),
        ({"bits": 8.0}, "whole number"),
    ],
)
def test_quantize_refuses(options, words):
    with pytest.raises(ArgumentError, match=words):
        audio.quantize(noise(10), **options)


# ---- mu-law


@pytest.mark.parametrize("mu", [255, 15, 100])
def test_mu_law_curve_equals_librosa(mu):
    y = np.append(noise(5000, peak=1.0), [0, 1, -1, 1e-9])
    for mine, theirs in (
        (audio.mu_compress, librosa.mu_compress),
        (audio.mu_expand, librosa.mu_expand),
    ):
        assert relative_error(mine(y, mu=mu), theirs(y, mu=mu, quantize=False)) <= 1e-14
    np.testing.assert_allclose(
        audio.mu_expand(audio.mu_compress(y, mu=mu), mu=mu), y, rtol=1e-12, atol=1e-17
    )


def test_mu_law_curve_by_hand():
    assert audio.mu_compress([1 / 255])[0] == pytest.approx(
        np.log(2) / np.log(256), rel=1e-15
    )  # 1/8
    assert audio.mu_expand([-0.5])[0] == pytest.approx(
        -15 / 255, rel=1e-14
    )  # (sqrt(256) - 1) / 255
    assert audio.mu_compress(np.float32([0.5])).dtype == np.float32


def test_codes_by_hand():
    # y = 0 lies half-way between codes 127 and 128 and goes up; +-15/255 are +-1/2 on the curve, 63.75 and
    # 191.25 as codes.
    assert audio.mu_law_encode([-1, -15 / 255, 0, 15 / 255, 1]).tolist() == [0, 64, 128, 191, 255]
    assert audio.mu_law_encode([0.0]).dtype == np.int64
    np.testing.assert_allclose(audio.mu_law_decode([0, 255]), [-1, 1], rtol=1e-14)
    assert audio.mu_law_decode([128])[0] == pytest.approx((256 ** (1 / 255) - 1) / 255, rel=1e-12)


@pytest.mark.parametrize("mu", [255, 15, 100])
def test_codes_equal_torchaudio(mu):
    import coursekit  # noqa: F401  makes torchaudio loadable beside a CPU build of torch

    torch = pytest.importorskip("torch")
    functional = pytest.importorskip("torchaudio.functional", exc_type=(ImportError, OSError))
    y = np.append(noise(20000, peak=1.0), [0, 1, -1])
    codes = functional.mu_law_encoding(torch.from_numpy(y), mu + 1).numpy()
    np.testing.assert_array_equal(audio.mu_law_encode(y, mu=mu), codes)
    assert np.any(librosa.mu_compress(y, mu=mu) + (mu + 1) // 2 != codes)  # the other convention
    samples = functional.mu_law_decoding(torch.arange(mu + 1, dtype=torch.float64), mu + 1).numpy()
    np.testing.assert_allclose(audio.mu_law_decode(np.arange(mu + 1), mu=mu), samples, rtol=1e-10)


@pytest.mark.parametrize("mu", [255, 15, 100])
def test_every_code_survives_decoding(mu):
    codes = np.arange(mu + 1)
    np.testing.assert_array_equal(
        audio.mu_law_encode(audio.mu_law_decode(codes, mu=mu), mu=mu), codes
    )


def test_mu_law_keeps_quiet_sound_better_than_8_plain_bits():
    y = chord() / 100
    plain = metrics.snr(y, audio.quantize(y, bits=8))
    assert metrics.snr(y, audio.mu_law_decode(audio.mu_law_encode(y))) > plain + 15


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: audio.mu_law_encode([1.5]), "y peaks at 1.5"),
        (lambda: audio.mu_compress([-1.01]), "y peaks at 1.01"),
        (lambda: audio.mu_expand([2.0]), "y peaks at 2"),
        (lambda: audio.mu_law_encode([0.1], mu=0), "mu = 0"),
        (lambda: audio.mu_compress([0.1], mu=-1), "mu = -1"),
        (lambda: audio.mu_law_decode([256]), "from 0 to 255"),
        (lambda: audio.mu_law_decode([-1]), "from 0 to 255"),
        (lambda: audio.mu_law_decode([0.5]), "float64"),
        (lambda: audio.mu_law_decode(np.zeros(0, int)), r"shape \(0,\)"),
    ],
)
def test_mu_law_refuses(call, words):
    with pytest.raises(ArgumentError, match=words):
        call()


# ---- codec_round_trip


@pytest.mark.parametrize(
    "format, subtype, bits",
    [
        ("WAV", "PCM_16", 16),
        ("wav", None, 16),
        ("WAV", "PCM_U8", 8),
        ("FLAC", "PCM_24", 24),
        ("FLAC", None, 16),
    ],
)
@pytest.mark.parametrize("shape", [(3000,), (1, 3000), (2, 3000)])
def test_lossless_round_trip_is_quantisation(format, subtype, bits, shape):
    y = noise(*shape)
    decoded, _ = audio.codec_round_trip(y, sr=SR, format=format, subtype=subtype)
    assert decoded.shape == shape
    np.testing.assert_array_equal(decoded, audio.quantize(y, bits=bits))


def test_size_is_that_of_the_file(tmp_path):
    for extension in ("wav", "flac", "mp3"):
        audio.save(tmp_path / f"y.{extension}", chord(), sr=SR)
        decoded, size = audio.codec_round_trip(chord(), sr=SR, format=extension)
        assert size == (tmp_path / f"y.{extension}").stat().st_size
    assert audio.codec_round_trip(np.zeros(1000), sr=SR, format="WAV")[1] == 44 + 2 * 1000


@pytest.mark.parametrize(
    "format, subtype, sr, kbps, low, high",
    [
        # The headers and a last, partly filled frame come on top; Opus only aims at its rate.
        ("MP3", None, 44100, 320, 1, 1.06),
        ("MP3", None, 44100, 128, 1, 1.06),
        ("MP3", None, 44100, 32, 1, 1.06),
        ("MP3", None, 22050, 64, 1, 1.06),
        ("MP3", None, 8000, 16, 1, 1.06),
        ("OGG", "OPUS", 48000, 32, 0.75, 1.1),
        ("OGG", "OPUS", 48000, 128, 0.75, 1.1),
    ],
)
def test_bit_rate_is_the_one_asked_for(format, subtype, sr, kbps, low, high):
    y = noise(2, 3 * sr, peak=0.3)  # white noise: nothing to save on
    _, size = audio.codec_round_trip(y, sr=sr, format=format, subtype=subtype, kbps=kbps)
    assert low < 8 * size / 3 / (1000 * kbps) < high


@pytest.mark.parametrize(
    "format, subtype", [("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", None), ("FLAC", None)]
)
def test_compression_level(format, subtype):
    y = chord() + 0.1 * noise(2 * SR)
    trips = [
        audio.codec_round_trip(y, sr=SR, format=format, subtype=subtype, compression_level=level)
        for level in (0, 0.5, 1)
    ]
    sizes = [size for _, size in trips]
    snrs = [metrics.snr(y, decoded) for decoded, _ in trips]
    if format == "FLAC":
        assert snrs[0] == snrs[1] == snrs[2] > 80
    else:
        assert sizes[0] > sizes[1] > sizes[2]
        assert snrs[0] > snrs[1] > snrs[2]


@pytest.mark.parametrize("delay", [0, 1, 529, -700])
def test_codec_delay_is_taken_out(monkeypatch, delay):
    """Decoders before libsndfile 1.2 gave MP3s back late; here a WAV is, by a known number of samples."""
    y = np.stack([chord() * np.hanning(2 * SR), noise(2 * SR)])
    read = sf.read

    def late(*args, **options):
        decoded, sr = read(*args, **options)
        return (np.pad(decoded, ((delay, 300), (0, 0))) if delay >= 0 else decoded[-delay:]), sr

    monkeypatch.setattr(sf, "read", late)
    decoded, _ = audio.codec_round_trip(y, sr=SR, format="WAV", subtype="DOUBLE")
    assert decoded.shape == y.shape
    there = slice(max(0, -delay), None)
    np.testing.assert_array_equal(decoded[:, there], y[:, there])
    assert not decoded[:, : max(0, -delay)].any()


@pytest.mark.parametrize(
    "y",
    [
        np.zeros(2000),
        np.full(2000, 0.25),
        np.sin(np.pi * np.arange(2000) / 20) / 2,
        np.array([0.5]),
    ],
)
def test_silence_constants_and_steady_tones_are_not_moved(y):
    decoded, _ = audio.codec_round_trip(y, sr=SR, format="WAV", subtype="DOUBLE")
    np.testing.assert_array_equal(decoded, y)


def test_what_a_codec_makes_of_silence_stays_in_place(monkeypatch):
    hiss = 1e-4 * noise(2000)
    monkeypatch.setattr(sf, "read", lambda *args, **options: (hiss[:, np.newaxis], SR))
    decoded, _ = audio.codec_round_trip(np.zeros(2000), sr=SR, format="WAV")
    np.testing.assert_array_equal(decoded, hiss)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_round_trip_keeps_dtype(dtype):
    assert audio.codec_round_trip(chord().astype(dtype), sr=SR, format="OGG")[0].dtype == dtype


@pytest.mark.parametrize(
    "options, words",
    [
        ({"format": "AAC"}, "wanted one of 'WAV', 'FLAC', 'OGG', 'MP3'"),
        ({"format": "WAV", "kbps": 64}, "PCM_16 has no bit rate to choose"),
        ({"format": "OGG", "kbps": 64}, "VORBIS has no bit rate"),
        ({"format": "MP3", "kbps": 320}, "kbps = 320; wanted at most 160"),
        ({"format": "MP3", "sr": 44100, "kbps": 8}, "wanted at least 32"),
        ({"format": "OGG", "compression_level": 2}, "compression_level = 2"),
        ({"format": "WAV", "compression_level": 0.5}, "WAV is not compressed"),
        ({"format": "MP3", "kbps": 64, "compression_level": 0.5}, "give one"),
        ({"format": "MP3", "sr": 44101}, "sr = 44101"),
    ],
)
def test_round_trip_refuses(options, words):
    with pytest.raises(ArgumentError, match=words):
        audio.codec_round_trip(noise(100), **{"sr": SR} | options)
