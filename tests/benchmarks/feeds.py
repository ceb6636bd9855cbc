"""`python -m tests.benchmarks.feeds`: what watching the ranks of a training costs them, and how soon they are steered.

Ranks step alone or with gloo, each in its own process. A headless view in this process watches them, or with `lab` a
view in JupyterLab. Each rank writes (seconds, step, rate, seconds of CPU, KiB in memory) of its steps to a file.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import torch

import vultorch_widget as vultorch
from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
from vultorch_widget.feeds import audience, pacing, register
from vultorch_widget.feeds.mailbox import StoreMailbox

from .bench import Bench
from .chromium import chromium

HEIGHT, WIDTH = 384, 512
DEADLINE = 120.0
WATCHING = """
import os
os.environ["VULTORCH_FEEDS"] = {!r}
import vultorch_widget as vultorch
view = vultorch.View("ranks", 1000, 420)
view.attach("bench")
view
"""


# --- a rank ----------------------------------------------------------------------------------------------------------


def train(run: str, folder: Path, device: str, *, rests: bool) -> None:
    """Multiplies matrices for about 5 ms per step, or ``rests`` as if a GPU did it, and shows one picture."""
    import torch.distributed as dist

    torch.set_num_threads(1)
    together = "MASTER_ADDR" in os.environ
    if together:
        dist.init_process_group("gloo")
    feed = vultorch.feed(run)
    matrix = torch.rand(256, 256)
    picture = torch.rand(HEIGHT, WIDTH, 3, device=device)
    with (folder / f"rank{feed.rank}").open("w", buffering=1) as file:
        for step in range(10_000_000):
            rate = feed.slider("rate", 0.0, 1.0, default=0.25)
            end = time.perf_counter() + 0.005
            if rests:
                time.sleep(0.005)
            while time.perf_counter() < end:  # work that nothing else can take over
                matrix @ matrix
            picture[step % HEIGHT] = step % 100 / 100
            feed.show(prediction=picture)
            feed.log(loss=1 / (step + 1), step=step)
            if together:
                dist.all_reduce(torch.ones(1))
            kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            file.write(f"{time.monotonic()} {step} {rate} {time.process_time()} {kib}\n")
            if feed.stopped:
                break
    feed.close()
    if together:
        dist.destroy_process_group()


def keep_showing(run: str, frames: int, folder: Path) -> None:
    """Shows ``frames`` pictures as fast as a notebook takes them, and records memory use meanwhile."""
    pacing.RATE, pacing.SHARE, audience.POLL = 1e9, 1e9, 0.0005
    feed = vultorch.feed(run)
    picture = torch.rand(64, 64, 3)
    shown = feed._posting.pictures._pictures
    with (folder / "memory").open("w", buffering=1) as file:
        said = 0
        while (made := shown["prediction"].number if shown else 0) < frames:
            picture[0, 0] = time.monotonic() % 1
            feed.show(prediction=picture)
            if made >= said:
                pages = int(Path("/proc/self/statm").read_text().split()[1])
                file.write(f"{made} {pages * resource.getpagesize() // 1024}\n")
                said = made + 1000
            time.sleep(0.0005)
    feed.close()


# --- the notebook ----------------------------------------------------------------------------------------------------


class Watched:
    """A run that is watched by a view, and what it reports."""

    def __init__(self, folder: Path, ranks: int) -> None:
        self.folder, self.ranks = folder, ranks
        self.view: vultorch.View | None = None

    def rows(self, rank: int) -> list[list[float]]:
        lines = (self.folder / f"rank{rank}").read_text().splitlines()[:-1]
        return [[float(word) for word in line.split()] for line in lines]

    def watch(self) -> None:
        self.view = vultorch.View("bench", headless=True)
        self.view.attach("bench")
        self.until(lambda: len(self.readers()) == self.ranks and all(self.pictures()))

    def leave(self) -> None:
        if self.view is not None:
            self.view.close()
            self.view = None

    def readers(self) -> list:  # type: ignore[type-arg]
        assert self.view is not None
        return list(self.view._parts.hearing.sources[0]._readers.values())  # type: ignore[attr-defined]

    def pictures(self) -> list[int]:
        return [reader._numbers.get("prediction", 0) for reader in self.readers()]

    def turn(self) -> None:
        if self.view is not None:
            self.view.step()
            self.view.end_step()

    def run(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.turn()
            time.sleep(0.005)

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE
        while not holds():
            self.turn()
            time.sleep(0.001)
            if time.monotonic() > deadline:
                raise SystemExit("the ranks did not get there")


@contextmanager
def training(ranks: int, *, together: bool, device: str = "cpu", rests: bool = False) -> Iterator[Watched]:
    """A training of this many ranks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["VULTORCH_FEEDS"] = str(folder / "feeds")
        command = [sys.executable, "-m", "tests.benchmarks.feeds", "rank", "bench", name, device, *["rests"] * rests]
        if together:
            module = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks), "-m"]
            started = [subprocess.Popen([sys.executable, *module, *command[2:]])]
        else:
            places = [{**os.environ, "RANK": str(rank), "WORLD_SIZE": str(ranks)} for rank in range(ranks)]
            started = [subprocess.Popen(command, env=place) for place in places]
        watched = Watched(folder, ranks)
        try:
            watched.until(lambda: len(register.ranks("bench")) == ranks)
            yield watched
        finally:
            watched.leave()
            for process in started:
                process.terminate()
                process.wait()


