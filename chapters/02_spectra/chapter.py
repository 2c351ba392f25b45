# %% [markdown]
# # 02 · Spectra
#
# A sentence, and the same sentence backwards. Play both, then look at the two curves.
#
# **The question of this chapter:** the curves say how strong each frequency is, and they are the same: at *every*
# frequency the two sounds are equally strong. Yet only one of them can be understood. If this is what a spectrum says
# of a sound, where are the words?

# %% folded
import numpy as np
import scipy.signal

import coursekit as ck
from coursekit import audio, data, diagrams, display, dsp, metrics, synth, units

librivox = data.load("librivox")
speech, sr = librivox["austen-2"].load()
speech = speech.astype(np.float64)
backwards = speech[::-1]
display.compare_sounds({"forwards": speech, "backwards": backwards}, sr=sr, show=("spectrum",))

# %% [markdown] card
# > **After this chapter you can**
# >
# > - say which frequency a bin stands for, and compute a DFT from its definition (questions 1 and 2);
# > - derive the FFT, and write it (question 3);
# > - filter by multiplying spectra, and say what the zeros are for (question 4);
# > - read frequency and amplitude of a tone off a spectrum (question 5), and take an unwanted tone out of a recording (question 6);
# > - say how long a recording must be to tell two tones apart (question 7).
# >
# > **Know before:** chapter [01](01_digital_audio.ipynb); complex numbers, $e^{i\varphi} = \cos\varphi + i \sin\varphi$.
# >
# > **Cost:** {minutes} to run on two cores, {memory} of memory, {download} of recordings (fetched once).
#
# data: instruments, librivox

# %% [markdown]
# ## 1. Asking a sound for one frequency
#
# How much 440 Hz is in a sound? Multiply the sound, sample by sample, with a tone of 440 Hz, and add up the products.
# If the sound swings with the tone, both are positive together and negative together: every product is positive, and
# the sum grows. If it swings at another frequency, positive products and negative ones take turns, and the sum stays
# small.

# %% folded
t = np.arange(80) / 80
asked = np.cos(2 * np.pi * 5 * t)
fig, axes = display.subplots(
    2,
    2,
    height=1.9,
    sharex=True,
    sharey="row",
    alt="Left: a tone of 5 cycles times a cosine of 5 cycles; all products are positive, and "
    "their running sum climbs to 40. Right: a tone of 8 cycles times the same cosine; the "
    "products change sign, and the running sum ends at 0.",
)
for column, cycles in zip(axes.T, (5, 8), strict=True):
    products = np.cos(2 * np.pi * cycles * t) * asked
    column[0].axhline(0, color="black", linewidth=0.6)
    column[0].plot(t, np.cos(2 * np.pi * cycles * t), color="0.6", label="the sound")
    column[0].fill_between(t, products, label="sound × cosine of 5 cycles", alpha=0.8)
    column[0].set(
        title=f"A sound of {cycles} cycles, asked for 5", ylabel="Amplitude", ylim=(-1.3, 2.6)
    )
    column[0].legend(loc="upper center", ncols=2, fontsize=8)
    column[1].plot(t, np.cumsum(products), color=display.COLORS["red"])
    column[1].set(xlabel="Time (s)", ylabel="Running sum", ylim=(-5, 45))

# %% [markdown]
# **By hand, with eight samples.** Let $x$ be one cycle of a cosine, with $r = \sqrt{1/2}$:
#
# | | | | | | | | | | sum |
# | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
# | $x$ | 1 | $r$ | 0 | $-r$ | $-1$ | $-r$ | 0 | $r$ | |
# | times cosine, 1 cycle | 1 | ½ | 0 | ½ | 1 | ½ | 0 | ½ | **4** |
# | times cosine, 2 cycles: 1 0 −1 0 1 0 −1 0 | 1 | 0 | 0 | 0 | $-1$ | 0 | 0 | 0 | **0** |
# | times sine, 1 cycle: 0 $r$ 1 $r$ 0 $-r$ $-1$ $-r$ | 0 | ½ | 0 | $-$½ | 0 | ½ | 0 | $-$½ | **0** |
#
# The last row is the catch: a sine has the right frequency, and its sum is 0, because it starts a quarter of a cycle
# later. A sound may start anywhere in its cycle. So we ask twice, with a cosine and with a sine; one of them gets what
# the other misses. The two answers become the real and the imaginary part of one complex number:
#
# $$c(f) = \sum_{n=0}^{N-1} x[n] \cos\frac{2\pi f n}{f_s} \;-\; i \sum_{n=0}^{N-1} x[n] \sin\frac{2\pi f n}{f_s}
#        = \sum_{n=0}^{N-1} x[n]\, e^{-2\pi i f n / f_s} \tag{1}$$
#
# - $x[n]$: the $N$ samples; $f_s$: the sample rate, in Hz; $f$: the frequency that we ask for, in Hz.
# - $|c(f)| = \sqrt{\text{cosine sum}^2 + \text{sine sum}^2}$ is the **magnitude**: how much of the tone there is,
#   wherever it starts.
# - The angle of $c(f)$ is the **phase**: where in its cycle the tone starts. The minus sign is there for its sake: with
#   it, the tone $A \cos(2\pi f n / f_s + \varphi)$ gets the angle $+\varphi$.
# - The magnitude of that tone is $A N / 2$ (here $1 \cdot 8 / 2 = 4$), because the mean of $\cos^2$ is one half.
#
# A sum of products is an **inner product**, a measure of likeness. The code is equation 1:


# %%
def likeness(x, f, sr):
    """How much of a tone of f Hz is in x: a complex number, equation 1."""
    n = np.arange(len(x))
    return np.sum(x * np.exp(-2j * np.pi * f * n / sr))


n = np.arange(8)
for degrees in (0, 90, 30):
    x = np.cos(2 * np.pi * n / 8 + np.radians(degrees))
    c = likeness(x, 1, sr=8)
    print(
        f"starts at {degrees:2d}°: cosine sum {c.real:5.2f}, sine sum {-c.imag:5.2f}, "
        f"magnitude {abs(c):.2f}, phase {np.degrees(np.angle(c)):.0f}°"
    )

# %% [markdown]
# Now a real sound: a guitar chord, asked for every frequency between 70 and 700 Hz. A string swings at its
# **fundamental** frequency and at whole multiples of it, its **overtones**; both are heard as one note.

