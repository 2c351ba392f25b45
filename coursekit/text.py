"""Text as a recogniser needs it: one spelling, numbers for symbols, and pieces of words. Chapters 07 and 09.

A transcript takes this way: `normalise` it, cut it into symbols (its characters, or the pieces of a `BPE`), and turn
the symbols into ids with a `Vocabulary`; back again the same way.
"""

import math
import operator
import re
import unicodedata
from collections import Counter
from functools import partial
from itertools import pairwise

import numpy as np

from . import arguments

# --- one spelling ------------------------------------------------------------------------------------------------


def _string(text, name="text"):
    if not isinstance(text, str):
        raise arguments.ArgumentError(
            f"{name} is {type(text).__name__}, {text!r:.60}; wanted a string"
        )
    return text


def _texts(texts, name="texts"):
    if isinstance(texts, str):
        raise arguments.ArgumentError(
            f"{name} is one string, {texts!r:.60}; wanted a list of them: [text]"
        )
    texts = [_string(text, f"one of {name}") for text in texts]
    if not any(texts):
        raise arguments.ArgumentError(
            f"{name} hold no character ({len(texts)} texts); wanted at least one"
        )
    return texts


@arguments.checks(text=_string)
def normalise(text, *, inside="'", replace=None):
    """One spelling for all that sounds alike: lower case, words and single spaces, nothing else.

    Parameters
    ----------
    text : str
    inside : str
        Characters that stay where they stand between two letters or digits; every other one that is neither becomes
        a space. "'" keeps don't whole, "'-" also кто-то.
    replace : dict of str to str, optional
        Exchanged after the change to lower case, in this order: {"ё": "е"} for transcripts that are not sure of ё.

    Returns
    -------
    str
        Letters (of any script, й and ё composed) and digits. Stress marks go: combining accents that no letter takes
        in, and a + before a Russian vowel (вол+ос). Numbers are not spelled out. Scripts that write vowels as marks
        (Hindi, Thai) lose them, and need a function of their own.

    Raises
    ------
    arguments.ArgumentError
        Not a string.

    References
    ----------
    The Unicode Standard, annex 15, form C. Chapter 07.

    Examples
    --------
    >>> normalise("Она завела, прядь волнистых вол+ос - ЗА УХО!")
    'она завела прядь волнистых волос за ухо'
    >>> normalise("Don’t   stop: it's 9 o'clock.")
    "don't stop it's 9 o'clock"
    >>> normalise("Кто-то ещё?", inside="-", replace={"ё": "е"})
    'кто-то еще'
    """
    text = unicodedata.normalize("NFC", text).lower().replace("’", "'")
    text = re.sub("[\u0300\u0301]|\\+(?=[аеёиоуыэюя])", "", text)
    for old, new in (replace or {}).items():
        text = text.replace(old, new)
    letters = r"[^\W_]+"
    between = rf"(?:[{re.escape(inside)}]{letters})*" if inside else ""
    return " ".join(re.findall(letters + between, text))


# --- numbers for symbols -----------------------------------------------------------------------------------------


def _distinct(symbols, name="symbols"):
    """The symbols of a vocabulary as a tuple."""
    if isinstance(symbols, set | frozenset):
        raise arguments.ArgumentError(
            f"symbols are a set, {symbols!r:.60}; its order changes from run to run, and the "
            "ids with it: wanted sorted(symbols), or Vocabulary.of(texts)"
        )
    symbols = tuple(arguments.symbols(symbols))
    if not symbols or not all(isinstance(symbol, str) and symbol for symbol in symbols):
        raise arguments.ArgumentError(
            f"symbols = {symbols!r}; wanted strings, at least one, none of them empty (the "
            "blank is no symbol: it has id 0 by itself)"
        )
    if len(set(symbols)) < len(symbols):
        twice, _ = Counter(symbols).most_common(1)[0]
        raise arguments.ArgumentError(
            f"symbols hold {twice!r} more than once; each needs an id of its own. "
            "Vocabulary.of(texts) takes the characters of texts"
        )
    return symbols


def _ids_of_symbols(self, ids):
    """Ids that a vocabulary knows, as a list of int."""
    n_symbols = len(self.symbols)
    try:
        ids = [operator.index(id) for id in ids]
    except TypeError:
        raise arguments.ArgumentError(
            f"ids = {ids!r}; wanted whole numbers, one sequence of them. Decode a batch row "
            "by row, without its padding"
        ) from None
    for position, id in enumerate(ids):
        if not 1 <= id <= n_symbols:
            hint = (
                "0 is the blank: collapse a path first (ctc.collapse), cut the padding off a target"
                if id == 0
                else f"this vocabulary has ids 1 to {n_symbols}"
            )
            raise arguments.ArgumentError(f"id {id} at position {position} is no symbol's; {hint}")
    return {"ids": ids}


