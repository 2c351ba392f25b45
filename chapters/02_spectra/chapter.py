# %% [markdown]
# # 02 · Spectra
#
# A sentence, and the same sentence backwards. Play both.
#
# **The question of this chapter:** the two have *exactly* the same magnitude spectrum: at every frequency the same strength. Yet only
# one of them can be understood. If a spectrum says which frequencies a sound holds, where are the words? And what do we have
# to draw so that one can read them?

# %%
import librosa
import numpy as np

import coursekit as ck
from coursekit import audio, controls, data, display, dsp, metrics, synth, units

librivox = data.load("librivox")
speech, sr = librivox["austen-2"].load()
speech = speech.astype(np.float64)
backwards = speech[::-1]

difference = np.abs(np.fft.rfft(speech)) - np.abs(np.fft.rfft(backwards))
ck.claim("largest difference of the two spectra, relative to the peak",
         np.abs(difference).max() / np.abs(np.fft.rfft(speech)).max(), below=1e-12)
display.compare_sounds({"forwards": speech, "backwards": backwards}, sr=sr)

# %% [markdown] card
# > **After this chapter you can**
# >
# > - say which frequency a bin stands for, and compute a DFT from its definition (questions 1 and 2);
# > - write an FFT by divide and conquer (question 3);
# > - choose a frame length for a purpose, and say what it will show (question 7);
# > - write an STFT that equals librosa's to ten digits (question 4), and mend a broken inverse (question 5);
# > - find and remove an unwanted tone from a recording (question 6).
# >
# > **Know before:** chapter [01](01_digital_audio.ipynb); complex numbers, $e^{i\varphi} = \cos\varphi + i \sin\varphi$.
# >
# > **Cost:** {minutes} to run on two cores, {memory} of memory, {download} of recordings (fetched once).
#
# data: instruments, librivox

# %% [markdown]
# ## 1. Asking a sound for one frequency
#
# How much 440 Hz is in a sound? Multiply it, sample by sample, with a tone of 440 Hz and add up. Where the two swing together
# the products are positive and the sum grows; for any other frequency, plus and minus nearly cancel (section 4). One number is not enough,
# because the tone in the sound may start anywhere in its cycle; a cosine and a sine together catch it wherever it starts. As a
# complex number:
#
# $$c(f) = \sum_{n=0}^{N-1} x[n]\, e^{-2\pi i f n / f_s} \tag{1}$$
#
# - $x[n]$: the $N$ samples, $f_s$: the sample rate in Hz, $f$: the frequency we ask for, in Hz;
# - $|c(f)|$ is the **magnitude**: how much; its angle is the **phase**: where in its cycle the tone started.
#
# It is an inner product: a measure of likeness. Ask a guitar chord for every frequency between 70 and 700 Hz:

# %%
guitar, guitar_sr = data.load("instruments")["guit_em9"].load()
chord = guitar[3 * guitar_sr : 4 * guitar_sr].astype(np.float64)
low_sr = 4410  # enough for what lies below 700 Hz (chapter 01)
slow = audio.resample(chord, orig_sr=guitar_sr, target_sr=low_sr)


def likeness(x, frequency, sr):
    """Equation 1, one term at a time."""
    total = 0
    for n in range(len(x)):
        total += x[n] * np.exp(-2j * np.pi * frequency * n / sr)
    return total


frequencies = np.arange(70.0, 700.0)
n = np.arange(len(slow))
c = np.array([slow @ np.exp(-2j * np.pi * f * n / low_sr) for f in frequencies])
ck.compare([likeness(slow, f, low_sr) for f in frequencies[:5]], c[:5], rtol=1e-10,
           title="loop against inner product")
strength = np.abs(c)

strongest = [i for i in range(len(strength))
             if strength[i] == strength[max(0, i - 12) : i + 13].max()
             and strength[i] > 0.04 * strength.max()]
notes = [librosa.hz_to_note(frequencies[i], unicode=False) for i in strongest]
fig, ax = display.subplots(1, 1, height=3, alt=f"Likeness of a guitar chord to tones from 70 to "
                           f"700 Hz: sharp peaks at {', '.join(notes)}.")
ax.plot(frequencies, strength / strength.max())
for i, note in zip(strongest, notes, strict=True):
    ax.annotate(note, (frequencies[i], strength[i] / strength.max()), ha="center", va="bottom",
                fontsize=8)
ax.set(title="A chord, asked for each frequency", xlabel="Frequency (Hz)",
       ylabel="Likeness (relative)", ylim=(0, 1.15))
display.play(chord, sr=guitar_sr,
             title="The chord: electric guitar, E minor ninth (E, G, B, D, F♯)",
             caption="The peaks carry the names of its notes and of their overtones.")

