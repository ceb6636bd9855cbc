"""EXR and HDR files with values beyond 1: round trips, and exchange with other libraries."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import OpenEXR
import OpenImageIO
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.patience import PATIENCE
from vultorch_widget.api.imread import imread
from vultorch_widget.pictures import hdr_files
from vultorch_widget.pictures.image_files import imwrite, read


def bright(channels: int) -> torch.Tensor:
    """Values from -3 to 1e30, with NaN and infinity."""
    values = torch.rand(5, 7, channels, generator=torch.Generator().manual_seed(1)) * 50 - 3
    values[0, 0] = torch.nan
    values[0, 1] = torch.inf
    values[0, 2] = 1e30
    values[0, 3] = 1e-30
    return values


def same(a: torch.Tensor, b: torch.Tensor) -> bool:
    return torch.equal(a.isnan(), b.isnan()) and torch.equal(a.nan_to_num(7), b.nan_to_num(7))


# --- EXR -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_exr_keeps_every_float(tmp_path: Path, channels: int) -> None:
    imwrite(tmp_path / "PICTURE.EXR", bright(channels))
    again = read(tmp_path / "PICTURE.EXR", channels=channels)
    assert again.dtype == torch.float32
    assert same(again, bright(channels))


@pytest.mark.parametrize(("channels", "name"), [(1, "Y"), (3, "RGB"), (4, "RGBA")])
def test_openexr_reads_what_is_written(tmp_path: Path, channels: int, name: str) -> None:
    imwrite(tmp_path / "picture.exr", bright(channels))
    with OpenEXR.File(str(tmp_path / "picture.exr")) as file:
        assert list(file.channels()) == [name]
        pixels = file.channels()[name].pixels
    assert pixels.dtype == np.float32
    assert same(torch.from_numpy(pixels).reshape(5, 7, channels), bright(channels))


def test_what_openexr_writes_is_read(tmp_path: Path) -> None:
    pixels = bright(4).numpy()

    def write(name: str, channels: dict[str, np.ndarray]) -> None:
        header = {"compression": OpenEXR.PIZ_COMPRESSION, "type": OpenEXR.scanlineimage}
        OpenEXR.File(header, channels).write(str(tmp_path / name))

    write("float.exr", {"RGBA": pixels})
    assert same(read(tmp_path / "float.exr"), bright(4))
    half = pixels[1:, :, :3].astype(np.float16)
    write("half.exr", {"RGB": half})
    assert np.array_equal(read(tmp_path / "half.exr", channels=3).numpy(), half.astype(np.float32))
    depth = np.arange(6, dtype=np.float32).reshape(2, 3) * 100
    write("depth.exr", {"Z": depth})
    assert np.array_equal(read(tmp_path / "depth.exr", channels=1)[..., 0].numpy(), depth)
    layers = {"R": depth, "G": depth + 1, "B": depth + 2, "normal.X": depth, "Z": -depth}
    write("layers.exr", layers)
    assert read(tmp_path / "layers.exr")[1, 2].tolist() == [500, 501, 502, 1]
    write("normals.exr", {"normal.X": depth, "normal.Y": depth})
    with pytest.raises(
        ValueError, match=r"normals\.exr has the channels normal\.X, normal\.Y; a picture has R, G and B"
    ):
        read(tmp_path / "normals.exr")


def test_half_floats_take_half_the_space(tmp_path: Path) -> None:
    noise = torch.rand(64, 64, 3) * 40
    imwrite(tmp_path / "float.exr", noise)
    imwrite(tmp_path / "half.exr", noise, bits=16)
    assert (tmp_path / "half.exr").stat().st_size < 0.7 * (tmp_path / "float.exr").stat().st_size
    assert torch.equal(read(tmp_path / "half.exr", channels=3), noise.half().float())


def test_levels_become_fractions_and_sizes_change(tmp_path: Path) -> None:
    imwrite(tmp_path / "levels.exr", torch.tensor([[0, 51, 255]], dtype=torch.uint8))
    assert read(tmp_path / "levels.exr", channels=1)[0, :, 0].tolist() == pytest.approx([0, 0.2, 1])
    imwrite(tmp_path / "small.exr", torch.full((8, 8, 3), 9.5), size=(2, 3))
    again = imread(tmp_path / "small.exr", channels=3, size=(4, 4), device="cpu")
    assert again.shape == (4, 4, 3)
    assert torch.allclose(again, torch.tensor(9.5))


# --- Radiance HDR ----------------------------------------------------------------------------------------------------


def test_hdr_keeps_eight_bits_of_each_pixel(tmp_path: Path) -> None:
    picture = torch.rand(9, 11, 3, generator=torch.Generator().manual_seed(2)) * 900
    picture[0, 0] = torch.tensor([1e30, 1e29, 0])
    imwrite(tmp_path / "picture.hdr", picture)
    again = read(tmp_path / "picture.hdr", channels=3)
    largest = picture.amax(dim=2, keepdim=True)
    assert ((again - picture).abs() <= largest / 128).all()
    source = OpenImageIO.ImageInput.open(str(tmp_path / "picture.hdr"))
    assert source.format_name() == "hdr"
    assert np.array_equal(source.read_image("float"), again.numpy())
    source.close()


def test_a_radiance_file_written_by_hand_is_read(tmp_path: Path) -> None:
    """Each pixel is red, green, blue and an exponent, one byte each: value / 256 * 2 ** (exponent - 128). Some readers
    add half a step to the value. ``-Y`` stores rows from the top.
    """
    pixels = bytes([128, 64, 32, 129, 255, 0, 0, 128, 1, 2, 4, 136, 0, 0, 0, 0])
    path = tmp_path / "hand.hdr"
    path.write_bytes(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 2\n" + pixels)
    expected = [[[1, 0.5, 0.25], [255 / 256, 0, 0]], [[1, 2, 4], [0, 0, 0]]]
    assert np.allclose(read(path, channels=3).numpy(), expected, rtol=0.01, atol=0.51)
    path.write_bytes(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n+Y 2 +X 2\n" + pixels)  # rows from the bottom
    assert np.allclose(read(path, channels=3).numpy(), expected[::-1], rtol=0.01, atol=0.51)


def test_hdr_has_three_channels_and_nothing_negative(tmp_path: Path) -> None:
    imwrite(tmp_path / "gray.hdr", torch.tensor([[-1.0, 2.0, torch.inf]]))
    again = read(tmp_path / "gray.hdr", channels=3)
    assert again[0, 0].tolist() == [0, 0, 0]
    assert again[0, 1].tolist() == pytest.approx([2, 2, 2], rel=0.01)
    assert (again[0, 2] > 9e37).all()
    imwrite(tmp_path / "clear.hdr", torch.full((1, 1, 4), 0.5))
    assert read(tmp_path / "clear.hdr")[0, 0].tolist() == pytest.approx([0.5, 0.5, 0.5, 1], rel=0.01)


# --- either ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extension", sorted(hdr_files.FORMATS))
def test_the_content_decides_and_not_the_name(tmp_path: Path, extension: str) -> None:
    imwrite(tmp_path / f"picture{extension}", torch.full((2, 2, 3), 8.0))
    (tmp_path / f"picture{extension}").rename(tmp_path / "picture.png")
    assert torch.allclose(read(tmp_path / "picture.png", channels=3), torch.tensor(8.0), rtol=0.01)


@settings(max_examples=150)
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=24))
def test_a_damaged_exr_is_read_or_named(place: int, garbage: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.exr"
        imwrite(path, torch.zeros(4, 4, 3))
        content = bytearray(path.read_bytes())
        at = 4 + place % (len(content) - 4)
        content[at : at + len(garbage)] = garbage
        path.write_bytes(content)
        try:
            read(path)
        except ValueError as error:
            assert str(path) in str(error)  # noqa: PT017 (most of these files are readable)


@pytest.mark.parametrize("extension", sorted(hdr_files.FORMATS))
def test_a_truncated_file_is_named(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"picture{extension}"
    imwrite(path, torch.rand(64, 64, 3))
    whole = path.read_bytes()
    for length in (12, len(whole) // 2):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=rf"picture\{extension} cannot be read as a picture: \S"):
            read(path)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("a.exr", {"bits": 8}, "bits must be 16 or 32 in EXR, not 8"),
        ("a.hdr", {"bits": 16}, "HDR has its own bit depth; .* not 16"),
        ("a.hdr", {"channels": 4}, "HDR holds no alpha"),
        ("a.hdr", {"channels": 1}, "HDR cannot store grey"),
        ("a.png", {"bits": 32}, "bits must be 8 or 16 in PNG, not 32"),
    ],
)
def test_values_a_format_cannot_hold_are_named(tmp_path: Path, name: str, options: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=rf"{name}: {said}"):
        imwrite(tmp_path / name, torch.rand(2, 2, 4), **options)
    assert not (tmp_path / name).exists()


def test_hdr_refuses_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a\.hdr: 3 values are NaN; .* write EXR"):
        imwrite(tmp_path / "a.hdr", torch.full((1, 1, 3), torch.nan))


@pytest.mark.parametrize("extension", sorted(hdr_files.FORMATS))
def test_a_missing_folder_is_named(tmp_path: Path, extension: str) -> None:
    with pytest.raises(OSError, match=rf"nowhere/a\{extension} cannot be written: \S"):
        imwrite(tmp_path / "nowhere" / f"a{extension}", torch.rand(2, 2, 3))


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imwrite(tmp_path / "picture.exr", torch.rand(2, 2, 3))
    monkeypatch.setitem(sys.modules, "OpenImageIO", None)  # importing it raises ImportError
    needed = r'picture\.exr: EXR and HDR files need OpenImageIO: pip install "vultorch-widget\[hdr\]"'
    with pytest.raises(ImportError, match=needed):
        read(tmp_path / "picture.exr")
    with pytest.raises(ImportError, match=needed):
        imwrite(tmp_path / "picture.exr", torch.rand(2, 2, 3))
    imwrite(tmp_path / "picture.png", torch.rand(2, 2, 3))
    assert read(tmp_path / "picture.png").shape == (2, 2, 4)


def test_the_library_is_imported_on_first_use() -> None:
    program = "import sys, vultorch_widget; print('OpenImageIO' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout.strip() == "False"


def test_a_negated_view_is_written_with_its_values(tmp_path: Path) -> None:
    """torch stores such a view with the opposite sign, and NumPy cannot read it."""
    values = torch.complex(torch.rand(3, 4), torch.rand(3, 4)).conj().imag
    imwrite(tmp_path / "negated.exr", values)
    assert torch.equal(read(tmp_path / "negated.exr", channels=1)[..., 0], values)
