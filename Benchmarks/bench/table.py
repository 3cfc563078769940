"""Rows of figures, printed as a Markdown table, so that a result can be pasted where people read it."""

from .timing import at, median, milliseconds


class Table:
    def __init__(self, title, *notes):
        self.title = title
        self.notes = list(notes)
        self.rows = []

    def times(self, what, seconds, peer=None, goal=""):
        """`peer`: a name and its times, of which this row's median is so many."""
        ratio = f"{median(seconds) / median(peer[1]):.2f} × {peer[0]}" if peer else ""
        self.rows.append((what, milliseconds(median(seconds)), milliseconds(at(seconds, 0.99)), str(len(seconds)), ratio, goal))

    def row(self, *cells):
        self.rows.append(cells)

    def show(self, heads=("what", "median", "99th percentile", "runs", "ratio of medians", "goal")):
        print(f"\n### {self.title}\n")
        for note in self.notes:
            print(f"{note}\n")
        rows = [heads, *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
        for index, row in enumerate(rows):
            print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
            if index == 0:
                print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
        print(flush=True)
