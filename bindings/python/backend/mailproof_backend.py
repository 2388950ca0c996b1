"""Builds the wheel: writes down what cffi can read of mailproof.h, and lets maturin do the rest (PEP 517).

maturin makes the module of the binary interface from `header.h` in cargo's target directory.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import maturin
from maturin import (
    get_requires_for_build_editable,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

ROOT = Path(__file__).resolve().parents[3]

# Whether the lines behind a condition count for a C compiler that is neither one of C++ nor one of C23.
CONDITIONS = {
    "#ifndef MAILPROOF_H": True,
    "#ifdef __cplusplus": False,
    "#ifndef __cplusplus": True,
    "#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L": False,
    "#if __STDC_VERSION__ >= 202311L": False,
}


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    write_declarations()
    return maturin.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    write_declarations()
    return maturin.build_editable(wheel_directory, config_settings, metadata_directory)


def write_declarations():
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
    metadata = json.loads(subprocess.check_output(command, cwd=ROOT))
    target = Path(metadata["target_directory"])
    target.mkdir(parents=True, exist_ok=True)
    header = (ROOT / "include" / "mailproof.h").read_text()
    (target / "header.h").write_text(declarations(header))


def declarations(header: str) -> str:
    """The declarations of a header, without comments and directives; macros that are numbers are kept."""
    kept: list[str] = []
    counts: list[bool] = []
    header = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
    for line in header.splitlines():
        line = re.sub(r"\s*//.*", "", line).rstrip()
        directive = re.sub(r"\s+", " ", line).strip()
        if directive.startswith("#if"):
            counts.append(CONDITIONS[directive])
        elif directive == "#else":
            counts[-1] = not counts[-1]
        elif directive == "#endif":
            counts.pop()
        elif not all(counts) or not line:
            continue
        elif not directive.startswith("#") or re.fullmatch(r"#define \w+ \d+", directive):
            kept.append(line)
    return "\n".join(kept) + "\n"
