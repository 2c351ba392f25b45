"""What is wrong with an input, said well, and apart from the equation.

    @checks(y=signal, n_fft=integer, top_db=partial(real, low=0))
    def stft(y, *, n_fft=2048, top_db=80.0): ...

Every check returns the value in the form that the code after it wants, or raises `ArgumentError` with what came,
what was wanted and the likely mistake. Nothing is changed in place. The notebooks leave the decorator out: what a
learner reads there is the function's body alone.
"""

import functools
import inspect
import operator
import os
import warnings
from collections.abc import Hashable
from numbers import Integral, Real

import numpy as np


class ArgumentError(ValueError):
    """An argument that the function cannot use; the message says what came, what was wanted and a likely mend."""


def checks(*rules, **each):
    """A decorator: the arguments are looked at, and put into their usual form, before the function runs.

    Parameters
    ----------
    each : a check for an argument, by its name
        ``check(value, name)`` gives the value that the function gets. None is passed over where it is the default.
    rules : functions of several arguments
        Each takes, by their names, the arguments that it weighs against each other, already checked one by one. It
        raises, or returns None, or a dict of arguments that the function gets in place of those that came.

    Returns
    -------
    decorator
        Of a function or a method, or of a class, whose ``__init__`` is then meant (a dataclass has one too). Signature
        and docstring stay; ``function.__wrapped__`` is the bare one.

    Examples
    --------
    >>> def shorter(n_fft, y):
    ...     if len(y) < n_fft:
    ...         raise ArgumentError(f"y has {len(y)} samples, less than n_fft = {n_fft}")
    >>> @checks(shorter, y=signal, n_fft=integer)
    ... def start(y, *, n_fft=2):
    ...     return y[:n_fft]
    >>> start([1, 2, 3])
    array([1., 2.])
    >>> start([1, 2, 3], n_fft=4)
    Traceback (most recent call last):
    coursekit.arguments.ArgumentError: y has 3 samples, less than n_fft = 4
    """
    together = [(rule, tuple(inspect.signature(rule).parameters)) for rule in rules]

    def decorate(function):
        if inspect.isclass(function):
            function.__init__ = decorate(function.__init__)
            return function
        signature = inspect.signature(function)
        names = {*each, *(name for _, wanted in together for name in wanted)}
        if unknown := sorted(names - set(signature.parameters)):
            raise TypeError(
                f"{function.__qualname__} has no argument {', '.join(unknown)} to check"
            )
        optional = {name for name, p in signature.parameters.items() if p.default is None}

        @functools.wraps(function)
        def checked(*args, **kwargs):
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError:
                return function(*args, **kwargs)  # Python says best itself what is missing
            bound.apply_defaults()
            values = bound.arguments
            for name, check in each.items():
                if values[name] is not None or name not in optional:
                    values[name] = check(values[name], name)
            for rule, wanted in together:
                values.update(rule(**{name: values[name] for name in wanted}) or {})
            return function(*bound.args, **bound.kwargs)

        return checked

    return decorate


def optional(check, **how):
    """The check, of an argument that may be None as well although that is not its default.

    Examples
    --------
    >>> optional(real, low=0)(None, "top_db") is None
    True
    """
    return lambda value, name: None if value is None else check(value, name, **how)


def signal(y, name="y", *, allow_complex=False, min_length=1):
    """Audio as a finite float array, time on the last axis.

    Parameters
    ----------
    y : array_like, (..., n)
        Samples; float32 stays float32, every other real type becomes float64.
    name : str
        How the caller calls it, for the message.
    allow_complex : bool
        Let complex samples through (an FFT takes them, a recording has none).
    min_length : int
        The fewest samples that make sense.

    Raises
    ------
    ArgumentError
        Empty, scalar, not numeric, integer PCM, NaN or infinite, or with the channels on the last axis.

    Examples
    --------
    >>> signal([0.0, 0.5]).dtype
    dtype('float64')
    """
    y = np.asarray(y)
    if y.dtype.kind not in "fciub":
        raise ArgumentError(
            f"{name} holds {y.dtype} values; wanted real numbers, an array of samples"
        )
    if y.dtype.kind == "c" and not allow_complex:
        raise ArgumentError(
            f"{name} is complex ({y.dtype}); wanted real samples. Is this a spectrum? Try dsp.istft"
        )
    if y.ndim == 0:
        raise ArgumentError(
            f"{name} is one number, not a signal; wanted an array of shape (..., n)"
        )
    if y.dtype in (np.int16, np.int32, np.uint8) and np.abs(y.astype(np.int64)).max(initial=0) > 1:
        raise ArgumentError(
            f"{name} holds {y.dtype} samples; wanted floats in [-1, 1]: call audio.to_float(y) first"
        )
    if y.shape[-1] < min_length:
        raise ArgumentError(
            f"{name} has shape {y.shape}: {y.shape[-1]} samples, wanted at least {min_length}"
        )
    if y.ndim > 1 and y.shape[-1] <= 8 and y.shape[-2] > 100:
        raise ArgumentError(
            f"{name} has shape {y.shape}: channels last? Time is the last axis here: pass {name}.T"
        )
    y = y if y.dtype in (np.float32, np.float64) or y.dtype.kind == "c" else y.astype(np.float64)
    if not np.isfinite(y).all():
        first = tuple(int(i) for i in np.argwhere(~np.isfinite(y))[0])
        raise ArgumentError(
            f"{name} has {int((~np.isfinite(y)).sum())} NaN or infinite values, the first at {first}"
        )
    return y


