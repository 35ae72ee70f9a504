"""Tables of numbers: aligned, without signed zeros, and with every column complete."""

import numpy as np
import pytest

from divergences.tables import print_table


def test_words_stand_to_the_left_and_numbers_to_the_right(capsys):
    print_table({"": ["a", "long name"], "n": [1, 100], "x": [0.5, -12.25]}, ".1f")
    assert capsys.readouterr().out == (
        "             n      x\na            1    0.5\nlong name  100  -12.2\n"
    )


def test_each_column_may_have_its_own_format(capsys):
    print_table({"p": [0.25], "share": [0.5], "bits": np.array([2.0])}, {"p": ".3f", "share": ".0%"})
    assert capsys.readouterr().out == "    p  share  bits\n0.250    50%  2.00\n"


def test_a_zero_has_no_sign_and_infinity_is_a_symbol(capsys):
    print_table({"x": [-1e-9, np.inf, -np.inf]})
    assert capsys.readouterr().out.split() == ["x", "0.00", "∞", "-∞"]


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match=r"different lengths, \{'p': 2, 'q': 1\}; give each row"):
        print_table({"p": [1, 2], "q": [1]})
