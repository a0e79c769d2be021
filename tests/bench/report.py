#!/usr/bin/env python3
"""Writes docs/benchmarks/README.md and figures.svg from what script/bench measured.

  report.py SCRATCH OUTPUT    SCRATCH holds figures.tsv (see measure.sh) and machine.tsv
"""
import csv
import pathlib
import sys
from html import escape

MOST = 2.5  # times the floor, where a bar is cut


def rows(file, names):
    with open(file, encoding="utf-8", newline="") as text:
        return [dict(zip(names, row)) for row in csv.reader(text, "excel-tab", quoting=csv.QUOTE_NONE)]


def with_unit(number, unit):
    return "–" if number == "-" else f"{number} {unit}".replace(" ×", "×")


def against_floor(figure, number):
    """How many times as good as the floor a number is."""
    number, floor = float(number), float(figure["floor"])
    if figure["better"] == "high":
        return number / floor
    return floor / number if number > 0 else MOST


def plot(figures):
    """Bars by how many times as good as its floor each figure is; a tick where the aim is."""
    left, width, step, top = 440, 380, 24, 44
    height = top + step * len(figures) + 34
    x = lambda times: left + width * min(times, MOST) / MOST
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 100} {height}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{left}" y="16" fill="#555">times as good as the floor; | is the aim</text>',
    ]
    for times in (0, 0.5, 1, 1.5, 2, 2.5):
        colour = "#444" if times == 1 else "#ddd"
        out.append(f'<line x1="{x(times)}" y1="{top - 8}" x2="{x(times)}" y2="{height - 30}" stroke="{colour}"/>')
        label = "floor" if times == 1 else f"{times:g}"
        out.append(f'<text x="{x(times)}" y="{top - 14}" text-anchor="middle" fill="#555">{label}</text>')
    for i, figure in enumerate(figures):
        y = top + i * step
        times = against_floor(figure, figure["value"])
        colour = {"aim reached": "#2e7d32", "ok": "#7cb342"}.get(figure["verdict"], "#c62828")
        out.append(f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{escape(figure["work"])}</text>')
        out.append(f'<rect x="{left}" y="{y + 2}" width="{max(x(times) - left, 1):.1f}" height="15" fill="{colour}"/>')
        if figure["aim"] != "-":
            aim = x(against_floor(figure, figure["aim"]))
            out.append(f'<line x1="{aim:.1f}" y1="{y - 1}" x2="{aim:.1f}" y2="{y + 20}" stroke="black" stroke-width="2"/>')
        value = with_unit(figure["value"], figure["unit"])
        out.append(f'<text x="{x(times) + 6:.1f}" y="{y + 14}">{escape(value)}</text>')
    out.append(
        f'<text x="{left}" y="{height - 10}" fill="#555">red: below the floor; bars end at {MOST:g} times</text></svg>'
    )
    return "\n".join(out) + "\n"


def page(figures, machine):
    seconds = machine.pop("seconds")
    out = [
        "# Benchmarks",
        "",
        f"Written by `script/bench {seconds}`: {seconds} s a measurement, everything on one machine (the load, the",
        "server, PostgreSQL with fsync on, Kafka where it takes part), each figure against something measured in",
        "the same run. Run it again with `script/bench`; how each row is measured stands in `tests/bench/`.",
        "",
        "![The figures against their floors](figures.svg)",
        "",
        "| work | figure | floor | aim | |",
        "|---|---|---|---|---|",
    ]
    for f in figures:
        cells = [f["work"].replace("|", "\\|"), f"**{with_unit(f['value'], f['unit'])}**"]
        cells += [with_unit(f[name], f["unit"]) for name in ("floor", "aim")]
        out.append("| " + " | ".join(cells + [f["verdict"]]) + " |")
    out += ["", "## Behind the figures", ""]
    out += [f"- {f['work']}: {f['detail']}" for f in figures]
    out += ["", "## Machine and versions", "", "| | |", "|---|---|"]
    out += [f"| {name} | {value} |" for name, value in machine.items()]
    return "\n".join(out) + "\n"


def main():
    scratch, output = map(pathlib.Path, sys.argv[1:3])
    names = ["key", "work", "value", "unit", "floor", "aim", "better", "verdict", "detail"]
    figures = rows(scratch / "figures.tsv", names)
    machine = {row["name"]: row["value"] for row in rows(scratch / "machine.tsv", ["name", "value"])}
    output.mkdir(parents=True, exist_ok=True)
    (output / "figures.svg").write_text(plot(figures), encoding="utf-8")
    (output / "README.md").write_text(page(figures, machine), encoding="utf-8")


main()
