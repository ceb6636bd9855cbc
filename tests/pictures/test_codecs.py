"""Pictures as JPEG and PNG files, and the choice between the two."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from vultorch_widget.pictures import Encoder, checked_quality, encode_jpeg, encode_png, jpeg


def decode(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def waves(height, width, channels=4):
    """A smooth coloured picture, like a small network's output."""
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    rgb = np.stack([np.sin(5 * x + 3 * y), np.cos(7 * y), np.sin(6 * x * y + 1)], -1) * 0.5 + 0.5
    pixels = np.full((height, width, channels), 255, np.uint8)
    pixels[..., :3] = np.floor(rgb * 255 + 0.5)
    return pixels


def error(pixels, data):
    return np.abs(decode(data).astype(int) - pixels[..., :3]).mean()


@pytest.fixture(params=["simplejpeg", "Pillow"])
def library(request, monkeypatch):
    if request.param == "Pillow":
        monkeypatch.setitem(sys.modules, "simplejpeg", None)  # importing it raises ImportError
    jpeg._simplejpeg.cache_clear()
    yield request.param
    monkeypatch.undo()
    jpeg._simplejpeg.cache_clear()


# --- JPEG ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("size", [(256, 256), (1, 1), (7, 300), (1100, 1100)])
def test_jpeg_is_close_to_the_picture(library, channels, size):
    assert jpeg.jpeg_library() == library
    pixels = waves(*size, channels)
    data = encode_jpeg(pixels, 90)
    assert data[:2] == b"\xff\xd8"
    assert decode(data).shape == (*size, 3)
    assert error(pixels, data) < 2


def test_jpeg_quality_trades_bytes_for_likeness(library):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 4), np.uint8)
    files = [encode_jpeg(pixels, quality) for quality in (1, 50, 100)]
    assert len(files[0]) < len(files[1]) < len(files[2])
    assert error(pixels, files[0]) > error(pixels, files[1]) > error(pixels, files[2])


def test_small_pictures_keep_the_resolution_of_their_colours(library):
    stripes = np.full((64, 64, 4), 255, np.uint8)
    stripes[:, ::2, :3] = (255, 0, 0)
    stripes[:, 1::2, :3] = (0, 0, 255)
    assert error(stripes, encode_jpeg(stripes, 85)) < 8  # half resolution would mix red and blue: about 80


def test_large_pictures_do_not():
    small, large = waves(1024, 1024), waves(1024, 1025)
    assert [component[1:3] for component in _components(encode_jpeg(small, 85))] == [(1, 1)] * 3
    assert _components(encode_jpeg(large, 85))[0][1:3] == (2, 2)


def _components(data):
    return Image.open(io.BytesIO(data)).layer


def test_jpeg_takes_any_strides(library):
    pixels = waves(32, 48)
    for view in (pixels[:, ::-1], pixels[::2], pixels.transpose(1, 0, 2), pixels[..., :3]):
        assert encode_jpeg(view, 85) == encode_jpeg(view.copy(), 85)


@pytest.mark.parametrize("quality", [0, 101, -1, 85.0, True, "85", None])
def test_jpeg_quality_out_of_range(quality):
    with pytest.raises(ValueError, match=rf"JPEG quality must be an integer in 1\.\.100, not {quality!r}"):
        encode_jpeg(waves(8, 8), quality)


def test_jpeg_sides_are_limited():
    assert decode(encode_jpeg(waves(1, 65_500), 85)).shape == (1, 65_500, 3)
    with pytest.raises(ValueError, match="a JPEG's sides are at most 65500 pixels, not 65501 x 1"):
        encode_jpeg(np.zeros((1, 65_501, 4), np.uint8), 85)


BAD = [
    np.zeros((4, 4), np.uint8),
    np.zeros((4, 4, 1), np.uint8),
    np.zeros((4, 4, 5), np.uint8),
    np.zeros((4, 4, 4), np.float32),
    np.zeros((0, 4, 4), np.uint8),
    np.zeros((4, 0, 3), np.uint8),
]


