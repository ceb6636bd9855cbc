"""A feed and the views that are attached to it, in one process."""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import wait_until
from vultorch_widget.feeds import logbook, pacing, reader, register
from vultorch_widget.feeds.digest import digest
from vultorch_widget.feeds.gallery import LAST, MOST_NAMES
from vultorch_widget.feeds.logbook import CHUNK, MOST_SCALARS
from vultorch_widget.feeds.mailbox import StoreMailbox
from vultorch_widget.feeds.reader import OnThisMachine, Reader
from vultorch_widget.feeds.strip import Strip

from .watching import caption, shown, turn

TOKEN = "a-token-of-the-user"
Open = Callable[..., vultorch.Feed]


@pytest.fixture
def open_feed() -> Iterator[Open]:
    opened: list[vultorch.Feed] = []

    def open_one(**options: str) -> vultorch.Feed:
        opened.append(vultorch.feed("run7", **options))
        return opened[-1]

    yield open_one
    for feed in opened:
        feed.close()


def notices(view: vultorch.View) -> str:
    return " ".join(view._parts.tree.notices)


def test_garbage_and_a_wrong_token_are_refused_and_what_is_right_is_shown_again(
    view: vultorch.View, open_feed: Open
) -> None:
    feed = open_feed()
    view.attach("run7")
    wait_until(lambda: (feed.show(prediction=torch.ones(4, 4)), turn(view), shown(view) == 1)[-1])
    announced = register.find("run7", 0)
    assert announced is not None
    intruder = StoreMailbox(announced.host, announced.port)

    def refused() -> bool:  # the feed soon puts a head of its own there, perhaps before anybody has looked
        for garbage in (b"", b"x" * 100, b"\xff" * 40):
            intruder.put({"head": garbage, "watch/1": garbage})
            intruder.count("said", 1)
        return turn(view) and "was refused" in notices(view)

    wait_until(refused)
    wait_until(lambda: (feed.show(prediction=torch.zeros(4, 4)), turn(view), shown(view) == 0)[-1])
    path = register.folder() / "run7.0.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "token": "another"}))
    other = vultorch.View("other", headless=True)
    other.attach("run7")
    wait_until(lambda: turn(other) and "token is wrong" in notices(other))
    assert shown(other) is None
    other.close()


def test_a_picture_that_is_refused_costs_no_value(view: vultorch.View, open_feed: Open) -> None:
    feed, step = open_feed(), count()
    announced = register.find("run7", 0)
    assert announced is not None
    intruder = StoreMailbox(announced.host, announced.port)
    view.attach("run7")

    def trains(*, spoilt: bool) -> bool:
        feed.show(prediction=torch.ones(4, 4))
        feed.log(loss=1.0, step=next(step))
        if spoilt:
            intruder.put({"picture/0": b"x" * 40})
        return turn(view)

    wait_until(lambda: trains(spoilt=True) and "was refused" in notices(view))
    wait_until(lambda: trains(spoilt=False) and shown(view) == 1)
    logged = list(range(next(step)))
    wait_until(lambda: turn(view) and view.history()["loss"][:, 0].tolist() == logged)


