"""Vulkan against the reference, on tiles of every kind."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import HealthCheck, given, settings

from .tiles import label_tiles, second_tiles, sources, tiles, whole

# One fixture for all examples on purpose: earlier work of a compositor must not matter. For most
# of them the device compiles a shader, which takes nearly all of the time.
many = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def difference(one, other) -> int:
    return int(np.abs(one.astype(int) - other).max())


def test_vulkan_equals_the_reference_within_one_level(vulkan, reference):
    @many
    @given(tiles(vulkan.allocate), tiles(vulkan.allocate))
    def check(first, second):
        pair = [first, second]
        before = [tile.source.clone() for tile in pair]
        made, expected = vulkan.compose(pair), reference.compose(pair)
        for index, (tile, source) in enumerate(zip(pair, before, strict=True)):
            assert made.pixels(index).shape == (tile.height, tile.width, 4)
            assert difference(made.pixels(index), expected.pixels(index)) <= 1
            assert torch.equal(tile.source.nan_to_num(7), source.nan_to_num(7))

    check()


def test_label_maps_of_vulkan_equal_those_of_the_reference_within_one_level(vulkan, reference):
    @many
    @given(label_tiles())
    def check(tile):
        made, expected = vulkan.compose([tile]).pixels(0), reference.compose([tile]).pixels(0)
        assert difference(made, expected) <= 1

    check()


def test_overlays_and_differences_of_vulkan_equal_those_of_the_reference_within_one_level(vulkan, reference):
    @many
    @given(second_tiles())
    def check(tile):
        made, expected = vulkan.compose([tile]).pixels(0), reference.compose([tile]).pixels(0)
        assert difference(made, expected) <= 1

    check()


def test_a_frame_with_the_same_commands_shows_new_values(vulkan, reference):
    @settings(many, max_examples=40)
    @given(sources(vulkan.allocate), sources(vulkan.allocate))
    def check(source, other):
        if source.shape != other.shape or source.dtype != other.dtype:
            other = 1 - source.to(torch.float32).nan_to_num(0.25) if source.is_floating_point() else ~source
            other = other.to(source.dtype)
        for values in (source, other, source):
            assert (
                difference(vulkan.compose([whole(values)]).pixels(0), reference.compose([whole(values)]).pixels(0)) <= 1
            )

    check()
