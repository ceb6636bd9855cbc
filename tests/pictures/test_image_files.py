"""Pictures to and from files, and colormaps."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cmap import Catalog, Colormap
from PIL import Image

import vultorch_widget as vultorch
from tests.patience import PATIENCE
from vultorch_widget.api.imread import imread
from vultorch_widget.pictures.colormap import colormap
from vultorch_widget.pictures.image_files import FORMATS, from_pil, imwrite, read, resize

LOSSLESS = (".png", ".bmp", ".tif", ".tiff")


def noise(height: int = 5, width: int = 7, channels: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (height, width, channels), generator=generator, dtype=torch.uint8)


def smooth(channels: int = 3) -> torch.Tensor:
    ramp = torch.linspace(0, 1, 32)
    planes = [ramp[:, None].expand(32, 32), ramp[None].expand(32, 32), torch.full((32, 32), 0.5), torch.ones(32, 32)]
    return torch.stack(planes[:channels], dim=2)


def test_a_missing_file_is_reported_before_a_missing_device(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.png"):
        imread(tmp_path / "absent.png", device="cuda:63")


# --- writing and reading again ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("extension", LOSSLESS)
@pytest.mark.parametrize("channels", [1, 3])
def test_lossless_formats_keep_every_value(tmp_path: Path, extension: str, channels: int) -> None:
    picture = noise(channels=channels)
    imwrite(tmp_path / f"picture{extension}", picture)
    again = read(tmp_path / f"picture{extension}", channels=channels)
    assert again.dtype == torch.float32
    assert torch.equal((again * 255).round().to(torch.uint8), picture)


@pytest.mark.parametrize("extension", [".png", ".tif"])
def test_alpha_is_kept_if_the_format_supports_it(tmp_path: Path, extension: str) -> None:
    picture = noise(channels=4)
    imwrite(str(tmp_path / f"picture{extension}"), picture)
    assert torch.equal((read(tmp_path / f"picture{extension}") * 255).round().to(torch.uint8), picture)


@pytest.mark.parametrize("extension", sorted(FORMATS))
def test_every_format_is_written_as_its_extension_says(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"PICTURE{extension.upper()}"
    imwrite(path, smooth())
    with Image.open(path) as picture:
        assert picture.format == FORMATS[extension]
    assert (read(path, channels=3) - smooth()).abs().max() < 0.06


def test_quality_makes_lossy_files_larger(tmp_path: Path) -> None:
    for extension in (".jpg", ".webp"):
        sizes = []
        for quality in (10, 60, 100):
            path = tmp_path / f"{quality}{extension}"
            imwrite(path, noise(64, 64), quality=quality)
            sizes.append(path.stat().st_size)
        assert sizes[0] < sizes[1] < sizes[2]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
def test_floats_are_rounded_to_the_nearest_level_and_clamped(tmp_path: Path, dtype: torch.dtype) -> None:
    values = torch.tensor([[-3.0, 0.0, 0.25, 0.5, 1.0, 7.0, torch.inf]]).to(dtype)
    imwrite(tmp_path / "values.png", values)
    assert np.array(Image.open(tmp_path / "values.png")).tolist() == [[0, 0, 64, 128, 255, 255, 255]]


def test_bool_strides_and_graphs_are_accepted(tmp_path: Path) -> None:
    imwrite(tmp_path / "bool.png", torch.tensor([[True, False]]))
    assert np.array(Image.open(tmp_path / "bool.png")).tolist() == [[255, 0]]
    picture = torch.rand(3, 4, 6, requires_grad=True)
    imwrite(tmp_path / "turned.png", picture.permute(1, 2, 0))
    expected = (picture.detach().permute(1, 2, 0) * 255 + 0.5).floor() / 255
    assert torch.allclose(read(tmp_path / "turned.png", channels=3), expected)


def test_sixteen_bits_of_gray_are_kept(tmp_path: Path) -> None:
    values = torch.arange(60, dtype=torch.float64).reshape(6, 10) * 1000 / 65535
    for extension in (".png", ".tiff"):
        path = tmp_path / f"depth{extension}"
        imwrite(path, values, bits=16)
        again = read(path, channels=1)
        assert again.shape == (6, 10, 1)
        assert torch.equal((again[..., 0].double() * 65535).round(), (values * 65535).round())
        color = read(path)
        assert torch.equal(color[..., 1], again[..., 0])
        assert bool((color[..., 3] == 1).all())


@pytest.mark.parametrize(
    ("own", "asked", "expected"),
    [
        (1, 3, [0.2, 0.2, 0.2]),
        (1, 4, [0.2, 0.2, 0.2, 1.0]),
        (3, 4, [0.2, 0.4, 0.6, 1.0]),
        (4, 3, [0.2, 0.4, 0.6]),
        (3, 1, [0.299 * 0.2 + 0.587 * 0.4 + 0.114 * 0.6]),
        (4, 1, [0.299 * 0.2 + 0.587 * 0.4 + 0.114 * 0.6]),
    ],
)
def test_channels_are_converted(tmp_path: Path, own: int, asked: int, expected: list[float]) -> None:
    picture = torch.tensor([0.2, 0.4, 0.6, 0.8])[:own].expand(2, 2, own)
    imwrite(tmp_path / "picture.png", picture, channels=asked)
    again = read(tmp_path / "picture.png", channels=asked)
    assert again[1, 1].tolist() == pytest.approx(expected, abs=0.003)


@pytest.mark.parametrize("extension", [".jpg", ".bmp"])
def test_alpha_is_dropped_if_the_format_has_none(tmp_path: Path, extension: str) -> None:
    imwrite(tmp_path / f"picture{extension}", smooth(4))
    assert bool((read(tmp_path / f"picture{extension}")[..., 3] == 1).all())
    with pytest.raises(ValueError, match=r"picture\..*holds no alpha"):
        imwrite(tmp_path / f"picture{extension}", smooth(4), channels=4)


# --- what is refused -------------------------------------------------------------------------------------------------


def test_an_unknown_extension_is_named_with_those_that_are_known(tmp_path: Path) -> None:
    for name in ("picture.xyz", "picture"):
        with pytest.raises(ValueError, match=rf"{name}.*\.png, .*\.tiff"):
            imwrite(tmp_path / name, smooth())
        assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("tensor", "options", "named"),
    [
        (torch.zeros(3, 8, 8), {}, r"\(3, 8, 8\)"),
        (torch.zeros(4, 4, dtype=torch.int64), {}, "int64"),
        (torch.zeros(0, 4, 3), {}, r"\(0, 4, 3\)"),
        (torch.tensor([[0.5, torch.nan]]), {}, "1 values are NaN"),
        (torch.zeros(2, 2), {"channels": 2}, "not 2"),
        (torch.zeros(2, 2), {"quality": 0}, "not 0"),
        (torch.zeros(2, 2), {"quality": 101}, "not 101"),
        (torch.zeros(2, 2), {"size": (0, 3)}, r"\(0, 3\)"),
        (torch.zeros(2, 2), {"bits": 12}, "not 12"),
        (torch.zeros(2, 2, 3), {"bits": 16}, "not for 3 as PNG"),
    ],
)
def test_errors_name_the_path_and_the_value(
    tmp_path: Path, tensor: torch.Tensor, options: dict[str, int], named: str
) -> None:
    with pytest.raises(ValueError, match=rf"picture\.png: .*{named}"):
        imwrite(tmp_path / "picture.png", tensor, **options)
    assert not (tmp_path / "picture.png").exists()


def test_files_that_are_not_pictures_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.png"):
        read(tmp_path / "absent.png")
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(ValueError, match=r"text\.png cannot be read as a picture; accepted are .*\.webp"):
        read(tmp_path / "text.png")
    imwrite(tmp_path / "whole.png", noise(64, 64))
    (tmp_path / "half.png").write_bytes((tmp_path / "whole.png").read_bytes()[:4000])
    with pytest.raises(ValueError, match=r"half\.png cannot be read"):
        read(tmp_path / "half.png")
    with pytest.raises(ValueError, match="channels must be 1, 3 or 4, not 2"):
        read(tmp_path / "whole.png", channels=2)


@pytest.mark.parametrize(
    ("name", "tensor", "options", "said"),
    [
        ("keep.jpg", torch.zeros(2, 2), {"quality": 95.5}, "quality must be a whole number, 1 to 100, not 95.5"),
        ("keep.webp", torch.zeros(1, 20_000), {}, "WEBP has at most 16383 pixels along a side, .* is 1 x 20000"),
        ("keep.jpg", torch.zeros(70_000, 1), {}, "JPEG has at most 65500 pixels along a side, .* is 70000 x 1"),
        ("keep.png", torch.zeros(2, 2), {"size": 4}, r"size must be \(height, width\), whole numbers .*, not 4"),
        ("keep.png", torch.zeros(2, 2), {"size": (4, 5.5)}, r"size must be .* not \(4, 5.5\)"),
        ("keep.png", torch.zeros(2, 2), {"size": (4, 5, 3)}, r"size must be .* not \(4, 5, 3\)"),
    ],
)
def test_a_refused_write_keeps_the_existing_file(
    tmp_path: Path, name: str, tensor: torch.Tensor, options: dict[str, Any], said: str
) -> None:
    imwrite(tmp_path / name, noise())
    before = (tmp_path / name).read_bytes()
    with pytest.raises(ValueError, match=rf"{name}: {said}"):
        imwrite(tmp_path / name, tensor, **options)
    assert (tmp_path / name).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_encoder_errors_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vultorch_widget.pictures.image_files._MOST_PIXELS", {})
    for name, most in (("long.webp", 16383), ("long.jpg", 65500)):
        (tmp_path / name).write_text("kept")
        with pytest.raises(ValueError, match=rf"{name}: "):
            imwrite(tmp_path / name, torch.zeros(1, most + 1))
        assert (tmp_path / name).read_text() == "kept"


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")
@pytest.mark.parametrize("name", ["keep.png", "keep.exr", "keep.hdr"])
def test_a_full_disk_keeps_the_existing_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("kept")
    program = f"""
