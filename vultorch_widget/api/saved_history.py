"""Writes the logged values of a view into a file: CSV or Parquet."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..basics.atomic_file import whole, write

Rows = npt.NDArray[np.float64]
"""(n, 2): steps and values."""


def save(path: str | os.PathLike[str], history: Mapping[str, Rows]) -> Path:
    """Writes a table with a row for each step and a column for each scalar; see `View.save_history`."""
    target = Path(path)
    kind = target.suffix.lower()
    if kind not in (".csv", ".parquet"):
        raise ValueError(f"save_history writes .csv and .parquet files, not {target.name!r}")
    steps = sorted({int(step) for rows in history.values() for step in rows[:, 0]})
    columns = {name: {int(step): float(value) for step, value in rows} for name, rows in history.items()}
    if kind == ".csv":
        _csv(target, steps, columns)
    else:
        _parquet(target, steps, columns)
    return target


def _csv(target: Path, steps: list[int], columns: dict[str, dict[int, float]]) -> None:
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(["step", *columns])
    for step in steps:
        table.writerow([step, *(repr(column[step]) if step in column else "" for column in columns.values())])
    write(target, text.getvalue())


def _parquet(target: Path, steps: list[int], columns: dict[str, dict[int, float]]) -> None:
    try:
        pyarrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError as error:
        raise ImportError("a .parquet file needs pyarrow: pip install pyarrow; or save a .csv file") from error
    names = ["step", *columns]
    arrays = [pyarrow.array(steps, pyarrow.int64())]
    arrays += [pyarrow.array([column.get(step) for step in steps], pyarrow.float64()) for column in columns.values()]
    with whole(target) as file:
        parquet.write_table(pyarrow.Table.from_arrays(arrays, names), file)
