"""Training: batches of unequal sequences, the loop, rates that rise and fall. Chapters 07 to 09."""

import contextlib
import math
import time
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch

from . import arguments
from .arguments import ArgumentError


@dataclass(frozen=True)
class Batch:
    """Sequences of unequal length side by side, zeros after the end of each.

    Attributes
    ----------
    features : Tensor, (batch, frames, n_features)
    lengths : Tensor of int64, (batch,)
        Frames of each that are real.
    targets : Tensor of int64, (batch, n)
        Ids from 1; 0 after the end.
    target_lengths : Tensor of int64, (batch,)
    """

    features: torch.Tensor
    lengths: torch.Tensor
    targets: torch.Tensor
    target_lengths: torch.Tensor

    def __len__(self):
        return len(self.lengths)

    def to(self, device):
        """The same on another device."""
        return type(self)(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


def _example(number, features, ids):
    """One pair as tensors, or an error that says which pair is wrong."""
    x = torch.as_tensor(np.asarray(features), dtype=torch.float32)
    ids = np.asarray(ids)
    if len(ids) and ids.dtype.kind not in "iu":
        raise ArgumentError(
            f"ids of example {number} are {ids.dtype}; wanted whole numbers: "
            "text.Vocabulary.encode makes them of a text"
        )
    ids = torch.as_tensor(ids.astype(np.int64))
    if x.ndim != 2 or len(x) == 0:
        raise ArgumentError(
            f"features of example {number} have shape {tuple(x.shape)}; wanted (frames, n_features), "
            "at least one frame. An empty utterance? Leave it out"
        )
    if not torch.isfinite(x).all():
        raise ArgumentError(
            f"features of example {number} hold NaN or infinite values; wanted finite numbers"
        )
    if ids.ndim != 1 or (ids < 1).any():
        raise ArgumentError(
            f"ids of example {number} are {ids.tolist()}; wanted a row of ids from 1 (0 is the blank)"
        )
    return x, ids


def _of_one_width(examples, name):
    """All pairs as tensors, or an error that says what is wrong."""
    examples = [_example(number, *example) for number, example in enumerate(examples)]
    widths = {x.shape[1] for x, _ in examples}
    if len(widths) != 1:
        raise ArgumentError(
            f"{len(examples)} {name} with {sorted(widths)} features to a frame; "
            "wanted at least one example, all of one width: (frames, features)"
        )
    return examples


@arguments.checks(examples=_of_one_width)
def collate(examples):
    """Pairs of (features, ids) as one Batch.

    Parameters
    ----------
    examples : sequence of (array_like (frames, n_features), sequence of int)
        Ids from 1; 0 is the blank.

    Returns
    -------
    Batch
        Features in float32.

    Raises
    ------
    ArgumentError
        No example, an empty utterance, NaN, unequal widths, ids below 1.

    Examples
    --------
    >>> batch = collate([(np.zeros((5, 2)), [1, 2, 1]), (np.ones((3, 2)), [2])])
    >>> batch.features.shape, batch.lengths
    (torch.Size([2, 5, 2]), tensor([5, 3]))
    >>> batch.targets
    tensor([[1, 2, 1],
            [2, 0, 0]])
    """
    features = torch.nn.utils.rnn.pad_sequence([x for x, _ in examples], batch_first=True)
    targets = torch.nn.utils.rnn.pad_sequence([ids for _, ids in examples], batch_first=True)
    lengths = torch.tensor([len(x) for x, _ in examples])
    target_lengths = torch.tensor([len(ids) for _, ids in examples])
    return Batch(features, lengths, targets, target_lengths)


def _at_least_one(examples, name):
    if len(examples) == 0:
        raise ArgumentError(f"no {name}; wanted at least one pair of (features, ids)")
    return examples


@arguments.checks(batch_size=arguments.integer, examples=_at_least_one)
def batches(examples, *, batch_size, generator=None, epochs=1):
    """Examples as batches; with a generator: shuffled, those of like length together.

    Parameters
    ----------
    examples : sequence of (array_like (frames, n_features), sequence of int)
    batch_size : int
        The last batch of an epoch may be smaller.
    generator : torch.Generator or None
        None: in the order given.
    epochs : int or None
        How often to go through all of them; None: without end, as training by steps wants it.

    Yields
    ------
    Batch

    Examples
    --------
    >>> examples = [(np.zeros((n, 2)), [1]) for n in (9, 2, 8, 3)]
    >>> [batch.lengths.tolist() for batch in batches(examples, batch_size=2)]
    [[9, 2], [8, 3]]
    >>> generator = torch.Generator().manual_seed(0)
    >>> sorted(batch.lengths.tolist() for batch in batches(examples, batch_size=2, generator=generator))
    [[2, 3], [8, 9]]
    """
    lengths = torch.tensor([len(features) for features, _ in examples])
    epoch = 0
    while epochs is None or epoch < epochs:
        order = torch.arange(len(examples))
        if generator is not None:  # near neighbours in length, another neighbourhood in each epoch
            about = lengths * (0.9 + 0.2 * torch.rand(len(lengths), generator=generator))
            order = torch.argsort(about)
        groups = order.split(batch_size)
        if generator is not None:
            groups = [groups[i] for i in torch.randperm(len(groups), generator=generator)]
        for group in groups:
            yield collate([examples[i] for i in group])
        epoch += 1


@dataclass
class History:
    """What happened in training, a number for each step.

    Attributes
    ----------
    losses, learning_rates, seconds : list of float
        The loss before the update, the rate of the update, the time since the start.
    notes : list of (step, value)
        What on_step returned, where it was not None.
    """

    losses: list = field(default_factory=list)
    learning_rates: list = field(default_factory=list)
    seconds: list = field(default_factory=list)
    notes: list = field(default_factory=list)


def _gives_one_number(loss_fn, name):
    """The same function, but what it returns is looked at."""

    def looked_at(model, batch):
        loss = loss_fn(model, batch)
        if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
            came = (
                f"of shape {tuple(loss.shape)}"
                if isinstance(loss, torch.Tensor)
                else type(loss).__name__
            )
            raise ArgumentError(
                f"{name} returned a loss {came}; wanted a tensor of one number. Take the mean?"
            )
        return loss

    return looked_at


@arguments.checks(
    steps=arguments.integer,
    every=partial(arguments.integer, low=0),
    clip=partial(arguments.real, above=0),
    loss_fn=_gives_one_number,
)
def fit(
    model, batches, loss_fn, *, optimizer, steps, scheduler=None, clip=None, every=50, on_step=None
):
    """Train a model: take a batch, find the loss and its gradient, make a step, `steps` times.

    Parameters
    ----------
    model : torch.nn.Module
        Is changed in place; left in training mode.
    batches : iterable
        Begun anew when it ends; a generator must yield enough.
    loss_fn : callable
        (model, batch) -> the loss, a tensor of one number.
    optimizer : torch.optim.Optimizer
    steps : int
    scheduler : torch.optim.lr_scheduler.LRScheduler or None
        Is stepped after each update.
    clip : float or None
        The longest gradient (norm over all parameters); a longer one is shortened to this.
    every : int
        Steps between two progress lines; 0: none.
    on_step : callable or None
        (step, model) after each update, steps counted from 1: to measure or to draw. What it returns is kept.

    Returns
    -------
    History

    Raises
    ------
    ArgumentError
        The loss is NaN or infinite, or the batches end too soon.

    References
    ----------
    Chapter 07, section 6.

    Examples
    --------
    >>> model = torch.nn.Linear(1, 1)
    >>> data = [(torch.tensor([[1.0]]), torch.tensor([[2.0]]))]
    >>> def squared_error(model, batch):
    ...     return (model(batch[0]) - batch[1]).square().mean()
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> history = fit(model, data, squared_error, optimizer=optimizer, steps=40, every=0)
    >>> len(history.losses), history.losses[-1] < 1e-6
    (40, True)
    """
    history, start = History(), time.perf_counter()
    model.train()
    for step, batch in enumerate(repeated(batches, steps=steps), start=1):
        optimizer.zero_grad()
        loss = loss_fn(model, batch)
        if not loss.isfinite():
            raise diverged(loss, step, optimizer, clip)
        loss.backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        history.losses.append(loss.item())
        history.learning_rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        history.seconds.append(time.perf_counter() - start)
        note = None if on_step is None else on_step(step, model)
        model.train()  # on_step may have measured in evaluation mode
        if note is not None:
            history.notes.append((step, note))
        if every and (step % every == 0 or step == steps):
            recent = np.mean(history.losses[-every:])
            took = f"{history.seconds[-1]:.0f} s"
            print(f"\rstep {step}/{steps}   loss {recent:.3f}   {took} ", end="", flush=True)
    if every:
        print()
    return history


@arguments.checks(steps=arguments.integer)
def repeated(batches, *, steps):
    """`steps` batches; a list, or a DataLoader, is begun anew when it ends.

    Parameters
    ----------
    batches : iterable
    steps : int

    Raises
    ------
    ArgumentError
        A generator that ends too soon: it cannot be begun anew.

    Examples
    --------
    >>> list(repeated(["a", "b"], steps=3))
    ['a', 'b', 'a']
    """
    given = 0
    while given < steps:
        before = given
        for batch in batches:
            yield batch
            given += 1
            if given == steps:
                return
        if given == before:
            raise ArgumentError(
                f"the batches ended after {given} of {steps} steps; wanted a list, a DataLoader, or a "
                "generator that yields enough: train.batches(..., epochs=None)"
            )


def diverged(loss, step, optimizer, clip):
    """The error to raise about a loss that is NaN or infinite."""
    rate = optimizer.param_groups[0]["lr"]
    return ArgumentError(
        f"the loss is {loss.item()} at step {step}; training cannot go on. Likely: a learning rate too high (now "
        f"{rate:g}), no clipping (clip={clip}), a text longer than its frames allow (CTC), a logarithm or a "
        "division of 0 in the features, or attention that may look nowhere"
    )


@contextlib.contextmanager
def seeded(seed):
    """Inside, torch draws its random numbers from this seed; outside, nothing changes.

    Parameters
    ----------
    seed : int

    Examples
    --------
    >>> with seeded(0):
    ...     first = torch.nn.Linear(2, 2)
    >>> with seeded(0):
    ...     second = torch.nn.Linear(2, 2)
    >>> torch.equal(first.weight, second.weight)
    True
    """
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        yield


@arguments.checks(warmup=arguments.integer)
def noam(optimizer, *, d_model, warmup, factor=1.0):
    """The Transformer's rate, whatever rate the optimizer had:
    factor d_model^-0.5 min(step^-0.5, step warmup^-1.5).

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
    d_model, warmup : int
        The rate rises for `warmup` steps, then falls.
    factor : float

    Returns
    -------
    torch.optim.lr_scheduler.LambdaLR

    References
    ----------
    Vaswani and others, "Attention is all you need", 2017, equation 3. Chapter 09, equation 15.

    Examples
    --------
    >>> optimizer = torch.optim.Adam(torch.nn.Linear(1, 1).parameters())
    >>> schedule = noam(optimizer, d_model=100, warmup=25)
    >>> optimizer.param_groups[0]["lr"]
    0.0008
    """
    for group in optimizer.param_groups:
        group["lr"] = group["initial_lr"] = 1.0  # the schedule's factor is then the rate itself

    def rate(updates):
        step = updates + 1
        return factor * d_model**-0.5 * min(step**-0.5, step * warmup**-1.5)

    return torch.optim.lr_scheduler.LambdaLR(optimizer, rate)


def _shorter_than_all(steps, warmup):
    arguments.integer(warmup, "warmup", low=0, high=steps - 1)


@arguments.checks(_shorter_than_all, steps=arguments.integer)
def warmup_cosine(optimizer, *, steps, warmup):
    """The optimizer's rate, reached in even steps, and brought down to 0 along half a cosine.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
    steps, warmup : int
        In all, and of them until the full rate.

    Returns
    -------
    torch.optim.lr_scheduler.LambdaLR

    References
    ----------
    Loshchilov and Hutter, "SGDR", 2017, equation 5. Chapter 09, equation 16.

    Examples
    --------
    >>> optimizer = torch.optim.Adam(torch.nn.Linear(1, 1).parameters(), lr=0.1)
    >>> schedule = warmup_cosine(optimizer, steps=8, warmup=4)
    >>> [round(0.1 * schedule.lr_lambdas[0](n), 3) for n in range(8)]
    [0.025, 0.05, 0.075, 0.1, 0.1, 0.085, 0.05, 0.015]
    """

    def share(updates):
        if updates < warmup:
            return (updates + 1) / warmup
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (updates - warmup) / (steps - warmup))))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, share)


def _of_one_model(states, name):
    states = list(states)
    if not states or any(state.keys() != states[0].keys() for state in states):
        raise ArgumentError(
            f"{len(states)} {name}; wanted one or more of the same model: "
            "copy.deepcopy(model.state_dict()), or training goes on changing it"
        )
    return states


@arguments.checks(states=_of_one_model)
def average(states):
    """The mean of several states of one model, which is often better than each.

    Parameters
    ----------
    states : sequence of dict of Tensor
        model.state_dict() at several times; whole numbers (counters) are taken from the last.

    Returns
    -------
    dict of Tensor

    References
    ----------
    Vaswani and others, "Attention is all you need", 2017, section 6.1 (the last 5 or 20 checkpoints). Chapter 09.

    Examples
    --------
    >>> average([{"w": torch.tensor([1.0])}, {"w": torch.tensor([2.0])}])
    {'w': tensor([1.5000])}
    """
    mean = dict(states[-1])
    for name, last in mean.items():
        if last.is_floating_point():
            mean[name] = torch.stack([state[name] for state in states]).mean(dim=0)
    return mean