import resource, torch, vultorch_widget
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    vultorch_widget.imwrite({str(tmp_path / name)!r}, torch.rand(200, 200, 3))
except OSError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert f"{name} cannot be written: " in done.stdout
    assert (tmp_path / name).read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere/picture\.png cannot be written: No such file"):
        imwrite(tmp_path / "nowhere" / "picture.png", smooth())


def test_numpy_and_torch_numbers_are_accepted(tmp_path: Path) -> None:
    imwrite(tmp_path / "picture.jpg", smooth(), quality=np.int64(90), size=np.array([4, 5]))
    assert read(tmp_path / "picture.jpg", size=[8, 9]).shape == (8, 9, 4)
    assert read(tmp_path / "picture.jpg", size=torch.tensor([2, 3])).shape == (2, 3, 4)


def test_a_wrong_size_is_named_with_the_file_before_it_is_read(tmp_path: Path) -> None:
    for size in (256, (3, 4, 5), (0, 3), (2.5, 3), "ab"):
        with pytest.raises(
            ValueError, match=r"absent\.png: size must be \(height, width\), whole numbers of at least 1"
        ):
            read(tmp_path / "absent.png", size=size)  # type: ignore[arg-type]


def broken_png() -> bytes:
    """A PNG whose header declares too little data."""
    data = io.BytesIO()
    Image.fromarray(noise(24, 24).numpy()).save(data, "PNG")
    before, name, after = data.getvalue().partition(b"IDAT")
    return before[:-4] + struct.pack(">I", 20) + name + after


