"""Run the notebooks, print the book, draw its pictures: each script runs as `python -m web.scripts.NAME`."""
