"""What a notebook shows: pictures with alternative text, players that are faithful, controls that move something."""

import base64
import io
import itertools
import json
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import nbclient
import nbformat
import numpy as np
import PIL.Image
import pytest
import scipy.signal
import soundfile as sf

from coursekit import arguments, audio, controls, display, dsp, synth

ROOT = Path(__file__).resolve().parent.parent
SR = 8000
TONE = synth.sine(440.0, sr=SR, duration=1.0, amplitude=0.5)


@pytest.fixture(autouse=True)
def closed():
    """Each test begins without open figures, and leaves none."""
    plt.close("all")
    yield
    plt.close("all")


class Tags(HTMLParser):
    """The tags of a piece of HTML, as (name, attributes), and the text between them."""

    def __init__(self, html):
        super().__init__()
        self.found, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, name, attributes):
        self.found.append((name, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    def of(self, name):
        return [attributes for found, attributes in self.found if found == name]


def content(address):
    """The bytes inside a data: address."""
    return base64.b64decode(address.partition("base64,")[2])


def picture(png):
    return PIL.Image.open(io.BytesIO(png))


def decoded(player):
    """What a browser gets to hear: (channels, n) and the sample rate."""
    y, sr = sf.read(io.BytesIO(player.data), always_2d=True)
    return y.T, sr


# ---------------------------------------------------------------- figures


def test_a_figure_is_an_html_image_with_alternative_text():
    fig, ax = display.subplots(alt='A "quoted" <b> & more')
    ax.plot([0, 1])
    bundle = fig._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    (image,) = Tags(bundle["text/html"]).of("img")
    assert bundle["text/plain"] == 'Figure: A "quoted" <b> & more'
    assert image["alt"] == 'A "quoted" <b> & more'
    assert picture(content(image["src"])).size == (800, 260)


def test_alternative_text_is_composed_until_it_is_set():
    fig, axes = display.subplots(2, 1)
    display.waveform(TONE, sr=SR, ax=axes[0], title="A tone")
    display.spectrogram(TONE, sr=SR, ax=axes[1], title="The same")
    assert fig.alt == (
        "A tone: Amplitude against Time (s). The same: Frequency (kHz) against Time (s). "
        "Colour shows Level (dBFS)."
    )
    fig.alt = "A tone, twice."
    assert Tags(fig._repr_html_()).of("img")[0]["alt"] == "A tone, twice."


def test_a_figure_without_words_still_has_alternative_text():
    fig, _ = display.subplots()
    assert fig.alt


def test_the_png_is_small_and_looks_like_the_figure():
    noise = synth.white_noise(
        sr=16000, duration=3, rng=np.random.default_rng(0)
    )  # the worst that a PNG can get
    fig = display.spectrogram(noise, sr=16000).figure
    exact = io.BytesIO()
    fig.savefig(exact, format="png")
    ours = fig.png()
    # A page of at most 1.5 MB should hold ten spectrograms, in base64, which adds a third.
    assert len(ours) < 110_000
    difference = np.abs(
        np.asarray(picture(ours).convert("RGB"), float)
        - np.asarray(picture(exact.getvalue()).convert("RGB"), float)
    )
    assert difference.mean() < 1.0  # of 255: not to be seen


def all_plots():
    """One of each kind of plot."""
    display.waveform(TONE, sr=SR)
    display.samples(TONE[:20], sr=SR)
    display.spectrum(TONE, sr=SR)
    display.spectrogram(TONE, sr=SR)
    display.heatmap(np.eye(3), label="Share")
    display.bars({"a": 1.0}, xlabel="Errors (%)")


def test_the_style_stays_inside_the_figures():
    before = dict(matplotlib.rcParams)
    all_plots()
    for number in plt.get_fignums():
        plt.figure(number).png()
    display.compare_sounds([TONE], sr=SR)
    display.residual(TONE, TONE)
    controls.aliasing_explorer(sr=SR)
    assert dict(matplotlib.rcParams) == before


def test_pictures_that_are_a_part_of_something_else_are_no_open_figures():
    display.residual(TONE, 2 * TONE)
    display.compare_sounds([TONE], sr=SR)
    explorer = controls.aliasing_explorer(sr=SR)
    explorer.controls["frequency"].value = 700
    assert plt.get_fignums() == []


def test_every_plot_is_drawn_where_it_is_told_to():
    fig, ax = plt.subplots()
    assert display.waveform(TONE, sr=SR, ax=ax) is ax
    assert display.spectrum(TONE, sr=SR, ax=ax) is ax
    assert display.spectrogram(TONE, sr=SR, ax=ax) is ax
    assert display.samples(TONE[:9], sr=SR, ax=ax) is ax
    assert plt.get_fignums() == [fig.number]


def test_polar_axes_can_be_had():
    _, ax = display.subplots(subplot_kw={"projection": "polar"})
    assert ax.name == "polar"


# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009:
# what is left of linear RGB without one kind of cone.
VISION = {
    "all cones": np.eye(3),
    "no L cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no M cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no S cones": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def cielab(color, vision):
    """A colour as seen, in CIE L*a*b* (D65)."""
    rgb = np.array(matplotlib.colors.to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(vision) @ linear, 0, 1)
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    xyz = np.array(to_xyz) @ seen / [0.95047, 1.0, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
def test_line_colours_differ_for_every_kind_of_colour_vision(vision):
    seen = [cielab(color, VISION[vision]) for color in display.COLORS.values()]
    # A distance of 2.3 is just noticeable; 10 is seen at a glance. matplotlib's own cycle has pairs at 3 to 6.
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 10


def test_the_colour_map_grows_lighter_all_the_way():
    colors = matplotlib.colormaps[display.MAP](np.linspace(0, 1, 64))[:, :3]
    lightness = [cielab(color, np.eye(3))[0] for color in colors]
    assert np.all(np.diff(lightness) > 0)


# ---------------------------------------------------------------- plots


def test_a_long_waveform_keeps_its_peaks_in_few_points():
    y = np.zeros(30 * 44_100)
    y[1_234_567], y[1_234_569] = 0.9, -0.8
    (line,) = display.waveform(y, sr=44_100).lines
    t, drawn = line.get_data()
    assert len(drawn) <= 2 * display.COLUMNS
    assert t[drawn.argmax()] == 1_234_567 / 44_100 and drawn.max() == 0.9
    assert t[drawn.argmin()] == 1_234_569 / 44_100 and drawn.min() == -0.8
    assert np.all(np.diff(t) >= 0)


def test_a_span_of_a_waveform():
    ax = display.waveform(TONE, sr=SR, span=(0.5, 0.51))
    t, y = ax.lines[0].get_data()
    np.testing.assert_array_equal(y, TONE[4000:4080])
    assert (
        t[0] == 0.5
        and ax.get_xlabel() == "Time (ms)"
        and ax.xaxis.get_major_formatter()(0.505) == "505"
    )


def test_channels_are_drawn_over_each_other():
    assert len(display.waveform(np.stack([TONE, -TONE]), sr=SR).lines) == 2


def test_levels_of_a_spectrum_are_relative_to_a_full_scale_sine():
    f, level = display.spectrum(TONE, sr=SR).lines[0].get_data()
    # 440 Hz is on a bin, so leakage takes nothing: rounding only.
    assert f[level.argmax()] == 440 and level.max() == pytest.approx(20 * np.log10(0.5), abs=1e-9)
    f, amplitude = display.spectrum(TONE, sr=SR, db=False, fmax=1000).lines[0].get_data()
    assert amplitude.max() == pytest.approx(0.5, abs=1e-12) and f.max() == 1000


def test_silence_can_be_drawn():
    for plot in (display.waveform, display.spectrum, display.spectrogram):
        plot(np.zeros(SR), sr=SR).figure.png()


def test_a_spectrogram_lies_where_time_and_frequency_say():
    y = synth.sine(1000.0, sr=SR, duration=1.0)
    ax = display.spectrogram(y, sr=SR, n_fft=512, hop_length=100, fmax=2000)
    (image,) = ax.images
    level, (left, right, bottom, top) = image.get_array(), image.get_extent()
    row, column = np.unravel_index(level.argmax(), level.shape)
    assert bottom + (row + 0.5) * (top - bottom) / level.shape[0] == pytest.approx(1000)
    assert (left, right) == pytest.approx(
        (-50 / SR, 80.5 * 100 / SR)
    )  # 81 frames, each centred on its time
    assert level.max() == pytest.approx(
        0.0, abs=0.01
    )  # dBFS; the bin is hit, the window's sum is exact
    assert ax.get_xlim() == (0, 1) and ax.get_ylim() == (0, 2000)
    assert image.get_clim() == pytest.approx((level.max() - 80, level.max()))


def test_a_spectrogram_of_an_stft_is_that_of_its_sound():
    S = dsp.stft(TONE, n_fft=512)
    ax = display.spectrogram(np.abs(S), sr=SR)
    level = ax.images[0].get_array()
    own = display.spectrogram(TONE, sr=SR, n_fft=512).images[0].get_array()
    # The same but for the reference. Above -100 dB, where the floor plays no part.
    loud = level > -100
    assert level.max() == 0 and ax.get_ylim() == (0, SR / 2)
    np.testing.assert_allclose(level[loud], (own - own.max())[loud], atol=1e-6)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: display.spectrogram(-np.ones((257, 9)), sr=SR), "dB already"),
        (lambda: display.spectrogram(np.stack([TONE, TONE]), sr=SR), "audio.to_mono"),
        (lambda: display.spectrum(np.stack([TONE, TONE]), sr=SR), "audio.to_mono"),
        (lambda: display.waveform(np.stack([TONE, TONE]).T, sr=SR), "y.T"),
        (lambda: display.waveform(TONE, sr=SR, span=(2.0, 3.0)), "lasts 1 s"),
        (lambda: display.waveform(TONE, sr=0), "sr = 0"),
        (lambda: display.samples(TONE, sr=SR), "y\\[:100\\]"),
        (lambda: display.heatmap(np.ones((2, 3)), x=[0, 1]), "values.T"),
        (lambda: display.heatmap([1.0, 2.0]), "rows, columns"),
        (lambda: display.residual([1.0], [1.0, 2.0]), "shape"),
        (lambda: display.table([{"a": 1}, {"b": 2}]), "columns"),
        (lambda: display.compare_sounds({}, sr=SR), "no sounds"),
        (
            lambda: display.compare_sounds([TONE], sr=SR, captions=["a", "b"]),
            "1 sounds and 2 captions",
        ),
        (lambda: display.compare_sounds([TONE], sr=SR, show=("waves",)), "'wave'"),
    ],
)
def test_errors_say_what_to_do(call, words):
    with pytest.raises(arguments.ArgumentError, match=words):
        call()
    assert plt.get_fignums() == []


def test_samples_stand_on_the_curve_that_is_given():
    ax = display.samples([1.0, 0.0, -1.0], sr=4, curve=lambda t: np.cos(2 * np.pi * t))
    t, y = ax.lines[0].get_data()
    np.testing.assert_allclose(y, np.cos(2 * np.pi * t))
    np.testing.assert_array_equal(ax.lines[1].get_data(), [[0, 0.25, 0.5], [1, 0, -1]])


def test_samples_without_a_curve_get_the_band_limited_one():
    ax = display.samples([0.0, 1.0, 0.0], sr=1)
    t, y = ax.lines[0].get_data()
    np.testing.assert_allclose(y, np.sinc(t - 1), atol=1e-12)


def test_row_0_of_a_heatmap_is_at_the_bottom():
    ax = display.heatmap([[0.0, 0.0], [0.0, 9.0]], x=[10, 20], y=[1, 3])
    (image,) = ax.images
    assert image.origin == "lower" and image.get_extent() == [5, 25, 0, 4]
    assert ax.get_ylim() == (0, 4)


@pytest.mark.parametrize(
    ("answer", "truth", "says"),
    [
        ([0.0, 0.0, 3.0], [0.0, 0.0, 1.0], "at most 2, at index 2"),
        (np.zeros((4, 5)), np.pad([[7.0]], ((1, 2), (2, 2))), "at most 7, at index (1, 2)"),
        ([1j, 1.0], [1j, -1.0], "at most 2, at index 1"),
        ([np.nan, 0.0], [0.0, 0.0], "at most nan, at index 0"),
        (np.zeros(100_000), np.ones(100_000), "at most 1, at index 0"),
    ],
)
def test_residual(answer, truth, says):
    png, alt = display.residual(answer, truth)
    assert says in alt
    assert picture(png).width == 640 and len(png) < 30_000


def test_table():
    page = display.table(
        [{"system": "<ours>", "errors": 0.01234, "n": 5}, {"system": "b", "errors": 12.0, "n": 10}],
        title="A & B",
    )
    tags = Tags(page._repr_html_())
    assert len(tags.of("tr")) == 3 and "<ours>" in tags.text and "A & B" in tags.text
    assert repr(page).splitlines() == [
        "A & B",
        "system  errors   n",
        "<ours>  0.0123   5",
        "b         12.0  10",
    ]


# ---------------------------------------------------------------- players


@pytest.mark.parametrize("sr", [8000, 16_000, 22_050, 44_100, 96_000])
def test_mp3_is_faithful(sr):
    """Length, place in time, level and the top of the band survive the way through the player."""
    rng = np.random.default_rng(0)
    y = synth.pink_noise(sr=sr, duration=1.5, rng=rng, amplitude=0.05)
    edge = min(
        0.45 * sr, 17_000
    )  # 90 % of the band; beyond 17 kHz MP3 drops what the ear hardly hears
    y += synth.sine(edge, sr=sr, duration=1.5, amplitude=0.2)
    player = display.play(y, sr=sr, title="noise and a high tone")
    (heard,), heard_sr = decoded(player)
    assert player.mime == "audio/mpeg"
    assert heard_sr in (
        16_000,
        24_000,
        32_000,
        44_100,
        48_000,
    )  # what every browser's decoder knows
    assert (
        abs(len(heard) - 1.5 * heard_sr) <= 1
    )  # resampling rounds up; the encoder's delay is taken out

    given = scipy.signal.resample_poly(y, heard_sr, sr)
    lag = scipy.signal.correlate(heard, given, method="fft").argmax() - (len(given) - 1)
    assert lag == 0

    # A difference of 1 dB is just noticeable. Encoded at its own rate, a sound at 16 kHz loses this tone altogether.
    window = np.hanning(len(heard))
    at_edge = np.exp(-2j * np.pi * edge * np.arange(len(heard)) / heard_sr)
    amplitude = 2 * np.abs(np.sum(window * heard * at_edge)) / window.sum()
    assert audio.dbfs(amplitude) == pytest.approx(audio.dbfs(0.2), abs=1.0)
    assert audio.dbfs(audio.rms(heard)) == pytest.approx(audio.dbfs(audio.rms(y)), abs=0.5)


@pytest.mark.parametrize(("sr", "floor"), [(8000, 15), (16_000, 15), (44_100, 15)])
def test_mp3_keeps_the_shape_of_a_harmonic_sound(sr, floor):
    y = synth.harmonic(150.0, 0.2 / np.arange(1, 20), sr=sr, duration=2.0) * np.hanning(2 * sr)
    (heard,), heard_sr = decoded(display.play(y, sr=sr, title="a voice-like sound"))
    given = audio.resample(y, orig_sr=sr, target_sr=heard_sr)
    n = min(len(heard), len(given))
    error = heard[:n] - given[:n]
    # Measured 30 to 40 dB, by the encoder's version; half of that still means that the waveform itself is kept.
    assert 10 * np.log10(np.sum(given[:n] ** 2) / np.sum(error**2)) > floor


def test_three_seconds_take_less_than_30_kilobytes():
    noise = synth.white_noise(
        sr=16_000, duration=3.0, rng=np.random.default_rng(0)
    )  # harder to code than speech
    assert len(display.play(noise, sr=16_000, title="noise").data) < 30_000


def test_stereo_stays_stereo():
    silent = np.zeros_like(TONE)
    (left, right), _ = decoded(display.play(np.stack([TONE, silent]), sr=SR, title="left only"))
    assert audio.rms(left) == pytest.approx(audio.rms(TONE), rel=0.02)
    assert audio.rms(right) < 1e-3 * audio.rms(left)  # -60 dB: joint stereo leaks a little


def test_wav_keeps_every_sample():
    y = np.stack([TONE, -TONE])
    player = display.play(y, sr=11_025, title="exact", format="wav")
    heard, sr = decoded(player)
    assert player.mime == "audio/wav" and sr == 11_025
    np.testing.assert_array_equal(heard, audio.to_float(audio.to_int16(y)))


def test_a_quiet_sound_is_not_made_louder():
    player = display.play(0.01 * TONE, sr=SR, title="quiet")
    (heard,), _ = decoded(player)
    assert audio.dbfs(audio.rms(heard)) == pytest.approx(audio.dbfs(audio.rms(TONE)) - 40, abs=0.2)
    assert player.caption == ""


def test_a_sound_that_would_clip_is_played_quieter_and_says_so():
    player = display.play(4 * TONE, sr=SR, title="loud", caption="hear the tone", format="wav")
    assert player.caption == "hear the tone; played 6.0 dB quieter: it would clip"
    (heard,), _ = decoded(player)
    assert heard.max() == pytest.approx(1.0, abs=1e-4)  # the last step of 16 bits
    assert audio.rms(heard) == pytest.approx(audio.rms(2 * TONE), rel=1e-3)  # scaled, not clipped


@pytest.mark.parametrize(
    ("gain_db", "factor", "says"),
    [
        (-6, 0.5012, "played 6.0 dB quieter"),
        (3, 1.4125, "played 3.0 dB louder"),
        (12, 2.0, "played 6.0 dB louder: it would clip"),
        (0, 1.0, ""),
    ],
)
def test_a_gain_is_said(gain_db, factor, says):
    player = display.play(TONE, sr=SR, title="t", gain_db=gain_db, format="wav")
    (heard,), _ = decoded(player)
    assert audio.rms(heard) == pytest.approx(factor * audio.rms(TONE), rel=1e-3)  # 16 bits
    assert player.caption == says


def test_a_full_scale_sine_is_left_alone():
    """Resampling lifts its peak by a hair; that is no reason to speak of clipping."""
    assert display.play(2 * TONE, sr=SR, title="full scale").caption == ""


def test_silence_and_a_single_sample_can_be_played():
    (heard,), sr = decoded(display.play(np.zeros(SR), sr=SR, title="silence"))
    assert not heard.any()
    player = display.play([0.5], sr=SR, title="one sample")
    (heard,), sr = decoded(player)
    assert (
        len(heard) / sr == pytest.approx(display.SHORTEST, abs=1 / sr) and player.duration == 1 / SR
    )


def test_a_player_says_what_it_is():
    player = display.play(TONE, sr=SR, title='<i>A</i> & "B"', caption="listen to <this>")
    tags = Tags(player._repr_html_())
    (sound,) = tags.of("audio")
    assert sound["aria-label"] == sound["title"] == '<i>A</i> & "B"'
    assert "controls" in sound and sound["preload"] == "metadata"
    assert content(sound["src"]) == player.data
    assert not tags.of("i") and "listen to <this>" in tags.text
    assert repr(player).startswith('▶ <i>A</i> & "B", 1 s, MP3 ')


@pytest.mark.parametrize(
    ("y", "options", "words"),
    [
        (np.zeros(31 * SR), {}, "31.0 s.*30 s"),
        (np.zeros((3, SR)), {}, "to_mono"),
        (np.full(SR, np.nan), {}, "NaN"),
        ([], {}, "samples"),
        (TONE, {"format": "ogg"}, "'mp3', 'wav'"),
    ],
)
def test_what_cannot_be_played(y, options, words):
    with pytest.raises(arguments.ArgumentError, match=words):
        display.play(y, sr=SR, title="t", **options)


def test_sounds_are_compared_on_one_scale_and_with_one_gain():
    page = display.compare_sounds(
        {"loud <1>": 4 * TONE, "quiet": TONE[: SR // 2]},
        sr=SR,
        captions=["a", "b"],
        show=("wave", "spectrum", "spectrogram"),
    )
    tags = Tags(page._repr_html_())
    assert [sound["title"] for sound in tags.of("audio")] == ["loud <1>", "quiet"]
    assert [image["alt"].split(".")[0] for image in tags.of("img")] == ["loud <1>", "quiet"]
    loud, quiet = (sf.read(io.BytesIO(content(sound["src"])))[0] for sound in tags.of("audio"))
    assert audio.rms(loud) / audio.rms(quiet) == pytest.approx(
        4, rel=0.03
    )  # what MP3 changes in half a second
    assert "6.0 dB quieter" in tags.text.split("quiet –")[1]

    figures = display.shared_pictures(
        [4 * TONE, TONE[: SR // 2]], sr=SR, show=("wave", "spectrogram"), fmax=None, n_fft=512
    )
    (wave, picture_, _), (other_wave, other_picture, _) = (fig.axes for fig in figures)
    assert (
        wave.get_xlim() == other_wave.get_xlim() == (0, 1)
        and wave.get_ylim() == other_wave.get_ylim()
    )
    assert picture_.images[0].get_clim() == other_picture.images[0].get_clim()


# ---------------------------------------------------------------- controls


def test_a_control_works_without_a_front_end():
    explorer = controls.stft_explorer(TONE, sr=SR)
    assert list(explorer.widget.children) == list(explorer.controls.values())
    tags = Tags(explorer._repr_html_())
    assert len(tags.of("img")) == len(tags.of("audio")) == 1 and controls.HINT in tags.text
    assert tags.of("img")[0]["alt"] == explorer.alt
    assert content(tags.of("img")[0]["src"]) == explorer.figure_png


# ---------------------------------------------------------------- in a real notebook

NOTEBOOK = """
# --- imports
import matplotlib.pyplot as plt, numpy as np
import coursekit as ck
from coursekit import controls, display
y = 0.5 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
import sys
print(sorted({"torch", "librosa", "transformers"} & set(sys.modules)), plt.get_fignums())
# --- kept
ax = display.waveform(y, sr=8000)
# --- last value
display.waveform(y, sr=8000, title="T")
# --- figure as last value
fig, ax = display.subplots(alt="A line & a half")
ax.plot([0, 1])
fig
# --- two
display.waveform(y, sr=8000, title="first")
display.spectrum(y, sr=8000, title="second")
# --- many
# eleven twice: at twenty open figures matplotlib would warn
for number in range(11):
    display.subplots(alt=f"picture {number}", width=3, height=2)
# --- many more
for number in range(11):
    display.subplots(alt=f"picture {number}", width=3, height=2)
# --- open
print(plt.get_fignums())
# --- again
fig
# --- plain matplotlib
plt.plot([0, 1]);
# --- player
display.play(y, sr=8000, title="A4", caption="steady")
# --- control
explorer = controls.aliasing_explorer(sr=8000)
explorer
# --- moved
explorer.controls["frequency"].value = 7000
"""


@pytest.fixture(scope="module")
def outputs():
    """The outputs of each cell of a notebook that was really run, by the cell's name."""
    _, *named = NOTEBOOK.split("# --- ")
    names, sources = zip(*(cell.split("\n", 1) for cell in named), strict=True)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources]
    )
    nbclient.NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}}
    ).execute()
    return dict(zip(names, [cell.outputs for cell in notebook.cells], strict=True))


