"""Print how long the search takes for an answer: each query as it is typed, a key at a time.

The index is loaded as a page loads it, in Chromium. Usage, after `make book`:

    python -m benchmarks.search
"""

from __future__ import annotations

from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import sync_playwright

from web.browser import launch

QUERIES = [
    "why is my kl negative",
    "jensen-shanon distance",
    "cross entropy or kl what is the difference",
    "how do i get the 5 of the piles in pot",
    "wasserstein_distance_samples",
]
MEASURE = """async queries => {
    const start = performance.now();
    const book = await Search.index();
    const loaded = performance.now() - start;
    const times = queries.flatMap(query => [...query].map((_, end) => {
        const before = performance.now();
        ask(book, query.slice(0, end + 1));
        return performance.now() - before;
    }));
    return [loaded, times];
}"""


def main() -> None:
    """Print the times."""
    page_address = Path("_build/html/search.html").resolve().as_uri()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        page.goto(page_address)
        page.wait_for_function("typeof Search !== 'undefined'")
        loaded, times = page.evaluate(MEASURE, QUERIES)
        browser.close()
    print(f"index ready after {loaded:.0f} ms")
    print(f"{len(times)} keys: median {median(times):.1f} ms, 95 % below {quantiles(times, n=20)[-1]:.1f} ms")


if __name__ == "__main__":
    main()
