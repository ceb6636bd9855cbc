"""Tests what this machine offers the widget. Every device is actually opened before it is reported as present."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import torch

from ..basics.threads import cores
from ..pictures.jpeg import jpeg_library
from ..render.backends import cuda_extra, open_compositor

Verdict = Literal["ok", "slower", "missing"]
"""``slower``: everything works, by a slower path. ``missing``: something does not work."""

LEAST_TORCH = (2, 4)
LEAST_KERNEL = (7, 1)
"""The first version of ipykernel that delivers control values while a cell runs."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: what was found and, if it can be improved, advice on how."""

    subject: str
    found: str
    verdict: Verdict = "ok"
    advice: str = ""


def examine() -> Iterator[Finding]:
    """Runs all checks in turn. Opens every device, which takes a second or two on a GPU."""
    yield _torch()
    yield _threads()
    yield _cuda()
    yield _compositor(torch.device("cpu"))
    yield from _vulkan_devices()
    for index in range(torch.cuda.device_count()):
        device = torch.device("cuda", index)
        yield _compositor(device)
        yield _gpu_encoder(device)
    yield _host_encoder()
    yield _front_end()
    yield _package("JupyterLab", "jupyterlab", "lab", "Notebooks can be shown by another host, or pip install")
    yield _kernel()
    yield _package("anywidget", "anywidget")
    yield _package("Export", "nbconvert", "export", "`vultorch-widget export` and `fit` need it: pip install")
    yield _package("MP4 files", "av", "video", "GIF and WebP do not need it; for MP4 pip install")
    yield _package("EXR and HDR", "OpenImageIO", "hdr", "`imread` and `imwrite` need it for these: pip install")


def _torch() -> Finding:
    found = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
    old = found < LEAST_TORCH
    return Finding("torch", torch.__version__, "missing" if old else "ok", "2.4 or newer is needed" if old else "")


def _threads() -> Finding:
    threads, policy = torch.get_num_threads(), os.environ.get("OMP_WAIT_POLICY", "")
    found = f"torch uses {threads} on {cores()} available cores, OMP_WAIT_POLICY={policy or '(not set)'}"
    if threads == 1 or policy.strip().upper() == "PASSIVE":  # one thread waits for no other
        return Finding("CPU threads", found)
    advice = (
        "Threads that wait for one another may spin, and starve the browser: start Jupyter with "
        "OMP_WAIT_POLICY=PASSIVE, as `vultorch-widget lab` does"
    )
    return Finding("CPU threads", found, "slower", advice)


def _cuda() -> Finding:
    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        return Finding("CUDA", f"{torch.version.cuda}: {', '.join(names)}")
    if torch.version.cuda is None:
        return Finding("CUDA", "none: this torch is built without it", "slower", "With an NVIDIA GPU: pytorch.org")
    return Finding("CUDA", f"{torch.version.cuda}, but no GPU or no driver", "slower", "With an NVIDIA GPU: its driver")


def _compositor(device: torch.device) -> Finding:
    compositor, reason = open_compositor(device)
    try:
        subject = "Tensors on the CPU" if device.type == "cpu" else f"Tensors on {device}"
        return Finding(subject, compositor.detail, "slower" if reason else "ok", reason)
    finally:
        compositor.close()


def _vulkan_devices() -> Iterator[Finding]:
    """Yields nothing without a Vulkan loader: the compositor's finding says so already."""
    try:
        device = importlib.import_module("vultorch_widget.render.vulkan.device")
    except (ImportError, OSError):
        return
    for detail, problem in device.present():
        yield Finding("Vulkan device", detail, "slower" if problem else "ok", problem)


def _gpu_encoder(device: torch.device) -> Finding:
    from ..pictures.gpu_jpeg import open_gpu_jpeg  # noqa: PLC0415 (loads libraries of the GPU)

    slower = "Pixels are copied to the host and encoded there"
    try:
        encoder = open_gpu_jpeg(device)
    except RuntimeError as error:
        return Finding(f"JPEG on {device}", "nvJPEG fails", "slower", f"{slower}: {error}")
    if encoder is None:
        return Finding(f"JPEG on {device}", "none", "slower", f"{slower}; pip install {cuda_extra()}")
    version = encoder.version
    encoder.close()
    return Finding(f"JPEG on {device}", f"nvJPEG {version}")


def _host_encoder() -> Finding:
    library = jpeg_library()
    slower = library != "simplejpeg"
    return Finding("JPEG on the CPU", library, "slower" if slower else "ok", "pip install simplejpeg" if slower else "")


def _front_end() -> Finding:
    built = (Path(__file__).parents[1] / "static" / "widget.js").is_file()
    advice = "" if built else "In a clone: make setup. Otherwise install the package again"
    return Finding("Front end", "built" if built else "not built", "ok" if built else "missing", advice)


def _kernel() -> Finding:
    finding = _package("Kernel", "ipykernel", "lab", "Notebooks do not run without it: pip install")
    if finding.verdict != "ok":
        return finding
    old = tuple(int(part) for part in finding.found.split()[-1].split(".")[:2]) < LEAST_KERNEL
    advice = "Controls take effect between two frames; from 7.1 on, also while a cell runs" if old else ""
    return Finding("Kernel", finding.found, "slower" if old else "ok", advice)


def _package(subject: str, package: str, extra: str = "", why: str = "") -> Finding:
    try:
        return Finding(subject, f"{package} {version(package)}")
    except PackageNotFoundError:
        wanted = f"'vultorch-widget[{extra}]'" if extra else package
        verdict: Verdict = "slower" if extra else "missing"
        return Finding(subject, "not installed", verdict, f"{why or 'pip install'} {wanted}")