@pytest.mark.parametrize(
    ("cell", "alts"),
    [
        ("kept", ["Waveform: Amplitude against Time (s)."]),
        ("last value", ["T: Amplitude against Time (s)."]),
        ("figure as last value", ["A line & a half"]),
        (
            "two",
            ["first: Amplitude against Time (s).", "second: Level (dBFS) against Frequency (kHz)."],
        ),
        ("many", [f"picture {number}" for number in range(11)]),
        ("many more", [f"picture {number}" for number in range(11)]),
        ("again", ["A line & a half"]),
    ],
)
def test_each_picture_is_shown_once_with_its_alternative_text(outputs, cell, alts):
    assert [set(output.data) for output in outputs[cell]] == [{"text/html", "text/plain"}] * len(
        alts
    )
    images = [Tags(output.data["text/html"]).of("img") for output in outputs[cell]]
    assert [[image["alt"] for image in found] for found in images] == [[alt] for alt in alts]
    assert [output.data["text/plain"] for output in outputs[cell]] == [
        f"Figure: {alt}" for alt in alts
    ]


def test_no_figure_stays_open_and_none_warns(outputs):
    (output,) = outputs["open"]
    assert output.text.strip() == "[]"


def test_other_figures_are_shown_as_before(outputs):
    (output,) = outputs["plain matplotlib"]
    assert "image/png" in output.data


def test_a_player_in_a_notebook(outputs):
    (output,) = outputs["player"]
    assert len(Tags(output.data["text/html"]).of("audio")) == 1
    assert output.data["text/plain"].startswith("▶ A4, 1 s, MP3 ")


def test_a_control_in_a_notebook_and_the_picture_that_it_leaves(outputs):
    sliders, shown = outputs["control"]
    assert "application/vnd.jupyter.widget-view+json" in sliders.data
    assert sliders.data["text/plain"] == "Control: Tone (Hz)"
    # The next cell moved the slider: its picture was replaced here, in place, and not shown a second time.
    assert outputs["moved"] == []
    tags = Tags(shown.data["text/html"])
    assert "measured at 1000 Hz" in tags.text and len(tags.of("img")) == 1
    assert len(json.dumps(shown)) < 90_000


def test_importing_display_is_light(outputs):
    (output,) = outputs["imports"]
    assert output.text.strip() == "[] []"