def array(values, name="values", *, min_ndim=0):
    """Anything that NumPy takes for an array, as an array; what its numbers are is left open.

    Examples
    --------
    >>> array([1, 2, 3], min_ndim=1)
    array([1, 2, 3])
    """
    values = np.asarray(values)
    if values.ndim < min_ndim:
        raise ArgumentError(f"{name} has shape {values.shape}; wanted at least {min_ndim} axes")
    return values


def power(S, name="S", *, kind="power", mend):
    """A power or a magnitude: real, 0 or more, at least one value.

    Examples
    --------
    >>> power([1.0, 0.5], mend="np.abs(S) ** 2")
    array([1. , 0.5])
    """
    S = np.asarray(S)
    if S.dtype.kind == "c" or np.any(S < 0):
        raise ArgumentError(f"{name} is complex or negative; wanted a {kind}: {mend}")
    if S.size == 0:
        raise ArgumentError(f"{name} is empty, of shape {S.shape}; wanted at least one value")
    return S


def frames(x, name="x", *, min_ndim=2, min_length=1, strength=False):
    """Features as a finite real array, frames (or lags) last; float32 stays, all else becomes float64.

    Not for audio: whole numbers are welcome here, and so are many rows of few frames. See `signal`.

    Parameters
    ----------
    x : array_like, (..., n, frames), or (..., frames) where min_ndim is 1
    name : str
        How the caller calls it, for the message.
    min_ndim : int
        1 where single rows make sense.
    min_length : int
        The fewest frames that make sense.
    strength : bool
        A magnitude, a power, a chroma: 0 or more.

    Raises
    ------
    ArgumentError
        Too few axes, empty, not numeric, complex, NaN or infinite; negative where strength is wanted.

    Examples
    --------
    >>> frames([[1, 2, 3]]).dtype
    dtype('float64')
    """
    x = np.asarray(x)
    if x.dtype.kind not in "fiub":
        hint = f". A complex STFT? Take np.abs({name})" if x.dtype.kind == "c" else ""
        raise ArgumentError(
            f"{name} holds {x.dtype} values of shape {x.shape}; wanted real numbers{hint}"
        )
    if x.ndim < min_ndim or x.size == 0:
        wanted = "(..., n, frames)" if min_ndim == 2 else "(..., frames)"
        raise ArgumentError(f"{name} has shape {x.shape}; wanted {wanted}, none of them 0")
    if x.shape[-1] < min_length:
        raise ArgumentError(
            f"{name} has shape {x.shape}: {x.shape[-1]} on the last axis, wanted at least {min_length}"
        )
    if not np.isfinite(x).all():
        raise ArgumentError(f"{name} has {int((~np.isfinite(x)).sum())} NaN or infinite values")
    if strength and x.min() < 0:
        raise ArgumentError(
            f"{name} has negative values, down to {x.min():g}; wanted 0 or more. Is it in dB? "
            "dsp.db_to_power and dsp.db_to_amplitude take that back"
        )
    return x if x.dtype == np.float32 else x.astype(np.float64, copy=False)


def indices(values, name, *, high):
    """Numbers of frames as an integer array, each from 0 to `high`; none at all is well too.

    Examples
    --------
    >>> indices([3, 0], "beats", high=10)
    array([3, 0])
    """
    values = np.asarray(values)
    if values.ndim != 1 or values.size and values.dtype.kind not in "iu":
        raise ArgumentError(
            f"{name} holds {values.dtype} values of shape {values.shape}; wanted whole numbers of "
            "frames, one after the other. Are they in seconds?"
        )
    if values.size and not 0 <= values.min() <= values.max() <= high:
        raise ArgumentError(
            f"{name} reach from {values.min()} to {values.max()}; wanted frames from 0 to {high}. "
            "Are they in samples?"
        )
    return values.astype(int)


def either(y, other, name):
    """Refuse when the audio y and what can stand in its place (such as its spectrogram S) are both given, or neither.

    Examples
    --------
    >>> either(None, np.ones((3, 5)), "S")
    """
    if (y is None) == (other is None):
        came = f"neither y nor {name} was given" if y is None else f"y and {name} were both given"
        raise ArgumentError(f"{came}; wanted the audio, or {name}= in its place")


