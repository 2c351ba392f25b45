# %% [markdown]
# # 01 · Digital audio
#
# Below is one recording of a bell, four times: as it was recorded, then three times in a form that needs a quarter of the bits
# or fewer. Play them in order, with headphones if you have any.
#
# **The question of this chapter:** all three copies threw something away. One is another bell, one is rough and breaks off, one is hard
# to tell from the original. What exactly did each lose, could we have said so beforehand, to the hertz and to the decibel, and what saves a copy
# that would be ruined?

# %%
import numpy as np

import coursekit as ck
from coursekit import audio, controls, data, display, dsp, metrics, synth

instruments = data.load("instruments")
librivox = data.load("librivox")
bell, sr = instruments["perc_bell"].load()
# a known peak, -6 dBFS; said, not silent
bell = 0.5 * bell[: 2 * sr] / np.abs(bell[: 2 * sr]).max()

dropped = dsp.decimate(bell, factor=7, antialias=False)  # every 7th sample, nothing else
coarse = audio.quantize(bell, bits=4)  # 16 possible values
mp3, mp3_bytes = audio.codec_round_trip(bell, sr=sr, format="MP3")

display.compare_sounds(
    {"as recorded: 44,100 samples a second, 16 bits": bell,
     "every 7th sample kept": audio.resample(dropped, orig_sr=sr / 7, target_sr=sr)[: len(bell)],
     "all samples, 4 bits each": coarse,
     "an MP3 file, decoded": mp3},
    sr=sr, captions=["the original", "the same strokes, other pitches",
                     "rough, and gone after 0.7 s", "what is missing?"])

# %% [markdown] card
# > **After this chapter you can**
# >
# > - measure the peak and RMS level of a sound in dBFS, and say how many bytes it needs (questions 1 and 2);
# > - predict which frequency a tone turns into when it is sampled too slowly (questions 3 and 7);
# > - write a quantiser, whose noise this chapter predicts to half a decibel (question 4);
# > - turn 16-bit integers into floats, and stereo into mono, without wrapping round (question 5);
# > - lower a sample rate without aliasing, to a measured standard (question 6).
# >
# > **Know before:** Python with NumPy; sine and logarithm.
# >
# > **Cost:** {minutes} to run on two cores, {memory} of memory, {download} of recordings (fetched once).
#
# data: instruments, librivox

# %% [markdown]
# ## 1. From a pressure wave to a list of numbers
#
# A microphone turns air pressure into a voltage that follows it: a continuous curve $x_c(t)$, with $t$ in seconds. A
# converter reads the curve at equal steps of time. What it writes down is **digital audio**, and there is nothing else
# in it:
#
# $$x[n] = x_c(n\,T), \qquad T = \frac{1}{f_s} \tag{1}$$
#
# - $x[n]$: sample number $n$ (a pure number; by convention full scale is $\pm 1$),
# - $T$: the **sampling period** in seconds, $f_s$: the **sample rate** in hertz. In code $f_s$ is `sr`.
#
# A recording of $N$ samples lasts $N / f_s$ seconds. Here is a sentence read aloud, and the same sentence closer and
# closer, until the numbers show.

# %%
speech, speech_sr = librivox["austen-2"].load()
print(f"text: {librivox['austen-2'].text}")
print(f"{len(speech)} samples at {speech_sr} Hz: {len(speech) / speech_sr:.2f} s, "
      f"dtype {speech.dtype}")
display.play(speech, sr=speech_sr, title="Read speech, 16 kHz",
             caption="Listen for the s in “disposed”: most of it lies above 4 kHz.")

# %%
fig, axes = display.subplots(3, 1, height=2, alt="The same sentence at three magnifications: 3 "
                             "seconds, 40 ms, 2 ms.")
start = 0.70  # s; inside a vowel
for ax, (t0, length, title) in zip(axes, [(0, len(speech) / speech_sr, "The sentence"),
                                          (start, 0.040, "40 ms of a vowel: it repeats"),
                                          (start, 0.002, "2 ms: 32 samples")], strict=True):
    piece = speech[int(t0 * speech_sr) : int((t0 + length) * speech_sr)]
    t = t0 + np.arange(len(piece)) / speech_sr
    ax.plot(t, piece, ".-" if length < 0.01 else "-", linewidth=0.8)
    ax.set(title=title, xlabel="Time (s)", ylabel="Amplitude")

# %% [markdown]
# ### What lies between the samples?
#
# It looks as if the curve between two dots were lost. Shannon's sampling theorem (1949) says when it is not: **if the
# sound holds no frequency at or above half the sample rate, the samples determine the curve completely**. Half the
# sample rate, $f_s / 2$, is called the **Nyquist frequency**. The curve is a sum of shifted sinc functions, one a
# sample, each scaled by its sample:
#
# $$x_c(t) = \sum_n x[n]\; \operatorname{sinc}(f_s t - n), \qquad \operatorname{sinc}(u) = \frac{\sin \pi u}{\pi u} \tag{2}$$
#
# At $t = nT$ every sinc but one is zero, so the curve goes through each sample; in between, all of them count. The code
# is the equation:

