"""Controls of chapter 05: a beat tracker and a chord recogniser whose settings can be moved, beside the truth.

music.beat_explorer(y, sr=sr, beats=score.beats)
music.chord_explorer(y, sr=sr, chroma=features, intervals=intervals, labels=labels)
"""

import ipywidgets
import mir_eval
import numpy as np

from coursekit import arguments, controls, display, harmony, rhythm, units
from coursekit.arguments import ArgumentError
from coursekit.chords import chord_sound, majmin_accuracy, triad
from coursekit.harmony import frame_edges

TIGHTNESS = (0.1, 1, 10, 30, 100, 300, 1000, 10_000)
ALONE = 1 / 24  # staying is as likely as each change: every frame is decided by itself
SELF_TRANSITIONS = (
    ("1/24", ALONE),
    *((f"{p:g}", p) for p in (0.5, 0.8, 0.9, 0.95, 0.97, 0.99, 0.999, 0.9999, 0.999999)),
)
CONCENTRATIONS = (1, 2, 5, 10, 20, 50, 100)


def _short(y, sr):
    return {"y": controls.short_sound(y, sr=sr)}


def _rising(beats, name):
    beats = np.asarray(beats, dtype=float)
    if beats.ndim != 1 or len(beats) < 2 or np.any(np.diff(beats) <= 0):
        raise ArgumentError(
            f"{name} has shape {beats.shape}; wanted two or more times in s that rise"
        )
    return beats


@arguments.checks(_short, sr=arguments.sample_rate, beats=_rising)
def beat_explorer(y, *, sr, beats, hop_length=512):
    """Change the tempo that is expected and the cost of an uneven beat, and hear where the beats are put.

    Parameters
    ----------
    y : array_like, (n,)
        Audio, at most 10 s.
    sr : float
        Sample rate, Hz.
    beats : array_like, (n_beats,)
        The true beats, s.
    hop_length : int
        Samples from frame to frame; a frame is four of them long.

    Returns
    -------
    Explorer
        controls: "start_bpm" (40 to 240), "tightness" (0.1 to 10,000). numbers: "tempo_bpm", "n_beats" and
        "f_measure" (mir_eval.beat.f_measure: within 70 ms; 1 where all is right).

    Notes
    -----
    Chapter 05; rhythm.tempo and rhythm.beat_track do the work, on an onset strength that is not moved
    (center=False).

    Examples
    --------
    >>> y = rhythm.clicks(np.arange(0.25, 8, 0.5), sr=8000, length=64000)
    >>> explorer = beat_explorer(y, sr=8000, beats=np.arange(0.25, 8, 0.5), hop_length=80)
    >>> explorer.numbers["n_beats"], explorer.numbers["f_measure"] > 0.9
    (16, True)
    """
    envelope = rhythm.onset_strength(
        y, sr=sr, n_fft=4 * hop_length, hop_length=hop_length, center=False
    )
    start = controls.slider(
        ipywidgets.IntSlider, description="Expected", value=120, min=40, max=240, step=5
    )
    tight = controls.slider(
        ipywidgets.SelectionSlider, description="Tightness", value=100, options=TIGHTNESS
    )
    return controls.Explorer(
        {"start_bpm": start, "tightness": tight},
        lambda start_bpm, tightness: beat_view(
            y,
            sr=sr,
            hop_length=hop_length,
            envelope=envelope,
            beats=beats,
            start_bpm=start_bpm,
            tightness=tightness,
        ),
    )