def integer(value, name, *, low=1, high=None):
    """A whole number in [low, high]; 512.0 is refused, np.int64(512) is not.

    Examples
    --------
    >>> integer(512, "n_fft")
    512
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise ArgumentError(
            f"{name} = {value!r} ({type(value).__name__}); wanted a whole number: int({name})?"
        )
    return int(real(value, name, low=low, high=high))


def real(value, name, *, low=None, high=None, above=None, below=None):
    """A finite number; `low` and `high` are allowed themselves, `above` and `below` are not.

    Examples
    --------
    >>> real(0.5, "duration", above=0)
    0.5
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not np.isfinite(value):
        raise ArgumentError(f"{name} = {value!r} ({type(value).__name__}); wanted a finite number")
    limits = (
        (low, "at least", operator.ge),
        (high, "at most", operator.le),
        (above, "more than", operator.gt),
        (below, "less than", operator.lt),
    )
    for limit, words, holds in limits:
        if limit is not None and not holds(value, limit):
            raise ArgumentError(f"{name} = {value!r}; wanted {words} {limit}")
    return value


def nonnegative(values, name):
    """Finite numbers, 0 or more, as an array.

    Examples
    --------
    >>> nonnegative([0, 440], "frequency")
    array([  0, 440])
    """
    values = np.asarray(values)
    if values.dtype.kind not in "fiu" or not np.all(values >= 0) or np.any(np.isinf(values)):
        raise ArgumentError(f"{name} = {values!r}; wanted finite numbers, 0 or more")
    return values


def sample_rate(sr, name="sr"):
    """A sample rate in Hz, more than 0.

    Examples
    --------
    >>> sample_rate(16000)
    16000
    """
    if sr is None:
        raise ArgumentError(
            f"{name} is None; wanted the sample rate in Hz, as audio.load returns it"
        )
    return real(sr, name, above=0)


def choice(value, name, options):
    """One of `options`, or an error that lists them.

    Examples
    --------
    >>> choice("hann", "window", ("hann", "hamming"))
    'hann'
    """
    if value not in options:
        raise ArgumentError(f"{name} = {value!r}; wanted one of {', '.join(map(repr, options))}")
    return value


def same_shape(a, b, names=("reference", "estimate")):
    """Two arrays of one shape; says which is longer when they are not.

    Examples
    --------
    >>> same_shape(np.zeros(3), np.ones(3))
    """
    if a.shape != b.shape:
        hint = ""
        if a.shape[:-1] == b.shape[:-1]:
            hint = f": {abs(a.shape[-1] - b.shape[-1])} samples apart. Cut both to one length, or look for a delay"
        raise ArgumentError(f"{names[0]} has shape {a.shape}, {names[1]} has shape {b.shape}{hint}")


def sequence(x, name="x", *, n_features=None):
    """One sequence of feature vectors, (frames, features): time comes first here, as in models of sequences.

    Parameters
    ----------
    x : array_like, (frames, features)
    name : str
        How the caller calls it, for the message.
    n_features : int or None
        The width that the model has learned; None: any.

    Raises
    ------
    ArgumentError
        Not two axes, empty, not numeric, NaN or infinite, or of another width (turned round, as a rule).

    Examples
    --------
    >>> sequence([[1, 2], [3, 4], [5, 6]], n_features=2).shape
    (3, 2)
    """
    x = np.asarray(x)
    if x.dtype.kind not in "fiub" or x.ndim != 2:
        hint = ". One sequence alone? Pass it as a list: [x]" if x.ndim == 1 else ""
        raise ArgumentError(
            f"{name} holds {x.dtype} values of shape {x.shape}; wanted real numbers, "
            f"(frames, features){hint}"
        )
    if x.size == 0:
        raise ArgumentError(
            f"{name} has shape {x.shape}: it is empty; wanted at least one frame. "
            "Leave empty recordings out"
        )
    if n_features is not None and x.shape[1] != n_features:
        hint = (
            f"Turned round? (frames, features) is the order: pass {name}.T"
            if x.shape[0] == n_features
            else ("Are deltas missing on one side?")
        )
        raise ArgumentError(
            f"{name} has shape {x.shape}: {x.shape[1]} features, wanted {n_features}. {hint}"
        )
    if not np.isfinite(x).all():
        first = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
        raise ArgumentError(
            f"{name} has {int((~np.isfinite(x)).sum())} NaN or infinite values, the first at {first}"
        )
    return x.astype(np.float64, copy=False)