# %% include: coursekit.dsp.sinc_interpolate

# %% [markdown]
# We can test the theorem on the recording itself. Limit the speech to below 4 kHz, keep every second sample (8 kHz), then
# ask equation 2 for the samples that we threw away. The recording holds the answer. The error is given as **signal-to-noise
# ratio** (SNR): ten times the logarithm of the signal's power over the error's, in **decibels** (section 4). At 20 dB the error has a
# tenth of the signal's amplitude, at 40 dB a hundredth.

# %%
taps = dsp.lowpass_fir(3600, sr=speech_sr, n_taps=257)
limited = np.convolve(speech, taps, mode="same")  # almost nothing is left above 4 kHz
piece = limited[8000:9024]  # 64 ms
kept, thrown_away = piece[::2], piece[1::2]
times = (2 * np.arange(len(thrown_away)) + 1) / speech_sr
restored = sinc_interpolate(kept, sr=speech_sr / 2, times=times)
inner = slice(100, -100)  # the sum (2) needs neighbours on both sides
straight = (kept + np.append(kept[1:], 0)) / 2  # joining the dots with straight lines instead

fig, ax = display.subplots(1, 1, height=3, alt="Kept samples, the curve of equation 2 through "
                           "them, and the samples that had been thrown away, which lie on the "
                           "curve.")
window = np.arange(200, 240)
fine = np.linspace(window[0], window[-1], 800) / (speech_sr / 2)
ax.plot(fine * 1e3, sinc_interpolate(kept, sr=speech_sr / 2, times=fine), label="equation 2")
ax.plot(window / (speech_sr / 2) * 1e3, kept[window], "o", label="kept")
ax.plot(times[window[:-1]] * 1e3, thrown_away[window[:-1]], "x", label="thrown away")
ax.set(title="The samples that were thrown away lie on the curve", xlabel="Time (ms)",
       ylabel="Amplitude")
ax.legend()

ck.claim("equation 2 restores the missing samples (SNR, dB)",
         metrics.snr(thrown_away[inner], restored[inner]), above=45)
ck.claim("straight lines do worse (SNR, dB)",
         metrics.snr(thrown_away[inner], straight[inner]), below=30)

# %% [markdown]
# What is left of an error comes from the filter, which lets a trace above 4 kHz through, and from the sum in (2), which
# we cut off at the ends of the piece. The theorem is exact; its two conditions are what practice must work for.
#
# ## 2. Aliasing: what happens when the condition is broken
#
# Sample a tone of frequency $f$ and one of $f_s - f$: the samples are the same (up to the sign of the phase). Nobody can tell from the
# numbers which one it was, and every player will play the lower one. A tone above the Nyquist frequency is heard as its
# **alias**:
#
# $$f_{\text{alias}} = \left|\, f - f_s \cdot \operatorname{round}\!\left(\frac{f}{f_s}\right) \right| \tag{3}$$
#
# Move the slider below past 4,000 Hz. The tone goes up, what you hear comes down.

# %% include: coursekit.dsp.alias_frequency

# %%
controls.aliasing_explorer(sr=8000)

# %% [markdown]
# Equation 3 is a prediction, so let us hold it against a measurement, for forty tones between 0 and 20 kHz sampled at
# 8 kHz. The measured value is the place of the highest peak in the spectrum of the samples (chapter 02 explains how).

# %%
rate = 8000
tones = np.random.default_rng(1).uniform(50, 20_000, 40)
# off 0 and off Nyquist
tones = tones[np.abs(tones / (rate / 2) - np.round(tones / (rate / 2))) * rate / 2 > 30]


def measured_frequency(y, sr):
    """Place of the highest peak of a long, windowed spectrum, Hz."""
    n_fft = 2**17
    spectrum = np.abs(np.fft.rfft(y * dsp.get_window("hann", len(y)), n=n_fft))
    return np.argmax(spectrum) * sr / n_fft


heard = np.array([measured_frequency(synth.sine(f, sr=rate, duration=1.0), rate) for f in tones])
predicted = alias_frequency(tones, sr=rate)

fig, ax = display.subplots(1, 1, height=3.2, alt="Heard frequency against true frequency: a "
                           "zigzag between 0 and 4 kHz; measured points lie on it.")
f = np.linspace(0, 20_000, 2001)
ax.plot(f / 1e3, alias_frequency(f, sr=rate) / 1e3, label="equation 3")
ax.plot(tones / 1e3, heard / 1e3, "o", label="measured")
ax.set(title="Sampled at 8 kHz, every tone lands between 0 and 4 kHz",
       xlabel="True frequency (kHz)", ylabel="Heard frequency (kHz)")