# %% [markdown]
# ## 2. The discrete Fourier transform
#
# Which frequencies must we ask for, to know everything? $N$ of them, spaced evenly from 0 up to, but without, the sample rate:
# $f_k = k f_s / N$. Put into (1) the sample rate drops out:
#
# $$X[k] = \sum_{n=0}^{N-1} x[n]\, e^{-2\pi i k n / N}, \qquad k = 0 \dots N-1 \tag{2}$$
#
# This is the **discrete Fourier transform** (DFT). $X[k]$ is called **bin** $k$; its frequency is
#
# $$f_k = k\,\frac{f_s}{N} \quad \text{Hz} \tag{3}$$
#
# As (2) is linear in $x$, it is a matrix: $X = W x$, with one row for each tone we ask for.
#
# $$W_{kn} = e^{-2\pi i k n / N} \tag{4}$$

# %% include: coursekit.dsp.dft_matrix, coursekit.dsp.dft

# %%
W = dft_matrix(32)
fig, axes = display.subplots(1, 2, height=3.6, alt="The real and the imaginary part of the "
                             "32-point DFT matrix: each row a cosine or sine with one more cycle "
                             "than the row above, then mirrored.")
for ax, part, name in zip(axes, (W.real, W.imag),
                          ("Real part: cosines", "Imaginary part: sines"), strict=True):
    ax.imshow(part, cmap="cividis")
    ax.grid(False)
    ax.set(title=name, xlabel="Sample n", ylabel="Bin k")

rng = np.random.default_rng(0)
x = rng.standard_normal(1000)
ck.compare(dft(x), np.fft.fft(x), rtol=1e-10, title="dft against numpy.fft.fft, 1,000 points")
ck.compare(W @ W.conj().T, 32 * np.eye(32), rtol=1e-10,
           title="rows are orthogonal: W Wᴴ against N·I")

# %% [markdown]
# (ᴴ: transposed and conjugated.) The rows are **orthogonal**: each tone has likeness zero with every other. So nothing is counted twice and nothing is lost,
# and the way back is the same sum with the sign turned round (the **inverse DFT**):
#
# $$x[n] = \frac{1}{N} \sum_{k=0}^{N-1} X[k]\, e^{+2\pi i k n / N} \tag{5}$$
#
# Two consequences:
#
# - **Energy is kept** (Parseval): $\sum_n |x[n]|^2 = \frac{1}{N} \sum_k |X[k]|^2$.
# - **Half is enough for sound.** For real $x$, bin $N-k$ is the complex conjugate of bin $k$. `rfft` keeps bins 0 to $N/2$.
#   A centre of gravity over all $N$ bins (chapter 04) would count the "negative" frequencies too, and say the same of every sound.

# %%
X = np.fft.fft(x)
ck.claim("Parseval, relative difference",
         abs(np.sum(x**2) - np.sum(np.abs(X) ** 2) / len(x)) / np.sum(x**2), below=1e-12)
ck.compare(X[-1:-500:-1], X[1:500].conj(), rtol=1e-10,
           title="bin N-k against the conjugate of bin k")

# %% [markdown]
# ## 3. The fast Fourier transform
#
# Equation 2 costs $N^2$ multiplications. The **FFT** gets the same numbers with about $N \log_2 N$, by a single idea: split the
# samples into the even-numbered and the odd-numbered; transform each half; join them with one twist.
#
# $$X[k] = E[k] + e^{-2\pi i k/N}\, O[k], \qquad X[k + \tfrac{N}{2}] = E[k] - e^{-2\pi i k/N}\, O[k] \tag{6}$$
#
# for $k < N/2$, where $E$ and $O$ are the DFTs of the halves. The pair (6) is called a **butterfly**. If $N$ is a power of two, each half can be
# split again, until one sample is left, whose DFT is the sample itself (Cooley and Tukey, 1965). The code is the equation; in the exercises you write your own.

# %% include: coursekit.dsp.fft

# %%
x = rng.standard_normal(4096)
ck.compare(fft(x), np.fft.fft(x), rtol=1e-10, title="fft against numpy.fft.fft, 4,096 points")
print(f"{'N':>6s} {'N²':>12s} {'N log2 N':>10s} {'ratio':>7s}")
for log_n in (6, 10, 14, 20):
    print(f"{2**log_n:6d} {4**log_n:12d} {log_n * 2**log_n:10d} {2**log_n / log_n:7.0f}")

# %% [markdown]
# ## 4. Leakage and windows
#
# A tone exactly on a bin gives one bin (and its mirror image). A tone between two bins gives energy in *all* of them: **leakage**. The reason is the
# cut. Taking $N$ samples multiplies the endless tone with a rectangle, and the spectrum of the product is the tone's line,
# blurred into the shape of the rectangle's spectrum: a **main lobe** with **side lobes** beside it.
#
# Cut gently and the side lobes fall. A **window** $w[n]$ rises from zero, or nearly, and falls back. The usual ones are sums of a few
# cosines:
#
# $$w[n] = \sum_{m} a_m \cos\!\left(\frac{2\pi m n}{N}\right), \qquad \text{Hann: } a = (\tfrac12, -\tfrac12) \tag{7}$$
#
# Dividing a spectrum by half the window's sum, as the next figures do, puts a sine of amplitude 1 at 0 dB.