# %% folded
guitar, guitar_sr = data.load("instruments")["guit_em9"].load()
chord = guitar[3 * guitar_sr : 4 * guitar_sr].astype(np.float64)
low_sr = 4410  # enough for what lies below 700 Hz (chapter 01)
slow = audio.resample(chord, orig_sr=guitar_sr, target_sr=low_sr)
frequencies = np.arange(70.0, 700.0)
strength = np.array([abs(likeness(slow, f, low_sr)) for f in frequencies])
strength /= strength.max()
peaks, _ = scipy.signal.find_peaks(strength, height=0.04, distance=12)
names = {82: "E2", 164: "E3: twice E2", 247: "B3: 3 × E2", 374: "F♯4", 396: "G4", 590: "D5"}
fig, ax = display.subplots(
    1,
    1,
    height=3,
    alt="Likeness of a guitar chord to tones from 70 to 700 Hz: sharp peaks at "
    "E2 and its multiples E3 and B3, and at F sharp 4, G4 and D5.",
)
ax.plot(frequencies, strength)
for i in peaks:
    name = names[min(names, key=lambda f: abs(f - frequencies[i]))]
    ax.annotate(name, (frequencies[i], strength[i]), ha="center", va="bottom", fontsize=8)
ax.set(
    title="A chord, asked for each frequency",
    xlabel="Frequency (Hz)",
    ylabel="Likeness (relative)",
    ylim=(0, 1.15),
)
ck.claim(
    "highest peaks of the chord, Hz from E2", abs(frequencies[strength.argmax()] - 82.4), below=1
)
display.play(
    chord,
    sr=guitar_sr,
    title="The chord: electric guitar, E minor ninth (E, G, B, D, F♯)",
    caption="Which of the peaks' notes can you hear out?",
)

# %% [markdown]
# E3 and B3 are twice and three times E2, so an overtone of the low string stands there in any case; whether a string of
# its own is plucked there too, the spectrum alone does not tell.
#
# ## 2. N tones say everything
#
# We asked for 630 frequencies. Which ones must be asked for, to know *everything* about $N$ samples? $N$ unknown
# numbers need $N$ answers. Take $N$ tones that are evenly spaced from 0 up to, but without, the sample rate; then tone
# $k$ makes exactly $k$ cycles in $N$ samples:
#
# $$f_k = k\,\frac{f_s}{N} \;\text{Hz}, \qquad k = 0 \dots N-1 \tag{2}$$
#
# Put into (1), the sample rate drops out. This is the **discrete Fourier transform** (DFT); $X[k]$ is called **bin**
# $k$:
#
# $$X[k] = \sum_{n=0}^{N-1} x[n]\, e^{-2\pi i k n / N} \tag{3}$$
#
# **By hand, N = 4.** Here $e^{-2\pi i/4} = -i$, so the factors of bin $k$ are powers of $(-i)^k$. Take $x = (1, 2, 0,
# -1)$:
#
# | bin | factors | sum | $X[k]$ |
# | ---: | --- | --- | ---: |
# | 0 | $1, 1, 1, 1$ | $1 + 2 + 0 - 1$ | $2$ |
# | 1 | $1, -i, -1, i$ | $1 - 2i - 0 - i$ | $1 - 3i$ |
# | 2 | $1, -1, 1, -1$ | $1 - 2 + 0 + 1$ | $0$ |
# | 3 | $1, i, -1, -i$ | $1 + 2i - 0 + i$ | $1 + 3i$ |
#
# The table of factors is a matrix, $F_{kn} = e^{-2\pi i k n / N}$, and (3) is a product with it: $X = F x$. For $N =
# 32$ it looks like this. Follow a row: it is a tone, with one more cycle than the row above.

# %% folded
cycles = np.exp(-2j * np.pi * np.outer(np.arange(32), np.arange(32)) / 32)
fig, axes = display.subplots(
    1,
    2,
    height=3.4,
    alt="Real and imaginary part of the 32-point DFT matrix: each row a cosine "
    "or sine with one more cycle than the row above, up to row 16; then the cycles get fewer "
    "again.",
)
for ax, part, name in zip(
    axes,
    (cycles.real, cycles.imag),
    ("Real part: cosines", "Imaginary part: minus sines"),
    strict=True,
):
    ax.imshow(part, cmap="cividis")
    ax.grid(False)
    ax.set(title=name, xlabel="Sample n", ylabel="Bin k")

# %% [markdown] try: 02.bin
# Equation 2, turned round.

# %% [markdown] try: 02.dft
# Write equation 3 yourself, before you open the course's version in the next cell.

# %% folded include: coursekit.dsp.dft_matrix, coursekit.dsp.dft

# %%
x = np.array([1.0, 2.0, 0.0, -1.0])
print("by hand: 2, 1 - 3i, 0, 1 + 3i;  dft:", np.round(dft(x), 12))

rng = np.random.default_rng(0)
noise = rng.standard_normal(1000)
ck.compare(
    dft(noise), np.fft.fft(noise), rtol=1e-10, title="dft against numpy.fft.fft, 1,000 points"
)

# %% [markdown]
# **Why nothing is lost.** Multiply two different rows of $F$ (the second one conjugated) and add up; with $q = e^{-2\pi
# i (j - k)/N}$ this is a geometric sum,
#
# $$\sum_{n=0}^{N-1} e^{-2\pi i j n/N}\, e^{+2\pi i k n/N} = \sum_{n=0}^{N-1} q^n = \frac{1 - q^N}{1 - q} = 0 ,
#   \quad\text{as } q^N = e^{-2\pi i (j-k)} = 1 . \tag{4}$$
#
# For $j = k$ every term is 1 and the sum is $N$. So each tone has likeness 0 with every other (the rows are
# **orthogonal**), no tone is counted twice, and the sound is put together again by adding up the tones, each as strong
# as it was found to be:
#
# $$x[n] = \frac{1}{N} \sum_{k=0}^{N-1} X[k]\, e^{+2\pi i k n / N} \tag{5}$$
#
# This is the **inverse DFT**. By hand, the first sample of the example: $\frac14\,(2 + (1 - 3i) + 0 + (1 + 3i)) = 1$. ✓
#
# - **Energy is kept** (Parseval): $\sum_n |x[n]|^2 = \frac{1}{N} \sum_k |X[k]|^2$. By hand: $1 + 4 + 0 + 1 = 6$, and
#   $\frac14 (4 + 10 + 0 + 10) = 6$.
# - **Half is enough for sound.** Bin 3 of the example is the conjugate of bin 1, and in the picture the rows above 16
#   repeat those below. A tone of $N - k$ cycles has, at the samples, the same values as one of $-k$ cycles: it is its
#   alias (chapter 01). A real cosine is half a tone that turns forwards and half one that turns backwards, $\cos\varphi
#   = \frac12 e^{i\varphi} + \frac12 e^{-i\varphi}$; the upper half of the bins holds the second, these **negative
#   frequencies**. For a real sound they say nothing new, and `rfft` leaves them out: it keeps bins 0 to $N/2$.

