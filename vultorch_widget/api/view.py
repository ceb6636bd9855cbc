"""`View`, the object that users work with: a window in Vultorch, the output of a notebook cell here."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from ..annotations.label_colors import LabelColors
from ..basics.arguments import check_callback, integer, number_of, sides
from ..basics.held import Held
from ..inspection.links import Links
from ..metrics.alarms import Alarm, is_loss
from ..metrics.record import HISTORY_VALUES
from ..metrics.scalars import checked_step
from ..notebook.cell import after_cell, is_result, request_id, running_cell
from ..notebook.host import in_notebook
from ..notebook.ticker import checked_rate
from ..protocol.wire import unicode
from ..render.backends import Preference
from ..replay import ReplayBuilder
from ..replay.builder import MOST_BYTES, MOST_FRAMES
from ..tree.canvas import Canvas, Host
from ..tree.panel import Panel
from ..tree.view_tree import Tree
from ..video import VIEW
from . import open_views

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

    from ..inspection.probe import Probe
    from ..loops.watch import Watch
    from ..notebook.widget import ViewWidget
    from ..run.callbacks import Told
    from ..run.futures import Futures
    from ..run.rewinding import LeftBranch
    from .ghosts import Ghost
    from .watched import Watched

CHECKPOINT_BYTES = 512 << 20

Callback = TypeVar("Callback", bound=Callable[[], object])
Batch = TypeVar("Batch")


class View(Held):
    """Panels of live tensors, with controls, in a notebook cell.

    Args:
        title: Shown in the toolbar. In a notebook a new view closes an older one of the same title, so running a cell
            again replaces its view.
        width: Nominal width in CSS pixels. The view fills its cell; width and height set its proportions.
        height: Nominal height in CSS pixels.
        headless: Shows nothing, and makes `run` block as in a script.
        max_fps: Maximum frames per second sent to a page, above 0. The default is a little below the 60 of most
            screens, so that few frames are wasted. It does not limit the training.
        tick_rate: Target frames (calls of the callbacks) per second, 0 for no limit. Settable while running.
        quality: ``"auto"`` sends JPEG while a picture changes and PNG once it has settled. 1 to 100 is the JPEG quality
            while it changes. ``"lossless"`` always sends PNG.
        backend: ``"auto"``, or the compositor for every picture, ``"vulkan"`` or ``"torch"``. Without Vulkan, torch is
            used and a notice says so. ``"auto"`` also uses Vulkan, but makes small pictures that need no filter without
            it: on the training's thread, or by a CUDA kernel in its stream. With a Vulkan that is a program on a
            processor of up to six cores, it also reduces pictures on the training's thread.
        replay_frames: Maximum key frames of the replay that the notebook keeps, 2 to 10,000.
        replay_bytes: Maximum bytes of their pictures in the notebook's file, 64 KiB to 64 MiB.
        checkpoint_bytes: Maximum bytes of host memory for checkpoints, of all branches together, above 0; see
            `checkpoint`. One more is taken while the run goes back.

    Raises ValueError for a size, rate, quality or bound out of range, and for another ``backend``.

    """

    def __init__(
        self,
        title: str = open_views.DEFAULT_TITLE,
        width: int = 1280,
        height: int = 720,
        *,
        headless: bool = False,
        max_fps: float = 55.0,
        tick_rate: float = 0.0,
        quality: str | int = "auto",
        backend: Preference = "auto",
        replay_frames: int = MOST_FRAMES,
        replay_bytes: int = MOST_BYTES,
        checkpoint_bytes: int = CHECKPOINT_BYTES,
    ) -> None:
        columns, rows = sides(f"view {title!r}", width, height)
        if not max_fps > 0:
            raise ValueError(f"view {title!r}: max_fps must be above 0, not {max_fps}")
        if backend not in get_args(Preference):
            raise ValueError(f"view {title!r}: backend must be 'auto', 'vulkan' or 'torch', not {backend!r}")
        from .parts import Parts  # noqa: PLC0415 (a program without a view needs none of them)

        builder = ReplayBuilder(most_frames=replay_frames, most_bytes=replay_bytes)
        if checkpoint_bytes < 1:
            raise ValueError(f"view {title!r}: checkpoint_bytes must be at least 1, not {checkpoint_bytes}")
        self._headless = headless
        self._checkpoint_bytes = int(checkpoint_bytes)
        self._tree = Tree(unicode(title), columns, rows)
        self._parts = Parts(
            self._tree,
            builder,
            max_fps=max_fps,
            tick_rate=checked_rate(tick_rate),
            quality=quality,
            backend=backend,
        )
        self._made_in = running_cell()  # with the request, to tell untitled views apart
        self._chosen = ""  # with the request, to tell untitled views apart
        for old in open_views.enter(self):  # the user's choices: its own once closed, until then the last view's
            if in_notebook():
                if (detour := old._parts.runner.detour) is not None:
                    detour.abandon()  # or what a future has logged would count as the run's
                metrics, before = self._parts.metrics, old._parts.metrics
                before.keep_as_ghost(old._tree.settings())
                metrics.ghosts.inherit(before.ghosts)
                old._close(replaced=True)
                self._chosen = old._chosen
        self._host = Host(
            renderer=self._parts.pictures.renderer,
            offscreen=self._parts.offscreen,
            films=self._parts.offscreen.films,
            folder=self._parts.exchange.folder,
            downloads=self._parts.exchange.downloads,
            label_colors=LabelColors(),
            links=Links(),
            tell=self._parts.notices.tell,
        )
        self._watched: Watched | None = None
        self._widget: ViewWidget | None = None
        self._warned = False  # warned that the view is closed
        self._orphaned = False  # in a forked process, which has not been told yet
        self._still: dict[str, str] = {}  # output of a closed view, by MIME type
        self._shown_by = ""  # the request in which a method displayed the view
        self._shown: dict[str, str] = {}  # cell -> the request that displayed the view there

    def __repr__(self) -> str:
        return f"<View {self._tree.title!r}: {self.state}, {self.frame_count} frames>"

    # --- declaring ---------------------------------------------------------------------------------------------------

    @property
    def headless(self) -> bool:
        """True if the view runs as in a script, without a page."""
        return self._headless

    @property
    def title(self) -> str:
        """Title of the view."""
        return self._tree.title

    def panel(self, name: str, *, side: str | None = None, width: float = 0.0) -> Panel:
        """Returns the panel of this name, and creates it on first use. Only then do ``side`` and ``width`` take effect.

        Panels with a ``side`` (``"left"``, ``"right"``, ``"top"`` or ``"bottom"``) are cut from the view's remaining
        area in the order of declaration. ``width`` is the share of that area they take; 0 or less means 0.2. Panels
        without a side share the rest. Raises ValueError for another side and for a width of 1 or more.
        """
        name = unicode(name)
        if self._parts.standing.closed:
            self._warn_closed("panel")
        if name not in self._tree.panels:
            self._tree.add(Panel(name, side=side, width=width, host=self._host))
        return self._tree.panels[name]

    def on_frame(self, callback: Callback) -> Callback:
        """Decorator that runs ``callback`` in every frame, before the panels' callbacks. The last one registered wins.

        Raises TypeError for anything but a plain function.
        """
        check_callback(callback, "view.on_frame")
        self._tree.on_frame = callback
        return callback

    def reset(self, callback: Callback) -> Callback:
        """Decorator that adds a Reset button to the toolbar. It clears the logged values and calls ``callback``.

        Raises TypeError for anything but a plain function.
        """
        check_callback(callback, "view.reset")
        self._tree.on_reset = callback
        return callback

    # --- running -----------------------------------------------------------------------------------------------------

    def run(self, *, max_frames: int = 0) -> None:
        """Runs the callbacks repeatedly, for ``max_frames`` frames (0 means until stopped).

        In a notebook: shows the view if it is not shown, and returns at once. Frames run on the kernel's event loop
        after the cell has ended, or while a cell awaits `wait`, so other cells stay usable. In a script, or with
        ``headless=True``: returns when the run has ended, and raises what a callback raises.

        Interrupting the kernel while no cell runs pauses the view, and interrupts a callback that does not return. What
        the callback has written so far stays. `resume`, or Resume in the toolbar, continues the run.

        Raises ValueError for a negative ``max_frames``; RuntimeError for a closed view, and if a callback of the view
        calls it in a script.
        """
        if self._orphaned:
            self._warn_orphaned()
        if self.headless or not in_notebook():
            self._parts.loop.run(max_frames)
            return
        self._parts.runner.start(max_frames)
        self._show()

    def step(self) -> bool:
        """Begins a frame of a loop that you write yourself. Returns False when the loop should end.

        ::

            while view.step():
                ...  # train, write tensors, call controls
                view.end_step()

        Running the cell again in a notebook restarts its loop, also after a stop or an error. Returns False at once if
        the view is closed.
        """
        return self._step()

    def _step(self, told: Told | None = None) -> bool:
        """Does what `step` does. If somebody is ``told`` what callbacks raise, the view goes on."""
        if self._orphaned:
            self._warn_orphaned()
        closed = self._parts.standing.closed
        if not closed and not self._parts.loop.in_cell and not self._headless and in_notebook():
            self._show()
        return self._parts.loop.step(told)

    def end_step(self) -> None:
        """Ends the frame that `step` began. Runs the callbacks, if any, and shows the result."""
        self._parts.loop.end_step()

    def _show(self) -> None:
        """Displays the view unless it is displayed already. A cell that runs again has lost its output."""
        cell, request = running_cell() or ("", "")
        cleared = self._shown.keys() == {cell} and self._shown[cell] != request
        if self._widget is None or cleared:
            self._shown_by = request_id()
            self._display()

    def _display(self, bundle: Any = None) -> None:
        cell, request = running_cell() or ("", "")
        self._shown[cell] = request
        self.widget.display(bundle)
        if cell:  # tools that execute notebooks open no page and name no cell
            self._parts.opening.expect()
            self._parts.alarming.awaited = True

    def watch(
        self,
        model: torch.nn.Module | Callable[[], Mapping[str, Any] | None] | None = None,
        *,
        show: Callable[[], Mapping[str, Any] | None] | None = None,
        lr: str | None = None,
        every: int | None = None,
    ) -> Watch:
        """Watches a network from the inside, the loop of a trainer, or both.

        ::

            view.watch(model, every=50)  # with any loop: the panel "network"

            watch = view.watch(show=lambda: {"prediction": model(grid)}, lr="scale")
            trainer = lightning.Trainer(callbacks=[watch.lightning()])  # or hf(), fastai(); see `Watch`
            trainer.fit(module, data)

        With a ``model``, the panel "network" lists its layers. Those that look wrong come first, with the reason in a
        few words. For each layer it shows the norms of weights and gradients, the size of the update relative to the
        weights (about 1e-3 is healthy; Karpathy, CS231n), the share of dead units after a ReLU or of saturated values
        after a sigmoid or tanh, and how weights, gradients and outputs were distributed over time. Gradients are those
        of the step, after any clipping. Norms are of all values; the rest is from at most 8,192 values of a tensor. To
        place the panel elsewhere, declare it yourself with ``view.panel("network", side=...)``.

        The network is measured in steps of any torch optimiser that holds its parameters, at most twice a second and
        for at most 2% of the time. If that is not enough time, it is measured less often, and the panel says so.
        Measuring does not change the training's numbers. Only one network is watched at a time, until the view is
        closed or another call replaces it.

        Args:
            model: The network, or ``show`` as the first argument.
            show: Returns pictures by name, of any kind that `Canvas.bind` takes; each is shown in its own panel.
                Returns None if it has shown them itself. It is called without gradients, with the model in evaluation
                mode, and takes no random numbers from the training.
            lr: A slider for the learning rate. ``"scale"`` multiplies the scheduled rate by 1/100 to 100. ``"hold"``
                follows the schedule until the slider is moved, and again once "follow the schedule" is ticked. The
                schedule itself is not touched: rates are changed only during the optimiser's step. None adds no slider.
            every: Steps from one call of ``show``, and one measurement of the network, to the next, starting with the
                first step. None is 1 for ``show`` and 50 for the network; call `watch` twice for other numbers.

        An exception in ``show``, or a value that cannot be shown or logged, becomes a notice; the training goes on.
        Raises TypeError for a ``model`` that is not a network and for a ``show`` that is not a function; ValueError for
        another ``lr`` and for ``every`` below 1.

        """
        from ..loops.watch import Watch  # noqa: PLC0415 (most programs have their own loop)
        from .watched import Watched, network_or_show  # noqa: PLC0415

        network, show = network_or_show(model, show)
        if self._watched is None:
            self._watched = Watched(self)
        watch = Watch(self._watched, show, lr, 1 if every is None else every)
        if network is not None:
            from .inside import watch_inside  # noqa: PLC0415 (an option)

            often = 50 if every is None else number_of("every", "steps", every)
            self._parts.watching = watch_inside(self, self._parts.watching, network, often)
        return watch

    def loop(
        self,
        loader: Iterable[Batch],
        *,
        epochs: int = 1,
        optimizer: torch.optim.Optimizer | None = None,
        show: Callable[[], Mapping[str, Any] | None] | None = None,
        lr: str | None = None,
        every: int = 1,
    ) -> Iterator[Batch]:
        """Loops over the batches of ``loader``, with a frame for each. Pause, Stop and all controls work.

        ::

            for inputs, targets in view.loop(loader, epochs=10, optimizer=optimizer, lr="scale"):
                loss = train(inputs, targets)
                view.log(loss=loss)

        Stop ends the loop. A loop inside it, such as a validation, is treated as part of it. Loaders and optimisers
        prepared by Accelerate work, too.

        Args:
            loader: Anything that can be iterated once for each of ``epochs``. If it has a length, the page shows it.
            epochs: How often to go through it, 1 or more.
            optimizer: The optimiser whose learning rate is logged and, with ``lr``, steered.
            show: As in `watch`, but the model stays in its mode.
            lr: As in `watch`.
            every: Batches from one call of ``show`` to the next, starting with the first.

        Raises ValueError for ``epochs`` below 1, TypeError for an ``optimizer`` that is not one of torch's, and what
        `watch` raises.

        """
        return self.watch(show=show, lr=lr, every=every).loop(loader, epochs=epochs, optimizer=optimizer)

    def attach(self, run: str, *, token: str | None = None, grid: bool = False) -> None:
        """Shows the ranks of ``run``, which call `feed` in their own processes, side by side.

        ::

            view.attach("run7")

        It may be called before they begin or while they train, by several notebooks. The view runs from then on: Pause
        freezes its pictures, and Stop asks the training to stop. Closing the view, or ending its kernel, does not
        affect the training. A caption says how far each rank has got, how many steps it is behind, and, if it has gone,
        since when. For a run that has ended, the last pictures and all values are shown. A rank that restarts is shown
        from its first step, and its earlier curves stay in the chart as an earlier run. With several runs in one view,
        the scalars of all but the first have their run's name added.

        Args:
            run: The name of a run of this user on this machine, or the address, ``"host:port"``, of a feed that was
                given one. The address leads to the other ranks of its process group.
            token: The token of that feed. Needed with an address.
            grid: Shows the pictures of all ranks as a grid in one canvas for each name, rather than in a panel for each
                rank.

        Raises ValueError for a name with characters other than letters, digits, ``_``, ``-`` and ``.``, for a malformed
        address, and for an address without a token.

        """
        from ..feeds.attached import Attached  # noqa: PLC0415 (most programs train where they show)
        from .attaching import Attaching  # noqa: PLC0415

        sources = self._parts.hearing.sources
        others = [source.run for source in sources if isinstance(source, Attached)]
        if run in others:
            return
        sources.append(Attached(Attaching(self), run, token, grid=grid, named=bool(others)))
        if in_notebook() and not self._headless and not self._parts.standing.running:
            self.run()

    def stop(self) -> None:
        """Ends the run, like Stop in the toolbar; `step` then returns False. Safe from any thread.

        `run`, or Run in the toolbar, starts it again. Call it when you leave a `step` loop with ``break``.
        """
        self._parts.runner.stop()

    def pause(self) -> None:
        """Stops calling the callbacks until `resume`. Safe from any thread."""
        self._parts.runner.pause()
        if not after_cell(self._parts.saving.now):  # so that the rest of the cell's output is saved as well
            self._parts.saving.now()

    def resume(self) -> None:
        """Continues after a pause, a stop, or an error in a callback. Safe from any thread."""
        self._parts.runner.resume()

    def close(self) -> None:
        """Ends the run for good and frees the memory. Tensors stay valid. Safe to call twice.

        The output in the notebook stays, and is saved with its replay.
        """
        self._close(replaced=False)

    def _close(self, *, replaced: bool) -> None:
        if self._parts.watching is not None:
            self._parts.watching.close()
        self._parts.close()
        open_views.leave(self)
        if self._widget is not None:
            self._still = self._widget.still()
            self._chosen = self._widget.chosen
            cell, _ = running_cell() or ("", "")
            cleared = replaced and self._shown.keys() == {cell}  # else it may be in an `Output` or a box of widgets
            (self._widget.close if cleared else self._widget.leave)()
            self._widget = None

    def _forked(self) -> None:
        self._orphaned = not self._headless
        self._headless = True
        self._widget = None
        if self._parts.watching is not None:
            self._parts.watching.close()
        self._parts.detach()

    def invalidate(self) -> None:
        """Marks all tensors as changed. Needed after writes that torch does not count, such as through NumPy."""
        self._parts.pictures.forget_composed()
        self._parts.measuring.forget()
        self._parts.runner.wake()

    async def wait(
        self,
        *,
        frames: int | None = None,
        iterations: int | None = None,
        until: Callable[[], bool] | None = None,
        timeout: float | None = None,
    ) -> None:
        """Waits in a cell while the view runs, until one of three conditions holds.

        Args:
            frames: Waits until `frame_count` has reached this.
            iterations: Waits until `iteration` has reached this.
            until: Waits until this function returns True; it is called after every frame.
            timeout: Seconds after which TimeoutError is raised. None waits for ever.

        Interrupting the cell ends the wait with one line that reports the view's progress. The view continues, and so
        do the cells queued after this one. A callback that has run for unusually long is interrupted instead of the
        cell, and so is one during which the kernel is interrupted twice; then the view pauses.

        Raises ValueError unless exactly one condition is given; RuntimeError if the view is not running, if it stops,
        closes or fails before the condition holds, and for ``frames`` if the view has no callback.

        """
        given = [condition for condition in (frames, iterations, until) if condition is not None]
        if len(given) != 1:
            raise ValueError(f"wait needs exactly one of frames, iterations and until; {len(given)} were given")
        metrics = self._parts.metrics
        if frames is not None:
            await self._parts.runner.wait_for_frames(frames, timeout)
        elif iterations is not None:
            await self._parts.runner.wait(lambda: metrics.iteration >= iterations, timeout)
        elif until is not None:
            await self._parts.runner.wait(until, timeout)
        self._parts.saving.in_leaving()

    def snapshot(self) -> Image:
        """Returns a Pillow image (RGBA) of what all canvases show now, with the panels in their layout.

        The space between pictures is transparent. Each picture has one pixel per texel, except that smaller pictures
        are magnified to the size of the largest, and a very small image is magnified by a whole factor. An image that
        would exceed 8192 pixels per side or 33,554,432 (2**25) in all is reduced by averaging. No page is needed.
        Raises RuntimeError if nothing is bound.
        """
        image = self._parts.offscreen.snapshot()
        if image is None:
            raise RuntimeError(f"view {self.title!r} shows nothing to make a picture of: bind a tensor")
        return image

    # --- going back --------------------------------------------------------------------------------------------------

    def checkpoint(self, *objects: Any, **named: Any) -> None:
        """Declares what makes up the state of the training, so that the run can go back; see `rewind`.

        ::

            view.checkpoint(model, optimizer, scheduler, batches, counts={"seen": 0})

        From now on the view copies the state between frames into host memory: often at the beginning, less and less
        often later, within ``checkpoint_bytes`` and 1% of the time. Call it before the training, with everything that a
        step changes:

        - modules, optimisers together with the gradients of their parameters, and anything with ``state_dict`` and
          ``load_state_dict``;
        - `Batches` instead of a loader;
        - tensors, and generators of torch, NumPy and Python. The global generators are always included;
        - dicts of plain values and of these, and lists of these.

        Tensors are restored in place, so CUDA graphs keep working with them. Anything else, such as a variable that a
        frame increments, stays as it is when the run goes back.

        Args:
            objects: What the state consists of.
            named: Likewise, under names for error messages.

        Calling it again replaces the state and forgets all checkpoints. Raises TypeError, naming the object, for one
        that cannot be restored in place; ValueError if two copies exceed ``checkpoint_bytes``; RuntimeError in a frame.

        """
        from ..checkpoints import TrainingState  # noqa: PLC0415 (most views have none)
        from ..run.rewinding import Rewinding  # noqa: PLC0415

        if self._tree.in_frame:
            raise RuntimeError("checkpoint was called during a frame, which changes the state: call it before the run")
        self._parts.runner.refuse_detour("take checkpoints of other objects")
        state = TrainingState(objects, named)
        session = self._parts.session
        session.keeper = Rewinding(session, state, self._checkpoint_bytes, self._parts.notices.tell)

    def rewind(self, step: int | None = None, *, branch: str | None = None) -> int | None:
        """Goes back to ``step``, so that the run continues from there with the controls as they are now.

        The checkpoint at or before it is restored. Then the callbacks of the frames up to ``step`` run again, without
        being shown and with the controls as they were, so the result is exactly what it was. The steps of a ``while
        view.step():`` loop or of a trainer cannot be repeated: there, the run continues from the checkpoint. Pointer
        input and uploads are not repeated either.

        The curves, the replay and `frame_count` go back too. Everything after ``step`` stays in the chart as a pale
        curve: see `branches`. If the checkpoint cannot be restored, everything stays as it was.

        Args:
            step: A logged step, or a number of frames if nothing is logged. None, with a ``branch``, is its end.
            branch: The name of an abandoned branch; None for the present one.

        Returns the step that the run is then at: the requested one, the end of the first frame after it if a frame
        takes several steps, or that of the checkpoint. During a frame it returns None, and the run goes back at the end
        of the frame.

        Raises RestoreError, a RuntimeError, if the state cannot be restored, and if the repeated frames do not reach
        ``step`` again because they depend on something that `checkpoint` was not given; ValueError for a step that is
        still to come, is beyond the end of its branch or has no checkpoint before it, and for an unknown branch;
        TypeError for a step that is not an integer; RuntimeError before `checkpoint`.

        """
        if step is None and branch is None:
            raise ValueError("rewind needs a step, or a branch whose end to go to")
        at = integer(step)
        if at is None and step is not None:
            raise TypeError(f"step must be an integer, not {step!r}")
        return self._parts.runner.rewind(at, branch)

    @property
    def branches(self) -> list[LeftBranch]:
        """The branches abandoned by `rewind` or by Reset, in that order. See `LeftBranch`."""
        keeper = self._parts.session.keeper
        return [] if keeper is None else keeper.left()

    def explore(
        self,
        controls: Mapping[str | tuple[str, str], Iterable[Any]],
        *,
        steps: int,
        by: str | None = None,
        mode: str = "min",
    ) -> Futures:
        """Runs the next steps once with every combination of values of some controls, to see which is best.

        ::

            futures = view.explore({"lr": [1e-4, 1e-3, 1e-2]}, steps=200)
            await futures  # in a notebook
            futures.keep()  # the best one

        Every future begins where the run is now, with the same random numbers. A page shows their pictures and curves
        side by side, and a click keeps one; "Futures" beside its time line does the same as this method. Each becomes a
        branch: see `branches`. Afterwards everything is exactly as it was before, even after `Futures.cancel`, Cancel
        in the page, an interrupt, or an exception. An alarm or an exception in one future ends only that one. A future
        that is kept is exactly the run with these controls from here on.

        In a notebook it returns at once, and the futures run on the event loop as frames do: after the cell, or while a
        cell awaits them. The run pauses for that, and changes that users make to controls wait. After Cancel the run
        continues if it was running before; otherwise it stays paused, so that one can be kept. Without an event loop,
        or with ``headless=True``, it returns when all futures have ended.

        Args:
            controls: Values to try, by the label of a control, or by panel and label. There are as many futures as
                combinations, at most 32; their checkpoints may take half of ``checkpoint_bytes``.
            steps: How many logged steps each future has, or frames if nothing is logged; 1 or more.
            by: The scalar that decides which is best. None means the first loss that was logged, preferably one with
                "val" in its name.
            mode: ``"min"`` if a lower ``by`` is better, ``"max"`` if a higher one is.

        Values on a GPU are read about five times a second, so an alarm may end a future a little late. Loggers get a
        future only if it is kept.

        Raises RuntimeError before `checkpoint`; without a callback of `on_frame`, as in a ``while view.step():`` loop
        or a trainer, whose steps a view cannot run; in a frame; after a failure; and while other futures are being
        explored. Raises ValueError and TypeError, naming the value, for an unknown control, a value that it does not
        accept, too many futures, and ``steps`` below 1.

        """
        from ..run.combinations import named_trials  # noqa: PLC0415 (most programs explore nothing)
        from ..run.futures import explore  # noqa: PLC0415

        if mode not in ("min", "max"):
            raise ValueError(f"mode must be 'min' or 'max', not {mode!r}")
        runner = self._parts.runner
        futures = explore(runner, lambda: named_trials(self._tree, controls), steps, by, rising=mode == "max")
        self._parts.toolbar.futures = futures
        if self.headless or not in_notebook():
            futures.run()
        else:
            futures.start()
            self._show()
        return futures

    def ghost(self, path: str | os.PathLike[str], name: str | None = None, *, view: str | None = None) -> Ghost:
        """Puts the curves of a recorded run into the chart, as pale lines.

        ::

            view.ghost("yesterday.ipynb", "wider network")

        Scalars are matched by name. The chart lists the run with its name, its start time and the controls that were
        set differently; a click hides it. Replays and exports have it, too. A second call with the same name replaces
        it.

        Args:
            path: A notebook that was saved with its widgets, or an exported page (``.html``).
            name: Its name in the chart; the name of the file by default.
            view: The title of the view, if the file has several.

        Raises OSError if the file cannot be read; ValueError, naming the file and what it has, for a file without a
        recorded view, for several views without ``view``, for a malformed recording and for an empty ``name``.

        """
        from . import ghosts  # noqa: PLC0415 (most views have none)

        if self._parts.standing.closed:
            self._warn_closed("ghost")
        found = ghosts.add(self._parts.metrics, self._tree, path, name, view)
        self._parts.runner.wake()
        return found

    @property
    def ghosts(self) -> list[Ghost]:
        """Other runs in the chart.

        These are runs from before a Reset or before the cell was run again, at most four, and those from files. In
        JupyterLab and Notebook, the run that the notebook still has of an earlier kernel comes once the view is shown.
        Branches of this run are in `branches`.
        """
        from . import ghosts  # noqa: PLC0415 (most views have none)

        return ghosts.listed(self._parts.metrics, self._tree)

    # --- recording ---------------------------------------------------------------------------------------------------

    def start_recording(self, path: str | os.PathLike[str], *, fps: float = 30, quality: float = 0.8) -> None:
        """Records the canvases of all panels as one picture, in their layout, as `snapshot` does.

        A frame has at most 3840 pixels per side and 3840 x 2160 in all; larger ones are reduced. See
        `Canvas.start_recording` for the arguments and exceptions.
        """
        self._parts.offscreen.films.start(VIEW, path, fps=fps, quality=quality)

    def stop_recording(self) -> Path:
        """Ends the recording and returns its path. The file is saved in the background.

        Raises RuntimeError if the view is not being recorded.
        """
        return self._parts.offscreen.films.stop(VIEW)

    @property
    def is_recording(self) -> bool:
        """True from `start_recording` to `stop_recording`."""
        return self._parts.offscreen.films.state(VIEW) == "recording"

    @property
    def is_saving(self) -> bool:
        """True after a recording was stopped, until its file is complete."""
        return self._parts.offscreen.films.state(VIEW) == "saving"

    # --- reading -----------------------------------------------------------------------------------------------------

    def log(self, values: Mapping[str, Any] | int | None = None, /, step: int | None = None, **scalars: Any) -> None:
        """Adds a point to the chart of each scalar: ``view.log(loss=loss)``, or ``view.log({"val/loss": loss})``.

        Values are numbers, or tensors and arrays of one element. Values on a GPU are read later, together, so logging
        does not wait for the GPU. Each call counts as one iteration unless ``step`` gives its number, which may differ
        between scalars. Logging a scalar at its last step again replaces its value. A mapping allows any names,
        including ``"step"``; a number instead of a mapping is the step.

        Raises ValueError for a ``step`` before the last one of a scalar and for several elements; TypeError for
        anything but real numbers, and for a name that is not a string; RuntimeError for a scalar on a GPU while a CUDA
        graph is captured. Then nothing is logged. Values logged to a closed view are not shown, and a warning says so
        once.
        """
        if isinstance(values, Mapping):
            scalars = {**values, **scalars}
        elif values is not None and step is not None:
            raise TypeError(f"view.log takes one step; {values!r} and {step!r} were given")
        elif values is not None:
            step = values
        if self._parts.standing.closed:
            self._warn_closed("log")
        if self._orphaned:
            self._warn_orphaned()
        self._parts.metrics.log(scalars, step)

    def note(self, text: str, *, step: int | None = None) -> None:
        """Marks a step in the chart with a short ``text``: ``view.note("warm-up over")``.

        Notes are part of replays and exports, too. A view keeps the newest 1,000, of 1,000 characters each. ``step`` is
        the last logged step unless it is given. Raises TypeError for anything but text, ValueError for an empty one and
        for a ``step`` below 0 or beyond 2**53.
        """
        if not isinstance(text, str):
            raise TypeError(f"a note must be a string, not {text!r}")
        if not text.strip():
            raise ValueError("the text of a note must not be empty")
        metrics = self._parts.metrics
        at = metrics.iteration if step is None else checked_step(step)
        metrics.timeline.add(at, "note", unicode(text))
        self._parts.runner.wake()

    def alarm(
        self,
        name: str,
        *,
        finite: bool | None = None,
        plateau: int | None = None,
        spike: float | None = None,
        when: Callable[[int, float], object] | None = None,
        mode: str = "min",
        action: str | Callable[[Alarm], object] = "pause",
    ) -> None:
        """Watches a logged scalar, and pauses the run when something is wrong with it.

        ::

            view.alarm("val/loss", plateau=500)
            view.alarm("train/loss", spike=10, action="note")
            view.alarm("val/loss", finite=False)  # it may be NaN

        Without any call, each scalar whose name contains "loss" raises an alarm when it is NaN or infinite; `alarms`
        turns all of these off. The run pauses after the frame that logged the value. A page says what is wrong, with a
        sign in the title of its tab while the view is out of sight, and Resume continues the run. The same scalar
        raises this alarm again after it has been finite, or in a new run. Values on a GPU are read a little later, but
        the step is correct. Where no page could resume (scripts, ``headless``, notebooks executed by a tool), a
        RuntimeWarning is issued instead, and the run goes on.

        Args:
            name: The scalar, as it is logged. A new call replaces all earlier settings for it.
            finite: Whether a value that is not finite raises an alarm. None is True for names that contain "loss".
            plateau: Steps without an improvement of the moving average (the chart's) by at least a ten-thousandth.
            spike: Standard deviations above the median of the last 101 values, the deviation estimated from their
                median absolute deviation (Hampel identifier). 10 is a good value for the loss of batches.
            when: Called with the step and value of each finite value. A true result raises an alarm; a text says why.
            mode: ``"min"`` if lower is better for ``plateau``, ``"max"`` if higher is.
            action: ``"pause"``, ``"note"`` to report it and go on, or a function that takes an `Alarm`, called on the
                thread that trains.

        Raises ValueError and TypeError, naming the value, for arguments that are none of these.

        """
        if not isinstance(name, str):
            raise TypeError(f"name must be that of a logged scalar, not {name!r}")
        metrics = self._parts.metrics
        asked = is_loss(name) if finite is None else finite
        watch = metrics.alarms.watch(name)
        watch.ask(finite=asked, plateau=plateau, spike=spike, when=when, mode=mode, action=action)
        metrics.heed(name)

    @property
    def alarms(self) -> bool:
        """Whether losses that are not finite raise an alarm; True unless set to False. See `alarm`."""
        return self._parts.metrics.alarms.on

    @alarms.setter
    def alarms(self, on: bool) -> None:
        self._parts.metrics.alarms.on = bool(on)

    def history(self, *, as_frame: bool = False) -> Any:
        """Returns every value logged so far, unchanged.

        A dict of (n, 2) float64 arrays by name, with a step and a value in each row. With ``as_frame``, a pandas
        DataFrame with a column for each scalar, and the steps as its index.

        A view keeps 4,194,304 values (64 MiB). Beyond that the scalar with the most values loses its older half, and
        a RuntimeWarning here says so. Raises ImportError for ``as_frame`` without pandas.
        """
        metrics = self._parts.metrics
        metrics.fetch()
        for name, count in metrics.record.dropped():
            text = f"view {self.title!r}: the first {count:,} values of {name!r} are gone; {HISTORY_VALUES:,} are kept"
            warnings.warn(text, RuntimeWarning, stacklevel=2)
        found = {name: series.array() for name, series in metrics.record.series.items()}
        if not as_frame:
            return found
        import pandas  # noqa: PLC0415 (an option)

        columns = [pandas.Series(rows[:, 1], rows[:, 0].astype(int), name=name) for name, rows in found.items()]
        return pandas.concat(columns, axis=1).sort_index() if columns else pandas.DataFrame()

    def save_history(self, path: str | os.PathLike[str]) -> Path:
        """Writes every logged value into a ``.csv`` or ``.parquet`` file, and returns its path.

        The table has a row for each step and a column for each scalar, besides ``step``; a cell without a value is
        empty. An existing file is replaced. Raises ValueError for another extension, ImportError for Parquet without
        pyarrow, and OSError if nothing can be written.
        """
        from .saved_history import save  # noqa: PLC0415 (most programs save nothing)

        return save(path, self.history())

    def add_logger(self, logger: Any) -> None:
        """Passes every logged value on to ``logger``, including those logged so far.

        ::

            view.add_logger(SummaryWriter("runs/1"))  # from torch.utils.tensorboard, or tensorboardX
            view.add_logger(wandb.init(...))
            view.add_logger(mlflow)  # into the run that is active now
            view.add_logger(lambda step, values: print(step, values))

        Each logger has its own thread, which gets the values about once a second: the final value of each, with those
        of one step together. A slow logger delays nothing, and loses nothing that `history` still has. If a logger
        fails, that is reported once, and it continues with the following values. `close`, Reset and the end of the
        interpreter write the rest, waiting for at most 10 seconds. The logger itself is left open. After a rewind it
        gets the new branch from its beginning. In W&B the x axis is the metric "view/step", because each scalar has its
        own steps here.

        Raises TypeError for anything else, ValueError for MLflow without an active run.
        """
        from ..metrics.following import Followers  # noqa: PLC0415 (an option)

        metrics, notices = self._parts.metrics, self._parts.notices
        if metrics.followers is None:
            metrics.followers = Followers(metrics.record, metrics.fetch)
        metrics.followers.add(logger, notices.tell)

    @property
    def loggers(self) -> tuple[Any, ...]:
        """The loggers that were added; see `add_logger`."""
        followers = self._parts.metrics.followers
        return () if followers is None else followers.loggers

    def metrics(
        self,
        prediction: Canvas | torch.Tensor,
        target: Canvas | torch.Tensor,
        names: Sequence[str] = ("psnr", "ssim", "mae", "flip"),
        *,
        log: bool | str = False,
    ) -> dict[str, float]:
        """Shows under ``prediction`` how far it is from ``target``, and returns the latest numbers by name.

        ::

            view.metrics(prediction_canvas, target_canvas, ["psnr", "ssim"], log=True)

        Call it once, while the notebook sets the view up, or in every frame, like a control. The numbers follow what
        the canvases show. They are empty until the first measurement, at the end of a frame. They are measured on the
        tensors' own device, at most four times a second and for at most 2% of the time, so large pictures are measured
        less often. They are measured again when the run pauses or ends. Measuring does not wait for a GPU.

        - ``psnr``: peak signal-to-noise ratio in dB, infinite for equal pictures.
        - ``ssim``: structural similarity (Wang et al. 2004), at most 1.
        - ``mae``: mean absolute error, 0 for equal pictures.
        - ``flip``: FLIP (Andersson et al. 2020), 0..1, how much a person sees when the pictures alternate, at 67 pixels
          per degree.

        Float values are taken as 0..1, uint8 as 0..255; a canvas that undoes a normalisation with (mean, std) counts as
        it is shown. Opacity, the fourth channel, is ignored. For a batch, the numbers are means over its pictures. A
        single value that is not finite makes every number NaN.

        Args:
            prediction: A canvas of this view, or a tensor that one shows.
            target: Likewise, with the same size and number of channels, on the same device.
            names: Which numbers to show, in that order.
            log: True adds the numbers to the chart under their names; a string is put before these names.

        Raises ValueError, naming the value, for another name, a canvas of another view or a tensor that no canvas
        shows, a canvas paired with itself, pictures that cannot be compared, and two pairs that log under the same
        name. If pictures can no longer be compared, the reason is shown instead of the numbers.

        """
        from .pair_of_canvases import measure  # noqa: PLC0415 (most views have no pair)

        return measure(self._tree, self._parts.measuring, prediction, target, names, log)

    def continue_in_page(
        self,
        model: torch.nn.Module,
        inputs: torch.Tensor,
        target: torch.Tensor,
        loss: str = "mse",
        *,
        optimizer: torch.optim.Optimizer,
        output: Canvas | torch.Tensor | None = None,
        controls: Mapping[str, str] | None = None,
        steps: int = 1,
        series: str = "loss",
    ) -> None:
        """Lets readers of an exported page, or of a notebook without its kernel, continue the training.

        ::

            view.continue_in_page(
                model, coords, target, optimizer=optimizer, output=canvas, controls={"lr": "learning rate"}
            )

        The replay gets a button "Continue". It trains the model in the page, starting from the weights at the step that
        is shown, or at the last step before it with kept weights. At most four sets of weights are kept. The recorded
        run stays as it is. `fit_image` calls this itself. Call it before the run, and again when there is a new model
        or optimiser, as in a callback of `reset`. The training itself is not changed; its weights are copied for some
        of the key frames. Layers and features are saved with the weights. If they change, for example through
        ``load_state_dict`` or because a buffer is annealed, earlier weights are dropped, and the page continues with
        the latest layers. If they become something that no page can train, a notice says what.

        Every step in the page uses all samples: torch's ``loss(model(inputs), target).backward()`` and
        ``optimizer.step()``, in float32.

        Args:
            model: ``Linear``, ``ReLU``, ``LeakyReLU``, ``SiLU``, ``GELU``, ``Tanh``, ``Sigmoid`` and sines such as
                ``torch.sin(30 * x)``, one after another, and residual blocks of these such as ``x + self.layers(x)``.
                Before the first ``Linear`` there may be Fourier features: at most 1,024 sines and cosines of fixed
                multiples of the inputs, and such multiples themselves. Your own modules are traced by ``torch.fx``;
                activations may be functions.
            inputs: (N, numbers), copied as float32.
            target: (N, numbers), copied as float32. For ``"cross_entropy"`` classes (N,) as integers, or their
                probabilities (N, classes). Inputs and target may take at most 8 MiB together. Pixel coordinates, 8-bit
                values and classes take one byte per number, or less.
            loss: ``"mse"`` or ``"l1"``, the mean over all numbers; ``"cross_entropy"``, the mean over all samples, for
                which the model computes class scores.
            optimizer: ``SGD``, ``Adam`` or ``AdamW``, with all parameters of the model.
            output: The canvas that should show the model's output, or the tensor that it shows: N pixels, row by row,
                of 1 or 3 numbers in 0..1. With ``"cross_entropy"``, a label map shows the likeliest class of each
                sample in the colour of its label. Any other canvas shows the probabilities: of the second of two
                classes in grey, or of three classes in red, green and blue. None shows only the loss.
            controls: Labels of the view's sliders by what they set in the page: ``"lr"``, ``"steps"``,
                ``"weight_decay"``, ``"momentum"``, ``"beta1"``, ``"beta2"`` or ``"eps"``. The page always has sliders
                for the learning rate and the steps per frame.
            steps: Steps per frame in the page, unless ``controls`` names a slider for them.
            series: The logged scalar whose curve the page's losses branch from.

        Raises ValueError for anything else, naming it and what is supported. Pages then have only the replay.

        """
        from .continuing import continued  # noqa: PLC0415 (most views do not)

        replay = self._parts.offscreen.replay
        replay.train_on(None)
        replay.train_on(continued(self._tree, model, inputs, target, loss, optimizer, output, controls, steps, series))

    def compare(
        self,
        a: Canvas | torch.Tensor,
        b: Canvas | torch.Tensor | None,
        mode: str = "wipe",
        *,
        difference: str = "absolute",
        gain: float = 1.0,
        colormap: str | None = None,
    ) -> None:
        """Compares two canvases in place of ``a``, live, in replays and in exports. If ``b`` is None, the comparison
        ends.

        Users can do the same with "Compare with" in the menu of a canvas, and change all of this there. A new call
        overrides their choice if it differs from the previous call.

        Args:
            a: A canvas of this view, or a tensor that one shows.
            b: Likewise, a different one.
            mode: ``"side"`` by side; ``"wipe"`` with a divider to drag; ``"flicker"``, each in turn, or by the key F
                alone if the user prefers less motion; or ``"difference"``, for pictures of one size.
            difference: Of the values a and b in 0..1: ``"signed"`` is ``(a - b) / 2`` around mid grey, ``"absolute"``
                is ``|a - b|``, ``"squared"`` is ``(a - b)²``, ``"relative"`` is ``|a - b| / (b + 0.01)``.
            gain: A factor of the difference, above 0.
            colormap: The name of a `cmap` colormap for the mean of the channels, such as ``"viridis"``, or
                ``"coolwarm"`` for a signed difference; None shows each channel in its own colour.

        A live difference is computed from the tensors' values. Replays, exports, labels and normalised pictures use the
        painted 8 bits per channel, and say so. Raises ValueError, naming the value, for another mode, difference, gain
        or colormap, a canvas of another view, a tensor that no canvas shows, a canvas compared with itself, and a
        difference of pictures of unequal size.

        """
        from .pair_of_canvases import compare  # noqa: PLC0415 (as in `metrics`)

        compare(self._tree, a, b, mode, difference, gain, colormap)

    def _warn_closed(self, what: str) -> None:
        if not self._warned:
            self._warned = True
            text = f"{what}: view {self.title!r} is closed and shows nothing more; make a new View"
            warnings.warn(text, RuntimeWarning, stacklevel=3)

    def _warn_orphaned(self) -> None:
        self._orphaned = False
        text = (
            f"view {self.title!r}: this process was forked from the one that shows the view, so the view runs here as "
            "in a script and shows nothing. To watch it, open vultorch_widget.feed('a name') here and call its show() "
            "and log(), and call view.attach('a name') in the notebook"
        )
        warnings.warn(text, RuntimeWarning, stacklevel=3)

    @property
    def probe(self) -> Probe:
        """The values that tensors hold at single texels, under the pointer, pinned, or anywhere else. See `Probe`."""
        from ..inspection.probe import Probe  # noqa: PLC0415 (most programs do not ask)

        return Probe(self._parts.pins)

    @property
    def iteration(self) -> int:
        """The last logged step."""
        return self._parts.metrics.iteration

    @property
    def frame_count(self) -> int:
        """Number of frames so far."""
        return self._parts.frames.count

    @property
    def fps(self) -> float:
        """Recent frames (calls of the callbacks) per second."""
        return self._parts.frames.rate

    @property
    def display_fps(self) -> float:
        """Frames per second that the page painted, as last reported."""
        return self._parts.pacer.paints(time.monotonic())

    @property
    def time(self) -> float:
        """Seconds since the first run began."""
        return self._parts.frames.seconds

    @property
    def state(self) -> str:
        """State of the run, ``idle``, ``running``, ``paused``, ``stopped``, ``failed`` or ``closed``."""
        return self._parts.runner.state

    @property
    def last_error(self) -> BaseException | None:
        """The last exception that a callback raised, or None."""
        return self._parts.runner.last_error

    @property
    def backend(self) -> str:
        """Compositor, device and encoder that make the pictures, as the status line shows them."""
        return self._parts.board.backend

    @property
    def tick_rate(self) -> float:
        """Target frames per second, or 0 for no limit. Setting a negative or infinite rate raises ValueError."""
        return self._parts.frames.tick_rate

    @tick_rate.setter
    def tick_rate(self, rate: float) -> None:
        self._parts.frames.tick_rate = checked_rate(rate)

    @property
    def window(self) -> View:
        """The view itself, for parameters named ``window``."""
        return self

    # --- showing -----------------------------------------------------------------------------------------------------

    @property
    def widget(self) -> ViewWidget:
        """The view's ipywidget, for use in layouts of other widgets.

        Raises RuntimeError if the view is closed.
        """
        if self._parts.standing.closed:
            raise RuntimeError(f"view {self.title!r} is closed; make a new one")
        if self._widget is None:
            from ..notebook.widget import ViewWidget  # noqa: PLC0415 (scripts need no widgets)

            hearing, publisher = self._parts.hearing, self._parts.publisher
            self._widget = ViewWidget(
                hearing.receive,
                hearing.receive_beside,
                lambda: publisher.left,
                chosen=self._chosen,
                lineage=open_views.lineage(self),
            )
            publisher.attach(self._widget.post)
            hearing.answer = self._widget.answer
            self._parts.saving.write = self._widget.keep
        return self._widget

    def _ipython_display_(self) -> None:
        if self._parts.standing.closed:
            raise NotImplementedError  # IPython then uses `_repr_mimebundle_`
        if is_result() and self._shown_by == request_id():
            return  # a cell that runs the view and ends with it shows it once
        self._display(self._repr_mimebundle_())  # with this bundle the output can be updated later

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if self._parts.standing.closed:
            return {"text/plain": repr(self)} | self._still
        return self.widget._repr_mimebundle_(**kwargs)

    def _display_(self) -> object:
        return repr(self) if self._parts.standing.closed else self.widget  # marimo can show the widget


def views() -> list[View]:
    """Returns the open views, the latest last. Use it to stop or close a view whose cell was deleted."""
    return open_views.opened()


def view_of(window: View | None, what: str) -> View:
    """Returns ``window``, or the latest view. Raises RuntimeError, naming ``what`` needs it, if no view is open."""
    if window is not None:
        if window._parts.standing.closed:
            raise RuntimeError(f"{what}: view {window.title!r} is closed; make a new one")
        return window
    of_visitor = views()
    if not of_visitor:
        raise RuntimeError(f"{what} needs a view, and none is open: make a View first, or pass window=view.window")
    return of_visitor[-1]
