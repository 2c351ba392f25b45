# %% [markdown]
# # Start here
#
# This course teaches audio and speech processing by building it: from the samples of a recording to speech recognisers, voices,
# music and enhancement. Every chapter is a notebook. You hear and see an idea, read its equation, run its code, which is short
# and made from scratch, and see that it gives the same numbers as the library that professionals use.
#
# Run a cell with **Shift + Enter**. Begin with this one: it plays a sound.

# %%
import coursekit as ck
from coursekit import data, display

librivox = data.load("librivox")
speech, sr = librivox["austen-5"].load()
display.play(speech, sr=sr, title="A first sound",
             caption=f"Read speech, 16,000 samples a second: “{librivox['austen-5'].text}”")

# %% [markdown]
# And this is what it looks like: time runs to the right, frequency upwards, bright is loud. After chapter 02b you can read it.

# %%
fig, ax = display.subplots(1, 1, height=3, alt="Spectrogram of the sentence: bright horizontal "
                           "bars where vowels are, clouds high up where there is an s.")
display.spectrogram(speech, sr=sr, n_fft=512, hop_length=128, ax=ax,
                    title="He might even have been made amiable himself")

# %% [markdown]
# ## How a chapter works
#
# - It opens with a sound and a question, and a card that says what you will be able to do and what it costs: minutes, memory,
#   download. The costs are measured when the notebook is made.
# - A line such as the one below is a **claim**: a number that the text relies on, computed in front of you. If it did not hold, the
#   notebook would not have been published.

# %%
ck.claim("seconds of speech in this recording", len(speech) / sr, near=(3.29, 0.01))

# %% [markdown]
# - `ck.compare` puts our code beside the professional's and shows the largest difference.
# - Everything can be changed. The code in a cell is the code of the library: edit it, break it, run it again. Later calls
#   written `dsp.…` still use the library's own; *Edit → Undo* or a fresh copy of the notebook brings the cell back.
#
# ## How exercises work
#
# Each chapter has a notebook in `exercises/` with five to eight questions. Write your answer under `# YOUR CODE HERE`, run the cell, then
# run the check below it. A card tells you at once whether it is right, and if not, what is wrong with it, in the terms of the
# field. It works without a network, and nothing leaves your computer.

# %%
def levels(y):
    """A question would say here what is wanted."""
    # YOUR CODE HERE
    raise NotImplementedError("01.levels")


ck.check("01.levels", levels)

# %% [markdown]
# - `ck.hint("01.levels")` gives a hint; there are three for every question, from a nudge to nearly the answer.
# - `ck.solution("01.levels")` shows a solution and why it is right, once you have tried.
# - `ck.progress()` shows where you stand. In JupyterLab's terminal: `coursekit next`, `coursekit progress`, and `coursekit watch 01`, which checks
#   again each time you save.
#
# ## The map
#
# *Ready* chapters can be opened; the others are planned, in this order.

# %% [markdown] map

# %% [markdown]
# ## When something does not work
#
# Run `coursekit doctor` in JupyterLab's terminal (*File → New → Terminal*). It tells what works on this computer, what does not, and how to mend it. Recordings are
# fetched once, checked against their hash, and kept; without a network you work with what is there (`coursekit data list`).
#
# Where next: [01 · Digital audio](01_digital_audio.ipynb).