def beat_view(y, *, sr, hop_length, envelope, beats, start_bpm, tightness):
    """Onset strength with the true and the found beats, and below it what speaks for each tempo."""
    bpm = rhythm.tempo(onset_envelope=envelope, sr=sr, hop_length=hop_length, start_bpm=start_bpm)
    _, frames = rhythm.beat_track(
        onset_envelope=envelope, sr=sr, hop_length=hop_length, bpm=bpm, tightness=tightness
    )
    found = units.frames_to_time(frames, sr=sr, hop_length=hop_length)
    f_measure = float(mir_eval.beat.f_measure(beats, found)) if len(found) else 0.0

    fig, axes = display.detached_mosaic([["beats"], ["tempo"]], height=2.2)
    times = units.frames_to_time(np.arange(len(envelope)), sr=sr, hop_length=hop_length)
    top = float(envelope.max())
    axes["beats"].plot(times, envelope, color="0.6", linewidth=0.9, label="onset strength")
    axes["beats"].vlines(
        beats, 1.02 * top, 1.2 * top, color=display.COLORS["green"], linewidth=2, label="true beats"
    )
    axes["beats"].vlines(
        found,
        -0.2 * top,
        -0.02 * top,
        color=display.COLORS["red"],
        linewidth=2,
        label="found beats",
    )
    axes["beats"].set_ylabel("Onset strength (dB)")
    display.seconds(axes["beats"], 0, len(y) / sr)
    controls.title_and_legend(axes["beats"], f"F = {f_measure:.2f}")

    R = rhythm.tempogram(onset_envelope=envelope, sr=sr, hop_length=hop_length).mean(axis=-1)
    tempi = rhythm.tempo_frequencies(len(R), sr=sr, hop_length=hop_length)
    shown = (tempi >= 30) & (tempi <= 320)
    prior = np.exp(-0.5 * (np.log2(tempi[shown] / start_bpm)) ** 2)
    axes["tempo"].plot(tempi[shown], R[shown] / R[shown].max(), color="0.6", label="likeness")
    axes["tempo"].plot(tempi[shown], prior, "--", color=display.COLORS["sky"], label="expected")
    axes["tempo"].axvline(bpm, color=display.COLORS["red"], label="chosen")
    axes["tempo"].set(
        xlabel="Tempo (beats a minute)",
        ylabel="Relative to the largest",
        xlim=(30, 320),
        xscale="log",
    )
    axes["tempo"].set_xticks(
        [30, 40, 60, 80, 120, 160, 240, 320], labels=[30, 40, 60, 80, 120, 160, 240, 320]
    )
    axes["tempo"].minorticks_off()
    controls.title_and_legend(axes["tempo"], "What speaks for a tempo")

    sentence = (
        f"Expected {start_bpm} beats a minute, tightness {tightness:g}: tempo {bpm:.1f}, {len(found)} beats "
        f"found of {len(beats)}, F-measure {f_measure:.2f}."
    )
    heard = 0.6 * y / np.abs(y).max() + 0.3 * rhythm.clicks(found, sr=sr, length=len(y))
    player = display.play(
        heard,
        sr=sr,
        title="The music, with a click on each found beat",
        caption="do you tap there, too?",
    )
    return controls.View(
        fig,
        {"tempo_bpm": float(bpm), "n_beats": len(found), "f_measure": f_measure},
        sentence,
        (player,),
    )


def _of_one_piece(y, chroma, hop_length):
    n_frames = 1 + len(y) // hop_length
    if abs(chroma.shape[1] - n_frames) > 1:
        raise ArgumentError(
            f"chroma has {chroma.shape[1]} frames; y of {len(y)} samples has {n_frames} at a "
            f"hop of {hop_length}. Are they of the same piece?"
        )


def _one_label_each(intervals, labels):
    intervals = np.asarray(intervals, dtype=float)
    if intervals.shape != (len(labels), 2):
        raise ArgumentError(
            f"intervals have shape {intervals.shape} and there are {len(labels)} labels; "
            "wanted (n, 2) and n"
        )
    return {"intervals": intervals}