ax.legend()
ck.claim("largest difference of predicted and measured alias (Hz)",
         np.abs(heard - predicted).max(), below=1.0)

# %% [markdown]
# A glide from 0 to 8 kHz makes it audible: sampled at 8 kHz, it turns round at half time and comes back.

# %%
glide = synth.chirp(0, 8000, sr=rate, duration=4.0, amplitude=0.4)
fig, ax = display.subplots(1, 1, height=3, alt="Spectrogram of the glide: a line up to 4 kHz and "
                           "down again.")
display.spectrogram(glide, sr=rate, n_fft=512, ax=ax,
                    title="A glide from 0 to 8 kHz, sampled at 8 kHz")
display.play(glide, sr=rate, title="Glide from 0 to 8 kHz, sampled at 8 kHz",
             caption="Made signal. It should only rise. Listen for the turn after two seconds; it "
                     "fades there for 0.2 s, because no player keeps what lies just below half "
                     "the sample rate.")

# %% [markdown]
# ## 3. Anti-alias filters and resampling
#
# So before a sound is sampled at a lower rate, what the lower rate cannot hold must go. A filter whose output is a weighted sum of
# the input's neighbouring samples is called **FIR** (finite impulse response); the sum is a **convolution**:
#
# $$y[n] = \sum_{m} h[m]\; x[n-m] \tag{4}$$
#
# - $x$: input, $y$: output, $h[m]$: the weights, called **taps**.
#
# The ideal **anti-alias filter** keeps everything below the new Nyquist frequency and nothing above. Its taps are again a sinc,
# endless in both directions. We cut it off gently, by multiplying with a window $w[m]$ of $M$ samples:
#
# $$h[m] = \frac{2 f_c}{f_s}\,\operatorname{sinc}\!\left(\frac{2 f_c}{f_s}\, m\right) w[m], \qquad |m| \le \tfrac{M-1}{2} \tag{5}$$
#
# - $f_c$: the **cutoff** in Hz, where half of the amplitude is left; $w[m]$: centred on $m = 0$.
#
# The code divides by the sum of the taps in place of the factor $2 f_c / f_s$, so that the gain at 0 Hz is exactly 1. Fewer taps are
# cheaper and blur the edge between what is kept and what goes.

# %% include: coursekit.dsp.lowpass_fir, coursekit.dsp.decimate

# %% [markdown]
# The same filter from SciPy, with its arguments written out:

# %%
import scipy.signal

ck.compare(lowpass_fir(2000, sr=16000, n_taps=129, window="hann"),
           scipy.signal.firwin(129, 2000, fs=16000, window="hann", pass_zero="lowpass", scale=True),
           rtol=1e-10, title="lowpass_fir against scipy.signal.firwin")

# %% [markdown]
# A cymbal is the hard case: most of its sound lies high. Lower its rate by four, from 44.1 kHz to 11.025 kHz, three ways:
# drop samples; our filter, then drop; and soxr, the resampler that `audio.resample` calls and that librosa uses.

# %%
cymbal, sr = instruments["drum_cymbal_open"].load()
factor = 4
low_rate = sr // factor
ways = {"drop samples": decimate(cymbal, factor=factor, antialias=False),
        "our FIR filter": decimate(cymbal, factor=factor),
        "soxr": audio.resample(cymbal, orig_sr=sr, target_sr=low_rate)}
display.compare_sounds({name: 0.7 * y for name, y in ways.items()}, sr=low_rate,
                       captions=["another instrument: folded treble", "darker, but a cymbal",
                                 "the same"])

# %% [markdown]
# Equal length, equal rate, and the first one is another instrument. To put a number on it, take as truth what a very long
# filter at the full rate leaves, look only below 80 % of the new Nyquist frequency, and count every difference as noise.

# %%
def band_snr(candidate, *, original, factor, sr):
    """SNR in the band below 0.8 of the new Nyquist frequency, dB."""
    sharp = lowpass_fir(0.95 * sr / factor / 2, sr=sr, n_taps=1601, window="blackman")
    truth = np.convolve(original, sharp, mode="same")[::factor]
    narrow = lowpass_fir(0.8 * sr / factor / 2, sr=sr / factor, n_taps=401, window="blackman")
    inner = slice(200, -200)  # filters need neighbours on both sides
    return metrics.snr(np.convolve(truth, narrow, mode="same")[inner],
                       np.convolve(candidate, narrow, mode="same")[inner])


resampling_snr = {name: float(band_snr(y, original=cymbal, factor=factor, sr=sr))
                  for name, y in ways.items()}
for name, value in resampling_snr.items():
    print(f"{name:15s} {value:6.1f} dB")
ck.claim("dropping samples: SNR of the cymbal (dB)", resampling_snr["drop samples"], below=10)
ck.claim("with our filter (dB)", resampling_snr["our FIR filter"], above=40)

