"""Draws curves on two logarithmic axes, as SVG that stays the same for the same figures."""

import math

WIDTH, HEIGHT = 720, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 20, 50
COLOURS = {"approve": "#1f6fb4", "revoke": "#c0392b", "one recipient": "#2e8b57", "list": "#8e5ea2"}


def write(path, curves):
    """`curves`: name, such as `approve, folder`, to points of number of certificates and milliseconds."""
    numbers = [number for points in curves.values() for number, _ in points]
    times = [time for points in curves.values() for _, time in points]
    low_x, high_x = math.floor(math.log10(min(numbers))), math.ceil(math.log10(max(numbers)))
    low_y, high_y = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))

    def x(number):
        return LEFT + (math.log10(number) - low_x) / (high_x - low_x) * (WIDTH - LEFT - RIGHT)

    def y(time):
        return HEIGHT - BOTTOM - (math.log10(time) - low_y) / (high_y - low_y) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        "<title>Cost by number of approved certificates</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for power in range(low_x, high_x + 1):
        place = x(10**power)
        parts.append(f'<line x1="{place:.1f}" y1="{TOP}" x2="{place:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        parts.append(f'<text x="{place:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{10**power:,}</text>')
    for power in range(low_y, high_y + 1):
        place = y(10**power)
        parts.append(f'<line x1="{LEFT}" y1="{place:.1f}" x2="{WIDTH - RIGHT}" y2="{place:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{place + 4:.1f}" text-anchor="end">{label(power)}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">approved certificates</text>')
    ends = []
    for name, points in curves.items():
        colour = COLOURS[name.rpartition(",")[0]]
        dash = ' stroke-dasharray="6 4"' if name.endswith("macro") else ""
        line = " ".join(f"{x(number):.1f},{y(time):.1f}" for number, time in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        parts += [f'<circle cx="{x(number):.1f}" cy="{y(time):.1f}" r="3" fill="{colour}"/>' for number, time in points]
        ends.append([y(points[-1][1]) + 4, name, colour])
    # Names beside the ends of their curves, none over another.
    ends.sort()
    for index in range(1, len(ends)):
        ends[index][0] = max(ends[index][0], ends[index - 1][0] + 14)
    parts += [f'<text x="{WIDTH - RIGHT + 10}" y="{place:.1f}" fill="{colour}">{name}</text>' for place, name, colour in ends]
    path.write_text("\n".join([*parts, "</svg>"]) + "\n")


def label(power):
    return f"{10**power:g} ms" if power < 3 else f"{10 ** (power - 3):g} s"
