# %% [markdown]
# # 02b · Spectrograms
#
# The beginning of one of these two sentences is drawn below, time from left to right, frequency upwards, strength as
# brightness:
#
# - *Had he married a more amiable woman, he might have been …*
# - *Unless to be rather cold-hearted and rather selfish …*
#
# **The question of this chapter:** which one is it? You cannot hear it yet; you are to read it. Take a guess now. At
# the end you will be able to say which, and point at the places that give it away.

# %% folded
import librosa
import numpy as np
import schemdraw.flow as flow
import scipy.signal

import coursekit as ck
from coursekit import audio, controls, data, diagrams, display, dsp, metrics, synth, units

librivox = data.load("librivox")
riddle, sr = librivox["austen-3"].load()
riddle = riddle[: round(3.65 * sr)]
speech, _ = librivox["austen-2"].load()  # the sentence of chapter 02
riddle, speech = riddle.astype(np.float64), speech.astype(np.float64)
display.spectrogram(riddle, sr=sr, n_fft=400, hop_length=80, title="Which sentence is it?")
# %% [markdown] card
# > **After this chapter you can**
# >
# > - say which frame holds which instant (question 1), and write an STFT that equals librosa's to ten digits (question 2);
# > - choose a frame length for a purpose, and say what it will not show;
# > - mend a broken inverse, and say what overlapping windows add up to (questions 3 and 4);
# > - say what a spectrogram does not hold, and find phases for magnitudes that have lost theirs (questions 5 and 6);
# > - tell the sounds of speech by their look, and have a program do so (question 7).
# >
# > **Know before:** chapter [02](02_spectra.ipynb).
# >
# > **Cost:** {minutes} to run on two cores, {memory} of memory, {download} of recordings (fetched once).
#
# data: instruments, librivox

# %% [markdown]
# ## 1. Cutting a sound into frames
#
# One spectrum of three seconds holds every frequency of the sentence at once; *when* each sounds is buried in the
# phases (chapter 02). So we cut the sound into short pieces, **frames**, and take a spectrum of each. What happens
# inside a frame is still blurred together. What happens in different frames is now told apart.

# %% folded
diagrams.chain(
    ["cut into\nframes", "× window", "FFT of\neach frame", "in decibels"],
    ["sound\n(samples,)", "frames\n(N, frames)", "", "STFT\n(1 + N/2, frames)", "picture"],
    alt="The sound is cut into frames, each frame is multiplied with a window, an FFT makes the "
    "STFT of it, and in "
    "decibels it becomes a picture.",
)

# %% [markdown]
# A frame has $N$ samples, and the next one begins $H$ samples later: $H$ is the **hop**. **By hand**, with $N = 4$ and
# $H = 2$: the sound $(1, 2, 3, 4, 5, 6, 7, 8)$ gives the frames $(1, 2, 3, 4)$, $(3, 4, 5, 6)$, $(5, 6, 7, 8)$. They
# overlap, because the window makes the ends of each frame quiet, and what is quiet in one frame shall be loud in its
# neighbour. Two conventions have to be settled, and libraries settle them differently:
#
# - **Centring.** Put $N/2$ samples in front of the sound and behind it. Then frame $m$ is centred on sample $mH$, and
#   column $m$ tells of the time $mH / f_s$. Without them every event appears $N/2$ samples early. librosa and torch
#   centre by default. By hand, the example now has five frames: $(0, 0, 1, 2)$, $(1, 2, 3, 4)$ … $(7, 8, 0, 0)$.
# - **Padding.** librosa puts zeros there; torch and torchaudio put the sound's own beginning and end, mirrored
#   (`reflect`). Only the outermost frames differ.

# %% folded
fig, ax = display.subplots(
    1,
    1,
    height=2.6,
    alt="A piece of the sentence with five overlapping Hann windows over it, each centred "
    "on a multiple of the hop; the first begins before the sound does.",
)
ax.set(
    title="Centred frames, N = 256, H = 128",
    xlabel="Sample (the sound begins at 0)",
    ylabel="Amplitude",
    ylim=(-1.1, 1.25),
)
piece = speech[6000:6640]
ax.plot(piece / np.abs(piece).max(), color="0.6", linewidth=0.8)
ax.axvline(0, color="black", linewidth=0.8)
for m in range(5):
    (line,) = ax.plot(np.arange(-128, 128) + 128 * m, dsp.get_window("hann", 256))
    ax.text(128 * m, 1.04, f"m = {m}", ha="center", color=line.get_color())

# %% [markdown]
# Let $x$ be the sound with what was put in front of it and behind. With the window $w[n]$ (chapter 02) its **short-time
# Fourier transform** (STFT; in this form Allen, 1977) is
#
# $$S[k, m] = \sum_{n=0}^{N-1} w[n]\; x[n + mH]\; e^{-2\pi i k n / N} : \tag{1}$$
#
# a DFT of frame $m$, with one row for each bin $k$ from 0 to $N/2$ (the others repeat these) and one column for each
# frame.

# %% [markdown] try: 02b.columns
# Which columns does a click brighten?

# %% [markdown] try: 02b.stft
# Equation 1 with both conventions of librosa. The next cells hold a slow version that reads like the formula, and the
# library's, which does many frames in one call.


