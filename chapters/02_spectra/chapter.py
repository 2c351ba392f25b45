# %% [markdown]
# # 02 · Spectra
#
# A sentence, and the same sentence backwards. Play both, then look at the curves below: how strong each frequency is.
#
# **The question of this chapter:** there seems to be only one curve, because the two lie on each other: at *every*
# frequency the two sounds are equally strong. Yet only one of them can be understood. If this is what a spectrum says
# of a sound, where are the words?

# %% folded
import numpy as np
import scipy.signal

import coursekit as ck
from coursekit import audio, data, diagrams, display, dsp, metrics, synth, units

librivox = data.load("librivox")
speech, sr = librivox["austen-2"].load()  # sr: 16,000 Hz
speech = speech.astype(np.float64)
backwards = speech[::-1]
fig, ax = display.subplots(
    1,
    1,
    height=2.6,
    alt="The spectra of the sentence forwards and backwards: two curves that lie on each other.",
)
display.spectrum(speech, sr=sr, ax=ax, label="forwards")
display.spectrum(backwards, sr=sr, ax=ax, label="backwards", title="How strong each frequency is")
ax.lines[0].set_linewidth(3)  # so that it shows below the other
display.compare_sounds({"forwards": speech, "backwards": backwards}, sr=sr, show=("wave",))

# %% [markdown] card
# > **After this chapter you can**
# >
# > - say which frequency a bin stands for, and compute a DFT from its definition (questions 1 and 2);
# > - derive the FFT, and write it (question 3);
# > - filter by multiplying spectra, and say what the zeros are for (question 4);
# > - read frequency and amplitude of a tone off a spectrum (question 5), and take unwanted tones out of a recording
# >   (question 6);
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
# If the sound swings with the tone, both are positive together and negative together, no product is negative, and the
# sum grows. At another frequency positive and negative products take turns, and the sum stays small.

# %% folded
t = np.arange(80) / 80
asked = np.cos(2 * np.pi * 5 * t)
fig, axes = display.subplots(
    2,
    2,
    height=1.9,
    sharex=True,
    sharey="row",
    alt="Left: a tone of 5 cycles times a "
    "cosine of 5 cycles; all products are positive, and their running sum climbs to 40. "
    "Right: a tone of 8 cycles times the same cosine; the products change sign, and the "
    "running sum ends at 0.",
)
for column, cycles in zip(axes.T, (5, 8), strict=True):
    sound = np.cos(2 * np.pi * cycles * t)
    column[0].fill_between(t, sound * asked, label="their product", alpha=0.7)
    column[0].plot(t, sound, color="black", linewidth=1, label="the sound")
    column[0].plot(t, asked, "--", color=display.COLORS["red"], linewidth=1, label="the tone")
    column[0].set(
        title=f"A sound of {cycles} cycles, asked for 5", ylabel="Amplitude", ylim=(-1.3, 2.2)
    )
    column[0].legend(loc="upper center", ncols=3, fontsize=8)
    column[1].plot(t, np.cumsum(sound * asked))
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
# The last row is the catch: the frequency is right, and the sum is 0, because a sine starts a quarter of a cycle later.
# A sound may start anywhere in its cycle, so we ask twice, with a cosine and with a sine; one gets what the other
# misses. The two answers become the real and the imaginary part of one complex number:
#
# $$c(f) = \sum_{n=0}^{N-1} x[n] \cos\frac{2\pi f n}{f_s} \;-\; i \sum_{n=0}^{N-1} x[n] \sin\frac{2\pi f n}{f_s}
#        = \sum_{n=0}^{N-1} x[n]\, e^{-2\pi i f n / f_s} \tag{1}$$
#
# - $x[n]$: the $N$ samples; $f_s$: the sample rate, in Hz; $f$: the frequency that we ask for, in Hz.
# - $|c(f)| = \sqrt{\text{cosine sum}^2 + \text{sine sum}^2}$ is the **magnitude**: how much of the tone there is,
#   wherever it starts. Over whole cycles the mean of $\cos^2$ is one half, so a tone of amplitude $A$ has the magnitude
#   $AN/2$ (here $1 \cdot 8 / 2 = 4$).
# - The angle of $c(f)$ is the **phase**: where in its cycle the tone starts. For $A \cos(2\pi f n / f_s + \varphi)$ the
#   cosine sum is $\frac{AN}{2} \cos\varphi$ and the sine sum $-\frac{AN}{2} \sin\varphi$. The minus sign in (1) turns
#   this into $\frac{AN}{2} e^{i\varphi}$, whose angle is $\varphi$ itself.
#
# A sum of products is an **inner product**, a measure of likeness. The code is equation 1:


# %%
def likeness(x, f, sr):
    """How much of a tone of f Hz is in x, and where it starts: equation 1, a complex number."""
    n = np.arange(len(x))
    return np.sum(x * np.exp(-2j * np.pi * f * n / sr))


n = np.arange(8)
for degrees in (0, 90, 30):
    c = likeness(np.cos(2 * np.pi * n / 8 + np.radians(degrees)), 1, sr=8)
    print(
        f"starts at {degrees:2d}°: cosine sum {c.real:5.2f}, sine sum {-c.imag:5.2f}, "
        f"magnitude {abs(c):.2f}, phase {round(np.degrees(np.angle(c)))}°"
    )

# %% [markdown]
# Now a real sound: a guitar chord, asked for every frequency between 70 and 700 Hz. A string swings at its
# **fundamental** frequency and at multiples of it, its **overtones**; together they are heard as one note. (In E2 the
# digit counts octaves.)

