"""The trainings that the engine in the page is checked against are really torch's."""

from __future__ import annotations

import json

import pytest

from . import truth


def test_the_kept_course_of_a_training_is_torchs() -> None:
    kept = json.loads(truth.FILE.read_text())
    assert len(kept["trainings"]) == len(truth.CASES)
    for case in (("silu", "adam", "l1"), ("fourier", "adam", "mse")):
        course = next(each for each in kept["trainings"] if each["name"] == ", ".join(case))
        again = truth.trained(*case)
        assert again["losses"] == pytest.approx(course["losses"], rel=1e-5)
        assert again["parameters"] == pytest.approx(course["parameters"], rel=1e-4, abs=1e-5)