class Vocabulary:
    """Symbols and their ids: 0 is the blank, the first symbol is 1.

    Parameters
    ----------
    symbols : str or iterable of str
        The characters of a string, or strings of any length (phones, the pieces of a `BPE`), all different.

    Attributes
    ----------
    symbols : tuple of str
        Without the blank: id k is symbols[k - 1].
    blank : int
        0, and no symbol's id: the blank of CTC, and the mark of begin and end of an encoder-decoder.

    Raises
    ------
    arguments.ArgumentError
        No symbols, one twice, an empty one.

    Notes
    -----
    len(vocabulary) counts the blank: it is the number of classes of a model. Chapter 07.

    Examples
    --------
    >>> digits = Vocabulary("0123456789")
    >>> len(digits), digits.encode("314"), digits.decode([4, 2, 5])
    (11, array([4, 2, 5]), '314')
    """

    blank = 0

    @arguments.checks(symbols=_distinct)
    def __init__(self, symbols):
        self.symbols = symbols
        self.ids = {symbol: id for id, symbol in enumerate(self.symbols, start=1)}

    @classmethod
    @arguments.checks(texts=_texts)
    def of(cls, texts):
        """The vocabulary of all characters in texts, in the order of their code points.

        Examples
        --------
        >>> Vocabulary.of(["да", "нет"]).symbols
        ('а', 'д', 'е', 'н', 'т')
        """
        return cls(sorted(set().union(*texts)))

    @arguments.checks(text=arguments.symbols)
    def encode(self, text):
        """Ids of a string's characters, or of a list of symbols.

        Parameters
        ----------
        text : str or sequence of str

        Returns
        -------
        ndarray of int64, (n,)

        Raises
        ------
        arguments.ArgumentError
            Names the symbol that the vocabulary lacks, its position (from 0) and the text.
        """
        try:
            return np.array([self.ids[symbol] for symbol in text], dtype=np.int64)
        except KeyError:
            raise unknown_symbol(text, self.ids) from None

    @arguments.checks(_ids_of_symbols)
    def decode(self, ids):
        """The string that ids spell; nothing is skipped.

        Parameters
        ----------
        ids : sequence of int, (n,)
            1 to len(vocabulary) - 1.

        Raises
        ------
        arguments.ArgumentError
            An id that is no symbol's. Blanks and repetitions are for ctc.collapse to remove, not for this.
        """
        return "".join(self.symbols[id - 1] for id in ids)

    def __len__(self):
        return 1 + len(self.symbols)

    def __contains__(self, symbol):
        return symbol in self.ids

    def __eq__(self, other):
        return isinstance(other, Vocabulary) and self.symbols == other.symbols

    def __hash__(self):
        return hash(self.symbols)

    def __repr__(self):
        characters = all(len(symbol) == 1 for symbol in self.symbols)
        return f"Vocabulary({''.join(self.symbols) if characters else self.symbols!r})"


def unknown_symbol(text, known):
    """The error to raise about the first symbol of a text that is not among the known ones."""
    position, symbol = next((i, symbol) for i, symbol in enumerate(text) if symbol not in known)
    name = ""
    if isinstance(symbol, str) and len(symbol) == 1:
        name = f" (U+{ord(symbol):04X} {unicodedata.name(symbol, 'without a name')})"
    listing = " ".join(map(repr, list(known)[:60])) + (" ..." if len(known) > 60 else "")
    hint = ""
    if isinstance(symbol, str):
        hint = " Is the text normalised (text.normalise)?" if normalise(symbol) != symbol else ""
        hint = " A capital letter: call text.normalise first." if symbol.lower() in known else hint
    return arguments.ArgumentError(
        f"{symbol!r}{name} at position {position} of {text!r} is unknown; "
        f"known are {len(known)}: {listing}.{hint}"
    )


# --- pieces of words ---------------------------------------------------------------------------------------------

END_OF_WORD = "_"  # the paper's program writes </w>


def merge_pair(symbols, pair):
    """Every neighbouring pair of symbols joined into one, from the left.

    Examples
    --------
    >>> merge_pair(["a", "b", "a", "b", "b"], ("a", "b"))
    ['ab', 'ab', 'b']
    """
    merged = []
    for symbol in symbols:
        # what "pair" made can begin no new pair: it is longer than pair[0]
        if merged and (merged[-1], symbol) == pair:
            merged[-1] += symbol
        else:
            merged.append(symbol)
    return merged