@arguments.checks(
    _short,
    _of_one_piece,
    _one_label_each,
    sr=arguments.sample_rate,
    chroma=harmony.twelve_rows,
    hop_length=arguments.integer,
)
def chord_explorer(y, *, sr, chroma, hop_length, intervals, labels):
    """Change how long chords last and how far a frame is trusted, and see and hear the chords that come out.

    Parameters
    ----------
    y : array_like, (n,)
        Audio, at most 10 s.
    sr : float
        Sample rate, Hz.
    chroma : array_like, (12, frames)
        Of y; see harmony.recognize_chords.
    hop_length : int
        Samples from frame to frame.
    intervals, labels : array_like, (n, 2), and sequence of str
        The true chords: start and end in s, and names; those after the end of y do not count.

    Returns
    -------
    Explorer
        controls: "self_transition" (from 1/24, each frame by itself, to 0.999999), "concentration". numbers: "accuracy"
        (major and minor, weighted by time: mir_eval.chord.majmin) and "chords_per_s".

    Notes
    -----
    Chapter 05; harmony.recognize_chords does the work, with major and minor chords.

    Examples
    --------
    >>> _, templates = harmony.chord_templates()
    >>> explorer = chord_explorer(np.ones(8000), sr=8000, chroma=templates[[0] * 5 + [9] * 6].T, hop_length=800,
    ...                           intervals=[[0.0, 0.45], [0.45, 1.0]], labels=["C:maj", "A:maj"])
    >>> round(explorer.numbers["accuracy"], 2), round(explorer.numbers["chords_per_s"], 1)
    (1.0, 1.9)
    """
    heard = intervals[:, 0] < len(y) / sr
    intervals = np.minimum(intervals[heard], len(y) / sr)
    labels = [label for label, within in zip(labels, heard, strict=True) if within]
    stay = controls.slider(
        ipywidgets.SelectionSlider, description="Stay", value=0.97, options=SELF_TRANSITIONS
    )
    trust = controls.slider(
        ipywidgets.SelectionSlider, description="Trust", value=20, options=CONCENTRATIONS
    )
    return controls.Explorer(
        {"self_transition": stay, "concentration": trust},
        lambda self_transition, concentration: chord_view(
            y,
            sr=sr,
            chroma=chroma,
            hop_length=hop_length,
            intervals=intervals,
            labels=labels,
            self_transition=self_transition,
            concentration=concentration,
        ),
    )


def chord_view(y, *, sr, chroma, hop_length, intervals, labels, self_transition, concentration):
    """The chords found, over the true ones, and both to hear."""
    by_frame = harmony.recognize_chords(
        chroma, self_transition=self_transition, concentration=concentration
    )
    edges = frame_edges(chroma.shape[1], sr=sr, hop_length=hop_length)
    found, names = harmony.segments(by_frame, times=edges)
    accuracy, per_second = (
        majmin_accuracy(intervals, labels, found, names),
        len(names) / (edges[-1] - edges[0]),
    )

    fig, axes = display.detached_mosaic([["chords"]], height=4.2)
    rows = {label: row for row, label in enumerate(harmony.chord_templates()[0])}
    for at, spans, width, color, name in (
        (intervals, labels, 8, "0.8", "true"),
        (found, names, 3, display.COLORS["red"], "found"),
    ):
        for (start, end), label in zip(at, spans, strict=True):
            row = rows.get(triad(label))
            if row is not None:
                axes["chords"].plot(
                    [start, end],
                    [row, row],
                    color=color,
                    linewidth=width,
                    solid_capstyle="butt",
                    label=name,
                )
                name = None  # once in the legend
    axes["chords"].set_yticks(range(len(rows)), labels=rows, fontsize=7)
    axes["chords"].set(ylabel="Chord", ylim=(-0.7, len(rows) - 0.3))
    display.seconds(axes["chords"], 0, len(y) / sr)
    controls.title_and_legend(axes["chords"], f"Right for {accuracy:.0%} of the time")

    how = (
        "each frame by itself"
        if self_transition == ALONE
        else f"probability to stay {self_transition:g}"
    )
    sentence = (
        f"{how.capitalize()}, trust {concentration:g}: {per_second:.1f} chords a second, right for "
        f"{accuracy:.0%} of the time."
    )
    heard = 0.5 * y / np.abs(y).max() + 0.45 * chord_sound(found, names, sr=sr, length=len(y))
    player = display.play(
        heard,
        sr=sr,
        title="The music, with the chords found under it",
        caption="listen for chords that come and go",
    )
    return controls.View(
        fig, {"accuracy": accuracy, "chords_per_s": float(per_second)}, sentence, (player,)
    )