def pace(watched: Watched, seconds: float) -> tuple[float, float]:
    """Steps, and seconds of CPU, in a second of rank 0."""
    before = watched.rows(0)[-1]
    watched.run(seconds)
    after = watched.rows(0)[-1]
    took = after[0] - before[0]
    return (after[1] - before[1]) / took, (after[3] - before[3]) / took


def two_ranks(device: str) -> None:
    with training(2, together=True, device=device) as watched:
        watched.watch()
        before, start = watched.pictures(), time.monotonic()
        watched.run(8)
        took = time.monotonic() - start
        rates = [(after - first) / took for after, first in zip(watched.pictures(), before, strict=True)]
        print(f"pictures a second of each rank ({device}): {', '.join(f'{rate:.1f}' for rate in rates)}", flush=True)
        assert watched.view is not None
        waited, same = [], True
        for press in range(15):
            value = round(0.3 + 0.04 * press, 2)
            watched.view.panel("bench").set("rate", value)
            start = time.monotonic()
            watched.until(lambda: all(watched.rows(rank)[-1][2] == value for rank in (0, 1)))  # noqa: B023
            taken = [next(row for row in watched.rows(rank) if row[2] == value) for rank in (0, 1)]
            waited.append(1000 * (max(row[0] for row in taken) - start))
            same &= taken[0][1] == taken[1][1]
        said = f"median {statistics.median(waited):.0f} ms, at most {max(waited):.0f} ms (n = {len(waited)})"
        print(f"a slider to both ranks ({device}): {said}; in the same step: {same}", flush=True)
        watched.leave()
        keep(watched, device)


def in_lab() -> None:
    """Two ranks, whose steps rest, in JupyterLab: what is painted, and how soon a key reaches both."""
    with (
        training(2, together=True, rests=True) as watched,
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
    ):
        lab = Lab(Path(folder))
        try:
            with Bench(lab, browser, quick=False).notebook(WATCHING.format(os.environ["VULTORCH_FEEDS"])) as notebook:
                notebook.run(0)
                track = notebook.control("slider:rate").locator("input[type=range]")
                track.focus()
                notebook.root.evaluate("root => root.scrollIntoView({ block: 'center' })")
                time.sleep(8)  # JupyterLab itself is busy at first, and the view finds out how much the page can paint
                began = time.time()
                time.sleep(8)
                painted = notebook.page.evaluate("began => probe.others.filter(([at]) => at > began)", began)
                took = time.time() - began
                counts = [sum(f"rank {rank}/" in canvas for _, canvas in painted) / took for rank in (0, 1)]
                print(f"pictures a second of each rank in JupyterLab: {counts[0]:.1f}, {counts[1]:.1f}", flush=True)
                waited = [_key(notebook, watched) for _ in range(15)]
        finally:
            lab.close()
    said = f"median {statistics.median(waited):.0f} ms, at most {max(waited):.0f} ms (n = {len(waited)})"
    print(f"a key in JupyterLab to both ranks: {said}", flush=True)


def _key(notebook: Notebook, watched: Watched) -> float:
    """Milliseconds from a key press to the step at which both ranks read its rate, which has to be the same."""
    last = watched.rows(0)[-1][2]
    pressed = time.monotonic()
    notebook.page.keyboard.press("ArrowRight")
    while any(watched.rows(rank)[-1][2] == last for rank in (0, 1)):
        if time.monotonic() > pressed + DEADLINE:
            raise SystemExit("a key was not heard")
        time.sleep(0.05)
    taken = [next(row for row in watched.rows(rank) if row[0] > pressed and row[2] != last) for rank in (0, 1)]
    if taken[0][1] != taken[1][1]:
        raise SystemExit(f"a key reached the ranks at the steps {taken[0][1]:.0f} and {taken[1][1]:.0f}")
    return 1000 * (max(row[0] for row in taken) - pressed)


