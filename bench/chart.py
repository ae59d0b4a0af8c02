"""Bars as an SVG: what a session adds to a page, by kind of page and handler."""

from html import escape

COLORS = {"floor": "#8c959f", "files": "#57606a", "phpredis, TLS": "#bf3989"}
OURS = "#1f6feb"
BAR, GAP, LEFT, WIDTH = 18, 34, 230, 760


def svg(groups, round_trip):
    """`groups`: rows of (name, p50, lowest, highest, ...) by title."""
    longest = max(max(row[1], 0.01) for rows in groups.values() for row in rows)
    scale = (WIDTH - LEFT - 90) / longest
    parts, y = [], 48
    for title, rows in groups.items():
        parts.append(f'<text x="{LEFT}" y="{y + 12}" font-weight="bold">{escape(title)}</text>')
        y += 22
        for name, half, *_ in rows:
            width = max(1.0, half * scale)
            parts.append(f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>')
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 3}" rx="2" fill="{COLORS.get(name, OURS)}"/>')
            parts.append(f'<text x="{LEFT + width + 6:.1f}" y="{y + 13}">{half:.2f} ms</text>')
            y += BAR
        y += GAP - BAR
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" '
            f'font-family="system-ui, sans-serif" font-size="12" fill="#24292f">\n'
            f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>\n'
            f'<text x="16" y="26" font-size="15">Added to a page by its session: median, 6 KB, round trip {round_trip} ms</text>\n')
    return head + "\n".join(parts) + "\n</svg>\n"
