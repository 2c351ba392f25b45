"""Which text is likely? n-gram language models over characters or words. Chapter 07.

A sentence is any sequence of symbols: a string is its characters, a list of words is words. Each sentence begins after
START and ends with END, which is predicted like a symbol; START never is. Probabilities are natural logarithms.

Both smoothings mix the estimate in a context with that in the next shorter one, down to a base that needs no counts:

    p(w | h) = own(h, w) + weight(h) p(w | h without its first symbol)

where own takes a little from every count, and weight(h) is what it took, so that the sum over w stays 1.
"""

import math
from collections import Counter, defaultdict
from functools import partial

import numpy as np

from . import arguments
from .text import unknown_symbol

START, END, UNKNOWN = "<s>", "</s>", "<unk>"


def count(sequences, *, order):
    """How often each symbol followed each context of 0 to order - 1 symbols.

    Parameters
    ----------
    sequences : iterable of sequences
        Sentences, without START and END.
    order : int
        n of the n-grams.

    Returns
    -------
    dict of tuple to Counter
        counts[context][symbol]; a context that reaches back to the beginning starts with START.

    References
    ----------
    Chapter 07.

    Examples
    --------
    >>> count(["ab", "aa"], order=2)["a",]
    Counter({'b': 1, 'a': 1, '</s>': 1})
    """
    counts = defaultdict(Counter)
    for sequence in sequences:
        symbols = (START, *sequence, END)
        for i in range(1, len(symbols)):
            for n in range(min(i + 1, order)):
                counts[symbols[i - n : i]][symbols[i]] += 1
    return counts


def witten_bell(counts):
    """A symbol is new in its context as often as new symbols came in it: D of N + D times.

    Parameters
    ----------
    counts : dict of tuple to Counter
        As `count` returns them.

    Returns
    -------
    dict of tuple to (dict, float)
        table[context] = own, weight: own[symbol] = c / (N + D), weight = D / (N + D), where N counts what
        followed the context, and D how many different symbols.

    References
    ----------
    Witten and Bell, "The zero-frequency problem", 1991, method C; Chen and Goodman, "An empirical study of smoothing
    techniques for language modeling", 1998, section 2. Chapter 07, equation 11.

    Examples
    --------
    >>> witten_bell({(): Counter(a=3, b=1)})
    {(): ({'a': 0.5, 'b': 0.16666666666666666}, 0.3333333333333333)}
    """
    table = {}
    for context, followers in counts.items():
        total, kinds = followers.total(), len(followers)
        own = {symbol: c / (total + kinds) for symbol, c in followers.items()}
        table[context] = own, kinds / (total + kinds)
    return table


def kneser_ney(counts):
    """Every count gives up D; a shorter context counts in how many longer ones a symbol came.

    Parameters
    ----------
    counts : dict of tuple to Counter
        As `count` returns them.

    Returns
    -------
    dict of tuple to (dict, float)
        table[context] = own, weight: own[symbol] = (c - D) / N and weight = D T / N. In the longest contexts, and in
        those that reach back to the beginning, c counts occurrences; in all others, the different symbols
        that stood before context and symbol. D = n1 / (n1 + 2 n2) for each length of context,
        where n1 and n2 of the c are 1 and 2; 0.75 where one of the two is 0.

    References
    ----------
    Kneser and Ney, "Improved backing-off for m-gram language modeling", 1995; interpolated as in Chen and Goodman,
    1998, section 2. Chapter 07.

    Examples
    --------
    >>> kneser_ney({(): Counter(a=2, b=1, c=1)})
    {(): ({'a': 0.375, 'b': 0.125, 'c': 0.125}, 0.375)}
    """
    longest = max(map(len, counts))
    seen = {context: Counter() for context in counts}
    for context, followers in counts.items():
        if len(context) == longest or context[:1] == (START,):
            seen[context] = followers
        if context:
            shorter = context[1:]
            seen[shorter].update(followers.keys())
    table = {}
    for length in range(longest + 1):
        level = {context: c for context, c in seen.items() if len(context) == length}
        n = Counter(c for followers in level.values() for c in followers.values())
        discount = n[1] / (n[1] + 2 * n[2]) if n[1] and n[2] else 0.75
        for context, followers in level.items():
            total = followers.total()
            own = {symbol: (c - discount) / total for symbol, c in followers.items()}
            table[context] = own, discount * len(followers) / total
    return table


