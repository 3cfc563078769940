"""Prints results as Markdown tables, which can be pasted into a document."""

from .timing import at, median, milliseconds


class Table:
    def __init__(self, title, *notes):
        self.title = title
        self.notes = list(notes)
        self.rows = []

    def times(self, what, seconds, peer=None, goal=""):
        """A row of times. `peer` is a name and times; the row then shows the ratio of the two medians."""
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