def huge_bmp() -> bytes:
    """A BMP whose header declares 1e10 pixels."""
    data = io.BytesIO()
    Image.fromarray(noise(24, 24).numpy()).save(data, "BMP")
    return data.getvalue()[:18] + struct.pack("<ii", 100_000, 100_000) + data.getvalue()[26:]


def deep_tiff() -> bytes:
    data = io.BytesIO()
    Image.fromarray(np.array([[100_000]], np.int32)).save(data, "TIFF")
    return data.getvalue()


@pytest.mark.parametrize("content", [broken_png, huge_bmp, deep_tiff])
def test_unreadable_files_are_named(tmp_path: Path, content: Callable[[], bytes]) -> None:
    (tmp_path / "picture").write_bytes(content())
    with pytest.raises(ValueError, match=r"picture cannot be read as a picture: \S"):
        read(tmp_path / "picture")


# --- reading ---------------------------------------------------------------------------------------------------------


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    imwrite(tmp_path / "picture.png", noise())
    (tmp_path / "picture.png").rename(tmp_path / "picture.jpg")
    assert torch.equal((read(tmp_path / "picture.jpg", channels=3) * 255).round().to(torch.uint8), noise())


def test_a_photo_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # needs a quarter turn to the right
    Image.fromarray(np.array([[0, 255]], np.uint8)).save(tmp_path / "photo.png", exif=exif)
    assert read(tmp_path / "photo.png", channels=1)[..., 0].tolist() == [[0], [1]]