def interpolate(table, symbol, context, *, base):
    """p(symbol | context): the base first, then mixed with ever longer ends of the context.

    Parameters
    ----------
    table : dict of tuple to (dict, float)
        As `witten_bell` and `kneser_ney` return it.
    symbol : hashable
    context : tuple
        What came before, START included.
    base : float
        The symbol's probability when nothing is known.

    Returns
    -------
    float

    References
    ----------
    Chapter 07.

    Examples
    --------
    >>> interpolate(witten_bell(count(["ab", "aa"], order=2)), "b", ("a",), base=1 / 3)
    0.2777777777777778
    """
    p = base
    for length in range(len(context) + 1):
        end = context[len(context) - length :]
        if end not in table:  # then no longer one was seen
            break
        own, weight = table[end]
        p = own.get(symbol, 0.0) + weight * p
    return p


def _spelling_is_of_use(open_vocabulary, spelling):
    if spelling is not None and not open_vocabulary:
        raise arguments.ArgumentError(
            "spelling was given; only an open vocabulary has unknown words to spell"
        )


def _sentences(sequences, name="sequences"):
    if isinstance(sequences, str):
        raise arguments.ArgumentError(
            f"one string came, {sequences!r:.60}; wanted a list of sentences: [text], or "
            "[text.split()] for a model of words"
        )
    sequences = [arguments.symbols(sequence, "a sentence") for sequence in sequences]
    if not sequences:
        raise arguments.ArgumentError("no sentences came; wanted at least one")
    for number, sequence in enumerate(sequences):
        if len(sequence) == 0:
            raise arguments.ArgumentError(
                f"sentence {number} of {len(sequences)} is empty; leave empty ones out"
            )
    return sequences


def _symbols_of_sentences(self, sequences, symbols):
    """The symbols that are to be known, and no others in the sentences."""
    if self.open_vocabulary and symbols is not None:
        raise arguments.ArgumentError(
            "symbols were given; an open vocabulary takes those that it meets"
        )
    seen = set().union(*sequences)
    symbols = sorted(seen) if symbols is None else list(symbols)
    if {START, END, UNKNOWN} & (seen | set(symbols)):
        raise arguments.ArgumentError(
            f"the sentences or symbols hold {START}, {END} or {UNKNOWN}, which the model "
            "adds by itself; leave them out"
        )
    if len(set(symbols)) < len(symbols):
        raise arguments.ArgumentError(f"symbols = {symbols!r:.80} hold one twice; wanted each once")
    if not seen <= set(symbols):
        raise unknown_symbol(
            next(s for s in sequences if not set(s) <= set(symbols)), dict.fromkeys(symbols)
        )
    return {"symbols": symbols}


def _no_string_of_words(self, symbols, name):
    """Where the symbols are words, a string's characters would all be unknown ones."""
    if self._of_words and isinstance(symbols, str):
        raise arguments.ArgumentError(
            f"{name} = {symbols!r:.60} is a string, the symbols are longer; wanted a "
            f"list of them: {name}.split()"
        )


def _one_sentence(self, sequence):
    _no_string_of_words(self, sequence, "sequence")
    return {"sequence": arguments.symbols(sequence, "sequence")}