# %% [markdown]
# Going **up** in rate is the same machine: put $L - 1$ zeros between the samples, filter, and multiply by $L$; that is equation 2 with
# a shorter sinc. For 44,100 to 16,000 Hz, a ratio of 441 : 160, go up by 160, then down by 441; computing only the samples that are
# kept is called **polyphase** resampling. Use `audio.resample` for work; it is equal to librosa's.

# %%
import librosa

guitar, sr = instruments["guit_em9"].load(mono=True)
guitar = 0.5 * guitar[: 2 * sr] / np.abs(guitar[: 2 * sr]).max()
ck.compare(audio.resample(guitar, orig_sr=44100, target_sr=16000),
           librosa.resample(guitar, orig_sr=44100, target_sr=16000, res_type="soxr_hq",
                            fix=True, scale=False),
           rtol=1e-5, title="audio.resample against librosa.resample (float32)")

# %% [markdown]
# ## 4. Levels: peak, RMS, decibels
#
# Two numbers say how large a signal of $N$ samples is: its **peak** $\max_n |x[n]|$, and its **RMS** (root mean square),
#
# $$x_{\text{RMS}} = \sqrt{\tfrac{1}{N} \textstyle\sum_n x[n]^2} \tag{6}$$
#
# The ear hears ratios, and the ratios are large, so levels are given in **decibels**: ten times the logarithm of a ratio of
# powers. Power goes with the square of the amplitude, hence the factor 20:
#
# $$L = 10 \log_{10} \frac{P}{P_0} = 20 \log_{10} \frac{A}{A_0} \quad \text{dB} \tag{7}$$
#
# With $A_0 = 1$, full scale, the unit is called **dBFS**. Half the amplitude is $-6.02$ dB, a tenth is $-20$ dB; a sine
# that just fits has a peak of 0 dBFS and an RMS of $-3.01$ dBFS. (Meters built to AES17 add 3.01 dB, so that this sine reads 0.) The
# difference of the two, peak over RMS, is the **crest factor**. Silence has no level: the logarithm of zero is $-\infty$, so code puts a
# floor under it (in `dsp.amplitude_to_db`, `amin` is the smallest amplitude counted, `top_db` the range kept below the loudest).

# %%
sounds = {"full-scale sine": synth.sine(440, sr=44100, duration=1.0), "speech": speech,
          "guitar": guitar, "cymbal": cymbal, "tabla loop": instruments["loop_tabla"].load()[0]}
print(f"{'sound':16s} {'peak':>8s} {'RMS':>8s} {'crest':>9s}")
for name, y in sounds.items():
    p, r = (round(float(audio.dbfs(value)), 1) + 0.0
            for value in (audio.peak(y), audio.rms(y)))
    print(f"{name:16s} {p:6.1f} dB {r:6.1f} dB {p - r:6.1f} dB")
ck.claim("RMS of a full-scale sine (dBFS)", audio.dbfs(audio.rms(sounds["full-scale sine"])),
         near=(-3.0103, 1e-3))
ck.compare(dsp.amplitude_to_db(guitar, ref=1.0, amin=1e-5, top_db=80.0),
           librosa.amplitude_to_db(np.abs(guitar), ref=1.0, amin=1e-5, top_db=80.0), rtol=1e-5,
           title="amplitude_to_db against librosa")

# %% [markdown]
# ## 5. Quantisation: how many bits?
#
# Equation 1 gives real numbers; a file has $b$ bits a sample. A **quantiser** places $2^b$ levels on $[-1, 1)$, one
# **step** $\Delta$ apart, and takes the nearest:
#
# $$\Delta = \frac{2}{2^b}, \qquad Q(x) = \Delta \cdot \operatorname{round}\!\left(\frac{x}{\Delta}\right), \qquad |Q(x) - x| \le \frac{\Delta}{2} \tag{8}$$
#
# The bound holds for $-1 - \Delta/2 \le x \le 1 - \Delta/2$. Levels beyond $1 - \Delta$ do not exist: what is larger is cut off
# (**clipping**).

# %% include: coursekit.audio.quantize

# %% [markdown]
# How loud is the error? If it is spread evenly over $\pm\Delta/2$ its mean square is $\Delta^2 / 12$ (Bennett, 1948). A
# full-scale sine has the mean square $1/2$. The ratio, in decibels, is the **noise law**:
#
# $$\text{SNR} = 10 \log_{10} \frac{1/2}{\Delta^2 / 12} = 6.02\, b + 1.76 \quad \text{dB} \tag{9}$$
#
# Every bit is worth 6 dB. The slider lets you hear how many bits speech needs; below it the law is measured.