# %% folded
guitar, guitar_sr = data.load("instruments")["guit_em9"].load()
chord = guitar[3 * guitar_sr : 4 * guitar_sr].astype(np.float64)
low_sr = 4410  # enough for what lies below 700 Hz (chapter 01)
slow = audio.resample(chord, orig_sr=guitar_sr, target_sr=low_sr)
frequencies = np.arange(70.0, 700.0, 0.25)
strength = np.array([abs(likeness(slow, f, low_sr)) for f in frequencies])
strength /= strength.max()
peaks, _ = scipy.signal.find_peaks(strength, height=0.04, distance=48)
names = {82: "E2", 164: "E3: twice E2", 248: "B3", 374: "F♯4", 396: "G4", 590: "D5"}
fig, ax = display.subplots(
    1,
    1,
    height=3,
    alt="Likeness of a guitar chord to tones from 70 to 700 Hz: sharp peaks "
    "at E2, E3, B3, F sharp 4, G4 and D5.",
)
ax.plot(frequencies, strength)
for i in peaks:
    name = names[min(names, key=lambda f: abs(f - frequencies[i]))]
    ax.annotate(name, (frequencies[i], strength[i]), ha="center", va="bottom", fontsize=8)
ax.set(
    title="A chord, asked for each frequency",
    xlabel="Frequency (Hz)",
    ylabel="|c(f)| (relative)",
    ylim=(0, 1.15),
)
low, b3 = (
    frequencies[strength.argmax()],
    frequencies[peaks[np.argmin(abs(frequencies[peaks] - 248))]],
)
ck.claim("the highest peak is E2, 82.4 Hz; distance in Hz", abs(low - 82.4), below=1)
ck.claim("B3 above three times E2 (Hz)", b3 - 3 * low, above=1)
display.play(
    chord,
    sr=guitar_sr,
    title="The chord: electric guitar, E minor ninth (E, G, B, D, F♯)",
    caption="Which of the peaks' notes can you hear out?",
)

# %% [markdown]
# E3 stands where the first overtone of the low string must be; whether a string of its own sounds there too, we cannot
# see. B3 stands 2 Hz above three times E2: it is a string of its own, tuned a little high.
#
# ## 2. N tones say everything
#
# Which frequencies tell *everything* about $N$ samples? $N$ unknowns need $N$ equations. Take $N$ tones at equal
# distances, from 0 to just below the sample rate; tone $k$ then makes $k$ cycles in $N$ samples. (Those above $f_s/2$
# are aliases; we shall see whose.)
#
# $$f_k = k\,\frac{f_s}{N} \;\text{Hz}, \qquad k = 0 \dots N-1 \tag{2}$$
#
# Put into (1), the sample rate drops out. (From here on a *tone* is the complex $e^{2\pi i k n/N}$; a cosine is made of
# two.) This is the **discrete Fourier transform** (DFT); $X[k]$ is called **bin** $k$:
#
# $$X[k] = \sum_{n=0}^{N-1} x[n]\, e^{-2\pi i k n / N} \tag{3}$$
#
# **By hand, N = 4.** Here $e^{-2\pi i/4} = -i$, so the factors of bin $k$ are powers of $(-i)^k$. Take
# $x = (1, 2, 0, -1)$:
#
# | bin | factors | sum | $X[k]$ |
# | ---: | --- | --- | ---: |
# | 0 | $1, 1, 1, 1$ | $1 + 2 + 0 - 1$ | $2$ |
# | 1 | $1, -i, -1, i$ | $1 - 2i - 0 - i$ | $1 - 3i$ |
# | 2 | $1, -1, 1, -1$ | $1 - 2 + 0 + 1$ | $0$ |
# | 3 | $1, i, -1, -i$ | $1 + 2i - 0 + i$ | $1 + 3i$ |
#
# The table of factors is a matrix, $F_{kn} = e^{-2\pi i k n / N}$, and (3) is a product with it: $X = F x$. For
# $N = 32$ (yellow is +1, blue −1): each row is a tone (conjugated), down to row 16 with one more cycle than the row
# above; rows 17 to 31 are rows 15 to 1 again, the sines upside down.

# %% folded
F32 = np.exp(-2j * np.pi * np.outer(np.arange(32), np.arange(32)) / 32)
fig, axes = display.subplots(
    1,
    2,
    height=3.4,
    alt="Real and imaginary part of the 32-point DFT matrix: each row a "
    "cosine or sine with one more cycle than the row above, up to row 16; then the rows come "
    "again in the opposite order, the sines upside down.",
)
for ax, part, name in zip(
    axes, (F32.real, F32.imag), ("Real part: cosines", "Imaginary part: minus sines"), strict=True
):
    ax.imshow(part, cmap="cividis")
    ax.grid(False)
    ax.set(title=name, xlabel="Sample n", ylabel="Bin k")

# %% [markdown] try: 02.bin
# Equation 2, turned round.