# %%
X = dft(noise)
rebuilt = dft_matrix(1000).conj() @ X / 1000  # equation 5
ck.compare(rebuilt, noise, rtol=1e-10, title="the inverse DFT gives the samples back")
ck.compare(
    dft_matrix(32) @ dft_matrix(32).conj().T,
    32 * np.eye(32),
    rtol=1e-10,
    title="rows are orthogonal",
)
ck.compare(np.sum(np.abs(X) ** 2) / 1000, np.sum(noise**2), rtol=1e-10, title="Parseval")
ck.compare(X[:500:-1], X[1:500].conj(), rtol=1e-10, title="bin N-k against the conjugate of bin k")

# %% [markdown]
# ## 3. The fast Fourier transform
#
# Equation 3 costs $N^2$ multiplications: for one minute of sound at 44.1 kHz, seven million million. Do all of them
# have to be made? Split the sum into the even-numbered samples, $n = 2m$, and the odd-numbered ones, $n = 2m + 1$:
#
# $$X[k] = \underbrace{\sum_{m=0}^{N/2-1} x[2m]\, e^{-2\pi i k m/(N/2)}}_{E[k]} \;+\;
#          e^{-2\pi i k/N} \underbrace{\sum_{m=0}^{N/2-1} x[2m+1]\, e^{-2\pi i k m/(N/2)}}_{O[k]} \tag{6}$$
#
# $E$ and $O$ are DFTs of half the length. They repeat after $N/2$ bins, so each of their values serves twice; and half
# a turn later the factor in front has the other sign, because $e^{-2\pi i (k + N/2)/N} = e^{-2\pi i k/N}\, e^{-\pi i} =
# -e^{-2\pi i k/N}$. For $k < N/2$:
#
# $$X[k] = E[k] + e^{-2\pi i k/N}\, O[k], \qquad X[k + \tfrac{N}{2}] = E[k] - e^{-2\pi i k/N}\, O[k] \tag{7}$$
#
# One multiplication (the **twiddle factor** times $O[k]$), one sum, one difference: a **butterfly**. If $N$ is a power
# of two, each half is split again, until one sample is left, whose DFT is the sample itself. Read the diagram from left
# to right; a line that is labelled is multiplied, and where two lines meet, they are added (grey: subtracted).

