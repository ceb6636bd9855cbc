"""Weights in exported pages: what they cost, what they allow, and pages without them."""

from __future__ import annotations

import json
import re
from typing import Any

import nbformat
import pytest

from vultorch_widget.export.page import page
from vultorch_widget.export.weights import bytes_of_weights, without_weights

from .notebooks import fitted, text_of, tutorial


def html_of(node: Any) -> str:
    return page(node, text_of(node), name="fit", folder=None)


def rules(html: str) -> dict[str, str]:
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert found is not None
    return dict(rule.split(" ", 1) for rule in found[1].replace("&#39;", "'").split("; "))


def test_only_a_page_that_trains_may_start_workers_and_compile_webassembly() -> None:
    trains, plain = rules(html_of(fitted())), rules(html_of(tutorial()))
    assert trains["worker-src"] == "blob:"
    assert trains["script-src"].replace("'wasm-unsafe-eval'", "").split() == plain["script-src"].split()
    assert "'wasm-unsafe-eval'" in trains["script-src"]
    assert trains.keys() - plain.keys() == {"worker-src"}
    assert trains["default-src"] == "'none'"  # which covers connections


def test_the_bytes_that_are_said_are_those_by_which_the_page_grows() -> None:
    node = fitted()
    without = nbformat.reads(without_weights(text_of(node)), as_version=4)  # type: ignore[no-untyped-call]
    grown = len(html_of(node)) - len(html_of(without))
    assert abs(grown - bytes_of_weights(node)) < 200  # and the text of the policy
    assert bytes_of_weights(without) == bytes_of_weights(tutorial()) == 0


def test_a_notebook_without_weights_stays_as_it_is_byte_for_byte() -> None:
    source = text_of(tutorial())
    assert without_weights(source) == source


@pytest.mark.parametrize("state", [{}, {"_replay": '{"training":{'}, {"_replay": '["training":{}]'}, {"_replay": 7}])
def test_whatever_a_notebook_has_in_place_of_a_replay_is_left_to_the_page(state: dict[str, Any]) -> None:
    node = fitted()
    models = node["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    models["one"]["state"] = state
    assert bytes_of_weights(node) == 0
    assert json.loads(without_weights(json.dumps(node))) == node


@pytest.mark.parametrize("depth", [2_000, 200_000])
def test_a_replay_that_nests_too_deep_is_left_to_the_page(depth: int) -> None:
    node = fitted()
    models = node["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    models["one"]["state"] = {"_replay": '{"training": {"a": ' + "[" * depth}
    assert bytes_of_weights(node) == 0
    assert json.loads(without_weights(json.dumps(node))) == node


def test_weights_of_views_that_no_output_shows_are_not_counted() -> None:
    """Restarted kernels leave such views in the file; the page leaves them out."""
    node = fitted()
    weights = bytes_of_weights(node)
    models = node["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    models["gone"] = models["one"]
    assert bytes_of_weights(node) == weights > 0