def sequences(values, labels=None, *, name="sequences", n_features=None):
    """Many sequences, each (frames, features) of one width, and where there are labels: one for each.

    Parameters
    ----------
    values : iterable of array_like, (frames, features)
        The numbers of frames may differ.
    labels : sequence or None
        As many as there are sequences.
    name : str
        How the caller calls them, for the message.
    n_features : int or None
        The width wanted; None: that of the first.

    Returns
    -------
    list of ndarray, (frames, features), float64

    Raises
    ------
    ArgumentError
        None at all, one array in place of a list, a bad one among them (see `sequence`), or another number of labels.

    Examples
    --------
    >>> [x.shape for x in sequences([np.ones((3, 2)), np.ones((5, 2))], labels=["a", "b"])]
    [(3, 2), (5, 2)]
    """
    values = list(values)
    if not values:
        raise ArgumentError(
            f"{name} is empty; wanted at least one sequence of shape (frames, features)"
        )
    if labels is not None and np.shape(labels) != (len(values),):
        came = (
            f"{len(labels)} labels"
            if np.ndim(labels) == 1
            else f"labels of shape {np.shape(labels)}"
        )
        raise ArgumentError(f"{len(values)} {name} and {came}; wanted one label for each sequence")
    shapes = {np.shape(x) for x in values}
    rows, widths = (
        {shape[axis] for shape in shapes} if all(len(s) == 2 for s in shapes) else set()
        for axis in (0, 1)
    )
    if n_features is None and len(widths) > 1:
        hint = (
            f"All have {rows.pop()} rows: turned round? (frames, features) is the order: pass x.T of each"
            if len(rows) == 1
            else "Were deltas added to some of them only? Or is one turned round: pass x.T of it"
        )
        raise ArgumentError(
            f"{name} have {min(widths)} to {max(widths)} features; wanted one width. {hint}"
        )
    return [sequence(x, f"{name}[{i}]", n_features=n_features) for i, x in enumerate(values)]


def labels_like(labels, known):
    """Labels as an array, of the kind that a recogniser has learned: strings or numbers.

    Raises
    ------
    ArgumentError
        The one where the other was learned: nothing would be equal, and the share of right answers 0.

    Examples
    --------
    >>> labels_like(["3", "1"], np.array(["1", "3"])).tolist()
    ['3', '1']
    """
    labels = np.asarray(labels)
    if (labels.dtype.kind in "US") != (known.dtype.kind in "US"):
        raise ArgumentError(
            f"labels such as {labels.flat[0].item()!r} came; those learned are such as "
            f"{known[0].item()!r}. Strings on one side, numbers on the other?"
        )
    return labels


def divides(n, whole, name, of):
    """Refuse a number of parts that leaves a rest.

    Examples
    --------
    >>> divides(4, 144, "n_heads", "d_model")
    """
    if integer(whole, of) % integer(n, name):
        raise ArgumentError(f"{of} = {whole}, {name} = {n}; wanted {of} in {n} equal parts")


def odd(size, name="size", *, low=1):
    """An odd whole number: of a filter that has a middle, and so a delay of whole samples.

    Examples
    --------
    >>> odd(15, "kernel_size")
    15
    """
    if integer(size, name, low=low) % 2 == 0:
        raise ArgumentError(
            f"{name} = {size}; wanted an odd number: one in the middle and as many on either side"
        )
    return size


def symbols(values, name="symbols"):
    """A row of symbols, such as characters, words or ids: a string as it is, everything else as a list.

    Parameters
    ----------
    values : str, or sequence, array or tensor of hashable, (n,)
    name : str
        How the caller calls it, for the message.

    Returns
    -------
    str or list
        Numbers as Python's own: two equal tensors are not found under one key of a dictionary.

    Raises
    ------
    ArgumentError
        Not a sequence, or a sequence of sequences.

    Examples
    --------
    >>> symbols(np.array([3, 1, 4]))
    [3, 1, 4]
    """
    if isinstance(values, str):
        return values
    try:
        values = [value.tolist() if hasattr(value, "tolist") else value for value in values]
    except TypeError:
        raise ArgumentError(
            f"{name} = {values!r:.60} ({type(values).__name__}); wanted a string, or a sequence of "
            "symbols"
        ) from None
    for value in values:
        if not isinstance(value, Hashable):
            raise ArgumentError(
                f"{name} hold {value!r:.60}; wanted one row of symbols. Several texts? One at a time"
            )
    return values


def warn(message):
    """A warning that points to the caller's own line: the nearest one outside the library, however deep it was found.

    Examples
    --------
    >>> with warnings.catch_warnings(record=True) as said:
    ...     warnings.simplefilter("always")
    ...     warn("a frame holds less than two periods")
    >>> str(said[0].message)
    'a frame holds less than two periods'
    """
    library = os.path.dirname(__file__) + os.sep
    frame, level = inspect.currentframe().f_back, 2
    while frame is not None and frame.f_code.co_filename.startswith(library):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)