class NGram:
    """An n-gram language model over characters or words, smoothed by interpolation.

    Parameters
    ----------
    order : int
        n: how many symbols it looks at, the predicted one among them; 1 looks back at none.
    smoothing : str
        "kneser-ney", as a rule the better one, or "witten-bell", the simpler.
    open_vocabulary : bool
        False, for characters: the symbols are fixed, the base gives all of them and END the same probability, and
        any other is an error. True, for words: the base gives everything to UNKNOWN, which stands for all
        words never seen, so that their log probability is log p(UNKNOWN | context).
    spelling : NGram, optional
        For open vocabularies: a model over characters that spells unknown words; its `score` of the word is
        added. Without it every unknown word, however long and odd, costs the same.

    Attributes
    ----------
    symbols : tuple
        What can come next: END at 0, then the symbols, then UNKNOWN if the vocabulary is open.
    end : str
        END.

    Notes
    -----
    A context is all that came before in the sentence, as a string, list or tuple; only the last order - 1
    symbols count. One that is shorter reaches back to the beginning. A context never seen counts as its longest
    end that was.

    References
    ----------
    Chen and Goodman, 1998. Chapter 07.

    Examples
    --------
    >>> model = NGram(3).fit(["abra", "cadabra"])
    >>> model.log_prob("r", "ab") > model.log_prob("d", "ab")
    True
    >>> words = NGram(2, open_vocabulary=True).fit([["a", "rose", "is", "a", "rose"]])
    >>> words.log_prob("tulip", ["a"]) == words.log_prob(UNKNOWN, ["a"])
    True
    """

    end = END

    @arguments.checks(
        _spelling_is_of_use,
        order=arguments.integer,
        smoothing=partial(arguments.choice, options=("witten-bell", "kneser-ney")),
    )
    def __init__(self, order, *, smoothing="kneser-ney", open_vocabulary=False, spelling=None):
        self.order, self.smoothing = order, smoothing
        self.open_vocabulary, self.spelling = open_vocabulary, spelling
        self.symbols, self.index, self.table, self._rows, self._of_words = (), {}, {}, {}, False

    @arguments.checks(_symbols_of_sentences, sequences=_sentences)
    def fit(self, sequences, *, symbols=None):
        """Counts sentences.

        Parameters
        ----------
        sequences : iterable of sequences
            Texts for a model of characters, [text.split() for text in texts] for one of words.
        symbols : sequence, optional
            What may come, in this order; None: what came, sorted. With symbols=vocabulary.symbols the rows of
            `log_probs` are in the order of the vocabulary's ids, END in the place of the blank. Closed ones only.

        Returns
        -------
        NGram
            This one.

        Raises
        ------
        arguments.ArgumentError
            No sentences, one string in place of a list, an empty sentence, START, END or UNKNOWN in it, a symbol that
            is not among symbols.
        """
        self.symbols = (END, *symbols, UNKNOWN) if self.open_vocabulary else (END, *symbols)
        self.index = {symbol: i for i, symbol in enumerate(self.symbols)}
        self._of_words = any(isinstance(symbol, str) and len(symbol) > 1 for symbol in symbols)
        counts = count(sequences, order=self.order)
        self.table = witten_bell(counts) if self.smoothing == "witten-bell" else kneser_ney(counts)
        self._rows = {}
        return self

    def log_prob(self, symbol, context=()):
        """Natural log of p(symbol | context).

        Parameters
        ----------
        symbol : hashable
            A symbol, or END.
        context : sequence
            What came before in the sentence.

        Returns
        -------
        float

        Raises
        ------
        arguments.ArgumentError
            The model is not fitted; a closed vocabulary lacks the symbol; a string as context of words.
        """
        past = self._past(context)
        if symbol in self.index:
            return math.log(interpolate(self.table, symbol, past, base=self._base(symbol)))
        if not self.open_vocabulary:
            raise arguments.ArgumentError(
                f"{symbol!r} after {context!r} is unknown; fit(..., symbols=) says which "
                f"may come, so far {len(self.symbols) - 1}: {self.symbols[1:40]}"
            )
        spelled = 0.0 if self.spelling is None else self.spelling.score(symbol)
        return spelled + math.log(interpolate(self.table, UNKNOWN, past, base=1.0))

    def log_probs(self, context=()):
        """Natural log of p(symbol | context) for every symbol that can come next, in the order of `symbols`.

        Parameters
        ----------
        context : sequence
            What came before in the sentence.

        Returns
        -------
        ndarray, (n_symbols,), read-only
            Kept: the next context with the same end costs a look-up.
        """
        past = self._past(context)
        while past not in self.table:  # a longer context than was ever seen
            past = past[1:]
        if past not in self._rows:
            p = np.array([self._base(symbol) for symbol in self.symbols])
            for length in range(len(past) + 1):
                own, weight = self.table[past[len(past) - length :]]
                p *= weight
                p[[self.index[symbol] for symbol in own]] += list(own.values())
            self._rows[past] = np.log(p)
            self._rows[past].flags.writeable = False
        return self._rows[past]

    @arguments.checks(_one_sentence)
    def score(self, sequence):
        """Natural log of the probability of a whole sentence, its END included."""
        symbols = (*sequence, END)
        return sum(self.log_prob(symbol, symbols[:i]) for i, symbol in enumerate(symbols))

    @arguments.checks(sequences=_sentences)
    def perplexity(self, sequences):
        """How many equally likely symbols would be as hard to guess: exp(-mean log probability), END included."""
        return math.exp(
            -sum(map(self.score, sequences)) / sum(len(sequence) + 1 for sequence in sequences)
        )

    def sample(self, *, rng, max_length=200):
        """A sentence drawn from the model, as a list of symbols; cut at max_length."""
        sentence = []
        while len(sentence) < max_length:
            symbol = self.symbols[rng.choice(len(self.symbols), p=np.exp(self.log_probs(sentence)))]
            if symbol == END:
                break
            sentence.append(symbol)
        return sentence

    def _base(self, symbol):
        """What is known before anything was counted."""
        return float(symbol == UNKNOWN) if self.open_vocabulary else 1 / len(self.symbols)

    def _past(self, context):
        """The last order - 1 symbols of a context, as a tuple; START first if it is shorter."""
        if not self.table:
            raise arguments.ArgumentError(
                "this model has counted nothing yet; call fit(sentences) first"
            )
        _no_string_of_words(self, context, "context")
        if not isinstance(context, (str, tuple, list)):  # an array, a tensor: as fit takes them
            context = arguments.symbols(context, "context")
        n = self.order - 1
        if len(context) < n:
            return (START, *context)
        return tuple(context[len(context) - n :])
