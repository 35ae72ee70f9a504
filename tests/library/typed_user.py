"""A script as its users type it: `mypy --strict` and pyright find nothing to say about it."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from divergences import (
    SinkhornPlan,
    TransportPlan,
    cross_entropy,
    cross_entropy_from_logits,
    entropy,
    f_divergence,
    information_content,
    js_distance,
    js_divergence,
    js_divergence_samples,
    kl_divergence,
    kl_divergence_continuous,
    kl_divergence_gaussian,
    monotone_coupling,
    mutual_information,
    normalize,
    optimal_transport,
    perplexity,
    renyi_divergence,
    sinkhorn,
    total_variation_distance,
    wasserstein_distance,
    wasserstein_distance_samples,
)
from divergences.datasets import load_seattle_weather
from divergences.tables import print_table

p, q = [0.5, 0.5], (0.25, 0.75)
print(round(js_divergence(p, q, base=2), 4), f"{kl_divergence(p, q):.3f}", 1 - js_distance(p, q))
bits: float = entropy(p, base=2) + information_content(1 / 4, base=2)
losses: list[float] = [cross_entropy(p, q), cross_entropy_from_logits([1, 0], [0.0, 2.0]), perplexity(p)]
single: float = (
    wasserstein_distance(p, q, [0, 1]) + total_variation_distance(p, q) + renyi_divergence(p, q, 2)
)
shared: float = mutual_information([[0.5, 0.0], [0.0, 0.5]])
squared: float = f_divergence(p, q, lambda t: (t - 1) ** 2)

counts: NDArray[np.int64] = load_seattle_weather().type_counts()
months: NDArray[np.float64] = normalize(counts)
batch: NDArray[np.float64] = kl_divergence(months[:-1], months[1:])
print(batch.mean(), round(js_divergence(months[0], months[6]), 4), js_divergence(months, months[0]).max())

plan: TransportPlan = optimal_transport(p, q, [[0, 1], [1, 0]])
blurred: SinkhornPlan = sinkhorn(p, q, np.eye(2), epsilon=0.1)
print(plan.coupling.sum(axis=0), plan.cost, blurred.converged, blurred.potentials[0].shape)

normal = stats.norm(0, 1)
rest: float = kl_divergence_continuous(normal, stats.norm(1, 2)) + kl_divergence_gaussian(
    0, 1, [1.0], [[4.0]]
)
rest += wasserstein_distance_samples(np.zeros(3), [1, 2], y_weights=[3, 1])
rest += js_divergence_samples([0.1, 0.3], [0.2, 0.5], k=1) + wasserstein_distance(p, q, [0, 1], axis=0)
i, j, mass = monotone_coupling(p, q, [0, 1])
moved: NDArray[np.float64] = mass[i == j]
print_table({"months": ["January"], "bits": [bits]}, ".3f")