# %% include: coursekit.dsp.get_window

# %%
import scipy.signal

for name in ("hann", "hamming", "blackman"):
    ck.compare(get_window(name, 512, fftbins=True),
               scipy.signal.get_window(name, 512, fftbins=True), rtol=1e-10,
               title=f"{name} against SciPy")

fig, axes = display.subplots(1, 2, height=3.4, alt="Spectra of a tone on a bin and of one between "
                             "bins, with a rectangular and a Hann window. Between bins the "
                             "rectangle leaks everywhere, Hann does not.")
for ax, (cycles, where) in zip(axes, [(20.0, "on bin 20"), (20.5, "halfway between bins")],
                               strict=True):
    tone = np.sin(2 * np.pi * cycles * np.arange(256) / 256)
    for window, label in (("boxcar", "rectangle"), ("hann", "Hann")):
        w = get_window(window, 256)
        ax.plot(dsp.amplitude_to_db(np.fft.rfft(w * tone) / (w.sum() / 2), top_db=120), ".-",
                label=label)
    ax.set(title=f"A tone {where}", xlabel="Bin", ylabel="Level (dB)", xlim=(0, 60), ylim=(-102, 5))
    ax.legend(loc="upper right")

# %% [markdown]
# A window is a bargain. Low side lobes let you see a quiet tone beside a loud one; the price is a wider main lobe, which
# merges tones that are close. Both numbers can be read off the window's own spectrum:

# %%
def lobes(window, n=64, pad=256):
    """Width of the main lobe between its zeros (bins) and level of the highest side lobe (dB)."""
    spectrum = np.abs(np.fft.rfft(get_window(window, n), n=n * pad))
    level = 20 * np.log10(np.maximum(spectrum / spectrum[0], 1e-12))
    first_zero = int(np.argmax(np.diff(level) > 0))
    return 2 * first_zero / pad, level[first_zero:].max()


window_table = {name: lobes(name) for name in ("boxcar", "hann", "hamming", "blackman")}
print(f"{'window':10s} {'main lobe':>10s} {'highest side lobe':>18s}")
for name, (width, side) in window_table.items():
    print(f"{name:10s} {width:5.1f} bins {side:15.1f} dB")
fig, ax = display.subplots(1, 1, height=3, alt="A loud tone at 1,003 Hz and one 50 dB quieter at "
                           "1,250 Hz: the Hann window shows the second clearly, the rectangle "
                           "hides it.")
two = (synth.sine(1003, sr=8000, duration=0.128)
       + 10 ** (-50 / 20) * synth.sine(1250, sr=8000, duration=0.128))
for window, label in (("boxcar", "rectangle"), ("hann", "Hann")):
    w = get_window(window, len(two))
    ax.plot(units.fft_frequencies(sr=8000, n_fft=len(two)),
            dsp.amplitude_to_db(np.fft.rfft(w * two) / (w.sum() / 2), top_db=120), label=label)
ax.set(title="A tone 50 dB below its neighbour", xlabel="Frequency (Hz)", ylabel="Level (dB)",
       xlim=(500, 2000), ylim=(-100, 5))
ax.legend()
ck.claim("highest side lobe of the rectangle (dB)", window_table["boxcar"][1], near=(-13.3, 0.2))
ck.claim("of the Hann window (dB)", window_table["hann"][1], near=(-31.5, 0.2))
ck.claim("main lobe of the Hann window (bins)", window_table["hann"][0], near=(4.0, 0.05))

# %% [markdown]
# **Periodic or symmetric?** Equation 7 with $N$ in the denominator is the **periodic** window: its next value would start the next
# period. Filters (chapter 01) want the symmetric one, with $N - 1$. In a spectrum the difference is small and real: it is
# the first thing to check when two libraries disagree in the third digit.
#
# ## 5. The short-time Fourier transform
#
# Back to the sentence. Its one spectrum holds every frequency of three seconds at once; *when* is buried in the phases. So we cut
# the sound into short **frames** that overlap, and ask each for its spectrum. Frame $m$ starts $m H$ samples after the first, $H$ being
# the **hop**, in samples:
#
# $$x_m[n] = x[n + mH], \qquad n = 0 \dots N-1 \tag{8}$$
#
# $$S[k, m] = \sum_{n=0}^{N-1} w[n]\; x[n + mH]\; e^{-2\pi i k n / N} \tag{9}$$
#
# This is the **short-time Fourier transform** (STFT; Allen, 1977): one column a frame, one row a bin. A window shorter than $N$ stands in
# the middle of zeros. Two conventions need to be settled, and
# libraries settle them differently:
#
# - **Centring.** With $N/2$ zeros in front, frame $m$ is centred on sample $mH$, so that column $m$ belongs to the time
#   $mH / f_s$. Without, every event appears $N / 2$ samples early. librosa and torch centre by default, SciPy's older `stft` too.
# - **Padding.** librosa pads with zeros, torch and torchaudio mirror the signal (`reflect`). Only the outermost frames differ.
#
# First the equations as they stand, then the library's version, which does all frames of a block in one call.