def keep(watched: Watched, what: str) -> None:
    """The share of its steps that the training keeps while it is watched, in alternating rounds."""
    kept = []
    for _ in range(8):
        watched.run(1)
        alone, _ = pace(watched, 4)
        watched.watch()
        watched.run(1)
        beside, _ = pace(watched, 4)
        watched.leave()
        watched.run(4.5)  # until the notebook is forgotten
        kept.append(beside / alone)
    mean, error = statistics.mean(kept), statistics.stdev(kept) / len(kept) ** 0.5
    print(f"steps kept ({what}): {mean:.3f}, standard error {error:.3f}, {len(kept)} rounds", flush=True)


def one_rank() -> None:
    with training(1, together=False) as watched:
        keep(watched, "one rank")


def unwatched() -> None:
    """What the calls in a step cost the training's thread while nobody is watching."""
    with tempfile.TemporaryDirectory() as name:
        os.environ["VULTORCH_FEEDS"] = name
        feed = vultorch.feed("bench")
        picture, loss = torch.rand(HEIGHT, WIDTH, 3), torch.rand(())
        took: dict[str, float] = {}
        calls: dict[str, Callable[[int], object]] = {
            "slider": lambda step: feed.slider("rate", 0.0, 1.0, default=0.25),
            "show": lambda step: feed.show(prediction=picture),
            "log": lambda step: feed.log(loss=loss, step=step),
            "stopped": lambda step: feed.stopped,
        }
        for step in range(20_000):
            for what, call in calls.items():
                start = time.perf_counter()
                call(step)
                took[what] = took.get(what, 0.0) + time.perf_counter() - start
            time.sleep(0.0001)
        feed.close()
        each = ", ".join(f"{what} {1e6 * seconds / 20_000:.1f}" for what, seconds in took.items())
        print(f"microseconds a step while nobody watches: {each}", flush=True)


def many_ranks(counts: tuple[int, ...]) -> None:
    asked = sent = 0

    def counted(name: str) -> None:
        original = getattr(StoreMailbox, name)

        def call(self: StoreMailbox, *args: object, **how: object) -> object:
            nonlocal asked, sent
            result = original(self, *args, **how)
            asked += 1
            given = [each for one in args if isinstance(one, dict) for each in one.values()]
            sent += sum(len(each) for each in (*given, result) if isinstance(each, bytes))
            return result

        setattr(StoreMailbox, name, call)

    for name in ("put", "get", "count"):
        counted(name)
    for ranks in counts:
        with training(ranks, together=False) as watched:
            watched.run(1)
            _, alone = pace(watched, 4)
            watched.watch()
            watched.run(1)
            asked = sent = 0
            before, start, cpu = watched.pictures(), time.monotonic(), time.process_time()
            _, beside = pace(watched, 6)
            took = time.monotonic() - start
            cpu = (time.process_time() - cpu) / took
            made = (
                statistics.mean(after - first for after, first in zip(watched.pictures(), before, strict=True)) / took
            )
            each = took * ranks
            said = f"{made:.1f} pictures/s, {asked / each:.0f} requests/s and {sent / each / 1e6:.2f} MB/s a rank"
            cost = f"CPU of a rank {100 * (beside - alone):+.1f}%, of the notebook {100 * cpu / ranks:.1f}% a rank"
            print(f"{ranks} ranks: {said}; {cost}", flush=True)


def memory(frames: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        os.environ["VULTORCH_FEEDS"] = str(Path(name) / "feeds")
        rank = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.feeds", "show", "bench", name, str(frames)])
        view = vultorch.View("bench", headless=True)
        view.attach("bench")
        end = time.monotonic() + 170
        while rank.poll() is None and time.monotonic() < end:
            view.step()
            view.end_step()
            time.sleep(0.005)
        rank.kill()
        rank.wait()
        view.close()
        rows = [[int(word) for word in line.split()] for line in (Path(name) / "memory").read_text().splitlines()]
        later = [kib for made, kib in rows if made >= 1000]
        print(f"memory over {rows[-1][0]:,} frames: {later[0] / 1024:.1f} to {later[-1] / 1024:.1f} MiB", flush=True)


def main() -> None:
    if sys.argv[1:2] == ["rank"]:
        with suppress(KeyboardInterrupt):
            train(sys.argv[2], Path(sys.argv[3]), sys.argv[4], rests="rests" in sys.argv)
    elif sys.argv[1:2] == ["show"]:
        keep_showing(sys.argv[2], int(sys.argv[4]), Path(sys.argv[3]))
    else:
        names = sys.argv[1:] or ["unwatched", "two", "many", "memory"]
        if "unwatched" in names:
            unwatched()
        if "one" in names:
            one_rank()
        if "two" in names:
            two_ranks("cpu")
        if "cuda" in names:
            two_ranks("cuda")
        if "lab" in names:
            in_lab()
        if "many" in names:
            many_ranks((1, 2, 4, 8))
        if "memory" in names:
            memory(20_000)


if __name__ == "__main__":
    main()