# %%
controls.bit_depth_explorer(speech[: 3 * speech_sr // 2], sr=speech_sr)

# %%
tone = synth.sine(997.0, sr=44100, duration=1.0)  # 997 is prime: no pattern with 44,100
bits = np.arange(2, 17)
law = 6.02 * bits + 1.76
fitted = [tone - 1 / 2**b for b in bits]  # the levels run from -1 to 1 - Δ: half a step lower
sine_snr = np.array([metrics.snr(y, quantize(y, bits=b))
                     for y, b in zip(fitted, bits, strict=True)])
speech_snr = np.array([metrics.snr(speech, quantize(speech, bits=b)) for b in bits])

fig, ax = display.subplots(1, 1, height=3.4, alt="SNR against bits: the full-scale sine lies on "
                           "the law of 6 dB a bit, speech runs parallel, some 24 dB below.")
ax.plot(bits, law, label="6.02 b + 1.76")
ax.plot(bits, sine_snr, "o", label="full-scale sine, measured")
ax.plot(bits, speech_snr, "s", label="read speech, measured")
ax.set(title="Six decibels a bit", xlabel="Bits a sample", ylabel="SNR (dB)")
ax.legend()
from_four = bits >= 4
ck.claim("largest distance from the law for 4 to 16 bits (dB)",
         np.abs(sine_snr - law)[from_four].max(), below=0.5)

# %% [markdown]
# With two or three bits the error is no longer even, and the sine leaves the law by up to a decibel. From five bits on speech runs
# parallel and lower. (With fewer, most samples round to zero and the error is the speech itself. At 16 bits it has no error at all: its
# file had 16.) Nothing is wrong with the law: (9) was written for a signal that fills the scale, and the noise does not care how loud the
# signal is. A recording whose RMS lies $d$ dB below that of a full-scale sine loses $d$ dB of SNR. That is why recordings leave little
# **headroom**, room above the peaks, at 8 bits, and can be careless at 24.

# %%
headroom = audio.dbfs(audio.rms(sounds["full-scale sine"])) - audio.dbfs(audio.rms(speech))
at_12 = float(law[bits == 12][0] - speech_snr[bits == 12][0])
print(f"speech lies {headroom:.1f} dB below a full-scale sine and "
      f"{at_12:.1f} dB below the law at 12 bits")
ck.claim("the two differ by (dB)", abs(headroom - at_12), below=1.0)

# %% [markdown]
# ## 6. Dither: why adding noise helps
#
# The law assumed an error that knows nothing of the signal. For a quiet sound that is wrong: when the signal spans only a
# few steps, the error repeats with it, and a repeating error is not noise but **distortion**: new tones, harmonics of the
# old one. Those above the Nyquist frequency fold down (equation 3) and are not even in tune. The cure is older than digital audio: add a little noise, **dither**, *before* rounding. Triangular dither, the
# sum of two uniform draws from $\pm\Delta/2$, is the smallest that makes both the mean and the power of the error
# independent of the signal (Lipshitz, Wannamaker and Vanderkooy, 1992). The price: the noise power triples, $+4.8$ dB.

# %%
bits = 8
step = 2 / 2**bits
quiet = synth.sine(440.0, sr=44100, duration=2.0, amplitude=1.6 * step)  # 38 dB below full scale
plain = quantize(quiet, bits=bits)
dithered = quantize(quiet, bits=bits, dither=True, rng=np.random.default_rng(3))

fig, axes = display.subplots(2, 2, height=2.8, alt="Top: the quantised waves, on the left without "
                             "dither a staircase, on the right with dither a noisy one. Bottom: "
                             "their spectra. Without dither tall lines stand out, with dither a "
                             "flat floor.")
for (wave, spectrum), (name, y) in zip(axes.T, {"no dither": plain, "dither": dithered}.items(),
                                       strict=True):
    ms = np.arange(220) / 44.1
    wave.plot(ms, y[:220] / step, linewidth=0.8, label=name)
    wave.plot(ms, quiet[:220] / step, linewidth=0.8, label="before")
    wave.set(title=f"8 bits, {name}", xlabel="Time (ms)", ylabel="Amplitude (steps)")
    wave.legend(loc="upper right")
    display.spectrum(y, sr=44100, ax=spectrum, title=f"Spectrum, {name}")
    spectrum.set(xlim=(0, 6000), ylim=(-102, -30))

# %% [markdown]
# Hear both on a guitar that fades into silence, at 6 bits: the undithered one breaks up and drops out, the dithered one
# disappears into a steady hiss. Both have the same number of bits.

# %%
fade = guitar * np.linspace(1, 0, len(guitar)) ** 2
rough = quantize(fade, bits=6)
smooth = quantize(fade, bits=6, dither=True, rng=np.random.default_rng(4))
display.compare_sounds({"6 bits, no dither": rough, "6 bits, dither": smooth}, sr=44100,
                       captions=["breaks up, and is gone before the end",
                                 "a steady hiss, and the guitar in it to the end"])

# %%
def harmonic_level(y, f0, sr):
    """Level of the third harmonic of f0 relative to f0, dB."""
    magnitude = np.abs(np.fft.rfft(y * dsp.get_window("blackman", len(y))))
    at = [round(k * f0 * len(y) / sr) for k in (1, 3)]
    first, third = (magnitude[i - 3 : i + 4].max() for i in at)
    return float(20 * np.log10(third / first))


ck.claim("third harmonic without dither (dB)", harmonic_level(plain, 440.0, 44100), above=-30)
ck.claim("third harmonic with dither (dB)", harmonic_level(dithered, 440.0, 44100), below=-40)
ck.claim("price of dither: noise power over step²/12 (dB)",
         10 * np.log10(np.mean((dithered - quiet) ** 2) / (step**2 / 12)), near=(4.77, 0.2))

# %% [markdown]
# ## 7. Mu-law: steps that grow with the level
#
# Eight equal-step bits are too few for speech: quiet sounds drown. Telephone networks solved this in the 1960s by
# making the steps small where the signal is small. Compress with a logarithm, quantise evenly, expand again:
#
# $$F(x) = \operatorname{sgn}(x)\, \frac{\ln(1 + \mu |x|)}{\ln(1 + \mu)}, \qquad F^{-1}(y) = \operatorname{sgn}(y)\,
# \frac{(1 + \mu)^{|y|} - 1}{\mu}, \qquad \mu = 255 \tag{10}$$
#
# with $x$ and $y$ in $[-1, 1]$. (The telephone standard, ITU-T G.711 of 1972, approximates the curve by straight pieces.) WaveNet (chapter 14) predicts exactly these 256 codes, one a sample.

# %% include: coursekit.audio.mu_compress, coursekit.audio.mu_expand

# %% include: coursekit.audio.mu_law_encode, coursekit.audio.mu_law_decode

# %%
level = np.arange(-60, 1, 3.0)
scaled = [speech / np.abs(speech).max() * 10 ** (db / 20) for db in level]
linear_8 = [metrics.snr(y, quantize(y, bits=8)) for y in scaled]
mu_law_8 = [metrics.snr(y, mu_law_decode(mu_law_encode(y))) for y in scaled]
fig, ax = display.subplots(1, 1, height=3.2, alt="SNR against speech level: 8 equal-step bits "
                           "lose one dB a dB, mu-law only 4 dB over the first 30.")
ax.plot(level, linear_8, "o-", label="8 bits, equal steps")
ax.plot(level, mu_law_8, "s-", label="8 bits, mu-law")
ax.set(title="The same speech, played softer and softer", xlabel="Peak level (dBFS)",
       ylabel="SNR (dB)")
ax.legend()
at = int(np.flatnonzero(level == -30)[0])
ck.claim("at a peak of -30 dBFS mu-law is better by (dB)", mu_law_8[at] - linear_8[at], above=10)
ck.compare(mu_compress(speech), librosa.mu_compress(speech, mu=255, quantize=False), rtol=1e-5,
           title="mu_compress against librosa")

# %% [markdown]
# Listen: soft speech, coded 30 dB below full scale in 8 bits, then raised by 26 dB so that you can hear the noise.

# %%
soft = 10 ** (-30 / 20) * speech[: 2 * speech_sr] / np.abs(speech).max()
display.compare_sounds(
    {"soft speech, 8 bits, equal steps": 20 * quantize(soft, bits=8),
     "soft speech, 8 bits, mu-law": 20 * mu_law_decode(mu_law_encode(soft))}, sr=speech_sr,
    captions=["three levels are left of it", "nearly clean"])

# %% [markdown]
# ## 8. Channels, number types, files
#
# **Channels.** Stereo is two signals in step. This library keeps time on the last axis: `(channels, n)`; files and
# `soundfile` keep it first, `(n, channels)`. Mono is the mean of the channels, and a mean can cancel: what is equal in
# both channels stays, what is opposite vanishes.

# %%
stereo, sr = instruments["guit_em9"].load(mono=False)
left, right = stereo
middle, side = (left + right) / 2, (left - right) / 2
print(f"stereo {stereo.shape}; middle {audio.dbfs(audio.rms(middle)):.1f} dBFS, "
      f"side {audio.dbfs(audio.rms(side)):.1f} dBFS")
display.play(np.stack([left, -right])[:, : 2 * sr], sr=sr, title="One channel turned upside down",
             caption="On headphones the guitar has no place in the room. "
                     "Mixed to mono, its middle vanishes.")

# %% [markdown]
# **Number types.** Converters deliver 16- or 24-bit integers; computing is done in `float32` or `float64`. A 16-bit
# sample $k$ means $k / 32768$. `float32` has a 24-bit significand, so every 16- and 24-bit sample survives the way there
# and back, and a sum may exceed $\pm 1$ without harm until it is written to an integer file.

# %% include: coursekit.audio.to_int16, coursekit.audio.to_float

# %%
every_code = np.arange(-32768, 32768).astype(np.int16)
ck.claim("codes of 65,536 that survive int16 → float32 → int16",
         int(np.sum(to_int16(to_float(every_code)) == every_code)), near=(65536, 0))

# %% [markdown]
# **Files.** Uncompressed samples (**PCM**, pulse-code modulation) of $D$ seconds, $C$ channels and $b$ bits take
#
# $$B = D \, f_s \, C \, b \,/\, 8 \quad \text{bytes} \tag{11}$$
#
# so that a second of CD sound is 176,400 bytes. WAV holds the samples as they are. FLAC holds the same samples in less space: it predicts each from those
# before it and stores the small surprise; decoding gives every bit back (**lossless**). MP3 and OGG Vorbis throw
# away what the ear will probably miss (**lossy**), chosen by a model of hearing; their SNR looks poor and says little:
# the error hides under louder sound near it. That is the limit of SNR as a measure, and chapter 25 has better ones. MP3 and OGG below: libsndfile's default quality, mono. The
# players on this page hold MP3 themselves, to keep it small: trust the numbers, and the difference signal.

# %%
formats = {"WAV, 16 bits": dict(format="WAV", subtype="PCM_16"),
           "WAV, 8 bits": dict(format="WAV", subtype="PCM_U8"),
           "FLAC, 16 bits": dict(format="FLAC", subtype="PCM_16"), "OGG Vorbis": dict(format="OGG"),
           "MP3": dict(format="MP3")}
source = audio.to_float(audio.to_int16(guitar))  # what a 16-bit file can hold
pcm_bytes = 2 * len(source)
decoded, codec_table = {}, {}
print(f"{'format':15s} {'bytes':>9s} {'of PCM':>7s} {'kbit/s':>7s} {'SNR':>9s}")
for name, how in formats.items():
    decoded[name], size = audio.codec_round_trip(source, sr=44100, **how)
    codec_table[name] = (size / pcm_bytes, float(metrics.snr(source, decoded[name])))
    rate_kbit = 8 * size / (len(source) / 44100) / 1000
    print(f"{name:15s} {size:9d} {codec_table[name][0]:6.0%} {rate_kbit:7.0f}"
          f" {codec_table[name][1]:6.1f} dB")
ck.claim("FLAC against PCM, size", codec_table["FLAC, 16 bits"][0], below=0.8)
ck.claim("FLAC: samples that differ", int(np.sum(decoded["FLAC, 16 bits"] != source)), near=(0, 0))
ck.claim("OGG against PCM, size", codec_table["OGG Vorbis"][0], below=0.25)

# %%
display.compare_sounds({"before": source, "MP3": decoded["MP3"], "what MP3 took away, 20 dB louder":
                        10 * (source - decoded["MP3"])}, sr=44100,
                       captions=["the guitar", "any difference?",
                                 "noise that follows the guitar and hides under it"])

# %% [markdown]
# ## 9. What goes wrong
#
# **A sum of 16-bit integers wraps round.** NumPy adds `int16` to `int16` and keeps the type: 30,000 + 10,000 becomes
# −25,536. Mixing two channels "by hand" turns every loud moment into a crack. Convert first, then add.

# %%
loud = audio.to_int16(0.95 * stereo / np.abs(stereo).max())
broken = audio.to_float(((loud[0] + loud[1]) // np.int16(2)).astype(np.int16))
mended = (audio.to_float(loud[0]) + audio.to_float(loud[1])) / 2
print(f"30000 + 10000 in int16: {(np.array([30000], np.int16) + np.array([10000], np.int16))[0]}")
display.compare_sounds({"int16 sum (wrapped)": broken[: 2 * sr], "float sum": mended[: 2 * sr]},
                       sr=sr, captions=["a crack at every loud moment", "clean"])

# %% [markdown]
# **The sample rate is lost.** An array does not know its rate. Played at another one, speech is faster and higher, or slower
# and lower, and every feature of the coming chapters is wrong without an error message. Keep `sr` beside `y`; functions
# of this library never guess it.

# %%
display.play(speech, sr=int(1.5 * speech_sr), title="16 kHz speech played as 24 kHz",
             caption="Half as fast again and seven semitones up. "
                     "To change the rate, resample; do not relabel.")

# %% [markdown]
# **Clipping, and the cure that hides the level.** A signal beyond full scale is cut flat when it is written as integers;
# the corners add new frequencies. Dividing everything by its own maximum avoids that and does other damage: two files can
# no longer be compared, and silence becomes loud hiss. `audio.save` refuses such a signal and says by how much.

# %%
hot = 4 * guitar  # peak at +6 dBFS
try:
    audio.save("too_hot.wav", hot, sr=44100)
except ValueError as error:
    print(type(error).__name__, "-", error)
display.compare_sounds({"clipped at full scale": np.clip(hot, -1, 1) / 2, "scaled to fit": hot / 4},
                       sr=44100, captions=["a rasp on the loud notes", "the same notes, clean"])

# %% [markdown]
# ## 10. Results
#
# Rows 1 and 2: a baseline that does nothing clever, this chapter's code, the tool that professionals use. Row 3, for which we wrote
# no code: 8 bits, a lossless format, a lossy one. Each row is one recording in one run.

# %%
soft_linear, soft_mu = (float(metrics.snr(soft, quantize(soft, bits=8))),
                        float(metrics.snr(soft, mu_law_decode(mu_law_encode(soft)))))
soft_reference = float(metrics.snr(
    soft, librosa.mu_expand(librosa.mu_compress(soft, mu=255), mu=255)))
print(f"{'task':38s} {'baseline':>22s} {'ours':>18s} {'professional':>26s}")
print(f"{'cymbal to 11 kHz, SNR in band':38s}"
      f" {'drop':>12s} {resampling_snr['drop samples']:6.1f} dB"
      f" {'FIR':>8s} {resampling_snr['our FIR filter']:6.1f} dB"
      f" {'soxr':>16s} {resampling_snr['soxr']:6.1f} dB")
print(f"{'soft speech in 8 bits, SNR':38s} {'equal steps':>12s} {soft_linear:6.1f} dB"
      f" {'mu-law':>8s} {soft_mu:6.1f} dB {'librosa mu-law':>16s} {soft_reference:6.1f} dB")
print(f"{'guitar in fewer bytes, size / SNR':38s}"
      f" {'8 bits':>12s} {codec_table['WAV, 8 bits'][0]:4.0%}/{codec_table['WAV, 8 bits'][1]:3.0f}"
      f" {'FLAC':>8s} {codec_table['FLAC, 16 bits'][0]:4.0%}/inf"
      f" {'OGG Vorbis':>16s} {codec_table['OGG Vorbis'][0]:4.0%}"
      f"/{codec_table['OGG Vorbis'][1]:3.0f}")
ck.claim("our filter beats dropping samples by (dB)",
         resampling_snr["our FIR filter"] - resampling_snr["drop samples"], above=30)
ck.claim("our mu-law and librosa's differ by (dB)", abs(soft_mu - soft_reference), below=0.5)

# %% [markdown]
# ## Recap
#
# 1. Samples determine a sound exactly if it holds nothing at or above half the sample rate.
# 2. What lies above does not vanish: it folds down to $|f - f_s \operatorname{round}(f / f_s)|$. Filter first.
# 3. Each bit is worth 6 dB, counted from a signal that fills the scale; quiet signals get less.
# 4. Dither trades distortion for a steady, slightly louder noise. Mu-law spends its bits where speech is.
# 5. An array knows neither its rate nor its scale. Carry `sr`, convert integers before you compute, never normalise in
#    silence.
#
# ## The answer to the opening question

# %%
quarter_scale = 0.5 * synth.sine(997.0, sr=44100, duration=1.0)
noise_4, noise_16 = (
    np.mean((quantize(quarter_scale, bits=b, dither=True, rng=np.random.default_rng(6))
             - quarter_scale) ** 2) for b in (4, 16))
ck.claim("dropped: SNR against the filtered bell (dB)",
         metrics.snr(decimate(bell, factor=7), dropped), below=-10)
ck.claim("4 bits: noise above that of 16 bits (dB)",
         10 * np.log10(noise_4 / noise_16), near=(12 * 6.02, 0.5))
ck.claim("MP3: size against 16-bit samples", mp3_bytes / (2 * len(bell)), below=0.15)

# %% [markdown]
# The second copy dropped samples: most of the bell lies above 3,150 Hz, half the new rate, and came back as wrong tones, stronger than the
# true ones. A filter before dropping gives a dull bell, but that bell. The third kept all frequencies and lost 12 bits, 72 dB of
# noise, and below half a step nothing was left of it; dither or mu-law makes the best of few bits. The fourth lost what a model of hearing thought you would not miss.
#
# ## Going further
#
# - Claude E. Shannon, "Communication in the presence of noise", *Proceedings of the IRE*, 1949.
# - W. R. Bennett, "Spectra of quantized signals", *Bell System Technical Journal*, 1948.
# - Stanley P. Lipshitz, Robert A. Wannamaker and John Vanderkooy, "Quantization and dither: a theoretical survey",
#   *Journal of the Audio Engineering Society*, 1992.
# - ITU-T Recommendation G.711, "Pulse code modulation (PCM) of voice frequencies", 1972.
# - Aäron van den Oord and others, "WaveNet: a generative model for raw audio", 2016.
# - Alan V. Oppenheim and Ronald W. Schafer, *Discrete-Time Signal Processing*, 3rd edition, 2009: chapters 4 and 7.
#
# Now do the exercises: [exercises/01_digital_audio.ipynb](../exercises/01_digital_audio.ipynb). Chapter
# [02](02_spectra.ipynb) looks inside a sound: which frequencies, and [02b](02b_spectrograms.ipynb): when.
