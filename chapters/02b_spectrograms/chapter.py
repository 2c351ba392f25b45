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
# > - say which frame holds which instant, and what overlapping windows add up to (questions 1 and 2);
# > - write an STFT that equals librosa's to ten digits (question 3), and mend a broken inverse (question 5);
# > - choose a frame length for a purpose, and say what it will not show;
# > - find phases for magnitudes that have lost theirs (question 4), and say what a spectrogram does not hold (question 7);
# > - tell the sounds of speech by their look, and have a program do so (question 6).
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
    ["sound\n(n,)", "frames\n(N, frames)", "", "STFT\n(1 + N/2, frames)", "picture"],
    alt="The sound is cut into frames, each frame is multiplied with a window, an FFT makes the "
        "STFT of it, and in decibels it becomes a "
    "picture.",
)

# %% [markdown]
# A frame has $N$ samples, and the next one begins $H$ samples later: $H$ is the **hop**. **By hand**, with $N = 4$ and
# $H = 2$: the sound $(1, 2, 3, 4, 5, 6, 7, 8)$ gives the frames $(1, 2, 3, 4)$, $(3, 4, 5, 6)$, $(5, 6, 7, 8)$. They
# overlap, because the window makes the ends of each frame quiet; what is quiet in one frame is loud in its neighbour.
#
# Two conventions have to be settled, and libraries settle them differently.
#
# - **Centring.** With $N/2$ zeros put in front of the sound, frame $m$ is centred on sample $mH$, so that column $m$
#   tells of the time $mH / f_s$. Without them every event appears $N/2$ samples early. librosa and torch centre by
#   default. By hand, the example now has five frames: $(0, 0, 1, 2)$, $(1, 2, 3, 4)$ … $(7, 8, 0, 0)$.
# - **Padding.** librosa fills in zeros, torch and torchaudio mirror the sound (`reflect`). Only the outermost frames
#   differ.

# %% folded
fig, ax = display.subplots(
    1,
    1,
    height=2.6,
    alt="A piece of the sentence with five overlapping Hann windows over it, each centred on a "
        "multiple of the hop; "
    "the first begins before the sound does.",
)
piece = speech[6000:6640]
ax.plot(piece / np.abs(piece).max(), color="0.6", linewidth=0.8)
ax.axvline(0, color="black", linewidth=0.8)
for m in range(5):
    place = np.arange(-128, 128) + 128 * m
    (line,) = ax.plot(place, dsp.get_window("hann", 256))
    ax.text(128 * m, 1.04, f"m = {m}", ha="center", color=line.get_color())
ax.set(
    title="Centred frames, N = 256, H = 128",
    xlabel="Sample n (the sound begins at 0)",
    ylabel="Amplitude",
    ylim=(-1.1, 1.25),
)

# %% [markdown]
# With the window $w[n]$ (chapter 02) the **short-time Fourier transform** (STFT; Allen, 1977) is, for a sound $x$ that
# has its zeros already,
#
# $$S[k, m] = \sum_{n=0}^{N-1} w[n]\; x[n + mH]\; e^{-2\pi i k n / N} : \tag{1}$$
#
# a DFT of frame $m$, with one row for each bin $k$ and one column for each frame.

# %% [markdown] try: 02b.columns
# Which columns does a click brighten?

# %% [markdown] try: 02b.stft
# Equation 1 with both conventions of librosa. Below stand a slow version that reads like the formula and, folded, the
# library's, which does many frames in one call.


# %%
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
# Draw $|S[k, m]|$ as a picture and you have a **spectrogram**. In decibels (chapter 01), because the ear takes in a
# range of about 1 to 1,000,000 in amplitude, 120 dB; on a linear scale all but the loudest vowels are black. And here
# chapter 02's sentence, played backwards, is at last a different picture: the same columns in the opposite order.