# %%
def stft_by_definition(y, n_fft, hop_length):
    """Equations 8 and 9, frame by frame and bin by bin; centred, zeros outside."""
    w = dsp.get_window("hann", n_fft)
    y = np.pad(y, n_fft // 2)
    n = np.arange(n_fft)
    n_frames = 1 + (len(y) - n_fft) // hop_length
    S = np.zeros((1 + n_fft // 2, n_frames), dtype=complex)
    for m in range(n_frames):
        piece = w * y[m * hop_length : m * hop_length + n_fft]
        for k in range(1 + n_fft // 2):
            S[k, m] = np.sum(piece * np.exp(-2j * np.pi * k * n / n_fft))
    return S

# %% include: coursekit.dsp.frame

# %% include: coursekit.dsp.stft

# %%
short = speech[8000:10000]
ck.compare(stft(short, n_fft=256, hop_length=64), stft_by_definition(short, 256, 64), rtol=1e-10,
           title="stft against the definition")
how = dict(n_fft=512, hop_length=128, win_length=400, window="hamming", center=True,
           pad_mode="constant")
ck.compare(stft(speech, **how), librosa.stft(speech, **how), rtol=1e-10,
           title="stft against librosa.stft")

# %% [markdown]
# ## 6. The spectrogram
#
# Draw $|S[k, m]|$ in decibels as a picture, time to the right, frequency upwards: a **spectrogram**. Decibels (chapter 01,
# equation 7), because what the ear hears spans a range of about 1 to 1,000,000 in amplitude, 120 dB; on a linear scale all but the
# loudest vowels would be black.
# Here is the answer to the opening question: the words are in the *order* of the columns.

# %%
fig, axes = display.subplots(3, 1, height=2.4, alt="Three spectrograms: the sentence on a linear "
                             "scale, nearly all dark; in decibels, rich in detail; backwards in "
                             "decibels, its mirror image.")
S = stft(speech, n_fft=512, hop_length=128)
axes[0].imshow(np.abs(S), origin="lower", aspect="auto", cmap="magma",
               extent=(0, len(speech) / sr, 0, sr / 2000))
axes[0].grid(False)
axes[0].set(title="Forwards, linear magnitude", xlabel="Time (s)", ylabel="Frequency (kHz)")
display.spectrogram(speech, sr=sr, n_fft=512, hop_length=128, ax=axes[1],
                    title="Forwards, decibels")
display.spectrogram(backwards, sr=sr, n_fft=512, hop_length=128, ax=axes[2],
                    title="Backwards, decibels")

# %% [markdown]
# **Time against frequency.** A frame of $N$ samples lasts $\Delta t = N / f_s$ seconds, and its bins are $\Delta f = f_s / N$ apart. The
# product is 1, whatever you choose: long frames tell close tones apart and smear instants, short frames do the reverse.
# The test sound below has both: two tones 60 Hz apart, and two clicks 10 ms apart.

# %%
rate = 8000
test = 0.2 * (synth.sine(1000, sr=rate, duration=1.0) + synth.sine(1060, sr=rate, duration=1.0))
test += (synth.impulse(sr=rate, duration=1.0, at=0.500)
         + synth.impulse(sr=rate, duration=1.0, at=0.510))
fig, axes = display.subplots(1, 3, height=3.6, alt="Three spectrograms of two tones and two "
                             "clicks. Short frames separate the clicks, long ones the tones; in "
                             "between neither is clear.")
for ax, n_fft in zip(axes, (64, 256, 1024), strict=True):
    display.spectrogram(test, sr=rate, n_fft=n_fft, hop_length=8, ax=ax, colorbar=False,
                        title=f"N = {n_fft}: {1000 * n_fft / rate:.0f} ms, {rate / n_fft:.0f} Hz")
    ax.set(ylim=(500, 1600), xlim=(0.4, 0.6))


def dip(values):
    """How far the middle of a curve lies below the lower of its two outer peaks, dB."""
    middle, sixth = len(values) // 2, len(values) // 6
    lower = min(values[:middle].max(), values[middle:].max())
    return 20 * np.log10(lower / values[middle - sixth : middle + sixth + 1].min())


for n_fft in (64, 1024):
    # at 0.25 s: tones alone
    tones = test[2000 - n_fft // 2 : 2000 + n_fft // 2] * dsp.get_window("hann", n_fft)
    tone_dip = dip(np.abs(np.fft.rfft(tones, n=rate))[970:1091])  # 1 Hz a bin
    S_test = np.abs(stft(test, n_fft=n_fft, hop_length=8))
    # above the tones: clicks alone
    above = S_test[units.fft_frequencies(sr=rate, n_fft=n_fft) > 2000].sum(axis=0)
    click_dip = dip(above[round(0.495 * rate / 8) : round(0.515 * rate / 8) + 1])
    print(f"N = {n_fft:4d}: dip between the tones {tone_dip:5.1f} dB, "
          f"between the clicks {click_dip:5.1f} dB")
    ck.claim(f"N = {n_fft}: dip between the tones (dB)", tone_dip,
             **({"above": 6} if n_fft == 1024 else {"below": 3}))
    ck.claim(f"N = {n_fft}: dip between the clicks (dB)", click_dip,
             **({"above": 6} if n_fft == 64 else {"below": 3}))

# %% [markdown]
# Find the frame length at which *you* read the speech best. For most purposes it is 20 to 40 ms: shorter than a sound of speech,
# longer than a cycle of the voice.

# %%
controls.stft_explorer(speech, sr=sr)

# %% [markdown]
# ## 7. Back again: overlap-add, exactly
#
# Each column can be transformed back with (5), windowed once more, and laid where it came from. Where frames overlap they add up
# (**overlap-add**), and each sample has been multiplied by the sum of the squared windows that passed over it. Divide by that:
#
# $$\hat x[n] = \frac{\sum_m w[n - mH]\; \hat x_m[n - mH]}{\sum_m w^2[n - mH]} \tag{10}$$
#
# where $\hat x_m$ is the inverse DFT of column $m$. If nobody touched $S$ this gives back $x$ *exactly*; if somebody did, it is the
# signal whose STFT is nearest to $S$ in the mean square (Griffin and Lim, 1984).

# %% include: coursekit.dsp.overlap_add

# %% include: coursekit.dsp.istft

# %%
for n_fft, hop in ((2048, 512), (512, 128), (400, 160), (512, 512)):
    y = istft(stft(speech, n_fft=n_fft, hop_length=hop), n_fft=n_fft, hop_length=hop,
              length=len(speech))
    error = np.abs(y - speech).max() / np.abs(speech).max()
    print(f"N = {n_fft:4d}, H = {hop:3d}: reconstruction error {error:.1e}")
    if hop <= n_fft // 2:
        ck.claim(f"reconstruction error, N = {n_fft}, H = {hop}", error, below=1e-12)
S = librosa.stft(speech, n_fft=512, hop_length=128)
ck.compare(istft(S, hop_length=128, win_length=512, window="hann", center=True, length=len(speech)),
           librosa.istft(S, hop_length=128, win_length=512, window="hann", center=True,
                         length=len(speech)),
           rtol=1e-10, title="istft against librosa.istft")

# %% [markdown]
# The last line shows the limit. With a hop as long as the frame, one sample in 512 is seen only through the zero at the window's edge:
# what is multiplied by zero is gone.
#
# **COLA.** Some systems leave out the second window and the division. They rely on windows that already add up to a constant
# (**constant overlap-add**):
#
# $$\sum_m w[n - mH] = \text{const} \tag{11}$$
#
# Hann windows do for $H = N/2, N/4 \dots$ (divide by the constant; where the window is used twice, $w^2$ must add up: to 1.5 for Hann at
# $H = N/4$). At other hops the sum ripples, and the ripple is heard as a buzz at the frame rate.

# %% include: coursekit.dsp.cola

# %%
fig, axes = display.subplots(1, 3, height=2.8, alt="Sums of Hann windows at hops of N/2, N/4 and "
                             "5N/8: constant, constant, and rippling by about half of its mean.")
ripples = {}
for ax, (hop, label) in zip(axes, [(128, "H = N/2"), (64, "H = N/4"), (160, "H = 5N/8")],
                            strict=True):
    total, ripples[label] = cola("hann", win_length=256, hop_length=hop)
    for m in range(-4, 12):
        ax.plot(np.arange(256) + m * hop, get_window("hann", 256), color="0.7", linewidth=0.8)
    ax.plot(np.arange(640), np.resize(total, 640), label="sum")
    ax.set(title=f"{label}: ripple {ripples[label]:.0%}", xlabel="Sample", ylabel="Weight",
           xlim=(0, 640), ylim=(0, 2.6))
    ax.legend(loc="upper right")
ck.claim("ripple of the Hann window at half overlap", ripples["H = N/2"], below=1e-12)
ck.claim("ripple at H = 5N/8", ripples["H = 5N/8"], above=0.4)

# %% [markdown]
# **Change a spectrum, keep the rest.** Being exact both ways makes a spectrum a place to work in. Here 50 Hz hum from the mains lies on the
# speech, as loud as the speech itself. In the DFT of the whole recording it is a few bins wide; set them to zero and go back.

# %%
hum = np.sqrt(2 * np.mean(speech**2)) * synth.sine(50.0, sr=sr, duration=len(speech) / sr)
hummed = speech + hum
Y = np.fft.rfft(hummed)
f = np.fft.rfftfreq(len(hummed), 1 / sr)
Y[np.abs(f - 50) < 5] = 0
cleaned = np.fft.irfft(Y, n=len(hummed))
ck.claim("SNR with hum (dB)", metrics.snr(speech, hummed), near=(0, 0.1))
ck.claim("SNR after clearing 45 to 55 Hz (dB)", metrics.snr(speech, cleaned), above=12)
display.compare_sounds({"with hum": hummed[: 2 * sr], "45 to 55 Hz cleared": cleaned[: 2 * sr]},
                       sr=sr, show=("spectrogram",), fmax=1000,
                       captions=["small speakers may hide the hum: use headphones",
                                 "the voice is untouched"])

# %% [markdown]
# ## 8. Magnitude and phase: what does each carry?
#
# The spectrogram shows only magnitudes. Was anything important in the phases? Take two sounds, speech and guitar; build a third
# from the magnitudes of one and the phases of the other; listen to which one it resembles. We do it twice: with frames of
# 32 ms, and with one single frame as long as the sound.

# %%
n = len(speech)
strings = audio.resample(guitar.astype(np.float64), orig_sr=guitar_sr, target_sr=sr)[:n]
strings *= np.sqrt(np.mean(speech**2) / np.mean(strings**2))  # same RMS as the speech


def swap(magnitude_of, phase_of, n_fft):
    """A sound with the STFT magnitudes of one and the phases of the other."""
    if n_fft is None:  # one frame: the DFT of the whole sound
        A, B = np.fft.rfft(magnitude_of), np.fft.rfft(phase_of)
        return np.fft.irfft(np.abs(A) * np.exp(1j * np.angle(B)), n=len(magnitude_of))
    A, B = (stft(y, n_fft=n_fft, hop_length=n_fft // 4) for y in (magnitude_of, phase_of))
    return istft(np.abs(A) * np.exp(1j * np.angle(B)), n_fft=n_fft, hop_length=n_fft // 4,
                 length=len(magnitude_of))


def resemblance(y, other):
    """Correlation of two spectrograms in decibels (32 ms frames): 1 is equal."""
    a, b = (dsp.amplitude_to_db(stft(s, n_fft=512, hop_length=128), ref=np.max, top_db=60).ravel()
            for s in (y, other))
    return float(np.corrcoef(a, b)[0, 1])


short_frames, one_frame = swap(speech, strings, 512), swap(speech, strings, None)
print(f"{'magnitudes of speech, phases of guitar':40s} {'like speech':>12s} {'like guitar':>12s}")
for name, y in (("32 ms frames", short_frames), ("one frame", one_frame)):
    print(f"{name:40s} {resemblance(y, speech):12.2f} {resemblance(y, strings):12.2f}")
ck.claim("32 ms frames: likeness to the magnitudes' owner minus that to the phases' owner",
         resemblance(short_frames, speech) - resemblance(short_frames, strings), above=0.2)
ck.claim("one frame: the same difference",
         resemblance(one_frame, speech) - resemblance(one_frame, strings), below=0)
display.compare_sounds({"magnitudes of speech, phases of guitar, 32 ms frames": short_frames,
                        "the same with one frame": one_frame}, sr=sr,
                       captions=["hoarse speech", "more guitar than speech"])

# %% [markdown]
# With short frames the magnitudes decide: that is why nearly all of speech recognition works on them. With one frame the
# phases decide (Oppenheim and Lim, 1981), because they alone hold the order of events: the opening question again. Phase never stops mattering to the ear,
# though: the swapped sound is rough. If only magnitudes are known (as in chapters 12 to 14, where a network predicts them), a
# phase that fits can be found by trying: transform back, transform forth, keep the new phases, put the known magnitudes back,
# repeat (Griffin and Lim). The code also takes each step a little too far, which converges faster (`momentum`; Perraudin, Balazs and
# Søndergaard, 2013).

# %% include: coursekit.dsp.griffin_lim

# %%
M = np.abs(stft(speech, n_fft=512, hop_length=128))


def mismatch(y):
    """Relative distance between the wanted magnitudes and those that y really has, dB."""
    difference = np.abs(stft(y, n_fft=512, hop_length=128)) - M
    return float(20 * np.log10(np.linalg.norm(difference) / np.linalg.norm(M)))


guesses = {rounds: griffin_lim(M, rng=np.random.default_rng(5), n_iter=rounds, hop_length=128,
                               length=n)
           for rounds in (0, 4, 64)}
for rounds, y in guesses.items():
    print(f"{rounds:3d} rounds: mismatch {mismatch(y):6.1f} dB")
reference = librosa.griffinlim(M, n_iter=64, hop_length=128, n_fft=512, length=n, random_state=5,
                               momentum=0.99)
ck.claim("mismatch after 64 rounds (dB)", mismatch(guesses[64]), below=-16)
ck.claim("ours minus librosa's after 64 rounds (dB)",
         mismatch(guesses[64]) - mismatch(reference), below=0.5)
ck.claim("what 64 rounds gain over random phases (dB)",
         mismatch(guesses[0]) - mismatch(guesses[64]), above=10)
display.compare_sounds({"random phases": guesses[0], "64 rounds": guesses[64],
                        "the recording": speech}, sr=sr,
                       captions=["a whisper in a pipe", "a voice again, a little hollow",
                                 "the goal"])

# %% [markdown]
# ## 9. Reading speech
#
# A spectrogram of speech can be read like a text. The letters along the top of the next picture are **phones**, the sounds of speech, in the ARPAbet spelling;
# their times come with the recording. Look for four kinds:
#
# - **vowels** (AA, IH, AE …): bright bars, the **formants**, over a comb of fine lines, the harmonics of the voice;
# - **fricatives** (S, Z, SH): no lines, a cloud high up; S reaches the top of the picture;
# - **stops** (P, T, D): a short silence, then a thin vertical stroke;
# - **nasals** (M, N, NG): weaker than vowels, with one strong bar near the bottom.

# %%
item = librivox["austen-2"]
print(item.text)
fig, axes = display.subplots(2, 1, height=2.9, alt="Two spectrograms of the sentence, its phones "
                             "written along the top: with 5 ms frames vertical strokes, with 40 "
                             "ms frames horizontal lines.")
for ax, n_fft, name in zip(axes, (80, 640), ("5 ms frames: strokes of the voice",
                                             "40 ms frames: its harmonics"), strict=True):
    display.spectrogram(speech, sr=sr, n_fft=n_fft, hop_length=40, ax=ax, title=name)
    for i, (start, end, phone) in enumerate(item.phones):
        ax.axvline(start, color="white", linewidth=0.4, alpha=0.6)
        if phone != "SIL":
            ax.text((start + end) / 2, 0.97 - 0.06 * (i % 2), phone, color="white", fontsize=7,
                    ha="center", va="top", transform=ax.get_xaxis_transform())
display.play(speech, sr=sr, title=item.text, caption="Follow the letters while you listen.")

# %% [markdown]
# The eye's judgement can be measured: the share of energy above 3 kHz, for each fricative and each vowel of all five sentences.

# %%
VOWELS = {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"}
share = {"S, Z, SH": [], "vowels": []}
for utterance in librivox:
    y, _ = utterance.load()
    power = np.abs(stft(y.astype(np.float64), n_fft=512, hop_length=80)) ** 2
    high = units.fft_frequencies(sr=sr, n_fft=512) > 3000
    for start, end, phone in utterance.phones:
        group = "S, Z, SH" if phone in {"S", "Z", "SH"} else "vowels" if phone in VOWELS else None
        frames = slice(round(start * sr / 80), round(end * sr / 80))
        if group and power[:, frames].sum() > 0:
            share[group].append(power[high][:, frames].sum() / power[:, frames].sum())
fig, ax = display.subplots(1, 1, height=2.8, alt="Two histograms of the share of energy above 3 "
                           "kHz: vowels close to 0, fricatives spread towards 1.")
for group, values in share.items():
    ax.hist(values, bins=np.linspace(0, 1, 21), weights=np.full(len(values), 100 / len(values)),
            alpha=0.7, label=f"{group} ({len(values)})")
ax.set(title="Energy above 3 kHz", xlabel="Share of the phone's energy", ylabel="Phones (%)")
ax.legend()
ck.claim("median share above 3 kHz, fricatives", np.median(share["S, Z, SH"]), above=0.4)
ck.claim("median share above 3 kHz, vowels", np.median(share["vowels"]), below=0.05)

# %% [markdown]
# ## 10. What goes wrong
#
# **The wrong kind of window.** `np.hanning(N)` is symmetric. In an STFT it makes an error of a few thousandths: too small to
# hear or see, large enough that your features do not equal those a pretrained model was trained on.

# %%
wrong = stft(speech, n_fft=512, hop_length=128, window=np.hanning(512))
right = stft(speech, n_fft=512, hop_length=128, window="hann")
ck.claim("relative error of a symmetric window",
         np.abs(wrong - right).max() / np.abs(right).max(), above=1e-3)

# %% [markdown]
# **Zero-padding taken for resolution.** Padding a frame with zeros before the FFT draws the same curve with more points. It does not
# separate what the frame is too short to separate. Two tones 15 Hz apart, 32 ms of them:

# %%
two = synth.sine(1000, sr=8000, duration=0.256) + synth.sine(1015, sr=8000, duration=0.256)
views = {"256 samples": (256, 256), "256 samples and zeros": (256, 8192),
         "2,048 samples": (2048, 8192)}
fig, ax = display.subplots(1, 1, height=3, alt="The short frame shows one hump, with or without "
                           "zero-padding; the long frame shows two peaks.")
peaks_seen = {}
for name, (length, n_fft) in views.items():
    w = dsp.get_window("hann", length)
    curve = dsp.amplitude_to_db(np.fft.rfft(w * two[:length], n=n_fft) / (w.sum() / 2), top_db=100)
    ax.plot(units.fft_frequencies(sr=8000, n_fft=n_fft), curve, ".-" if n_fft == 256 else "-",
            label=name)
    peaks_seen[name] = len(scipy.signal.find_peaks(curve, height=-10, prominence=3)[0])
ax.set(title="Zeros add points, not resolution", xlabel="Frequency (Hz)", ylabel="Level (dB)",
       xlim=(850, 1170), ylim=(-40, 5))
ax.legend(loc="lower center")
ck.claim("peaks seen with zero-padding", peaks_seen["256 samples and zeros"], near=(1, 0))
ck.claim("peaks seen with eight times the samples", peaks_seen["2,048 samples"], near=(2, 0))

# %% [markdown]
# **The inverse of a magnitude.** `istft(np.abs(S))` runs in many libraries and returns a sound: every frame with all phases at zero, a
# buzz at the frame rate. Ours refuses a real array and says what to do; here is what it would sound like.

# %%
try:
    dsp.istft(M, hop_length=128)  # the library's: it looks at its input first
except ValueError as error:
    print(type(error).__name__, "-", error)
zero_phase = istft(M.astype(complex), hop_length=128, length=n)
ck.claim("magnitudes with all phases at zero: mismatch (dB)", mismatch(zero_phase), above=-10)
display.play(zero_phase, sr=sr, title="The right magnitudes, all phases zero",
             caption="A robot at 125 Hz, the frame rate. "
                     "Compare it with the 64 rounds of section 8.")

# %% [markdown]
# ## 11. Results
#
# Our code, a baseline straight from the definition, and librosa: the same 30 seconds, the same run. Times are ratios to librosa's,
# because seconds depend on your computer. The definition was timed on 9 frames; its time is scaled up to all of them.

# %%
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


S = librosa.stft(long, n_fft=2048, hop_length=512, window="hann", center=True,
                 pad_mode="constant")
took = median_seconds({
    "stft": lambda: dsp.stft(long, n_fft=2048, hop_length=512),
    "istft": lambda: dsp.istft(S, hop_length=512),
    "librosa.stft": lambda: librosa.stft(long, n_fft=2048, hop_length=512),
    "librosa.istft": lambda: librosa.istft(S, hop_length=512)})
baseline = median_seconds({"definition": lambda: stft_by_definition(long[:4096], 2048, 512)},
                          repeats=1)
per_frame = baseline["definition"] / 9 * S.shape[1]  # 9 frames measured, all frames estimated
stft_error = np.abs(dsp.stft(long) - S).max() / np.abs(S).max()
istft_error = np.abs(dsp.istft(S) - librosa.istft(S)).max() / np.abs(long).max()
# frames that see no padding at the end
definition = stft_by_definition(long[:4096], 2048, 512)[:, 2:7]
definition_error = np.abs(definition - S[:, 2:7]).max() / np.abs(S).max()
rows = {"definition": (definition_error, per_frame / took["librosa.stft"]),
        "our stft": (stft_error, took["stft"] / took["librosa.stft"]),
        "our istft": (istft_error, took["istft"] / took["librosa.istft"])}
print(f"{'':12s} {'relative error':>16s} {'time / librosa':>16s}")
for name, (error, ratio) in rows.items():
    print(f"{name:12s} {error:16.0e} {ratio:16.2f}")
ck.claim("stft: time relative to librosa's", rows["our stft"][1], below=1.2)
ck.claim("stft equals librosa's", stft_error, below=1e-10)
ck.claim("istft equals librosa's", istft_error, below=1e-10)

# %% [markdown]
# ## Recap
#
# 1. A bin of the DFT is an inner product: how much the sound is like one tone. $N$ tones say everything, and the way back is exact.
# 2. The FFT is the same sum, split into even and odd: $N \log_2 N$ instead of $N^2$.
# 3. Every cut leaks. A window trades the reach of the leak for the width of the line.
# 4. The STFT adds *when*. Frame length decides what can be told apart: $\Delta t \cdot \Delta f = 1$.
# 5. Magnitudes of short frames carry speech; phases carry the order of what happens within a frame. Keep both and
#    the inverse is exact.
#
# **Answer to the opening question.** Played backwards, a sound keeps every magnitude and changes every phase. The words are in the
# order of events, which one spectrum holds in its phases alone and a spectrogram shows to the eye.
#
# ## Going further
#
# - Jont B. Allen, "Short term spectral analysis, synthesis, and modification by discrete Fourier transform", *IEEE Transactions on
#   Acoustics, Speech, and Signal Processing*, 1977.
# - James W. Cooley and John W. Tukey, "An algorithm for the machine calculation of complex Fourier series", *Mathematics of
#   Computation*, 1965.
# - Fredric J. Harris, "On the use of windows for harmonic analysis with the discrete Fourier transform",
#   *Proceedings of the IEEE*, 1978.
# - Daniel W. Griffin and Jae S. Lim, "Signal estimation from modified short-time Fourier transform", *IEEE Transactions on Acoustics,
#   Speech, and Signal Processing*, 1984.
# - Nathanaël Perraudin, Peter Balazs and Peter L. Søndergaard, "A fast Griffin-Lim algorithm", *IEEE Workshop on Applications of Signal
#   Processing to Audio and Acoustics*, 2013.
# - Alan V. Oppenheim and Jae S. Lim, "The importance of phase in signals", *Proceedings of the IEEE*, 1981.
#
# Now do the exercises: [exercises/02_spectra.ipynb](../exercises/02_spectra.ipynb). Chapter 03 bends the frequency axis to fit the ear.