# %% [markdown] try: 02.dft
# Write equation 3 yourself, before you open the next cell.

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
# **Why nothing is lost.** How alike are two of the tones, number $k$ and number $\ell$? With
# $q = e^{2\pi i (k - \ell)/N}$ their inner product (one of them conjugated, as for complex numbers) is a geometric sum:
#
# $$\sum_{n=0}^{N-1} e^{2\pi i k n/N}\, e^{-2\pi i \ell n/N} = \sum_{n=0}^{N-1} q^n = \frac{1 - q^N}{1 - q} = 0
#   \quad\text{for } k \ne \ell, \text{ as } q^N = e^{2\pi i (k - \ell)} = 1 . \tag{4}$$
#
# For $k = \ell$ every term is 1 and the sum is $N$. The tones are **orthogonal**: each has likeness 0 with every other.
# So adding them up, each as strong as it was found to be, gives the sound back:
#
# $$x[n] = \frac{1}{N} \sum_{k=0}^{N-1} X[k]\, e^{+2\pi i k n / N} \tag{5}$$
#
# (Put (3) in: by (4), with samples and bins exchanged, all samples but $x[n]$ cancel.) This is the **inverse DFT**. By
# hand, the first sample of the example: $\frac14\,(2 + (1 - 3i) + 0 + (1 + 3i)) = 1$. Two consequences:
#
# - **Energy is kept** (Parseval): $\sum_n |x[n]|^2 = \frac{1}{N} \sum_k |X[k]|^2$. By hand: $1 + 4 + 0 + 1 = 6$, and
#   $\frac14 (4 + 10 + 0 + 10) = 6$.
# - **Half is enough for sound.** Bin 3 of the example is the conjugate of bin 1. A tone of $N - k$ cycles has, at the
#   samples, the values of one of $-k$ cycles: it is its alias (chapter 01). A cosine is half a tone that turns forwards
#   and half one that turns backwards, $\cos\varphi = \frac12 e^{i\varphi} + \frac12 e^{-i\varphi}$; the upper bins hold
#   the latter, the **negative frequencies**. For a real sound they say nothing new, and `rfft` leaves them out: for
#   even $N$ it keeps bins 0 to $N/2$, the first and the last of them real.

# %%
X = dft(noise)
rebuilt = dft_matrix(1000).conj() @ X / 1000  # equation 5
ck.compare(rebuilt, noise, rtol=1e-10, title="the inverse DFT gives the samples back")
ck.compare(
    dft_matrix(32) @ dft_matrix(32).conj().T,
    32 * np.eye(32),
    rtol=1e-10,
    title="tones are orthogonal",
)
ck.compare(np.sum(np.abs(X) ** 2) / 1000, np.sum(noise**2), rtol=1e-10, title="Parseval")
ck.compare(X[:500:-1], X[1:500].conj(), rtol=1e-10, title="bin N-k against the conjugate of bin k")

# %% [markdown]
# ## 3. The fast Fourier transform
#
# Equation 3 costs $N^2$ multiplications: for one minute of sound at 44.1 kHz, seven million million. Split the sum into
# the even-numbered samples, $n = 2m$, and the odd-numbered ones, $n = 2m + 1$:
#
# $$X[k] = \underbrace{\sum_{m=0}^{N/2-1} x[2m]\, e^{-2\pi i k m/(N/2)}}_{E[k]} \;+\;
#          e^{-2\pi i k/N} \underbrace{\sum_{m=0}^{N/2-1} x[2m+1]\, e^{-2\pi i k m/(N/2)}}_{O[k]} \tag{6}$$
#
# $E$ and $O$ are DFTs of half the length. Put $k + N/2$ for $k$: every term of both sums makes $m$ whole turns more, so
# nothing changes, and each value serves twice. Only the factor in front changes its sign, because
# $e^{-2\pi i (k + N/2)/N} = e^{-2\pi i k/N}\, e^{-\pi i}$. For $k < N/2$:
#
# $$X[k] = E[k] + e^{-2\pi i k/N}\, O[k], \qquad X[k + \tfrac{N}{2}] = E[k] - e^{-2\pi i k/N}\, O[k] \tag{7}$$
#
# One multiplication (with the **twiddle factor**), one sum, one difference: a **butterfly**. If $N$ is a power of two,
# each half is split again, until one sample is left, which is its own DFT. Splitting puts the samples into the order on
# the left of the diagram. What leaves a labelled point is multiplied by the label; what arrives at a dot is added, or,
# on a grey line, subtracted.