def test_a_palette_keeps_its_transparency(tmp_path: Path) -> None:
    picture = Image.new("P", (2, 1))
    picture.putpalette([10, 20, 30, 200, 100, 50])
    picture.putpixel((1, 0), 1)
    picture.save(tmp_path / "palette.png", transparency=bytes([0, 255]))
    assert (read(tmp_path / "palette.png") * 255).round().tolist() == [[[10, 20, 30, 0], [200, 100, 50, 255]]]
    assert (read(tmp_path / "palette.png", channels=3) * 255).round().tolist() == [[[10, 20, 30], [200, 100, 50]]]


def test_floats_of_a_tiff_stay_as_they_are(tmp_path: Path) -> None:
    Image.fromarray(np.array([[-1.5, 0.5, 900]], np.float32)).save(tmp_path / "heights.tif")
    assert read(tmp_path / "heights.tif", channels=1)[..., 0].tolist() == [[-1.5, 0.5, 900]]


def test_integers_beyond_sixteen_bits_are_refused() -> None:
    with pytest.raises(ValueError, match="65535"):
        from_pil(Image.fromarray(np.array([[70000]], np.int32)))


def test_reading_to_a_size_is_antialiased(tmp_path: Path) -> None:
    checks = (torch.arange(64)[:, None] + torch.arange(64)[None]) % 2
    imwrite(tmp_path / "checks.png", checks.bool())
    small = read(tmp_path / "checks.png", channels=1, size=(4, 8))
    assert small.shape == (4, 8, 1)
    assert torch.allclose(small, torch.full((4, 8, 1), 0.5), atol=0.02)


def test_transparent_colours_do_not_bleed_when_resized() -> None:
    picture = torch.zeros(8, 8, 4)
    picture[..., 1] = 1.0  # green, but transparent
    picture[:4] = torch.tensor([1.0, 0, 0, 1])
    small = resize(picture, (3, 3))
    assert bool((small[1, :, 0] > 0.99).all())
    assert bool((small[1, :, 1] < 0.01).all())
    assert bool(((small[1, :, 3] > 0.3) & (small[1, :, 3] < 0.7)).all())


# --- imread ----------------------------------------------------------------------------------------------------------


def test_imread_puts_the_picture_on_the_requested_device(tmp_path: Path) -> None:
    imwrite(tmp_path / "picture.png", noise())
    plain = imread(tmp_path / "picture.png", channels=3, device="cpu")
    assert torch.equal((plain * 255).round().to(torch.uint8), noise())
    view = vultorch.View("imread", headless=True)
    for channels in (1, 3, 4):
        shared = imread(tmp_path / "picture.png", channels=channels, device="cpu", shared=True, window=view.window)
        assert torch.equal(shared, read(tmp_path / "picture.png", channels=channels))
        view.panel("p").canvas(f"c{channels}").bind(shared)
    view.close()


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_imread_without_cuda_says_what_to_pass(tmp_path: Path) -> None:
    imwrite(tmp_path / "picture.png", smooth())
    with pytest.raises(RuntimeError, match="device='cpu'"):
        imread(tmp_path / "picture.png")


# --- colormap --------------------------------------------------------------------------------------------------------


def test_colormap_runs_from_the_first_colour_to_the_last() -> None:
    ramp = torch.arange(256, dtype=torch.float32).reshape(16, 16)
    table = torch.from_numpy(np.asarray(Colormap("viridis").lut(256)[:, :3], np.float32))
    assert torch.equal(colormap(ramp, "viridis").reshape(256, 3), table)
    assert torch.equal(colormap(ramp[..., None] * -3 + 9, "viridis"), colormap(ramp, "viridis").flip(0, 1))
    assert colormap(ramp).shape == (16, 16, 3)
    assert not torch.equal(colormap(ramp), colormap(ramp, "viridis"))


def test_colormap_takes_a_range_and_clamps_to_it() -> None:
    values = torch.tensor([[-5.0, 0.0, 10.0, 20.0, torch.inf, -torch.inf]])
    colors = colormap(values, "gray", vmin=0, vmax=10)[0, :, 0]
    assert colors.tolist() == [0, 0, 1, 1, 1, 0]
    assert colormap(values, "gray", vmax=20)[0, 2, 0].item() == pytest.approx(153 / 255)  # smallest finite value: -5


