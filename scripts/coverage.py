"""Reads what llvm-cov exports as lcov; prints the lines that are reached, by folder and by file."""

import os
import sys
from collections import defaultdict

export, source, wants_lines = sys.argv[1], sys.argv[2], bool(sys.argv[3])


def production(path):
    """How many lines stand above the tests of a file, which stand last."""
    with open(path) as text:
        lines = text.read().split("\n")
    return lines.index("#[cfg(test)]") if "#[cfg(test)]" in lines else len(lines)


def row(name, counts):
    reached, lines = counts
    return f"{100 * reached / lines:6.1f} %  {reached:5} of {lines:5}  {name}"


files, missed, current = {}, defaultdict(list), None
for line in open(export):
    key, _, value = line.strip().partition(":")
    if key == "SF":
        current, end = os.path.relpath(value, source), production(value)
        files[current] = [0, 0]
    elif key == "DA":
        number, count = (int(part) for part in value.split(",")[:2])
        if number <= end:
            files[current][0] += count > 0
            files[current][1] += 1
            if count == 0:
                missed[current].append(number)
files = {name: counts for name, counts in files.items() if counts[1]}
folders = defaultdict(lambda: [0, 0])
for name, counts in files.items():
    for folder in {"", name.split("/")[0] if "/" in name else "."}:
        folders[folder] = [one + other for one, other in zip(folders[folder], counts)]
print("folders of src/")
for folder in sorted(folders):
    print(row(folder or "all", folders[folder]))
print("\nfiles under 95 %")
for name in sorted(files):
    reached, lines = files[name]
    if reached < 0.95 * lines:
        print(row(name, files[name]))
if wants_lines:
    print("\nlines that are not reached")
    for name in sorted(missed):
        print(f"{name}: {' '.join(map(str, missed[name]))}")