# %% folded
fig, ax = display.subplots(
    1,
    1,
    height=4.2,
    alt="An 8-point FFT as a diagram. Left the samples in the order 0 4 2 6 1 5 3 "
    "7; three stages of four butterflies each join neighbours, then pairs, then halves; right the "
    "bins 0 to 7.",
)
order = [int(f"{i:03b}"[::-1], 2) for i in range(8)]
for stage in range(3):
    half, left, right = 2**stage, 2.2 * stage, 2.2 * stage + 1.6
    for top in (i for i in range(8) if not i & half):
        low, factor = top + half, (top % half) * 4 // half
        for start, end, color in (
            (top, top, "black"),
            (low, top, "black"),
            (top, low, "black"),
            (low, low, "0.65"),
        ):
            ax.plot([left, right], [-start, -end], color=color, linewidth=1)
        for row in (top, low):
            ax.plot([right, right + 0.6], [-row, -row], color="black", linewidth=1)
            ax.plot(right, -row, "o", color="black", markersize=4)
        if factor:
            ax.text(
                left,
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
    ax.text(6.7, -i, f"$X[{i}]$", ha="left", va="center")
for stage, name in enumerate(("4 DFTs of length 2", "2 of length 4", "1 of length 8")):
    ax.text(2.2 * stage + 0.8, 0.75, name, ha="center", fontsize=9)
ax.set(xlim=(-0.9, 7.5), ylim=(-7.5, 1.2))
ax.set_axis_off()

# %% [markdown]
# **By hand**, with $(1, 2, 0, -1)$ again. The even samples are $(1, 0)$, and their DFT is $E = (1, 1)$; the odd ones
# are $(2, -1)$, with $O = (1, 3)$. The twiddle factors are $1$ and $-i$. So $X = (1 + 1,\; 1 - 3i,\; 1 - 1,\; 1 + 3i)$,
# as in section 2. There it took 16 multiplications, here four (three of them by 1).
#
# There are $\log_2 N$ stages with $N/2$ multiplications each: $\frac{N}{2} \log_2 N$ in place of $N^2$ (Cooley and
# Tukey, 1965).

# %% [markdown] try: 02.fft
# Equation 7 as a function that calls itself.

# %% folded include: coursekit.dsp.fft

# %%
print("by hand: 2, 1 - 3i, 0, 1 + 3i;  fft:", np.round(fft(x), 12))
ck.compare(
    fft(noise[:512]),
    np.fft.fft(noise[:512]),
    rtol=1e-10,
    title="fft against numpy.fft.fft, 512 points",
)

print(f"\n{'N':>9s} {'N²':>20s} {'N/2 log2 N':>12s} {'ratio':>8s}")
for log_n in (6, 10, 14, 20):
    print(
        f"{2**log_n:9,d} {4**log_n:20,d} {log_n * 2**log_n // 2:12,d} {2 * 2**log_n / log_n:8,.0f}"
    )

# %% [markdown]
# For a million samples the ratio is a hundred thousand: a second instead of a day. Libraries make every length fast.
#
# ## 4. Multiplying spectra
#
# A filter (chapter 01) slides its $M$ **taps** $h$ over the sound. Each output sample is a sum of products, a
# **convolution**:
#
# $$y[n] = \sum_{j=0}^{M-1} h[j]\, x[n - j] . \tag{8}$$
#
# A delayed tone is the same tone, turned by an angle. So each tone goes through multiplied by one complex number. To
# see which, put the tone $x[n] = e^{2\pi i k n/N}$ into (8):
#
# $$y[n] = \sum_{j} h[j]\, e^{2\pi i k (n - j)/N} = e^{2\pi i k n/N} \underbrace{\sum_{j} h[j]\, e^{-2\pi i k j/N}}_{H[k]} ,
#   \qquad\text{so}\quad Y[k] = H[k]\, X[k] , \tag{9}$$
#
# for one tone, and so for any sum of tones. $H$ is the DFT of the taps with zeros behind them, up to $N$. This is the
# **convolution theorem**: *filtering is multiplying spectra*.

# %% folded
diagrams.chain(
    ["FFT", "× H[k]", "inverse FFT"],
    ["x[n]", "X[k]", "Y[k]", "y[n]"],
    alt="A sound x goes through an FFT, its spectrum X is multiplied with H, and an inverse FFT "
    "gives the "
    "filtered sound y.",
)

# %% [markdown]
# One thing needs care. The tones of the DFT repeat after $N$ samples, and so does the sound in (9): what runs out at
# the end comes in at the beginning. This is **circular** convolution.
#
# **By hand.** Add to each sample the one before, $h = (1, 1)$, with $x = (1, 2, 0, -1)$ again. By (8) the result has
# one sample more than $x$: $(1, 3, 2, -1, -1)$. By spectra, $H$ is the DFT of $(1, 1, 0, 0)$, which is
# $(2, 1 - i, 0, 1 + i)$; then $HX = (4, -2 - 4i, 0, -2 + 4i)$; and back with (5): $(0, 3, 2, -1)$. The last $-1$ has
# landed on the first $1$. With one zero behind $x$, and so $N = 5$, it has a place of its own. In general it takes
# $N \ge \text{samples} + \text{taps} - 1$.

# %%
h = np.array([1.0, 1.0])
print("by the sum     ", np.convolve(x, h))
print("spectra, N = 4 ", np.fft.ifft(np.fft.fft(x, n=4) * np.fft.fft(h, n=4)).real.round(12))
print("spectra, N = 5 ", np.fft.ifft(np.fft.fft(x, n=5) * np.fft.fft(h, n=5)).real.round(12))


def fast_convolve(x, h):
    """All len(x) + len(h) - 1 samples of equation 8, by way of the spectra."""
    n = len(x) + len(h) - 1  # room for what runs out at the end
    return np.fft.irfft(np.fft.rfft(x, n=n) * np.fft.rfft(h, n=n), n=n)


# %% [markdown]
# In the FFTs, `n=5` puts zeros behind the samples, up to five: **zero-padding**. It adds no information, only bins:
# they stand closer together, on the same curve $c(f)$ of equation 1.
#
# A room is a filter with very many taps. Here is an artificial one, whose echo dies away over 0.8 seconds, and in it
# the first two seconds of the sentence.

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
print(f"equation 8: {len(begun):,} × {len(room):,} taps = {len(begun) * len(room):,} products")
print(f"three FFTs of {len(wet):,}: about {3 * len(wet) / 2 * np.log2(len(wet)):,.0f}")
before = slice(0, round(0.2 * sr))  # nothing has been said yet
levels = [float(audio.dbfs(audio.rms(y[before]))) for y in (wet, circular)]
print(
    f"level before the first word: {levels[0]:.1f} dBFS, without zero-padding {levels[1]:.1f} dBFS"
)
ck.claim("the end's echo at the beginning raises its level by (dB)", levels[1] - levels[0], above=6)
display.compare_sounds(
    {"in the room": wet, "the same without zero-padding": circular},
    sr=sr,
    show=("wave",),
    captions=["the echo outlasts the voice", "it begins with the echo of its end, and stops dead"],
)

# %% [markdown] try: 02.convolve
# A sound may be too long for one FFT. Then it is filtered block by block, and each block's echo runs into the next.

# %% [markdown]
# The theorem also works the other way round, because (3) and (5) differ only in a sign and in $1/N$: **multiplying two
# sounds convolves their spectra**,
#
# $$x[n]\, v[n] \;\longrightarrow\; \frac{1}{N} \sum_{\ell=0}^{N-1} X[\ell]\, V[k - \ell] \quad\text{(circular)} . \tag{10}$$
#
# ## 5. Leakage
#
# A tone that makes a whole number of cycles in $N$ samples fills one bin, and by (4) no other. What does a tone of 20.5
# cycles look like? See our $N$ samples in a longer stretch, in which the tone makes a whole number of cycles: there its
# spectrum is a single line. We have this stretch times a **rectangle**, 1 for $N$ samples and 0 for all others. By (10)
# a copy of the rectangle's spectrum stands where the line was.
#
# The rectangle's spectrum is the geometric sum of (4) again, now at a distance $\nu$ from the tone, in bins $f_s/N$,
# that need not be a whole number. With $|1 - e^{-i\theta}| = 2\,|\sin(\theta/2)|$:
#
# $$|D(\nu)| = \left| \sum_{n=0}^{N-1} e^{-2\pi i \nu n/N} \right| = \left| \frac{1 - e^{-2\pi i \nu}}{1 - e^{-2\pi i \nu/N}} \right|
#            = \left| \frac{\sin \pi\nu}{\sin(\pi\nu/N)} \right| \tag{11}$$
#
# It has a **main lobe**, from $-1$ to $1$, and **side lobes** beside it; at all whole numbers but 0 it is 0.
# Zero-padding draws this curve, and shows the bins (dots) as samples of it:

# %% folded
n256 = np.arange(256)
fig, axes = display.subplots(
    1,
    2,
    height=3.2,
    sharey=True,
    alt="Spectrum of a tone of 20 cycles and of one of 20.5 cycles, "
    "256 samples each: the same curve with side lobes. For 20 cycles the bins fall on its zeros "
    "and one on its top; for 20.5 cycles they fall near the tops of the side lobes.",
)
for ax, cycles in zip(axes, (20.0, 20.5), strict=True):
    tone = np.cos(2 * np.pi * cycles * n256 / 256)
    ax.plot(
        np.arange(256 * 32 // 2 + 1) / 32,
        np.abs(np.fft.rfft(tone, n=256 * 32)) / 128,
        linewidth=1,
        label="with zeros, 8,192 points",
    )
    ax.plot(np.abs(np.fft.rfft(tone)) / 128, "o", markersize=5, label="the bins, N = 256")
    ax.set(
        title=f"{cycles:g} cycles",
        xlabel="Bin",
        ylabel="Magnitude / (N/2)",
        xlim=(13.5, 27.5),
        ylim=(-0.05, 1.35),
    )
    ax.legend(loc="upper right", fontsize=8)

# %% [markdown]
# On the left the bins fall on the zeros of the curve; on the right near the tops of its side lobes, so there is energy
# in *all* bins: **leakage**. (The two sides differ a little: the lobes of the second line, at $-20.5$, reach over.)
#
# **By hand**, for large $N$, where $\sin(\pi\nu/N) \approx \pi\nu/N$ and so $|D|/N \approx |\sin(\pi\nu)/(\pi\nu)|$.
# Half a bin off, $\nu = 0.5$: $2/\pi = 0.637$. The tone seems 3.9 dB too weak (the **scalloping loss**). At
# $\nu = 1.5$: $2/(3\pi) = 0.212$, that is −13.5 dB. At $\nu = 10.5$ it is still −30 dB: the lobes fall only like
# $1/\nu$.

# %%
halfway = np.abs(np.fft.rfft(np.cos(2 * np.pi * 100.5 * np.arange(4096) / 4096))) / 2048
for bin in (100, 102, 111):
    level = 20 * np.log10(halfway[bin])
    print(f"{abs(bin - 100.5):4.1f} bins from the tone: {halfway[bin]:.3f}, {level:.1f} dB")

# %% [markdown]
# ## 6. Windows
#
# The rectangle ends abruptly. Let the $N$ samples, the **frame**, fade in and out: multiply by a **window** $w[n]$ that
# rises from zero, or nearly, and falls back. The usual windows are sums of a few cosines:
#
# $$w[n] = \sum_{p} a_p \cos\frac{2\pi p n}{N}, \qquad \text{Hann: } a_0 = \tfrac12,\; a_1 = -\tfrac12 \tag{12}$$
#
# **What a cosine does can be worked out by hand.** $w = \frac12 - \frac14 e^{2\pi i n/N} - \frac14 e^{-2\pi i n/N}$:
# three tones, one bin apart. So Hann puts not one copy of $D$ where the tone is but three, side by side, of strengths
# $-\frac14, \frac12, -\frac14$; a tone right on a bin fills three bins, and the main lobe reaches from $-2$ to $2$.
# What of the side lobes? Without the bars, (11) is $D(\nu) = e^{-i\pi\nu(N-1)/N} \sin(\pi\nu)/\sin(\pi\nu/N)$; from one
# copy to the next the factor in front turns by nearly half a turn, so $-\frac14$ acts as $+\frac14$. At $\nu = 2.5$,
# with $\sin(\pi\nu)/(\pi\nu)$: $\frac12 \cdot 0.127 + \frac14\,(-0.212 - 0.091) = -0.012$. Neighbours have opposite
# signs and nearly cancel. Relative to the top of the main lobe, ½, this is −32 dB.

# %% include: coursekit.dsp.get_window

# %%
tone = np.exp(2j * np.pi * 3 * np.arange(8) / 8)  # three cycles in eight samples
hann = get_window("hann", 8)
print(
    "bins 1 to 5 with a Hann window, divided by N:",
    np.round(np.fft.fft(hann * tone)[1:6].real / 8, 12),
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
    alt="Left: four windows; the rectangle is flat, the others rise and fall. "
    "Right: their spectra in decibels. The rectangle has the narrowest main lobe and the highest "
    "side lobes.",
)
rows = []
for name, label in WINDOWS.items():
    w = get_window(name, 64)
    level = dsp.amplitude_to_db(np.fft.rfft(w, n=64 * 256) / w.sum(), amin=1e-9, top_db=None)
    first_zero = int(np.argmax(np.diff(level) > 0))
    rows.append(
        {
            "window": label,
            "main lobe (bins)": 2 * first_zero / 256,
            "highest side lobe (dB)": level[first_zero:].max(),
            "10½ bins away (dB)": level[round(10.5 * 256)],
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
display.table(rows, title="Windows of 64 samples")

# %% [markdown]
# A window is a bargain: the lower its side lobes, as a rule, the wider its main lobe. (Hamming, as wide as Hann, has
# lower near side lobes, and far ones that hardly fall.) Low side lobes show a quiet tone beside a loud one, as in the
# next figure; a narrow main lobe shows two tones that are close (section 7). Mind two things:
#
# - **Scale.** A sine of amplitude $A$ on a bin, away from both ends of the spectrum, has
#   $|X[k]| = A \cdot \frac12 \sum_n w[n]$. Divide by $\frac12 \sum_n w[n]$ to read amplitudes.
# - **Periodic or symmetric.** With $N$ in the denominator, (12) is the **periodic** window, for spectra: only then are
#   the three tones exactly one bin apart. Filters are made with the **symmetric** one, with $N - 1$, so that their taps
#   mirror. It is the first thing to check when two libraries disagree in the third digit.

# %% folded
two = synth.sine(1003, sr=8000, duration=0.128) + 10 ** (-50 / 20) * synth.sine(
    1250, sr=8000, duration=0.128
)
fig, ax = display.subplots(
    1,
    1,
    height=2.8,
    alt="A loud tone at 1,003 Hz and one 50 dB quieter at 1,250 Hz: with the Hann "
    "window the second stands clear, with the rectangle it is hidden.",
)
ax.set(
    title="A tone 50 dB below its neighbour",
    xlabel="Frequency (Hz)",
    ylabel="Level (dB)",
    xlim=(500, 2000),
    ylim=(-100, 5),
)
for name in ("boxcar", "hann"):
    w = get_window(name, len(two))
    level = dsp.amplitude_to_db(np.fft.rfft(w * two) / (w.sum() / 2), top_db=120)
    ax.plot(units.fft_frequencies(sr=8000, n_fft=len(two)), level, label=WINDOWS[name])
    rise = level[158:163].max() - np.median(level[141:180])  # bin 160 is 1,250 Hz
    ck.claim(
        f"{WINDOWS[name]}: the quiet tone rises above its surroundings by (dB)",
        rise,
        **({"above": 40} if name == "hann" else {"below": 3}),
    )
_ = ax.legend()

# %% [markdown] try: 02.clinic
# A tutorial names a wrong frequency and a wrong amplitude.

# %% [markdown]
# **An experiment: taking out a hum.** Mains hum of 50 Hz lies on the sentence, as loud as the speech. We set everything
# from 45 to 55 Hz to zero, 15 bins on either side, and go back. (Without a window, which would fade the recording.) How
# much hum is left? **By hand:** the recording lasts 149.5 cycles, halfway between bins, so beyond 15 bins there remains
# about $2 \int_{15}^{\infty} \frac{d\nu}{(\pi\nu)^2} = \frac{2}{15\pi^2} = 0.0135$ of its energy, −18.7 dB. If it is
# leakage that remains, a hum on a bin must vanish: at 50.17 Hz it makes 150 cycles. We change that one thing.


# %%
def without_hum(y):
    """y with everything from 45 to 55 Hz set to zero."""
    Y = np.fft.rfft(y)
    f = np.fft.rfftfreq(len(y), 1 / sr)
    Y[np.abs(f - 50) < 5] = 0
    return np.fft.irfft(Y, n=len(y))


duration = len(speech) / sr
loudness = np.sqrt(2 * np.mean(speech**2))  # the amplitude of a sine as loud as the speech
hums = {f: loudness * synth.sine(f, sr=sr, duration=duration) for f in (50.0, 150 / duration)}
rows = [
    {
        "hum (Hz)": round(f, 2),
        "cycles": round(f * duration, 1),
        "hum that is left (dB)": metrics.snr(y, y - without_hum(y)) * -1,
        "SNR of the speech before (dB)": abs(round(metrics.snr(speech, speech + y), 1)),
        "after (dB)": metrics.snr(speech, without_hum(speech + y)),
    }
    for f, y in hums.items()
]
ck.claim("hum between bins: what is left (dB)", rows[0]["hum that is left (dB)"], near=(-18.7, 0.5))
ck.claim(
    "hum on a bin: what is left (dB)", rows[1]["hum that is left (dB)"], below=-200, surprising=True
)
ck.claim(
    "SNR after, without hum from the start (dB)",
    metrics.snr(speech, without_hum(speech)),
    near=(30.2, 0.2),
)
display.table(rows, digits=4)

# %% folded
left_over = without_hum(speech + hums[50.0]) - without_hum(speech)
display.compare_sounds(
    {
        "with hum": speech + hums[50.0],
        "45 to 55 Hz set to zero": without_hum(speech + hums[50.0]),
        "what is left of the hum": left_over,
    },
    sr=sr,
    show=("wave",),
    captions=[
        "small speakers may hide it: use headphones",
        "a trace is left at both ends",
        "the trace",
    ],
)

# %% [markdown]
# Of the hum on a bin nothing remains; what the speech then lacks is its own part between 45 and 55 Hz. Of the hum
# between bins the far side lobes remain; they sound at both ends, which do not fit together.
#
# **And if nobody tells us the frequency?** A steady tone gathers its energy in a few bins; speech spreads it over
# thousands. So in the spectrum of the whole recording a tone is a peak that towers over its surroundings, say over the
# median of the 100 Hz around it.

# %% [markdown] try: 02.whistle
# How far must a peak tower, and how much around it must go?

# %% [markdown]
# ## 7. How close can two tones be?

# %% [markdown] try: 02.resolution
# Answer it before you read on.

# %% [markdown]
# From which distance on does a Hann window show two equally loud tones as two peaks, with a gap of at least 3 dB?
# Zero-padding puts the bins as close as we like, and changes nothing about the tones: each is a main lobe, four bins
# wide (bins of the *unpadded* frame). Where two lobes overlap they add up. Halfway between tones 2 bins apart, the two
# copies of $-\frac14$ add up if the phases are equal, and cancel if they are opposite. So we take the worst of 32
# phases:


# %%
def gap(values):
    """How far a curve falls between the highest points of its two halves; dB."""
    middle = len(values) // 2
    left, right = values[:middle].argmax(), middle + values[middle:].argmax()
    return 20 * np.log10(min(values[left], values[right]) / values[left : right + 1].min())


def worst_gap(distance, window, n=512, pad=32):
    """The gap between two tones `distance` bins apart, at the worst of 32 phases; dB."""
    w, t = get_window(window, n), np.arange(n) / n
    gaps = []
    for phase in np.linspace(0, 2 * np.pi, 32, endpoint=False):
        both = np.cos(2 * np.pi * 60 * t) + np.cos(2 * np.pi * (60 + distance) * t + phase)
        spectrum = np.abs(np.fft.rfft(w * both, n=n * pad))  # `pad` values for each bin
        gaps.append(gap(spectrum[59 * pad : round((61 + distance) * pad)]))
    return min(gaps)


# %% folded
distances = np.arange(1, 4.01, 0.125)
gaps = {name: np.array([worst_gap(d, name) for d in distances]) for name in ("hann", "blackman")}
needed = {name: distances[np.argmax(values > 3)] for name, values in gaps.items()}
fig, axes = display.subplots(
    1,
    2,
    height=3.2,
    alt="Left: two tones 2 bins apart with a Hann window: with opposite phases two "
    "peaks, with equal phases one broad peak. Right: the worst gap against the distance: it passes "
    "3 dB "
    "at 2.5 bins for Hann and later for Blackman.",
)
for phase, label in ((0, "equal phases"), (np.pi, "opposite phases")):
    both = np.cos(2 * np.pi * 60 * n256 / 256) + np.cos(2 * np.pi * 62 * n256 / 256 + phase)
    values = np.abs(np.fft.rfft(get_window("hann", 256) * both, n=256 * 32)) / 64
    (line,) = axes[0].plot(np.arange(len(values)) / 32, values, label=label)
    axes[0].plot(values[::32], "o", color=line.get_color(), markersize=4)
axes[0].set(
    title="Two tones, 2 bins apart (dots: bins)",
    xlabel="Bin",
    ylabel="Magnitude (relative)",
    xlim=(54, 68),
    ylim=(-0.05, 1.45),
)
axes[0].legend(loc="upper center", fontsize=8, ncols=2)
for name, values in gaps.items():
    axes[1].plot(distances, values, ".-", label=WINDOWS[name])
axes[1].axhline(3, color="black", linewidth=0.8, label="3 dB")
axes[1].set(
    title="The gap at the worst phases",
    xlabel="Distance of the tones (bins)",
    ylabel="Gap (dB)",
    ylim=(0, 20),
)
axes[1].legend()
for name, d in needed.items():
    print(f"{WINDOWS[name]}: 3 dB at any phases from {d:g} bins on")
ck.claim("Hann: a gap of 3 dB at any phases from (bins)", needed["hann"], near=(2.5, 0.13))
ck.claim("Hann: gap at 2 bins (dB)", worst_gap(2, "hann"), below=0.5)

# %% [markdown]
# So with a Hann window two tones of equal level are told apart, whatever their phases, from about **2.5 bins** on: a
# distance of $\Delta f$ hertz takes $N \ge 2.5\, f_s / \Delta f$ samples. It is a rule of thumb, for a finely drawn
# curve; on bare bins it takes about 2.6. With lucky phases two peaks show earlier, but in wrong places; a much weaker
# tone needs more. Zero-padding draws the curve, and does not sharpen it.
#
# ## 8. Where the words are
#
# Back to the sentence. What does a delay do to a spectrum? **By hand**: a click $(1, 0, 0, 0)$ has $X = (1, 1, 1, 1)$;
# one sample later, $(0, 1, 0, 0)$, it has $X = (1, -i, -1, i)$. The magnitudes are the same; the phases have turned,
# and the higher the bin, the further. And backwards? $(1, 2, 0, -1)$ becomes $(-1, 0, 2, 1)$, whose bin 1 is
# $-1 - 2 + i = i\,(1 + 3i)$: the conjugate of $1 - 3i$, turned. In general, for a (circular) delay of $d$ samples, and
# for a real sound played backwards:
#
# $$x[n - d] \;\longrightarrow\; e^{-2\pi i k d/N}\, X[k], \qquad\qquad x[N - 1 - n] \;\longrightarrow\; e^{2\pi i k/N}\, \overline{X[k]} . \tag{13}$$
#
# (The bar conjugates. Put either into (3) to see it.) Neither touches a magnitude: *where* in the recording something
# happens, and in which order, is in the phases. (How far two events lie apart does mark the magnitudes, as an echo
# does.) That is why the two curves at the top are the same. Now keep the sentence's magnitudes and give it other
# phases; then keep its phases and make all magnitudes equal.

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
    title="equation 13, backwards",
)
ck.compare(
    np.fft.rfft(np.roll(speech, 100)),
    np.exp(-2j * np.pi * k * 100 / len(speech)) * X,
    rtol=1e-10,
    title="equation 13, a delay of 100 samples",
)

random_phases = np.exp(1j * np.angle(np.fft.rfft(rng.standard_normal(len(speech)))))
only_magnitudes = np.fft.irfft(np.abs(X) * random_phases, n=len(speech))
only_phases = np.fft.irfft(np.exp(1j * np.angle(X)), n=len(speech))

# %% folded
kept = {
    "the sentence": speech,
    "its magnitudes, other phases": only_magnitudes,
    "its phases, all magnitudes equal": only_phases,
}
display.compare_sounds(
    {name: 0.9 * y / np.abs(y).max() for name, y in kept.items()},
    sr=sr,
    show=("wave",),
    captions=[
        "as it was spoken",
        "every frequency as strong as it was, and no word",
        "thin and noisy, but words come through",
    ],
)


# %% folded
def levels_over_time(y, step=320):
    """Level of each 20 ms, 320 samples, as a logarithm."""
    floor = 1e-3 * audio.rms(y)
    return np.log([audio.rms(y[i : i + step]) + floor for i in range(0, len(y) - step, step)])


def rise_and_fall(y, item=librivox["austen-2"]):
    """Correlation of the levels with the sentence's, from the first phone to the last."""
    spoken = [
        slice(round(i.phones[0].end * sr), round(i.phones[-1].start * sr))
        for i in (librivox["austen-2"], item)
    ]
    one, other = levels_over_time(speech[spoken[0]]), levels_over_time(y[spoken[1]])
    n = min(len(one), len(other))
    return float(np.corrcoef(one[:n], other[:n])[0, 1])


others = [
    rise_and_fall(item.load()[0].astype(float), item)
    for item in librivox
    if item.name != "austen-2"
]
by_phases, by_magnitudes = rise_and_fall(only_phases), rise_and_fall(only_magnitudes)
ck.claim(
    "phases alone, above the most alike of four other sentences", by_phases - max(others), above=0.1
)
ck.claim("magnitudes alone (correlation)", abs(by_magnitudes), below=0.3)
display.table(
    [
        {"what": what, "levels over time, correlation with the sentence's": round(value, 2)}
        for what, value in (
            ("its phases, all magnitudes equal", by_phases),
            ("its magnitudes, other phases", by_magnitudes),
            ("four other sentences, highest", max(others)),
            ("four other sentences, mean", np.mean(others)),
        )
    ]
)

# %% [markdown]
# With its magnitudes alone the sentence is a steady rush. With its phases alone loud and soft come where the words and
# the pauses were (Oppenheim and Lim, 1981). One spectrum of a whole recording hides its words where no eye finds them;
# many short ones show them (chapter [02b](02b_spectrograms.ipynb)).
#
# ## 9. What goes wrong
#
# **The wrong axis.** `np.linspace(0, sr / 2, N // 2)` looks like the frequencies of `rfft` and is not: there are
# $N/2 + 1$ bins, $f_s/N$ apart. For $N = 512$ at 16 kHz:

# %%
wrong_axis, right_axis = np.linspace(0, sr / 2, 512 // 2), np.fft.rfftfreq(512, 1 / sr)
print(f"bin 250: {wrong_axis[250]:.1f} Hz instead of {right_axis[250]:.1f} Hz")
ck.claim(
    "error of the wrong axis at bin 250 (Hz)", wrong_axis[250] - right_axis[250], near=(30.6, 0.5)
)

# %% [markdown]
# **The lost sample.** An odd length has as many bins as the even one below it, and `irfft` takes the even one unless
# told. What comes back is one sample shorter, a little squeezed, and falls out of step with the original.

# %%
odd = speech[:20001]
careless, careful = np.fft.irfft(np.fft.rfft(odd)), np.fft.irfft(np.fft.rfft(odd), n=len(odd))
print(f"{len(odd)} samples come back as {len(careless)}")
print(f"with n= as {len(careful)}, SNR {metrics.snr(odd, careful):.0f} dB")
ck.claim(
    "SNR of what came back without n= (dB)",
    metrics.snr(odd[:-1], careless),
    below=20,
    surprising=True,
)

# %% [markdown]
# ## 10. Results
#
# Our two transforms and NumPy's, on the same noise in the same run. Times are ratios to NumPy's at $N = 128$; the
# matrix is made before the clock starts.

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
            "error (to NumPy)": errors[name],
            "time, N = 128": seconds[name, 128] / unit,
            "time, N = 1024": seconds[name, 1024] / unit,
            "grows by": growth[name],
        }
        for name in errors
    ]
)

# %% [markdown]
# Eight times the samples take the definition 64 times as many multiplications, and an FFT 11 times. In seconds the
# definition grew even more; one reason may be that the large matrix no longer fits into fast memory. Our `fft` is
# nevertheless slower than the matrix at both lengths: it calls itself in Python, and the matrix product is compiled.
#
# ## Recap
#
# 1. A bin of the DFT is an inner product: its magnitude says how much of one tone there is, its phase where the tone
#    starts.
# 2. $N$ tones are orthogonal and say everything; the way back is exact. The FFT is the same sum, split into even and
#    odd: $\frac{N}{2} \log_2 N$ multiplications instead of $N^2$.
# 3. Filtering is multiplying spectra; without zero-padding the end wraps round.
# 4. Every cut leaks. A window trades the reach of the leak for the width of the line; with Hann, equal tones are told
#    apart from about 2.5 bins on.
# 5. *How much* is in the magnitudes; *when*, and in which order, is in the phases.
#
# **Answer to the opening question.** Played backwards, a sound keeps every magnitude, and its phases are turned round
# (equation 13). The words are in the order of events, which one long spectrum holds in its phases: with them alone the
# sentence still rises and falls as it was spoken, with the magnitudes alone it does not.
#
# ## Going further
#
# - James W. Cooley and John W. Tukey, "An algorithm for the machine calculation of complex Fourier series",
#   *Mathematics of Computation*, 1965.
# - Fredric J. Harris, "On the use of windows for harmonic analysis with the discrete Fourier transform", *Proceedings
#   of the IEEE*, 1978.
# - Alan V. Oppenheim and Jae S. Lim, "The importance of phase in signals", *Proceedings of the IEEE*, 1981.
#
# All exercises: [exercises/02_spectra.ipynb](../exercises/02_spectra.ipynb).