# %% folded
fig, axes = display.subplots(
    3,
    1,
    height=2.1,
    alt="Three spectrograms of a sentence: on a linear scale, nearly all dark; in decibels, rich "
        "in "
    "detail; backwards in decibels, its mirror image.",
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
display.spectrogram(
    speech, sr=sr, n_fft=512, hop_length=128, ax=axes[1], title="Forwards, decibels", colorbar=False
)
display.spectrogram(
    speech[::-1],
    sr=sr,
    n_fft=512,
    hop_length=128,
    ax=axes[2],
    title="Backwards, decibels",
    colorbar=False,
)
dark = np.mean(magnitude < 0.05 * magnitude.max())
ck.claim("linear scale: share of the picture below a twentieth of the brightest", dark, above=0.9)

# %% [markdown]
# ## 3. Time against frequency
#
# How long should a frame be? A long frame tells close tones apart (chapter 02: with a Hann window from 2.5 bins on, so
# $N \ge 2.5 f_s/\Delta f$). A short one tells close events apart. Can one frame do both? The test sound has two tones
# 60 Hz apart and two clicks 10 ms apart.

# %% folded
rate = 8000
test = 0.2 * (synth.sine(1000, sr=rate, duration=1.0) + synth.sine(1060, sr=rate, duration=1.0))
test += synth.impulse(sr=rate, duration=1.0, at=0.500) + synth.impulse(
    sr=rate, duration=1.0, at=0.510
)
fig, axes = display.subplots(
    1,
    3,
    height=3.4,
    alt="Three spectrograms of two tones and two clicks. Short frames separate the clicks and show "
        "the "
    "tones as one blinking band; long ones separate the tones and show the clicks as one striped "
    "blot; in between neither is "
    "clear.",
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
# What a frame cannot tell apart it shows as interference. With $N = 64$ the two tones are one band that blinks: added
# together they swell and fade 60 times a second, and the frame is short enough to follow. With $N = 1024$ the two
# clicks lie in the same frame; the second comes 10 ms later and so with its phases turned, the more the higher the
# frequency (chapter 02); the two cancel at 50 Hz, 150 Hz, 250 Hz …: stripes 100 Hz apart. The table measures the gaps,
# each at its worst place:


# %%
def gap(values):
    """How far a curve falls between the highest points of its two halves; dB."""
    middle = len(values) // 2
    left, right = int(values[:middle].argmax()), middle + int(values[middle:].argmax())
    return 20 * np.log10(min(values[left], values[right]) / values[left : right + 1].min())


rows = []
for n_fft in (64, 128, 192, 256, 320, 384, 512, 1024):
    w = dsp.get_window("hann", n_fft)
    starts = np.arange(1000, 1140, 10)  # the tones alone; they beat once in 133 samples
    tones = min(gap(np.abs(np.fft.rfft(w * test[s : s + n_fft], n=rate))[970:1091]) for s in starts)
    S = np.abs(stft(test, n_fft=n_fft, hop_length=4))[
        units.fft_frequencies(sr=rate, n_fft=n_fft) > 2000
    ]
    clicks = gap(
        np.sqrt((S**2).mean(axis=0))[round(0.495 * rate / 4) : round(0.515 * rate / 4) + 1]
    )
    rows.append(
        {
            "N": n_fft,
            "ms": 1000 * n_fft / rate,
            "gap between the tones (dB)": round(tones, 1),
            "gap between the clicks (dB)": round(clicks, 1),
        }
    )
both = [
    row["N"]
    for row in rows
    if min(row["gap between the tones (dB)"], row["gap between the clicks (dB)"]) > 3
]
ck.claim(
    "frame lengths, of eight tried, that show both gaps of 3 dB",
    len(both),
    near=(0, 0),
    surprising=True,
)
ck.claim("N = 64: gap between the clicks (dB)", rows[0]["gap between the clicks (dB)"], above=20)
ck.claim("N = 1024: gap between the tones (dB)", rows[-1]["gap between the tones (dB)"], above=20)
display.table(rows)

# %% [markdown]
# No length shows both, and this is not a weakness of Hann windows. Measure how long a window is, and how wide its
# spectrum is, by the standard deviations of their energies, $\sigma_t$ (in seconds) and $\sigma_f$ (in hertz). Then for
# *every* window
#
# $$\sigma_t\, \sigma_f \;\ge\; \frac{1}{4\pi} \approx 0.0796 . \tag{2}$$
#
# This is **Gabor's bound** (1946; taken on trust here. It is the uncertainty relation of physics). Only the bell curve,
# $w(t) = e^{-t^2/4\sigma_t^2}$, reaches it. **By hand**: a bell of $\sigma_t = 4$ ms has $\sigma_f = 0.0796/0.004 = 20$
# Hz. Halve one and the other doubles. How near do the usual windows come?


# %%
def spread(values, places):
    """Standard deviation of a place, weighted by the squares of the values."""
    weight = np.abs(values) ** 2 / np.sum(np.abs(values) ** 2)
    mean = np.sum(weight * places)
    return np.sqrt(np.sum(weight * (places - mean) ** 2))


n_fft, padded = 512, 2**18
t = np.arange(n_fft) / sr
f = np.fft.fftfreq(padded, 1 / sr)
rows = []
for name in (("gaussian", 64), "hann", "hamming", "blackman", "boxcar"):
    w = scipy.signal.get_window(name, n_fft, fftbins=False)
    seconds_, hertz_ = spread(w, t), spread(np.fft.fft(w, n=padded), f)
    rows.append(
        {
            "window, 32 ms": name if isinstance(name, str) else "bell curve",
            "duration (ms)": 1000 * seconds_,
            "width (Hz)": hertz_,
            "product": seconds_ * hertz_,
            "of the bound": seconds_ * hertz_ * 4 * np.pi,
        }
    )
products = {row["window, 32 ms"]: row["of the bound"] for row in rows}
ck.claim("bell curve: product over the bound", products["bell curve"], near=(1, 0.002))
ck.claim("Hann: product over the bound", products["hann"], near=(1.026, 0.005))
ck.claim("smallest product over the bound", min(products.values()), above=0.999)
display.table(rows)

# %% [markdown]
# Hann is within 3 % of the bound, so little is to be won by a better window. The rectangle's side lobes fall so slowly
# that its width grows with every frequency that one counts in. The bin spacing appears nowhere in (2): a frame of $N$
# samples has bins $f_s/N$ apart, but $f_s/N$ times its length is 1 for any window, good or bad, and can be made as
# small as one likes by zero-padding.
#
# So there is no best frame length, only one for a purpose. For speech most use 20 to 40 ms: shorter than a sound of
# speech, longer than a cycle of the voice. Find the length at which *you* see most in the sentence of chapter 02, and
# come back to it after section 6.

# %%
controls.stft_explorer(speech, sr=sr)

# %% [markdown]
# ## 4. Back again, exactly
#
# Which sound has this STFT? Each column can be transformed back, which gives the windowed frame $w[n]\, x[n + mH]$. Lay
# the frames where they came from and add (**overlap-add**). **By hand**, $N = 4$, $H = 2$, a window $(0, \frac12, 1,
# \frac12)$ (Hann's shape) and a sound of ones:
#
# | sample | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 |
# | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
# | frame 0 | 0 | ½ | 1 | ½ | | | | |
# | frame 1 | | | 0 | ½ | 1 | ½ | | |
# | frame 2 | | | | | 0 | ½ | 1 | ½ |
# | sum | 0 | ½ | **1** | **1** | **1** | **1** | 1 | ½ |
#
# In the middle the windows add up to 1, and the ones are back. For other hops they do not add up to a constant, but we
# know what they add up to, and can divide by it. One step more: window each frame a *second* time before adding, and
# divide by the sum of the squares:
#
# $$\hat x[n] = \frac{\sum_m w[n - mH]\; \hat x_m[n - mH]}{\sum_m w^2[n - mH]}, \qquad \hat x_m = \text{inverse DFT of column } m \tag{3}$$
#
# For an STFT that nobody touched, $\hat x_m[n - mH] = w[n - mH]\, x[n]$, so numerator and denominator are $x[n]$ times
# the same sum, and $\hat x = x$ *exactly*. The second window pays when somebody did touch it: a changed column
# transforms back into a frame that no longer fades at its ends, and the window fades it. More than that: (3) is then
# the sound whose STFT is nearest to the changed one, in the mean square (Griffin and Lim, 1984).

# %% [markdown] try: 02b.istft
# An inverse from a tutorial, half as loud again as it should be. The next cells hold the course's version.

# %% folded include: coursekit.dsp.overlap_add

# %% folded include: coursekit.dsp.istft

# %%
for n_fft, hop in ((2048, 512), (512, 128), (400, 160), (512, 512)):
    y = istft(
        stft(speech, n_fft=n_fft, hop_length=hop), n_fft=n_fft, hop_length=hop, length=len(speech)
    )
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
# Systems that must be fast leave out the second window and the division. They rely on windows that add up to a constant
# by themselves (**constant overlap-add**, COLA):
#
# $$\sum_m w[n - mH] = \text{const} \tag{4}$$
#
# Hann windows do for $H = N/2, N/3, N/4 \dots$: the cosine in the window is then sampled at equal steps round the
# circle, and adds up to zero. At other hops the sum ripples, and the ripple is heard as a buzz at the frame rate. Where
# the window is used twice, it is $w^2$ that must add up: for Hann to 1.5, at $H = N/4$.

# %% [markdown] try: 02b.ripple
# Measure how much a sum of windows ripples.

# %% folded include: coursekit.dsp.cola

# %% folded
fig, axes = display.subplots(
    1,
    3,
    height=2.6,
    alt="Sums of Hann windows at hops of N/2, N/3 and 5N/8: constant, constant, and rippling by "
        "about half of "
    "its mean.",
)
ripples = {}
for ax, (n_window, hop, label) in zip(
    axes, [(240, 120, "H = N/2"), (240, 80, "H = N/3"), (240, 150, "H = 5N/8")], strict=True
):
    total, ripples[label] = cola("hann", win_length=n_window, hop_length=hop)
    for m in range(-4, 12):
        ax.plot(
            np.arange(n_window) + m * hop,
            dsp.get_window("hann", n_window),
            color="0.7",
            linewidth=0.8,
        )
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

# %% [markdown]
# ## 5. What the picture does not show
#
# A spectrogram shows magnitudes and drops the phases.

# %% [markdown] try: 02b.order
# A prediction. Make it before you read on.

# %% [markdown]
# What was in the phases? Build a sound from the magnitudes of one recording and the phases of another, speech and
# guitar, and ask which of the two it resembles. We do it in both directions, with frames of 32 ms and with one single
# frame as long as the sound.

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
    return istft(
        np.abs(A) * np.exp(1j * np.angle(B)),
        n_fft=n_fft,
        hop_length=n_fft // 4,
        length=len(magnitude_of),
    )


# %% folded
def resemblance(y, other):
    """Correlation of two spectrograms in decibels (32 ms frames): 1 is equal."""
    a, b = (
        dsp.amplitude_to_db(stft(s, n_fft=512, hop_length=128), ref=np.max, top_db=60).ravel()
        for s in (y, other)
    )
    return float(np.corrcoef(a, b)[0, 1])


rows, swapped, owner = [], {}, {}
for frames, n_fft in (("32 ms", 512), ("one frame", None)):
    for name, M, P in (("speech", speech, strings), ("guitar", strings, speech)):
        y = swapped[frames, name] = swap(M, P, n_fft)
        other_name = "guitar" if name == "speech" else "speech"
        owner[frames, name] = resemblance(y, M) - resemblance(y, P)
        rows.append(
            {
                "frames": frames,
                "magnitudes of": name,
                "phases of": other_name,
                "like the magnitudes' owner": round(resemblance(y, M), 2),
                "like the phases' owner": round(resemblance(y, P), 2),
            }
        )
for name in ("speech", "guitar"):
    ck.claim(
        f"32 ms, magnitudes of {name}: likeness to their owner, above that to the other",
        owner["32 ms", name],
        above=0.2,
    )
display.table(rows)

# %% folded
display.compare_sounds(
    {
        "32 ms: magnitudes of speech, phases of guitar": swapped["32 ms", "speech"],
        "one frame: magnitudes of speech, phases of guitar": swapped["one frame", "speech"],
    },
    sr=sr,
    show=("spectrogram",),
    captions=[
        "hoarse speech: the bars and clouds are its own",
        "nobody speaks; what moves, moves with the guitar",
    ],
)

# %% [markdown]
# With short frames the magnitudes decide, in both directions; that is why nearly all of speech recognition gets by on
# them. The phases are not worthless even there: the voice is hoarse. With one frame as long as the sound, neither owner
# wins clearly, and for speech's magnitudes it is the phases' owner: the order of events was in them (Oppenheim and Lim,
# 1981).
#
# **Finding phases that fit.** If only magnitudes are known (in chapters 12 to 14 a network predicts them), phases can
# be found by trial: guess them; transform back and forth; the result is the STFT of a real sound, but its magnitudes
# are no longer the wanted ones; so put the wanted magnitudes back, keep the new phases, and go round again (Griffin and
# Lim). Why can this work at all? Frames overlap: each sample stands in four of them, and four frames agree on it only
# if their phases fit.

# %% folded
loop = diagrams.blank()
loop += flow.Arrow().right(2.8).label("first guess", "top")
put = (
    flow.Box(w=5.6, h=1.6, fill="#EAF2F8")
    .anchor("W")
    .drop("E")
    .label("wanted magnitudes,\nphases of the guess")
)
loop += put
loop += flow.Arrow().right(1.2)
loop += flow.Box(w=2.6, h=1.6, fill="#EAF2F8").anchor("W").drop("E").label("inverse\nSTFT")
loop += flow.Arrow().right(2.2).label("a sound", "top")
again = flow.Box(w=2.0, h=1.6, fill="#EAF2F8").anchor("W").drop("S").label("STFT")
loop += again
loop += flow.Line().down(1.0).at(again.S)
loop += flow.Line().tox(put.S).label("its phases", "bottom")
loop += flow.Arrow().toy(put.S)
diagrams.show(
    loop,
    alt="A loop: wanted magnitudes with guessed phases go through an inverse STFT to a sound, "
        "through an STFT to phases, and back to the "
    "beginning.",
)
# %% [markdown] try: 02b.round
# One turn of this loop. The course's version goes a little too far in each turn, which gets there in fewer (`momentum`;
# Perraudin, Balazs and Søndergaard, 2013).

# %% folded include: coursekit.dsp.griffin_lim

# %%
wanted = np.abs(stft(speech, n_fft=512, hop_length=128))
guesses = {
    rounds: griffin_lim(
        wanted, rng=np.random.default_rng(5), n_iter=rounds, hop_length=128, length=len(speech)
    )
    for rounds in (0, 4, 64)
}
misfit = {rounds: metrics.mismatch_db(speech, y) for rounds, y in guesses.items()}
for rounds, level in misfit.items():
    print(f"{rounds:2d} rounds: the magnitudes differ from the wanted ones by {level:6.1f} dB")
reference = librosa.griffinlim(
    wanted, n_iter=64, hop_length=128, n_fft=512, length=len(speech), random_state=5, momentum=0.99
)
ck.claim("mismatch after 64 rounds (dB)", misfit[64], below=-16)
ck.claim(
    "ours minus librosa's after 64 rounds (dB)",
    misfit[64] - metrics.mismatch_db(speech, reference),
    below=0.5,
)
ck.claim("what 64 rounds gain over random phases (dB)", misfit[0] - misfit[64], above=10)
display.compare_sounds(
    {"random phases": guesses[0], "64 rounds": guesses[64], "the recording": speech},
    sr=sr,
    show=("wave",),
    captions=["a whisper in a pipe", "a voice again, a little hollow", "the goal"],
)

# %% [markdown]
# ## 6. Reading speech
#
# Now for the picture at the top. A voice has a **source** and a **filter**. The source: the vocal folds open and close,
# here about 120 times a second, and let out puffs of air. What repeats 120 times a second has harmonics, 120, 240, 360 Hz
# … (as chapter 02's string had). The filter: throat and mouth let some frequencies pass better than others; these broad
# peaks are the **formants**, and tongue and lips move them. Which vowel it is, is told by the lowest two. A long frame
# shows the harmonics, a short one the formants:

# %% folded
vowel = next(s for s in librivox["austen-3"].phones if s.label == "OW")  # in "cold"
middle = round(sr * (vowel.start + vowel.end) / 2)
fig, ax = display.subplots(
    1,
    1,
    height=3,
    alt="Spectrum of a vowel up to 5 kHz: with a 40 ms frame a comb of lines, with a 5 ms frame a "
        "smooth curve with "
    "humps over it.",
)
for n, label, width in ((640, "40 ms: harmonics", 0.9), (80, "5 ms: formants", 2)):
    w = dsp.get_window("hann", n)
    level = dsp.amplitude_to_db(
        np.fft.rfft(w * riddle[middle - n // 2 : middle + n // 2], n=4096) / (w.sum() / 2),
        top_db=80,
    )
    ax.plot(units.fft_frequencies(sr=sr, n_fft=4096) / 1000, level, linewidth=width, label=label)
ax.legend()
ax.set(title="The vowel of “cold”", xlabel="Frequency (kHz)", ylabel="Level (dBFS)", xlim=(0, 5))
pitch = librosa.yin(riddle, fmin=60, fmax=300, sr=sr, hop_length=160)[round(middle / 160)]
ck.claim("puffs a second in this vowel", pitch, near=(122, 4))

# %% [markdown]
# The sounds of speech are called **phones**; the letters along the top of the next picture spell them in the ARPAbet,
# and their times come with the recording. Look for four kinds:
#
# - **vowels** (IY as in *be*, OW as in *cold*, AA as in *heart*, EH as in *self*): bright bars, the formants, over the
#   comb of harmonics;
# - **fricatives** (S, F, SH): air through a narrow gap, a cloud without lines; S reaches the top of the picture, F is
#   faint. Z and V are fricatives with a voice below;
# - **stops** (T, K, D, B): a short silence, then a thin vertical stroke; the gap before the K of *cold* is the longest;
# - **nasals** (N; also M, NG): the mouth is shut; weaker than vowels, with one strong bar near the bottom.

# %% folded
item = librivox["austen-3"]
phones = [phone for phone in item.phones if phone.end < len(riddle) / sr]
views = {80: "5 ms frames: each puff of the voice is a stroke", 640: "40 ms: harmonics are lines"}
fig, axes = display.subplots(
    2,
    1,
    height=2.9,
    alt="Two spectrograms of the riddle, its phones written along the top: with 5 ms frames "
    "vertical strokes, one for each puff of the voice; with 40 ms frames horizontal lines.",
)
for ax, (n_fft, name) in zip(axes, views.items(), strict=True):
    display.spectrogram(
        riddle, sr=sr, n_fft=n_fft, hop_length=40, ax=ax, title=name, colorbar=False
    )
    for i, (start, end, phone) in enumerate(phones):
        ax.axvline(start, color="white", linewidth=0.4, alpha=0.6)
        if phone != "SIL":
            place = {"transform": ax.get_xaxis_transform(), "ha": "center", "va": "top"}
            x, y = (start + end) / 2, 0.97 - 0.06 * (i % 2)
            ax.text(x, y, phone, color="white", fontsize=7, **place)
spoken = "Unless to be rather cold-hearted and rather selfish …"
display.play(riddle, sr=sr, title=spoken, caption="Follow the letters while you listen.")

# %% [markdown]
# The eye's judgement can be measured: for each fricative and each vowel of all five sentences, the share of the energy
# that lies above 3 kHz.

# %% folded
VOWELS = {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"}
share = {"S and SH": [], "vowels": []}
for utterance in librivox:
    y, _ = utterance.load()
    power = np.abs(stft(y.astype(np.float64), n_fft=512, hop_length=80)) ** 2
    high = units.fft_frequencies(sr=sr, n_fft=512) > 3000
    for start, end, phone in utterance.phones:
        group = "S and SH" if phone in {"S", "SH"} else "vowels" if phone in VOWELS else None
        columns = slice(round(start * sr / 80), round(end * sr / 80))
        if group and power[:, columns].sum() > 0:
            share[group].append(power[high][:, columns].sum() / power[:, columns].sum())
fig, ax = display.subplots(
    1,
    1,
    height=2.6,
    alt="Two histograms of the share of energy above 3 kHz: vowels close to 0, S and SH spread "
        "towards 1.",
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
# Have a program tell hiss from vowel.

# %% [markdown]
# ## 7. What goes wrong
#
# **The wrong kind of window.** `np.hanning(N)` is symmetric. In an STFT it makes an error of a few thousandths: too
# small to hear or see, large enough that your features do not equal those that a pretrained model was trained on.

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
    {"code": name, "relative error": f"{error:.0e}", "time / librosa's": ratio}
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
# 5. Vowels are bars, S is a cloud up to the top, stops are gaps with a stroke, nasals a bar at the bottom.
#
# **Answer to the opening question.** *Unless to be rather cold-hearted and rather selfish.* Two clouds reach the top of
# the picture, at 0.5 and at 2.8 seconds, the S of *unless* and of *selfish*, and a fainter one, SH, ends it. The other
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
