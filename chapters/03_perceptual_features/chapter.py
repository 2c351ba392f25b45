# %% [markdown]
# # 03 · Perceptual features
#
# Somebody reads a sentence. Play the three sounds from left to right, each once, and write down after each what you understood.
#
# **The question of this chapter:** the third is the recording, 16,000 numbers a second. The other two were rebuilt from 13 numbers
# every 8 ms, a tenth of that. Both lost the melody of the voice; one lost many of the words with it. Which 13 numbers does a
# listener need, and how were they found? (Sections 2 to 5 explain the code of this first cell.)

# %%
import librosa
import numpy as np

import coursekit as ck
from coursekit import audio, chroma, data, display, dsp, mel, metrics, synth, units
from coursekit.controls import mel as feature_controls

librivox = data.load("librivox")
speech, sr = librivox["austen-5"].load()
speech = speech.astype(np.float64)
n_fft, hop = 512, 128  # frames of 32 ms, one every 8 ms


def sound_of(magnitude, n_fft=n_fft):
    """A sound with these STFT magnitudes (chapter 02b), as long as the sentence."""
    return dsp.griffin_lim(magnitude, rng=np.random.default_rng(0), n_fft=n_fft, hop_length=hop,
                           length=len(speech))


power = np.abs(dsp.stft(speech, n_fft=n_fft, hop_length=hop)) ** 2
edges = np.linspace(0, sr / 2, 15)[:, None]  # 13 bands of one width, each overlapping the next
equal_bands = mel.triangle(units.fft_frequencies(sr=sr, n_fft=n_fft),
                           left=edges[:-2], centre=edges[1:-1], right=edges[2:])
from_equal_bands = sound_of(np.sqrt(
    mel.nonnegative_least_squares(equal_bands, equal_bands @ power)))

cepstrum = mel.mfcc(speech, sr=sr, n_mfcc=13, n_mels=40, n_fft=n_fft, hop_length=hop)
from_cepstrum = sound_of(
    mel.mel_to_stft(mel.mfcc_to_mel(cepstrum, n_mels=40), sr=sr, n_fft=n_fft))
ck.claim("numbers a second in each copy", cepstrum.size / (cepstrum.shape[1] * hop / sr),
         near=(1625, 0))
display.compare_sounds({"13 bands of equal width": from_equal_bands,
                        "13 cepstral coefficients": from_cepstrum, "the recording": speech},
                       sr=sr, show=("spectrogram",), n_fft=n_fft,
                       captions=["what do you understand?", "and now?", "what was said"])

# %% [markdown] card
# > **After this chapter you can**
# >
# > - say where a frequency lies on the mel scale and on the scale of musical pitch (questions 1 and 2);
# > - turn a mel spectrogram into MFCCs that equal librosa's (question 3), and add their deltas (question 4);
# > - mend a filter bank that was published with holes in it (question 5);
# > - recognise sounds of speech through an unknown telephone (question 6);
# > - predict what a change of the sound changes in its features (question 7).
# >
# > **Know before:** chapters [01](01_digital_audio.ipynb), [02](02_spectra.ipynb) and [02b](02b_spectrograms.ipynb); matrix times vector, transposed matrix; mean and standard
# > deviation.
# >
# > **Cost:** {minutes} to run on two cores, {memory} of memory, {download} of recordings (fetched once).
#
# data: chorales, instruments, librivox, soundfont

# %% [markdown]
# A **feature** is a number, or a few, computed from a frame of sound to stand in its place. A good one keeps what the task needs and
# drops the rest. This chapter builds the features that are used most for speech (mel spectrogram, cepstrum) and for music (chroma, constant-Q).
# From each we go back to sound, to hear what was dropped.
#
# ## 1. The ear is not linear
#
# Three ladders of eleven tones, from 125 Hz to 4,000 Hz. The first climbs in equal steps of hertz, the second in equal ratios (half
# an **octave** each; an octave doubles the frequency), the third in equal steps of the scale that we are about to meet. In which of them do *you*
# hear equal steps?

