"""How good is it? One number a function, the truth first. Chapter 01: signal-to-noise ratio."""

import numpy as np

from . import arguments


def snr(reference, estimate):
    """Signal-to-noise ratio of an estimate, in dB; the noise is all that differs from the reference.

    Parameters
    ----------
    reference : array_like, (..., n)
        The true signal.
    estimate : array_like, (..., n)
        What became of it: quantised, decoded, denoised. Same shape and in step to the sample.

    Returns
    -------
    float or ndarray, (...)
        10 log10(sum reference^2 / sum (reference - estimate)^2), dB; inf for two equal signals.

    Raises
    ------
    arguments.ArgumentError
        Shapes differ, or the reference is silent (its SNR has no meaning).

    Notes
    -----
    Chapter 01. A delay of one sample or a changed level counts as noise.

    Examples
    --------
    >>> float(round(snr([1.0, -1.0, 1.0, -1.0], [0.9, -0.9, 0.9, -0.9]), 6))
    20.0
    """
    reference, estimate = arguments.signal(reference, "reference"), arguments.signal(estimate, "estimate")
    arguments.same_shape(reference, estimate)
    reference, estimate = reference.astype(np.float64), estimate.astype(np.float64)
    signal_energy = np.sum(reference**2, axis=-1)
    if np.any(signal_energy == 0):
        raise arguments.ArgumentError("reference is silent (all zeros): a ratio to it has no meaning")
    noise_energy = np.sum((reference - estimate) ** 2, axis=-1)
    with np.errstate(divide="ignore"):
        return 10 * np.log10(signal_energy / noise_energy)