# %% folded
fig, ax = display.subplots(
    1,
    1,
    height=4.2,
    alt="An 8-point FFT as a diagram. Left the samples in the order 0 4 2 6 1 5 3 7; three "
    "stages of four butterflies each join neighbours, then pairs, then halves; right the bins 0 to "
    "7.",
)
order = [int(f"{i:03b}"[::-1], 2) for i in range(8)]
for stage in range(3):
    half = 2**stage
    for top in (i for i in range(8) if not i & half):
        low, left, right = top + half, 2 * stage, 2 * stage + 1.6
        factor = (top % half) * 8 // (2 * half)
        ax.plot([left, right], [-top, -top], color="black", linewidth=1)
        ax.plot([left, right], [-low, -top], color="black", linewidth=1)
        ax.plot([left, right], [-top, -low], color="black", linewidth=1)
        ax.plot([left, right], [-low, -low], color="0.65", linewidth=1)
        for row in (top, low):
            ax.plot([right, right + 0.4], [-row, -row], color="black", linewidth=1)
        if factor:
            ax.text(
                left - 0.02,
                -low,
                f"$e^{{-2\\pi i\\,{factor}/8}}$",
                fontsize=9,
                ha="right",
                va="center",
                color=display.COLORS["blue"],
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
for i in range(8):
    ax.text(-0.15, -i, f"$x[{order[i]}]$", ha="right", va="center")
    ax.text(6.1, -i, f"$X[{i}]$", ha="left", va="center")
for stage, name in enumerate(("pairs: 4 DFTs of length 2", "2 of length 4", "1 of length 8")):
    ax.text(2 * stage + 0.8, 0.75, name, ha="center", fontsize=9)
ax.set(xlim=(-0.9, 6.9), ylim=(-7.5, 1.2))
ax.set_axis_off()

# %% [markdown]
# **By hand**, with the same four samples $(1, 2, 0, -1)$. The even ones are $(1, 0)$, and their DFT is $E = (1, 1)$;
# the odd ones are $(2, -1)$, with $O = (1, 3)$. The twiddle factors are $1$ and $-i$. So $X = (1 + 1,\; 1 - 3i,\; 1 -
# 1,\; 1 + 3i)$: what section 2 found with 16 products took a few.
#
# There are $\log_2 N$ stages with $N/2$ multiplications each: about $N \log_2 N$ operations in place of $N^2$ (Cooley
# and Tukey, 1965).

# %% [markdown] try: 02.fft
# Equation 7 as a function that calls itself. The next cell holds the course's version.

# %% folded include: coursekit.dsp.fft

# %%
print("by hand: 2, 1 - 3i, 0, 1 + 3i;  fft:", np.round(fft(x), 12))
ck.compare(
    fft(noise[:512]),
    np.fft.fft(noise[:512]),
    rtol=1e-10,
    title="fft against numpy.fft.fft, 512 points",
)

print(f"\n{'N':>9s} {'N²':>20s} {'N log2 N':>12s} {'ratio':>7s}")
for log_n in (6, 10, 14, 20):
    print(f"{2**log_n:9,d} {4**log_n:20,d} {log_n * 2**log_n:12,d} {2**log_n / log_n:7,.0f}")

# %% [markdown]
# For one million samples the ratio is fifty thousand: a second instead of fourteen hours. Libraries split by other
# small factors too, and turn prime lengths into a convolution (next section), so any length is fast.
#
# ## 4. Multiplying spectra
#
# A filter (chapter 01) slides its **taps** $h$ over the sound: each output sample is a sum of products, a
# **convolution**,
#
# $$y[n] = \sum_{m=0}^{M-1} h[m]\, x[n - m] . \tag{8}$$
#
# What does this do to a spectrum? A filter delays and adds, and a tone that is delayed remains the same tone, turned by
# an angle. So each tone goes through by itself: it is multiplied with one complex number. To see it, put the tone $x[n]
# = e^{2\pi i k n/N}$ into (8):
#
# $$y[n] = \sum_{m} h[m]\, e^{2\pi i k (n - m)/N} = e^{2\pi i k n/N} \underbrace{\sum_{m} h[m]\, e^{-2\pi i k m/N}}_{H[k]} ,
#   \qquad\text{so}\quad Y[k] = H[k]\, X[k] . \tag{9}$$
#
# This is the **convolution theorem**: *filtering is multiplying spectra*.

# %% folded
diagrams.chain(
    ["FFT", "× H[k]", "inverse FFT"],
    ["x[n]", "X[k]", "Y[k]", "y[n]"],
    alt="A sound x goes through an FFT, its spectrum X is multiplied with H, and an inverse FFT "
        "gives the filtered sound y.",
)

# %% [markdown]
# One thing needs care. The tones of the DFT repeat after $N$ samples, so in (9) the sound repeats, too, and what runs
# out at the end comes in at the beginning: **circular** convolution.
#
# **By hand.** Add to each sample the one before, $h = (1, 1)$, with $x = (1, 2, 0, -1)$ again. Written by (8) the
# result has one sample more than $x$: $(1, 3, 2, -1, -1)$. By spectra: $H = (2, 1 - i, 0, 1 + i)$, $HX = (4, -2 - 4i,
# 0, -2 + 4i)$, and back with (5): $(0, 3, 2, -1)$. The last $-1$ has landed on the first $1$. Four zeros behind $x$,
# and it has a place of its own.

# %%
h = np.array([1.0, 1.0])
print("by the sum     ", np.convolve(x, h))
print("spectra, N = 4 ", np.fft.ifft(np.fft.fft(x) * np.fft.fft(h, n=4)).real.round(12))
print("spectra, N = 8 ", np.fft.ifft(np.fft.fft(x, n=8) * np.fft.fft(h, n=8)).real.round(12))


def fast_convolve(x, h):
    """All len(x) + len(h) - 1 samples of equation 8, by way of the spectra."""
    n = len(x) + len(h) - 1  # room for what runs out at the end
    return np.fft.irfft(np.fft.rfft(x, n=n) * np.fft.rfft(h, n=n), n=n)


# %% [markdown]
# `n=8` puts zeros behind the samples up to eight: **zero-padding**. It adds no information. What it does to a spectrum
# is that (3) is asked at more frequencies: twice the bins, half as far apart, on the same curve $c(f)$ of equation 1.
#
# What is it good for? A room is a filter with very many taps. Here is a made one, whose echo dies away over 0.8
# seconds, and in it the first two seconds of the sentence, which end in the middle of a word.

# %% folded
begun = speech[: 2 * sr]
echo_times = np.arange(round(0.8 * sr)) / (0.8 * sr)
room = rng.standard_normal(len(echo_times)) * 10 ** (-3 * echo_times)  # falls by 60 dB
room *= 0.5 / np.sqrt(np.sum(room**2))  # all echoes together: 6 dB below the direct sound
room[0] = 1.0
wet = fast_convolve(begun, room)
circular = np.fft.irfft(np.fft.rfft(begun) * np.fft.rfft(room, n=len(begun)), n=len(begun))
ck.compare(
    wet,
    scipy.signal.fftconvolve(begun, room),
    rtol=1e-10,
    title="fast_convolve against scipy.signal.fftconvolve",
)
ck.compare(
    wet[:2000],
    np.convolve(begun[:2000], room)[:2000],
    rtol=1e-10,
    title="fast_convolve against the sum",
)
products, n_fast = len(begun) * len(room), len(wet)
print(f"equation 8: {products:,} products")
print(f"three FFTs of {n_fast:,} samples: about {3 * n_fast * np.log2(n_fast):,.0f}")
before = slice(0, round(0.25 * sr))  # she has not begun to speak
levels = {
    name: float(audio.dbfs(audio.rms(y[before])))
    for name, y in (("with zeros", wet), ("without", circular))
}
for name, level in levels.items():
    print(f"level of the first quarter of a second, {name}: {level:.1f} dBFS")
rise = levels["without"] - levels["with zeros"]
ck.claim("the end's echo at the beginning raises its level by (dB)", rise, above=6)
display.compare_sounds(
    {"in the room": wet, "the same without zero-padding": circular},
    sr=sr,
    show=("wave",),
    captions=[
        "made echoes; they outlast the voice",
        "it begins with the echo of its own end, and ends dead",
    ],
)

# %% [markdown] try: 02.convolve
# A sound may be too long for one FFT, or still be going on. Then it is filtered in blocks.

# %% [markdown]
# The theorem works the other way, too. (3) and (5) differ only in a sign and in $1/N$, so: **multiplying two sounds
# convolves their spectra.** The next section needs it.
#
# ## 5. Leakage
#
# A tone that makes a whole number of cycles in $N$ samples fills one bin, and by (4) no other. But the tones of the
# world do not know our $N$. What does a tone of 20.5 cycles look like? Taking $N$ samples is multiplying an endless
# tone by a **rectangle**: 1 inside, 0 outside. So the tone's spectrum, a single line, is convolved with that of the
# rectangle: a copy of the rectangle's spectrum stands where the line was.
#
# That spectrum is the geometric sum of (4) again, now with a distance $\nu$ (in bins) that need not be a whole number:
#
# $$|D(\nu)| = \left| \sum_{n=0}^{N-1} e^{-2\pi i \nu n/N} \right| = \left| \frac{\sin \pi\nu}{\sin(\pi\nu/N)} \right| \tag{10}$$
#
# It has a **main lobe**, from $-1$ to $1$, and beside it **side lobes**; it is 0 at every other whole number.
# Zero-padding draws it, and shows how the bins (dots) are samples of one and the same curve:

# %% folded
n256 = np.arange(256)
fig, axes = display.subplots(
    1,
    2,
    height=3.2,
    sharey=True,
    alt="Spectrum of a tone of 20 cycles and of one of 20.5 cycles, 256 "
    "samples each: the same curve with side lobes. For 20 cycles the bins fall on its zeros and "
    "one on "
    "its top; for 20.5 cycles they fall on the tops of the side lobes.",
)
for ax, cycles in zip(axes, (20.0, 20.5), strict=True):
    tone = np.cos(2 * np.pi * cycles * n256 / 256)
    ax.plot(
        np.arange(256 * 32 // 2 + 1) / 32,
        np.abs(np.fft.rfft(tone, n=256 * 32)) / 128,
        linewidth=1,
        label="with zeros, n=8192",
    )
    ax.plot(np.abs(np.fft.rfft(tone)) / 128, "o", markersize=5, label="the bins, N = 256")
    ax.set(title=f"{cycles:g} cycles", xlabel="Bin", ylabel="Magnitude / (N/2)", xlim=(13.5, 27.5))
    ax.legend(loc="upper right", fontsize=8)

# %% [markdown]
# On the left the bins fall on the zeros of the curve, so we see one value. On the right they fall near the tops of its
# side lobes, so there is energy in *all* bins: **leakage**. Nothing in the sound has changed; only the place where we
# look.
#
# **By hand**, for large $N$, where $\sin(\pi\nu/N) \approx \pi\nu/N$ and so $|D|/N \approx |\sin(\pi\nu)/(\pi\nu)|$.
# Half a bin off, $\nu = 0.5$: $2/\pi = 0.637$, so the tone seems 3.9 dB too weak (the **scalloping loss**). One bin
# further, $\nu = 1.5$: $2/(3\pi) = 0.212$, that is −13.5 dB. At $\nu = 10.5$ it is still −30 dB: the lobes fall like
# $1/\nu$.

# %%
halfway = np.abs(np.fft.rfft(np.cos(2 * np.pi * 100.5 * np.arange(4096) / 4096))) / 2048
for bin in (100, 102, 111):
    print(
        f"bin {bin} is {abs(bin - 100.5):.1f} bins from the tone: {halfway[bin]:.3f}, "
        f"{20 * np.log10(halfway[bin]):6.1f} dB"
    )

# %% [markdown]
# ## 6. Windows
#
# The rectangle's edges are steep, and steep edges need high frequencies: that is where the side lobes come from. Cut
# gently, with a **window** $w[n]$ that rises from zero, or nearly, and falls back. The usual windows are sums of a few
# cosines:
#
# $$w[n] = \sum_{j} a_j \cos\frac{2\pi j n}{N}, \qquad \text{Hann: } a_0 = \tfrac12,\; a_1 = -\tfrac12 \tag{11}$$
#
# What a cosine does to a spectrum can be said by hand. $w = \frac12 - \frac14 e^{2\pi i n/N} - \frac14 e^{-2\pi i
# n/N}$: three tones, one bin apart. So Hann puts not one copy of $D$ where the tone is but three, side by side,
# weighted $-\frac14, \frac12, -\frac14$. Beyond the middle the side lobes of the three have alternating signs and
# nearly cancel. The price is a main lobe twice as wide, from $-2$ to $2$: a tone right on a bin now fills three bins.

# %% include: coursekit.dsp.get_window

# %%
tone = np.exp(2j * np.pi * 3 * np.arange(8) / 8)  # three cycles in eight samples
print(
    "bins 1 to 5 with a Hann window, divided by N:",
    np.round(np.fft.fft(get_window("hann", 8) * tone)[1:6].real / 8, 12),
)
for name in ("hann", "hamming", "blackman"):
    ck.compare(
        get_window(name, 512, fftbins=True),
        scipy.signal.get_window(name, 512, fftbins=True),
        rtol=1e-10,
        title=f"{name} against SciPy",
    )

# %% folded
WINDOWS = {"boxcar": "rectangle", "hann": "Hann", "hamming": "Hamming", "blackman": "Blackman"}
fig, axes = display.subplots(
    1,
    2,
    height=3.4,
    alt="Left: four windows; the rectangle is flat, the others rise and fall. Right: their "
    "spectra in decibels. The rectangle has the narrowest main lobe and the highest side lobes.",
)
rows = []
for name, label in WINDOWS.items():
    w = get_window(name, 64)
    level = dsp.amplitude_to_db(np.fft.rfft(w, n=64 * 256) / w.sum(), top_db=None)
    first_zero = int(np.argmax(np.diff(level) > 0))
    rows.append(
        {
            "window": label,
            "main lobe (bins)": 2 * first_zero / 256,
            "highest side lobe (dB)": level[first_zero:].max(),
            "half a bin off (dB)": level[128],
        }
    )
    axes[0].plot(w, label=label)
    axes[1].plot(np.arange(len(level)) / 256, level, linewidth=1)
axes[0].set(title="Windows", xlabel="Sample n", ylabel="w[n]")
axes[0].legend(loc="lower center", fontsize=8)
axes[1].set(
    title="Their spectra",
    xlabel="Distance ν (bins)",
    ylabel="Level (dB)",
    xlim=(0, 10),
    ylim=(-100, 3),
)
ck.claim(
    "highest side lobe of the rectangle (dB)", rows[0]["highest side lobe (dB)"], near=(-13.3, 0.2)
)
ck.claim("of the Hann window (dB)", rows[1]["highest side lobe (dB)"], near=(-31.5, 0.2))
ck.claim("main lobe of the Hann window (bins)", rows[1]["main lobe (bins)"], near=(4.0, 0.05))
display.table(rows)

# %% [markdown]
# A window is a bargain: the lower the side lobes, the wider the main lobe. Low side lobes show a quiet tone beside a
# loud one, as below; a narrow main lobe shows two tones that are close (section 7). Two things to know when you use
# one:
#
# - **Scale.** A sine of amplitude $A$ on a bin has $|X[k]| = A \cdot \frac12 \sum_n w[n]$. Divide by $\frac12 \sum_n
#   w[n]$ to read amplitudes.
# - **Periodic or symmetric.** With $N$ in the denominator, (11) is the **periodic** window, for spectra: only so are
#   the three tones exactly one bin apart. Filters are cut out by the **symmetric** one, with $N - 1$, so that their
#   taps mirror. The difference is small and real: it is the first thing to check when two libraries disagree in the
#   third digit.

# %% folded
two = synth.sine(1003, sr=8000, duration=0.128) + 10 ** (-50 / 20) * synth.sine(
    1250, sr=8000, duration=0.128
)
fig, ax = display.subplots(
    1,
    1,
    height=2.8,
    alt="A loud tone at 1,003 Hz and one 50 dB quieter at 1,250 Hz: with the Hann window the "
    "second stands clear, with the rectangle it is hidden.",
)
for name in ("boxcar", "hann"):
    w = get_window(name, len(two))
    ax.plot(
        units.fft_frequencies(sr=8000, n_fft=len(two)),
        dsp.amplitude_to_db(np.fft.rfft(w * two) / (w.sum() / 2), top_db=120),
        label=WINDOWS[name],
    )
    near = np.abs(np.fft.rfft(w * two))[
        141:180
    ]  # 1,100 to 1,400 Hz, 7.8 Hz a bin; bin 160 is 1,250 Hz
    rise = 20 * np.log10(near[17:21].max() / np.median(near))
    ck.claim(
        f"{WINDOWS[name]}: the quiet tone rises above its surroundings by (dB)",
        rise,
        **({"above": 40} if name == "hann" else {"below": 3}),
    )
ax.legend()
ax.set_title("A tone 50 dB below its neighbour")
ax.set(xlabel="Frequency (Hz)", ylabel="Level (dB)", xlim=(500, 2000), ylim=(-100, 5))
# %% [markdown] try: 02.clinic
# A function from a tutorial that names a wrong frequency and a wrong amplitude.

# %% [markdown]
# **An experiment: taking out a hum.** Mains hum of 50 Hz lies on the sentence, as loud as the speech itself. In the
# spectrum of the whole recording it is a few bins wide. We set everything from 45 to 55 Hz to zero and go back. How
# much hum is left? That should depend on leakage, so we change that one thing: the recording lasts 149.5 cycles of 50
# Hz, the worst case; a hum of 50.17 Hz makes 150 cycles and sits on a bin.

# %%
duration = len(speech) / sr


def without_hum(y):
    """y with everything from 45 to 55 Hz set to zero."""
    Y = np.fft.rfft(y)
    f = np.fft.rfftfreq(len(y), 1 / sr)
    Y[np.abs(f - 50) < 5] = 0
    return np.fft.irfft(Y, n=len(y))


loudness = np.sqrt(2 * np.mean(speech**2))  # the amplitude of a sine as loud as the speech
hum = loudness * synth.sine(50.0, sr=sr, duration=duration)
on_a_bin = loudness * synth.sine(150 / duration, sr=sr, duration=duration)
speech_loss = metrics.snr(speech, without_hum(speech))
rows = [
    {
        "hum": name,
        "cycles": f"{f * duration:.1f}",
        "SNR with hum (dB)": f"{abs(metrics.snr(speech, speech + y)):.1f}",
        "SNR after (dB)": metrics.snr(speech, without_hum(speech + y)),
        "what is left of the hum (dB)": -metrics.snr(y, y - without_hum(y)),
    }
    for name, f, y in (("50 Hz", 50.0, hum), ("50.17 Hz", 150 / duration, on_a_bin))
]
print(f"clean speech without its own 45 to 55 Hz: SNR {speech_loss:.1f} dB")
ck.claim("50 Hz: SNR after clearing (dB)", rows[0]["SNR after (dB)"], above=12)
ck.claim(
    "on a bin, SNR after clearing is higher by (dB)",
    rows[1]["SNR after (dB)"] - rows[0]["SNR after (dB)"],
    above=3,
)
display.table(rows)

# %% [markdown]
# The last column is the answer: of the hum on a bin nothing is left but rounding, and of the other one its side lobes
# are. What is then missing is only what the speech itself had between 45 and 55 Hz. Listen for the rest of the hum.

# %% folded
display.compare_sounds(
    {"with hum": speech + hum, "45 to 55 Hz set to zero": without_hum(speech + hum)},
    sr=sr,
    show=("spectrum",),
    fmax=400,
    captions=["small speakers may hide the hum: use headphones", "a trace is left at both ends"],
)

# %% [markdown] try: 02.whistle
# The same with tones whose frequencies, and whose number, nobody tells you.

# %% [markdown]
# ## 7. How close can two tones be?

# %% [markdown] try: 02.resolution
# Answer it before you read on; this section measures the rule.

# %% [markdown]
# Two equally loud tones, a frame with a Hann window. From which distance on do we see two peaks? Bins are $f_s/N$
# apart; zero-padding puts them as close as we like; but neither says anything about the tones, each of which is a main
# lobe four bins wide (bins of the *unpadded* frame). Where the two lobes overlap they add up, and whether they fill the
# gap or deepen it depends on the phases of the two tones. So we take the worst of 32 phases:


# %%
def dip(distance, window, n=512, pad=32):
    """Depth of the gap between two tones `distance` bins apart, at the worst phase; dB."""
    w, t, worst = get_window(window, n), np.arange(n) / n, np.inf
    for phase in np.linspace(0, 2 * np.pi, 32, endpoint=False):
        both = np.cos(2 * np.pi * 60 * t) + np.cos(2 * np.pi * (60 + distance) * t + phase)
        level = np.abs(np.fft.rfft(w * both, n=n * pad))[59 * pad : round((61 + distance) * pad)]
        middle = len(level) // 2
        left, right = level[:middle].argmax(), middle + level[middle:].argmax()
        worst = min(worst, min(level[left], level[right]) / level[left : right + 1].min())
    return 20 * np.log10(worst)


# %% folded
distances = np.arange(1, 4.01, 0.125)
dips = {name: np.array([dip(d, name) for d in distances]) for name in ("hann", "blackman")}
needed = {name: distances[np.argmax(values > 3)] for name, values in dips.items()}
fig, axes = display.subplots(
    1,
    2,
    height=3.2,
    alt="Left: two tones 2 bins apart with a Hann window: for one phase two peaks, for another one "
    "broad peak, with and without zero-padding. Right: the worst dip against the distance: it "
    "passes 3 dB at 2.5 bins for "
    "Hann and later for Blackman.",
)
for phase in (0, np.pi):
    both = np.cos(2 * np.pi * 60 * n256 / 256) + np.cos(
        2 * np.pi * 62 * n256 / 256 + phase + 2 * np.pi * 0.5
    )
    curve = np.abs(np.fft.rfft(get_window("hann", 256) * both, n=256 * 32))
    (line,) = axes[0].plot(
        np.arange(len(curve)) / 32, curve / 64, label=f"phases {np.degrees(phase):.0f}° apart"
    )
    axes[0].plot(curve[::32] / 64, "o", color=line.get_color(), markersize=4)
axes[0].set(
    title="Two tones, 2 bins apart (dots: bins)",
    xlabel="Bin",
    ylabel="Magnitude (relative)",
    xlim=(54, 68),
    ylim=(-0.05, 1.45),
)
axes[0].legend(loc="upper center", fontsize=8, ncols=2)
for name, values in dips.items():
    axes[1].plot(distances, np.minimum(values, 20), ".-", label=WINDOWS[name])
axes[1].axhline(3, color="black", linewidth=0.8)
axes[1].set(
    title="The gap at the worst phase",
    xlabel="Distance of the tones (bins)",
    ylabel="Depth (dB)",
    ylim=(0, 20),
)
axes[1].legend()
print({WINDOWS[name]: f"{d:g} bins" for name, d in needed.items()})
ck.claim("Hann: a gap of 3 dB at any phase from (bins)", needed["hann"], near=(2.5, 0.13))
ck.claim("Hann: gap at 2 bins (dB)", dip(2, "hann"), below=0.5)

# %% [markdown]
# So for a Hann window two tones of equal level are told apart, whatever their phases, from about **2.5 bins** on: a
# distance of $\Delta f$ hertz takes $N \ge 2.5\, f_s / \Delta f$ samples. It is a rule of thumb. With lucky phases less
# will do; a tone much weaker than its neighbour needs more, up to the edge of the main lobe and beyond. What never
# helps is zero-padding: it draws more points of the same curve.
#
# ## 8. Where the words are
#
# Back to the sentence. What does a delay do to a spectrum? **By hand**: a click $(1, 0, 0, 0)$ has $X = (1, 1, 1, 1)$.
# One sample later, $(0, 1, 0, 0)$, it has $X = (1, -i, -1, i)$. The magnitudes are the same; each phase has turned, and
# the higher the bin, the further. In general, for a delay of $d$ samples and for a sound played backwards (both
# circular; put them into (3) to see it):
#
# $$x[n - d] \;\longrightarrow\; e^{-2\pi i k d/N}\, X[k], \qquad\qquad x[N - 1 - n] \;\longrightarrow\; e^{2\pi i k/N}\, \overline{X[k]} . \tag{12}$$
#
# Neither touches a magnitude. *When* something happens is in the phases alone: one event that moves turns all of its
# phases in step. That is why the two curves at the top are equal; the code confirms it to the last digits, and shows
# what phases are worth.

# %%
X, backwards_X = np.fft.rfft(speech), np.fft.rfft(backwards)
k = np.arange(len(X))
ck.claim(
    "forwards and backwards: largest difference of magnitudes, relative to the peak",
    np.abs(np.abs(X) - np.abs(backwards_X)).max() / np.abs(X).max(),
    below=1e-12,
    surprising=True,
)
ck.compare(
    backwards_X,
    np.exp(2j * np.pi * k / len(speech)) * X.conj(),
    rtol=1e-10,
    title="equation 12, backwards",
)
ck.compare(
    np.fft.rfft(np.roll(speech, 100)),
    np.exp(-2j * np.pi * k * 100 / len(speech)) * X,
    rtol=1e-10,
    title="equation 12, a delay of 100 samples",
)

random_phases = np.exp(1j * np.angle(np.fft.rfft(rng.standard_normal(len(speech)))))
only_magnitudes = np.fft.irfft(np.abs(X) * random_phases, n=len(speech))
only_phases = np.fft.irfft(np.exp(1j * np.angle(X)), n=len(speech))


# %% folded
def envelope_likeness(y):
    """Correlation of a sound's level with the sentence's, in steps of 20 ms; 1: in step."""
    step = round(0.02 * sr)
    levels = [
        np.log(
            np.array([audio.rms(s[i : i + step]) for i in range(0, len(s) - step, step)])
            + 1e-3 * audio.rms(s)
        )
        for s in (speech, y)
    ]
    return float(np.corrcoef(*levels)[0, 1])


kept = {
    "its magnitudes, other phases": only_magnitudes,
    "its phases, all magnitudes equal": only_phases,
}
display.table(
    [
        {"kept of the sentence": name, "likeness of the levels over time": envelope_likeness(y)}
        for name, y in kept.items()
    ]
)
ck.claim(
    "phases alone keep the order of loud and soft (likeness)",
    envelope_likeness(only_phases),
    above=0.5,
)
ck.claim("magnitudes alone do not (likeness)", abs(envelope_likeness(only_magnitudes)), below=0.2)
display.compare_sounds(
    {name: 0.9 * y / np.abs(y).max() for name, y in kept.items()},
    sr=sr,
    show=("wave",),
    captions=[
        "every frequency as strong as it was, and no word",
        "thin and noisy, but words come through",
    ],
)

# %% [markdown]
# That one spectrum of a whole recording hides its words in the phases (Oppenheim and Lim, 1981) is a reason to take
# many short ones: chapter [02b](02b_spectrograms.ipynb) does, and the words become visible.
#
# ## 9. What goes wrong
#
# **The wrong axis.** `np.linspace(0, sr / 2, N // 2)` looks like the frequencies of `rfft` and is not: there are $N/2 +
# 1$ bins, $f_s/N$ apart. The error grows with the frequency.

# %%
wrong_axis = np.linspace(0, sr / 2, 512 // 2)
right_axis = np.fft.rfftfreq(512, 1 / sr)
print(f"bin 250: {wrong_axis[250]:.1f} Hz instead of {right_axis[250]:.1f} Hz")
ck.claim(
    "error of the wrong axis at bin 250 (Hz)", wrong_axis[250] - right_axis[250], near=(30.6, 0.5)
)

# %% [markdown]
# **The lost sample.** An odd length and its even neighbour below have equally many bins, and `irfft` takes the even one
# unless it is told. One sample is lost, and what comes back is a slightly stretched copy, which falls out of step with
# the original.

# %%
odd = speech[:20001]
careless = np.fft.irfft(np.fft.rfft(odd))
careful = np.fft.irfft(np.fft.rfft(odd), n=len(odd))
print(
    f"{len(odd)} samples come back as {len(careless)}; SNR of what came back "
    f"{metrics.snr(odd[:-1], careless):.1f} dB, "
    f"with n= {metrics.snr(odd, careful):.0f} dB"
)
ck.claim("SNR without n= (dB)", metrics.snr(odd[:-1], careless), below=20, surprising=True)

# %% [markdown]
# **Zeros taken for resolution.** Two tones 15 Hz apart, 32 ms of them: 0.5 bins. No number of zeros separates them;
# eight times the samples do.

# %% folded
two = synth.sine(1000, sr=8000, duration=0.256) + synth.sine(1015, sr=8000, duration=0.256)
views = {
    "256 samples": (256, 256),
    "256 samples and zeros": (256, 8192),
    "2,048 samples": (2048, 8192),
}
fig, ax = display.subplots(
    1,
    1,
    height=2.8,
    alt="The short frame shows one hump, with or without zero-padding; the long frame shows two "
    "peaks.",
)
peaks_seen = {}
for name, (length, n_fft) in views.items():
    w = get_window("hann", length)
    level = dsp.amplitude_to_db(np.fft.rfft(w * two[:length], n=n_fft) / (w.sum() / 2), top_db=100)
    ax.plot(
        units.fft_frequencies(sr=8000, n_fft=n_fft), level, "o" if n_fft == 256 else "-", label=name
    )
    peaks_seen[name] = len(scipy.signal.find_peaks(level, height=-10, prominence=3)[0])
ax.set(
    title="Zeros add points, not resolution",
    xlabel="Frequency (Hz)",
    ylabel="Level (dB)",
    xlim=(850, 1170),
    ylim=(-40, 8),
)
ax.legend(loc="upper left", fontsize=8)
ck.claim("peaks seen with zero-padding", peaks_seen["256 samples and zeros"], near=(1, 0))
ck.claim("peaks seen with eight times the samples", peaks_seen["2,048 samples"], near=(2, 0))

# %% [markdown]
# ## 10. Results
#
# Our two transforms and NumPy's, on the same noise in the same run. Times are ratios to NumPy's at $N = 128$, because
# seconds depend on your computer; the matrix is made before the clock starts.

# %% folded
import time


def median_seconds(function, repeats=25):
    """Median run time of a function."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


seconds, errors = {}, {}
for n_points in (128, 1024):
    z, F = rng.standard_normal(n_points), dft_matrix(n_points)
    truth = np.fft.fft(z)
    for name, run in (
        ("the definition, as a matrix", lambda z=z, F=F: F @ z),
        ("our fft", lambda z=z: fft(z)),
        ("numpy.fft.fft", lambda z=z: np.fft.fft(z)),
    ):
        seconds[name, n_points] = median_seconds(run)
        errors[name] = f"{np.abs(run() - truth).max() / np.abs(truth).max():.0e}"
    ck.compare(fft(z), truth, rtol=1e-10, title=f"fft against numpy.fft.fft, {n_points:,} points")
unit = seconds["numpy.fft.fft", 128]
growth = {name: seconds[name, 1024] / seconds[name, 128] for name in errors}
ck.claim(
    "from 128 to 1,024 points the definition's time grows more than our fft's, by a factor",
    growth["the definition, as a matrix"] / growth["our fft"],
    above=2,
)
display.table(
    [
        {
            "transform": name,
            "error (relative)": errors[name],
            "time, N = 128": seconds[name, 128] / unit,
            "time, N = 1024": seconds[name, 1024] / unit,
            "grows by": growth[name],
        }
        for name in errors
    ]
)

# %% [markdown]
# Look at the last column: by the counts of operations, eight times the samples should cost the definition 64 times as
# much, and an FFT $8 \cdot 10/7 = 11$ times. In seconds it cost more; one reason may be that the large matrix, 16 MB,
# no longer fits into the processor's fast memory. And our `fft` gains nothing yet at these lengths: it calls itself in
# Python, while the matrix product runs in compiled code.
#
# ## Recap
#
# 1. A bin of the DFT is an inner product: how much a sound is like one tone. Its magnitude says how much, its phase
#    says from where in the cycle.
# 2. $N$ tones are orthogonal and say everything; the way back is exact. The FFT is the same sum, split into even and
#    odd: $N \log_2 N$ instead of $N^2$.
# 3. Filtering is multiplying spectra. Without zero-padding the end wraps round to the beginning.
# 4. Every cut leaks. A window trades the reach of the leak for the width of the line; with Hann, equal tones are told
#    apart from about 2.5 bins on.
# 5. *How much* is in the magnitudes, *when* is in the phases.
#
# **Answer to the opening question.** Played backwards, a sound keeps every magnitude and gets the opposite phases
# (equation 12). The words are in the order of events, and of one long spectrum only the phases hold it: with them alone
# the sentence still rises and falls as it was spoken, with the magnitudes alone nothing of it is left.
#
# ## Going further
#
# - James W. Cooley and John W. Tukey, "An algorithm for the machine calculation of complex Fourier series",
#   *Mathematics of Computation*, 1965.
# - Fredric J. Harris, "On the use of windows for harmonic analysis with the discrete Fourier transform", *Proceedings
#   of the IEEE*, 1978.
# - Alan V. Oppenheim and Jae S. Lim, "The importance of phase in signals", *Proceedings of the IEEE*, 1981.
# - Alan V. Oppenheim and Ronald W. Schafer, *Discrete-Time Signal Processing*, for fast convolution, the chirp
#   transform and prime lengths.
#
# The rest of the exercises: [exercises/02_spectra.ipynb](../exercises/02_spectra.ipynb). Chapter
# [02b](02b_spectrograms.ipynb) cuts the sound into short frames and makes the words visible.