# %%
def ladder(frequencies, sr=16000):
    """One tone after the other, a quarter of a second each."""
    fade = np.minimum(1, np.minimum(np.arange(sr // 4), np.arange(sr // 4)[::-1]) / (0.02 * sr))
    return np.concatenate([0.3 * fade * synth.sine(f, sr=sr, duration=0.25) for f in frequencies])


rungs = {"equal steps in hertz": np.linspace(125, 4000, 11),
         "equal ratios": np.geomspace(125, 4000, 11),
         "equal steps in mel": mel.mel_frequencies(11, fmin=125, fmax=4000, htk=True)}
for name, f in rungs.items():
    print(f"{name:21s} first step {f[0]:.0f} to {f[1]:4.0f} Hz, {np.log2(f[1] / f[0]):.2f} octaves;"
          f"   last step {f[-2]:.0f} to {f[-1]:.0f} Hz, {np.log2(f[-1] / f[-2]):.2f} octaves")
display.compare_sounds({name: ladder(f) for name, f in rungs.items()}, sr=16000,
                       show=("spectrogram",), n_fft=1024,
                       captions=["leaps, then creeps", "even, as on a piano",
                                 "how far apart are the lowest, and the highest?"])

# %% [markdown]
# In hertz the first step is two octaves and the last a seventh of one. Equal ratios are not the whole truth either: asked to set a tone to half the
# pitch of another, listeners go down by about an octave from a low tone and by nearly two from a high one. Stevens, Volkmann and
# Newman (1937) drew a scale through such judgements and called its unit the **mel**, from melody. The judgements scatter, and several
# formulas were fitted to them. Two are in use. The speech toolkit HTK made this one common (O'Shaughnessy, 1987):
#
# $$m(f) = 2595 \,\log_{10}\!\left(1 + \frac{f}{700}\right) \tag{1}$$
#
# and Slaney's Auditory Toolbox (1998) has a straight line up to 1,000 Hz and a logarithm above:
#
# $$m(f) = \begin{cases} 3f / 200 & f < 1000 \\ 15 + 27\, \ln(f / 1000) \,/\, \ln 6.4 & f \ge 1000 \end{cases} \tag{2}$$
#
# with $f$ in Hz and $m$ in mel. In (1) 1,000 Hz are 1,000 mel, in (2) they are 15; the unit does not matter, since only equal steps are ever used.
# The shape does. librosa takes (2) unless told otherwise; torchaudio, Kaldi and TensorFlow take (1). It is the first reason why libraries disagree.

# %% include: coursekit.mel.HZ_PER_MEL, coursekit.mel.BREAK_HZ, coursekit.mel.BREAK_MEL, coursekit.mel.LOG_STEP, coursekit.mel.hz_to_mel

# %% include: coursekit.mel.mel_to_hz, coursekit.mel.mel_frequencies

# %%
f = np.linspace(0, 11025, 2000)
for htk in (False, True):
    ck.compare(hz_to_mel(f, htk=htk), librosa.hz_to_mel(f, htk=htk), rtol=1e-10,
               title=f"hz_to_mel against librosa, htk={htk}")
    ck.compare(mel_frequencies(42, fmin=50, fmax=8000, htk=htk),
               librosa.mel_frequencies(42, fmin=50, fmax=8000, htk=htk), rtol=1e-10,
               title=f"mel_frequencies against librosa, htk={htk}")

# %% [markdown]
# **Where does the bend come from?** Along the membrane of the inner ear each place answers to a narrow band of
# frequencies, high ones at its entrance, low ones at its end. The ear is a bank of filters. How wide they are can be measured, with a tone in noise.
# Count the beeps in these two sounds. Both hold the same beeps at 1,000 Hz and the same power of noise, in a band 160 Hz wide; only the
# band lies elsewhere.

# %%
def band_noise(centre, *, sr, duration, width=160.0):
    """Noise of RMS 1 in a band of `width` Hz."""
    white = synth.white_noise(sr=sr, duration=duration, rng=np.random.default_rng(7))
    spectrum = np.fft.rfft(white)
    spectrum[np.abs(np.fft.rfftfreq(len(white), 1 / sr) - centre) > width / 2] = 0
    y = np.fft.irfft(spectrum, n=len(white))
    return y / np.sqrt(np.mean(y**2))


rate = 8000
beep = ladder([1000.0], sr=rate) * np.sqrt(2) / 0.3  # RMS about 1
beeps = np.tile(np.concatenate([beep, np.zeros(rate // 4)]), 4)
masked = {f"noise at {centre:,} Hz": 0.08 * (10 ** (-10 / 20) * beeps + band_noise(
    centre, sr=rate, duration=2.0)) for centre in (1000, 2500)}
erb = 24.7 * (4.37 * 1000 / 1000 + 1)  # see below
spectrum = np.abs(np.fft.rfft(band_noise(1000, sr=rate, duration=2.0))) ** 2
f = np.fft.rfftfreq(2 * rate, 1 / rate)
inside = spectrum[np.abs(f - 1000) < erb / 2].sum() / spectrum.sum()
ck.claim("share of the first noise that passes the ear's filter at 1,000 Hz", inside, above=0.75)
ck.claim("a beep above what passes (dB)", -10 - 10 * np.log10(inside), near=(-9, 0.5))
display.compare_sounds(masked, sr=rate, show=("spectrum",),
                       captions=["how many beeps?", "and here?"])

# %% [markdown]
# Four in both, each 10 dB weaker than the noise. In the first they are hard or impossible to hear, in the second they are plain. Noise hides a tone as
# far as it passes the same filter of the ear, within the **critical band** around the tone. The width of the rectangle that would let as much noise
# through is $24.7\,(4.37 f / 1000 + 1)$ Hz with $f$ in Hz (Glasberg and Moore, 1990): 133 Hz at 1 kHz, 888 Hz at 8 kHz. So the ear does not
# hand on a spectrum in equal steps, but levels in bands, narrow below and wide above. Laid end to end, 33 of them reach 8 kHz. That is
# another scale, found without asking anybody how high a tone seems; it bends like the mel, and more:

# %%
fig, axes = display.subplots(1, 2, height=3.2, alt="Left: HTK's mel, Slaney's mel, the ear's "
                             "bands and a straight line, from 0 to 8 kHz, each ending at 1: the "
                             "first three rise fast and bend, the line does not. Right: the width "
                             "of the ear's bands and of 40 mel bands, growing with frequency; "
                             "below 500 Hz mel bands are wider than the ear's, above narrower.")
f = np.linspace(0, 8000, 400)
scales = {"HTK": hz_to_mel(f, htk=True), "Slaney": hz_to_mel(f),
          "ear's bands": np.log(1 + 4.37 * f / 1000)}  # the integral of 1 / bandwidth
for name, scale in scales.items():
    axes[0].plot(f / 1000, scale / scale[-1], label=name)
axes[0].plot(f / 1000, f / f[-1], ":", color="0.5", label="hertz")
axes[0].set(title="Where a frequency lies", xlabel="Frequency (kHz)",
            ylabel="Place (share of 8 kHz)")
axes[0].legend()
centres = {name: mel_frequencies(42, fmax=8000, htk=name == "HTK") for name in ("HTK", "Slaney")}
for name, c in centres.items():
    axes[1].plot(c[1:-1] / 1000, (c[2:] - c[:-2]) / 2, ".-", label=f"40 mel bands, {name}")
axes[1].plot(f / 1000, 24.7 * (4.37 * f / 1000 + 1), label="ear's bands")
axes[1].set(title="How wide bands are", xlabel="Frequency (kHz)", ylabel="Width (Hz)")
axes[1].legend()
ck.claim("ear's bands from 0 to 8 kHz", scales["ear's bands"][-1] * 1000 / (24.7 * 4.37),
         near=(33.2, 0.1))

# %% [markdown]
# ## 2. A filter bank, triangle by triangle
#
# Bands that are even in mel copy the ear's widths roughly. So put $B$ filters on the frequency axis in equal steps of a mel. Each begins at its left neighbour's centre, rises to
# its own and falls to its right neighbour's, so that each frequency is shared by two of them. For $B$ filters from $f_{\min}$ to
# $f_{\max}$ (Hz) we need $B + 2$ corners $e_i$ (Hz):
#
# $$e_i = m^{-1}\!\left( m(f_{\min}) + \frac{i}{B + 1}\,\bigl(m(f_{\max}) - m(f_{\min})\bigr) \right), \qquad i = 0 \dots B + 1 \tag{3}$$
#
# where $m$ is (1) or (2), and $m^{-1}$ turns mels back into Hz. In code $B$ is `n_mels`. Filter $i$ is a triangle over $e_{i-1}, e_i, e_{i+1}$:
#
# $$T_i(f) = \max\!\left(0,\; \min\!\left( \frac{f - e_{i-1}}{e_i - e_{i-1}},\; \frac{e_{i+1} - f}{e_{i+1} - e_i} \right)\right),
# \qquad i = 1 \dots B \tag{4}$$
#
# Wide triangles collect more. So that high bands are not louder for their width alone, Slaney divides each by its area:
#
# $$W_{ik} = \frac{2}{e_{i+1} - e_{i-1}}\; T_i(f_k), \qquad f_k = k\,\frac{f_s}{N} \tag{5}$$
#
# with the sample rate $f_s$ and the FFT size $N$. $W$ has one row a filter and one column a bin; its unit is 1/Hz. HTK leaves the height at 1.
# Here is the definition, one triangle at a time, and then the library's version, which computes all corners and all bins at once.

# %%
def filterbank_by_definition(sr, n_fft, n_mels):
    """Equations 3 to 5, filter by filter and bin by bin; Slaney's scale, from 0 to sr / 2."""
    top = hz_to_mel(sr / 2)
    edges = [mel_to_hz(top * i / (n_mels + 1)) for i in range(n_mels + 2)]
    W = np.zeros((n_mels, 1 + n_fft // 2))
    for i in range(n_mels):
        left, centre, right = edges[i : i + 3]
        for k in range(1 + n_fft // 2):
            f = k * sr / n_fft
            if left < f <= centre:
                W[i, k] = (f - left) / (centre - left)
            elif centre < f < right:
                W[i, k] = (right - f) / (right - centre)
        W[i] *= 2 / (right - left)
    return W

# %% include: coursekit.mel.triangle, coursekit.mel.mel_filterbank

# %%
ck.compare(mel_filterbank(sr=sr, n_fft=512, n_mels=40), filterbank_by_definition(sr, 512, 40),
           rtol=1e-10, title="mel_filterbank against the definition")
how = dict(sr=sr, n_fft=512, n_mels=40, fmin=20.0, fmax=7600.0)
for htk, norm in ((False, "slaney"), (True, None)):
    ck.compare(mel_filterbank(**how, htk=htk, norm=norm),
               librosa.filters.mel(**how, htk=htk, norm=norm, dtype=np.float64), rtol=1e-10,
               title=f"mel_filterbank against librosa, htk={htk}, norm={norm}")

fig, axes = display.subplots(1, 2, height=2.8, alt="Left: the five lowest of 40 triangles, with "
                             "dots where FFT bins fall: four or five to a triangle. Right: "
                             "all 40 triangles up to 8 kHz, ever wider.")
W = mel_filterbank(sr=sr, n_fft=512, n_mels=40, norm=None)
bins, fine = units.fft_frequencies(sr=sr, n_fft=512), np.linspace(0, 450, 1000)
corners = mel_frequencies(42, fmax=sr / 2)
for i in range(40):
    axes[1].plot(bins / 1000, W[i], linewidth=0.8, color=display.COLORS["blue" if i % 2 else "red"])
    if i < 5:
        drawn, = axes[0].plot(fine, triangle(fine, left=corners[i], centre=corners[i + 1],
                                             right=corners[i + 2]))
        inside = W[i] > 0
        axes[0].plot(bins[inside], W[i, inside], "o", markersize=4, color=drawn.get_color())
axes[0].set(title="The five lowest filters, and their bins", xlabel="Frequency (Hz)", ylabel="Gain")
axes[1].set(title="All 40 (N = 512)", xlabel="Frequency (kHz)", ylabel="Gain")
ck.claim("width of the lowest triangle at its foot (Hz)", corners[2] - corners[0], near=(147, 1))

# %% [markdown]
# The dots are all that a filter sees: here four or five bins each. With many filters and short frames some have none; that is the first mistake of section 12.
#
# ## 3. Mel spectrogram and log-mel
#
# Apply the filters to the power of each frame (chapter 02b, equation 1):
#
# $$M_{it} = \sum_k W_{ik}\; |S[k, t]|^2 \tag{6}$$
#
# - $M_{it}$: power in band $i$ at frame $t$: the **mel spectrogram**, a matrix product $M = W |S|^2$.
#
# The ear judges levels, too, by ratios: ten times the power sounds about twice as loud, at nearly all levels. So take decibels (chapter 01,
# equation 7), with a floor $\varepsilon$ under silence:
#
# $$L_{it} = 10 \log_{10} \max(M_{it}, \varepsilon), \qquad \varepsilon = 10^{-10} \tag{7}$$
#
# This **log-mel spectrogram** is what most recognisers of Part II take in, and what most synthesisers of Part III put out. (Many take the natural
# logarithm or $\log_{10}$; that is a constant factor.) librosa also cuts what lies more than `top_db` = 80 dB below the loudest point.

# %% include: coursekit.mel.mel_spectrogram, coursekit.mel.log_mel

# %%
how = dict(sr=sr, n_fft=512, hop_length=128, win_length=400, window="hann", center=True,
           pad_mode="constant", power=2.0, n_mels=40, fmin=0.0, fmax=8000.0, htk=False,
           norm="slaney")
M = mel_spectrogram(speech, **how)
ck.compare(M, librosa.feature.melspectrogram(y=speech, **how, dtype=np.float64), rtol=1e-10,
           title="mel_spectrogram against librosa")
ck.compare(log_mel(speech, ref=1.0, amin=1e-10, top_db=80.0, **how),
           librosa.power_to_db(M, ref=1.0, amin=1e-10, top_db=80.0), rtol=1e-10,
           title="log_mel against librosa")

t = units.frames_to_time(np.arange(M.shape[1]), sr=sr, hop_length=128)
fig, ax = display.subplots(1, 1, height=2.1, alt="The sentence in 40 mel bands, in decibels: broad "
                           "bars where the formants are, no fine lines.")
display.heatmap(dsp.power_to_db(M, ref=np.max), x=t, ax=ax, title="Log-mel spectrogram, 40 bands",
                xlabel="Time (s)", ylabel="Band", label="Level (dB below\nthe loudest)")

# %% [markdown]
# An experiment on the norm of (5). White noise has the same power at every frequency. Wide triangles of height 1 catch more of it; triangles of
# area 1 find the same level all the way up.

# %%
noise = synth.white_noise(sr=sr, duration=20.0, rng=np.random.default_rng(2))
for norm in ("slaney", None):
    M = mel_spectrogram(noise, sr=sr, n_fft=1024, n_mels=40, norm=norm)
    level = 10 * np.log10(M.mean(axis=1))
    slope = level[-3:].mean() - level[:3].mean()
    print(f"norm={norm}: the three highest bands lie {abs(slope):.1f} dB from the three lowest")
    ck.claim(f"white noise, norm={norm}: highest bands above lowest (dB)", slope,
             **({"near": (0, 0.5)} if norm else {"above": 6}))

# %% [markdown]
# ## 4. Back to sound: what did it throw away?
#
# A feature does not show what it dropped. To hear it, make a sound that has the same feature, knowing nothing else of the recording. From a mel
# spectrogram that takes two steps. First the bins: $W$ has more columns than rows, so that many spectra have the same $M$. Take one that is
# nowhere negative and whose bands are as near to $M$ as can be (**non-negative least squares**), for each frame $t$:
#
# $$\hat P_{\cdot t} = \arg\min_{p \,\ge\, 0} \; \bigl\| W p - M_{\cdot t} \bigr\|^2 \tag{8}$$
#
# - $\hat P_{kt}$: the power that bin $k$ is given, $\sqrt{\hat P_{kt}}$ its magnitude.
#
# The code starts from the pseudo-inverse (of all exact solutions the shortest, but negative in places), walks downhill, sets to zero what falls
# below, and keeps some momentum (Beck and Teboulle, 2009). Where bands are wide some bins stay at zero: the black bars of the first picture. The second
# step is a phase for each bin, by Griffin and Lim's method (chapter 02b, section 5).

# %% include: coursekit.mel.nonnegative_least_squares

# %% [markdown]
# Two numbers judge a copy. The **feature mismatch** is the distance of its mel spectrogram from the one that it was made from (RMS, in dB; what lies
# more than 60 dB below the loudest counts as 60 dB). If it is small, the feature cannot tell copy and recording apart. The **STFT mismatch** is that of
# chapter 02b, section 5: the distance of the magnitudes from the recording's, relative to these; silence would have 0 dB. A copy from all 257 bins shows
# what the search for a phase costs. What goes beyond that was lost in the feature.

# %%
def feature_mismatch(y, target, **how):
    """RMS difference of two mel spectrograms, 60 dB down from the loudest point; dB."""
    ours, wanted = (dsp.power_to_db(M, ref=target.max(), top_db=None).clip(-60)
                    for M in (mel_spectrogram(y, **how), target))
    return float(np.sqrt(np.mean((ours - wanted) ** 2)))


copies, kept = {"257 bins": sound_of(np.sqrt(power))}, {}
kept[257] = (0.0, metrics.mismatch_db(speech, copies["257 bins"]))
print(f"{'257 bins:':>10s} {257 * sr / hop:6,.0f} numbers a second, {'':24s} "
      f"STFT mismatch {kept[257][1]:5.1f} dB")
for n_mels in (128, 40, 13):
    how = dict(sr=sr, n_fft=n_fft, hop_length=hop, n_mels=n_mels)
    M = mel_spectrogram(speech, **how)
    y = copies[f"{n_mels} bands"] = sound_of(mel.mel_to_stft(M, sr=sr, n_fft=n_fft))
    kept[n_mels] = feature_mismatch(y, M, **how), metrics.mismatch_db(speech, y)
    print(f"{n_mels:3d} bands: {n_mels * sr / hop:6,.0f} numbers a second, feature mismatch "
          f"{kept[n_mels][0]:3.1f} dB, STFT mismatch {kept[n_mels][1]:5.1f} dB")
ck.claim("largest feature mismatch (dB)", max(row[0] for row in kept.values()), below=3)
ck.claim("STFT mismatch, 257 bins (dB)", kept[257][1], below=-15)
ck.claim("STFT mismatch, 128 bands (dB)", kept[128][1], below=-10)
ck.claim("STFT mismatch, 13 bands, minus that of 128 (dB)", kept[13][1] - kept[128][1], above=4)

fig, axes = display.subplots(1, 4, height=2.2, sharey=True, alt="A third of a second, the "
                             "sounds EY D EY, up to 1.6 kHz: in the recording and with 128 "
                             "bands fine parallel lines, the harmonics; with 40 and 13 bands only "
                             "a blur.")
shown = {"recording": speech, **{name: copies[name] for name in list(copies)[1:]}}
for ax, (name, y) in zip(axes, shown.items(), strict=True):
    display.spectrogram(y, sr=sr, n_fft=1024, hop_length=64, ax=ax, fmax=1600, title=name,
                        colorbar=False)
    ax.set(xlim=(1.4, 1.75), ylabel="Frequency (Hz)" if name == "recording" else "")
display.compare_sounds({name: shown[name][: 2 * sr] for name in list(shown)[1:]}, sr=sr,
                       show=("wave",),
                       captions=["nearly the recording", "the words stay, the melody is gone",
                                 "a whisper behind a door"])

# %% [markdown]
# To its own feature each copy is the recording, to about a decibel. With 128 bands the difference is small. With 40 each triangle covers at
# least 147 Hz, more than the distance of two **harmonics** of this voice: a voice of pitch $f_0$ holds the frequencies $f_0, 2f_0, 3f_0, \dots$, here
# about 100 Hz apart. They melt together, and with them the pitch is lost. A whisper is left, with the words in it. In English that loses the
# intonation; in Mandarin, where pitch tells words apart (chapter 04), or in singing, it loses more. Try your own numbers: how few bands still carry
# the words? How many are needed for the melody?

# %%
feature_controls.mel_explorer(speech[: 2 * sr], sr=sr)

# %% [markdown]
# ## 5. The cepstrum: melody here, words there
#
# Why can pitch go and words stay? Because different organs make them. The vocal folds give pulses, with a comb of harmonics as their spectrum $E$;
# throat, tongue and lips are a filter $H$ that shapes it into broad hills, the formants (chapter 02b). For the spectrum $X$ of one frame, a filter
# multiplies, and a logarithm turns products into sums:
#
# $$|X[k]| \approx |E[k]|\,|H[k]| \quad\Rightarrow\quad \log |X[k]| \approx \log |E[k]| + \log |H[k]| \tag{9}$$
#
# Now read $\log |X|$ along the frequency axis as if it were a signal: a fast ripple (the comb) on a slow wave (the hills). A Fourier transform
# tells fast from slow. Bogert, Healy and Tukey (1963) called the spectrum of a log spectrum **cepstrum** and its axis, in seconds, **quefrency**: the
# letters of the words are turned round as well. Low quefrencies hold the mouth; a spike at quefrency $1/f_0$ is the voice (Noll, 1967).

# %%
vowel = next(s for s in librivox["austen-5"].phones if s.label == "EY")  # in "made"
middle = round(sr * (vowel.start + vowel.end) / 2)
frame = speech[middle - 512 : middle + 512] * dsp.get_window("hann", 1024)
level = dsp.amplitude_to_db(np.fft.rfft(frame), ref=1.0, top_db=None)  # dB
ceps = np.fft.irfft(level)  # quefrency n / sr
slow = ceps.copy()
slow[32:-31] = 0  # keep quefrencies below 2 ms: hills more than 500 Hz apart
voice = slice(sr // 300, sr // 80)  # pitches from 80 to 300 Hz
spike = voice.start + int(np.argmax(ceps[voice]))

fig, axes = display.subplots(1, 2, height=3.2, alt="Left: the spectrum of a vowel, a comb with "
                             "hills, and the smooth curve of its low quefrencies over it. Right: "
                             "its cepstrum, large below 2 ms, then small, with one spike at the "
                             "period of the voice.")
f = units.fft_frequencies(sr=sr, n_fft=1024)
axes[0].plot(f / 1000, level, linewidth=0.9, label="log spectrum")
axes[0].plot(f / 1000, np.fft.rfft(slow).real, linewidth=2, label="quefrencies below 2 ms")
axes[0].set(title="EY in “made”", xlabel="Frequency (kHz)", ylabel="Level (dB)", xlim=(0, 5))
axes[0].legend()
axes[1].plot(1000 * np.arange(1, 320) / sr, ceps[1:320], linewidth=0.9)
axes[1].annotate(f"{sr / spike:.0f} Hz", (1000 * spike / sr, ceps[spike]), ha="center", va="bottom")
axes[1].set(title="Its cepstrum", xlabel="Quefrency (ms)", ylabel="Cepstrum (dB)", ylim=(-3, 5))
# YIN finds the pitch in another way (chapter 04)
pitch = librosa.yin(speech, fmin=80, fmax=300, sr=sr, hop_length=hop)[round(middle / hop)]
ck.claim("pitch from the cepstrum against librosa.yin (ratio)", sr / spike / pitch, near=(1, 0.05))

# %% [markdown]
# The height of the spike measures how clear the pitch is. How much of it did the copies of section 4 keep? Here is its median over all vowels of the
# sentence. The highest of many values is never zero; white noise, which has no pitch, shows how high it comes by chance.

# %%
VOWELS = {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"}


def spike_height(y):
    """Median over the frames of all vowels of the highest cepstral value from 80 to 300 Hz; dB."""
    level = dsp.amplitude_to_db(dsp.stft(y, n_fft=1024, hop_length=160), top_db=None)
    highest = np.fft.irfft(level, axis=0)[voice].max(axis=0)
    return float(np.median(np.concatenate([
        highest[round(100 * s.start) : round(100 * s.end)]  # 100 frames a second
        for s in librivox["austen-5"].phones if s.label in VOWELS])))


hiss = synth.white_noise(sr=sr, duration=len(speech) / sr, rng=np.random.default_rng(3))
spikes = {name: spike_height(y)
          for name, y in {"recording": speech, **copies, "white noise": hiss}.items()}
for name, height in spikes.items():
    print(f"{name:12s} {height:.2f} dB")
ck.claim("spike with 128 bands, share of the recording's",
         spikes["128 bands"] / spikes["recording"], above=0.6)
ck.claim("with 40 bands, above white noise (dB)",
         spikes["40 bands"] - spikes["white noise"], below=0.15)

# %% [markdown]
# 128 bands keep much of the spike. With 40 and with 13 it does not rise above chance: the melody is gone.
#
# The mel bands have blurred the ripple; what is left of a frame, $B$ levels, still varies slowly from band to band, so that fewer numbers will do. In place
# of the Fourier transform take its real relative, the **discrete cosine transform** (DCT), of each column of $L$, and keep the first $K$ coefficients:
#
# $$c_{jt} = \sum_{i=0}^{B-1} D_{ji}\, L_{it}, \qquad D_{ji} = \sqrt{\tfrac{2}{B}}\; \cos\!\left( \frac{\pi j\,(i + \tfrac12)}{B} \right), \qquad
# j = 0 \dots K - 1 \tag{10}$$
#
# Row $j = 0$ is divided by $\sqrt 2$ once more, so that all rows have length 1; bands are counted from 0 here. These are the **mel-frequency cepstral
# coefficients**, MFCC (Davis and Mermelstein, 1980). Each row of $D$ is a cosine over the bands: $c_0$ measures the level, $c_1$ the balance of low against
# high, the next ones ever finer shapes. The rows are orthogonal, so $D^\top$ leads back, from $K < B$ coefficients to a smoothed $L$.

# %% include: coursekit.mel.dct_matrix, coursekit.mel.dct, coursekit.mel.lifter_weights, coursekit.mel.mfcc

# %%
import scipy.fft

how = dict(n_fft=512, hop_length=128, n_mels=40, fmin=0.0, fmax=8000.0, htk=False)
L = log_mel(speech, sr=sr, **how)
D, column = dct_matrix(40, 40), L[:, round(middle / hop)]
fig, axes = display.subplots(1, 2, height=3.2, alt="Left: the first four rows of the DCT matrix, "
                             "cosines of 0, 1/2, 1 and 3/2 periods. Right: the log-mel levels of "
                             "a vowel, and their smooth copies from 2, 5 and 13 coefficients, "
                             "ever closer.")
for j in range(4):
    axes[0].plot(D[j], ".-", label=f"row {j}")
axes[0].set(title="Rows of D", xlabel="Band", ylabel="Weight", ylim=(-0.4, 0.25))
axes[0].legend(loc="lower left", ncols=4, fontsize=8)
axes[1].plot(column, "o", color="0.6", label="log-mel")
for K in (2, 5, 13):
    axes[1].plot(D[:K].T @ (D[:K] @ column), label=f"{K} coefficients")
axes[1].set(title="EY from few coefficients", xlabel="Band", ylabel="Level (dB)")
axes[1].legend()
ck.compare(D @ L, scipy.fft.dct(L, type=2, norm="ortho", axis=0), rtol=1e-10,
           title="DCT matrix against scipy.fft.dct")
ck.compare(mfcc(speech, sr=sr, n_mfcc=13, lifter=0, norm="slaney", **how),
           librosa.feature.mfcc(y=speech, sr=sr, n_mfcc=13, dct_type=2, norm="ortho", lifter=0,
                                mel_norm="slaney", dtype=np.float64, **how),
           rtol=1e-10, title="mfcc against librosa")

# %% [markdown]
# An experiment where the truth is known: two made vowels, *ah* and *ee* (harmonics through four resonances), each at 110 and at 165 Hz. Which does a
# feature find more alike: the same vowel at another pitch, or another vowel at the same pitch?

# %%
import scipy.signal


def made_vowel(f0, formants):
    """Harmonics of f0 through one resonance a formant, each (frequency, bandwidth) in Hz."""
    y = synth.harmonic(f0, 1 / np.arange(1, 70), sr=sr, duration=0.4)
    for frequency, bandwidth in formants:
        r = np.exp(-np.pi * bandwidth / sr)
        a = [1, -2 * r * np.cos(2 * np.pi * frequency / sr), r * r]
        y = scipy.signal.lfilter([sum(a)], a, y)
    return 0.5 * y / np.abs(y).max()


mouths = {"ah": [(730, 80), (1090, 90), (2440, 120), (3400, 150)],
          "ee": [(270, 60), (2290, 100), (3010, 120), (3400, 150)]}
vowels = {(name, f0): made_vowel(f0, formants) for name, formants in mouths.items()
          for f0 in (110, 165)}
views = {"log spectrum": lambda y: dsp.amplitude_to_db(dsp.stft(y, n_fft=1024, hop_length=512),
                                                      top_db=None),
         "log-mel, 40 bands": lambda y: log_mel(y, sr=sr, n_fft=1024, n_mels=40, top_db=None),
         "MFCC 1 to 12": lambda y: mfcc(y, sr=sr, n_mfcc=13, n_fft=1024, n_mels=40,
                                        top_db=None)[1:]}
for name, view in views.items():
    x = {key: view(y)[:, 5] for key, y in vowels.items()}
    other_pitch = [np.linalg.norm(x[vowel, 110] - x[vowel, 165]) for vowel in mouths]
    other_vowel = [np.linalg.norm(x["ah", f0] - x["ee", f0]) for f0 in (110, 165)]
    ratio = np.mean(other_pitch) / np.mean(other_vowel)
    print(f"{name:18s} distance to the other pitch / to the other vowel: {ratio:.2f}")
    ck.claim(f"{name}: that ratio", ratio,
             **({"above": 1} if name == "log spectrum" else {"below": 0.5}))
display.play(np.concatenate(list(vowels.values())), sr=sr,
             title="ah at 110 and 165 Hz, ee at 110 and 165 Hz",
             caption="Made sounds. Which two are alike?")

# %% [markdown]
# In the log spectrum another *pitch* makes more difference than another *vowel*: the combs do not match. In log-mel it makes about a third of it, in
# MFCCs about a fifth. They tell vowels apart better than the spectrum that they come from, because they hold less.
#
# ## 6. Deltas: which way is it going?
#
# A frame is a snapshot, and speech is movement. Chapter 02 began with a sentence played backwards. Its frames have the same magnitudes, in
# the opposite order, so that whoever looks at one at a time cannot tell the difference. The remedy is to give each frame its slope (Furui,
# 1986): that of the straight line that fits the frames from $t - n$ to $t + n$ best (librosa: $n = 4$),
#
# $$\Delta_t = \frac{\sum_{i=-n}^{n} i\; c_{t+i}}{\sum_{i=-n}^{n} i^2} \tag{11}$$
#
# called **delta**, the change per frame. The second derivative of the best parabola, **delta-delta**, is found in the same way. Thirteen MFCCs, 13 deltas and
# 13 delta-deltas make the 39 numbers that speech recognition used for decades. At the ends frames are missing: librosa fits one line to the last nine,
# torchaudio repeats the last one. In the code `fit` is a pseudo-inverse: its rows turn the frames around $t$ into the coefficients of the best polynomial.
# Row 1, divided by $n$, holds the weights of (11).

# %% include: coursekit.mel.PAD_MODES, coursekit.mel.delta

# %% include: coursekit.mel.mfcc_39

# %%
how = dict(n_fft=512, hop_length=128, n_mels=40)
even = speech[: len(speech) // 128 * 128 + 1]  # so that frames fall on the same samples both ways
c, c_backwards = (mfcc(y, sr=sr, n_mfcc=13, **how) for y in (even, even[::-1]))
features = mfcc_39(speech, sr=sr, **how)
fig, ax = display.subplots(1, 1, height=3.0, alt="39 rows over the time of the sentence, in three "
                           "blocks: MFCCs, slow; deltas and delta-deltas, faster, strong where "
                           "phones change.")
t = units.frames_to_time(np.arange(features.shape[1]), sr=sr, hop_length=128)
display.heatmap(mel.cmvn(features), x=t, ax=ax, title="39 features: MFCC, delta, delta-delta",
                xlabel="Time (s)", ylabel="Row", label="Standard deviations",
                cmap=display.DIVERGING_MAP, vmin=-3, vmax=3)
ax.set_yticks([0, 13, 26])
ax.set_xlim(1.0, 2.2)  # "been made amiable"
for order in (1, 2):
    ck.compare(delta(c, width=9, order=order, mode="interp"),
               librosa.feature.delta(c, width=9, order=order, axis=-1, mode="interp"), rtol=1e-10,
               title=f"delta against librosa, order {order}")
ck.compare(c_backwards[:, ::-1], c, rtol=1e-10, title="backwards: the same MFCCs, in reverse order")
ck.compare(delta(c_backwards)[:, ::-1], -delta(c), rtol=1e-10,
           title="and the deltas, with the opposite sign")

# %% [markdown]
# ## 7. The telephone, and how to forget it
#
# Every recording has gone through a microphone, a room, perhaps a telephone: filters that do not change while one speaks. If such a filter has the
# response $G$, a frame's spectrum becomes $|Y[k,t]|^2 \approx |G[k]|^2\, |X[k,t]|^2$, and its log-mel levels
#
# $$L^Y_{it} \approx L^X_{it} + 10 \log_{10} |G_i|^2 \tag{12}$$
#
# with $|G_i|^2$ the mean response in band $i$. In each band the telephone adds the *same* number to all frames. Subtract each row's mean over time, and it
# is gone; the DCT is linear, so this holds for MFCCs, too (Atal, 1974). To divide by the standard deviation as well is called **mean and variance
# normalisation**, CMVN (the C for cepstral). With the mean $\mu_j$ and the standard deviation $\sigma_j$ of row $j$ over all frames:
#
# $$\tilde c_{jt} = \frac{c_{jt} - \mu_j}{\sigma_j} \tag{13}$$

# %% include: coursekit.mel.cmvn

# %%
sos = np.concatenate([scipy.signal.butter(2, 500, "highpass", fs=sr, output="sos"),
                      scipy.signal.butter(2, 2500, "lowpass", fs=sr, output="sos")])
telephone = scipy.signal.sosfilt(sos, speech)
how = dict(sr=sr, n_fft=512, hop_length=128, n_mels=40, top_db=None)
L_before, L_after = log_mel(speech, **how), log_mel(telephone, **how)
speaking = L_before.mean(axis=0) > L_before.mean()  # the louder half; noise rules the pauses
change = (L_after - L_before)[:, speaking]
far = {"log-mel": (L_before, L_after), "minus its mean": [
    L - L.mean(axis=1, keepdims=True) for L in (L_before, L_after)]}
for name, (before, after) in far.items():
    rms = np.sqrt(np.mean((after - before) ** 2))
    print(f"{name:15s} RMS distance between studio and telephone {rms:5.1f} dB")
    ck.claim(f"{name}: RMS distance (dB)", rms,
             **({"above": 10} if name == "log-mel" else {"below": 4}))

_, response = scipy.signal.sosfreqz(sos, worN=units.fft_frequencies(sr=sr, n_fft=512), fs=sr)
expected = dsp.power_to_db(mel_filterbank(sr=sr, n_fft=512, n_mels=40) @ np.abs(response) ** 2
                           / mel_filterbank(sr=sr, n_fft=512, n_mels=40).sum(axis=1), top_db=None)
fig, ax = display.subplots(1, 1, height=3, alt="Change of level by the telephone in each of 40 "
                           "bands: the mean over time lies on the filter's response but for the "
                           "two highest bands; the spread is small, except at both ends.")
ax.errorbar(np.arange(40), change.mean(axis=1), yerr=change.std(axis=1), fmt="o", markersize=4,
            label="change of log-mel: mean and spread over time")
ax.plot(np.arange(40), expected, label="the telephone's response")
ax.set(title="A filter adds a constant", xlabel="Band", ylabel="Change (dB)")
ax.legend(loc="lower center")
ck.claim("bands 0 to 37: largest distance of mean and response (dB)",
         np.abs(change.mean(axis=1) - expected)[:38].max(), below=2.5)
ck.claim("highest band after the telephone, mean level (dB)", L_after[39, speaking].mean(),
         below=-95)
display.play(telephone[: 2 * sr], sr=sr, title="The sentence through a telephone",
             caption="Thin. To log-mel without its mean it is nearly the recording.")

# %% [markdown]
# The points lie on the filter's own response, but for the last two: there the telephone leaves nearly nothing, and the level stops at the floor
# $\varepsilon$ of (7), which is $-100$ dB. Where a filter is steep, as at both ends, its effect on a band also depends a little on the sound: the "$\approx$"
# in (12). And all this holds only while the filter's echo is short against a frame; that of a church lasts for seconds.
#
# **Liftering.** High coefficients are small, and count little in a distance between MFCCs. Some systems raise them with a **lifter** (a filter, its
# letters turned round; Juang, Rabiner and Wilpon, 1987), usually with $\Lambda = 22$:
#
# $$c'_j = \left(1 + \frac{\Lambda}{2} \sin \frac{\pi (j + 1)}{\Lambda}\right) c_j \tag{14}$$
#
# (HTK has $j$ in place of librosa's $j + 1$.) It multiplies each row by a constant, and dividing by the standard deviation takes every constant out again:

# %%
ck.compare(mel.lifter(c, lifter=22), librosa.feature.mfcc(
    y=even, sr=sr, n_mfcc=13, lifter=22, n_fft=512, hop_length=128, n_mels=40, dtype=np.float64),
    rtol=1e-10, title="lifter against librosa")
ck.compare(mel.cmvn(mel.lifter(c, lifter=22)), mel.cmvn(c), rtol=1e-10,
           title="after CMVN the lifter has no effect")

# %% [markdown]
# ## 8. Which thirteen numbers? A test with real phones
#
# Now to the opening question. A test that needs no recogniser is **ABX** (Schatz and others, 2013). Take three vowels from the five sentences: A and X of one
# kind, from different sentences, and B of another kind. A feature errs if X lies nearer to B than to A. The **ABX error** is the share of errors among all such
# triples, averaged over all pairs of kinds; guessing gives 50 %. A vowel is represented by the mean feature over the middle third of its time. We
# compare four sets of bands, each as power and in decibels.

# %%
def vowels_under(view):
    """One row a vowel of all five sentences, its kind, and its sentence."""
    rows, kinds, sentences = [], [], []
    for number, utterance in enumerate(librivox):
        x = view(utterance.load()[0].astype(np.float64))
        for start, end, phone in utterance.phones:
            if phone in VOWELS:
                third = (end - start) / 3
                frames = slice(int((start + third) * sr / 80), int((end - third) * sr / 80) + 1)
                rows.append(x[:, frames].mean(axis=1))
                kinds.append(phone)
                sentences.append(number)
    return np.array(rows), np.array(kinds), np.array(sentences)


def abx_error(rows, kinds, sentences):
    """Share of triples in which X is nearer to B than to A, averaged over pairs of kinds."""
    far = np.linalg.norm(rows[:, None] - rows[None], axis=2)
    errors = []
    for a in np.unique(kinds):
        for b in np.unique(kinds[kinds != a]):
            gaps = [far[x, (kinds == a) & (sentences != sentences[x])][:, None]
                    - far[x, kinds == b] for x in np.flatnonzero(kinds == a)]
            wrong = np.concatenate([(gap > 0).ravel() for gap in gaps])
            if len(wrong):
                errors.append(wrong.mean())
    return float(np.mean(errors))

# %%
frames = dict(n_fft=512, hop_length=80, win_length=400)
edges = np.linspace(0, 4000, 15)[:, None]
low_bands = mel.triangle(units.fft_frequencies(sr=sr, n_fft=512),
                         left=edges[:-2], centre=edges[1:-1], right=edges[2:])
banks = {"257 bins": np.eye(257), "13 equal bands": equal_bands,
         "13 equal bands up to 4 kHz": low_bands,
         "13 mel bands": mel_filterbank(sr=sr, n_fft=512, n_mels=13)}
views = {}
for name, W in banks.items():
    views[f"{name}, power"] = lambda y, W=W: W @ np.abs(dsp.stft(y, **frames)) ** 2
    views[f"{name}, dB"] = lambda y, W=W: dsp.power_to_db(
        W @ np.abs(dsp.stft(y, **frames)) ** 2, top_db=None)
views["13 MFCC"] = lambda y: mfcc(y, sr=sr, n_mfcc=13, n_mels=40, top_db=None, **frames)
views["13 MFCC minus mean"] = lambda y: views["13 MFCC"](y) - views["13 MFCC"](y).mean(
    axis=1, keepdims=True)

collected = {name: vowels_under(view) for name, view in views.items()}
abx = {name: abx_error(*found) for name, found in collected.items()}
without_one = {name: np.array([  # of the five sentences
    abx_error(*(part[found[2] != sentence] for part in found)) for sentence in range(5)])
    for name, found in collected.items()}
gains = {}
for worse, better in (("257 bins, dB", "13 mel bands, dB"),
                      ("13 equal bands, dB", "13 mel bands, dB"),
                      ("13 equal bands up to 4 kHz, dB", "13 mel bands, dB"),
                      ("13 MFCC", "13 MFCC minus mean")):
    gains[worse] = without_one[worse] - without_one[better]
    print(f"{worse:30s} minus {better:18s}: {100 * (abx[worse] - abx[better]):4.1f} points "
          f"({100 * gains[worse].min():4.1f} to {100 * gains[worse].max():.1f} without a sentence)")
n_vowels = len(collected["13 MFCC"][0])
ax = display.bars({name: 100 * error for name, error in abx.items()},
                  xlabel="ABX error (%), chance is 50", title=f"{n_vowels} vowels of one reader")
ax.figure.alt = "ABX error in per cent: " + ", ".join(
    f"{name} {100 * error:.0f}" for name, error in abx.items())
ck.claim("ABX error of the best of the powers",
         min(error for name, error in abx.items() if "power" in name), above=0.33)
ck.claim("of 13 mel bands in dB", abx["13 mel bands, dB"], below=0.25)
ck.claim("257 bins minus 13 mel bands, both in dB, smallest", gains["257 bins, dB"].min(),
         above=0.03)
ck.claim("13 equal bands minus 13 mel bands, both in dB, smallest",
         gains["13 equal bands, dB"].min(), above=0.03)
ck.claim("13 MFCC minus 13 mel bands", abx["13 MFCC"] - abx["13 mel bands, dB"], near=(0, 0.03))

# %% [markdown]
# Power tells vowels apart badly whatever the bands, because a few strong values decide. In decibels every set of bands does better, and 13 mel bands better than
# all 257 bins. Why mel? Half of the 13 equal bands lie above 4 kHz, where vowels hold little. Below 4 kHz equal bands do nearly as well, but they would not
# hear an S. The mel scale has narrow bands for vowels and wide ones for the rest. 13 MFCCs do as well as 13 mel bands. Whether taking the mean off helps
# here, where all five sentences went through the same microphone, these few vowels cannot tell: it depends on which sentence is left out.

# %% [markdown]
# ## 9. Chroma: the note without its octave
#
# Music asks another question: not *which mouth* but *which notes*. When a choir sings one tune, men sing it an octave below
# women. What they share is the **pitch class**, a note's name without its octave: C, C sharp, D, … B, twelve in all, a **semitone** (a factor of $2^{1/12}$)
# apart. Number the semitones as MIDI does, the language of electronic instruments, with 69 at 440 Hz:
#
# $$p(f) = 69 + 12 \log_2 \frac{f}{440\ \text{Hz}} \tag{15}$$
#
# then the class is $p$, rounded, modulo 12, with C as 0. To fold a whole spectrum, give each bin a weight in each class: a bump over the distance $d$, *round the circle*
# and in semitones, from class $c$ to the bin's pitch $p_k = p(f_k)$. The bump is about a semitone wide, or a bin where bins are wider:
#
# $$W_{ck} = g_k\; \frac{b_{ck}}{\sqrt{\sum_{c'} b_{c'k}^2}}, \qquad b_{ck} = e^{-\frac12 (2\, d(c,\, p_k) / u_k)^2}, \qquad u_k = \max(1,\; p_{k+1} - p_k) \tag{16}$$
#
# - $u_k$: twice the standard deviation of the bump, in semitones;
# - $g_k$: a weight for the octave, a bell curve over $p_k$ around 880 Hz with a standard deviation of two octaves: less for what lies far below and above.
#
# As in (6), the **chroma** of a frame is a matrix product, divided by its largest value (Fujishima, 1999; Ellis, 2007):
#
# $$C_{ct} = \frac{\tilde C_{ct}}{\max_{c'} \tilde C_{c't}}, \qquad \tilde C_{ct} = \sum_k W_{ck}\, |S[k, t]|^2 \tag{17}$$
#
# The test piece is a chorale by Bach. It is a score, rendered with recorded notes of an organ, so that we know which notes sound when.

# %% include: coursekit.chroma.normalize_columns, coursekit.chroma.chroma_filterbank

# %% include: coursekit.chroma.chroma_stft

# %%
from coursekit import midi

chorale = data.load("chorales")["bwv347"]  # in A major
music, music_sr = chorale.load(sr=22050)
music = music.astype(np.float64)
how = dict(sr=music_sr, n_fft=8192, tuning=0.0, n_chroma=12)
ck.compare(chroma_filterbank(ctroct=5.0, octwidth=2, norm=2, base_c=True, **how),
           librosa.filters.chroma(ctroct=5.0, octwidth=2, norm=2, base_c=True, dtype=np.float64,
                                  **how),
           rtol=1e-10, title="chroma_filterbank against librosa")
how |= dict(hop_length=512, norm=np.inf, window="hann", center=True, pad_mode="constant")
C = chroma_stft(music, **how)
ck.compare(C, librosa.feature.chroma_stft(y=music, dtype=np.float64, **how), rtol=1e-10,
           title="chroma_stft against librosa")

NAMES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"]
roll = midi.piano_roll(chorale.score, frame_rate=music_sr / 512)
sounding = np.stack([roll[c::12].max(axis=0) > 0 for c in range(12)])  # the score's own classes
n = round(10 * music_sr / 512)  # ten seconds
t = units.frames_to_time(np.arange(n), sr=music_sr, hop_length=512)
fig, axes = display.subplots(2, 1, height=2.3, sharex=True, alt="Chroma of a chorale over 10 s: a "
                             "few bright rows that change with each chord; and the pitch classes "
                             "of the score: blocks at the same places.")
for ax, values, title in ((axes[0], C, "Chroma of the sound (bright: 1)"),
                          (axes[1], sounding, "Pitch classes in the score")):
    display.heatmap(values[:, :n].astype(float), x=t, ax=ax, title=title, ylabel="Class",
                    cmap="cividis")
    ax.set_yticks(range(12), NAMES, fontsize=7)
axes[1].set_xlabel("Time (s)")
n = min(C.shape[1], sounding.shape[1])
strongest = sounding[C[:, :n].argmax(axis=0), np.arange(n)].mean()
ck.claim("share of frames whose strongest class is in the score", strongest, above=0.9)
ck.claim("by chance", sounding[:, :n].mean(), near=(0.27, 0.03))

# %% [markdown]
# In 97 % of the frames the strongest class is one that the score has; a class at random would be in 27 %.
#
# What does chroma make equal? Take chords whose notes we know, rendered: C major (C, E, G) on a guitar, then with its notes in other orders
# (**inversions**) and on other instruments, then other chords. Compare each with the first by the cosine of the angle between their features (1: the same
# direction).

# %%
def chord(pitches, program):
    """Two seconds of these MIDI pitches on a General MIDI instrument."""
    score = midi.from_notes([(0, 4, pitch) for pitch in pitches], bpm=120)
    score = midi.with_programs(score, programs=[program])
    return midi.render(score, sr=22050, soundfont=data.soundfont())[: 2 * 22050].astype(np.float64)


GUITAR, PIANO, ORGAN = 24, 0, 19  # General MIDI's numbers
chords = {"C E G, guitar": chord((48, 52, 55), GUITAR),
          "E G C, guitar": chord((52, 55, 60), GUITAR),
          "G C E, piano": chord((55, 60, 64), PIANO),
          "G C E, organ": chord((55, 60, 64), ORGAN),
          "C E♭ G, guitar": chord((48, 51, 55), GUITAR),
          "F A C, guitar": chord((53, 57, 60), GUITAR)}
likeness = {}
for name, y in chords.items():
    views = {"spectrum": np.abs(dsp.stft(y, n_fft=8192)).mean(axis=1),
             "chroma": chroma_stft(y, sr=22050, n_fft=8192, tuning=0.0).mean(axis=1)}
    for view, x in views.items():
        likeness[view, name] = x / np.linalg.norm(x)
rows = [{"chord": name, **{view: float(likeness[view, "C E G, guitar"] @ likeness[view, name])
                           for view in ("spectrum", "chroma")}} for name in chords]
same, other = rows[1:4], rows[4:]
ck.claim("least likeness of C major to itself, chroma", min(r["chroma"] for r in same), above=0.85)
ck.claim("greatest likeness to another chord, chroma", max(r["chroma"] for r in other), below=0.8)
ck.claim("the organ's C major, by its spectrum", rows[3]["spectrum"], below=0.6)
display.table(rows, title="Likeness to C E G on a guitar", digits=2)

# %% [markdown]
# By its spectrum C major on the organ is less like C major on the guitar than C minor (C, E♭, G) on the guitar is. By chroma all C majors lie close together, and
# the other chords away from them. Chroma drops the octave, the order of the notes and most of the instrument, and keeps the chord. Chapter 05 recognises chords
# from it.
#
# **Tuning.** (15) trusts that A is 440 Hz. Orchestras and old recordings often differ. Forty **cents** off (hundredths of a semitone), every
# note falls nearly between two classes. The offset can be read from the music: find the peaks of the spectra, more finely than the bins lie by fitting a
# parabola to each (`piptrack`), take their distances to the nearest semitone, and choose the commonest:
#
# $$\tau = \text{mode of } \bigl\{\, p(f) - \operatorname{round}(p(f)) \,\bigr\}, \qquad f \text{ a strong peak} \tag{18}$$

# %% include: coursekit.chroma.pitch_tuning, coursekit.chroma.estimate_tuning

# %%
up = 2 ** (40 / 1200)  # 40 cents
sharp = audio.resample(music, orig_sr=music_sr * up, target_sr=music_sr)
tuning = estimate_tuning(sharp, sr=music_sr, n_fft=8192)
ck.claim("estimated tuning (semitones)", tuning, near=(0.4, 0.05))
ck.claim("minus librosa's estimate", tuning - librosa.estimate_tuning(
    y=sharp, sr=music_sr, n_fft=8192, resolution=0.01, bins_per_octave=12), near=(0, 1e-9))
in_score = {}
for name, y, given, speed in (("at 440 Hz", music, 0.0, 1), ("raised", sharp, 0.0, up),
                              ("raised, estimated", sharp, tuning, up)):
    C = chroma_stft(y, sr=music_sr, n_fft=8192, norm=1, tuning=given)
    at = (np.arange(C.shape[1]) * speed).astype(int).clip(max=sounding.shape[1] - 1)
    in_score[name] = float((C * sounding[:, at]).sum(axis=0).mean())
    print(f"{name:18s} {in_score[name]:.0%} of the chroma lies in classes of the score")
ck.claim("what the wrong tuning loses",
         in_score["at 440 Hz"] - in_score["raised"], above=0.1)
ck.claim("what the estimate does not win back",
         in_score["at 440 Hz"] - in_score["raised, estimated"], below=0.03)

# %% [markdown]
# The estimate gives back what the raised pitch took.
#
# ## 10. Constant-Q: a spectrum in semitones
#
# The bins of an STFT are as far apart at the bottom as at the top; notes are not. In the bass a semitone is 2.5 Hz (E1 to F1; the digit counts octaves), at
# the top of the piano 235 Hz. A frame long enough for the bass blurs fast notes above it. The way out (Brown, 1991): put the frequencies where the notes
# are, $b$ to the octave,
#
# $$f_k = f_{\min}\, 2^{k / b} \tag{19}$$
#
# and give each its own frame, so long that its neighbours lie about one bin from it (chapter 02; to tell two equal tones apart takes 2.5 bins, so three semitones). That is the same number of *cycles*
# for all, $Q$:
#
# $$Q = \frac{r^2 + 1}{r^2 - 1}, \quad r = 2^{1/b}, \qquad N_k = Q\, \frac{f_s}{f_k} \tag{20}$$
#
# - $Q$: frequency over bandwidth, 17.3 for semitones (in librosa's form; Brown's, $1 / (r - 1)$, gives 16.8); $N_k$: length of the frame in samples.
#
# Then the **constant-Q transform** asks for each frequency as chapter 02 did (its equation 1), with a window $w_k$ of length $N_k$ around sample $tH$, where
# $H$ is the hop; $m$ runs from $-N_k / 2$ to $N_k / 2$:
#
# $$X[k, t] = \frac{\sqrt{N_k}}{\sum_m w_k[m]} \sum_m w_k[m]\; x[tH + m]\; e^{-2\pi i f_k m / f_s} \tag{21}$$
#
# ($\sqrt{N_k}$ makes white noise equally strong in all bins.) In the code window and tone are one row of a matrix, the **kernel**. For low octaves it halves
# the sample rate, again and again, so that their kernels stay short.

# %% include: coursekit.chroma.constant_q_frequencies, coursekit.chroma.quality, coursekit.chroma.constant_q_kernels

# %% include: coursekit.chroma.constant_q

# %%
how = dict(sr=22050, filter_scale=1.0, window="hann")
f = constant_q_frequencies(fmin=None, n_bins=84, bins_per_octave=12)
kernels, lengths = constant_q_kernels(n_bins=84, bins_per_octave=12, **how)
wavelets, _ = librosa.filters.wavelet(freqs=f, norm=1, pad_fft=True, dtype=np.complex128, **how)
ck.compare(kernels, wavelets, rtol=1e-10, title="kernels against librosa.filters.wavelet")
how = dict(hop_length=512, fmin=f[0], n_bins=84, bins_per_octave=12, filter_scale=1.0)
piece = music[: 5 * music_sr]
X = constant_q(piece, sr=music_sr, **how)
for sparsity, rtol in ((0.0, 1e-3), (0.01, 0.03)):
    reference = librosa.cqt(piece, sr=music_sr, tuning=0.0, norm=1, window="hann", scale=True,
                            sparsity=sparsity, res_type="soxr_hq", pad_mode="constant",
                            dtype=np.complex128, **how)
    ck.compare(X, reference, rtol=rtol,
               title=f"constant_q against librosa.cqt, sparsity={sparsity}")

# %% [markdown]
# librosa's default, `sparsity=0.01`, sets the smallest values of each kernel's spectrum to zero, to save time; that is the difference of about a hundredth.
#
# **An experiment**, with made sounds. A bass climbs in minor thirds, two notes at a time and three semitones apart, the lowest 8 Hz; above it a treble
# trills, 21 notes a second. At the middle of each note, take the strongest peaks in the range of either voice: are they its notes? All STFTs are padded
# with zeros to 16,384 points, so that the distance of their bins is not what limits them, only the frame (chapter 02, section 7).

# %%
def melody(chords, n):
    """Chords of n samples each, three harmonics a note."""
    fade = np.minimum(1, np.minimum(np.arange(n), np.arange(n)[::-1]) / 110)
    return np.concatenate([
        fade * sum(synth.harmonic(f, [1, 0.5, 0.25], sr=22050, duration=n / 22050)
                   for f in units.midi_to_hz(pitches)) for pitches in chords])


bass = [np.array([p, p + 3]) for p in range(28, 41)]  # from E1 and G1, in semitones
treble = [np.array([p]) for p in (84, 87) * 78]  # C6 and D sharp 6 in turn
two_voices = melody(bass, 12 * 1024) + 0.7 * melody(treble, 1024)


def notes_right(magnitude, f):
    """Shares of the bass thirds and of the treble notes that the strongest peaks show."""
    shares = []
    for chords, n, low, high in ((bass, 12 * 1024, 36, 110), (treble, 1024, 950, 1350)):
        inside = (f > low) & (f < high)
        right = []
        for i, pitches in enumerate(chords):
            column = magnitude[inside, round((i + 0.5) * n / 512)]
            peaks, _ = scipy.signal.find_peaks(column)
            strongest = sorted(peaks, key=lambda k: -column[k])[: len(pitches)]
            found = np.sort(np.rint(units.hz_to_midi(f[inside][strongest]))) if strongest else []
            right.append(np.array_equal(found, pitches))
        shares.append(float(np.mean(right)))
    return shares


seen = {f"STFT, {size:,} samples": notes_right(
    np.abs(dsp.stft(two_voices, n_fft=16384, win_length=size, hop_length=512)),
    units.fft_frequencies(sr=22050, n_fft=16384)) for size in (2048, 4096, 8192)}
d1 = float(units.midi_to_hz(26))
seen["constant-Q"] = notes_right(
    np.abs(constant_q(two_voices, sr=22050, hop_length=512, fmin=d1, n_bins=74)),
    constant_q_frequencies(fmin=d1, n_bins=74))
ck.claim("short STFT: bass right", seen["STFT, 2,048 samples"][0], below=0.5)
ck.claim("the one between: treble right", seen["STFT, 4,096 samples"][1], below=0.7)
ck.claim("long STFT: treble right", seen["STFT, 8,192 samples"][1], below=0.7)
ck.claim("constant-Q: the worse of both", min(seen["constant-Q"]), above=0.95)
display.table([{"transform": name, "bass thirds right": f"{low:.0%}",
                "treble notes right": f"{high:.0%}"} for name, (low, high) in seen.items()])

# %% [markdown]
# No frame of one length does both. There is a second gain. In (19) a factor is a *distance*: the harmonics $f_0, 2 f_0, 3 f_0 \dots$ of every note make the same
# pattern, moved up or down. Here a real guitar slides down by about an octave (echoes follow). On the left the second harmonic falls twice as steeply as the
# first, on the right the two run in parallel.

# %%
slide, slide_sr = data.load("instruments")["guit_e_slide"].load()
slide = audio.resample(slide[: 5 * slide_sr // 4].astype(np.float64), orig_sr=slide_sr,
                       target_sr=22050)
fig, axes = display.subplots(1, 2, height=3.2, alt="A slide on a guitar. Left, STFT: two curves "
                             "that fall, the upper one steeper, and their echoes. Right, "
                             "constant-Q: the same two curves, parallel.")
display.spectrogram(slide, sr=22050, n_fft=2048, hop_length=256, ax=axes[0], fmax=4200, top_db=50,
                    colorbar=False, title="STFT")
X = constant_q(slide, sr=22050, hop_length=256, fmin=261.6, n_bins=144, bins_per_octave=36)
display.heatmap(dsp.amplitude_to_db(X, ref=np.max, top_db=50), ax=axes[1], title="Constant-Q",
                x=units.frames_to_time(np.arange(X.shape[1]), sr=22050, hop_length=256),
                xlabel="Time (s)", ylabel="Frequency (kHz)")
axes[1].set_yticks(range(0, 145, 36), ["0.26", "0.52", "1.05", "2.09", "4.19"])
display.play(slide, sr=22050, title="A slide on an electric guitar",
             caption="Every harmonic falls by the same interval.")

# %% [markdown]
# Folded onto one octave, constant-Q magnitudes give another chroma (`chroma.chroma_cqt`), here before its division as in (17):
#
# $$\tilde C_{ct} = \sum_{k \,:\, \operatorname{round}(p(f_k)) \bmod 12 \,=\, c} |X[k, t]| \tag{22}$$
#
# **Back to sound.** From chroma (the root of $\tilde C$) and from the constant-Q magnitudes, sound is rebuilt with one sine a row. Does it have the chroma of the original, frame by
# frame? Chance is the likeness of any two frames, one of the copy and one of the original.

# %%
opening = music[: 3 * music_sr]
C = chroma_stft(opening, sr=music_sr, n_fft=8192, norm=None, tuning=0.0) ** 0.5
X = np.abs(constant_q(opening, sr=music_sr, n_bins=72)) / np.sqrt(
    constant_q_kernels(sr=music_sr, n_bins=72)[1])[:, None]
octave = units.midi_to_hz(60 + np.arange(12))  # from middle C
rebuilt = {"the organ": opening, "from chroma": chroma.sines(C, frequencies=octave, sr=music_sr),
           "from constant-Q": chroma.sines(X, frequencies=constant_q_frequencies(n_bins=72),
                                           sr=music_sr)}
loudness = audio.rms(opening)
rebuilt = {name: y[: len(opening)] * loudness / audio.rms(y) for name, y in rebuilt.items()}
again = {name: chroma_stft(y, sr=music_sr, n_fft=8192, tuning=0.0, norm=2)
         for name, y in rebuilt.items()}
for name in ("from chroma", "from constant-Q"):
    n = min(again[name].shape[1], again["the organ"].shape[1])
    there, here = again["the organ"][:, :n], again[name][:, :n]
    agree, chance = float((here * there).sum(axis=0).mean()), float((here.T @ there).mean())
    miss = metrics.mismatch_db(opening[: len(rebuilt[name])], rebuilt[name], n_fft=4096,
                               hop_length=1024)
    print(f"{name:16s} likeness of the chroma {agree:.2f} (chance {chance:.2f}), "
          f"STFT mismatch {miss:4.1f} dB")
    ck.claim(f"{name}: likeness of its chroma to the organ's", agree, above=0.9)
    ck.claim("by chance", chance, below=0.8)
    ck.claim("STFT mismatch (dB)", miss,
             **({"above": -1} if name == "from chroma" else {"below": -2}))
display.compare_sounds(rebuilt, sr=music_sr, show=("spectrogram",), fmax=2000, n_fft=4096,
                       captions=["Bach, rendered", "the chords, in one octave",
                                 "the voices, without an organ"])

# %% [markdown]
# The chords survive chroma. The melody does not, because the octave of each note is gone: by its spectrum the copy is as far from the organ as silence would be. Constant-Q
# keeps the voices, and smears the starts of low notes.
#
# ## 11. Other libraries, other defaults
#
# "Mel spectrogram" names a family. Here is what librosa and torchaudio do when nothing is said, read from the installed versions:

# %%
import inspect

import torch
import torchaudio.transforms
from torchaudio.functional import compute_deltas


def default(function, name):
    """What a function takes when an argument is left out."""
    return inspect.signature(function).parameters[name].default


lib, T = librosa.feature, torchaudio.transforms
pairs = {
    "sample rate (Hz)": ((lib.melspectrogram, "sr"), (T.MelSpectrogram, "sample_rate")),
    "FFT size": ((lib.melspectrogram, "n_fft"), (T.MelSpectrogram, "n_fft")),
    "hop": ((lib.melspectrogram, "hop_length"), (T.MelSpectrogram, "hop_length")),
    "padding": ((lib.melspectrogram, "pad_mode"), (T.MelSpectrogram, "pad_mode")),
    "mel scale": ((librosa.filters.mel, "htk"), (T.MelSpectrogram, "mel_scale")),
    "filters' norm": ((librosa.filters.mel, "norm"), (T.MelSpectrogram, "norm")),
    "range kept in dB": ((librosa.power_to_db, "top_db"), (T.AmplitudeToDB, "top_db")),
    "MFCCs": ((lib.mfcc, "n_mfcc"), (T.MFCC, "n_mfcc")),
    "frames in a delta": ((lib.delta, "width"), (compute_deltas, "win_length")),
    "delta at the ends": ((lib.delta, "mode"), (compute_deltas, "mode")),
}
rows = [{"setting": name, "librosa": str(default(*ours)), "torchaudio": str(default(*theirs))}
        for name, (ours, theirs) in pairs.items()]
rows[4]["librosa"] = {"False": "slaney", "True": "htk"}[rows[4]["librosa"]]  # its htk=False
ck.claim("settings that differ, of 10",
         sum(row["librosa"] != row["torchaudio"] for row in rows), above=7)
display.table(rows)

# %% [markdown]
# (torchaudio's hop of None is half the window, 200; its dB range of None is everything, but its MFCC keeps 80 dB. For delta-delta (11) is applied twice, where
# librosa fits a parabola.) With each setting written out, our functions give torchaudio's numbers. It computes in float32, so that equal means to $10^{-5}$. torchaudio
# 2.11 has no chroma.

# %%
y32 = speech.astype(np.float32)
waves = torch.from_numpy(y32)
theirs = dict(n_fft=400, win_length=400, hop_length=160, f_min=0.0, f_max=8000.0, n_mels=40,
              window_fn=torch.hann_window, power=2.0, normalized=False, center=True,
              pad_mode="reflect", norm=None, mel_scale="htk")
ours = dict(n_fft=400, win_length=400, hop_length=160, fmin=0.0, fmax=8000.0, n_mels=40,
            window="hann", center=True, pad_mode="reflect", norm=None, htk=True)
mel_there = T.MelSpectrogram(sample_rate=sr, **theirs)(waves).numpy()
mfcc_there = T.MFCC(sample_rate=sr, n_mfcc=13, dct_type=2, norm="ortho", log_mels=False,
                    melkwargs=theirs)(waves)
delta_there = compute_deltas(mfcc_there, win_length=9, mode="replicate").numpy()
mfcc_here = mfcc(y32, sr=sr, n_mfcc=13, lifter=0, ref=1.0, amin=1e-10, top_db=80.0, **ours)
ck.compare(mel_spectrogram(y32, sr=sr, power=2.0, **ours), mel_there, rtol=1e-5,
           title="mel_spectrogram against torchaudio")
ck.compare(mfcc_here, mfcc_there, rtol=1e-5, title="mfcc against torchaudio")
ck.compare(delta(mfcc_here, width=9, order=1, mode="nearest"), delta_there, rtol=1e-5,
           title="delta against torchaudio")

# %% [markdown]
# A pretrained model comes with a **front end**, the code that makes its features, and understands no other. Whisper (chapter 10) takes 30 s of Slaney's log-mel in 80
# bands, padded by mirroring, without the last frame, cut 80 dB below the loudest and scaled. Our function with these settings, against the extractor
# that comes with the model:

# %%
from transformers import WhisperFeatureExtractor

thirty = np.pad(y32, (0, 30 * sr - len(y32)))
L = log_mel(thirty, sr=sr, n_fft=400, hop_length=160, pad_mode="reflect", n_mels=80, fmin=0.0,
            fmax=8000.0, htk=False, norm="slaney", top_db=None)[:, :-1] / 10  # log10, not dB
L = (np.maximum(L, L.max() - 8) + 4) / 4
reference = WhisperFeatureExtractor()(y32, sampling_rate=sr, return_tensors="np").input_features[0]
ck.compare(L, reference, rtol=1e-4, title="Whisper's input from log_mel")  # float32 through a log

# %% [markdown]
# ## 12. What goes wrong
#
# **Filters with holes.** torchaudio's defaults put 128 of HTK's filters on an FFT of 400 samples. The lowest triangles are narrower than the distance of two
# bins, and some have none inside: their band is empty in every frame, whatever is said. Our function, librosa and torchaudio warn, but a warning is
# easily overlooked. The remedy is a longer FFT, or fewer bands.

# %%
import warnings

fig, ax = display.subplots(1, 1, height=2.6, alt="Mean level of the 30 lowest of 128 bands: with "
                           "400 samples it falls to -100 dB at some of them; with 1,024 samples "
                           "it is smooth.")
empty = {}
for size in (400, 1024):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # the library's own: it looks at its arguments first, and warns
        L = mel.log_mel(speech, sr=sr, n_fft=size, hop_length=160, n_mels=128, htk=True, norm=None,
                        top_db=None)
    empty[size] = int(np.sum(L.max(axis=1) <= -99))
    ax.plot(L.mean(axis=1)[:30], ".-", label=f"{size:,} samples: {empty[size]} empty")
    print(f"{size:,} samples:", *([warning.message for warning in caught] or ["no warning"]))
ax.set(title="Holes in a filter bank", xlabel="Band", ylabel="Mean level (dB)")
ax.legend(loc="lower right")
ck.claim("empty bands with 400 samples", empty[400], above=1)
ck.claim("empty bands with 1,024 samples", empty[1024], near=(0, 0))

# %% [markdown]
# **The logarithm of nothing.** Recordings hold digital silence, and $\log 0 = -\infty$. One such frame makes the mean of every row infinite, and
# (13) turns *all* frames into NaN. That is what the floor in (7) is for.

# %%
with_pause = np.concatenate([speech, np.zeros(sr // 2)])
M = mel_spectrogram(with_pause, sr=sr, n_fft=512, hop_length=160, n_mels=40)
with np.errstate(divide="ignore", invalid="ignore"):
    naive = np.log(M)
    naive = (naive - naive.mean(axis=1, keepdims=True)) / naive.std(axis=1, keepdims=True)
floored = mel.cmvn(log_mel(with_pause, sr=sr, n_fft=512, hop_length=160, n_mels=40))
ck.claim("without a floor: share of NaN", np.mean(np.isnan(naive)), near=(1, 0))
ck.claim("with it", np.mean(np.isnan(floored)), near=(0, 0))

# %% [markdown]
# **The wrong front end.** Features of one library, a model trained on those of another: shapes and types agree, no error is raised, and every number is
# wrong. To hear it, take 40 of Slaney's bands and rebuild the sound as if they were HTK's. The norm changes little but the level; the scale moves every
# formant.

# %%
how = dict(sr=sr, n_fft=512, hop_length=hop, n_mels=40, top_db=None)
apart = log_mel(speech, **how) - log_mel(speech, htk=True, norm=None, **how)
M = mel_spectrogram(speech, sr=sr, n_fft=512, hop_length=hop, n_mels=40)
misread = sound_of(mel.mel_to_stft(M, sr=sr, n_fft=512, htk=True, norm=None))
misread *= audio.rms(speech) / audio.rms(misread)
ck.claim("librosa's scale and norm against torchaudio's, RMS (dB)",
         np.sqrt(np.mean(apart**2)), above=10)
apart -= apart.mean(axis=1, keepdims=True)  # CMVN would take the norm's constant off
ck.claim("what is left of it when the mean is taken off (dB)", np.sqrt(np.mean(apart**2)), above=1)
ck.claim("STFT mismatch of the rebuilt sound, minus that of 40 bands read rightly (dB)",
         metrics.mismatch_db(speech, misread) - kept[40][1], above=2)
display.play(misread[: 2 * sr], sr=sr, title="Slaney's bands read as HTK's",
             caption="The formants are shifted. Compare 40 bands in section 4.")

# %% [markdown]
# ## 13. Results
#
# Each function against librosa on the same 30 s of speech, in the same run: the largest difference relative to the peak, and the time, relative to librosa's (the fastest of
# seven runs in turn). Against torchaudio, the differences of section 11.

# %%
import time

long = np.resize(speech, 30 * sr)
c = mfcc(long, sr=sr, n_mfcc=13)
double = dict(sr=sr, dtype=np.float64)
systems = {
    "mel_spectrogram": (lambda: mel_spectrogram(long, sr=sr),
                        lambda: lib.melspectrogram(y=long, **double)),
    "mfcc": (lambda: mfcc(long, sr=sr), lambda: lib.mfcc(y=long, **double)),
    "delta": (lambda: delta(c), lambda: lib.delta(c)),
    "chroma_stft": (lambda: chroma_stft(long, sr=sr),
                    lambda: lib.chroma_stft(y=long, **double)),
    "constant_q": (lambda: constant_q(long, sr=sr, n_bins=80),
                   lambda: librosa.cqt(long, sr=sr, n_bins=80, tuning=0.0,
                                       dtype=np.complex128)),
}
against_torchaudio = {"mel_spectrogram": mel_spectrogram(y32, sr=sr, **ours) - mel_there,
                      "mfcc": mfcc_here - mfcc_there.numpy(),
                      "delta": delta(mfcc_here, mode="nearest") - delta_there}
peaks = {"mel_spectrogram": mel_there.max(), "mfcc": np.abs(mfcc_there.numpy()).max(),
         "delta": np.abs(delta_there).max()}
rows = []
for name, functions in systems.items():
    a, b = (function() for function in functions)
    seconds = []
    for _ in range(7):  # in turns, so that both meet the same conditions
        marks = [time.perf_counter()]
        for function in functions:
            function()
            marks.append(time.perf_counter())
        seconds.append(np.diff(marks))
    error, ratio = np.abs(a - b).max() / np.abs(b).max(), np.divide(*np.min(seconds, axis=0))
    there = (f"{np.abs(against_torchaudio[name]).max() / peaks[name]:.0e}" if name in peaks
             else "none there")
    rows.append({"function": name, "against librosa": f"{error:.0e}",
                 "against torchaudio": there, "time / librosa's": float(ratio)})
    ck.claim(f"{name}: against librosa", error, below=0.03 if name == "constant_q" else 1e-10)
# both spend their time in the same FFTs; 1.5 leaves room for a busy machine
ck.claim("mel_spectrogram: time relative to librosa's", rows[0]["time / librosa's"], below=1.5)
display.table(rows, digits=2)

# %% [markdown]
# And what the features are worth, against the spectrum in decibels as a baseline: how well they tell vowels apart, how many numbers they take, and what is left of the
# pitch (the spike of section 5) and of the spectrum in the sound that can be rebuilt from them.

# %%
worth = []
for name, n_numbers, y in (("257 bins, dB", 257, copies["257 bins"]),
                           ("13 equal bands, dB", 13, from_equal_bands),
                           ("13 mel bands, dB", 13, copies["13 bands"]),
                           ("13 MFCC", 13, from_cepstrum)):
    worth.append({"feature": name, "numbers a second": round(n_numbers * sr / hop),
                  "ABX error (%)": 100 * abx[name], "spike (dB)": spike_height(y),
                  "STFT mismatch (dB)": metrics.mismatch_db(speech, y)})
for row in worth[1:]:
    ck.claim(f"{row['feature']}: spike above white noise's (dB)",
             row["spike (dB)"] - spikes["white noise"], below=0.15)
ck.claim("ABX error: 257 bins minus 13 MFCC, without any one sentence, smallest",
         (without_one["257 bins, dB"] - without_one["13 MFCC"]).min(), above=0.03)
ck.claim("STFT mismatch: 13 equal bands minus 13 MFCC (dB)",
         worth[1]["STFT mismatch (dB)"] - worth[3]["STFT mismatch (dB)"], above=1)
display.table(worth)

# %% [markdown]
# ## Recap
#
# 1. The ear is a bank of filters, narrow below and wide above, and judges levels by ratios. Mel bands and decibels copy both.
# 2. A triangular filter bank is a matrix: $M = W |S|^2$. Its scale, its norm, its padding and its floor are conventions; write all of them down.
# 3. In a log spectrum voice and mouth add up. The DCT parts them: 13 coefficients keep the mouth, and deltas add the movement.
# 4. In decibels a telephone adds a constant to each band; take the mean off, and it is gone.
# 5. Chroma keeps the notes without their octave; constant-Q has a frame of its own for every semitone.
#
# **Answer to the opening question.** The first copy kept levels in equal bands of hertz, half of them where vowels hold little; the second kept the shape of the
# mouth, on the ear's scale and in decibels. The scale came from listeners; tests with speech showed that it serves recognisers, too.
#
# ## Going further
#
# - S. S. Stevens, J. Volkmann and E. B. Newman, "A scale for the measurement of the psychological magnitude pitch", *Journal of the Acoustical
#   Society of America*, 1937.
# - Brian R. Glasberg and Brian C. J. Moore, "Derivation of auditory filter shapes from notched-noise data", *Hearing Research*, 1990.
# - Douglas O'Shaughnessy, *Speech Communication: Human and Machine*, 1987.
# - Malcolm Slaney, *Auditory Toolbox*, version 2, Technical Report 1998-010, Interval Research Corporation, 1998.
# - Bruce P. Bogert, M. J. R. Healy and John W. Tukey, "The quefrency alanysis of time series for echoes", *Proceedings of the Symposium on Time Series Analysis*,
#   1963.
# - A. Michael Noll, "Cepstrum pitch determination", *Journal of the Acoustical Society of America*, 1967.
# - Steven B. Davis and Paul Mermelstein, "Comparison of parametric representations for monosyllabic word recognition in continuously spoken sentences",
#   *IEEE Transactions on Acoustics, Speech, and Signal Processing*, 1980.
# - Bishnu S. Atal, "Effectiveness of linear prediction characteristics of the speech wave for automatic speaker identification and verification", *Journal of
#   the Acoustical Society of America*, 1974.
# - Sadaoki Furui, "Speaker-independent isolated word recognition using dynamic features of speech spectrum", *IEEE Transactions on Acoustics, Speech, and
#   Signal Processing*, 1986.
# - Biing-Hwang Juang, Lawrence R. Rabiner and Jay G. Wilpon, "On the use of bandpass liftering in speech recognition", *IEEE Transactions on Acoustics, Speech,
#   and Signal Processing*, 1987.
# - Amir Beck and Marc Teboulle, "A fast iterative shrinkage-thresholding algorithm for linear inverse problems", *SIAM Journal on Imaging Sciences*, 2009.
# - Thomas Schatz and others, "Evaluating speech features with the minimal-pair ABX task", *Interspeech*, 2013.
# - Takuya Fujishima, "Realtime chord recognition of musical sound: a system using Common Lisp Music", *International Computer Music Conference*, 1999.
# - Daniel P. W. Ellis, "Chroma feature analysis and synthesis", 2007.
# - Judith C. Brown, "Calculation of a constant Q spectral transform", *Journal of the Acoustical Society of America*, 1991.
#
# Now do the exercises: [exercises/03_perceptual_features.ipynb](../exercises/03_perceptual_features.ipynb). Chapter 04 describes a frame by a single number: how bright,
# how rough, how high.