def learn_merges(word_counts, *, n_merges):
    """Byte-pair encoding: join the most frequent pair of neighbours, again and again.

    Parameters
    ----------
    word_counts : dict of str to int
        How often each word occurs.
    n_merges : int
        At most so many; fewer when all words have become one symbol.

    Returns
    -------
    list of tuple (str, str)
        Of equally frequent pairs, the one met first going through the words in their order.

    References
    ----------
    Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword units", 2016, algorithm 1.
    Chapter 09, equation 18.

    Examples
    --------
    The paper's program, its own words:

    >>> learn_merges({"low": 5, "lower": 2, "newest": 6, "widest": 3}, n_merges=4)
    [('e', 's'), ('es', 't'), ('est', '_'), ('l', 'o')]
    """
    words = {word: [*word, END_OF_WORD] for word in word_counts}
    pairs = Counter()
    for word, symbols in words.items():
        for pair in pairwise(symbols):
            pairs[pair] += word_counts[word]
    merges = []
    while len(merges) < n_merges and (most := max(pairs.values(), default=0)) > 0:
        best = next(
            pair for symbols in words.values() for pair in pairwise(symbols) if pairs[pair] == most
        )
        merges.append(best)
        for word, symbols in words.items():
            if "".join(best) in word + END_OF_WORD:  # no other word changes
                words[word] = merge_pair(symbols, best)
                for pair in pairwise(symbols):
                    pairs[pair] -= word_counts[word]
                for pair in pairwise(words[word]):
                    pairs[pair] += word_counts[word]
    return merges


def _alphabet(characters, name="alphabet"):
    """The characters of words, sorted."""
    characters = tuple(sorted(set(characters)))
    if END_OF_WORD in characters or any(len(c) != 1 or c.isspace() for c in characters):
        raise arguments.ArgumentError(
            f"{name} = {characters!r}; wanted single characters, no space, and not "
            f"{END_OF_WORD!r}, which marks the end of a word"
        )
    return characters


def _strings(pieces, name):
    return [_string(piece, f"one of {name}") for piece in pieces]


class BPE:
    """Words cut into pieces: frequent words whole, rare ones in parts. Byte-pair encoding.

    Parameters
    ----------
    alphabet : iterable of str
        The characters that texts may hold, besides the space.
    merges : sequence of (str, str)
        As `learn_merges` returns them; BPE(bpe.alphabet, bpe.merges[:100]) cuts finer.

    Attributes
    ----------
    symbols : tuple of str
        All pieces: the end of word, the alphabet, what the merges make. Vocabulary(bpe.symbols) gives them ids.

    References
    ----------
    Sennrich, Haddow and Birch, 2016. Chapter 09.

    Examples
    --------
    >>> bpe = BPE.train(["low low low low low lower lower", "newest newest newest widest"], n_merges=8)
    >>> bpe.encode("lowest low")
    ['low', 'est_', 'low_']
    >>> bpe.decode(bpe.encode("lowest low"))
    'lowest low'
    """

    @arguments.checks(alphabet=_alphabet)
    def __init__(self, alphabet, merges):
        self.alphabet, self.merges = alphabet, tuple(map(tuple, merges))
        self.ranks = {pair: rank for rank, pair in enumerate(self.merges)}
        made = [left + right for left, right in self.merges]
        self.symbols = tuple(dict.fromkeys([END_OF_WORD, *self.alphabet, *made]))
        self._pieces = {}  # of words met before

    @classmethod
    @arguments.checks(n_merges=partial(arguments.integer, low=0), texts=_texts)
    def train(cls, texts, *, n_merges):
        """Learns the merges from texts, whose words stand between spaces.

        Parameters
        ----------
        texts : sequence of str
        n_merges : int
            0: characters. Fewer are learned when all words have become one piece.
        """
        words = Counter(word for text in texts for word in text.split())
        return cls(set().union(*words), learn_merges(words, n_merges=n_merges))

    @arguments.checks(text=_string)
    def encode(self, text):
        """Pieces of a text: in each word the merges are done in the order they were learned in.

        Raises
        ------
        arguments.ArgumentError
            A character that is not in the alphabet, by name and position.
        """
        return [piece for word in text.split() for piece in self._encode_word(word, text)]

    def _encode_word(self, word, text):
        if word not in self._pieces:
            if not set(word) <= set(self.alphabet):
                raise unknown_symbol(text, {" ": 0, **dict.fromkeys(self.alphabet)})
            symbols = [*word, END_OF_WORD]
            while len(symbols) > 1:
                first = min(pairwise(symbols), key=lambda pair: self.ranks.get(pair, math.inf))
                if first not in self.ranks:
                    break
                symbols = merge_pair(symbols, first)
            self._pieces[word] = tuple(symbols)
        return self._pieces[word]

    @arguments.checks(pieces=_strings)
    def decode(self, pieces):
        """The text that pieces (or Vocabulary.decode's string of them) spell."""
        return "".join(pieces).replace(END_OF_WORD, " ").strip()
