"""Kullback-Leibler divergence: the extra information that it costs to believe q when p is true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ._pair import aligned_pair
from ._terms import exact_product, in_blocks, kl_sum, relative_entropy_terms
from ._validation import Float, as_result, joint_probabilities, log_of_base
from .entropy import entropy

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ._validation import Table, Vector


@overload
def kl_divergence(p: Vector, q: Vector, *, base: float | None = None, axis: int = -1) -> float: ...


@overload
def kl_divergence(p: ArrayLike, q: ArrayLike, *, base: float | None = None, axis: int = -1) -> Any: ...


@np.errstate(all="ignore")
def kl_divergence(p: ArrayLike, q: ArrayLike, *, base: float | None = None, axis: int = -1) -> Float:
    r"""Kullback-Leibler divergence (relative entropy) :math:`\sum_i p_i \log(p_i / q_i)`.

    Parameters
    ----------
    p, q : array_like, shape (..., n, ...)
        Probability vectors along `axis`; the other axes broadcast. A sum that is off by at most
        1e-6 is divided out.
    base : float, optional
        Base of the logarithm: 2 for bits. Default: nats.
    axis : int
        The axis that holds the n outcomes.

    Returns
    -------
    float or ndarray
        Divergence in [0, inf], 0 iff p == q; +inf where q is 0 and p is not. 0 log 0 counts as 0.

    Raises
    ------
    ValueError
        If `p` or `q` is no probability vector, or their lengths differ.

    See Also
    --------
    js_divergence : symmetric, and finite where this is not.
    cross_entropy : this plus the entropy of p.
    kl_divergence_continuous, kl_divergence_gaussian, kl_divergence_samples : for other kinds of input.
    scipy.special.rel_entr : the terms of the sum.

    Notes
    -----
    Written as above, the sum cancels to noise when p and q are close. Because p and q have the same
    sum, it equals :math:`\sum_i (p_i \log(p_i / q_i) - p_i + q_i)`, whose terms are all
    non-negative; each of them is computed to full precision.

    References
    ----------
    .. [1] Kullback and Leibler (1951), On information and sufficiency,
       Ann. Math. Statist. 22, doi:10.1214/aoms/1177729694

    Examples
    --------
    >>> round(kl_divergence([1/2, 1/2], [3/4, 1/4], base=2), 12)
    0.207518749639
    >>> kl_divergence([1/2, 1/2], [1, 0])
    inf
    """
    pair = aligned_pair(p, q, axis)
    return as_result(in_blocks(kl_sum, pair.p, pair.q, pair.difference) / pair.total / log_of_base(base))


@overload
def mutual_information(joint: Table, *, base: float | None = None) -> float: ...


@overload
def mutual_information(joint: ArrayLike, *, base: float | None = None) -> Any: ...


@np.errstate(all="ignore")
def mutual_information(joint: ArrayLike, *, base: float | None = None) -> Float:
    r"""Mutual information, the KL divergence of a joint distribution from the product of its marginals.

    Parameters
    ----------
    joint : array_like, shape (..., n, m)
        ``joint[i, j]`` is the probability of X = i and Y = j. Leading axes are a batch of tables.
    base : float, optional
        Base of the logarithm: 2 for bits. Default: nats.

    Returns
    -------
    float or ndarray
        Information in [0, min(log n, log m)] (in the given base), 0 iff X and Y are independent.

    Raises
    ------
    ValueError
        If `joint` is no table, or its entries are no probabilities that sum to 1 all together.

    See Also
    --------
    kl_divergence : of any two distributions.
    js_divergence : the mutual information of an outcome and where it came from.

    References
    ----------
    .. [1] Shannon (1948), A mathematical theory of communication,
       Bell System Technical Journal 27, doi:10.1002/j.1538-7305.1948.tb01338.x

    Examples
    --------
    >>> mutual_information([[1/2, 0], [0, 1/2]], base=2)
    1.0
    """
    table, total = joint_probabilities(joint, "joint")
    rows = table.sum(axis=-1, keepdims=True)
    columns = table.sum(axis=-2, keepdims=True) / total
    ceiling = np.minimum(entropy(rows[..., 0]), entropy(columns[..., 0, :]))
    # rows * columns - table cancels near independence: keep the rounding error of the product.
    product, remainder = exact_product(rows, columns)
    # Row by row, given X = i: the product of two rare margins would vanish below 1e-308.
    scale = np.where(rows > 0, rows, 1.0)
    terms = relative_entropy_terms(table / scale, columns, (product - table + remainder) / scale)
    nats = np.maximum((terms * rows).sum(axis=(-2, -1)), 0.0) / total[..., 0, 0]
    return as_result(np.minimum(nats, ceiling) / log_of_base(base))