def test_the_newest_choice_of_two_notebooks_counts_also_for_a_rank_that_is_started_again(
    view: vultorch.View, open_feed: Open
) -> None:
    other = vultorch.View("other", headless=True)
    feed = open_feed()

    def goes_on(until: Callable[[], object]) -> None:
        def step() -> object:
            rate = feed.slider("rate", 0.0, 1.0, default=0.25)
            count = feed.slider_int("count", 0, 9, default=3)
            kind = feed.combo("kind", ["a", "b"])
            ticked = feed.checkbox("ticked")
            values[:] = [rate, count, kind, ticked]
            clicks.append(feed.button("save"))
            turn(view), turn(other)
            return until()

        wait_until(step)

    values: list[object] = []
    clicks: list[bool] = []
    view.attach("run7")
    other.attach("run7")
    goes_on(lambda: all("button:save" in ids(one) for one in (view, other)))
    assert [view.panel("run7").get(label) for label in ("rate", "count", "kind", "ticked")] == [0.25, 3, 0, False]
    view.panel("run7").set("rate", 0.5)
    goes_on(lambda: values[0] == 0.5 and other.panel("run7").get("rate") == 0.5)
    other.panel("run7").set("rate", 0.75)
    other.panel("run7").set("count", 7)
    other.panel("run7").set("kind", "b")
    other.panel("run7").set("ticked", value=True)
    other.panel("run7").store.apply("button:save", True, "page", 1)
    goes_on(lambda: values == [0.75, 7, 1, True] and view.panel("run7").get("rate") == 0.75 and True in clicks)
    feed.close()
    clicks.clear()
    feed = open_feed()
    goes_on(lambda: values == [0.75, 7, 1, True])
    goes_on(lambda: view.panel("run7").get("rate") == 0.75 and len(clicks) > 40 and not notices(view))
    assert True not in clicks  # it was meant for the previous process
    other.close()


def test_a_choice_does_not_wait_for_the_reader_s_next_look(
    view: vultorch.View, open_feed: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "POLL", 1e4)
    feed = open_feed()
    feed.slider("rate", 0.0, 1.0, default=0.25)
    feed.log(loss=1.0, step=0)
    announced = register.find("run7", 0)
    assert announced is not None
    mailbox = StoreMailbox(announced.host, announced.port)
    wait_until(lambda: b"slider" in (mailbox.get("head") or b""))  # or the reader would not see it either
    view.attach("run7")
    wait_until(lambda: turn(view) and "slider:rate" in ids(view))
    view.panel("run7").set("rate", 0.75)
    wait_until(lambda: (turn(view), feed.slider("rate", 0.0, 1.0, default=0.25) == 0.75)[-1])


def ids(view: vultorch.View) -> list[str]:
    panel = view._parts.tree.panels.get("run7")
    return [] if panel is None else [spec.id for spec in panel.store.specs()]


def test_of_a_run_that_nobody_watched_the_end_is_shown(view: vultorch.View, open_feed: Open) -> None:
    feed = open_feed()
    feed.look("prediction", layout="NCHW", colormap="gray")
    for step in range(100):
        feed.show(prediction=torch.ones(2, 1, 8, 8))
        feed.log(loss=step / 2, step=step)
    feed.close()
    view.attach("run7")
    wait_until(lambda: turn(view) and "ended" in caption(view))
    assert view.history()["loss"].tolist() == [[step, step / 2] for step in range(100)]
    tensor = view.panel("run7 · rank 0").canvas("prediction").tensor
    assert tensor is not None
    assert tensor.shape[1] > 2 * tensor.shape[0]  # side by side
    again = open_feed()  # the same run, restarted
    wait_until(lambda: (again.show(prediction=torch.zeros(4, 9)), turn(view), shown(view) == 0)[-1])
    assert "ended" not in caption(view)
    tensor = view.panel("run7 · rank 0").canvas("prediction").tensor
    assert tensor is not None
    assert tensor.shape == (4, 9, 3)


def test_the_pictures_of_all_ranks_are_a_grid_in_one_canvas(
    view: vultorch.View, open_feed: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "4")
    feeds = []
    for rank in range(4):
        monkeypatch.setenv("RANK", str(rank))
        feeds.append(open_feed())
    view.attach("run7", grid=True)
    canvas = view.panel("run7 · all ranks").canvas("prediction")

    def goes_on(until: Callable[[torch.Tensor], object], wide: int) -> torch.Tensor:
        def step() -> bool:
            for feed in feeds:
                feed.show(prediction=torch.full((4, wide if feed.rank == 3 else 4), feed.rank / 4))
                feed.log(loss=1.0, step=feed.rank)
            turn(view)
            return canvas.tensor is not None and len(canvas.tensor) == 4 and bool(until(canvas.tensor))

        wait_until(step)
        assert canvas.tensor is not None
        return canvas.tensor

    goes_on(lambda batch: [int(picture[0, 0, 0]) for picture in batch] == [0, 64, 128, 191], 4)
    assert canvas.grid is not None
    assert (canvas.grid.columns, canvas.grid.rows) == (2, 2)
    captions = ["rank 0 · step 0 · 3 behind", "rank 1 · step 1 · 2 behind", "rank 2 · step 2", "rank 3 · step 3"]
    goes_on(lambda _: [mark.caption for mark in canvas.marks()] == captions, 4)
    shown = goes_on(lambda batch: batch.shape[2] == 8 and int(batch[0, 0, 2, 0]) == 0, 8)  # one has another shape
    assert shown[0, 0, :, 0].tolist() == [128, 128, 0, 0, 0, 0, 128, 128]
    assert list(view._parts.tree.panels) == ["run7 · all ranks"]