# %% folded
def stft_by_definition(x, n_fft, hop_length):
    """Equation 1, frame by frame and bin by bin; centred, zeros outside."""
    w, n = dsp.get_window("hann", n_fft), np.arange(n_fft)
    x = np.pad(x, n_fft // 2)
    n_frames = 1 + (len(x) - n_fft) // hop_length
    S = np.zeros((1 + n_fft // 2, n_frames), dtype=complex)
    for m in range(n_frames):
        for k in range(1 + n_fft // 2):
            S[k, m] = np.sum(w * x[m * hop_length + n] * np.exp(-2j * np.pi * k * n / n_fft))
    return S


# %% folded include: coursekit.dsp.frame

# %% folded include: coursekit.dsp.stft

# %%
print(frame(np.arange(1, 9), frame_length=4, hop_length=2).T)
short = speech[8000:9000]
ck.compare(
    stft(short, n_fft=256, hop_length=64),
    stft_by_definition(short, 256, 64),
    rtol=1e-10,
    title="stft against the definition",
)
how = dict(
    n_fft=512, hop_length=128, win_length=400, window="hamming", center=True, pad_mode="constant"
)
ck.compare(
    stft(speech, **how), librosa.stft(speech, **how), rtol=1e-10, title="stft against librosa.stft"
)

# %% [markdown]
# (`win_length` shorter than `n_fft`: the window stands in the middle of zeros. That is zero-padding, which draws the
# same curve with more bins.)
#
# ## 2. The spectrogram
#
# Draw $|S[k, m]|$ as a picture and you have a **spectrogram**. It is drawn in decibels (chapter 01), because the ear
# takes in a range of about 1 to 1,000,000 in amplitude, 120 dB; on a linear scale all but the strongest spots are
# black. (0 dBFS is a sine of full scale.) And here chapter 02's sentence, played backwards, is at last a different
# picture: its columns come in the opposite order (nearly: the frames fall a little differently).

# %% folded
fig, axes = display.subplots(
    3,
    1,
    height=2.1,
    alt="Three spectrograms of a sentence: on a linear scale, nearly all dark; in "
    "decibels, rich in detail; backwards in decibels, its mirror image.",
)
magnitude = np.abs(stft(speech, n_fft=512, hop_length=128))
axes[0].imshow(
    magnitude,
    origin="lower",
    aspect="auto",
    cmap="magma",
    extent=(0, len(speech) / sr, 0, sr / 2000),
)
axes[0].grid(False)
axes[0].set(title="Forwards, linear magnitude", xlabel="Time (s)", ylabel="Frequency (kHz)")
how = dict(sr=sr, n_fft=512, hop_length=128, colorbar=False)
display.spectrogram(speech, ax=axes[1], title="Forwards, decibels", **how)
display.spectrogram(speech[::-1], ax=axes[2], title="Backwards, decibels", **how)
dark = np.mean(magnitude < 0.05 * magnitude.max())
ck.claim("linear scale: share of the picture below a twentieth of the brightest", dark, above=0.9)

# %% [markdown]
# ## 3. Time against frequency
#
# How long should a frame be? A long one tells close tones apart: with a Hann window from 2.5 bins on (chapter 02). A
# short one tells close events apart. Can one frame do both? The test sound, at 8 kHz, has two tones 60 Hz apart and two
# clicks 10 ms apart. **By hand**: the tones take $2.5 \cdot 8000/60 = 333$ samples, 42 ms. In so long a frame both
# clicks lie side by side.

# %% folded
rate = 8000
test = 0.2 * (synth.sine(1000, sr=rate, duration=1.0) + synth.sine(1060, sr=rate, duration=1.0))
for moment in (0.500, 0.510):
    test += synth.impulse(sr=rate, duration=1.0, at=moment)
fig, axes = display.subplots(
    1,
    3,
    height=3.4,
    alt="Three spectrograms of two tones and two clicks. Short frames separate the clicks "
    "and show the tones as one blinking band; long ones separate the tones and show the clicks as "
    "one "
    "striped blot; in between neither is clear.",
)
for ax, n_fft in zip(axes, (64, 256, 1024), strict=True):
    display.spectrogram(
        test,
        sr=rate,
        n_fft=n_fft,
        hop_length=8,
        ax=ax,
        colorbar=False,
        title=f"N = {n_fft}: {1000 * n_fft / rate:.0f} ms",
    )
    ax.set(ylim=(500, 1600), xlim=(0.4, 0.6))

# %% [markdown]
# What a frame cannot tell apart it shows as interference. With $N = 64$ the two tones are one band that blinks: 60
# times a second they fall into step and out of it, and the frame is short enough to follow. With $N = 1024$ the two
# clicks lie in one frame. At 50 Hz the 10 ms between them are half a cycle, so there they cancel, and again at 150 Hz,
# 250 Hz …: stripes 100 Hz apart. Now measure the gaps: between the tones at the worst of 14 moments, between the clicks
# in the energy above 2 kHz, where there is no tone.


# %%
def gap(values):
    """How far a curve falls between the highest points of its two halves; dB."""
    middle = len(values) // 2
    left, right = values[:middle].argmax(), middle + values[middle:].argmax()
    return 20 * np.log10(min(values[left], values[right]) / values[left : right + 1].min())


def gap_of_tones(n_fft, window="hann"):
    w = scipy.signal.get_window(window, n_fft)
    moments = range(1000, 1140, 10)  # before the clicks; the tones are in step every 133
    spectra = [np.abs(np.fft.rfft(w * test[i : i + n_fft], n=rate)) for i in moments]  # 1 Hz a bin
    return min(gap(spectrum[970:1091]) for spectrum in spectra)  # the tones: 1,000 and 1,060 Hz


def gap_of_clicks(n_fft, window="hann"):
    w = scipy.signal.get_window(window, n_fft)
    S = stft(test, n_fft=n_fft, hop_length=4, window=w)[
        units.fft_frequencies(sr=rate, n_fft=n_fft) > 2000
    ]
    energy = (np.abs(S) ** 2).mean(axis=0)
    return gap(np.sqrt(energy[round(0.495 * rate / 4) : round(0.515 * rate / 4) + 1]))


# %% folded
lengths = [64, 128, 192, 256, 320, 384, 512, 1024]
rows = [
    {
        "N": n_fft,
        "frame (ms)": 1000 * n_fft / rate,
        "gap of the tones (dB)": round(gap_of_tones(n_fft), 1),
        "gap of the clicks (dB)": round(gap_of_clicks(n_fft), 1),
    }
    for n_fft in lengths
]


def limits(window_of):
    """From which frame on the tones show a gap of 3 dB, and up to which one the clicks do."""
    tones_from = next(n for n in range(200, 700, 4) if gap_of_tones(n, window_of(n)) > 3)
    clicks_to = next(n for n in range(300, 60, -4) if gap_of_clicks(n, window_of(n)) > 3)
    return tones_from, clicks_to


tones_from, clicks_to = limits(lambda n: "hann")
print(f"a gap of 3 dB: clicks up to N = {clicks_to}, tones from N = {tones_from} on")
ck.claim(
    "shortest frame for the tones over the longest for the clicks",
    tones_from / clicks_to,
    above=1.5,
    surprising=True,
)
ck.claim("N = 64: gap of the clicks (dB)", rows[0]["gap of the clicks (dB)"], above=20)
ck.claim("N = 1024: gap of the tones (dB)", rows[-1]["gap of the tones (dB)"], above=20)
display.table(rows)

# %% [markdown]
# No length shows both. Would a better window? How long a window $w$ is, and how wide its spectrum $W$, can be measured
# by two standard deviations: $\sigma_t$, that of the time, each moment weighted with $w^2$; and $\sigma_f$, that of the
# frequency, weighted with $|W|^2$. For *every* window
#
# $$\sigma_t\, \sigma_f \;\ge\; \frac{1}{4\pi} \approx 0.0796 . \tag{2}$$
#
# This is **Gabor's bound** (1946; we take it on trust; it is the uncertainty relation of physics). Only the bell curve
# $w(t) = e^{-t^2/4\sigma_t^2}$ reaches it; its square is the normal distribution with standard deviation $\sigma_t$.
# **By hand**: a bell of $\sigma_t = 2.5$ ms has $\sigma_f = 0.0796/0.0025 = 32$ Hz. Halve one and the other doubles.
# How near do the usual windows come?


# %%
def spread(values, places):
    """Standard deviation of the places, weighted with the squares of the values."""
    weight = np.abs(values) ** 2 / np.sum(np.abs(values) ** 2)
    mean = np.sum(weight * places)
    return np.sqrt(np.sum(weight * (places - mean) ** 2))


n_fft, n_padded = 512, 2**18
t, f = np.arange(n_fft) / sr, np.fft.fftfreq(n_padded, 1 / sr)
sigma = {}
for name in (("gaussian", 2.5e-3 * sr * np.sqrt(2)), "blackman", "hann", "hamming", "boxcar"):
    w = scipy.signal.get_window(name, n_fft, fftbins=False)
    key = name if isinstance(name, str) else "bell curve"
    sigma[key] = spread(w, t), spread(np.fft.fft(w, n=n_padded), f)

# %% folded
needs = {}
for name in ("bell curve", "blackman", "hann", "hamming"):
    bell = name == "bell curve"  # as long in comparison with its frame as the one above
    longest, shortest = limits(
        lambda n, name=name, bell=bell: ("gaussian", 0.1105 * n) if bell else name
    )
    needs[name] = 0.6 * longest / shortest
over = {name: 4 * np.pi * a * b for name, (a, b) in sigma.items()}
ck.claim("bell curve: product over the bound", over["bell curve"], near=(1, 0.002))
ck.claim("Hann: product over the bound", over["hann"], near=(1.026, 0.005))
ck.claim("smallest product over the bound", min(over.values()), above=0.999)
ck.claim("the least Δf Δt that any of four windows needs", min(needs.values()), above=1)
display.table(
    [
        {
            "window of 32 ms": name,
            "σt (ms)": 1000 * a,
            "σf (Hz)": b,
            "σt σf": a * b,
            "over the bound": over[name],
            "Δf Δt for gaps of 3 dB": f"{needs[name]:.2f}" if name in needs else "",
        }
        for name, (a, b) in sigma.items()
    ],
    digits=4,
)

# %% [markdown]
# Hann is within 3 % of the bound, Blackman within 1 %. (Rectangle and Hamming window end with a step, and a step's
# spectrum falls so slowly that $\sigma_f$ grows with every frequency that one counts in.) So there is a floor under
# time and frequency together. It does not say where a gap of 3 dB begins; that was measured in the same way for four
# windows. We asked for $\Delta f\, \Delta t = 60 \cdot 0.01 = 0.6$. If the tones take $N_f$ samples and the clicks are
# lost beyond $N_t$, it would have to be larger by the factor $N_f/N_t$: for Hann $0.6 \cdot 324/160 = 1.2$ (last
# column). None of the four gets below 1.
#
# The bin spacing $f_s/N$ does not appear in (2). Times the length of the frame it is 1 for any window, good or bad, and
# zero-padding makes it as small as one likes.
#
# So there is no best frame length, only one for a purpose. For speech most use 20 to 40 ms: shorter than a sound of
# speech, longer than a cycle of the voice. Find the length at which *you* see most.

# %%
controls.stft_explorer(speech, sr=sr)

# %% [markdown]
# ## 4. Back again, exactly
#
# Which sound has this STFT? Each column can be transformed back, which gives the windowed frame. Lay the frames where
# they came from and add (**overlap-add**). **By hand**, $N = 4$, $H = 2$, Hann's window $(0, \frac12, 1, \frac12)$ and
# a sound of ones:
#
# | sample | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 |
# | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
# | frame 0 | 0 | ½ | 1 | ½ | | | | |
# | frame 1 | | | 0 | ½ | 1 | ½ | | |
# | frame 2 | | | | | 0 | ½ | 1 | ½ |
# | sum of $w$ | 0 | ½ | **1** | **1** | **1** | **1** | 1 | ½ |
# | sum of $w^2$ | 0 | ¼ | **1** | **½** | **1** | **½** | 1 | ¼ |
#
# In the middle the windows add up to 1, and the ones are back. The sum need not be 1, nor even constant, but we know it
# and can divide by it. One step more: window each frame a *second* time before adding. Then the last row comes out, 1
# and ½ in turns, and is divided by:
#
# $$\hat x[n] = \frac{\sum_m w[n - mH]\; \hat x_m[n - mH]}{\sum_m w^2[n - mH]}, \qquad \hat x_m = \text{inverse DFT of column } m \tag{3}$$
#
# (here $n$ counts the samples of the whole sound). For an STFT that nobody touched,
# $\hat x_m[n - mH] = w[n - mH]\, x[n]$; the numerator is then the denominator times $x[n]$, and $\hat x = x$ *exactly*.
# Why the second window? If somebody changed the columns, there may be no sound that has exactly these. Look for the one
# whose frames come nearest, with the least $\sum_m (w[n - mH]\, y[n] - \hat x_m[n - mH])^2$ at each $n$; set its
# derivative with respect to $y[n]$ to zero, and (3) is the answer (Griffin and Lim, 1984). By Parseval, nearest frames
# are nearest columns, too.

# %% [markdown] try: 02b.istft
# An inverse from a tutorial, half as loud again as it should be. The next cells hold the course's version.

# %% folded include: coursekit.dsp.overlap_add

# %% folded include: coursekit.dsp.istft

# %%
for n_fft, hop in ((2048, 512), (512, 128), (400, 160), (512, 512)):
    S = stft(speech, n_fft=n_fft, hop_length=hop)
    y = istft(S, n_fft=n_fft, hop_length=hop, length=len(speech))
    error = np.abs(y - speech).max() / np.abs(speech).max()
    print(f"N = {n_fft:4d}, H = {hop:3d}: largest error {error:.1e} of the peak")
    if hop < n_fft:
        ck.claim(f"reconstruction error, N = {n_fft}, H = {hop}", error, below=1e-12)
S = librosa.stft(speech, n_fft=512, hop_length=128)
how = dict(hop_length=128, win_length=512, window="hann", center=True, length=len(speech))
ck.compare(
    istft(S, **how), librosa.istft(S, **how), rtol=1e-10, title="istft against librosa.istft"
)

# %% [markdown]
# The last line shows the limit. With a hop as long as the frame, one sample in 512 is seen only through the zero at the
# window's edge, and what is multiplied by zero is gone.
#
# Some fast systems leave out the second window and the division. They rely on windows that add up to a constant by
# themselves (**constant overlap-add**, COLA):
#
# $$\sum_m w[n - mH] = \text{const} \tag{4}$$
#
# Hann windows do so at $H = N/2, N/3, N/4 \dots$: the shifted cosines then stand at equal angles round the circle and
# add up to zero. At other hops the sum ripples (trough to crest by a tenth of its mean at $N/2.4$, by half at $5N/8$),
# and makes the sound swell at the frame rate; a large ripple is a buzz. Where the window is used twice, $w^2$ must add
# up. By the table above it does not at $N/2$; from $N/3$ on it does, at $N/4$ to 1.5.

# %% [markdown] try: 02b.ripple
# Measure how much a sum of windows ripples.

# %% folded include: coursekit.dsp.cola

# %% folded
fig, axes = display.subplots(
    1,
    3,
    height=2.6,
    alt="Sums of Hann windows at hops of N/2, N/3 and 5N/8: constant, constant, and "
    "rippling by about half of its mean.",
)
ripples = {}
for ax, (hop, label) in zip(
    axes, [(120, "H = N/2"), (80, "H = N/3"), (150, "H = 5N/8")], strict=True
):
    total, ripples[label] = cola("hann", win_length=240, hop_length=hop)
    for m in range(-4, 12):
        ax.plot(np.arange(240) + m * hop, dsp.get_window("hann", 240), color="0.7", linewidth=0.8)
    ax.plot(np.arange(600), np.resize(total, 600), label="sum")
    ax.set(
        title=f"{label}: ripple {ripples[label]:.0%}",
        xlabel="Sample",
        ylabel="Weight",
        xlim=(0, 600),
        ylim=(0, 2.0),
    )
    ax.legend(loc="upper right")
ck.claim(
    "largest ripple of the Hann window at N/2, N/3, N/4 and N/5",
    max(cola("hann", win_length=240, hop_length=240 // d)[1] for d in (2, 3, 4, 5)),
    below=1e-12,
)
ck.claim("ripple at H = 5N/8", ripples["H = 5N/8"], above=0.4)
squared = dsp.get_window("hann", 240) ** 2
ck.claim("w² at N/2 ripples", cola(squared, win_length=240, hop_length=120)[1], above=0.5)
ck.claim(
    "w² at N/3 and N/4 does not",
    max(cola(squared, win_length=240, hop_length=h)[1] for h in (80, 60)),
    below=1e-12,
)

# %% [markdown]
# ## 5. What the picture does not show
#
# A spectrogram shows magnitudes and drops the phases.

# %% [markdown] try: 02b.order
# A prediction. Make it before you read on.

# %% [markdown]
# What was in the phases? Build a sound from the magnitudes of one recording and the phases of another, speech and
# guitar, and ask which of the two it resembles. We do it in both directions, with frames of 32 ms and with one single
# frame as long as the sound. The measure is the correlation of two spectrograms in decibels; the two recordings
# themselves are a baseline.

# %%
guitar, guitar_sr = data.load("instruments")["guit_em9"].load()
strings = audio.resample(guitar.astype(np.float64), orig_sr=guitar_sr, target_sr=sr)[: len(speech)]
strings *= np.sqrt(np.mean(speech**2) / np.mean(strings**2))  # as loud as the speech


def swap(magnitude_of, phase_of, n_fft):
    """The STFT magnitudes of one, the phases of the other; n_fft None: one long frame."""
    if n_fft is None:
        A, B = np.fft.rfft(magnitude_of), np.fft.rfft(phase_of)
        return np.fft.irfft(np.abs(A) * np.exp(1j * np.angle(B)), n=len(magnitude_of))
    A, B = (stft(y, n_fft=n_fft, hop_length=n_fft // 4) for y in (magnitude_of, phase_of))
    mixed = np.abs(A) * np.exp(1j * np.angle(B))
    return istft(mixed, n_fft=n_fft, hop_length=n_fft // 4, length=len(magnitude_of))


# %% folded
def resemblance(y, other):
    """Correlation of two spectrograms in decibels (32 ms frames): 1 is equal."""
    a, b = (
        dsp.amplitude_to_db(stft(s, n_fft=512, hop_length=128), ref=np.max, top_db=60).ravel()
        for s in (y, other)
    )
    return round(float(np.corrcoef(a, b)[0, 1]), 2)


swapped = {
    (frames, name): swap(*pair, n_fft)
    for frames, n_fft in (("32 ms", 512), ("one frame", None))
    for name, pair in (("speech", (speech, strings)), ("guitar", (strings, speech)))
}
rows = [
    {
        "frames": frames,
        "magnitudes of": name,
        "phases of": "guitar" if name == "speech" else "speech",
        "like the speech": resemblance(y, speech),
        "like the guitar": resemblance(y, strings),
    }
    for (frames, name), y in swapped.items()
]
rows.append(
    {
        "frames": "baseline",
        "magnitudes of": "speech",
        "phases of": "speech",
        "like the speech": 1.0,
        "like the guitar": resemblance(speech, strings),
    }
)
for row, owner in zip(rows, ("speech", "guitar"), strict=False):
    other = "guitar" if owner == "speech" else "speech"
    ck.claim(
        f"32 ms: more like {owner}, whose magnitudes it has",
        row[f"like the {owner}"] - row[f"like the {other}"],
        above=0.2,
    )
display.table(rows)

# %% folded
display.compare_sounds(
    {
        "the guitar": strings,
        "32 ms: magnitudes of speech, phases of guitar": swapped["32 ms", "speech"],
        "one frame: the same": swapped["one frame", "speech"],
    },
    sr=sr,
    show=("wave",),
    captions=["its own phases", "hoarse speech", "it rings like the guitar, and nobody speaks"],
)

# %% [markdown]
# With short frames the magnitudes decide, in both directions. (The measure looks at just such magnitudes; but listen.)
# That is why most of speech recognition gets by on them. The phases are not worthless even there: the voice is hoarse.
# With one frame as long as the sound the guitar scores higher both times, by its phases or by its magnitudes; that the
# order of events is then in the phases (chapter 02) is better heard (Oppenheim and Lim, 1981).
#
# **Finding phases that fit.** If only magnitudes are known (in chapters 12 to 14 a network predicts them), phases can
# be found in rounds (Griffin and Lim). Guess them, and take the inverse STFT: by (3) that is the real sound nearest to
# the guess. Its STFT has other magnitudes; put the wanted ones back, and keep its phases: of all guesses with the
# wanted magnitudes that is the nearest to this STFT. Each of the two steps goes to the nearest, so the distance never
# grows. It can get small because frames overlap: at $H = N/4$ each sample stands in four of them, and four frames agree
# on it only if their phases fit.

# %% folded
box = dict(h=1.6, fill="#EAF2F8")
loop = diagrams.blank()
loop += flow.Arrow().right(2.8).label("first guess", "top")
loop += (
    put := flow.Box(w=5.6, **box)
    .anchor("W")
    .drop("E")
    .label("wanted magnitudes,\nphases of the guess")
)
loop += flow.Arrow().right(1.2)
loop += flow.Box(w=2.6, **box).anchor("W").drop("E").label("inverse\nSTFT")
loop += flow.Arrow().right(2.2).label("a sound", "top")
loop += (again := flow.Box(w=2.0, **box).anchor("W").drop("S").label("STFT"))
loop += flow.Line().down(1.0).at(again.S)
loop += flow.Line().tox(put.S).label("its phases", "bottom")
loop += flow.Arrow().toy(put.S)
diagrams.show(
    loop,
    alt="A loop: wanted magnitudes with guessed phases go through an inverse STFT to a sound, "
    "through an STFT to "
    "phases, and back to the beginning.",
)

# %% [markdown] try: 02b.round
# One turn of this loop. The course's version goes up to twice as far in each turn, which takes fewer turns (`momentum`;
# Perraudin, Balazs and Søndergaard, 2013).

# %% folded include: coursekit.dsp.griffin_lim

# %%
wanted = np.abs(stft(speech, n_fft=512, hop_length=128))
how = dict(hop_length=128, length=len(speech))
guesses = {
    rounds: griffin_lim(wanted, rng=np.random.default_rng(5), n_iter=rounds, **how)
    for rounds in (0, 4, 64)
}
misfit = {rounds: metrics.mismatch_db(speech, y) for rounds, y in guesses.items()}
for rounds, level in misfit.items():
    print(f"{rounds:2d} rounds: error of the magnitudes {level:6.1f} dB, {10 ** (level / 20):.0%}")

# %% folded
reference = librosa.griffinlim(wanted, n_iter=64, n_fft=512, random_state=5, momentum=0.99, **how)
ck.claim("mismatch after 64 rounds (dB)", misfit[64], below=-16)
how["length"] = len(speech)
ablation = {}
for hop in (256, 128, 64):
    target = np.abs(stft(speech, n_fft=512, hop_length=hop))
    y = griffin_lim(
        target, rng=np.random.default_rng(5), n_iter=64, hop_length=hop, length=len(speech)
    )
    ablation[hop] = metrics.mismatch_db(speech, y, n_fft=512, hop_length=64)
plain = griffin_lim(wanted, rng=np.random.default_rng(5), n_iter=64, momentum=0.0, **how)
for hop, level in ablation.items():
    print(f"on a finer grid, hop N/8: 64 rounds at N/{512 // hop} reach {level:.1f} dB")
fine = dict(n_fft=512, hop_length=64)
print(f"and at N/4 without momentum {metrics.mismatch_db(speech, plain, **fine):.1f} dB")
ck.claim("less overlap, larger error: N/2 above N/4 (dB)", ablation[256] - ablation[128], above=5)
ck.claim(
    "without momentum, larger error by (dB)",
    metrics.mismatch_db(speech, plain, **fine) - ablation[128],
    above=2,
)
ck.claim(
    "ours minus librosa's after 64 rounds (dB)",
    misfit[64] - metrics.mismatch_db(speech, reference),
    below=0.5,
)
ck.claim("what 64 rounds gain over random phases (dB)", misfit[0] - misfit[64], above=10)
display.compare_sounds(
    {"random phases": guesses[0], "64 rounds": guesses[64], "the recording": speech},
    sr=sr,
    show=("spectrogram",),
    n_fft=1024,
    fmax=2000,
    captions=["a whisper in a pipe", "a voice again, a little hollow", "the goal"],
)

# %% [markdown]
# Even random phases keep the order of loud and soft, because here each of them holds for 32 ms only. What 64 rounds
# bring back are the harmonics of the voice, the fine horizontal lines. The last four numbers vary the overlap and the
# momentum: with less of either the error grows. (They are measured on one finer grid, where the −18.4 of above is
# −16.6.)
#
# ## 6. Reading speech
#
# Now for the picture at the top. A voice has a **source** and a **filter**. The source: the vocal folds open and close,
# here about 110 times a second, and let out puffs of air. What repeats 110 times a second has **harmonics** at 110,
# 220, 330 Hz … (a fundamental with its overtones, as chapter 02's string). The filter: throat and mouth let some
# frequencies pass better than others; these broad peaks are the **formants**, and tongue and lips move them. The lowest
# two tell the vowels apart. A frame of 40 ms, more than four cycles, shows harmonics as lines; one of 5 ms, shorter
# than a cycle of 9 ms, shows each puff, and formants as broad bars (where they lie 500 Hz apart: 2.5 bins).

# %% folded
phones = [phone for phone in librivox["austen-3"].phones if phone.end < len(riddle) / sr]


def cut_out(label):
    """The samples of the first phone of this label."""
    start, end, _ = next(phone for phone in phones if phone.label == label)
    return riddle[round(start * sr) : round(end * sr)]


def finely(y, win_length):
    """STFT of a short piece with bins 25 Hz apart, every half millisecond."""
    return np.abs(stft(y, n_fft=640, win_length=win_length, hop_length=8))


fig, axes = display.subplots(
    1,
    2,
    height=3,
    width_ratios=[1.5, 1],
    alt="Left, a vowel twice: with 5 ms frames vertical pulses and broad bars, with 40 ms frames "
    "horizontal lines. Right, the smooth spectra of two vowels: their peaks lie elsewhere.",
)
vowel = cut_out("IY")
two_views = [dsp.amplitude_to_db(finely(vowel, n), ref=np.max, top_db=50) for n in (80, 640)]
extent = (0, 2000 * len(vowel) / sr, 0, 3)
view = np.concatenate(two_views, axis=1)[:121]
axes[0].imshow(view, origin="lower", aspect="auto", cmap="magma", extent=extent)
axes[0].axvline(1000 * len(vowel) / sr, color="white")
axes[0].grid(False)
axes[0].set(title="“e” of “be”: 5 ms frames | 40 ms frames", ylabel="Frequency (kHz)")
axes[0].set_xlabel("Time (ms), twice the same")
for label, word in (("IY", "be"), ("AA", "heart")):
    power = (finely(cut_out(label), 80) ** 2).mean(axis=1)
    level = dsp.power_to_db(power, ref=np.max, top_db=None)
    axes[1].plot(np.arange(len(level)) / 40, level, label=f"{label} in “{word}”")
axes[1].set(title="Two vowels", xlabel="Frequency (kHz)", ylabel="Level (dB)", xlim=(0.2, 4))
axes[1].set_ylim(-50, 3)
axes[1].legend()
pitch = np.median(librosa.yin(vowel, fmin=60, fmax=300, sr=sr, hop_length=160)[2:-2])
ck.claim("puffs a second in the vowel of “be”", pitch, near=(109, 5))

# %% [markdown]
# The sounds of speech are called **phones**, and are spelled here in the ARPAbet. Look for four kinds of them:
#
# - **vowels** (IY as in *be*, OW as in *cold*, AA as in *heart*, EH as in *self*): bright bars, the formants, made of
#   lines;
# - **fricatives** (S, F, SH): air through a narrow gap, a cloud without lines; S reaches the top of the picture, F is
#   faint. Z and V are fricatives with a voice below;
# - **stops** (T, K, D, B): the way is shut, then bursts open, a thin bright edge. Before T and K there is a gap, the
#   longest in the K of *cold* (its letter stands over gap and burst); under D and B the voice may go on, a bar at the
#   bottom;
# - **nasals** (N; also M, NG): the way through the mouth is shut, by lips or tongue, and the nose is open; weaker than
#   vowels, except for one bar at the bottom.
#
# (AH, ER, IH and AE are vowels too; DH is like V; HH is breath; L, R and W glide like vowels.) Go back to the top and
# decide once more. Then compare:

# %% folded
fig, ax = display.subplots(
    1,
    1,
    height=3.4,
    alt="Spectrogram of the riddle, its phones written along the top: clouds to the top at each S, "
    "gaps before stops, bars for vowels.",
)
display.spectrogram(
    riddle,
    sr=sr,
    n_fft=400,
    hop_length=40,
    ax=ax,
    title="25 ms frames, with the phones",
    colorbar=False,
)
for i, (start, end, phone) in enumerate(phones):
    ax.axvline(start, ymin=0.86, color="white", linewidth=0.6)
    if phone != "SIL":
        ax.text(
            (start + end) / 2,
            0.98 - 0.06 * (i % 2),
            phone,
            color="white",
            fontsize=7,
            ha="center",
            va="top",
            transform=ax.get_xaxis_transform(),
        )
spoken = "Unless to be rather cold-hearted and rather selfish …"
display.play(riddle, sr=sr, title=spoken, caption="Follow the letters while you listen.")

# %% [markdown]
# The eye's judgement can be measured: for each S and SH, and for each vowel, of two sentences, the share of the energy
# that lies above 3 kHz. (The other three are kept for the exercise.)

# %% folded
VOWELS = {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"}
share = {"S and SH": [], "vowels": []}
high = units.fft_frequencies(sr=sr, n_fft=512) > 3000
for utterance in (librivox["austen-1"], librivox["austen-5"]):
    power = np.abs(stft(utterance.load()[0].astype(np.float64), n_fft=512, hop_length=80)) ** 2
    for start, end, phone in utterance.phones:
        group = "S and SH" if phone in {"S", "SH"} else "vowels" if phone in VOWELS else None
        columns = slice(round(start * sr / 80), round(end * sr / 80))
        if group and power[:, columns].sum() > 0:
            share[group].append(power[high][:, columns].sum() / power[:, columns].sum())
fig, ax = display.subplots(
    1,
    1,
    height=2.4,
    alt="Two histograms of the share of energy above 3 kHz: vowels close to 0, S and SH "
    "spread from 0.25 to 0.85.",
)
for group, values in share.items():
    ax.hist(
        values,
        bins=np.linspace(0, 1, 21),
        weights=np.full(len(values), 100 / len(values)),
        alpha=0.7,
        label=f"{group} ({len(values)})",
    )
ax.legend()
ax.set(title="Energy above 3 kHz", xlabel="Share of the phone's energy", ylabel="Phones (%)")
ck.claim("median share above 3 kHz, S and SH", np.median(share["S and SH"]), above=0.5)
ck.claim("median share above 3 kHz, vowels", np.median(share["vowels"]), below=0.05)

# %% [markdown] try: 02b.hiss
# Have a program tell hiss from vowel. F and TH are fainter than S; one limit on one number is a beginning.

# %% [markdown]
# ## 7. What goes wrong
#
# **The wrong kind of window.** `np.hanning(N)` is symmetric. In an STFT of $N$ samples it makes an error of about $2/N$
# of the peak, here a few thousandths: too small to hear or see, large enough that your features do not equal those that
# a pretrained model was trained on.

# %%
wrong = stft(speech, n_fft=512, hop_length=128, window=np.hanning(512))
right = stft(speech, n_fft=512, hop_length=128, window="hann")
ck.claim(
    "relative error of a symmetric window",
    np.abs(wrong - right).max() / np.abs(right).max(),
    above=1e-3,
    surprising=True,
)

# %% [markdown]
# **The inverse of a magnitude.** `istft(np.abs(S))` runs in many libraries and returns a sound: every frame with all
# phases at zero, a buzz at the frame rate. Ours refuses a real array and says what to do; here is what it would sound
# like.

# %%
try:
    dsp.istft(wanted, hop_length=128)  # the library's: it looks at its input first
except ValueError as error:
    print(type(error).__name__, "-", error)
zero_phase = istft(wanted.astype(complex), hop_length=128, length=len(speech))
ck.claim(
    "magnitudes with all phases at zero: mismatch (dB)",
    metrics.mismatch_db(speech, zero_phase),
    above=-10,
)
display.play(
    zero_phase,
    sr=sr,
    title="The right magnitudes, all phases zero",
    caption="A robot at 125 Hz, the frame rate. Compare it with the 64 rounds of section 5.",
)

# %% [markdown]
# ## 8. Results
#
# Our code, a baseline straight from the definition, and librosa: the same 30 seconds, the same run. Times are ratios to
# librosa's, because seconds depend on your computer. The definition was timed on 9 frames; its time is scaled up to all
# of them.

# %% folded
import time

long = np.resize(speech, 30 * sr)


def median_seconds(functions, repeats=25):
    """Median run time of each function, taken in turns so that all meet the same conditions."""
    seconds = {name: [] for name in functions}
    for _ in range(repeats):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            seconds[name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in seconds.items()}


S = librosa.stft(long, n_fft=2048, hop_length=512, window="hann", center=True, pad_mode="constant")
runs = {
    "stft": lambda: dsp.stft(long, n_fft=2048, hop_length=512),
    "istft": lambda: dsp.istft(S, hop_length=512),
    "librosa.stft": lambda: librosa.stft(long, n_fft=2048, hop_length=512),
    "librosa.istft": lambda: librosa.istft(S, hop_length=512),
}
took = median_seconds(runs)
slow = {"definition": lambda: stft_by_definition(long[:4096], 2048, 512)}
baseline = median_seconds(slow, repeats=1)
per_frame = baseline["definition"] / 9 * S.shape[1]  # 9 frames measured, all frames estimated
stft_error = np.abs(dsp.stft(long) - S).max() / np.abs(S).max()
istft_error = np.abs(dsp.istft(S) - librosa.istft(S)).max() / np.abs(long).max()
inner = slice(2, 7)  # frames that see no padding at the end
definition = stft_by_definition(long[:4096], 2048, 512)[:, inner]
definition_error = np.abs(definition - S[:, inner]).max() / np.abs(S).max()
rows = [
    {"code": name, "error (to librosa)": f"{error:.0e}", "time / librosa's": ratio}
    for name, error, ratio in (
        ("definition", definition_error, per_frame / took["librosa.stft"]),
        ("our stft", stft_error, took["stft"] / took["librosa.stft"]),
        ("our istft", istft_error, took["istft"] / took["librosa.istft"]),
    )
]
ck.claim("stft: time relative to librosa's", rows[1]["time / librosa's"], below=1.2)
ck.claim("stft equals librosa's", stft_error, below=1e-10)
ck.claim("istft equals librosa's", istft_error, below=1e-10)
display.table(rows)

# %% [markdown]
# ## Recap
#
# 1. The STFT is a DFT of each windowed frame: rows are bins, columns are frames. Centred, column $m$ tells of the time
#    $mH/f_s$.
# 2. Frame length decides what is told apart. No window does better in time *and* frequency than Gabor's bound,
#    $\sigma_t \sigma_f \ge 1/4\pi$; bin spacing is no resolution.
# 3. Window twice, add, divide by the sum of $w^2$: back exactly, and the nearest sound where the STFT was changed.
# 4. Magnitudes of short frames carry speech. Their phases can be found again from the overlap, roughly.
# 5. Vowels are bars, S is a cloud up to the top, stops are gaps with a burst, nasals a bar at the bottom.
#
# **Answer to the opening question.** *Unless to be rather cold-hearted and rather selfish.* Two clouds reach the top of
# the picture, at 0.55 and at 2.9 seconds, the S of *unless* and of *selfish*, and a fainter one, SH, ends it. The other
# beginning has no S, no SH and no Z at all. (The faint steady line at 3.5 kHz belongs to the recording, not to the
# voice: it goes on in the pauses.)
#
# ## Going further
#
# - Jont B. Allen, "Short term spectral analysis, synthesis, and modification by discrete Fourier transform", *IEEE
#   Transactions on Acoustics, Speech, and Signal Processing*, 1977.
# - Dennis Gabor, "Theory of communication", *Journal of the Institution of Electrical Engineers*, 1946.
# - Daniel W. Griffin and Jae S. Lim, "Signal estimation from modified short-time Fourier transform", *IEEE Transactions
#   on Acoustics, Speech, and Signal Processing*, 1984.
# - Nathanaël Perraudin, Peter Balazs and Peter L. Søndergaard, "A fast Griffin-Lim algorithm", *IEEE Workshop on
#   Applications of Signal Processing to Audio and Acoustics*, 2013.
#
# The rest of the exercises: [exercises/02b_spectrograms.ipynb](../exercises/02b_spectrograms.ipynb). Chapter
# [03](03_perceptual_features.ipynb) bends the frequency axis to fit the ear.