def test_every_name_in_cmap_is_a_colormap() -> None:
    names = sorted(Catalog().unique_keys())
    assert len(names) > 500
    values = torch.tensor([[0.0, 0.5, 1.0, torch.nan]])
    wrong = []
    for name in names:
        colors = colormap(values, name)[0]
        ends = torch.from_numpy(np.asarray(Colormap(name)([0.0, 1.0])[:, :3], np.float32))
        inside = bool(((colors[:3] >= 0) & (colors[:3] <= 1)).all())
        if not (inside and torch.allclose(colors[[0, 2]], ends) and colors[3].isnan().all()):
            wrong.append(name)
    assert wrong == []


def test_nan_stays_nan_and_does_not_move_the_range() -> None:
    colors = colormap(torch.tensor([[0.0, torch.nan, 1.0]]), "gray")
    assert bool(colors[0, 1].isnan().all())
    assert colors[0, [0, 2], 0].tolist() == [0, 1]


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32, torch.bool, torch.float16, torch.float64])
def test_colormap_takes_numbers_of_any_kind(dtype: torch.dtype) -> None:
    colors = colormap(torch.tensor([[0, 1]]).to(dtype), "gray")
    assert colors.dtype == torch.float32
    assert colors.tolist() == [[[0, 0, 0], [1, 1, 1]]]


@pytest.mark.parametrize("dtype", [torch.float64, torch.int32, torch.int64, torch.uint32])
def test_colormap_computes_the_range_before_rounding(dtype: torch.dtype) -> None:
    ramp = torch.arange(256, dtype=torch.float64).reshape(16, 16)
    late = (ramp + 1_700_000_000).to(dtype)
    assert torch.equal(colormap(late, "gray"), colormap(ramp, "gray"))
    assert torch.equal(colormap(late, "gray", vmin=1_700_000_000, vmax=1_700_000_255), colormap(ramp, "gray"))


@pytest.mark.parametrize(("dtype", "most"), [(torch.float32, 3e38), (torch.float64, 1.7e308), (torch.float64, 1e300)])
def test_colormap_takes_the_widest_possible_range(dtype: torch.dtype, most: float) -> None:
    values = torch.tensor([[-most, 0, most]], dtype=dtype)
    assert colormap(values, "gray")[0, :, 0].tolist() == pytest.approx([0, 0.5, 1], abs=0.003)
    tiny = values / most * 1e-30
    assert torch.equal(colormap(tiny, "gray"), colormap(values, "gray"))


def test_colormap_takes_numpy_and_torch_numbers_as_range() -> None:
    values = torch.tensor([[0.0, 5.0, 10.0, 20.0]], requires_grad=True)
    expected = colormap(values, "gray", vmin=0, vmax=10)
    assert torch.equal(
        colormap(values, "gray", vmin=values.min(), vmax=torch.tensor([10], dtype=torch.int64)), expected
    )
    assert torch.equal(colormap(values, "gray", vmin=np.float64(0), vmax=np.float32(10)), expected)


@pytest.mark.parametrize("end", [float("nan"), float("inf"), torch.tensor(float("nan")), torch.zeros(2), "1"])
def test_colormap_refuses_a_range_that_is_not_numbers(end: Any) -> None:
    for name in ("vmin", "vmax"):
        with pytest.raises(ValueError, match=f"colormap: {name} must be "):
            colormap(torch.zeros(2, 2), **{name: end})


def test_colormap_of_constant_and_empty_tensors() -> None:
    assert colormap(torch.full((2, 2), 7.0), "gray").tolist() == torch.zeros(2, 2, 3).tolist()
    assert colormap(torch.full((1, 1), torch.nan), "gray").isnan().all()
    assert colormap(torch.zeros(0, 5)).shape == (0, 5, 3)


def test_colormap_refuses_what_it_cannot_map() -> None:
    with pytest.raises(ValueError, match=r"\(2, 2, 3\)"):
        colormap(torch.zeros(2, 2, 3))
    with pytest.raises(ValueError, match="complex64"):
        colormap(torch.zeros(2, 2, dtype=torch.complex64))
    with pytest.raises(ValueError, match="'no such map'"):
        colormap(torch.zeros(2, 2), "no such map")
    with pytest.raises(ValueError, match="not 3 and 3"):
        colormap(torch.zeros(2, 2), vmin=3, vmax=3)


def test_pillow_and_cmap_are_imported_on_first_use() -> None:
    modules = "vultorch_widget.pictures.image_files, vultorch_widget.training"
    program = f"import sys, {modules}; print({{'PIL', 'cmap'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout.strip() == "set()"