def test_what_cannot_be_reached_is_named(view: vultorch.View, open_feed: Open) -> None:
    feed = open_feed()
    announced = register.find("run7", 0)
    assert announced is not None
    register.announce("run7", 3, announced.replace(port=1, machine="elsewhere"))
    register.announce("run7", 4, announced.replace(port=1, pid=2**22 + 1))  # a pid beyond the largest
    view.attach("run7")
    wait_until(lambda: turn(view) and "Rank 3" in notices(view) and "Rank 4" in notices(view))
    assert "runs on elsewhere and listens there alone" in notices(view)
    assert register.ranks("run7") == [0, 3]
    other = vultorch.View("other", headless=True)
    other.attach("run8")
    assert "There are 'run7'" in notices(other)
    other.close()
    feed.close()
    open_feed()  # with one rank
    assert register.ranks("run7") == [0]


def test_that_not_all_ranks_are_shown_is_told(
    view: vultorch.View, open_feed: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vultorch_widget.feeds.attached.MOST_RANKS", 2)
    monkeypatch.setenv("WORLD_SIZE", "3")
    for rank in range(3):
        monkeypatch.setenv("RANK", str(rank))
        open_feed()
    view.attach("run7")
    assert notices(view) == "Run 'run7' has more than 2 ranks; this view shows 2."


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize("mode", [0o750, 0o702])
def test_a_folder_that_is_open_to_others_is_neither_used_nor_closed(open_feed: Open, tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "feeds"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(PermissionError, match=rf"feeds is open to other users \(mode {mode:o}\).*run chmod 700"):
        open_feed()
    assert folder.stat().st_mode & 0o777 == mode
    assert not list(folder.iterdir())
    folder.chmod(0o700)
    open_feed()
    assert register.ranks("run7") == [0]


def test_a_port_for_each_rank_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(ValueError, match=r"3 ranks listen on as many ports.*at most 65533; got '127.0.0.1:65534'"):
        vultorch.feed("run7", address="127.0.0.1:65534", token=TOKEN)


def test_an_address_is_the_users_word_with_a_token(view: vultorch.View, open_feed: Open) -> None:
    with pytest.raises(ValueError, match=r"needs token= of at least 16.*there is none"):
        vultorch.feed("run7", address="127.0.0.1")
    with pytest.raises(ValueError, match="this one has 5"):
        vultorch.feed("run7", address="127.0.0.1", token="short")
    with pytest.raises(ValueError, match="a token needs an address"):
        vultorch.feed("run7", token=TOKEN)
    with pytest.raises(ValueError, match="got 'host:x'"):
        vultorch.feed("run7", address="host:x", token=TOKEN)
    with pytest.raises(ValueError, match="there is none"):
        view.attach("127.0.0.1:9000")
    with pytest.raises(ValueError, match="is the name of a run"):
        view.attach("run7", token=TOKEN)
    feed = open_feed(address="127.0.0.1", token=TOKEN)
    register.forget("run7", 0)  # as on another machine
    view.attach(feed.address, token=TOKEN)
    wait_until(lambda: (feed.show(prediction=torch.ones(4, 4)), turn(view), shown(view) == 1)[-1])
    other = vultorch.View("other", headless=True)
    other.attach(feed.address, token=TOKEN[::-1])
    wait_until(lambda: turn(other) and "token is wrong" in notices(other))
    other.close()


def test_a_cell_that_opens_a_feed_may_run_again(view: vultorch.View) -> None:
    first = vultorch.feed("run7", address="127.0.0.1", token=TOKEN)
    first.show(prediction=torch.zeros(4, 4))
    view.attach("run7")
    wait_until(lambda: (first.show(prediction=torch.zeros(4, 4)), turn(view), shown(view) == 0)[-1])
    again = vultorch.feed("run7", address=first.address, token=TOKEN)  # the port is free
    wait_until(lambda: (again.show(prediction=torch.ones(4, 4)), turn(view), shown(view) == 1)[-1])
    assert [thread.name for thread in threading.enumerate()].count("vultorch feed run7") == 1
    first.close()
    again.close()


def test_copies_take_the_memory_of_the_last_one_where_it_fits(
    view: vultorch.View, open_feed: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = open_feed()
    reused, spares = list[bool](), list[torch.Tensor | None]()
    spare, take = feed._posting.pictures.spare, feed._posting.pictures.take

    def spared(name: str) -> torch.Tensor | None:
        spares.append(spare(name))
        return spares[-1]

    def taken(name: str, copied: Any, *times: float) -> None:
        reused.append(copied.tensor is spares[-1])
        take(name, copied, *times)

    monkeypatch.setattr(feed._posting.pictures, "spare", spared)
    monkeypatch.setattr(feed._posting.pictures, "take", taken)
    view.attach("run7")  # the first copies are made before it is watched
    wait_until(lambda: (feed.show(prediction=torch.full((4, 4), 0.2)), turn(view), reused[-3:] == [True] * 3)[-1])
    with torch.inference_mode():
        wait_until(lambda: (feed.show(prediction=torch.ones(8, 4)), turn(view), shown(view) == 1)[-1])
    for picture, mean in ((torch.zeros(8, 4), 0), (torch.ones(8, 4, dtype=torch.float64).T, 1)):
        wait_until(lambda: (feed.show(prediction=picture), turn(view), shown(view) == mean)[-1])  # noqa: B023


def test_time_that_other_programs_take_while_a_picture_is_copied_delays_no_other_picture(
    view: vultorch.View, open_feed: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine a copy may wait for longer than it takes. Only what it takes counts towards its share."""
    monkeypatch.setattr(pacing, "SHARE", 1e-12)
    monkeypatch.setattr(time, "thread_time", lambda: 0.0)
    feed = open_feed()
    view.attach("run7")
    for value in (0.0, 1.0, 0.0):
        wait_until(lambda: (feed.show(prediction=torch.full((4, 4), value)), turn(view), shown(view) == value)[-1])  # noqa: B023


def test_a_picture_that_is_shown_once_is_there_while_the_training_goes_on_as_sharp_as_a_page_can_show_it(
    view: vultorch.View, open_feed: Open
) -> None:
    feed = open_feed()
    feed.show(truth=torch.full((900, 8), 0.5))
    view.attach("run7")
    wait_until(lambda: (feed.show(prediction=torch.ones(4, 4)), turn(view), shown(view, name="truth"))[-1])
    canvas = view.panel("run7 · rank 0").canvas("truth")
    assert canvas.tensor is not None
    assert canvas.tensor.shape[0] == LAST[1]
    page = Page(view).open((1024, 1024))
    wait_until(lambda: (page.report(), turn(view), canvas.tensor is not None and canvas.tensor.shape[0] == 900)[-1])


def test_what_is_too_much_is_left_out_with_a_warning_and_costs_nothing_else(
    view: vultorch.View, open_feed: Open
) -> None:
    feed = open_feed()
    for number in range(MOST_NAMES):
        feed.look(f"picture {number}")
    with pytest.warns(RuntimeWarning, match=r"pictures: the feed of run 'run7' takes at most 64; 'more' and later"):
        feed.look("more")
    feed.show(another=torch.ones(4, 4))  # not again: warnings are errors here
    feed.log(**{f"value {number}": 1.0 for number in range(MOST_SCALARS)})
    with pytest.warns(RuntimeWarning, match=r"scalars: the feed of run 'run7' takes at most 4096; 'loss' and later"):
        feed.log(loss=1.0)
    view.attach("run7")
    picture = {"picture 63": torch.ones(4, 4)}
    wait_until(lambda: (feed.show(**picture), turn(view), shown(view, name="picture 63") == 1)[-1])
    assert notices(view) == ""


@pytest.mark.parametrize(("step", "error"), [(-1, ValueError), (2**53 + 2, ValueError), (0.5, TypeError)])
def test_a_step_that_no_chart_has_is_refused_at_once(open_feed: Open, step: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="step must be"):
        open_feed().log(loss=1.0, step=step)


def test_a_control_of_the_user_s_own_in_the_panel_costs_no_other(view: vultorch.View, open_feed: Open) -> None:
    feed = open_feed()
    view.panel("run7").checkbox("rate", default=True)
    view.attach("run7")

    def goes_on() -> bool:
        feed.slider("rate", 0.0, 1.0, default=0.25)
        feed.slider_int("count", 0, 9, default=3)
        turn(view)
        return view.panel("run7").get("count") == 3 and len(view._parts.tree.notices) == 1

    wait_until(goes_on)
    assert view.panel("run7").get("rate") is True
    (notice,) = view._parts.tree.notices
    assert "Control 'rate' of run 'run7' cannot be shown. ValueError: label 'rate' is used for a checkbox" in notice


def test_what_waits_for_a_busy_notebook_is_bounded_and_not_one_value_is_lost(
    open_feed: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vultorch_widget.feeds.reader.MOST_WAITING", 5000)
    feed, total, taken = open_feed(), 5 * CHUNK + 7, []

    def take() -> None:
        with reader.lock:
            taken.extend(row for _, rows in reader.logged for row in rows)
            reader.logged = []

    reader = Reader(OnThisMachine("run7", 0), lambda: None, pytest.fail, pytest.fail)
    try:
        for step in range(total):
            feed.log(loss=1.0, step=step)
        wait_until(lambda: reader.head is not None and reader.head.logged == total)
        assert sum(len(rows) for _, rows in reader.logged) < 5000 + CHUNK
        wait_until(lambda: (take(), len(taken) > 12_000)[-1])
        feed.close()
        wait_until(lambda: reader.head is not None and reader.head.ended)
        take()
        assert [step for _, step, _ in taken] == list(range(total))
    finally:
        reader.close()


def test_slurm_says_which_rank_it_is(monkeypatch: pytest.MonkeyPatch, open_feed: Open) -> None:
    monkeypatch.setenv("SLURM_PROCID", "2")
    monkeypatch.setenv("SLURM_NTASKS", "4")
    assert open_feed().rank == 2


def test_checksums_tell_a_bit_and_a_place_apart() -> None:
    weights = torch.arange(7.0)
    same = digest([weights.clone(), torch.ones(2, dtype=torch.bfloat16)])
    assert int(same) == int(digest([weights, torch.ones(2, dtype=torch.bfloat16)])) == float(same)
    other = weights.clone()
    other.view(torch.int32)[3] ^= 1
    swapped = weights[[0, 2, 1, 3, 4, 5, 6]]
    found = {int(digest([one])) for one in (weights, other, swapped, weights[:-1], weights.double())}
    assert len(found) == 5


def test_a_value_that_cannot_be_read_is_reported_once_and_costs_no_other(
    view: vultorch.View, open_feed: Open, caplog: pytest.LogCaptureFixture
) -> None:
    feed = open_feed()
    view.attach("run7")
    for steps in (range(3), range(3, 6)):
        for step in steps:
            feed.log(loss=step / 2, step=step)
            feed.checksum([torch.empty(3, device="meta")], every=1)
        logged = [[step, step / 2] for step in range(steps.stop)]
        wait_until(lambda: turn(view) and "loss" in view.history() and view.history()["loss"].tolist() == logged)  # noqa: B023
    (record,) = (record for record in caplog.records if record.name == logbook.__name__)
    assert "'#parameters' cannot be read" in record.getMessage()


def test_the_strip_names_the_rank_that_differs_from_most() -> None:
    strip = Strip()
    strip.add(1, 3, 0, 5.0)
    assert strip.news(3) is None  # nothing to compare with
    for rank, checksum in enumerate((5.0, 5.0, 5.0)):
        strip.add(rank, 3, 0, checksum)
    picture, caption = strip.news(3) or (torch.zeros(0), "")
    assert (picture.shape, caption) == ((80, 256, 3), "all ranks alike · step 0")  # with a row for the caption
    for rank, checksum in enumerate((7.0, 6.0, 6.0)):
        strip.add(rank, 3, 100, checksum)
    picture, caption = strip.news(3) or (torch.zeros(0), "")
    assert caption == "rank 0 differs since step 100"
    assert strip.complaints() == ["The parameters of rank 0 differ from those of the others since step 100."]
    cells = picture[::20, ::4]
    assert not cells[0, 1].equal(cells[1, 1])
    assert cells[2, 1].equal(cells[1, 0])
    for rank in range(3):
        strip.add(rank, 3, 200, 8.0)
    assert (strip.news(3) or ("", ""))[1] == "all ranks alike · step 200"
    again = (
        "The parameters of rank 0 differed from those of the others from step 100, and are the same again since step "
    )
    assert strip.complaints() == [f"{again}200."]
    assert strip.complaints() == []  # each is reported once
    for rank, checksum in enumerate((9.0, 9.0, 1.0)):
        strip.add(rank, 3, 300, checksum)
    assert (strip.news(3) or ("", ""))[1] == "rank 2 differs since step 300"


def test_checksums_that_cannot_be_read_are_neither_the_same_nor_different() -> None:
    strip = Strip()
    for step, checksums in enumerate(((math.nan, math.nan, math.nan), (math.nan, 5.0, 5.0), (6.0, math.nan, 5.0))):
        for rank, checksum in enumerate(checksums):
            strip.add(rank, 3, step, checksum)
        picture, caption = strip.news(3) or (torch.zeros(0), "")
        cells = picture[::20, ::4]
        if step == 0:
            assert caption == " · ".join(f"rank {rank} cannot be read at step 0" for rank in range(3))
            assert len(cells[:, 0].unique(dim=0)) == 1  # the row for the caption, too
        if step == 1:
            assert caption == "rank 0 cannot be read at step 1"
            assert cells[1, 1].equal(cells[2, 1])
            assert not cells[0, 1].equal(cells[1, 1])
        if step < 2:
            assert strip.complaints() == []
    assert caption == "rank 2 differs since step 2 · rank 1 cannot be read at step 2"


class Counting(torch.nn.Linear):
    """A module whose state is more than tensors."""

    def get_extra_state(self) -> str:
        return "seen 3 batches"


def test_of_a_model_parameters_alone_are_compared_as_each_rank_normalises_by_its_own_batches(
    view: vultorch.View, open_feed: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    feeds, models = [], []
    for rank in range(2):
        monkeypatch.setenv("RANK", str(rank))
        torch.manual_seed(0)
        models.append(torch.nn.Sequential(Counting(3, 3), torch.nn.BatchNorm1d(3)))
        models[rank](torch.full((4, 3), rank + 1.0))
        feeds.append(open_feed())
    assert not models[0][1].running_mean.equal(models[1][1].running_mean)
    view.attach("run7")

    def compare(step: int, found: str) -> None:
        for feed, model in zip(feeds, models, strict=True):
            feed.log(step=step)
            feed.checksum(model, every=1)
        panels = view._parts.tree.panels
        wait_until(
            lambda: turn(view) and "run7" in panels and panels["run7"].canvas("parameters").marks()[0].caption == found
        )

    compare(1, "all ranks alike · step 1")
    with torch.no_grad():
        models[1][0].bias[1] += 1
    compare(2, "rank 1 differs since step 2")