@pytest.mark.parametrize("pixels", BAD, ids=lambda p: f"{p.shape}-{p.dtype}")
def test_invalid_pictures_are_named(pixels):
    for encode in (
        lambda: encode_jpeg(pixels, 85),
        lambda: encode_png(pixels),
        lambda: Encoder().encode(pixels, at_rest=False),
    ):
        with pytest.raises(ValueError, match=r"a picture is .* uint8 of at least one pixel, not") as raised:
            encode()
        assert f"{pixels.shape} {pixels.dtype}" in str(raised.value)


# --- PNG -------------------------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(
    arrays.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.sampled_from([3, 4]))),
    st.integers(0, 9),
)
def test_png_is_exact(pixels, level):
    data = encode_png(pixels, level)
    np.testing.assert_array_equal(decode(data), pixels[..., :3])
    assert Image.open(io.BytesIO(data)).mode == "RGB"


def test_png_takes_any_strides_and_any_size():
    pixels = waves(31, 47)
    for view in (pixels[::-1, ::2], pixels.transpose(1, 0, 2), np.zeros((1, 70_000, 4), np.uint8)):
        np.testing.assert_array_equal(decode(encode_png(view)), view[..., :3])


@pytest.mark.parametrize("level", [-1, 10, "1", None])
def test_png_level_out_of_range(level):
    with pytest.raises(ValueError, match=rf"PNG level must be an integer in 0\.\.9, not {level!r}"):
        encode_png(waves(8, 8), level)


# --- the choice ------------------------------------------------------------------------------------------------------


def test_jpeg_while_moving_and_png_at_rest():
    pixels = waves(256, 256)
    moving, still = (Encoder().encode(pixels, at_rest=rest) for rest in (False, True))
    assert (moving.format, moving.lossless) == ("jpeg", False)
    assert (still.format, still.lossless) == ("png", True)
    assert error(pixels, moving.data) < 2
    np.testing.assert_array_equal(decode(still.data), pixels[..., :3])


def test_a_frame_of_a_small_networks_output_fits_its_budget():
    assert len(Encoder().encode(waves(256, 256), at_rest=False).data) < 12 * 1024


def test_lossless_is_never_jpeg():
    encoded = Encoder("lossless").encode(waves(64, 64), at_rest=False)
    assert (encoded.format, encoded.lossless) == ("png", True)


@pytest.mark.parametrize("size", [(1, 1), (15, 400), (400, 15), (16, 65_501)])
def test_pictures_too_small_or_too_wide_for_jpeg_are_png(size):
    pixels = waves(*size)
    encoded = Encoder(10).encode(pixels, at_rest=False)
    assert (encoded.format, encoded.lossless) == ("png", True)
    np.testing.assert_array_equal(decode(encoded.data), pixels[..., :3])


def test_quality_may_be_changed():
    pixels = waves(256, 256)
    encoder = Encoder(95)
    fine = encoder.encode(pixels, at_rest=False)
    encoder.quality = 20
    coarse = encoder.encode(pixels, at_rest=False)
    assert len(coarse.data) < len(fine.data)
    with pytest.raises(ValueError, match="not 0"):
        encoder.quality = 0
    assert encoder.quality == 20


def test_the_name_says_what_is_in_use(library):
    assert Encoder().name() == f"JPEG 85 ({library})"
    assert Encoder(60).name() == f"JPEG 60 ({library})"
    assert Encoder("lossless").name() == "PNG"


@pytest.mark.parametrize("quality", [0, 101, True, 85.0, "best", "", None])
def test_an_unknown_quality_is_named(quality):
    for check in (checked_quality, Encoder):
        with pytest.raises(
            ValueError, match=rf"quality must be 'auto', 'lossless' or an integer in 1\.\.100, not {quality!r}"
        ):
            check(quality)
