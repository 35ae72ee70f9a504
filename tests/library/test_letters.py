"""Models of letters: chances against counts by hand, texts drawn from them, what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from divergences.datasets import load_prose
from divergences.letters import LETTERS, LetterModel, fit_letters

texts = st.text(alphabet=" abc", min_size=1, max_size=40)


def by_hand(text, order, before, letter, weight=5.0):
    """The chance of a letter after `before`, by counting substrings; spaces stand before the text."""
    chance = 1 / 27
    for length in range(1, order + 1):
        context = (" " * 12 + before)[12 + len(before) - length + 1 :]
        padded = " " * (length - 1) + text
        pieces = [padded[i : i + length] for i in range(len(text))]
        begun = sum(piece.startswith(context) for piece in pieces)
        chance = (pieces.count(context + letter) + weight * chance) / (begun + weight)
    return chance


@settings(max_examples=60, deadline=None)
@given(texts, texts, st.integers(0, 5), st.floats(0.1, 20))
def test_the_surprise_is_that_of_counts_by_hand(learned, text, order, weight):
    found = fit_letters(learned, order, weight=weight).surprise(text)
    expected = [-np.log(by_hand(learned, order, text[:i], text[i], weight)) for i in range(len(text))]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("order", range(5))
def test_the_chances_after_any_beginning_add_up_to_one(order):
    model = fit_letters("the rain in the drain", order)
    for before in ("", "the ", "zz", "rai"):
        last = [model.surprise(before + letter)[-1] for letter in LETTERS]
        assert np.exp(-np.array(last)).sum() == pytest.approx(1, rel=1e-13)


def test_without_pieces_all_letters_are_alike():
    assert type(fit_letters("a", 1)) is LetterModel
    np.testing.assert_allclose(fit_letters("abc", 0).surprise("xyz", base=27), 1, rtol=1e-14)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_a_text_drawn_from_a_model_has_its_frequencies_and_its_surprise(order):
    model = fit_letters("abracadabra alakazam ", order)
    drawn = model.write(4000, rng=1)
    assert drawn == model.write(4000, rng=1) != model.write(4000, rng=2)
    # The mean surprise of a text at its own model is near the model's entropy: two draws agree.
    means = [model.surprise(model.write(4000, rng=seed)).mean() for seed in (2, 3)]
    assert means[0] == pytest.approx(means[1], abs=0.1)


@pytest.mark.parametrize(("before", "letter"), [("", "b"), ("a", "b"), ("ra", " "), ("br", "a")])
def test_each_letter_is_drawn_with_its_chance(before, letter):
    model = fit_letters("abracadabra alakazam ", len(before) + 1)
    drawn = model.write(12_000, rng=1)
    places = [place for place in range(len(before), 12_000) if drawn.endswith(before, 0, place)]
    share = np.mean([drawn[place] == letter for place in places])
    chance = np.exp(-model.surprise(before + letter))[-1]
    assert share == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / len(places)))


def test_longer_pieces_do_better_on_the_text_that_they_learned():
    learn, _ = load_prose()
    bits = [fit_letters(learn[:20_000], order).surprise(learn[:20_000]).mean() for order in range(6)]
    assert (np.diff(bits) < 0).all()


def test_the_bills_of_a_line_are_those_that_the_chapter_names():
    learn, unread = load_prose()
    bits = fit_letters(learn, 3).surprise(unread, base=2)
    end = unread.index("what the truth will cost you") + len("what the truth will cost you")
    assert bits[end - 3 : end].round(1).tolist() == [6.8, 0.3, 0.1]


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("", {"order": 1}, "0 letters"),
        ("Rain", {"order": 1}, "holds 'R'"),
        ("rain", {"order": 13}, "order is 13"),
        ("rain", {"order": -1}, "order is -1"),
        ("rain", {"order": 1, "weight": 0}, "weight 0"),
    ],
)
def test_what_makes_no_sense_is_refused(text, options, words):
    with pytest.raises(ValueError, match=words):
        fit_letters(text, **options)
